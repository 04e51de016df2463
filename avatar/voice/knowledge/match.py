"""Which entry a question asks for, and how sure that is.

A question is held against every way to ask that the folder knows: by the cosine of their sentence
vectors and by the rare terms they share, as written and as heard. A logistic regression makes one
probability of it for each entry; its weights were fitted to questions that are neither in the
folders nor in the figures of the bench (``tests/bench/answers.py --fit``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avatar.resources import models_dir
from avatar.voice.knowledge import terms
from avatar.voice.knowledge.entry import Entry, language

Array = NDArray[np.floating[Any]]

FEATURES: Final = (
    "meaning", "centred", "often", "answer", "ahead", "lead", "written", "covered", "heard",
    "short", "aside", "subject", "leading", "elsewhere",
)  # fmt: skip
"""Of a question and an entry, each about 0..1:
best cosine with a way to ask (0 at .78) · the same about the middle of its language · mean of the
three best · cosine with the answer · how far it is ahead of the ten best entries' mean · and of the
best other one · shared rare terms · part of the question's terms it shares · shared sounds · the
question has but one or two terms · the entry is small talk beside a folder of facts
· cosine of the subjects alone · how far it is ahead of the best other one · how far the nearest
question that belongs elsewhere is ahead of it.
"""
WITH_VECTORS: Final = np.array(
    [0.48, 0.0, 1.5, 0.28, 1.1, 4.99, 0.34, 0.0, 1.89, -0.34, -2.76, 0.07, 3.36, -4.37], np.float32
)
BIAS: Final = -3.16
WORDS_ALONE: Final = np.array(
    [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 5.38, 2.78, 2.64, -0.69, -3.21, 0.0, 0.0, 0.0], np.float32
)
BIAS_WORDS: Final = -4.15

_FLOOR: Final = 0.78
"""Cosine of sentences that have nothing to do with each other."""


@dataclass(frozen=True, slots=True)
class Match:
    """An entry and how likely it answers the question."""

    entry: Entry
    probability: float
    """0..1"""


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

    def shared(self, text: str) -> tuple[Array, float, int]:
        """Weight shared with each way to ask; the question's own weight, and its terms."""
        found = np.zeros(len(self.mass), np.float32)
        bag = Counter(self._cut(text))
        mass = 0.0
        for term in bag:
            weight = self._weight(term)
            mass += weight
            if term in self._postings:
                found[self._postings[term]] += weight
        return found, mass, len(bag)


