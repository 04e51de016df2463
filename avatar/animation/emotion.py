"""Emotions as faces and postures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

import numpy as np

from avatar.animation.ease import Waves, ease
from avatar.errors import ConfigError
from avatar.math3d import Array, Float, quat_exp
from avatar.pose import BONE_COUNT, FACE_COUNT, FaceShape, HumanBone, Pose

_FACES: Final[Mapping[str, Mapping[str, tuple[float, float]]]] = {
    "neutral": {},
    "happy": {
        "mouthSmile": (0.68, 0.66), "cheekSquint": (0.78, 0.73), "eyeSquint": (0.58, 0.54),
        "mouthUpperUp": (0.56, 0.54), "mouthLowerDown": (0.38, 0.36), "mouthDimple": (0.16, 0.14),
        "jawOpen": (0.10, 0), "browInnerUp": (0.1, 0), "browOuterUp": (0.16, 0.13),
        "eyeBlink": (0.05, 0.05),
    },
    "sad": {
        "browInnerUp": (1.0, 0), "browDown": (0.12, 0.14), "mouthFrown": (0.56, 0.52),
        "mouthShrugLower": (0.32, 0), "mouthPress": (0.14, 0.14), "eyeBlink": (0.13, 0.13),
        "eyeSquint": (0.16, 0.16), "mouthLowerDown": (0.06, 0.05),
    },
    "angry": {
        "browDown": (0.84, 0.79), "eyeSquint": (0.44, 0.4), "noseSneer": (0.5, 0.42),
        "mouthPress": (0.46, 0.42), "mouthFrown": (0.44, 0.4), "mouthShrugUpper": (0.14, 0),
        "jawForward": (0.2, 0), "cheekSquint": (0.2, 0.16), "eyeWide": (0.2, 0.2),
    },
    "surprised": {
        "browInnerUp": (0.78, 0), "browOuterUp": (0.74, 0.66), "eyeWide": (0.52, 0.5),
        "jawOpen": (0.24, 0), "mouthFunnel": (0.34, 0),
    },
    "relaxed": {
        "mouthSmile": (0.4, 0.37), "eyeSquint": (0.30, 0.28), "eyeBlink": (0.12, 0.12),
        "cheekSquint": (0.18, 0.16), "browInnerUp": (0.14, 0), "mouthDimple": (0.1, 0.08),
    },
    "shy": {
        "mouthSmile": (0.48, 0.42), "mouthPress": (0.22, 0.21), "mouthRollLower": (0.24, 0),
        "browInnerUp": (0.6, 0), "cheekSquint": (0.42, 0.38), "eyeBlink": (0.2, 0.2),
        "eyeSquint": (0.14, 0.12),
    },
    "proud": {
        "mouthSmile": (0.58, 0.5), "mouthPress": (0.2, 0.18), "mouthShrugLower": (0.16, 0),
        "eyeSquint": (0.34, 0.3), "browOuterUp": (0.26, 0.34), "eyeBlink": (0.16, 0.16),
        "cheekSquint": (0.34, 0.3), "mouthDimple": (0.14, 0.1),
    },
}  # fmt: skip
"""ARKit weights (left, right) by shape without its side; faces are never symmetric. For a
shape without sides only the first counts."""

_POSTURES: Final[Mapping[str, Mapping[str, tuple[float, float, float]]]] = {
    "neutral": {},
    "happy": {
        "head": (-2, 0, 2), "chest": (-2, 0, 0), "upperChest": (-1.5, 0, 0),
        "leftShoulder": (0, 2, 1), "rightShoulder": (0, -2, -1),
    },
    "sad": {
        "head": (4, 0, -2.5), "neck": (3, 0, 0), "upperChest": (3, 0, 0), "chest": (2, 0, 0),
        "spine": (0.5, 0, 0), "leftShoulder": (0, -5, -3), "rightShoulder": (0, 5, 3),
    },
    "angry": {
        "head": (3, 1, 0), "neck": (2, 0, 0), "upperChest": (-1, 0, 0), "chest": (2, 0, 0),
        "spine": (2, 0, 0), "leftShoulder": (0, -2, 3), "rightShoulder": (0, 2, -3),
    },
    "surprised": {
        "head": (-4, 0, 1), "neck": (-2, 0, 0), "upperChest": (-2.5, 0, 0), "chest": (-1.5, 0, 0),
        "leftShoulder": (0, 0, 3), "rightShoulder": (0, 0, -2.5),
    },
    "relaxed": {
        "head": (-0.5, 0, -3), "neck": (0, 0, -1), "chest": (0.5, 0, 0),
        "leftShoulder": (0, 0, -2), "rightShoulder": (0, 0, 2),
    },
    "shy": {
        "head": (4.5, -6, 3.5), "neck": (3, -2, 1.5), "upperChest": (2.5, -2.5, 0),
        "chest": (1, -1, 0), "leftShoulder": (0, -5, 3), "rightShoulder": (0, 4, -2),
    },
    "proud": {
        "head": (-3.5, 3, -2), "neck": (-2, 1, 0), "upperChest": (-4, 0, 0), "chest": (-4, 0, 0),
        "spine": (1, 0, 0), "leftShoulder": (0, 6, -1), "rightShoulder": (0, -6, 1),
    },
}  # fmt: skip
"""Rotations in degrees about x (+ forward and down), y (+ to the left), z (+ to the right ear)."""

_GAZES: Final[Mapping[str, tuple[float, float]]] = {"sad": (0, -7), "shy": (10, -9)}
"""Where the eyes go in the figure's own space, degrees (yaw, pitch); else to the viewer."""

