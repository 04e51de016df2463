"""Blocks of any length in, dated frames of one length out."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

JUMP: Final = 0.05
"""s by which a block may miss its expected date before it counts as a gap; less is the jitter of
whoever dated it, and the sound is taken to be whole."""


class Framer:
    """One stream of sound at a fixed rate."""

    def __init__(self, size: int, rate: int) -> None:
        """Frames of ``size`` samples at ``rate`` Hz."""
        self._size, self._rate = size, rate
        self._rest: Samples = np.zeros(0, np.float32)
        self._next: float | None = None
        """Date of the first sample of ``_rest``, s."""

    @property
    def now(self) -> float:
        """Date of the next sample to come, s; 0 before the first."""
        return (self._next or 0.0) + len(self._rest) / self._rate

    def push(self, t: float, samples: Samples) -> list[tuple[float, Samples]]:
        """float32[n] heard from ``t`` s on; returns the frames that are whole, each with its date.

        After a gap what was begun is dropped.
        """
        if self._next is None or abs(t - self.now) > JUMP:
            self._next, self._rest = t, np.zeros(0, np.float32)
        sound = np.concatenate([self._rest, samples])
        start, size = self._next, self._size
        count = len(sound) // size
        self._next, self._rest = start + count * size / self._rate, sound[count * size :]
        return [
            (start + i * size / self._rate, sound[i * size : (i + 1) * size]) for i in range(count)
        ]
