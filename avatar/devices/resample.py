"""Sound from one sampling rate to another as it comes, block by block."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

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
