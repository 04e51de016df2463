"""Blinks: when they come and how lids move.

People blink about 17 times a minute at rest and 26 while speaking, at log-normal intervals
(Bentivoglio et al. 1997); lids close in 67 ms and open in 117 ms (measured on ARKit faces).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from avatar.animation.ease import ease
from avatar.animation.timetable import Talking, Timetable
from avatar.math3d import Array

RATE_REST: Final = 17 / 60
"""Blinks per s in silence."""
RATE_TALK: Final = 26 / 60
"""Blinks per s while speaking."""
CLOSING: Final = 0.067
OPENING: Final = 0.117
_SHUT: Final = 0.016
"""s the lids stay together, so that a picture at 30 a second catches them shut."""
_DOUBLE: Final = 0.12
"""Part of the blinks that come in pairs."""
_SPREAD: Final = 0.62
"""Standard deviation of the interval's logarithm."""
_SHORTEST: Final = 0.15
"""Shortest interval as a part of the mean: lids need to rest."""


def _draw(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    """Waits in units of the mean interval; values: depth, skew of the right eye in s, its depth
    relative to the left one, and the gap to a second blink (0: none), s."""
    waits = rng.lognormal(-(_SPREAD**2) / 2, _SPREAD, n)
    waits = (_SHORTEST + (1 - _SHORTEST) * waits) * (1 + _DOUBLE)
    depth = np.where(rng.random(n) < 0.12, rng.uniform(0.6, 0.85, n), 1.0)
    skew = rng.normal(0, 0.005, n).clip(-0.012, 0.012)
    right = rng.uniform(0.93, 1.0, n)
    gap = np.where(rng.random(n) < _DOUBLE, rng.uniform(0.24, 0.38, n), 0.0)
    return waits, np.stack([depth, skew, right, gap], 1)


def lid(x: Array) -> Array:
    """Closure 0..1 of a lid ``x`` s after its blink began."""
    return ease(x / CLOSING) * (1 - ease((x - CLOSING - _SHUT) / OPENING))


class Blinks:
    """Closure of both lids at any time."""

    def __init__(self, rng: np.random.Generator, talking: Talking) -> None:
        self._table = Timetable(rng, _draw)
        self._talking = talking

    def starts(self, until: float) -> Array:
        """When the blinks up to ``until`` (s) begin, second ones of pairs included."""
        work = self._talking.work(until, RATE_REST, RATE_TALK)
        begun, values = self._table.all(work)
        first = self._talking.when(begun, RATE_REST, RATE_TALK)
        gap = values[:, 3]
        return np.sort(np.concatenate([first, (first + gap)[gap > 0]]))

    def at(self, t: float) -> tuple[float, float]:
        """(left, right), 0 open .. 1 shut."""
        work = self._talking.work(t, RATE_REST, RATE_TALK)
        start, values = self._table.last(work, 3)
        begun = self._talking.when(start, RATE_REST, RATE_TALK)
        depth, skew, right, gap = values.T
        since = t - begun
        again = np.where(gap > 0, since - gap, -1.0)
        lefts = depth * np.maximum(lid(since), lid(again))
        rights = depth * right * np.maximum(lid(since - skew), lid(again - skew))
        return float(lefts.max()), float(rights.max())
