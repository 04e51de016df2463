"""Textures baked in UV space: which triangle and where in it each texel lies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar.modelling.sources import Ints, Reals

_BATCH: Final = 1 << 20
"""Texels tried at once."""


@dataclass(frozen=True)
class Texels:
    """The covered texels of a square texture."""

    size: int
    row: Ints
    column: Ints
    triangle: Ints
    """int64[K], triangle over each texel."""
    bary: Reals
    """float64[K, 3], barycentric coordinates in it."""

    def gather(self, values: Reals, triangles: Ints) -> Reals:
        """Interpolate vertex values [N, C] over the texels, [K, C]."""
        corners = values[triangles[self.triangle]]
        return np.einsum("kc,kcd->kd", self.bary, corners)

    def gather_corners(self, values: Reals) -> Reals:
        """Interpolate corner values [T, 3, C] over the texels."""
        return np.einsum("kc,kcd->kd", self.bary, values[self.triangle])

    def picture(self, values: Reals, fill: float = 0.0) -> Reals:
        """Spread texel values [K, C] on the texture [size, size, C]."""
        image = np.full((self.size, self.size, values.shape[1]), fill)
        image[self.row, self.column] = values
        return image

    def coverage(self) -> NDArray[np.bool_]:
        """bool[size, size]."""
        mask = np.zeros((self.size, self.size), np.bool_)
        mask[self.row, self.column] = True
        return mask


def rasterize(corner_uv: Reals, size: int, grow: float = 0.75) -> Texels:
    """Texels whose centre lies in triangles ``corner_uv`` [T, 3, 2] (v down), grown by ``grow``
    texels so that seams filter cleanly; inner triangles win over grown neighbours."""
    points = corner_uv * size - 0.5
    edges, sound = _edges(points)
    owner = np.full(size * size, -1, np.int64)
    rims: list[tuple[Ints, Reals, Ints]] = []
    for texel, triangle, margin in _candidates(points, edges, sound, size, grow):
        inner = np.flatnonzero(margin >= 0)[::-1]
        inner = inner[owner[texel[inner]] < 0]
        owner[texel[inner]] = triangle[inner]
        rim = np.flatnonzero(margin < 0)
        rims.append((texel[rim], margin[rim], triangle[rim]))
    if rims:
        texel = np.concatenate([rim[0] for rim in rims])
        margin = np.concatenate([rim[1] for rim in rims])
        triangle = np.concatenate([rim[2] for rim in rims])
        free = owner[texel] < 0
        best = np.lexsort((-triangle[free], margin[free]))  # the last to be written wins
        owner[texel[free][best]] = triangle[free][best]
    row, column = np.nonzero(owner.reshape(size, size) >= 0)
    chosen = owner.reshape(size, size)[row, column]
    bary = np.clip(_weights(edges[chosen], column, row), 0, 1)
    bary /= bary.sum(axis=1, keepdims=True)
    return Texels(size, row, column, chosen, bary)


def _candidates(
    points: Reals, edges: Reals, sound: NDArray[np.bool_], size: int, grow: float
) -> Iterator[tuple[Ints, Ints, Reals]]:
    """Texels (flat index) in each triangle's box with their margin in px, above ``-grow``; some
    triangles at a time, in their order."""
    low = np.clip(np.floor(points.min(axis=1) - grow).astype(int), 0, size - 1)
    high = np.clip(np.ceil(points.max(axis=1) + grow).astype(int) + 1, 1, size)
    extent = np.maximum(high - low, 0) * sound[:, None]
    count = extent[:, 0] * extent[:, 1]
    batch = np.cumsum(count) // _BATCH
    for number in range(int(batch[-1]) + 1 if len(batch) else 0):
        chosen = np.flatnonzero((batch == number) & (count > 0))
        triangle = np.repeat(chosen, count[chosen])
        start = np.repeat(np.cumsum(count[chosen]) - count[chosen], count[chosen])
        step = np.arange(len(triangle)) - start
        x = low[triangle, 0] + step % extent[triangle, 0]
        y = low[triangle, 1] + step // extent[triangle, 0]
        slope = np.hypot(edges[:, :, 0], edges[:, :, 1]).clip(1e-12)
        margin = (_weights(edges[triangle], x, y) / slope[triangle]).min(axis=1)
        near = margin > -grow
        yield (y * size + x)[near], triangle[near], margin[near]


def _edges(points: Reals) -> tuple[Reals, NDArray[np.bool_]]:
    """Rows (a, b, c) so that a x + b y + c are the barycentric coordinates, [T, 3, 3]; and
    which triangles are not flat."""
    matrix = np.concatenate([points, np.ones((*points.shape[:2], 1))], axis=2)
    sound = np.abs(np.linalg.det(matrix)) >= 1e-9
    matrix[~sound] = np.eye(3)
    inverse: Reals = np.linalg.inv(matrix).astype(np.float64)
    return inverse.transpose(0, 2, 1), sound


def _weights(edges: Reals, x: Ints, y: Ints) -> Reals:
    return edges[:, :, 0] * x[:, None] + edges[:, :, 1] * y[:, None] + edges[:, :, 2]


def bleed(image: Reals, covered: NDArray[np.bool_], steps: int) -> Reals:
    """Spread colours [H, W, C] into uncovered texels, so that mipmaps see no background."""
    image, covered = image.copy(), covered.copy()
    height, width = covered.shape
    for _ in range(steps):
        reached = np.zeros_like(covered)
        for axis in (0, 1):
            for shift in (-1, 1):
                reached |= np.roll(covered, shift, axis)
        row, column = np.nonzero(reached & ~covered)
        total, count = np.zeros((len(row), image.shape[2])), np.zeros(len(row))
        for y, x in ((row + 1, column), (row - 1, column), (row, column + 1), (row, column - 1)):
            near = covered[y % height, x % width]
            total += image[y % height, x % width] * near[:, None]
            count += near
        image[row, column] = total / count[:, None]
        covered[row, column] = True
    if not covered.all():
        image[~covered] = image[covered].mean(axis=0)
    return image


def to_srgb(linear: Reals) -> NDArray[np.uint8]:
    """Linear 0..1 to sRGB bytes (IEC 61966-2-1)."""
    x = np.clip(linear, 0, 1)
    curve = np.where(x <= 0.0031308, 12.92 * x, 1.055 * np.power(x, 1 / 2.4) - 0.055)
    return np.round(curve * 255).astype(np.uint8)


def to_linear(srgb: NDArray[np.uint8]) -> Reals:
    """sRGB bytes to linear 0..1."""
    x = srgb.astype(np.float64) / 255
    return np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)


def sample(image: Reals, uv: Reals) -> Reals:
    """Bilinear lookup of [H, W, C] at uv [K, 2] (v up, as in the sources)."""
    height, width = image.shape[:2]
    x = np.clip(uv[:, 0] * width - 0.5, 0, width - 1.001)
    y = np.clip((1 - uv[:, 1]) * height - 0.5, 0, height - 1.001)
    x0, y0 = x.astype(int), y.astype(int)
    fx, fy = (x - x0)[:, None], (y - y0)[:, None]
    top = image[y0, x0] * (1 - fx) + image[y0, x0 + 1] * fx
    low = image[y0 + 1, x0] * (1 - fx) + image[y0 + 1, x0 + 1] * fx
    return top * (1 - fy) + low * fy
