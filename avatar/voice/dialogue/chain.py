"""Dialogues asked one after another: the first that has an answer gives it.

One that is slow, fails or does not know is passed over before it has said anything; once a
sentence has been said, no other dialogue takes over in the middle of it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, Final

from avatar.clock import monotonic
from avatar.errors import AvatarError
from avatar.media import Dialogue, DialogueCapabilities, Exchange, Question, Reply
from avatar.voice.dialogue.asking import asks_for_a_fact
from avatar.voice.dialogue.attempt import Attempt, Late
from avatar.voice.dialogue.guard import Guard
from avatar.voice.dialogue.memory import Memory, MemoryDialogue, wants_to_be_forgotten
from avatar.voice.dialogue.persona import Persona

_REST: Final = (15.0, 300.0)
"""s for which a dialogue that failed is not asked: at first, and at most (it doubles)."""

_LOG: Final = logging.getLogger("avatar.dialogue")


@dataclass(slots=True)
class _Link:
    """A dialogue and how it has been doing."""

    dialogue: Dialogue
    failures: int = 0
    rest_until: float = 0.0

    @property
    def capabilities(self) -> DialogueCapabilities:
        return getattr(self.dialogue, "capabilities", DialogueCapabilities())


class Chain:
    """A Dialogue made of several, under one persona.

    ``facts`` finds what is known about a question, for dialogues that write freely. ``memory``
    gives what a visitor who agreed said before, and answers "forget me"; what was heard is put into
    it by ``remember``. ``notice`` is told in one line when a dialogue is passed over, once until it
    works again; ``now`` is a clock in s; ``refused`` says what could not be made part of it. With
    no answer from any, the persona's fallback line is said.
    """

    def __init__(
        self,
        dialogues: Sequence[Dialogue],
        persona: Persona | None = None,
        *,
        facts: Callable[[Question], Sequence[str]] | None = None,
        notice: Callable[[str], None] | None = None,
        now: Callable[[], float] = monotonic,
        memory: Memory | None = None,
        refused: Sequence[str] = (),
    ) -> None:
        self._persona = persona or Persona()
        self._memory = memory
        first = [MemoryDialogue(memory, self._persona)] if memory else []
        self._links = [_Link(dialogue) for dialogue in [*first, *dialogues]]
        self._guard = Guard(self._persona)
        self._facts, self._notice, self._now = facts, notice or _LOG.warning, now
        self._turn = 0
        self.refused = tuple(refused)
        """Dialogues that ``auto`` could not make, each with the reason."""

    @property
    def name(self) -> str:
        return ",".join(link.dialogue.name for link in self._links)

    @property
    def dialogues(self) -> tuple[Dialogue, ...]:
        """In the order in which they are asked."""
        return tuple(link.dialogue for link in self._links)

    @property
    def persona(self) -> Persona:
        """Whose limits and lines hold."""
        return self._persona

    def answer(self, question: Question) -> Iterator[Reply]:
        """The sentences of the first dialogue that has any, as they may be said."""
        self._turn += 1
        told = question.facts
        if self._memory is not None:
            question = self._memory.recall(question)
        for link in self._links:
            if question.cancelled():
                return
            if link.rest_until > self._now():
                continue
            asked = self._asked(link, question, told)
            if asked is None:
                continue
            said = False
            with closing(self._attempt(link, asked)) as replies:
                for reply in self._guard.pass_on(replies, asked, self._turn - 1):
                    said = True
                    yield reply
            if said:
                return
        if not question.cancelled():
            yield self._own("fallback", question, confidence=0.0)

    def foresee(self, question: Question) -> list[Reply]:
        """What would likely be said, without any effect: to get ready while a visitor pauses.

        Only dialogues that can tell beforehand are asked (they have a ``foresee``).
        """
        if self._memory is not None:
            question = self._memory.recall(question)
        for dialogue in self.dialogues:
            foresee: Any = getattr(dialogue, "foresee", None)
            if callable(foresee):
                told: Any = foresee(question)
                if replies := list(self._guard.pass_on(told, question, self._turn)):
                    return replies
        return []

    def lines(self) -> Iterator[tuple[str, str]]:
        """(sentence, language) of all that is known to be said one day."""
        for dialogue in self.dialogues:
            lines: Any = getattr(dialogue, "lines", None)
            if callable(lines):
                told: Any = lines()
                yield from told
        for ways in self._persona.lines.values():
            for lang, texts in ways.items():
                yield from ((text, lang) for text in texts)

    def ready(self, timeout: float = 30.0) -> bool:
        """Wait until each dialogue is at its best, at most ``timeout`` s; whether they are."""
        end = monotonic() + timeout
        waits = [getattr(dialogue, "ready", None) for dialogue in self.dialogues]
        found = [wait(max(0.0, end - monotonic())) for wait in waits if callable(wait)]
        return all(found)

    def remember(self, visitor: str, exchange: Exchange) -> None:
        """Keep what was asked and *heard*, if there is a memory and the visitor agreed."""
        if self._memory is not None and not wants_to_be_forgotten(exchange.question):
            self._memory.keep(visitor, exchange)

    def close(self) -> None:
        """Close every dialogue."""
        for link in self._links:
            link.dialogue.close()

    def _asked(self, link: _Link, question: Question, told: Sequence[str]) -> Question | None:
        """The question as put to a dialogue; None where the persona does not let it write.

        ``told`` came with the question and counts as an answer to it; a visitor's name does not.
        """
        if not link.capabilities.free:
            return question
        if self._persona.free == "off":
            return None
        found = self._facts(question) if self._facts else ()
        known = told or found or self._persona.free == "facts"
        if not known and asks_for_a_fact(question.text):
            return None
        return replace(question, facts=(*question.facts, *found))

    def _attempt(self, link: _Link, question: Question) -> Generator[Reply]:
        capabilities, limits = link.capabilities, self._persona.limits
        patience = capabilities.patience or limits.patience
        attempt = Attempt(link.dialogue, question)
        said = 0
        try:
            while (reply := attempt.next(patience)) is not None:
                yield replace(reply, free=reply.free or capabilities.free)
                said += 1
                patience = max(patience, limits.patience)
        except (Late, AvatarError) as error:
            self._failed(link, error, patience)
            if said:
                yield self._own("lost", question)
        else:
            link.failures = 0
        finally:
            attempt.give_up()

    def _failed(self, link: _Link, error: Exception, patience: float) -> None:
        link.failures += 1
        rest = min(_REST[0] * 2 ** (link.failures - 1), _REST[1])
        link.rest_until = self._now() + rest
        if link.failures == 1:
            why = f"no sentence within {patience:g} s" if isinstance(error, Late) else str(error)
            self._notice(f"{link.dialogue.name}: {why}; going on without it for a while")

    def _own(self, kind: str, question: Question, confidence: float = 1.0) -> Reply:
        """One of the persona's own lines."""
        lang = self._persona.answers_in(question.text, question.lang)
        text = self._persona.line(kind, lang, self._turn - 1)
        return Reply(text, lang, source=f"persona:{kind}", confidence=confidence)
