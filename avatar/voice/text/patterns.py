"""What stands in a text: the patterns of numbers, signs, words and addresses, in order of trial."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

HANZI: Final = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff〇\U00020000-\U0002ebef"
MARKS: Final = {
    "，": ",", "、": ",", "。": ".", "．": ".", "！": "!", "？": "?", "；": ";", "：": ":",
    "…": "…", ",": ",", ".": ".", "!": "!", "?": "?", ";": ";", ":": ":", "—": ",", "–": ",",
    "(": ",", ")": ",", "（": ",", "）": ",", "\n": ".", "[": ",", "]": ",", "【": ",", "】": ",",
}  # fmt: skip
"""Punctuation -> the mark a voice knows."""

_N: Final = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_CURRENCY: Final = r"US\$|HK\$|[￥¥$€£₩₹]|(?:RMB|USD|CNY|EUR|GBP|HKD|JPY)\s?"
_WIDE_UNITS: Final = (
    r"km/h|kmh|m/s|mph|kg|mg|km²|km|cm|mm|μm|nm|ml|mL|TB|GB|MB|KB|kHz|KHz|MHz|GHz|Hz|kWh|kW|mAh|"
    r"fps|FPS|ms|min|px|㎡|m²|m2|m³|m3|℃|°C|℉|°F|°|%|％|‰|lb|oz|ft|dB|kcal|cal|kPa|Pa"
)
_UNIT: Final = rf"\s?(?:{_WIDE_UNITS})(?![A-Za-z²³])|(?:g|t|m|l|L|s|h|W|V|w|v|in)(?![A-Za-z\d])"
_SCALE: Final = r"\s(?:thousand|million|billion|trillion)\b|[kKmMbB]\b|bn\b"
_NOT_AFTER: Final = r"(?<![\d.])"

_SOURCES: Final = (
    ("email", r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"),
    (
        "url",
        r"(?:https?://|www\.)[A-Za-z0-9._~:/?#@!$&'()*+,;=%-]*[A-Za-z0-9/]"
        r"|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.(?:com|cn|org|net|io|ai|tv|edu|gov|me|co|dev|app)"
        r"(?![A-Za-z])(?:/[A-Za-z0-9._~/?#=&%-]*[A-Za-z0-9/])?",
    ),
    (
        "telephone",
        r"(?:\+\d{1,3}[- ]?)?(?:1[3-9]\d[- ]?\d{4}[- ]?\d{4}|0\d{2,3}[- ]\d{7,8}"
        r"|[48]00-\d{3,4}-\d{3,4}|\(\d{3}\) ?\d{3}[- ]\d{4}|\d{3}-\d{3}-\d{4}"
        r"|\d{3}-\d{4}(?=[\s.,;!?)]|$))(?!\d)",
    ),
    (
        "date",
        r"(?P<y>[12]\d{3})(?P<sep>[-/.])(?P<m>1[0-2]|0?[1-9])(?P=sep)"
        r"(?P<d>3[01]|[12]\d|0?[1-9])(?![\d.]*\d)",
    ),
    (
        "time",
        r"(?P<h>2[0-4]|[01]?\d)[:：](?P<min>[0-5]\d)(?:[:：](?P<s>[0-5]\d))?(?!\d)"
        r"(?:\s?(?P<half>[aApP]\.?[mM](?![A-Za-z])\.?))?",
    ),
    ("money", rf"(?P<sign>{_CURRENCY})\s?(?P<n>{_N})(?P<scale>{_SCALE})?"),
    ("version", r"(?P<n>\d+(?:\.\d+){2,})"),
    ("decade", r"(?P<n>(?:1[1-9]|20)?\d0)['’]?s\b"),
    ("ordinal", r"(?P<n>\d[\d,]*)(?:st|nd|rd|th)\b"),
    ("ratio", r"(?P<a>\d+)[:：](?P<b>\d+)(?!\d)"),
    (
        "range",
        rf"(?P<a>{_N})(?:%|％|℃|°C)?\s?(?:[-–—~～]|至(?=\d))\s?(?P<b>{_N})(?![-–\d])"
        rf"(?P<unit>{_UNIT})?",
    ),
    ("fraction", r"(?P<a>\d{1,3})/(?P<b>\d{1,3})(?![\d/])"),
    ("measured", rf"(?P<n>[-−]?(?:{_N}))(?P<unit>{_UNIT})"),
    ("integer", rf"(?P<n>[-−](?:{_N})|{_N})"),
)
PATTERNS: Final = tuple((kind, re.compile(_NOT_AFTER + source)) for kind, source in _SOURCES)
"""(kind, pattern), tried in this order where a digit, a sign or a letter stands."""

_LETTERS: Final = r"[^\W\d_" + HANZI + r"\u3040-\u30ff\uac00-\ud7af]"
_WORD: Final = re.compile(
    r"(?:C\+\+|[CF]#|\.NET)(?![A-Za-z0-9])|[A-Za-z]+\.[a-z]{2,4}(?![A-Za-z])"
    r"|(?:[A-Za-z]\.){2,}"
    r"|(?:Mr|Mrs|Ms|Dr|Prof|St|Jr|Sr|vs|etc|Inc|Ltd|Co|No(?=\.\s?\d))\."
    r"|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.(?=\s?\d)"
    rf"|{_LETTERS}+(?:['’]{_LETTERS}+)*"
)
_HANZI: Final = re.compile(rf"[{HANZI}]")
_SIGNS: Final = re.compile(r"[&+=×÷±≈≥≤@√℃℉%½¼¾⅓⅔]|(?<=\d)[-−–~～](?=\d)")
_NUMERIC_START: Final = re.compile(r"[\d+\-−$￥¥€£₩₹(]|[A-Za-z]")
_ADDRESSES: Final = ("email", "url", "money")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text of one kind."""

    kind: str
    """``hanzi``, ``word``, ``mark``, or a kind of ``PATTERNS``, or ``sign``."""
    match: re.Match[str]

    @property
    def text(self) -> str:
        """As written."""
        return self.match.group()


