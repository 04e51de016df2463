"""How living things move: without corners, never at constant speed, never quite still."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from avatar.math3d import Array

_PARTS: Final = 4


def ease(x: ArrayLike) -> Array:
    """Minimum-jerk course from 0 to 1 for x in 0..1, held outside (Flash & Hogan 1985)."""
    x = np.clip(x, 0.0, 1.0)
    return x * x * x * (10 + x * (6 * x - 15))


class Waves:
    """Smooth noise in a few channels: sums of sines, a pure function of time, within -1..1."""

    def __init__(self, rng: np.random.Generator, channels: int, slow: float, fast: float) -> None:
        """Frequencies between ``slow`` and ``fast``, Hz; slower ones are larger."""
        steps = (np.arange(_PARTS) + rng.random((channels, _PARTS))) / _PARTS
        frequency = slow * (fast / slow) ** steps
        self._omega = 2 * np.pi * frequency
        self._phase = rng.uniform(0, 2 * np.pi, frequency.shape)
        size = frequency**-0.7
        self._size = size / size.sum(1, keepdims=True)

    def __call__(self, t: float) -> Array:
        """float64[channels]."""
        return (self._size * np.sin(self._omega * t + self._phase)).sum(1)
