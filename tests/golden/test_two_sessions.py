"""Several sessions in one program, each with a context of its own, drawn by turns."""

from __future__ import annotations

import os

import pytest

from avatar import Session
from avatar.character import load
from avatar.resources import figures

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


def test_places_that_show_one_file_share_its_data_until_the_last_is_gone():
    settings = {"size": "96x64", "quality": "draft", "label": False}
    with Session("luna", **settings) as session:
        session.add_figure("luna", x=0.4)
        first, second = session.stage._figures
        assert first is second
        frames = session.frames(1.0)
        next(frames)
        session.replace_figure(0, "mei")
        next(frames)
        assert session.stage._figures[1] is second
        third = session.add_figure("luna", x=-0.4)
        assert session.stage._figures[2] is second
        assert third.character is session.performers[1].character
        next(frames)


def test_a_file_written_anew_is_read_anew(tmp_path):
    path = tmp_path / "figure.vrm"
    path.write_bytes(figures()["luna"].read_bytes())
    with Session(path, size="96x64", quality="draft", label=False) as session:
        path.write_bytes(figures()["mei"].read_bytes())
        os.utime(path, ns=(1, 1))
        shown = session.replace_figure(0, path).character
        assert len(shown.instances) == len(load(figures()["mei"]).instances)
        assert len(shown.nodes.parent) == len(load(figures()["mei"]).nodes.parent)
        next(session.frames(1.0))
