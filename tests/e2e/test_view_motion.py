"""``avatar view FIGURE --motion FILE``: recorded motion becomes a clip, or goes on in a window."""

from __future__ import annotations

import os
import subprocess
import sys

import av
import numpy as np
import pytest

from avatar.apps.inspector import Inspector
from avatar.apps.motion import playing
from avatar.capture.take import TakeWriter
from avatar.config import Config
from avatar.media import AudioChunk
from avatar.pose import BONE_COUNT, FACE_COUNT, FaceShape, Pose
from avatar.render.events import FilesDropped

pytestmark = pytest.mark.gl
RUN = "from avatar.cli import main; main()"
SMALL = ("--size", "160x240", "--quality", "draft", "--no-label")


@pytest.fixture
def display(need):
    if not os.environ.get("DISPLAY"):
        need("a-display", "xvfb-run make test")


def view(*arguments, ok=True):
    done = subprocess.run(
        [sys.executable, "-c", RUN, "view", *map(str, arguments)],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert (done.returncode == 0) == ok, done.stderr[-2000:]
    return done


def pictures(path):
    with av.open(str(path)) as made:
        return [frame.to_ndarray(format="rgb24").astype(int) for frame in made.decode(video=0)]


@pytest.mark.parametrize("figure", ["ming", "luna"])
def test_a_walk_is_walked_for_two_rounds(shared_data, tmp_path, figure):
    out = tmp_path / "walk.mp4"
    walk = shared_data / "motion" / "walk1.bvh"
    view(figure, "--motion", walk, "-o", out, "--rounds", "2", "--fps", "24", *SMALL)
    frames = pictures(out)
    assert len(frames) == pytest.approx(2 * 0.5417 * 24, abs=1)
    legs = [frame[130:] for frame in frames]
    assert np.abs(legs[0] - legs[6]).max() > 60  # half a step on, the other leg is before
    again = np.abs(legs[0] - legs[13]).mean()
    assert again < np.abs(legs[0] - legs[6]).mean() / 2  # and a round later it is as it was


def test_a_vrm_animation_is_trimmed(shared_data, tmp_path):
    out = tmp_path / "part.mp4"
    view("mei", "--motion", shared_data / "motion" / "test.vrma", "-o", out,
         "--trim", "0.5:1.25", "--fps", "20", *SMALL)  # fmt: skip
    assert len(pictures(out)) == 15


def clap(path):
    """A take that opens the mouth at half a second, and is loud from then on."""
    rate = 16000
    tone = np.sin(np.arange(rate) * 0.3).astype(np.float32)
    with TakeWriter(path) as writer:
        writer.audio(AudioChunk(3.0, np.where(np.arange(rate) < rate // 2, 0, tone), rate))
        for k in range(21):
            weight = np.zeros(FACE_COUNT, np.float32)
            weight[FaceShape.jawOpen] = k >= 10
            opinion = np.ones(FACE_COUNT, np.float32)
            writer.pose(Pose(3 + k / 20, rotation_w=np.ones(BONE_COUNT, np.float32),
                             weight=weight, weight_w=opinion))  # fmt: skip
    return path


def test_the_sound_of_a_take_is_in_its_clip_when_it_was(tmp_path):
    out = tmp_path / "clap.mp4"
    view("mei", "--motion", clap(tmp_path / "clap.avt"), "-o", out, "--view", "close",
         "--fps", "20", *SMALL)  # fmt: skip
    frames = np.array(pictures(out))
    moved = np.abs(np.diff(frames, axis=0)).mean((1, 2, 3))
    opened = (int(np.argmax(moved)) + 1) / 20
    with av.open(str(out)) as made:
        sound = [(f.time, f.to_ndarray()[0], f.sample_rate) for f in made.decode(audio=0)]
    loud = next(
        t + int(np.argmax(np.abs(samples) > 0.2)) / rate
        for t, samples, rate in sound
        if np.abs(samples).max() > 0.2
    )
    assert opened == pytest.approx(0.5, abs=0.06)
    assert loud == pytest.approx(opened, abs=0.06)


def test_what_is_missing_is_one_line(tmp_path):
    for wrong, said in (
        (("-o", "x.mp4"), "--motion"),
        (("--motion", "x.bvh", "--shot", "x.png"), "--shot"),
        (("--motion", tmp_path / "none.bvh", "-o", "x.mp4"), "no such file"),
    ):
        done = view("mei", *wrong, ok=False)
        assert said in done.stderr.splitlines()[-1]
        assert "Traceback" not in done.stderr


def test_a_motion_dropped_on_the_window_is_played(display, shared_data, tmp_path):
    inspector = Inspector(Config(size=(160, 240), quality="draft"), {})
    try:
        inspector.play(playing(clap(tmp_path / "clap.avt")))
        assert inspector.step()
        first = inspector.session.performers[0].drivers[-1]
        inspector.handle(FilesDropped((shared_data / "motion" / "walk1.bvh",)))
        for _ in range(3):
            assert inspector.step()
        drivers = inspector.session.performers[0].drivers
        assert first not in drivers
        assert inspector.session.performers[0].shown.rotation_w.all()
        inspector.handle(FilesDropped((tmp_path / "none.bvh",)))
        assert "no such file" in inspector.window.message
    finally:
        inspector.window.close()
