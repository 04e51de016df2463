"""The figure's own voice, taken out of what its microphone hears.

Open speakers and a microphone in one room would have the figure hear and interrupt itself. The
engine knows every sample it plays and when it is heard, so the two are laid side by side by date
and WebRTC's echo canceller 3 (BSD-3-Clause, in the wheel of ``pywebrtc-audio``) estimates the way
through the room and subtracts it.
"""

from __future__ import annotations

from collections import deque
from threading import Lock
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avatar.devices.resample import ResampleStream
from avatar.media import AudioChunk
from avatar.plugins import require

Samples = NDArray[np.float32]

RATE: Final = 16_000
"""Hz, of what is cancelled."""
FRAME: Final = 160
"""Samples of one step of the canceller, 10 ms."""
KEPT: Final = 2.0
"""s of played sound that are kept: what is heard later than that is not laid beside it."""
_SILENT: Final = 1e-4
"""Loudness of played sound below which there is no echo."""
_TAIL: Final = 0.6
"""s after played sound during which its echo may still be heard."""


class EchoCanceller:
    """Cancels by dates; ``played`` from any thread, ``cancel`` from one."""

    def __init__(self) -> None:
        """Raises MissingExtra without the wheel that carries the canceller."""
        self._webrtc: Any = require("pywebrtc_audio", extra="listen", for_what="open speakers")
        self._canceller: Any = self._webrtc.EchoCanceller(RATE)
        self._lock = Lock()
        self._played: deque[tuple[float, Samples]] = deque()
        self._resample: ResampleStream | None = None
        self._next: float | None = None
        """Date of the next sample that the resampler gives, s."""
        self._loud_until = float("-inf")

    def played(self, chunk: AudioChunk) -> None:
        """What the speaker plays, dated with when it is heard."""
        with self._lock:
            samples = self._at_rate(chunk)
            if not len(samples) or self._next is None:
                return
            self._played.append((self._next, samples))
            self._next += len(samples) / RATE
            if float(np.abs(samples).max()) > _SILENT:
                self._loud_until = self._next + _TAIL
            while self._played and self._played[0][0] < self._next - KEPT:
                self._played.popleft()

    def _at_rate(self, chunk: AudioChunk) -> Samples:
        rate = chunk.rate
        if self._resample is None or self._resample.rate != rate:
            self._resample, self._next = ResampleStream(rate, RATE), None
        samples = self._resample.push(chunk.samples)
        if self._next is None or abs(self._next - chunk.t) > KEPT:
            self._next = chunk.t
            self._played.clear()
        return samples

    def active(self, t: float) -> bool:
        """Whether sound played lately may be heard at ``t`` s."""
        return t < self._loud_until

    def cancel(self, t: float, samples: Samples) -> Samples:
        """What is left of float32[n * 160] at 16 kHz, heard from ``t`` s on."""
        out = np.empty_like(samples)
        for first in range(0, len(samples), FRAME):
            near = samples[first : first + FRAME]
            far = self._heard(t + first / RATE, len(near))
            out[first : first + FRAME] = self._step(near, far)
        return out

    def _step(self, near: Samples, far: Samples) -> Samples:
        if len(near) < FRAME:
            return near
        done = self._canceller.process(np.ascontiguousarray(near), np.ascontiguousarray(far))
        return np.asarray(done, np.float32)

    def _heard(self, t: float, count: int) -> Samples:
        """What was played from ``t`` s on, float32[count]; zeros where nothing is known."""
        out = np.zeros(count, np.float32)
        with self._lock:
            for start, samples in self._played:
                at = round((start - t) * RATE)
                if at >= count or at + len(samples) <= 0:
                    continue
                first, last = max(at, 0), min(at + len(samples), count)
                out[first:last] = samples[first - at : last - at]
        return out
