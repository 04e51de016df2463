"""Sheets of guides, and what is made of them: a closed shell of strands and cards upon it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from avatar.modelling.groom.curves import lengths, random, wave
from avatar.modelling.groom.texture import COLUMN, SOLID, TILES
from avatar.modelling.sources import Flags, Ints, Reals

PANEL: Final = 0.027
"""Width of a shell that one column of the picture covers, m."""
_ACROSS: Final = 3
"""Quads across a panel."""


@dataclass(frozen=True)
class Guides:
    """A sheet of hair: curves side by side, each from root to tip."""

    path: Reals
    """float64[G, K, 3], m."""
    outward: Reals
    """float64[G, K, 3], unit vectors away from what the hair lies on."""

    def normals(self, bend: float = 0.5) -> Reals:
        """Unit normals [G, K, 3]: the sheet's own, ``bend`` of the way to ``outward``."""
        across, along = np.gradient(self.path, axis=0), np.gradient(self.path, axis=1)
        face = np.cross(across, along)
        face *= np.sign((face * self.outward).sum(axis=2, keepdims=True))
        face /= np.linalg.norm(face, axis=2, keepdims=True).clip(1e-12)
        return _unit(face + bend * (self.outward - face))

    def gaps(self) -> Reals:
        """Distance between neighbours [G - 1, K], m."""
        return np.linalg.norm(np.diff(self.path, axis=0), axis=2)

    def places(self, count: int) -> Reals:
        """``count`` places across (0..G-1), evenly apart where the sheet is wide."""
        width = np.concatenate([[0.0], np.cumsum(self.gaps().mean(axis=1) + 1e-6)])
        return np.interp(np.linspace(0, width[-1], count), width, np.arange(len(width)))

    def stops(self, count: int) -> Reals:
        """``count`` places along (0..1), closer where the guides bend."""
        way = _unit(np.diff(self.path, axis=1))
        turn = np.arccos(np.clip((way[:, :-1] * way[:, 1:]).sum(axis=2), -1, 1)).mean(axis=0)
        turn = np.convolve(np.pad(turn, 3, mode="edge"), np.ones(5) / 5, "valid")
        weight = 1 / len(turn) + 1.6 * turn / max(float(turn.sum()), 1e-6)
        arc = np.concatenate([[0.0], np.cumsum(weight)])
        return np.interp(np.linspace(0, arc[-1], count), arc, np.linspace(0, 1, len(arc)))

    def width(self) -> float:
        """Greatest mean width, m."""
        return float(np.sort(self.gaps().sum(axis=0))[-4:].mean())


def sampled(grid: Reals, across: Reals, along: Reals) -> Reals:
    """Bilinear samples [..., C] of [G, K, C] at across (0..G-1) and along (0..1)."""
    count, points = grid.shape[:2]
    a = np.clip(across, 0, count - 1.0001)
    b = np.clip(along * (points - 1), 0, points - 1.0001)
    i, j = a.astype(int), b.astype(int)
    fa, fb = (a - i)[..., None], (b - j)[..., None]
    near = grid[i, j] * (1 - fb) + grid[i, j + 1] * fb
    far = grid[i + 1, j] * (1 - fb) + grid[i + 1, j + 1] * fb
    return near * (1 - fa) + far * fa


@dataclass(frozen=True)
class Mesh:
    """Triangles of one layer."""

    position: Reals
    normal: Reals
    uv: Reals
    shade: Reals
    """float64[N], ambient occlusion."""
    triangles: Ints
    solid: Flags
    """bool[T], drawn without looking at alpha."""
    strand: Ints
    """int64[N], which card or panel."""


@dataclass(frozen=True)
class Shell:
    """How a sheet becomes a closed surface."""

    points: int = 16
    """Along."""
    v: tuple[float, float] = (0.0, 1.0)
    """Range of the picture from root to tip."""
    shade: tuple[float, ...] = (0.75, 0.6)
    """Ambient occlusion at even places from root to tip."""
    ridge: float = 0.0012
    """Height of the locks that the surface is pressed into, m."""
    lift: tuple[float, ...] = (0.0,)
    """Distance from the guides at even places from root to tip, m."""
    seed: int = 0
    soft: bool = False
    """Whether the first panel thins out towards the sheet's edge."""