def pieces(text: str) -> Iterator[Piece]:
    """What can be read in ``text``, in order; emoji and unknown signs are left out."""
    at = 0
    while at < len(text):
        piece = _piece(text, at)
        if piece is None:
            at += 1
            continue
        if piece.text:
            yield piece
        at = piece.match.end()


def integer(text: str, at: int) -> Piece | None:
    """The plain number at ``at``."""
    match = PATTERNS[-1][1].match(text, at)
    return Piece("integer", match) if match else None


def _piece(text: str, at: int) -> Piece | None:
    if found := _HANZI.match(text, at):
        return Piece("hanzi", found)
    if _NUMERIC_START.match(text, at):
        letter = text[at].isalpha()
        for kind, pattern in PATTERNS:
            if letter and kind not in _ADDRESSES:
                continue
            if (match := pattern.match(text, at)) and _plausible(kind, match, text):
                return Piece(kind, match)
    if sign := _SIGNS.match(text, at):
        return Piece("sign", sign)
    if word := _WORD.match(text, at):
        return Piece("word", word)
    return Piece("mark", _one(text, at)) if text[at] in MARKS else None


def _plausible(kind: str, match: re.Match[str], text: str) -> bool:
    before = text[match.start() - 1 : match.start()]
    if before.isascii() and before.isalnum() and match.group()[0] in "-−+(":
        return False
    if kind in ("measured", "integer") and match.group()[0] in "-−":
        return not ((before.isascii() and before.isalnum()) or before == ")")
    if kind == "fraction":
        return int(match["a"]) < int(match["b"]) or match.group() == "24/7"
    if kind == "time":
        return int(match["h"]) <= 24
    if kind == "url":
        return not (before.isascii() and before.isalnum())
    return True


def _one(text: str, at: int) -> re.Match[str]:
    found = re.compile(r".", re.DOTALL).match(text, at)
    assert found is not None
    return found
