"""``avatar capture`` in real time on a machine without a display: files, and other trackers."""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from avatar import fetch
from avatar.apps.capture import Options
from avatar.apps.capture_live import Live
from avatar.apps.capture_sources import Outputs
from avatar.apps.live import can_open_window
from avatar.capture.calibrate import Calibration
from avatar.capture.take import read_take
from avatar.character import load
from avatar.config import Config
from avatar.math3d import IDENTITY_QUAT, quat_from_euler_yxz
from avatar.output.sinks import open_sink
from avatar.pose import BONE_COUNT, HumanBone, Pose
from avatar.protocols.vmc import VmcSender
from avatar.resources import figure_path
from avatar.runtime.performer import Performer
from tests.conftest import missing

sys.path.insert(0, str(Path(__file__).parent))
from performers import Running, avatar, cut

B = HumanBone
pytestmark = [
    pytest.mark.gl,
    pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is sent as POSIX does"),
]
SMALL = ("--size", "128x96", "--quality", "draft", "--no-body", "--no-hands")


@pytest.fixture(scope="module")
def smile(shared_data, tmp_path_factory):
    """A man who smiles."""
    fetch.fetch("face")
    out = tmp_path_factory.mktemp("live") / "smile.mp4"
    return cut(shared_data / "face" / "single_face.mp4", out, 0.0, 2.4)


def test_a_camera_is_recorded_without_a_window(smile, tmp_path):
    out, known = tmp_path / "take.mp4", tmp_path / "face.json"
    part = tmp_path / "take.part.mp4"
    running = Running("-o", out, *SMALL, "--calibration", known, folder=tmp_path, device=smile)
    running.wait_for(lambda: part.exists() and part.stat().st_size > 20_000)
    assert running.stop() == 0
    assert "camera is on" in running.said
    assert f"saved {out}" in running.said
    with av.open(str(out)) as made:
        frames = [frame.to_ndarray(format="rgb24").astype(int) for frame in made.decode(video=0)]
    assert frames[0].shape == (96, 128, 3)
    assert np.abs(frames[0] - frames[-1]).mean() > 0.5


def test_a_camera_becomes_a_take_in_its_own_time(smile, tmp_path):
    out = tmp_path / "take.avt"
    running = Running("-o", out, *SMALL, folder=tmp_path, device=smile)
    part = tmp_path / "take.avt.part"
    running.wait_for(lambda: part.exists() and part.stat().st_size > 60_000)
    assert running.stop() == 0
    poses = read_take(out).poses
    assert np.isfinite([pose.rotation for pose in poses]).all()
    assert max(pose.rotation_w[B.head] for pose in poses) > 0.9
    assert np.diff([pose.t for pose in poses]).min() > 0


def turned(yaw: float) -> Pose:
    rotation = np.tile(IDENTITY_QUAT, (BONE_COUNT, 1))
    rotation[B.head] = quat_from_euler_yxz(yaw, 0.0, 0.0)
    return Pose(rotation=rotation, rotation_w=np.ones(BONE_COUNT, np.float32))


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_without_a_camera_another_tracker_moves_the_figure(tmp_path):
    """Its first sender at ten times the rate, while a second one and noise come in, too."""
    out, port = tmp_path / "take.avt", free_port()
    rest = Performer(load(figure_path("mei"))).rest
    running = Running("--camera", "97", "--receive", f"vmc://:{port}", "-o", out, folder=tmp_path)
    first, second = (VmcSender(rest, "127.0.0.1", port) for _ in range(2))
    part = tmp_path / "take.avt.part"

    def enough() -> bool:
        for _ in range(15):  # every 50 ms: 300 Hz
            first.send(turned(0.4))
        second.send(turned(-0.9))
        first._socket.sendto(b"#bundle\0 what is this", ("127.0.0.1", port))
        return part.exists() and part.stat().st_size > 20_000

    running.wait_for(enough)
    first.close()
    second.close()
    assert running.stop() == 0
    head = np.array([pose.rotation[B.head, 1] for pose in read_take(out).poses])
    assert head.max() == pytest.approx(np.sin(0.2), abs=1e-3)
    assert head.min() > -0.01
    assert "no camera 97" in running.said
    assert "--receive alone" in running.said
    assert running.said.count("a second sender") == 1
    assert running.said.count("malformed") == 1


def test_nobody_to_follow_is_one_line(tmp_path):
    done = avatar("--camera", "none", "-o", tmp_path / "x.mp4", ok=False)
    assert done.returncode == 2
    assert "--receive" in done.stderr.splitlines()[-1]


def test_a_clip_shows_no_lines_of_the_window(smile, tmp_path, monkeypatch):
    if not can_open_window():
        missing("a display", "run the tests under xvfb-run")
    out = tmp_path / "clip.mp4"
    config = Config(size=(320, 240), quality="draft", label=False, background="#000000")
    options = Options(camera=str(smile), output=out, body=False, hands=False, mic="none")
    stage = Live(config, options)
    seen: list[bool] = []
    step = stage.window.step

    def watched() -> bool:
        going = step()
        seen.append(stage.session.stage.read()[-40:, :60, :3].max() > 60)
        return going

    monkeypatch.setattr(stage.window, "step", watched)
    with open_sink(out, (320, 240), 30.0, quick=True) as sink, Outputs(options, None) as none:
        stage.run(none, sink)
    stage.close()
    assert any(seen)  # the keys are told in the window
    with av.open(str(out)) as made:
        corner = [f.to_ndarray(format="rgb24")[-40:, :60] for f in made.decode(video=0)]
    assert np.max(corner) < 60


def test_a_calibration_is_made_from_a_video_and_read_again(smile, tmp_path):
    known, take = tmp_path / "face.json", tmp_path / "take.avt"
    arguments = ("--camera", smile, "-o", take, "--no-body", "--no-hands", "--calibration", known)
    assert f"saved {known}" in avatar(*arguments).stderr
    first = Calibration.load(known)
    assert not first.asked
    assert 0 < first.sure < 1
    assert "face.json" not in avatar(*arguments).stderr
    assert json.loads(known.read_text())["sure"] == first.sure


@pytest.mark.parametrize(
    ("where", "camera", "said"),
    [
        ("missing/face.json", "clip", "cannot write"),
        ("face.json", "picture", "no such calibration"),
    ],
)
def test_a_calibration_that_cannot_be_made_is_one_line(
    smile, shared_data, tmp_path, where, camera, said
):
    source = smile if camera == "clip" else shared_data / "face" / "single_face.jpg"
    done = avatar("--camera", source, "-o", tmp_path / "x.avt", "--calibration", tmp_path / where,
                  ok=False)  # fmt: skip
    assert done.returncode == 2
    assert said in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_a_take_of_nobody_is_not_saved(shared_data, tmp_path):
    source = cut(shared_data / "face" / "no_face.mp4", tmp_path / "none.mp4", 0.0, 0.5)
    out = tmp_path / "take.avt"
    done = avatar("--camera", source, "-o", out, "--no-body", "--no-hands", ok=False)
    assert "nothing was captured" in done.stderr.splitlines()[-1]
    assert list(tmp_path.glob("take*")) == []
