"""When things happen: endless seeded timetables that answer for any moment.

Nothing here steps: every answer is a function of the seed, the time asked for and the speech
announced so far, so that a clip rendered twice, at any frame rate, is the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from avatar.animation.ease import ease
from avatar.math3d import Array

Draw = Callable[[np.random.Generator, int], tuple[Array, Array]]
"""``draw(rng, n) -> (waits[n], values[n, c])``: the next n events."""

_BLOCK: Final = 256
_MEMORY: Final = 5


class Timetable:
    """Events one after another, drawn as far as they are asked for.

    The first has been in force for ever; the second starts the sum of two waits after 0.
    """

    def __init__(self, rng: np.random.Generator, draw: Draw) -> None:
        self._rng, self._draw = rng, draw
        waits, values = draw(rng, _BLOCK)
        self._start, self._values = np.cumsum(waits), values
        self._start[0] = -1e9

    def last(self, x: float, count: int = _MEMORY) -> tuple[Array, Array]:
        """Starts [count] and values [count, c] of the last events up to ``x``, oldest first."""
        end = self._reach(x)
        at = np.arange(end - count, end)
        at = np.maximum(at, 0)
        return self._start[at], self._values[at]

    def all(self, x: float) -> tuple[Array, Array]:
        """Starts [n] and values [n, c] of all events up to ``x`` but the first."""
        end = self._reach(x)
        return self._start[1:end], self._values[1:end]

    def _reach(self, x: float) -> int:
        """How many events have started by ``x``; draws more when they run out."""
        while self._start[-1] <= x:
            waits, values = self._draw(self._rng, _BLOCK)
            self._start = np.concatenate([self._start, self._start[-1] + np.cumsum(waits)])
            self._values = np.concatenate([self._values, values])
        return int(np.searchsorted(self._start, x, side="right"))


def glide(
    t: float, start: Array, values: Array, duration: float | Array, delay: float = 0.0
) -> Array:
    """The values [c] of events that each ease in over ``duration`` s, ``delay`` s after it."""
    done = ease((t - start[1:] - delay) / duration)
    return values[0] + (done[:, None] * np.diff(values, axis=0)).sum(0)


class Talking:
    """The stretches of time in which the figure speaks."""

    def __init__(self) -> None:
        self._spans: list[tuple[float, float]] = []
        self._edges, self._talked = np.zeros(1), np.zeros(1)

    def say(self, start: float, end: float) -> None:
        """Announce speech from ``start`` to ``end``, s; may join or overlap earlier speech."""
        self._spans.append((start, max(start, end)))
        self._settle()

    def cancel(self, t: float) -> None:
        """Nothing more is said from ``t`` on."""
        self._spans = [(a, min(b, t)) for a, b in self._spans if a < t]
        self._settle()

    def level(self, t: float | Array, fade: float = 0.35) -> Array:
        """0 silent .. 1 speaking, smooth over ``fade`` s; broadcasts."""
        return ease((self.seconds(t) - self.seconds(np.asarray(t) - fade)) / fade)

    def seconds(self, t: float | Array) -> Array:
        """Seconds spoken up to ``t``; broadcasts."""
        return np.asarray(np.interp(t, self._edges, self._talked))

    def work(self, t: float, rest: float, talk: float) -> float:
        """Integral up to ``t`` of a rate that is ``rest`` in silence and ``talk`` in speech."""
        return rest * t + (talk - rest) * float(self.seconds(t))

    def when(self, work: Array, rest: float, talk: float) -> Array:
        """Inverse of :meth:`work`."""
        edges = rest * self._edges + (talk - rest) * self._talked
        inside = np.interp(work, edges, self._edges)
        after = self._edges[-1] + (work - edges[-1]) / rest
        early: Array = np.where(work < edges[0], work / rest, inside)
        late: Array = np.where(work > edges[-1], after, early)
        return late

    def _settle(self) -> None:
        edges, talked, total, reached = [0.0], [0.0], 0.0, 0.0
        for start, end in sorted(self._spans):
            start = max(start, reached)
            if end <= start:
                continue
            edges += [start, end]
            talked += [total, total + end - start]
            total, reached = talked[-1], end
        self._edges, self._talked = np.array(edges), np.array(talked)
