"""The drawn face of a stylised figure: mesh, 52 shapes, lids, lips, gaze."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from avatar.modelling.idol import eyes, face, lines, mouth
from avatar.modelling.idol.delaunay import triangulate
from avatar.modelling.idol.drawn import MM, band, other_bone
from avatar.modelling.idol.features import (
    EYE,
    IRIS,
    MOUTH_HALF,
    eye_outline,
    lower_lid,
    mouth_line,
    upper_lid,
)
from avatar.modelling.idol.presets import PRESETS
from avatar.modelling.idol.shapes import Points, motion
from avatar.modelling.idol.surface import TOP, front, monotone, outward, profile, whole
from avatar.pose import FACE_SHAPES, HumanBone
from avatar.pose import PRESETS as PRESET_NAMES

ORIGIN = np.zeros(3)


@pytest.fixture(scope="module")
def head():
    return face.make_head()


@pytest.fixture(scope="module")
def parts(head):
    return [
        face.head_part(head, ORIGIN),
        *eyes.eye_parts(ORIGIN),
        *lines.line_parts(ORIGIN),
        *mouth.mouth_parts(ORIGIN),
    ]


def edges(triangles):
    pairs = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    return Counter(map(tuple, np.sort(pairs, axis=1).tolist()))


def test_triangulation_is_delaunay():
    points = np.random.default_rng(3).random((60, 2))
    triangles = triangulate(points)
    for a, b, c in points[triangles]:
        matrix = 2 * np.array([b - a, c - a])
        centre = a + np.linalg.solve(matrix, [(b - a) @ (b - a), (c - a) @ (c - a)])
        gaps = np.linalg.norm(points - centre, axis=1)
        assert gaps.min() > np.linalg.norm(a - centre) - 1e-4
    used = edges(triangles)
    hull = [edge for edge, times in used.items() if times == 1]
    # Euler: a triangulated disc of V points with H on its hull has 2 V - 2 - H triangles
    assert len(triangles) == 2 * len(points) - 2 - len(hull)


def test_monotone_interpolation_passes_its_points_and_never_overshoots():
    x, y = np.array([0.0, 1, 2, 5]), np.array([0.0, 2, 2, 3])
    np.testing.assert_allclose(monotone(x, y, x), y)
    assert (np.diff(monotone(x, y, np.linspace(0, 5, 200))) > -1e-12).all()


def test_head_has_two_eyes_and_a_mouth_and_is_closed_elsewhere(head):
    rim = [edge for edge, times in edges(head.triangles).items() if times == 1]
    assert max(edges(head.triangles).values()) == 2
    loops = 0
    near: dict[int, set[int]] = {}
    for a, b in rim:
        near.setdefault(a, set()).add(b)
        near.setdefault(b, set()).add(a)
    left = set(near)
    poles = {k for k in left if head.rest[k, 1] in (0.0, TOP)}
    while left:
        loop, stack = set(), [left.pop()]
        while stack:
            k = stack.pop()
            loop.add(k)
            stack += [n for n in near[k] if n in left]
            left -= near[k]
        loops += not loop & poles
    assert loops == 3


def test_head_is_the_same_on_both_sides(head):
    mirrored = head.rest * [-1, 1, 1]
    keys = {tuple(p) for p in np.round(head.rest, 6).tolist()}
    assert {tuple(p) for p in (np.round(mirrored, 6) + 0.0).tolist()} <= {
        tuple(np.array(p) + 0.0) for p in keys
    }


def test_nothing_is_undefined_and_normals_are_unit(parts):
    for part in parts:
        for values in (part.position, part.normal, part.uv, part.weight):
            assert np.isfinite(values).all(), part.name
        np.testing.assert_allclose(np.linalg.norm(part.normal, axis=1), 1, atol=1e-3)
        np.testing.assert_allclose(part.weight.sum(axis=1), 1)
        for morph in part.morphs.values():
            assert np.isfinite(morph.position).all()
            assert (np.diff(morph.index) > 0).all()


def test_triangles_face_forwards_on_the_face(head):
    a, b, c = (head.rest[head.triangles[:, k]] for k in range(3))
    facing = np.cross(b - a, c - a)
    at = (a + b + c) / 3
    ahead = (np.abs(at[:, 0]) < 40) & (at[:, 2] > 60) & (at[:, 1] > 60) & (at[:, 1] < 190)
    assert (facing[ahead, 2] > -1e-9).all()


def test_all_52_shapes_move_something_they_should(parts):
    where = {
        "eyeBlink": {"skin", "lash"}, "eyeSquint": {"skin"}, "eyeWide": {"skin", "iris"},
        "brow": {"brow"}, "mouth": {"skin", "lipline"}, "jaw": {"skin"}, "tongue": {"mouth"},
        "cheek": {"skin"}, "nose": {"skin"}, "eyeLook": {"skin"},
    }  # fmt: skip
    still = {"mouthRollLower", "mouthRollUpper", "mouthShrugLower"}
    for name in FACE_SHAPES:
        moving: dict[str, float] = {}
        for part in parts:
            if name in part.morphs:
                farthest = float(np.abs(part.morphs[name].position).max())
                moving[part.material] = max(farthest, moving.get(part.material, 0))
        wanted = next(kinds for stem, kinds in where.items() if name.startswith(stem))
        assert wanted <= set(moving), name
        assert max(moving.values()) > (5e-4 if name in still else 7e-4), name


def test_a_blink_shuts_the_lids_and_only_its_own_eye():
    assert lines.lids_gap("eyeBlinkLeft") < 1.0
    right = eye_outline(40) * [-1, 1]
    slide, shift = motion("eyeBlinkLeft", Points(right, np.zeros(40)))
    assert np.abs(slide).max() < 0.5
    assert not shift.any()


def test_open_lids_frame_the_iris():
    x = np.linspace(20, 55, 30)
    assert (upper_lid(x) > lower_lid(x) + 15).all()
    assert upper_lid(np.array([EYE[0]]))[0] < EYE[1] + IRIS[1]
    assert lower_lid(np.array([EYE[0]]))[0] > EYE[1] - IRIS[1] - 2


def lips(weights: dict[str, float], x: float = 0.0) -> tuple[float, float]:
    """(upper, lower) edge of the lips at x under a mixture of shapes, mm."""
    ends = []
    for lip in (1.0, -1.0):
        at = np.array([[x, mouth_line(np.array([x]))[0]]])
        y = at[0, 1]
        for name, weight in weights.items():
            slide, shift = motion(name, Points(at, np.array([lip])))
            y += weight * (slide[0, 1] + shift[0, 1])
        ends.append(float(y))
    return ends[0], ends[1]


def test_lips_are_shut_at_rest_and_open_with_the_jaw():
    assert lips({})[0] == lips({})[1]
    upper, lower = lips({"jawOpen": 1})
    assert upper - lower > 15
    upper, lower = lips({"jawOpen": 1, "mouthClose": 1})
    assert abs(upper - lower) < 2.5


@pytest.mark.parametrize("vowel", ["aa", "ih", "ou", "ee", "oh"])
def test_vowels_open_the_mouth_and_differ(vowel):
    upper, lower = lips(PRESETS[vowel])
    assert upper - lower > 2.5
    widths = {}
    for name in ("aa", "ih", "ou", "ee", "oh"):
        at = np.array([[MOUTH_HALF, mouth_line(np.array([MOUTH_HALF]))[0]]])
        moved = [w * motion(s, Points(at, np.ones(1)))[0][0, 0] for s, w in PRESETS[name].items()]
        widths[name] = MOUTH_HALF + sum(moved)
    assert widths["ou"] < widths["oh"] < widths["aa"] < widths["ih"] < widths["ee"] + 3


def test_presets_are_known_shapes_in_range():
    for name, weights in PRESETS.items():
        assert name in PRESET_NAMES
        assert set(weights) <= set(FACE_SHAPES)
        assert all(0 < weight <= 1 for weight in weights.values())


def test_looking_about_keeps_the_iris_behind_the_face():
    ball = eyes.left_ball()
    turn = np.linspace(0, 2 * np.pi, 33)
    rim = np.column_stack([EYE[0] + IRIS[0] * np.cos(turn), EYE[1] + IRIS[1] * np.sin(turn)])
    iris = eyes.on_ball(ball, rim, 0.9) - ball.centre
    for yaw, pitch in ((12, 0), (-12, 0), (0, 8), (0, -8), (8, 6)):
        a, b = np.radians([yaw, pitch])
        about_y = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
        about_x = np.array([[1, 0, 0], [0, np.cos(b), np.sin(b)], [0, -np.sin(b), np.cos(b)]])
        at = iris @ (about_y @ about_x).T + ball.centre
        assert (at[:, 2] < front(at[:, 0], at[:, 1]) + 1e-6).all()


def test_surface_is_one_with_its_height_field():
    y = np.linspace(20, 180, 30)
    turn = np.full(30, 0.4)
    points = whole(turn, y)
    x = profile(y)[0] * np.sin(0.4)
    np.testing.assert_allclose(points[:, 2], front(x, y), atol=1e-9)
    assert (outward(points)[:, 2] > 0.4).all()


def test_a_stroke_keeps_its_width_and_lies_off_the_face():
    line = np.column_stack([np.linspace(20, 50, 12), np.full(12, 120.0)])
    sheet = band(line, lambda t: 2.0 + 0 * t, 0.5)
    at = sheet.anchor + sheet.offset[:, :2]
    assert np.ptp(at[:, 1]) == pytest.approx(2.0, abs=0.3)


def test_sides_swap_bones():
    for bone in HumanBone:
        assert other_bone(other_bone(bone.name)) == bone.name
    assert MM == 0.001
