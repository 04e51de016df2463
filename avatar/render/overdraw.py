"""Triangles front to back, so that what is hidden is not shaded.

A part's triangles lie in clusters: what hangs together, in blocks of a few dozen. Sorting those
costs a fraction of a millisecond and is worth doing again only when the view has turned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from avatar.math3d import Array, Float
from avatar.render.region import Run

BLOCK: Final = 64
"""Most triangles of a cluster."""
TURNED: Final = np.cos(np.radians(12.0))
"""Cosine of the angle by which the view may turn before the order is stale."""


@dataclass(frozen=True, slots=True)
class Clusters:
    """Consecutive triangles of a part that are sorted as one."""

    first: Array
    """int64[K], triangles."""
    count: Array
    run: Array
    """int64[K], which run of triangles it belongs to and stays in."""
    centre: Float
    """float32[K, 3], mesh space, at rest."""
    joint: Array
    """int64[K], row of the palette that moves it most."""

    def front_to_back(self, palette: Float, axis: Float) -> Array:
        """int64[T], the triangles nearest first; ``palette`` float32[P, 4, 4] to the world,
        ``axis`` float32[3] along the view."""
        m = palette[self.joint]
        place = np.einsum("kij,kj->ki", m[:, :3, :3], self.centre) + m[:, :3, 3]
        order = np.lexsort((place @ axis, self.run))
        count = self.count[order]
        start = np.cumsum(count) - count
        return np.arange(int(count.sum())) + np.repeat(self.first[order] - start, count)


def clustered(
    triangles: Array, runs: Sequence[Run], position: Float, joint: Array
) -> tuple[Array, Clusters]:
    """Bring triangles uint32[T, 3] into clusters; ``runs`` count indices and keep their places.

    ``position`` float32[V, 3] and ``joint`` int[V] (palette row that moves it most) are by vertex.
    """
    run = np.repeat(np.arange(len(runs)), [r.count // 3 for r in runs])
    label = _components(triangles, len(position))[triangles[:, 0]]
    order = np.lexsort((label, run))
    triangles, run, label = triangles[order], run[order], label[order]
    edge = np.flatnonzero(np.diff(run) | np.diff(label)) + 1
    starts = np.concatenate([np.zeros(min(len(run), 1), np.int64), edge])
    within = np.arange(len(run)) - np.repeat(starts, np.diff(starts, append=len(run)))
    first = np.flatnonzero(within % BLOCK == 0)
    count = np.diff(first, append=len(run))
    middle = position[triangles].mean(1) if len(run) else np.zeros((0, 3), np.float32)
    total = np.add.reduceat(middle, first, 0) if len(run) else middle
    lead = triangles[first, 0]
    centre = (total / count[:, None]).astype(np.float32)
    return triangles, Clusters(first, count, run[first], centre, joint[lead].astype(np.int64))


def _components(triangles: Array, vertices: int) -> Array:
    """int64[V], the least vertex of all that hang together with each."""
    label = np.arange(vertices)
    while True:
        low = label[triangles].min(1)
        found = label.copy()
        for corner in range(3):
            np.minimum.at(found, triangles[:, corner], low)
        np.minimum.at(found, label, found)  # what the old label leads to
        found = found[found]
        if np.array_equal(found, label):
            return label
        label = found


def has_turned(now: Float, before: Float) -> Array:
    """bool[P], whether unit directions float32[P, 3] are no longer about the same."""
    return np.einsum("pi,pi->p", now, before) < TURNED
