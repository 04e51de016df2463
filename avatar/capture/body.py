"""A tracked body to the trunk and the arms.

The points come in metres with x to the picture's right, y down, z away from the camera; turned to
the figure's axes (x to its left, y up, z forward) they give directions of limbs, which are applied
to the figure's own bones: lengths never change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from avatar.math3d import (
    IDENTITY_QUAT,
    Array,
    Float,
    cross,
    mat3_to_quat,
    normalize,
    quat_between,
    quat_conj,
    quat_from_axis_angle,
    quat_from_euler_yxz,
    quat_log,
    quat_mul,
    quat_rotate,
    quat_slerp,
)
from avatar.media import BodyPoints
from avatar.pose import HumanBone, RestSkeleton

B = HumanBone
Side = Literal["left", "right"]

SEEN: Final = 0.5
"""Least visibility of a point that is believed."""
TORSO: Final = (B.spine, B.chest, B.upperChest)
_SHARES: Final = np.array([0.4, 0.3, 0.3])
"""Who turns how much of the trunk's turn."""
_TWIST_TRUST: Final = 0.6
"""How much of a turn of the shoulders is believed: their depth is a guess."""
_MOST_TRUNK: Final = np.radians([35.0, 45.0, 25.0])
"""Largest pitch, yaw and roll of the trunk."""
_SHORT: Final = 0.8
_SHRUNK: Final = (1.05, 1.25)
"""How much longer a bone is in the picture than the tracker's own idea of it, seen from the front:
none of its depth is doubted at the first, and at the second only what :data:`_SHORT` of its length
leaves room for is believed."""
_EDGE: Final = 0.03
_MOST_ASIDE: Final = np.radians(70)
_ELBOW: Final = np.radians(150)
_STRAIGHT: Final = 0.25
"""Sine of the elbow below which its plane is uncertain."""
_SHOULDERS, _HIPS = (11, 12), (23, 24)
_ARMS: Final = {"left": (11, 13, 15), "right": (12, 14, 16)}
_OUT: Final = {"left": np.array([1.0, 0.0, 0.0]), "right": np.array([-1.0, 0.0, 0.0])}
_HINGE: Final = {"left": np.array([0.0, -1.0, 0.0]), "right": np.array([0.0, 1.0, 0.0])}
_TO_FIGURE: Final = np.array([1.0, -1.0, -1.0])


def to_figure(points: Array) -> Array:
    """Points or directions of the tracker [..., 3] in the figure's axes."""
    return np.asarray(points, np.float64) * _TO_FIGURE


@dataclass(frozen=True, slots=True)
class Arm:
    """Where an arm points, in the figure's axes."""

    upper: Array
    """float64[3], unit, shoulder to elbow."""
    lower: Array
    """float64[3], unit, elbow to wrist."""


def inside(body: BodyPoints, points: Sequence[int]) -> bool:
    """Whether points lie in the picture: beyond its edge they are invented."""
    return bool(np.abs(body.points[list(points), :2] - 0.5).max() < 0.5 + _EDGE)


def trunk(body: BodyPoints) -> Array | None:
    """Turn of the trunk (xyzw), or None if the shoulders are not seen."""
    shoulders = list(_SHOULDERS)
    if body.visibility[shoulders].min() < SEEN or not inside(body, shoulders):
        return None
    world = to_figure(body.world)
    across = world[11] - world[12]
    roll = float(np.arctan2(across[1], np.hypot(across[0], across[2])))
    aside = float(np.arctan2(-across[2], across[0]))
    if abs(aside) > _MOST_ASIDE or abs(roll) > _MOST_ASIDE:
        return None  # somebody's back, or no body at all
    yaw = aside * _TWIST_TRUST
    pitch = 0.0
    if body.visibility[list(_HIPS)].min() > SEEN and inside(body, _HIPS):
        up = (world[11] + world[12] - world[23] - world[24]) / 2
        pitch = float(np.arctan2(up[2], up[1]))
    turn = np.clip([pitch, yaw, roll], -_MOST_TRUNK, _MOST_TRUNK)
    return quat_from_euler_yxz(turn[1], turn[0], turn[2])


def arms(body: BodyPoints, size: tuple[int, int]) -> dict[Side, Arm]:
    """The arms whose shoulder, elbow and wrist are seen in a picture of ``size`` px."""
    found: dict[Side, Arm] = {}
    world = to_figure(body.world)
    sides: Sequence[Side] = ("left", "right")
    for side in sides:
        points = list(_ARMS[side])
        if body.visibility[points].min() < SEEN or not inside(body, points):
            continue
        bones = np.diff(world[points], axis=0)
        upper, lower = normalize(_flatter(bones, body, points, size))
        if np.linalg.norm(upper) > 0.5 and np.linalg.norm(lower) > 0.5:
            found[side] = Arm(upper, lower)
    return found


