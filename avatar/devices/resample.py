"""Sound from one sampling rate to another as it comes, block by block."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatar.plugins import require

Samples = NDArray[np.float32]


class ResampleStream:
    """One mono stream; what it gives lags what it was given by ``delay``.

    The resampler's own delay is made up for in the dates by whoever uses it: a sample that comes
    out belongs to the moment of the sample that went in, not to the call that returned it.
    """

    def __init__(self, rate: int, to_rate: int, extra: str = "listen") -> None:
        """From ``rate`` to ``to_rate``, Hz; ``extra`` is named when soxr is not installed."""
        self.rate, self.to_rate = rate, to_rate
        self._stream: Any = None
        if rate != to_rate:
            soxr: Any = require("soxr", extra=extra, for_what="sound at another rate")
            self._stream = soxr.ResampleStream(rate, to_rate, 1, dtype="float32", quality="MQ")

    def push(self, samples: Samples, *, last: bool = False) -> Samples:
        """float32[n] in, float32[about n * to_rate / rate] out, -1..1; ``last`` gives the rest."""
        samples = np.ascontiguousarray(samples, np.float32)
        if self._stream is None:
            return samples
        return self._stream.resample_chunk(samples, last)
