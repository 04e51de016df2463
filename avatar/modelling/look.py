"""The look of a face in words (skin, eyes, brows, hair, make-up) as the base data's own tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from avatar.modelling import terms
from avatar.modelling.macro import Build
from avatar.modelling.schema import linear

_SMILE: Final = {
    "mouthSmile": 0.42, "cheekSquint": 0.28, "eyeSquint": 0.15, "mouthPress": 0.35,
}  # fmt: skip
"""ARKit weights of a full resting smile; half of it is the hint that a face needs."""
_STILL: Final = {"mouthClose": 0.055, "mouthShrugLower": 0.10}
"""Lips that meet: the base's are parted."""
_FAIR: Final = 0.5
"""Red of skin from which on it hides neither blush nor the lips' own red."""


def looks(
    look: Mapping[str, Any], makeup: Mapping[str, Any], build: Build
) -> dict[str, dict[str, Any]]:
    """Tables ``expression gain skin eyes brows lashes hair makeup`` of checked human terms."""
    hair = look.get("hair_colour", "soft_black" if build.female else "black")
    return {
        "expression": _expression(float(look.get("smile", 0.5)), build.female),
        "gain": {},
        "skin": _skin(look, build, makeup),
        "eyes": _eyes(look),
        "brows": _brows(look, build.female, pair(hair, terms.HAIR)[0]),
        "lashes": _lashes(look, build.female),
        "hair": _hair(look, build.female, hair),
        "makeup": _painted(makeup),
    }


def pair(
    value: Any, known: Mapping[str, tuple[tuple[float, ...], tuple[float, ...]]]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Two linear colours by name, or made of one: itself and a darker or lighter shade."""
    if isinstance(value, str) and value in known:
        return known[value]
    colour = linear(value)
    return colour, tuple(min(1.0, 1.5 * x + 0.004) for x in colour)


def skin_tone(value: Any, undertone: float = 0.0) -> list[float]:
    """Linear albedo of a named tone, or of 0 (lightest) .. 1 (darkest); ``undertone`` -1 rosy
    .. 1 golden."""
    amount = terms.SKIN[value] if isinstance(value, str) else float(value)
    at = np.linspace(0, 1, len(terms.TONES))
    tint = np.array([np.interp(amount, at, channel) for channel in np.array(terms.TONES).T])
    tint *= 1 + 0.08 * undertone * np.array([-0.1, 0.25, -0.7])
    return [round(float(x), 4) for x in tint]


def _expression(smile: float, female: bool) -> dict[str, float]:
    """Hardly different sides make a face alive."""
    sides = {
        f"{name}{side}": round(weight * smile * share, 3)
        for name, weight in _SMILE.items()
        for side, share in (("Left", 1.0), ("Right", 0.9))
    }
    kind = 0.22 if female else 0.14
    brow = {"browInnerUp": 0.20 if female else 0.10,
            "browDownLeft": -kind, "browDownRight": -0.92 * kind}  # fmt: skip
    return sides | brow | _STILL


def _skin(look: Mapping[str, Any], build: Build, makeup: Mapping[str, Any]) -> dict[str, Any]:
    tone = look.get("skin", "light")
    tint = skin_tone(tone, float(look.get("undertone", 0.0)))
    people = max(build.ethnicity, key=lambda name: build.ethnicity[name])
    years = "young" if build.age < 45 else "middleage" if build.age < 66 else "old"
    sex = "female" if build.female else "male"
    return {
        "painted": f"{years}_{people}_{sex}",
        "painted_mix": round(0.18 + 0.006 * max(build.age - 25, 0) + 0.1 * (not build.female), 3),
        "tint": tint,
        "pores": (0.8 if build.female else 1.1) + 0.006 * max(build.age - 25, 0),
        "blush": round((0.7 if build.female else 0.5) * min(1.0, tint[0] / _FAIR), 3),
        "freckles": look.get("freckles", 0.15),
        "beard": look.get("beard", 0.0 if build.female else 0.3),
        "liner": 0.3 if build.female else 0.15,
    } | _lips(makeup, build, tint)


def _lips(makeup: Mapping[str, Any], build: Build, tint: list[float]) -> dict[str, Any]:
    """Lips darken with the skin around them; what is painted on them darkens less."""
    strength = float(makeup.get("lips_strength", 0.35 if build.female else 0.0))
    dark = min(1.0, tint[0] / _FAIR) ** 0.7
    colour = linear(makeup.get("lips", [0.40, 0.125, 0.125]))
    return {
        "lip": [round(dark * x, 4) for x in colour],
        "lip_red": round((0.15 if build.female else 0.05) + 0.8 * strength, 3),
    }


def _eyes(look: Mapping[str, Any]) -> dict[str, Any]:
    inner, outer = _iris(look.get("iris", "dark_brown"))
    return {
        "inner": list(inner),
        "outer": list(outer),
        "pupil": look.get("pupil", 0.38),
        "widen": 0.15,
    }


def _iris(value: Any) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """A colour of one's own is lighter round the pupil and darker at the rim, as irises are."""
    if isinstance(value, str) and value in terms.IRIS:
        return terms.IRIS[value]
    colour = linear(value)
    return tuple(min(1.0, 1.35 * x) for x in colour), tuple(0.5 * x for x in colour)


def _brows(look: Mapping[str, Any], female: bool, hair: tuple[float, ...]) -> dict[str, Any]:
    weight = float(look.get("brow_weight", 0.6))
    own = {} if female else {"height": 0.37, "length": 1.36, "arch": 0.13, "tail": 0.04}
    thickness = {"thickness": round((0.12 if female else 0.17) + 0.13 * weight, 3)}
    return {"colour": [round(min(0.75 * x, 0.12), 4) for x in hair]} | own | thickness


def _lashes(look: Mapping[str, Any], female: bool) -> dict[str, Any]:
    length = float(look.get("lash_length", 0.7 if female else 0.45))
    own = {} if female else {"curl": 0.7, "density": 0.8}
    return {
        "upper": round(2.5 + 6.5 * length, 2), "lower": round(1.0 + 2.5 * length, 2),
        "colour": [0.012, 0.008, 0.006], **own,
    }  # fmt: skip


def _hair(look: Mapping[str, Any], female: bool, colour: Any) -> dict[str, Any]:
    root, tip = pair(colour, terms.HAIR)
    style = look.get("hair", "bob" if female else "short")
    own = {key: look[f"hair_{key}"] for key in ("fringe", "wave", "volume", "parting", "sweep")
           if f"hair_{key}" in look}  # fmt: skip
    return {"style": style, "root": list(root), "tip": list(tip), **own}


def _painted(makeup: Mapping[str, Any]) -> dict[str, Any]:
    """What is painted over the skin: colours worked out, absent strengths 0."""
    result: dict[str, Any] = {}
    for name, start in (("blush", "rose"), ("shadow", "brown")):
        result[name] = linear(makeup.get(name, start))
        result[f"{name}_strength"] = float(makeup.get(f"{name}_strength", 0.0))
    return result | {"liner": float(makeup.get("liner", 0.0))}
