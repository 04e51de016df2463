"""How somebody bears themselves in a conversation: listening, thinking, interrupted, reacting.

Listeners lean in a little and keep their eyes on the speaker; people who think look away and come
back to answer (Kendon 1967; Glenberg et al. 1998); a nod at the speaker's pause says "go on"
(Yngve 1970).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from avatar.animation.ease import ease
from avatar.errors import ConfigError
from avatar.math3d import Array, quat_exp
from avatar.pose import BONE_COUNT, FACE_COUNT, FaceShape, HumanBone, Pose

State = Literal["idle", "listening", "thinking", "speaking", "interrupted"]

_DEG: Final = np.pi / 180
_PITCH, _YAW, _ROLL, _LEAN, _AWAY, _UP, _INNER, _OUTER, _WIDE, _DOWN, _PRESS, _SMILE = range(12)
"""Of a bearing: head pitch (+ down), yaw (+ to its left), roll and lean of the trunk (+ forward),
rad; gaze off the visitor, yaw and pitch (+ up), rad; weights of inner and outer brows up, lids
wide, brows down, lips pressed, smile."""


def _bearing(
    head: tuple[float, float, float] = (0, 0, 0),
    lean: float = 0.0,
    gaze: tuple[float, float] = (0, 0),
    face: tuple[float, float, float, float, float, float] = (0, 0, 0, 0, 0, 0),
) -> Array:
    angles = np.array([*head, lean, *gaze]) * _DEG
    return np.concatenate([angles, np.array(face)])


_REST: Final = _bearing()
_LISTEN: Final = _bearing((1.0, 0.0, 3.4), 2.6, face=(0.2, 0.12, 0.06, 0.0, 0.0, 0.1))
_STARTLED: Final = _bearing((-3.2, 0.0, 0.0), -1.8, face=(0.5, 0.42, 0.22, 0.0, 0.0, 0.0))
_THINK: Final = (
    _bearing((-2.5, 6.0, -2.4), 0.0, (15.0, 9.0), (0.1, 0.2, 0.0, 0.12, 0.24, 0.0)),
    _bearing((2.0, 4.0, -2.0), 0.4, (11.0, -8.0), (0.16, 0.0, 0.0, 0.2, 0.3, 0.0)),
    _bearing((-1.0, -5.0, 2.0), 0.0, (-13.0, 7.0), (0.14, 0.16, 0.0, 0.08, 0.12, 0.0)),
)
"""Bearings of somebody who thinks, to their left; they are mirrored as the dice fall."""
_MIRROR: Final = np.array([1, -1, -1, 1, -1, 1, 1, 1, 1, 1, 1, 1], float)

_LONGEST: Final = 40.0
"""s of thinking that are planned; after them it looks at the visitor until something happens."""
_REACTIONS: Final = (
    ((5.0, 0.0, 0.6), (0.06, 0.02), 0.0),
    ((3.2, 0.0, -1.4), (0.22, 0.18), 0.0),
    ((3.8, 1.2, 1.2), (0.1, 0.05), 0.9),
)
"""Nods of a listener: head pitch, yaw, roll (degrees), brows, and how far a second one follows."""
_NOD: Final = (0.16, 0.05, 0.38)
"""Rise, hold and fall of a nod, s."""
_TAKEN_BACK: Final = 0.18
"""s in which a reaction that was wrong goes away."""


@dataclass(frozen=True, slots=True)
class _Step:
    """From ``start`` on, within ``fade`` s, to a bearing."""

    start: float
    fade: float
    target: Array


@dataclass(slots=True)
class _Nod:
    start: float
    size: Array
    cut: float = np.inf

    def at(self, t: float) -> Array:
        rise, hold, fall = _NOD
        up = ease((t - self.start) / rise) * (1 - ease((t - self.start - rise - hold) / fall))
        return self.size * up * (1 - ease((t - self.cut) / _TAKEN_BACK))

    @property
    def end(self) -> float:
        return min(self.start + sum(_NOD), self.cut + _TAKEN_BACK)


class AttendDriver:
    """Plays on the layer ``beats``, on top of all else; a pure function of what it was told."""

    layer = "beats"

    def __init__(self, seed: int = 0) -> None:
        self._rng = np.random.default_rng([seed, 0xA77E])
        self._base: Array = _REST
        self._steps = list[_Step]()
        self._nods = list[_Nod]()
        self.state: State = "idle"
        """The one last told."""

    def attend(self, state: State, t: float) -> None:
        """Bear yourself as somebody in ``state`` from ``t`` (s) on; ConfigError if unknown."""
        if state not in ("idle", "listening", "thinking", "speaking", "interrupted"):
            raise ConfigError(
                f"no state {state!r}: known: idle, listening, thinking, speaking, interrupted"
            )
        self._steps = [step for step in self._steps if step.start < t]
        self.state = state
        self._steps += self._plan(state, t)

    def _plan(self, state: State, t: float) -> list[_Step]:
        if state == "listening":
            return [_Step(t, 0.7, _LISTEN)]
        if state == "interrupted":
            return [_Step(t, 0.16, _STARTLED), _Step(t + 0.34, 0.8, _LISTEN)]
        if state == "thinking":
            return self._thoughts(t)
        return [_Step(t, 0.45 if state == "speaking" else 1.0, _REST)]

    def _thoughts(self, t: float) -> list[_Step]:
        """Off at once, then from one place to another, with a look at the visitor now and then."""
        side, steps, at = self._rng.choice([-1.0, 1.0]), list[_Step](), t
        while at < t + _LONGEST:
            target = _THINK[int(self._rng.integers(len(_THINK))) if steps else 0]
            steps.append(_Step(at, 0.34, target * np.where(side < 0, _MIRROR, 1.0)))
            at += self._rng.uniform(1.3, 2.4)
            side = -side if self._rng.random() < 0.3 else side
            if self._rng.random() < 0.45:
                steps.append(_Step(at, 0.34, 0.4 * _LISTEN))
                at += self._rng.uniform(0.7, 1.3)
        return [*steps, _Step(at, 0.6, _LISTEN)]

    def react(self, t: float) -> None:
        """The visitor paused at ``t`` (s): nod, in one way or another; visible within 200 ms."""
        if self._nods and t < self._nods[-1].end:
            return
        turn, brows, again = _REACTIONS[int(self._rng.integers(len(_REACTIONS)))]
        size = _bearing(turn, face=(*brows, 0, 0, 0, 0)) * self._rng.uniform(0.85, 1.15)
        self._nods.append(_Nod(t, size))
        if again:
            self._nods.append(_Nod(t + sum(_NOD[:2]) + 0.5 * _NOD[2], again * size))

    def revoke(self, t: float) -> None:
        """The visitor goes on after all: a reaction under way is taken back from ``t`` (s) on."""
        for nod in self._nods:
            nod.cut = min(nod.cut, t)
        self._nods = [nod for nod in self._nods if nod.start < t]

    def sample(self, t: float) -> Pose | None:
        """The bearing at ``t`` (s); None at rest."""
        self._nods = [nod for nod in self._nods if nod.end > t]
        value = self._at(t) + sum((nod.at(t) for nod in self._nods), np.zeros(12))
        return self._pose(t, value) if value.any() else None

    def _at(self, t: float) -> Array:
        while len(self._steps) and t >= self._steps[0].start + self._steps[0].fade:
            self._base = self._steps.pop(0).target
        value = self._base
        for step in self._steps:
            if step.start > t:
                break
            value = value + (step.target - value) * float(ease((t - step.start) / step.fade))
        return value

    def _pose(self, t: float, value: Array) -> Pose:
        turns: Array = np.zeros((BONE_COUNT, 3))
        turns[HumanBone.neck] = 0.42 * value[:3]
        turns[HumanBone.head] = 0.58 * value[:3]
        lean = value[_LEAN]
        turns[[HumanBone.spine, HumanBone.chest, HumanBone.upperChest], 0] = (
            0.4 * lean, 0.35 * lean, 0.25 * lean,
        )  # fmt: skip
        # The trunk leans, the head stays level; the head turns, the eyes go where they should.
        turns[HumanBone.neck, 0] -= 0.6 * lean
        pitch = value[_PITCH] + 0.4 * lean
        return Pose(
            t=t,
            rotation=quat_exp(turns).astype(np.float32),
            rotation_w=np.any(turns, 1).astype(np.float32),
            gaze=(float(value[_AWAY] - value[_YAW]), float(value[_UP] + pitch)),
            weight=_face(value),
            weight_w=(_face(value) > 0).astype(np.float32),
        )


_SHAPES: Final = (
    (FaceShape.browInnerUp, _INNER, 1.0),
    (FaceShape.browOuterUpLeft, _OUTER, 1.0), (FaceShape.browOuterUpRight, _OUTER, 0.9),
    (FaceShape.eyeWideLeft, _WIDE, 1.0), (FaceShape.eyeWideRight, _WIDE, 1.0),
    (FaceShape.browDownLeft, _DOWN, 1.0), (FaceShape.browDownRight, _DOWN, 0.8),
    (FaceShape.mouthPressLeft, _PRESS, 1.0), (FaceShape.mouthPressRight, _PRESS, 0.85),
    (FaceShape.mouthSmileLeft, _SMILE, 1.0), (FaceShape.mouthSmileRight, _SMILE, 0.9),
)  # fmt: skip


def _face(value: Array) -> Array:
    face = np.zeros(FACE_COUNT, np.float32)
    for shape, part, share in _SHAPES:
        face[shape] = max(float(value[part]), 0.0) * share
    return face
