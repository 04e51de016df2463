"""A necktie on a shirt: a knot at the throat and a blade down to where the jacket closes."""

from __future__ import annotations

from typing import Final

import numpy as np

from avatar.modelling.mesh import vertex_normals
from avatar.modelling.outfit import jpeg
from avatar.modelling.part import Part
from avatar.modelling.raster import to_srgb
from avatar.modelling.sources import Reals
from avatar.modelling.vrm_write import Material

_ROWS: Final = 44
_ACROSS: Final = np.array([-1.0, -0.97, -0.72, -0.36, 0.0, 0.36, 0.72, 0.97, 1.0])
_KNOT: Final = 0.034
"""Length of the knot, m."""


def tie(shirt: Part, front: Reals, colour: list[float]) -> tuple[Part, Material]:
    """A tie over the vertices ``front`` (float64[K, 3], m) of a shirt's breast, bound like the
    ``shirt`` below it; ``colour`` linear."""
    middle = front[np.abs(front[:, 0]) < 0.013]
    throat = middle[middle[:, 2] > np.quantile(front[:, 2], 0.35)]
    top, low = float(throat[:, 1].max()) - 0.002, float(middle[:, 1].min()) - 0.012
    y = np.concatenate([
        np.linspace(top, top - _KNOT, 12), np.linspace(top - _KNOT - 0.001, low, _ROWS - 12)
    ])  # fmt: skip
    z = np.array([_foremost(front, height) for height in y])
    for _ in range(6):
        z[1:-1] = np.maximum(z[1:-1], (z[:-2] + z[2:]) / 2)
    down = top - y
    half = np.where(
        down <= _KNOT, np.interp(down, [0, 0.006, _KNOT], [0.0165, 0.0185, 0.0125]),
        np.interp(down, [_KNOT, 0.10, 0.45], [0.0135, 0.026, 0.044]),
    )  # fmt: skip
    thick = np.where(down <= _KNOT, np.interp(down, [0, 0.008, _KNOT], [5, 10, 9]), 3.0) * 1e-3
    round_ = np.sqrt(np.clip(1 - _ACROSS**2, 0, 1))
    dimple = np.exp(-(((down - _KNOT - 0.012) / 0.02) ** 2))[:, None] * np.exp(
        -((_ACROSS / 0.3) ** 2)
    )
    rise = 0.0030 + thick[:, None] * round_ - 0.0022 * dimple * (down > _KNOT)[:, None]
    rise[:, [0, -1]] = -0.008
    place = np.stack([half[:, None] * _ACROSS, y[:, None] + 0 * rise, z[:, None] + rise], -1)
    return _part(place, shirt), Material(
        "cloth", jpeg("tie_color", to_srgb(_stripes(np.array(colour))), 92), roughness=0.55,
        double_sided=True,
    )  # fmt: skip


def _foremost(front: Reals, height: float) -> float:
    near = (np.abs(front[:, 1] - height) < 0.012) & (np.abs(front[:, 0]) < 0.02)
    if not near.any():
        near = np.abs(front[:, 1] - height) <= np.abs(front[:, 1] - height).min() + 0.01
    return float(front[near, 2].max())


def _part(place: Reals, shirt: Part) -> Part:
    from avatar.modelling.under import nearest

    rows, columns = place.shape[:2]
    r, c = np.meshgrid(np.arange(rows - 1), np.arange(columns - 1), indexing="ij")
    a = (r * columns + c).reshape(-1)
    triangles = np.concatenate([np.stack([a, a + columns, a + 1], 1),
                                np.stack([a + 1, a + columns, a + columns + 1], 1)])  # fmt: skip
    flat = place.reshape(-1, 3)
    uv = np.column_stack([0.5 + flat[:, 0] / 0.12, (flat[:, 1].max() - flat[:, 1]) / 0.5])
    uv[: 12 * columns] += [0.0, 0.5]
    weight = shirt.weight[nearest(shirt.position, flat * [0.2, 1, 1])]
    return Part("tie", "tie", "Clothes", flat, vertex_normals(flat, triangles), uv, triangles,
                weight)  # fmt: skip


def _stripes(colour: Reals) -> Reals:
    """float64[1024, 256, 3]: a repp tie's slanting stripes, the knot's leaning the other way."""
    v, u = np.mgrid[0:1024, 0:256] / np.array([1024, 256])[:, None, None]
    x, y = (u - 0.5) * 0.12, v * 0.5
    phase = (y + 0.75 * x) / 0.030 % 1
    line = np.clip(1 - np.abs(phase - 0.5) / 0.055, 0, 1) ** 0.5
    dark = 0.9 + 0.1 * np.cos(2 * np.pi * phase)
    rib = 1 + 0.05 * np.sin(2 * np.pi * (y - 0.6 * x) / 0.0018)
    base = colour * (dark * rib)[..., None]
    pale = 0.55 * colour + np.array([0.10, 0.10, 0.11])
    return base + line[..., None] * 0.8 * (pale - base)
