"""Colour for the empty parts of cut-out pictures, so that filtering brings in no dark rim."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar.math3d import Array

_BLOCK: Final = 4
_SOLID: Final = 128


def bleed(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A copy of uint8[h, w, 4] in which texels of low alpha take the colour of solid ones near.

    The colours come from a pyramid of averages weighted by coverage; alpha stays.
    """
    solid = pixels[..., 3] >= _SOLID
    if solid.all() or not solid.any():
        return pixels
    height, width = solid.shape
    pad = ((0, -height % _BLOCK), (0, -width % _BLOCK))
    weight = _blocks(np.pad(solid, pad).astype(np.float32))
    sums = [
        _blocks(np.pad(np.where(solid, pixels[..., c], 0), pad).astype(np.float32))
        for c in range(3)
    ]
    color = _fill(np.stack(sums, -1), weight)
    near = np.repeat(np.repeat(color.astype(np.uint8), _BLOCK, 0), _BLOCK, 1)[:height, :width]
    out = pixels.copy()
    out[..., :3] = np.where(solid[..., None], pixels[..., :3], near)
    return out


def _blocks(a: Array) -> Array:
    h, w = a.shape
    return a.reshape(h // _BLOCK, _BLOCK, w // _BLOCK, _BLOCK).sum((1, 3))


def _fill(sums: Array, weight: Array) -> Array:
    """Mean colours, empty places from the level above (recursively)."""
    known = weight > 0
    mean = sums / np.where(known, weight, 1)[..., None]
    if known.all() or max(weight.shape) == 1:
        return mean
    pad = [(0, weight.shape[0] % 2), (0, weight.shape[1] % 2)]
    s, w = np.pad(sums, [*pad, (0, 0)]), np.pad(weight, pad)
    coarse = _fill(
        s.reshape(s.shape[0] // 2, 2, s.shape[1] // 2, 2, 3).sum((1, 3)),
        w.reshape(w.shape[0] // 2, 2, w.shape[1] // 2, 2).sum((1, 3)),
    )
    above = np.repeat(np.repeat(coarse, 2, 0), 2, 1)[: weight.shape[0], : weight.shape[1]]
    return np.where(known[..., None], mean, above)
