"""Was that a voice speaking, or a cough, a laugh, a knock, a hiss?

Judged within 400 ms of the first voiced window. What tells them apart is voicing: speech soon
comes to vowels, periodic for several windows with a pitch that glides, where a cough is a burst
of air with at most a hoarse end, a cleared throat a rough buzz without a steady period, and a
knock rings for one window. Four measures of the windows are weighed by a logistic regression
(fitted by ``tests/bench/train_judge.py``, its figures come from ``tests/bench/hearing.py``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from avatar.voice.vad import RATE, SECONDS, WINDOW

Samples = NDArray[np.float32]
Verdict = Literal["speech", "cough", "noise", "echo"]

DEADLINE: Final = 0.36
"""s from the start of the voice, by which it is judged: the figure is to be silent after .4 s."""
SOON: Final = 7
"""Windows after which clear speech is believed."""
LAST: Final = int(DEADLINE / SECONDS)
"""Windows after which it is judged either way."""
WEIGHTS: Final = (2.683, 3.239, 6.649, 3.001)
"""Of :meth:`Evidence.measures`; fitted."""
BIAS: Final = -10.275
_CLEAR, _LEAST = 2.0, -1.0
"""Scores (log odds) from which it is clearly speech, and speech at the deadline: a cough taken
for speech is a short silence, speech taken for a cough a visitor who is not heard."""
_SHORTEST: Final = 4
"""Voiced windows below which something is a noise rather than a cough."""

_LOW, _HIGH = 60.0, 1500.0
"""Hz; the band in which a period is looked for: below, hum; above, hiss."""
_PITCH: Final = (70.0, 400.0)
"""Hz of a voice."""
_LAGS: Final = np.arange(int(RATE / _PITCH[1]), int(RATE / _PITCH[0]))
_OCTAVE: Final = 0.03
"""By how much a period twice as long has to fit better."""
_PERIODIC: Final = 0.5
"""Periodicity from which a window has a pitch."""
_GLIDE: Final = 0.12
"""Change of a pitch from window to window, as a natural logarithm, within speech."""
_SIZE: Final = 4 * WINDOW
_TAPER: Final = np.hanning(2 * WINDOW)
_OWN: Final = np.fft.irfft(np.abs(np.fft.rfft(_TAPER, _SIZE)) ** 2)
"""The taper's own correlation, which a lag's has to be divided by (Boersma 1993, eq. 9)."""
_HZ: Final = np.fft.rfftfreq(_SIZE, 1 / RATE)
_WORDLESS: Final = re.compile(
    r"(?:[\(\[（【*].*?[\)\]）】*]|[哈呵嘻咳嘿]{2,}|(?:ha|he|hee|ho|hah|heh){2,}"
    r"|ha|hah|heh|ahem|ugh|phew|achoo|阿嚏|[\s\W_])*"
)
"""What recognisers write for laughter, coughs and sneezes: 哈哈, "ha ha", "(laughs)"."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of the windows from the first voiced one on, one value each."""

    probability: NDArray[np.float64]
    """Silero's, 0..1."""
    periodicity: NDArray[np.float64]
    """Height of the correlation's peak at a voice's pitch, 0 to about 1."""
    pitch: NDArray[np.float64]
    """Hz at that peak."""

    def measures(self) -> tuple[float, float, float, float]:
        """Mean probability; that of the last four windows; the three highest periodicities; the
        part of the windows whose pitch goes on from the window before."""
        periodic = self.periodicity > _PERIODIC
        glides = np.abs(np.diff(np.log(self.pitch))) < _GLIDE
        steady = np.count_nonzero(periodic[1:] & periodic[:-1] & glides)
        return (
            float(self.probability.mean()),
            float(self.probability[-4:].mean()),
            float(np.sort(self.periodicity)[-3:].mean()),
            steady / len(self.probability),
        )

    def score(self) -> float:
        """Log odds that somebody speaks."""
        return float(np.dot(WEIGHTS, self.measures())) + BIAS


class SpeechJudge:
    """Hears the windows from the first voiced one on."""

    def __init__(self, before: Samples | None = None) -> None:
        """``before`` is the window before the first voiced one, if there was one."""
        self._last = np.zeros(WINDOW, np.float32) if before is None else before
        self._rows = list[tuple[float, float, float]]()

    @property
    def evidence(self) -> Evidence:
        """Of the windows so far."""
        return Evidence(*np.array(self._rows, np.float64).reshape(-1, 3).T)

    def step(self, window: Samples, probability: float) -> Verdict | None:
        """One more window of 32 ms; the verdict when there is one."""
        periodicity, pitch = periodicity_of(np.concatenate([self._last, window]))
        self._last = window
        self._rows.append((probability, periodicity, pitch))
        count = len(self._rows)
        if count < SOON:
            return None
        score = self.evidence.score()
        if score >= (_CLEAR if count < LAST else _LEAST):
            return "speech"
        if count < LAST:
            return None
        voiced = np.count_nonzero(self.evidence.probability > 0.5)
        return "cough" if voiced >= _SHORTEST else "noise"


def wordless(text: str) -> bool:
    """Whether ``text`` is only laughter, coughs and breath as recognisers write them."""
    return bool(_WORDLESS.fullmatch(text.strip().lower()))


def periodicity_of(frame: Samples) -> tuple[float, float]:
    """How periodic float32[1024] at 16 kHz is, and its pitch, Hz (70..400)."""
    spectrum = np.fft.rfft((frame - frame.mean()) * _TAPER, _SIZE)
    power = np.where((_HZ >= _LOW) & (_HZ <= _HIGH), np.abs(spectrum) ** 2, 0.0)
    correlation = np.fft.irfft(power) / np.maximum(_OWN, 1e-3 * _OWN[0])
    if correlation[0] <= 0:
        return 0.0, _PITCH[0]
    likely = correlation[_LAGS] / correlation[0]
    best = int(np.argmax(likely - _OCTAVE * np.log2(_LAGS)))
    return float(np.clip(likely[best], 0, 1.2)), RATE / float(_LAGS[best])
