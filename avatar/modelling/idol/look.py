"""A stylised recipe's ``[idol]`` table: proportions and colours, checked, with defaults."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import Any, Final

from avatar.errors import ConfigError

DEFAULTS: Final[dict[str, Any]] = {
    "scale": 0.88,
    "skin": "#ffe9dc",
    "skin_shade": "#f0b6bd",
    "blush": "#ff9a93",
    "line": "#a2523f",
    "lash": "#3a1c34",
    "fine": "#8a4a55",
    "brow": "#93385f",
    "lips": "#a84a4a",
    "mouth": ["#8e2c3c", "#fffaf4", "#f0777f"],
    "iris": {"deep": "#2b2a86", "middle": "#4a6de0", "bright": "#7ff0ff", "pupil": "#191445"},
    "hair": {
        "root": "#f58fbd", "middle": "#ffa9d2", "tip": "#86dcff", "shine": "#fff3fb",
        "shade": "#cf8fd8", "line": "#8d3f7c",
    },
    "outfit": {
        "navy": ["#34389a", "#20215f", "#12123a"],
        "white": ["#fdfbff", "#c6c2ee", "#6b66a8"],
        "gold": ["#ffd466", "#d9924a", "#8a5220"],
        "accent": ["#ff5f9e", "#c23a8a", "#7a1f5c"],
    },
}  # fmt: skip
"""Every key. Lists: ``mouth`` is cavity, teeth, tongue; a cloth's are colour, shadow, outline."""

SCALE: Final = (0.80, 1.05)
"""Range of ``scale``: the body's size beside a head of fixed size."""

_COLOUR: Final = re.compile(r"#[0-9a-fA-F]{6}")


def read_look(table: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The table with its defaults filled in; ConfigError names a key that is wrong."""
    return _filled(DEFAULTS, table, f"{where}: idol")


def _filled(known: Mapping[str, Any], given: Any, at: str) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise ConfigError(f"{at} must be a table")
    values: Mapping[str, Any] = {str(k): v for k, v in given.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    for key in values:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1) or sorted(known)
            raise ConfigError(f"{at}: no key {key!r}: did you mean {near[0]!r}?")
    return {
        key: _value(default, values[key], f"{at}.{key}") if key in values else default
        for key, default in known.items()
    }


def _value(default: Any, given: Any, at: str) -> Any:
    if isinstance(default, dict):
        return _filled(default, given, at)
    if isinstance(default, float):
        low, high = SCALE
        if not isinstance(given, int | float) or not low <= given <= high:
            raise ConfigError(f"{at} = {given!r}: choose a number from {low} to {high}")
        return float(given)
    wanted = len(default) if isinstance(default, list) else 0
    colours = given if wanted else [given]
    fits = isinstance(colours, list) and len(colours) == max(wanted, 1)
    if not fits or not all(isinstance(c, str) and _COLOUR.fullmatch(c) for c in colours):
        raise ConfigError(f"{at} = {given!r}: write {wanted or 'a'} colour(s) as '#rrggbb'")
    return given
