"""A person's shape: base mesh plus targets, and the VRM skeleton inside it.

The mesh is bound in the base's own A-pose, where it was sculpted, while the nodes rest in the
T-pose that VRM asks for: lowered arms, which is how people stand, then show the sculpted form.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from avatar.modelling.sources import Ints, Reals, Sources, vec
from avatar.pose import BONE_PARENT, FACE_SHAPES, HumanBone

DM: Final = 0.1
"""Metres in a unit of the base mesh."""

_FINGERS: Final = ("Thumb", "Index", "Middle", "Ring", "Little")


def _rig_heads() -> dict[HumanBone, str]:
    heads = {
        "hips": "root", "spine": "spine05", "chest": "spine03", "upperChest": "spine02",
        "neck": "neck01", "head": "head", "jaw": "jaw",
    }  # fmt: skip
    for side, end in (("left", ".L"), ("right", ".R")):
        limbs = {
            "Eye": "eye", "UpperLeg": "upperleg01", "LowerLeg": "lowerleg01", "Foot": "foot",
            "Toes": "toe2-1", "Shoulder": "clavicle", "UpperArm": "upperarm01",
            "LowerArm": "lowerarm01", "Hand": "wrist",
        }  # fmt: skip
        for number, finger in enumerate(_FINGERS, 1):
            parts = ("Metacarpal", "Proximal", "Distal")
            parts = parts if finger == "Thumb" else ("Proximal", "Intermediate", "Distal")
            limbs |= {finger + part: f"finger{number}-{k}" for k, part in enumerate(parts, 1)}
        heads |= {side + part: bone + end for part, bone in limbs.items()}
    return {HumanBone[name]: bone for name, bone in heads.items()}


RIG_HEAD: Final = _rig_heads()
"""The rig bone whose head is each humanoid bone's joint."""


@dataclass(frozen=True)
class Skeleton:
    """The 55 humanoid joints, in HumanBone order; metres."""

    bind: Reals
    """float64[55, 3], joints in the A-pose in which the mesh is bound."""
    rest: Reals
    """float64[55, 3], joints in the T-pose."""
    turn: Reals
    """float64[55, 3, 3], world rotation from A-pose to T-pose."""

    def inverse_bind(self) -> Reals:
        """float64[55, 4, 4], for joint nodes without rotation in the T-pose."""
        matrix = np.tile(np.eye(4), (len(self.bind), 1, 1))
        matrix[:, :3, :3] = self.turn
        matrix[:, :3, 3] = -np.einsum("bij,bj->bi", self.turn, self.bind)
        return matrix

    def to_rest(self, position: Reals, weight: Reals) -> Reals:
        """Skin A-pose positions [N, 3] with weights [N, 55] into the T-pose."""
        matrix = self.inverse_bind()
        matrix[:, :3, 3] += self.rest
        blended = np.tensordot(weight, matrix, 1)
        return np.einsum("nij,nj->ni", blended[:, :3, :3], position) + blended[:, :3, 3]


@dataclass(frozen=True)
class Shape:
    """One person on the base mesh; dm, so that proxies' offsets fit."""

    vertices: Reals
    """float64[19158, 3], with the rest expression."""
    neutral: Reals
    """The same before the rest expression."""
    morphs: dict[str, Reals]
    """ARKit name -> float64[19158, 3] displacements."""
    weight: Reals
    """float64[19158, 55] skin weights, rows sum to 1."""
    skeleton: Skeleton

    def resting(self, expression: dict[str, float]) -> Shape:
        """The same with its face at rest in a mixture of ARKit shapes."""
        lift = sum(amount * self.morphs[name] for name, amount in expression.items())
        return replace(self, vertices=self.neutral + lift)


def shape(
    sources: Sources,
    targets: dict[str, float],
    expression: dict[str, float],
    gain: dict[str, float],
) -> Shape:
    """Make a person: shape ``targets``, a resting ``expression`` of ARKit weights, and a gain on
    single ARKit targets (their displacements suit the average face only)."""
    neutral = sources.base.vertices + sum(
        amount * sources.find_target(name) for name, amount in targets.items()
    )
    morphs = {name: gain.get(name, 1.0) * sources.face_shape(name) for name in FACE_SHAPES}
    joints = {name: _joint(sources, neutral, rig["head"]) for name, rig in sources.rig.items()}
    tails = {name: _joint(sources, neutral, rig["tail"]) for name, rig in sources.rig.items()}
    skeleton = _skeleton(joints, tails)
    return Shape(neutral, neutral, morphs, _weights(sources), skeleton).resting(expression)


def vertex_group(sources: Sources, name: str) -> Ints:
    """int64[N], base vertices of a named group."""
    ranges = [r if isinstance(r, list) else [r, r] for r in sources.groups[name]]
    return np.concatenate([np.arange(low, high + 1) for low, high in ranges])


def _joint(sources: Sources, vertices: Reals, where: dict[str, Any]) -> Reals:
    if where["strategy"] == "CUBE":
        return vertices[vertex_group(sources, where["cube_name"])].mean(axis=0)
    if where["strategy"] == "VERTEX":
        return vertices[where["vertex_index"]]
    return vertices[where["vertex_indices"]].mean(axis=0)


