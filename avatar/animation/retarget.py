"""From any human skeleton to the normalised humanoid, by bone names, geometry and rest pose.

Names find the limbs; the trunk between hips and neck is read off the hierarchy, whatever its
bones are called. The rest pose gives the skeleton's up, left and forward and how far its limbs
are from the T-pose. A humanoid bone then turns as far from the T-pose as its joint does in the
world, which lets helper joints in between take part without being known.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from avatar.animation.motion import Motion, still
from avatar.errors import UnsupportedFormat
from avatar.math3d import (
    IDENTITY_QUAT,
    Array,
    Float,
    mat3_to_quat,
    quat_between,
    quat_conj,
    quat_from_axis_angle,
    quat_mul,
    quat_normalize,
    quat_rotate,
)
from avatar.pose import BONE_COUNT, BONE_PARENT, HumanBone

_LIMBS: Final[Mapping[str, str]] = {
    "UpperLeg": "upperleg upleg thigh hip upperleg01 legupper bigleg femur",
    "LowerLeg": "lowerleg loleg leg shin knee calf lowerleg01 leglower crus tibia",
    "Foot": "foot ankle",
    "Toes": "toes toe toebase ball toe0 toebase0 toe01 toe11",
    "Shoulder": "shoulder clavicle collar clavicula shoulderblade",
    "UpperArm": "upperarm uparm arm shldr upperarm01 armupper bigarm humerus",
    "LowerArm": "lowerarm loarm forearm elbow lowerarm01 armlower radius",
    "Hand": "hand wrist",
}
_ALONE: Final[Mapping[str, str]] = {
    "neck": "neck neck1 neck01 cervical",
    "head": "head skull",
    "jaw": "jaw",
}
_FINGERS: Final[Mapping[str, str]] = {
    "Thumb": "thumb finger1",
    "Index": "index finger2",
    "Middle": "middle mid finger3",
    "Ring": "ring finger4",
    "Little": "little pinky finger5 pink",
}
_PARTS: Final = ("Proximal", "Intermediate", "Distal")
_THUMB_PARTS: Final = ("Metacarpal", "Proximal", "Distal")
_TRUNK: Final = (HumanBone.spine, HumanBone.chest, HumanBone.upperChest)
_PREFIX: Final = re.compile(
    r"^(.*:|mixamorig\d*_?|character\d*_|bip\d*[ _]?|valvebiped_?|j_bip_(?:c_)?)"
)
_SIDES: Final = (
    (re.compile(r"^left[ _.-]?|[ _.-]?left$|^l[ _.-]|[ _.-]l$"), "left"),
    (re.compile(r"^right[ _.-]?|[ _.-]?right$|^r[ _.-]|[ _.-]r$"), "right"),
)
_GLUED_SIDE: Final = re.compile(r"^([lrLR])(?=[A-Z])")
_CHAINS: Final = {
    "Arm": (("UpperArm", "LowerArm", "Hand"), np.array([1.0, 0.0, 0.0])),
    "Leg": (("UpperLeg", "LowerLeg", "Foot"), np.array([0.0, -1.0, 0.0])),
}
"""What a T-pose is: joints of the limbs, and where those of the left point."""

Rest = Literal["placed", "t-pose", "any"]

_ROLL: Final = (0.05, 0.8)
"""rad of a standing foot's roll that is an error of its rest pose; more is acting."""


@dataclass(frozen=True)
class Skeleton:
    """J joints, parents first."""

    names: Sequence[str]
    parent: Sequence[int]
    """-1 for a root."""
    offset: Array
    """float64[J, 3], place relative to the parent in the rest pose, any unit."""
    rotation: Array
    """float64[J, 4] xyzw, local rotations of the rest pose."""

    def forward(self, rotation: Array, offset: Array) -> tuple[Array, Array]:
        """World rotations and places ``[..., J, 4]``, ``[..., J, 3]`` of local ones."""
        turn, place = np.array(rotation, np.float64), np.array(offset, np.float64)
        for joint, above in enumerate(self.parent):
            if above >= 0:
                place[..., joint, :] = place[..., above, :] + quat_rotate(
                    turn[..., above, :], place[..., joint, :]
                )
                turn[..., joint, :] = quat_mul(turn[..., above, :], turn[..., joint, :])
        return turn, place

    def above(self, joint: int) -> list[int]:
        """``joint``, its parent, and so on up to the root."""
        chain = [joint]
        while self.parent[chain[-1]] >= 0:
            chain.append(self.parent[chain[-1]])
        return chain