EMOTIONS: Final = tuple(_FACES)
"""Names that :meth:`EmotionDriver.set` knows."""


def _face(name: str) -> Float:
    face = np.zeros(FACE_COUNT, np.float32)
    for stem, (left, right) in _FACES[name].items():
        if stem in FaceShape.__members__:
            face[FaceShape[stem]] = left
        else:
            face[[FaceShape[stem + "Left"], FaceShape[stem + "Right"]]] = left, right
    return face


def _posture(name: str) -> Float:
    turns = np.zeros((BONE_COUNT, 3), np.float32)
    for bone, degrees in _POSTURES[name].items():
        turns[HumanBone[bone]] = np.radians(degrees)
    return turns


EMOTION_SHAPES: Final[Mapping[str, Float]] = {name: _face(name) for name in EMOTIONS}
"""float32[52] face of each emotion at full weight."""

_POSTURE: Final[Mapping[str, Float]] = {name: _posture(name) for name in EMOTIONS}


@dataclass(frozen=True, slots=True)
class _Mood:
    """One state of face, body and eyes."""

    face: Array
    """float32[52]"""
    body: Array
    """float32[55, 3], rotation vectors, rad."""
    gaze: Array
    """(yaw, pitch), rad."""

    @staticmethod
    def of(name: str, weight: float) -> _Mood:
        gaze = np.radians(_GAZES.get(name, (0.0, 0.0)))
        return _Mood(EMOTION_SHAPES[name] * weight, _POSTURE[name] * weight, gaze * weight)


_SPREAD: Final = 0.35
"""Part of the fade by which the slowest shape starts after the first."""


class EmotionDriver:
    """Holds one emotion at a time and passes from one to the next.

    Plays on the layer ``emotion``. Emits ARKit shapes only; on figures that have VRM presets
    instead, ``expression.py`` recognises the face and drives the preset.
    """

    layer = "emotion"

    def __init__(self, seed: int = 0) -> None:
        rng = np.random.default_rng([seed, 0xE307])
        self._delay = rng.uniform(0, _SPREAD, FACE_COUNT).astype(np.float32)
        self._waves = Waves(rng, 3, 0.08, 0.3)
        self._from = self._to = _Mood.of("neutral", 0)
        self._start, self._fade = 0.0, 0.0
        self._next: tuple[_Mood, float] | None = None
        self.name = "neutral"
        """The emotion shown or being faded to."""

    def set(self, name: str, weight: float = 1.0, fade: float = 0.4) -> None:
        """Pass to an emotion over ``fade`` s from the next sample on; ConfigError if unknown."""
        if name not in EMOTION_SHAPES:
            near = get_close_matches(name, EMOTIONS, n=1)
            hint = f"did you mean {near[0]}? " if near else ""
            raise ConfigError(f"no emotion {name!r}: {hint}known: {', '.join(EMOTIONS)}")
        self.name = name
        self._next = _Mood.of(name, min(max(weight, 0.0), 1.0)), max(fade, 0.0)

    def sample(self, t: float) -> Pose | None:
        """The face and posture at ``t``; None while neutral."""
        if self._next is not None:
            self._from, self._start = self._at(t), t
            (self._to, self._fade), self._next = self._next, None
        mood = self._at(t)
        if not mood.face.any() and not mood.body.any():
            return None
        return self._pose(t, mood)

    def _at(self, t: float) -> _Mood:
        x = 1.0 if self._fade <= 0 else (t - self._start) / self._fade
        if x >= 1 + _SPREAD:
            return self._to
        face, whole = ease(x - self._delay), float(ease(x / (1 + _SPREAD)))
        a, b = self._from, self._to
        return _Mood(
            a.face + (b.face - a.face) * face,
            a.body + (b.body - a.body) * whole,
            a.gaze + (b.gaze - a.gaze) * whole,
        )

    def _pose(self, t: float, mood: _Mood) -> Pose:
        alive = 1 + 0.07 * self._waves(t)
        face = np.clip(mood.face * alive[0], 0, 1).astype(np.float32)
        body: Array = mood.body * alive[1]
        head = body[[HumanBone.head, HumanBone.neck, HumanBone.upperChest, HumanBone.chest]].sum(0)
        # The head moves, the eyes stay on the viewer (or where the emotion sends them).
        gaze = (float(mood.gaze[0] - head[1]), float(mood.gaze[1] + head[0]))
        return Pose(
            t=t,
            rotation=quat_exp(body).astype(np.float32),
            rotation_w=np.any(body, 1).astype(np.float32),
            weight=face,
            weight_w=(face > 0).astype(np.float32),
            gaze=gaze,
        )
