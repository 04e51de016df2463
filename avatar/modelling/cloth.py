"""Woven cloth that is made, not painted: a tile of threads as normals, a plain colour."""

from __future__ import annotations

import numpy as np

from avatar.modelling.noise import fbm, value_noise
from avatar.modelling.outfit import jpeg, normal_picture
from avatar.modelling.raster import to_srgb
from avatar.modelling.sources import Reals
from avatar.modelling.vrm_write import Material


def fabric(name: str, colour: Reals, roughness: float = 0.8, weave: float = 0.35) -> Material:
    """Cloth in one linear colour, a little uneven as dyed threads are."""
    y, x = np.mgrid[0:128, 0:128] / 128 * 2 * np.pi
    ring = np.stack([np.cos(x), np.sin(x) + np.cos(y), np.sin(y)], -1)
    uneven = 1 + 0.06 * fbm(4 * ring, 3, len(name))
    return Material(
        "cloth",
        jpeg(f"{name}_color", to_srgb(colour * uneven[..., None]), 90),
        normal=jpeg("weave", normal_picture(weave_normals(256)), 85),
        normal_uv=1,
        normal_scale=weave,
        roughness=roughness,
        double_sided=True,
    )


def weave_normals(size: int) -> Reals:
    """A tile of plain weave: 16 x 16 threads, slightly uneven."""
    y, x = np.mgrid[0:size, 0:size] / size
    warp, weft = np.sin(np.pi * 16 * x) ** 2, np.sin(np.pi * 16 * y) ** 2
    over = (np.floor(16 * x) + np.floor(16 * y)) % 2
    height = np.where(over == 0, warp * (0.6 + 0.4 * weft), weft * (0.6 + 0.4 * warp))
    ring = np.stack([np.cos(2 * np.pi * x), np.sin(2 * np.pi * x), np.cos(2 * np.pi * y)], -1)
    height = height * (0.85 + 0.3 * value_noise(ring * 3 + np.sin(2 * np.pi * y)[..., None]))
    slope_x = (np.roll(height, -1, 1) - np.roll(height, 1, 1)) * 2.2
    slope_y = (np.roll(height, -1, 0) - np.roll(height, 1, 0)) * 2.2
    normal = np.stack([-slope_x, slope_y, np.ones_like(height)], -1)
    return normal / np.linalg.norm(normal, axis=-1, keepdims=True)
