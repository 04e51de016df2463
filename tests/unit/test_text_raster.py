"""Line breaking and the drawing of text."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avatar.render.caption_layer import caption_layers, label_layers
from avatar.render.linebreak import break_lines, is_wide
from avatar.render.text import rasterize, shape, system_fonts

NEVER_FIRST, NEVER_LAST = set("，。、；：？！）】》」』”’…,.;:?!)]}%"), set("（【《「『“‘([{￥$")


def lines_of(text: str, em: float) -> list[str]:
    advance = [1.0 if is_wide(c) else 0.5 for c in text]
    return [text[a:b] for a, b in break_lines(text, advance, em)]


ZH = "这款“智能”耳机（型号 X-200）今天只要￥299.9，比平时便宜了三分之一，赶快下单！"
EN = "Welcome to our live show, today 3 products are 20% off, don't miss it."


@pytest.mark.parametrize("text", [ZH, EN, ZH + EN])
@pytest.mark.parametrize("em", [6, 8, 10, 14, 20])
def test_no_line_begins_or_ends_with_the_wrong_sign(text: str, em: int):
    lines = lines_of(text, em)
    assert "".join("".join(lines).split()) == "".join(text.split())
    for line in lines:
        assert line[0] not in NEVER_FIRST and line[-1] not in NEVER_LAST
        assert sum(1.0 if is_wide(c) else 0.5 for c in line) <= em


def test_latin_words_and_numbers_stay_whole():
    words = {w for line in lines_of(EN, 10) for w in line.split()}
    assert words == set(EN.split())
    assert any("￥299.9" in line for line in lines_of(ZH, 10))


def test_lines_are_even():
    lines = lines_of("一二三四五六七八九十一二三四五六七八九十一二", 20)
    assert [len(line) for line in lines] in ([11, 11], [10, 12], [12, 10])


def test_a_word_longer_than_the_line_is_cut():
    assert all(len(line) <= 10 for line in lines_of("a" * 95, 5))


@given(st.text(max_size=60), st.floats(1, 30))
def test_no_text_breaks_the_breaker(text: str, em: float):
    advance = [1.0 if is_wide(c) else 0.5 for c in text]
    spans = break_lines(text, advance, em)
    assert all(a <= b for a, b in spans)
    assert all(p[1] <= q[0] for p, q in itertools.pairwise(spans))
    covered = "".join(text[a:b] for a, b in spans)
    assert "".join(covered.split()) == "".join(text.split())


def test_shipped_font_has_chinese_and_latin():
    text = "镕喆 Zürich nǐ hǎo 龘"[:-2] + "繁體字，。！？“”——…￥€"
    assert {glyph.font for glyph in shape(text, 32).glyphs} == {0}
    assert all(glyph.index for glyph in shape(text, 32).glyphs)


def test_unknown_characters_take_no_room():
    assert shape("a\U000f1234b", 32).advance[1] == 0
    assert rasterize("\U000f1234", 32).shape[2] == 4


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32", "freebsd"])
def test_fonts_of_every_platform_are_looked_for(platform: str):
    assert all(path.is_file() for path in system_fonts(platform))


def test_kerning_is_applied():
    shaped = shape("AVAVAV", 100)
    assert sum(shaped.advance) < 6 * shape("A", 100).advance[0]


def test_apostrophe_among_latin_is_narrow_and_chinese_quotes_are_wide():
    assert shape("don’t", 100).advance[3] < 40
    assert shape("“好”", 100).advance[0] == pytest.approx(100)


def test_raster_is_premultiplied_and_tall_as_asked():
    picture = rasterize("国", 100, (255, 200, 100), stroke=4)
    assert (picture[..., :3].max(2) <= picture[..., 3]).all()
    ink = np.nonzero(rasterize("国", 100)[..., 3].max(1))[0]
    assert 85 <= np.ptp(ink) + 1 <= 100


class View:
    def __init__(self, text: str, spoken: float = 0, current: tuple[int, int] = (0, 0)):
        self.text, self.spoken, self.current = text, spoken, current


class Mark:
    text, height = "AI 生成", 0.05


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080), (720, 1280), (320, 180), (64, 64)])
def test_caption_lies_inside_the_picture(size: tuple[int, int]):
    for text in (ZH, EN, "好", "W" * 80):
        layers = caption_layers(View(text, len(text) / 2, (2, 3)), size)
        page = layers[0]
        assert page.x >= 0 and page.x + page.pixels.shape[1] <= size[0]
        assert page.y >= 0 and page.y + page.pixels.shape[0] <= size[1]


def test_caption_page_follows_the_voice():
    long = "，".join(["这是一个很长很长的句子"] * 8)
    first, last = (caption_layers(View(long, s), (1280, 720))[0].pixels for s in (0, len(long) - 1))
    assert first is not last
    assert caption_layers(View(long, 1), (1280, 720))[0].pixels is first


def test_spoken_word_is_highlighted_over_its_own_place():
    view = View("Hello world", 7, (6, 11))
    base, word = caption_layers(view, (1280, 720))
    gold = word.pixels[..., 3] > 200
    rows, columns = np.nonzero(gold)
    under = base.pixels[rows + word.y - base.y, columns + word.x - base.x]
    assert (under[:, 0] > 180).mean() > 0.98
    assert (word.pixels[gold][:, 2] < 120).all()


@pytest.mark.parametrize("text", ["", "  ", "，。"])
def test_nothing_to_show(text: str):
    assert caption_layers(View(text), (1280, 720)) == []


@pytest.mark.parametrize("size", [(1280, 720), (1080, 1920)])
def test_mark_strokes_are_five_percent_of_the_short_side(size: tuple[int, int]):
    (layer,) = label_layers(Mark(), size)
    bright = layer.pixels[..., 0] > 150
    assert np.ptp(np.nonzero(bright.max(1))[0]) + 1 >= 0.05 * min(size)
