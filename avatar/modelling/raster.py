"""Textures baked in UV space: which triangle and where in it each texel lies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar.modelling.sources import Ints, Reals


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
    owner = np.full((size, size), -1, np.int64)
    inside = np.full((size, size), -1e9)
    bary = np.zeros((size, size, 3))
    points = corner_uv * size - 0.5
    for number, triangle in enumerate(points):
        edges = _edges(triangle)
        if edges is None:
            continue
        low = np.clip(np.floor(triangle.min(axis=0) - grow).astype(int), 0, size - 1)
        high = np.clip(np.ceil(triangle.max(axis=0) + grow).astype(int) + 1, 1, size)
        x = np.arange(low[0], high[0])[None, :, None]
        y = np.arange(low[1], high[1])[:, None, None]
        weight = edges[:, 0] * x + edges[:, 1] * y + edges[:, 2]
        margin = (weight / np.hypot(edges[:, 0], edges[:, 1])).min(axis=-1)
        window = np.s_[low[1] : high[1], low[0] : high[0]]
        better = (margin > -grow) & (np.minimum(margin, 0) > inside[window])
        inside[window] = np.where(better, np.minimum(margin, 0), inside[window])
        owner[window] = np.where(better, number, owner[window])
        bary[window] = np.where(better[..., None], weight, bary[window])
    row, column = np.nonzero(owner >= 0)
    chosen = np.clip(bary[row, column], 0, 1)
    chosen /= chosen.sum(axis=1, keepdims=True)
    return Texels(size, row, column, owner[row, column], chosen)


def _edges(triangle: Reals) -> Reals | None:
    """Rows (a, b, c) so that a x + b y + c are the barycentric coordinates; None if flat."""
    matrix = np.column_stack([triangle, np.ones(3)])
    if abs(np.linalg.det(matrix)) < 1e-9:
        return None
    return np.linalg.inv(matrix).T.astype(np.float64)


def bleed(image: Reals, covered: NDArray[np.bool_], steps: int) -> Reals:
    """Spread colours [H, W, C] into uncovered texels, so that mipmaps see no background."""
    image, covered = image.copy(), covered.copy()
    for _ in range(steps):
        total, count = np.zeros_like(image), np.zeros(covered.shape)
        for axis in (0, 1):
            for shift in (-1, 1):
                near = np.roll(covered, shift, axis)
                total += np.roll(image, shift, axis) * near[..., None]
                count += near
        fresh = ~covered & (count > 0)
        image[fresh] = total[fresh] / count[fresh][:, None]
        covered |= fresh
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
