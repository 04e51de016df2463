"""Camera moves: from one shot to the next along an arc, eased, at an even change of size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from avatar.math3d import Array
from avatar.render.camera import Camera

_TURN: Final = 1e-6
"""rad; directions closer than this count as one."""
_ALIKE: Final = 1e-4
"""Sizes that differ by less than this part count as one."""


def between(a: Camera, b: Camera, x: float) -> Camera:
    """The camera a share ``x`` (0..1) of the way from ``a`` to ``b``.

    The size of what is framed changes at an even rate (geometrically), the target goes along with
    that size, so that what both shots show stays in the picture on the way, and the direction
    swings on a great circle.
    """
    if x <= 0:
        return a
    if x >= 1:
        return b
    first, last = (c.distance * float(np.tan(c.fov_y / 2)) for c in (a, b))
    framed = first ** (1 - x) * last**x
    same = abs(first - last) < _ALIKE * last
    share = x if same else (framed - first) / (last - first)
    target = np.asarray(a.target) * (1 - share) + np.asarray(b.target) * share
    fov = a.fov_y ** (1 - x) * b.fov_y**x
    distance = framed / np.tan(fov / 2)
    eye = target + distance * _swing(_direction(a), _direction(b), x)
    (ex, ey, ez), (tx, ty, tz) = eye.tolist(), target.tolist()
    return Camera((ex, ey, ez), (tx, ty, tz), float(fov), a.shift * (1 - x) + b.shift * x)


def _direction(camera: Camera) -> Array:
    away = np.subtract(camera.eye, camera.target)
    return away / np.linalg.norm(away)


def _swing(a: Array, b: Array, x: float) -> Array:
    """Spherical interpolation of unit vectors (Shoemake 1985); over the horizon for opposites."""
    angle = float(np.arccos(np.clip(a @ b, -1, 1)))
    if angle < _TURN:
        return a
    if np.pi - angle < _TURN:
        side = np.cross(a, (0.0, 1.0, 0.0) if abs(a[1]) < 0.9 else (1.0, 0.0, 0.0))
        return np.cos(angle * x) * a + np.sin(angle * x) * side / np.linalg.norm(side)
    return (np.sin((1 - x) * angle) * a + np.sin(x * angle) * b) / np.sin(angle)


@dataclass(frozen=True, slots=True)
class Move:
    """A camera under way; one that lasts no time is a cut."""

    start: Camera
    end: Camera
    began: float = 0.0
    """s"""
    lasts: float = 0.0
    """s"""

    def at(self, t: float) -> Camera:
        """The camera at time ``t`` (s): minimum-jerk from start to end (Flash & Hogan 1985)."""
        if self.over(t):
            return self.end
        x = max((t - self.began) / self.lasts, 0.0)
        return between(self.start, self.end, x * x * x * (10 + x * (6 * x - 15)))

    def over(self, t: float) -> bool:
        """Whether the camera has arrived at ``t`` (s)."""
        return t >= self.began + self.lasts
