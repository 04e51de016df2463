"""From the frames a network gave each symbol to phones and words over the sound it made.

The network's frames are exact for sounds but vague about silence: a phone before a comma runs on
into it, and a gap between words is often no pause at all but the closure of the next stop. The
sound itself tells which.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar.media import Phone, Word
from avatar.voice.text import Clause, Token
from avatar.voice.tts.timing import share

_BLOCK: Final = 0.01
"""Loudness is measured in stretches of this length, s."""
_QUIET: Final = 0.012
"""Below this share of the loudest stretch it is silent."""
_PAUSE: Final = 0.08
"""A silence shorter than this belongs to the sounds around it, s."""
_STOPS: Final = frozenset("pbtdkɡgʔʈɖ")


@dataclass(frozen=True, slots=True)
class Sound:
    """A phone and the symbols that stand for it, or a gap (``ipa`` "")."""

    ipa: str
    symbols: str
    lang: str
    token: int
    """Index of the clause's token it belongs to."""
    stress: float = 0.0


@dataclass(slots=True)
class _Span:
    """A sound and its samples while its edges are still moving."""

    sound: Sound
    start: int
    end: int


class Loudness:
    """Which stretches of a sound can be heard."""

    def __init__(self, samples: NDArray[np.float32], rate: int) -> None:
        self._block = round(_BLOCK * rate)
        count = max(1, -(-len(samples) // self._block))
        padded = np.zeros(count * self._block, np.float32)
        padded[: len(samples)] = samples
        level = np.sqrt((padded.reshape(count, -1) ** 2).mean(axis=1))
        self._loud = level > _QUIET * max(float(level.max()), 1e-4)
        self._length = len(samples)

    def span(self) -> tuple[int, int]:
        """First and last sample that can be heard, with 20 ms of air."""
        heard = np.flatnonzero(self._loud)
        if len(heard) == 0:
            return 0, self._length
        start = (int(heard[0]) - 2) * self._block
        return max(0, start), min(self._length, (int(heard[-1]) + 3) * self._block)

    def silence(self, start: int, end: int) -> tuple[int, int]:
        """The longest silence within samples start..end; empty (start, start) if there is none."""
        first, last = start // self._block, -(-end // self._block)
        quiet = np.concatenate([[False], ~self._loud[first:last], [False]])
        edges = np.flatnonzero(quiet[1:] != quiet[:-1]).reshape(-1, 2)
        if len(edges) == 0:
            return start, start
        a, b = edges[np.argmax(edges[:, 1] - edges[:, 0])] + first
        return max(start, int(a) * self._block), min(end, int(b) * self._block)


def align(
    clause: Clause,
    sounds: Sequence[Sound],
    edges: Sequence[int],
    samples: NDArray[np.float32],
    rate: int,
) -> tuple[list[Phone], list[Word], int, int]:
    """Phones and words of ``samples[first:last]``; returns them with ``first`` and ``last``.

    Sound i lasts from sample ``edges[i]`` to ``edges[i + 1]``.
    """
    loud = Loudness(samples, rate)
    first, last = loud.span()
    spans = [
        _Span(sound, min(max(a, first), last), min(max(b, first), last))
        for sound, (a, b) in zip(sounds, pairwise(edges), strict=True)
    ]
    _settle_gaps(spans, loud, rate)
    kept = [span for span in spans if span.end > span.start]
    if kept:
        kept[0].start, kept[-1].end = first, last
    phones = [
        Phone(
            span.sound.ipa,
            (span.start - first) / rate,
            (span.end - first) / rate,
            span.sound.stress,
            span.sound.lang,
        )
        for span in kept
    ]
    return phones, _words(clause.tokens, kept, first, last, rate), first, last


def _settle_gaps(spans: list[_Span], loud: Loudness, rate: int) -> None:
    """Give each gap its true silence, or share it out."""
    for i, span in enumerate(spans):
        if span.sound.ipa:
            continue
        before = next((s for s in reversed(spans[:i]) if s.end > s.start), None)
        after = next((s for s in spans[i + 1 :] if s.end > s.start and s.sound.ipa), None)
        low = before.start + (before.end - before.start) // 3 if before else span.start
        start, end = loud.silence(low, span.end)
        if end - start >= _PAUSE * rate and (not before or before.sound.ipa):
            _move(before, after, start, max(end, span.end) if after is None else end)
            span.start, span.end = start, end if after else max(end, span.end)
        else:
            stop = after is not None and after.sound.ipa[0] in _STOPS
            middle = span.start if stop else span.end if not after else (span.start + span.end) // 2
            _move(before, after, middle, middle)
            span.start = span.end = middle


def _move(before: _Span | None, after: _Span | None, start: int, end: int) -> None:
    if before:
        before.end = start
    if after:
        after.start = end


def _words(
    tokens: Sequence[Token], spans: Sequence[_Span], first: int, last: int, rate: int
) -> list[Word]:
    begins, ends = dict[int, int](), dict[int, int]()
    for span in spans:
        if span.sound.ipa:
            begins.setdefault(span.sound.token, span.start - first)
            ends[span.sound.token] = span.end - first
    weights = [max(1, len(token.spoken)) for token in tokens]
    shared = share([begins.get(i) for i in range(len(tokens))], weights, last - first)
    alone = [i in begins and (i + 1 in begins or i + 1 == len(tokens)) for i in range(len(tokens))]
    return [
        Word(
            token.text,
            start / rate,
            (min(ends[i], end) if alone[i] else end) / rate,
            token.offset,
        )
        for i, (token, (start, end)) in enumerate(zip(tokens, shared, strict=True))
    ]
