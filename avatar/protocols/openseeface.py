"""OpenSeeFace, in: a face tracked from a webcam by another program, as binary frames over UDP.

A packet is one frame of 1785 little-endian bytes for each face seen: time, id, picture size, how
open the eyes are, the pose of the head, 68 landmarks (confidence, picture, model space) with two
eyeball centres, and 14 features between -1 and 1 around the face's own median (OpenSeeFace,
``facetracker.py`` and ``Unity/OpenSee.cs``). The raw quaternion (x, y, z, w) of its turned
picture axes is (-y, -x, z, w) in Unity's left-handed space and so (-y, x, -z, w) in ours, where a
face looking straight ahead stands at a quarter turn about Z.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avatar.math3d import (
    IDENTITY_QUAT,
    Array,
    Float,
    quat_conj,
    quat_from_axis_angle,
    quat_mul,
    quat_normalize,
)
from avatar.pose import BONE_COUNT, FACE_COUNT, FaceShape, Pose
from avatar.protocols.receiver import LOCAL, Malformed, Receiver, turn_head

PORT: Final = 11573
_POINTS: Final = 68
_FEATURES: Final = (
    "eye_l", "eye_r", "eyebrow_steepness_l", "eyebrow_updown_l", "eyebrow_quirk_l",
    "eyebrow_steepness_r", "eyebrow_updown_r", "eyebrow_quirk_r", "mouth_corner_updown_l",
    "mouth_corner_inout_l", "mouth_corner_updown_r", "mouth_corner_inout_r", "mouth_open",
    "mouth_wide",
)  # fmt: skip
_FRAME: Final = np.dtype(
    [
        ("time", "<f8"), ("id", "<i4"), ("size", "<f4", (2,)),
        ("right_eye_open", "<f4"), ("left_eye_open", "<f4"), ("success", "u1"),
        ("error", "<f4"), ("quaternion", "<f4", (4,)), ("euler", "<f4", (3,)),
        ("translation", "<f4", (3,)), ("confidence", "<f4", (_POINTS,)),
        ("points", "<f4", (_POINTS, 2)), ("points3d", "<f4", (_POINTS + 2, 3)),
        *((name, "<f4") for name in _FEATURES),
    ]
)  # fmt: skip
_STRAIGHT: Final = quat_from_axis_angle([0.0, 0.0, 1.0], -np.pi / 2)
_PUPILS: Final = ((66, 68), (67, 69))
"""Pupil and eyeball centre of the right and the left eye in ``points3d``."""
_MAX_GAZE: Final = 0.7
_F: Final = FaceShape


class OpenSeeFaceReceiver(Receiver):
    """A face tracked by OpenSeeFace: head, gaze, lids, brows and mouth."""

    protocol = "OpenSeeFace"

    def __init__(
        self,
        host: str = LOCAL,
        port: int = PORT,
        *,
        tell: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__(host, port, tell=tell)
        self._face: Any = None
        self._straight: Array = _STRAIGHT

    def forget(self) -> None:
        self._face = None

    def calibrate(self) -> None:
        """Take the head's present turn for looking straight ahead."""
        if self._face is not None:
            self._straight = _turn(self._face)

    def take(self, packet: bytes) -> None:
        if not packet or len(packet) % _FRAME.itemsize:
            raise Malformed(f"{len(packet)} bytes are no frames of {_FRAME.itemsize}")
        faces: NDArray[Any] = np.frombuffer(packet, _FRAME)
        used = [faces[n] for n in ("quaternion", "points3d", "left_eye_open", *_FEATURES)]
        if not all(np.isfinite(values).all() for values in used):
            raise Malformed("not a finite number")
        seen = faces[faces["success"] != 0]
        if len(seen) == 0:
            return
        kept = seen if self._face is None else seen[seen["id"] == self._face["id"]]
        self._face = (kept if len(kept) else seen)[0]  # the performer, not who walks by

    def build(self) -> Pose | None:
        face = self._face
        if face is None:
            return None
        rotation, opinion = (
            np.tile(IDENTITY_QUAT, (BONE_COUNT, 1)),
            np.zeros(BONE_COUNT, np.float32),
        )
        turn_head(rotation, opinion, quat_mul(_turn(face), quat_conj(self._straight)))
        weight, known = _shapes(face)
        return Pose(
            rotation=rotation, rotation_w=opinion, gaze=_gaze(face), weight=weight, weight_w=known
        )


def _turn(face: Any) -> Array:
    x, y, z, w = (float(value) for value in face["quaternion"])
    return quat_normalize(np.array([-y, x, -z, w]))


def _gaze(face: Any) -> tuple[float, float]:
    """Mean direction from the eyeballs' centres to the pupils; model space has x to the face's
    right and y up."""
    points = face["points3d"].astype(np.float64)
    x, y, z = np.mean([points[pupil] - points[eye] for pupil, eye in _PUPILS], axis=0)
    depth = max(abs(z), 1e-6)
    yaw, pitch = np.arctan2(-x, depth), np.arctan2(y, depth)
    return float(np.clip(yaw, -_MAX_GAZE, _MAX_GAZE)), float(np.clip(pitch, -_MAX_GAZE, _MAX_GAZE))


def _shapes(face: Any) -> tuple[Float, Float]:
    weight, known = np.zeros(FACE_COUNT, np.float32), np.zeros(FACE_COUNT, np.float32)

    def put(shape: FaceShape, value: float) -> None:
        weight[shape], known[shape] = min(max(value, 0.0), 1.0), 1

    for side, short in (("Left", "l"), ("Right", "r")):
        put(_F["eyeBlink" + side], 1 - float(face[f"{side.lower()}_eye_open"]))
        put(_F["eyeWide" + side], float(face[f"eye_{short}"]))
        brow, corner = face[f"eyebrow_updown_{short}"], face[f"mouth_corner_updown_{short}"]
        put(_F["browOuterUp" + side], float(brow))
        put(_F["browDown" + side], -float(brow))
        put(_F["mouthSmile" + side], -float(corner))  # the feature grows as the corner sinks
        put(_F["mouthFrown" + side], float(corner))
        put(_F["mouthStretch" + side], 0.5 * float(face["mouth_wide"]))
    put(_F.browInnerUp, (float(face["eyebrow_updown_l"]) + float(face["eyebrow_updown_r"])) / 2)
    put(_F.jawOpen, 0.8 * float(face["mouth_open"]))
    put(_F.mouthPucker, -float(face["mouth_wide"]))
    return weight, known


assert _FRAME.itemsize == 1785
