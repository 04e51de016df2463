"""Sheets gathered at ties: bun, ponytail and twin tails; and what hangs from the ties."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avatar.modelling.groom.curves import (
    bearing_of,
    evenly,
    polar,
    softened,
    sphere_bezier,
    spline,
    step,
)
from avatar.modelling.groom.head import Head, direction
from avatar.modelling.groom.sheet import Guides
from avatar.modelling.sources import Reals

_POINTS = 36


@dataclass(frozen=True)
class Tie:
    """Where hair is gathered."""

    azimuth: float
    """Degrees, of the tie on the left side or behind."""
    elevation: float
    grip: float = 0.013
    """Radius of the gathered hair, m."""
    out: float = 0.012
    """Distance of the tie from the skin, m."""
    volume: float = 1.0

    def way(self, side: float) -> Reals:
        """Direction of the tie on a side."""
        return direction(side * self.azimuth, self.elevation)


def around(head: Head, side: float, tie: Tie, gap: float = 0.0012) -> Guides:
    """One half of the head combed to a tie on its own side: roots from the forehead along the
    middle to the nape and back along the hair line."""
    front, back = _elevation(head, 0.0), 180 - _elevation(head, 180.0)
    angle = np.radians(np.linspace(front, back, 44))
    x = np.full(len(angle), side * gap / 0.1)
    middle = _unit(np.column_stack([x, np.sin(angle), np.cos(angle)]))
    line = head.hair_line(side * np.linspace(180, 0, 52), 0.001)
    root = np.concatenate([middle, line[1:]])
    return _gathered(head, root, tie, side, _direct(root, tie.way(side), tie, head))


def _direct(root: Reals, pole: Reals, tie: Tie, head: Head) -> Reals:
    bearing, away = bearing_of(pole, root)
    end = polar(pole, bearing, np.full(len(root), tie.grip / 0.1))
    middle = polar(pole, bearing, away * 0.5)
    return sphere_bezier([root, middle, end], _POINTS)


def behind(head: Head, side: float, tie: Tie, parting: float) -> Guides:
    """One half of the head swept from the parting over the temple to a tie behind."""
    pole = tie.way(1.0)
    start = _elevation(head, 0.0)
    q = np.linspace(1, 0, 26)
    angle = np.radians(start + (112 - start) * q)
    x = (parting * (1 - step(0.75, 1.0, q)) + side * 0.001) / 0.1
    middle = _unit(np.column_stack([x, np.sin(angle), np.cos(angle)]))
    azimuth = np.linspace(0, 180, 60)
    line = head.hair_line(side * azimuth, 0.001)
    root = np.concatenate([middle, line[1:]])
    bearing, away = bearing_of(pole, root)
    bearing = np.abs(bearing)
    over_ear = float(np.interp(90, azimuth_of(root[26:]), bearing[26:]))
    ahead = azimuth_of(root) < 90
    bearing = np.where(ahead, np.minimum(bearing, over_ear), bearing)
    sweep = np.radians(np.interp(q, [0, 1], [52, 3]))
    onward = np.radians(52 + 30 * np.clip(azimuth[1:] / 60, 0, 1))
    ramp = np.concatenate([sweep, np.minimum(onward, over_ear)])
    wanted = np.maximum.accumulate(np.maximum(ramp, np.where(azimuth_of(root) > 30, bearing, 0)))
    wanted = np.minimum(wanted, np.pi)
    end = polar(pole, side * wanted, np.full(len(root), tie.grip / 0.1))
    middle2 = polar(pole, side * wanted, away * 0.48)
    sideways = direction(np.full(len(root), side * 88.0), -4.0)
    share = np.concatenate([0.55 * step(1.0, 0.45, q), 0.55 * step(46, 10, azimuth[1:])])[:, None]
    burn = step(58, 66, azimuth_of(root)) * step(88, 80, azimuth_of(root))
    first = _unit(root + share * sideways + (0.55 - share) * 0.8 * middle2)
    first = _unit(first + burn[:, None] * np.array([0.0, 0.22, 0.0]))
    way = sphere_bezier([root, first, middle2, end], _POINTS)
    return _gathered(head, root, tie, side, way)


def azimuth_of(way: Reals) -> Reals:
    """Degrees from the front, 0..180."""
    return np.degrees(np.arctan2(np.abs(way[:, 0]), way[:, 2]))


def _gathered(head: Head, root: Reals, tie: Tie, side: float, way: Reals) -> Guides:
    s, t = head.scale, np.linspace(0, 1, _POINTS)
    rise = np.interp(t, [0, 0.1, 0.3, 0.6, 0.85, 1], [0.0008, 0.003, 0.007, 0.008, 0.007, 0.009])
    rise = rise * tie.volume + (tie.out - 0.009) * step(0.72, 1.0, t)
    path = head.on_skin(way, rise[None] * s)
    path = evenly(softened(path, 2), 40)
    away = path - head.centre
    return Guides(path, _unit(away))


def _elevation(head: Head, azimuth: float) -> float:
    return float(np.degrees(np.arcsin(head.hair_line(np.array([azimuth]), 0.001)[0, 1])))


@dataclass(frozen=True)
class Tail:
    """Hair that hangs from a tie; m."""

    length: float
    width: float = 0.030
    """Greatest radius."""
    grip: float = 0.011
    """Radius at the tie."""
    out: float = 0.030
    """How far it stands off before it falls."""
    rise: float = 0.004
    wave: float = 0.006


def tail(head: Head, tie: Tie, side: float, look: Tail) -> tuple[Guides, Reals]:
    """A ring of guides around a tail, and its middle [K, 3] (m)."""
    s = head.scale
    way = tie.way(side)
    start = head.on_skin(way[None], (tie.out - 0.004) * s)[0]
    level = way * [1, 0, 1]
    level = level / max(float(np.linalg.norm(level)), 1e-6)
    down = np.array([0.0, -1, 0])
    points = np.array([
        start,
        start + s * (look.out * 0.55 * level - look.rise * down),
        start + s * (look.out * 1.05 * level + 0.10 * look.length * down),
        start + s * (look.out * 1.1 * level + 0.42 * look.length * down),
        start + s * (look.out * 0.85 * level + 0.75 * look.length * down),
        start + s * (look.out * 0.75 * level + look.length * down),
    ])  # fmt: skip
    middle = spline(points[None], 40)[0]
    t = np.linspace(0, 1, 40)
    bend = look.wave * s * np.sin(2.6 * np.pi * t + 0.6) * step(0.1, 0.5, t)
    middle = middle + bend[:, None] * np.cross(level, down)
    radius = np.interp(t, [0, 0.06, 0.22, 0.5, 0.8, 1], [1, 1.15, 2.2, 2.5, 1.8, 0.25])
    radius = look.grip + (look.width - look.grip) * (radius - 1) / 1.5
    radius = np.maximum(radius, 0.003) * s
    along = _unit(np.gradient(middle, axis=0))
    across = np.cross(level, down)
    one = _unit(across - (across * along).sum(1, keepdims=True) * along)
    two = np.cross(along, one)
    angle = np.linspace(0, 2 * np.pi, 21)[:, None, None]
    out = np.cos(angle) * one + 0.82 * np.sin(angle) * two
    path = middle + out * radius[None, :, None]
    return Guides(path, _unit(out)), middle


def band(head: Head, tie: Tie, side: float) -> Guides:
    """A strand wound round the root of a tail."""
    s, way = head.scale, tie.way(side)
    centre = head.on_skin(way[None], tie.out * s)[0] + 0.003 * s * way
    up = _unit(np.array([0.0, 1, 0]) - way[1] * way)
    angle = np.linspace(0, 2 * np.pi, 33)
    spoke = np.cos(angle)[:, None] * up + np.sin(angle)[:, None] * np.cross(way, up)
    middle = centre + spoke * (tie.grip + 0.0015) * s
    turn = np.linspace(0, 2 * np.pi, 13)[:, None, None]
    out = np.cos(turn) * spoke + np.sin(turn) * way
    return Guides(middle + out * 0.0055 * s, _unit(out))


def coil(head: Head, tie: Tie, size: float, turns: float = 2.4) -> Guides:
    """A bun: one rope wound from the head outwards, its strands a little twisted."""
    s, way = head.scale, tie.way(1.0)
    base = head.on_skin(way[None], 0.004 * s)[0]
    up = _unit(np.array([0.0, 1, 0]) - way[1] * way)
    side = np.cross(way, up)
    t = np.linspace(0, 1, 72)
    angle = 2 * np.pi * turns * t + 2.2
    ring = size * s * np.interp(t, [0, 0.25, 0.55, 0.85, 1], [0.72, 0.78, 0.62, 0.30, 0.06])
    lift = size * s * np.interp(t, [0, 0.25, 0.55, 0.85, 1], [0.10, 0.30, 0.66, 0.92, 0.96])
    spoke = np.cos(angle)[:, None] * up + np.sin(angle)[:, None] * side
    middle = base + spoke * ring[:, None] + way * lift[:, None]
    along = _unit(np.gradient(middle, axis=0))
    one = _unit(spoke * 0.7 + way * 0.7)
    one = _unit(one - (one * along).sum(1, keepdims=True) * along)
    two = np.cross(along, one)
    radius = size * s * np.interp(t, [0, 0.1, 0.7, 1], [0.22, 0.37, 0.34, 0.16])
    turn = np.linspace(0, 2 * np.pi, 15)[:, None, None] + 5.0 * t[None, :, None]
    out = np.cos(turn) * one + np.sin(turn) * two
    return Guides(middle + out * radius[None, :, None], _unit(out))


def _unit(v: Reals) -> Reals:
    return v / np.linalg.norm(v, axis=-1, keepdims=True).clip(1e-12)
