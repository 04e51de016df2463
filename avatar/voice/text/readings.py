"""Which reading a character has here: phrases first, then the rules of its neighbours.

pypinyin knows 47,000 phrases; what it gets wrong in ordinary speech is listed in ``phrases.txt``,
and the characters that stand alone as words are told apart by the words around them.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from avatar.plugins import require


def _table() -> dict[str, tuple[str, ...]]:
    lines = Path(__file__).with_name("phrases.txt").read_text("utf-8").splitlines()
    return {hanzi: tuple(syllables) for hanzi, *syllables in map(str.split, lines)}


PHRASES: Final = _table()
"""Hanzi -> syllables, beyond or against pypinyin's dictionary."""
LONGEST: Final = max(map(len, PHRASES))


@dataclass(frozen=True, slots=True)
class WordReading:
    """One word and how its characters are read."""

    hanzi: str
    syllables: tuple[str, ...]
    """Pinyin with tone number 1..5, one a character."""
    fixed: bool = False
    """Set by the user's lexicon: no sandhi inside."""


def read(words: Sequence[str], fixed: Mapping[str, tuple[str, ...]]) -> list[WordReading]:
    """The reading of each word among its neighbours."""
    out = list[WordReading]()
    for i, word in enumerate(words):
        if word in fixed:
            out.append(WordReading(word, fixed[word], True))
            continue
        syllables = PHRASES.get(word) or _dictionary(word)
        if word in _RULES:
            before = words[i - 1] if i else ""
            syllables = (_RULES[word](before, "".join(words[i + 1 : i + 3])) or syllables[0],)
        elif word[-1] in _COUNTED and re.fullmatch(_FIGURE + "+", word[:-1]):
            syllables = (*syllables[:-1], _COUNTED[word[-1]])
        elif word in _ALONE:
            syllables = (_ALONE[word],)
        out.append(WordReading(word, syllables))
    return out


def _dictionary(word: str) -> tuple[str, ...]:
    pypinyin = _pypinyin()
    found = pypinyin.lazy_pinyin(
        word,
        style=pypinyin.Style.TONE3,
        neutral_tone_with_five=True,
        errors=lambda text: ["" for _ in text],
    )
    syllables = [s if not s or s[-1].isdigit() else s + "5" for s in found]
    if len(word) > 2 and word not in _known_phrases():
        _correct(word, syllables)
    return tuple(syllables)


def _correct(word: str, syllables: list[str]) -> None:
    """Put listed phrases into a word that the dictionary read character by character."""
    for start in range(len(word) - 1):
        for end in range(min(len(word), start + LONGEST), start + 1, -1):
            if word[start:end] in PHRASES:
                syllables[start:end] = PHRASES[word[start:end]]
                break


@cache
def _known_phrases() -> Any:
    return importlib.import_module("pypinyin.constants").PHRASES_DICT


@cache
def _pypinyin() -> Any:
    return require("pypinyin", extra="voice", for_what="Chinese speech")


# --- characters that stand alone -----------------------------------------------------------------

Rule = Callable[[str, str], str]
"""(word before, words after) -> reading, "" leaves it to the dictionary."""

_NUMBER: Final = r"[零一二三四五六七八九十百千万亿两几每这那哪数多半第某各]$"
_PERSON: Final = r"(?:[我你您他她它咱谁]们?|大家|人|自己|必须|可|就|都|也|总|只|还|非|又|不)$"
_FIGURE: Final = r"[零一二三四五六七八九十百千万两百分负约]"
_BECOMES: Final = r"[作成视称认变设分化定选改命名列译评誉]$"


def _before(pattern: str, yes: str, no: str = "") -> Rule:
    """``yes`` when the words that follow match, else ``no``."""
    return lambda before, after: yes if re.match(pattern, after) else no


def _after(pattern: str, yes: str, no: str = "") -> Rule:
    """``yes`` when the word before matches at its end, else ``no``."""
    return lambda before, after: yes if re.search(pattern, before) else no