def shell(guides: Guides, look: Shell) -> Mesh:
    """Panels side by side over all guides, seamless but for the picture."""
    panels = max(int(np.ceil(guides.width() / PANEL)), 1)
    columns = panels * _ACROSS + 1
    across = guides.places(columns)[:, None]
    t = guides.stops(look.points)
    along = np.broadcast_to(t, (columns, look.points))
    grid_across = np.broadcast_to(across, along.shape)
    place = sampled(guides.path, grid_across, along)
    out = _unit(sampled(guides.outward, grid_across, along))
    place = place + out * (_spread(look.lift, t)[None, :, None] + _ridges(guides, across, t, look))
    normal = Guides(place, out).normals(0.35)
    pick = np.arange(panels)[:, None] * _ACROSS + np.arange(_ACROSS + 1)
    u = _panels(panels, look.soft)
    v = look.v[0] + t * (look.v[1] - look.v[0])
    shape = (panels, _ACROSS + 1, look.points)
    uv = np.stack(np.broadcast_arrays(u[..., None], v), -1)
    shade = np.broadcast_to(_spread(look.shade, t), shape)
    triangles = _grid(panels, _ACROSS + 1, look.points)
    inside = (v >= SOLID[0]) & (v <= SOLID[1])
    row_solid = np.tile(np.repeat(inside[:-1] & inside[1:], 2), panels * _ACROSS)
    row_solid[: look.soft * _ACROSS * 2 * (look.points - 1)] = False
    return Mesh(
        place[pick].reshape(-1, 3), normal[pick].reshape(-1, 3), uv.reshape(-1, 2),
        shade.reshape(-1), triangles, row_solid,
        np.repeat(np.arange(panels), shape[1] * shape[2]),
    )  # fmt: skip


