"""Where the eyes look: ``VRMC_vrm.lookAt`` by bone or by expression, and lids that follow.

The gaze turns the eyes exactly once: by the eye bones, else by the look expressions, else by
the ``eyeLook*`` shapes. Beside eye bones, ``eyeLook*`` only carries the lids along, and is left
alone on a figure whose ``eyeLook*`` would move the eyeballs a second time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from avatar.animation.faceshapes import shape_expressions, working_expressions
from avatar.animation.humanoid import local_from_normalised
from avatar.animation.nodes import Index, NodeTree
from avatar.character.character import Character, LookAt, RangeMap
from avatar.math3d import Float, quat_from_euler_yxz
from avatar.pose import FACE_COUNT, FaceShape, HumanBone, Pose

LOOK_PRESETS: Final = ("lookLeft", "lookRight", "lookUp", "lookDown")

_F = FaceShape
_LOOK_SHAPES: Final[Index] = np.array(
    [
        (_F.eyeLookOutLeft, _F.eyeLookInRight),
        (_F.eyeLookInLeft, _F.eyeLookOutRight),
        (_F.eyeLookUpLeft, _F.eyeLookUpRight),
        (_F.eyeLookDownLeft, _F.eyeLookDownRight),
    ]
)
"""Shapes of a look to the left, right, up and down."""

_FULL_LOOK: Final = np.radians(np.array([35, 35, 30, 32], np.float32))
"""Angles, rad, at which an ``eyeLook*`` shape reaches 1 (the reach of a human eye)."""

Means = Literal["bone", "expression", "shapes", "none"]


@dataclass(frozen=True, slots=True)
class Look:
    """What the gaze asks of the face."""

    shapes: Float | None
    """float32[52], weights of the ``eyeLook*`` shapes, or None to leave them to the pose."""
    presets: Float
    """float32[4], weights of ``lookLeft lookRight lookUp lookDown``."""


_NOTHING: Final = np.zeros(4, np.float32)


class Gaze:
    """Applies a pose's gaze to one figure."""

    def __init__(self, character: Character, tree: NodeTree) -> None:
        eyes = [character.humanoid.get(b, -1) for b in (HumanBone.leftEye, HumanBone.rightEye)]
        self._look_at = character.look_at or _DEFAULT_LOOK_AT
        self.means = _means(character, min(eyes) >= 0)
        """How this figure's eyes turn."""
        self._eyes: Index = np.array(eyes if self.means == "bone" else [], np.intp)
        self._local = local_from_normalised(tree, self._eyes)
        follow = self.means == "bone" and not _shapes_move_eyes(character, set(eyes))
        self._drive_shapes = follow or self.means == "shapes"

    def apply(self, pose: Pose, tree: NodeTree) -> Look:
        """Turn the eye bones of ``tree``, if they do it; return what the face has to do."""
        if pose.gaze is None:
            return Look(None, _NOTHING)
        yaw, pitch = pose.gaze
        if self.means == "bone":
            self._turn(tree, yaw, pitch)
        presets = self._presets(yaw, pitch) if self.means == "expression" else _NOTHING
        return Look(self._shapes(yaw, pitch), presets)

    def _turn(self, tree: NodeTree, yaw: float, pitch: float) -> None:
        at = self._look_at
        inner, outer = at.horizontal_inner, at.horizontal_outer
        left = _ranged(yaw, outer, inner)
        right = _ranged(yaw, inner, outer)
        down = _ranged(-pitch, at.vertical_down, at.vertical_up)
        q = quat_from_euler_yxz(np.radians([left, right]), np.radians([down, down]), np.zeros(2))
        tree.rotation[self._eyes] = (self._local @ q[:, :, None].astype(np.float32))[:, :, 0]

    def _presets(self, yaw: float, pitch: float) -> Float:
        at = self._look_at
        across = _ranged(yaw, at.horizontal_outer, at.horizontal_outer)
        down = _ranged(-pitch, at.vertical_down, at.vertical_up)
        return np.clip(np.array([across, -across, -down, down], np.float32), 0, 1)

    def _shapes(self, yaw: float, pitch: float) -> Float:
        shapes = np.zeros(FACE_COUNT, np.float32)
        if self._drive_shapes:
            ways = np.array([yaw, -yaw, pitch, -pitch], np.float32) / _FULL_LOOK
            shapes[_LOOK_SHAPES] = np.clip(ways, 0, 1)[:, None]
        return shapes


def _ranged(angle: float, positive: RangeMap, negative: RangeMap) -> float:
    """``VRMC_vrm.lookAt`` range map of an angle in rad; deg or weight as the file scales it."""
    by = positive if angle > 0 else negative
    limit = max(by.input_max_value, 1e-6)
    reached = min(abs(float(np.degrees(angle))), limit) / limit * by.output_scale
    return reached if angle > 0 else -reached


_PLAIN: Final = RangeMap(45.0, 45.0)
_DEFAULT_LOOK_AT: Final = LookAt((0.0, 0.06, 0.0), "bone", _PLAIN, _PLAIN, _PLAIN, _PLAIN)


def _means(character: Character, has_eyes: bool) -> Means:
    by_file = character.look_at.type if character.look_at else "bone"
    has_presets = any(name in working_expressions(character) for name in LOOK_PRESETS)
    if by_file == "expression" and has_presets:
        return "expression"
    if has_eyes:
        return "bone"
    if has_presets:
        return "expression"
    look = shape_expressions(character)[_LOOK_SHAPES]
    return "shapes" if (look >= 0).all() else "none"


def _shapes_move_eyes(character: Character, eyes: set[int]) -> bool:
    """Whether an ``eyeLook*`` shape displaces vertices that the eye bones carry."""
    expressions = shape_expressions(character)[_LOOK_SHAPES].ravel()
    binds = [b for e in expressions if e >= 0 for b in character.expressions[e].morph_target_binds]
    for instance, target in {(b.instance, b.target) for b in binds}:
        shown = character.instances[instance]
        if shown.skin < 0:
            continue
        carried = np.isin(character.skins[shown.skin].joints, list(eyes))
        for primitive in character.meshes[shown.mesh].primitives:
            if primitive.joints is None or primitive.weights is None:
                continue
            moved = primitive.targets[target].index
            on_eyes = carried[primitive.joints[moved]] * primitive.weights[moved]
            if on_eyes.size and on_eyes.sum(-1).max() > 0.5:
                return True
    return False
