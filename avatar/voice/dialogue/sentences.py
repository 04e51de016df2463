"""A stream of tokens into sentences, each as soon as it is certain that it has ended.

Where a sentence ends is what ``voice.text`` says (abbreviations, numbers, quotes, ellipses). The
first piece may end at a comma already, so that the voice can begin.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from avatar.voice.text.split import breaks, weight

_EARLY: Final = 5.0
"""Syllables, roughly, from which the first piece may end at a comma."""
_LONG: Final = 90.0
"""Syllables, roughly, from which a sentence without an end is cut between words."""
_WIDE_ENDS: Final = "。！？…"
_OPENING: Final = {"“": "”", "‘": "’", "「": "」", "『": "』", "（": "）", "(": ")", "《": "》"}
_CUT: Final = re.compile(r"\s+|(?<=[\u3400-\u9fff])(?=[\u3400-\u9fff])")


class Sentences:
    """Collects pieces of text and gives back whole sentences."""

    def __init__(self, *, early: bool = True) -> None:
        """``early``: whether the first piece may end at a comma."""
        self._held = ""
        self._first = early

    def push(self, piece: str) -> list[str]:
        """Add the next piece; the sentences that have ended by now."""
        self._held += piece
        return list(self._taken(final=False))

    def end(self) -> list[str]:
        """The stream is over: what is left."""
        return list(self._taken(final=True))

    def _taken(self, *, final: bool) -> Iterator[str]:
        while self._held:
            end = self._end(final)
            if end is None:
                return
            sentence, self._held = self._held[:end].strip(), self._held[end:]
            if sentence:
                self._first = False
                yield sentence

    def _end(self, final: bool) -> int | None:
        """Where the first sentence held ends; None while that is open."""
        text = self._held
        for end, hard in breaks(text):
            if not text[:end].strip():
                continue
            if end == len(text) and final:
                return end
            stop = hard and text[:end].rstrip("\"'”’」』）)] ")[-1:] not in ("；", ";")
            early = self._first and weight(text[:end]) >= _EARLY
            if (stop or early) and _settled(text, end):
                return end
        return self._long_cut() if weight(text) > _LONG else len(text) if final else None

    def _long_cut(self) -> int:
        cuts = [match.end() for match in _CUT.finditer(self._held)]
        return next((cut for cut in reversed(cuts) if cut < len(self._held)), len(self._held))


def _settled(text: str, end: int) -> bool:
    """Whether more text could not move the end of the sentence."""
    rest = text[end:]
    if len(rest) >= 3 and rest.strip():
        return True
    last = text[:end].rstrip()[-1:]
    return (last in _WIDE_ENDS and last != "…" and not _open(text[:end])) or (
        bool(rest.strip()) and last in "。！？，、："
    )


def _open(text: str) -> bool:
    """Whether a quote or bracket is still open."""
    return any(text.count(mark) > text.count(close) for mark, close in _OPENING.items())


def split(pieces: Iterable[str], *, early: bool = True) -> Iterator[str]:
    """The sentences of a stream; ``early``: the first piece may end at a comma."""
    sentences = Sentences(early=early)
    for piece in pieces:
        yield from sentences.push(piece)
    yield from sentences.end()


_MARKDOWN: Final = (
    (re.compile(r"```.*?(?:```|$)", re.DOTALL), ""),
    (re.compile(r"!?\[([^\]\n]+)\]\([^)\s]*\)"), r"\1"),
    (re.compile(r"^\s*(?:#{1,6}|[-*+•>]|\d{1,2}[.)])\s+", re.MULTILINE), ""),
    (re.compile(r"(?<!\w)(\*\*|__|\*|`)(?=\S)(.+?)(?<=\S)\1(?!\w)"), r"\2"),
    (re.compile(r"[*`_#|~]{2,}"), ""),
    (re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f\u200d]"), ""),
)
"""What a model writes for the eye, and what of it is for the ear."""


def spoken(text: str) -> str:
    """A sentence without Markdown and emoji, in one line."""
    for pattern, instead in _MARKDOWN:
        text = pattern.sub(instead, text)
    return re.sub(r"\s+", " ", text).strip()
