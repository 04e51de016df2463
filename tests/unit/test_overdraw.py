"""Triangles in clusters, sorted front to back."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from avatar.render.overdraw import BLOCK, clustered, has_turned
from avatar.render.region import Run


def strips(many: int, long: int) -> tuple[np.ndarray, np.ndarray]:
    """Separate strips of triangles, one behind the other along -z, shuffled."""
    at = np.arange(many * (long + 2)).reshape(many, -1)
    triangles = np.stack([at[:, :-2], at[:, 1:-1], at[:, 2:]], -1).reshape(-1, 3)
    position = np.zeros((at.size, 3), np.float32)
    position[:, 2] = -np.repeat(np.arange(many), long + 2)
    order = np.random.default_rng(0).permutation(len(triangles))
    return triangles[order].astype(np.uint32), position


def as_set(triangles: np.ndarray) -> set[tuple[int, ...]]:
    return {tuple(t) for t in triangles.tolist()}


@given(many=st.integers(1, 9), long=st.integers(1, 90), share=st.floats(0, 1))
def test_clusters_hold_every_triangle_once_and_keep_to_their_runs(many, long, share):
    triangles, position = strips(many, long)
    cut = int(share * len(triangles))
    runs = (Run(0, 0, 3 * cut), Run(1, 3 * cut, 3 * (len(triangles) - cut)))
    found, clusters = clustered(triangles, runs, position, np.zeros(len(position), int))
    sizes = [cut, len(triangles) - cut]
    for number, begin, size in zip(range(2), (0, cut), sizes, strict=True):
        assert as_set(found[begin : begin + size]) == as_set(triangles[begin : begin + size])
        assert clusters.count[clusters.run == number].sum() == size
    assert clusters.count.max() <= BLOCK
    order = clusters.front_to_back(np.eye(4, dtype=np.float32)[None], np.float32([0, 0, -1]))
    assert sorted(order) == list(range(len(triangles)))
    assert set(order[:cut]) == set(range(cut))


def test_what_is_nearest_comes_first_as_seen_and_as_posed():
    triangles, position = strips(5, 10)
    runs = (Run(0, 0, triangles.size),)
    found, clusters = clustered(triangles, runs, position, np.zeros(len(position), int))
    rest = np.eye(4, dtype=np.float32)[None]
    turned = rest.copy()
    turned[0, 2, 2] = -1
    for palette, axis in ((rest, [0, 0, -1]), (turned, [0, 0, 1])):
        order = clusters.front_to_back(palette, np.float32(axis))
        depth = -position[found[order][:, 0], 2]
        assert (np.diff(depth) >= 0).all()


def test_nothing_to_draw_is_sorted_as_well():
    none = np.zeros((0, 3), np.uint32)
    found, clusters = clustered(none, (), np.zeros((0, 3), np.float32), np.zeros(0, int))
    assert len(found) == len(clusters.first) == 0
    assert len(clusters.front_to_back(np.zeros((0, 4, 4)), np.float32([0, 0, 1]))) == 0


def test_an_order_is_stale_once_the_view_has_turned_or_was_never_sorted():
    ahead = np.float32([[0, 0, 1]] * 3)
    aside = np.float32([[0, 0, 1], [np.sin(0.4), 0, np.cos(0.4)], [0, 0, 0]])
    assert has_turned(ahead, aside).tolist() == [False, True, True]
