"""The main job on real input: text -> voice -> lips -> figure -> file, decoded again."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

import avatar
from avatar.media import AudioChunk, Speech, VoiceCapabilities
from avatar.pose import Pose

sys.path.insert(0, str(Path(__file__).parent))
import clips
import faces

pytestmark = pytest.mark.gl


class Click:
    """A voice that says one click, 0.5 s in."""

    name = "click"
    capabilities = VoiceCapabilities(("en",), False, False, False, 0.0)

    def synthesize(self, text, *, lang="auto"):
        samples = np.zeros(24000, np.float32)
        samples[12000:12120] = 0.9
        yield Speech(text, AudioChunk(0.0, samples, 24000))

    def close(self): ...


class Flash:
    """Turns the background white when the click is heard."""

    layer = "idle"

    def __init__(self, stage):
        self.stage, self.at = stage, None

    def say(self, speech, start):
        self.at = start + 0.5

    def cancel(self, t): ...

    def sample(self, t):
        lit = self.at is not None and self.at <= t + 1e-9 < self.at + 0.1
        self.stage.set_background("#ffffff" if lit else "#000000")
        return Pose(t)


def test_flash_and_click_meet_in_the_file(tmp_path):
    path = tmp_path / "flash.mp4"
    with avatar.Session("mei", synthesizer=Click(), size=(160, 90), fps=50, label=False) as session:
        session.performers[0].add(Flash(session.stage))
        session.say("click")
        session.write(path)
    clip = clips.read(path)
    corner = clip.pictures[:, :10, :10].mean((1, 2, 3))
    flash = clip.times[np.argmax(corner > 128)]
    click = clip.sound_start + np.argmax(np.abs(clip.sound) > 0.3) / clip.rate
    assert abs(flash - click) < 0.020


@pytest.mark.parametrize(
    ("voice", "text"),
    [
        ("espeak", "你好，欢迎来到直播间。"),
        ("espeak", "Hello and welcome to the show."),
        ("pyttsx3", "Hello and welcome to the show."),
        ("kokoro", "你好，welcome to the show."),
    ],
)
def test_a_clip_has_the_voice_for_as_long_as_it_speaks(voice, text, tmp_path):
    path = tmp_path / "clip.mp4"
    with avatar.Session("mei", voice=voice, size=(256, 144), fps=10, quality="draft") as session:
        utterance = session.say(text)
        session.write(path)
        start, end = utterance.started, utterance.end
    clip = clips.read(path)
    assert clip.duration == pytest.approx(end + 0.9, abs=0.25)
    assert clip.level(start, end) > 0.01
    assert clip.level(0, start - 0.05) < 0.001
    assert json.loads(clip.metadata["AIGC"])["Label"] == "1"


def test_the_lips_close_on_bilabials_and_open_on_vowels_in_the_pictures(tmp_path):
    path = tmp_path / "lips.mp4"
    heard = []
    with avatar.Session(
        "mei", voice="espeak", size=(480, 480), fps=30, view="close", label=False
    ) as session:
        follower = session.performers[0]
        follower.add(Listener(heard))
        session.say("Papa, mama. Bob may buy more maps.")
        session.write(path)
    clip = clips.read(path)
    found = faces.landmarks(clip.pictures)
    assert all(points is not None for points in found)
    gap = np.array([faces.lip_gap(points) for points in found])
    phones = [(p.symbol, p.start + t, p.end + t) for speech, t in heard for p in speech.phones]
    closed = [gap_in(gap, clip.times, s, e).min() for p, s, e in phones if p in {"p", "b", "m"}]
    opened = [gap_in(gap, clip.times, s, e).max() for p, s, e in phones if p.startswith(("ɑ", "a"))]
    assert len(closed) >= 6 and len(opened) >= 4
    assert np.median(closed) < 0.5 * np.median(opened)
    assert np.mean(np.array(closed) < np.median(opened) / 2) > 0.8


class Listener:
    """Remembers what is said and when."""

    layer = "idle"

    def __init__(self, heard):
        self.heard = heard

    def say(self, speech, start):
        self.heard.append((speech, start))

    def cancel(self, t): ...

    def sample(self, t):
        return None


def gap_in(gap, times, start, end):
    inside = (times >= start - 0.02) & (times <= end + 0.02)
    if not inside.any():
        inside = np.abs(times - (start + end) / 2) == np.abs(times - (start + end) / 2).min()
    return gap[inside]
