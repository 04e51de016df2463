"""Pictures of a stylised figure: skin with a blush, irises with depth, hair with its shine."""

from __future__ import annotations

import io
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from avatar.modelling.idol.features import MOUTH_Y
from avatar.modelling.idol.surface import TOP
from avatar.modelling.raster import to_srgb
from avatar.modelling.sources import Reals
from avatar.modelling.vrm_write import Texture

PLAIN: Final = (0.5, 0.06)
"""Where the skin's picture is plain skin."""


def srgb(code: str) -> Reals:
    """``#rrggbb`` as linear float64[3]."""
    x = np.array([int(code[k : k + 2], 16) / 255 for k in (1, 3, 5)])
    return np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)


def mix(a: Reals, b: Reals, share: Reals) -> Reals:
    """From a to b by share [...]."""
    return a + (b - a) * share[..., None]


def picture(name: str, linear: Reals, *, clamp: bool = True) -> Texture:
    """A linear float64[H, W, 3 or 4] as a PNG in sRGB."""
    pixels: NDArray[np.uint8] = to_srgb(linear)
    if linear.shape[2] == 4:
        pixels[..., 3] = np.round(np.clip(linear[..., 3], 0, 1) * 255)
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "PNG", optimize=True)
    return Texture(name, data.getvalue(), clamp)


def _step(low: float, high: float, x: Reals) -> Reals:
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def _spot(x: Reals, y: Reals, at: tuple[float, float], half: tuple[float, float]) -> Reals:
    return np.exp(-(((x - at[0]) / half[0]) ** 2) - ((y - at[1]) / half[1]) ** 2)


def skin(tint: Reals, blush: Reals, size: int = 1024) -> Reals:
    """The face from the front, linear [size, size, 3]."""
    v, u = (np.mgrid[0:size, 0:size] + 0.5) / size
    x, y = (u - 0.5) / 0.46 * 80, (1 - v) * TOP
    side = np.abs(x)
    colour = np.tile(tint, (size, size, 1))
    warm = blush * np.array([1.0, 0.75, 0.8])
    cheek = _spot(side, y, (43, 58), (15, 9.5))
    colour = mix(colour, blush, 0.62 * np.clip(cheek * 1.25, 0, 1) ** 1.2)
    for k in range(3):
        axis = side - (36.5 + 5.6 * k) - 0.35 * (y - 58)
        stroke = np.exp(-((axis / 0.62) ** 2)) * _step(5.2, 3.6, np.abs(y - 58))
        colour = mix(colour, warm * 0.9, 0.4 * stroke)
    colour = mix(colour, blush, 0.30 * _spot(x, y, (0, 52.5), (4, 3.4)))
    nose = np.exp(-(((x - 1.2 + 0.12 * (y - 50)) / 1.1) ** 2) - ((y - 49.6) / 0.75) ** 2)
    colour = mix(colour, warm * 0.62, 0.22 * nose)
    lip = _spot(x, y, (0, MOUTH_Y - 5.2), (6.2, 1.7))
    colour = mix(colour, blush * 0.97, 0.6 * lip)
    lid = _spot(side, y, (38, 111), (20, 4.0)) + 0.6 * _spot(side, y, (40, 67.5), (16, 2.5))
    return mix(colour, warm, 0.22 * np.clip(lid, 0, 1))


def eye_white(white: Reals, shadow: Reals, size: int = 128) -> Reals:
    """White shaded by the lid above, linear [size, size, 3]."""
    v, u = (np.mgrid[0:size, 0:size] + 0.5) / size
    x, y = 14 + 46 * u, 66 + 46 * (1 - v)
    lid = 106.5 - 0.03 * (x - 38) ** 2 * np.where(x > 38, 0.85, 1.15)
    shade = _step(11, 3.5, lid - y)
    return mix(np.tile(white, (size, size, 1)), shadow, np.clip(0.95 * shade, 0, 1))


def iris(deep: Reals, middle: Reals, bright: Reals, pupil: Reals, size: int = 512) -> Reals:
    """An iris: dark rim and top, a glowing lower half, fine rays; linear [size, size, 3]."""
    v, u = (np.mgrid[0:size, 0:size] + 0.5) / size
    x, y = (u - 0.5) / 0.49, (0.5 - v) / 0.49
    r, angle = np.hypot(x, y), np.arctan2(y, x)
    colour = mix(np.tile(deep, (size, size, 1)), middle, _step(0.75, -0.15, y))
    colour = mix(colour, bright, _step(0.1, -0.95, y) * _step(1.02, 0.6, r))
    rays = 0.5 + 0.5 * np.sin(angle * 46 + 2.2 * np.sin(angle * 7))
    fade = _step(0.34, 0.55, r) * _step(0.95, 0.75, r)
    colour = mix(colour, bright, 0.26 * rays * fade * _step(0.5, -0.3, y))
    ring = np.exp(-(((r - 0.66) / 0.05) ** 2)) * _step(0.1, -0.4, y)
    colour = mix(colour, bright * 1.15, 0.45 * ring)
    glow = _spot(x, y, (0, -0.62), (0.42, 0.2))
    colour = mix(colour, np.clip(bright * 1.5 + 0.12, 0, 1), 0.85 * glow)
    hole = _step(0.40, 0.35, np.hypot(x / 0.92, (y - 0.02) / 1.05))
    colour = mix(colour, pupil, 0.96 * hole)
    rim = _step(0.86, 0.95, r)
    colour = mix(colour, pupil, 0.9 * rim)
    lid = _step(0.36, 0.9, y + 0.12 * x * x)
    return mix(colour, pupil * 0.8, 0.72 * lid)


def hair(root: Reals, middle: Reals, tip: Reals, shine: Reals, size: int = 512) -> Reals:
    """A lock from root (v 0) to tip (v 1): gradient, strands, a band of light; [size, size, 3]."""
    v, u = (np.mgrid[0:size, 0:size] + 0.5) / size
    strands = np.zeros_like(u)
    for f, a, p in ((3, 0.5, 0.1), (7, 0.3, 0.4), (15, 0.25, 0.7), (31, 0.16, 0.2)):
        strands += a * np.sin(2 * np.pi * (f * u + p + 0.06 * np.sin(7 * v + p)))
    colour = mix(np.tile(root, (size, size, 1)), middle, _step(0.0, 0.42, v))
    colour = mix(colour, tip, _step(0.45, 0.98, v + 0.035 * strands))
    dark = _step(0.35, 0.95, strands)
    colour = mix(colour, colour * colour * 1.1, 0.30 * dark)
    zig = 0.016 * strands + 0.022 * np.sin(2 * np.pi * u * 5)
    band = _step(0.05, 0.025, np.abs(v - 0.24 + zig)) * (0.55 + 0.45 * _step(-0.6, 0.4, strands))
    return mix(colour, shine, 0.72 * band)


def flat(colours: list[Reals], size: int = 16) -> Reals:
    """Squares of plain colour side by side, [size, size * N, 3]."""
    return np.concatenate([np.tile(c, (size, size, 1)) for c in colours], axis=1)
