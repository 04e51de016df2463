"""Small gestures that beat time to speech: preparation, a stroke on the stressed word, retraction.

The phases are Kendon's (1980); strokes fall on the most prominent syllables (McNeill 1992).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from avatar.animation.beats import Stress
from avatar.animation.ease import ease
from avatar.animation.stance import FINGERS, mirrored
from avatar.math3d import Array, Float, quat_from_axis_angle, quat_mul, quat_slerp
from avatar.pose import BONE_COUNT, HumanBone

B = HumanBone

GAP: Final = (1.7, 3.2)
"""s between two strokes, from .. to."""
_PREPARE, _STROKE, _RETRACT, _FADE = 0.55, 0.17, 0.85, 0.6
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
KINDS: Final = (
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
class HandBeat:
    """One small gesture on the session's clock."""

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

    def cancelled(self, t: float) -> HandBeat:
        """The same, sinking from ``t`` (s) on."""
        return replace(self, cut=min(self.cut, t))


def hand_beat(kind: int, at: float, strength: float, rng: np.random.Generator) -> HandBeat:
    """The gesture of ``KINDS`` number ``kind`` with its stroke at ``at`` (s)."""
    name, hands = KINDS[kind]
    sides = hands if hands == "both" else str(rng.choice(["right", "right", "left"]))
    shape = _SHAPES[name]
    ready, used = _pose_of(shape, shape.bend, sides)
    struck, _ = _pose_of(shape, shape.bend - shape.stroke, sides)
    strength = strength * rng.uniform(0.8, 1.0)
    return HandBeat(at, rng.uniform(0.25, 0.6), strength, ready, struck, used)


def strokes(found: Sequence[Stress], length: float, rng: np.random.Generator) -> list[Stress]:
    """The syllables that carry a stroke: prominent, apart, with time to prepare and return."""
    kept: list[Stress] = []
    for stress in sorted(found, key=lambda s: -s.prominence):
        gap = rng.uniform(*GAP)
        room = stress.t > 0.3 and length > 1.2
        if room and all(abs(stress.t - k.t) > gap for k in kept):
            kept.append(stress)
    return sorted(kept, key=lambda s: s.t)
