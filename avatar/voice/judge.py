"""Was that a voice speaking, or a cough, a laugh, a knock, a hiss?

Judged within 400 ms of the first voiced window.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from avatar.voice.vad import SECONDS

Samples = NDArray[np.float32]
Verdict = Literal["speech", "cough", "noise", "echo"]

DEADLINE: Final = 0.4
"""s from the start of the voice, by which it is judged."""
_SOON: Final = 8
"""Voiced windows after which clear speech is believed."""
_SHORTEST: Final = 4
"""Voiced windows of the shortest word."""


@dataclass(frozen=True, slots=True)
class _Window:
    probability: float
    level: float


class SpeechJudge:
    """Hears the windows from the first voiced one on."""

    def __init__(self) -> None:
        self._windows = list[_Window]()

    def step(self, window: Samples, probability: float) -> Verdict | None:
        """One more window of 32 ms; the verdict when there is one."""
        level = float(np.sqrt(np.mean(window**2)))
        self._windows.append(_Window(probability, level))
        voiced = [w for w in self._windows if w.probability > 0.5]
        if len(voiced) >= _SOON:
            return "speech"
        if (len(self._windows) + 1) * SECONDS > DEADLINE:
            return "speech" if len(voiced) >= _SHORTEST else "noise"
        return None
