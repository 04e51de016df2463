"""Framing: the eye line, headroom, and the face inside every format."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatar.character import load
from avatar.errors import ConfigError
from avatar.pose import HumanBone
from avatar.render.camera import VIEWS, Camera, frame_camera
from avatar.render.skeleton import rest_bounds, rest_world
from avatar.resources import figures

ASPECTS = (16 / 9, 1.0, 9 / 16)


@pytest.fixture(scope="module", params=sorted(figures()))
def figure(request):
    return load(figures()[request.param])


def on_screen(camera: Camera, aspect: float, point) -> np.ndarray:
    """x and y in -1..1."""
    clip = camera.projection(aspect, 5.0) @ camera.view() @ np.append(point, 1.0)
    return clip[:2] / clip[3]


def eyes_of(character) -> np.ndarray:
    world = rest_world(character)
    pair = [character.humanoid[HumanBone.leftEye], character.humanoid[HumanBone.rightEye]]
    return world[pair, :3, 3]


@pytest.mark.parametrize("aspect", ASPECTS)
@pytest.mark.parametrize("view", ("bust", "close"))
def test_portraits_put_the_eyes_at_the_upper_third(figure, view, aspect):
    camera = frame_camera(figure, view, aspect)
    for eye in eyes_of(figure):
        x, y = on_screen(camera, aspect, eye)
        assert 0.15 < y < 0.45
        assert abs(x) < 0.5


@pytest.mark.parametrize("aspect", ASPECTS)
@pytest.mark.parametrize("view", VIEWS)
def test_the_face_stays_inside_the_safe_area(figure, view, aspect):
    camera = frame_camera(figure, view, aspect)
    eyes = eyes_of(figure)
    centre = eyes.mean(0)
    for offset in ((0.075, 0, 0), (-0.075, 0, 0), (0, -0.11, 0), (0, 0.05, 0)):
        assert np.all(np.abs(on_screen(camera, aspect, centre + offset)) < 0.9)


def test_the_crown_keeps_a_little_headroom_in_a_bust(figure):
    world = rest_world(figure)
    head = world[figure.humanoid[HumanBone.head], :3, 3]
    crown = [head[0], rest_bounds(figure, world)[1][1], head[2]]
    assert 0.75 < on_screen(frame_camera(figure, "bust", 16 / 9), 16 / 9, crown)[1] < 0.97


def test_full_shows_the_feet(figure):
    low, _ = rest_bounds(figure, rest_world(figure))
    y = on_screen(frame_camera(figure, "full", 16 / 9), 16 / 9, [0, low[1], 0])[1]
    assert -1.0 < y < -0.8


def test_views_come_closer_in_order(figure):
    distance = [frame_camera(figure, v).distance for v in ("close", "bust", "half", "full")]
    assert distance == sorted(distance)


def test_a_plain_gltf_is_framed_whole(shared_data):
    character = load(shared_data / "vrm" / "EmissionMigration_v0.107.0.vrm")
    plain = replace(character, humanoid={})
    low, high = rest_bounds(plain, rest_world(plain))
    camera = frame_camera(plain, "bust", 1.0)
    for corner in (low, high):
        assert np.all(np.abs(on_screen(camera, 1.0, corner)) <= 1.0)


def test_an_unknown_view_names_the_known_ones(figure):
    with pytest.raises(ConfigError, match="bust"):
        frame_camera(figure, "closeup")


def test_orbit_keeps_the_distance_and_turns():
    camera = Camera((0.0, 1.5, 2.0), (0.0, 1.5, 0.0))
    turned = camera.orbit(np.pi / 2, 0.0)
    assert turned.distance == pytest.approx(2.0)
    assert turned.eye[0] == pytest.approx(2.0)
    assert camera.orbit(0, 0, zoom=2).distance == pytest.approx(1.0)


def test_orbit_never_turns_over_the_pole():
    camera = Camera((0.0, 1.5, 2.0), (0.0, 1.5, 0.0)).orbit(0, 10.0)
    assert np.isfinite(camera.view()).all()
    assert camera.eye[1] < 3.5
