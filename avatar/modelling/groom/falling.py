"""Sheets that fall from a parting: bob, long, wavy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avatar.modelling.groom.curves import evenly, softened, sphere_bezier, spline, step, wave
from avatar.modelling.groom.head import Head, direction
from avatar.modelling.groom.sheet import Guides
from avatar.modelling.sources import Reals, vec

_GUIDES = 33
_POINTS = 40
_FAN = 0.58
"""Share of the guides that start on the parting; the others fan out at the crown."""


@dataclass(frozen=True)
class Fall:
    """How a sheet falls; metres for the average head."""

    parting: float
    length: float
    """From the eyes down to the tips."""
    volume: float = 1.0
    lift: float = 0.010
    """Distance from the skin over the ears."""
    face: float = 71.0
    """Azimuth of the foremost lock at the height of the eyes, degrees."""
    front_longer: float = 0.012
    layered: float = 0.05
    """How much the lengths of neighbouring locks differ, as a share."""
    curl: float = 0.014
    """How far the tips turn in."""
    open: float = 0.0
    """How far the foremost locks bend away from the face, m."""


def half(head: Head, side: float, fall: Fall) -> Guides:
    """The sheet of one side (1 left, -1 right), from the face (first guide) to the back."""
    g = np.linspace(0, 1, _GUIDES)
    root = _roots(head, g, fall.parting)
    turn = fall.face + (180 - fall.face) * g**1.08
    drop = head.eye_y - 0.004 * head.scale
    ear = at_level(head, side * turn, drop)
    heading = side * (86 + 94 * step(0.35, 1.0, g))
    first = _unit(root + 0.55 * direction(heading, 9 * step(0.3, 0.0, g)))
    second_turn = 50 + 130 * g**0.9
    second = direction(side * second_turn, 27 - 2 * step(0.25, 0.0, g))
    way = sphere_bezier([root, first, second, ear], _POINTS)
    t = np.linspace(0, 1, _POINTS)
    rise = np.interp(t, [0, 0.12, 0.35, 0.75, 1], [0.001, 0.006, 0.0105, 0.0105, 0.010])
    front = step(0.22, 0.0, g)[:, None]
    # the parting is a furrow over the forehead and closes over the crown
    closed = 0.0045 * step(0.10, 0.36, g)[:, None] * step(0.22, 0.0, t)[None]
    height = (rise[None] + closed) * fall.volume * (1 - (0.2 + 0.5 * t[None]) * front)
    height = height + (fall.lift - 0.010) * step(0.3, 1, t)[None]
    over = 1 - step(0.30, 0.08, g)[:, None]
    reach = head.radius(way) * (1 - over) + head.radius(way, ears=True) * over
    skull = head.centre + way * (reach + height * head.scale)[..., None]
    hang = _hanging(head, side, g, skull, fall)
    path = np.concatenate([skull[:, ::3], hang], axis=1)
    path = softened(spline(path, 64), 16)
    path = pushed_out(head, path, 0.0025 * head.scale, over)
    path = evenly(softened(path, 3), 56, 1.8, 0.45)
    return Guides(path, outward(head, path))


def _roots(head: Head, g: Reals, parting: float) -> Reals:
    """Along the parting from the forehead over the crown, then about the whorl."""
    start = float(np.degrees(np.arcsin(head.hair_line(np.zeros(1), 0.001)[0, 1])))
    angle = np.radians(np.interp(g, [0, _FAN, 1], [start, 112, 124]))
    x = parting * (1 - step(_FAN * 0.8, 1, g)) / 0.11
    return _unit(np.column_stack([x, np.sin(angle), np.cos(angle)]))


def at_level(head: Head, azimuth: Reals, y: float) -> Reals:
    """Directions to the skin at a height."""
    elevation = np.zeros_like(azimuth)
    for _ in range(4):
        radius = head.radius(direction(azimuth, elevation))
        sine = np.clip((y - head.centre[1]) / radius, -0.9, 0.9)
        elevation = np.degrees(np.arcsin(sine))
    return direction(azimuth, elevation)


def _hanging(head: Head, side: float, g: Reals, skull: Reals, fall: Fall) -> Reals:
    """Points below the ears, straight down with the tips turned in."""
    s, start = head.scale, skull[:, -1]
    flat = start - head.centre
    flat[:, 1] = 0
    flat /= np.linalg.norm(flat, axis=1, keepdims=True)
    length = (fall.length + fall.front_longer * step(0.5, 0.0, g)) * s
    length = length * (1 + fall.layered * wave(g * 11, 3.0 + side))
    share = np.array([0.30, 0.6, 0.85, 1.0])
    inward = np.array([0.02, 0.22, 0.62, 1.0])
    points = np.repeat(start[:, None], len(share), axis=1)
    points[..., 1] -= share * length[:, None]
    curl = fall.curl * s * (0.6 + 0.7 * g)
    points -= flat[:, None] * (inward[None] * curl[:, None])[..., None]
    face = step(0.30, 0.0, g)[:, None] * np.array([0.2, 0.6, 0.9, 1.0])
    points[..., 0] += side * fall.open * s * face
    return points


def outward(head: Head, path: Reals) -> Reals:
    """Directions away from the head's upright axis, level below its middle."""
    away = path - head.centre - vec(0, 0, -0.006) * head.scale
    away[..., 1] *= np.where(away[..., 1] < 0, 0.12, 1.0)
    return _unit(away)


