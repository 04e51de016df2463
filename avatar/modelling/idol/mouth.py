"""The drawn mouth: its line, and inside it a dark cavity, a row of teeth and a tongue."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from avatar.modelling.idol.drawn import MM, Sheet, band, head_weights, morphs, sheet_part, strip
from avatar.modelling.idol.features import MOUTH_HALF, MOUTH_Y, mouth_line
from avatar.modelling.idol.shapes import Points, motion
from avatar.modelling.idol.surface import front
from avatar.modelling.part import Part, merge
from avatar.modelling.sources import Ints, Reals
from avatar.pose import FACE_SHAPES

CAVITY, TEETH, TONGUE = (0.125, 0.5), (0.375, 0.5), (0.75, 0.5)
"""Places in the mouth's picture."""


_HELD: Final = (
    "mouthUpper", "mouthFunnel", "mouthPucker", "mouthLeft", "mouthRight", "mouthSmile",
    "mouthStretch", "mouthFrown",
)  # fmt: skip
"""Shapes with which the drawn teeth give way to the upper lip."""


def mouth_parts(origin: Reals) -> list[Part]:
    """The mouth's line and its inside."""
    upper, lower = (sheet_part("line", "lipline", _line(lip), origin) for lip in (1.0, -1.0))
    inside = [_cavity(origin), _teeth(origin), _tongue(origin)]
    return [merge("lipline", [upper, lower]), merge("mouth", inside)]


def _line(lip: float) -> Sheet:
    angle = np.linspace(-np.pi / 2, np.pi / 2, 33)
    x = (MOUTH_HALF + 0.4) * np.sin(angle)
    widest = 1.25 if lip > 0 else 0.8

    def width(t: Reals) -> Reals:
        edge = np.clip(1 - np.abs(2 * t - 1) ** 2.6, 0, 1) ** 0.8
        return widest * (0.22 + 0.78 * edge) * np.clip(np.sin(np.pi * t) * 12, 0, 1)

    sheet = band(np.column_stack([x, mouth_line(x)]), width, 0.35, rows=3)
    return replace(sheet, lip=np.full(len(sheet.anchor), lip))


def _loop(count: int = 44) -> tuple[Reals, Reals]:
    """The lips' edge as a closed loop [N, 2] and each point's lip."""
    angle = 2 * np.pi * (np.arange(count) + 0.5) / count
    x = MOUTH_HALF * np.cos(angle)
    return np.column_stack([x, mouth_line(x)]), np.where(np.sin(angle) > 0, 1.0, -1.0)


def _cavity(origin: Reals) -> Part:
    loop, lip = _loop()
    rings = ((0.0, 1.0), (-5.0, 0.97), (-13.0, 0.9), (-20.0, 0.6))
    count, rows = len(loop), len(rings)
    depth = np.tile([d for d, _ in rings], count)
    share = np.tile([s for _, s in rings], count)
    anchor = np.repeat(loop, rows, axis=0)
    sheet = Sheet(
        anchor, np.column_stack([np.zeros((len(anchor), 2)), depth]), np.repeat(lip, rows),
        np.tile(CAVITY, (len(anchor), 1)), strip(count, rows, closed=True)[:, ::-1], share,
    )  # fmt: skip
    walls = sheet_part("cavity", "mouth", sheet, origin)
    last = rows - 1 + rows * np.arange(count)
    cap = np.column_stack([np.full(count - 2, last[0]), last[1:-1], last[2:]])
    return replace(walls, triangles=np.concatenate([walls.triangles, cap]))


def _teeth(origin: Reals) -> Part:
    """One clean row behind the upper lip; it hangs on the skull and gives way to the lip."""
    x = np.linspace(-11.5, 11.5, 15)
    rows = np.array([4.2, 1.6, -1.2, -3.0])
    at = np.stack(np.broadcast_arrays(x[:, None], MOUTH_Y + 0.8 + rows[None]), -1).reshape(-1, 2)
    at[:, 1] += 0.9 * (np.abs(at[:, 0]) / 11.5) ** 2
    depth = -4.0 - 5.0 * (np.abs(at[:, 0]) / 11.5) ** 2
    position = np.column_stack([at, front(at[:, 0] * 0, at[:, 1] * 0 + MOUTH_Y) + depth])
    anchor = np.column_stack([at[:, 0], mouth_line(at[:, 0])])
    displacement = {
        name: np.column_stack([0.8 * slide, np.zeros(len(at))]) + 0.8 * shift
        for name in FACE_SHAPES
        for slide, shift in [motion(name, Points(anchor, np.ones(len(at))))]
        if name.startswith(_HELD)
    }
    return _solid("teeth", position, TEETH, strip(len(x), len(rows)), displacement, origin)


def _tongue(origin: Reals) -> Part:
    """A soft mound on the floor of the mouth that goes down with the jaw."""
    u, v = np.meshgrid(np.linspace(-1, 1, 11), np.linspace(0, 1, 9), indexing="ij")
    u, v = u.ravel(), v.ravel()
    x = 8.5 * u * np.sqrt(np.clip(1 - 0.45 * (1 - v) ** 2, 0, 1))
    z = float(front(np.zeros(1), np.array([MOUTH_Y]))[0]) - 20 + 15.0 * np.sin(v * np.pi / 2)
    y = MOUTH_Y - 1.2 - 1.6 * u * u - 2.4 * v**3
    position = np.column_stack([x, y, z - 2.0 * u * u])
    anchor = np.column_stack([x * 0.2, mouth_line(x * 0.2)])
    below = Points(anchor, np.full(len(x), -1.0))
    displacement = {
        name: np.column_stack([0.72 * slide, np.zeros(len(x))]) + 0.7 * shift
        for name in FACE_SHAPES
        for slide, shift in [motion(name, below)]
        if name.startswith(("jaw", "mouthLower", "mouthFunnel", "mouthClose"))
    }
    out = np.column_stack([0 * x, -3.0 * v**2 - 3.0 * (v > 0.7) * v, 19.0 * v])
    displacement["tongueOut"] = out
    return _solid("tongue", position, TONGUE, strip(11, 9), displacement, origin)


def _solid(
    name: str, position: Reals, place: tuple[float, float], triangles: Ints,
    displacement: dict[str, Reals], origin: Reals,
) -> Part:  # fmt: skip
    count = len(position)
    return Part(
        name, "mouth", "Face", origin + position * MM, np.tile([0.0, 0.3, 0.954], (count, 1)),
        np.tile(place, (count, 1)), triangles, head_weights(count),
        morphs(displacement),
    )  # fmt: skip
