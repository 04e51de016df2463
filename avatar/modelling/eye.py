"""Eyeballs: a sphere with a corneal bulge, and the painted eye that covers it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from avatar.modelling.noise import fbm, value_noise
from avatar.modelling.sources import Ints, Reals

IRIS_UV: Final = 0.2
"""Iris radius in texture coordinates around (0.5, 0.5)."""
FLESH_UV: Final = 0.03
"""Around (0.03, 0.03) the picture shows the flesh of the inner corner."""
IRIS_SINE: Final = 0.44
"""Sine of the angle from the eye's axis to the iris rim: 6 mm on a 13.7 mm eyeball."""
_BEND: Final = np.radians(42.0)
_BACK: Final = np.radians(118.0)
_RINGS: Final = 18
_SPOKES: Final = 24


@dataclass(frozen=True)
class Eyeball:
    """A fitted sphere, metres."""

    centre: Reals
    radius: float


def fit_sphere(points: Reals) -> Eyeball:
    """Least-squares sphere through points [N, 3]."""
    system = np.column_stack([2 * points, np.ones(len(points))])
    solution = np.linalg.lstsq(system, (points**2).sum(axis=1), rcond=None)[0]
    centre = solution[:3]
    return Eyeball(centre, float(np.sqrt(solution[3] + centre @ centre)))


def cornea_factor(angle: Reals) -> Reals:
    """Radius relative to the sphere at an angle (rad) from the axis: the cornea's 7 % bulge."""
    inside = np.clip(1 - (angle / np.radians(36.0)) ** 2, 0, 1)
    return 1 + 0.07 * inside**1.5


def uv_radius(angle: Reals) -> Reals:
    """Texture radius at an angle: a front view up to 42 deg, then wrapped evenly to the back."""
    front = IRIS_UV / IRIS_SINE * np.sin(np.minimum(angle, _BEND))
    rest = (0.5 - IRIS_UV / IRIS_SINE * np.sin(_BEND)) / (_BACK - _BEND)
    return front + np.maximum(angle - _BEND, 0) * rest


def eyeball_mesh(ball: Eyeball) -> tuple[Reals, Reals, Reals, Ints]:
    """Positions, normals, uv (v down) and triangles of an eye that looks along +Z."""
    angles = _BACK * (np.arange(_RINGS + 1) / _RINGS) ** 1.15
    turn = 2 * np.pi * np.arange(_SPOKES + 1) / _SPOKES
    angle, phi = (a.ravel() for a in np.meshgrid(angles, turn, indexing="ij"))
    outward = np.column_stack(
        [np.sin(angle) * np.cos(phi), np.sin(angle) * np.sin(phi), np.cos(angle)]
    )
    position = ball.centre + outward * (ball.radius * cornea_factor(angle))[:, None]
    radius = uv_radius(angle)
    uv = 0.5 + np.column_stack([radius * np.cos(phi), -radius * np.sin(phi)])
    step = 1e-4
    slope = (cornea_factor(angle + step) - cornea_factor(angle - step)) / (2 * step)
    along = np.column_stack(
        [np.cos(angle) * np.cos(phi), np.cos(angle) * np.sin(phi), -np.sin(angle)]
    )
    normal = outward - along * (slope / cornea_factor(angle))[:, None]
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    ring, spoke = (a.ravel() for a in np.meshgrid(np.arange(_RINGS), np.arange(_SPOKES)))
    a = ring * (_SPOKES + 1) + spoke
    b = a + _SPOKES + 1
    quads = np.concatenate([np.column_stack([a, b, b + 1]), np.column_stack([a, b + 1, a + 1])])
    real = quads[~((quads[:, 0] <= _SPOKES) & (quads[:, 2] <= _SPOKES))]
    return position, normal, uv, real


