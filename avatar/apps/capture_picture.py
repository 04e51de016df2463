"""The pictures of ``avatar capture``: the camera beside the figure, points on the face, the light
that says the camera is on."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avatar.media import Landmarks, VideoFrame
from avatar.plugins import require

Picture = NDArray[np.uint8]

_ON: Final = (70, 220, 110, 255)
_LOST: Final = (255, 150, 40, 255)
_FACE: Final = (110, 235, 255, 255)
_BODY: Final = (255, 215, 80, 255)
_HAND: Final = (255, 120, 190, 255)
_BONES: Final = ((11, 12), (11, 13), (13, 15), (12, 14), (14, 16), (11, 23), (12, 24), (23, 24))
_FINGERS: Final = tuple(
    (joint if joint % 4 != 1 else 0, joint + 1) if joint % 4 == 0 else (joint, joint + 1)
    for joint in range(20)
    if joint % 4 != 0
) + tuple((0, first) for first in (1, 5, 9, 13, 17))


class Pane:
    """Fits the camera's pictures into one size: filled, cropped about where the face is."""

    def __init__(self, size: tuple[int, int], *, mirror: bool = False) -> None:
        self._cv2: Any = require("cv2", extra="capture", for_what="a camera's picture")
        self.size, self._mirror = size, mirror
        self._middle: float | None = None

    def fit(self, frame: VideoFrame, seen: Landmarks | None, *, points: bool) -> Picture:
        """uint8[h, w, 4], opaque."""
        pixels = frame.pixels
        if points and seen is not None:
            pixels = self._marked(pixels.copy(), seen)
        if self._middle is None and seen is not None and len(seen.points):
            self._middle = float(seen.points[:, 0].mean())
        width, height = self.size
        scale = max(width / pixels.shape[1], height / pixels.shape[0])
        w, h = (
            max(round(pixels.shape[1] * scale), width),
            max(round(pixels.shape[0] * scale), height),
        )
        grown = scale > 1
        how = self._cv2.INTER_LINEAR if grown else self._cv2.INTER_AREA
        scaled = self._cv2.resize(pixels, (w, h), interpolation=how)
        middle = 0.5 if self._middle is None else self._middle
        x = int(np.clip(middle * w - width / 2, 0, w - width))
        y = (h - height) // 2
        out = scaled[y : y + height, x : x + width]
        return np.ascontiguousarray(out[:, ::-1] if self._mirror else out)

    def _marked(self, pixels: Picture, seen: Landmarks) -> Picture:
        cv2 = self._cv2
        scale = np.array([pixels.shape[1], pixels.shape[0]])
        size = max(1, round(pixels.shape[0] / 480))

        def at(point: Any) -> tuple[int, int]:
            x, y = np.round(point[:2] * scale).astype(int).tolist()
            return x, y

        for point in seen.points:
            cv2.circle(pixels, at(point), size, _FACE, -1)
        if seen.body is not None:
            for a, b in _BONES:
                if min(seen.body.visibility[a], seen.body.visibility[b]) > 0.5:
                    ends = at(seen.body.points[a]), at(seen.body.points[b])
                    cv2.line(pixels, *ends, _BODY, 2 * size, cv2.LINE_AA)
        for hand in seen.hands:
            for a, b in _FINGERS:
                cv2.line(pixels, at(hand.points[a]), at(hand.points[b]), _HAND, size, cv2.LINE_AA)
        return pixels


def beside(left: Picture, right: Picture) -> Picture:
    """Two pictures of one height in one."""
    return np.concatenate([left, right], 1)


def light(size: int, *, seen: bool) -> Picture:
    """The light that says the camera is on: green while the face is seen, else orange."""
    yy, xx = np.mgrid[0:size, 0:size] - (size - 1) / 2
    away = np.hypot(xx, yy)
    inside = np.clip(size * 0.32 - away + 0.5, 0, 1)
    glow = 0.35 * np.clip(1 - away / (size / 2), 0, 1)
    alpha = np.maximum(inside, glow)
    color = np.array(_ON if seen else _LOST, np.float64)[:3]
    return np.dstack([alpha[..., None] * color, alpha * 255]).round().astype(np.uint8)
