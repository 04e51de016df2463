"""Text to pictures: HarfBuzz shapes it, FreeType draws it.

The shipped font covers Chinese and Latin; a character it lacks is taken from a font of the
system, and left out when none has it.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avatar.plugins import require
from avatar.render.linebreak import is_wide
from avatar.resources import models_dir

Alpha = NDArray[np.uint8]

ASCENT: Final = 0.88
"""Top of a hanzi's square above the baseline, em."""
DESCENT: Final = 0.12
"""Bottom of a hanzi's square below the baseline, em."""

_SHIPPED: Final = "NotoSansSC-Medium-subset.ttf"
_SYSTEM: Final[dict[str, tuple[str, ...]]] = {
    "linux": (
        "/usr/share/fonts/**/NotoSansCJK-Medium.ttc",
        "/usr/share/fonts/**/NotoSansCJK-Regular.ttc",
        "/usr/share/fonts/**/DejaVuSans.ttf",
        "/usr/share/fonts/**/NotoSans-Regular.ttf",
        "/usr/share/fonts/**/wqy-microhei.ttc",
    ),
    "darwin": (
        "/System/Library/Fonts/PingFang.ttc",
        "/System/Library/Fonts/Hiragino Sans GB.ttc",
        "/System/Library/Fonts/Supplemental/Arial Unicode.ttf",
    ),
    "win32": (
        "C:/Windows/Fonts/msyh.ttc",
        "C:/Windows/Fonts/simsun.ttc",
        "C:/Windows/Fonts/segoeui.ttf",
        "C:/Windows/Fonts/seguisym.ttf",
    ),
}


@dataclass(frozen=True, slots=True)
class Glyph:
    """One shape of a font at its place."""

    font: int
    """Index into the font chain."""
    index: int
    """Number of the glyph in its font."""
    x: float
    """px from the start of the text."""
    y: float
    """px above the baseline."""
    character: int
    """Index of the character it belongs to."""


@dataclass(frozen=True, slots=True)
class Shaped:
    """Text as glyphs on one endless line."""

    text: str
    size: float
    """Font size (em), px."""
    glyphs: tuple[Glyph, ...]
    advance: tuple[float, ...]
    """Width of each character, px; 0 for one that shares its glyph with the one before."""

    def start(self, character: int) -> float:
        """px from the start of the text to that of a character."""
        return float(sum(self.advance[:character]))


class _Font:
    """One font file, opened for shaping and for drawing."""

    def __init__(self, path: Path) -> None:
        self._hb: Any = require("uharfbuzz", extra="stream", for_what="captions")
        self._ft: Any = require("freetype", extra="stream", for_what="captions")
        data = path.read_bytes()  # neither library opens every path there is on Windows
        self._shaper = self._hb.Font(self._hb.Face(self._hb.Blob(data)))
        self._face = self._ft.Face(io.BytesIO(data))

    def has(self, character: str) -> bool:
        return bool(self._face.get_char_index(character))

    def shape(
        self, text: str, size: float, narrow: bool
    ) -> Iterator[tuple[int, int, float, float, float]]:
        """(character, glyph, dx, dy, advance) of a run, px; ``narrow`` asks for narrow signs."""
        buffer = self._hb.Buffer()
        buffer.add_str(text)
        buffer.guess_segment_properties()
        self._hb.shape(self._shaper, buffer, {"kern": True, "liga": False, "pwid": narrow})
        scale = size / self._shaper.face.upem
        for info, at in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
            yield (
                info.cluster,
                info.codepoint,
                at.x_offset * scale,
                at.y_offset * scale,
                at.x_advance * scale,
            )

    def draw(self, glyph: int, size: float, shift: float, stroke: float) -> tuple[Alpha, int, int]:
        """Coverage uint8[h, w] of one glyph and the px from its origin to left and top edge."""
        ft, face = self._ft, self._face
        face.set_char_size(round(size * 64), 0, 72, 72)
        face.load_glyph(glyph, ft.FT_LOAD_NO_HINTING | ft.FT_LOAD_NO_BITMAP)
        shape = face.glyph.get_glyph()
        if stroke > 0:
            stroker = ft.Stroker()
            stroker.set(
                round(stroke * 64), ft.FT_STROKER_LINECAP_ROUND, ft.FT_STROKER_LINEJOIN_ROUND, 0
            )
            shape.stroke(stroker, True)
        origin = ft.Vector(round(shift * 64), 0)
        picture = shape.to_bitmap(ft.FT_RENDER_MODE_NORMAL, origin, True)
        bitmap = picture.bitmap
        rows = np.array(bitmap.buffer, np.uint8).reshape(bitmap.rows, bitmap.pitch)
        return rows[:, : bitmap.width], int(picture.left), int(picture.top)


def _is_narrow(text: str, i: int) -> bool:
    """Whether a sign that Chinese sets in a full em stands among Latin here."""
    around = text[i - 1 : i] + text[i + 1 : i + 2]
    latin = around.isascii() if text[i] == "’" else not any(is_wide(c) for c in text)
    return text[i] in "‘’“”…—" and latin


