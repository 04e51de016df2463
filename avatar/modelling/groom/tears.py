"""The tear line: a thin wet fillet between the lower lid and the eyeball, which catches light."""

from __future__ import annotations

from typing import Final

import numpy as np

from avatar.modelling.body import Shape
from avatar.modelling.groom.facehair import Lids, Strips
from avatar.modelling.mesh import Surface
from avatar.modelling.part import Part
from avatar.modelling.vrm_write import Material

_CLEAR: Final = 1.006
"""How far from the eyeball's centre the inner edge lies, in radii."""
_SUNK: Final = 0.00012
"""How far the middle lies below the straight line across, m: water climbs both walls."""
_UNDER: Final = 0.00035
"""How far below the lid's outer edge the outer edge of the wet line lies behind, m."""


def tears(surface: Surface, shape: Shape, eyes: list[Lids]) -> tuple[Part, Material]:
    """The tear lines of both eyes; they move with the lower lids."""
    strips = Strips([], [], [], [])
    for eye in eyes:
        _fillet(eye, strips)
    material = Material(
        "cornea", factor=(1.0, 1.0, 1.0, 0.10), roughness=0.2, alpha_mode="BLEND",
        double_sided=True,
    )  # fmt: skip
    return strips.part("tears", surface, shape), material


def _fillet(eye: Lids, out: Strips) -> None:
    first, ball = len(out.rows), eye.ball
    place = eye.lower.place
    for row, lid in zip(eye.lower.rows, place, strict=True):
        outer = lid + np.array([0.0, 0.0001, -_UNDER])
        way = outer - ball.centre + np.array([0.0, 0.0007, 0.0])
        inner = ball.centre + way / np.linalg.norm(way) * ball.radius * _CLEAR
        middle = (outer + inner) / 2 - np.array([0.0, _SUNK, 0.0])
        for share, point in ((0.0, outer), (0.5, middle), (1.0, inner)):
            out.rows.append(dict(row))
            out.place.append(point)
            out.uv.append((0.5, share))
    for k in range(len(place) - 1):
        for level in (0, 1):
            a = first + 3 * k + level
            b, c, d = a + 3, a + 4, a + 1
            out.quads.append((a, b, c, d) if eye.side > 0 else (d, c, b, a))
