"""What a recipe may say: every key with its kind and range, and the errors for the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final, cast

from avatar.errors import ConfigError
from avatar.modelling import terms
from avatar.modelling.groom.styles import STYLES
from avatar.modelling.macro import ETHNICITIES


@dataclass(frozen=True)
class Number:
    """A number from ``low`` to ``high``; ``start`` is what an absent key means."""

    low: float = -1.0
    high: float = 1.0
    start: float = 0.0


@dataclass(frozen=True)
class Choice:
    """One of some names."""

    names: tuple[str, ...]
    start: str = ""


@dataclass(frozen=True)
class Colour:
    """A name, ``#rrggbb`` (sRGB) or three linear numbers 0..1."""

    names: Mapping[str, Any]
    start: str = ""


Key = Number | Choice | Colour

SHARE: Final = Number(0.0, 1.0)
OUTFITS: Final = ("suit", "blouse", "shirt", "tee", "sweater", "hanfu")

_PERSON: Final[dict[str, Key]] = {
    "age": Number(18, 90, 25),
    "height": Number(140, 210, 168),
    "weight": Number(),
    "muscle": Number(),
    "ideal": Number(-1, 1, 0.5),
    "bust": Number(),
    **dict.fromkeys(ETHNICITIES, SHARE),
    **{name: Number() for name in terms.BODY},
}
_FACE: Final[dict[str, Key]] = {
    name: Number(-1.0 if term.less else 0.0, 1.0) for name, term in terms.FACE.items()
}
_LOOK: Final[dict[str, Key]] = {
    "skin": Choice((*terms.SKIN, "0..1"), "light"),
    "undertone": Number(),
    "freckles": SHARE,
    "iris": Colour(terms.IRIS, "dark_brown"),
    "pupil": Number(0.25, 0.6, 0.38),
    "hair": Choice(tuple(sorted(STYLES)), "bob"),
    "hair_fringe": SHARE,
    "hair_wave": SHARE,
    "hair_volume": Number(0.4, 2.0, 1.0),
    "hair_parting": Number(-0.05, 0.05, 0.012),
    "hair_sweep": Number(-1.5, 1.5, 1.0),
    "hair_colour": Colour(terms.HAIR, "soft_black"),
    "brow_weight": Number(0.0, 1.0, 0.6),
    "lash_length": Number(0.0, 1.2, 0.7),
    "beard": SHARE,
    "smile": Number(0.0, 1.0, 0.5),
}
_MAKEUP: Final[dict[str, Key]] = {
    "lips": Colour(terms.COLOURS, "rose"),
    "lips_strength": SHARE,
    "blush": Colour(terms.COLOURS, "rose"),
    "blush_strength": SHARE,
    "shadow": Colour(terms.COLOURS, "brown"),
    "shadow_strength": SHARE,
    "liner": SHARE,
}
_OUTFIT: Final[dict[str, Key]] = {
    "style": Choice(OUTFITS, "suit"),
    **{name: Colour(terms.COLOURS, start) for name, start in (
        ("main", "navy"), ("second", "white"), ("accent", "wine"), ("lower", "denim"),
        ("shoes", "black"),
    )},
}  # fmt: skip

_LINEAR: Final = Colour({})
RAW: Final[dict[str, dict[str, Key]]] = {
    "skin": {
        "painted": Choice(tuple(f"{age}_{people}_{sex}" for age in ("young", "middleage", "old")
                                for people in ETHNICITIES for sex in ("female", "male"))),
        "painted_mix": SHARE, "tint": _LINEAR, "lip": _LINEAR, "lip_red": SHARE,
        "pores": Number(0, 3), "blush": Number(0, 3), "beard": SHARE, "liner": SHARE,
        "freckles": Number(0, 2), "crease": Number(0, 2), "crease_height": Number(0, 0.1),
        "uneven": Number(0, 3),
    },
    "eyes": {"inner": _LINEAR, "outer": _LINEAR, "pupil": Number(0.15, 0.7), "widen": Number(0, 1)},
}  # fmt: skip
"""Tables about the base data whose keys are checked here; ``[hair] [brows] [lashes]`` check
their own as they are read, ``[targets]`` as they are looked up."""

TABLES: Final[dict[str, dict[str, Key]]] = {
    "person": _PERSON, "face": _FACE, "look": _LOOK, "makeup": _MAKEUP, "outfit": _OUTFIT,
}  # fmt: skip
"""The tables in human terms."""


def check(table: str, values: Mapping[str, Any], where: str) -> None:
    """Raises ConfigError for the first key of ``[table]`` that is unknown or out of range."""
    known = (TABLES | RAW)[table]
    for key, value in values.items():
        if key not in known:
            raise ConfigError(f"{where}: no key {table}.{key}: {near(key, known)}")
        problem = fault(known[key], value)
        if problem:
            raise ConfigError(f"{where}: {table}.{key} = {value!r}: {problem}")


def fault(key: Key, value: Any) -> str:
    """What is wrong with a value; '' for a good one."""
    match key:
        case Number(low, high):
            if _is_number(value) and low <= value <= high:
                return ""
            return f"must be a number from {low:g} to {high:g}"
        case Choice(names):
            if value in names or ("0..1" in names and _is_number(value) and 0 <= value <= 1):
                return ""
            return near(str(value), names)
        case Colour(names):
            if _is_triple(value) or (isinstance(value, str) and (value in names or _hex(value))):
                return ""
            named = f"{near(str(value), names)}; or " if names else ""
            return f"{named}'#rrggbb', or three linear numbers 0..1"


def near(name: str, known: Iterable[str]) -> str:
    """A hint: the names most like ``name``, else all of them."""
    names = list(known)
    found = get_close_matches(name, names, n=2)
    if found:
        return f"did you mean {' or '.join(map(repr, found))}?"
    return f"choose one of {', '.join(names)}"


def linear(value: Any) -> tuple[float, float, float]:
    """A checked colour as linear RGB: a name of COLOURS, ``#rrggbb``, or three numbers."""
    if isinstance(value, str):
        if value in terms.COLOURS:
            return terms.COLOURS[value]
        srgb = [int(value[k : k + 2], 16) / 255 for k in (1, 3, 5)]
        r, g, b = (x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in srgb)
        return r, g, b
    r, g, b = (float(x) for x in value)
    return r, g, b


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_triple(value: Any) -> bool:
    if not isinstance(value, list):
        return False
    items = cast("list[Any]", value)
    return len(items) == 3 and all(_is_number(x) and 0 <= x <= 1 for x in items)


def _hex(value: str) -> bool:
    digits = value[1:]
    return (
        value.startswith("#")
        and len(digits) == 6
        and all(c in "0123456789abcdefABCDEF" for c in digits)
    )
