"""Rounded lips: the base data's funnel and pucker end in points, so both are shaped anew.

Lips are rounded by a ring muscle (orbicularis oris): the corners come in and forward, the lips
stand out, and what opens between them is an ellipse, whose ends are round.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from avatar.modelling.sources import Ints, Reals

_MIDDLE: Final = 1.25
"""How much more the lips' middle moves than in the base data."""


@dataclass(frozen=True)
class Ring:
    """What a rounded mouth does at full weight; lengths in dm."""

    narrow: float
    """Share by which the mouth's width shrinks."""
    forward: float
    """How far the lips come out."""
    raised: float
    """How far the upper lip's middle rises."""
    dropped: float
    """How far the lower lip's middle falls."""
    turned: float
    """How far the lips' outer rims roll outwards, up and down."""


FUNNEL: Final = Ring(0.27, 0.075, 0.000, 0.046, 0.014)
"""An open ring, as in /o/ and /sh/."""
PUCKER: Final = Ring(0.40, 0.085, -0.010, 0.006, 0.006)
"""A small ring, as in /u/ and a kiss."""


def rounded(rest: Reals, lips: Ints, upper: Ints, lower: Ints, jaw: Reals, ring: Ring) -> Reals:
    """Displacements like ``rest`` (dm) that round the mouth.

    ``lips`` are the vertices of the face and the mouth's inside, ``upper`` and ``lower`` those
    along the edge of either lip; ``jaw`` is the displacement that opens the jaw.
    """
    loop = np.concatenate([upper, lower])
    half, front = np.abs(rest[loop, 0]).max(), rest[loop, 2].max()
    x, y, z = rest[lips].T
    seam = (_along(rest, upper, x, 1) + _along(rest, lower, x, 1)) / 2
    above, s = y - seam, np.abs(x) / half
    depth = np.clip((front - 0.10 - z) / 0.30, 0, 1)
    near = np.exp(-((np.maximum(s - 1, 0) / 0.75) ** 2)) * (1 - depth * depth * (3 - 2 * depth))
    lip = np.exp(-((np.abs(above) / 0.21) ** 4)) * near
    moved = np.zeros_like(rest)
    inward = ring.narrow * np.minimum(s, 1) * half * np.exp(-((above / 0.30) ** 2)) * near
    moved[lips, 0] = -np.sign(x) * inward
    arch = (_along(rest, upper, x, 2) + _along(rest, lower, x, 2)) / 2
    nearer = np.sign(x) * np.maximum(np.abs(x) - inward, 0)
    brought = (_along(rest, upper, nearer, 2) + _along(rest, lower, nearer, 2)) / 2 - arch
    moved[lips, 2] = (ring.forward * np.exp(-0.35 * s**2) + 0.8 * brought) * lip
    ellipse = np.sqrt(1 - np.minimum(s, 1) ** 3)
    with_jaw = np.clip(jaw[lips, 1] / jaw[lower, 1].min(), 0, 1)
    side = np.clip(3 * (0.5 - with_jaw), -1, 1)
    opened = np.where(side > 0, ring.raised, ring.dropped) * ellipse * side
    rim = np.clip(np.abs(above) / 0.09, 0, 1) * side * ring.turned * ellipse
    moved[lips, 1] = (opened + rim) * lip
    return moved


def arched(rest: Reals, delta: Reals, lips: Ints, upper: Ints, lower: Ints) -> Reals:
    """``delta``, which parts the lips, with corners that stay shut and a middle that moves more:
    an open smile is an arch over the teeth, and does not bare what lies beside them."""
    loop = np.concatenate([upper, lower])
    half = np.abs(rest[loop, 0]).max()
    x, y, _ = rest[lips].T
    seam = (_along(rest, upper, x, 1) + _along(rest, lower, x, 1)) / 2
    s = np.minimum(np.abs(x) / half, 1)
    near = np.exp(-(((y - seam) / 0.20) ** 4)) * (np.abs(x) < 1.3 * half)
    factor = np.ones(len(rest))
    factor[lips] += near * (_MIDDLE * (1 - s * s) ** 0.8 - 1)
    return delta * factor[:, None]


def _along(rest: Reals, row: Ints, x: Reals, axis: int) -> Reals:
    """A coordinate of the lip edge ``row`` above or below each ``x``."""
    line = rest[row]
    order = np.argsort(line[:, 0], kind="stable")
    return np.interp(x, line[order, 0], line[order, axis])
