"""Sound from one sampling rate to another as it comes, block by block."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatar.media import AudioChunk
from avatar.plugins import require

Samples = NDArray[np.float32]


class ResampleStream:
    """One mono stream; the n-th sample out belongs to the moment n / ``to_rate`` s of what went in.

    ``quick`` gives what it has at once, where soxr by itself holds back some 40 ms: a short
    low-pass filter, then interpolation by cubics, good for hearing speech rather than for playing.
    To a higher rate it is merely quicker, by half.
    """

    def __init__(
        self, rate: int, to_rate: int, extra: str = "listen", *, quick: bool = False
    ) -> None:
        """From ``rate`` to ``to_rate``, Hz; ``extra`` is named when soxr is not installed."""
        self.rate, self.to_rate = rate, to_rate
        self._stream: Any = None
        self._taps: Samples | None = None
        if rate != to_rate:
            soxr: Any = require("soxr", extra=extra, for_what="sound at another rate")
            quality = "MQ"
            if quick:
                quality = "QQ" if rate > to_rate else "LQ"
                self._taps = _low_pass(to_rate / rate) if rate > to_rate else None
            self._stream = soxr.ResampleStream(rate, to_rate, 1, dtype="float32", quality=quality)
        self._tail: Samples = np.zeros(
            0 if self._taps is None else len(self._taps) // 2, np.float32
        )

    def push(self, samples: Samples, *, last: bool = False) -> Samples:
        """float32[n] in, float32[about n * to_rate / rate] out, -1..1; ``last`` gives the rest."""
        samples = np.ascontiguousarray(samples, np.float32)
        if self._stream is None:
            return samples
        if self._taps is not None:
            samples = self._filtered(samples, self._taps)
        return self._stream.resample_chunk(samples, last)

    def _filtered(self, samples: Samples, taps: Samples) -> Samples:
        whole = np.concatenate([self._tail, samples])
        if len(whole) < len(taps):
            self._tail = whole
            return np.zeros(0, np.float32)
        self._tail = whole[len(whole) - len(taps) + 1 :]
        return np.convolve(whole, taps, "valid").astype(np.float32)


def _low_pass(ratio: float) -> Samples:
    """A windowed sinc (Kaiser, 60 dB) that ends below half of a rate ``ratio`` times as high as
    its own; about 1 ms each way."""
    half = round(16 / ratio)
    n = np.arange(-half, half + 1)
    cutoff = 0.44 * ratio
    taps = 2 * cutoff * np.sinc(2 * cutoff * n) * np.kaiser(2 * half + 1, 5.65)
    return (taps / taps.sum()).astype(np.float32)


class Played:
    """The last seconds of a dated stream, at one rate, to be looked up by date. Not locked."""

    def __init__(self, rate: int, kept: float) -> None:
        """At ``rate`` Hz; ``kept`` s of it."""
        self._rate, self._kept = rate, kept
        self._blocks: deque[tuple[float, Samples]] = deque()
        self._resample: ResampleStream | None = None
        self.end: float | None = None
        """Date of the next sample to come, s; None before the first."""

    def push(self, chunk: AudioChunk) -> Samples:
        """The next of the stream; returns it at the stream's rate. What does not follow on what
        was there begins it anew."""
        if self._resample is None or self._resample.rate != chunk.rate:
            self._resample, self.end = ResampleStream(chunk.rate, self._rate, quick=True), None
        samples = self._resample.push(chunk.samples)
        if self.end is None or abs(self.end - chunk.t) > self._kept:
            self.end = chunk.t
            self._blocks.clear()
        if len(samples):
            self._blocks.append((self.end, samples))
            self.end += len(samples) / self._rate
        while self._blocks and self._blocks[0][0] < self.end - self._kept:
            self._blocks.popleft()
        return samples

    def at(self, t: float, count: int) -> Samples:
        """float32[count] from ``t`` s on; zeros where nothing is known."""
        out = np.zeros(count, np.float32)
        for start, samples in self._blocks:
            first = round((start - t) * self._rate)
            if first < count and first + len(samples) > 0:
                here, last = max(first, 0), min(first + len(samples), count)
                out[here:last] = samples[here - first : last - first]
        return out
