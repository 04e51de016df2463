"""Standing at ease: arms down, elbows soft, unequal fingers, and feet that stay where they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from avatar.math3d import (
    Array,
    Float,
    quat_between,
    quat_conj,
    quat_from_euler_yxz,
    quat_mul,
    quat_rotate,
)
from avatar.pose import BONE_COUNT, HumanBone, RestSkeleton

B = HumanBone

_LEFT: Final[Mapping[str, tuple[float, float, float]]] = {
    "Shoulder": (0, -2, -4),
    "UpperArm": (-3, -4, -75),
    "LowerArm": (14, -18, -6),
    "Hand": (0, -3, -5),
    "ThumbMetacarpal": (14, 12, -4),
    "ThumbProximal": (0, 12, -4),
    "ThumbDistal": (0, 16, 0),
    "IndexProximal": (0, 0, -14),
    "IndexIntermediate": (0, 0, -20),
    "IndexDistal": (0, 0, -12),
    "MiddleProximal": (0, 0, -20),
    "MiddleIntermediate": (0, 0, -26),
    "MiddleDistal": (0, 0, -15),
    "RingProximal": (0, 0, -26),
    "RingIntermediate": (0, 0, -30),
    "RingDistal": (0, 0, -17),
    "LittleProximal": (0, 0, -30),
    "LittleIntermediate": (0, 0, -33),
    "LittleDistal": (0, 0, -19),
}
"""Degrees about x, y, z (intrinsic turns in the order y, x, z) from the T-pose, left side."""

FINGERS: Final = ("Index", "Middle", "Ring", "Little")
_UNEQUAL: Final = 1.13
"""The right hand is a little more closed than the left."""
_GATHER: Final = 0.7
"""Part of the fingers' spread in the T-pose that a hand at ease takes back."""
_SOFT: Final = 0.0012
"""Slack that keeps the knees from locking, in hips heights."""

_UPPER: Final = np.array([B.leftUpperLeg, B.rightUpperLeg])
_LOWER: Final = np.array([B.leftLowerLeg, B.rightLowerLeg])
_FOOT: Final = np.array([B.leftFoot, B.rightFoot])
_LEGS: Final = np.stack([_UPPER, _LOWER, _FOOT])
_AVERAGE: Final = np.array(
    [
        [[0.095, -0.06, 0.0], [-0.095, -0.06, 0.0]],
        [[0.0, -0.435, 0.0], [0.0, -0.435, 0.0]],
        [[0.0, -0.425, 0.0], [0.0, -0.425, 0.0]],
    ]
)
"""float64[3, 2, 3]: hips to hip joint, to knee, to ankle, left and right, in hips heights."""


def mirrored(q: Array) -> Array:
    """Rotations of the other side of the body."""
    return q * np.array([1, -1, -1, 1], np.float32)


class Stance:
    """The relaxed stance of one body, or of an average one."""

    def __init__(self, rest: RestSkeleton | None = None, hang: float = 0.0) -> None:
        """``hang``: half width, m, that the wrists leave to hips and skirt (``Body.hang``)."""
        self.relaxed = _relaxed(rest, hang)
        """float32[55, 4], rotations in normalised humanoid space."""
        self._hip, self._thigh, self._shin = _legs(rest)
        self._ankle = self._hip + self._thigh + self._shin
        whole = np.linalg.norm(self._thigh + self._shin, axis=1)
        self._reach = whole * (1 - _SOFT)
        self._bones = [np.linalg.norm(v, axis=1) for v in (self._thigh, self._shin)]
        self._rest_knee = self._knee(whole)

    def plant_feet(self, rotation: Float, hips: Float) -> None:
        """Bend the legs of a pose so that its feet stay put while the hips move.

        Two-bone inverse kinematics. Writes legs and feet of ``rotation`` (float32[55, 4]) and
        lowers ``hips`` (float32[3], hips heights) as far as the legs reach.
        """
        trunk = rotation[B.hips].astype(np.float64)
        joint = quat_rotate(trunk, self._hip)
        hips[1] = self._lowest(joint + hips * [1, 0, 1])
        to_ankle = self._ankle - (joint + hips)
        bend = self._knee(np.linalg.norm(to_ankle, axis=1)) - self._rest_knee
        shin = _pitch(bend)
        bent = self._thigh + quat_rotate(shin, self._shin)
        thigh = quat_between(_unit(bent), _unit(to_ankle))
        rotation[_UPPER] = quat_mul(quat_conj(trunk), thigh)
        rotation[_LOWER] = shin
        rotation[_FOOT] = quat_conj(quat_mul(thigh, shin))

    def _knee(self, reach: Array) -> Array:
        """Flexion rad [2] of knees whose ankles are ``reach`` [2] from the hip joints."""
        a, b = self._bones
        return np.arccos(np.clip((reach**2 - a**2 - b**2) / (2 * a * b), -1, 1))

    def _lowest(self, joint: Array) -> float:
        """Height of the hips that keeps both ankles within reach of the hip joints [2, 3]."""
        across = self._ankle - joint
        room = np.sqrt(np.maximum(self._reach**2 - across[:, 0] ** 2 - across[:, 2] ** 2, 1e-6))
        left, right = self._ankle[:, 1] + room - joint[:, 1]
        # A smooth minimum: the hips must not bounce as the weight passes from leg to leg.
        return float((left + right) / 2 - np.hypot((left - right) / 2, _SOFT))


