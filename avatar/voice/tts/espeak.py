"""The voice that always works: espeak-ng, Chinese and English, exact phone times.

Formant synthesis, so its sound is plain, but the first sample is there within milliseconds.
Each language run of a clause is spoken by that language's rules in one timbre (an espeak
"variant"), and the runs are joined without the pause espeak would put between them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar.media import AudioChunk, Phone, Speech, VoiceCapabilities, Word
from avatar.voice import phonemes
from avatar.voice.text import Clause, Token, clauses
from avatar.voice.tts import libespeak
from avatar.voice.tts.timing import PAUSES, check_request, share

_HOLD: Final = 0.08
"""A pause this short (s) within a run is the closure of the stop that follows, not silence."""


@dataclass(frozen=True, slots=True)
class Timbre:
    """How a variant sounds; the same for both languages, so that a mixed sentence has one voice."""

    variant: str
    """espeak-ng voice variant."""
    pitch: int
    """0..100."""
    variation: int
    """Pitch range 0..100."""
    speed: dict[str, int]
    """Words per minute by language."""


TIMBRES: Final = {
    "female": Timbre("f2", 55, 55, {"zh": 165, "en": 165}),
    "male": Timbre("m3", 45, 50, {"zh": 165, "en": 165}),
}
_VOICE: Final = {"zh": "cmn-latn-pinyin", "en": "en-us"}


@dataclass(slots=True)
class _Line:
    """A clause under construction."""

    audio: list[NDArray[np.float32]]
    phones: list[Phone]
    words: list[Word]
    t: float = 0.0


class EspeakSynthesizer:
    """Speaks with espeak-ng; ``voice`` is ``female`` or ``male``, ``speed`` a factor."""

    VOICES: Final = tuple(TIMBRES)

    @staticmethod
    def suited(sex: str, lang: str) -> str:
        """The voice for a figure's sex; both speak every language."""
        return sex

    def __init__(self, voice: str = "female", *, speed: float = 1.0) -> None:
        self._lib = libespeak.shared()
        self._timbre = TIMBRES[voice]
        self._voice, self._speed = voice, speed

    @property
    def name(self) -> str:
        return f"espeak/{self._voice}"

    @property
    def capabilities(self) -> VoiceCapabilities:
        return VoiceCapabilities(("zh", "en"), True, True, True, 0.01)

    def synthesize(self, text: str, *, lang: str = "auto") -> Iterator[Speech]:
        """Speak clause by clause; raises ConfigError for empty text or an unknown language."""
        check_request(text, lang)
        return (self._speak(clause) for clause in clauses(text, lang))

    def close(self) -> None:
        """Nothing to give back: the library stays open for the process."""

    def _speak(self, clause: Clause) -> Speech:
        line = _Line([], [], [])
        runs = list(clause.runs())
        for i, run in enumerate(runs):
            self._say_run(line, run, last=i == len(runs) - 1)
        audio = AudioChunk(0.0, np.concatenate(line.audio), self._lib.rate)
        return Speech(clause.text, audio, tuple(line.phones), tuple(line.words), voice=self.name)

    def _say_run(self, line: _Line, run: Sequence[Token], *, last: bool) -> None:
        lang = run[0].lang
        text, starts = _script(run)
        said = self._lib.say(
            text,
            f"{_VOICE[lang]}+{self._timbre.variant}",
            speed=round(self._timbre.speed[lang] * self._speed),
            pitch=self._timbre.pitch,
            variation=self._timbre.variation,
        )
        rate = self._lib.rate
        end = _end_of_sound(said)
        line.phones.extend(_phones(said, end, lang, rate, line.t))
        line.words.extend(_words(run, starts, said, end, rate, line.t))
        line.audio.append(said.samples[:end])
        line.t += end / rate
        pause = PAUSES[run[-1].mark] if last or run[-1].mark else 0.0
        if pause:
            silence = np.zeros(round(pause * rate), np.float32)
            line.audio.append(silence)
            line.phones.append(Phone("", line.t, line.t + len(silence) / rate, 0.0, lang))
            line.t += len(silence) / rate


def _script(run: Sequence[Token]) -> tuple[str, list[int]]:
    """What espeak reads for a run, and where each token begins in it."""
    text, starts = "", list[int]()
    for token in run:
        starts.append(len(text))
        if token.lang == "zh":
            text += " ".join(phonemes.espeak_syllable(s) for s in token.syllables)
        else:
            text += phonemes.espeak_mnemonics(token.ipa) if token.ipa else token.spoken
        text += f"{token.mark} " if token is not run[-1] else token.mark or ","
    return text, starts


def _end_of_sound(said: libespeak.Utterance) -> int:
    """The sample at which the closing pause begins."""
    for mark in reversed(said.phones):
        if mark.symbol:
            break
    else:
        return len(said.samples)
    after = [m.sample for m in said.phones if m.sample > mark.sample and not m.symbol]
    return min([*after, len(said.samples)])


def _phones(said: libespeak.Utterance, end: int, lang: str, rate: int, t: float) -> Iterator[Phone]:
    """Contiguous phones over samples 0..end."""
    marks = [mark for mark in said.phones if mark.sample < end]
    ends = [mark.sample for mark in marks[1:]] + [end]
    start = 0
    for mark, stop in zip(marks, ends, strict=True):
        if stop - start > _HOLD * rate if not mark.symbol else stop > mark.sample:
            symbol, stress = phonemes.from_espeak(mark.symbol, lang)
            yield Phone(symbol, t + start / rate, t + stop / rate, stress, lang)
            start = stop


def _words(
    run: Sequence[Token],
    starts: list[int],
    said: libespeak.Utterance,
    end: int,
    rate: int,
    t: float,
) -> Iterator[Word]:
    begins: list[int | None] = [None] * len(run)
    for mark in said.words:
        index = int(np.searchsorted(starts, mark.position, side="right")) - 1
        if index >= 0 and begins[index] is None:
            begins[index] = min(mark.sample, end)
    weights = [len(token.spoken) or 1 for token in run]
    edges = share(begins, weights, end)
    for token, (start, stop) in zip(run, edges, strict=True):
        yield Word(token.text, t + start / rate, t + stop / rate, token.offset)
