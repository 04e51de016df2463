"""Which part of a motion is played, and the sound that goes with it."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.apps.motion import parse_trim, playing
from avatar.capture.take import TakeWriter
from avatar.errors import AssetError, ConfigError, MissingAsset, UnsupportedFormat
from avatar.media import AudioChunk
from avatar.pose import BONE_COUNT, HumanBone, Pose

RATE = 8000


def take(path, *bones: str, seconds: float = 2.0, rate: int = RATE):
    """A take whose sound is silent but for a click at its middle; it began at clock time 5."""
    opinion = np.zeros(BONE_COUNT, np.float32)
    opinion[[HumanBone[name] for name in bones]] = 1
    sound = np.zeros(round(seconds * RATE), np.float32)
    sound[len(sound) // 2] = 1
    with TakeWriter(path) as writer:
        writer.audio(AudioChunk(5.0, sound[: RATE // 2], RATE))
        for k in range(round(seconds * 20) + 1):
            writer.pose(Pose(5 + k / 20, rotation_w=opinion))
        writer.audio(AudioChunk(5.5, sound[RATE // 2 :], rate))
    return path


@pytest.mark.parametrize(
    ("text", "meant"),
    [("", (0.0, None)), ("1.5:4", (1.5, 4.0)), ("1.5:", (1.5, None)), (":4", (0.0, 4.0))],
)
def test_a_part_is_written_as_start_and_end(text, meant):
    assert parse_trim(text) == meant


@pytest.mark.parametrize("text", ["x", "1", "4:1", "-1:2", "1:x", "nan:2", "2:2"])
def test_anything_else_says_how_to_write_it(text):
    with pytest.raises(ConfigError, match="START:END"):
        parse_trim(text)


def test_the_sound_of_a_take_stays_with_its_motion(tmp_path):
    made = playing(take(tmp_path / "a.avt", "head"), "0.4:1.5")
    assert made.motion.duration == pytest.approx(1.1)
    heard = made.heard(1.1)
    assert heard is not None
    assert heard.duration == pytest.approx(1.1)
    assert int(np.argmax(heard.samples)) / RATE == pytest.approx(0.6, abs=1 / RATE)


def test_a_sound_that_changes_its_rate_is_said(tmp_path):
    made = playing(take(tmp_path / "a.avt", "head", rate=16000))
    with pytest.raises(AssetError, match="rate"):
        made.heard(1.0)


@pytest.mark.parametrize(
    ("bones", "view"),
    [(("head",), "bust"), (("head", "leftUpperArm"), "half"), (("leftUpperLeg",), "full")],
)
def test_as_much_of_the_figure_is_shown_as_moves(tmp_path, bones, view):
    assert playing(take(tmp_path / "a.avt", *bones)).view == view


def test_a_start_beyond_the_end_is_said(tmp_path):
    with pytest.raises(ConfigError, match=r"lasts 2\.00 s"):
        playing(take(tmp_path / "a.avt", "head"), "3:")


def test_other_files_are_refused(tmp_path):
    with pytest.raises(UnsupportedFormat, match="known kinds"):
        playing(tmp_path / "dance.fbx")
    with pytest.raises(MissingAsset):
        playing(tmp_path / "none.bvh")
