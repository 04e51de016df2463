"""How the 52 ARKit shapes move a stylised face.

A shape is a displacement of the front plane: ``slide`` follows the face's surface, ``shift``
moves freely (a chin that drops, lips that come forward). Each is made for the left half and
mirrored, so both sides are alike to the last bit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from avatar.modelling.idol.features import (
    BROW_Y,
    MOUTH_HALF,
    MOUTH_Y,
    lower_lid,
    mouth_line,
    shut_lid,
    smiling_lid,
    smooth,
    upper_lid,
)  # fmt: skip
from avatar.modelling.sources import Flags, Reals


@dataclass(frozen=True)
class Points:
    """Points of the face at rest."""

    at: Reals
    """float64[N, 2], mm in the front plane."""
    lip: Reals = field(default_factory=lambda: np.zeros(0))
    """float64[N], +1 on or above the upper lip's edge, -1 below it."""


Motion = tuple[Reals, Reals]
"""(slide float64[N, 2], shift float64[N, 3]), mm."""


def motion(name: str, points: Points) -> Motion:
    """How the ARKit shape ``name`` moves points of the face (not the eyes or the tongue)."""
    slide, shift = np.zeros_like(points.at), np.zeros((len(points.at), 3))
    sides = (1.0,) if name.endswith("Left") else (-1.0,) if name.endswith("Right") else (1.0, -1.0)
    stem = name.removesuffix("Left").removesuffix("Right")
    for side in sides:
        if stem.startswith("eye"):
            slide += _lids(stem, points, side)
        elif stem.startswith("brow"):
            slide += _brow(stem, points, side)
    if stem.startswith(("cheek", "nose")):
        _cheek(name, stem, points, sides, slide, shift)
    elif stem.startswith(("mouth", "jaw", "tongue")):
        _lips(name, stem, points, slide)
        _jaw(name, points, slide, shift)
    return slide, shift


def _lids(stem: str, points: Points, side: float) -> Reals:
    x, y = points.at[:, 0] * side, points.at[:, 1]
    upper, lower = upper_lid(x), lower_lid(x)
    shut = shut_lid(x)
    smiling = smiling_lid(x)
    open_ = np.clip((upper - lower) / 30, 0, 1)
    down, up, across = np.zeros_like(x), np.zeros_like(x), np.zeros_like(x)
    match stem:
        case "eyeBlink":
            down, up = shut - upper, shut - lower
        case "eyeSquint":
            down, up = -2.5 * open_, 0.42 * (smiling - lower)
        case "eyeWide":
            down, up = 3.2 * open_, -1.2 * open_
        case "eyeLookDown":
            down, up = -8.0 * open_, -1.0 * open_
        case "eyeLookUp":
            down, up = 2.2 * open_, 0.8 * open_
        case "eyeLookIn":
            across = -0.8 * open_
        case "eyeLookOut":
            across = 0.8 * open_
        case _:
            pass
    middle = (upper + lower) / 2
    above = y >= middle - 1e-9
    away = np.where(above, y - upper, lower - y).clip(0)
    reach = np.where(above, smooth(0, 11, away), smooth(0, 18, away))
    beside = np.maximum(np.maximum(16.6 - x, x - 58.0), 0)
    reach = reach * smooth(0, 9, beside)
    dy = np.where(above, down, up) * reach
    return np.column_stack([across * reach * side, dy])


def _brow(stem: str, points: Points, side: float) -> Reals:
    x, y = points.at[:, 0] * side, points.at[:, 1]
    near = smooth(4, 22, np.abs(y - BROW_Y)) * smooth(0, 14, np.maximum(-x, x - 62))
    inner = smooth(18, 46, x) * smooth(-2, 10, -x)
    outer = 1 - smooth(26, 50, x)
    dx, dy = np.zeros_like(x), np.zeros_like(x)
    match stem:
        case "browDown":
            dy, dx = -8.5 * inner - 1.5, -2.6 * inner
        case "browInnerUp":
            dy = 6.0 * inner + 0.5
            # both halves meet in the middle of the face: each moves its own side only
            dy = np.where(x >= 0, dy, 0)
        case "browOuterUp":
            dy = 5.5 * outer + 2.0
        case _:
            pass
    own = np.where(x >= 0, 1.0, 0.0)
    return np.column_stack([dx * near * own * side, dy * near * own])


def _cheek(
    name: str, stem: str, points: Points, sides: tuple[float, ...], slide: Reals, shift: Reals
) -> None:
    for side in sides:
        x, y = points.at[:, 0] * side, points.at[:, 1]
        if stem == "cheekPuff":
            near = np.exp(-(((x - 38) / 16) ** 2) - ((y - 40) / 16) ** 2)
            shift[:, 2] += 5.0 * near
            shift[:, 0] += 5.0 * near * side
        elif stem == "cheekSquint":
            slide += 0.35 * _lids("eyeSquint", points, side)
            near = np.exp(-(((x - 40) / 15) ** 2) - ((y - 55) / 10) ** 2)
            slide[:, 1] += 2.5 * near
            shift[:, 2] += 1.2 * near
        elif stem == "noseSneer":
            near = np.exp(-(((x - 4) / 6) ** 2) - ((y - 53) / 8) ** 2)
            slide[:, 1] += 1.6 * near
            slide += 0.35 * _brow("browDown", points, side)


