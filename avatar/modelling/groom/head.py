"""The head that hair grows on: its hair line, and how far its skin is from the skull's middle."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from avatar.modelling.ao import surface_points
from avatar.modelling.noise import value_noise
from avatar.modelling.sources import Flags, Ints, Reals, vec

CROWN: Final = 0.107
"""Crown above the eyes (m) of the head that the hair lines were drawn for."""

_LINE_FEMALE: Final = (
    (0, 0.575), (10, 0.58), (20, 0.565), (30, 0.515), (40, 0.43), (50, 0.31), (60, 0.15),
    (69, 0.00), (80, 0.13), (100, 0.11), (116, -0.15), (128, -0.42), (140, -0.56),
    (160, -0.66), (180, -0.69),
)  # fmt: skip
_LINE_MALE: Final = (
    (0, 0.66), (12, 0.67), (24, 0.68), (34, 0.63), (44, 0.50), (54, 0.34), (64, 0.16), (72, -0.08),
    (82, 0.14), (100, 0.10), (116, -0.14), (128, -0.40), (140, -0.50), (160, -0.60), (180, -0.62),
)  # fmt: skip
_AZIMUTHS: Final = 180
_ELEVATIONS: Final = 90


@dataclass(frozen=True)
class Head:
    """A skull as distances from its middle; metres in the bind pose, +Z is the face."""

    centre: Reals
    """float64[3], inside the skull."""
    eye_y: float
    scale: float
    """Its height relative to the average head."""
    female: bool
    skin: Reals
    """float64[180, 90], distance of the skin without the ears by azimuth and elevation."""
    outer: Reals
    """The same with the ears."""
    cover: Reals = field(default_factory=lambda: np.zeros((0, 3)))
    """float64[N, 3], points of neck, chest and clothes that long hair lies on, m."""

    def height(self, at: Reals) -> Reals:
        """Metres above the hair line (negative: bare skin) of points [N, 3]."""
        x, z = at[:, 0] - self.centre[0], at[:, 2] - self.centre[2]
        ragged = 0.006 * (value_noise(at * 190.0, 4) - 0.5) + 0.005 * (value_noise(at * 55.0) - 0.5)
        return at[:, 1] - self.eye_y - self.edge(np.degrees(np.arctan2(x, z))) + ragged

    def tint(self, at: Reals) -> Reals:
        """How much of the skin at points [N, 3] (m) the roots of hair darken, 0..1."""
        inside = np.clip((self.height(at) + 0.004) / 0.016, 0, 1)
        soft = inside * inside * (3 - 2 * inside)
        roots = np.clip(2.2 * value_noise(at * 1500.0, 2) - 0.6, 0, 1)
        return 0.97 * soft * (roots + (1 - roots) * soft)

    def edge(self, azimuth: Reals) -> Reals:
        """Height of the hair line above the eyes (m) at azimuths (degrees, either side)."""
        line = np.array(_LINE_FEMALE if self.female else _LINE_MALE)
        turn = np.abs((azimuth + 180) % 360 - 180)
        return np.interp(turn, line[:, 0], line[:, 1]) * 0.1 * self.scale

    def radius(self, way: Reals, *, ears: bool = False) -> Reals:
        """Distance of the skin (m) along directions [..., 3]."""
        grid = self.outer if ears else self.skin
        length = np.linalg.norm(way, axis=-1).clip(1e-9)
        azimuth = np.degrees(np.arctan2(way[..., 0], way[..., 2])) % 360 / 2
        elevation = (np.degrees(np.arcsin(np.clip(way[..., 1] / length, -1, 1))) + 90) / 2 - 0.5
        a, e = np.floor(azimuth).astype(int), np.floor(elevation).astype(int)
        fa, fe = azimuth - a, elevation - e
        low, high = np.clip(e, 0, _ELEVATIONS - 1), np.clip(e + 1, 0, _ELEVATIONS - 1)
        left, right = a % _AZIMUTHS, (a + 1) % _AZIMUTHS
        below = grid[left, low] * (1 - fa) + grid[right, low] * fa
        above = grid[left, high] * (1 - fa) + grid[right, high] * fa
        return below * (1 - fe) + above * fe

    def on_skin(self, way: Reals, offset: Reals | float = 0.0, *, ears: bool = False) -> Reals:
        """Points [..., 3] (m) at ``offset`` above the skin along directions [..., 3]."""
        unit = way / np.linalg.norm(way, axis=-1, keepdims=True).clip(1e-9)
        reach = self.radius(unit, ears=ears) + np.asarray(offset)
        return self.centre + unit * reach[..., None]

    def hair_line(self, azimuth: Reals, inside: Reals | float = 0.0) -> Reals:
        """Directions [N, 3] to the hair line at azimuths (degrees), ``inside`` m up the scalp."""
        wanted = self.edge(azimuth) + np.asarray(inside) + self.eye_y - self.centre[1]
        low, high = np.full(len(azimuth), -75.0), np.full(len(azimuth), 85.0)
        for _ in range(24):
            middle = (low + high) / 2
            way = direction(azimuth, middle)
            over = way[:, 1] * self.radius(way) > wanted
            low, high = np.where(over, low, middle), np.where(over, middle, high)
        return direction(azimuth, (low + high) / 2)


def direction(azimuth: Reals | float, elevation: Reals | float) -> Reals:
    """Unit vectors [..., 3]; degrees, 0 is the front, + to the figure's left and up."""
    a, e = np.radians(np.asarray(azimuth, float)), np.radians(np.asarray(elevation, float))
    a, e = np.broadcast_arrays(a, e)
    return np.stack([np.cos(e) * np.sin(a), np.sin(e), np.cos(e) * np.cos(a)], -1)


