"""From a gesture's table to rotations on one body: hand shapes, reaches, trunk, head and face."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from avatar.animation.body import MIRROR, Arm, Body, Side, chin_at, turned_about
from avatar.animation.gestures import HandShape, Key, Reach, hand_shapes
from avatar.animation.ik import ArmPose, hand_rotation, solve
from avatar.animation.stance import FINGERS, finger_spread, mirrored
from avatar.math3d import (
    Array,
    normalize,
    quat_exp,
    quat_from_euler_yxz,
    quat_mul,
    quat_rotate,
)
from avatar.pose import BONE_COUNT, FACE_COUNT, FaceShape, HumanBone, RestSkeleton

B = HumanBone
_DEG: Final = np.pi / 180
_SWINGS: Final = np.arange(-60, 61, 5) * _DEG
"""Elbow angles tried around the one a table asks for, rad."""
_ROOM: Final = 0.012
"""m that forearm and hand keep from trunk and head."""
_NEUTRAL: Final = np.array([0.28, -0.5, 0.45])
"""Where a hand rests in the air, in arm lengths from its shoulder: small gestures stay near."""
_ARM: Final = ("Shoulder", "UpperArm", "LowerArm", "Hand")
_HEAD: Final = ((B.neck, 0.42), (B.head, 0.58))
_SPINE: Final = ((B.spine, 0.35), (B.chest, 0.35), (B.upperChest, 0.3))
_SET_BACK: Final = 0.25
"""Hips heights by which the hips go back per radian of a bow, to keep the balance."""


@dataclass(frozen=True, slots=True)
class Held:
    """A reach as it was solved."""

    reach: Reach
    point: Array
    """float64[3], m: the part of the hand that goes there, from the wrist, hand in T-pose."""
    swivel: Array
    """float64[], the elbow's angle, rad."""


@dataclass(frozen=True, slots=True)
class KeyPose:
    """One key pose, solved; the trunk's part is laid on top of what the body does anyway."""

    arms: Array
    """float64[55, 4], rotations of arms and hands."""
    trunk: Array
    """float64[55, 3], rotation vectors, rad."""
    hips: Array
    """float64[3], hips heights."""
    gaze: Array
    """(yaw, pitch), rad, as told; what the head's own turn asks for is in ``held``."""
    face: Array
    """float64[52]"""
    reaches: Mapping[Side, Held]
    """What each hand reaches for."""


def solve_key(
    key: Key, body: Body, hands: Sequence[Side], side: Side, size: float, lens: Array
) -> KeyPose:
    """``key`` made by ``hands``, the first of them leading; ``lens`` points to the viewer [3]."""
    sign = 1.0 if side == "left" else -1.0
    trunk = _trunk(key, sign, size)
    arms: Array = np.tile(np.array([0.0, 0.0, 0.0, 1.0]), (BONE_COUNT, 1))
    reaches: dict[Side, Held] = {}
    for hand in hands:
        told = key.arm if hand == hands[0] else key.other or key.arm
        if told is None or not body.arms[hand].present:
            continue
        reach = _sized(told, size)
        point = _point(reach, body.arms[hand], body.rest, hand) - body.arms[hand].wrist
        pose, swivel = _choose(Held(reach, point, _SWINGS), body, hand, trunk, lens)
        reaches[hand] = Held(reach, point, swivel)
        write_arm(arms, hand, pose, key.shrug * size * _DEG)
        write_fingers(arms, hand, hand_shapes()[reach.hand], body.rest)
    hips = np.array([sign * key.weight * size, 0.0, -_SET_BACK * key.bow * size * _DEG])
    gaze = np.array([sign * key.gaze[0], key.gaze[1]]) * _DEG
    turned = trunk[[B.hips, B.spine, B.chest, B.upperChest, B.neck, B.head]].sum(0)
    # The eyes stay on the viewer while the head turns away from them, as far as they may.
    gaze += (1 - key.follow) * np.array([-turned[1], turned[0]])
    gaze = np.clip(gaze, -0.45, 0.45)
    return KeyPose(arms, trunk, hips, gaze, _face(key, side), reaches)


def write_arm(arms: Array, side: Side, pose: ArmPose, shrug: float = 0.0) -> None:
    """Put the rotations of ``pose`` into ``arms`` [55, 4] as the arm of ``side``."""
    lift = quat_from_euler_yxz(0.0, 0.0, shrug)
    turns = (quat_mul(lift, pose.clavicle), pose.upper, pose.lower, pose.hand)
    for part, turn in zip(_ARM, turns, strict=True):
        arms[B[side + part]] = turn if side == "left" else mirrored(turn)


