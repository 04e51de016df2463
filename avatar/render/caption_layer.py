"""Captions and the AI mark as layers of the overlay.

White text with a fine dark outline on a soft dark plate, so that it reads on any picture; the
word being spoken is in gold. At most two lines show: a longer clause turns its page as it is
spoken.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from avatar.render.linebreak import Span, break_lines
from avatar.render.overlay import Layer
from avatar.render.text import ASCENT, DESCENT, Alpha, Shaped, compose, paint, shape

_LINES: Final = 2
_LINE_HEIGHT: Final = 1.36
"""em"""
_GOLD: Final = (255, 206, 84)
_PLATE_ALPHA, _MARK_ALPHA = 0.55, 0.4
_UNPRINTED: Final = "，、；。,;"
"""Signs that captions leave out at a clause's end."""
_INK: Final = 0.9
"""Height of a hanzi's strokes, em."""


class CaptionLike(Protocol):
    """What a caption shows (``output.captions.CaptionView``)."""

    @property
    def text(self) -> str: ...
    @property
    def spoken(self) -> float: ...
    @property
    def current(self) -> tuple[int, int]: ...


class MarkLike(Protocol):
    """The visible AI label (``output.provenance.Mark``)."""

    @property
    def text(self) -> str: ...
    @property
    def height(self) -> float: ...


@dataclass(frozen=True, slots=True)
class _Style:
    """Measures of captions in one picture size, px."""

    em: float
    width: float
    """Longest line."""
    bottom: float
    """From the last line's bottom to the picture's."""


def _style(size: tuple[int, int]) -> _Style:
    width, height = size
    if width >= height:
        em = max(6.0, min(0.054 * height, 0.045 * width))
        return _Style(em, min(0.8 * width, 24 * em), 0.07 * height)
    em = max(6.0, 0.056 * width)
    return _Style(em, 0.84 * width, 0.14 * height)


def caption_layers(view: CaptionLike, size: tuple[int, int]) -> list[Layer]:
    """Layers that show a caption in a picture of ``size`` (w, h), px; none for empty text."""
    text = view.text.rstrip().rstrip(_UNPRINTED)
    style = _style(size)
    pages = _pages(text, style.em, style.width)
    if not pages:
        return []
    page = next((p for p in pages if view.spoken < p[-1][1]), pages[-1])
    pixels, boxes = _page(text, style.em, page)
    x = (size[0] - pixels.shape[1]) // 2
    y = round(size[1] - style.bottom - pixels.shape[0])
    layers = [Layer("caption", pixels, x, y)]
    for start, end, left, baseline in boxes:
        first, last = max(view.current[0], start), min(view.current[1], end)
        if first < last:
            word, dx = _word(text, style.em, start, first, last)
            top = y + baseline - round(ASCENT * style.em) - 2
            layers.append(Layer(f"caption word {start}", word, x + left + dx, top))
    return layers


def label_layers(mark: MarkLike, size: tuple[int, int]) -> list[Layer]:
    """The visible AI label in the top left corner of a picture of ``size`` (w, h), px."""
    short = min(size)
    pixels = _mark(mark.text, max(9, round(mark.height * short / _INK)))
    margin = round(0.025 * short)
    return [Layer("mark", pixels, margin, margin)]


@lru_cache(maxsize=64)
def _pages(text: str, em: float, width: float) -> list[list[Span]]:
    if not text.strip():
        return []
    lines = break_lines(text, shape(text, em).advance, width)
    return [lines[i : i + _LINES] for i in range(0, len(lines), _LINES)]


Box = tuple[int, int, int, int]
"""First and one past the last character of a line, its left edge and baseline, px."""


def _page(text: str, em: float, page: list[Span]) -> tuple[NDArray[np.uint8], list[Box]]:
    return _drawn_page(text, em, tuple(page))


