"""VRM expressions: the 52 ARKit shapes under their own names, the 18 presets made of them."""

from __future__ import annotations

from typing import Any, Final

from avatar.pose import FACE_SHAPES, PRESETS


def _both(**weights: float) -> dict[str, float]:
    """Weights for left and right alike."""
    return {name + side: w for name, w in weights.items() for side in ("Left", "Right")}


PRESET_WEIGHTS: Final[dict[str, dict[str, float]]] = {
    "neutral": {},
    "happy": {
        **_both(
            mouthSmile=0.68,
            cheekSquint=0.62,
            eyeSquint=0.55,
            mouthUpperUp=0.56,
            mouthLowerDown=0.38,
            mouthDimple=0.15,
            browOuterUp=0.14,
        ),
        "jawOpen": 0.10,
    },
    "angry": {
        **_both(browDown=0.85, eyeSquint=0.35, noseSneer=0.35, mouthFrown=0.35, mouthPress=0.4),
        "jawForward": 0.15,
    },
    "sad": {
        **_both(mouthFrown=0.6, eyeSquint=0.15, eyeLookDown=0.15, browDown=0.12),
        "browInnerUp": 1.0,
        "mouthShrugLower": 0.3,
    },
    "relaxed": {
        **_both(mouthSmile=0.4, cheekSquint=0.34, eyeBlink=0.26, eyeSquint=0.14),
        "browInnerUp": 0.14,
    },
    "surprised": {
        **_both(eyeWide=0.7, browOuterUp=0.75),
        "browInnerUp": 0.8,
        "jawOpen": 0.3,
        "mouthFunnel": 0.4,
    },
    "aa": {"jawOpen": 0.5, **_both(mouthLowerDown=0.2, mouthUpperUp=0.12)},
    "ih": {"jawOpen": 0.16, **_both(mouthStretch=0.25, mouthSmile=0.12, mouthLowerDown=0.2)},
    "ou": {"jawOpen": 0.07, "mouthPucker": 0.85, "mouthFunnel": 0.2},
    "ee": {"jawOpen": 0.1, **_both(mouthSmile=0.35, mouthStretch=0.35, mouthLowerDown=0.25)},
    "oh": {"jawOpen": 0.2, "mouthFunnel": 0.75, "mouthPucker": 0.35},
    "blink": _both(eyeBlink=1.0),
    "blinkLeft": {"eyeBlinkLeft": 1.0},
    "blinkRight": {"eyeBlinkRight": 1.0},
    "lookUp": _both(eyeLookUp=1.0),
    "lookDown": _both(eyeLookDown=1.0),
    "lookLeft": {"eyeLookOutLeft": 1.0, "eyeLookInRight": 1.0},
    "lookRight": {"eyeLookInLeft": 1.0, "eyeLookOutRight": 1.0},
}
"""Presets in terms of ARKit shapes; look* move the lids only, the eye bones turn the eyes."""

OVERRIDES: Final[dict[str, dict[str, str]]] = {
    "surprised": {"overrideMouth": "blend"},
    "relaxed": {"overrideBlink": "blend"},
}
"""A mouth that is open already blends out lip sync; half-closed lids blend out the blink."""


def vrm_expressions(
    node: int, targets: tuple[str, ...], own: dict[str, dict[str, float]] | None = None
) -> dict[str, Any]:
    """``VRMC_vrm.expressions`` for a face mesh on ``node`` with the morphs ``targets``; ``own``
    replaces presets in terms of ARKit shapes."""
    weights = PRESET_WEIGHTS | (own or {})

    def binds(weights: dict[str, float]) -> dict[str, Any]:
        return {
            "morphTargetBinds": [
                {"node": node, "index": targets.index(name), "weight": weight}
                for name, weight in weights.items()
            ]
        }

    preset = {name: binds(weights[name]) | OVERRIDES.get(name, {}) for name in PRESETS}
    return {"preset": preset, "custom": {name: binds({name: 1.0}) for name in FACE_SHAPES}}
