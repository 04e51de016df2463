"""The performer's poses as a driver: dated, held when the face is lost, and never jumping.

A channel that is not seen is held for HOLD s and then let go over FADE_OUT s, so that idle life
takes over. Seen again, its opinion comes back over FADE_IN s, and what it differs from the last
shown value melts away (inertialization: D. Bollo, *High Performance Animation in Gears of War 4*,
SIGGRAPH 2017, here with an exponential decay).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from avatar.clock import Clock
from avatar.lanes import Latest
from avatar.math3d import (
    IDENTITY_QUAT,
    Array,
    quat_conj,
    quat_exp,
    quat_log,
    quat_mul,
    quat_normalize,
)
from avatar.pose import BONE_COUNT, FACE_COUNT, FaceShape, HumanBone, Pose

HOLD: Final = 0.3
"""s for which a lost channel keeps its last value."""
FADE_OUT: Final = 0.5
"""s in which it is then let go."""
FADE_IN: Final = 0.35
"""s in which its opinion returns."""
AHEAD: Final = 0.05
"""s that a head's turn is foreseen at most, to pay back latency."""
_MELT: Final = 0.12
"""s, time constant with which a jump melts."""
_FASTEST: Final = np.radians(
    [
        700.0
        if bone.name.startswith(("left", "right"))
        else 200.0
        if bone >= HumanBone.neck
        else 60.0
        for bone in HumanBone
    ]
)
"""rad/s each bone is believed to turn: more is a jump of the tracker. Neck and head share a turn,
and so do the three bones of the trunk."""
_FASTEST_VALUE: Final = 40.0
"""1/s, the same for shapes and gaze: a blink closes in two pictures."""
_VALUES: Final = FACE_COUNT + 2
_HOLDS: Final = np.full(BONE_COUNT + _VALUES, HOLD)
_HOLDS[[i for i, b in enumerate(HumanBone) if b.name.startswith(("left", "right"))]] = 0.2
"""s; arms and hands that leave the picture are on their way down: they wait less."""
_FORESEEN: Final = np.isin(np.arange(BONE_COUNT), [HumanBone.neck, HumanBone.head])


