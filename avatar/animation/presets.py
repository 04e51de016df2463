"""The 52 face shapes seen as VRM presets, for figures that have only those.

Vowels are a bilinear split of opening, rounding and spreading that never sums above 1.
Emotions are the least-squares explanation of brows, cheeks and lids by the emotions' own
faces (``emotion.py``); lips weigh little there, so that speaking is not taken for smiling.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar.animation.emotion import EMOTION_SHAPES
from avatar.math3d import Float
from avatar.pose import FACE_COUNT, FACE_SHAPES
from avatar.pose import FaceShape as F

MOUTH_PRESETS: Final = ("aa", "ih", "ou", "ee", "oh")
BLINK_PRESETS: Final = ("blink", "blinkLeft", "blinkRight")
EMOTION_PRESETS: Final = ("happy", "angry", "sad", "relaxed", "surprised")

_EVIDENCE: Final = {
    "brow": 1.0, "cheekSquint": 1.0, "eyeSquint": 1.0, "eyeWide": 1.0, "noseSneer": 1.0,
    "mouthSmile": 0.02, "mouthFrown": 0.5,
}  # fmt: skip
"""How much a shape says about the emotion, by the start of its name."""

_DEAD_ZONE: Final = 0.15
"""Emotion below which the presets stay at rest: trackers and vowels are never quite neutral."""


def _evidence() -> Float:
    found = [[v for start, v in _EVIDENCE.items() if n.startswith(start)] for n in FACE_SHAPES]
    return np.array([v[0] if v else 0.0 for v in found], np.float32)


def _explainer() -> Float:
    """float32[5, 52]: face shapes -> emotion presets (weighted least squares)."""
    weigh = np.sqrt(_evidence())
    faces = np.stack([EMOTION_SHAPES[name] for name in EMOTION_PRESETS], 1)
    return (np.linalg.pinv(faces * weigh[:, None]) * weigh).astype(np.float32)


class PresetProjection:
    """Projects face shapes onto the presets of one figure, region by region."""

    def __init__(self, index: Mapping[str, int], has_shape: NDArray[np.bool_]) -> None:
        def own(names: tuple[str, ...], *needed: F) -> dict[str, int]:
            """Presets to drive: none where the figure has the shapes themselves."""
            if has_shape[list(needed)].all():
                return {}
            return {name: index[name] for name in names if name in index}

        self._mouth = own(MOUTH_PRESETS, F.jawOpen)
        self._blink = own(BLINK_PRESETS, F.eyeBlinkLeft, F.eyeBlinkRight)
        self._emotion = own(EMOTION_PRESETS, F.browInnerUp, F.mouthSmileLeft)
        if {"blinkLeft", "blinkRight"} <= self._blink.keys():
            self._blink.pop("blink", None)

    def project(self, weight: Float, values: Float) -> None:
        """Write the presets' weights into ``values`` (float32[E])."""
        if self._mouth or self._emotion:
            emotion = emotions(weight)
            _write(self._emotion, dict(zip(EMOTION_PRESETS, emotion, strict=True)), values)
            _write(self._mouth, vowels(weight, smile=float(emotion @ _SMILE)), values)
        if self._blink:
            left, right = float(weight[F.eyeBlinkLeft]), float(weight[F.eyeBlinkRight])
            both = (left + right) / 2
            _write(self._blink, {"blink": both, "blinkLeft": left, "blinkRight": right}, values)


def _write(targets: Mapping[str, int], weights: Mapping[str, float], values: Float) -> None:
    for name, at in targets.items():
        values[at] = max(values[at], weights[name])


def vowels(weight: Float, smile: float = 0.0) -> dict[str, float]:
    """Weights of ``aa ih ou ee oh`` for face shapes [52]; ``smile`` of it is the emotions' own."""
    opening = _clip(1.7 * (weight[F.jawOpen] - weight[F.mouthClose]))
    rounding = _clip(weight[F.mouthPucker] + 0.8 * weight[F.mouthFunnel])
    stretch = (weight[F.mouthStretchLeft] + weight[F.mouthStretchRight]) / 2
    smiling = (weight[F.mouthSmileLeft] + weight[F.mouthSmileRight]) / 2
    spread = _clip(1.2 * stretch + 0.6 * max(0.0, float(smiling) - 1.2 * smile))
    flat = 1 - rounding
    return {
        "aa": flat * opening * (1 - spread),
        "ee": flat * opening * spread,
        "ih": flat * spread * (1 - opening),
        "ou": rounding * (1 - opening),
        "oh": rounding * opening,
    }


def emotions(weight: Float) -> Float:
    """float32[5], weights of ``happy angry sad relaxed surprised`` for face shapes [52]."""
    raw = _EXPLAIN @ weight
    return np.clip((raw - _DEAD_ZONE) / (1 - _DEAD_ZONE), 0, 1)


def _clip(x: float) -> float:
    return min(max(float(x), 0.0), 1.0)


_EXPLAIN: Final = _explainer()
_SMILE: Final = np.array(
    [EMOTION_SHAPES[n][[F.mouthSmileLeft, F.mouthSmileRight]].mean() for n in EMOTION_PRESETS]
)
"""How much each emotion smiles."""
assert _EXPLAIN.shape == (len(EMOTION_PRESETS), FACE_COUNT)
