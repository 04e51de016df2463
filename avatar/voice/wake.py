"""Wake words, found in text by how they sound.

A recogniser writes a name as it likes: 小美 comes out as 小妹 or "Xiao Mei", "hey Mei" as "Hey
May". So both are compared as sounds: hanzi by their pinyin without tones, with the pairs that
many speakers do not tell apart (zh z, in ing …) made one; Latin words by a key of their
consonants and vowels.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from avatar.errors import ConfigError
from avatar.plugins import require

_UNITS: Final = re.compile(r"[\u4e00-\u9fff]|[^\W\d_\u4e00-\u9fff]+(?:'[a-z]+)?|\d+")
_EDGE: Final = re.compile(r"^[\s\W_]+")
_END: Final = re.compile(r"[\s,，、]+$")
_FIRST: Final = 3
"""Units that may stand before a wake word at the beginning: "嗯那个小美", "excuse me Mei"."""
_TOLERANT: Final = 6
"""Letters of a Latin key per wrong one that is let pass."""

_MERGED: Final = (
    (r"^zh", "z"), (r"^ch", "c"), (r"^sh", "s"), (r"ng$", "n"), (r"^n(?=.)", "l"), ("ü|v", "u"),
)  # fmt: skip
"""Of pinyin: 平翘舌, 前后鼻音 and n/l are one."""
_SPELLED: Final = (
    (r"igh|eye|uy", "ai"), (r"eigh|ay|ai|ei|ey|ae|a(?=[^aeiouy]e$)", "E"), (r"ee|ea|ie|y$|i", "I"),
    (r"oo|ou|ew|ue|u", "U"), (r"oa|ow|oe|o", "O"), (r"(?<=[^aeiou])e$", ""), (r"ph", "f"),
    (r"gh|(?<=[^aeiouAEIOU])h", ""), (r"ck|q|c(?![eiyEI])", "k"), (r"c|z|x", "s"), (r"wh", "w"),
    (r"y", "I"), (r"(.)\1+", r"\1"),
)  # fmt: skip
"""Of Latin letters: one sign for what sounds alike, in this order."""


@dataclass(frozen=True, slots=True)
class _Unit:
    """A hanzi or a word of a text."""

    start: int
    end: int
    pinyin: str
    """Merged pinyin of a hanzi; empty for a word."""
    sound: str


class WakeWords:
    """Finds whether a text is meant for the figure, and what it says besides."""

    def __init__(self, words: Sequence[str]) -> None:
        """``words`` such as 小美 or "hey Mei". Raises ConfigError without any."""
        self._pinyin: Any = require("pypinyin", extra="listen", for_what="wake words").lazy_pinyin
        self._words = [units for units in map(self._units, words) if units]
        if not self._words:
            raise ConfigError('hearing by wake word needs one: wake=("小美", "hey Mei")')

    def addressed(self, text: str) -> bool:
        """Whether a wake word begins or ends ``text``."""
        return self._find(self._units(text)) is not None

    def without(self, text: str) -> str:
        """``text`` without its wake word; all of it when it is nothing but that, or has none."""
        found = self._find(self._units(text))
        if found is None:
            return text
        before, after = text[: found[0]], text[found[1] :]
        rest = _EDGE.sub("", after) or _END.sub("", before)
        return rest if _UNITS.search(rest) else text.strip()

    def _find(self, units: list[_Unit]) -> tuple[int, int] | None:
        """Where in the text, first and last character, the first wake word stands."""
        for first in range(len(units)):
            for wanted in self._words:
                for count in range(max(1, len(wanted) - 1), len(wanted) + 2):
                    last = first + count
                    placed = first <= _FIRST or last == len(units)
                    if placed and last <= len(units) and _alike(wanted, units[first:last]):
                        return units[first].start, units[last - 1].end
        return None

    def _units(self, text: str) -> list[_Unit]:
        found = list[_Unit]()
        for match in _UNITS.finditer(text):
            unit = match[0].lower()
            hanzi = "\u4e00" <= unit[0] <= "\u9fff"
            letters = self._pinyin(unit)[0] if hanzi else unit
            found.append(_Unit(*match.span(), _merged(letters) if hanzi else "", sound(letters)))
        return found


def sound(word: str) -> str:
    """A key of a word in Latin letters that words which sound like it share."""
    key = re.sub(r"[^a-zü]", "", word.lower())
    for pattern, sign in _SPELLED:
        key = re.sub(pattern, sign, key)
    return key


def _merged(pinyin: str) -> str:
    for pattern, sign in _MERGED:
        pinyin = re.sub(pattern, sign, pinyin)
    return pinyin


def _alike(wanted: list[_Unit], heard: list[_Unit]) -> bool:
    if all(unit.pinyin for unit in (*wanted, *heard)):
        return [unit.pinyin for unit in wanted] == [unit.pinyin for unit in heard]
    ours, theirs = ("".join(unit.sound for unit in units) for units in (wanted, heard))
    return bool(theirs) and _distance(ours, theirs) <= len(ours) // _TOLERANT


def _distance(a: str, b: str) -> int:
    """Levenshtein's."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        corner, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            corner, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, corner + (x != y))
    return row[-1]
