"""A conversation: what a visitor says becomes a question, its answer is said.

Nothing here reads a clock or owns a device: blocks of sound come in dated, and the voice is a
:class:`Voice` handed in, so the same code serves a clip in its own time and a live session.
A visitor who speaks over the answer ends it; the history keeps only what was heard.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

from avatar.media import AudioChunk, Dialogue, Exchange, Question, Reply, Transcript
from avatar.voice.heard import Heard, NothingHeard, Partial, TurnEnded, VoiceConfirmed
from avatar.voice.hearing import Hearing

State = Literal["idle", "listening", "speaking"]

_MEMORY: Final = 12
"""Exchanges that are put to the dialogue with a question."""


class Voice(Protocol):
    """Says the answers of one figure."""

    @property
    def speaking(self) -> bool:
        """Whether something is being said or is still to be said."""
        ...

    def say(self, reply: Reply) -> None:
        """Queue a sentence; returns at once."""
        ...

    def silence(self) -> str:
        """Stop, if anything is being said; returns what was heard since the last call."""
        ...


@dataclass(slots=True)
class Turn:
    """One question and its answer."""

    question: Transcript
    lang: str = "auto"
    voice_end: float | None = None
    """When the visitor's voice ended, s; None for a typed question."""
    decided: float | None = None
    """When the turn was taken to be over, s."""
    replies: list[Reply] = field(default_factory=list[Reply])

    @property
    def answer(self) -> str:
        """All that was meant to be said."""
        return " ".join(reply.text for reply in self.replies)


class Conversation:
    """Hears, asks the dialogue, and has its answer said."""

    def __init__(
        self,
        voice: Voice,
        dialogue: Dialogue,
        hearing: Hearing | None = None,
        *,
        visitor: str = "",
    ) -> None:
        """``hearing`` may be missing where questions are only typed (:meth:`ask`)."""
        self._voice, self._dialogue, self._hearing = voice, dialogue, hearing
        self._visitor = visitor
        self._history = list[Exchange]()
        self._asked = ""
        self.turns = list[Turn]()
        """All turns so far, oldest first."""
        self.partial = ""
        """What is believed of the utterance under way."""
        self.trouble = ""
        """Why the last utterance came to nothing; empty when it did not."""

    @property
    def state(self) -> State:
        if self._voice.speaking:
            return "speaking"
        return "listening" if self._hearing is not None and self._hearing.listening else "idle"

    @property
    def history(self) -> Sequence[Exchange]:
        """Past exchanges with what was heard of each answer."""
        return tuple(self._history)

    def hear(self, chunk: AudioChunk) -> list[Heard]:
        """Take in a block of the visitor's sound; returns what was made of it."""
        if self._hearing is None:
            return []
        events = self._hearing.feed(chunk)
        for event in events:
            self._react(event)
        return events

    def ask(self, text: str, lang: str = "auto", t: float = 0.0) -> Turn:
        """Put a typed question at ``t`` s."""
        turn = Turn(Transcript(text, True, t, t), lang)
        self._answer(turn)
        return turn

    def close(self) -> None:
        """Close the hearing and the dialogue."""
        if self._hearing is not None:
            self._hearing.close()
        self._dialogue.close()

    def _react(self, event: Heard) -> None:
        match event:
            case VoiceConfirmed():
                self.partial = self.trouble = ""
                self._settle()
            case Partial(transcript):
                self.partial = transcript.text
            case TurnEnded(transcript, voice_end, decided, lang):
                self._answer(Turn(transcript, lang, voice_end, decided))
            case NothingHeard(_, reason):
                self.trouble = reason
            case _:
                pass

    def _settle(self) -> None:
        """Fall silent and keep what was heard of the answer under way."""
        heard = self._voice.silence()
        if self._asked:
            self._history.append(Exchange(self._asked, heard))
            del self._history[:-_MEMORY]
        self._asked = ""

    def _answer(self, turn: Turn) -> None:
        self._settle()
        self.partial = self.trouble = ""
        self._asked = turn.question.text
        self.turns.append(turn)
        question = Question(
            turn.question.text, turn.lang, tuple(self._history), visitor=self._visitor
        )
        for reply in self._dialogue.answer(question):
            turn.replies.append(reply)
            self._voice.say(reply)
