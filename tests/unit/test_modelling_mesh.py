"""Meshes as linear maps, subdivision, rasterising and noise of the figure baker."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.modelling import ao
from avatar.modelling.eye import (
    IRIS_SINE,
    IRIS_UV,
    Eyeball,
    eye_texture,
    eyeball_mesh,
    fit_sphere,
    uv_radius,
)
from avatar.modelling.mesh import (
    LinearMap,
    Surface,
    islands,
    split_corners,
    subdivide,
    vertex_normals,
)
from avatar.modelling.noise import cell_noise, fbm, value_noise
from avatar.modelling.raster import bleed, rasterize, to_linear, to_srgb

CUBE = np.array([[x, y, z] for x in (-1.0, 1) for y in (-1.0, 1) for z in (-1.0, 1)])
CUBE_FACES = np.array(
    [[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]]
)


def edge_counts(triangles):
    edges = np.sort(
        np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    )
    return np.unique(edges, axis=0, return_counts=True)[1]


def cube_uv():
    return np.tile(np.array([[0.0, 0], [1, 0], [1, 1], [0, 1]]), (6, 1, 1))


def test_linear_maps_compose_like_matrices():
    inner = LinearMap.from_rows([{0: 0.5, 1: 0.5}, {2: 1.0}])
    outer = LinearMap.from_rows([{0: 2.0, 1: 1.0}, {1: -1.0}, {0: 1.0}])
    values = np.arange(9.0).reshape(3, 3)
    np.testing.assert_allclose(outer.after(inner)(values), outer(inner(values)))


def test_catmull_clark_of_a_cube():
    rules, triangles, _, face = subdivide(CUBE_FACES, cube_uv(), np.full(6, True), 8)
    position = rules(CUBE)
    assert len(position) == 8 + 12 + 6
    # a valence-3 corner: mean face point + 2 mean edge middles over 3, no weight of its own
    np.testing.assert_allclose(np.abs(position[:8]), 5 / 9)
    assert len(triangles) == 6 * 4 * 2
    assert np.all(edge_counts(triangles) == 2)
    assert sorted(set(face)) == list(range(6))


def test_partial_subdivision_leaves_no_crack():
    chosen = np.array([True, False, False, False, False, False])
    rules, triangles, _, _ = subdivide(CUBE_FACES, cube_uv(), chosen, 8)
    assert np.all(edge_counts(triangles) == 2)
    np.testing.assert_allclose(rules(CUBE)[:8], CUBE)


def test_subdivision_keeps_partitions_of_unity():
    rules, *_ = subdivide(CUBE_FACES, cube_uv(), np.array([1, 1, 0, 1, 0, 0], bool), 8)
    np.testing.assert_allclose(rules(np.ones((8, 1))), 1)


def test_repeated_corners_are_triangles():
    _, triangles, _, _ = subdivide(np.array([[0, 1, 2, 2]]), cube_uv()[:1], np.array([False]), 3)
    assert triangles.tolist() == [[0, 1, 2]]


def test_islands_and_seams():
    triangles = np.array([[0, 1, 2], [2, 1, 3], [4, 5, 6]])
    label = islands(triangles, 7)
    assert label[0] == label[1] != label[2]
    uv = np.zeros((2, 3, 2))
    uv[1] += 0.5
    surface = Surface(
        LinearMap.pick(np.arange(4)), np.zeros((4, 3)), triangles[:2], uv, np.array([0, 1])
    )
    vertex, coords, indices = split_corners(surface)
    assert len(vertex) == 6
    assert len(coords) == 6
    assert indices.shape == (2, 3)


def test_normals_of_a_cube_point_outwards():
    _, triangles, _, _ = subdivide(CUBE_FACES, cube_uv(), np.full(6, False), 8)
    normal = vertex_normals(CUBE, triangles)
    np.testing.assert_allclose(np.linalg.norm(normal, axis=1), 1)
    assert np.all(np.sum(normal * CUBE, axis=1) > 1.5)


def test_rasterised_triangle_interpolates_and_covers():
    uv = np.array([[[0.1, 0.1], [0.9, 0.1], [0.1, 0.9]]])
    texels = rasterize(uv, 64, grow=0.0)
    assert len(texels.row) == pytest.approx(0.32 * 64 * 64, rel=0.05)
    found = texels.gather_corners(uv)
    expected = (np.column_stack([texels.column, texels.row]) + 0.5) / 64
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_bleeding_fills_everything_and_keeps_the_covered():
    image, covered = np.zeros((8, 8, 1)), np.zeros((8, 8), bool)
    image[4, 4], covered[4, 4] = 3.0, True
    filled = bleed(image, covered, 2)
    assert filled[4, 4] == 3
    assert np.all(filled == 3)


def test_srgb_round_trip():
    codes = np.arange(256, dtype=np.uint8)
    np.testing.assert_array_equal(to_srgb(to_linear(codes)), codes)


def test_noise_is_in_range_and_repeats():
    at = np.stack(np.meshgrid(*[np.linspace(-3, 5, 14)] * 3), -1).reshape(-1, 3)
    for noise, low, high in ((value_noise, 0, 1), (cell_noise, 0, 1.74)):
        values = noise(at)
        assert values.min() >= low
        assert values.max() <= high
        assert values.std() > 0.1
        np.testing.assert_array_equal(values, noise(at))
    assert abs(fbm(at, 4).mean()) < 0.2


def test_sphere_fit_recovers_the_eye():
    directions = ao.sphere_directions(60)
    ball = fit_sphere(np.array([0.03, 1.5, 0.1]) + 0.0123 * directions[directions[:, 2] < 0.5])
    np.testing.assert_allclose(ball.centre, [0.03, 1.5, 0.1], atol=1e-9)
    assert ball.radius == pytest.approx(0.0123)


def test_eyeball_has_its_pupil_in_the_middle_of_the_picture():
    position, normal, uv, triangles = eyeball_mesh(Eyeball(np.zeros(3), 0.012))
    front = position[:, 2].argmax()
    np.testing.assert_allclose(uv[front], 0.5)
    assert np.abs(uv - 0.5).max() <= 0.5 + 1e-9
    assert float(uv_radius(np.arcsin(IRIS_SINE))) == pytest.approx(IRIS_UV)
    assert np.all(np.sum(normal * position, axis=1) > 0)
    faces = np.cross(
        position[triangles[:, 1]] - position[triangles[:, 0]],
        position[triangles[:, 2]] - position[triangles[:, 0]],
    )
    assert np.all(np.sum(faces * position[triangles].mean(axis=1), axis=1) > 0)


def test_painted_eye_is_dark_in_the_pupil_and_light_outside():
    picture = eye_texture(64, (0.11, 0.046, 0.021), (0.036, 0.016, 0.009), 0.38)
    assert picture[32, 32].max() < 0.01
    assert picture[32, 50].min() > 0.3


def test_occlusion_sees_a_lid():
    plane = np.array([[-1.0, 0, -1], [1, 0, -1], [1, 0, 1], [-1, 0, 1]])
    lid = plane * 0.6 + [0, 0.15, 0]
    quads = np.array([[0, 2, 1], [0, 3, 2]])
    points = np.concatenate([ao.surface_points(p, quads, 0.02)[0] for p in (plane, lid)])
    at = np.array([[0.0, 0, 0], [0.95, 0, 0.95]])
    covered, free = ao.occlusion(at, np.tile([[0.0, 1, 0]], (2, 1)), points, 0.05, 0.05)
    assert covered < 0.2
    assert free > 0.6
