"""Landmarks made by hand, for tests of the solve: no tracker, no picture."""

from __future__ import annotations

import numpy as np

from avatar.math3d import quat_from_euler_yxz, quat_to_mat3
from avatar.media import BodyPoints, HandPoints, Landmarks
from avatar.pose import FACE_SHAPES

SIZE = (640, 480)


def face(
    t=0.0, yaw=0.0, pitch=0.0, roll=0.0, place=(0.0, 0.0, -0.4), lips=0.0, lids=0.31, scores=None
) -> Landmarks:
    """A face of 478 points that matter where the solver looks; angles in degrees."""
    points = np.zeros((478, 3))
    for outer, inner, iris, top, low, side in (
        (263, 362, 473, 386, 374, 1.0),
        (33, 133, 468, 159, 145, -1.0),
    ):
        points[outer], points[inner] = (side * 0.045, 0.03, 0), (side * 0.017, 0.03, 0)
        middle = (points[outer] + points[inner]) / 2
        points[iris] = middle
        half = np.array([0, lids * 0.014, 0])
        points[top], points[low] = middle + half, middle - half
    points[13], points[14] = (0, -0.03 + lips * 0.045, 0.01), (0, -0.03 - lips * 0.045, 0.01)
    points[61], points[291] = (-0.025, -0.03, 0.0), (0.025, -0.03, 0.0)
    points[0], points[17] = (0, -0.02, 0.01), (0, -0.04, 0.01)
    turn = quat_to_mat3(quat_from_euler_yxz(*np.radians([yaw, pitch, roll])))
    seen = points @ turn.T
    width, height = SIZE
    image = np.stack(
        [0.5 + seen[:, 0] * 2, 0.5 - seen[:, 1] * 2 * width / height, -seen[:, 2] * 2], 1
    )
    head = np.eye(4, dtype=np.float32)
    head[:3, :3], head[:3, 3] = turn, place
    known = dict.fromkeys((n for n in FACE_SHAPES if n != "tongueOut"), 0.0) | (scores or {})
    return Landmarks(t, image.astype(np.float32), 1.0, head, known, SIZE)


def body(**joints) -> BodyPoints:
    """A standing body; joints by number in the figure's axes (m, x to its left, y up)."""
    world = np.zeros((33, 3), np.float32)
    world[11], world[12] = (0.18, 0.5, 0), (-0.18, 0.5, 0)
    world[13], world[14] = (0.2, 0.22, 0), (-0.2, 0.22, 0)
    world[15], world[16] = (0.2, -0.02, 0.05), (-0.2, -0.02, 0.05)
    world[23], world[24] = (0.1, 0, 0), (-0.1, 0, 0)
    for number, place in joints.items():
        world[int(number.removeprefix("p"))] = place
    world = world * [1, -1, -1]
    points = np.full((33, 3), 0.5, np.float32)
    return BodyPoints(points, world.astype(np.float32), np.ones(33, np.float32))


def hand(side="left", curl=0.0, at=(0.5, 0.5)) -> HandPoints:
    """A hand palm down, fingers along its side's arm; ``curl`` rad in every finger joint."""
    sign = 1.0 if side == "left" else -1.0
    world = np.zeros((21, 3))
    for finger in range(5):
        z = 0.03 - 0.02 * finger
        place, angle = np.array([0.08, 0.0, z]), 0.0
        if finger == 0:
            place = np.array([0.02, 0.0, 0.03])
        for joint in range(4):
            world[1 + 4 * finger + joint] = place
            angle += curl if finger else 0.0
            way = (
                np.array([0.7, 0.0, 0.7])
                if finger == 0
                else np.array([np.cos(angle), -np.sin(angle), 0.0])
            )
            place = place + way * 0.025
    world = world * [sign, 1, 1] * [1, -1, -1]
    points = np.full((21, 3), 0.5, np.float32)
    points[:, :2] = at
    return HandPoints(side, points, world.astype(np.float32), 1.0)
