"""Hands that speak along: preparation, a stroke on the stressed word, hold, retraction.

The phases are Kendon's (1980); strokes fall on the most prominent syllables (McNeill 1992).
Gestures stay small, outside the body's outline, and never repeat themselves at once.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from avatar.animation.beats import Stress, stresses
from avatar.animation.ease import ease
from avatar.animation.stance import FINGERS, mirrored
from avatar.math3d import Array, Float, quat_from_axis_angle, quat_mul, quat_slerp
from avatar.media import Speech
from avatar.pose import BONE_COUNT, HumanBone, Pose

B = HumanBone

_GAP: Final = (1.7, 3.2)
"""s between two strokes, from .. to."""
_PREPARE, _STROKE, _RETRACT, _FADE = 0.55, 0.17, 0.85, 0.6
_KEEP: Final = 60.0
_PARTS: Final = {"Shoulder": 0.0, "UpperArm": 0.0, "LowerArm": 0.03, "Hand": 0.08}
_LAG: Final = {**_PARTS, **dict.fromkeys((*FINGERS, "Thumb"), 0.13)}
"""s after the upper arm at which each part of the arm follows."""


@dataclass(frozen=True, slots=True)
class _Shape:
    """A left arm in degrees; the right one mirrors it."""

    lower: float
    """From the T-pose down."""
    forward: float
    """The upper arm swings forward."""
    outward: float
    """The upper arm turns about itself so that a bent forearm points away from the body."""
    bend: float
    """The elbow."""
    palm_up: float
    """Forearm and wrist turn the palm from inward to upward."""
    stroke: float
    """The elbow opens (+) or closes by this much in the stroke."""
    curl: float
    """Of the fingers."""


_SHAPES: Final[Mapping[str, _Shape]] = {
    "offer": _Shape(70, 18, -6, 82, 52, 11, 16),
    "raise": _Shape(70, 12, -6, 112, 28, 13, 22),
    "beat": _Shape(72, 10, -14, 70, 14, 15, 26),
    "present": _Shape(63, 8, 24, 78, 54, 12, 12),
    "small": _Shape(73, 8, -10, 50, 8, 9, 26),
}
_KINDS: Final = (
    ("offer", "one"), ("offer", "both"), ("raise", "one"), ("beat", "one"), ("beat", "both"),
    ("present", "one"), ("small", "both"), ("small", "one"),
)  # fmt: skip


def _arm(shape: _Shape, bend: float) -> dict[str, Array]:
    def turn(axis: int, degrees: float) -> Array:
        return quat_from_axis_angle(np.eye(3)[axis], np.radians(degrees))

    upper = quat_mul(
        quat_mul(turn(0, -shape.forward), turn(2, -shape.lower)), turn(0, -shape.outward)
    )
    lower = quat_mul(turn(1, -bend), turn(0, -0.6 * shape.palm_up))
    hand = quat_mul(turn(0, -0.4 * shape.palm_up), turn(2, 0.5 * (shape.bend - bend) + 6))
    arm = {"Shoulder": turn(2, -1), "UpperArm": upper, "LowerArm": lower, "Hand": hand}
    for i, finger in enumerate(FINGERS):
        closed = shape.curl * (0.7 + 0.2 * i)
        arm[f"{finger}Proximal"] = turn(2, -closed)
        arm[f"{finger}Intermediate"] = turn(2, -1.2 * closed)
        arm[f"{finger}Distal"] = turn(2, -0.7 * closed)
    arm["ThumbMetacarpal"] = quat_mul(turn(1, 8), turn(0, 8))
    return arm


def _pose_of(shape: _Shape, bend: float, sides: str) -> tuple[Float, Float]:
    """Rotations [55, 4] and which bones [55] they concern."""
    q = np.tile(np.array([0, 0, 0, 1], np.float32), (BONE_COUNT, 1))
    used = np.zeros(BONE_COUNT, np.float32)
    for part, turn in _arm(shape, bend).items():
        for side in ("left", "right"):
            if sides in ("both", side):
                q[B[side + part]] = turn if side == "left" else mirrored(turn)
                used[B[side + part]] = 1
    return q, used


_DELAY: Final = np.array(
    [next((lag for part, lag in _LAG.items() if part in b.name), 0.0) for b in B]
)


@dataclass(frozen=True, slots=True)
class _Gesture:
    """One gesture on the session's clock."""

    stroke: float
    """When the stroke lands, s."""
    hold: float
    strength: float
    ready: Float
    struck: Float
    used: Float
    cut: float = np.inf

    @property
    def start(self) -> float:
        return self.stroke - _STROKE - _PREPARE

    @property
    def end(self) -> float:
        return self.stroke + self.hold + _RETRACT + 0.2

    def at(self, t: float) -> tuple[Array, Array]:
        """Rotations [55, 4] and their weights [55]."""
        late = t - _DELAY
        up = ease((late - self.start) / _PREPARE)
        down = 1 - ease((late - self.stroke - self.hold) / _RETRACT)
        gone = 1 - ease((t - self.cut) / _FADE)
        struck = ease((late - self.stroke + _STROKE) / _STROKE)
        eased = struck * (1 - 0.35 * ease((late - self.stroke) / (self.hold + 0.4)))
        return quat_slerp(
            self.ready, self.struck, eased
        ), self.used * self.strength * up * down * gone


