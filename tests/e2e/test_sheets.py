"""The contact sheets: every emotion, mouth and gesture has its tile, and they differ."""

from __future__ import annotations

import numpy as np
import pytest

import avatar
from avatar.animation.emotion import EMOTIONS
from avatar.apps.sheets import MOUTHS, face_tiles, sheet, strip_tiles

pytestmark = pytest.mark.gl


@pytest.fixture
def session():
    with avatar.Session("mei", view="close", size=(96, 96), quality="draft", label=False) as made:
        made.settle(0.3)
        yield made


def test_faces_hold_all_that_is_judged(session):
    tiles = list(face_tiles(session))
    names = [name for name, _ in tiles]
    assert names == [*EMOTIONS, *MOUTHS, "blink", "gaze left", "gaze right"]
    neutral = tiles[0][1].astype(int)
    assert all(np.abs(pixels - neutral).max() > 15 for _, pixels in tiles[1:])
    assert session.performers[0].emotion.name == "neutral"
    page = sheet(tiles, 4)
    assert page.size == (4 * 96, 4 * 96)


def test_a_strip_goes_from_the_stance_to_the_stroke_and_back():
    with avatar.Session("mei", view="half", size=(96, 96), quality="draft", label=False) as session:
        session.settle(0.3)
        tiles = [pixels.astype(int) for _, pixels in strip_tiles(session, "greet", 5)]
    away = [np.abs(pixels - tiles[0]).mean() for pixels in tiles]
    assert max(away[1:4]) > 2 * away[4]
