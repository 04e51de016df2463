"""Dated sound laid out in time: what of it is heard within a stretch."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar.devices.resample import ResampleStream
from avatar.media import AudioChunk

Samples = NDArray[np.float32]

GAP: Final = 2.0
"""s between the end of what was played and the next chunk from which it is another stream."""


def laid(
    sounds: Iterable[tuple[float, Samples]], t: float, count: int, rate: int
) -> NDArray[np.float32]:
    """float32[count] at ``rate`` Hz from ``t`` s on: all ``sounds`` (start s, samples), added."""
    out = np.zeros(count, np.float32)
    for start, samples in sounds:
        at = round((start - t) * rate)
        first, last = max(at, 0), min(at + len(samples), count)
        if first < last:
            out[first:last] += samples[first - at : last - at]
    return out


class Played:
    """The last seconds of a dated stream, at one rate, to be looked up by date. Not locked."""

    def __init__(self, rate: int, kept: float) -> None:
        """At ``rate`` Hz; at least ``kept`` s of it."""
        self._rate, self._kept = rate, round(kept * rate)
        self._buffer: Samples = np.zeros(2 * self._kept, np.float32)
        self._filled = 0
        self._resample: ResampleStream | None = None
        self.end: float | None = None
        """Date of the next sample to come, s; None before the first."""

    def push(self, chunk: AudioChunk) -> Samples:
        """The next of the stream; returns it at the stream's rate. What does not follow on what
        was there begins it anew."""
        if self._resample is None or self._resample.rate != chunk.rate:
            self._resample, self.end = ResampleStream(chunk.rate, self._rate, quick=True), None
        samples = self._resample.push(chunk.samples)
        if self.end is None or abs(self.end - chunk.t) > GAP:
            self.end, self._filled = chunk.t, 0
        self.end += len(samples) / self._rate
        self._append(samples[-self._kept :])
        return samples

    def _append(self, samples: Samples) -> None:
        if self._filled + len(samples) > len(self._buffer):
            kept = min(self._filled, self._kept)
            self._buffer[:kept] = self._buffer[self._filled - kept : self._filled]
            self._filled = kept
        self._buffer[self._filled : self._filled + len(samples)] = samples
        self._filled += len(samples)

    def at(self, t: float, count: int) -> Samples:
        """float32[count] from ``t`` s on; zeros where nothing is known."""
        if self.end is None:
            return np.zeros(count, np.float32)
        start = self.end - self._filled / self._rate
        return laid([(start, self._buffer[: self._filled])], t, count, self._rate)
