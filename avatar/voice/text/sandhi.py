"""Tone sandhi of Mandarin: 一, 不, the third tone, and the rhotic ending 儿.

After Duanmu (2007), ch. 11: third tones change within a word first, then across words.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from avatar.voice.text.readings import WordReading

_DIGITS: Final = frozenset("零一二三四五六七八九幺")
_COUNTING: Final = _DIGITS | frozenset("十百千万亿第")
_ORDINAL_NEXT: Final = frozenset("月号日楼班级等")
_NOT_RHOTIC: Final = frozenset(
    {"女儿", "婴儿", "幼儿", "孤儿", "少儿", "胎儿", "宠儿", "健儿", "新生儿", "混血儿", "男儿"}
    | {"弃儿", "患儿", "托儿", "育儿", "小儿", "生儿", "孩儿", "产儿", "早产儿", "畸形儿"}
)


def apply(words: Sequence[WordReading]) -> list[str]:
    """Syllables of a stretch, one a character; "" for an 儿 that joined the one before."""
    hanzi = "".join(word.hanzi for word in words)
    tones = [s for word in words for s in word.syllables]
    bounds = _bounds(words)
    _yi(hanzi, tones, bounds)
    _bu(hanzi, tones)
    _third(words, tones)
    _rhotic(words, tones)
    return tones


def _bounds(words: Sequence[WordReading]) -> list[tuple[int, int]]:
    """Start and end of the word each character lies in."""
    out, at = list[tuple[int, int]](), 0
    for word in words:
        end = at + len(word.hanzi)
        out.extend([(at, end)] * len(word.hanzi))
        at = end
    return out


def _tone(syllables: Sequence[str], i: int) -> str:
    return syllables[i][-1:] if 0 <= i < len(syllables) else ""


def _yi(hanzi: str, tones: list[str], bounds: Sequence[tuple[int, int]]) -> None:
    for i, character in enumerate(hanzi):
        if character != "一" or tones[i] not in ("yi1", "yi2", "yi4"):
            continue
        tones[i] = "yi1"
        if _keeps_tone(hanzi, i, bounds[i]):
            continue
        if hanzi[i - 1 : i] == hanzi[i + 1 : i + 2]:
            tones[i] = "yi5"
        else:
            tones[i] = "yi2" if _tone(tones, i + 1) in ("4", "5") else "yi4"


def _keeps_tone(hanzi: str, i: int, word: tuple[int, int]) -> bool:
    """Whether this 一 counts, ends a word or names a day, and so stays in the first tone."""
    before, after = hanzi[max(0, i - 1) : i], hanzi[i + 1 : i + 2]
    alone = word[1] - word[0] == 1
    if not after or (not alone and i == word[1] - 1):
        return True
    if before in _COUNTING or after in _DIGITS or after in _ORDINAL_NEXT:
        return True
    return alone and before in ("点", "周", "期") and after not in ("刻", "下", "些")


def _bu(hanzi: str, tones: list[str]) -> None:
    for i, character in enumerate(hanzi):
        if character != "不" or not tones[i].startswith("bu"):
            continue
        if 0 < i < len(hanzi) - 1 and hanzi[i - 1] == hanzi[i + 1]:
            tones[i] = "bu5"
        elif tones[i] != "bu5":
            tones[i] = "bu2" if _tone(tones, i + 1) == "4" else "bu4"


def _third(words: Sequence[WordReading], tones: list[str]) -> None:
    at = 0
    for word in words:
        end = at + len(word.hanzi)
        if not word.fixed:
            _third_inside(tones, at, end)
        at = end
    for i in range(len(tones) - 2, -1, -1):
        if _tone(tones, i) == "3" and _tone(tones, i + 1) == "3":
            tones[i] = tones[i][:-1] + "2"


def _third_inside(tones: list[str], start: int, end: int) -> None:
    for i in range(start, end - 1):
        if _tone(tones, i) == "3" and _tone(tones, i + 1) == "3":
            tones[i] = tones[i][:-1] + "2"


def _rhotic(words: Sequence[WordReading], tones: list[str]) -> None:
    at = 0
    for i, word in enumerate(words):
        end = at + len(word.hanzi)
        whole = (words[i - 1].hanzi if i else "") + word.hanzi if word.hanzi == "儿" else word.hanzi
        ends = word.hanzi.endswith("儿") and len(whole) > 1 and whole not in _NOT_RHOTIC
        if ends and not word.fixed and tones[end - 2] and tones[end - 2][-2] != "r":
            tones[end - 2] = tones[end - 2][:-1] + "r" + tones[end - 2][-1]
            tones[end - 1] = ""
        at = end
