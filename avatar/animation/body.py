"""What gestures must know of a body: its arms, its hands, its outline and a few places on it.

All in metres in the T-pose, figure at the origin facing +Z. Everything about an arm is told for
a left arm; the right one is seen in a mirror, so that one solver serves both.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from avatar.animation.rig import Rig
from avatar.character.character import Character
from avatar.math3d import Array, quat_rotate
from avatar.pose import HumanBone, Pose, RestSkeleton

B = HumanBone
Side = Literal["left", "right"]
SIDES: Final[tuple[Side, Side]] = ("left", "right")

MIRROR: Final = np.array([-1.0, 1.0, 1.0])
_FINGERS: Final = ("Thumb", "Index", "Middle", "Ring", "Little")
_TRUNK: Final = (B.hips, B.spine, B.chest, B.upperChest, B.leftUpperLeg, B.rightUpperLeg)
_SLICES: Final = 24
_SKIN: Final = 0.012
"""Half the thickness of a fingertip on a figure of average size, m."""


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm with its hand in the T-pose, as a left one; m."""

    clavicle: Array
    shoulder: Array
    elbow: Array
    wrist: Array
    hand: dict[str, tuple[Array, Array, Array, Array]]
    """By finger: three joints and the tip."""
    palm: Array
    """Middle of the palm's surface."""
    radius: float
    """Of the forearm with its sleeve."""
    present: bool = True
    """Whether the figure has this arm at all."""

    @property
    def length(self) -> float:
        """From shoulder to wrist."""
        upper, lower = self.elbow - self.shoulder, self.wrist - self.elbow
        return float(np.linalg.norm(upper) + np.linalg.norm(lower))

    @property
    def hand_length(self) -> float:
        """From the wrist to the tip of the middle finger."""
        return float(np.linalg.norm(self.hand["Middle"][3] - self.wrist))


@dataclass(frozen=True, slots=True)
class Body:
    """A figure's measures; :func:`measure` takes them from its mesh, :func:`average` guesses."""

    rest: RestSkeleton | None
    arms: dict[Side, Arm]
    chin: Array
    """Where the front of the chin turns under it."""
    neck: Array
    """The joint, as ``head``."""
    head: Array
    outline: Array
    """float64[n, 4]: height, half width, half depth and middle z of the clothed trunk."""
    skull: tuple[Array, Array]
    """Middle and half axes of the head with its hair."""
    solved: dict[Any, Any] = field(default_factory=dict[Any, Any], compare=False, repr=False)
    """What reaches came out as on this body (``keypose``); a gesture made again costs nothing."""

    @property
    def hang(self) -> float:
        """Half width, m, that wrists must leave to hips and skirt when the arms hang."""
        arm = self.arms["left"]
        height = self.outline[:, 0]
        low, high = arm.shoulder[1] - 1.25 * arm.length, arm.shoulder[1] - 0.75 * arm.length
        beside = self.outline[(height > low) & (height < high), 1]
        # a wide sleeve yields to the hip it hangs beside
        room = 1.4 * min(arm.radius, 0.35 * float(np.linalg.norm(arm.wrist - arm.elbow)))
        return float(beside.max(initial=0.0)) + room if len(beside) else 0.0

    def front(self, y: float) -> float:
        """z of the trunk's front at height ``y``."""
        height, _, depth, middle = self.outline.T
        return float(np.interp(y, height, depth + middle))

    def room(self, points: Array) -> Array:
        """Signed distances [...], m, of points [..., 3] from trunk and head; negative inside."""
        height, width, depth, middle = self.outline.T
        x, y, z = np.moveaxis(points, -1, 0)
        a, b, c = (np.interp(y, height, column) for column in (width, depth, middle))
        around = (np.hypot(x / a, (z - c) / b) - 1) * np.minimum(a, b)
        trunk = np.where(y > height[-1], np.hypot(np.maximum(around, 0), y - height[-1]), around)
        centre, axes = self.skull
        head = (np.linalg.norm((points - centre) / axes, axis=-1) - 1) * axes.min()
        return np.minimum(trunk, head)


def measure(character: Character, rig: Rig) -> Body:
    """The measures of ``character``; ``rig`` is posed at rest and reset."""
    bones, points = carried(character, rig)
    position = _joints(rig.rest)
    if position is None or not len(points):
        return average(rig.rest)
    arms: dict[Side, Arm] = {side: _arm(side, position, bones, points) for side in SIDES}
    outline = _outline(points[np.isin(bones, _TRUNK)], position)
    chin = _chin(bones, points, position)
    return Body(
        rig.rest, arms, chin, position[B.neck], position[B.head], outline,
        _skull(points[bones == B.head], chin, position),
    )  # fmt: skip


