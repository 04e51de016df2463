"""Phones for a voice that only tells its words: what was said is known, when is heard.

The text's phones come from espeak-ng; the network of :mod:`avatar.voice.audio_lips` says how
much each 10 ms of the sound fits each of them; the best monotonic path (Viterbi, as in forced
alignment with hidden Markov models) dates them.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar.math3d import Float
from avatar.media import AudioChunk, Phone, Speech
from avatar.voice import audio_lips, visemes
from avatar.voice.audio_lips import FPS

_NEVER: Final = np.float32(-1e9)
_SHORTEST: Final = 2
"""Frames a unit lasts at least."""
_SKIP_REST: Final = -1.0
"""Log-odds of no pause where one may be."""


@dataclass(frozen=True, slots=True)
class _Unit:
    phone: int
    """Index of its phone in the script, -1 for an optional pause."""
    viseme: int


def with_phones(speech: Speech, lang: str = "auto") -> Speech:
    """The same clause with phones; unchanged if it has some or its text has none.

    ``lang`` as in :meth:`Synthesizer.synthesize`. Raises MissingExtra without espeak-ng.
    """
    if speech.phones or not speech.text.strip():
        return speech
    from avatar.voice.tts.espeak import EspeakSynthesizer

    said = EspeakSynthesizer().synthesize(speech.text, lang=lang)
    script = tuple(phone for clause in said for phone in clause.phones)
    return replace(speech, phones=align(script, speech.audio))


def align(script: tuple[Phone, ...], audio: AudioChunk) -> tuple[Phone, ...]:
    """The phones of ``script`` with the times at which ``audio`` says them.

    Only the order, symbols and stress of the script are used. Pauses are found wherever the
    sound has them. Returns an empty tuple when the sound is too short for the script.
    """
    units = _units(script)
    opinions = audio_lips.opinions(audio)
    path = _path(units, opinions)
    return _dated(script, units, path)


def _units(script: tuple[Phone, ...]) -> list[_Unit]:
    rest = _Unit(-1, visemes.INDEX["rest"])
    units = [rest]
    for i, phone in enumerate(script):
        if visemes.is_silence(phone.symbol):
            units.append(rest)
            continue
        for unit, _ in visemes.units(phone.symbol):
            units.append(_Unit(i, visemes.INDEX[visemes.viseme_of(unit)]))
    units.append(rest)
    return [u for i, u in enumerate(units) if i == 0 or u.phone >= 0 or units[i - 1].phone >= 0]


def _path(units: list[_Unit], opinions: Float) -> NDArray[np.intp]:
    """Index of the unit at each frame; empty when there are fewer frames than units need."""
    n = _SHORTEST
    viseme = np.repeat([u.viseme for u in units], n)
    pause = np.array([u.phone < 0 for u in units])
    begins = np.arange(len(viseme)) % n == 0
    skips = begins & np.append([False] * n, np.repeat(pause, n)[:-n])
    score = np.full(len(viseme), _NEVER)
    score[0] = opinions[0, viseme[0]] if len(opinions) else _NEVER
    if len(units) > 1:
        score[n] = opinions[0, viseme[n]] if len(opinions) else _NEVER
    came = np.zeros((len(opinions), len(viseme)), np.int8)
    stays = np.where(begins & (n > 1), _NEVER, np.float32(0))
    skipped = np.where(skips, np.float32(_SKIP_REST), _NEVER)
    for t in range(1, len(opinions)):
        options = np.stack([score + stays, _shift(score, 1), _shift(score, n + 1) + skipped])
        came[t] = options.argmax(0)
        score = options.max(0) + opinions[t, viseme]
    return _backtrack(score, came, n)


def _shift(score: Float, by: int) -> Float:
    return np.append(np.full(by, _NEVER), score[:-by]).astype(np.float32)[: len(score)]


def _backtrack(score: Float, came: NDArray[np.int8], n: int) -> NDArray[np.intp]:
    ends = [len(score) - 1, len(score) - 1 - n]
    at = max((e for e in ends if e >= 0), key=lambda e: score[e])
    if len(came) == 0 or score[at] < _NEVER / 2:
        return np.zeros(0, np.intp)
    steps = (0, 1, n + 1)
    path = np.zeros(len(came), np.intp)
    for t in range(len(came) - 1, -1, -1):
        path[t] = at // n
        at -= steps[came[t, at]]
    return path


def _dated(
    script: tuple[Phone, ...], units: list[_Unit], path: NDArray[np.intp]
) -> tuple[Phone, ...]:
    owner = np.array([u.phone for u in units])[path] if len(path) else np.zeros(0, np.intp)
    edges = np.flatnonzero(np.diff(owner, prepend=-9, append=-9))
    phones: list[Phone] = []
    for a, b in itertools.pairwise(edges):
        i = int(owner[a])
        said = script[i] if i >= 0 else Phone("", 0.0, 0.0)
        phones.append(Phone(said.symbol, a / FPS, b / FPS, said.stress, said.lang))
    return tuple(phones)
