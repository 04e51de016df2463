"""The calibration a performer sees: the own picture in an oval, what to do, and how far it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np

from avatar.apps.capture_picture import Pane, Picture
from avatar.apps.messages import tr
from avatar.capture.calibrate import Calibrator
from avatar.capture.face import measure
from avatar.capture.perform import Capture
from avatar.media import Landmarks
from avatar.plugins import require
from avatar.pose import FaceShape
from avatar.render.overlay import Layer
from avatar.render.text import rasterize

LEAD: Final = 2.5
"""s in which the performer reads what to do."""
_PATIENCE: Final = 8.0
"""s after which a face is taken as it is: not everybody looks as a relaxed face should."""
_QUIET: Final = 0.4
"""s in which nothing may be wrong before it begins."""
_READY: Final = 2.5
"""s for which it says that it is done."""
_SMALL, _TURNED, _OPEN, _SMILES = 0.22, 0.3, 0.06, 0.5
"""Height of a face that is too far away (of the picture's), rad it may be turned, gap of its lips
(in eye distances) and score of a smile that are no rest."""
_SHUT: Final = 0.14
"""Height by width of eyes that are not open."""
_OVAL: Final = (0.27, 0.37)
"""Half axes of the oval, of the pane's side."""
_PLATE: Final = (11, 13, 19, 205)
_WAITS, _RUNS, _DONE = (235, 238, 244, 255), (92, 164, 255, 255), (70, 220, 110, 255)


class Teacher:
    """Leads a performer through the two seconds of a neutral face."""

    def __init__(self, capture: Capture, now: Callable[[], float], keep: Path | None) -> None:
        """``now``: the time, s. ``keep``: the file that the result goes into."""
        self._cv2: Any = require("cv2", extra="capture", for_what="a camera's picture")
        self._capture, self._now, self._keep = capture, now, keep
        self._begun: float | None = None
        self._good: float | None = None
        self._calibrator: Calibrator | None = None
        self._ended = float("-inf")

    @property
    def busy(self) -> bool:
        """Whether the performer is being led, or has just been."""
        going = self._begun is not None or self._calibrator is not None
        return going or self._now() - self._ended < _READY

    def begin(self) -> None:
        """Start (again)."""
        self._begun, self._good, self._calibrator = self._now(), None, None

    def step(self) -> None:
        """Call it for every picture."""
        now = self._now()
        if self._calibrator is not None and self._calibrator.done:
            self._calibrator, self._ended = None, now
            if self._keep is not None:
                self._capture.solver.calibration.save(self._keep)
                self._capture.tell(tr("saved", path=self._keep))
        if self._begun is None or now - self._begun < LEAD:
            return
        wrong = trouble(self._capture.seen)
        self._good = None if wrong else self._good or now
        tired = now - self._begun > _PATIENCE and wrong != "capture_no_face"
        if tired or (self._good is not None and now - self._good >= _QUIET):
            self._calibrator, self._begun = self._capture.solver.calibrate(), None

    @property
    def line(self) -> str:
        """What the performer is told."""
        if self._calibrator is not None:
            seconds = 2 * (1 - self._calibrator.progress)
            return tr("capture_hold_still", seconds=f"{max(seconds, 0.1):.1f}")
        if self._begun is not None:
            early = self._now() - self._begun < LEAD
            return tr("capture_get_ready" if early else trouble(self._capture.seen) or
                      "capture_get_ready")  # fmt: skip
        return tr("capture_taught")

    def layer(self, size: tuple[int, int]) -> list[Layer]:
        """The performer's own picture with the oval, and what to do under it, in a picture of
        ``size`` (w, h)."""
        side = round(min(size) * 0.6)
        top = (size[1] - side) // 3
        text = _plated(rasterize(self.line, max(side * 0.07, 12.0), (245, 247, 250)))[:, : size[0]]
        told = Layer("told", text, (size[0] - text.shape[1]) // 2, top + side + side // 24)
        frame = self._capture.frame
        if frame is None:
            return [told]
        pixels = Pane((side, side), mirror=True).fit(frame, self._capture.seen, points=False)
        self._ring(pixels, side)
        return [Layer("teacher", pixels, (size[0] - side) // 2, top), told]

    def _ring(self, pixels: Picture, side: int) -> None:
        yy, xx = np.mgrid[0:side, 0:side] / side - 0.5
        away = np.hypot(xx / _OVAL[0], yy / _OVAL[1])
        shade = 1 - 0.55 * np.clip((away - 1) * 8, 0, 1)
        pixels[..., :3] = (pixels[..., :3] * shade[..., None]).astype(np.uint8)
        middle, axes = (side // 2, side // 2), tuple(round(side * axis) for axis in _OVAL)
        wide = max(2, side // 90)
        whole = self._begun is None and self._calibrator is None
        self._cv2.ellipse(pixels, middle, axes, 0, 0, 360, _DONE if whole else _WAITS, wide,
                          self._cv2.LINE_AA)  # fmt: skip
        if self._calibrator is not None:
            end = 360 * self._calibrator.progress - 90
            self._cv2.ellipse(pixels, middle, axes, 0, -90, end, _RUNS, 2 * wide,
                              self._cv2.LINE_AA)  # fmt: skip


def _plated(text: Picture) -> Picture:
    """Premultiplied text on a dark plate with a margin."""
    height, width = text.shape[:2]
    edge = height // 3
    out = np.tile(np.array(_PLATE, np.uint8), (height + edge, width + 2 * edge, 1))
    place = out[edge // 2 : edge // 2 + height, edge : edge + width]
    place[:] = (text + place * (1 - text[..., 3:] / 255.0)).round().astype(np.uint8)
    return out


def trouble(seen: Landmarks | None) -> str:
    """What keeps a face from being a neutral one seen well: the key of a sentence, or ''."""
    sample = measure(seen) if seen is not None else None
    if seen is None or sample is None:
        return "capture_no_face"
    if float(np.ptp(seen.points[:, 1])) < _SMALL:
        return "capture_come_closer"
    if float(np.abs(sample.attitude).max()) > _TURNED:
        return "capture_face_camera"
    if float(sample.eyes.mean()) < _SHUT:
        return "capture_open_eyes"
    smile = sample.scores[[FaceShape.mouthSmileLeft, FaceShape.mouthSmileRight]]
    if sample.lips > _OPEN or float(np.nan_to_num(smile).max()) > _SMILES:
        return "capture_relax"
    return ""
