"""Lashes: curved cards of tapered clumps along the edges of the lids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avatar.modelling.body import DM, Shape
from avatar.modelling.groom.curves import random
from avatar.modelling.groom.facehair import (
    Lids,
    Rim,
    Row,
    Strips,
    canvas,
    draw_hair,
    hair_material,
    reduced,
)
from avatar.modelling.groom.look import read_numbers
from avatar.modelling.mesh import Surface
from avatar.modelling.part import Part
from avatar.modelling.sources import Reals
from avatar.modelling.vrm_write import Material


@dataclass(frozen=True)
class Lashes:
    """Lashes in mm."""

    upper: float = 7.5
    """Length of the longest, on the upper lid."""
    lower: float = 3.2
    curl: float = 1.0
    density: float = 1.0


_LASH_RANGE: Final[dict[str, tuple[float, float]]] = {
    "upper": (2.0, 14.0), "lower": (0.0, 8.0), "curl": (0.0, 2.0), "density": (0.3, 2.0),
}  # fmt: skip
_CLUMPS: Final = 8
"""Clumps in the picture, side by side."""


def lashes(
    surface: Surface, shape: Shape, eyes: list[Lids], table: Mapping[str, Any]
) -> tuple[Part, Material]:
    """All lashes as a recipe's ``[lashes]`` says; raises ConfigError naming a bad key."""
    look = Lashes(**read_numbers("lashes", table, _LASH_RANGE, also=("colour",)))
    place = surface.place(shape.vertices) * DM
    strips = Strips([], [], [], [])
    for eye in eyes:
        for rim, up in ((eye.upper, True), (eye.lower, False)):
            _lash_row(place, eye, rim, up, look, strips)
    part = strips.part("lashes", surface, shape)
    return part, hair_material("lashes", _lash_picture(), table["colour"])


def _lash_row(place: Reals, eye: Lids, rim: Rim, up: bool, look: Lashes, out: Strips) -> None:
    size = eye.ball.radius / 0.0125
    count = round((38 if up else 24) * look.density)
    r = np.stack([random(count, (5.3 if up else 9.7) + k) for k in range(4)])
    last = len(rim.rows) - 1
    for k in range(count):
        s = (k + 0.2 + 0.6 * r[0, k]) / count
        length = _lash_length(s, up, look) * (0.82 + 0.3 * r[1, k]) * 0.001 * size
        if length < 0.001:
            continue
        i = min(int(s * last), last - 1)
        share = s * last - i
        row = {v: w * (1 - share) for v, w in rim.rows[i].items()}
        for v, w in rim.rows[i + 1].items():
            row[v] = row.get(v, 0.0) + w * share
        root = rim.place[i] * (1 - share) + rim.place[i + 1] * share
        along = rim.place[min(i + 2, last)] - rim.place[max(i - 1, 0)]
        along /= np.linalg.norm(along)
        beyond = _beyond(place, root, eye, up)
        fan = eye.side * ((s - 0.42) * (0.95 if up else 0.7) + 0.16 * (r[2, k] - 0.5))
        curve = _lash_curve(root, eye, fan, length, up, look.curl)
        width = 0.00125 * size * (0.8 + 0.5 * r[3, k])
        _lash_card(curve, along, width, row, beyond, int(r[3, k] * 7.99), out)


def _lash_length(s: float, up: bool, look: Lashes) -> float:
    if up:
        return look.upper * float(
            np.interp(s, [0, 0.15, 0.6, 0.85, 1], [0.45, 0.68, 0.95, 1, 0.75])
        )
    return look.lower * float(np.interp(s, [0, 0.2, 0.7, 1], [0.35, 0.65, 1.0, 0.8]))


def _beyond(place: Reals, root: Reals, eye: Lids, up: bool) -> int:
    """The vertex of the lid's skin beyond a root: where it goes turns the lash."""
    aim = (
        root
        + (root - eye.ball.centre) * [0.1, 0, 0.2]
        + np.array([0, 0.0045 if up else -0.0045, 0])
    )
    return int(np.linalg.norm(place - aim, axis=1).argmin())


def _lash_curve(root: Reals, eye: Lids, fan: float, length: float, up: bool, curl: float) -> Reals:
    ahead = root - eye.ball.centre
    ahead = ahead * [0.45, 0.15, 1.0]
    ahead /= np.linalg.norm(ahead)
    t = np.linspace(0, 1, 5)[:, None]
    sign = 1.0 if up else -1.0
    rise = (-0.10 * t + 0.78 * curl * t * t) if up else (0.30 * t + 0.25 * t * t)
    sideways = np.array([1.0, 0, 0]) * fan * (t**1.2)
    forward = ahead * (t - 0.28 * t * t)
    return root + ahead * 0.0002 + length * (forward + np.array([0, sign, 0]) * rise + sideways)


def _lash_card(
    curve: Reals, along: Reals, width: float, row: Row, beyond: int, clump: int, out: Strips
) -> None:
    first = len(out.rows)
    for k, point in enumerate(curve):
        t = k / (len(curve) - 1)
        turn = 1.5 * t
        weights = {v: w * (1 + turn) for v, w in row.items()}
        weights[beyond] = weights.get(beyond, 0.0) - turn
        for edge in (-1.0, 1.0):
            out.rows.append(weights)
            out.place.append(point + edge * width * (1 - 0.3 * t) * along)
            out.uv.append(((clump + 0.5 + 0.44 * edge) / _CLUMPS, 1 - t))
    for k in range(len(curve) - 1):
        a = first + 2 * k
        out.quads.append((a, a + 1, a + 3, a + 2))


def _lash_picture() -> NDArray[np.uint8]:
    """Clumps of tapered lashes, roots at the top."""
    width, height = 512, 128
    image, draw = canvas(width, height)
    span = width / _CLUMPS
    for clump in range(_CLUMPS):
        count = 2 + clump % 3
        r = np.stack([random(count, 31.7 * clump + k) for k in range(4)])
        tip = (clump + 0.5 + 0.16 * (r[0, 0] - 0.5)) * span
        for k in range(count):
            root = (clump + 0.5 + 0.62 * ((k + 0.5) / count - 0.5)) * span
            t = np.linspace(0, 1, 12)
            x = root + (tip + (k - count / 2) * 4 - root) * t**1.3
            y = t * height * (0.80 + 0.19 * r[2, k])
            draw_hair(draw, np.column_stack([x, y]), 4.6 + 1.8 * r[3, k], 240)
    return reduced(image)
