"""Questions that lean on the one before: "and on Sunday?", "那要多少钱呢", "yes", "第二个"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from avatar.media import Exchange
from avatar.voice.knowledge import terms
from avatar.voice.knowledge.entry import Lang, language

_JOINED: Final = re.compile(
    r"^(?:那么|那|还有|然后|另外|and|what about|how about|so|then|but)\b\s*|(?:呢)$", re.IGNORECASE
)
_HANZI_JOINED: Final = re.compile(r"^(?:那么|那(?![里边儿个些])|还有|然后|另外)|呢$")
_POINTING: Final = re.compile(
    r"它|这个|那个|这些|那些|这件|那件|这里面|其中|\b(?:it|that|this|they|them|those|these|one)\b"
)
_EMPTY: Final = re.compile(
    r"多少钱|怎么收费|收费|费用|贵|要钱|免费|要?多久|多长时间|几天|什么时候|什么时间|几点|怎么办理?|"
    r"怎么走|怎么去|怎么弄|在哪儿?|哪里|哪儿|几楼|哪个|窗口|几号|需要|要|带|准备|什么|哪些|材料|证件|"
    r"可以|能|代办|别人|预约|提前|网上|吗|呢|呀|啊|的|了|我|你们?|您|去|办|是|有|为什么|谁|做|来"
)
_EMPTY_WORDS: Final = frozenset(
    re.findall(
        r"\w+",
        "cost costs price fee fees charge pay money free long take takes time days day open close "
        "book booking appointment advance online need needed bring documents document papers find "
        "located floor counter window else someone somebody mean made make old work expensive",
    )
)
_YES: Final = re.compile(
    r"^(?:是的?|对的?|对呀|没错|嗯+|好的?|就是这个|是这个|yes|yeah|yep|right|correct|exactly|"
    r"that's (?:it|right)|sure|please)[\s,，。.!！]*(?:please|是的?|对)?[。.!！]*$", re.IGNORECASE
)  # fmt: skip
_ORDER: Final = (
    re.compile(r"第一|前一?[个者]|前面|上面|\bfirst\b|\bformer\b|\bnumber one\b", re.IGNORECASE),
    re.compile(r"第二|后一?[个者]|后面|\bsecond\b|\blatter\b|\bnumber two\b", re.IGNORECASE),
    re.compile(r"第三|最后|\bthird\b|\blast\b|\bnumber three\b", re.IGNORECASE),
)


def joined(text: str) -> bool:
    """Whether a plain question begins as the continuation of another."""
    return bool(_JOINED.search(text) if language(text) == "en" else _HANZI_JOINED.search(text))


def leans(text: str) -> bool:
    """Whether a plain question says too little by itself to be understood alone."""
    if joined(text) or _POINTING.search(text):
        return len(terms.written(text)) <= 12
    if language(text) == "zh":
        return len(_EMPTY.sub("", re.sub(r"\W", "", text))) <= 0
    words = re.findall(r"[a-z']+", text)
    return 0 < len(words) <= 8 and not set(words) - _EMPTY_WORDS - terms.STOP


def core(text: str) -> str:
    """A plain question without what joins it to the one before."""
    pattern = _JOINED if language(text) == "en" else _HANZI_JOINED
    rest = pattern.sub("", text.strip(" ?？。.!！")).strip(" ,，")
    return rest or text


def before(history: Sequence[Exchange]) -> str:
    """The last question that stands by itself, plain; empty where there was none."""
    for exchange in reversed(history[-4:]):
        text = terms.plain(exchange.question)
        if text and not leans(text):
            return text
    return ""


def choice(text: str, count: int) -> int | None:
    """Which of ``count`` offers a visitor takes, from 0; None where the words take none."""
    plain = terms.plain(text).strip()
    if len(plain) > 24:
        return None
    for i, pattern in enumerate(_ORDER[:count]):
        if pattern.search(plain):
            return i
    return 0 if _YES.match(plain) else None


_OFFER: Final = {"zh": ("您是想问：", "，还是：", "？"), "en": ("Did you mean: ", " Or: ", "")}


def offer(titles: Sequence[str], lang: Lang) -> str:
    """The sentence that asks which question was meant."""
    begin, between, end = _OFFER[lang]
    stripped = [t.rstrip("？?。.") for t in titles] if lang == "zh" else list(titles)
    return begin + between.join(stripped) + end


def offered(history: Sequence[Exchange]) -> bool:
    """Whether the last thing said was such a sentence."""
    last = history[-1].answer.strip() if history else ""
    return any(last.startswith(begin.strip()) for begin, *_ in _OFFER.values())
