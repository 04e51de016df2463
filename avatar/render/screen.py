"""Which part of the picture figures may cover: only there are edges smoothed and pixels scaled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from avatar.math3d import Float

Box = tuple[int, int, int, int]
"""x, y, width, height, px."""
BANDS: Final = 16
"""Strips of the picture's height, each with a width of its own."""
_MARGIN: Final = 0.02
"""How far skin that several joints pull, and morph targets, reach beyond the joints' boxes;
of the picture's height."""


def screen_boxes(
    hulls: Sequence[Float], matrix: Float, size: tuple[int, int], bands: int = BANDS
) -> list[Box]:
    """Boxes, one above the other, that together hold what hulls float32[n, k, 3] (m) span under
    a view projection, within a picture of ``size`` (w, h) px."""
    found = [rectangles(hull, matrix) for hull in hulls if hull.size]
    if not found:
        return []
    scale = np.array([*size, *size]) / 2
    margin = max(4.0, _MARGIN * size[1])
    edges = (np.concatenate(found) + 1) * scale + [-margin, -margin, margin, margin]
    lines = np.linspace(0, size[1], bands + 1).round().astype(int)
    boxes: list[Box] = []
    for top, bottom in zip(lines[:-1].tolist(), lines[1:].tolist(), strict=True):
        seen = edges[(edges[:, 1] < bottom) & (edges[:, 3] > top)]
        if not len(seen) or top == bottom:
            continue
        left = max(int(np.floor(seen[:, 0].min())), 0)
        right = min(int(np.ceil(seen[:, 2].max())), size[0])
        if left < right:
            _append(boxes, (left, top, right - left, bottom - top))
    return boxes


def rectangles(hulls: Float, matrix: Float) -> Float:
    """float32[m, 4]: x0, y0, x1, y1 on the screen (-1..1 inside) of the hulls that touch it."""
    clip = hulls @ matrix[:, :3].T + matrix[:, 3]
    on_screen = clip[..., :2] / np.maximum(clip[..., 3:], 1e-3)
    low, high = on_screen.min(1), on_screen.max(1)
    seen = (low < 1).all(1) & (high > -1).all(1) & (clip[..., 3] > 0).any(1)
    return np.concatenate([low, high], 1)[seen]


def _append(boxes: list[Box], box: Box) -> None:
    """Add a box, or make the last one higher when it is as wide."""
    if boxes:
        x, y, w, h = boxes[-1]
        if (x, w) == (box[0], box[2]) and y + h == box[1]:
            boxes[-1] = (x, y, w, h + box[3])
            return
    boxes.append(box)
