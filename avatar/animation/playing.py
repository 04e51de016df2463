"""A gesture on the clock: when each part of the body is where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from avatar.animation.body import Body, Side
from avatar.animation.ease import ease
from avatar.animation.gestures import Variant
from avatar.animation.keypose import KeyPose, reach_pose, solve_key
from avatar.animation.stance import mirrored
from avatar.math3d import Array, quat_conj, quat_mul, quat_slerp
from avatar.pose import BONE_COUNT, FACE_COUNT, HumanBone

B = HumanBone

_FADE: Final = 0.65
"""s in which hands sink that are called off."""
_COUNTER: Final = 0.16
"""Part of the stroke by which trunk and head first go the other way,"""
_COUNTER_AT: Final = 0.3
"""and when, as a part of the first move."""
_STILL: Final = np.cos(np.radians(0.25) / 2)
"""Shoulders that have turned by less need no correction."""
_EYES, _TRUNK, _HEAD = 0.0, 0.03, 0.07
_ARM_LAG: Final = {"Shoulder": 0.07, "UpperArm": 0.1, "LowerArm": 0.13, "Hand": 0.17}
_FINGER_LAG: Final = 0.21
"""s after the eyes at which each part sets out."""


LAG: Final = _ARM_LAG["Hand"]
"""s by which a hand follows the times its gesture tells."""


def _lags() -> Array:
    lag = np.full(BONE_COUNT, _FINGER_LAG)
    for bone in B:
        name = bone.name.removeprefix("left").removeprefix("right")
        lag[bone] = _ARM_LAG.get(name, _FINGER_LAG)
    lag[[B.hips, B.spine, B.chest, B.upperChest]] = _TRUNK
    lag[[B.neck, B.head]] = _HEAD
    return lag


_LAG: Final = _lags()
_SIDE_BONES: Final = {
    side: np.array([b.name.startswith(side) and b not in _NOT_ARMS for b in B])
    for _NOT_ARMS in [{b for b in B if "Leg" in b.name or b.name.endswith(("Foot", "Toes", "Eye"))}]
    for side in ("left", "right")
}
"""bool[55] of shoulder, arm and hand by side."""


@dataclass(frozen=True, slots=True)
class Trunk:
    """What trunk, head, eyes and face do at one moment, on top of all else."""

    turns: Array
    """float64[55, 3], rad."""
    hips: Array
    gaze: Array
    face: Array


@dataclass(frozen=True, slots=True)
class _Track:
    """Values that are reached at ``arrive`` [K] and kept until ``leave`` [K], s."""

    arrive: Array
    leave: Array

    def between(self, t: Array) -> tuple[Array, Array]:
        """Index of the last value reached [...] and the eased way to the next 0..1 [...]."""
        last = len(self.arrive) - 1
        k = np.clip(np.searchsorted(self.arrive, t, side="right") - 1, 0, max(last - 1, 0))
        following = np.minimum(k + 1, last)
        span = np.maximum(self.arrive[following] - self.leave[k], 1e-3)
        return k, ease((t - self.leave[k]) / span) * (following > k)


@dataclass(frozen=True, slots=True)
class Playing:
    """One gesture on the session's clock."""

    start: float
    keys: tuple[KeyPose, ...]
    first: float
    """s of the preparation."""
    track: _Track
    whole: _Track
    """That of trunk, head, eyes and face: it begins and ends at rest and counters first."""
    lag: Array
    """float64[55], s."""
    used: Array
    """float64[55], 1 for the bones of arms and hands that take part."""
    retract: float
    lens: Array
    shown: float
    """Middle of the stroke's hold, s."""
    rotation: Array
    """float64[K, 55, 4]"""
    turns: Array
    """float64[K + 3, 55, 3]"""
    rest: Array
    """float64[K + 3, 5 + 52]: hips, gaze, face."""
    cut: float = np.inf

    @property
    def end(self) -> float:
        """When all is back at rest, s."""
        over = float(self.track.leave[-1]) + self.retract + float(self.lag.max())
        return min(self.start + over, self.cut + _FADE + float(self.lag.max())) + 0.05

    @property
    def moves_hips(self) -> bool:
        """Whether legs must follow."""
        return bool(self.turns[:, B.hips].any() or self.rest[:, :3].any())

    def cancelled(self, t: float) -> Playing:
        """The same, sinking from ``t`` (s) on."""
        return replace(self, cut=min(self.cut, t))

    def presence(self, t: float) -> float:
        """How much of the arms it claims, 0..1."""
        return float(self.arms(t)[1].max()) if self.used.any() else 0.0

    def arms(self, t: float) -> tuple[Array, Array]:
        """Rotations [55, 4] and their weights [55]."""
        late = t - self.start - self.lag
        k, way = self.track.between(late)
        bone = np.arange(BONE_COUNT)
        following = np.minimum(k + 1, len(self.keys) - 1)
        q = quat_slerp(self.rotation[k, bone], self.rotation[following, bone], way)
        return q, self.used * self._claim(late, t - self.lag)

    def trunk(self, t: float) -> Trunk:
        """What is added to the pose."""
        late = t - self.start - self.lag
        k, way = self.whole.between(late)
        bone = np.arange(BONE_COUNT)
        gone = 1 - ease((t - self.cut) / _FADE)
        turns = self.turns[k, bone] + way[:, None] * (self.turns[k + 1, bone] - self.turns[k, bone])
        lag = np.concatenate([np.full(3, _TRUNK), np.full(2, _EYES), np.zeros(FACE_COUNT)])
        k, way = self.whole.between(t - self.start - lag)
        column = np.arange(len(lag))
        rest = self.rest[k, column] + way * (self.rest[k + 1, column] - self.rest[k, column])
        return Trunk(turns * gone, rest[:3] * gone, rest[3:5] * gone, rest[5:] * gone)

    def touch(self, t: float, rotation: Array, body: Body) -> None:
        """Correct the arms in ``rotation`` [55, 4] for the turns that shoulders and head have."""
        late = t - self.start - self.lag[B.leftHand]
        k, way = (x.item() for x in self.track.between(np.asarray(late)))
        claim = float(self._claim(np.asarray(late), np.asarray(t - self.lag[B.leftHand])))
        for index, share in ((k, 1 - way), (min(k + 1, len(self.keys) - 1), way)):
            weight = share * claim if share * claim > 0.02 else 0.0
            for side, held in self.keys[index].reaches.items() if weight > 0 else ():
                if held.reach.touches and self._disturbed(index, side, rotation):
                    self._correct(index, side, weight, rotation, body)

    def _disturbed(self, index: int, side: Side, rotation: Array) -> bool:
        """Whether what the hand reaches for, or its shoulder, is elsewhere than was solved for."""
        key = self.keys[index]
        if key.reaches[side].reach.at == "chin":
            return True
        shoulder = B[side + "Shoulder"]
        return abs(float(rotation[shoulder] @ key.arms[shoulder])) < _STILL

    def _correct(self, index: int, side: Side, share: float, rotation: Array, body: Body) -> None:
        key = self.keys[index]
        shoulder = rotation[B[side + "Shoulder"]]
        live = reach_pose(
            key.reaches[side], body, side, rotation[B.neck], rotation[B.head], self.lens,
            shoulder if side == "left" else mirrored(shoulder),
        )  # fmt: skip
        parts = {"UpperArm": live.upper, "LowerArm": live.lower, "Hand": live.hand}
        for part, turn in parts.items():
            bone = B[side + part]
            turn = turn if side == "left" else mirrored(turn)
            change = quat_mul(quat_conj(key.arms[bone]), turn)
            eased = quat_slerp(np.array([0.0, 0.0, 0.0, 1.0]), change, share)
            rotation[bone] = quat_mul(rotation[bone], eased)

    def _claim(self, late: Array, now: Array) -> Array:
        """Weight at ``late`` s into the gesture; ``now`` is the same on the clock."""
        up = ease(late / self.first)
        down = 1 - ease((late - self.track.leave[-1]) / self.retract)
        return up * down * (1 - ease((now - self.cut) / _FADE))


