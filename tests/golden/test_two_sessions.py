"""Several sessions in one program, each with a context of its own, drawn by turns."""

from __future__ import annotations

import pytest

from avatar import Session

pytestmark = pytest.mark.gl


def test_two_sessions_draw_in_turn_and_one_outlives_the_other():
    settings = {"size": "96x64", "quality": "draft", "label": False}
    red = Session("mei", background="#ff0000", **settings)
    blue = Session("ming", background="#0000ff", **settings)
    reds, blues = red.frames(1.0), blue.frames(1.0)
    for _ in range(3):
        assert tuple(next(reds).pixels[2, 2]) == (255, 0, 0, 255)
        assert tuple(next(blues).pixels[2, 2]) == (0, 0, 255, 255)
    red.configure(background="#00ff00", quality="standard")
    assert tuple(next(blues).pixels[2, 2]) == (0, 0, 255, 255)
    assert tuple(next(reds).pixels[2, 2]) == (0, 255, 0, 255)
    red.close()
    assert tuple(next(blues).pixels[2, 2]) == (0, 0, 255, 255)
    blue.close()
