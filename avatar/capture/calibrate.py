"""What is known of one performer's face: its rest, its range, and how it is held.

Before anything is known, ranges typical of MediaPipe's scores stand. While the performer moves,
rest and range follow what was seen (low and high percentiles); two seconds of a neutral face
(:class:`Calibrator`) fix the rest for good. Left and right are kept apart, so an asymmetric
smile stays one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from avatar.capture.marks import LEAST as LEAST_MARKS
from avatar.capture.marks import MARKS, RESTS, SPAN
from avatar.errors import AssetError, OutputError
from avatar.math3d import Array
from avatar.pose import FACE_COUNT, FACE_SHAPES

SECONDS: Final = 2.0
"""s of a neutral face that make a calibration."""
LEAST: Final = 20
"""Pictures it needs at least."""
OPEN_EYE: Final = 0.31
"""Height of an open eye by its width, before more is known."""

_TOPS: Final[Mapping[str, float]] = {
    "browDown": 0.7, "browInnerUp": 0.8, "browOuterUp": 0.75, "eyeSquint": 0.8, "eyeWide": 0.45,
    "jawForward": 0.5, "jawLeft": 0.3, "jawRight": 0.3, "jawOpen": 0.75, "mouthClose": 0.4,
    "mouthDimple": 0.5, "mouthFrown": 0.5, "mouthFunnel": 0.55, "mouthLeft": 0.6,
    "mouthRight": 0.6, "mouthLowerDown": 0.6, "mouthPress": 0.7, "mouthPucker": 0.97,
    "mouthRollLower": 0.6, "mouthRollUpper": 0.6, "mouthShrugLower": 0.8, "mouthShrugUpper": 0.8,
    "mouthSmile": 0.9, "mouthStretch": 0.7, "mouthUpperUp": 1.15, "noseSneer": 0.3,
}  # fmt: skip
"""Score that means 1."""
_RESTS: Final[Mapping[str, float]] = {
    "browDown": 0.08, "browInnerUp": 0.06, "browOuterUp": 0.06, "eyeSquint": 0.3, "eyeWide": 0.02,
    "mouthPress": 0.1, "mouthPucker": 0.15, "mouthShrugUpper": 0.12, "mouthShrugLower": 0.15,
    "mouthRollUpper": 0.06, "mouthRollLower": 0.08, "mouthSmile": 0.03, "jawOpen": 0.02,
    "mouthStretch": 0.05, "mouthFrown": 0.04, "mouthLowerDown": 0.03, "mouthUpperUp": 0.03,
    "mouthDimple": 0.02,
}  # fmt: skip
"""Score that means 0."""
_HIGHEST_REST: Final = 0.5
_MOOD_REST: Final = 0.15
"""How high the rest of a smile or an open mouth may be found without being asked: somebody who
smiles all the time is smiling."""
_ROOM: Final = 0.25
"""Least distance between rest and top."""
_PRIOR: Final = 5.0
"""s of looking that what is usual weighs as much as."""
_LONGEST_STEP: Final = 0.25
"""s between two pictures that count, at most."""
_BINS, _FINE = 64, 200
"""Of the histograms of scores, and of marks."""
_USUAL: Final = np.array([0.5, 0.5, 0.5, 0.25, 0.25])
"""Percentile of each mark that is taken for its rest."""


def _by_shape(table: Mapping[str, float], default: float) -> Array:
    def of(name: str) -> float:
        return table.get(name, table.get(name.removesuffix("Left").removesuffix("Right"), default))

    return np.array([of(name) for name in FACE_SHAPES], np.float64)


def _limits() -> Array:
    mood = ("mouthSmile", "jawOpen", "mouthFrown", "browInnerUp", "mouthUpperUp", "mouthLowerDown")
    return np.array([_MOOD_REST if n.startswith(mood) else _HIGHEST_REST for n in FACE_SHAPES])


@dataclass(frozen=True)
class Calibration:
    """One performer."""

    rest: Array = field(default_factory=lambda: _by_shape(_RESTS, 0.02))
    """float64[52], score of each shape on the neutral face."""
    top: Array = field(default_factory=lambda: _by_shape(_TOPS, 0.7))
    """float64[52], score at which each shape is 1."""
    open_eye: Array = field(default_factory=lambda: np.full(2, OPEN_EYE))
    """float64[2], height of the open left and right eye by its width."""
    attitude: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Yaw, pitch and roll of the head as it is held at rest, rad."""
    place: tuple[float, float, float] | None = None
    """Where the head is at rest, m from the camera; None if unknown."""
    gaze: tuple[float, float] = (0.0, 0.0)
    """Measured yaw and pitch of eyes that look into the camera, rad."""
    lips: float = 0.0
    """Gap of closed lips, in distances between the eyes' outer corners."""
    marks: Array = field(default_factory=RESTS.copy)
    """float64[5], :mod:`avatar.capture.marks` of the neutral face."""
    sure: float = 0.0
    """How well the neutral face is known, 0..1."""
    asked: bool = False
    """Whether the performer held a neutral face for it."""

    def weights(self, scores: Array) -> Array:
        """Scores [52] as shape weights 0..1."""
        room = np.maximum(self.top - self.rest, _ROOM)
        return np.clip((scores - self.rest) / room, 0, 1)

    def save(self, path: str | Path) -> None:
        """Write it as JSON; raises OutputError."""
        data: dict[str, Any] = {
            "rest": dict(zip(FACE_SHAPES, self.rest.round(4).tolist(), strict=True)),
            "top": dict(zip(FACE_SHAPES, self.top.round(4).tolist(), strict=True)),
            "open_eye": self.open_eye.tolist(), "attitude": self.attitude, "place": self.place,
            "gaze": self.gaze, "lips": self.lips, "marks": self.marks.round(5).tolist(),
            "sure": self.sure, "asked": self.asked,
        }  # fmt: skip
        try:
            Path(path).write_text(json.dumps(data, indent=1), encoding="utf-8")
        except OSError as error:
            raise OutputError(f"cannot write {path}: {error.strerror or error}") from error

    @classmethod
    def load(cls, path: str | Path) -> Calibration:
        """Read one written by :meth:`save`; raises AssetError."""
        try:
            data: dict[str, Any] = json.loads(Path(path).read_text("utf-8"))
            found = cls(
                rest=np.array([float(data["rest"][n]) for n in FACE_SHAPES]),
                top=np.array([float(data["top"][n]) for n in FACE_SHAPES]),
                open_eye=np.array(data["open_eye"], np.float64).reshape(2),
                attitude=_three(data["attitude"]),
                place=None if data["place"] is None else _three(data["place"]),
                gaze=(float(data["gaze"][0]), float(data["gaze"][1])),
                lips=float(data["lips"]),
                marks=np.array(data["marks"], np.float64).reshape(MARKS),
                sure=float(data.get("sure", 1.0)),
                asked=bool(data.get("asked", True)),
            )
        except OSError as error:
            raise AssetError(f"cannot be read: {error.strerror or error}", path=path) from error
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise AssetError("not a calibration: make a new one", path=path) from error
        values = np.concatenate(
            [found.rest, found.top, found.open_eye, found.attitude, found.marks]
        )
        if not np.isfinite(values).all():
            raise AssetError("not a calibration: make a new one", path=path)
        return found