def measure(position: Reals, triangles: Ints, ear: Flags, eyes: Reals, *, female: bool) -> Head:
    """The head of a figure's skin ``position`` [N, 3] (m); ``ear`` marks vertices of the ears,
    ``eyes`` is the point between the eyes."""
    top = position[np.abs(position[:, 0] - eyes[0]) < 0.1, 1].max()
    scale = float((top - eyes[1]) / CROWN)
    centre = eyes + vec(0, 0.012, -0.068) * scale
    near = np.linalg.norm(position[triangles].mean(axis=1) - centre, axis=1) < 0.24 * scale
    corner = triangles[near]
    points, owner = surface_points(position, corner, 0.002 * scale)
    is_ear = np.asarray(ear[corner].any(axis=1))[owner]
    # what lies further down a ray than the chin is a shoulder
    head = np.linalg.norm(points - centre, axis=1) < 0.15 * scale
    outer = _distances(points[head] - centre)
    skin = _distances(points[head & ~is_ear] - centre)
    return Head(centre, float(eyes[1]), scale, female, skin, np.maximum(outer, skin))


def _distances(away: Reals) -> Reals:
    """The outermost distance in each direction, holes filled, smoothed evenly on the sphere."""
    length = np.linalg.norm(away, axis=1)
    azimuth = (np.degrees(np.arctan2(away[:, 0], away[:, 2])) % 360 / 2 + 0.5).astype(int)
    elevation = ((np.degrees(np.arcsin(away[:, 1] / length)) + 90) / 2).astype(int)
    grid = np.zeros((_AZIMUTHS, _ELEVATIONS))
    np.maximum.at(grid, (azimuth % _AZIMUTHS, elevation.clip(0, _ELEVATIONS - 1)), length)
    known = grid > 0
    while not known.all():
        total, count = np.zeros_like(grid), np.zeros_like(grid)
        for a, e in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            shifted, there = np.roll(grid, (a, e), (0, 1)), np.roll(known, (a, e), (0, 1))
            if e:
                there[:, 0 if e > 0 else -1] = False
            total += shifted * there
            count += there
        fresh = ~known & (count > 0)
        grid[fresh] = total[fresh] / count[fresh]
        known = known | fresh
    return _smoothed(grid)


def _smoothed(grid: Reals) -> Reals:
    shrink = np.cos(np.radians(np.arange(_ELEVATIONS) * 2 - 89))
    for row, share in enumerate(shrink):
        passes = int(np.clip(3 / share**2, 3, 400))
        for _ in range(passes):
            line = grid[:, row]
            grid[:, row] = (np.roll(line, 1) + 2 * line + np.roll(line, -1)) / 4
    for _ in range(3):
        padded = np.pad(grid, ((0, 0), (1, 1)), mode="edge")
        grid = (padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]) / 4
    return grid
