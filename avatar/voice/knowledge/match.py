"""Which entry a question asks for, and how sure that is.

A question is held against every way to ask that the folder knows: by the cosine of their sentence
vectors, by the terms they share as written and as heard, weighed by rarity, and by how much of the
question the folder has words for at all. A logistic regression makes one probability of it; its
weights come from questions of neither the folders nor the bench (``tests/bench/answers.py --fit``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar.voice.knowledge import terms
from avatar.voice.knowledge.entry import Entry, language

Array = NDArray[np.float32]

FEATURES: Final = (
    "meaning", "ahead", "written", "covered", "heard", "unknown", "foreign", "short",
)  # fmt: skip
"""Of a question and one way to ask, each about 0..1:
cosine of the vectors (0 at .78) · how far it is ahead of the ten best entries' mean (in .1) ·
shared rare terms · part of the question's terms it shares · shared sounds · part of the question
that the whole folder never uses · the way to ask is in another language · the question has but
one or two terms.
"""
WITH_VECTORS: Final = np.array([6.0, 2.0, 2.0, 1.5, 1.5, -2.0, 0.5, -0.5], np.float32)
BIAS: Final = -5.0
WORDS_ALONE: Final = np.array([0, 0, 4.0, 2.0, 3.0, -2.0, 0, -0.5], np.float32)
BIAS_WORDS: Final = -4.0

_FLOOR: Final = 0.78
"""Cosine of sentences that have nothing to do with each other."""


@dataclass(frozen=True, slots=True)
class Match:
    """An entry and how likely it answers the question."""

    entry: Entry
    probability: float
    """0..1"""
    asked: str
    """The way to ask that came nearest."""


class _Channel:
    """One kind of terms of all ways to ask, found from the term."""

    def __init__(self, texts: Sequence[str], owners: NDArray[np.int32],
                 cut: Callable[[str], list[str]]) -> None:  # fmt: skip
        self._cut = cut
        bags = [Counter(cut(text)) for text in texts]
        holders: dict[str, set[int]] = {}
        postings: dict[str, list[int]] = {}
        for i, bag in enumerate(bags):
            for term in bag:
                postings.setdefault(term, []).append(i)
                holders.setdefault(term, set()).add(int(owners[i]))
        count = int(owners.max()) + 1 if len(owners) else 0
        self._rarity = {
            t: float(np.log(1 + count / (0.5 + len(found)))) for t, found in holders.items()
        }
        self._rarest = float(np.log(1 + count / 0.5)) if count else 1.0
        self._postings = {term: np.array(found, np.int32) for term, found in postings.items()}
        self.mass = np.array([sum(map(self._weight, bag)) for bag in bags], np.float32)

    def _weight(self, term: str) -> float:
        return self._rarity.get(term, self._rarest)

    def shared(self, text: str) -> tuple[Array, float, float, int]:
        """Weight shared with each way to ask; the question's weight, unknown part and terms."""
        found = np.zeros(len(self.mass), np.float32)
        bag = Counter(self._cut(text))
        mass = unknown = 0.0
        for term in bag:
            weight = self._weight(term)
            mass += weight
            if term in self._postings:
                found[self._postings[term]] += weight
            else:
                unknown += weight
        return found, mass, unknown, len(bag)


class Index:
    """Every way to ask of some entries, ready to be compared with a question."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = tuple(entries)
        pairs = [(i, terms.plain(q)) for i, e in enumerate(self.entries) for q in e.questions]
        self.texts = [text for _, text in pairs]
        """Each way to ask, made plain: what vectors are wanted of."""
        self._asked = [q for e in self.entries for q in e.questions]
        self._owner = np.array([i for i, _ in pairs], np.int32)
        self._written = _Channel(self.texts, self._owner, terms.written)
        self._heard = _Channel(self.texts, self._owner, terms.heard)
        self._chinese = np.array([language(text) == "zh" for text in self.texts], bool)
        self.vectors: Array | None = None
        """float32[ways to ask, 384], set once they are made."""

    def features(self, text: str, vector: Array | None, skip: int = -1) -> Array:
        """float32[ways to ask, features] of a plain question; ``skip`` leaves one way out."""
        count = len(self.texts)
        table = np.zeros((count, len(FEATURES)), np.float32)
        if vector is not None and self.vectors is not None:
            cosine = self.vectors @ vector
            if skip >= 0:
                cosine[skip] = -1.0
            best = np.sort(self._best(cosine))[-10:]
            table[:, 0] = np.clip((cosine - _FLOOR) / (1 - _FLOOR), 0, 1)
            table[:, 1] = np.clip((cosine - best.mean()) / 0.1, -1, 1)
        shared, mass, unknown, length = self._written.shared(text)
        table[:, 2] = 2 * shared / np.maximum(mass + self._written.mass, 1e-6)
        table[:, 3] = shared / max(mass, 1e-6)
        sounds, loud, _, _ = self._heard.shared(text)
        table[:, 4] = 2 * sounds / np.maximum(loud + self._heard.mass, 1e-6)
        table[:, 5] = unknown / max(mass, 1e-6) if mass else 1.0
        table[:, 6] = self._chinese != (language(text) == "zh")
        table[:, 7] = length <= 2
        if skip >= 0:
            table[skip, :5] = 0.0
        return table

    def _best(self, values: Array) -> Array:
        """The best value of each entry."""
        best = np.full(len(self.entries), -np.inf, np.float32)
        np.maximum.at(best, self._owner, values)
        return best

    def logits(self, text: str, vector: Array | None, skip: int = -1) -> Array:
        """float32[ways to ask]: log odds that each means what ``text`` (plain) asks."""
        table = self.features(text, vector, skip)
        if vector is None or self.vectors is None:
            return table @ WORDS_ALONE + BIAS_WORDS
        return table @ WITH_VECTORS + BIAS

    def rank(self, logits: Array, count: int = 5) -> list[Match]:
        """The likeliest entries, best first."""
        if not len(logits):
            return []
        best = self._best(logits)
        order = np.argsort(-best, kind="stable")[:count]
        return [self._matched(int(i), logits) for i in order]

    def _matched(self, entry: int, logits: Array) -> Match:
        own = np.flatnonzero(self._owner == entry)
        at = int(own[np.argmax(logits[own])])
        return Match(self.entries[entry], float(1 / (1 + np.exp(-logits[at]))), self._asked[at])

    def owner(self, way: int) -> Entry:
        """The entry a way to ask belongs to."""
        return self.entries[int(self._owner[way])]

    def of(self, entries: Sequence[Entry]) -> Array:
        """float32[ways to ask]: 1 for those that belong to any of ``entries``, else 0."""
        wanted = {entry.source for entry in entries}
        return np.array([self.entries[i].source in wanted for i in self._owner], np.float32)

    def topic(self, name: str) -> Array:
        """float32[ways to ask]: 1 for those of a topic, else 0."""
        return np.array(
            [bool(name) and self.entries[i].topic == name for i in self._owner], np.float32
        )