def _three(values: Any) -> tuple[float, float, float]:
    x, y, z = (float(value) for value in values)
    return x, y, z


@dataclass(frozen=True, slots=True)
class Sample:
    """What one picture says about the face, before any calibration."""

    t: float
    scores: Array
    """float64[52]; NaN where the tracker has none."""
    eyes: Array
    """float64[2], height by width of the left and right eye."""
    attitude: Array
    """float64[3], yaw, pitch, roll of the head, rad."""
    place: Array
    """float64[3], m."""
    gaze: Array
    """float64[2], yaw and pitch of the eyes in the head, rad."""
    lips: float
    """Gap of the inner lips, in distances between the eyes' outer corners."""
    marks: Array = field(default_factory=RESTS.copy)
    """float64[5], what :mod:`avatar.capture.marks` measures."""


class Calibrator:
    """Gathers a neutral face: feed it until ``done``."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._samples: list[Sample] = []

    @property
    def progress(self) -> float:
        """How much of it is done, 0..1."""
        if len(self._samples) < 2:
            return 0.0
        spent = (self._samples[-1].t - self._samples[0].t) / self._seconds
        return min(spent, len(self._samples) / LEAST, 1.0)

    @property
    def done(self) -> bool:
        return self.progress >= 1

    def feed(self, sample: Sample) -> bool:
        """Take a picture; False if the head moved and it had to start anew."""
        last = self._samples[-1] if self._samples else None
        moved = last is not None and float(np.abs(sample.attitude - last.attitude).max()) > 0.1
        if moved:
            self._samples.clear()
        self._samples.append(sample)
        return not moved

    def result(self, base: Calibration | None = None) -> Calibration:
        """The performer, from the median of what was seen."""
        base = base or Calibration()
        middle = {
            name: np.nanmedian([getattr(s, name) for s in self._samples], 0)
            for name in ("eyes", "attitude", "place", "gaze", "lips", "marks")
        }
        scores = np.array([s.scores for s in self._samples])
        seen = np.isfinite(scores).any(0)
        rest = base.rest.copy()
        rest[seen] = np.minimum(np.nanmedian(scores[:, seen], 0) + 0.02, _HIGHEST_REST)
        return replace(
            base, rest=rest, open_eye=np.maximum(middle["eyes"], 0.1),
            attitude=_three(middle["attitude"]), place=_three(middle["place"]),
            gaze=(float(middle["gaze"][0]), float(middle["gaze"][1])),
            lips=float(min(middle["lips"], 0.05)), marks=middle["marks"], asked=True, sure=1.0,
        )  # fmt: skip


class Learner:
    """Follows a performer who was not asked: ranges widen as more is seen.

    Rest is the 10th percentile of each score so far and never above what is plausible; the open
    eye is the 90th percentile of its height; brows are mostly at rest, mouths smile now and then.
    """

    def __init__(self, start: Calibration | None = None) -> None:
        self.calibration = self._prior = start or Calibration()
        self._limits = _limits()
        self._count = np.zeros((FACE_COUNT, _BINS))
        self._eyes = np.zeros((2, _BINS))
        self._marks = np.zeros((MARKS, _FINE))
        self._frames, self._spent = 0, 0.0
        self._last: float | None = None

    def feed(self, sample: Sample) -> Calibration:
        """Take a picture; returns the performer as known now."""
        self._frames += 1
        since = 0.0 if self._last is None else sample.t - self._last
        self._spent, self._last = self._spent + min(max(since, 0.0), _LONGEST_STEP), sample.t
        known = np.flatnonzero(np.isfinite(sample.scores))
        bins = np.clip(sample.scores[known] * _BINS, 0, _BINS - 1).astype(int)
        self._count[known, bins] += 1
        eyes = np.clip(sample.eyes * _BINS, 0, _BINS - 1).astype(int)
        self._eyes[[0, 1], eyes] += 1
        part = np.clip((sample.marks - LEAST_MARKS) / SPAN * _FINE, 0, _FINE - 1).astype(int)
        self._marks[np.arange(MARKS), part] += 1
        if self._frames % 15 == 0:
            self._learn()
        return self.calibration

    def known(self) -> Calibration:
        """The performer, with all that was seen so far."""
        if self._frames:
            self._learn()
        return self.calibration

    def _learn(self) -> None:
        trust = self._spent / (self._spent + _PRIOR)
        now, prior = self.calibration, self._prior
        top = np.maximum(now.top, np.minimum(_percentile(self._count, 0.995), 1.0))
        open_eye, rest, marks, sure = now.open_eye, now.rest, now.marks, now.sure
        if not now.asked:
            low = np.minimum(_percentile(self._count, 0.1), self._limits)
            rest = prior.rest + trust * (low - prior.rest)
            wide = np.clip(_percentile(self._eyes, 0.9), 0.2, 0.6)
            open_eye = prior.open_eye + trust * (wide - prior.open_eye)
            usual = LEAST_MARKS + SPAN * _percentile(self._marks, _USUAL)
            marks = prior.marks + trust * (usual - prior.marks)
            sure = prior.sure + trust * (1 - prior.sure)
        self.calibration = replace(
            now, rest=rest, top=top, open_eye=open_eye, marks=marks, sure=sure
        )


def _percentile(count: Array, share: float | Array) -> Array:
    """Of histograms [n, bins] over 0..1; 0 where nothing was counted."""
    total = count.sum(1, keepdims=True)
    wanted = np.reshape(share, (-1, 1)) * np.maximum(total, 1)
    reached = (np.cumsum(count, 1) >= wanted).argmax(1)
    return np.where(total[:, 0] > 0, (reached + 0.5) / count.shape[1], 0)
