"""Being alive while doing nothing in particular: stance, breath, blinks, gaze, balance."""

from __future__ import annotations

from typing import Final

import numpy as np

from avatar.animation.blink import Blinks
from avatar.animation.ease import Waves
from avatar.animation.stance import FINGERS, Stance
from avatar.animation.timetable import Talking, Timetable, glide
from avatar.math3d import Array, Float, quat_exp, quat_mul
from avatar.media import Speech
from avatar.pose import BONE_COUNT, FACE_COUNT, FaceShape, HumanBone, Pose, RestSkeleton

B, F = HumanBone, FaceShape
_DEG: Final = np.pi / 180

BREATH: Final = 4.3
"""s, one breath at rest."""
_INHALE, _EXHALE = 0.38, 0.47
"""Parts of a breath; the rest is a pause."""
_HEAD_LAG: Final = 0.08
"""s by which the head follows the eyes."""
_HEAD_SHARE: Final = 0.28
"""Part of a glance that the head takes over."""
_NECK: Final = 0.42
"""Part of a head movement that happens in the neck."""


def _draw_glances(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    """Fixations: yaw and pitch in rad from the viewer's eyes, and whether it is a look away."""
    waits, values = np.empty(n), np.zeros((n, 3))
    away, dwell = False, 1.2
    for i in range(n):
        waits[i] = dwell
        away = rng.random() < (0.2 if away else 0.17)
        if away:
            side = rng.choice([-1.0, 1.0])
            yaw, pitch = side * rng.uniform(4.5, 13.0), rng.normal(-1.5, 3.0)
            dwell = rng.uniform(0.5, 1.2)
        else:
            yaw, pitch = rng.normal(0, 0.8), rng.normal(-0.3, 0.6)
            dwell = float(np.clip(rng.lognormal(-0.15, 0.5), 0.3, 3.0))
        values[i] = yaw * _DEG, pitch * _DEG, float(away)
    return waits, values


def _draw_postures(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    """Head attitudes (pitch, yaw, roll), rad, held for some seconds each."""
    waits = rng.uniform(3.5, 9.0, n)
    return waits, np.clip(rng.normal(0, 1, (n, 3)), -1.6, 1.6) * [1.1, 1.7, 2.0] * _DEG


def _draw_weights(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    """Which leg carries (-1 right .. 1 left), and how far the trunk turns with it, rad."""
    side = np.where(np.arange(n) % 2 == 0, 1.0, -1.0) * rng.uniform(0.35, 1.0, n)
    return rng.uniform(4.5, 12.0, n), np.stack([side, rng.normal(0, 1.4, n) * _DEG], 1)


def _draw_moods(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    """Passing movements of a resting face: smile, inner brow, pressed lips."""
    values = rng.random((n, 3)) * [0.07, 0.06, 0.0] + [0.02, 0.0, 0.0]
    values[:, 2] = np.where(rng.random(n) < 0.18, rng.uniform(0.1, 0.22, n), 0.0)
    return rng.uniform(1.2, 4.5, n), values


_FACE: Final = {
    F.mouthSmileLeft: (0, 1.0), F.mouthSmileRight: (0, 0.85), F.browInnerUp: (1, 1.0),
    F.mouthPressLeft: (2, 1.0), F.mouthPressRight: (2, 0.9),
}  # fmt: skip
_FACE_W: Final = np.isin(np.arange(FACE_COUNT), [*_FACE, F.eyeBlinkLeft, F.eyeBlinkRight])
_BODY_W: Final = np.array([b not in (B.leftEye, B.rightEye, B.jaw) for b in B], np.float32)


class IdleDriver:
    """Plays on the layer ``idle``; the ground on which all other drivers stand.

    ``sample`` is a pure function of the seed, the time and the speech announced with ``say``.
    """

    layer = "idle"

    def __init__(
        self,
        seed: int = 0,
        viewer: tuple[float, float] = (0.0, 0.0),
        rest: RestSkeleton | None = None,
        hang: float = 0.0,
    ) -> None:
        """``viewer``: direction (yaw, pitch) of the camera seen from the figure's eyes, rad.

        With ``rest`` (``Rig.rest``) feet are planted for this figure's legs and its fingers
        gathered from their spread; without it an average body is assumed. ``hang``
        (``Body.hang``) keeps hanging hands clear of wide hips or a skirt.
        """
        self.viewer = viewer
        """Where the eyes return to; may be changed as the camera moves."""
        self.talking = Talking()
        self._stance = Stance(rest, hang)
        rngs = [np.random.default_rng([seed, 0x1D1E, i]) for i in range(8)]
        self._blinks = Blinks(rngs[0], self.talking)
        self._glances = Timetable(rngs[1], _draw_glances)
        self._postures = Timetable(rngs[2], _draw_postures)
        self._weights = Timetable(rngs[3], _draw_weights)
        self._moods = Timetable(rngs[4], _draw_moods)
        self._head = Waves(rngs[5], 5, 0.07, 0.6)
        self._body = Waves(rngs[6], 8, 0.05, 0.33)
        self._drift = Waves(rngs[7], 2, 0.5, 3.0)

    def say(self, speech: Speech, start: float) -> None:
        """Speech whose first sample is heard at ``start`` (s): eyes and lids get livelier."""
        self.talking.say(start, start + speech.audio.duration)

    def cancel(self, t: float) -> None:
        """The speech falls silent at ``t`` (s)."""
        self.talking.cancel(t)

    def sample(self, t: float) -> Pose:
        """The whole body at ``t`` (s)."""
        turns: Array = np.zeros((BONE_COUNT, 3))
        waves = self._body(t)
        hips = self._balance(t, turns, waves)
        self._breathe(t, turns, waves)
        look = self._look(t, turns)
        rotation = quat_mul(quat_exp(turns), self._stance.relaxed).astype(np.float32)
        self._stance.plant_feet(rotation, hips)
        left, right = self._blinks.at(t)
        return Pose(
            t=t,
            rotation=rotation,
            rotation_w=_BODY_W,
            hips=hips,
            weight=self._face(t, left, right),
            weight_w=_FACE_W.astype(np.float32),
            gaze=look,
        )

    def _balance(self, t: float, turns: Array, waves: Array) -> Float:
        """Weight shifts and sway; returns the hips' displacement."""
        side, turn = glide(t, *self._weights.last(t), duration=2.1)
        roll = side * 1.7 * _DEG + waves[0] * 0.25 * _DEG
        pitch, yaw = waves[1] * 0.35 * _DEG, turn + waves[2] * 0.8 * _DEG
        turns[B.hips] = 0.0, 0.4 * yaw, roll
        turns[B.spine] = pitch, 0.3 * yaw, -0.75 * roll
        turns[B.chest] = pitch, 0.3 * yaw, -0.45 * roll
        turns[B.upperChest] = -pitch, 0.0, -0.1 * roll
        turns[B.neck, 2] = 0.3 * roll
        arms = waves[3:7] * 0.9 * _DEG
        turns[B.leftUpperArm], turns[B.rightUpperArm] = (arms[0], 0, -roll), (arms[1], 0, -roll)
        turns[B.leftLowerArm, 1], turns[B.rightLowerArm, 1] = 1.6 * arms[2], 1.6 * arms[3]
        _curl_fingers(turns, waves[3], waves[6])
        return np.array([0.016 * side + 0.002 * waves[4], 0.0, 0.003 * waves[5]], np.float32)

    def _breathe(self, t: float, turns: Array, waves: Array) -> None:
        depth = 1 + 0.25 * waves[7] + 0.25 * float(self.talking.level(t, 1.5))
        air = depth * breath(t / BREATH + 0.35 * waves[6]) * _DEG
        turns[B.spine, 0] -= 0.25 * air
        turns[B.chest, 0] -= 0.7 * air
        turns[B.upperChest, 0] -= 0.5 * air
        turns[B.neck, 0] += 0.7 * air
        turns[B.head, 0] += 0.55 * air
        turns[B.leftShoulder] += 0.0, 0.5 * air, 1.5 * air
        turns[B.rightShoulder] += 0.0, -0.5 * air, -1.5 * air
        turns[B.leftUpperArm, 2] -= 1.3 * air
        turns[B.rightUpperArm, 2] += 1.3 * air

    def _look(self, t: float, turns: Array) -> tuple[float, float]:
        """Head attitude and glances; returns the gaze relative to the head."""
        start, values = self._glances.last(t)
        calm = np.where(self.talking.level(start) > 0.5, 0.6, 1.0)[:, None]
        targets = values[:, :2] * np.where(values[:, 2:] > 0, calm, 1.0)
        size = np.linalg.norm(np.diff(targets, axis=0), axis=1) / _DEG
        eyes = glide(t, start, targets, 0.021 + 0.0022 * size) + self._drift(t) * 0.08 * _DEG
        led = glide(t, start, targets * values[:, 2:], 0.5, _HEAD_LAG) * _HEAD_SHARE
        waves = self._head(t)
        pose = glide(t, *self._postures.last(t), duration=1.3)
        facing = np.array(self.viewer)
        pitch = pose[0] + waves[0] * 0.9 * _DEG - led[1] - 0.75 * facing[1]
        yaw = pose[1] + waves[1] * 1.3 * _DEG + led[0] + 0.75 * facing[0]
        roll = pose[2] + waves[2] * 0.8 * _DEG - 0.15 * led[0]
        turn = np.array([pitch, yaw, roll])
        turns[B.neck] += _NECK * turn
        turns[B.head] += (1 - _NECK) * turn
        head = turns[[B.hips, B.spine, B.chest, B.upperChest, B.neck, B.head]].sum(0)
        # Eyes hold their aim while everything below them moves (the vestibulo-ocular reflex).
        return float(eyes[0] + facing[0] - head[1]), float(eyes[1] + facing[1] + head[0])

    def _face(self, t: float, left: float, right: float) -> Float:
        mood = glide(t, *self._moods.last(t), duration=0.7)
        face = np.zeros(FACE_COUNT, np.float32)
        for shape, (channel, share) in _FACE.items():
            face[shape] = mood[channel] * share
        face[F.eyeBlinkLeft], face[F.eyeBlinkRight] = left, right
        return face


def breath(phase: float) -> float:
    """Filling of the lungs 0..1 at a phase in breaths."""
    x = phase % 1.0
    if x < _INHALE:
        return 0.5 - 0.5 * float(np.cos(np.pi * x / _INHALE))
    out = min((x - _INHALE) / _EXHALE, 1.0)
    return 0.5 + 0.5 * float(np.cos(np.pi * out))


_CURLS: Final = tuple(
    (np.array([B[f"{side}{finger}Proximal"] for finger in FINGERS]), np.array([0.0, 0.0, sign]))
    for side, sign in (("left", -0.05), ("right", 0.05))
)
"""Fingers of each hand, and the turn that closes them a little."""


def _curl_fingers(turns: Array, *amounts: float) -> None:
    for (bones, turn), amount in zip(_CURLS, amounts, strict=True):
        turns[bones] += turn * amount
