"""What every camera promises: dated RGBA pictures, an end that is told, and no waiting for ever."""

from __future__ import annotations

import time
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from avatar.clock import MonotonicClock
from avatar.devices import camera as cameras
from avatar.devices.camera import (
    DeviceCamera,
    FileCamera,
    ImageCamera,
    PushCamera,
    list_cameras,
    open_camera,
    to_rgba,
)
from avatar.errors import ConfigError, MissingAsset, NoCamera, UnsupportedFormat

SIZE = (64, 48)


class Device:
    """Stands in for OpenCV's capture object: ``pictures`` may hold None for a lost picture."""

    def __init__(self, pictures, opened=True):
        self.pictures, self.opened, self.set_values = list(pictures), opened, []

    def isOpened(self):  # noqa: N802
        return self.opened

    def set(self, key, value):
        self.set_values.append((key, value))

    def read(self):
        time.sleep(0.002)
        picture = self.pictures.pop(0) if self.pictures else bgr()
        return picture is not None, picture

    def release(self):
        self.opened = False


def bgr(blue=200):
    picture = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    picture[..., 0] = blue
    return picture


@pytest.fixture
def video(tmp_path) -> Path:
    path = tmp_path / "clip.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for i in range(10):
            pixels = np.full((SIZE[1], SIZE[0], 3), 20 * i, np.uint8)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        out.mux(stream.encode(None))
    return path


@pytest.fixture
def picture(tmp_path) -> Path:
    path = tmp_path / "face.png"
    Image.new("RGB", SIZE, (10, 200, 30)).save(path)
    return path


@pytest.fixture(params=["device", "file", "fast file", "image", "pushed"])
def camera(request, video, picture):
    made = {
        "device": lambda: DeviceCamera(0, size=SIZE, opener=lambda index: Device([])),
        "file": lambda: FileCamera(video),
        "fast file": lambda: FileCamera(video, fast=True),
        "image": lambda: ImageCamera(picture, duration=0.3),
        "pushed": lambda: PushCamera(SIZE),
    }[request.param]()
    if isinstance(made, PushCamera):
        made.push(bgr())
    yield made
    made.close()


def test_it_gives_dated_opaque_pictures_of_its_size(camera):
    frame = camera.read()
    assert frame.pixels.shape == (camera.size[1], camera.size[0], 4)
    assert frame.pixels.dtype == np.uint8
    assert frame.pixels[..., 3].min() == 255
    assert camera.size == SIZE
    assert camera.fps > 0


def test_time_rises_and_files_end(camera):
    times = []
    begun = time.monotonic()
    while not camera.ended and time.monotonic() - begun < 1.2:
        frame = camera.read()
        if frame is not None:
            times.append(frame.t)
    assert times
    assert np.all(np.diff(times) > 0)
    if isinstance(camera, FileCamera | ImageCamera):
        assert camera.ended


def test_closing_ends_it(camera):
    camera.close()
    assert camera.ended


def test_a_fast_file_gives_every_frame_and_a_slow_reader_of_a_live_one_misses_some(video):
    fast = FileCamera(video, fast=True)
    frames = []
    while (frame := fast.read()) is not None:
        frames.append(frame.t)
    assert np.allclose(frames, np.arange(10) / 25)
    live, seen = FileCamera(video), 0
    while live.read() is not None:
        seen += 1
        time.sleep(0.13)
    assert 0 < seen < 10


def test_an_unplugged_camera_is_waited_for(monkeypatch):
    monkeypatch.setattr(cameras, "RETRY", 0.02)
    devices = [Device([bgr(), bgr(), None]), Device([], opened=False), Device([])]
    said: list[str] = []
    camera = DeviceCamera(3, size=SIZE, opener=lambda index: devices.pop(0), tell=said.append)
    begun = time.monotonic()
    while len(said) < 2 and time.monotonic() - begun < 5:
        camera.read()
    frame = camera.read()
    camera.close()
    assert ["gone" in said[0], "back" in said[1]] == [True, True]
    assert frame is not None


def test_a_busy_camera_says_so():
    with pytest.raises(NoCamera, match="another program"):
        DeviceCamera(0, size=SIZE, opener=lambda index: Device([None]))


def test_a_camera_that_is_not_there_says_what_to_do():
    with pytest.raises(NoCamera, match="--camera FILE"):
        DeviceCamera(97)


@pytest.mark.parametrize("shape", [(48, 64), (48, 64, 1), (48, 64, 3), (48, 64, 4)])
def test_grey_bgr_and_bgra_become_rgba(shape):
    pixels = to_rgba(np.full(shape, 90, np.uint8))
    assert pixels.shape == (48, 64, 4)
    assert (pixels[..., :3] == 90).all()


def test_blue_stays_blue():
    assert to_rgba(bgr())[0, 0].tolist() == [0, 0, 200, 255]


def test_wrong_pixels_are_refused():
    assert to_rgba(np.zeros((48, 64, 2), np.uint8)) is None
    assert to_rgba(np.zeros((48, 64, 3), np.uint16)) is None
    for bad in (np.zeros((4, 4, 3), np.float32), np.zeros((4, 4, 2), np.uint8)):
        with pytest.raises(ConfigError, match="a frame of"):
            PushCamera(SIZE).push(bad)


def test_files_that_cannot_be_read_are_named(tmp_path, video):
    with pytest.raises(MissingAsset):
        open_camera(tmp_path / "none.mp4")
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(video.read_bytes()[:200])
    with pytest.raises(UnsupportedFormat):
        open_camera(broken)
    picture = tmp_path / "broken.png"
    picture.write_bytes(b"no picture")
    with pytest.raises(UnsupportedFormat):
        open_camera(picture)


def test_a_file_cut_off_gives_what_can_be_decoded(tmp_path):
    path = tmp_path / "long.mkv"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        rng = np.random.default_rng(0)
        for _ in range(40):
            pixels = rng.integers(0, 255, (SIZE[1], SIZE[0], 3), np.uint8)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        out.mux(stream.encode(None))
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    camera = FileCamera(path, fast=True)
    frames = 0
    while camera.read() is not None:
        frames += 1
    assert 0 < frames < 40


def test_the_list_names_cameras_with_their_size():
    for found in list_cameras():
        assert found.name
        assert found.size is None or min(found.size) > 0


def test_pushed_frames_keep_their_time_and_the_newest_wins():
    camera = PushCamera(SIZE, clock=MonotonicClock())
    camera.push(bgr(), 1.0)
    camera.push(bgr(), 2.0)
    assert camera.read().t == 2.0
    assert camera.read() is None


def test_a_damaged_video_is_used_as_far_as_it_can_be_read_and_that_is_said(tmp_path):
    path = tmp_path / "damaged.mp4"
    with av.open(str(path), "w") as made:
        stream = made.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        rng = np.random.default_rng(0)
        for _ in range(60):
            pixels = rng.integers(0, 255, (64, 64, 3), np.uint8)
            made.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, "rgb24")))
        made.mux(stream.encode(None))
    data = bytearray(path.read_bytes())
    start = data.index(b"mdat") + len(data) // 3
    data[start : start + len(data) // 3] = bytes(len(data) // 3)
    path.write_bytes(data)
    told = []
    camera = open_camera(path, fast=True, tell=told.append)
    count = 0
    while camera.read() is not None:
        count += 1
    assert camera.read() is None
    assert 5 < count <= 60
    assert told == ["damaged.mp4 is damaged: what could be read of it was used"]