@lru_cache(maxsize=8)
def _drawn_page(
    text: str, em: float, page: tuple[Span, ...]
) -> tuple[NDArray[np.uint8], list[Box]]:
    shaped = shape(text, em)
    widths = [shaped.start(end) - shaped.start(start) for start, end in page]
    inner = int(np.ceil(max(widths)))
    step = round(_LINE_HEIGHT * em)
    pad_x, pad_y, soft = round(0.62 * em), round(0.26 * em), round(0.2 * em)
    left, top = pad_x + 2 * soft, pad_y + 2 * soft
    shape_px = (step * len(page) + 2 * top, inner + 2 * left)
    boxes = [
        (start, end, left + round((inner - width) / 2), top + step * i + _baseline(step, em))
        for i, ((start, end), width) in enumerate(zip(page, widths, strict=True))
    ]
    fill, dark = np.zeros(shape_px, np.uint8), np.zeros(shape_px, np.uint8)
    for start, end, x, baseline in boxes:
        _paint(fill, shaped, (start, end), x, baseline)
        _paint(dark, shaped, (start, end), x, baseline, 0.055 * em)
    behind = np.maximum(dark // 4 * 3, _plate(shape_px, soft, 0.42 * em, _PLATE_ALPHA))
    return compose(fill, behind), boxes


def _baseline(step: int, em: float) -> int:
    return round((step - (ASCENT + DESCENT) * em) / 2 + ASCENT * em)


def _paint(
    out: Alpha, shaped: Shaped, span: Span, x: float, baseline: float, stroke: float = 0.0
) -> None:
    glyphs = [g for g in shaped.glyphs if span[0] <= g.character < span[1]]
    paint(out, glyphs, shaped.size, x - shaped.start(span[0]), baseline, stroke)


def _plate(size: tuple[int, int], soft: int, radius: float, alpha: float) -> Alpha:
    """A rounded black plate with a soft edge: uint8[h, w] coverage."""
    height, width = size
    image = Image.new("L", (width, height), 0)
    box = (soft, soft, width - soft - 1, height - soft - 1)
    ImageDraw.Draw(image).rounded_rectangle(box, radius, fill=round(255 * alpha))
    return np.asarray(image.filter(ImageFilter.GaussianBlur(soft / 2)))


@lru_cache(maxsize=64)
def _word(text: str, em: float, line: int, first: int, last: int) -> tuple[NDArray[np.uint8], int]:
    """A word of a line in gold, and the px from the line's left edge to the picture's."""
    shaped = shape(text, em)
    x = shaped.start(first) - shaped.start(line)
    dx = int(np.floor(x)) - 2
    width = int(np.ceil(shaped.start(last) - shaped.start(first))) + 5
    fill = np.zeros((round((ASCENT + DESCENT) * em * 1.12) + 4, width), np.uint8)
    _paint(fill, shaped, (first, last), x - dx, round(ASCENT * em) + 2)
    return compose(fill, np.zeros_like(fill), _GOLD), dx


@lru_cache(maxsize=16)
def _mark(text: str, em: int) -> NDArray[np.uint8]:
    shaped = shape(text, float(em))
    width = int(np.ceil(shaped.start(len(text))))
    pad_x, pad_y, soft = round(0.5 * em), round(0.24 * em), max(1, round(0.06 * em))
    size = (em + 2 * (pad_y + soft), width + 2 * (pad_x + soft))
    fill, dark = np.zeros(size, np.uint8), np.zeros(size, np.uint8)
    span, baseline = (0, len(text)), pad_y + soft + round(ASCENT * em)
    _paint(fill, shaped, span, pad_x + soft, baseline)
    _paint(dark, shaped, span, pad_x + soft, baseline, 0.04 * em)
    behind = np.maximum(dark // 3, _plate(size, soft, 0.3 * em, _MARK_ALPHA))
    return compose((fill.astype(np.uint16) * 235 // 255).astype(np.uint8), behind)
