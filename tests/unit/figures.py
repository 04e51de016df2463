"""Small figures made in code, with every feature the animation reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from avatar.character.character import (
    Character,
    Expression,
    Material,
    Mesh,
    MeshInstance,
    MorphBind,
    MorphTarget,
    Nodes,
    Primitive,
    Skin,
)
from avatar.math3d import compose, quat_conj, quat_mul, quat_normalize, quat_rotate
from avatar.pose import BONE_PARENT, FACE_SHAPES, HumanBone

B = HumanBone

_WHERE: Mapping[HumanBone, tuple[float, float, float]] = {
    B.hips: (0, 1.0, 0), B.spine: (0, 1.1, 0), B.chest: (0, 1.2, 0), B.upperChest: (0, 1.32, 0),
    B.neck: (0, 1.48, 0), B.head: (0, 1.55, 0.01), B.leftEye: (0.03, 1.62, 0.08),
    B.rightEye: (-0.03, 1.62, 0.08), B.jaw: (0, 1.57, 0.03),
    B.leftUpperLeg: (0.09, 0.95, 0), B.leftLowerLeg: (0.09, 0.5, 0), B.leftFoot: (0.09, 0.08, 0),
    B.leftToes: (0.09, 0.02, 0.12), B.leftShoulder: (0.02, 1.42, 0),
    B.leftUpperArm: (0.16, 1.42, 0), B.leftLowerArm: (0.42, 1.42, 0), B.leftHand: (0.66, 1.42, 0),
}  # fmt: skip


def bone_positions() -> dict[HumanBone, np.ndarray]:
    """World position of every bone of a T-posed body with hips at 1 m."""
    where = {bone: np.array(at, float) for bone, at in _WHERE.items()}
    fingers = [b for b in B if b.name.startswith("left") and b not in where]
    for i, bone in enumerate(fingers):
        finger, part = divmod(i, 3)
        where[bone] = np.array([0.72 + 0.03 * part, 1.42, 0.03 - 0.015 * finger])
    for bone in B:
        if bone.name.startswith("right") and bone not in where:
            twin = where[B["left" + bone.name.removeprefix("right")]]
            where[bone] = twin * [-1, 1, 1]
    return where


def nodes_of(
    parent: Sequence[int],
    position: Sequence[Sequence[float]],
    rotation: Sequence[Sequence[float]] | None = None,
) -> Nodes:
    """Nodes from world rest positions and world rest rotations; parents come first."""
    count = len(parent)
    world_r = np.array(rotation if rotation is not None else [[0, 0, 0, 1]] * count, float)
    world_t = np.array(position, float)
    local_t, local_r = world_t.copy(), world_r.copy()
    depth = np.zeros(count, int)
    for i, above in enumerate(parent):
        if above >= 0:
            undo = quat_conj(world_r[above])
            local_t[i] = quat_rotate(undo, world_t[i] - world_t[above])
            local_r[i] = quat_mul(undo, world_r[i])
            depth[i] = depth[above] + 1
    levels = tuple(np.flatnonzero(depth == d).astype(np.int32) for d in range(depth.max() + 1))
    return Nodes(
        name=tuple(f"node{i}" for i in range(count)),
        parent=np.array(parent, np.int32),
        order=np.concatenate(levels),
        levels=levels,
        translation=local_t.astype(np.float32),
        rotation=local_r.astype(np.float32),
        scale=np.ones((count, 3), np.float32),
    )


def body_nodes(
    *, without: Sequence[HumanBone] = (), twisted: int | None = None
) -> tuple[dict[HumanBone, int], Nodes]:
    """A humanoid's nodes; ``twisted`` seeds random rest rotations of the file's bone axes."""
    where = bone_positions()
    kept = sorted((b for b in B if b not in without), key=_depth)
    at = {bone: i for i, bone in enumerate(kept)}
    parent = []
    for bone in kept:
        above = BONE_PARENT[bone]
        while above >= 0 and B(above) not in at:
            above = BONE_PARENT[above]
        parent.append(at[B(above)] if above >= 0 else -1)
    rotation = None
    if twisted is not None:
        rotation = quat_normalize(np.random.default_rng(twisted).normal(size=(len(kept), 4)))
    return at, nodes_of(parent, [where[b] for b in kept], rotation)


def _depth(bone: HumanBone) -> int:
    depth, above = 0, BONE_PARENT[bone]
    while above >= 0:
        depth, above = depth + 1, BONE_PARENT[above]
    return depth


def face_mesh(names: Sequence[str], vertices: int = 4) -> Mesh:
    """A mesh with one morph target per name, each moving one vertex by 1 cm."""
    target = MorphTarget(np.array([0], np.uint32), np.float32([[0, 0.01, 0]]), None)
    primitive = Primitive(
        position=np.zeros((vertices, 3), np.float32),
        normal=np.tile(np.float32([0, 0, 1]), (vertices, 1)),
        tangent=None,
        uv0=np.zeros((vertices, 2), np.float32),
        uv1=None,
        color=None,
        joints=None,
        weights=None,
        indices=np.array([0, 1, 2], np.uint32),
        material=0,
        targets=(target,) * len(names),
    )
    return Mesh("face", (primitive,), tuple(names), (0.0,) * len(names))


def shapes(names: Sequence[str], **settings: Any) -> tuple[Expression, ...]:
    """One expression per name, each bound to the morph target of its index."""
    presets = {"happy", "aa", "ih", "ou", "ee", "oh", "blink", "blinkLeft", "blinkRight"}
    return tuple(
        Expression(n, n in presets, (MorphBind(0, i, 1.0),), **settings.get(n, {}))
        for i, n in enumerate(names)
    )


def figure(
    expressions: Sequence[Expression] = (),
    *,
    without: Sequence[HumanBone] = (),
    twisted: int | None = None,
    materials: Sequence[Material] = (Material(),),
    nodes: tuple[dict[HumanBone, int], Nodes] | None = None,
    **more: Any,
) -> Character:
    """A humanoid with one skinned instance, and a morph target for each expression's bind."""
    at, tree = nodes or body_nodes(without=without, twisted=twisted)
    targets = 1 + max((b.target for e in expressions for b in e.morph_target_binds), default=-1)
    world = compose(tree.translation, tree.rotation, tree.scale)
    for level in tree.levels[1:]:
        world[level] = world[tree.parent[level]] @ world[level]
    joints = np.arange(len(tree.name), dtype=np.int32)
    skin = Skin(joints, np.linalg.inv(world).astype(np.float32))
    return Character(
        name="test",
        path=None,
        nodes=tree,
        images=(),
        materials=tuple(materials),
        meshes=(face_mesh([f"m{i}" for i in range(targets)]),),
        skins=(skin,),
        instances=(MeshInstance(node=0, mesh=0, skin=0, palette=0, morph=0),),
        humanoid=at,
        expressions=tuple(expressions),
        **more,
    )


def perfect_sync(**more: Any) -> Character:
    """A figure with all 52 ARKit shapes as expressions."""
    return figure(shapes(FACE_SHAPES), **more)
