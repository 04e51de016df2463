"""Text in, spoken clauses out, one ahead: the next is made while the first plays."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain
from queue import Empty, SimpleQueue
from threading import Lock
from typing import Final
from uuid import uuid4

from avatar.lanes import Lane, LaneClosed
from avatar.media import KeepingSynthesizer, Speech, Synthesizer
from avatar.runtime.cues import Cues

_LULL: Final = 0.25
"""s without anything to say after which the next line is rehearsed."""


@dataclass(eq=False)
class Utterance:
    """Something to be said by one voice."""

    text: str
    voice: Callable[[], Synthesizer]
    """Gives the voice; called on the talker's thread, for a voice may take seconds to load."""
    lang: str = "auto"
    performer: int = 0
    """Index of the figure that says it."""
    id: str = field(default_factory=lambda: uuid4().hex[:12])
    made: float | None = None
    """Clock time its first clause had been made into sound, s."""
    shown: float | None = None
    """Clock time the first frame since it began had been drawn, s."""
    started: float | None = None
    """Clock time its first sample is heard, s; None until it is due."""
    end: float | None = None
    """Clock time its last clause so far ends, s."""
    spoken: int = 0
    """Characters of ``text`` handed to the speaker so far."""
    clauses: list[tuple[float, Speech]] = field(default_factory=list[tuple[float, Speech]])
    """What was handed to the speaker, each with the clock time of its first sample, s."""
    cues: Cues | None = None
    """Gestures and moods written into the text."""
    cancelled: bool = False
    error: Exception | None = None

    def heard_from(self, start: float, speech: Speech) -> None:
        """Its next clause is heard from clock time ``start`` s on."""
        self.started = start if self.started is None else self.started
        self.end = start + speech.audio.duration
        self.spoken += len(speech.text)
        self.clauses.append((start, speech))

    def heard(self, t: float) -> str:
        """The words that had begun to be heard by clock time ``t`` s."""
        text = ""
        for start, speech in self.clauses:
            heard = _heard(speech, t - start)
            text += " " + heard if text and heard and text[-1].isascii() else heard
        return text


def _heard(speech: Speech, elapsed: float) -> str:
    """Its words begun within ``elapsed`` s; without word times, its share of the text."""
    if elapsed <= 0:
        return ""
    if elapsed >= speech.audio.duration:
        return speech.text.strip()
    later = [word.offset for word in speech.words if word.start >= elapsed and word.offset >= 0]
    share = round(len(speech.text) * elapsed / speech.audio.duration)
    return speech.text[: min(later, default=len(speech.text)) if speech.words else share].strip()


