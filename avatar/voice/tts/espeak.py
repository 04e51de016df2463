"""The voice that always works: espeak-ng, Chinese and English, exact phone times.

Formant synthesis, so its sound is plain, but the first sample is there within milliseconds.
Each language run of a clause is spoken by that language's rules in one timbre (an espeak
"variant"), and the runs are joined without the pause espeak would put between them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar.errors import UnknownPlugin
from avatar.media import AudioChunk, Phone, Speech, VoiceCapabilities, Word
from avatar.voice import phonemes
from avatar.voice.lexicon import Lexicon
from avatar.voice.text import Clause, Token, warm
from avatar.voice.tts import libespeak
from avatar.voice.tts.timing import PAUSES, by_clause, share

_HOLD: Final = 0.08
"""A pause this short (s) within a run is the closure of the stop that follows, not silence."""
_VOICE: Final = {"zh": "cmn-latn-pinyin", "en": "en-us"}


@dataclass(frozen=True, slots=True)
class Timbre:
    """How a variant sounds; the same for both languages, so that a mixed sentence has one voice."""

    variant: str
    """espeak-ng voice variant."""
    pitch: dict[str, int]
    """0..100 by language, so that both come out about equally high."""
    variation: int
    """Pitch range 0..100."""
    speed: dict[str, int]
    """Words per minute by language."""


TIMBRES: Final = {
    "female": Timbre("Annie", {"zh": 55, "en": 45}, 52, {"zh": 170, "en": 160}),
    "male": Timbre("Mike", {"zh": 82, "en": 70}, 52, {"zh": 170, "en": 165}),
}


@dataclass(slots=True)
class _Line:
    """A clause under construction."""

    rate: int
    audio: list[NDArray[np.float32]] = field(default_factory=list[NDArray[np.float32]])
    phones: list[Phone] = field(default_factory=list[Phone])
    words: list[Word] = field(default_factory=list[Word])
    samples: int = 0

    def time(self, sample: int) -> float:
        """s of a sample counted from the end of what is there."""
        return (self.samples + sample) / self.rate

    def add(self, sound: NDArray[np.float32]) -> None:
        self.audio.append(sound)
        self.samples += len(sound)

    def pause(self, seconds: float, lang: str) -> None:
        length = round(seconds * self.rate)
        self.phones.append(Phone("", self.time(0), self.time(length), 0.0, lang))
        self.add(np.zeros(length, np.float32))


class EspeakSynthesizer:
    """Speaks with espeak-ng; ``voice`` is ``female`` or ``male``, ``speed`` a factor.

    Raises MissingExtra with the command that installs the library.
    """

    VOICES: Final = tuple(TIMBRES)

    @staticmethod
    def suited(sex: str, lang: str) -> str:
        """The voice for a figure's sex; both speak every language."""
        return sex

    def __init__(
        self, voice: str = "female", *, speed: float = 1.0, lexicon: Lexicon | None = None
    ) -> None:
        if voice not in TIMBRES:
            raise UnknownPlugin(f"espeak has no voice {voice!r}: give {', '.join(TIMBRES)}")
        self._lib = libespeak.shared()
        self._timbre = TIMBRES[voice]
        self._voice, self._speed = voice, speed
        self._lexicon = lexicon or Lexicon()
        warm()

    @property
    def name(self) -> str:
        return f"espeak/{self._voice}"

    @property
    def capabilities(self) -> VoiceCapabilities:
        return VoiceCapabilities(("zh", "en"), True, True, True, 0.01)

    def synthesize(self, text: str, *, lang: str = "auto") -> Iterator[Speech]:
        """Speak clause by clause; raises ConfigError for empty text or an unknown language."""
        return by_clause(text, lang, self._speak, self._lexicon)

    def close(self) -> None:
        """Nothing to give back: the library stays open for the process."""

    def _speak(self, clause: Clause) -> Speech:
        line = _Line(self._lib.rate)
        for run in clause.runs():
            self._say_run(line, run, last=run[-1] is clause.tokens[-1])
        audio = AudioChunk(0.0, np.concatenate(line.audio), line.rate)
        return Speech(clause.text, audio, tuple(line.phones), tuple(line.words), voice=self.name)

    def _say_run(self, line: _Line, run: Sequence[Token], *, last: bool) -> None:
        lang = run[0].lang
        text, starts = _script(run)
        said = self._lib.say(
            text,
            f"{_VOICE[lang]}+{self._timbre.variant}",
            speed=round(self._timbre.speed[lang] * self._speed),
            pitch=self._timbre.pitch[lang],
            variation=self._timbre.variation,
        )
        end = _end_of_sound(said)
        line.phones.extend(_phones(line, said, end, lang))
        line.words.extend(_words(line, run, starts, said, end))
        line.add(said.samples[:end])
        if last or run[-1].mark:
            line.pause(PAUSES[run[-1].mark], lang)


def _script(run: Sequence[Token]) -> tuple[str, list[int]]:
    """What espeak reads for a run, and where each token begins in it."""
    text, starts = "", list[int]()
    for token in run:
        starts.append(len(text))
        if token.lang == "zh":
            text += " ".join(phonemes.espeak_syllable(s) for s in token.syllables)
        else:
            text += phonemes.espeak_mnemonics(token.ipa) if token.ipa else token.spoken
        # A comma keeps the tone of a run from falling where the sentence goes on.
        text += f"{token.mark} " if token is not run[-1] else token.mark or ","
    return text, starts


def _end_of_sound(said: libespeak.Utterance) -> int:
    """The sample at which the closing pause begins."""
    sounds = [mark.sample for mark in said.phones if mark.symbol]
    last = sounds[-1] if sounds else -1
    pauses = [mark.sample for mark in said.phones if not mark.symbol and mark.sample > last]
    return min([*pauses, len(said.samples)])


def _phones(line: _Line, said: libespeak.Utterance, end: int, lang: str) -> Iterator[Phone]:
    """Contiguous phones over samples 0..end."""
    marks = [mark for mark in said.phones if mark.sample < end]
    ends = [mark.sample for mark in marks[1:]] + [end]
    start = 0
    for mark, stop in zip(marks, ends, strict=False):
        silent = not mark.symbol and stop - start > _HOLD * line.rate
        if silent or (mark.symbol and stop > mark.sample):
            symbol, stress = phonemes.from_espeak(mark.symbol, lang)
            yield Phone(symbol, line.time(start), line.time(stop), stress, lang)
            start = stop


def _words(
    line: _Line, run: Sequence[Token], starts: list[int], said: libespeak.Utterance, end: int
) -> Iterator[Word]:
    begins: list[int | None] = [None] * len(run)
    for mark in said.words:
        index = int(np.searchsorted(starts, mark.position, side="right")) - 1
        if index >= 0 and begins[index] is None:
            begins[index] = min(mark.sample, end)
    spans = share(begins, [max(1, len(token.spoken)) for token in run], end)
    for token, (start, stop) in zip(run, spans, strict=True):
        yield Word(token.text, line.time(start), line.time(stop), token.offset)
