"""The stylised body: the CC0 base with a slender neck that ends inside the generated head."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from avatar.modelling.body import DM, Shape, Skeleton, shape, vertex_group
from avatar.modelling.eye import Eyeball
from avatar.modelling.idol.cloth import thinned
from avatar.modelling.idol.drawn import MM, strip
from avatar.modelling.idol.eyes import left_ball
from avatar.modelling.idol.paint import PLAIN
from avatar.modelling.mesh import Surface, body_surface, compact
from avatar.modelling.part import Part, build
from avatar.modelling.recipe import Recipe
from avatar.modelling.skin import layout
from avatar.modelling.sources import Flags, Ints, Reals, Sources, vec
from avatar.pose import HumanBone

NECK_CUT: Final = 4.86
"""dm on the unscaled base: the skin above is replaced by the generated neck and head."""


@dataclass(frozen=True)
class Doll:
    """A stylised person: the base's shape, scaled, and where the drawn head sits."""

    sources: Sources
    shape: Shape
    scale: float
    chin: Reals
    """float64[3], m, the origin of head space."""
    neck: Reals
    """float64[K, 5]: y, centre z, half width, half depth (m) and share of the head's motion."""


def make_doll(sources: Sources, recipe: Recipe, look: dict[str, Any]) -> Doll:
    """Shape the body by the recipe's targets and fit the neck."""
    scale = float(look["scale"])
    raw = shape(sources, recipe.targets, {}, {})
    raw = _stretched(sources, recipe, raw, scale)
    chin_y = 0.497 * scale + raw.skeleton.bind[HumanBone.head][1] - 0.557 * scale
    head = raw.skeleton.bind[HumanBone.head]
    cut = head[1] - (5.57 - NECK_CUT) * DM * scale
    ring = raw.vertices[_body_vertices(sources)] * DM
    ring = ring[(np.abs(ring[:, 1] - cut) < 0.007) & (np.abs(ring[:, 0]) < 0.07)]
    middle = (ring[:, 2].min() + ring[:, 2].max()) / 2
    chin = np.array([0.0, chin_y + 0.004, middle + 0.030])
    slim = _slim_neck(raw, cut, middle)
    neck = _neck_line(cut, middle, chin)
    doll = Doll(sources, slim, scale, chin, neck)
    return replace(doll, shape=replace(slim, skeleton=_with_eyes(slim.skeleton, chin)))


def _body_vertices(sources: Sources) -> Any:
    return vertex_group(sources, "body")


def _stretched(sources: Sources, recipe: Recipe, raw: Shape, scale: float) -> Shape:
    """The shape at another scale (skeleton included)."""
    skeleton = raw.skeleton
    bind, rest = skeleton.bind * scale, skeleton.rest * scale
    return replace(
        raw, vertices=raw.vertices * scale, neutral=raw.neutral * scale, morphs={},
        skeleton=Skeleton(bind, rest, skeleton.turn),
    )  # fmt: skip


def _slim_neck(raw: Shape, cut: float, middle: float) -> Shape:
    """Draw the neck in: doubly so at the cut, not at all at the shoulders."""
    v = raw.vertices.copy()
    y = v[:, 1] * DM
    t = np.clip((y - (cut - 0.062)) / 0.05, 0, 1)
    amount = t * t * (3 - 2 * t)
    narrow = 1 - 0.27 * amount
    v[:, 0] *= narrow
    v[:, 2] = middle / DM + (v[:, 2] - middle / DM) * (1 - 0.29 * amount)
    return replace(raw, vertices=v, neutral=v)


def _neck_line(cut: float, middle: float, chin: Reals) -> Reals:
    top = chin[1] + 0.062
    t = np.linspace(0, 1, 9)
    y = cut - 0.022 + (top - cut + 0.022) * t
    half = 0.0322 - 0.0018 * np.sin(np.pi * t)
    # its lower end stays inside the body's own neck, under the choker
    half[0] *= 0.8
    z = middle + (chin[2] - 0.030 - middle) * t
    share = np.clip((t - 0.25) / 0.5, 0, 1)
    return np.column_stack([y, z, half, half * 1.02, share * share * (3 - 2 * share)])


