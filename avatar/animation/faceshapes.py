"""Which of a figure's expressions are the 52 ARKit face shapes ("perfect sync" figures)."""

from __future__ import annotations

from typing import Final

import numpy as np

from avatar.animation.nodes import Index
from avatar.character.character import Character
from avatar.pose import FACE_SHAPES

_SIDES: Final = (("_l", "left"), ("_r", "right"))


def canonical(name: str) -> str:
    """One spelling for ``EyeBlinkLeft``, ``eyeBlink_L`` and ``eyeBlinkLeft``."""
    name = name.strip().lower()
    for short, long in _SIDES:
        if name.endswith(short):
            name = name.removesuffix(short) + long
    return name.replace("_", "")


def working_expressions(character: Character) -> dict[str, int]:
    """Name -> index of the expressions that change anything."""
    return {
        e.name: i
        for i, e in enumerate(character.expressions)
        if e.morph_target_binds or e.material_color_binds or e.texture_transform_binds
    }


def morph_opens_mouth(character: Character) -> bool:
    """Whether an expression opens the mouth, so that a jaw bone must not do it again."""
    return bool({"jawopen", "aa"} & {canonical(name) for name in working_expressions(character)})


def shape_expressions(character: Character) -> Index:
    """int[52], index of the expression that is each face shape, -1 where the figure has none."""
    known = {canonical(name): i for name, i in working_expressions(character).items()}
    return np.array([known.get(name.lower(), -1) for name in FACE_SHAPES], np.intp)
