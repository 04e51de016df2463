"""What all voices share: the pause after each mark, word times, and checking the request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from avatar.errors import ConfigError

PAUSES: Final = {
    "": 0.05,
    ",": 0.2,
    ":": 0.25,
    ";": 0.3,
    ".": 0.4,
    "!": 0.4,
    "?": 0.4,
    "…": 0.5,
}
"""Silence after a clause, s, by the mark that ends it."""


def check_request(text: str, lang: str) -> None:
    """Raise ConfigError when there is nothing to say, or in no language we speak."""
    if lang not in ("auto", "zh", "en"):
        raise ConfigError(f"no language {lang!r}: give auto, zh or en")
    if not text.strip():
        raise ConfigError("nothing to say: the text is empty")


def share(begins: Sequence[int | None], weights: Sequence[int], end: int) -> list[tuple[int, int]]:
    """Start and end of each item; those without a start share their neighbour's time by weight."""
    spans: list[tuple[int, int]] = []
    i = 0
    while i < len(begins):
        j = i + 1
        while j < len(begins) and begins[j] is None:
            j += 1
        start = begins[i] or (spans[-1][1] if spans else 0)
        stop = begins[j] if j < len(begins) else end
        total, at = sum(weights[i:j]), float(start)
        for k in range(i, j):
            step = ((stop or end) - start) * weights[k] / total
            spans.append((round(at), round(at + step)))
            at += step
        i = j
    return spans
