"""Where a stylised face's features lie: curves in the front plane (x, y), millimetres.

Drawn for the figure's left half and mirrored; the chin's tip is the origin.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from avatar.modelling.idol.surface import monotone
from avatar.modelling.sources import Reals

EYE: Final = (37.5, 88.5)
"""Middle of the left iris."""
IRIS: Final = (15.6, 20.6)
"""Half axes of the iris."""
MOUTH_Y: Final = 33.0
MOUTH_HALF: Final = 13.5
BROW_Y: Final = 121.0

_UPPER: Final = np.array([
    [16.6, 81.5], [17.6, 88.5], [20.5, 96.0], [25.5, 102.3], [32.0, 106.6], [38.5, 107.8],
    [45.0, 106.1], [51.0, 101.3], [55.4, 94.3], [58.0, 85.9],
])  # fmt: skip
_LOWER: Final = np.array([
    [16.6, 81.5], [18.8, 76.3], [23.0, 71.7], [29.5, 68.9], [37.0, 68.0], [44.5, 69.1],
    [51.0, 72.8], [55.4, 78.7], [58.0, 85.9],
])  # fmt: skip
_SHUT: Final = np.array([
    [16.6, 79.5], [22.0, 74.0], [29.0, 71.2], [37.0, 70.4], [45.0, 71.8], [52.0, 75.8],
    [58.0, 83.0],
])  # fmt: skip
_SMILING: Final = np.array([
    [16.6, 82.5], [22.0, 88.0], [29.0, 92.0], [37.0, 93.2], [45.0, 91.6], [52.0, 87.0],
    [58.0, 81.5],
])  # fmt: skip


def upper_lid(x: Reals) -> Reals:
    """y of the upper lid's edge at x > 0 at rest."""
    return monotone(_UPPER[:, 0], _UPPER[:, 1], x)


def lower_lid(x: Reals) -> Reals:
    return monotone(_LOWER[:, 0], _LOWER[:, 1], x)


def shut_lid(x: Reals) -> Reals:
    """y at which the lids of a shut eye meet."""
    return monotone(_SHUT[:, 0], _SHUT[:, 1], x)


def smiling_lid(x: Reals) -> Reals:
    """y to which a laughing cheek pushes the lower lid."""
    return monotone(_SMILING[:, 0], _SMILING[:, 1], x)


def eye_outline(count: int) -> Reals:
    """float64[count, 2]: the left eye's opening, evenly along its rim, counter-clockwise from
    the inner corner along the lower lid; ``count`` even, half to each lid."""
    sides: list[Reals] = []
    for curve in (_LOWER, _UPPER[::-1]):
        dense = _dense(curve)
        arc = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(dense, axis=0), axis=1))])
        at = np.linspace(0, arc[-1], count // 2 + 1)[:-1]
        sides.append(np.column_stack([np.interp(at, arc, dense[:, k]) for k in (0, 1)]))
    return np.concatenate(sides)


def _dense(curve: Reals, count: int = 400) -> Reals:
    """Catmull-Rom through points [K, 2], so that steep corners stay round."""
    knots = np.arange(len(curve), dtype=np.float64)
    padded = np.concatenate([[2 * curve[0] - curve[1]], curve, [2 * curve[-1] - curve[-2]]])
    at = np.linspace(0, knots[-1], count)
    k = np.clip(at.astype(int), 0, len(curve) - 2)
    t = (at - k)[:, None]
    p0, p1, p2, p3 = (padded[k + j] for j in range(4))
    return 0.5 * (2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2
                  + (3 * p1 - p0 - 3 * p2 + p3) * t**3)  # fmt: skip


def mouth_line(x: Reals) -> Reals:
    """y of the closed lips at x: corners a little up."""
    t = np.clip(np.abs(x) / MOUTH_HALF, 0, 1.6)
    return MOUTH_Y + 1.7 * t**2.2 - 0.5 * np.exp(-((t / 0.22) ** 2))


def smooth(edge: float, end: float, value: Reals) -> Reals:
    """Smoothstep from 1 at ``edge`` down to 0 at ``end``."""
    t = np.clip((value - edge) / (end - edge), 0, 1)
    return 1 - t * t * (3 - 2 * t)