def _with_eyes(skeleton: Skeleton, chin: Reals) -> Skeleton:
    bind, rest = skeleton.bind.copy(), skeleton.rest.copy()
    # a large head turns about the top of its neck, level with the chin
    bind[HumanBone.head] = rest[HumanBone.head] = chin + vec(0, 10, -30) * MM
    ball: Eyeball = left_ball()
    for sign, bone in ((1, HumanBone.leftEye), (-1, HumanBone.rightEye)):
        bind[bone] = rest[bone] = chin + ball.centre * [sign, 1, 1] * MM
    return replace(skeleton, bind=bind, rest=rest)


def body_part(doll: Doll, hidden: Flags) -> Part:
    """The skin that shows below the head; ``hidden`` bool per base vertex is under clothes."""
    base = doll.sources.base
    lay = layout(base)
    centre = doll.shape.vertices[base.faces].mean(axis=1) * DM
    cut = doll.neck[0, 0] + 0.020
    facial = (centre[:, 1] > cut) & (np.abs(centre[:, 0]) < 0.11)
    keep = (lay.island >= 0) & ~facial & ~hidden[base.faces].all(axis=1)
    # bare shoulders show in the silhouette; hands and legs hardly do
    joint = doll.shape.skeleton.bind[HumanBone.leftUpperArm]
    smooth = np.linalg.norm(np.abs(centre) * [1, 1, 0] - joint * [1, 1, 0], axis=1) < 0.085
    smooth |= centre[:, 1] > joint[1] + 0.02
    surface = body_surface(base, lay.uv, keep, smooth)
    part = build("body", "skin", "Body", one_uv(surface), doll.shape)
    bare = np.abs(part.position[:, 0]) < float(doll.shape.skeleton.bind[HumanBone.leftLowerArm][0])
    return thinned(calmed(part, bare), 0.0006)


def calmed(part: Part, where: Flags, times: int = 12) -> Part:
    """Shading normals evened out over their neighbours: drawn shadows have no speckles."""
    pairs = part.triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    count, normal = len(part.position), part.normal
    for _ in range(times):
        near = normal.copy()
        for axis in range(3):
            near[:, axis] += np.bincount(pairs[:, 0], normal[pairs[:, 1], axis], count)
            near[:, axis] += np.bincount(pairs[:, 1], normal[pairs[:, 0], axis], count)
        near /= np.linalg.norm(near, axis=1, keepdims=True).clip(1e-9)
        normal = np.where(where[:, None], near, normal)
    return replace(part, normal=normal)


def one_uv(surface: Surface) -> Surface:
    """The surface without texture seams: every corner at the plain spot of the skin's picture."""
    plain = np.array([PLAIN[0], 1 - PLAIN[1]])
    return compact(replace(surface, corner_uv=np.tile(plain, (len(surface.triangles), 3, 1))))


def tube(rings: Reals, count: int = 28) -> tuple[Reals, Reals, Ints]:
    """Points, normals and triangles of level ellipses (rows y, z, half width, half depth)."""
    turn = 2 * np.pi * np.arange(count) / count
    y, z, wide, deep = (rings[:, k][:, None] for k in range(4))
    x = np.broadcast_to(wide * np.sin(turn), (len(rings), count))
    points = np.stack([x, np.broadcast_to(y, x.shape), z + deep * np.cos(turn)], -1)
    normal = np.stack([np.sin(turn) / wide, 0 * x, np.cos(turn) / deep], -1)
    normal /= np.linalg.norm(normal, axis=2, keepdims=True)
    triangles = strip(count, len(rings), closed=True)
    order = points.transpose(1, 0, 2).reshape(-1, 3), normal.transpose(1, 0, 2).reshape(-1, 3)
    return order[0], order[1], triangles[:, ::-1]


def neck_part(doll: Doll) -> Part:
    """The neck: a slender tube from the collar into the head."""
    position, normal, triangles = tube(doll.neck)
    weight = np.zeros((len(position), len(HumanBone)))
    share = np.tile(doll.neck[:, 4], len(position) // len(doll.neck))
    weight[:, HumanBone.head], weight[:, HumanBone.neck] = share, 1 - share
    return Part(
        "neck", "skin", "Body", position, normal, np.tile(PLAIN, (len(position), 1)),
        triangles, weight,
    )  # fmt: skip


def eye_middle(doll: Doll) -> Reals:
    """float64[3], m, between the eyes, on the face."""
    return doll.chin + vec(0, 88.5, 80.0) * MM
