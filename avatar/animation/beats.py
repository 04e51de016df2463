"""Head and brows that beat time to speech: they fall on the syllables that carry the stress.

Speakers nod, tilt and raise their brows on stressed syllables, lift the head as they begin and
let it settle as they end (Hadar et al. 1983; Munhall et al. 2004).
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Final

import numpy as np

from avatar.animation.ease import ease
from avatar.math3d import Array, Float, quat_exp
from avatar.media import Speech
from avatar.pose import BONE_COUNT, FACE_COUNT, FaceShape, HumanBone, Pose

_DEG: Final = np.pi / 180
_VOWELS: Final = frozenset("aeiouyæɑɒɔəɛɜɝɚɪʊʌɐøœɨʉɯɤɵɞʏɘɶ")
_GAP: Final = (0.6, 1.15)
"""s between two head beats, from .. to."""
_BROW_GAP: Final = 1.3
_BROW_PART: Final = 0.55
"""Part of the head beats that may bring the brows along."""
_FADE: Final = 0.35
"""s in which all of it comes to rest when the speech is cut off."""
_KEEP: Final = 60.0
"""s for which past speech is remembered."""

_PITCH, _YAW, _ROLL, _LEAN, _INNER, _OUTER = range(6)
_MOVES: Final = (
    ("nod", (4.2, 0.0, 0.4)),
    ("nod aside", (2.9, 2.8, 0.8)),
    ("tilt", (1.2, 0.5, 3.6)),
    ("turn", (0.8, 3.6, 1.2)),
    ("lift", (-2.4, 0.6, 0.5)),
)
"""Head movements: degrees of pitch, yaw and roll; sides alternate."""


@dataclass(frozen=True, slots=True)
class Stress:
    """A syllable that stands out."""

    t: float
    """Middle of its vowel, s from the first sample."""
    prominence: float
    """0..1 within the utterance."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """Bumps of one utterance on the session's clock."""

    start: float
    end: float
    course: Array
    """float64[n, 4]: peak, rise, hold, fall, s."""
    size: Array
    """float64[n, 6]: pitch, yaw, roll, lean (rad), inner and outer brow (weight)."""
    cut: float = np.inf

    def at(self, t: float) -> Array:
        peak, rise, hold, fall = self.course.T
        up = ease((t - peak + rise) / rise)
        shape = up * (1 - ease((t - peak - hold) / fall)) * (peak - rise < self.cut)
        return shape @ self.size * (1 - ease((t - self.cut) / _FADE))


def stresses(speech: Speech) -> list[Stress]:
    """The stressed syllables of an utterance: from its phones, else from its loudness."""
    loud = _loudness(speech)
    if not speech.phones:
        return _peaks(loud)
    vowels = [p for p in speech.phones if p.symbol[:1] in _VOWELS]
    strong = [p for p in vowels if p.stress >= 0.4] or vowels
    longest = max((p.end - p.start for p in strong), default=1.0) or 1.0
    found: list[Stress] = []
    for p in strong:
        heard = loud[int(p.start / _HOP) : int(p.end / _HOP) + 1].max(initial=0)
        weight = 0.4 * p.stress + 0.35 * heard + 0.25 * (p.end - p.start) / longest
        found.append(Stress((p.start + p.end) / 2, float(weight)))
    return found


_HOP: Final = 0.01


