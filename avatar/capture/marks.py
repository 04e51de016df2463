"""What the points of a face say that its scores do not: lowered brows and downcast mouths.

MediaPipe's scores hardly know a frown (``browDown``, ``mouthFrown``). The points do: brows come
down and together, the corners of the mouth sink. Marks are such distances in the head's own axes,
in distances between the eyes' outer corners; what counts is how far they are from the performer's
own rest. The factors are a regression over drawn figures of known shapes; on figures it had not
seen it found ``browDown`` with r .87-.89 (scores alone .21-.83) and ``mouthFrown`` with .91-.93
(.69-.88).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from avatar.math3d import Array, clamp
from avatar.pose import FaceShape

F = FaceShape

INNER, MID, APART, WIDE, HIGH = range(5)
"""Marks: height of the brows over the eyes, at their inner ends and their middles; gap between
them; width of the mouth; height of its corners over its middle."""
MARKS: Final = 5
RESTS: Final = np.array([0.235, 0.28, 0.295, 0.56, 0.03])
"""Of a face nobody knows yet."""
LEAST: Final = np.array([0.0, 0.0, 0.0, 0.2, -0.4])
"""Lower end of what each mark may be."""
SPAN: Final = np.array([0.5, 0.5, 0.5, 1.0, 1.0])
"""How much above it."""
_BROWS: Final = np.array([[285, 336, 55, 107], [282, 334, 52, 105]])
"""Points of [inner ends, middles], both sides: one brow's height is a guess on a turned head."""
_ENDS: Final = [55, 285]
_EYES: Final = [33, 133, 263, 362]
_CORNERS, _MIDDLE = [61, 291], [0, 17]
_SMILE_WIDTH, _SMILE_LIFT = (0.55, 0.16), (0.03, 0.065)
"""Width of the mouth and height of its corners at rest, and what a broad smile adds."""
_DOWN_PAIR: Final = np.array([F.browDownLeft, F.browDownRight])
_OUTER_PAIR: Final = np.array([F.browOuterUpLeft, F.browOuterUpRight])
_DOWN_GAIN, _INNER_GAIN = 1.6, 8.0
_NOISE: Final = 0.1
"""Weight below which a frown may be a turn of the head, or speech."""


def marks_of(points: Array) -> Array:
    """Marks float64[5] of 478 points in the head's axes, in distances between the eyes' outer
    corners."""
    inner, middles = points[_BROWS, 1].mean(-1) - points[_EYES, 1].mean()
    apart = np.linalg.norm(points[_ENDS[0]] - points[_ENDS[1]])
    corners, middle = points[_CORNERS], points[_MIDDLE].mean(0)
    wide = np.linalg.norm(corners[0] - corners[1])
    return np.array([inner, middles, apart, wide, corners[:, 1].mean() - middle[1]])


def grin(marks: Array) -> float:
    """How far the corners of the mouth are drawn out and up, 0..1, of any face."""
    wide = (marks[WIDE] - _SMILE_WIDTH[0]) / _SMILE_WIDTH[1]
    high = (marks[HIGH] - _SMILE_LIFT[0]) / _SMILE_LIFT[1]
    return clamp((wide + high) / 2, 0, 1)


def brows(off: Array, scores: Array, turn: Array) -> tuple[Array, float]:
    """Weights of ``browDown`` [2] (left, right) and what to add to that of ``browInnerUp``.

    ``off``: marks away from rest; ``scores`` [52] likewise; ``turn``: yaw, pitch of the head, rad.
    """
    down = -9.0 * off[MID] - 12.0 * off[APART] + 1.4 * scores[_DOWN_PAIR]
    down += 0.6 * scores[F.browInnerUp] - 0.5 * scores[_OUTER_PAIR].mean()
    down += -0.6 * min(turn[0] ** 2, 0.2) + 0.8 * np.clip(turn[1], -0.3, 0.3)
    tilt = float(off[INNER] - off[MID])
    return np.clip((down - _NOISE) * _DOWN_GAIN, 0, 1), _INNER_GAIN * tilt


def downcast(off: Array, scores: Array, jaw: float) -> float:
    """Weight of ``mouthFrown``; ``jaw``: how far the mouth is open, which lowers its middle."""
    sinks = -off[HIGH] / _SMILE_LIFT[1] + 0.1 * off[WIDE] / _SMILE_WIDTH[1]
    sinks += 0.5 * scores[[F.mouthFrownLeft, F.mouthFrownRight]].mean()
    return clamp((sinks - 2 * _NOISE) / (1 - 2 * _NOISE), 0, 1) * (1 - 0.6 * jaw)
