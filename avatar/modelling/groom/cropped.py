"""Sheets of short hair: from the whorl at the crown outwards to the hair line."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avatar.modelling.groom.curves import bearing_of, evenly, polar, softened, sphere_bezier, step
from avatar.modelling.groom.head import Head, direction
from avatar.modelling.groom.sheet import Guides
from avatar.modelling.sources import Reals

_GUIDES = 97
_POINTS = 30


@dataclass(frozen=True)
class Crop:
    """How short hair lies; m for the average head."""

    top: float = 0.015
    """Thickness on top."""
    sides: float = 0.006
    sweep: float = 30.0
    """How far the hair on top leans across, degrees, to the figure's right."""
    fringe: float = 0.001
    """How far the front hangs below the hair line."""
    whorl: tuple[float, float] = (172.0, 64.0)
    """Azimuth and elevation of the whorl."""


def ring(head: Head, crop: Crop) -> Guides:
    """All round the head; the first and the last guide run down the nape."""
    azimuth = np.linspace(-180, 180, _GUIDES)
    front = step(78, 30, np.abs(azimuth - 0.25 * crop.sweep))
    pole = direction(*crop.whorl)
    temple = step(24, 40, np.abs(azimuth)) * step(66, 56, np.abs(azimuth))
    inside = (-0.003 - (crop.fringe + 0.004) * front - 0.004 * temple) * head.scale
    end = head.hair_line(azimuth, inside)
    turn, _ = bearing_of(pole, direction(azimuth, np.where(np.abs(azimuth) < 90, 25.0, 10.0)))
    start = polar(pole, np.unwrap(turn), np.full(_GUIDES, 0.035))
    lean = crop.sweep * front
    elevation = np.degrees(np.arcsin(end[:, 1]))
    second = direction(azimuth + lean, np.maximum(elevation + 30, 22))
    first = _unit(start * 1.0 + 0.55 * direction(azimuth + 0.6 * lean, 42.0))
    way = sphere_bezier([start, first, second, end], _POINTS)
    path = head.on_skin(way, _thickness(head, way, crop, front))
    path = evenly(softened(path, 2), 36)
    return Guides(path, _unit(path - head.centre))


def fade(head: Head, side: float) -> Guides:
    """Clipped hair of one side, lying down over the hair line from the temple to the nape."""
    azimuth = np.linspace(50, 178, 65)
    t = np.linspace(0, 1, 10)
    above = (0.012 - 0.017 * t) * head.scale
    lean = 4.0 * t * step(90, 130, azimuth)[:, None]
    way = np.stack(
        [head.hair_line(side * (azimuth + lean[:, k]), above[k]) for k in range(len(t))], axis=1
    )
    path = head.on_skin(way, (0.0016 - 0.0012 * t) * head.scale)
    return Guides(path, _unit(path - head.centre))


def _thickness(head: Head, way: Reals, crop: Crop, front: Reals) -> Reals:
    t = np.linspace(0, 1, _POINTS)[None]
    high = step(0.12, 0.62, way[..., 1])
    thick = crop.sides + (crop.top - crop.sides) * high
    edge = np.maximum(front[:, None] * 0.55, np.interp(t, [0, 0.5, 0.8, 1], [1, 1, 0.55, 0.0]))
    return head.scale * thick * edge * np.interp(t, [0, 0.2], [0.6, 1])


def _unit(v: Reals) -> Reals:
    return v / np.linalg.norm(v, axis=-1, keepdims=True).clip(1e-12)
