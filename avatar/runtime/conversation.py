"""A conversation: what a visitor says becomes a question, its answer is said.

Nothing here owns a device or a thread: blocks of sound come in dated, the voice is a
:class:`Voice` handed in, and thinking is done by ``work``; so the same code serves a clip in its
own time and a live session.

Barge-in has two steps. At the visitor's first voiced frame the voice is lowered; when it is
confirmed to be speech the voice falls silent, thinking stops, and the history keeps only what was
heard; when it was a cough the voice comes back up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from threading import RLock
from typing import Any, Final, Literal, Protocol

from avatar.animation.attend import State
from avatar.errors import AvatarError
from avatar.media import AudioChunk, Dialogue, Exchange, Question, Reply, Transcript
from avatar.voice.dialogue.persona import Persona
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
from avatar.voice.hearing import Hearing, language

Reaction = Literal["stopped", "resumed"]
Work = Callable[[Callable[[], None]], object]

PATIENCE: Final = 2.5
"""s of thinking after which the figure says that it is still thinking."""
_KEPT: Final = 1000
"""Turns that are kept."""
_MEMORY: Final = 12
"""Exchanges that are put to the dialogue with a question."""


class Said(Protocol):
    """A sentence on its way; times in s on the session's clock, None until they come."""

    @property
    def made(self) -> float | None:
        """When its first clause had been made into sound."""
        ...

    @property
    def started(self) -> float | None:
        """When its first sample is heard."""
        ...

    @property
    def shown(self) -> float | None:
        """When the first frame of its mouth had been drawn."""
        ...


class Voice(Protocol):
    """Says the answers of one figure, and bears it."""

    @property
    def speaking(self) -> bool:
        """Whether something is being said or is still to be said."""
        ...

    def now(self) -> float:
        """The session's time, s."""
        ...

    def say(self, reply: Reply) -> Said | None:
        """Queue a sentence; returns at once."""
        ...

    def expect(self, reply: Reply | None) -> None:
        """It is likely to be said next: get ready; None: nothing is. Returns at once."""
        ...

    def duck(self, low: bool) -> None:
        """Speak low because somebody else began to, or as before."""
        ...

    def silence(self) -> str:
        """Stop, if anything is being said; returns what was heard since the last call."""
        ...

    def attend(self, state: State) -> None:
        """Bear yourself as somebody does who is in ``state``."""
        ...

    def react(self, reaction: Reaction) -> None:
        """The visitor's voice ``stopped``, which may be the end; or it ``resumed`` after all."""
        ...


@dataclass(slots=True, eq=False)
class Turn:
    """One question and its answer; times in s on the session's clock."""

    question: Transcript
    lang: str = "auto"
    voice_end: float | None = None
    """When the visitor's voice ended; None for a typed question."""
    decided: float | None = None
    """When the turn was taken to be over."""
    final: float | None = None
    """When its final text was known."""
    thought: float | None = None
    """When the first sentence of the answer was."""
    replies: list[Reply] = field(default_factory=list[Reply])
    said: list[Said] = field(default_factory=list[Said])
    heard: str = ""
    """What of the answer was heard; complete once the turn is over."""
    interrupted: bool = False
    """Whether the visitor cut in."""

    @property
    def answer(self) -> str:
        """All that was meant to be said."""
        return " ".join(reply.text for reply in self.replies)


