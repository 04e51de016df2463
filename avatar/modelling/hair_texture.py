"""The picture of strands that hair cards wear: columns from dense locks to single hairs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar.modelling.noise import value_noise
from avatar.modelling.raster import to_srgb
from avatar.modelling.sources import Reals

COLUMNS: Final = (95, 75, 60, 46, 34, 24, 12, 5)
"""Strands in each column of the picture, left to right."""
WIDTH: Final = 1024
HEIGHT: Final = 1024


@dataclass(frozen=True)
class Dye:
    """Linear colours at the root and the tip, and the tip's taper."""

    root: Reals
    tip: Reals
    taper: float
    """Share of a strand's length over which its tip thins out."""
    ragged: float
    """Share over which strands begin, so that no card starts with a straight edge."""


def column_uv(column: int) -> tuple[float, float]:
    """Left and right u of a column, inside its margin."""
    width = 1 / len(COLUMNS)
    return (column + 0.04) * width, (column + 0.96) * width


def strand_picture(dye: Dye) -> NDArray[np.uint8]:
    """uint8[1024, 1024, 4]: v runs from root (top) to tip."""
    alpha = np.zeros((HEIGHT, WIDTH))
    value = np.full((HEIGHT, WIDTH), 0.8)
    span = WIDTH // len(COLUMNS)
    for column, count in enumerate(COLUMNS):
        for number in range(count):
            _draw(alpha, value, column * span, span, _seeds(column, number), dye, count)
    v = (np.arange(HEIGHT) / HEIGHT)[:, None]
    shade = (0.72 + 0.28 * np.clip(v / 0.25, 0, 1)) * value
    mix = np.clip((v - 0.35) / 0.6, 0, 1) ** 1.5
    colour = (dye.root + mix[..., None] * (dye.tip - dye.root)) * shade[..., None]
    rgba = np.empty((HEIGHT, WIDTH, 4), np.uint8)
    rgba[..., :3] = to_srgb(colour) // 4 * 4
    rgba[..., 3] = np.round(alpha * 255).astype(np.uint8) // 5 * 5
    return rgba


def _seeds(column: int, number: int) -> Reals:
    """Eight random numbers 0..1 of one strand."""
    at = np.array([[column * 31.7, number * 7.3, k * 13.1] for k in range(8)]) + 0.5
    noise = value_noise(np.floor(at))
    return (noise * 997.13) % 1


def _draw(alpha: Reals, value: Reals, left: int, span: int, r: Reals, dye: Dye, count: int) -> None:
    v = np.arange(HEIGHT) / HEIGHT
    base = 0.06 + 0.88 * r[0]
    clump = 0.06 + 0.88 * (np.floor(base * 6) + 0.5) / 6
    pull = (0.1 + 0.6 * r[1]) * v**1.6
    wave = 0.02 * np.sin(v * (2 + 3 * r[2]) + 6.28 * r[3])
    centre = left + span * np.clip(base + pull * (clump - base) + wave * v, 0.02, 0.98)
    half = 0.7 + 1.0 * r[4] if count > 20 else 0.6 + 0.5 * r[4]
    start, end = dye.ragged * r[5] ** 1.3 + 0.003, 1 - dye.taper * r[6] ** 1.2
    fade = np.clip((v - start) / (0.3 * dye.ragged), 0, 1)
    thin = np.clip((end - v) / (0.15 + 0.5 * dye.taper), 0, 1) ** 0.7
    light = 0.62 + 0.62 * r[7]
    rows = np.arange(HEIGHT)
    for step in range(-3, 4):
        x = np.round(centre).astype(int) + step
        inside = (x >= left + 1) & (x < left + span - 1)
        cover = np.clip(half * (0.35 + 0.65 * thin) + 0.5 - np.abs(x - centre), 0, 1) * fade
        cover *= np.clip(thin * 4, 0, 1)
        row, column = rows[inside], x[inside]
        over = cover[inside]
        shade = light * (1 - 0.25 * np.abs(step) / 3)
        value[row, column] += over * (shade - value[row, column])
        alpha[row, column] = np.maximum(alpha[row, column], over)
