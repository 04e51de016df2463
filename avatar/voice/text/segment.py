"""Chinese text to words: the most probable path through a dictionary of word frequencies.

The words are those of jieba and the path is the one it takes without its hidden Markov model; the
dictionary stays one sorted run of bytes instead of half a million Python objects (8 MB, not 60).
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator
from functools import cache
from math import log
from pathlib import Path
from threading import Lock
from typing import Final

import numpy as np

from avatar.plugins import require

_WORDS: Final = re.compile(r"([\u4E00-\u9FD5a-zA-Z0-9+#&._%\-]+)")
_LATIN: Final = re.compile(r"[a-zA-Z0-9]")
_reading: Final = Lock()


class Dictionary:
    """Words and how often they occur, looked up by bisection."""

    def __init__(self, text: bytes) -> None:
        """``text`` has a line a word, UTF-8: the word, its count and more, apart by a space."""
        lines = sorted(line for line in text.splitlines() if line)
        self._text = b"\n".join([*lines, b""])
        ends = np.flatnonzero(np.frombuffer(self._text, np.uint8) == ord("\n"))
        self._start = np.concatenate([[0], ends + 1]).astype(np.int32)
        self._log_total = log(sum(int(line.split(b" ", 2)[1]) for line in lines) or 1)

    def find(self, text: str) -> tuple[int, bool]:
        """How often a word occurs, 0 where it is none, and whether some word begins with it."""
        key = text.encode()
        low, high = 0, len(self._start) - 1
        while low < high:
            middle = (low + high) // 2
            at = int(self._start[middle])
            if self._text[at : at + len(key)] < key:
                low = middle + 1
            else:
                high = middle
        at = int(self._start[low])
        if self._text[at : at + len(key)] != key:
            return 0, False
        line = self._text[at : self._text.index(b"\n", at)]
        word, count, *_ = line.split(b" ")
        return (int(count) if word == key else 0), True

    def cut(self, text: str) -> Iterator[str]:
        """The words of a text; what is neither hanzi nor Latin comes character by character."""
        for block in _WORDS.split(text):
            if _WORDS.match(block):
                yield from self._path(block)
            else:
                yield from block

    def _path(self, text: str) -> Iterator[str]:
        """The words with the greatest product of frequencies; single Latin letters together."""
        best: list[tuple[float, int]] = [(0.0, 0)] * (len(text) + 1)
        for start in range(len(text) - 1, -1, -1):
            best[start] = max(
                (log(count or 1) - self._log_total + best[end][0], end)
                for end, count in self._words_at(text, start)
            )
        at, latin = 0, ""
        while at < len(text):
            word, at = text[at : best[at][1]], best[at][1]
            if len(word) == 1 and _LATIN.match(word):
                latin += word
                continue
            if latin:
                yield latin
                latin = ""
            yield word
        if latin:
            yield latin

    def _words_at(self, text: str, start: int) -> list[tuple[int, int]]:
        """(end, count) of the words that begin there; the single character if there is none."""
        found: list[tuple[int, int]] = []
        for end in range(start + 1, len(text) + 1):
            count, more = self.find(text[start:end])
            if count:
                found.append((end, count))
            if not more:
                break
        return found or [(start + 1, 0)]


def path() -> Path:
    """jieba's list of words; raises MissingExtra where it is not installed."""
    spec = importlib.util.find_spec("jieba")
    file = spec.origin if spec else None
    if file is None:
        file = str(require("jieba", extra="voice", for_what="Chinese speech").__file__)
    return Path(file).with_name("dict.txt")


def dictionary() -> Dictionary:
    """jieba's words, read once (0.2 s)."""
    with _reading:
        return _read(path())


@cache
def _read(file: Path) -> Dictionary:
    return Dictionary(file.read_bytes())
