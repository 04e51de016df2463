"""Regions: every triangle is drawn with the vertices it needs, whatever is visible."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from avatar.math3d import look_at, perspective
from avatar.pose import HumanBone
from avatar.render.region import (
    ARMS,
    HANDS,
    LOWER,
    SHARED,
    UPPER,
    Run,
    arrange,
    joined,
    merged,
    region_of,
    visible_regions,
)


def test_bones_have_their_region():
    assert region_of(HumanBone.head) == UPPER
    assert region_of(HumanBone.leftUpperArm) == ARMS
    assert region_of(HumanBone.rightIndexDistal) == HANDS
    assert region_of(HumanBone.leftToes) == LOWER


@given(st.integers(3, 40), st.integers(0, 60), st.integers(0, 2**32 - 1))
def test_visible_triangles_have_all_their_vertices(vertices, triangles, seed):
    rng = np.random.default_rng(seed)
    region = rng.integers(0, 4, vertices).astype(np.int8)
    faces = rng.integers(0, vertices, (triangles, 3)).astype(np.uint32)
    moves = rng.random(vertices) < 0.3
    layout = arrange(region, faces, moves)
    assert sorted(layout.order) == list(range(vertices))
    assert moves[layout.order][: layout.moved].all()
    back = layout.order[layout.triangles].reshape(-1, 3)
    assert sorted(map(tuple, back)) == sorted(map(tuple, faces.astype(np.int64)))
    for visible in (frozenset({0}), frozenset({1, 3}), frozenset({0, 1, 2, 3})):
        ready = set(range(layout.moved))
        for first, count in joined(layout.vertex_runs, visible):
            ready |= set(range(first, first + count))
        flat = layout.triangles.ravel()
        for first, count in joined(layout.triangle_runs, visible):
            assert set(flat[first : first + count].tolist()) <= ready


def test_shared_runs_are_always_there_and_neighbours_join():
    runs = (Run(SHARED, 0, 3), Run(UPPER, 3, 5), Run(HANDS, 8, 2), Run(LOWER, 10, 4))
    assert joined(runs, frozenset({UPPER})) == [(0, 8)]
    assert joined(runs, frozenset({LOWER})) == [(0, 3), (10, 4)]
    assert merged([(0, 2), (2, 2), (5, 1)]) == [(0, 4), (5, 1)]


def test_what_is_out_of_the_picture_is_not_visible():
    matrix = perspective(0.4, 1.0, 0.1, 50) @ look_at((0, 1.5, 2), (0, 1.5, 0))
    centre = np.array([[0, 1.5, 0], [0, 0.2, 0], [0, 1.0, 0]], np.float32)
    region = np.array([UPPER, LOWER, HANDS], np.int8)
    small, large = np.full(3, 0.05, np.float32), np.full(3, 0.2, np.float32)
    assert visible_regions(centre, small, region, matrix) == {UPPER}
    assert visible_regions(centre, large, region, matrix) == {UPPER, HANDS}