def pushed_out(head: Head, path: Reals, least: float, ears: Reals | float = 1.0) -> Reals:
    """Curves kept off the skin and ``ears`` 0..1: at least ``least`` m, less near the roots."""
    away = path - head.centre
    length = np.linalg.norm(away, axis=2)
    ramp = np.clip(np.linspace(0, 6, path.shape[1]), 0, 1)
    wanted = head.radius(away, ears=True) * ears + head.radius(away) * (1 - ears) + least * ramp
    low = away[..., 1] < -0.085 * head.scale  # below the jaw the neck is no longer round the middle
    factor = np.where(low, 1.0, np.maximum(wanted / length.clip(1e-6), 1.0))
    return head.centre + away * factor[..., None]


def lining(head: Head, fall: Fall) -> Guides:
    """Hair that grows below the ears and hides the neck: one sheet from ear to ear."""
    azimuth = np.linspace(96, 264, 41)
    s = head.scale
    root = head.on_skin(head.hair_line(azimuth, 0.022 * s), 0.001 * s)
    flat = root - head.centre
    flat[:, 1] = 0
    flat /= np.linalg.norm(flat, axis=1, keepdims=True)
    floor = head.eye_y - fall.length * s
    levels = np.linspace(0, 1, 6)[1:]
    points = [root]
    for level in levels:
        y = root[:, 1] + (floor - root[:, 1]) * level
        reach = np.linalg.norm((root - head.centre)[:, [0, 2]], axis=1) + 0.004 * s * level
        point = head.centre + flat * reach[:, None]
        point[:, 1] = y
        points.append(point)
    path = pushed_out(head, spline(np.stack(points, axis=1), 24), 0.003 * s, 0.0)
    return Guides(softened(path, 2), outward(head, path))


def edge(head: Head, side: float, fall: Fall) -> Guides:
    """The short hair of the hair line in front, combed sideways under the sheet."""
    s, part = head.scale, side * float(np.degrees(np.arctan2(fall.parting, 0.1)))
    azimuth = np.linspace(part - 5, 75, 41)
    root = head.hair_line(side * azimuth, -0.002 * s)
    ahead = np.minimum(azimuth + np.interp(azimuth, [0, 40, 75], [34, 26, 12]), 84)
    first = head.hair_line(side * (azimuth + 5), 0.007 * s)
    second = head.hair_line(side * (azimuth * 0.5 + ahead * 0.5), 0.012 * s)
    end = head.hair_line(side * ahead, 0.010 * s)
    end[:, 1] -= 0.22 * step(35, 75, azimuth)
    way = sphere_bezier([root, first, second, _unit(end)], 24)
    t = np.linspace(0, 1, 24)
    rise = np.interp(t, [0, 0.3, 0.7, 1], [0.0006, 0.0026, 0.004, 0.0035]) * s
    under = 0.25 + 0.75 * step(part + 4, part + 28, azimuth)[:, None]
    path = head.on_skin(way, rise[None] * under)
    return Guides(path, _unit(path - head.centre))


def bangs(head: Head, parting: float, low: float) -> Guides:
    """A fringe that fans out from the parting over the forehead, its tips ``low`` m above the
    eyes."""
    s, azimuth = head.scale, np.linspace(-54, 54, 37)
    part = float(np.degrees(np.arctan2(parting, 0.1)))
    root = head.hair_line(part + (azimuth - part) * 0.42, 0.034 * s)
    first = head.hair_line(part + (azimuth - part) * 0.72, 0.016 * s)
    second = head.hair_line(azimuth * 0.96, -0.012 * s)
    side = step(26, 54, np.abs(azimuth))
    end = at_level(head, azimuth * 1.04, head.eye_y + low * s)
    end[:, 1] -= 0.20 * side
    way = sphere_bezier([root, first, second, _unit(end)], _POINTS)
    t = np.linspace(0, 1, _POINTS)
    rise = np.interp(t, [0, 0.2, 0.5, 0.8, 1], [0.004, 0.0115, 0.013, 0.0105, 0.0075]) * s
    path = evenly(softened(head.on_skin(way, rise[None]), 3), 36)
    return Guides(path, _unit(path - head.centre))


def _unit(v: Reals) -> Reals:
    return v / np.linalg.norm(v, axis=-1, keepdims=True).clip(1e-12)
