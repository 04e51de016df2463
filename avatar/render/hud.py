"""Plain lines and bars of text over a live picture: the input line, a status, a list."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar.render.overlay import Layer
from avatar.render.text import rasterize

PLATE: Final = (14, 17, 24, 178)
"""Colour behind text, RGBA."""
ACCENT: Final = (92, 164, 255)
"""Colour of what is chosen or filled, RGB."""

Pixels = NDArray[np.uint8]


def line_height(size: tuple[int, int]) -> int:
    """Height of one line in a picture of ``size`` (w, h), px."""
    return max(18, round(min(size) * 0.044))


def line(key: str, text: str, size: tuple[int, int], row: int, *, bright: bool = True) -> Layer:
    """One line across the bottom; row 0 is the lowest. The text's end stays in view."""
    height = line_height(size)
    width = size[0] - 2 * height
    pixels = _plated(text, width, height, bright)
    y = size[1] - round(height * 0.7) - (row + 1) * (height + 4)
    return Layer(key, pixels, height, y)


@lru_cache(maxsize=32)
def _plated(text: str, width: int, height: int, bright: bool) -> Pixels:
    out = _plate(width, height)
    colour = (245, 247, 250) if bright else (168, 176, 190)
    if text:
        _lay(
            out, rasterize(text, height * 0.62, colour), round(height * 0.4), height, align_end=True
        )
    return out


def _plate(width: int, height: int) -> Pixels:
    alpha = PLATE[3] / 255
    return np.tile(
        np.array([*(round(c * alpha) for c in PLATE[:3]), PLATE[3]], np.uint8), (height, width, 1)
    )


def _lay(out: Pixels, text: Pixels, left: int, height: int, *, align_end: bool = False) -> None:
    """Lay premultiplied text over ``out``, centred in its height."""
    room = out.shape[1] - 2 * left
    if text.shape[1] > room:
        text = text[:, -room:] if align_end else text[:, :room]
    top = max(0, (height - text.shape[0]) // 2)
    text = text[: height - top]
    place = out[top : top + text.shape[0], left : left + text.shape[1]]
    keep = 1 - text[..., 3:].astype(np.float32) / 255
    place[:] = (text + place * keep).round().astype(np.uint8)


def bars(
    key: str,
    rows: Sequence[tuple[str, float]],
    chosen: int,
    size: tuple[int, int],
    *,
    figures: bool = True,
) -> tuple[Layer, tuple[int, int, int, int]]:
    """A list of names with a bar each, 0..1, and its figure; also its box (x, y, width, row
    height), px."""
    height = line_height(size)
    width = min(size[0] // 3, 12 * height)
    pixels = _bars(tuple(rows), chosen, width, height, figures)
    x, y = size[0] - width - height // 2, height // 2
    return Layer(key, pixels, x, y), (x, y, width, height)


@lru_cache(maxsize=4)
def _bars(
    rows: tuple[tuple[str, float], ...], chosen: int, width: int, height: int, figures: bool
) -> Pixels:
    out = np.zeros((height * len(rows), width, 4), np.uint8)
    for index, (name, value) in enumerate(rows):
        row = _plate(width, height)
        row[2:-2, : round(width * value), :3] = [c // 2 for c in ACCENT]
        row[2:-2, : round(width * value), 3] = 225
        colour = ACCENT if index == chosen else (235, 238, 244)
        text = f"{name}  {value:.2f}" if figures else name
        label = rasterize(text, height * 0.56, colour)
        _lay(row, label, round(height * 0.35), height)
        out[index * height : (index + 1) * height] = row
    return out
