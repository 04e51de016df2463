"""The body's skin: a texture layout that favours the face, and the maps baked in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from avatar.modelling import complexion, relief
from avatar.modelling.body import Shape, vertex_group
from avatar.modelling.complexion import Ground, Landmarks
from avatar.modelling.margins import lid_distance, lid_edge, lid_rims, line_distance, seam
from avatar.modelling.mesh import Surface, islands
from avatar.modelling.raster import Texels, bleed, rasterize, sample, to_linear
from avatar.modelling.sources import Base, Ints, Reals, Sources

__all__ = ["ISLANDS", "Landmarks", "Layout", "SkinMaps", "bake_skin", "landmarks", "layout"]

ISLANDS: Final = (
    "torso", "head", "right_hand", "left_hand", "right_foot", "left_foot", "mouth",
    "right_socket", "left_socket",
)  # fmt: skip
"""The body's UV islands, from the largest."""

_LAYOUT: Final[dict[str, tuple[float, float, float, float]]] = {
    "head": (0.004, 0.006, 0.612, 0.988),
    "torso": (0.622, 0.63, 0.374, 0.366),
    "right_hand": (0.622, 0.43, 0.185, 0.185),
    "left_hand": (0.811, 0.43, 0.185, 0.185),
    "right_foot": (0.622, 0.29, 0.16, 0.13),
    "left_foot": (0.79, 0.29, 0.16, 0.13),
    "right_socket": (0.622, 0.14, 0.08, 0.10),
    "left_socket": (0.72, 0.14, 0.08, 0.10),
    "mouth": (0.83, 0.12, 0.16, 0.13),
}
"""Lower left corner, greatest width and height of each island in the new layout."""

_Knots = tuple[float, ...]
_STRETCH: Final[tuple[tuple[_Knots, _Knots], ...]] = (
    ((0.0, 0.28, 0.60, 0.86, 1.0), (0.0, 0.10, 0.58, 0.93, 1.0)),
    ((0.0, 0.27, 0.73, 1.0), (0.0, 0.15, 0.85, 1.0)),
)
"""The head's island along u and v: from shares of it to shares with the face made larger."""


@dataclass(frozen=True)
class Layout:
    """The body's quads in the new texture space."""

    island: Ints
    """int64[Q], index into ISLANDS, -1 for helper geometry."""
    uv: Reals
    """float64[Q, 4, 2], v up."""


@dataclass(frozen=True)
class _Place:
    """How one island moves."""

    low: Reals
    size: Reals
    corner: Reals
    extent: Reals
    stretch: bool

    @classmethod
    def of(cls, name: str, corners: Reals) -> _Place:
        """For an island with the sources' corners [N, 2]."""
        low, size = corners.min(axis=0), np.ptp(corners, axis=0)
        u, v, width, height = _LAYOUT[name]
        head = name == "head"
        extent = (
            np.array([width, height]) if head else size * min(width / size[0], height / size[1])
        )
        return cls(low, size, np.array([u, v]), extent, head)

    def forward(self, uv: Reals) -> Reals:
        share = (uv - self.low) / self.size
        if self.stretch:
            share = np.stack([_mapped(share[..., k], *_STRETCH[k]) for k in (0, 1)], -1)
        return self.corner + share * self.extent

    def back(self, uv: Reals) -> Reals:
        share = (uv - self.corner) / self.extent
        if self.stretch:
            share = np.stack([_mapped(share[..., k], *_STRETCH[k][::-1]) for k in (0, 1)], -1)
        return self.low + share * self.size


def _mapped(x: Reals, knots: _Knots, values: _Knots) -> Reals:
    return np.interp(x, np.array(knots), np.array(values))


def layout(base: Base) -> Layout:
    """Lay the body's islands out again: the face gets nearly half the picture."""
    body = np.array([group == "body" for group in base.group])
    label = np.full(len(base.faces), -1)
    found = islands(base.face_uv[body], len(base.uv))
    names, counts = np.unique(found, return_counts=True)
    corners = base.uv[base.face_uv]
    centre = {n: corners[body][found == n][..., 0].mean() for n in names}
    ranked = sorted(names, key=lambda n: (-counts[names == n][0], centre[n]))
    label[body] = [ranked.index(n) for n in found]
    uv = corners.copy()
    for number, name in enumerate(ISLANDS):
        chosen = label == number
        uv[chosen] = _Place.of(name, corners[chosen].reshape(-1, 2)).forward(corners[chosen])
    return Layout(label, uv)


def landmarks(sources: Sources, shape: Shape) -> Landmarks:
    """Eye centres, nose tip and mouth centre."""
    v = shape.neutral
    left, right = (v[vertex_group(sources, f"helper-{s}-eye")].mean(axis=0) for s in "lr")
    face = v[:13380]
    near = (np.abs(face[:, 0]) < 0.3) & (np.abs(face[:, 1] - left[1] + 0.45) < 0.5)
    nose = face[near][face[near][:, 2].argmax()]
    lips = vertex_group(sources, "helper-upper-teeth")
    mouth = v[lips].mean(axis=0)
    return Landmarks(left, right, nose, np.array([0, mouth[1], face[near][:, 2].max() - 0.2]))


@dataclass(frozen=True)
class SkinMaps:
    """Pictures of the skin, float64[S, S, C]."""

    albedo: Reals
    """Linear RGB."""
    normal: Reals
    """Tangent space, unit."""
    roughness: Reals
    thin: Reals
    """0..1, how much light comes through from behind."""


