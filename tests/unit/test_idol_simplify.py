"""Thinning of the stylised figure's meshes."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.modelling.idol.drawn import strip
from avatar.modelling.idol.simplify import simplified
from avatar.modelling.mesh import face_normals, vertex_normals


def sheet(count: int, bulge: float):
    """A square of 0.1 m that bulges by ``bulge`` m; positions, normals, weights, triangles."""
    s = np.linspace(-0.05, 0.05, count)
    x, y = (a.ravel() for a in np.meshgrid(s, s, indexing="ij"))
    z = bulge * (1 - (x / 0.05) ** 2) * (1 - (y / 0.05) ** 2)
    position, triangles = np.column_stack([x, y, z]), strip(count, count)
    normal = vertex_normals(position, triangles)
    return position, normal, np.ones((len(position), 1)), triangles


def test_a_flat_sheet_keeps_its_outline_with_hardly_a_triangle():
    position, normal, weight, triangles = sheet(17, 0.0)
    kept, thin = simplified(position, normal, weight, triangles, 1e-4)
    assert len(thin) <= 8
    area = np.linalg.norm(face_normals(position[kept], thin), axis=1).sum() / 2
    assert area == pytest.approx(0.01, rel=1e-6)


@pytest.mark.parametrize("error", [1e-4, 4e-4])
def test_a_bulge_stays_within_the_error(error):
    position, normal, weight, triangles = sheet(33, 0.02)
    kept, thin = simplified(position, normal, weight, triangles, error)
    assert len(thin) < 0.6 * len(triangles)
    assert (np.sum(normal[kept][thin[:, 0]] * face_normals(position[kept], thin), axis=1) > 0).all()
    x, y, z = position[kept][thin].mean(axis=1).T
    true = 0.02 * (1 - (x / 0.05) ** 2) * (1 - (y / 0.05) ** 2)
    assert np.abs(z - true).max() < 4 * error


def test_more_error_leaves_fewer_triangles():
    position, normal, weight, triangles = sheet(33, 0.02)
    counts = [len(simplified(position, normal, weight, triangles, e)[1]) for e in (0.0, 1e-4, 5e-4)]
    assert counts[0] == len(triangles) > counts[1] > counts[2]


def test_vertices_stay_where_the_binding_changes():
    position, normal, _, triangles = sheet(17, 0.0)
    share = (position[:, 0] > 0.0).astype(float)
    weight = np.column_stack([share, 1 - share])
    kept, thin = simplified(position, normal, weight, triangles, 2e-4)
    mixed = np.ptp(share[kept][thin], axis=1) > 0
    assert np.abs(position[kept][thin][mixed][..., 0]).max() < 0.01


def test_a_closed_surface_stays_closed():
    turn, rows = 24, 13
    polar = np.linspace(0.05, np.pi - 0.05, rows)
    around = 2 * np.pi * np.arange(turn) / turn
    ring = np.stack([
        np.cos(around)[:, None] * np.sin(polar), np.broadcast_to(np.cos(polar), (turn, rows)),
        np.sin(around)[:, None] * np.sin(polar),
    ], -1)  # fmt: skip
    position, triangles = 0.1 * ring.reshape(-1, 3), strip(turn, rows, closed=True)
    normal = vertex_normals(position, triangles)
    kept, thin = simplified(position, normal, np.ones((len(position), 1)), triangles, 5e-4)
    edges, times = np.unique(
        np.sort(thin[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1), axis=0, return_counts=True
    )
    assert times.max() == 2
    rim = position[kept][np.unique(edges[times == 1])]
    np.testing.assert_allclose(np.abs(rim[:, 1]), 0.1 * np.cos(0.05), atol=1e-9)