def parse_name(name: str) -> tuple[str, str]:
    """Side (``left``, ``right`` or "") and the rest of a joint's name, folded."""
    if name.startswith("__"):  # MakeHuman's helpers between the joints proper
        return "", ""
    glued = _GLUED_SIDE.match(name)
    if glued:
        name = f"{glued[1]}_{name[1:]}"
    name = _PREFIX.sub("", name.strip().lower())
    side = ""
    for pattern, found in _SIDES:
        bare = pattern.sub("", name, count=1)
        if bare != name:
            side, name = found, bare
            break
    return side, re.sub(r"[^a-z0-9]", "", name).removeprefix("hand" if _is_finger(name) else "")


def map_names(names: Sequence[str]) -> dict[HumanBone, int]:
    """The joints of limbs, fingers, neck, head and jaw that names give away.

    Where a limb's upper joint has no name of its own, two of one name are told apart by order:
    collar and shoulder are shoulder and upper arm, leg and knee are upper and lower leg.
    """
    table = _name_table()
    parsed = [parse_name(name) for name in names]
    found: dict[HumanBone, list[int]] = {}
    for joint, name in enumerate(parsed):
        if name in table:
            found.setdefault(table[name], []).append(joint)
    if ("left", "finger0") in parsed:  # 3ds Max counts fingers from 0, MakeHuman from 1
        numbered = {j for j, (_, bare) in enumerate(parsed) if bare.startswith("finger")}
        found = {bone: joints for bone, joints in found.items() if not numbered & set(joints)}
    mapped = {bone: joints[0] for bone, joints in found.items()}
    for side in ("left", "right"):
        shoulder, arm = HumanBone[side + "Shoulder"], HumanBone[side + "UpperArm"]
        if arm not in mapped and shoulder in mapped:
            mapped[arm] = found[shoulder][-1]
            if len(found[shoulder]) == 1:
                del mapped[shoulder]
        shin, thigh = HumanBone[side + "LowerLeg"], HumanBone[side + "UpperLeg"]
        if thigh not in mapped and len(found.get(shin, ())) > 1:
            mapped[thigh], mapped[shin] = found[shin][:2]
    return mapped


def names_itself(skeleton: Skeleton) -> bool:
    """Whether the joints are called as in VRM, so that the rest pose is VRM's T-pose too."""
    return all(name in HumanBone.__members__ for name in skeleton.names if name)


def map_joints(skeleton: Skeleton) -> dict[HumanBone, int]:
    """Humanoid bone -> joint; raises UnsupportedFormat if it is no human."""
    if names_itself(skeleton) and HumanBone.hips.name in skeleton.names:
        return {HumanBone[name]: joint for joint, name in enumerate(skeleton.names) if name}
    found = _in_order(map_names(skeleton.names), skeleton)
    legs = [found.get(HumanBone.leftUpperLeg), found.get(HumanBone.rightUpperLeg)]
    top = found.get(HumanBone.neck, found.get(HumanBone.head))
    if None in legs or top is None:
        raise UnsupportedFormat(
            "its joints are not called like a human's: two legs and a head are needed"
        )
    chains = [skeleton.above(joint) for joint in (*legs, top) if joint is not None]
    hips = next(joint for joint in chains[0] if all(joint in chain for chain in chains[1:]))
    found[HumanBone.hips] = hips
    trunk = [joint for joint in chains[2][: chains[2].index(hips)] if joint != top][::-1]
    for bone, joint in _spread(trunk).items():
        found[bone] = joint
    return found


