"""Curves that hair follows: on the sphere round a skull, and through points in the air."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from avatar.modelling.noise import value_noise
from avatar.modelling.sources import Reals


def random(count: int, seed: float) -> Reals:
    """float64[count] in 0..1, always the same."""
    at = np.array([[n * 1.37 + 0.5, seed * 5.17 + 0.5, 3.5] for n in range(count)])
    return (value_noise(np.floor(at * 97)) * 8191.7) % 1


def wave(at: Reals, seed: float) -> Reals:
    """Smooth noise -1..1 along a line, one feature per unit, of any shape."""
    place = np.stack([at, np.full_like(at, seed * 7.3 + 0.5), np.full_like(at, 1.5)], -1)
    return 2 * value_noise(place) - 1


def step(low: float, high: float, x: Reals) -> Reals:
    """0 below ``low``, 1 above ``high`` (or falling when ``low`` > ``high``), smooth between."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def slerp(a: Reals, b: Reals, t: Reals) -> Reals:
    """Unit vectors [..., 3] on the great circle from a to b, ``t`` [...] of the way."""
    angle = np.arccos(np.clip((a * b).sum(-1), -1, 1))[..., None]
    t = t[..., None]
    sine = np.sin(angle).clip(1e-6)
    turned = (np.sin((1 - t) * angle) * a + np.sin(t * angle) * b) / sine
    straight = a + t * (b - a)
    mixed = np.where(angle < 1e-4, straight, turned)
    return mixed / np.linalg.norm(mixed, axis=-1, keepdims=True)


def sphere_bezier(controls: list[Reals], count: int) -> Reals:
    """Bezier curves on the unit sphere (de Casteljau by slerp): [N, count, 3] from control
    directions, each [N, 3]."""
    t = np.broadcast_to(np.linspace(0, 1, count), (len(controls[0]), count))
    points = [np.repeat(c[:, None], count, axis=1) for c in controls]
    while len(points) > 1:
        points = [slerp(a, b, t) for a, b in pairwise(points)]
    return points[0]


def polar(pole: Reals, bearing: Reals, away: Reals) -> Reals:
    """Directions ``away`` rad from a ``pole`` direction at ``bearing`` rad: 0 up, + to +X's
    left seen from outside."""
    up = np.array([0.0, 1, 0]) - pole[1] * pole
    up /= np.linalg.norm(up)
    side = np.cross(pole, up)
    flat = np.cos(bearing)[..., None] * up + np.sin(bearing)[..., None] * side
    return np.cos(away)[..., None] * pole + np.sin(away)[..., None] * flat


def bearing_of(pole: Reals, way: Reals) -> tuple[Reals, Reals]:
    """The inverse of :func:`polar`: bearing and angle away (rad) of directions [N, 3]."""
    up = np.array([0.0, 1, 0]) - pole[1] * pole
    up /= np.linalg.norm(up)
    side = np.cross(pole, up)
    return np.arctan2(way @ side, way @ up), np.arccos(np.clip(way @ pole, -1, 1))


def lengths(path: Reals) -> Reals:
    """Arc length so far [N, K] of curves [N, K, 3]."""
    gaps = np.linalg.norm(np.diff(path, axis=1), axis=2)
    return np.concatenate([np.zeros((len(path), 1)), np.cumsum(gaps, axis=1)], axis=1)


def spline(points: Reals, count: int) -> Reals:
    """Curves [N, count, 3] through points [N, M, 3] (centripetal Catmull-Rom), evenly spaced."""
    first = 2 * points[:, :1] - points[:, 1:2]
    last = 2 * points[:, -1:] - points[:, -2:-1]
    p = np.concatenate([first, points, last], axis=1)
    gap = np.sqrt(np.linalg.norm(np.diff(p, axis=1), axis=2)).clip(1e-6)
    pieces: list[Reals] = []
    for k in range(points.shape[1] - 1):
        g0, g1, g2 = (gap[:, k + j][:, None, None] for j in range(3))
        a, b, c, d = (p[:, k + j][:, None] for j in range(4))
        s = np.linspace(0, 1, 16, endpoint=k == points.shape[1] - 2)[None, :, None]
        m1 = g1 * ((b - a) / g0 - (c - a) / (g0 + g1) + (c - b) / g1)
        m2 = g1 * ((c - b) / g1 - (d - b) / (g1 + g2) + (d - c) / g2)
        pieces.append(
            (2 * s**3 - 3 * s**2 + 1) * b + (s**3 - 2 * s**2 + s) * m1
            + (3 * s**2 - 2 * s**3) * c + (s**3 - s**2) * m2
        )  # fmt: skip
    return evenly(np.concatenate(pieces, axis=1), count)


def evenly(path: Reals, count: int, dense: float = 1.0, head: float = 0.0) -> Reals:
    """Curves [N, K, 3] at ``count`` points each, ``dense`` times closer over their first
    ``head`` share."""
    arc = lengths(path)
    share = np.linspace(0, 1, count)
    if dense != 1.0:
        reach = head * dense
        total = reach + 1 - head
        at = share * total
        share = np.where(at < reach, at / dense, at - reach + head)
    result = np.empty((len(path), count, 3))
    for number, curve in enumerate(path):
        wanted = share * arc[number, -1]
        for axis in range(3):
            result[number, :, axis] = np.interp(wanted, arc[number], curve[:, axis])
    return result


def softened(path: Reals, passes: int) -> Reals:
    """Curves [N, K, 3] smoothed along, ends kept."""
    soft = path.copy()
    for _ in range(passes):
        soft[:, 1:-1] = (soft[:, :-2] + 2 * soft[:, 1:-1] + soft[:, 2:]) / 4
    return soft
