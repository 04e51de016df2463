"""Brows: fine hairs drawn on a strip over the skin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from avatar.modelling.body import DM, Shape
from avatar.modelling.groom.curves import random, step
from avatar.modelling.groom.facehair import (
    FINE,
    Front,
    Lids,
    Strips,
    canvas,
    draw_hair,
    hair_material,
    reduced,
)
from avatar.modelling.groom.look import read_numbers
from avatar.modelling.mesh import Surface
from avatar.modelling.part import Part
from avatar.modelling.vrm_write import Material


@dataclass(frozen=True)
class Brow:
    """Shape of a brow in widths of the eye, seen from the eye's middle."""

    height: float = 0.42
    """Of its inner end."""
    arch: float = 0.24
    """How much higher its peak lies."""
    tail: float = -0.06
    """How much higher its tail lies than its inner end."""
    thickness: float = 0.20
    length: float = 1.50
    inner: float = -0.60
    """Where it begins, outwards."""
    density: float = 1.0


_BROW_RANGE: Final[dict[str, tuple[float, float]]] = {
    "height": (0.1, 1.2), "arch": (-0.1, 0.6), "tail": (-0.5, 0.5), "thickness": (0.08, 0.5),
    "length": (0.8, 2.2), "inner": (-1.0, 0.0), "density": (0.2, 2.0),
}  # fmt: skip
_EYE: Final = 2.2
"""Width of an open eye in radii of its ball."""
_ACROSS: Final = 0.62
"""Height of a brow's strip in widths of the eye."""
_BROW_SIZE: Final = (512, 192)


def brows(
    surface: Surface, shape: Shape, eyes: list[Lids], table: Mapping[str, Any]
) -> tuple[Part, Material]:
    """Both brows as a recipe's ``[brows]`` says; raises ConfigError naming a bad key."""
    values = read_numbers("brows", table, _BROW_RANGE, also=("colour",))
    look = Brow(**values)
    place = surface.place(shape.vertices) * DM
    strips = Strips([], [], [], [])
    skin = Front(surface, place)
    for eye in eyes:
        _brow_strip(skin, eye, look, strips)
    part = strips.part("brows", surface, shape)
    return part, hair_material("brows", _brow_picture(look), table["colour"])


def _brow_strip(skin: Front, eye: Lids, look: Brow, out: Strips) -> None:
    side, width, middle = eye.side, _EYE * eye.ball.radius, eye.ball.centre
    columns, rows = 17, 5
    first = len(out.rows)
    for i in range(columns):
        s = i / (columns - 1)
        x = middle[0] + side * width * (look.inner + s * look.length)
        rise = look.height + look.tail * s + look.arch * np.interp(
            s, [0, 0.2, 0.45, 0.62, 0.8, 1], [0, 0.36, 0.86, 1, 0.72, 0.0])  # fmt: skip
        for j in range(rows):
            y = middle[1] + width * (rise + _ACROSS * (j / (rows - 1) - 0.5))
            row, point, normal = skin.hit(float(x), float(y))
            out.rows.append(row)
            out.place.append(point + 0.0007 * normal)
            out.uv.append((s, j / (rows - 1)))
    for i in range(columns - 1):
        for j in range(rows - 1):
            k = first + i * rows + j
            quad = (k, k + rows, k + rows + 1, k + 1)
            out.quads.append(quad if side > 0 else (quad[3], quad[2], quad[1], quad[0]))


def _brow_picture(look: Brow) -> NDArray[np.uint8]:
    """Hairs that stand up at the inner end and lie down towards the tail."""
    width, height = _BROW_SIZE
    image, draw = canvas(width, height)
    under, shade = canvas(width, height)
    count = round(520 * look.density)
    r = np.stack([random(count, 3.1 + k) for k in range(6)])
    s = 0.015 + 0.95 * ((np.arange(count) + r[0]) / count)
    thick = look.thickness / _ACROSS * np.interp(
        s, [0, 0.10, 0.4, 0.7, 1], [0.50, 0.80, 0.95, 0.64, 0.10])  # fmt: skip
    across = (r[1] - 0.5) * thick
    sparse = np.interp(s, [0, 0.15, 0.35], [0.35, 0.70, 1.0])
    faint = np.interp(s, [0, 0.25], [0.6, 1.0])
    for k in range(count):
        if r[2, k] > sparse[k]:
            continue
        lean = float(np.interp(s[k], [0, 0.12, 0.35, 1], [78, 62, 32, 4]))
        lean -= 34 * across[k] / max(thick[k], 0.02) * float(step(0.05, 0.35, s[k : k + 1])[0])
        angle = np.radians(lean + 16 * (r[3, k] - 0.5))
        length = (
            (0.055 + 0.03 * r[4, k]) * width * float(np.interp(s[k], [0, 0.2, 1], [0.7, 1, 0.9]))
        )
        t = np.linspace(0, 1, 8)
        bend = angle - np.radians(26) * t * (1 if s[k] > 0.08 else 0.3)
        x = s[k] * width - 6 + np.cumsum(np.cos(bend)) * length / 8
        y = (0.5 - across[k]) * height + 5 - np.cumsum(np.sin(bend)) * length / 8
        draw_hair(draw, np.column_stack([x, y]), 1.0 + 0.7 * r[5, k],
                  int((95 + 95 * r[3, k]) * faint[k]))  # fmt: skip
        left, top = s[k] * width - 6, (0.5 - across[k]) * height - 6
        shade.ellipse(
            [FINE * x for x in (left, top, left + 16, top + 12)], fill=int(62 * faint[k] ** 2)
        )
    soft = np.asarray(Image.fromarray(reduced(under)).filter(ImageFilter.GaussianBlur(6)))
    hairs = reduced(image).astype(float)
    return np.clip(hairs + soft * (1 - hairs / 255), 0, 255).astype(np.uint8)