class Talker:
    """Synthesises utterances in order on a thread of its own.

    At most ``ahead`` clauses wait, so a long text costs neither memory nor time to begin. What is
    likely to be said next can be begun on a guess; a voice that keeps what it makes is also given
    lines for later, while nothing else is to be done.
    """

    def __init__(
        self,
        now: Callable[[], float],
        ahead: int = 2,
        made: Callable[[], object] = lambda: None,
    ) -> None:
        """``now`` dates what is made, s; ``made`` is called, on the talker's thread, when there is
        something to :meth:`take`."""
        self._now, self._tell = now, made
        self._todo: SimpleQueue[Utterance | None] = SimpleQueue()
        self._made: Lane[tuple[Utterance, Speech | None]] = Lane(ahead, "wait")
        self._open: list[Utterance] = []
        self._expected: Utterance | None = None
        self._begun: tuple[Speech, Iterator[Speech]] | None = None
        """The first clause of what is expected, and those to come."""
        self._lines = deque[Utterance]()
        self._quiet: Callable[[], bool] = lambda: False
        self._at_work = Lock()
        self._current: tuple[Utterance, Synthesizer] | None = None
        self._thread = threading.Thread(target=self._run, name="talker", daemon=True)
        self._thread.start()

    @property
    def busy(self) -> bool:
        """Whether clauses are still to come out of :meth:`take`."""
        return bool(self._open)

    @property
    def unrehearsed(self) -> int:
        """Lines still to be made for later."""
        return len(self._lines)

    def say(self, utterance: Utterance) -> None:
        """Queue an utterance; what was made on a guess gives way to it."""
        expected = self._expected
        if expected is not None and expected.text != utterance.text:
            self._give_up(expected)
        self.hold()
        self._open.append(utterance)
        self._todo.put(utterance)

    def expect(self, utterance: Utterance) -> None:
        """It is likely to be said next: have its first clause made. An empty one gives up the
        guess before it."""
        if self._expected is not None:
            self._give_up(self._expected)
        self.hold()
        self._expected = utterance if utterance.text.strip() else None
        if self._expected is not None:
            self._todo.put(utterance)

    def rehearse(self, lines: Iterable[Utterance], quiet: Callable[[], bool]) -> None:
        """Have these, and no others, made for later, one after another while it is ``quiet``."""
        self.hold()
        self._quiet, self._lines = quiet, deque(lines)

    def hold(self) -> None:
        """It is quiet no more: the line that is being rehearsed waits for another time."""
        for line in list(self._lines)[:1]:
            self._give_up(line)

    def take(self, *, wait: bool) -> tuple[Utterance, Speech] | None:
        """The next clause, or None if nothing is due (``wait``: only at the end of the queue).

        Raises what the synthesizer raised; the utterances behind it are still to come.
        """
        while self._open:
            try:
                utterance, speech = self._made.get(None if wait else 0)
            except (TimeoutError, LaneClosed):
                return None
            if speech is None:
                self._open.remove(utterance)
                if utterance.error is not None:
                    raise utterance.error
            elif not utterance.cancelled:
                return utterance, speech
        return None

    def cancel(self) -> None:
        """Forget all that is not taken yet."""
        for utterance in self._open:
            self._give_up(utterance)

    def close(self) -> None:
        """Stop after the clause at hand."""
        self.hold()
        self._lines.clear()
        self.cancel()
        self._todo.put(None)
        self._made.close()
        self._thread.join(timeout=30)

    def _give_up(self, utterance: Utterance) -> None:
        """Nobody waits for it any more; a voice that can stops in the middle of a clause."""
        with self._at_work:
            utterance.cancelled = True
            current, voice = self._current or (None, None)
            if current is utterance and isinstance(voice, KeepingSynthesizer):
                voice.stop()

    def _run(self) -> None:
        while True:
            try:
                utterance = self._todo.get(timeout=_LULL)
            except Empty:
                self._rehearse()
                continue
            if utterance is None:
                return
            try:
                self._do(utterance)
            except LaneClosed:
                return

    def _do(self, utterance: Utterance) -> None:
        if utterance in self._open:
            self._synthesize(utterance)
        elif utterance is self._expected:
            self._begun = None
            with suppress(Exception):  # what is wrong shows when it is said
                clauses = self._clauses(utterance)
                self._begun = next(clauses), clauses

    def _synthesize(self, utterance: Utterance) -> None:
        try:
            for speech in self._guessed(utterance) or self._clauses(utterance):
                if utterance.cancelled:
                    break
                utterance.made = self._now() if utterance.made is None else utterance.made
                self._put(utterance, speech)
        except LaneClosed:
            raise
        except Exception as error:  # told to whoever takes the next clause
            if not utterance.cancelled:
                utterance.error = error
        self._put(utterance, None)

    def _put(self, utterance: Utterance, speech: Speech | None) -> None:
        self._made.put((utterance, speech))
        self._tell()

    def _guessed(self, utterance: Utterance) -> Iterator[Speech] | None:
        """The clauses of ``utterance`` if it was expected and is begun; no guess is left."""
        expected, begun = self._expected, self._begun
        self._expected = self._begun = None
        if expected is None or begun is None or expected.cancelled:
            return None
        same = (expected.text, expected.lang, expected.performer)
        if same != (utterance.text, utterance.lang, utterance.performer):
            return None
        return chain([begun[0]], begun[1])

    def _rehearse(self) -> None:
        """Make the next line, unless it is not quiet any more."""
        if not self._lines or not self._quiet():
            return
        line = self._lines[0]
        line.cancelled = not self._todo.empty()
        with suppress(Exception):  # a line that cannot be said is told when it is to be said
            for _ in self._clauses(line, rehearsed=True):
                if not self._quiet():
                    return
        if not line.cancelled and self._lines and self._lines[0] is line:
            self._lines.popleft()

    def _clauses(self, utterance: Utterance, *, rehearsed: bool = False) -> Iterator[Speech]:
        """Its clauses, until it is given up; ``rehearsed``: only from a voice that keeps them."""
        voice = utterance.voice()
        make = voice.synthesize
        if rehearsed:
            if not isinstance(voice, KeepingSynthesizer):
                return
            make = voice.rehearse
        found = make(utterance.text, lang=utterance.lang)
        while not utterance.cancelled:
            with self._at_work:
                self._current = utterance, voice
            try:
                speech = next(found, None)
            finally:
                with self._at_work:
                    self._current = None
            if speech is None:
                return
            yield speech