def _loudness(speech: Speech) -> Array:
    """float64[n], 0..1, smoothed level every 10 ms."""
    hop = max(int(speech.audio.rate * _HOP), 1)
    samples = speech.audio.samples[: len(speech.audio.samples) // hop * hop].astype(np.float64)
    level = np.sqrt((samples.reshape(-1, hop) ** 2).mean(1)) if len(samples) else np.zeros(1)
    smooth = np.convolve(level, np.hanning(13) / np.hanning(13).sum(), "same")
    return smooth / max(float(smooth.max()), 1e-9)


def _peaks(loud: Array) -> list[Stress]:
    inner = loud[1:-1]
    at = np.flatnonzero((inner > 0.45) & (inner >= loud[:-2]) & (inner > loud[2:])) + 1
    return [Stress(float(i) * _HOP, float(loud[i])) for i in at]


class SpeechMotionDriver:
    """Plays on the layer ``beats``; deterministic for a seed and the speech announced."""

    layer = "beats"

    def __init__(self, seed: int = 0, strength: float = 1.0) -> None:
        """``strength`` scales everything: 0 stands still, 1 is a lively host."""
        self._seed, self._strength = seed, strength
        self._plans: list[_Plan] = []
        self._count = 0

    def say(self, speech: Speech, start: float) -> None:
        """Plan the beats of a speech whose first sample is heard at ``start`` (s)."""
        rng = np.random.default_rng(
            [self._seed, 0xBEA7, self._count, zlib.crc32(speech.text.encode())]
        )
        self._count += 1
        self._plans = [p for p in self._plans if p.end > start - _KEEP]
        self._plans.append(_plan(speech, start, rng))

    def cancel(self, t: float) -> None:
        """The speech falls silent at ``t`` (s): what has begun fades, the rest is forgotten."""
        self._plans = [
            _Plan(p.start, p.end, p.course, p.size, min(p.cut, t))
            for p in self._plans
            if p.start < t
        ]

    def sample(self, t: float) -> Pose | None:
        """Head and brows at ``t`` (s); None when nothing is being said."""
        near = [p for p in self._plans if p.start - 1 < t < p.end + 2]
        if not near:
            return None
        total = sum((p.at(t) for p in near), np.zeros(6)) * self._strength
        return _pose(t, total) if np.abs(total).max() > 1e-6 else None


def _plan(speech: Speech, start: float, rng: np.random.Generator) -> _Plan:
    length = speech.audio.duration
    course, size = _frame(length)
    last_move, last_brow, side = -1, -np.inf, rng.choice([-1.0, 1.0])
    for stress in _chosen(stresses(speech), rng):
        move = int(rng.choice([m for m in range(len(_MOVES)) if m != last_move]))
        last_move, side = move, -side
        force = (0.65 + 0.55 * stress.prominence) * rng.uniform(0.75, 1.15)
        turn = np.array(_MOVES[move][1]) * [1, side, side] * _DEG * force
        lean = max(turn[_PITCH], 0.0) * 0.25
        rise, fall = rng.uniform(0.17, 0.24), rng.uniform(0.3, 0.45)
        course += [(stress.t, rise, 0.02, fall), (stress.t - rise, 0.16, 0.0, rise)]
        size += [(*turn, lean, 0, 0), (*(-0.22 * turn), 0, 0, 0)]
        if stress.t - last_brow > _BROW_GAP and rng.random() < _BROW_PART:
            last_brow = stress.t
            up = rng.uniform(0.22, 0.45) * force
            course.append((stress.t - 0.04, rng.uniform(0.12, 0.18), 0.14, rng.uniform(0.3, 0.5)))
            size.append((0, 0, 0, 0, up, up * rng.uniform(0.5, 1.1)))
    times = np.add(course, [start, 0, 0, 0])
    return _Plan(start, start + length, times, np.array(size))


def _frame(length: float) -> tuple[list[tuple[float, ...]], list[tuple[float, ...]]]:
    """The lift of the head as one begins, and how it settles on the last words."""
    settle = max(length - 0.15, 0.3)
    course = [(0.3, 0.5, max(length - 0.9, 0.0), 0.8), (settle, 0.45, 0.1, 0.9)]
    lift = (-1.3 * _DEG, 0.0, 0.0, 0.9 * _DEG, 0.05, 0.03)
    return list(course), [lift, (1.9 * _DEG, 0.0, 0.0, 0.2 * _DEG, 0.0, 0.0)]


def _chosen(found: list[Stress], rng: np.random.Generator) -> list[Stress]:
    """The most prominent syllables that leave each other room, in order of time."""
    kept: list[Stress] = []
    for stress in sorted(found, key=lambda s: -s.prominence):
        gap = rng.uniform(*_GAP)
        if all(abs(stress.t - k.t) > gap for k in kept):
            kept.append(stress)
    return sorted(kept, key=lambda s: s.t)


_SHARES: Final = (
    (HumanBone.head, 0.6, 0.0),
    (HumanBone.neck, 0.4, 0.0),
    (HumanBone.upperChest, 0.0, 0.5),
    (HumanBone.chest, 0.0, 0.5),
)
"""Bone, its part of the head's turn and of the lean."""
_BODY_W: Final = np.isin(np.arange(BONE_COUNT), [b for b, _, _ in _SHARES]).astype(np.float32)
_BROWS: Final = (FaceShape.browInnerUp, FaceShape.browOuterUpLeft, FaceShape.browOuterUpRight)
_FACE_W: Final = np.isin(np.arange(FACE_COUNT), _BROWS).astype(np.float32)


def _pose(t: float, total: Array) -> Pose:
    turns: Array = np.zeros((BONE_COUNT, 3))
    for bone, head, lean in _SHARES:
        turns[bone] = head * total[:3]
        turns[bone, 0] += lean * total[_LEAN]
    brows = np.array([total[_INNER], total[_OUTER], 0.88 * total[_OUTER]])
    face: Float = np.zeros(FACE_COUNT, np.float32)
    face[list(_BROWS)] = np.clip(brows, 0, 1)
    return Pose(
        t=t,
        rotation=quat_exp(turns).astype(np.float32),
        rotation_w=_BODY_W,
        weight=face,
        weight_w=_FACE_W,
        gaze=(float(-total[_YAW]), float(total[_PITCH] + total[_LEAN])),
    )
