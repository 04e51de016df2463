"""A level that changes smoothly: a step in loudness would be heard as a click."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

RAMP: Final = 0.03
"""s that a whole step from 0 to 1 takes."""


class Fader:
    """Scales blocks of sound, gliding to the level asked for."""

    def __init__(self, rate: int) -> None:
        """For sound at ``rate`` Hz; begins at full level."""
        self._step = 1.0 / (RAMP * rate)
        self._level = self._target = 1.0

    @property
    def level(self) -> float:
        """Where it is going, 0..1."""
        return self._target

    def to(self, level: float) -> None:
        """Glide to ``level``, 0..1, from the next block on."""
        self._target = min(max(level, 0.0), 1.0)

    def apply(self, block: NDArray[np.float32]) -> None:
        """Scale float32[n] in place."""
        if self._level == self._target == 1.0:
            return
        way = self._target - self._level
        steps = np.arange(1, len(block) + 1) * self._step
        levels = self._level + np.sign(way) * np.minimum(steps, abs(way))
        block *= levels.astype(np.float32)
        if len(block):
            self._level = float(levels[-1])
