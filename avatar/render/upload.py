"""A character's buffers and textures in GPU memory: vertices of all shown meshes in one run.

Within a primitive the vertices that some morph target moves come first, so that the deform pass
reads displacements for those only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import moderngl
import numpy as np

from avatar.character.character import (
    Character,
    Material,
    MeshInstance,
    Primitive,
)
from avatar.math3d import Array, Float, normalize
from avatar.render.overdraw import Clusters, clustered
from avatar.render.region import Run, arrange, palette_regions
from avatar.render.skeleton import JointSpheres, heaviest_joint
from avatar.render.texture import Textures
from avatar.render.traits import traits

MORPH_ROW: Final = 1024
"""Displacements (position and normal texel each) in one row of a morph texture."""


@dataclass(frozen=True, slots=True)
class Part:
    """One primitive within the figure's buffers."""

    material: int
    first_vertex: int
    first_index: int
    moved: int
    """How many of its first vertices the morph targets move."""
    vertex_runs: tuple[Run, ...]
    """The others, by region."""
    triangle_runs: tuple[Run, ...]
    """Its indices, by region."""
    triangles: Array
    """uint32[T, 3], vertices of the figure."""
    clusters: Clusters | None
    """How to sort them; None where they are only ever blended."""
    morph: int
    """First of its weights in ``RigState.morph``."""
    targets: int
    texture: moderngl.Texture | None
    """Displacements, ``[target, moved vertex] -> (position, normal)``."""
    joint: int
    """Row of the palette that places its centre."""
    centre: Float
    """float32[3], mesh space."""


@dataclass(frozen=True, slots=True)
class Buffers:
    """Static vertex data, one row per vertex of the figure."""

    rest: moderngl.Buffer
    """position 3f, normal 3f, tangent 4f."""
    skin: moderngl.Buffer
    """joints (palette rows) 4 x uint16, weights 4 x f4."""
    uv: moderngl.Buffer
    """uv0 2f, uv1 2f."""
    paint: moderngl.Buffer
    """colour 4 x norm. uint8, traits 4 x norm. uint8 (see ``traits.py``)."""
    vertices: int


@dataclass(frozen=True, slots=True)
class Upload:
    """Everything of a figure that does not change."""

    parts: tuple[Part, ...]
    buffers: Buffers
    textures: Textures
    """By image index; None where no material uses the image."""
    spheres: JointSpheres
    sphere_region: Array
    """int8[S], region of each sphere."""
    tinted: tuple[bool, ...]
    """By material: whether vertex colours tint it."""


@dataclass(slots=True)
class _Rows:
    """Vertex columns while they are gathered."""

    rest: list[Array]
    skin: list[Array]
    uv: list[Array]
    paint: list[Array]
    vertices: int = 0
    indices: int = 0


def upload(ctx: moderngl.Context, character: Character, *, lean: bool = False) -> Upload:
    """Put a character into GPU memory; ``lean``: with smaller normal maps."""
    rows = _Rows([], [], [], [])
    regions = palette_regions(character)
    parts: list[Part] = []
    tinted = [False] * len(character.materials)
    for instance in character.instances:
        if instance.first_person == "firstPersonOnly":
            continue
        for primitive in character.meshes[instance.mesh].primitives:
            material = character.materials[primitive.material]
            parts.append(_part(ctx, character, instance, primitive, rows, regions))
            if primitive.color is not None and not material.kind:
                tinted[primitive.material] = True
    spheres = JointSpheres.of(character)
    return Upload(
        tuple(parts),
        _buffers(ctx, rows),
        Textures(ctx, character, lean=lean),
        spheres,
        regions[spheres.index],
        tuple(tinted),
    )


def _part(
    ctx: moderngl.Context,
    character: Character,
    instance: MeshInstance,
    primitive: Primitive,
    rows: _Rows,
    regions: Array,
) -> Part:
    joint = heaviest_joint(instance, primitive)
    layout = arrange(regions[joint], primitive.indices.reshape(-1, 3), _moves(primitive))
    order, moved = layout.order, layout.moved
    place = np.empty(len(order), np.uint32)
    place[order] = np.arange(len(order), dtype=np.uint32)
    material = character.materials[primitive.material]
    triangles, clusters = layout.triangles, None
    if _is_solid(material):
        triangles, clusters = clustered(
            triangles, layout.triangle_runs, primitive.position[order], joint[order]
        )
    part = Part(
        material=primitive.material,
        first_vertex=rows.vertices,
        first_index=rows.indices,
        moved=moved,
        vertex_runs=layout.vertex_runs,
        triangle_runs=layout.triangle_runs,
        triangles=triangles + np.uint32(rows.vertices),
        clusters=clusters,
        morph=instance.morph,
        targets=len(primitive.targets),
        texture=_morph_texture(ctx, primitive, place, moved),
        joint=_main_joint(instance, primitive),
        centre=primitive.position.mean(0) if len(order) else np.zeros(3, np.float32),
    )
    _gather(character, instance, primitive, material, order, rows)
    rows.vertices += len(order)
    rows.indices += len(primitive.indices)
    return part


def _is_solid(material: Material) -> bool:
    return material.alpha_mode != "BLEND" or material.kind == "hair"


def _moves(primitive: Primitive) -> Array:
    """bool[V], whether some morph target moves the vertex."""
    moves = np.zeros(len(primitive.position), bool)
    for target in primitive.targets:
        moves[target.index] = True
    return moves