def _flatter(bones: Array, body: BodyPoints, points: Sequence[int], size: tuple[int, int]) -> Array:
    """Bones [2, 3] no deeper than their length in the picture allows: the tracker likes to see
    raised arms reach out to it, and shortens them in its own idea to keep their length."""
    picture = body.points[:, :2] * np.array(size)
    world = to_figure(body.world)
    apart = float(np.linalg.norm(picture[11] - picture[12]))
    if apart < 8:
        return bones
    scale = float(np.linalg.norm((world[11] - world[12])[:2])) / apart
    flat = np.diff(picture[list(points)], axis=0) * [scale, -scale]
    seen = np.linalg.norm(bones[:, :2], axis=1)
    shrunk = np.linalg.norm(flat, axis=1) / np.maximum(seen, 1e-6)
    length = np.interp(shrunk, _SHRUNK, (1.0, _SHORT)) * np.linalg.norm(bones, axis=1)
    depth = np.sqrt(np.maximum(length**2 - (flat**2).sum(1), 0))
    deep = np.sign(bones[:, 2]) * np.minimum(np.abs(bones[:, 2]), depth)
    return np.concatenate([flat, deep[:, None]], 1)


def reach(side: Side, target: Array, turned: Array, rest: RestSkeleton) -> Arm:
    """The arm whose wrist gets to ``target`` (m, figure's axes, from the neck's root).

    Two-bone inverse kinematics with the elbow low and out; ``turned`` is the trunk's turn.
    """
    shoulder, first, second = arm_of(side, rest)
    start = quat_rotate(turned, shoulder)
    way = target - start
    far = float(np.clip(np.linalg.norm(way), abs(first - second) + 1e-3, (first + second) * 0.995))
    along = normalize(way)
    bend = np.arccos(np.clip((first**2 + far**2 - second**2) / (2 * first * far), -1, 1))
    pole = np.array([_OUT[side][0] * 0.55, -1.0, -0.15])
    aside = normalize(pole - along * (pole @ along))
    upper = normalize(np.cos(bend) * along + np.sin(bend) * aside)
    lower = normalize(along * far - upper * first)
    return Arm(upper, lower)


def arm_of(side: Side, rest: RestSkeleton) -> tuple[Array, float, float]:
    """Shoulder joint from the neck's root (m), and the lengths of upper and lower arm (m)."""
    neck, shoulder = rest.offset[B.neck], rest.offset[B[f"{side}Shoulder"]]
    upper = np.asarray(rest.offset[B[f"{side}UpperArm"]], np.float64)
    joint = shoulder + upper - neck if rest.present[B[f"{side}Shoulder"]] else upper - neck
    lengths = [
        float(np.linalg.norm(rest.offset[B[f"{side}{part}"]])) for part in ("LowerArm", "Hand")
    ]
    return np.asarray(joint, np.float64), max(lengths[0], 0.05), max(lengths[1], 0.05)


def pose_trunk(rotation: Float, opinion: Float, turn: Array) -> None:
    """Share the trunk's turn among its bones, in place."""
    rotation[list(TORSO)] = quat_slerp(IDENTITY_QUAT, turn, _SHARES)
    opinion[list(TORSO)] = 1


def pose_arm(
    side: Side, arm: Arm, turned: Array, rotation: Float, opinion: Float, trust: float = 1.0
) -> Array:
    """Point an arm, in place; ``turned`` is the trunk's turn. Returns the forearm's attitude in
    the figure's axes (xyzw)."""
    upper_bone, lower_bone = B[f"{side}UpperArm"], B[f"{side}LowerArm"]
    angle = float(np.clip(np.arccos(np.clip(arm.upper @ arm.lower, -1, 1)), 0, _ELBOW))
    swing = quat_between(_OUT[side], arm.upper)
    plane = cross(arm.upper, arm.lower)
    sure = float(np.clip(np.linalg.norm(plane) / _STRAIGHT, 0, 1))
    plane = sure * normalize(plane) + (1 - sure) * quat_rotate(swing, _HINGE[side])
    upper = attitude(arm.upper, plane, _OUT[side], _HINGE[side])
    bend = quat_from_axis_angle(_HINGE[side], angle)
    rotation[upper_bone] = quat_mul(quat_conj(turned), upper)
    rotation[lower_bone] = bend
    opinion[[upper_bone, lower_bone]] = trust
    return quat_mul(upper, bend)


def attitude(along: Array, aside: Array, rest_along: Array, rest_aside: Array) -> Array:
    """The rotation (xyzw) that takes one pair of directions onto another, ``along`` exactly."""
    return mat3_to_quat(_axes(along, aside) @ _axes(rest_along, rest_aside).T)


def _axes(along: Array, aside: Array) -> Array:
    x = normalize(along)
    y = normalize(aside - x * (aside @ x))
    return np.stack([x, y, cross(x, y)], -1)


def twist_about(q: Array, axis: Array) -> float:
    """Angle (rad) by which a rotation turns about ``axis``; the rest of it is swing."""
    return float(2 * np.arctan2(q[:3] @ axis, q[3]) + np.pi) % (2 * np.pi) - np.pi


def limited(q: Array, most: float) -> Array:
    """A rotation of at most ``most`` rad."""
    angle = float(np.linalg.norm(quat_log(q)))
    return q if angle <= most else quat_slerp(IDENTITY_QUAT, q, most / angle)
