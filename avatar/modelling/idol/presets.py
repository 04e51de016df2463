"""VRM's presets in ARKit shapes, drawn more boldly than a real face would move."""

from __future__ import annotations

from typing import Final


def _both(**weights: float) -> dict[str, float]:
    return {name + side: w for name, w in weights.items() for side in ("Left", "Right")}


PRESETS: Final[dict[str, dict[str, float]]] = {
    "happy": {
        **_both(mouthSmile=0.95, cheekSquint=0.7, eyeSquint=0.5, browOuterUp=0.3),
        "jawOpen": 0.32, "browInnerUp": 0.25,
    },
    "angry": {
        **_both(browDown=1.0, eyeBlink=0.12, eyeSquint=0.2, mouthFrown=0.75, noseSneer=0.3),
        "jawOpen": 0.05,
    },
    "sad": {
        **_both(mouthFrown=0.7, eyeSquint=0.12, eyeLookDown=0.35),
        "browInnerUp": 1.0, "mouthShrugLower": 0.3,
    },
    "relaxed": {
        **_both(mouthSmile=0.55, eyeBlink=0.35, cheekSquint=0.2, browOuterUp=0.1),
        "browInnerUp": 0.3,
    },
    "surprised": {
        **_both(eyeWide=1.0, browOuterUp=0.9), "browInnerUp": 0.9, "jawOpen": 0.3,
        "mouthFunnel": 0.55,
    },
    "aa": {"jawOpen": 0.72, **_both(mouthUpperUp=0.15, mouthSmile=0.1)},
    "ih": {"jawOpen": 0.2, **_both(mouthStretch=0.45, mouthSmile=0.15, mouthLowerDown=0.15)},
    "ou": {"jawOpen": 0.12, "mouthPucker": 0.75, "mouthFunnel": 0.3},
    "ee": {"jawOpen": 0.22, **_both(mouthStretch=0.4, mouthSmile=0.4, mouthLowerDown=0.25)},
    "oh": {"jawOpen": 0.36, "mouthFunnel": 0.6, "mouthPucker": 0.15},
}  # fmt: skip