class GestureDriver:
    """Plays on the layer ``gesture``; deterministic for a seed and the speech announced."""

    layer = "gesture"

    def __init__(self, seed: int = 0, strength: float = 1.0) -> None:
        """``strength`` 0..1: how far the arms leave the stance."""
        self._rng_key, self._strength = [seed, 0x6E57], strength
        self._gestures: list[_Gesture] = []
        self._last = (-np.inf, -1)
        self._count = 0

    def say(self, speech: Speech, start: float) -> None:
        """Plan gestures for a speech whose first sample is heard at ``start`` (s)."""
        rng = np.random.default_rng([*self._rng_key, self._count, zlib.crc32(speech.text.encode())])
        self._count += 1
        self._gestures = [g for g in self._gestures if g.end > start - _KEEP]
        for stress in _strokes(stresses(speech), speech.audio.duration, rng):
            at = start + stress.t
            if at - self._last[0] > _GAP[0]:
                self._gestures.append(self._make(at, rng))

    def cancel(self, t: float) -> None:
        """The speech falls silent at ``t`` (s): raised hands sink, the rest is forgotten."""
        kept = [g for g in self._gestures if g.start < t]
        self._gestures = [
            _Gesture(g.stroke, g.hold, g.strength, g.ready, g.struck, g.used, min(g.cut, t))
            for g in kept
        ]
        self._last = (min(self._last[0], t), self._last[1])

    def sample(self, t: float) -> Pose | None:
        """Arms and hands at ``t`` (s); None while they rest."""
        active = [g for g in self._gestures if g.start < t < g.end]
        if not active:
            return None
        rotation, kept = active[0].at(t)
        for gesture in active[1:]:
            q, w = gesture.at(t)
            whole = 1 - (1 - kept) * (1 - w)
            rotation = quat_slerp(rotation, q, w / np.maximum(whole, 1e-6))
            kept = whole
        return Pose(t=t, rotation=rotation.astype(np.float32), rotation_w=kept.astype(np.float32))

    def _make(self, at: float, rng: np.random.Generator) -> _Gesture:
        kind = int(rng.choice([k for k in range(len(_KINDS)) if k != self._last[1]]))
        self._last = (at, kind)
        name, hands = _KINDS[kind]
        sides = hands if hands == "both" else str(rng.choice(["right", "right", "left"]))
        shape = _SHAPES[name]
        ready, used = _pose_of(shape, shape.bend, sides)
        struck, _ = _pose_of(shape, shape.bend - shape.stroke, sides)
        strength = self._strength * rng.uniform(0.8, 1.0)
        return _Gesture(at, rng.uniform(0.25, 0.6), strength, ready, struck, used)


def _strokes(found: list[Stress], length: float, rng: np.random.Generator) -> list[Stress]:
    """The syllables that carry a stroke: prominent, apart, with time to prepare and return."""
    kept: list[Stress] = []
    for stress in sorted(found, key=lambda s: -s.prominence):
        gap = rng.uniform(*_GAP)
        room = stress.t > 0.3 and length > 1.2
        if room and all(abs(stress.t - k.t) > gap for k in kept):
            kept.append(stress)
    return sorted(kept, key=lambda s: s.t)