def _panels(count: int, soft: bool) -> Reals:
    """u [count, 4] across panels, every second one mirrored."""
    number, ping = np.arange(count), np.linspace(0, 1, _ACROSS + 1)
    left, right = np.array([COLUMN["dense"], COLUMN["dense2"]])[number % 2].T
    way = np.where((number // 2 % 2)[:, None], 1 - ping, ping)
    u = left[:, None] + (right - left)[:, None] * way
    if soft:
        u[0] = np.interp(ping, [0, 1], COLUMN["edge"])
    return u


def _ridges(guides: Guides, across: Reals, t: Reals, look: Shell) -> Reals:
    width = np.interp(across, np.arange(len(guides.path)),
                      np.concatenate([[0.0], np.cumsum(guides.gaps().mean(axis=1))]))  # fmt: skip
    coarse = wave(width / 0.021 + 0.6 * t, look.seed + 1) + 0.5 * wave(width / 0.009, look.seed + 2)
    return (look.ridge * coarse * np.clip(t * 6, 0.0, 1))[..., None]


@dataclass(frozen=True)
class Cards:
    """How single cards lie on a sheet."""

    count: int
    width: float
    """m."""
    column: tuple[str, ...]
    """Columns of the picture to choose from, all of them in ``TILES`` or none."""
    points: int = 9
    lift: tuple[float, ...] = (0.0, 0.004, 0.004)
    """Distance from the guides at even places from root to tip, m."""
    shade: tuple[float, ...] = (0.85, 1.0)
    v: tuple[float, float] = (0.0, 1.0)
    start: tuple[float, float] = (0.0, 0.0)
    """Where on the guides cards begin, 0..1: least and most."""
    length: tuple[float, float] = (1.0, 1.0)
    """Share of the guides they cover: least and most."""
    wander: float = 0.006
    """How far they stray sideways, m."""
    profile: tuple[float, ...] = (0.7, 1.0, 1.0, 0.6)
    """Width at even places from root to tip."""
    across: tuple[float, float] = (0.0, 1.0)
    """Part of the sheet they lie on."""
    bend: float = 0.22
    """How far the normals of their edges lean outwards."""
    seed: int = 0


def cards(guides: Guides, look: Cards) -> Mesh:
    """Cards along the sheet, spread evenly over its width."""
    n, k, seed = look.count, look.points, float(look.seed)
    whole = look.length[0] == 1.0
    t = guides.stops(k) if whole else np.linspace(0, 1, k)
    low, high = look.across
    share = low + (high - low) * (np.arange(n) + 0.2 + 0.6 * random(n, seed + 0.1)) / n
    begin = look.start[0] + (look.start[1] - look.start[0]) * random(n, seed + 0.2)
    reach = look.length[0] + (look.length[1] - look.length[0]) * random(n, seed + 0.3)
    # a card that ran past the sheet would be cut off where its strands are thickest
    along = begin[:, None] + np.minimum(reach, 1 - begin)[:, None] * t
    base = np.interp(share, np.linspace(0, 1, 257), guides.places(257))
    gap = sampled(guides.gaps()[..., None], np.minimum(base, len(guides.path) - 2.0)[:, None]
                  + 0 * along, along)[..., 0]  # fmt: skip
    stray = look.wander * wave(t * 1.6 + 9.1 * random(n, seed + 0.4)[:, None], seed + 3)
    across = base[:, None] + stray / gap.clip(2e-4) * np.clip(t * 3, 0, 1)
    across = np.clip(across, 0, len(guides.path) - 1)
    out = _unit(sampled(guides.outward, across, along))
    centre = sampled(guides.path, across, along) + out * _rise(look, t)[..., None]
    direction = _unit(np.gradient(centre, axis=1))
    side = _unit(np.cross(direction, out))
    squeeze = np.clip(gap / np.median(gap), 0.35, 1.15)
    half = look.width / 2 * _spread(look.profile, t) * squeeze
    half = half * (0.75 + 0.5 * random(n, seed + 0.6))[:, None]
    edges = np.stack([centre - side * half[..., None], centre + side * half[..., None]], axis=1)
    smooth = _unit(sampled(guides.normals(0.4), across, along))
    lean = look.bend * np.array([-1.0, 1.0])[None, :, None, None] * side[:, None]
    u = np.array([COLUMN[look.column[int(c * len(look.column))]] for c in random(n, seed + 0.7)])
    u = np.where((np.arange(n) % 2 == 0)[:, None], u, u[:, ::-1])
    tiles = TILES.get(look.column[0], 1)
    tile = np.floor(tiles * random(n, seed + 0.8)).clip(0, tiles - 1)[:, None, None]
    v = (tile + look.v[0] + t * (look.v[1] - look.v[0])) / tiles
    triangles = _grid(n, 2, k)
    return Mesh(
        edges.reshape(-1, 3), _unit(smooth[:, None] + lean).reshape(-1, 3),
        np.stack(np.broadcast_arrays(u[..., None], v), -1).reshape(-1, 2),
        np.broadcast_to(_spread(look.shade, t), (n, 2, k)).reshape(-1), triangles,
        np.zeros(len(triangles), np.bool_), np.repeat(np.arange(n), 2 * k),
    )  # fmt: skip


def _rise(look: Cards, t: Reals) -> Reals:
    """Heights [count, K] of cards over their sheet: neighbours lie at levels of their own, or
    they would cut into one another at every bend."""
    chance = random(look.count, look.seed + 0.5)
    level = (np.arange(look.count) * 0.618034 + 0.2 * chance) % 1.0
    return _spread(look.lift, t) * (0.62 + 0.76 * level)[:, None]


def _spread(values: tuple[float, ...], t: Reals) -> Reals:
    """Values at even places 0..1, interpolated; one value is everywhere the same."""
    known = values * 2 if len(values) == 1 else values
    return np.interp(t, np.linspace(0, 1, len(known)), known)


def _unit(v: Reals) -> Reals:
    return v / np.linalg.norm(v, axis=-1, keepdims=True).clip(1e-12)


def _grid(count: int, across: int, along: int) -> Ints:
    """Triangles of ``count`` grids [across, along]."""
    i, j = np.meshgrid(np.arange(across - 1), np.arange(along - 1), indexing="ij")
    a = (i * along + j).reshape(-1)
    quad = np.stack([a, a + 1, a + along, a + along, a + 1, a + along + 1], -1).reshape(-1, 3)
    return (quad[None] + across * along * np.arange(count)[:, None, None]).reshape(-1, 3)


def joined(layers: list[Mesh]) -> Mesh:
    """Layers as one mesh, in the order given."""
    starts = np.cumsum([0] + [len(layer.position) for layer in layers])
    labels = np.cumsum([0] + [int(layer.strand.max(initial=-1)) + 1 for layer in layers])

    def rows(key: str) -> Reals:
        return np.concatenate([getattr(layer, key) for layer in layers])

    return Mesh(
        rows("position"), rows("normal"), rows("uv"), rows("shade"),
        np.concatenate([m.triangles + s for m, s in zip(layers, starts, strict=False)]),
        np.concatenate([m.solid for m in layers]),
        np.concatenate([m.strand + s for m, s in zip(layers, labels, strict=False)]),
    )  # fmt: skip


def longest(guides: Guides) -> float:
    """Length of the longest guide, m."""
    return float(lengths(guides.path)[:, -1].max())
