"""The face's painters: distances from the lids and lips, zones, pores, the layout's stretch."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.modelling import complexion, relief
from avatar.modelling.complexion import Ground, Landmarks
from avatar.modelling.eye import FLESH_UV, caruncle_mesh, eye_texture
from avatar.modelling.margins import FAR, LidDistance, lid_distance, lid_rims, line_distance
from avatar.modelling.skin import _STRETCH, _mapped, _Place

MARKS = Landmarks(
    np.array([0.27, 6.1, 1.1]), np.array([-0.27, 6.1, 1.1]), np.array([0, 5.8, 1.47]),
    np.array([0, 5.6, 1.27]),
)  # fmt: skip
LOOK = {"tint": [0.56, 0.325, 0.24], "blush": 0.8, "pores": 0.8, "lip_red": 0.5,
        "lip": [0.4, 0.12, 0.13]}  # fmt: skip


def lid_loop() -> np.ndarray:
    """An almond in the plane z = 1.2: 0.2 wide, 0.1 high."""
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    x, y = 0.27 + 0.1 * np.cos(angle), 6.1 + 0.05 * np.sin(angle)
    return np.column_stack([x, y, np.full(24, 1.2)])


def ground(position: np.ndarray, **own) -> Ground:
    count = len(position)
    zero = np.zeros(count)
    far = np.full(count, FAR)
    parts = {
        "position": position, "marks": MARKS, "lids": LidDistance(far, far, zero, zero),
        "seam": far, "lips": zero, "pits": zero, "fine": np.ones(count),
        "mask": dict.fromkeys(("ears", "eyelids", "fingernails"), zero),
    }  # fmt: skip
    return Ground(**{**parts, **own})


def test_lids_are_measured_from_their_rims_on_both_sides_of_the_face():
    rims = lid_rims(lid_loop())
    at = np.array([[0.27, 6.18, 1.2], [-0.27, 6.18, 1.2], [0.27, 6.03, 1.2], [0.27, 7.0, 1.2]])
    lids = lid_distance(rims, at)
    assert lids.upper[:2] == pytest.approx([0.03, 0.03], abs=2e-3)
    assert lids.along[:2] == pytest.approx([0.5, 0.5], abs=0.03)
    assert lids.above.tolist() == [1, 1, 0, 0]
    assert lids.lower[2] == pytest.approx(0.02, abs=2e-3)
    assert (lids.upper[3], lids.lower[3]) == (FAR, FAR)


def test_rims_run_from_the_inner_to_the_outer_corner():
    upper, lower = lid_rims(lid_loop())
    for rim in (upper, lower):
        assert rim.points[0, 0] == pytest.approx(0.17) and rim.points[-1, 0] == pytest.approx(0.37)
        assert (np.diff(rim.points[:, 0]) > 0).all()
    assert upper.points[36, 1] > 6.1 > lower.points[36, 1]


def test_distance_from_a_line_is_far_out_of_reach():
    line = np.array([[0.0, 0, 0], [0.1, 0, 0]])
    found = line_distance(line, np.array([[0.0, 0.05, 0], [0.1, 0, 0.02], [0, 3.0, 0]]))
    assert found == pytest.approx([0.05, 0.02, FAR])


def test_the_face_is_larger_in_the_layout_and_comes_back_where_it_was():
    corners = np.random.default_rng(3).random((200, 2)) * [0.35, 0.67] + [0.1, 0.2]
    place = _Place.of("head", corners)
    assert place.back(place.forward(corners)) == pytest.approx(corners, abs=1e-9)
    for knots, values in _STRETCH:
        middle = np.array([0.5, 0.52])
        grown = np.diff(_mapped(middle, knots, values)) / np.diff(middle)
        assert grown[0] > 1.3


def test_cheeks_are_redder_than_the_forehead_and_lips_redder_than_cheeks():
    rng = np.random.default_rng(1)
    cheek = np.array([0.42, 5.9, 1.05]) + 0.02 * rng.standard_normal((400, 3))
    brow = np.array([0.0, 6.65, 1.2]) + 0.02 * rng.standard_normal((400, 3))
    lip = np.array([0.0, 5.5, 1.3]) + 0.01 * rng.standard_normal((400, 3))

    def redness(colour: np.ndarray) -> float:
        return float((colour[:, 0] / colour[:, 1]).mean())

    on_cheek = complexion.paint(ground(cheek), LOOK)
    on_brow = complexion.paint(ground(brow), LOOK)
    on_lip = complexion.paint(ground(lip, lips=np.ones(400), seam=np.full(400, 0.03)), LOOK)
    assert redness(on_lip) > redness(on_cheek) > redness(on_brow)
    assert on_cheek.std(axis=0).min() > 0.002  # never one flat colour
    assert ((on_lip > 0) & (on_lip < 1)).all()


def test_a_shaved_beard_darkens_the_chin_alone():
    at = np.array([[0.0, 5.3, 1.15], [0.0, 6.65, 1.2]])
    plain = complexion.paint(ground(at), LOOK)
    shaved = complexion.paint(ground(at), LOOK | {"beard": 1.0})
    assert (shaved[0] < 0.9 * plain[0]).all()
    assert shaved[1] == pytest.approx(plain[1])


def test_make_up_changes_only_its_place():
    at = np.array([[0.45, 5.95, 1.0], [0.0, 6.65, 1.2]])
    made = {"makeup": {"blush": (0.8, 0.1, 0.1), "blush_strength": 1.0}}
    plain, painted = (complexion.paint(ground(at), LOOK | extra) for extra in ({}, made))
    assert painted[0, 0] / painted[0, 1] > 1.1 * plain[0, 0] / plain[0, 1]
    assert painted[1] == pytest.approx(plain[1], rel=0.02)


def test_relief_keeps_to_what_the_layout_can_hold():
    at = np.random.default_rng(2).random((3000, 3)) * 0.2 + [0.3, 5.8, 1.0]
    pits = relief.pores(at, MARKS)
    assert 0 <= pits.min() < 0.05 and 0.3 < pits.max() <= 1
    rough = relief.heights(ground(at, pits=pits), LOOK)
    flat = relief.heights(ground(at, pits=pits, fine=np.zeros(3000)), LOOK)
    assert np.std(rough) > 1e-4 and np.std(flat) < 1e-9


def test_wet_rims_are_smoother_than_skin_and_ears_let_light_through():
    at = np.array([[0.27, 6.02, 1.2], [0.27, 5.9, 1.2]])
    lids = lid_distance(lid_rims(lid_loop()), np.array([[0.27, 6.05, 1.2], [0.27, 5.9, 1.2]]))
    rough = relief.roughness(ground(at, lids=lids))
    assert rough[0] < 0.3 < rough[1]
    mask = {"ears": np.array([1.0, 0.0]), "eyelids": np.zeros(2), "fingernails": np.zeros(2)}
    thin = relief.thinness(ground(at, mask=mask))
    assert thin[0] > 0.4 > 0.3 > thin[1]


def test_the_corner_of_the_eye_is_a_closed_ball_of_pink_flesh():
    position, normal, uv, faces = caruncle_mesh(np.array([0.016, 1.5, 0.12]), -1.0, 0.002)
    centre = position.mean(axis=0)
    assert np.linalg.norm(normal, axis=1) == pytest.approx(np.ones(len(normal)))
    assert ((position - centre) * normal).sum(axis=1).min() > 0
    assert centre[0] > 0.016 and faces.max() < len(position)
    picture = eye_texture(128, (0.1, 0.05, 0.02), (0.04, 0.02, 0.01), 0.4)
    row, column = (uv * 128).astype(int).T
    flesh = picture[row, column]
    assert (flesh[:, 0] > 2 * flesh[:, 1]).all()
    assert abs(uv - FLESH_UV).max() < FLESH_UV
