"""What every recogniser does with the sound it is fed: one rate, one timeline."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar.devices.resample import ResampleStream
from avatar.media import AudioChunk, Transcript

Samples = NDArray[np.float32]

RATE: Final = 16_000
"""Hz, at which all recognisers hear."""


class Timeline:
    """The time an utterance has taken so far, and its sound at 16 kHz."""

    def __init__(self) -> None:
        self.start: float | None = None
        """Of the first sample, s; None before the first chunk."""
        self.end = 0.0
        """Of the last sample, s."""
        self._resample: ResampleStream | None = None

    def take(self, chunk: AudioChunk) -> Samples:
        """The chunk's samples at 16 kHz, finite and within -1..1."""
        if self.start is None:
            self.start = chunk.t
        self.end = chunk.t + chunk.duration
        samples = np.nan_to_num(chunk.samples, posinf=0.0, neginf=0.0)
        if chunk.rate != RATE:
            if self._resample is None or self._resample.rate != chunk.rate:
                self._resample = ResampleStream(chunk.rate, RATE)
            samples = self._resample.push(samples)
        return np.clip(samples, -1, 1).astype(np.float32)

    def transcript(self, text: str, *, final: bool) -> Transcript:
        """``text`` as said between the first and the last sample."""
        return Transcript(text, final, self.start or 0.0, self.end)

    def reset(self) -> None:
        self.start, self.end, self._resample = None, 0.0, None