def prepare(
    variant: Variant,
    start: float,
    body: Body,
    side: Side | None,
    size: float,
    rng: np.random.Generator,
    viewer: tuple[float, float],
) -> Playing:
    """``variant`` from ``start`` (s) on, solved for ``body``; ``rng`` varies its timing."""
    hands = _hands(variant, side, rng)
    leading: Side = hands[0] if hands else (side or _either(rng))
    yaw, pitch = viewer
    lens = np.array([np.sin(yaw) * np.cos(pitch), np.sin(pitch), np.cos(yaw) * np.cos(pitch)])
    keys = tuple(solve_key(key, body, hands, leading, size, lens) for key in variant.keys)
    pace = rng.uniform(0.94, 1.08)
    moves = np.array([key.move for key in variant.keys]) * pace
    holds = np.array([key.hold for key in variant.keys]) * rng.uniform(0.9, 1.15)
    leave = np.cumsum(moves + holds)
    track = _Track(leave - holds, leave)
    used = sum((_SIDE_BONES[hand] for hand in hands), np.zeros(BONE_COUNT))
    lag = _LAG * np.where(used > 0, variant.lag, 1.0)
    if len(hands) == 2 and not _touching(keys):
        lag = lag + _SIDE_BONES[hands[1]] * rng.uniform(0.025, 0.055)
    turns, rest = _from_rest_to_rest(keys, variant.stroke)
    shown = start + _held(track, variant.stroke) + (LAG * variant.lag if hands else _HEAD)
    return Playing(
        start, keys, float(moves[0]), track, _whole_track(track, variant.retract), lag, used,
        variant.retract, lens, shown, np.stack([key.arms for key in keys]), turns, rest,
    )  # fmt: skip


def _held(track: _Track, key: int) -> float:
    return float(track.arrive[key] + track.leave[key]) / 2


def _hands(variant: Variant, side: Side | None, rng: np.random.Generator) -> list[Side]:
    if variant.hands == "none":
        return []
    if variant.hands == "both":
        first = side or ("right" if rng.random() < 0.7 else "left")
        return [first, "left" if first == "right" else "right"]
    return [side if side is not None and variant.sides else variant.hands]


def _either(rng: np.random.Generator) -> Side:
    return "left" if rng.random() < 0.5 else "right"


def _touching(keys: Sequence[KeyPose]) -> bool:
    return any(held.reach.touches for key in keys for held in key.reaches.values())


def _whole_track(track: _Track, retract: float) -> _Track:
    counter = _COUNTER_AT * track.arrive[0]
    end = track.leave[-1] + retract
    arrive = np.concatenate([[0.0, counter], track.arrive, [end]])
    return _Track(arrive, np.concatenate([[0.0, counter], track.leave, [end]]))


def _from_rest_to_rest(keys: Sequence[KeyPose], stroke: int) -> tuple[Array, Array]:
    turns = np.zeros((len(keys) + 3, BONE_COUNT, 3))
    rest = np.zeros((len(keys) + 3, 5 + FACE_COUNT))
    for i, key in enumerate(keys, 2):
        turns[i] = key.trunk
        rest[i] = np.concatenate([key.hips, key.gaze, key.face])
    turns[1] = -_COUNTER * keys[stroke].trunk
    turns[1, B.hips] = 0.0
    rest[1, 3:5] = 0.5 * keys[0].gaze
    return turns, rest
