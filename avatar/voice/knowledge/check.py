"""What a knowledge folder's author should look at: conflicts, near-doubles, questions that lose."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from avatar.voice.knowledge import terms, vectors
from avatar.voice.knowledge.entry import Entry
from avatar.voice.knowledge.folder import Knowledge, load, place_key
from avatar.voice.knowledge.match import Index
from avatar.voice.knowledge.problem import Problem

ALIKE: Final = 0.975
"""Cosine from which two ways to ask are nearly one."""


def check(folder: str | Path, *, meaning: bool = True) -> tuple[Knowledge, list[Problem]]:
    """A folder and all that is wrong with it; raises MissingAsset where there is none."""
    knowledge = load(folder)
    problems = [*knowledge.problems, *_twice(knowledge.entries)]
    index = Index(knowledge.entries)
    if index.texts:
        found = _vectors(index, knowledge.folder) if meaning and vectors.available() else None
        if found is not None:
            index.give(found)
        problems += _alike(index, found)
        problems += _losing(index, found)
    return knowledge, problems


def _vectors(index: Index, folder: Path) -> vectors.Vectors:
    store = vectors.store(place_key(folder))
    missing = store.missing(index.texts)
    for text in missing:
        store.add(text, vectors.encoder()(text))
    if missing:
        store.save(index.texts)
    return vectors.stacked([v for text in index.texts if (v := store.get(text)) is not None])


def _twice(entries: Sequence[Entry]) -> Iterator[Problem]:
    """The same question in two entries."""
    first: dict[str, Entry] = {}
    for entry in entries:
        for question in entry.questions:
            other = first.setdefault(terms.plain(question).strip(" ?？。.!！"), entry)
            if other is entry:
                continue
            if other.answers == entry.answers:
                yield Problem(entry.place, "same_entry", {"other": other.place})
                break
            fields = {"text": question, "other": other.place}
            yield Problem(entry.place, "same_question", fields)


def _alike(index: Index, found: vectors.Vectors | None) -> Iterator[Problem]:
    """Ways to ask of two entries that can hardly be told apart."""
    ways = index.ways()
    if found is None:
        return
    cosine = found[: len(ways)] @ found[: len(ways)].T
    for i, j in zip(*np.nonzero(np.triu(cosine > ALIKE, 1)), strict=True):
        (_, one, text), (_, other, near) = ways[int(i)], ways[int(j)]
        same = terms.plain(text).strip(" ?？") == terms.plain(near).strip(" ?？")
        if one is not other and not same and one.answers != other.answers:
            fields = {"text": near, "near": text, "other": one.place}
            yield Problem(other.place, "alike", fields)


def _losing(index: Index, found: vectors.Vectors | None) -> Iterator[Problem]:
    """Ways to ask that another entry would be told for, though this one lists them."""
    known = {} if found is None else dict(zip(index.texts, found, strict=True))
    for _, entry, text in index.ways():
        encode = None if found is None else known.__getitem__
        best = index.rank(index.logits(terms.plain(text), encode), 1)[0]
        if best.entry is not entry and best.entry.answers != entry.answers:
            yield Problem(entry.place, "loses", {"text": text, "other": best.entry.place})