def write_fingers(arms: Array, side: Side, shape: HandShape, rest: RestSkeleton | None) -> None:
    """Put a hand shape into ``arms`` [55, 4]."""
    for bone, turn in _finger_turns(shape, rest, side).items():
        arms[B[side + bone]] = turn if side == "left" else mirrored(turn)


def reach_pose(
    held: Held, body: Body, side: Side, neck: Array, head: Array, lens: Array,
    clavicle: Array | None = None, push: Array | None = None,
) -> ArmPose:  # fmt: skip
    """The arm of ``side`` that reaches so, neck and head as they are turned.

    ``clavicle`` is told as a left one; ``push`` [3] moves the goal, m.
    """
    arm = body.arms[side]
    goal, palm, fingers = _goal(held.reach, body, side, neck, head, lens)
    hand = hand_rotation(arm, fingers, palm)
    wrist = goal - quat_rotate(hand, held.point)
    if push is not None:
        wrist = wrist + push
    swivel = held.swivel
    shape = swivel.shape
    return solve(
        arm, np.broadcast_to(wrist, (*shape, 3)), np.broadcast_to(hand, (*shape, 4)), swivel,
        None if clavicle is None else np.broadcast_to(clavicle, (*shape, 4)),
    )  # fmt: skip


def _choose(held: Held, body: Body, side: Side, trunk: Array, lens: Array) -> tuple[ArmPose, Array]:
    """The elbow angle that is easiest for the joints and keeps clear of the body."""
    known = (held.reach, side, trunk[[B.neck, B.head]].tobytes(), lens.tobytes())
    if held.reach.at in ("shoulder", "chest"):
        known = (held.reach, side)
    if known in body.solved:
        return body.solved[known]
    neck, head = quat_exp(trunk[B.neck]), quat_exp(trunk[B.head])
    swivels = held.reach.elbow * _DEG + _SWINGS
    push, best = np.zeros(3), 0
    for _ in range(4):
        pose = reach_pose(replace(held, swivel=swivels), body, side, neck, head, lens, push=push)
        cost = (_SWINGS / (70 * _DEG)) ** 2 + 5 * pose.strain
        cost = cost + (_lack(pose, body, side) / 0.01) ** 2
        best = int(cost.argmin())
        if held.reach.touches:
            break
        out = _way_out(pose.wrist[best], body, side)
        if not out.any():
            break
        push = push + out
    swivel = np.asarray(swivels[best])
    final = reach_pose(replace(held, swivel=swivel), body, side, neck, head, lens, push=push)
    body.solved[known] = final, swivel
    return final, swivel


def _lack(pose: ArmPose, body: Body, side: Side) -> Array:
    """m by which elbow and forearm [...] come too near to trunk or head."""
    arm = body.arms[side]
    parts = np.linspace(0, 0.8, 4)[:, None, None]
    points = pose.elbow + (pose.wrist - pose.elbow) * parts
    flip = 1.0 if side == "left" else MIRROR
    room = body.room(points * flip) - 0.85 * arm.radius - _ROOM
    return np.maximum(-room, 0).sum(0)


def _way_out(wrist: Array, body: Body, side: Side) -> Array:
    """How far [3] a free hand must move so as not to lie inside the trunk."""
    flip = np.ones(3) if side == "left" else MIRROR
    lack = 0.05 - float(body.room(wrist * flip))
    return np.array([0.3, 0.0, 0.95]) * lack if lack > 0 else np.zeros(3)


def _goal(
    reach: Reach, body: Body, side: Side, neck: Array, head: Array, lens: Array
) -> tuple[Array, Array, Array]:
    """Where the hand goes, and where its palm and fingers look, as for a left hand."""
    arm, offset = body.arms[side], np.array(reach.offset)
    palm, fingers = np.array(reach.palm), normalize(np.array(reach.fingers))
    flip = np.ones(3) if side == "left" else MIRROR
    if reach.at == "shoulder":
        return arm.shoulder + offset * arm.length, palm, fingers
    if reach.at == "lens":
        towards = lens * flip
        turn = _from_forward(towards)
        goal = arm.shoulder + quat_rotate(turn, offset) * arm.length
        return goal, quat_rotate(turn, palm), quat_rotate(turn, fingers)
    if reach.at == "chest":
        return _on_chest(body, arm, offset), palm, fingers
    turned = quat_mul(neck, head) if side == "left" else mirrored(quat_mul(neck, head))
    chin = chin_at(body, neck, head) * flip
    return tuple(
        x + quat_rotate(turned, v)
        for x, v in ((chin, offset * arm.hand_length), (0.0, palm), (0.0, fingers))
    )  # pyright: ignore


