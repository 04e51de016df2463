"""The figure's own voice, taken out of what its microphone hears.

Open speakers and a microphone in one room would have the figure hear and interrupt itself. The
engine knows every sample it plays and when it is heard, so the two are laid side by side by date
and WebRTC's echo canceller 3 (BSD-3-Clause, in the wheel of ``pywebrtc-audio``) estimates the way
through the room and subtracts it.
"""

from __future__ import annotations

from threading import Lock
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avatar.devices.played import Played
from avatar.media import AudioChunk
from avatar.plugins import require

Samples = NDArray[np.float32]

RATE: Final = 16_000
"""Hz, of what is cancelled."""
FRAME: Final = 160
"""Samples of one step of the canceller, 10 ms."""
KEPT: Final = 10.0
"""s of played sound that are kept: what is heard later than that (on a machine that lags so far
behind) is not laid beside it."""
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
        self._played = Played(RATE, KEPT)
        self._loud_until = float("-inf")

    def played(self, chunk: AudioChunk) -> None:
        """What the speaker plays, dated with when it is heard."""
        with self._lock:
            samples = self._played.push(chunk)
            if self._played.end is not None and np.abs(samples).max(initial=0.0) > _SILENT:
                self._loud_until = self._played.end + _TAIL

    def active(self, t: float) -> bool:
        """Whether sound played lately may be heard at ``t`` s."""
        return t < self._loud_until

    def cancel(self, t: float, samples: Samples) -> Samples:
        """What is left of float32[n * 160] at 16 kHz, heard from ``t`` s on."""
        out = np.empty_like(samples)
        for first in range(0, len(samples), FRAME):
            near = samples[first : first + FRAME]
            with self._lock:
                far = self._played.at(t + first / RATE, len(near))
            out[first : first + FRAME] = self._step(near, far)
        return out

    def _step(self, near: Samples, far: Samples) -> Samples:
        if len(near) < FRAME:
            return near
        done = self._canceller.process(np.ascontiguousarray(near), np.ascontiguousarray(far))
        return np.asarray(done, np.float32)