def _weights(sources: Sources) -> Reals:
    """The 163 bones' weights given to the humanoid bone at or above each."""
    owner = {rig: bone for bone, rig in RIG_HEAD.items()}
    weight = np.zeros((len(sources.base.vertices), len(HumanBone)))
    for rig, pairs in sources.weights.items():
        table = np.array(pairs).reshape(-1, 2)
        np.add.at(weight[:, _owner(sources, owner, rig)], table[:, 0].astype(int), table[:, 1])
    return weight / weight.sum(axis=1, keepdims=True).clip(1e-9)


def _owner(sources: Sources, owner: dict[str, HumanBone], rig: str) -> HumanBone:
    if rig.startswith("toe"):
        return HumanBone.leftToes if rig.endswith(".L") else HumanBone.rightToes
    while rig not in owner:
        rig = sources.rig[rig]["parent"]
    return owner[rig]


def _skeleton(joints: dict[str, Reals], tails: dict[str, Reals]) -> Skeleton:
    bind = np.array([joints[RIG_HEAD[bone]] for bone in HumanBone]) * DM
    hips = (bind[HumanBone.leftUpperLeg] + bind[HumanBone.rightUpperLeg]) / 2
    bind[HumanBone.hips] = hips + vec(0, 0.02, 0)
    for bone, end in ((HumanBone.leftToes, ".L"), (HumanBone.rightToes, ".R")):
        bind[bone] = DM * np.mean([joints[f"toe{k}-1{end}"] for k in range(1, 6)], axis=0)
    tips = {bone: DM * tails[RIG_HEAD[bone]] for bone in HumanBone}
    turn = np.tile(np.eye(3), (len(HumanBone), 1, 1))
    for side, sign in (("left", 1.0), ("right", -1.0)):
        _turn_arm(bind, tips, turn, side, sign)
        _turn_leg(bind, turn, side)
    rest = bind.copy()
    for bone in sorted(HumanBone, key=_depth):
        parent = BONE_PARENT[bone]
        if parent >= 0:
            rest[bone] = rest[parent] + turn[parent] @ (bind[bone] - bind[parent])
    return Skeleton(bind, rest, turn)


def _depth(bone: HumanBone) -> int:
    parent = BONE_PARENT[bone]
    return 0 if parent < 0 else 1 + _depth(HumanBone(parent))


def _turn_leg(bind: Reals, turn: Reals, side: str) -> None:
    upper, lower, foot = (HumanBone[side + part] for part in ("UpperLeg", "LowerLeg", "Foot"))
    for bone, end in ((upper, lower), (lower, foot)):
        turn[bone] = between(bind[end] - bind[bone], np.array([0.0, -1, 0]))


def _turn_arm(
    bind: Reals, tips: dict[HumanBone, Reals], turn: Reals, side: str, sign: float
) -> None:
    """Arm along X with the elbow's hinge upright, palm down, fingers straight, thumb at 45 deg."""
    along = np.array([sign, 0, 0])

    def at(part: str) -> HumanBone:
        return HumanBone[side + part]

    upper, fore = (
        bind[at(b)] - bind[at(a)] for a, b in (("UpperArm", "LowerArm"), ("LowerArm", "Hand"))
    )
    hinge = np.cross(upper, fore)
    for bone, direction in (("UpperArm", upper), ("LowerArm", fore)):
        turn[at(bone)] = frames(direction, hinge, along, np.array([0.0, -sign, 0]))
    across = bind[at("IndexProximal")] - bind[at("LittleProximal")]
    reach = bind[at("MiddleProximal")] - bind[at("Hand")]
    hand = frames(reach, across, along, np.array([0.0, 0, 1]))
    turn[at("Hand")] = hand
    for finger in _FINGERS:
        parts = [b for b in HumanBone if b.name.startswith(side + finger)]
        chain = [*(bind[b] for b in parts), tips[parts[-1]]]
        for k, bone in enumerate(parts):
            local = hand @ (chain[k + 1] - chain[k])
            aim = _thumb(sign) if finger == "Thumb" else _spread(hand @ (chain[1] - chain[0]), sign)
            turn[bone] = between(local, aim) @ hand


def _thumb(sign: float) -> Reals:
    return np.array([sign * 0.7071, 0, 0.7071])


def _spread(direction: Reals, sign: float) -> Reals:
    """A finger's T-pose direction: level, with most of its natural spread."""
    unit = direction / np.linalg.norm(direction)
    return np.array([sign, 0, 0.7 * unit[2]])


def between(a: Reals, b: Reals) -> Reals:
    """The smallest rotation matrix taking the direction a to b."""
    a, b = a / np.linalg.norm(a), b / np.linalg.norm(b)
    axis, cosine = np.cross(a, b), float(a @ b)
    skew = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    return np.eye(3) + skew + skew @ skew / (1 + cosine)


def frames(a: Reals, a_side: Reals, b: Reals, b_side: Reals) -> Reals:
    """The rotation taking direction a to b and the half-plane of a_side to that of b_side."""

    def frame(x: Reals, y: Reals) -> Reals:
        x = x / np.linalg.norm(x)
        y = y - (y @ x) * x
        y = y / np.linalg.norm(y)
        return np.column_stack([x, y, np.cross(x, y)])

    return frame(b, b_side) @ frame(a, a_side).T