def bake_skin(
    sources: Sources, shape: Shape, surface: Surface, lay: Layout, look: dict[str, Any],
    stubble: Callable[[Reals], tuple[Reals, Reals]], size: int,
) -> SkinMaps:  # fmt: skip
    """Bake the maps over a skin surface; ``look`` is the recipe's ``[skin]``, ``stubble`` gives
    the hair painted on the scalp at points [N, 3] (dm): opacity [N] and colour [N, 3]."""
    flipped = surface.corner_uv * [1, -1] + [0, 1]
    texels = rasterize(flipped, size)
    position = texels.gather(surface.map(shape.neutral), surface.triangles)
    old_uv = _old_uv(sources.base, lay, surface, texels)
    fine = complexion.soft(0.006, 0.0032, _texel_size(texels, flipped, shape, surface))
    ground = _ground(sources, shape, lay, position, old_uv, fine)
    albedo = complexion.paint(ground, look)
    albedo *= 1 + _shown(ground)[:, None] * (_painted(sources, old_uv, look) - 1)
    inner = lay.island[surface.face[texels.triangle]] == ISLANDS.index("mouth")
    albedo[inner] = np.array(look["tint"]) * [0.72, 0.26, 0.25]
    opacity, colour = stubble(position)
    albedo += opacity[:, None] * (colour - albedo)
    covered = texels.coverage()
    height = relief.heights(ground, look) * (1 - 0.7 * opacity)
    picture = bleed(texels.picture(height[:, None]), covered, 6)[..., 0]
    rough = relief.roughness(ground)
    rough += opacity * (0.9 - rough)
    return SkinMaps(
        bleed(texels.picture(albedo), covered, 12),
        relief.normals(picture, texels, position),
        bleed(texels.picture(rough[:, None]), covered, 12),
        bleed(texels.picture(relief.thinness(ground)[:, None]), covered, 12),
    )


def _ground(
    sources: Sources, shape: Shape, lay: Layout, position: Reals, uv: Reals, fine: Reals
) -> Ground:
    """What the painters ask for at each texel."""
    marks = landmarks(sources, shape)
    head, base = ISLANDS.index("head"), sources.base
    lid = shape.neutral[lid_edge(base, lay.island, head, ISLANDS.index("left_socket"))]
    line = shape.neutral[seam(base, lay.island, head, ISLANDS.index("mouth"))]
    lips = _blurred(sources, "lips", uv)
    names = ("ears", "eyelids", "fingernails")
    return Ground(
        position, marks, lid_distance(lid_rims(lid), position),
        line_distance(_denser(line), position), complexion.soft(0.12, 0.80, lips),
        {name: _blurred(sources, name, uv) for name in names},
        fine * relief.pores(position, marks), fine,
    )  # fmt: skip


def _texel_size(texels: Texels, corners: Reals, shape: Shape, surface: Surface) -> Reals:
    """How large each texel is on the skin, dm."""
    place = surface.map(shape.neutral)[surface.triangles]
    real = np.linalg.norm(np.cross(place[:, 1] - place[:, 0], place[:, 2] - place[:, 0]), axis=1)
    a, b = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    flat = np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])
    return (np.sqrt(real / flat.clip(1e-12)) / texels.size)[texels.triangle]


def _denser(points: Reals) -> Reals:
    """Points of a line of both lips, from the left to the right corner, with some between."""
    row = points[np.argsort(points[:, 0], kind="stable")]
    at = np.linspace(0, len(row) - 1, 6 * len(row))
    smooth = np.column_stack([np.convolve(row[:, k], np.ones(5) / 5, "same") for k in range(3)])
    smooth[:2], smooth[-2:] = row[:2], row[-2:]
    return np.column_stack([np.interp(at, np.arange(len(row)), smooth[:, k]) for k in range(3)])


def _painted(sources: Sources, uv: Reals, look: dict[str, Any]) -> Reals:
    """Factors float64[N, 3]: a share of the sources' painted skin."""
    texture = sample(to_linear(np.asarray(sources.skin(look["painted"]))), uv)
    mean = np.median(texture, axis=0)
    return (1 + look["painted_mix"] * (texture / mean.clip(1e-3) - 1)).clip(0.3, 1.6)


def _shown(ground: Ground) -> Reals:
    """float64[N], 0..1: the painted skins' islands differ in tone where they meet at the neck."""
    hands = complexion.soft(2.4, 3.2, np.abs(ground.position[:, 0]))
    return np.maximum(complexion.on_face(ground), hands)


def _old_uv(base: Base, lay: Layout, surface: Surface, texels: Texels) -> Reals:
    """The sources' UV of each texel: the new layout undone."""
    island = lay.island[surface.face[texels.triangle]]
    uv = texels.gather_corners(surface.corner_uv)
    corners = base.uv[base.face_uv]
    result = uv.copy()
    for number, name in enumerate(ISLANDS):
        chosen = island == number
        place = _Place.of(name, corners[lay.island == number].reshape(-1, 2))
        result[chosen] = place.back(uv[chosen])
    return result


def _blurred(sources: Sources, name: str, uv: Reals, radius: float = 0.0011) -> Reals:
    """A mask of the sources with its border softened over about two millimetres."""
    image = np.asarray(sources.mask(name), np.float64)[..., None] / 255
    ring = [(np.cos(a), np.sin(a)) for a in np.arange(6) * np.pi / 3]
    taps = [sample(image, uv + radius * np.array(step))[:, 0] for step in [(0.0, 0.0), *ring]]
    return np.mean(taps, axis=0)
