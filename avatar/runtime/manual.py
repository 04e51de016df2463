"""Expressions set by hand: sliders, keys, ``--expression``."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

import numpy as np

from avatar.character.character import Character
from avatar.errors import ConfigError
from avatar.pose import FACE_COUNT, FACE_SHAPES, PRESETS, FaceShape, Pose


class ManualDriver:
    """Holds expressions at given weights above whatever else moves the face."""

    layer = "manual"

    def __init__(self, weights: Mapping[str, float] | None = None) -> None:
        self._weights: dict[str, float] = dict(weights or {})

    @property
    def weights(self) -> Mapping[str, float]:
        """Expression name -> weight."""
        return self._weights

    def set(self, name: str, weight: float) -> None:
        """Hold an ARKit shape or one of the figure's expressions at ``weight``, 0..1."""
        self._weights[name] = min(max(weight, 0.0), 1.0)

    def clear(self) -> None:
        """Let go of all."""
        self._weights.clear()

    def sample(self, t: float) -> Pose | None:
        if not self._weights:
            return None
        weight, opinion = np.zeros(FACE_COUNT, np.float32), np.zeros(FACE_COUNT, np.float32)
        extra: dict[str, float] = {}
        for name, value in self._weights.items():
            if name in FACE_SHAPES:
                weight[FaceShape[name]], opinion[FaceShape[name]] = value, 1
            else:
                extra[name] = value
        return Pose(t, weight=weight, weight_w=opinion, extra=extra)


def expression_names(character: Character) -> list[str]:
    """What can be set on a figure: its presets, ARKit shapes, then its own expressions."""
    own = [expression.name for expression in character.expressions]
    presets = [name for name in PRESETS if name in own]
    return presets + sorted(name for name in own if name not in presets)


def check_expressions(character: Character, weights: Mapping[str, float]) -> dict[str, float]:
    """``weights`` with names as the figure spells them; raises ConfigError for unknown ones."""
    known = {name.lower(): name for name in (*FACE_SHAPES, *expression_names(character))}
    checked: dict[str, float] = {}
    for name, weight in weights.items():
        if name.lower() not in known:
            near = get_close_matches(name, known.values(), n=3) or expression_names(character)[:18]
            raise ConfigError(f"no expression {name!r}; try {', '.join(near)}")
        checked[known[name.lower()]] = weight
    return checked
