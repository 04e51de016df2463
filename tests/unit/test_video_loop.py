"""A video behind the figure: what is shown when, looping, cropping, and files that are none."""

from __future__ import annotations

import av
import numpy as np
import pytest

from avatar.devices.video import VideoLoop
from avatar.errors import MissingAsset, UnsupportedFormat

FPS, COUNT = 10, 12


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """Twelve frames, each a little brighter than the last."""
    path = tmp_path_factory.mktemp("clip") / "steps.mkv"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("ffv1", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = 64, 32, "yuv420p"
        for k in range(COUNT):
            grey = np.full((32, 64, 3), 40 + 15 * k, np.uint8)
            file.mux(stream.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")))
        file.mux(stream.encode())
    return path


def brightness(loop: VideoLoop, t: float) -> float:
    return float(loop.at(t)[..., 0].mean())


@pytest.fixture
def loop(clip):
    made = VideoLoop(clip, (32, 32))
    yield made
    made.close()


def test_each_frame_is_shown_at_its_time(loop):
    loop.at(5.0)
    for k in range(COUNT):
        assert brightness(loop, 5.0 + (k + 0.5) / FPS) == pytest.approx(40 + 15 * k, abs=5)


def test_it_begins_again_after_its_end(loop):
    loop.at(0.0)
    again = brightness(loop, COUNT / FPS + 0.05)
    assert again == pytest.approx(40, abs=6)


def test_going_back_in_time_starts_anew(loop):
    loop.at(0.0)
    assert brightness(loop, 0.95) > 150
    assert brightness(loop, 0.5) == pytest.approx(40, abs=6)


def test_it_fills_the_size_and_is_opaque(loop):
    picture = loop.at(0.0)
    assert picture.shape == (32, 32, 4)
    assert (picture[..., 3] == 255).all()


def test_a_missing_or_broken_file_is_told(tmp_path):
    with pytest.raises(MissingAsset):
        VideoLoop(tmp_path / "none.mp4", (8, 8))
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"\0" * 400)
    with pytest.raises(UnsupportedFormat):
        VideoLoop(broken, (8, 8))
