"""A clause into tokens: which language each number belongs to, and what is read for it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from avatar.voice.text import american, mandarin
from avatar.voice.text.model import Lang, Token
from avatar.voice.text.patterns import MARKS, Piece, integer, pieces

_FULLWIDTH: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_KEPT: Final = "，。！？；：（）"
for _mark in _KEPT:
    _FULLWIDTH.pop(ord(_mark), None)

_STRENGTH: Final = " ,:;….!?"
_SPELLED: Final = frozenset(["VIP", "LED", "AR", "CEO", "PR", "GIS", "API", "SaaS", "URL", "FAQ"])
_ABBREVIATIONS: Final = {
    "mr.": "mister", "mrs.": "missus", "ms.": "miz", "dr.": "doctor", "prof.": "professor",
    "st.": "saint", "jr.": "junior", "sr.": "senior", "vs.": "versus", "vs": "versus",
    "etc.": "et cetera", "e.g.": "for example", "i.e.": "that is", "inc.": "incorporated",
    "ltd.": "limited", "co.": "company", "no.": "number", "wifi": "why fie", "wi-fi": "why fie",
    "c++": "C plus plus", "c#": "C sharp", "f#": "F sharp", ".net": "dot net",
    "a.m.": "A M", "p.m.": "P M", "ok": "okay",
    "jan.": "January", "feb.": "February", "mar.": "March", "apr.": "April", "jun.": "June",
    "jul.": "July", "aug.": "August", "sep.": "September", "sept.": "September",
    "oct.": "October", "nov.": "November", "dec.": "December",
}  # fmt: skip
_ADDRESS_SIGNS: Final = {
    ".": "dot", "@": "at", "/": "slash", "-": "dash", "_": "underscore", "?": "question mark",
    "=": "equals", "&": "and", ":": "colon", "#": "hash", "%": "percent", "+": "plus",
    "~": "tilde",
}  # fmt: skip
_CAMEL: Final = re.compile(r"(?<=[a-z]{2})(?=[A-Z])")


def tokens(
    text: str, lang: Lang | None, fallback: Lang, respelled: Mapping[str, str]
) -> list[Token]:
    """Tokens of one clause, hanzi not yet given their pinyin.

    ``lang`` forces the language of numbers; else their neighbours tell, and ``fallback`` when
    there are none. ``respelled`` gives English words by lower-case spelling what is read instead.
    """
    plain = text.translate(_FULLWIDTH)
    found = list(pieces(plain))
    out = list[Token]()
    for i, piece in enumerate(found):
        if piece.kind == "mark":
            _mark_last(out, MARKS[piece.text])
            continue
        own = _language(found, i) if lang is None or _letters(piece) else lang
        out.extend(_token(piece, own or fallback, plain, text))
    if out and not out[-1].mark and out[-1].text.endswith("."):
        _mark_last(out, ".")
    return [_respell(token, respelled) for token in out]


def _respell(token: Token, respelled: Mapping[str, str]) -> Token:
    wanted = respelled.get(token.text.lower()) if token.lang == "en" else None
    if wanted is None:
        return token
    if wanted.startswith("/"):
        return replace(token, ipa=wanted.strip("/"))
    return replace(token, spoken=wanted)


def _letters(piece: Piece) -> Lang | None:
    """The language a piece shows by itself."""
    if piece.kind == "hanzi":
        return "zh"
    return "en" if piece.kind in ("word", "url", "email", "ordinal", "decade") else None


def _mark_last(out: list[Token], mark: str) -> None:
    if out and _STRENGTH.find(mark) > _STRENGTH.find(out[-1].mark or " "):
        out[-1] = replace(out[-1], mark=mark)


def _language(found: Sequence[Piece], i: int) -> Lang | None:
    """The language of a number: that of the letters after it, else before it, within its commas;
    else Chinese if the clause holds any."""
    own = _letters(found[i])
    if own:
        return own
    for step in (1, -1):
        neighbour = _neighbour(found, i, step)
        if neighbour:
            return _letters(neighbour)
    shown = {_letters(piece) for piece in found} - {None}
    return "zh" if "zh" in shown else "en" if shown else None


def _neighbour(found: Sequence[Piece], i: int, step: int) -> Piece | None:
    """The nearest piece that shows its language, up to the next mark."""
    i += step
    while 0 <= i < len(found) and found[i].kind != "mark":
        if _letters(found[i]) and not _hangs_on(found, i):
            return found[i]
        i += step
    return None


def _hangs_on(found: Sequence[Piece], i: int) -> bool:
    """Whether a Latin piece is a letter or two glued behind a number, as in 5G."""
    piece = found[i]
    glued = i > 0 and found[i - 1].match.end() == piece.match.start()
    return piece.kind == "word" and len(piece.text) <= 2 and glued and found[i - 1].kind != "hanzi"


def _token(piece: Piece, lang: Lang, plain: str, text: str) -> list[Token]:
    start, end = piece.match.span()
    written = text[start:end]
    if piece.kind == "hanzi":
        return [Token(written, start, "zh", piece.text, gap=False)]
    if piece.kind == "word":
        return [Token(written, start, "en", word(piece.text, plain))]
    if piece.kind in ("url", "email"):
        return [Token(written, start, "en", address(piece.text))]
    reader = mandarin if lang == "zh" else american
    if piece.kind == "measured" and piece.match["unit"].strip().lower() not in reader.UNITS:
        return _unit_apart(piece, lang, plain, text)
    said = reader.READERS[piece.kind](piece.match, plain[:start], plain[end:].lstrip(" "))
    own: Lang = lang
    return [Token(written.strip(), start, own, said)] if said else []


def _unit_apart(piece: Piece, lang: Lang, plain: str, text: str) -> list[Token]:
    """``16GB`` in Chinese: the number in Chinese, the unit by its letters."""
    start, end = piece.match.span()
    unit = piece.match["unit"].strip()
    number = integer(plain, start)
    if number is None:
        return []
    reader = mandarin if lang == "zh" else american
    said = reader.READERS["integer"](number.match, plain[:start], unit)
    head = number.match.end()
    at = end - len(unit)
    return [
        Token(text[start:head], start, lang, said),
        Token(text[at:end], at, "en", " ".join(unit.upper())),
    ]


def word(written: str, clause: str = "") -> str:
    """What is read for a Latin word: letters of acronyms apart, CamelCase apart."""
    plain = written.replace("’", "'")
    known = _ABBREVIATIONS.get(plain.lower())
    if known:
        return known
    if plain.isupper() and len(plain) > 1:
        if _shouted(clause):
            return plain.lower()
        if plain in _SPELLED or "." in plain:
            return " ".join(plain.replace(".", ""))
        return plain
    if plain.isupper() and plain not in ("I", "A"):
        return plain
    return _CAMEL.sub(" ", plain).replace(".", " dot ")


def _shouted(clause: str) -> bool:
    """Whether a clause is written in capitals throughout, so that they mean nothing."""
    words = re.findall(r"[A-Za-z]+", clause)
    return len(words) >= 3 and all(w.isupper() for w in words)


def address(written: str) -> str:
    """What is read for a web or mail address."""
    body = re.sub(r"^https?://", "", written).rstrip("/")
    parts = list[str]()
    for part in re.findall(r"[A-Za-z]+|\d+|[^\w]|_", body):
        if part.isdigit():
            parts.append(american.digits(part) if len(part) != 2 else american.cardinal(int(part)))
        elif part.isalpha():
            parts.append(" ".join("www") if part.lower() == "www" else part)
        else:
            parts.append(_ADDRESS_SIGNS.get(part, ""))
    return " ".join(p for p in parts if p)
