"""The words of a knowledge folder that a recogniser should listen for."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Final

from avatar.voice.knowledge.entry import Entry
from avatar.voice.knowledge.folder import load
from avatar.voice.text import segment

_NAMES: Final = re.compile(r"[《“「]([^《》“”「」]{2,12})[》”」]")
_CAPITAL: Final = re.compile(r"(?<=[a-z,;] )[A-Z][a-zA-Z]{2,}(?: [A-Z][a-zA-Z]{2,})*")
_HANZI: Final = re.compile(r"[\u3400-\u9fff]+")
_COMMON: Final = 6000
"""A word that general text has more often than this (of 60 million) needs no help."""


def hot_words(folder: str | Path, count: int = 80) -> list[str]:
    """Names and terms of a folder, the likeliest first; raises MissingAsset."""
    entries = load(folder).entries
    named, terms = Counter[str](), Counter[str]()
    for entry in entries:
        for text in (*entry.questions, *(t for texts in entry.answers.values() for t in texts)):
            named.update(_NAMES.findall(text))
            named.update(_CAPITAL.findall(text))
        terms.update(set(_words(entry)))
    ranked = [word for word, _ in (named + terms).most_common()]
    return list(dict.fromkeys(ranked))[:count]


def _words(entry: Entry) -> list[str]:
    """Words of the Chinese questions that general text seldom has, joined to their neighbour."""
    dictionary = segment.dictionary()
    found = list[str]()
    for question in entry.questions:
        for run in _HANZI.findall(question):
            words = [word for word in dictionary.cut(run) if len(word) > 1]
            found += [word for word in words if dictionary.find(word)[0] < _COMMON]
    return found
