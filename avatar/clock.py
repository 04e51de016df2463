"""Time. The only file that reads a clock.

Sound is master: a speaker that never stops counts samples, and :class:`AudioClock` is the
machine's monotonic time slewed to that count. Offline and in tests :class:`ManualClock` runs
the same code with time handed in, so pictures are bit-stable.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol


class Clock(Protocol):
    """Tells the session's time."""

    def now(self) -> float:
        """Seconds since the session began; never goes back."""
        ...


def monotonic() -> float:
    """The machine's monotonic time, s."""
    return time.perf_counter()


def since_1970() -> float:
    """The time of day, s since 1970-01-01 UTC."""
    return time.time()


class ManualClock:
    """Time that stands still until it is set; for files and tests."""

    def __init__(self, t: float = 0.0) -> None:
        self._t = t

    def now(self) -> float:
        return self._t

    def set(self, t: float) -> None:
        """Move to ``t`` (s); ValueError if that is in the past."""
        if t < self._t:
            raise ValueError(f"time cannot go back from {self._t} to {t}")
        self._t = t


class MonotonicClock:
    """The machine's own time, for a window without sound."""

    def __init__(self, source: Callable[[], float] = monotonic) -> None:
        self._source = source
        self._start = source()

    def now(self) -> float:
        return self._source() - self._start


class AudioClock:
    """Monotonic time slewed to the seconds a speaker has played.

    ``position`` advances in steps of the device's block; the clock follows it with a first-order
    loop (time constant ``tau`` s) and never steps back. A gap above ``jump`` s (a suspended
    machine) is jumped over. Any thread may ask it.
    """

    def __init__(
        self,
        position: Callable[[], float],
        source: Callable[[], float] = monotonic,
        tau: float = 0.5,
        jump: float = 0.5,
    ) -> None:
        self._position, self._source, self._tau, self._jump = position, source, tau, jump
        self._offset = position() - source()
        self._seen = self._source()
        self._last = position()
        self._lock = threading.Lock()

    def now(self) -> float:
        with self._lock:
            return self._now()

    def _now(self) -> float:
        source = self._source()
        error = self._position() - (source + self._offset)
        if abs(error) > self._jump:
            self._offset += error
        else:
            self._offset += error * min(1.0, (source - self._seen) / self._tau)
        self._seen = source
        self._last = max(self._last, source + self._offset)
        return self._last
