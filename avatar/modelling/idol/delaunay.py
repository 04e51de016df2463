"""Delaunay triangulation of a few thousand points in the plane (Bowyer 1981, Watson 1981)."""

from __future__ import annotations

import numpy as np

from avatar.modelling.sources import Ints, Reals


def triangulate(points: Reals) -> Ints:
    """int64[T, 3], counter-clockwise triangles over float64[N, 2]; cocircular points are told
    apart by a fixed jitter far below the mesh size."""
    count = len(points)
    low, high = points.min(axis=0), points.max(axis=0)
    size = float((high - low).max())
    jitter = np.sin(np.arange(count)[:, None] * [12.9898, 78.233] + 0.5) * size * 1e-6
    middle = (low + high) / 2
    far = middle + size * np.array([[-30.0, -20.0], [30.0, -20.0], [0.0, 40.0]])
    at = np.concatenate([points + jitter, far])
    corners = np.array([[count, count + 1, count + 2]])
    circles = _circles(at, corners)
    for number in range(count):
        away = ((circles[:, :2] - at[number]) ** 2).sum(axis=1)
        bad = away < circles[:, 2]
        edges = corners[bad][:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
        key = np.sort(edges, axis=1)
        _, first, times = np.unique(key, axis=0, return_index=True, return_counts=True)
        rim = edges[first[times == 1]]
        fresh = np.column_stack([rim, np.full(len(rim), number)])
        corners = np.concatenate([corners[~bad], fresh])
        circles = np.concatenate([circles[~bad], _circles(at, fresh)])
    return corners[(corners < count).all(axis=1)]


def _circles(at: Reals, corners: Ints) -> Reals:
    """Centre and squared radius of the circumcircles [T, 3]."""
    a, b, c = (at[corners[:, k]] for k in range(3))
    b, c = b - a, c - a
    double = 2 * (b[:, 0] * c[:, 1] - b[:, 1] * c[:, 0])
    bb, cc = (b * b).sum(axis=1), (c * c).sum(axis=1)
    x = (c[:, 1] * bb - b[:, 1] * cc) / double
    y = (b[:, 0] * cc - c[:, 0] * bb) / double
    return np.column_stack([a[:, 0] + x, a[:, 1] + y, x * x + y * y])
