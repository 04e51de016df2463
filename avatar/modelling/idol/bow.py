"""Ribbon bows."""

from __future__ import annotations

import numpy as np

from avatar.modelling.idol.drawn import MM
from avatar.modelling.idol.locks import Lock, lock_mesh
from avatar.modelling.part import Part
from avatar.modelling.sources import Reals

_LOOP = ((0.02, 0.0, 0.10), (0.3, 0.02, 0.24), (0.65, 0.06, 0.26), (1.0, 0.10, 0.06))
_FOLD = ((0.06, 0.02, 0.20), (0.28, 0.00, 0.34), (0.52, -0.02, 0.36), (0.74, -0.03, 0.28))
_TAIL = ((0.05, 0.05, 0.05), (0.22, 0.5, 0.12), (0.34, 1.0, 0.08), (0.52, 1.5, 0.12))
"""Places along a loop, its fold and a tail: shares across, down and out of half the bow."""


def bow(
    centre: Reals, across: Reals, out: Reals, size: float, weight: Reals, tails: float = 1.0,
    colours: tuple[str, str] = ("navy", "gold"),
) -> list[Part]:  # fmt: skip
    """A bow ``size`` m from side to side, facing ``out``, its tails ``tails`` half-bows long.

    ``colours`` are the materials of ribbon and knot, ``weight`` [J] binds it.
    """
    down = np.cross(across, out)
    down = down if down[1] < 0 else -down
    k = size / 2 / MM

    def lock(
        places: tuple[tuple[float, float, float], ...], sign: int, fall: float,
        wide: float, thick: float, shape: str, sections: int, around: int,
    ) -> Lock:  # fmt: skip
        path = [k * (across * sign * s + down * r * fall + out * d) for s, r, d in places]
        return Lock(
            np.array(path), k * wide, k * thick, shape=shape, sections=sections, around=around
        )

    locks: list[Lock] = []
    for sign in (1, -1):
        locks.append(lock(_LOOP, sign, -1.6, 0.95, 0.30, "bow", 15, 8))
        locks.append(lock(_FOLD, sign, -1.6, 0.26, 0.22, "leaf", 8, 6))
        locks.append(lock(_TAIL, sign, tails, 0.36, 0.07, "ribbon", 9, 6))
    knot = np.array([-down * 0.22 + out * 0.16, out * 0.36, down * 0.22 + out * 0.16]) * k
    parts = [_part(piece, colours[0], centre, out, weight) for piece in locks]
    centre_piece = Lock(knot, k * 0.36, k * 0.36, shape="knot", sections=9, around=12)
    return [*parts, _part(centre_piece, colours[1], centre, out, weight)]


def _part(lock: Lock, colour: str, centre: Reals, out: Reals, weight: Reals) -> Part:
    position, normal, _, triangles = lock_mesh(lock, out)
    return Part(
        colour, colour, "Clothes", centre + position * MM, normal,
        np.full((len(position), 2), 0.5), triangles, np.repeat(weight[None], len(position), axis=0),
    )  # fmt: skip