def average(rest: RestSkeleton | None = None) -> Body:
    """A body of average proportions, with the joints of ``rest`` where it has them all."""
    joints = _joints(rest) if rest is not None else None
    position = _average_joints() if joints is None else joints
    unit = float(position[B.leftUpperArm, 0]) / 0.165
    none = np.zeros(0, np.intp), np.zeros((0, 3))
    arms: dict[Side, Arm] = {side: _arm(side, position, *none) for side in SIDES}
    top, bottom = float(position[B.neck, 1]), float(position[B.hips, 1]) - 0.15 * unit
    rows = [[y, 0.15 * unit, 0.115 * unit, 0.01 * unit] for y in np.linspace(bottom, top, 8)]
    chin = position[B.head] + np.array([0.0, -0.045, 0.1]) * unit
    middle = position[B.head] + np.array([0.0, 0.07, 0.02]) * unit
    skull = middle, np.array([0.085, 0.125, 0.105]) * unit
    return Body(rest, arms, chin, position[B.neck], position[B.head], np.array(rows), skull)


def _joints(rest: RestSkeleton) -> Array | None:
    """float64[55, 3] of the joints; absent ones lie on their parents; None without arms."""
    needed = [B[s + p] for s in SIDES for p in ("UpperArm", "LowerArm", "Hand")]
    if not all(rest.present[b] for b in (*needed, B.head, B.hips)):
        return None
    position: Array = np.full((len(B), 3), np.nan)

    def place(bone: int) -> Array:
        if np.isnan(position[bone, 0]):
            above = rest.parent[bone]
            origin = place(above) if above >= 0 else np.zeros(3)
            position[bone] = origin + rest.offset[bone]
        return position[bone]

    for bone in B:
        if rest.present[bone]:
            place(bone)
    for bone, stand_in in _STAND_INS:
        if np.isnan(position[bone, 0]):
            position[bone] = position[stand_in]
    return position


_STAND_INS: Final = (
    (B.spine, B.hips), (B.chest, B.spine), (B.upperChest, B.chest), (B.neck, B.head),
    (B.leftShoulder, B.leftUpperArm), (B.rightShoulder, B.rightUpperArm),
)  # fmt: skip


def _average_joints() -> Array:
    position: Array = np.full((len(B), 3), np.nan)
    middle = {"hips": 0.9, "spine": 0.95, "chest": 1.07, "upperChest": 1.17, "neck": 1.4}
    for name, y in {**middle, "head": 1.5}.items():
        position[B[name]] = 0.0, y, 0.0
    for side, sign in (("left", 1), ("right", -1)):
        for part, x in {"Shoulder": 0.03, "UpperArm": 0.165, "LowerArm": 0.4, "Hand": 0.63}.items():
            position[B[side + part]] = sign * x, 1.34, 0.0
    return position


def _arm(side: Side, position: Array, bones: Array, points: Array) -> Arm:
    flip = np.ones(3) if side == "left" else MIRROR
    joint = {p: position[B[side + p]] * flip for p in ("Shoulder", "UpperArm", "LowerArm", "Hand")}
    forearm = points[bones == B[f"{side}LowerArm"]] * flip
    of_hand = points[bones == B[f"{side}Hand"]] * flip
    unit = float(np.linalg.norm(joint["Hand"] - joint["LowerArm"])) / 0.25
    hand = {f: _finger(side, f, position, bones, points, unit) for f in _FINGERS}
    palm = joint["Hand"] + 0.75 * (hand["Middle"][0] - joint["Hand"])
    near = of_hand[np.hypot(*(of_hand - palm)[:, [0, 2]].T) < 0.016 * unit]
    thick = palm[1] - near[:, 1].min() if len(near) else 0.016 * unit
    palm[1] -= min(float(thick), 0.03 * unit)
    around = np.linalg.norm((forearm - joint["Hand"])[:, 1:], axis=1)
    radius = float(np.percentile(around, 80)) if len(forearm) else 0.038 * unit
    present = bool(np.isfinite(joint["Hand"]).all())
    return Arm(
        joint["Shoulder"], joint["UpperArm"], joint["LowerArm"], joint["Hand"], hand, palm,
        radius, present,
    )  # fmt: skip


_AVERAGE_HAND: Final[dict[str, tuple[tuple[float, float], ...]]] = {
    "Thumb": ((0.03, 0.02), (0.055, 0.045), (0.078, 0.068), (0.1, 0.088)),
    "Index": ((0.088, 0.024), (0.128, 0.027), (0.152, 0.029), (0.174, 0.03)),
    "Middle": ((0.09, 0.0), (0.134, 0.0), (0.161, 0.0), (0.184, 0.0)),
    "Ring": ((0.085, -0.02), (0.126, -0.023), (0.152, -0.025), (0.174, -0.026)),
    "Little": ((0.078, -0.038), (0.108, -0.044), (0.128, -0.048), (0.148, -0.051)),
}
"""x and z of each joint and the tip from the wrist, m, of a hand 0.184 long."""


