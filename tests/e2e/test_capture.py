"""``avatar capture`` on real video: a short clip in, files and figures out."""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path

import av
import numpy as np
import pytest

from avatar import fetch
from avatar.animation.clip import read_motion
from avatar.apps.capture import Options
from avatar.apps.capture_analyse import figures
from avatar.apps.capture_sources import open_capture
from avatar.capture.perform import Capture
from avatar.capture.take import read_take
from avatar.capture.track import MediaPipeTracker
from avatar.clock import MonotonicClock
from avatar.devices.audio import resample
from avatar.devices.camera import PushCamera, open_camera
from avatar.devices.recording import read_sound
from avatar.pose import FaceShape, HumanBone

sys.path.insert(0, str(Path(__file__).parent))
from performers import avatar, cut

F, B = FaceShape, HumanBone


@pytest.fixture(scope="module")
def clip(shared_data, tmp_path_factory):
    """She opens her eyes, laughs, and tilts her head to her left."""
    fetch.fetch("face")
    out = tmp_path_factory.mktemp("capture") / "clip.mp4"
    return cut(shared_data / "face" / "WolfgangLanger_Pexels.mp4", out, 15.6, 1.7)


def test_a_video_becomes_a_clip_of_the_figure_beside_it(clip, tmp_path):
    out = tmp_path / "take.mp4"
    avatar("--camera", clip, "-o", out, "--side-by-side", "--size", "384x192",
           "--quality", "draft", "--show-landmarks")  # fmt: skip
    with av.open(str(out)) as made, av.open(str(clip)) as given:
        frames = [frame.to_ndarray(format="rgb24") for frame in made.decode(video=0)]
        assert abs(len(frames) - sum(1 for _ in given.decode(video=0))) <= 1
    assert frames[0].shape == (192, 384, 3)
    half = [frame[:, 192:].astype(int) for frame in frames]
    assert np.abs(half[0] - half[-1]).mean() > 4  # the figure moved


def test_a_take_holds_the_laugh_and_the_tilt(clip, tmp_path):
    out = tmp_path / "take.avt"
    avatar("--camera", clip, "-o", out)
    poses = read_take(out).poses
    assert np.mean([pose.weight[F.mouthSmileLeft] for pose in poses]) > 0.5
    bared = np.mean([pose.weight[F.mouthUpperUpLeft] for pose in poses])
    assert bared > 0.4  # her lips part over teeth that stay together
    assert 0.02 < np.mean([pose.weight[F.jawOpen] for pose in poses]) < 0.5 * bared
    head = np.array([pose.rotation[B.head] for pose in poses])
    roll = np.degrees(2 * np.arcsin(head[:, 2]))
    assert roll[-1] - roll[0] > 10
    assert np.isfinite(head).all()


@pytest.mark.parametrize("ending", ["bvh", "vrma", "csv"])
def test_what_was_performed_is_written_as_motion(clip, tmp_path, ending):
    out = tmp_path / f"take.{ending}"
    avatar("--camera", clip, "-o", out, "--no-body", "--no-hands")
    motion = read_motion(out)
    assert motion.duration == pytest.approx(1.65, abs=0.12)


def test_figures_of_a_video(clip):
    found = json.loads(avatar("--analyse", clip).stdout)
    assert found["face_found"] == 1
    assert found["head_step_max_deg"] < 15
    assert found["mouth_opening_r"] > 0.8
    assert not found["nan"]


def test_a_lost_face_never_makes_a_jump(shared_data):
    found = figures(shared_data / "face" / "face_noface.mov", body=False, hands=False)
    assert 0.2 < found["face_found"] < 0.8
    assert found["head_step_max_deg"] < 15
    assert not found["nan"]


