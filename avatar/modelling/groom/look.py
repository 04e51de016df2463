"""The ``[hair]`` table of a recipe: every key with its range, and the errors for the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final, cast

import numpy as np

from avatar.errors import ConfigError
from avatar.modelling.sources import Reals


@dataclass(frozen=True)
class Look:
    """What a style may be told; metres for the average head."""

    parting: float = 0.012
    """Where the hair parts, + to the figure's left of the middle."""
    length: float = 0.0
    """From the eyes to the tips, or of a tail; 0: the style's own."""
    volume: float = 1.0
    """Thickness over the skull relative to the style's own."""
    fringe: float = 0.0
    """0 none .. 1 down to the brows; below 0 short hair stops sooner still."""
    curtain: float = 0.0
    """Locks swept from the parting over the temples: 0 none .. 1 down to the cheeks."""
    sheer: float = 0.0
    """0 a closed fringe .. 1 a few thin locks that the forehead shows through."""
    sweep: float = 1.0
    """How far short hair leans to one side; negative: to the figure's left."""
    wave: float = 0.0
    """0 straight .. 1 wavy."""
    streak: float = 0.24
    """How much strands differ in brightness."""
    flyaway: float = 1.0
    """Share of the loose hairs that a style has."""
    root: tuple[float, float, float] = (0.016, 0.010, 0.0075)
    """Linear colour at the root."""
    tip: tuple[float, float, float] = (0.025, 0.0155, 0.011)

    def own(self, length: float) -> float:
        """The length asked for, or a style's own."""
        return self.length or length

    def colour(self, t: float) -> Reals:
        """Linear colour float64[3] from root (0) to tip (1)."""
        return np.array(self.root) * (1 - t) + np.array(self.tip) * t


_RANGE: Final[dict[str, tuple[float, float]]] = {
    "parting": (-0.05, 0.05), "length": (0.02, 0.7), "volume": (0.4, 2.0), "fringe": (-0.5, 1.0),
    "curtain": (0.0, 1.0), "sheer": (0.0, 1.0),
    "sweep": (-1.5, 1.5), "wave": (0.0, 1.0), "streak": (0.0, 1.0), "flyaway": (0.0, 2.0),
}  # fmt: skip
_COLOURS: Final = ("root", "tip")


def read_look(table: Mapping[str, Any], styles: Iterable[str]) -> tuple[str, Look]:
    """Style and parameters of a ``[hair]`` table; raises ConfigError naming the key."""
    names = sorted(styles)
    style = table.get("style")
    if style not in names:
        raise ConfigError(f"hair.style {style!r}: choose one of {', '.join(names)}")
    numbers = read_numbers("hair", table, _RANGE, also=("style", *_COLOURS))
    root, tip = (
        _colour(key, table[key]) if key in table else start
        for key, start in (("root", Look.root), ("tip", Look.tip))
    )
    return style, Look(root=root, tip=tip, **numbers)


def read_numbers(
    table: str, values: Mapping[str, Any], ranges: Mapping[str, tuple[float, float]],
    also: tuple[str, ...] = (),
) -> dict[str, float]:  # fmt: skip
    """The numbers of a recipe's table, each in its range; raises ConfigError naming the key.

    Keys in ``also`` are allowed and left out.
    """
    for key in values:
        if key not in ranges and key not in also:
            known = [*ranges, *also]
            near = get_close_matches(key, known, 1) or [", ".join(known)]
            raise ConfigError(f"{table}.{key} is unknown: did you mean {near[0]}?")
    return {k: _number(f"{table}.{k}", values[k], ranges[k]) for k in ranges if k in values}


def _number(key: str, value: Any, span: tuple[float, float]) -> float:
    low, high = span
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ConfigError(f"{key} = {value!r}: give a number from {low:g} to {high:g}")
    return float(value)


def _colour(key: str, value: Any) -> tuple[float, float, float]:
    items = cast("list[Any]", value) if isinstance(value, list | tuple) else []
    good = [float(x) for x in items if isinstance(x, int | float) and 0 <= x <= 1]
    if len(good) != 3 or len(items) != 3:
        raise ConfigError(f"hair.{key} = {value!r}: give three linear numbers from 0 to 1")
    return good[0], good[1], good[2]
