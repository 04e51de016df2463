"""What a question is made of: its words and characters, and how they sound.

Recognisers write what they hear: 居住证 may come as 居住正. So Chinese counts twice, as
characters and as toneless syllables in which z and zh, n and l, an and ang are one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final

from avatar.plugins import require

_TOKEN: Final = re.compile(r"[\u3400-\u9fff]+|[a-z]+(?:'[a-z]+)?|\d+(?:[.:]\d+)?")
_FILLERS: Final = re.compile(
    r"^(?:(?:请问|请教|您好|你好|嗨|哎|喂|那个|嗯|呃|额|啊|麻烦|劳驾|不好意思|打扰|"
    r"我?想(?:要)?(?:问|知道|了解|请教|咨询)|问|告诉我|能不能告诉我|可以告诉我|知道)"
    r"(?:一下|下|你们?|您)?[，,、\s]*)+"
)
_OPENERS: Final = re.compile(
    r"^(?:(?:excuse me|hello|hi|hey|please|sorry|pardon|um+|uh+|er+|well|so|okay|ok|"
    r"(?:can|could|would|will) you (?:please )?(?:tell|explain to|show) me|do you know|"
    r"i(?: would|'d)? (?:like|want|need) to (?:know|ask)(?: you)?|i(?:'m| am) wondering|"
    r"i was wondering|may i ask|tell me|any idea)[,.!]?\s+)+"
)
_WEAK: Final = frozenset(
    "的了吗呢啊吧么呀哦嘛是我你您们请在有个和与这那里就都也要想会能可以到给把被对从一下得着"
)
STOP: Final = frozenset(
    re.findall(
        r"\w+",
        "a an the is are am be was were do does did can could will would shall should may might "
        "must i you he she it we they me my your our us their his her its this that these those "
        "to of in on at for from with and or if so as by there here have has had any some please "
        "what which who how when where why much many get got go let just also not no yes about "
        "into out up",
    )
)
"""English words that say little of the subject."""
_ASKING: Final = re.compile(
    "怎么(?:办理?|弄|走|去|样|用)?|如何|哪里|哪儿|在哪|哪个|哪些|几[点号天楼层个]|多少钱?|多久|多长|多大|多高|"
    "什么时候|什么|能不能|可不可以|可以|有没有|是不是|需要|应该|一下|这里|这儿|那里|你们|我们|"
    "[吗呢啊的了我你您请去在有是要想能这那办]"
)
_DIGITS: Final = str.maketrans("0123456789", "零一二三四五六七八九")
_SUFFIXES: Final = (
    ("ies", "y"), ("ing", ""), ("ied", "y"), ("ed", ""), ("es", ""), ("s", ""), ("ly", ""),
)  # fmt: skip
_FUZZY: Final = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ang", "an"), ("eng", "en"), ("ing", "in"))


def plain(text: str) -> str:
    """NFKC, lower case, without the polite opening of a question unless nothing else is left."""
    text = unicodedata.normalize("NFKC", text).lower().replace("’", "'").strip()
    text = " ".join(text.split())
    for pattern in (_FILLERS, _OPENERS):
        rest = pattern.sub("", text, count=1).strip()
        if re.search(r"\w", rest):
            text = rest
    return text


def subject(text: str) -> str:
    """What a plain question is about: without the words that only ask, if any is left."""
    rest = re.sub(r"\W+", " ", _ASKING.sub(" ", text))
    words = [word for word in rest.split() if word not in STOP]
    return " ".join(words) or text


def written(text: str) -> list[str]:
    """Terms as written: hanzi singly and in pairs, stems of Latin words, numbers."""
    terms = list[str]()
    for token in _TOKEN.findall(text):
        if token[0] >= "\u3400":
            terms += [c for c in token if c not in _WEAK]
            terms += [a + b for a, b in pairwise(token) if not _weak(a, b)]
        elif token[0].isdigit() or token not in STOP:
            terms.append(stem(token))
    return terms


def heard(text: str) -> list[str]:
    """Terms as heard: pairs of syllables, and the shapes of Latin words in threes of letters."""
    terms = list[str]()
    for token in _TOKEN.findall(text):
        if token[0] >= "\u3400" or token.isdigit():
            hanzi = token.translate(_DIGITS)
            sounds = syllables(hanzi)
            pairs = zip(hanzi, hanzi[1:], sounds, sounds[1:], strict=False)
            terms += [f"{x}-{y}" for a, b, x, y in pairs if not _weak(a, b)]
        elif token not in STOP:
            edged = f"<{token}>"
            terms += [edged[i : i + 3] for i in range(len(edged) - 2)]
    return terms


def _weak(first: str, second: str) -> bool:
    return first in _WEAK and second in _WEAK


def stem(word: str) -> str:
    """An English word without its commonest endings."""
    word = word.removesuffix("'s")
    for suffix, instead in _SUFFIXES:
        root = word.removesuffix(suffix)
        if root != word and len(root) >= 3 and not (suffix == "s" and root[-1] in "su"):
            word = root + instead
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeiosl":
        word = word[:-1]
    return word.removesuffix("e") if len(word) > 3 else word


@lru_cache(4096)
def syllables(hanzi: str) -> Sequence[str]:
    """One fuzzy, toneless syllable a character."""
    found = _pypinyin().lazy_pinyin(hanzi, errors=lambda odd: [*odd])
    return tuple(_blurred(syllable) for syllable in found)


def _blurred(syllable: str) -> str:
    for sharp, blunt in _FUZZY:
        syllable = syllable.replace(sharp, blunt)
    return "l" + syllable[1:] if syllable[0] == "n" and len(syllable) > 1 else syllable


def _pypinyin() -> Any:
    return require("pypinyin", extra="talk", for_what="Chinese questions")
