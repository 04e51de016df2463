"""Hair, brows and lashes grown on a plain head."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatar.errors import ConfigError
from avatar.modelling.ao import sphere_directions
from avatar.modelling.groom import STYLES, grow, measure
from avatar.modelling.groom.brows import Brow, _brow_picture
from avatar.modelling.groom.cropped import fade
from avatar.modelling.groom.curves import bearing_of, polar, spline
from avatar.modelling.groom.lashes import Lashes, _lash_picture
from avatar.modelling.groom.look import Look, read_look, read_numbers
from avatar.modelling.groom.sheet import Cards, Guides, Shell, cards, joined, sampled, shell
from avatar.modelling.groom.styles import Layer
from avatar.modelling.groom.texture import COLUMN, SOLID, TILES, Dye, strand_picture
from avatar.pose import HumanBone

RADIUS = 0.1


def ball(radius: float = RADIUS, rows: int = 48):
    """A sphere about the origin: positions and triangles."""
    latitude, longitude = np.meshgrid(
        np.linspace(-89, 89, rows), np.linspace(-180, 180, 2 * rows), indexing="ij"
    )
    a, e = np.radians(longitude), np.radians(latitude)
    position = radius * np.stack([np.cos(e) * np.sin(a), np.sin(e), np.cos(e) * np.cos(a)], -1)
    i, j = np.meshgrid(np.arange(rows - 1), np.arange(2 * rows - 1), indexing="ij")
    k = (i * 2 * rows + j).ravel()
    quads = np.stack([k, k + 1, k + 2 * rows + 1, k + 2 * rows], -1)
    return position.reshape(-1, 3), np.concatenate([quads[:, :3], quads[:, [0, 2, 3]]])


@pytest.fixture(scope="module", params=[True, False], ids=["woman", "man"])
def head(request):
    position, triangles = ball()
    eyes = np.array([0.0, -0.007, 0.085])
    ear = np.zeros(len(position), np.bool_)
    return measure(position, triangles, ear, eyes, female=request.param)


@pytest.fixture(scope="module")
def cover():
    """Points of a body below the head."""
    return np.random.default_rng(3).uniform([-0.2, -0.6, -0.1], [0.2, -0.2, 0.1], (5000, 3))


def test_a_head_knows_how_far_its_skin_is(head):
    way = sphere_directions(200)
    inside = way * 0.9 * RADIUS
    away = head.on_skin(way) - head.centre
    np.testing.assert_allclose(np.linalg.norm(head.on_skin(way), axis=1), RADIUS, atol=0.004)
    assert np.all(np.linalg.norm(away, axis=1) > 0.05)
    assert np.all(np.linalg.norm(inside - head.centre, axis=1) < 0.15)


def test_the_hair_line_is_where_hair_begins(head):
    azimuth = np.linspace(-170, 170, 35)
    line = head.on_skin(head.hair_line(azimuth))
    np.testing.assert_allclose(line[:, 1] - head.eye_y, head.edge(azimuth), atol=0.003)
    above = head.on_skin(head.hair_line(azimuth, 0.02))
    below = head.on_skin(head.hair_line(azimuth, -0.02))
    assert np.all(head.height(above) > 0.01)
    assert np.all(head.height(below) < -0.01)


@pytest.mark.parametrize("style", sorted(STYLES))
def test_every_style_covers_the_scalp_within_its_budget(head, cover, style):
    look = {"fringe": 1.0, "sheer": 0.5, "curtain": 1.0, "flyaway": 2.0, "wave": 0.5}
    hair = grow(replace(head, cover=cover), {"style": style, **look})
    triangles = sum(len(part.triangles) for part in hair.parts)
    assert 1500 < triangles <= 10_000
    joints = len(HumanBone) + sum(len(chain.points) for chain in hair.chains)
    for part in hair.parts:
        assert part.weight.shape == (len(part.position), joints)
        np.testing.assert_allclose(part.weight.sum(axis=1), 1, atol=1e-9)
        np.testing.assert_allclose(np.linalg.norm(part.normal, axis=1), 1, atol=1e-6)
        assert np.isfinite(part.position).all()
        assert part.uv.min() >= 0 and part.uv.max() <= 1
        assert part.material in hair.materials
    assert holes(head, np.concatenate([corners(part) for part in hair.parts])) < 0.02


def corners(part):
    return part.position[part.triangles]


def holes(head, triangles) -> float:
    """Share of directions over the scalp in which no triangle lies over the skin."""
    way = sphere_directions(500)
    scalp = head.height(head.on_skin(way)) > 0.012
    way = way[scalp]
    a, b, c = (triangles[:, k] - head.centre for k in range(3))
    missed = 0
    for ray in way:
        p = np.cross(ray, c - a)
        det = ((b - a) * p).sum(axis=1)
        safe = np.where(np.abs(det) < 1e-15, 1e-15, det)
        u = (-a * p).sum(axis=1) / safe
        q = np.cross(-a, b - a)
        v = (q @ ray) / safe
        t = (q * (c - a)).sum(axis=1) / safe
        hit = (u >= -1e-3) & (v >= -1e-3) & (u + v <= 1.001) & (t > 0.05) & (np.abs(det) > 1e-15)
        missed += not hit.any()
    return missed / len(way)


def test_long_hair_swings_and_short_hair_does_not(head, cover):
    whole = replace(head, cover=cover)
    for style, groom in ((name, make(whole, Look())) for name, make in STYLES.items()):
        swings = style in ("bob", "long", "ponytail", "twintails")
        assert bool(groom.chains) is swings, style
        assert any(layer.swings for layer in groom.layers) is swings, style
    hair = grow(whole, {"style": "twintails"})
    assert sum(float(part.weight[:, len(HumanBone) :].sum()) for part in hair.parts) > 100


def points(head, style: str, look: Look):
    return np.concatenate([layer.mesh.position for layer in STYLES[style](head, look).layers])


def test_the_look_changes_the_hair(head):
    flat, full = (points(head, "bob", Look(volume=v)) for v in (0.6, 1.6))
    assert np.ptp(full[:, 0]) > np.ptp(flat[:, 0]) + 0.004
    plain, fringed = (points(head, "bob", Look(fringe=f)) for f in (0.0, 1.0))
    assert (fringed[:, 2] > 0.095).sum() > (plain[:, 2] > 0.095).sum()


def test_a_curtain_leaves_the_eyes_free_and_covers_the_temples(head):
    if not head.female:
        return
    plain, swept = (points(head, "bob", Look(curtain=c)) for c in (0.0, 1.0))
    for side in (1, -1):
        at = swept - head.centre
        azimuth = side * np.degrees(np.arctan2(at[:, 0], at[:, 2]))
        level = np.abs(swept[:, 1] - head.eye_y) < 0.006
        assert not np.any(level & (azimuth > -5) & (azimuth < 32))
    forehead = [
        np.sum((p[:, 2] > 0.06) & (np.abs(p[:, 1] - head.eye_y - 0.03) < 0.015))
        for p in (plain, swept)
    ]
    assert forehead[1] > forehead[0] + 20


def test_a_sheer_fringe_shows_the_forehead(head):
    closed, sheer = (
        grow(head, {"style": "bob", "fringe": 1.0, "sheer": amount}) for amount in (0.0, 1.0)
    )
    size = [sum(len(part.triangles) for part in hair.parts) for hair in (closed, sheer)]
    assert size[1] < size[0]


def test_roots_darken_the_scalp_and_fade_at_the_hair_line(head):
    azimuth = np.linspace(-60, 60, 200)
    deep, edge, bare = (
        head.tint(head.on_skin(head.hair_line(azimuth, inside))) for inside in (0.03, 0.003, -0.02)
    )
    assert deep.min() > 0.9
    assert bare.max() < 0.05
    assert 0.05 < edge.mean() < 0.75 and edge.std() > 0.05


def test_short_pieces_show_one_tile_of_their_column():
    mesh = cards(flat_sheet(), Cards(20, 0.01, ("baby",)))
    v = mesh.uv[:, 1].reshape(20, -1)
    assert np.all(np.ptp(v, axis=1) <= 1 / TILES["baby"] + 1e-9)
    assert len(np.unique(v.min(axis=1).round(6))) > 3


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ({"style": "mohawk"}, "hair.style"),
        ({}, "hair.style"),
        ({"style": "bob", "lenght": 0.1}, "did you mean length"),
        ({"style": "bob", "length": 9}, "hair.length"),
        ({"style": "bob", "volume": "big"}, "hair.volume"),
        ({"style": "bob", "volume": True}, "hair.volume"),
        ({"style": "bob", "root": [0.1, 0.2]}, "hair.root"),
        ({"style": "bob", "tip": [0.1, 0.2, 7]}, "hair.tip"),
    ],
)
def test_bad_tables_name_the_key(table, key):
    with pytest.raises(ConfigError, match=key):
        read_look(table, STYLES)


def test_bad_brows_name_the_key():
    with pytest.raises(ConfigError, match=r"brows\.arch"):
        read_numbers("brows", {"arch": 3.0}, {"arch": (0.0, 1.0)})
    with pytest.raises(ConfigError, match="did you mean arch"):
        read_numbers("brows", {"arhc": 0.3}, {"arch": (0.0, 1.0)})


def flat_sheet() -> Guides:
    """Guides hanging side by side, 0.2 m wide and 0.3 m long."""
    x, y = np.meshgrid(np.linspace(0, 0.2, 9), np.linspace(0, -0.3, 20), indexing="ij")
    path = np.stack([x, y, np.zeros_like(x)], -1)
    return Guides(path, np.broadcast_to([0.0, 0, 1], path.shape))


def test_a_shell_is_closed_and_solid_inside():
    mesh = shell(flat_sheet(), Shell(points=21, ridge=0.0))
    corner = mesh.position[mesh.triangles]
    area = np.linalg.norm(
        np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]), axis=1
    )
    assert area.sum() / 2 == pytest.approx(0.06, rel=1e-3)
    assert mesh.normal[:, 2].min() > 0.99
    v = mesh.uv[mesh.triangles[mesh.solid]][..., 1]
    assert mesh.solid.any() and v.min() >= SOLID[0] and v.max() <= SOLID[1]
    alpha = strand_picture(Dye(np.full(3, 0.02), np.full(3, 0.03)))[..., 3]
    for name in ("dense", "dense2"):
        left, right = (round(u * alpha.shape[1]) for u in COLUMN[name])
        low, high = (round(v * alpha.shape[0]) for v in SOLID)
        assert alpha[low:high, left:right].min() > 140


def test_cards_lie_on_their_sheet():
    look = Cards(12, 0.01, ("lock",), lift=(0.0, 0.004), wander=0.0)
    mesh = cards(flat_sheet(), look)
    assert len(mesh.triangles) == 12 * 2 * (look.points - 1)
    assert not mesh.solid.any()
    assert mesh.position[:, 2].min() >= 0
    assert mesh.position[:, 2].max() < 0.006
    assert mesh.position[:, 0].min() > -0.01 and mesh.position[:, 0].max() < 0.21
    left, right = COLUMN["lock"]
    assert {round(u, 6) for u in mesh.uv[:, 0]} == {round(left, 6), round(right, 6)}


def test_cards_that_begin_late_end_in_a_taper_at_the_end_of_their_sheet():
    look = Cards(12, 0.01, ("tuft",), start=(0.6, 0.9), length=(0.5, 0.5), wander=0.0)
    edge = cards(flat_sheet(), look).position.reshape(12, 2, look.points, 3)
    steps = np.linalg.norm(np.diff(edge[:, 0], axis=1), axis=2)
    assert steps.min() > 0.5 * steps.max(axis=1).min()


def test_clipped_hair_lies_over_the_hair_line_and_on_the_skin(head):
    path = fade(head, 1.0).path
    above = head.height(path.reshape(-1, 3)).reshape(path.shape[:2])
    assert above[:, 0].min() > 0 > above[:, -1].max() - 0.006
    off = np.linalg.norm(path - head.centre, axis=2) - head.radius(path - head.centre)
    assert off.min() > 0 and off.max() < 0.004


def test_layers_join_with_labels_of_their_own():
    mesh = shell(flat_sheet(), Shell())
    both = joined([Layer(mesh).mesh, mesh])
    assert len(both.position) == 2 * len(mesh.position)
    assert both.triangles.max() == len(both.position) - 1
    assert both.strand.max() == 2 * mesh.strand.max() + 1


def test_grids_are_sampled_in_between():
    grid = np.arange(6.0).reshape(2, 3, 1)
    found = sampled(grid, np.array([0.5, 0.0]), np.array([0.5, 1.0]))
    np.testing.assert_allclose(found[:, 0], [2.5, 2.0], atol=1e-3)


def test_strands_thin_towards_their_tips():
    alpha = strand_picture(Dye(np.full(3, 0.02), np.full(3, 0.04)))[..., 3].astype(float)
    assert alpha[300:500].mean() > 1.5 * alpha[-60:].mean()
    assert alpha[0].mean() < 0.2 * alpha[300].mean()


def test_directions_round_a_pole():
    pole = np.array([0.0, 0.6, -0.8])
    bearing, away = np.array([0.3, -2.0]), np.array([0.5, 1.2])
    found = bearing_of(pole, polar(pole, bearing, away))
    np.testing.assert_allclose(found, (bearing, away), atol=1e-9)


def test_splines_pass_through_their_points():
    points = np.array([[[0.0, 0, 0], [1, 1, 0], [2, 0, 0], [3, 2, 1]]])
    curve = spline(points, 400)
    for point in points[0]:
        assert np.linalg.norm(curve[0] - point, axis=1).min() < 0.02


def test_drawn_face_hair_is_soft_and_tapered():
    brow = _brow_picture(Brow()).astype(float)
    assert brow[[0, -1]].max() == 0
    assert (brow > 120).mean() > 0.02
    height = (brow > 60).sum(axis=0)
    assert height[100:300].mean() > 2 * height[-40:].mean()
    assert brow[:, :60].max(axis=0).mean() < 0.9 * brow[:, 150:300].max(axis=0).mean()
    lash = _lash_picture().astype(float)
    assert lash[5:40].mean() > 2 * lash[-30:].mean()
    assert Lashes().upper > Lashes().lower