def _finger(
    side: Side, finger: str, position: Array, bones: Array, points: Array, unit: float
) -> tuple[Array, Array, Array, Array]:
    flip = np.ones(3) if side == "left" else MIRROR
    parts = (
        ("Metacarpal", "Proximal", "Distal")
        if finger == "Thumb"
        else ("Proximal", "Intermediate", "Distal")
    )
    wrist = position[B[f"{side}Hand"]] * flip
    joints = [position[B[f"{side}{finger}{part}"]] * flip for part in parts]
    if np.isnan(joints).any():
        a, b, c, tip = (wrist + np.array([x, 0.0, z]) * unit for x, z in _AVERAGE_HAND[finger])
        return a, b, c, tip
    along = _unit(joints[2] - joints[1])
    last = points[bones == B[f"{side}{finger}{parts[2]}"]] * flip
    reach = float(((last - joints[2]) @ along).max()) if len(last) else 0.0
    reach = max(reach, 0.8 * float(np.linalg.norm(joints[2] - joints[1])))
    return joints[0], joints[1], joints[2], joints[2] + along * reach


def carried(character: Character, rig: Rig) -> tuple[Array, Array]:
    """The humanoid bone [n] that carries each vertex, and its place [n, 3] in the T-pose."""
    state = rig.advance(Pose(), 0)
    rig.reset()
    bone_of = {node: int(bone) for bone, node in character.humanoid.items()}
    bones: list[Array] = [np.zeros(0, np.intp)]
    points: list[Array] = [np.zeros((0, 3))]
    for instance in character.instances:
        if instance.skin < 0:
            continue
        joints = character.skins[instance.skin].joints
        named = np.array([_bearer(int(node), bone_of, character.nodes.parent) for node in joints])
        palette = state.palette[instance.palette : instance.palette + len(joints)]
        for primitive in character.meshes[instance.mesh].primitives:
            if primitive.joints is None or primitive.weights is None:
                continue
            heaviest = primitive.joints[
                np.arange(len(primitive.joints)), primitive.weights.argmax(1)
            ]
            home = np.concatenate([primitive.position, np.ones((len(heaviest), 1))], 1)
            blend = np.einsum("vj,vjab->vab", primitive.weights, palette[primitive.joints])
            bones.append(named[heaviest])
            points.append(np.einsum("vab,vb->va", blend[:, :3], home))
    return np.concatenate(bones), np.concatenate(points)


def _bearer(node: int, bone_of: dict[int, int], parent: NDArray[np.int32]) -> int:
    """The humanoid bone of a node; a skirt's joints count as the hips' own, else -1."""
    if node in bone_of:
        return bone_of[node]
    while node >= 0 and node not in bone_of:
        node = int(parent[node])
    return int(B.hips) if bone_of.get(node) == B.hips else -1


def _outline(points: Array, position: Array) -> Array:
    bottom, top = float(position[B.hips, 1]) * 0.8, float(position[B.neck, 1])
    edges = np.linspace(bottom, top, _SLICES + 1)
    rows: list[list[float]] = []
    for low, high in itertools.pairwise(edges):
        ring = points[(points[:, 1] >= low) & (points[:, 1] < high)]
        if len(ring) > 3:
            front, back = float(ring[:, 2].max()), float(ring[:, 2].min())
            width = float(np.percentile(np.abs(ring[:, 0]), 98))
            rows.append([(low + high) / 2, width, (front - back) / 2, (front + back) / 2])
    return np.array(rows) if len(rows) > 2 else average().outline


def _chin(bones: Array, points: Array, position: Array) -> Array:
    """Where the front of the jaw turns under: furthest forward and down in the middle."""
    head = position[B.head]
    unit = abs(float(position[B.leftUpperArm, 0])) / 0.165
    away = np.abs(points - (head + np.array([0.0, -0.02, 0.07]) * unit))
    near = points[(bones == B.head) & (away < np.array([0.012, 0.1, 0.09]) * unit).all(1)]
    if not len(near):
        return head + np.array([0.0, -0.045, 0.1]) * unit
    front, below = (near[int((near[:, 2] - k * near[:, 1]).argmax())] for k in (1.0, 1.6))
    return 0.4 * front + 0.6 * below


def _skull(points: Array, chin: Array, position: Array) -> tuple[Array, Array]:
    above = points[points[:, 1] > chin[1]]
    if len(above) < 8:
        return average().skull
    low, high = np.percentile(above, 1, axis=0), np.percentile(above, 99, axis=0)
    return (low + high) / 2, np.maximum((high - low) / 2, 0.03) * 1.04


def _unit(v: Array) -> Array:
    return v / max(float(np.linalg.norm(v)), 1e-9)


def turned_about(joint: Array, turn: Array, point: Array) -> Array:
    """``point`` after everything above ``joint`` has turned by the quaternion ``turn``."""
    return joint + quat_rotate(turn, point - joint)


def chin_at(body: Body, neck: Array, head: Array) -> Array:
    """The chin [3] when neck and head have the local rotations ``neck`` and ``head``."""
    point = turned_about(body.head, head, body.chin)
    return turned_about(body.neck, neck, point)
