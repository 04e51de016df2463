"""One OpenGL context for all golden pictures."""

from __future__ import annotations

import os

import numpy as np
import pytest

from avatar.animation.rig import Rig
from avatar.character import load
from avatar.errors import NoGL
from avatar.pose import BONE_COUNT, FaceShape, HumanBone, Pose
from avatar.render import Background, Renderer, Staged, frame_camera, offscreen
from avatar.render.surface import APT_LINE


def pytest_addoption(parser):
    parser.addoption("--regenerate", action="store_true", help="make the golden pictures anew")


@pytest.fixture(scope="session")
def regenerate(request) -> bool:
    return bool(request.config.getoption("--regenerate", default=False))


@pytest.fixture(scope="session")
def surface():
    try:
        made = offscreen()
    except NoGL as error:
        if os.environ.get("AVATAR_REQUIRE_ALL"):
            pytest.fail(str(error))
        pytest.skip(f"no OpenGL: {APT_LINE}")
    yield made
    made.close()


def relaxed_pose(shapes: dict[str, float] | None = None) -> Pose:
    """Arms down, and face shapes at their weights."""
    rotation = np.tile(np.array([0, 0, 0, 1], np.float32), (BONE_COUNT, 1))
    weight_of = np.zeros(BONE_COUNT, np.float32)
    for bone, angle in ((HumanBone.leftUpperArm, -1.25), (HumanBone.rightUpperArm, 1.25)):
        rotation[bone] = (0, 0, np.sin(angle / 2), np.cos(angle / 2))
        weight_of[bone] = 1
    weight = np.zeros(52, np.float32)
    for name, value in (shapes or {}).items():
        weight[FaceShape[name]] = value
    return Pose(
        rotation=rotation,
        rotation_w=weight_of,
        weight=weight,
        weight_w=np.ones(52, np.float32),
        gaze=(0.0, 0.0),
    )


@pytest.fixture(scope="session")
def shoot(surface):
    """``shoot(path, view=..., quality=...) -> uint8[h, w, 4]`` with time frozen."""

    def take(
        path,
        *,
        view="bust",
        quality="standard",
        size=(320, 320),
        background="studio",
        shapes=None,
        yaw=0.0,
        offsets=(0.0,),
        light="portrait",
        layers=(),
    ) -> np.ndarray:
        character = load(path)
        state = Rig(character).advance(relaxed_pose(shapes), 1 / 30)
        renderer = Renderer(surface.ctx, size, quality, Background.parse(background), light)
        figure = renderer.upload(character)
        staged = []
        for x in offsets:
            place = np.eye(4, dtype=np.float32)
            place[0, 3] = x
            staged.append(Staged(figure, state, place))
        camera = frame_camera(character, view, size[0] / size[1], yaw)
        renderer.draw(staged, camera, 0.0, layers)
        picture = renderer.read().copy()
        figure.release()
        renderer.close()
        return picture

    return take
