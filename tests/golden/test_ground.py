"""The shadow on the ground, and backgrounds that move, in drawn pictures."""

from __future__ import annotations

import av
import numpy as np
import pytest

from avatar import Session
from avatar.character import load
from avatar.render import frame_camera
from avatar.render.ground import visible_ground
from avatar.resources import figures

pytestmark = pytest.mark.gl

SIZE = (160, 240)


@pytest.fixture
def standing(shoot):
    def take(quality: str = "standard", view: str = "full", **more) -> np.ndarray:
        picture = shoot(
            figures()["ming"], quality=quality, view=view, size=SIZE,
            background="transparent", **more,
        )  # fmt: skip
        return picture.astype(int)

    return take


@pytest.mark.parametrize("quality", ["draft", "standard", "high"])
def test_a_transparent_picture_keeps_the_shadow_on_the_ground(standing, quality):
    picture = standing(quality)
    floor = picture[-16:]
    veil = (floor[..., 3] > 20) & (floor[..., 3] < 235)
    assert veil.mean() > 0.1, "no soft shadow about the feet"
    assert floor[veil][:, :3].mean() < 25, "a shadow is black with an alpha"
    assert (picture[: SIZE[1] // 3, :10, 3] == 0).all(), "the rest stays clear"


def test_the_shadow_lies_away_from_the_key_light(standing):
    row = standing()[-20:, :, 3].mean(0)
    assert row[:40].mean() > 1.5 * row[-40:].mean()


@pytest.mark.parametrize(("view", "corners"), [("bust", 0), ("half", 0), ("full", 4)])
def test_ground_out_of_view_is_not_drawn(view, corners):
    camera = frame_camera(load(figures()["ming"]), view, 1.0)
    matrix = camera.projection(1.0, 30.0) @ camera.view()
    assert len(visible_ground(np.eye(4, dtype=np.float32), matrix)) == corners


def test_a_video_plays_behind_the_figure_and_the_camera_moves_to_a_view(tmp_path):
    path = tmp_path / "dark_to_bright.mkv"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("ffv1", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 36, "yuv420p"
        for level in (40, 200):
            for _ in range(5):
                grey = np.full((36, 64, 3), level, np.uint8)
                file.mux(stream.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")))
        file.mux(stream.encode())
    with Session("ming", size="160x90", fps=10, quality="draft", label=False) as session:
        session.configure(background=str(path), view="full")
        first = session.stage.camera
        corner = [frame.pixels[:20, :20, :3].mean() for frame in session.frames(1.0)]
        assert session.stage.camera.distance > 1.5 * first.distance
    assert corner[:5] == pytest.approx([40] * 5, abs=6)
    assert corner[5:] == pytest.approx([200] * 5, abs=6)
