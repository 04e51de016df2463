"""Distances on a face: how far a point of the skin lies from the lids' rims and the lips' line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from avatar.modelling.sources import Base, Ints, Reals

_SAMPLES: Final = 72
FAR: Final = 9.0
"""Distance (dm) given to what is out of reach."""


def seam(base: Base, island: Ints, first: int, second: int) -> Ints:
    """int64[N], the base vertices in which two UV islands meet."""
    one, other = (np.unique(base.faces[island == k]) for k in (first, second))
    return np.intersect1d(one, other)


def lid_edge(base: Base, island: Ints, head: int, socket: int) -> Ints:
    """int64[N], the vertices along the edge of an eye's lids: two rings out of the seam with the
    socket, which lies hidden behind them."""
    faces = base.faces[island == head]
    ring = seam(base, island, head, socket)
    seen = ring
    for _ in range(2):
        reached = np.unique(faces[np.isin(faces, ring).any(axis=1)])
        ring = np.setdiff1d(reached, seen)
        seen = np.union1d(seen, ring)
    return ring


@dataclass(frozen=True)
class Rim:
    """A lid's edge from the inner to the outer corner."""

    points: Reals
    """float64[72, 3], dm, evenly spaced."""

    def measure(self, position: Reals) -> tuple[Reals, Reals]:
        """(distance dm [N], how far along it 0 inner .. 1 outer [N])."""
        gap = ((position[:, None] - self.points) ** 2).sum(axis=2)
        nearest = gap.argmin(axis=1)
        return np.sqrt(gap[np.arange(len(gap)), nearest]), nearest / (_SAMPLES - 1)


def lid_rims(loop: Reals) -> tuple[Rim, Rim]:
    """The upper and the lower rim of the left eye, from its margin's vertices [N, 3]."""
    inner, outer = loop[loop[:, 0].argmin()], loop[loop[:, 0].argmax()]
    level = np.interp(loop[:, 0], [inner[0], outer[0]], [inner[1], outer[1]])
    ends = np.stack([inner, outer])
    rims: list[Rim] = []
    for side in (loop[:, 1] > level, loop[:, 1] < level):
        row = np.concatenate([loop[side], ends])
        rims.append(Rim(_even(row[np.argsort(row[:, 0], kind="stable")])))
    return rims[0], rims[1]


def _even(row: Reals) -> Reals:
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(row, axis=0), axis=1))])
    at = np.linspace(0, length[-1], _SAMPLES)
    return np.column_stack([np.interp(at, length, row[:, k]) for k in range(3)])


@dataclass(frozen=True)
class LidDistance:
    """For each point of the skin, dm; FAR where no eye is near."""

    upper: Reals
    lower: Reals
    along: Reals
    """0 at the inner corner .. 1 at the outer."""
    above: Reals
    """1 for points nearer to the upper rim, else 0."""


def lid_distance(rims: tuple[Rim, Rim], position: Reals, reach: float = 0.16) -> LidDistance:
    """Measure points float64[N, 3] of both sides of the face by the left eye's rims."""
    folded = np.column_stack([np.abs(position[:, 0]), position[:, 1:]])
    corners = np.concatenate([rim.points for rim in rims])
    low, high = corners.min(axis=0) - reach, corners.max(axis=0) + reach
    near = np.flatnonzero(((folded > low) & (folded < high)).all(axis=1))
    upper, lower = np.full(len(position), FAR), np.full(len(position), FAR)
    along, above = np.zeros(len(position)), np.zeros(len(position))
    for part in np.array_split(near, max(len(near) // 20000, 1)):
        (up, t_up), (down, t_down) = (rim.measure(folded[part]) for rim in rims)
        upper[part], lower[part] = up, down
        along[part], above[part] = np.where(up < down, t_up, t_down), up < down
    return LidDistance(upper, lower, along, above)


def line_distance(points: Reals, position: Reals, reach: float = 0.14) -> Reals:
    """float64[N], dm, from each position to the nearest of the points [M, 3]."""
    low, high = points.min(axis=0) - reach, points.max(axis=0) + reach
    near = np.flatnonzero(((position > low) & (position < high)).all(axis=1))
    found = np.full(len(position), FAR)
    for part in np.array_split(near, max(len(near) // 20000, 1)):
        gap = ((position[part][:, None] - points) ** 2).sum(axis=2)
        found[part] = np.sqrt(gap.min(axis=1))
    return found
