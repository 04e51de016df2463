"""Long text into clauses, lazily: whole sentences where they are short, else at commas.

The first clause is kept short so that the first sound comes early; the later ones may be longer,
for they are made while the earlier play.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

LIMITS: Final = (16, 30, 45)
"""Syllables, roughly, of the first, second and every later clause at most."""

_ABBREVIATIONS: Final = frozenset(
    {"mr", "mrs", "ms", "dr", "prof", "st", "jr", "sr", "vs", "etc", "e.g", "i.e", "inc", "ltd"}
    | {"co", "corp", "no", "fig", "vol", "approx", "dept", "est", "u.s", "u.k", "u.n", "a.m", "p.m"}
    | {"ph.d", "mt", "ave", "gen", "sen", "rep", "gov", "capt", "sgt", "col", "lt", "al", "jan"}
    | {"feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec"}
)
_CLOSING: Final = frozenset({"etc", "inc", "ltd", "co", "corp", "a.m", "p.m", "jr", "sr", "est"})
"""Abbreviations that may end a sentence: a capital after them begins the next."""
_CLOSERS: Final = r"""["'”’」』）)\]]*"""
_BREAK: Final = re.compile(
    rf"""(?P<hard>(?:[。！？；…\n]|[!?;](?![A-Za-z0-9=&/])|\.{{2,}}|\.(?={_CLOSERS}(?:\s|$)))+
        {_CLOSERS})
      | (?P<soft>[，、：]+{_CLOSERS}|[,:](?=\s)(?!\s\d{{4}}\b)|[,:](?!//)(?=[^\d\s])
        |\s[-–—]\s|—+)""",
    re.VERBOSE,
)
_WORD: Final = re.compile(r"[^\W\d_\u3400-\u9fff]+(?:['’-][^\W\d_]+)*|\d+|\S", re.UNICODE)
_CUT: Final = re.compile(r"\s+|(?<=[\u3400-\u9fff])(?=[\u3400-\u9fff])")


@dataclass(frozen=True, slots=True)
class _Atom:
    """Text up to and with one break."""

    start: int
    end: int
    hard: bool
    weight: float


def split(text: str) -> Iterator[tuple[int, str]]:
    """(offset, piece) of each clause in order, without the space around it."""
    made = 0
    held: _Atom | None = None
    for atom in _atoms(text):
        limit = LIMITS[min(made, len(LIMITS) - 1)]
        if held is None:
            held = atom
        elif held.hard or held.weight + atom.weight > limit:
            yield from _cut(text, held, limit)
            made += 1
            held = atom
        else:
            held = _Atom(held.start, atom.end, atom.hard, held.weight + atom.weight)
    if held is not None:
        yield from _cut(text, held, LIMITS[min(made, len(LIMITS) - 1)])


def breaks(text: str) -> Iterator[tuple[int, bool]]:
    """(end, whether a sentence ends there) of each stretch up to a break."""
    return ((atom.end, atom.hard) for atom in _atoms(text))


def sentences(text: str) -> list[str]:
    """Whole sentences in order, without the space around them."""
    found, start = list[str](), 0
    for atom in _atoms(text):
        if atom.hard:
            found.append(text[start : atom.end].strip())
            start = atom.end
    return [sentence for sentence in [*found, text[start:].strip()] if sentence]


def weight(text: str) -> float:
    """Syllables in a stretch of text, roughly."""
    return sum(_weigh(match.group()) for match in _WORD.finditer(text))


def _weigh(word: str) -> float:
    if word[0].isdigit() or "\u3400" <= word[0] <= "\u9fff":
        return len(word)
    return max(1.0, len(word) / 3) if word[0].isalpha() else 0.0


def _atoms(text: str) -> Iterator[_Atom]:
    start = 0
    for match in _BREAK.finditer(text):
        hard = match["hard"] is not None
        if hard and match.group()[0] == "." and _abbreviates(text, start, match.start()):
            continue
        yield _Atom(start, match.end(), hard, weight(text[start : match.end()]))
        start = match.end()
    if start < len(text):
        yield _Atom(start, len(text), True, weight(text[start:]))


def _abbreviates(text: str, start: int, dot: int) -> bool:
    """Whether the full stop at ``dot`` ends an abbreviation or a list number, not a sentence."""
    word = re.search(r"[\w.]*$", text[max(start, dot - 12) : dot])
    last = word[0] if word else ""
    following = text[dot + 1 : dot + 3].strip()
    if last.lower() in ("no", "mar", "jan", "jun", "sep", "dec"):
        return following[:1].isdigit()
    if last.lower() in _CLOSING:
        return bool(following) and not following[0].isupper()
    if last.lower() in _ABBREVIATIONS:
        return bool(following)
    initial = len(last) == 1 and last.isupper() and last != "I"
    listing = last.isdigit() and not text[start : dot - len(last)].strip()
    return (initial or listing) and bool(following)


def _cut(text: str, atom: _Atom, limit: float) -> Iterator[tuple[int, str]]:
    """The atom, or pieces of at most ``limit`` cut between words where it is far too long."""
    start = atom.start
    if atom.weight > max(limit, LIMITS[-1]):
        done, last = 0.0, start
        for match in _CUT.finditer(text, start, atom.end):
            done += weight(text[last : match.start()])
            last = match.end()
            if done >= limit:
                yield from _stripped(text, start, match.end())
                start, done = match.end(), 0.0
    yield from _stripped(text, start, atom.end)


def _stripped(text: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    piece = text[start:end]
    if piece.strip():
        yield start + len(piece) - len(piece.lstrip()), piece.strip()
