"""What the renderer draws, against pictures somebody looked at."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

from avatar.pose import RigState
from avatar.render import Renderer, Staged, frame_camera
from avatar.render.skeleton import palette_of, rest_world
from avatar.resources import figures

pytestmark = pytest.mark.gl


def neighbour(name: str) -> ModuleType:
    """A module of this folder, which is no package."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parent / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


pictures, spheres = neighbour("pictures"), neighbour("spheres")

OURS = sorted(figures())


@pytest.mark.parametrize("name", OURS)
@pytest.mark.parametrize("quality", ["draft", "standard", "high"])
def test_our_figures(shoot, regenerate, name, quality):
    picture = shoot(figures()[name], quality=quality)
    pictures.compare(f"{name}_{quality}", picture, regenerate, "hair")


@pytest.mark.parametrize("name", OURS)
def test_speaking_and_smiling_close(shoot, regenerate, name):
    shapes = {"jawOpen": 0.6, "mouthSmileLeft": 0.5, "mouthSmileRight": 0.5, "eyeBlinkLeft": 1.0}
    picture = shoot(figures()[name], view="close", shapes=shapes, yaw=0.3)
    pictures.compare(f"{name}_speaking", picture, regenerate, "hair")


@pytest.mark.parametrize("view", ["half", "full"])
def test_views(shoot, regenerate, view):
    pictures.compare(f"view_{view}", shoot(figures()["mei"], view=view), regenerate, "hair")


def test_film_is_supersampled(shoot, regenerate):
    picture = shoot(figures()["mei"], quality="film", size=(160, 160))
    pictures.compare("film", picture, regenerate, "film")


@pytest.mark.parametrize("quality", ["draft", "standard", "high"])
def test_material_features(surface, regenerate, quality):
    character = spheres.character()
    world = rest_world(character)
    state = RigState(0.0, world, palette_of(character, world), np.zeros(0, np.float32))
    renderer = Renderer(surface.ctx, (320, 240), quality)
    figure = renderer.upload(character)
    staged = [Staged(figure, state, np.eye(4, dtype=np.float32))]
    renderer.draw(staged, frame_camera(character, aspect=4 / 3), 0.0)
    pictures.compare(f"materials_{quality}", renderer.read().copy(), regenerate)
    figure.release()
    renderer.close()


@pytest.mark.parametrize("file", ["Godette_vrm_v4", "EmissionMigration_v0.107.0"])
def test_figures_of_others(shoot, regenerate, shared_data, file):
    picture = shoot(shared_data / "vrm" / f"{file}.vrm", view="full")
    pictures.compare(file, picture, regenerate)


def test_two_figures_on_one_stage(shoot, regenerate):
    picture = shoot(figures()["ming"], view="half", size=(480, 270), offsets=(-0.3, 0.3))
    pictures.compare("two", picture, regenerate, "hair")


@pytest.mark.parametrize("quality", ["draft", "standard", "high", "film"])
def test_transparent_pictures_are_premultiplied(shoot, quality):
    picture = shoot(figures()["mei"], quality=quality, background="transparent", size=(200, 200))
    alpha = picture[..., 3]
    assert np.all(picture[..., :3].max(axis=2) <= alpha)
    assert np.all(picture[2, 2] == 0)
    assert alpha[100, 100] == 255


def test_a_transparent_picture_over_a_colour_is_that_colour_drawn(shoot):
    clear = shoot(figures()["mei"], background="transparent", size=(200, 200)).astype(float)
    drawn = shoot(figures()["mei"], background="#204060", size=(200, 200)).astype(float)
    under = np.array([0x20, 0x40, 0x60], float)
    over = clear[..., :3] + under * (1 - clear[..., 3:] / 255)
    assert np.abs(over - drawn[..., :3]).mean() < 0.5


def test_time_frozen_pictures_are_bit_stable(shoot):
    first, second = (shoot(figures()["mei"], size=(128, 128)) for _ in range(2))
    assert np.array_equal(first, second)


def test_the_top_row_comes_first(shoot):
    picture = shoot(figures()["mei"], background="transparent", size=(128, 128))
    rows = np.flatnonzero(picture[..., 3].any(axis=1))
    assert rows[0] > 0  # headroom
    assert rows[-1] == 127  # the body leaves at the bottom


def test_a_picture_behind(shoot, tmp_path):
    image = Image.new("RGB", (64, 64), (250, 0, 0))
    image.paste((0, 0, 250), (0, 32, 64, 64))
    image.save(tmp_path / "behind.png")
    picture = shoot(figures()["mei"], background=str(tmp_path / "behind.png"), size=(128, 128))
    assert picture[3, 3, 0] > 200 and picture[3, 3, 2] < 50
    assert picture[90, 3, 2] > 200
