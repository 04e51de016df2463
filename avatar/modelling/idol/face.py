"""The stylised head's skin: one smooth mesh with openings for eyes and mouth, and its 52 shapes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from avatar.modelling.idol.delaunay import triangulate
from avatar.modelling.idol.drawn import MM, head_weights, morphs, moved, strip
from avatar.modelling.idol.features import MOUTH_HALF, eye_outline, mouth_line, smooth
from avatar.modelling.idol.paint import PLAIN
from avatar.modelling.idol.shapes import Points
from avatar.modelling.idol.surface import TOP, front, outward, turn_of, whole
from avatar.modelling.mesh import vertex_normals
from avatar.modelling.part import Part
from avatar.modelling.sources import Flags, Ints, Reals

_CHART = 75.0
"""mm of the chart in a radian of turn."""
EYE_POINTS = 44
MOUTH_POINTS = 11
"""Points along each lip's half."""
_APART = 3.0
"""mm the lips stand apart in the chart the mesh is made in."""


_STRETCH: Final = np.array([
    [0, 0.7, 2, 4, 7, 11, 16, 22, 29, 37, 212, 218, 221, TOP],
    [-30.5, -23, -15.5, -8, -0.5, 7, 14.5, 22, 29.5, 37, 212, 220, 228, 236],
])  # fmt: skip
"""Heights on the head, mm, and in the chart: towards chin and crown the slices crowd together."""


def _spread(y: Reals) -> Reals:
    return np.interp(y, *_STRETCH)


@dataclass(frozen=True)
class Head:
    """The head's mesh, mm."""

    rest: Reals
    """float64[N, 3]."""
    turn: Reals
    lip: Reals
    triangles: Ints
    displacement: dict[str, Reals]


def make_head() -> Head:
    """Mesh the left half, mirror it, close the lips, and shape it 52 times."""
    chart, kind = _half_chart()
    corners = _kept(chart, triangulate(chart), kind)
    count = len(chart)
    middle = np.abs(chart[:, 0]) < 1e-9
    back = np.abs(chart[:, 0] - np.pi * _CHART) < 1e-9
    twin = np.where(middle | back, np.arange(count), np.arange(count) + count)
    flipped = twin[corners][:, ::-1]
    triangles = np.concatenate([corners, flipped])
    both = np.concatenate([chart, chart * [-1, 1]])
    used, triangles = np.unique(triangles, return_inverse=True)
    turn, y = both[used, 0] / _CHART, np.interp(both[used, 1], _STRETCH[1], _STRETCH[0])
    rest, lip = _closed(turn, y)
    displacement = _shapes(rest, turn, lip)
    return Head(rest, turn, lip, triangles.reshape(-1, 3), displacement)


def head_part(head: Head, origin: Reals) -> Part:
    """The head as a part; ``origin`` (m) is the chin's tip."""
    x, y, _ = head.rest.T
    u = np.where(np.cos(head.turn) > 0, 0.5 + 0.46 * x / 80, 0.5 + np.sign(x) * 0.48)
    uv = np.column_stack([u, 1 - np.clip(y / TOP, 0, 1)])
    return Part(
        "skin", "skin", "Face", origin + head.rest * MM, outward(head.rest), uv, head.triangles,
        head_weights(len(head.rest)), morphs(head.displacement),
    )  # fmt: skip


def _half_chart() -> tuple[Reals, Ints]:
    """Chart points [N, 2] of the left half and their kind: 1 eye rim, 2 mouth rim, 0 others."""
    eye, mouth = eye_outline(EYE_POINTS), _mouth_outline()
    loops = [(_to_chart(eye), 1), (_to_chart(mouth), 2)]
    for gap in (1.8, 4.2, 7.4):
        loops.append((_to_chart(_grown(eye, gap)), 0))
    for gap in (1.5, 3.6, 6.6):
        loops.append((_to_chart(_grown_mouth(gap)), 0))
    taken = np.concatenate([points for points, _ in loops])
    grid = _grid()
    away = np.sqrt(((grid[:, None] - taken[None]) ** 2).sum(axis=2).min(axis=1))
    inside = _within(grid, loops[0][0]) | _within(grid, _mouth_polygon())
    border = (grid[:, 0] < 1e-9) | (grid[:, 0] > np.pi * _CHART - 1e-9)
    grid = grid[(~inside) & (away > np.where(border, 1.0, 3.4))]
    kind = np.concatenate([np.full(len(p), k) for p, k in loops] + [np.zeros(len(grid))])
    return np.concatenate([taken, grid]), kind.astype(np.int64)


def _to_chart(plane: Reals) -> Reals:
    return np.column_stack([_CHART * turn_of(plane[:, 0], plane[:, 1]), _spread(plane[:, 1])])


def _grown(loop: Reals, gap: float) -> Reals:
    """A closed loop moved outwards by ``gap``, its points spread again."""
    before, after = np.roll(loop, 1, axis=0), np.roll(loop, -1, axis=0)
    along = after - before
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    grown = loop + gap * np.column_stack([along[:, 1], -along[:, 0]])
    grown = grown[grown[:, 0] > 1.5]
    centre = loop.mean(axis=0)
    distance = np.linalg.norm(grown - centre, axis=1)
    return grown[distance > 0.5 * np.linalg.norm(loop - centre, axis=1).min()]