class Index:
    """Every way to ask of some entries, ready to be compared with a question."""

    def __init__(self, entries: Sequence[Entry], aside: Sequence[bool] = ()) -> None:
        """``aside``: which entries are small talk beside a folder of facts."""
        self.entries = tuple(entries)
        pairs = [(i, q) for i, entry in enumerate(self.entries) for q in entry.questions]
        self._asked = [question for _, question in pairs]
        answers = [(i, t[0]) for i, e in enumerate(self.entries) for t in e.answers.values()]
        asked = [terms.plain(q) for q in self._asked]
        subjects = [terms.subject(text) for text in asked]
        self.texts = [*asked, *(text for _, text in answers), *subjects]
        """What vectors are wanted of: each way to ask, made plain, each answer, each subject."""
        self._owner = np.array([i for i, _ in pairs], np.int32)
        self._told = np.array([i for i, _ in answers], np.int32)
        self._written = _Channel(asked, self._owner, terms.written)
        self._heard = _Channel(asked, self._owner, terms.heard)
        self._aside = np.array(aside or [False] * len(self.entries), np.float32)
        self._vectors: Array | None = None
        self._centred: Array | None = None
        self._subjects: Array | None = None
        self._elsewhere: Array = np.zeros((0, 0), np.float32)

    @property
    def meaning(self) -> bool:
        """Whether the vectors are there."""
        return self._vectors is not None

    def give(self, vectors: Array) -> None:
        """Take float32[texts, 384], the vectors of ``texts``."""
        count = len(self._asked)
        centred = [centre(v, text) for v, text in zip(vectors, self.texts, strict=True)]
        self._centred, self._subjects = np.stack(centred[:count]), np.stack(centred[-count:])
        self._vectors = vectors

    def set_apart(self, vectors: Array) -> None:
        """Take the vectors of questions that belong elsewhere (``elsewhere``)."""
        pairs = zip(vectors, elsewhere(), strict=True)
        self._elsewhere = np.stack([centre(vector, text) for vector, text in pairs])

    def features(self, text: str, vector: Array | None, own: Array | None, skip: int = -1) -> Array:
        """float32[entries, features] of a plain question; ``skip`` leaves one way to ask out."""
        table = np.zeros((len(self.entries), len(FEATURES)), np.float32)
        kept = np.ones(len(self._asked), np.float32)
        if skip >= 0:
            kept[skip] = 0
        if vector is not None and self._vectors is not None and self._centred is not None:
            count = len(self._asked)
            cosine = _dots(self._vectors[:count], vector) * kept
            table[:, 0] = _scaled(self._best(cosine), _FLOOR)
            table[:, 1] = np.clip(
                self._best(_dots(self._centred, centre(vector, text)) * kept), 0, 1
            )
            table[:, 2] = _scaled(self._often(cosine), _FLOOR)
            told = np.zeros(len(self.entries), np.float32)
            np.maximum.at(told, self._told, _dots(self._vectors[count:-count], vector))
            table[:, 3] = _scaled(told, _FLOOR)
            table[:, 4], table[:, 5] = _distances(table[:, 0] + table[:, 1])
            if own is not None and self._subjects is not None:
                near = _dots(self._subjects, centre(own, terms.subject(text))) * kept
                table[:, 11] = np.clip(self._best(near), 0, 1)
                table[:, 12] = _distances(table[:, 11])[1]
            if len(self._elsewhere):
                stranger = float(_dots(self._elsewhere, centre(vector, text)).max())
                table[:, 13] = np.clip(stranger - table[:, 1], -0.5, 0.5)
        shared, mass, length = self._written.shared(text)
        table[:, 6] = self._best(kept * 2 * shared / np.maximum(mass + self._written.mass, 1e-6))
        table[:, 7] = self._best(kept * shared / max(mass, 1e-6))
        sounds, loud, _ = self._heard.shared(text)
        table[:, 8] = self._best(kept * 2 * sounds / np.maximum(loud + self._heard.mass, 1e-6))
        table[:, 9] = length <= 2
        table[:, 10] = self._aside
        return table

    def _best(self, values: Array) -> Array:
        """The best value of each entry, 0 at least."""
        best = np.zeros(len(self.entries), np.float32)
        np.maximum.at(best, self._owner, values)
        return best

    def _often(self, values: Array) -> Array:
        """The mean of each entry's three best values."""
        left, total = values.astype(np.float32), np.zeros(len(self.entries), np.float32)
        counted = np.zeros(len(self.entries), np.float32)
        for _ in range(3):
            best = self._best(left)
            total += best
            counted += best > 0
            left = np.where(left >= best[self._owner], 0, left)
        return total / np.maximum(counted, 1)

    def logits(self, text: str, encode: Callable[[str], Array] | None, skip: int = -1) -> Array:
        """float32[entries]: log odds that each answers ``text`` (plain)."""
        vector = None if encode is None else encode(text)
        own = None if encode is None else encode(terms.subject(text))
        table = self.features(text, vector, own, skip)
        if vector is None or self._vectors is None:
            return table @ WORDS_ALONE + np.float32(BIAS_WORDS)
        return table @ WITH_VECTORS + np.float32(BIAS)

    def rank(self, logits: Array, count: int = 5) -> list[Match]:
        """The likeliest entries, best first."""
        order = np.argsort(-logits, kind="stable")[:count]
        return [Match(self.entries[i], float(1 / (1 + np.exp(-logits[i])))) for i in order]

    def ways(self) -> list[tuple[int, Entry, str]]:
        """(number, entry, text) of each way to ask."""
        owners = enumerate(self._owner)
        return [(i, self.entries[int(owner)], self._asked[i]) for i, owner in owners]

    def of(self, entry: Entry) -> Array:
        """float32[entries]: 1 for that entry, else 0."""
        return np.array([other is entry for other in self.entries], np.float32)

    def topic(self, name: str) -> Array:
        """float32[entries]: 1 for those of a topic, else 0."""
        return np.array([bool(name) and e.topic == name for e in self.entries], np.float32)


def centre(vector: Array, text: str) -> Array:
    """A vector about the middle of its language: what is common to all sentences taken away."""
    moved = vector - means()[0 if language(text) == "zh" else 1]
    return moved / np.float32(max(float(np.linalg.norm(moved)), 1e-6))


@cache
def means() -> Array:
    """float32[2, 384]: the middle of many Chinese and many English sentences."""
    return np.load(models_dir() / "knowledge" / "means.npy").astype(np.float32)


@cache
def elsewhere() -> tuple[str, ...]:
    """Questions that people ask anywhere and that no folder is likely to answer, plain."""
    text = (models_dir() / "knowledge" / "elsewhere.txt").read_text("utf-8")
    return tuple(terms.plain(line) for line in text.splitlines() if line.strip())


def _dots(rows: Array, vector: Array) -> Array:
    """The product with each row, on this thread alone: BLAS would wake others for so little."""
    return np.einsum("ij,j->i", rows, vector)


def _scaled(cosine: Array, floor: float) -> Array:
    return np.clip((cosine - floor) / (1 - floor), 0, 1)


def _distances(value: Array) -> tuple[Array, Array]:
    """How far each entry is ahead of the mean of the ten best, and of the best other one."""
    order = np.sort(value)
    ahead = value - order[-10:].mean()
    rival = np.where(value >= order[-1], order[-2] if len(order) > 1 else 0, order[-1])
    return np.clip(ahead, -1, 1), np.clip(value - rival, -0.5, 0.5)
