"""Poses of a performer made calm: each kind of channel has its own filter."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from avatar.capture.filter import Cutoff, OneEuro, OneEuroRotation
from avatar.math3d import IDENTITY_QUAT, Array, quat_exp, quat_log
from avatar.pose import BONE_COUNT, FACE_COUNT, FACE_SHAPES, HumanBone, Pose

CUTOFFS: Final = {
    "head": Cutoff(0.45, 7.5, 2.0),
    "torso": Cutoff(0.5, 6.0, 1.5),
    "arms": Cutoff(0.9, 4.0, 2.0),
    "hands": Cutoff(1.2, 2.5, 2.0),
    "mouth": Cutoff(2.5, 5.0, 4.0),
    "lids": Cutoff(5.0, 12.0, 8.0),
    "brows": Cutoff(1.0, 4.0, 2.0),
    "gaze": Cutoff(1.2, 6.0, 4.0),
    "hips": Cutoff(0.5, 20.0, 1.5),
}
"""By kind of channel: a mouth and lids must be quick, a trunk may be slow."""


@dataclass(frozen=True, slots=True)
class Composure:
    """How much of the performer's liveliness the figure shows."""

    motion: float
    """Times the turns of the head and the lean."""
    expression: float
    """Times the face shapes, lids apart."""
    quickness: float
    """Times the filters' cutoffs."""


PROFILES: Final = {
    "lively": Composure(1.15, 1.2, 1.4),
    "natural": Composure(1.0, 1.0, 1.0),
    "calm": Composure(0.7, 0.75, 0.6),
}
"""From an idol to a receptionist."""


def _bone_kind(bone: HumanBone) -> str:
    name = bone.name
    if name in ("neck", "head", "jaw"):
        return "head"
    if "Shoulder" in name or "Arm" in name or name.endswith("Hand"):
        return "arms"
    if name.startswith(("left", "right")) and not name.endswith(("Eye", "Leg", "Foot", "Toes")):
        return "hands"
    return "torso"


def _shape_kind(name: str) -> str:
    if name.startswith("eyeBlink"):
        return "lids"
    return "mouth" if name.startswith(("jaw", "mouth", "tongue")) else "brows"


_BONE_KINDS: Final = tuple(_bone_kind(bone) for bone in HumanBone)
_VALUE_KINDS: Final = (*map(_shape_kind, FACE_SHAPES), "gaze", "gaze", "hips", "hips", "hips")
_GAZE, _HIPS = slice(FACE_COUNT, FACE_COUNT + 2), slice(FACE_COUNT + 2, FACE_COUNT + 5)
_HEAD: Final = np.isin(_BONE_KINDS, ["head"])
_FACE: Final = np.array([not n.startswith(("eyeBlink", "jaw")) for n in FACE_SHAPES])


def _columns(kinds: tuple[str, ...], quickness: float) -> tuple[Array, Array, Array]:
    rows = np.array([(CUTOFFS[k].least, CUTOFFS[k].beta, CUTOFFS[k].speed) for k in kinds])
    return rows[:, 0] * quickness, rows[:, 1] * quickness, rows[:, 2]


class PoseFilter:
    """Filters the poses of one performer; opinions pass through as they are."""

    def __init__(self, composure: Composure = PROFILES["natural"]) -> None:
        self.composure = composure
        self._turns = OneEuroRotation(*_columns(_BONE_KINDS, composure.quickness))
        self._values = OneEuro(*_columns(_VALUE_KINDS, composure.quickness))
        self._known = np.tile(IDENTITY_QUAT, (BONE_COUNT, 1)).astype(np.float64)

    @property
    def turning(self) -> Array:
        """float64[55, 3], angular velocity of each bone in its own axes, rad/s."""
        return self._turns.velocity

    def __call__(self, pose: Pose) -> Pose:
        """Take the newest pose; channels without an opinion keep their last value."""
        rotation = np.asarray(pose.rotation, np.float64)
        motion = self.composure.motion
        if motion != 1:
            rotation = rotation.copy()
            rotation[_HEAD] = quat_exp(quat_log(rotation[_HEAD]) * motion)
        turns = self._turns(rotation, pose.t, pose.rotation_w > 0)
        gaze = pose.gaze if pose.gaze is not None else (0.0, 0.0)
        hips = pose.hips if pose.hips is not None else np.zeros(3)
        face = np.where(_FACE, np.clip(pose.weight * self.composure.expression, 0, 1), pose.weight)
        seen = np.concatenate(
            [pose.weight_w > 0, [pose.gaze is not None] * 2, [pose.hips is not None] * 3]
        )
        values = self._values(np.concatenate([face, gaze, hips]), pose.t, seen)
        look = values[_GAZE].tolist()
        return replace(
            pose,
            rotation=turns.astype(np.float32),
            weight=np.clip(values[:FACE_COUNT], 0, 1).astype(np.float32),
            gaze=None if pose.gaze is None else (look[0], look[1]),
            hips=None if pose.hips is None else values[_HIPS].astype(np.float32),
        )
