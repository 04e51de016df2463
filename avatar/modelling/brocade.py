"""What is woven into and sewn on a hanfu's cloth: lattices on bands, blossoms, a skirt's hem."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from avatar.modelling.cloth import weave_normals
from avatar.modelling.noise import value_noise
from avatar.modelling.outfit import jpeg, normal_picture
from avatar.modelling.raster import to_srgb
from avatar.modelling.sources import Reals
from avatar.modelling.vrm_write import Material

_FINE: Final = 2
"""Pictures are drawn so many times larger."""
_GOLD: Final = np.array([0.50, 0.33, 0.10])


def band_cloth(name: str, colour: Reals) -> Material:
    """A band across one width of the picture: gold edges, a lattice with a flower in each mesh."""
    size = 256
    y, x = np.mgrid[0:size, 0:size] / size
    edge = _line(x, 0.07, 0.018) + _line(x, 0.93, 0.018) + 0.7 * _line(x, 0.13, 0.008)
    edge += 0.7 * _line(x, 0.87, 0.008)
    inner = (x > 0.16) & (x < 0.84)
    lattice = np.minimum(np.abs((2 * x + 2 * y + 0.5) % 1 - 0.5), np.abs((2 * x - 2 * y) % 1 - 0.5))
    mesh = np.clip(1 - lattice / 0.035, 0, 1) * inner
    # both families of lines cross where these are whole, so meshes' middles lie between
    u, v = (2 * x + 2 * y + 0.5) % 1 - 0.5, (2 * x - 2 * y) % 1 - 0.5
    u, v = np.where(u > 0, u - 0.5, u + 0.5), np.where(v > 0, v - 0.5, v + 0.5)
    flower = _petals(np.hypot(u, v) / 0.30, np.arctan2(v, u), 4) * inner
    gold = np.clip(edge + 0.65 * mesh + 0.8 * flower, 0, 1)
    return _material(name, colour + gold[..., None] * (0.85 * _GOLD + 0.15 * colour - colour))


def damask(name: str, colour: Reals) -> Material:
    """Cloth with blossoms woven into it in its own colour, to be seen when light grazes it."""
    size = 512
    spray = _blossoms(size, size, 9, (0.045, 0.075), seed=3)
    light = colour + 0.16 * (1 - colour) * np.array([1.0, 1.0, 0.95])
    return _material(name, colour + 0.7 * spray[..., None] * (light - colour))


def skirt_cloth(name: str, colour: Reals, deep: Reals) -> Material:
    """A skirt's length from waist (top) to hem: dyed deeper below, blossoms strewn over it, and a
    border of waves between gold lines."""
    size = 1024
    y = (np.arange(size) / size)[:, None] * np.ones((1, size))
    dyed = _soft(0.40, 1.0, y)[..., None] * 0.62
    picture = colour + dyed * (0.55 * colour * deep / max(deep.max(), 1e-3) + 0.45 * deep - colour)
    many = _blossoms(size, size, 46, (0.012, 0.026), seed=5, low=0.42)
    pale = np.array([0.80, 0.66, 0.60])
    picture = picture + 0.75 * many[..., None] * (pale - picture)
    x = np.arange(size)[None] / size * np.ones((size, 1))
    wave = _scales(x * 24, (y - 0.90) * 24) * ((y > 0.905) & (y < 0.965))
    border = ((y > 0.90) & (y < 0.97))[..., None]
    picture = np.where(border, 0.5 * deep, picture)
    lines = _line(y, 0.90, 0.003) + _line(y, 0.97, 0.003) + _line(y, 0.983, 0.0015)
    gold = np.clip(lines + 0.8 * wave, 0, 1)[..., None]
    return _material(name, picture + 0.85 * gold * (_GOLD - picture))


def _material(name: str, linear: Reals) -> Material:
    """Cloth in a linear picture [S, S, 3], a little uneven as dyed threads are."""
    side = len(linear)
    y, x = np.mgrid[0:side, 0:side] / side * 2 * np.pi
    ring = np.stack([np.cos(x) * 3, np.sin(x) * 3 + np.cos(y) * 3, np.sin(y) * 3], -1)
    uneven = 0.96 + 0.08 * value_noise(ring, len(name))
    return Material(
        "cloth",
        jpeg(f"{name}_color", to_srgb((linear * uneven[..., None]).clip(0, 1)), 88),
        normal=jpeg("weave", normal_picture(weave_normals(256)), 85),
        normal_uv=1,
        normal_scale=0.10,
        roughness=0.62,
        double_sided=True,
    )


def _line(x: Reals, at: float, half: float) -> Reals:
    return np.clip(1.5 - np.abs(x - at) / half, 0, 1)


def _soft(low: float, high: float, x: Reals) -> Reals:
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def _petals(radius: Reals, angle: Reals, count: int) -> Reals:
    """A flower of ``count`` petals with an eye, 0..1, in the circle of radius 1."""
    rim = 0.62 + 0.38 * np.abs(np.cos(count / 2 * angle))
    return np.clip((rim - radius) * 8, 0, 1) * np.clip((radius - 0.16) * 10, 0, 1)


def _scales(x: Reals, y: Reals) -> Reals:
    """Overlapping scales of three arcs each (the sea)."""
    result = np.zeros_like(x)
    for shift in (0.0, 0.5):
        u, v = (x + shift) % 1 - 0.5, (y + 2 * shift * 0.25) % 0.5 - 0.5
        radius = np.hypot(u, v)
        for ring in (0.46, 0.32, 0.18):
            result = np.maximum(result, np.clip(1.4 - np.abs(radius - ring) / 0.03, 0, 1))
    return result


def _blossoms(
    width: int, height: int, count: int, span: tuple[float, float], seed: int, low: float = 0.0
) -> Reals:
    """Strewn five-petalled blossoms and leaves, 0..1, that repeat sideways (and downwards where
    ``low`` is 0); from ``low`` of the height on, denser below."""
    image = Image.new("L", (width * _FINE, height * _FINE))
    draw = ImageDraw.Draw(image)
    rng = np.random.default_rng(seed)
    for _ in range(count):
        x, y = rng.random(), rng.random()
        if low:
            y = low + (0.88 - low) * y**0.55
        size, turn, leaf = rng.uniform(*span), rng.uniform(0, 6.28), rng.random() < 0.35
        for dx in (-1, 0, 1):
            for dy in (0,) if low else (-1, 0, 1):
                _bloom(draw, (x + dx) * width, (y + dy) * height, size * width, turn, leaf)
    return _shrunk(image)


def _bloom(
    draw: ImageDraw.ImageDraw, x: float, y: float, size: float, turn: float, leaf: bool
) -> None:
    for k in range(2 if leaf else 5):
        angle = turn + k * (0.9 if leaf else 2 * np.pi / 5)
        away = size * (0.75 if leaf else 0.55)
        cx, cy = x + away * np.cos(angle), y + away * np.sin(angle)
        _oval(draw, cx, cy, size * 0.46, size * (0.16 if leaf else 0.36), angle, 210)
    if not leaf:
        _oval(draw, x, y, size * 0.15, size * 0.15, 0, 90)
        for k in range(5):
            angle = turn + (k + 0.5) * 2 * np.pi / 5
            dot = x + 0.30 * size * np.cos(angle), y + 0.30 * size * np.sin(angle)
            _oval(draw, *dot, size * 0.05, size * 0.05, 0, 255)


def _oval(
    draw: ImageDraw.ImageDraw, x: float, y: float, a: float, b: float, turn: float, value: int
) -> None:
    t = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    u, v = a * np.cos(t), b * np.sin(t)
    px = (x + u * np.cos(turn) - v * np.sin(turn)) * _FINE
    py = (y + u * np.sin(turn) + v * np.cos(turn)) * _FINE
    draw.polygon([(float(p), float(q)) for p, q in zip(px, py, strict=True)], fill=value)


def _shrunk(image: Image.Image) -> Reals:
    small = image.filter(ImageFilter.BoxBlur(0.5)).resize(
        (image.width // _FINE, image.height // _FINE), Image.Resampling.BOX
    )
    pixels: NDArray[np.uint8] = np.asarray(small)
    return pixels / 255.0
