"""What a voice is asked to say: clauses made of tokens, each in one language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Lang = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class Token:
    """One hanzi, one Latin word, or one number or sign: what a caption lights up at once."""

    text: str
    """As written."""
    offset: int
    """Index of its first character in the clause's text."""
    lang: Lang
    """The language it is read in."""
    spoken: str = ""
    """What is read: hanzi (zh) or plain lower-case words (en)."""
    syllables: tuple[str, ...] = ()
    """zh only: pinyin with a tone number 1..5 after sandhi, ``ü`` as ``v``; a rhotic ``r`` ending
    stays on its syllable (``huar1``)."""
    ipa: str = ""
    """en only: pronunciation from the lexicon, with stress marks; "" lets the voice decide."""
    gap: bool = True
    """Whether a word boundary lies before it."""
    mark: str = ""
    """The punctuation after it, one of ``, . ? ! ; : …``, or ""."""


@dataclass(frozen=True, slots=True)
class Clause:
    """A stretch of text that is spoken in one go."""

    text: str
    """As written, without surrounding space."""
    offset: int
    """Index of its first character in the whole text."""
    tokens: tuple[Token, ...]
    """In order; never empty."""

    def runs(self) -> Iterator[tuple[Token, ...]]:
        """Its tokens in stretches of one language."""
        start = 0
        for i in range(1, len(self.tokens) + 1):
            if i == len(self.tokens) or self.tokens[i].lang != self.tokens[start].lang:
                yield self.tokens[start:i]
                start = i