def _lips(name: str, stem: str, points: Points, slide: Reals) -> None:
    """Displacements of the lips' edges, spread over the skin around them."""
    x, y = points.at.T
    t = np.clip(x / MOUTH_HALF, -1, 1)
    round_ = np.sqrt(np.clip(1 - t * t, 0, 1))
    upper = points.lip > 0
    own = np.ones_like(t)
    if name.endswith(("Left", "Right")) and stem not in ("mouth", "jaw"):
        sign = 1 if name.endswith("Left") else -1
        own = np.clip(0.5 + 0.85 * t * sign, 0, 1)
    dx, dy = _edge(name, stem, t, round_, upper, own)
    gap = np.abs(y - mouth_line(x))
    beside = np.maximum(np.abs(x) - MOUTH_HALF, 0)
    away = np.hypot(gap, beside)
    reach = np.where(upper, smooth(0, 15, away), smooth(0, 24, away))
    slide[:, 0] += dx * reach
    slide[:, 1] += dy * reach


@dataclass(frozen=True)
class _Edge:
    """How a shape moves the lips' edges, mm, in bumps along t = -1..1 from corner to corner."""

    upper: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Upwards: a round opening, the corners, a soft middle."""
    lower: tuple[float, float, float] = (0.0, 0.0, 0.0)
    wider: float = 0.0
    """Outwards with t."""
    corners: float = 0.0
    """Outwards at the corners."""


_EDGES: Final = {
    "tongueOut": _Edge(lower=(-4, 0, 0)),
    "jawOpen": _Edge((3.4, -4, 0), (-20, -4, 0), wider=-1.6),
    "mouthClose": _Edge((-3.2, 3, 0), (19.7, 3, 0)),
    "mouthFunnel": _Edge((4.8, -2.2, 0), (-4.6, -2.2, 0), wider=-4.6),
    "mouthPucker": _Edge((1.6, -1, 0), (-1.8, -1, 0), wider=-6.5),
    "mouthSmile": _Edge((0, 4.4, 0), (0, 4.4, -0.9), corners=3.4),
    "mouthFrown": _Edge((0, -4.2, 0.8), (0, -4.2, 0.8), corners=0.8),
    "mouthDimple": _Edge((0, 0.8, 0), (0, 0.8, 0), corners=2.2),
    "mouthStretch": _Edge((0, -0.8, 0), (0, -0.8, 0), corners=4.2),
    "mouthRollLower": _Edge(lower=(0, 0, 1.2)),
    "mouthRollUpper": _Edge((0, 0, -0.9), (0, 0, -0.9)),
    "mouthShrugLower": _Edge((0, 0, 2.0), (0, 0, 2.0), wider=-0.3),
    "mouthShrugUpper": _Edge((0, 0, 1.6), (0, 0, 1.6)),
    "mouthPress": _Edge((0, 0.9, 0), (0, 0.9, 0), corners=0.9),
    "mouthLowerDown": _Edge(lower=(-6, 0, 0)),
    "mouthUpperUp": _Edge(upper=(4, 0, 0)),
}
_ASIDE: Final = 4.0
"""mm by which ``mouthLeft`` moves the whole mouth and ``jawLeft`` its lower lip."""


def _edge(
    name: str, stem: str, t: Reals, round_: Reals, upper: Flags, own: Reals
) -> tuple[Reals, Reals]:
    """(dx, dy) of the lips' edge at t = -1..1 from corner to corner."""
    full, corner = np.clip(1 - t * t, 0, 1), np.abs(t) ** 1.6
    if stem in ("mouth", "jaw"):
        aside = _ASIDE if name.endswith("Left") else -_ASIDE
        return aside * (full * ~upper if stem == "jaw" else np.ones_like(t)), np.zeros_like(t)
    edge = _EDGES.get(stem, _Edge())
    bumps = np.stack([round_, corner, full])
    dy = np.where(upper, np.array(edge.upper) @ bumps, np.array(edge.lower) @ bumps)
    dx = edge.wider * t + edge.corners * np.sign(t) * corner
    return dx * own, dy * own


def _jaw(name: str, points: Points, slide: Reals, shift: Reals) -> None:
    """The chin's part, and lips that come forward."""
    x, y = points.at.T
    below = smooth(-6, 16, y - 10) * (points.lip <= 0)
    mouth = np.exp(-((x / 15) ** 2) - ((y - MOUTH_Y) / 11) ** 2)
    match name:
        case "jawOpen":
            shift[:, 1] -= 8.0 * smooth(0, 34, y) * smooth(24, 52, np.abs(x))
        case "jawLeft" | "jawRight":
            sign = 1 if name == "jawLeft" else -1
            shift[:, 0] += 3.5 * sign * below
        case "jawForward":
            shift[:, 2] += 3.0 * smooth(14, 44, y)
        case "mouthFunnel":
            shift[:, 2] += 2.5 * mouth
        case "mouthPucker":
            shift[:, 2] += 3.5 * mouth
        case "mouthShrugLower":
            shift[:, 1] += 0.8 * below
        case _:
            pass
