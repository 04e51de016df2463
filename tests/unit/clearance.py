"""How near arms and hands come to the body, on the very mesh: for tests of gestures.

The trunk is the skinned surface of the figure itself, clothes and all, as points with normals;
arms and hands are balls along their bones. A ball's room is the distance of its centre above the
nearest piece of surface, less its radius.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avatar.animation.body import MIRROR, SIDES, Body, Side, carried, measure
from avatar.animation.rig import Rig
from avatar.character.character import Character
from avatar.pose import HumanBone as B
from avatar.pose import Pose

TRUNK = (B.hips, B.spine, B.chest, B.upperChest, B.neck, B.head, B.leftUpperLeg, B.rightUpperLeg)
_STEP = 0.018
_ALONG = np.linspace(0.25, 0.95, 5)
"""Where the balls of a forearm sit, from elbow to wrist."""
_GIVES = 0.85
"""Part of its width to which a sleeve can be pressed."""


@dataclass
class Surface:
    """Points of the trunk with what moves them."""

    position: np.ndarray
    normal: np.ndarray
    joints: np.ndarray
    weights: np.ndarray


class Clearance:
    """Measures one figure, pose by pose."""

    def __init__(self, character: Character) -> None:
        self.character = character
        self.rig = Rig(character)
        self.body: Body = measure(character, self.rig)
        self._surface = _surface(character)
        bones, points = carried(character, self.rig)
        self._sleeve = {side: self._widths(side, bones, points) for side in SIDES}

    def pose(self, pose: Pose) -> None:
        state = self.rig.advance(pose, 0)
        self.world = state.node_world
        surface = self._surface
        blend = np.einsum("vj,vjab->vab", surface.weights, state.palette[surface.joints])
        self.points = np.einsum("vab,vb->va", blend[:, :3, :3], surface.position) + blend[:, :3, 3]
        normals = np.einsum("vab,vb->va", blend[:, :3, :3], surface.normal)
        self.normals = normals / np.linalg.norm(normals, axis=1, keepdims=True)

    def joint(self, name: str) -> np.ndarray:
        return self.world[self.character.humanoid[B[name]], :3, 3]

    def _widths(self, side: Side, bones: np.ndarray, points: np.ndarray) -> np.ndarray:
        """Radius of the clothed forearm at each of its balls [5], m."""
        arm = self.body.arms[side]
        own = points[np.isin(bones, [B[side + "LowerArm"], B[side + "Hand"]])]
        from_elbow = own * (1 if side == "left" else MIRROR) - arm.elbow
        length = np.linalg.norm(arm.wrist - arm.elbow)
        along = from_elbow @ (arm.wrist - arm.elbow) / length**2
        away = np.linalg.norm(from_elbow - along[:, None] * (arm.wrist - arm.elbow), axis=1)
        return np.array([np.percentile(away[np.abs(along - s) < 0.09], 80) for s in _ALONG])

    def balls(self, side: Side) -> dict[str, tuple[np.ndarray, np.ndarray | float]]:
        """Centres and radius of elbow, forearm and hand."""
        arm = self.body.arms[side]
        elbow, wrist = self.joint(side + "LowerArm"), self.joint(side + "Hand")
        tips = self._fingers(side, "Distal")
        knuckles = self._fingers(side, "Proximal")
        along = _ALONG[:, None]
        return {
            "elbow": (elbow[None], 0.8 * arm.radius),
            "forearm": (elbow + along * (wrist - elbow), _GIVES * self._sleeve[side]),
            "hand": (np.array([(wrist + np.mean(knuckles, 0)) / 2, *knuckles]), 0.011),
            "fingers": (np.array(tips), 0.006),
        }

    def _fingers(self, side: str, part: str) -> list[np.ndarray]:
        names = [f"{side}{finger}{part}" for finger in ("Index", "Middle", "Ring", "Little")]
        return [self.joint(name) for name in names if B[name] in self.character.humanoid]

    def room(self, side: Side) -> dict[str, float]:
        """m between each part of an arm and trunk or head; negative: inside."""
        balls = self.balls(side)
        above = self._above(np.concatenate([centres for centres, _ in balls.values()]))
        found, start = {}, 0
        for part, (centres, radius) in balls.items():
            found[part] = float((above[start : start + len(centres)] - radius).min())
            start += len(centres)
        return found

    def between_arms(self) -> float:
        """m between the two arms' balls."""
        left, right = self.balls("left"), self.balls("right")
        gaps = [
            (np.linalg.norm(a[:, None] - b[None], axis=-1) - np.reshape(ra, (-1, 1)) - rb).min()
            for a, ra in left.values()
            for b, rb in right.values()
        ]
        return float(min(gaps))

    def _above(self, centres: np.ndarray) -> np.ndarray:
        """Signed distance of points from the surface, by the six nearest pieces of it.

        What lies behind their planes but far off them is beside an edge (the chin's, over the
        neck), not inside: from inside, the surface is as near as its planes.
        """
        c, p = centres.astype(np.float32), self.points.astype(np.float32)
        square = (c**2).sum(1)[:, None] + (p**2).sum(1) - 2 * c @ p.T
        nearest = np.argpartition(square, 6, axis=1)[:, :6]
        apart = c[:, None] - p[nearest]
        height = np.median(np.einsum("cki,cki->ck", apart, self.normals[nearest]), axis=1)
        gap = np.linalg.norm(apart, axis=-1).min(1)
        beside = (gap > 2 * _STEP) & (-height < 0.5 * gap)
        return np.where((height < 0) & ~beside, height, gap)


def _surface(character: Character) -> Surface:
    trunk = {character.humanoid[b] for b in TRUNK if b in character.humanoid}
    parts: list[tuple[np.ndarray, ...]] = []
    for instance in character.instances:
        if instance.skin < 0:
            continue
        own = np.isin(character.skins[instance.skin].joints, list(trunk))
        for primitive in character.meshes[instance.mesh].primitives:
            name = character.materials[primitive.material].name.lower()
            if primitive.joints is None or any(k in name for k in ("hair", "mouth", "eye", "lash")):
                continue
            share = (own[primitive.joints] * primitive.weights).sum(1)
            keep = np.flatnonzero(share > 0.6)
            seen = np.unique(
                (primitive.position[keep] / _STEP).astype(int), axis=0, return_index=True
            )
            keep = keep[seen[1]]
            parts.append(
                (
                    primitive.position[keep], primitive.normal[keep],
                    primitive.joints[keep] + instance.palette, primitive.weights[keep],
                )
            )  # fmt: skip
    return Surface(*(np.concatenate(column) for column in zip(*parts, strict=True)))