def _de(before: str, after: str) -> str:
    return "dei3" if after and (not before or re.search(_PERSON, before)) else "de5"


def _di(before: str, after: str) -> str:
    counted = re.match(_NUMBER[:-1], before) or before.endswith(("块", "片"))
    return "de5" if len(before) >= 2 and not counted and after else "di4"


def _huan(before: str, after: str) -> str:
    repay = re.match(r"[款钱书债贷账给清]|(?:了|完|上|掉)?$|了(?:吗|吧|呢|没)", after)
    return "huan2" if repay and before else "hai2"


def _liao(before: str, after: str) -> str:
    return "liao3" if re.search(r"[不得]$", before) and len(before) < 3 else "le5"


def _hang(before: str, after: str) -> str:
    line = re.match(r"代码|文字|字|诗|列", after)
    return "hang2" if line or re.search(_NUMBER, before) else "xing2"


def _chang(before: str, after: str) -> str:
    grows = re.match(r"[得出满了着高胖大成]", after)
    return "zhang3" if grows and not re.search(r"[很太更多最不好么]$", before) else "chang2"


def _wei(before: str, after: str) -> str:
    return "wei2" if re.match(_FIGURE, after) or re.search(_BECOMES, before) else "wei4"


_RULES: Final[dict[str, Rule]] = {
    "得": _de,
    "地": _di,
    "还": _huan,
    "了": _liao,
    "行": _hang,
    "长": _chang,
    "为": _wei,
    "只": _after(_NUMBER, "zhi1", "zhi3"),
    "重": _before(r"[新做说来启写拍装选读看试走画建]", "chong2", "zhong4"),
    "种": _before(r"[树花菜地田草过了下]", "zhong4", "zhong3"),
    "数": _before(r"[一到了数着]", "shu3", "shu4"),
    "量": _before(r"[一体血了身]", "liang2", "liang4"),
    "背": _before(r"[着起了上包]", "bei1", "bei4"),
    "弹": _before(r"[琴钢吉了着奏起]", "tan2"),
    "转": _before(r"[圈动一了起个]", "zhuan4", "zhuan3"),
    "卷": _after(_NUMBER, "juan4", "juan3"),
    "冲": _before(r"[着我你他]", "chong4", "chong1"),
    "倒": _before(r"[水车茶酒过着出立数计]", "dao4", "dao3"),
    "系": _before(r"[鞋好上安着领]", "ji4", "xi4"),
    "率": _after(_NUMBER, "lv4", "shuai4"),
}
_COUNTED: Final = {"只": "zhi1", "行": "hang2", "卷": "juan4", "重": "chong2", "种": "zhong3"}
"""What these are behind a number."""
_ALONE: Final = {
    "着": "zhe5", "的": "de5", "教": "jiao1", "切": "qie1", "圈": "quan1", "干": "gan4",
    "假": "jia3", "好": "hao3", "都": "dou1", "会": "hui4", "没": "mei2", "少": "shao3",
    "那": "na4", "给": "gei3", "几": "ji3", "应": "ying1", "当": "dang1", "占": "zhan4",
    "空": "kong1", "吧": "ba5", "啊": "a5", "呢": "ne5", "吗": "ma5", "们": "men5", "个": "ge4",
    "过": "guo4", "和": "he2", "与": "yu3", "更": "geng4", "相": "xiang1", "乐": "le4",
    "曲": "qu3", "喝": "he1", "担": "dan1", "涨": "zhang3", "曾": "ceng2", "差": "cha4",
    "降": "jiang4", "单": "dan1", "任": "ren4", "处": "chu4", "幺": "yao1", "炸": "zha4",
    "扎": "zha1", "薄": "bao2", "露": "lu4", "吓": "xia4", "闷": "men4", "晃": "huang4",
}  # fmt: skip
"""What these are as words of their own, where the dictionary's first reading is another."""