def test_the_hand_before_the_face_is_raised_by_the_figure_too(shared_data, tmp_path):
    source = shared_data / "face" / "WolfgangLanger_Pexels.mp4"
    piece = cut(source, tmp_path / "hand.mp4", 6.8, 1.2, width=640)
    out = tmp_path / "hand.avt"
    avatar("--camera", piece, "-o", out)
    last = read_take(out).poses[-1]
    assert last.rotation_w[B.rightUpperArm] > 0.5
    assert last.rotation_w[B.rightIndexProximal] > 0.5
    assert last.rotation_w[B.leftUpperArm] == 0


def test_a_picture_of_two_people_keeps_to_one(shared_data):
    camera = open_camera(shared_data / "face" / "multi_face.jpg")
    tracker = MediaPipeTracker()
    places = []
    for _ in range(8):
        seen = tracker.track(camera.read())
        if len(seen.points):
            places.append(seen.points[:, 0].mean())
    tracker.close()
    assert np.ptp(places) < 0.05


def test_pushed_frames_are_tracked_on_a_thread_and_the_newest_wins(clip):
    clock = MonotonicClock()
    camera = PushCamera((480, 270), clock=clock)
    capture = Capture(camera, MediaPipeTracker(), clock=clock)
    capture.start()
    reader = open_camera(clip, fast=True)
    done = threading.Event()
    while (frame := reader.read()) is not None:
        camera.push(frame.pixels)
        capture.driver.sample(clock.now())
        done.wait(0.03)
    done.wait(0.3)
    pose = capture.driver.sample(clock.now())
    capture.close()
    assert not capture.error
    assert pose is not None
    assert pose.rotation_w[B.head] > 0.5


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (b"", "not a video"),
        (b"\x00\x01\x02not a video at all" * 40, "not a video"),
        (None, "no such video"),
    ],
)
def test_a_broken_video_is_one_line(tmp_path, made, said):
    path = tmp_path / "broken.mp4"
    if made is not None:
        path.write_bytes(made)
    done = avatar("--camera", path, "-o", tmp_path / "x.mp4", ok=False)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_no_camera_is_one_line(tmp_path):
    done = avatar("--camera", "97", "-o", tmp_path / "x.avt", "--fast", ok=False)
    assert done.returncode == 3
    assert "97" in done.stderr.splitlines()[-1]


def test_a_model_of_a_wrong_kind_is_one_line(tmp_path, monkeypatch, clip):
    monkeypatch.setattr(fetch, "path", lambda name: Path(clip))
    with pytest.raises(Exception, match=r"sha256.*avatar fetch face"):
        open_capture(Options(camera=str(clip)), fast=True)


def test_cameras_are_listed():
    assert avatar("--camera", "list").stdout.strip()


def test_the_sound_of_a_video_goes_with_it_into_the_clip_and_the_take(shared_data, tmp_path):
    source = shared_data / "speech" / "brbk7n.mpg"
    own = read_sound(source).samples
    clip, take = tmp_path / "clip.mp4", tmp_path / "take.avt"
    avatar("--camera", source, "-o", clip, "--size", "160x160", "--quality", "draft",
           "--no-body", "--no-hands")  # fmt: skip
    avatar("--camera", source, "-o", take, "--no-body", "--no-hands")
    kept = read_take(take)
    rate = kept.sound[0].rate
    sound = np.concatenate([chunk.samples for chunk in kept.sound])
    for heard, began in (
        (read_sound(clip).samples, 0.0),
        (resample(sound, rate, 16_000), kept.sound[0].t - kept.poses[0].t),
    ):
        length = min(len(heard), len(own)) - 1600
        lags = np.arange(-800, 1600, 8)
        match = [
            heard[max(lag, 0) : max(lag, 0) + length] @ own[max(-lag, 0) : max(-lag, 0) + length]
            for lag in lags
        ]
        assert abs(lags[int(np.argmax(match))] / 16_000 + began) < 0.04
    avatar("--camera", source, "-o", clip, "--mic", "none", "--size", "160x160",
           "--quality", "draft", "--no-body", "--no-hands")  # fmt: skip
    assert np.abs(read_sound(clip).samples).max() < 0.01
