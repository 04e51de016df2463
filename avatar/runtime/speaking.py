"""Text in, spoken clauses out, one ahead: the next is made while the first plays."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import SimpleQueue
from uuid import uuid4

from avatar.lanes import Lane, LaneClosed
from avatar.media import Speech, Synthesizer
from avatar.runtime.cues import Cues


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

    At most ``ahead`` clauses wait, so a long text costs neither memory nor time to begin.
    """

    def __init__(self, now: Callable[[], float], ahead: int = 2) -> None:
        """``now`` dates what is made, s."""
        self._now = now
        self._todo: SimpleQueue[Utterance | None] = SimpleQueue()
        self._made: Lane[tuple[Utterance, Speech | None]] = Lane(ahead, "wait")
        self._open: list[Utterance] = []
        self._thread = threading.Thread(target=self._run, name="talker", daemon=True)
        self._thread.start()

    @property
    def busy(self) -> bool:
        """Whether clauses are still to come out of :meth:`take`."""
        return bool(self._open)

    def say(self, utterance: Utterance) -> None:
        """Queue an utterance."""
        self._open.append(utterance)
        self._todo.put(utterance)

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
            utterance.cancelled = True

    def close(self) -> None:
        """Stop after the clause at hand."""
        self.cancel()
        self._todo.put(None)
        self._made.close()
        self._thread.join(timeout=30)

    def _run(self) -> None:
        for utterance in iter(self._todo.get, None):
            try:
                self._synthesize(utterance)
            except LaneClosed:
                return

    def _synthesize(self, utterance: Utterance) -> None:
        try:
            if not utterance.cancelled:
                voice = utterance.voice()
                for speech in voice.synthesize(utterance.text, lang=utterance.lang):
                    utterance.made = self._now() if utterance.made is None else utterance.made
                    self._made.put((utterance, speech))
                    if utterance.cancelled:
                        break
        except LaneClosed:
            raise
        except Exception as error:  # told to whoever takes the next clause
            utterance.error = error
        self._made.put((utterance, None))