def _relaxed(rest: RestSkeleton | None, hang: float) -> Float:
    q = np.tile(np.array([0, 0, 0, 1], np.float32), (BONE_COUNT, 1))
    for part, degrees in _LEFT.items():
        more = _UNEQUAL if part.startswith(FINGERS) else 1.0
        for side, by in (("left", 1.0), ("right", more)):
            x, y, z = np.radians(degrees) * by
            z = max(z, _lowered(rest, hang)) if part == "UpperArm" else z
            q[B[side + part]] = quat_from_euler_yxz(y, x, z)
    for finger in FINGERS:
        for side in ("left", "right"):
            bone = B[f"{side}{finger}Proximal"]
            gather = quat_from_euler_yxz(_GATHER * finger_spread(rest, side, finger), 0.0, 0.0)
            q[bone] = quat_mul(gather, q[bone])
    right = [b for b in B if b.name.startswith("right")]
    q[right] = mirrored(q[right])
    return q


def _lowered(rest: RestSkeleton | None, hang: float) -> float:
    """Turn of the upper arm about +Z (rad, negative) that still clears wide hips."""
    arm = (B.leftUpperArm, B.leftLowerArm, B.leftHand, B.leftUpperLeg)
    if rest is None or not all(rest.present[b] for b in arm):
        return -np.pi / 2
    shoulder, above = 0.0, int(B.leftUpperArm)
    while above >= 0:
        shoulder, above = shoulder + float(rest.offset[above, 0]), rest.parent[above]
    length = float(np.linalg.norm(rest.offset[[B.leftLowerArm, B.leftHand]].sum(0)))
    room = hang or 1.6 * float(rest.offset[B.leftUpperLeg, 0]) + 0.118 * rest.hips_height
    down = np.arccos(np.clip((room - shoulder) / max(length, 1e-6), 0.0, 0.7))
    return float(np.radians(_LEFT["Shoulder"][2]) * -1 - down)


def finger_spread(rest: RestSkeleton | None, side: str, finger: str) -> float:
    """rad by which a finger points away from the middle one in the T-pose, forward positive."""
    if rest is None:
        return 0.0

    def forward(name: str) -> float:
        x, _, z = rest.offset[B[f"{side}{name}Intermediate"]]
        return float(np.arctan2(z, abs(x)))

    known = all(rest.present[B[f"{side}{n}Intermediate"]] for n in (finger, "Middle"))
    return float(np.clip(forward(finger) - forward("Middle"), -0.5, 0.5)) if known else 0.0


def _legs(rest: RestSkeleton | None) -> Array:
    if rest is None or not all(rest.present[b] for b in _LEGS.ravel()):
        return _AVERAGE
    return rest.offset[_LEGS].astype(np.float64) / rest.hips_height


def _unit(v: Array) -> Array:
    return v / np.linalg.norm(v, axis=1, keepdims=True)


def _pitch(angle: Array) -> Array:
    """Quaternions [2, 4] turning about +X."""
    zero = np.zeros_like(angle)
    return np.stack([np.sin(angle / 2), zero, zero, np.cos(angle / 2)], -1)