def _main_joint(instance: MeshInstance, primitive: Primitive) -> int:
    if primitive.joints is None or primitive.weights is None or instance.skin < 0:
        return instance.palette
    total = np.zeros(int(primitive.joints.max(initial=0)) + 1)
    np.add.at(total, primitive.joints, primitive.weights)
    return instance.palette + int(total.argmax())


def _gather(
    character: Character,
    instance: MeshInstance,
    primitive: Primitive,
    material: Material,
    order: Array,
    rows: _Rows,
) -> None:
    count = len(order)
    tangent = primitive.tangent
    if tangent is None and material.kind in ("hair", "eye"):
        tangent = uv_tangents(primitive)
    if tangent is None:
        tangent = np.tile(np.array([1, 0, 0, 1], np.float32), (count, 1))
    rest = np.concatenate([primitive.position, primitive.normal, tangent], 1).astype(np.float32)
    rows.rest.append(rest[order])
    rows.skin.append(_skin_rows(instance, primitive)[order])
    uv1 = primitive.uv0 if primitive.uv1 is None else primitive.uv1
    rows.uv.append(np.concatenate([primitive.uv0, uv1], 1).astype(np.float32)[order])
    color = np.ones((count, 4), np.float32)
    if primitive.color is not None and not material.kind:
        color = primitive.color
    paint = np.concatenate([color, traits(character, instance, primitive)], 1)
    rows.paint.append((np.clip(paint, 0, 1) * 255 + 0.5).astype(np.uint8)[order])


def _skin_rows(instance: MeshInstance, primitive: Primitive) -> Array:
    """Bytes uint8[V, 24]: four uint16 palette rows, four float32 weights."""
    count = len(primitive.position)
    joints = np.zeros((count, 4), np.uint16)
    weights = np.zeros((count, 4), np.float32)
    if primitive.joints is None or primitive.weights is None or instance.skin < 0:
        weights[:, 0] = 1
    else:
        heavy = np.argsort(-primitive.weights, axis=1, kind="stable")
        joints = np.take_along_axis(primitive.joints, heavy, 1).astype(np.uint16)
        weights = np.take_along_axis(primitive.weights, heavy, 1).astype(np.float32)
    joints = joints + np.uint16(instance.palette)
    return np.concatenate([joints.view(np.uint8), weights.view(np.uint8)], 1)


def uv_tangents(primitive: Primitive) -> Float:
    """float32[V, 4], tangents along +u from the UV layout (Lengyel), w = handedness."""
    triangle = primitive.indices.reshape(-1, 3)
    p, uv = primitive.position[triangle], primitive.uv0[triangle]
    edge, turn = p[:, 1:] - p[:, :1], uv[:, 1:] - uv[:, :1]
    det = turn[:, 0, 0] * turn[:, 1, 1] - turn[:, 1, 0] * turn[:, 0, 1]
    inverse = np.where(np.abs(det) > 1e-12, 1 / np.where(det == 0, 1, det), 0)[:, None]
    along_u = (edge[:, 0] * turn[:, 1, 1:] - edge[:, 1] * turn[:, 0, 1:]) * inverse
    along_v = (edge[:, 1] * turn[:, 0, :1] - edge[:, 0] * turn[:, 1, :1]) * inverse
    u_sum, v_sum = np.zeros_like(primitive.position), np.zeros_like(primitive.position)
    for corner in range(3):
        np.add.at(u_sum, triangle[:, corner], along_u)
        np.add.at(v_sum, triangle[:, corner], along_v)
    n = primitive.normal
    tangent = normalize(u_sum - n * np.sum(n * u_sum, 1, keepdims=True))
    hand = np.where(np.sum(np.cross(n, tangent) * v_sum, 1, keepdims=True) < 0, -1, 1)
    return np.concatenate([tangent, hand], 1).astype(np.float32)


def _morph_texture(
    ctx: moderngl.Context, primitive: Primitive, place: Array, moved: int
) -> moderngl.Texture | None:
    if not moved:
        return None
    count = len(primitive.targets) * moved
    texels = np.zeros((-(-count // MORPH_ROW) * MORPH_ROW, 2, 4), np.float16)
    for number, target in enumerate(primitive.targets):
        at = number * moved + place[target.index]
        texels[at, 0, :3] = target.position
        if target.normal is not None:
            texels[at, 1, :3] = target.normal
    size = (2 * MORPH_ROW, len(texels) // MORPH_ROW)
    texture = ctx.texture(size, 4, texels, dtype="f2")
    texture.filter = (moderngl.NEAREST, moderngl.NEAREST)
    return texture


def _buffers(ctx: moderngl.Context, rows: _Rows) -> Buffers:
    def put(columns: list[Array]) -> moderngl.Buffer:
        return ctx.buffer(np.concatenate(columns) if rows.vertices else b"\0" * 64)

    return Buffers(
        rest=put(rows.rest),
        skin=put(rows.skin),
        uv=put(rows.uv),
        paint=put(rows.paint),
        vertices=rows.vertices,
    )


def release(upload: Upload) -> None:
    """Free what :func:`upload` made."""
    upload.textures.release()
    things: list[Any] = [p.texture for p in upload.parts]
    b = upload.buffers
    for thing in [*things, b.rest, b.skin, b.uv, b.paint]:
        if thing is not None:
            thing.release()