def caruncle_mesh(corner: Reals, inwards: float, size: float) -> tuple[Reals, Reals, Reals, Ints]:
    """The pink flesh in the eye's inner corner at ``corner`` (m): half an ellipsoid of ``size`` m
    that leans towards the nose (``inwards`` is the sign of x there)."""
    u, v = (a.ravel() for a in np.meshgrid(np.linspace(0, np.pi, 7), np.linspace(0, 2 * np.pi, 9)))
    out = np.column_stack([np.sin(u) * np.cos(v), np.sin(u) * np.sin(v), np.cos(u)])
    scale = np.array([1.25, 0.85, 0.9]) * size
    position = corner + out * scale - np.array([inwards * 0.35, 0.05, 0.55]) * size
    normal = out / scale
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    row, column = (a.ravel() for a in np.meshgrid(np.arange(8), np.arange(6)))
    a = row * 7 + column
    b = a + 7
    faces = np.concatenate([np.column_stack([a, a + 1, b + 1]), np.column_stack([a, b + 1, b])])
    return position, normal, FLESH_UV + 0.01 * out[:, :2], faces


def eye_texture(
    size: int, inner: tuple[float, float, float], outer: tuple[float, float, float], pupil: float
) -> Reals:
    """A painted eye, linear RGB float64[size, size, 3]: iris colours ``inner`` (round the pupil)
    and ``outer`` (at the rim), ``pupil`` as a fraction of the iris radius."""
    y, x = (np.mgrid[0:size, 0:size] + 0.5) / size - 0.5
    radius, phi = np.hypot(x, y) / IRIS_UV, np.arctan2(y, x)
    colour = _sclera(x, y, radius, phi)
    iris = _iris(radius, phi, np.array(inner), np.array(outer), pupil)
    rim = _smooth(1.06, 0.95, radius + 0.012 * np.sin(phi * 3) * 0.5)[..., None]
    colour = colour + rim * (iris - colour)
    patch = max(int(2 * FLESH_UV * size), 2)
    colour[:patch, :patch] = [0.40, 0.15, 0.125]
    return colour


def _sclera(x: Reals, y: Reals, radius: Reals, phi: Reals) -> Reals:
    white, corner = np.array([0.60, 0.565, 0.53]), np.array([0.50, 0.30, 0.25])
    far = np.clip((radius - 1.3) / 1.5, 0, 1) ** 1.4 * (0.35 + 0.65 * np.abs(np.cos(phi)))
    colour = white + far[..., None] * (corner - white)
    warp = fbm(np.stack([x * 9, y * 9, x * 0 + 3.1], -1), 3) * 0.35
    veins = np.abs(value_noise(np.stack([phi * 7 + warp * 9, radius * 0.9, x * 0], -1)) - 0.5)
    thin = np.clip(1 - veins * 26, 0, 1) * np.clip((radius - 1.25) * 0.9, 0, 1)
    return colour * (1 - 0.30 * thin[..., None] * np.array([0.25, 1, 1]))


def _iris(radius: Reals, phi: Reals, inner: Reals, outer: Reals, pupil: float) -> Reals:
    depth = np.clip((radius - pupil) / (1 - pupil), 0, 1)
    around = np.stack([np.cos(phi), np.sin(phi)], -1)

    def fibres(count: float, stretch: float, seed: float) -> Reals:
        at = np.concatenate([around * count, (depth * stretch + seed)[..., None]], -1)
        return value_noise(at)

    streak = 0.5 * fibres(9, 1.6, 2.0) + 0.35 * fibres(22, 2.2, 7.0) + 0.15 * fibres(48, 3, 11.0)
    colour = inner + _smooth(0.05, 0.8, depth)[..., None] * (outer - inner)
    colour = colour * (0.45 + 1.15 * streak)[..., None]
    collarette = np.exp(-(((depth - 0.22) / 0.10) ** 2)) * (0.6 + 0.8 * fibres(14, 3, 5.0))
    colour = colour * (1 + 0.55 * collarette)[..., None]
    limbus = 1 - 0.85 * _smooth(0.80, 1.02, radius)
    hole = _smooth(pupil - 0.035, pupil + 0.035, radius)
    return colour * (limbus * hole)[..., None] + 0.002


def _smooth(low: float, high: float, x: Reals) -> Reals:
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)