def _mouth_outline() -> Reals:
    """Corner, upper lip to the middle, lower lip to the middle: [2 M - 1, 2]."""
    angle = np.linspace(0, np.pi / 2, MOUTH_POINTS)
    x = MOUTH_HALF * np.cos(angle)
    x[-1] = 0
    gap = _APART * np.sin(angle)
    upper = np.column_stack([x, mouth_line(x) + gap])
    lower = np.column_stack([x, mouth_line(x) - gap])[1:]
    return np.concatenate([upper, lower])


def _mouth_polygon() -> Reals:
    outline = _to_chart(_mouth_outline())
    upper, lower = outline[:MOUTH_POINTS], outline[MOUTH_POINTS:]
    return np.concatenate([upper, lower[::-1]])


def _grown_mouth(gap: float) -> Reals:
    angle = np.linspace(-np.pi / 2, np.pi / 2, 15 if gap < 5 else 11)
    x = (MOUTH_HALF + gap) * np.cos(angle)
    x[0] = x[-1] = 0
    return np.column_stack([x, mouth_line(x) + (_APART + gap) * np.sin(angle)])


def _grid() -> Reals:
    """A staggered grid over the half, finer on the face and at the poles."""
    heights = np.array([0, 0.7, 2, 4, 7, 11, 16, 22, 29, 37, 45, 53, 61, 69, 77, 86, 95, 104, 113,
                        122, 132, 143, 155, 168, 181, 193, 204, 212, 218, 221, TOP])  # fmt: skip
    front_turn, back_turn = np.linspace(0, 84, 15), np.linspace(96, 180, 9)
    turn = np.radians(np.concatenate([front_turn, back_turn]))
    rows: list[Reals] = []
    for number, y in enumerate(heights):
        shifted = turn.copy()
        if number % 2:
            shifted[1:-1] += np.radians(3.0)
        level = _spread(np.full(len(shifted), y))
        rows.append(np.column_stack([_CHART * shifted, level]))
    nose = np.array([[x, y] for y in (46, 49, 51.5, 54, 57, 61, 66) for x in (0, 2.6, 5.6, 9)])
    return np.concatenate([*rows, _to_chart(nose)])


def _within(points: Reals, loop: Reals) -> Flags:
    """bool[N]: inside a closed polygon [K, 2] (crossing number)."""
    x, y = points[:, :1], points[:, 1:]
    a, b = loop, np.roll(loop, -1, axis=0)
    spans = (a[:, 1] > y) != (b[:, 1] > y)
    rise = np.where(np.abs(b[:, 1] - a[:, 1]) < 1e-12, 1e-12, b[:, 1] - a[:, 1])
    crossing = a[:, 0] + (y - a[:, 1]) / rise * (b[:, 0] - a[:, 0])
    return (spans & (x < crossing)).sum(axis=1) % 2 == 1


def _kept(chart: Reals, corners: Ints, kind: Ints) -> Ints:
    """Without the triangles that fill the openings, and slivers along the borders."""
    centre = chart[corners].mean(axis=1)
    eye = chart[kind == 1]
    hole = _within(centre, eye) | _within(centre, _mouth_polygon())
    a, b, c = (chart[corners[:, k]] for k in range(3))
    u, v = b - a, c - a
    flat = np.abs(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]) < 1e-3
    return corners[~hole & ~flat]


def _closed(turn: Reals, y: Reals) -> tuple[Reals, Reals]:
    """The rest positions with the lips brought together, and the lip of every vertex."""
    opened = whole(turn, y)
    x, line = opened[:, 0], mouth_line(opened[:, 0])
    facing = np.cos(turn) > 0.1
    lip = np.where(y >= line, 1.0, -1.0)
    round_ = np.sqrt(np.clip(1 - (x / MOUTH_HALF) ** 2, 0, 1))
    away = (np.abs(y - line) - _APART * round_).clip(0)
    close = -lip * _APART * round_ * smooth(0, 9, away) * facing
    rest = opened.copy()
    rest[:, 1] += close
    rest[:, 2] += np.where(facing, front(x, y + close) - front(x, y), 0)
    return rest, lip


def _shapes(rest: Reals, turn: Reals, lip: Reals) -> dict[str, Reals]:
    """Displacements of the head (mm); the back of the head keeps still."""
    facing = np.clip(np.cos(turn) * 4, 0, 1)[:, None]
    return {k: d * facing for k, d in moved(Points(rest[:, :2], lip)).items()}


def ear_part(origin: Reals) -> Part:
    """The left ear: a shell with a rim, tilted back and a little out."""
    turn = 2 * np.pi * np.arange(24) / 24
    shape = np.column_stack([13 * (1 + 0.28 * np.sin(turn)) * np.cos(turn), 21 * np.sin(turn)])
    rows = ((0.04, -1.0), (0.55, 0.0), (0.78, 3.4), (0.95, 3.8), (1.04, 1.2), (0.86, -7.0))
    up, back = np.array([0.10, 0.97, -0.22]), np.array([0.46, 0.0, -0.89])
    out = np.cross(up, back) * -1.0
    flat = np.stack([shape * s for s, _ in rows], axis=1)
    depth = np.array([d for _, d in rows])[None, :, None] * out
    points = np.array([73.0, 79.0, -12.0]) + flat[..., :1] * back + flat[..., 1:] * up + depth
    points = points.reshape(-1, 3)
    triangles = strip(24, len(rows), closed=True)
    normal = vertex_normals(points, triangles)
    if (normal @ out).mean() < 0:
        normal, triangles = -normal, triangles[:, ::-1]
    return Part(
        "ear", "skin", "Face", origin + points * MM, normal, np.tile(PLAIN, (len(points), 1)),
        triangles, head_weights(len(points)),
    )  # fmt: skip