class Conversation:
    """Hears, asks the dialogue, and has its answer said. Methods may be called from any thread."""

    def __init__(
        self,
        voice: Voice,
        dialogue: Dialogue,
        hearing: Hearing | None = None,
        *,
        visitor: str = "",
        work: Work | None = None,
        over: Callable[[Turn], None] | None = None,
    ) -> None:
        """``hearing`` may be missing where questions are only typed (:meth:`ask`); a persona that
        ``dialogue`` has gives the words for awkward moments; ``work`` runs thinking elsewhere (an
        executor's ``submit``), else it is done within the call; ``over`` is given every turn that
        is over."""
        self._voice, self._dialogue, self._hearing = voice, dialogue, hearing
        self._visitor = visitor
        self._persona: Persona = getattr(dialogue, "persona", None) or Persona()
        self._work: Work = work or (lambda do: do())
        self._over = over or (lambda turn: None)
        self._lock = RLock()
        self._history = list[Exchange]()
        self._turn: Turn | None = None
        """The one whose answer is thought about or said."""
        self._put_off: Turn | None = None
        """A question whose answer had not begun when the visitor spoke again."""
        self._round = 0
        """Counts what was begun to think about; thinking of an earlier round is given up."""
        self._thinking = self._ducked = self._cut = self._waited = False
        self._attended: State = "idle"
        self.turns = list[Turn]()
        """The last turns, oldest first."""
        self._paused, self._foreseen = False, ""
        """Whether the visitor pauses; the words for which an answer is got ready meanwhile."""
        self.partial = ""
        """What is believed of the utterance under way."""
        self.trouble = ""
        """Why the last utterance came to nothing; empty when it did not."""

    @property
    def state(self) -> State:
        listening = self._hearing is not None and self._hearing.listening
        if listening and not self._voice.speaking:
            return "interrupted" if self._cut else "listening"
        if self._voice.speaking:
            return "speaking"
        return "thinking" if self._thinking else "idle"

    @property
    def history(self) -> Sequence[Exchange]:
        """Past exchanges with what was heard of each answer."""
        return tuple(self._history)

    def hear(self, chunk: AudioChunk) -> list[Heard]:
        """Take in a block of the visitor's sound; returns what was made of it."""
        if self._hearing is None:
            return []
        with self._lock:
            return self._take(self._hearing.feed(chunk))

    def pass_time(self) -> list[Heard]:
        """To be called often while nothing is heard: late words, waits, the ends of answers."""
        with self._lock:
            return self._take(self._hearing.collect() if self._hearing is not None else [])

    def push_to_talk(self) -> bool:
        """The talk key: the first time the visitor's turn begins, the next time it is over.

        Returns whether it is on now; for a hearing in the mode ``push``.
        """
        if self._hearing is None or self._hearing.mode != "push":
            return False
        with self._lock:
            if self._hearing.listening:
                self._hearing.finish_now(self._voice.now())
                return False
            self._hearing.press(self._voice.now())
            return True

    def ask(self, text: str, lang: str = "auto") -> Turn:
        """Put a typed question; it cuts off what is being said."""
        now = self._voice.now()
        turn = Turn(Transcript(text, True, now, now), lang, final=now)
        with self._lock:
            self._end_turn(interrupted=self._voice.speaking)
            self._answer(turn)
        return turn

    def close(self) -> None:
        """Close the hearing and the dialogue."""
        with self._lock:
            self._end_turn(interrupted=self._voice.speaking)
        if self._hearing is not None:
            self._hearing.close()
        self._dialogue.close()

    def _take(self, events: list[Heard]) -> list[Heard]:
        for event in events:
            self._react(event)
        self._keep_up()
        return events

    def _react(self, event: Heard) -> None:
        match event:
            case VoiceStarted() if self._voice.speaking:
                self._duck(True)
            case NotSpeech():
                self._duck(False)
            case VoiceConfirmed():
                self.partial = self.trouble = self._foreseen = ""
                self._paused = False
                self._confirm()
            case Partial(transcript):
                self.partial = transcript.text
                self._foresee()
            case VoiceStopped():
                self._paused = True
                self._voice.react("stopped")
                self._foresee()
            case VoiceResumed():
                self._paused, self._foreseen = False, ""
                self._voice.expect(None)
                self._voice.react("resumed")
            case TurnEnded(transcript, voice_end, decided, lang):
                self._end_turn(interrupted=self._voice.speaking)
                now = self._voice.now()
                self._answer(Turn(transcript, lang, voice_end, decided, now))
            case NothingHeard(_, reason):
                self.trouble, self.partial, self._cut = reason, "", False
                self._duck(False)
                if self._put_off is not None:
                    self._answer(self._put_off)
            case _:
                pass

    def _confirm(self) -> None:
        """The visitor speaks: be quiet. A question not yet answered waits for what this is."""
        turn, self._cut = self._turn, self._voice.speaking
        if turn is not None and not turn.replies:
            self._turn, self._put_off = None, turn
            self._round, self._thinking = self._round + 1, False
            self._voice.silence()
            self._duck(False)
            return
        self._end_turn(interrupted=self._cut)

    def _foresee(self) -> None:
        """The visitor pauses: get ready for the question this would be if it is over."""
        foresee: Any = getattr(self._dialogue, "foresee", None)
        if self._paused and self.partial != self._foreseen and foresee is not None:
            self._foreseen = self.partial
            self._work(partial(self._get_ready, foresee, self.partial))

    def _get_ready(self, foresee: Callable[[Question], Iterable[Reply]], text: str) -> None:
        question = Question(
            text,
            language(text),
            tuple(self._history),
            visitor=self._visitor,
            cancelled=lambda: self._foreseen != text,
        )
        if question.cancelled():
            return
        with suppress(Exception):  # what is wrong shows when it is asked in earnest
            if first := next(iter(foresee(question)), None):
                self._voice.expect(first)

    def _duck(self, low: bool) -> None:
        if low != self._ducked:
            self._ducked = low
            self._voice.duck(low)

    def _end_turn(self, *, interrupted: bool) -> None:
        """Fall silent and keep what was heard of the answer under way."""
        heard = self._voice.silence()
        self._duck(False)
        turn, self._turn = self._turn or self._put_off, None
        self._round += 1
        self._put_off, self._thinking = None, False
        if turn is None:
            return
        if self._hearing is not None:
            self._hearing.answered(self._voice.now())
        turn.heard, turn.interrupted = heard, interrupted
        exchange = Exchange(turn.question.text, heard)
        self._history.append(exchange)
        del self._history[:-_MEMORY]
        try:
            self._keep(turn, exchange)
        except AvatarError as error:  # a full disk must not lose the question that comes now
            self.trouble = str(error)

    def _keep(self, turn: Turn, exchange: Exchange) -> None:
        """Tell those who remember; raises what they raise."""
        remember = getattr(self._dialogue, "remember", None)
        if callable(remember):
            remember(self._visitor, exchange)
        self._over(turn)

    def _answer(self, turn: Turn) -> None:
        self.partial = self.trouble = ""
        self._cut = self._waited = False
        self._turn, self._put_off, self._thinking = turn, None, True
        if turn not in self.turns:
            self.turns.append(turn)
            del self.turns[:-_KEPT]
        self._round += 1
        self._work(partial(self._think, turn, self._round))

    def _think(self, turn: Turn, round_: int) -> None:
        """Have the sentences of the answer said as they come; stops when nobody waits for them."""
        question = Question(
            turn.question.text,
            turn.lang,
            tuple(self._history),
            visitor=self._visitor,
            cancelled=lambda: self._round != round_,
        )
        try:
            for reply in self._dialogue.answer(question):
                with self._lock:
                    if self._round != round_:
                        return
                    self._say(turn, reply)
        except AvatarError as error:
            self.trouble = str(error)
        except Exception as error:  # a plug-in's own fault must not end the conversation
            self.trouble = f"{self._dialogue.name}: {error or type(error).__name__}"
        with self._lock:
            if self._round != round_:
                return
            if not turn.replies:
                self._say(turn, self._own("lost", turn))
            self._thinking = False

    def _say(self, turn: Turn, reply: Reply) -> None:
        if turn.thought is None:
            turn.thought = self._voice.now()
        turn.replies.append(reply)
        said = self._voice.say(reply)
        if said is not None:
            turn.said.append(said)

    def _own(self, kind: str, turn: Turn) -> Reply:
        """One of the persona's own lines."""
        lang = self._persona.answers_in(turn.question.text, turn.lang)
        text = self._persona.line(kind, lang, len(self.turns) - 1)
        return Reply(text, lang, source=f"persona:{kind}")

    def _keep_up(self) -> None:
        """What time alone brings about."""
        turn = self._turn
        if turn is not None and self._thinking and not turn.replies and not self._waited:
            since = turn.final if turn.final is not None else self._voice.now()
            if self._voice.now() - since > PATIENCE:
                self._waited = True
                self._voice.say(self._own("timeout", turn))
        if turn is not None and not self._thinking and not self._voice.speaking:
            self._end_turn(interrupted=False)
        state = self.state
        if state != self._attended:
            self._attended = state
            self._voice.attend(state)
