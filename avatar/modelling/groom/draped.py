"""Long hair let down over the shoulders."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avatar.modelling.groom.curves import evenly, softened, spline, step
from avatar.modelling.groom.falling import outward
from avatar.modelling.groom.head import Head
from avatar.modelling.groom.sheet import Guides
from avatar.modelling.sources import Reals

_CELL = 0.010
_GRID = (44, 64)


@dataclass(frozen=True)
class Drape:
    """Where long hair lies below the jaw; m for the average head."""

    length: float
    wave: float = 0.0
    share: float = 0.30
    """Share of the guides, from the face, that fall in front of the shoulder."""


class Torso:
    """How far a chest and a back stand out, by width and height."""

    def __init__(self, head: Head) -> None:
        self._low = head.centre - np.array([_GRID[0] / 2, _GRID[1], 0]) * _CELL
        at = head.cover[np.abs(head.cover[:, 0] - head.centre[0]) < 0.17 * head.scale]
        cell = np.floor((at[:, :2] - self._low[:2]) / _CELL).astype(int)
        inside = ((cell >= 0) & (cell < _GRID)).all(axis=1)
        z, cell = at[inside, 2] - head.centre[2], cell[inside]
        self._front, self._back = (_relief(cell, sign * z) for sign in (1.0, -1.0))
        self._z = float(head.centre[2])

    def kept_out(self, points: Reals, ahead: bool, gap: float) -> Reals:
        """Points [..., 3] moved before the chest, or behind the back, by ``gap`` m."""
        cell = np.floor((points[..., :2] - self._low[:2]) / _CELL).astype(int)
        x, y = (np.clip(cell[..., k], 0, _GRID[k] - 1) for k in (0, 1))
        result = points.copy()
        if ahead:
            result[..., 2] = np.maximum(points[..., 2], self._z + self._front[x, y] + gap)
        else:
            result[..., 2] = np.minimum(points[..., 2], self._z - self._back[x, y] - gap)
        return result


def _relief(cell: Reals, height: Reals) -> Reals:
    """Greatest height in each cell and its neighbours, smoothed; -1 where there is nothing."""
    grid = np.full(_GRID, -1.0)
    index = cell.astype(int)
    np.maximum.at(grid, (index[:, 0], index[:, 1]), height)
    for _ in range(2):
        near = [np.roll(grid, shift, axis) for axis in (0, 1) for shift in (-1, 1)]
        grid = np.maximum.reduce([grid, *near])
    return grid


def let_down(head: Head, guides: Guides, side: float, drape: Drape) -> list[Guides]:
    """A side's sheet let down over the shoulder: what falls in front, and what falls behind."""
    split = max(int(len(guides.path) * drape.share), 2)
    torso = Torso(head)
    front = _lowered(head, torso, guides.path[: split + 1], side, drape, True)
    back = _lowered(head, torso, guides.path[split - 1 :], side, drape, False)
    return [front, back]


def _lowered(
    head: Head, torso: Torso, path: Reals, side: float, drape: Drape, ahead: bool
) -> Guides:
    """Guides continued from the jaw to the length below the eyes, before or behind a shoulder."""
    s, start = head.scale, path[:, -1]
    g, level = np.linspace(0, 1, len(path)), np.linspace(0, 1, 13)[1:]
    reach = drape.length * (0.8 if ahead else 1.0)
    fall = (head.eye_y - reach * s) - start[:, 1]
    x0, z0 = (start[:, 0] - head.centre[0]) * side, start[:, 2] - head.centre[2]
    if ahead:
        x1, z1 = 0.062 + 0.040 * g, 0.040 - 0.012 * g
    else:
        x1, z1 = 0.130 * (1 - g) ** 0.8 - 0.012, np.full(len(path), -0.105)
    t = step(0.0, 0.5, level)[None]
    points = np.empty((len(path), len(level), 3))
    points[..., 0] = head.centre[0] + side * (x0[:, None] * (1 - t) + x1[:, None] * s * t)
    points[..., 2] = head.centre[2] + z0[:, None] * (1 - t) + z1[:, None] * s * t
    points[..., 1] = start[:, 1:2] + fall[:, None] * level[None]
    phase = level * 11.0 + 2.5 * g[:, None] + (0.0 if ahead else 1.5)
    sway = drape.wave * s * step(0.0, 0.5, level) * np.sin(phase)
    points[..., 0] += side * 0.014 * sway
    points[..., 2] += 0.010 * sway * (1 if ahead else -1)
    points = torso.kept_out(points, ahead, 0.012 * s)
    low = softened(spline(np.concatenate([path[:, -9::4], points], axis=1), 72), 14)
    low[:, 24:] = torso.kept_out(low[:, 24:], ahead, 0.008 * s)
    path = evenly(softened(np.concatenate([path[:, :-9], low], axis=1), 4), 80, 2.4, 0.36)
    path[:, 48:] = torso.kept_out(path[:, 48:], ahead, 0.007 * s)
    return Guides(path, outward(head, path))
