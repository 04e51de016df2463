"""The windows: typed lines are spoken, keys act, a dropped figure takes the stage."""

from __future__ import annotations

import io
import os
import time

import numpy as np
import pytest

from avatar.apps import host as host_module
from avatar.apps.host import Host, remember, remembered
from avatar.apps.inspector import Inspector
from avatar.clock import MonotonicClock
from avatar.config import Config
from avatar.devices.audio import SilentSpeaker
from avatar.render.events import FilesDropped, KeyPressed, MouseDragged, MousePressed, TextTyped

pytestmark = pytest.mark.gl
CONFIG = Config(size=(320, 240), quality="draft", voice="espeak", label=False)


@pytest.fixture
def display(need):
    if not os.environ.get("DISPLAY"):
        need("a-display", "xvfb-run make test")


@pytest.fixture
def host(display, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    monkeypatch.setattr(
        "avatar.apps.live.open_speaker", lambda: (SilentSpeaker(MonotonicClock()), "")
    )
    host = Host(CONFIG)
    yield host
    host.window.close()


def press(host, *names, ctrl=False):
    for name in names:
        host.handle(KeyPressed(name, frozenset({"ctrl"} if ctrl else ())))


def test_a_typed_line_is_spoken(host):
    host.handle(TextTyped("Hellp"))
    press(host, "backspace")
    host.handle(TextTyped("o 你好"))
    assert host.typed == "Hello 你好"
    press(host, "return")
    assert host.typed == ""
    deadline = time.monotonic() + 20
    while not host.session.captions.cues and time.monotonic() < deadline:
        assert host.window.step()
    spoken = "".join(cue.text for cue in host.session.captions.cues)
    assert spoken.startswith("Hello")
    press(host, "escape")
    assert host.session.speaker.pending() == 0


def test_keys_change_view_mood_background_and_captions(host):
    before = host.config
    camera = host.session.stage.camera
    press(host, "f2", "f3", "f4", "f6")
    after = host.config
    assert after.view != before.view
    deadline = time.monotonic() + 10
    while host.session.stage.camera == camera and time.monotonic() < deadline:
        assert host.window.step()
    assert host.session.stage.camera != camera
    assert after.emotion != before.emotion and after.background != before.background
    assert after.captions != before.captions
    press(host, "2", ctrl=True)
    assert host.session.performers[0].emotion.name == host.config.emotion
    assert host.window.step()


def test_a_dropped_figure_takes_the_stage_and_a_broken_one_does_not(host, shared_data, tmp_path):
    broken = tmp_path / "broken.vrm"
    broken.write_bytes(b"glTF....")
    host.handle(FilesDropped((broken,)))
    assert "broken.vrm" in host.window.message
    assert host.session.performers[0].character.path.stem == "mei"
    figure = shared_data / "vrm" / "Godette_vrm_v4.vrm"
    host.handle(FilesDropped((figure,)))
    assert host.session.performers[0].character.path == figure
    assert host.window.step()
    assert host.config.figure == str(figure)


def test_a_picture_of_what_the_window_shows(host, tmp_path):
    assert host.window.step()
    press(host, "f12")
    (picture,) = tmp_path.glob("avatar-*.png")
    assert picture.stat().st_size > 1000


def test_dragging_orbits(host):
    camera = host.session.stage.camera
    host.handle(MouseDragged(10, 10, 40, 0, "left"))
    assert host.session.stage.camera.eye != camera.eye


def test_a_line_with_a_slash_makes_a_gesture_or_a_mood(host):
    gestures = host.session.performers[0].gestures
    for line in ("/wave", "/鞠躬", "/happy", "/jugle"):
        host.handle(TextTyped(line))
        press(host, "return")
    assert gestures.shown > 0 and host.config.emotion == "happy"
    assert "no gesture 'jugle'" in host.window.message
    assert not host.session.captions.cues
    press(host, "f7")
    assert host.window.message == "greet"
    assert host.window.step()


def test_a_bracket_in_a_line_is_done_not_spoken(host):
    host.speak("[thumbs-up]")
    assert host.session.performers[0].gestures.shown > 0
    assert not host.session.speaking


def test_choices_survive_a_restart(tmp_path):
    path = tmp_path / "deep" / "host.toml"
    remember(CONFIG.with_values({"figure": "ming", "emotion": "happy", "view": "half"}), path)
    again = remembered(path)
    assert (again["figure"], again["emotion"], again["view"]) == ("ming", "happy", "half")


@pytest.mark.parametrize(
    "text", ["", "figure = ", 'view = "sideways"', 'figure = "/gone/away.vrm"', "view = 3"]
)
def test_choices_that_no_longer_hold_are_forgotten(text, tmp_path):
    path = tmp_path / "host.toml"
    path.write_text(text)
    assert remembered(path) == {}


def test_lines_of_the_terminal_are_spoken(host, monkeypatch):
    said = []
    monkeypatch.setattr(host.session, "say", said.append)
    host._lines.put("from the terminal\n")
    host.read_terminal()
    assert said == ["from the terminal\n"]


def test_a_line_in_a_wrong_voice_is_shown_not_raised(host, monkeypatch):
    def refuse(name, **_):
        raise host_module.AvatarError("the voice is gone")

    host.session.voice()
    host.session._voices._made.clear()
    monkeypatch.setattr("avatar.runtime.voices.create", refuse)
    host.speak("hello")
    deadline = time.monotonic() + 20
    while not host.window.message and time.monotonic() < deadline:
        assert host.window.step()
    assert host.window.message == "the voice is gone"
    assert host.window.step()


def test_the_inspector_moves_expressions_by_key_and_mouse(display):
    inspector = Inspector(CONFIG, {"happy": 0.5})
    try:
        assert inspector.window.step()
        still = inspector.session.stage.read().copy()
        assert inspector.manual.weights == {"happy": 0.5}
        inspector.handle(KeyPressed("right", frozenset()))
        assert inspector.manual.weights[inspector.names[0]] == pytest.approx(0.6)
        left, top, width, row = inspector._box
        inspector.handle(MousePressed(left + width * 0.9, top + 5.5 * row, "left"))
        assert inspector.manual.weights[inspector.names[5]] == pytest.approx(0.9, abs=0.02)
        for _ in range(3):
            assert inspector.window.step()
        assert np.abs(inspector.session.stage.read().astype(int) - still).max() > 30
        inspector.handle(KeyPressed("r", frozenset()))
        assert not inspector.manual.weights
    finally:
        inspector.window.close()


def test_a_window_opens_beside_a_context_without_one(display):
    from avatar.render import offscreen
    from avatar.render.window import WindowSurface

    without = offscreen()
    for _ in range(2):
        window = WindowSurface((64, 64), visible=False)
        window.close()
    with without.ctx:
        assert without.ctx.buffer(b"abcd").read() == b"abcd"
    without.close()
