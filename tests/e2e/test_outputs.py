"""Files of whole runs, as other programs see them: killed, interrupted, on a full disk."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import av
import pytest

from avatar.output.provenance import Provenance

FPS = 25

WRITER = """
import sys, time
import numpy as np
from avatar.clock import ManualClock
from avatar.devices.audio import FileSpeaker
from avatar.media import VideoFrame
from avatar.output.provenance import Provenance
from avatar.output.sinks import open_sink

path, frames = sys.argv[1], int(sys.argv[2])
{setup}
rng = np.random.default_rng(0)
clock, pixels = ManualClock(), np.full((180, 320, 4), 255, np.uint8)
with open_sink(path, (320, 180), 25, label=Provenance("tester")) as sink:
    speaker = FileSpeaker(clock, sink.audio)
    speaker.play(rng.normal(0, 0.1, 24_000 * 600).astype(np.float32), 24_000)
    for i in range(frames):
        clock.set(i / 25)
        speaker.position()
        pixels[..., :3] = rng.integers(0, 256, (180, 320, 3))
        sink.video(VideoFrame(i / 25, pixels))
        print(i, flush=True)
print("closed", flush=True)
"""

containers = pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.webm"])


def start(path: Path, frames: int, setup: str = "") -> subprocess.Popen[str]:
    code = WRITER.format(setup=setup)
    return subprocess.Popen(
        [sys.executable, "-c", code, str(path), str(frames)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for_frame(process: subprocess.Popen[str], number: int) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip() == str(number):
            return
    pytest.fail(process.stderr.read() if process.stderr else "")


def played(path: Path) -> tuple[float, float, dict[str, str]]:
    """(s of video, s of sound, metadata) up to the end or a torn packet."""
    with av.open(str(path)) as container:
        tags = {key.lower(): value for key, value in container.metadata.items()}
        ends = {"video": 0.0, "audio": 0.0}
        with contextlib.suppress(av.error.InvalidDataError):  # the packet that was cut off
            for frame in container.decode():
                ends["video" if isinstance(frame, av.VideoFrame) else "audio"] = float(frame.time)
    return ends["video"], ends["audio"], tags


@containers
def test_killed_program_leaves_what_plays(tmp_path: Path, name: str):
    process = start(tmp_path / name, 100_000)
    wait_for_frame(process, 300)
    process.kill()
    process.communicate()
    (left,) = tmp_path.iterdir()
    assert left.name == f"a.part.{name.rpartition('.')[2]}"
    video, sound, tags = played(left)
    assert video > 4 and sound > 4
    assert json.loads(tags["aigc"])["ContentProducer"] == "tester"


@containers
def test_ctrl_c_finishes_the_file(tmp_path: Path, name: str):
    process = start(tmp_path / name, 100_000)
    wait_for_frame(process, 60)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    last = int(out.split()[-1]) if out.split() else 60
    assert [p.name for p in tmp_path.iterdir()] == [name]
    video, sound, tags = played(tmp_path / name)
    assert abs(video - last / FPS) < 0.1 and abs(sound - video) < 0.1
    assert "aigc" in tags


@pytest.mark.skipif(sys.platform == "win32", reason="uses a POSIX limit for a full disk")
@pytest.mark.parametrize("name", ["a.mp4", "a.webm", "a"])
def test_full_disk_is_one_line_and_keeps_what_plays(tmp_path: Path, name: str):
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, 3_000_000))"
    process = start(tmp_path / name, 3000, limit)
    _, err = process.communicate(timeout=120)
    assert process.returncode != 0
    last = err.strip().splitlines()[-1]
    assert "OutputError: cannot write" in last and "too large" in last
    if name == "a":
        assert len(list((tmp_path / "a").glob("*.png"))) > 20
    else:
        assert [p.name for p in tmp_path.iterdir()] == [name]
        assert played(tmp_path / name)[0] > 1.5


def test_other_programs_read_the_file(tmp_path: Path, need: Callable[[str, str], str]):
    """ffprobe: tags of colour, a plain indexed MP4, equal lengths, the label."""
    ffprobe = need("ffprobe", "apt-get install ffmpeg")
    process = start(tmp_path / "a.mp4", 50)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    command = [ffprobe, "-v", "error", "-show_streams", "-show_format", "-of", "json"]
    done = subprocess.run(
        [*command, str(tmp_path / "a.mp4")], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    info = json.loads(done.stdout)
    video, sound = info["streams"]
    assert (video["codec_name"], video["pix_fmt"], sound["codec_name"]) == (
        "h264",
        "yuv420p",
        "aac",
    )
    colour = (video["color_space"], video["color_transfer"], video["color_primaries"])
    assert colour == ("bt709", "bt709", "bt709") and video["color_range"] == "tv"
    assert float(video["duration"]) == pytest.approx(2.0, abs=0.01)
    assert float(sound["duration"]) == pytest.approx(2.0, abs=0.03)
    assert int(video["nb_frames"]) == 50 and video["r_frame_rate"] == "25/1"
    assert float(video["start_time"]) == 0 and float(sound["start_time"]) == 0


def test_label_survives_a_copy_by_another_program(tmp_path: Path, need: Callable[[str, str], str]):
    ffmpeg = need("ffmpeg", "apt-get install ffmpeg")
    start(tmp_path / "a.mp4", 25).communicate(timeout=60)
    command = [ffmpeg, "-v", "error", "-i", str(tmp_path / "a.mp4"), "-c", "copy"]
    copied = tmp_path / "b.mkv"
    subprocess.run([*command, str(copied)], check=True)
    assert json.loads(played(copied)[2]["aigc"])["Label"] == "1"


def test_interpreter_may_end_without_close(tmp_path: Path):
    """A forgotten sink neither hangs the program nor hides what it wrote."""
    code = WRITER.format(setup="").replace("with open_sink", "sink = open_sink")
    code = code.replace(" as sink:", "\nif sink:")
    arguments = [sys.executable, "-c", code, str(tmp_path / "a.mp4"), "50"]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and done.stdout.endswith("closed\n"), done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["a.part.mp4"]


def test_two_runs_have_their_own_content_ids():
    assert Provenance().content_id != Provenance().content_id
