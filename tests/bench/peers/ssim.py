"""Structural similarity of two pictures (Wang, Bovik, Sheikh and Simoncelli 2004)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Box = tuple[int, int, int, int]
_SIGMA, _REACH = 1.5, 5
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


def _kernel() -> NDArray[np.float64]:
    x = np.arange(-_REACH, _REACH + 1)
    weight = np.exp(-(x**2) / (2 * _SIGMA**2))
    return weight / weight.sum()


def _blur(a: NDArray[np.float64]) -> NDArray[np.float64]:
    """Gaussian window of 11 x 11, sigma 1.5, edges mirrored."""
    for axis in (0, 1):
        pad = [(0, 0)] * a.ndim
        pad[axis] = (_REACH, _REACH)
        wide = np.pad(a, pad, mode="symmetric")
        n = a.shape[axis]
        a = sum(w * np.take(wide, range(i, i + n), axis) for i, w in enumerate(_kernel()))  # type: ignore[assignment]
    return a


def ssim_map(a: Picture, b: Picture) -> NDArray[np.float64]:
    """float64[h, w], the mean over R, G and B of the local index, of uint8[h, w, 3+] pictures."""
    x, y = a[..., :3].astype(np.float64), b[..., :3].astype(np.float64)
    mx, my = _blur(x), _blur(y)
    vx, vy = _blur(x * x) - mx * mx, _blur(y * y) - my * my
    both = _blur(x * y) - mx * my
    index = (2 * mx * my + _C1) * (2 * both + _C2)
    index /= (mx * mx + my * my + _C1) * (vx + vy + _C2)
    return index.mean(-1)


def figure_box(pictures: list[Picture], background: tuple[int, int, int]) -> Box:
    """x0, y0, x1, y1 around everything that differs from the background in any picture."""
    rows, columns = [], []
    for picture in pictures:
        far = np.abs(picture[..., :3].astype(int) - background).max(-1) > 3
        rows.append(far.any(1))
        columns.append(far.any(0))
    y, x = np.flatnonzero(np.any(rows, 0)), np.flatnonzero(np.any(columns, 0))
    if not len(x):
        return 0, 0, pictures[0].shape[1], pictures[0].shape[0]
    return int(x[0]), int(y[0]), int(x[-1]) + 1, int(y[-1]) + 1
