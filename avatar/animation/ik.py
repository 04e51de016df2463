"""Two-bone inverse kinematics of the arm, analytic and vectorised.

Shoulder, elbow and wrist form a triangle of known sides; what is left free is the angle by which
the elbow swings about the line from shoulder to wrist (Tolani, Goswami & Badler 2000). The
forearm takes most of the hand's turn about its axis, as radius and ulna do; the collar bone goes
along with a raised or forward arm (scapulohumeral rhythm, Inman et al. 1944).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from avatar.animation.body import Arm
from avatar.math3d import (
    Array,
    cross,
    mat3_to_quat,
    normalize,
    quat_conj,
    quat_from_euler_yxz,
    quat_mul,
    quat_normalize,
    quat_rotate,
)

_DEG: Final = np.pi / 180
_REACH: Final = 0.985
"""Part of its full length to which an arm stretches: elbows never lock."""
_FOREARM: Final = 0.62
"""Part of the hand's turn about the forearm's axis that the forearm takes over."""
_DOWN: Final = np.array([0.0, -1.0, -0.3])
"""Where an elbow hangs at swivel 0."""

TWIST: Final = 88 * _DEG
"""Pronation and supination from the middle position, rad."""
WRIST: Final = 72 * _DEG
"""Bend of the wrist in any direction, rad."""
HUMERUS: Final = 96 * _DEG
"""Turn of the upper arm about its own axis from the T-pose, rad."""


@dataclass(frozen=True, slots=True)
class ArmPose:
    """Local rotations xyzw [..., 4] of a left arm, and how hard they are for it."""

    clavicle: Array
    upper: Array
    lower: Array
    hand: Array
    elbow: Array
    """[..., 3], m, in the T-pose frame of the chest."""
    wrist: Array
    """[..., 3], m."""
    strain: Array
    """[...], squared radians beyond the joints' comfortable range, summed; 0 is at ease."""


def hand_rotation(arm: Arm, fingers: Array, palm: Array) -> Array:
    """Rotation [..., 4] that points the fingers and turns the palm's face to ``palm`` [..., 3]."""
    along = normalize(np.asarray(arm.hand["Middle"][0] - arm.wrist, np.float64))
    home = _frame(along, np.array([0.0, -1.0, 0.0]))
    there = _frame(normalize(np.asarray(fingers, np.float64)), np.asarray(palm, np.float64))
    return mat3_to_quat(there @ np.swapaxes(home, -1, -2))


def collar(direction: Array) -> Array:
    """Rotation [..., 4] of the collar bone for an upper arm that points to ``direction``."""
    raised = np.arccos(np.clip(-direction[..., 1], -1, 1))
    lift = 0.2 * np.maximum(raised - 35 * _DEG, 0) - 3 * _DEG
    ahead = (9 * np.maximum(direction[..., 2], 0) + 14 * np.maximum(-direction[..., 0], 0)) * _DEG
    return quat_from_euler_yxz(-ahead - 2 * _DEG, np.zeros_like(lift), lift)


def solve(
    arm: Arm, wrist: Array, hand: Array, swivel: Array, clavicle: Array | None = None
) -> ArmPose:
    """The arm with its wrist at ``wrist`` [..., 3] and its hand turned by ``hand`` [..., 4].

    In the T-pose frame of the chest, as a left arm. ``swivel`` [...]: rad by which the elbow
    leaves the lowest place outward. ``clavicle`` [..., 4] is chosen to suit when not given.
    """
    swivel = np.asarray(swivel, np.float64)
    if clavicle is None:
        clavicle = collar(_upper_direction(arm, arm.shoulder, wrist, swivel)[0])
    shoulder = arm.clavicle + quat_rotate(clavicle, arm.shoulder - arm.clavicle)
    upward, lower, hinge, end = _upper_direction(arm, shoulder, wrist, swivel)
    home = np.array([0.0, -1.0, 0.0])
    rest_u, rest_l = normalize(arm.elbow - arm.shoulder), normalize(arm.wrist - arm.elbow)
    turn_u = mat3_to_quat(_frame(upward, hinge) @ _frame(rest_u, home).T)
    turn_l = mat3_to_quat(_frame(lower, hinge) @ _frame(rest_l, home).T)
    local_hand = quat_mul(quat_conj(turn_l), hand)
    twist, angle = _twist(local_hand, rest_l)
    part = _about(rest_l, _FOREARM * angle)
    swing = quat_mul(local_hand, quat_conj(twist))
    local_upper = quat_mul(quat_conj(clavicle), turn_u)
    bend = 2 * np.arccos(np.clip(np.abs(swing[..., 3]), 0, 1))
    strain = (
        _beyond(angle, 0.85 * TWIST)
        + _beyond(bend, 0.8 * WRIST)
        + _beyond(_twist(local_upper, rest_u)[1], 0.85 * HUMERUS)
    )
    length = float(np.linalg.norm(arm.elbow - arm.shoulder))
    return ArmPose(
        clavicle=np.broadcast_to(clavicle, local_upper.shape),
        upper=local_upper,
        lower=quat_mul(quat_mul(quat_conj(turn_u), turn_l), part),
        hand=quat_mul(quat_conj(part), local_hand),
        elbow=shoulder + upward * length,
        wrist=end,
        strain=strain,
    )


def _upper_direction(
    arm: Arm, shoulder: Array, wrist: Array, swivel: Array
) -> tuple[Array, Array, Array, Array]:
    """Unit vectors of upper arm, forearm and elbow hinge, and where the wrist comes to lie."""
    a = float(np.linalg.norm(arm.elbow - arm.shoulder))
    b = float(np.linalg.norm(arm.wrist - arm.elbow))
    to = np.asarray(wrist, np.float64) - shoulder
    far = np.linalg.norm(to, axis=-1, keepdims=True)
    axis = to / np.maximum(far, 1e-6)
    far = np.clip(far, abs(a - b) + 0.25 * min(a, b), _REACH * (a + b))
    along = (far**2 + a**2 - b**2) / (2 * far)
    aside = np.sqrt(np.maximum(a**2 - along**2, 1e-9))
    low = normalize(_DOWN - axis * (axis @ _DOWN)[..., None])
    out = cross(low, axis)
    pole = low * np.cos(swivel)[..., None] - out * np.sin(swivel)[..., None]
    upper = (axis * along + pole * aside) / a
    end = shoulder + axis * far
    lower = (axis * far - upper * a) / b
    return upper, lower, cross(pole, axis), end


def _frame(first: Array, second: Array) -> Array:
    """Matrices [..., 3, 3] whose columns are ``first``, ``second`` made normal to it, a third."""
    second = normalize(second - first * np.sum(first * second, -1, keepdims=True))
    first, second = np.broadcast_arrays(first, second)
    return np.stack([first, second, cross(first, second)], -1)


def _twist(q: Array, axis: Array) -> tuple[Array, Array]:
    """The part of ``q`` [..., 4] that turns about ``axis``, and its angle rad, -pi..pi."""
    along = q[..., :3] @ axis
    twist = quat_normalize(np.concatenate([along[..., None] * axis, q[..., 3:]], -1))
    angle = 2 * np.arctan2(along, q[..., 3])
    return twist, (angle + np.pi) % (2 * np.pi) - np.pi


def _about(axis: Array, angle: Array) -> Array:
    half = np.asarray(angle)[..., None] / 2
    return np.concatenate([np.sin(half) * axis, np.cos(half)], -1)


def _beyond(angle: Array, limit: float) -> Array:
    return np.maximum(np.abs(angle) - limit, 0) ** 2
