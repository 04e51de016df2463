"""Camera moves: they arrive, without a jerk, and keep the face in the picture on the way."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avatar.character import load
from avatar.pose import HumanBone
from avatar.render.camera import VIEWS, Camera, frame_camera
from avatar.render.camerawork import Move, between
from avatar.render.skeleton import rest_world
from avatar.resources import figures

A = Camera((0.0, 1.5, 3.0), (0.0, 1.5, 0.0), 0.4)
B = Camera((1.5, 1.7, 0.8), (0.0, 1.6, 0.0), 0.3)


def test_a_move_begins_and_ends_at_its_cameras():
    move = Move(A, B, began=2.0, lasts=0.8)
    assert move.at(1.9) == A
    assert move.at(2.8) == B
    assert move.over(2.8)
    assert not move.over(2.7)


def test_a_move_that_lasts_no_time_is_a_cut():
    assert Move(A, B, began=2.0).at(2.0) == B


def test_a_move_starts_and_stops_softly():
    move = Move(A, B, began=0.0, lasts=1.0)
    eyes = np.array([move.at(t).eye for t in np.linspace(0, 1, 101)])
    speed = np.linalg.norm(np.diff(eyes, axis=0), axis=1)
    assert speed[0] < 0.01 * speed.max()
    assert speed[-1] < 0.01 * speed.max()
    assert np.abs(np.diff(speed)).max() < 0.1 * speed.max()


@given(st.floats(0, 1))
def test_turning_keeps_the_distance(x):
    left, right = A.orbit(-1.2, 0.0), A.orbit(1.5, 0.3)
    assert between(left, right, x).distance == pytest.approx(A.distance, rel=1e-6)


def test_turning_right_round_has_a_way():
    behind = A.orbit(np.pi, 0.0)
    half = between(A, behind, 0.5)
    assert half.distance == pytest.approx(A.distance)
    assert np.isfinite(half.eye).all()


@pytest.mark.parametrize("aspect", (16 / 9, 1.0, 9 / 16))
@pytest.mark.parametrize(("first", "last"), [*pairwise(VIEWS), ("close", "full")])
def test_the_face_stays_in_the_picture_on_the_way(first, last, aspect):
    character = load(figures()["mei"])
    world = rest_world(character)
    eye = world[character.humanoid[HumanBone.leftEye], :3, 3]
    move = Move(frame_camera(character, first, aspect), frame_camera(character, last, aspect), 0, 1)
    for t in np.linspace(0, 1, 21):
        camera = move.at(float(t))
        clip = camera.projection(aspect, 5.0) @ camera.view() @ np.append(eye, 1.0)
        assert np.all(np.abs(clip[:2] / clip[3]) < 0.9)