def retarget(
    skeleton: Skeleton,
    joints: Mapping[HumanBone, int],
    times: Array,
    rotation: Array,
    offset: Array,
    *,
    rest: Rest = "any",
    name: str = "",
) -> Motion:
    """The humanoid motion of local ``rotation`` [F, J, 4] and ``offset`` [F, J, 3].

    ``rest`` says how far the rest pose is to be trusted: ``placed``, a T-pose in our own axes on
    a floor at 0, as VRM animations promise; ``t-pose``, as it stands, but axes and floor are
    found out; ``any``, so are the heading and what the rest lacks of a T-pose on level soles.
    """
    rest_turn, rest_place = skeleton.forward(skeleton.rotation, skeleton.offset)
    turn, place = skeleton.forward(rotation, offset)
    placed = rest == "placed"
    axes = np.asarray(IDENTITY_QUAT, np.float64) if placed else _axes(rest_place, joints)
    straight = _to_t_pose(joints, quat_rotate(axes, rest_place)) if rest == "any" else {}
    bones = sorted(joints)
    at = [joints[bone] for bone in bones]
    delta = quat_mul(turn[:, at], quat_conj(rest_turn[at]))
    delta = quat_mul(quat_mul(axes, delta), quat_conj(axes))
    delta = quat_mul(delta, quat_conj(np.stack([straight.get(b, IDENTITY_QUAT) for b in bones])))
    hips = _hips(joints, quat_rotate(axes, rest_place), quat_rotate(axes, place), not placed)
    if rest == "any":
        heading = _heading(delta[0, bones.index(HumanBone.hips)])
        delta = _level_soles(quat_mul(heading, delta), bones, quat_rotate(axes, place)[:, at])
        hips = None if hips is None else quat_rotate(heading, hips)
    made = still(times, name)
    made.rotation[:, bones] = _local(delta, bones)
    made.rotation_w[:, bones] = 1
    moved = None if hips is None else hips.astype(np.float32)
    return Motion(made.times, made.rotation, made.rotation_w, moved, name=name)


def _name_table() -> dict[tuple[str, str], HumanBone]:
    table = {
        ("", alias): HumanBone[bone] for bone, all_ in _ALONE.items() for alias in all_.split()
    }
    for side in ("left", "right"):
        for limb, aliases in _LIMBS.items():
            table |= {(side, alias): HumanBone[side + limb] for alias in aliases.split()}
        table |= {(side, "eye"): HumanBone[side + "Eye"]}
        for finger, aliases in _FINGERS.items():
            parts = _THUMB_PARTS if finger == "Thumb" else _PARTS
            for i, part in enumerate(parts):
                bone = HumanBone[side + finger + part]
                spelled = (f"{i + 1}", f"0{i + 1}", part.lower())
                for alias in aliases.split():
                    table |= {(side, alias + end): bone for end in spelled}
    return table


def _is_finger(name: str) -> bool:
    return any(finger in name for finger in ("thumb", "index", "middle", "ring", "pinky", "little"))


def _in_order(found: dict[HumanBone, int], skeleton: Skeleton) -> dict[HumanBone, int]:
    """``found`` without joints of a limb that do not follow the one above."""
    kept = dict(found)
    for side in ("left", "right"):
        for joints, _ in _CHAINS.values():
            for upper, lower in itertools.pairwise(joints):
                a, b = HumanBone[side + upper], HumanBone[side + lower]
                if a in kept and b in kept and kept[a] not in skeleton.above(kept[b]):
                    del kept[b]
    return kept


