"""The smooth head of a stylised figure: horizontal superellipses along a drawn profile.

Millimetres in the head's own space: the chin's tip at y = 0, +z to the front, +x to the figure's
left. Every slice is level, so the front is a height field z(x, y) in closed form: what slides
over the face (lids, lips, brows, drawn lines) stays on it exactly.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from avatar.modelling.sources import Reals

TOP: Final = 222.0
"""Height of the crown, mm."""

_PROFILE: Final = np.array([
    # y, half width, widest plane, front, back, squareness
    [0.0, 0.0, 63.0, 63.0, 63.0, 2.0],
    [1.0, 6.5, 61.5, 70.5, 58.0, 2.0],
    [3.0, 11.6, 58.5, 75.0, 52.0, 2.0],
    [7.0, 19.2, 53.5, 79.0, 43.0, 2.05],
    [14.0, 29.6, 46.0, 82.2, 30.0, 2.1],
    [24.0, 43.0, 36.0, 84.4, 10.0, 2.15],
    [36.0, 55.6, 24.0, 85.4, -14.0, 2.2],
    [48.0, 63.6, 14.0, 85.6, -40.0, 2.25],
    [60.0, 68.6, 6.0, 85.2, -60.0, 2.3],
    [75.0, 71.4, 0.0, 84.6, -76.0, 2.35],
    [92.0, 73.8, -4.0, 85.0, -88.0, 2.35],
    [110.0, 75.0, -8.0, 86.8, -95.0, 2.3],
    [130.0, 75.2, -10.0, 88.0, -99.0, 2.25],
    [150.0, 73.8, -11.0, 86.6, -98.0, 2.2],
    [170.0, 69.6, -11.0, 81.0, -92.0, 2.1],
    [190.0, 60.5, -10.0, 68.0, -78.0, 2.0],
    [205.0, 48.0, -9.0, 51.0, -61.0, 2.0],
    [215.0, 33.0, -8.0, 32.0, -44.0, 2.0],
    [220.0, 17.5, -8.0, 13.0, -27.0, 2.0],
    [222.0, 0.0, -8.0, -8.0, -8.0, 2.0],
])  # fmt: skip


def monotone(x: Reals, y: Reals, at: Reals) -> Reals:
    """Monotone cubic interpolation (Fritsch & Carlson 1980) of y(x) at ``at``, ends held."""
    gap, rise = np.diff(x), np.diff(y)
    slope = rise / gap
    left, right = slope[:-1], slope[1:]
    w1, w2 = 2 * gap[1:] + gap[:-1], gap[1:] + 2 * gap[:-1]
    same = left * right > 0
    safe_l, safe_r = np.where(same, left, 1), np.where(same, right, 1)
    inner = np.where(same, (w1 + w2) / (w1 / safe_l + w2 / safe_r), 0)
    tangent = np.concatenate([slope[:1], inner, slope[-1:]])
    at = np.clip(at, x[0], x[-1])
    k = np.clip(np.searchsorted(x, at, side="right") - 1, 0, len(gap) - 1)
    t = (at - x[k]) / gap[k]
    h00, h10 = (1 + 2 * t) * (1 - t) ** 2, t * (1 - t) ** 2
    h01, h11 = t * t * (3 - 2 * t), t * t * (t - 1)
    return h00 * y[k] + h10 * gap[k] * tangent[k] + h01 * y[k + 1] + h11 * gap[k] * tangent[k + 1]


def profile(y: Reals) -> tuple[Reals, Reals, Reals, Reals, Reals]:
    """Half width, widest plane, front, back and squareness of the slices at heights ``y``."""
    table = _PROFILE.T
    values = [monotone(table[0], column, y) for column in table[1:]]
    return values[0], values[1], values[2], values[3], values[4]


def front(x: Reals, y: Reals, *, features: bool = True) -> Reals:
    """z of the front surface over (x, y); outside the silhouette its widest plane."""
    width, plane, ahead, _, power = profile(y)
    share = np.clip(np.abs(x) / np.maximum(width, 1e-6), 0, 1)
    z = plane + (ahead - plane) * (1 - share**power) ** (1 / power)
    return z + _relief(x, y) if features else z


def _bump(x: Reals, y: Reals, at: tuple[float, float], size: tuple[float, float]) -> Reals:
    return np.exp(-(((x - at[0]) / size[0]) ** 2) - ((y - at[1]) / size[1]) ** 2)


def _relief(x: Reals, y: Reals) -> Reals:
    """The hint of a nose, flat sockets, a touch of lips."""
    above = np.where(y > 53.5, 1.0, 0.0)
    slope = np.where(above > 0, np.exp(-(((y - 53.5) / 13.0) ** 2)),
                     np.exp(-(((y - 53.5) / 3.6) ** 2)))  # fmt: skip
    wide = 3.6 + 2.2 * np.clip((53.5 - y) / 5, -1, 1)
    nose = 5.6 * slope * np.exp(-(np.abs(x / np.maximum(wide, 2.0)) ** 1.7))
    bridge = 1.4 * _bump(x, y, (0, 74), (6, 16))
    socket = -2.6 * (_bump(x, y, (24, 92), (12, 13)) + _bump(x, y, (-24, 92), (12, 13)))
    lips = 1.3 * _bump(x, y, (0, 33), (11, 5.5)) - 1.0 * _bump(x, y, (0, 23), (12, 4.5))
    cheek = 1.5 * (_bump(x, y, (46, 56), (16, 16)) + _bump(x, y, (-46, 56), (16, 16)))
    return nose + bridge + socket + lips + cheek


def whole(turn: Reals, y: Reals) -> Reals:
    """float64[N, 3]: the closed head; ``turn`` rad 0 front, pi back, positive to its left."""
    width, plane, ahead, back, power = profile(y)
    x = width * np.sin(turn)
    share = np.clip(np.abs(np.sin(turn)), 0, 1)
    forward = np.cos(turn) > 0
    depth = np.where(forward, ahead, back) - plane
    z = plane + depth * (1 - share**power).clip(0) ** (1 / power)
    near = np.clip(np.cos(turn) * 2.5, 0, 1)
    return np.column_stack([x, y, z + near * np.where(forward, _relief(x, y), 0)])


def turn_of(x: Reals, y: Reals) -> Reals:
    """The ``turn`` at which the front surface passes x."""
    width = profile(y)[0]
    return np.arcsin(np.clip(x / np.maximum(width, 1e-6), -1, 1))


def outward(points: Reals) -> Reals:
    """Unit shading normals [N, 3]: those of the head without nose and sockets, softly rounded.

    A drawn face has one clean shadow; the relief shows in the silhouette alone.
    """
    x, y, z = points.T
    width, plane, ahead, back, power = profile(np.clip(y, 1.0, TOP - 1.0))
    depth = np.where(z > plane, ahead, plane * 2 - back) - plane
    u = np.clip(x / np.maximum(width, 1), -1, 1)
    w = np.clip((z - plane) / np.maximum(np.abs(depth), 1), -1, 1)
    nx = np.sign(u) * np.abs(u) ** (power - 1) / np.maximum(width, 20)
    nz = np.sign(w) * np.abs(w) ** (power - 1) / np.maximum(np.abs(depth), 20)
    flat = np.column_stack([nx, np.zeros_like(nx), nz])
    flat /= np.linalg.norm(flat, axis=1, keepdims=True).clip(1e-9)
    ball = points - np.array([0.0, 98.0, -6.0])
    ball = ball / np.array([1.0, 1.5, 1.0])
    ball /= np.linalg.norm(ball, axis=1, keepdims=True).clip(1e-9)
    # towards the chin the slices shrink to a point, and their own normals with them
    own = 0.35 * np.clip((y - 8) / 40, 0, 1)[:, None]
    mixed = own * flat + (1 - own) * ball
    return mixed / np.linalg.norm(mixed, axis=1, keepdims=True)
