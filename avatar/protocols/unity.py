"""What Unity and VRM 0.x call things, and how Unity's space lies to ours.

Unity's space is left-handed with the figure facing +Z, its left at -X; ours is right-handed with
its left at +X. The two are mirror images in X: a vector (x, y, z) becomes (-x, y, z), a
quaternion (x, y, z, w) becomes (x, -y, -z, w), both ways.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from avatar.pose import FACE_SHAPES, PRESETS, FaceShape, HumanBone

FLIP_VECTOR: Final = np.array([-1, 1, 1], np.float32)
"""Vectors, both ways, by multiplication."""
FLIP_TURN: Final = np.array([1, -1, -1, 1], np.float32)
"""Quaternions, both ways."""

VRM0_NAMES: Final[Mapping[str, str]] = {
    "happy": "Joy", "angry": "Angry", "sad": "Sorrow", "relaxed": "Fun",
    "surprised": "Surprised", "aa": "A", "ih": "I", "ou": "U", "ee": "E", "oh": "O",
    "blink": "Blink", "blinkLeft": "Blink_L", "blinkRight": "Blink_R",
}  # fmt: skip
"""VRM 1.0 presets under the names of VRM 0.x, which VMC programs know best."""


def _unity_names() -> dict[HumanBone, str]:
    """``HumanBodyBones`` of Unity; its thumb starts one bone name later than that of VRM 1.0."""
    names = {bone: bone.name[0].upper() + bone.name[1:] for bone in HumanBone}
    for side in ("left", "right"):
        for ours, theirs in (("Metacarpal", "Proximal"), ("Proximal", "Intermediate")):
            names[HumanBone[f"{side}Thumb{ours}"]] = f"{side.capitalize()}Thumb{theirs}"
    return names


UNITY_NAMES: Final[Mapping[HumanBone, str]] = _unity_names()
"""Name of each bone in Unity."""
_BONE_OF: Final = {name.lower(): bone for bone, name in UNITY_NAMES.items()}


def bone_of(name: str) -> HumanBone | None:
    """The bone of a name of Unity's, in any case."""
    return _BONE_OF.get(name.lower())


def _folded(name: str) -> str:
    name = name.lower()
    for short, long in (("_l", "left"), ("_r", "right")):
        if name.endswith(short):
            name = name.removesuffix(short) + long
    return name.replace("_", "")


_SHAPE_OF: Final = {_folded(name): FaceShape[name] for name in FACE_SHAPES}
_PRESET_OF: Final = {_folded(name): name for name in PRESETS} | {
    _folded(old): new for new, old in VRM0_NAMES.items()
}


def expression_of(name: str) -> FaceShape | str:
    """The ARKit shape or VRM 1.0 preset that a blend shape's name means, in any spelling."""
    folded = _folded(name)
    return _SHAPE_OF.get(folded, _PRESET_OF.get(folded, name))