def _spread(trunk: Sequence[int]) -> dict[HumanBone, int]:
    """The trunk's joints, from below, on spine, chest and upper chest."""
    if len(trunk) <= len(_TRUNK):
        return dict(zip(_TRUNK, trunk, strict=False))
    return dict(zip(_TRUNK, (trunk[0], trunk[len(trunk) // 2], trunk[-1]), strict=True))


def _axes(place: Array, joints: Mapping[HumanBone, int]) -> Array:
    """The turn from the skeleton's axes to ours, by its rest pose, snapped to right angles."""
    left = place[joints[HumanBone.leftUpperLeg]] - place[joints[HumanBone.rightUpperLeg]]
    top = joints.get(HumanBone.head, joints.get(HumanBone.neck, 0))
    x, y = _snapped(left), _snapped(place[top] - place[joints[HumanBone.hips]])
    if abs(float(x @ y)) > 0.5:
        raise UnsupportedFormat("its rest pose is no standing human")
    return mat3_to_quat(np.stack([x, y, np.cross(x, y)]))


def _snapped(direction: Array) -> Array:
    axis = int(np.abs(direction).argmax())
    return np.sign(direction[axis]) * np.eye(3)[axis]


def _to_t_pose(joints: Mapping[HumanBone, int], place: Array) -> dict[HumanBone, Array]:
    """How far each bone's rest is from the T-pose: ``turn`` brings it there; hands follow the
    forearm, feet stay flat on the floor as they are."""
    turns: dict[HumanBone, Array] = {}
    for side, mirror in (("left", 1.0), ("right", -1.0)):
        for limb, (names, direction) in _CHAINS.items():
            goal = direction * np.array([mirror, 1, 1])
            turn = np.asarray(IDENTITY_QUAT, np.float64)
            for upper, lower in itertools.pairwise(names):
                a, b = HumanBone[side + upper], HumanBone[side + lower]
                if a in joints and b in joints:
                    now = quat_rotate(turn, _unit(place[joints[b]] - place[joints[a]]))
                    turn = quat_mul(quat_between(now, goal), turn)
                turns[a] = turn
            if limb == "Arm":
                hand = HumanBone[side + "Hand"]
                turns |= {bone: turn for bone in HumanBone if hand in _ancestry(bone)}
    return turns


def _ancestry(bone: HumanBone) -> list[int]:
    chain: list[int] = [bone]
    while BONE_PARENT[chain[-1]] >= 0:
        chain.append(BONE_PARENT[chain[-1]])
    return chain


def _unit(v: Array) -> Array:
    return v / max(float(np.linalg.norm(v)), 1e-9)


def _local(world: Array, bones: Sequence[HumanBone]) -> Float:
    """Rotations relative to the nearest bone above that is there."""
    index = {bone: i for i, bone in enumerate(bones)}
    local = world.copy()
    for bone, i in index.items():
        above = next((index[HumanBone(b)] for b in _ancestry(bone)[1:] if b in index), -1)
        if above >= 0:
            local[:, i] = quat_mul(quat_conj(world[:, above]), world[:, i])
    local = quat_normalize(local)
    return np.where(local[..., 3:] < 0, -local, local).astype(np.float32)


def _hips(
    joints: Mapping[HumanBone, int], rest: Array, place: Array, any_floor: bool
) -> Array | None:
    """Displacement of the hips [F, 3], in hips heights."""
    hips = joints[HumanBone.hips]
    if not any_floor:
        height = float(rest[hips, 1])
        return (place[:, hips] - rest[hips]) / height if height > 1e-6 else None
    floor = float(rest[:, 1].min())
    height = float(rest[hips, 1]) - floor
    if height <= 1e-6:
        return None
    ground = float(np.percentile(place[..., 1].min(1), 5))
    ground = 0.0 if abs(ground) < 0.03 * height else ground
    moved = place[:, hips] - place[0, hips] * np.array([1, 0, 1])
    moved[:, 1] -= height + ground
    return moved / height


def _level_soles(world: Array, bones: Sequence[HumanBone], place: Array) -> Array:
    """``world`` with feet whose soles lie level, from side to side, while they stand.

    Many skeletons rest with rolled feet and say nothing of it; a foot that stands tells.
    """
    level = world.copy()
    for side in ("left", "right"):
        foot = HumanBone[side + "Foot"]
        if foot not in bones:
            continue
        at = bones.index(foot)
        stands = place[:, at, 1] <= np.quantile(place[:, at, 1], 0.3)
        across = quat_rotate(world[stands, at], np.array([1.0, 0.0, 0.0]))
        roll = float(np.median(np.arcsin(np.clip(across[:, 1], -1, 1))))
        if _ROLL[0] < abs(roll) < _ROLL[1]:
            turn = quat_from_axis_angle([0.0, 0.0, 1.0], -roll)
            for bone in (foot, HumanBone[side + "Toes"]):
                if bone in bones:
                    level[:, bones.index(bone)] = quat_mul(world[:, bones.index(bone)], turn)
    return level


def _heading(hips: Array) -> Array:
    """The turn by right angles that makes the first pose face +Z."""
    forward = quat_rotate(hips, np.array([0.0, 0.0, 1.0]))
    yaw = float(np.arctan2(forward[0], forward[2]))
    quarter = round(yaw / (np.pi / 2)) * np.pi / 2
    return quat_from_axis_angle([0.0, 1.0, 0.0], -quarter)


assert len(HumanBone) == BONE_COUNT
