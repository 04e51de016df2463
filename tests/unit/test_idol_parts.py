"""Hair, cloth, pictures and the recipe table of a stylised figure."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.errors import ConfigError
from avatar.modelling.idol import face, hair, paint
from avatar.modelling.idol.bow import bow
from avatar.modelling.idol.cloth import Fabric, Rings, clipped, lifted
from avatar.modelling.idol.locks import CENTRE, Lock, lock_mesh, on_skull, spline
from avatar.modelling.idol.look import DEFAULTS, read_look
from avatar.modelling.idol.materials import materials
from avatar.pose import HumanBone


def square(count: int = 9) -> Fabric:
    """A flat patch of 1 m, subdivided."""
    x, y = np.meshgrid(np.linspace(0, 1, count), np.linspace(0, 1, count), indexing="ij")
    points = np.column_stack([x.ravel(), y.ravel(), np.zeros(count * count)])
    a = (np.arange(count - 1)[:, None] * count + np.arange(count - 1)).ravel()
    triangles = np.concatenate([np.column_stack([a, a + count, a + 1]),
                                np.column_stack([a + 1, a + count, a + count + 1])])  # fmt: skip
    weight = np.zeros((len(points), len(HumanBone)))
    weight[:, HumanBone.hips], weight[:, HumanBone.spine] = 1 - x.ravel(), x.ravel()
    return Fabric(points, np.tile([0.0, 0, 1], (len(points), 1)), weight, triangles)


def area(fabric: Fabric) -> float:
    a, b, c = (fabric.position[fabric.triangles[:, k]] for k in range(3))
    return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2)


def test_cloth_is_cut_exactly_along_the_field():
    piece = clipped(square(), lambda on: 0.63 - on.position[:, 0] - 0.2 * on.position[:, 1])
    assert area(piece) == pytest.approx(0.53, abs=1e-9)
    edge = 0.63 - piece.position[:, 0] - 0.2 * piece.position[:, 1]
    assert edge.min() == pytest.approx(0, abs=1e-12)
    np.testing.assert_allclose(piece.weight.sum(axis=1), 1)
    np.testing.assert_allclose(piece.weight[:, HumanBone.spine], piece.position[:, 0], atol=1e-12)


def test_two_sides_of_a_cut_make_the_whole():
    whole = square()
    left = clipped(whole, lambda on: 0.4 - on.position[:, 1])
    right = clipped(whole, lambda on: on.position[:, 1] - 0.4)
    assert area(left) + area(right) == pytest.approx(1)


def test_cloth_lifts_along_its_normals():
    up = lifted(square(), 0.01)
    np.testing.assert_allclose(up.position[:, 2], 0.01)


def test_rings_close_with_a_running_picture():
    turn = 2 * np.pi * np.arange(12) / 12
    points = np.stack([np.column_stack([np.sin(turn), np.full(12, -k), np.cos(turn)])
                       for k in range(3)], axis=1)  # fmt: skip
    part = Rings(points).part("navy", np.ones((36, 1)), repeat=6)
    assert part.uv[:, 0].max() == pytest.approx(6)
    used = part.uv[part.triangles][:, :, 0]
    assert np.ptp(used, axis=1).max() == pytest.approx(0.5)


def test_locks_are_closed_round_and_point_outwards():
    path = np.array([on_skull(20, 60, 8), on_skull(18, 40, 12), on_skull(16, 20, 14)])
    points, normal, uv, triangles = lock_mesh(Lock(path, 24, 11))
    assert np.isfinite(points).all()
    assert np.isfinite(uv).all()
    np.testing.assert_allclose(np.linalg.norm(normal, axis=1), 1, atol=1e-9)
    pairs = np.sort(triangles[:, [0, 1]], axis=1)
    assert len(np.unique(pairs, axis=0)) == len(pairs)
    assert ((points - CENTRE) * normal).sum(axis=1).mean() > 0


def test_guides_pass_their_ends_and_have_more_points_where_they_bend():
    knots = np.array([[0.0, 0, 0], [20, 0, 0], [40, 0, 0], [44, 3, 0], [44, 8, 0]])
    for bend in (0.0, 2.0):
        path = spline(knots, 9, bend)
        np.testing.assert_allclose(path[[0, -1]], knots[[0, -1]], atol=1e-9)
    gaps = np.linalg.norm(np.diff(spline(knots, 30, 2.0), axis=0), axis=1)
    assert gaps[-6:].mean() < 0.6 * gaps[:6].mean()


@pytest.fixture(scope="module")
def hairdo():
    return hair.make_hair(face.make_head(), np.array([0, 1.3, 0.05]))


def test_hair_weights_sum_to_one_and_tails_hang_on_their_own_chains(hairdo):
    part, chains = hairdo.part, hairdo.chains
    np.testing.assert_allclose(part.weight.sum(axis=1), 1, atol=1e-9)
    assert (part.weight >= -1e-12).all()
    columns = len(HumanBone) + np.cumsum([0] + [len(c.points) for c in chains])
    for number, chain in enumerate(chains):
        bound = part.weight[:, columns[number] : columns[number + 1]].sum(axis=1) > 0.3
        side = np.sign(chain.points[-1, 0])
        assert bound.any()
        assert (part.position[bound, 0] * side > -0.005).all()
    tips = part.position[:, 1] < 1.0
    assert part.weight[tips, HumanBone.head].max() < 1e-6


def test_hair_covers_the_crown_and_leaves_the_face(hairdo):
    at = (hairdo.part.position - [0, 1.3, 0.05]) * 1000
    assert not ((np.abs(at[:, 0]) < 30) & (at[:, 1] < 80) & (at[:, 2] > 0)).any()
    for azimuth in range(0, 360, 20):
        a = np.radians(azimuth)
        way = np.array([np.sin(a) * 0.5, 0.866, np.cos(a) * 0.5])
        away = at - CENTRE
        along = away @ way / np.linalg.norm(away, axis=1)
        assert (along > np.cos(np.radians(9))).any()


def test_bows_are_symmetric_and_bound():
    weight = np.zeros(len(HumanBone))
    weight[HumanBone.head] = 1
    parts = bow(np.zeros(3), np.array([1.0, 0, 0]), np.array([0.0, 0, 1]), 0.1, weight)
    x = np.concatenate([part.position[:, 0] for part in parts])
    assert x.max() == pytest.approx(-x.min(), rel=0.05)
    assert all((part.weight.sum(axis=1) == 1).all() for part in parts)


def test_pictures_are_colours():
    for picture in (
        paint.skin(np.full(3, 0.8), np.array([0.9, 0.3, 0.3]), 64),
        paint.eye_white(np.ones(3), np.full(3, 0.5), 32),
        paint.iris(*(np.full(3, v) for v in (0.1, 0.3, 0.8, 0.02)), size=64),
        paint.hair(*(np.full(3, v) for v in (0.5, 0.6, 0.3, 0.9)), size=64),
    ):
        assert np.isfinite(picture).all()
        assert picture.min() >= -0.05
        assert picture.std() > 0.001
    np.testing.assert_allclose(paint.srgb("#ff0000"), [1, 0, 0])


def test_materials_are_toon_with_outlines_outside_eyes_and_mouth():
    made = materials(read_look({}, "test"))
    assert all(material.mtoon is not None for material in made.values())
    outlined = {name for name, m in made.items() if m.mtoon["outlineWidthMode"] != "none"}
    assert {"skin", "hair", "navy", "white", "skirt"} <= outlined
    assert not outlined & {"eyewhite", "iris", "glint", "lash", "brow", "mouth", "lipline"}
    for name in outlined:
        factors = made[name].mtoon
        assert max(factors["outlineColorFactor"]) < 0.5
        assert 0.0005 < factors["outlineWidthFactor"] < 0.0015


@pytest.mark.parametrize(
    ("table", "named"),
    [
        ({"skim": "#ffffff"}, "skin"),
        ({"skin": "pink"}, "idol.skin"),
        ({"mouth": ["#ffffff"]}, "idol.mouth"),
        ({"iris": {"deep": 3}}, "idol.iris.deep"),
        ({"iris": "#ffffff"}, "idol.iris"),
        ({"scale": 4.0}, "idol.scale"),
        ({"outfit": {"navy": ["#ffffff", "#fffff", "#ffffff"]}}, "idol.outfit.navy"),
    ],
)
def test_wrong_keys_are_named(table, named):
    with pytest.raises(ConfigError, match=named):
        read_look(table, "test")


def test_a_recipe_says_only_what_differs():
    look = read_look({"hair": {"tip": "#00ff00"}}, "test")
    assert look["hair"]["tip"] == "#00ff00"
    assert look["hair"]["root"] == DEFAULTS["hair"]["root"]