def system_fonts(platform: str = sys.platform) -> list[Path]:
    """The fonts of a system that we know and that are there, best first."""
    found: list[Path] = []
    for pattern in _SYSTEM.get(platform, ()):
        folder, _, name = pattern.rpartition("**/")
        found += sorted(Path(folder).rglob(name)) if folder else [Path(pattern)]
    return [path for path in found if path.is_file()]


@cache
def _paths() -> list[Path]:
    return [models_dir() / "fonts" / _SHIPPED, *system_fonts()]


@cache
def _font(index: int) -> _Font:
    return _Font(_paths()[index] if index else models_dir() / "fonts" / _SHIPPED)


@lru_cache(maxsize=4096)
def _font_of(character: str) -> int:
    """The first font that has the character, -1 for none."""
    if character.isspace() or _font(0).has(character):
        return 0
    return next((i for i in range(1, len(_paths())) if _font(i).has(character)), -1)


@lru_cache(maxsize=2048)
def _drawn(font: int, glyph: int, size: float, shift: float, stroke: float) -> Any:
    return _font(font).draw(glyph, size, shift, stroke)


@lru_cache(maxsize=256)
def shape(text: str, size: float) -> Shaped:
    """Text as glyphs of ``size`` px; raises MissingExtra without freetype-py and uharfbuzz."""
    glyphs: list[Glyph] = []
    advance = [0.0] * len(text)
    x = 0.0
    for font, narrow, start, run in _runs(text):
        for character, index, dx, dy, step in _font(font).shape(run, size, narrow):
            at = start + character
            if not text[at].isspace():
                glyphs.append(Glyph(font, index, x + dx, dy, at))
            advance[at] += step
            x += step
    return Shaped(text, size, tuple(glyphs), tuple(advance))


def _runs(text: str) -> Iterator[tuple[int, bool, int, str]]:
    """(font, narrow, first character, text) of stretches; unknown characters left out."""
    kinds = [(_font_of(c), _is_narrow(text, i)) for i, c in enumerate(text)]
    start = 0
    for i in range(1, len(text) + 1):
        if i == len(text) or kinds[i] != kinds[start]:
            if kinds[start][0] >= 0:
                yield *kinds[start], start, text[start:i]
            start = i


def paint(
    out: Alpha, glyphs: Iterable[Glyph], size: float, x: float, baseline: float, stroke: float = 0.0
) -> None:
    """Lay coverage into ``out`` uint8[h, w]: text's start at ``x``, px; ``stroke`` px around."""
    for glyph in glyphs:
        place = x + glyph.x
        left = int(np.floor(place))
        quarter = np.floor((place - left) * 4) / 4
        alpha, dx, dy = _drawn(glyph.font, glyph.index, size, float(quarter), stroke)
        _lay(out, alpha, left + dx, round(baseline - glyph.y) - dy)


def _lay(out: Alpha, alpha: Alpha, x: int, y: int) -> None:
    height, width = out.shape
    top, left = max(y, 0), max(x, 0)
    bottom, right = min(y + alpha.shape[0], height), min(x + alpha.shape[1], width)
    if bottom > top and right > left:
        part = out[top:bottom, left:right]
        np.maximum(part, alpha[top - y : bottom - y, left - x : right - x], out=part)


def rasterize(
    text: str,
    size: float,
    color: tuple[int, int, int] = (255, 255, 255),
    *,
    margin: int = 2,
    stroke: float = 0.0,
) -> NDArray[np.uint8]:
    """One line of text as premultiplied RGBA uint8[h, w, 4] on clear ground.

    ``size`` px per em, ``color`` sRGB, ``margin`` px around; ``stroke`` px of dark outline.
    """
    shaped = shape(text, size)
    edge = margin + int(np.ceil(stroke))
    height = int(np.ceil((ASCENT + DESCENT) * size)) + 2 * edge
    width = int(np.ceil(sum(shaped.advance))) + 2 * edge
    fill = np.zeros((height, width), np.uint8)
    paint(fill, shaped.glyphs, size, edge, edge + ASCENT * size)
    outline = np.zeros_like(fill)
    if stroke > 0:
        paint(outline, shaped.glyphs, size, edge, edge + ASCENT * size, stroke)
    return compose(fill, outline, color)


def compose(
    fill: Alpha, behind: Alpha, color: tuple[int, int, int] = (255, 255, 255)
) -> NDArray[np.uint8]:
    """Coloured coverage over black coverage, as premultiplied RGBA uint8[h, w, 4]."""
    out = np.empty((*fill.shape, 4), np.uint8)
    front = fill.astype(np.uint16)
    for channel, value in enumerate(color):
        out[..., channel] = (front * value + 127) // 255
    out[..., 3] = front + (behind.astype(np.uint16) * (255 - front) + 127) // 255
    return out
