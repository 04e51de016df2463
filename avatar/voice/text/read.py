"""Clause by clause, from text as written to tokens: the order of the steps, once."""

from __future__ import annotations

from collections.abc import Iterator

from avatar.voice.lexicon import Lexicon
from avatar.voice.text import hanzi, scan
from avatar.voice.text.model import Clause, Lang
from avatar.voice.text.split import split


def clauses(
    text: str, lang: str = "auto", *, home: Lang = "zh", lexicon: Lexicon | None = None
) -> Iterator[Clause]:
    """Read ``text`` lazily.

    ``lang`` is ``auto``, ``zh`` or ``en``: the language of digits and signs; under ``auto`` their
    neighbours tell, then the clause before, then ``home``. ``lexicon`` sets pronunciations.
    """
    words = lexicon or Lexicon()
    forced: Lang | None = "zh" if lang == "zh" else "en" if lang == "en" else None
    fallback = forced or home
    for offset, piece in split(text):
        tokens = scan.tokens(piece, forced, fallback, words.en)
        if tokens:
            fallback = tokens[-1].lang
            yield Clause(piece, offset, tuple(hanzi.pronounce(tokens, words)))
