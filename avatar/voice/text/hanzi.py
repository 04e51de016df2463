"""Hanzi to pinyin: words, characters of several readings, tone sandhi, rhotic endings."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from avatar.voice.text import readings, sandhi, segment
from avatar.voice.text.model import Token

if TYPE_CHECKING:
    from avatar.voice.lexicon import Lexicon


def pronounce(tokens: Sequence[Token], lexicon: Lexicon) -> Iterator[Token]:
    """The tokens, those in Chinese with their syllables."""
    stretch = list[Token]()
    for token in tokens:
        if token.lang == "en":
            yield from _read(stretch, lexicon)
            stretch = []
            yield token
            continue
        stretch.append(token)
        if token.mark:
            yield from _read(stretch, lexicon)
            stretch = []
    yield from _read(stretch, lexicon)


def _read(stretch: Sequence[Token], lexicon: Lexicon) -> Iterator[Token]:
    if not stretch:
        return
    words = read_words("".join(token.spoken for token in stretch), lexicon.zh)
    syllables = sandhi.apply(words)
    at, starts = 0, set[int]()
    for word in words:
        starts.add(at)
        at += len(word.hanzi)
    at = 0
    for token in stretch:
        end = at + len(token.spoken)
        own = tuple(s for s in syllables[at:end] if s)
        yield replace(token, syllables=own, gap=at in starts)
        at = end


def read_words(text: str, fixed: Mapping[str, tuple[str, ...]]) -> list[readings.WordReading]:
    """Words of a stretch of hanzi with the reading of each character."""
    words = list[str]()
    for piece in _fixed_apart(text, fixed):
        words.extend([piece] if piece in fixed else _joined(list(segment.dictionary().cut(piece))))
    return readings.read(words, fixed)


def _fixed_apart(text: str, fixed: Mapping[str, tuple[str, ...]]) -> list[str]:
    """The text cut around the words of the lexicon, the longest first."""
    if not fixed:
        return [text]
    keys = "|".join(map(re.escape, sorted(fixed, key=len, reverse=True)))
    return [piece for piece in re.split(f"({keys})", text) if piece]


def _joined(words: list[str]) -> Iterator[str]:
    """The segmenter's words, neighbours that make a listed phrase put together."""
    at = 0
    while at < len(words):
        for count in range(min(4, len(words) - at), 1, -1):
            phrase = "".join(words[at : at + count])
            if phrase in readings.PHRASES:
                yield phrase
                at += count
                break
        else:
            yield words[at]
            at += 1


def warm() -> None:
    """Load the dictionary (0.2 s) in the background, so that the first sentence need not wait."""
    segment.path()
    threading.Thread(target=segment.dictionary, daemon=True, name="dictionary").start()