def _on_chest(body: Body, arm: Arm, offset: Array) -> Array:
    """A place before the breast bone: x, y on it, z off its surface."""
    x, y, z = offset * arm.hand_length
    height = float(arm.shoulder[1]) - 0.3 * arm.length * 0.6 + y
    front = max(body.front(height), body.front(height + 0.05), body.front(height - 0.05))
    return np.array([x, height, front + z])


def _from_forward(towards: Array) -> Array:
    yaw = np.arctan2(towards[0], towards[2])
    pitch = -np.arctan2(towards[1], np.hypot(towards[0], towards[2]))
    return quat_from_euler_yxz(yaw, pitch, 0.0)


def _point(reach: Reach, arm: Arm, rest: RestSkeleton | None, side: Side) -> Array:
    """The part of the hand that is to touch, in the T-pose, its fingers bent [3]."""
    if reach.point == "wrist":
        return arm.wrist
    if reach.point == "palm":
        return arm.palm
    turns = _finger_turns(hand_shapes()[reach.hand], rest, side)
    names = {"tips": ("Index", "Middle"), "index": ("Index",), "pinch": ("Thumb", "Index")}
    tips = [_tip(arm, finger, turns) for finger in names[reach.point]]
    return np.mean(tips, 0)


def _tip(arm: Arm, finger: str, turns: Mapping[str, Array]) -> Array:
    a, b, c, tip = arm.hand[finger]
    outer = turned_about(c, turns[f"{finger}Distal"], tip)
    middle = "Proximal" if finger == "Thumb" else "Intermediate"
    inner = "Metacarpal" if finger == "Thumb" else "Proximal"
    outer = turned_about(b, turns[finger + middle], outer)
    return turned_about(a, turns[finger + inner], outer)


def _finger_turns(shape: HandShape, rest: RestSkeleton | None, side: Side) -> dict[str, Array]:
    """Rotations of the finger bones of a left hand by name without the side."""
    turns: dict[str, Array] = {}
    away = {"Index": -1.0, "Middle": -1.0, "Ring": 1.0, "Little": 1.0}
    for name in FINGERS:
        finger = shape.fingers[name]
        gather = 0.7 * finger_spread(rest, side, name) + away[name] * finger.spread * _DEG
        first, second, third = (-angle * _DEG for angle in finger.bend)
        turns[f"{name}Proximal"] = quat_from_euler_yxz(gather, 0.0, first)
        turns[f"{name}Intermediate"] = quat_from_euler_yxz(0.0, 0.0, second)
        turns[f"{name}Distal"] = quat_from_euler_yxz(0.0, 0.0, third)
    under, along, bend, tip = (angle * _DEG for angle in shape.thumb)
    turns["ThumbMetacarpal"] = quat_from_euler_yxz(along, under, 0.0)
    turns["ThumbProximal"] = quat_from_euler_yxz(bend, 0.0, 0.0)
    turns["ThumbDistal"] = quat_from_euler_yxz(tip, 0.0, 0.0)
    return turns


def _trunk(key: Key, sign: float, size: float) -> Array:
    turns: Array = np.zeros((BONE_COUNT, 3))
    way = np.array([1.0, sign, -sign]) * size * _DEG
    for bones, told in ((_HEAD, key.head), (_SPINE, key.lean)):
        for bone, share in bones:
            turns[bone] += share * way * told
    turns[B.hips, 0] = key.bow * size * _DEG
    # The trunk stays upright over hips that move aside.
    turns[B.spine, 2] += sign * 0.9 * key.weight * size
    return turns


def _sized(reach: Reach, size: float) -> Reach:
    """A free hand goes less far in a smaller gesture; one that touches goes where it must."""
    if reach.touches or size == 1.0:
        return reach
    x, y, z = (_NEUTRAL + (np.array(reach.offset) - _NEUTRAL) * size).tolist()
    return replace(reach, offset=(x, y, z))


def _face(key: Key, side: Side) -> Array:
    face: Array = np.zeros(FACE_COUNT)
    near, far = ("Left", "Right") if side == "left" else ("Right", "Left")
    for stem, weight in key.face.items():
        if stem in FaceShape.__members__:
            face[FaceShape[stem]] = weight
        else:
            face[[FaceShape[stem + near], FaceShape[stem + far]]] = weight, 0.88 * weight
    return face
