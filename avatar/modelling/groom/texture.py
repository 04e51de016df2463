"""The picture of strands that hair wears: dense columns for shells, sparser ones for cards."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar.modelling.groom.curves import random
from avatar.modelling.raster import to_srgb
from avatar.modelling.sources import Reals

SIZE: Final = 1024
"""Side of the picture, px."""
SOLID: Final = (0.07, 0.80)
"""Between these v the dense columns have no holes."""

_KIND: Final = {
    "dense": (256, 210), "dense2": (192, 158), "edge": (64, 46), "lock": (128, 74),
    "lock2": (128, 62), "wisp": (64, 15), "tuft": (64, 30), "fly": (64, 5), "baby": (64, 8),
}  # fmt: skip
"""Width (px) and number of strands of each column, left to right."""


def _columns() -> dict[str, tuple[float, float]]:
    found: dict[str, tuple[float, float]] = {}
    left = 0
    for name, (width, _) in _KIND.items():
        found[name] = ((left + 3) / SIZE, (left + width - 3) / SIZE)
        left += width
    return found


TILES: Final = {"baby": 8, "tuft": 4}
"""Columns of short hairs: so many pieces stand one below the other."""
COLUMN: Final = _columns()
"""Left and right u of each column, inside its margin."""


_MEAN: Final = 0.72
"""Brightness of the average strand: the dye's colours mean that."""


@dataclass(frozen=True)
class Dye:
    """Linear colours of a strand at its root and its tip."""

    root: Reals
    tip: Reals
    streak: float = 0.25
    """How much strands differ in brightness."""


def strand_picture(dye: Dye) -> NDArray[np.uint8]:
    """uint8[1024, 1024, 4]: v runs from root (top) to tip."""
    alpha, value = _strands(dye.streak)
    v = (np.arange(SIZE) / SIZE)[:, None]
    mix = np.clip((v - 0.15) / 0.75, 0, 1) ** 1.2
    colour = dye.root + mix[..., None] * (dye.tip - dye.root)
    rgba = np.empty((SIZE, SIZE, 4), np.uint8)
    rgba[..., :3] = to_srgb(colour * (value[..., None] / _MEAN))
    rgba[..., 3] = np.round(np.clip(alpha, 0, 1) * 255)
    return rgba


@lru_cache(maxsize=2)
def _strands(streak: float) -> tuple[Reals, Reals]:
    """Opacity and brightness [1024, 1024] of all columns."""
    alpha = np.zeros((SIZE, SIZE))
    value = np.full((SIZE, SIZE), 0.5)
    left = 0
    for number, (name, (width, count)) in enumerate(_KIND.items()):
        _column(alpha, value, left, width, count, name, number, streak)
        left += width
    return alpha, value


def _column(
    alpha: Reals, value: Reals, left: int, width: int, count: int, name: str, seed: int,
    streak: float,
) -> None:  # fmt: skip
    """Strands over each other, the deeper ones darker."""
    dense = name.startswith("dense")
    if dense:
        _ground(alpha, value, left, width)
    tiles = TILES.get(name, 1)
    for tile in range(tiles):
        rows = slice(tile * SIZE // tiles, (tile + 1) * SIZE // tiles)
        for number in range(count):
            depth = 0.55 + 0.45 * number / max(count - 1, 1)
            r = random(9, seed * 41.3 + (number + tile * count) * 0.731)
            _strand(alpha[rows], value[rows], left, width, r, name, depth, streak)


def _ground(alpha: Reals, value: Reals, left: int, width: int) -> None:
    """What shines through between the strands of a shell: deep hair, without holes."""
    v = np.arange(SIZE) / SIZE
    columns = np.arange(left, left + width)
    jag = random(width, left + 0.5)
    jag = (jag + np.roll(jag, 1) + 0.5 * np.roll(jag, 3)) / 2.5
    begin = 0.012 + (SOLID[0] - 0.016) * jag
    end = 1 - (1 - SOLID[1]) * (0.15 + 0.8 * np.roll(jag, 7))
    rows = np.clip((v[:, None] - begin) / 0.012, 0, 1) * np.clip((end - v[:, None]) / 0.02, 0, 1)
    alpha[:, columns] = rows
    value[:, columns] = 0.36


def _strand(
    alpha: Reals, value: Reals, left: int, width: int, r: Reals, name: str, depth: float,
    streak: float,
) -> None:  # fmt: skip
    size = len(alpha)
    v = np.arange(size) / size
    dense, thin = name.startswith("dense"), name in ("fly", "baby")
    margin = 0.0 if dense else 0.09
    base = margin + (1 - 2 * margin) * (r[0] ** 0.55 if name == "edge" else r[0])
    locks = {"dense": 9, "lock": 4, "wisp": 3, "edge": 5, "tuft": 2}.get(name.rstrip("2"), 1)
    clump = (np.floor(base * locks) + 0.5) / locks
    pull = (0.05 + (0.25 if dense else 0.6) * r[1]) * v**1.5
    amount = 0.006 if name in TILES else 0.010 if dense else 0.016
    sway = amount * np.sin(v * (2 + 3.5 * r[2]) + 6.28 * r[3]) * np.clip(v * 4, 0, 1)
    centre = left + width * (base + pull * (clump - base) + sway)
    half = (0.36 + 0.30 * r[4]) if thin else (0.65 + 0.85 * r[4])
    begin = 0.004 + (SOLID[0] - 0.01) * r[5] ** 1.4
    taper = {"fly": 0.5, "baby": 0.85, "tuft": 0.6}.get(name, 1 - SOLID[1] + 0.12)
    end = 1 - taper * r[6] ** 1.6 * 0.9 - 0.004
    fade = np.clip((v - begin) / 0.02, 0, 1)
    thins = np.clip((end - v) / (0.30 if thin else 0.16), 0, 1) ** 0.6
    light = depth * (1 + streak * 2 * (r[7] - 0.5)) * (1.0 + 0.10 * np.sin(v * 11 + 6.28 * r[8]))
    rows = np.arange(size)
    for shift in range(-3, 4):
        x = np.round(centre).astype(int) + shift
        if dense:
            inside, x = np.ones(size, np.bool_), left + (x - left) % width
        else:
            inside = (x >= left + 1) & (x < left + width - 1)
        away = np.abs(shift + np.round(centre) - centre)
        cover = np.clip(half * (0.3 + 0.7 * thins) + 0.5 - away, 0, 1) * fade * (thins > 0)
        cover *= np.clip(thins * 3, 0, 1)
        row, column, over = rows[inside], x[inside], cover[inside]
        round_ = 1 - 0.22 * np.clip(away[inside] / max(half, 0.5), 0, 1) ** 2
        shade = light[inside] * round_
        value[row, column] += over * (shade - value[row, column])
        alpha[row, column] = np.maximum(alpha[row, column], over)
