"""The end of a turn: how long a silence has to be, by what was said before it.

One setting, ``patience``: the silence, s, after which an ordinary utterance is taken to be over.
A sentence that is plainly finished needs hardly less, for people pause within those, too; one that
hangs on "and…", "因为…" or "um" needs a good deal more.
"""

from __future__ import annotations

import re
from typing import Final

PATIENCE: Final = 0.58
"""s; a pause of half a second inside a sentence is waited out, and an answer still feels prompt."""
_FINISHED: Final = 0.97
_OPEN: Final = 2.2
_UNKNOWN: Final = 1.15
"""Factors of patience: finished, hanging, and nothing recognised yet."""

_HANGING: Final = """
    a an the and or but so because if when while that which who whose where what how than then
    as of to for from with without in on at by into about over under between my your his her its
    our their this these those is are was were am be been do does did can could will would shall
    should may might must have has had i you he she we they it's i'm um uh er hmm like please
    not very any some no every each there"""
_HANGING_EN: Final = frozenset(_HANGING.split())
"""English words that rarely end what somebody says."""
_ENDS_EN: Final = re.compile(
    r"\b(what|where|who|when|how|why) (is|are|was|were) (it|that|this|he|she|they|you)$"
    r"|\b(yes|no|thanks|thank you|please|goodbye|bye|hello|hi|stop)$"
)
_HANGING_ZH: Final = re.compile(
    r"(然后|还有|因为|所以|但是|可是|不过|而且|并且|或者|如果|要是|比如|就是|就是说|那个|这个|"
    r"的话|以及|和|跟|与|在|把|被|给|对|从|向|比|想|要|去|到|是|有|请问|我|你|嗯|呃|啊这|额)$"
)
_FINISHED_ZH: Final = re.compile(
    r"(吗|呢|吧|么|什么|怎么办|怎么走|哪里|哪儿|多少钱|多少|几点|几楼|谢谢|再见|你好|怎么样|"
    r"可以|名字|好的|不用了|没有了|停)$"
)
_QUESTION_EN: Final = re.compile(
    r"^(what|where|which|who|whose|when|why|how|is|are|do|does|did|can|could|may|will|would|"
    r"should|tell me|show me)\b"
)
_MARKS: Final = re.compile(r"[\s,.!?;:，。！？；：、…]+$")


class Endpointer:
    """How much silence ends a turn."""

    def __init__(self, patience: float = PATIENCE) -> None:
        """``patience``, s, above 0."""
        self.patience = patience

    def wait(self, text: str) -> float:
        """s of silence after ``text`` (what was recognised so far) that end the turn."""
        plain = _MARKS.sub("", text.strip().lower())
        if not plain:
            return self.patience * _UNKNOWN
        if hangs(plain):
            return self.patience * _OPEN
        return self.patience * (_FINISHED if finished(plain) else 1.0)


def hangs(text: str) -> bool:
    """Whether ``text`` (lower case, without a final mark) asks for more words."""
    last = text.split()[-1] if text else ""
    if last and last.isascii():
        return last in _HANGING_EN and not _ENDS_EN.search(text)
    return bool(_HANGING_ZH.search(text))


def finished(text: str) -> bool:
    """Whether ``text`` (lower case, without a final mark) is plainly a whole sentence."""
    if _ENDS_EN.search(text) or _FINISHED_ZH.search(text):
        return True
    return bool(_QUESTION_EN.match(text)) and len(text.split()) >= 4 and not hangs(text)
