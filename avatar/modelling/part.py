"""Render-ready pieces of a figure: one material each, bound to the skeleton, with face morphs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from avatar.modelling.body import DM, Shape
from avatar.modelling.mesh import Surface, split_corners, vertex_normals
from avatar.modelling.sources import Flags, Ints, Reals

MORPH_EPSILON = 2e-4
"""Displacements below this many metres are dropped."""
NORMAL_EPSILON = 0.08
"""Changes of unit normals below this are dropped."""


@dataclass(frozen=True)
class Morph:
    """Sparse displacements of one part."""

    index: Ints
    """int64[K], rising."""
    position: Reals
    """float64[K, 3], m."""
    normal_index: Ints
    normal: Reals
    """float64[L, 3], change of the unit normal."""


@dataclass(frozen=True)
class Part:
    """Triangles of one material in the bind pose; metres, +Y up, facing +Z."""

    name: str
    material: str
    mesh: str
    """The glTF mesh it belongs to; parts of one mesh share morph targets."""
    position: Reals
    normal: Reals
    uv: Reals
    """float64[N, 2], glTF's: v down."""
    triangles: Ints
    weight: Reals
    """float64[N, J], skin weights over the figure's joints (humanoid bones first)."""
    morphs: Mapping[str, Morph] = field(default_factory=dict[str, Morph])
    shade: Reals | None = None
    """float64[N], ambient occlusion 0..1 (1 = open), written as vertex colour."""
    uv1: Reals | None = None

    def piece(self, name: str, material: str, mesh: str, keep: Flags) -> Part:
        """The triangles ``keep`` (bool[T]) as a part of their own, seamless with the rest."""
        used, triangles = np.unique(self.triangles[keep], return_inverse=True)
        place = np.full(len(self.position), -1)
        place[used] = np.arange(len(used))
        morphs = {key: _pick(morph, place) for key, morph in self.morphs.items()}
        return Part(
            name, material, mesh, self.position[used], self.normal[used], self.uv[used],
            triangles.reshape(-1, 3), self.weight[used],
            {key: morph for key, morph in morphs.items() if len(morph.index)},
            None if self.shade is None else self.shade[used],
            None if self.uv1 is None else self.uv1[used],
        )  # fmt: skip

    def reordered(self, order: Ints, triangles: Ints) -> Part:
        """The vertices ``order`` (int64[M], distinct) alone and in that order; ``triangles``
        still speak of the old ones."""
        place = np.full(len(self.position), -1)
        place[order] = np.arange(len(order))
        morphs = {key: _sorted(_pick(morph, place)) for key, morph in self.morphs.items()}
        return replace(
            self, position=self.position[order], normal=self.normal[order], uv=self.uv[order],
            triangles=place[triangles], weight=self.weight[order], morphs=morphs,
            shade=None if self.shade is None else self.shade[order],
            uv1=None if self.uv1 is None else self.uv1[order],
        )  # fmt: skip


def _sorted(morph: Morph) -> Morph:
    first, second = np.argsort(morph.index), np.argsort(morph.normal_index)
    return Morph(
        morph.index[first], morph.position[first], morph.normal_index[second], morph.normal[second]
    )


def merge(name: str, parts: list[Part]) -> Part:
    """Parts of one material and mesh as one; shade and second UV must be absent."""
    starts = np.cumsum([0] + [len(part.position) for part in parts])
    morphs: dict[str, Morph] = {}
    for target in sorted({key for part in parts for key in part.morphs}):
        found = [(p.morphs[target], s) for p, s in zip(parts, starts, strict=False)
                 if target in p.morphs]  # fmt: skip
        morphs[target] = Morph(
            np.concatenate([m.index + s for m, s in found]),
            np.concatenate([m.position for m, _ in found]),
            np.concatenate([m.normal_index + s for m, s in found]),
            np.concatenate([m.normal for m, _ in found]),
        )

    def joined(key: str) -> Reals:
        return np.concatenate([getattr(part, key) for part in parts])

    triangles = [part.triangles + start for part, start in zip(parts, starts, strict=False)]
    return Part(
        name, parts[0].material, parts[0].mesh, joined("position"), joined("normal"),
        joined("uv"), np.concatenate(triangles), joined("weight"), morphs,
    )  # fmt: skip


def _pick(morph: Morph, place: Ints) -> Morph:
    """A morph of the vertices that have a new ``place`` (-1: dropped)."""
    kept, normal_kept = place[morph.index] >= 0, place[morph.normal_index] >= 0
    return Morph(
        place[morph.index[kept]],
        morph.position[kept],
        place[morph.normal_index[normal_kept]],
        morph.normal[normal_kept],
    )


def build(
    name: str,
    material: str,
    mesh: str,
    surface: Surface,
    shape: Shape,
    *,
    morph_normals: bool = True,
    weight: Reals | None = None,
) -> Part:
    """Pose a surface on a person; its morphs are those ARKit targets that move it.

    ``weight`` [N, J] are the surface's skin weights where they are not the body's below it.
    """
    place = surface.place(shape.vertices) * DM
    normal = vertex_normals(place, surface.triangles)
    vertex, uv, triangles = split_corners(surface)
    morphs: dict[str, Morph] = {}
    for target, delta in shape.morphs.items():
        moved = surface.map(delta) * DM
        if np.abs(moved).max(initial=0) < MORPH_EPSILON:
            continue
        bent = np.zeros_like(moved)
        if morph_normals:
            bent = vertex_normals(place + moved, surface.triangles) - normal
        morphs[target] = sparse(moved[vertex], bent[vertex])
    bound: Reals = surface.map(shape.weight) if weight is None else weight
    bound = bound / bound.sum(axis=1, keepdims=True).clip(1e-9)
    flipped = np.column_stack([uv[:, 0], 1 - uv[:, 1]])
    return Part(
        name, material, mesh, place[vertex], normal[vertex], flipped, triangles,
        bound[vertex], morphs,
    )  # fmt: skip


def sparse(moved: Reals, bent: Reals) -> Morph:
    """Keep what can be seen of dense displacements ``moved`` and normal changes ``bent``."""
    index = np.flatnonzero(np.linalg.norm(moved, axis=1) > MORPH_EPSILON)
    normal_index = np.flatnonzero(np.linalg.norm(bent, axis=1) > NORMAL_EPSILON)
    return Morph(index, moved[index], normal_index, bent[normal_index])


def four_heaviest(weight: Reals) -> tuple[Ints, Reals]:
    """The four largest skin weights of each vertex: joints int64[N, 4], weights summing to 1."""
    joints = np.argsort(-weight, axis=1, kind="stable")[:, :4]
    heaviest = np.take_along_axis(weight, joints, axis=1)
    heaviest = np.where(heaviest < 1e-3, 0, heaviest)
    heaviest /= heaviest.sum(axis=1, keepdims=True)
    return np.where(heaviest > 0, joints, 0), heaviest
