"""Hearing: sound in, events out; from a first voiced frame to a finished question.

``feed`` is cheap (a block of 10 ms costs well under a millisecond) and reads no clock: every
block is dated. The recogniser works on a thread of its own; what it wrote is given by a later
``feed``. With ``threaded=False`` it works inside ``feed``, for files and tests.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from avatar.devices.resample import ResampleStream
from avatar.errors import ConfigError
from avatar.media import AudioChunk, Recognizer, Transcript
from avatar.voice.echo import FRAME, EchoCanceller
from avatar.voice.endpoint import PATIENCE, Endpointer
from avatar.voice.framing import Framer
from avatar.voice.heard import (
    Heard,
    NothingHeard,
    NotSpeech,
    Partial,
    TurnEnded,
    VoiceConfirmed,
    VoiceResumed,
    VoiceStarted,
    VoiceStopped,
)
from avatar.voice.judge import SpeechJudge, wordless
from avatar.voice.scribe import Scribe, Written
from avatar.voice.vad import RATE, SECONDS, WINDOW, Silero, VoiceState, VoiceTracker
from avatar.voice.wake import WakeWords

Samples = NDArray[np.float32]
Mode = Literal["open", "push", "wake"]

LONGEST: Final = 28.0
"""s of one utterance; a monologue is cut there, so nothing grows with it."""
PAUSE: Final = 0.12
"""s of silence reported as ``VoiceStopped``; shorter ones are stops within words."""
FOLLOW_UP: Final = 8.0
"""s after an answer in which a visitor need not say the wake word again."""
_BEFORE: Final = round(0.3 / SECONDS)
"""Windows before the first voiced one that the recogniser also hears."""
_REFUSED: Final = round(1.0 / SECONDS)
"""The same when a sound just before was judged no speech: perhaps it was the first word."""


class Hearing:
    """Turns blocks of sound into events."""

    def __init__(
        self,
        recognizer: Recognizer,
        *,
        patience: float = PATIENCE,
        mode: Mode = "open",
        threaded: bool = True,
        echo: bool = False,
        wake: Sequence[str] = (),
    ) -> None:
        """``patience``: s of silence that end an ordinary turn. ``mode``: ``open`` hears always,
        ``push`` between :meth:`press` and :meth:`finish_now`, ``wake`` what begins or ends with
        one of the words ``wake``, or follows an answer within :data:`FOLLOW_UP` s. ``echo``: what
        is given to :meth:`played` is taken out of what is heard. Raises ConfigError, and
        MissingExtra without the voice detector or the echo canceller."""
        _check(patience, mode)
        self._wake = WakeWords(wake) if mode == "wake" else None
        self.mode: Mode = mode
        self._recognizer = recognizer
        self._scribe = Scribe(recognizer, threaded=threaded)
        self._silero, self._voice = Silero(), VoiceTracker()
        self._endpoint = Endpointer(patience)
        self._resample: ResampleStream | None = None
        self._echo = EchoCanceller() if echo else None
        self._steps, self._frames = Framer(FRAME, RATE), Framer(WINDOW, RATE)
        self._before: deque[tuple[float, Samples]] = deque(maxlen=_REFUSED)
        self._held = list[tuple[float, Samples]]()
        """Silent windows since the voice stopped, for when it goes on."""
        self._judge: SpeechJudge | None = None
        self._addressed = True
        """Whether the utterance is known to be meant for the figure."""
        self._refused = self._followed = float("-inf")
        """When a sound was last judged no speech; until when no wake word is needed, s."""
        self._confirmed = self._stopped = self._pressed = False
        self._text, self._utterance = "", 0
        self._parts = list[str]()
        """Final texts that the visitor talked on after."""
        self._deciding: tuple[int, float, float, float] | None = None
        """Utterance, its start, its voice's end, when it was decided: its final text is due."""
        self._events = list[Heard]()

    @property
    def recognizer(self) -> Recognizer:
        """What writes the words."""
        return self._recognizer

    @property
    def listening(self) -> bool:
        """Whether a visitor's utterance is under way or its text still due."""
        return self._confirmed or self._deciding is not None

    def feed(self, chunk: AudioChunk) -> list[Heard]:
        """Hear a block of any length and rate; returns what became known, in order."""
        for t, window in self._windows(chunk):
            self._step(t, window)
        return self.collect()

    def collect(self) -> list[Heard]:
        """What became known without new sound: the recogniser's results."""
        for written in self._scribe.collect():
            self._read(written)
        events, self._events = self._events, []
        return events

    def played(self, chunk: AudioChunk) -> None:
        """What the figure says, dated with when it is heard; from any thread, cheap."""
        if self._echo is not None:
            self._echo.played(chunk)

    def answered(self, t: float) -> None:
        """The figure's answer ended at ``t`` s: what is said soon after is meant for it."""
        self._followed = max(self._followed, t + FOLLOW_UP)

    def press(self, t: float) -> None:
        """Push-to-talk: the visitor holds the key from ``t`` s on."""
        self._pressed = True
        self._begin(t)
        self._voice.start = self._voice.end = t
        self._followed = max(self._followed, t)
        self._confirm(t)

    def finish_now(self, t: float | None = None) -> None:
        """The turn is over at once: the key was let go, or somebody pressed Enter."""
        self._pressed = False
        if self._confirmed:
            self._decide(self._now() if t is None else t)

    def close(self) -> None:
        """Stop the recogniser and close it."""
        self._scribe.close()

    def _now(self) -> float:
        return self._frames.now

    def _windows(self, chunk: AudioChunk) -> list[tuple[float, Samples]]:
        samples = np.nan_to_num(chunk.samples, posinf=0.0, neginf=0.0)
        if chunk.rate != RATE:
            if self._resample is None or self._resample.rate != chunk.rate:
                self._resample = ResampleStream(chunk.rate, RATE, quick=True)
            samples = self._resample.push(samples)
        sound = np.clip(samples, -1, 1).astype(np.float32)
        if self._echo is None:
            return self._frames.push(chunk.t, sound)
        windows = list[tuple[float, Samples]]()
        for t, step in self._steps.push(chunk.t, sound):
            windows += self._frames.push(t, self._echo.cancel(t, step))
        return windows

    def _step(self, t: float, window: Samples) -> None:
        probability = self._silero.probability(window)
        was = self._voice.state
        state = self._voice.step(t, probability)
        if self.mode == "push":
            self._hold(t, window)
            return
        if t <= self._followed and self._echo is not None and self._echo.active(t):
            self.answered(t)
        if was is VoiceState.QUIET and state is not VoiceState.QUIET:
            self._start(t)
        if self._judge is not None:
            self._judge_step(t, window, probability)
        if self._judge is not None and state is VoiceState.QUIET:
            self._refuse(t + SECONDS, "noise")
        if self._confirmed:
            self._turn_step(t, window)
        elif self._judge is not None:
            self._scribe.feed(t, window, RATE)
        self._before.append((t, window))

    def _hold(self, t: float, window: Samples) -> None:
        if self._pressed and self._confirmed:
            self._scribe.feed(t, window, RATE)
            if t - self._voice.start > LONGEST:
                self._decide(t)

    def _start(self, t: float) -> None:
        if self._deciding is not None:
            self._tell(VoiceResumed(t))
            self._begin(t, keep=True)
            self._confirmed = True
            return
        self._events.append(VoiceStarted(t, t + SECONDS))
        self._judge = SpeechJudge(self._before[-1][1] if self._before else None)
        self._begin(t)

    def _begin(self, t: float, *, keep: bool = False) -> None:
        self._utterance = self._scribe.begin(keep=keep)
        self._text, self._stopped = "", False
        self._held.clear()
        if not keep:
            self._parts.clear()
            self._deciding = None
        reach = _REFUSED if t - self._refused < _REFUSED * SECONDS / 2 else _BEFORE
        for earlier, window in list(self._before)[-reach:]:
            self._scribe.feed(earlier, window, RATE)

    def _judge_step(self, t: float, window: Samples, probability: float) -> None:
        assert self._judge is not None
        verdict = self._judge.step(window, probability)
        if verdict is None:
            return
        if verdict == "speech":
            self._judge = None
            self._confirm(t + SECONDS)
        else:
            self._refuse(t + SECONDS, verdict)

    def _refuse(self, t: float, reason: str) -> None:
        """It was no speech; what follows is heard anew."""
        self._judge, self._refused = None, t
        self._events.append(NotSpeech(t, reason))
        self._scribe.begin()
        self._voice.rest()

    def _confirm(self, t: float) -> None:
        self._confirmed = True
        self._addressed = self._wake is None or t <= self._followed
        self._events.append(VoiceConfirmed(t) if self._addressed else NotSpeech(t, "unaddressed"))

    def _heed(self, text: str) -> None:
        """Something was said; perhaps the wake word."""
        if not self._addressed and self._wake is not None and self._wake.addressed(text):
            self._addressed = True
            self._events.append(VoiceConfirmed(self._now()))

    def _tell(self, event: Heard) -> None:
        """Report what concerns the figure only if the utterance does."""
        if self._addressed:
            self._events.append(event)

    def _turn_step(self, t: float, window: Samples) -> None:
        end = self._voice.end
        silence = t + SECONDS - end
        if self._voice.state is not VoiceState.STOPPING:
            if self._stopped:
                self._tell(VoiceResumed(t))
            self._stopped = False
            for earlier, held in self._held:
                self._scribe.feed(earlier, held, RATE)
            self._held.clear()
            self._scribe.feed(t, window, RATE)
            if t - self._voice.start > LONGEST:
                self._decide(t + SECONDS)
            return
        if not self._stopped:
            self._scribe.feed(t, window, RATE)
            if silence >= PAUSE:
                self._stopped = True
                self._tell(VoiceStopped(end, t + SECONDS))
                self._scribe.pause()
            return
        self._held.append((t, window))
        if silence >= self._endpoint.wait(" ".join([*self._parts, self._text])):
            self._decide(t + SECONDS)

    def _decide(self, t: float) -> None:
        self._deciding = (self._utterance, self._voice.start, self._voice.end, t)
        self._confirmed = False
        self._held.clear()
        self._voice.rest()
        self._scribe.finish()

    def _read(self, written: Written) -> None:
        if written.error:
            self._fail(written)
        elif written.transcript is None:
            return
        elif written.transcript.final:
            self._final(written.utterance, written.transcript)
        elif written.utterance == self._utterance:
            self._text = written.transcript.text
            if self._confirmed:
                self._heed(self._text)
                self._tell(Partial(written.transcript))

    def _fail(self, written: Written) -> None:
        self._events.append(NothingHeard(self._now(), f"failed: {written.error}"))
        self._confirmed, self._deciding = False, None
        self._voice.rest()

    def _final(self, utterance: int, transcript: Transcript) -> None:
        if self._deciding is None or self._deciding[0] != utterance:
            return
        _, start, end, decided = self._deciding
        self._deciding = None
        if self._confirmed:
            self._parts.append(transcript.text)
            return
        text = _joined([*self._parts, transcript.text])
        self._parts.clear()
        self._heed(text)
        if not text or wordless(text) or not self._addressed:
            reason = "empty" if self._addressed else "unaddressed"
            self._events.append(NothingHeard(self._now(), reason))
            return
        if self._wake is not None:
            text = self._wake.without(text)
            self.answered(decided)
        said = Transcript(text, True, start, end)
        self._events.append(TurnEnded(said, end, decided, language(text)))


def _check(patience: float, mode: str) -> None:
    if not 0.1 <= patience <= 5:
        raise ConfigError(f"patience is {patience}: give 0.1 to 5 s")
    if mode not in ("open", "push", "wake"):
        raise ConfigError(f"no way of hearing {mode!r}: give open, push or wake")


def language(text: str) -> str:
    """``zh`` for text with hanzi in it, ``ko`` and ``ja`` by their letters, else ``en``."""
    if any("가" <= c <= "힣" for c in text):
        return "ko"
    if any("ぁ" <= c <= "ヿ" for c in text):
        return "ja"
    return "zh" if any("一" <= c <= "鿿" for c in text) else "en"


def _joined(parts: list[str]) -> str:
    spaced = any(part.isascii() for part in parts)
    return (" " if spaced else "").join(part for part in parts if part).strip()
