"""What all voices share: checking the request, clause by clause, pauses, word times."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Final

from avatar.errors import ConfigError
from avatar.media import Speech
from avatar.voice.lexicon import Lexicon
from avatar.voice.text import Clause, Lang, clauses

PAUSES: Final = {
    "": 0.05,
    ",": 0.18,
    ":": 0.25,
    ";": 0.3,
    ".": 0.4,
    "!": 0.4,
    "?": 0.4,
    "…": 0.5,
}
"""Silence after a clause, s, by the mark that ends it."""


def by_clause(
    text: str, lang: str, speak: Callable[[Clause], Speech], lexicon: Lexicon, home: Lang = "zh"
) -> Iterator[Speech]:
    """Speak each clause when it is asked for.

    Raises ConfigError at once for an unknown language or a text with nothing to say.
    """
    if lang not in ("auto", "zh", "en"):
        raise ConfigError(f"no language {lang!r}: give auto, zh or en")
    if not text.strip():
        raise ConfigError("nothing to say: the text is empty")
    found = clauses(text, lang, home=home, lexicon=lexicon)
    first = next(found, None)
    if first is None:
        raise ConfigError("nothing to say: the text holds no Chinese or English words")
    return map(speak, chain([first], found))


def share(begins: Sequence[int | None], weights: Sequence[int], end: int) -> list[tuple[int, int]]:
    """Start and end of each item; those without a start share the time before them by weight."""
    spans: list[tuple[int, int]] = []
    i = 0
    while i < len(begins):
        j = i + 1
        while j < len(begins) and begins[j] is None:
            j += 1
        start = begins[i]
        at = float(spans[-1][1] if start is None and spans else start or 0)
        stop = begins[j] if j < len(begins) else None
        step = ((end if stop is None else stop) - at) / sum(weights[i:j])
        for weight in weights[i:j]:
            spans.append((round(at), round(at + step * weight)))
            at += step * weight
        i = j
    return spans
