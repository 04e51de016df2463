"""Ambient occlusion at the vertices, from many depth maps of a cloud of surface points."""

from __future__ import annotations

from typing import Final

import numpy as np

from avatar.modelling.sources import Ints, Reals

DIRECTIONS: Final = 64


def sphere_directions(count: int) -> Reals:
    """float64[count, 3], evenly spread (Fibonacci lattice)."""
    k = np.arange(count) + 0.5
    y = 1 - 2 * k / count
    angle = k * np.pi * (3 - np.sqrt(5))
    ring = np.sqrt(1 - y * y)
    return np.column_stack([ring * np.cos(angle), y, ring * np.sin(angle)])


def surface_points(position: Reals, triangles: Ints, spacing: float) -> tuple[Reals, Ints]:
    """Points on triangles, about one per ``spacing`` squared (Roberts' R2 sequence), and the
    triangle of each."""
    a, b, c = (position[triangles[:, k]] for k in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2
    count = np.ceil(area / spacing**2).astype(int)
    owner = np.repeat(np.arange(len(triangles)), count)
    step = np.arange(len(owner))
    u, v = (0.5 + step * 0.7548776662466927) % 1, (0.5 + step * 0.5698402909980532) % 1
    fold = u + v > 1
    u, v = np.where(fold, 1 - u, u), np.where(fold, 1 - v, v)
    points = a[owner] + u[:, None] * (b - a)[owner] + v[:, None] * (c - a)[owner]
    return points, owner


def occlusion(position: Reals, normal: Reals, points: Reals, texel: float, bias: float) -> Reals:
    """Cosine-weighted open share of the sky, 0..1, at each position (m).

    ``points`` are the occluders, dense enough that none of the depth maps' texels is missed.
    """
    seen, total = np.zeros(len(position)), np.zeros(len(position))
    origin = position + normal * bias * 0.5
    for direction in sphere_directions(DIRECTIONS):
        cosine = normal @ direction
        facing = np.flatnonzero(cosine > 0)
        behind = _depths(points, origin[facing], direction, texel)
        seen[facing] += cosine[facing] * (behind < bias)
        total[facing] += cosine[facing]
    return seen / total.clip(1e-9)


def _depths(points: Reals, at: Reals, direction: Reals, texel: float) -> Reals:
    """How far each position lies behind the nearest of the points along a direction (m)."""
    side = np.cross(direction, [0.0, 1, 0] if abs(direction[1]) < 0.9 else [1.0, 0, 0])
    side /= np.linalg.norm(side)
    axes = (side, np.cross(side, direction))
    across = [points @ axis for axis in axes]
    low = [values.min() - texel for values in across]
    x, y = (((v - edge) / texel).astype(np.int32) for v, edge in zip(across, low, strict=True))
    width, height = int(x.max()) + 2, int(y.max()) + 2
    nearest = np.full(width * height, -1e9)
    np.maximum.at(nearest, x * height + y, points @ direction)
    cells = zip(axes, low, (width, height), strict=True)
    x, y = (
        np.clip(((at @ axis - edge) / texel).astype(np.int32), 0, size - 1)
        for axis, edge, size in cells
    )
    return nearest[x * height + y] - at @ direction


def smooth(values: Reals, triangles: Ints, passes: int) -> Reals:
    """Average each vertex value with its neighbours."""
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    a, b = np.concatenate([edges, edges[:, ::-1]]).T
    count = np.bincount(a, minlength=len(values)).clip(1)
    for _ in range(passes):
        mean = np.bincount(a, values[b], minlength=len(values)) / count
        values = (values + mean) / 2
    return values
