"""Strands of hair grown over a body: a distance field to stay outside of, and marching."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from avatar.modelling.sources import Ints, Reals

Flow = Callable[[Reals, Reals], Reals]
"""(points [N, 3], arc length so far [N]) -> wished directions [N, 3]."""


@dataclass(frozen=True)
class DistanceField:
    """Nearest surface sample of each cell of a grid (jump flooding, Rong & Tan 2006)."""

    low: Reals
    cell: float
    nearest: Ints
    """int64[X, Y, Z], index of a sample."""
    points: Reals
    normals: Reals

    def __call__(self, at: Reals) -> tuple[Reals, Reals]:
        """Signed distance (m, negative inside) and outward direction at points [N, 3]."""
        index = np.clip(((at - self.low) / self.cell).astype(np.int64), 0,
                        np.array(self.nearest.shape) - 1)  # fmt: skip
        sample = self.nearest[index[:, 0], index[:, 1], index[:, 2]]
        away, normal = at - self.points[sample], self.normals[sample]
        return (away * normal).sum(axis=1), normal


def distance_field(
    points: Reals, normals: Reals, low: Reals, high: Reals, cell: float
) -> DistanceField:
    """A field over the box ``low``..``high`` from surface samples (m)."""
    shape = np.ceil((high - low) / cell).astype(int)
    nearest = np.full(shape, -1, np.int64)
    index = ((points - low) / cell).astype(int)
    inside = ((index >= 0) & (index < shape)).all(axis=1)
    x, y, z = index[inside].T
    nearest[x, y, z] = np.flatnonzero(inside)
    centre = [low[k] + (np.arange(shape[k]) + 0.5) * cell for k in range(3)]
    grid = np.stack(np.meshgrid(*centre, indexing="ij"), -1)
    best = np.where(nearest >= 0, ((grid - points[nearest]) ** 2).sum(axis=-1), np.inf)
    step = 1 << int(max(shape) // 2).bit_length()
    while step:
        for axis in range(3):
            for shift in (-step, step):
                _flood(nearest, best, grid, points, axis, shift)
        step //= 2
    for axis in (2, 1, 0):
        for shift in (-1, 1):
            _flood(nearest, best, grid, points, axis, shift)
    return DistanceField(low, cell, nearest, points, normals)


def _flood(nearest: Ints, best: Reals, grid: Reals, points: Reals, axis: int, shift: int) -> None:
    if abs(shift) >= nearest.shape[axis]:
        return
    source, target = [slice(None)] * 3, [slice(None)] * 3
    source[axis] = slice(0, -shift) if shift > 0 else slice(-shift, None)
    target[axis] = slice(shift, None) if shift > 0 else slice(0, shift)
    here = tuple(target)
    candidate = nearest[tuple(source)]
    distance = ((grid[here] - points[candidate]) ** 2).sum(axis=-1)
    better = (candidate >= 0) & (distance < best[here])
    nearest[here] = np.where(better, candidate, nearest[here])
    best[here] = np.where(better, distance, best[here])


def spread(points: Reals, count: int, first: int = 0) -> Ints:
    """``count`` well-spread points (farthest-point sampling), indices in order of choice."""
    chosen = [first % len(points)]
    distance = ((points - points[chosen[0]]) ** 2).sum(axis=1)
    for _ in range(min(count, len(points)) - 1):
        chosen.append(int(distance.argmax()))
        distance = np.minimum(distance, ((points - points[chosen[-1]]) ** 2).sum(axis=1))
    return np.array(chosen)


def march(
    root: Reals, start: Reals, flow: Flow, field: DistanceField, offset: Reals, length: Reals,
    *, step: float = 0.0045, inertia: float = 0.55, ramp: float = 0.02, cling: float = 0.0,
    cling_above: float = -9.0,
) -> Reals:  # fmt: skip
    """Grow strands [N, K, 3] from roots: follow the flow, never closer to the body than a
    strand's ``offset`` (m, reached over ``ramp``), all to their ``length`` (m).

    ``cling`` 0..1 pulls strands back that fly off the surface, above a height (m).
    """
    count = int(np.ceil(length.max() / step))
    position, heading = root.copy(), start / np.linalg.norm(start, axis=1, keepdims=True)
    path = [position.copy()]
    for number in range(count):
        along = np.full(len(root), number * step)
        wish = flow(position, along)
        heading = inertia * heading + (1 - inertia) * wish
        heading /= np.linalg.norm(heading, axis=1, keepdims=True).clip(1e-9)
        position = position + step * heading
        distance, normal = field(position)
        keep = offset * np.clip((number + 1) * step / ramp, 0, 1)
        lift = np.maximum(keep - distance, 0)
        position = position + lift[:, None] * normal
        if cling:
            far = np.clip(distance - keep - 0.002, 0, 0.02) * cling * (position[:, 1] > cling_above)
            position = position - far[:, None] * normal
        inward = np.minimum((heading * normal).sum(axis=1), 0) * (lift > 0)
        heading = heading - inward[:, None] * normal
        path.append(position.copy())
    return _cut(np.stack(path, axis=1), length)


def cut_below(path: Reals, floor: Reals) -> Reals:
    """Strands [N, K, 3] ended where they first pass below their ``floor`` (m)."""
    gaps = np.linalg.norm(np.diff(path, axis=1), axis=2)
    arc = np.concatenate([np.zeros((len(path), 1)), np.cumsum(gaps, axis=1)], axis=1)
    under = path[..., 1] < floor[:, None]
    first = np.where(under.any(axis=1), under.argmax(axis=1), path.shape[1] - 1)
    return _cut(path, arc[np.arange(len(path)), first])


def _cut(path: Reals, length: Reals) -> Reals:
    """Resample each strand evenly up to its own length."""
    count = path.shape[1]
    gaps = np.linalg.norm(np.diff(path, axis=1), axis=2)
    arc = np.concatenate([np.zeros((len(path), 1)), np.cumsum(gaps, axis=1)], axis=1)
    result = np.empty_like(path)
    for number, strand in enumerate(path):
        at = np.linspace(0, min(length[number], arc[number, -1]), count)
        for axis in range(3):
            result[number, :, axis] = np.interp(at, arc[number], strand[:, axis])
    return result


def resample(path: Reals, count: int, head: float, favour: float) -> Reals:
    """Strands [N, K, 3] at ``count`` points each, ``favour`` times denser over the first
    ``head`` metres, where they bend round the skull; a little smoothed."""
    soft = path.copy()
    for _ in range(8):
        soft[:, 1:-1] = (soft[:, :-2] + 2 * soft[:, 1:-1] + soft[:, 2:]) / 4
    gap = np.linalg.norm(np.diff(soft, axis=1), axis=2) + 1e-9
    weight = gap * np.where(np.cumsum(gap, axis=1) < head, favour, 1.0)
    arc = np.concatenate([np.zeros((len(path), 1)), np.cumsum(weight, axis=1)], axis=1)
    result = np.empty((len(path), count, 3))
    for number, strand in enumerate(soft):
        at = np.linspace(0, arc[number, -1], count)
        for axis in range(3):
            result[number, :, axis] = np.interp(at, arc[number], strand[:, axis])
    return result
