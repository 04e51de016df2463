"""Every demo does what it declares (``demo: off | run | compare``) and is short."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from avatar.animation.clip import read_motion
from avatar.capture.take import read_take
from avatar.pose import HumanBone

pytestmark = [pytest.mark.gl, pytest.mark.slow]
DEMOS = Path(__file__).resolve().parents[2] / "demos"
SCRIPTS = sorted(DEMOS.glob("[0-9]*.py"))


def declared(script):
    match = re.search(r"^demo: (off|run|compare)$", script.read_text("utf-8"), re.M)
    assert match, f"{script.name} declares nothing"
    return match[1]


def run(script, folder, *arguments):
    done = subprocess.run(
        [sys.executable, str(script), *arguments],
        cwd=folder,
        env={**os.environ, "AVATAR_LANG": "en"},
        capture_output=True,
        encoding="utf-8",
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_demo_is_short_and_declares_how_it_is_tried(script):
    assert len(script.read_text("utf-8").splitlines()) < 60
    declared(script)


@pytest.mark.parametrize("name", ["01_speak_to_file", "04_transparent_clip", "05_two_figures"])
def test_a_demo_writes_a_clip_with_sound(name, tmp_path):
    path = Path(run(DEMOS / f"{name}.py", tmp_path).strip().splitlines()[-1])
    with av.open(str(tmp_path / path)) as clip:
        sound = np.concatenate([f.to_ndarray().ravel() for f in clip.decode(audio=0)])
        assert np.abs(sound).max() > 0.05
        assert float(clip.duration or 0) / 1e6 > 2


def test_the_window_demo_speaks_and_closes(tmp_path, need):
    if not os.environ.get("DISPLAY"):
        need("a-display", "xvfb-run make test")
    run(DEMOS / "02_speak_in_window.py", tmp_path)


def test_each_mood_looks_different(tmp_path):
    run(DEMOS / "03_change_expression.py", tmp_path, "moods.png")
    with Image.open(tmp_path / "moods.png") as picture:
        row = np.asarray(picture.convert("RGB"), np.float32)
    moods = np.split(row, 6, axis=1)
    for index, mood in enumerate(moods[1:], 1):
        assert np.abs(mood - moods[0]).mean() > 0.3, f"mood {index} looks neutral"


def test_the_figure_in_a_program_answers(tmp_path, shared_data):
    question = shared_data / "speech" / "questions" / "en_17_bm_george.wav"
    assert "sixty yuan" in run(DEMOS / "07_talk_in_your_program.py", tmp_path)
    assert (tmp_path / "answering.png").stat().st_size > 1000
    heard = run(DEMOS / "07_talk_in_your_program.py", tmp_path, str(question))
    assert "museum close? ->" in heard
    assert "five" in heard


def test_the_follower_waves_too_and_the_motion_is_kept(tmp_path):
    run(DEMOS / "06_follow_over_vmc.py", tmp_path, "follow.png")
    motion = read_motion(tmp_path / "follow.vrma")
    assert motion.duration > 1
    bend = motion.rotation[:, HumanBone.rightLowerArm, 3]
    assert bend.min() < 0.8
    assert read_take(tmp_path / "follow.avt").complete
    with Image.open(tmp_path / "follow.png") as picture:
        assert picture.size == (640, 400)
