"""The One Euro filter, in seconds, for vectors and for rotations.

Source: G. Casiez, N. Roussel, D. Vogel, *1€ Filter: A Simple Speed-based Low-pass Filter for
Noisy Input in Interactive Systems*, CHI 2012. A rotation is filtered on the sphere: the step is a
part of the arc from the filtered to the measured attitude.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from avatar.math3d import Array, quat_conj, quat_exp, quat_log, quat_mul, quat_normalize

GAP: Final = 0.4
"""s without a value after which the filter starts anew."""


@dataclass(frozen=True, slots=True)
class Cutoff:
    """How one kind of channel is filtered."""

    least: float
    """Cutoff at rest, Hz: lower is calmer."""
    beta: float
    """Hz gained per unit of speed (rad/s, m/s or 1/s): higher lags less."""
    speed: float = 1.5
    """Cutoff of the estimate of speed, Hz."""


def _alpha(cutoff: Array, dt: Array) -> Array:
    return 1 - np.exp(-2 * np.pi * cutoff * dt)


class OneEuro:
    """Filters a vector float[n]; entries may be absent for a while (``seen``)."""

    def __init__(self, least: ArrayLike, beta: ArrayLike, speed: ArrayLike = 1.5) -> None:
        """Cutoffs as :class:`Cutoff`, each a number or one per entry."""
        self._least, self._beta = np.asarray(least, np.float64), np.asarray(beta, np.float64)
        self._speed = np.asarray(speed, np.float64)
        self.value: Array = np.zeros(0)
        """The filtered value, float64[n]."""
        self.velocity: Array = np.zeros(0)
        """Its rate of change, float64[n], 1/s."""

    def __call__(self, x: ArrayLike, t: float, seen: ArrayLike = True) -> Array:
        """Take the values at ``t`` (s); returns the filtered ones."""
        x = np.asarray(x, np.float64)
        seen = np.broadcast_to(np.asarray(seen, bool), x.shape)
        if not self.value.shape[0]:
            self.value, self.velocity, self._raw = x.copy(), np.zeros_like(x), x.copy()
            self._t = np.where(seen, t, -np.inf)
            return self.value.copy()
        dt = np.maximum(t - self._t, 1e-4)
        new = seen & (dt > GAP)
        rate = (x - self._raw) / dt
        self.velocity += np.where(seen, _alpha(self._speed, dt) * (rate - self.velocity), 0)
        self.velocity[new] = 0
        step = _alpha(self._least + self._beta * np.abs(self.velocity), dt)
        self.value += np.where(seen, np.where(new, 1, step) * (x - self.value), 0)
        self._raw, self._t = np.where(seen, x, self._raw), np.where(seen, t, self._t)
        return self.value.copy()


class OneEuroRotation:
    """Filters rotations float[n, 4] (xyzw) along their arcs."""

    def __init__(self, least: ArrayLike, beta: ArrayLike, speed: ArrayLike = 1.5) -> None:
        """Cutoffs as :class:`Cutoff`, each a number or one per rotation."""
        self._least, self._beta = np.asarray(least, np.float64), np.asarray(beta, np.float64)
        self._speed = np.asarray(speed, np.float64)
        self.value: Array = np.zeros((0, 4))
        """The filtered rotations, float64[n, 4]."""
        self.velocity: Array = np.zeros((0, 3))
        """Their angular velocity in their own axes, float64[n, 3], rad/s."""

    def __call__(self, q: ArrayLike, t: float, seen: ArrayLike = True) -> Array:
        """Take the rotations at ``t`` (s); returns the filtered ones."""
        q = quat_normalize(np.asarray(q, np.float64))
        seen = np.broadcast_to(np.asarray(seen, bool), q.shape[:-1])
        if not self.value.shape[0]:
            self.value, self.velocity, self._raw = q.copy(), np.zeros_like(q[:, :3]), q.copy()
            self._t = np.where(seen, t, -np.inf)
            return self.value.copy()
        dt = np.maximum(t - self._t, 1e-4)
        new = seen & (dt > GAP)
        rate = quat_log(quat_mul(quat_conj(self._raw), q)) / dt[:, None]
        gain = np.where(seen, _alpha(self._speed, dt), 0)[:, None]
        self.velocity += gain * (rate - self.velocity)
        self.velocity[new] = 0
        speed = np.linalg.norm(self.velocity, axis=-1)
        step = np.where(new, 1, _alpha(self._least + self._beta * speed, dt)) * seen
        turn = quat_log(quat_mul(quat_conj(self.value), q))
        self.value = quat_normalize(quat_mul(self.value, quat_exp(turn * step[:, None])))
        self._raw = np.where(seen[:, None], q, self._raw)
        self._t = np.where(seen, t, self._t)
        return self.value.copy()
