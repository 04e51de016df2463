"""Answers from a knowledge folder, and nothing else: what it does not hold is not said.

A question goes to the entry it most likely asks for. Where two are as likely, or the best is in
doubt, the visitor is asked which was meant; below that nothing comes, the question is kept for
``avatar knowledge review`` and the next dialogue has its turn. All text is only ever text: neither
a file nor a visitor can ask for anything but a known gesture or emotion.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from avatar.media import Question, Reply
from avatar.voice.knowledge import followup, terms
from avatar.voice.knowledge.entry import Entry, Lang, language
from avatar.voice.knowledge.folder import folder_path
from avatar.voice.knowledge.live import SMALLTALK, LiveKnowledge
from avatar.voice.knowledge.match import Array, Index, Match
from avatar.voice.knowledge.problem import Problem
from avatar.voice.knowledge.unanswered import Log, Unanswered, log_path
from avatar.voice.text.split import sentences

ACCEPT: Final = 0.5
"""Probability from which an answer is given."""
OFFER: Final = 0.25
"""Probability from which "did you mean" is asked."""
CLOSE: Final = 0.06
"""Two entries nearer than this are both offered, unless the first is beyond doubt."""
SURE: Final = 0.8
_SAME: Final = 1.5
"""Log odds taken from the entry just told when a question goes on from it."""
_TOPIC: Final = 0.7
"""Log odds given to the topic just talked about."""
_LONGEST: Final = 400
"""Characters of a question that are looked at: the last ones."""
_NAMES: Final[Mapping[str, str]] = {"zh": "小美", "en": "Mei"}


class FaqDialogue:
    """Retrieval from knowledge folders."""

    def __init__(
        self,
        folder: str | Path | Sequence[str | Path] = (),
        *,
        smalltalk: bool = True,
        names: Mapping[str, str] = _NAMES,
        log: Path | None = None,
        keep_log: bool = True,
        meaning: bool = True,
        watch: bool = True,
    ) -> None:
        """``folder``: one or more folders, or names of shipped ones; ``names``: what the figure
        is called in each language (``{name}`` in an answer); ``log``: where questions without an
        answer are kept (by default a file of the user's for the first folder); ``meaning`` False
        matches by words alone; ``watch``: edits are read while running.

        Raises MissingAsset where a folder is not there, MissingExtra where a file needs one.
        """
        folders = [folder] if isinstance(folder, str | Path) else [*folder]
        folders = [one for one in folders if str(one)]
        first = folder_path(folders[0]) if folders else None
        if smalltalk or not folders:
            folders.append(SMALLTALK)
        self._names = names
        self._log = Log((log or (log_path(first) if first else None)) if keep_log else None)
        self._knowledge = LiveKnowledge(folders, meaning=meaning, watch=watch)
        self._matched: tuple[object, list[Match]] = (None, [])
        """The last question with all that its matches depend on, and these."""

    @property
    def name(self) -> str:
        return "faq"

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the files as they are now."""
        return self._knowledge.problems

    @property
    def entries(self) -> Sequence[Entry]:
        """What is known at the moment."""
        return self._knowledge.index.entries

    def ready(self, timeout: float | None = None) -> bool:
        """Wait until questions are matched by meaning, at most ``timeout`` s; whether they are."""
        return self._knowledge.ready(timeout)

    def refresh(self) -> bool:
        """Read edited files now; returns whether there were any."""
        return self._knowledge.refresh()

    def close(self) -> None:
        self._knowledge.close()

    def answer(self, question: Question) -> Iterator[Reply]:
        """The sentences of the entry asked for; none where nothing fits."""
        if question.cancelled() or not re.search(r"\w", question.text[-_LONGEST:]):
            return
        if self._taken(question) is None:
            self._note(question)
        yield from self.foresee(question)

    def foresee(self, question: Question) -> Iterator[Reply]:
        """What :meth:`answer` would say; a question that has no answer is not kept for review."""
        text = terms.plain(question.text[-_LONGEST:])
        if question.cancelled() or not re.search(r"\w", text):
            return
        lang = _answer_language(question)
        taken = self._taken(question)
        if taken is not None:
            yield from self._told(taken, lang, question)
            return
        found = self.matches(question)
        best = found[0].probability if found else 0.0
        if best >= ACCEPT and not _doubtful(found):
            yield from self._told(found[0], lang, question)
        elif best >= OFFER and len(re.findall(r"\w", text)) > 1:
            yield self._offered(found, lang)

    def lines(self) -> Iterator[tuple[str, str]]:
        """(sentence, language) of all answers, those that begin an answer first."""
        later = list[tuple[str, str]]()
        for entry in self.entries:
            for lang, ways in entry.answers.items():
                for text in ways:
                    first, *rest = sentences(self._named(text, lang))
                    yield first, lang
                    later += [(part, lang) for part in rest]
        yield from later

    def _note(self, question: Question) -> None:
        """Keep a question that has no answer for ``avatar knowledge review``."""
        found = self.matches(question)
        best = found[0].probability if found else 0.0
        if best < ACCEPT:
            near = found[0].entry.source if best >= OFFER / 2 else ""
            self._log.add(Unanswered(question.text, _answer_language(question), near))

    def matches(self, question: Question) -> list[Match]:
        """The entries a question may ask for, likeliest first; some lean on the last."""
        index = self._knowledge.index
        if not index.texts:
            return []
        about = question.text, question.history, index, self._knowledge.encode
        asked, found = self._matched
        if about != asked:
            found = self._match(question, index)
            self._matched = about, found
        return found

    def _match(self, question: Question, index: Index) -> list[Match]:
        text = terms.plain(question.text[-_LONGEST:])
        alone = index.logits(text, self._knowledge.encode)
        earlier = followup.before(question.history) if followup.leans(text) else ""
        if not earlier:
            return index.rank(alone)
        together = self._together(index, text, earlier)
        direct, leaning = index.rank(alone), index.rank(together)
        clear = direct[0].probability >= SURE and not followup.joined(text)
        return direct if clear or direct[0].probability > leaning[0].probability else leaning

    def _together(self, index: Index, text: str, earlier: str) -> Array:
        """Log odds of a question that goes on from an earlier one."""
        own = followup.core(text)
        both = f"{earlier.rstrip('?？。.')} {own}"
        told = index.rank(index.logits(earlier, self._knowledge.encode), 1)[0]
        joint = index.logits(both, self._knowledge.encode)
        single = index.logits(own, self._knowledge.encode)
        nearer = _TOPIC * index.topic(told.entry.topic) - _SAME * index.of(told.entry)
        return np.add(0.5 * (joint + single), nearer, dtype=np.float32)

    def _taken(self, question: Question) -> Match | None:
        """The entry a visitor takes of those offered a moment ago."""
        if not followup.offered(question.history):
            return None
        asked = Question(question.history[-1].question, question.lang, question.history[:-1])
        offers = _offers(self.matches(asked))
        at = followup.choice(question.text, len(offers))
        return offers[at] if at is not None and at < len(offers) else None

    def _told(self, match: Match, lang: Lang, question: Question) -> Iterator[Reply]:
        entry = match.entry
        spoken: Lang = lang if lang in entry.answers else next(iter(entry.answers))
        ways = entry.answers[spoken]
        parts = sentences(self._named(ways[len(question.history) % len(ways)], spoken))
        for i, part in enumerate(parts):
            last = i == len(parts) - 1
            yield Reply(
                part,
                spoken,
                entry.emotion,
                entry.gesture if i == 0 else "",
                entry.picture if i == 0 else "",
                f"faq:{entry.source}",
                match.probability,
                _in_language(entry.next, lang) if last else (),
            )
            if question.cancelled():
                return

    def _named(self, text: str, lang: Lang) -> str:
        return text.replace("{name}", self._names[lang])

    def _offered(self, found: Sequence[Match], lang: Lang) -> Reply:
        offers = _offers(found)
        titles = tuple(match.entry.title(lang) for match in offers)
        sources = ", ".join(match.entry.source for match in offers)
        confidence = offers[0].probability
        return Reply(followup.offer(titles, lang), lang, "", "think", "", f"faq:{sources}?",
                     confidence, titles)  # fmt: skip


def _doubtful(found: Sequence[Match]) -> bool:
    """Whether the second is as likely as the first, and says something else."""
    if len(found) < 2 or found[0].probability >= SURE:
        return False
    first, second = found[:2]
    same = first.entry.answers == second.entry.answers
    return not same and first.probability - second.probability < CLOSE


def _offers(found: Sequence[Match]) -> list[Match]:
    """At most two entries worth asking about."""
    return [match for match in found[:2] if match.probability >= OFFER * 0.8] or [*found[:1]]


def _answer_language(question: Question) -> Lang:
    """The language of the words themselves where they show one, else the one named."""
    if re.search(r"[A-Za-z\u3400-\u9fff]", question.text):
        return language(question.text)
    return "en" if question.lang == "en" else "zh"


def _in_language(texts: Sequence[str], lang: Lang) -> tuple[str, ...]:
    own = tuple(text for text in texts if language(text) == lang)
    return own or tuple(texts)