class CaptureDriver:
    """Plays the newest pose of a performer; ``push`` from any thread, ``sample`` never waits."""

    layer = "capture"

    def __init__(self, clock: Clock | None = None, *, ahead: float = AHEAD) -> None:
        """``clock`` is the camera's, against which poses are dated; without it the driver's own
        time is (a file's). ``ahead`` s of prediction at most."""
        self._clock, self._ahead = clock, ahead
        self._newest: Latest[tuple[Pose, Array]] = Latest()
        self.shown: Pose | None = None
        """What the last sample gave."""
        self.paused = False
        """Whether the last pose stands however old it is."""
        self._taken: Pose | None = None
        self._last: float | None = None
        self._turn = np.tile(IDENTITY_QUAT, (BONE_COUNT, 1)).astype(np.float64)
        self._value = np.zeros(_VALUES)
        self._goal_turn, self._goal_value = self._turn.copy(), self._value.copy()
        self._speed = np.zeros((BONE_COUNT, 3))
        self._off_turn, self._off_value = np.zeros((BONE_COUNT, 3)), np.zeros(_VALUES)
        self._seen = np.full(BONE_COUNT + _VALUES, -np.inf)
        self._weight = np.zeros(BONE_COUNT + _VALUES)
        self._trust = np.zeros(BONE_COUNT + _VALUES)

    def push(self, pose: Pose, speed: Array | None = None) -> None:
        """Give the newest pose; ``speed`` [55, 3] is how fast its bones turn, rad/s."""
        self._newest.put((pose, np.zeros((BONE_COUNT, 3)) if speed is None else speed.copy()))

    @property
    def tracking(self) -> bool:
        """Whether the head was seen a moment ago."""
        return bool(self._weight[HumanBone.head] > 0.5)

    @property
    def mouth(self) -> float:
        """How far the mouth is the performer's, 0..1."""
        return float(self._weight[BONE_COUNT + FaceShape.jawOpen])

    def sample(self, t: float) -> Pose | None:
        self.shown = self._sample(t)
        return self.shown

    def _sample(self, t: float) -> Pose | None:
        first = self._last is None
        dt = max(t - (t if self._last is None else self._last), 0.0)
        self._last = t
        self._off_turn *= np.exp(-dt / _MELT)
        self._off_value *= np.exp(-dt / _MELT)
        newest = self._newest.get()
        if newest is not None and newest[0] is not self._taken:
            self._take(*newest, t, dt)
            if first:
                self._weight = (self._trust > 0).astype(np.float64)
        self._fade(t, dt)
        if self._taken is None or not self._weight.any():
            return None
        self._turn, self._value = self._shown(self._age(t))
        return self._pose(t)

    def _age(self, t: float) -> float:
        if self._taken is None:
            return 0.0
        now = self._clock.now() if self._clock is not None else t
        return float(np.clip(now - self._taken.t, 0.0, self._ahead))

    def _shown(self, age: float) -> tuple[Array, Array]:
        foreseen = quat_exp(self._speed * (age * _FORESEEN)[:, None])
        turn = quat_mul(quat_mul(self._goal_turn, foreseen), quat_exp(self._off_turn))
        return quat_normalize(turn), self._goal_value + self._off_value

    def _take(self, pose: Pose, speed: Array, t: float, dt: float) -> None:
        gaze = pose.gaze is not None
        trust = np.concatenate([pose.rotation_w, pose.weight_w, [gaze, gaze]])
        if not (np.isfinite(pose.rotation).all() and np.isfinite(pose.weight).all()):
            return
        seen: Array = trust > 0
        back = seen & ((self._weight > 0) & (t - self._seen > dt + 0.15))
        bones, values = slice(0, BONE_COUNT), slice(BONE_COUNT, None)
        self._taken = pose
        goal = np.concatenate([pose.weight, pose.gaze or (0.0, 0.0)])
        new_turn = np.where(seen[bones, None], pose.rotation, self._goal_turn)
        step = quat_log(quat_mul(quat_conj(self._goal_turn), new_turn))
        room = max(dt, 1 / 120)
        jump = np.linalg.norm(step, axis=1) > _FASTEST * room
        melt = (back[bones] | jump) & (self._weight[bones] > 0)
        self._goal_turn = np.asarray(new_turn, np.float64)
        off = quat_log(quat_mul(quat_conj(self._goal_turn), self._turn))
        self._off_turn = np.where(melt[:, None], off, self._off_turn)
        new_value = np.where(seen[values], goal, self._goal_value)
        leap = np.abs(new_value - self._goal_value) > _FASTEST_VALUE * room
        melt = (back[values] | leap) & (self._weight[values] > 0)
        self._goal_value = new_value
        self._off_value = np.where(melt, self._value - new_value, self._off_value)
        self._speed = np.where(seen[bones, None], speed, 0)
        self._seen = np.where(seen, t, self._seen)
        self._trust = np.where(seen, trust, self._trust)

    def _fade(self, t: float, dt: float) -> None:
        if self.paused:
            return
        held = t - self._seen <= _HOLDS
        self._weight += np.where(held, dt / FADE_IN, -dt / FADE_OUT)
        self._weight = np.clip(self._weight, 0, 1)
        self._weight[np.isneginf(self._seen)] = 0

    def _pose(self, t: float) -> Pose:
        eased = self._weight * self._weight * (3 - 2 * self._weight)
        opinion = (eased * self._trust).astype(np.float32)
        gaze = None
        if opinion[-1] > 0:
            # A gaze has no opinion of its own in a pose: it goes back to straight ahead.
            yaw, pitch = (self._value[-2:] * opinion[-1]).tolist()
            gaze = (yaw, pitch)
        return Pose(
            t=t,
            rotation=self._turn.astype(np.float32),
            rotation_w=opinion[:BONE_COUNT],
            weight=np.clip(self._value[:FACE_COUNT], 0, 1).astype(np.float32),
            weight_w=opinion[BONE_COUNT : BONE_COUNT + FACE_COUNT],
            gaze=gaze,
        )
