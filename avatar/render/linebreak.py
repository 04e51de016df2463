"""Where a line of text may end: Latin by words, CJK anywhere but where punctuation forbids it.

The rules are those of Unicode's line breaking algorithm (UAX #14) that Chinese, Japanese and
English need; 避头尾: no line begins with closing punctuation or ends with opening punctuation.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Final

_NEVER_FIRST: Final = frozenset(
    "，。、；：？！）］｝】〕〉》」』〗”’…—～·々ー％‰℃°,.;:?!)]}%›»‥・"
    "ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ"
)
_NEVER_LAST: Final = frozenset("（［｛【〔〈《「『〖“‘([{‹«$￥¥€£＄#@＃")
_PAUSE: Final = frozenset("，。、；：？！,.;:?!…—")
_ENDS_PHRASE: Final = frozenset("的了着过吗呢吧啊们时后 ")
_BEGINS_PHRASE: Final = frozenset("一是在和与或把被给让从向对为而但就也都还")

Span = tuple[int, int]
"""First and one past the last character of a line."""


@cache
def is_wide(character: str) -> bool:
    """Whether it is set in a full em, as hanzi, kana and full-width signs are."""
    return unicodedata.east_asian_width(character) in "WF"


def can_break(text: str, at: int) -> bool:
    """Whether a line may end before ``text[at]``."""
    before, after = text[at - 1], text[at]
    if before.isspace():
        return not after.isspace() and after not in _NEVER_FIRST
    if after.isspace() or after in _NEVER_FIRST or before in _NEVER_LAST:
        return False
    if is_wide(before) or is_wide(after) or before in _PAUSE:
        return not (before in ".,:" and after.isdigit())
    return before == "-" and at > 1 and text[at - 2].isalpha() and after.isalpha()


def break_lines(text: str, advance: Sequence[float], width: float, page: int = 2) -> list[Span]:
    """Lines of at most ``width``, as few and as even as possible.

    ``advance`` is each character's width. Lines end after a pause where that costs little, all
    the more so the last of the ``page`` lines shown together; a word wider than a line is cut.
    Spaces at line ends are left out of the spans.
    """
    pieces = _pieces(text, advance, width)
    if not pieces:
        return []
    widths = [sum(advance[a:b]) for a, b in pieces]
    count = _greedy(text, pieces, advance, width)
    target = min(width, sum(widths) / count * 1.02)
    cuts = _best_cuts(text, pieces, advance, width, target, count, page)
    lines = (_trim(text, (pieces[i][0], pieces[j - 1][1])) for i, j in cuts)
    return [(start, end) for start, end in lines if start < end]


def _pieces(text: str, advance: Sequence[float], width: float) -> list[Span]:
    cuts = [0, *(i for i in range(1, len(text)) if can_break(text, i)), len(text)]
    pieces: list[Span] = []
    for start, end in pairwise(cuts):
        while _measure(text, (start, end), advance) > width and end - start > 1:
            cut, room = start + 1, advance[start]
            while cut < end - 1 and room + advance[cut] <= width:
                room += advance[cut]
                cut += 1
            pieces.append((start, cut))
            start = cut
        if start < end:
            pieces.append((start, end))
    return pieces


def _trim(text: str, span: Span) -> Span:
    start, end = span
    while end > start and text[end - 1].isspace():
        end -= 1
    while start < end and text[start].isspace():
        start += 1
    return start, end


def _measure(text: str, span: Span, advance: Sequence[float]) -> float:
    start, end = _trim(text, span)
    return float(sum(advance[start:end]))


def _greedy(text: str, pieces: list[Span], advance: Sequence[float], width: float) -> int:
    lines, start = 1, pieces[0][0]
    for piece in pieces:
        if _measure(text, (start, piece[1]), advance) > width and piece[0] > start:
            lines, start = lines + 1, piece[0]
    return lines


def _break_cost(text: str, end: int) -> float:
    """How much a line end before ``text[end]`` disturbs the reader."""
    if end == len(text) or text[:end].rstrip()[-1:] in _PAUSE:
        return 0.0
    return 0.012 if text[end - 1] in _ENDS_PHRASE or text[end] in _BEGINS_PHRASE else 0.05


def _best_cuts(
    text: str,
    pieces: list[Span],
    advance: Sequence[float],
    width: float,
    target: float,
    count: int,
    page: int,
) -> list[Span]:
    """Piece ranges of ``count`` lines with the least squared distance from ``target``."""
    total = len(pieces)
    best: list[dict[int, tuple[float, int]]] = [{0: (0.0, 0)}]
    for line in range(count):
        weight = 4.0 if line % page == page - 1 else 1.0
        reached: dict[int, tuple[float, int]] = {}
        for start, (cost, _origin) in best[-1].items():
            for end in range(start + 1, total + 1):
                span = (pieces[start][0], pieces[end - 1][1])
                size = _measure(text, span, advance)
                if size > width and end > start + 1:
                    break
                step = ((size - target) / width) ** 2 + weight * _break_cost(text, span[1])
                if end not in reached or cost + step < reached[end][0]:
                    reached[end] = (cost + step, start)
        best.append(reached)
    cuts: list[Span] = []
    end = total
    for row in range(count, 0, -1):
        start = best[row][end][1]
        cuts.append((start, end))
        end = start
    return cuts[::-1]
