"""Plausible random people: human terms drawn together, so that what belongs together agrees.

Ancestry decides skin, hair and iris; build the fullness of the face; a few hidden factors
(delicate or strong, soft or sharp) move many terms at once, as they do in people.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.random import Generator, default_rng

from avatar.modelling import schema, terms

SEXES: Final = ("female", "male")

_MEAN: Final[dict[str, dict[str, float]]] = {
    "female": {
        "eye_size": 0.66, "eye_height": 0.12, "eye_tilt": 0.12, "brow_angle": 0.25,
        "face_oval": 0.35, "face_width": -0.18, "forehead_height": -0.12, "nose_width": -0.20,
        "nose_wings": -0.22, "nose_tip_width": -0.18, "nose_tip": 0.08, "mouth_corners": 0.40,
        "mouth_width": -0.12, "upper_lip": 0.05, "chin_width": -0.45, "jaw_bones": -0.35,
        "chin_height": -0.20, "jaw_drop": -0.22, "face_fullness": -0.15, "neck_width": -0.08,
    },
    "male": {
        "eye_size": 0.55, "eye_height": 0.10, "brow_angle": 0.18, "face_oval": 0.18,
        "face_fullness": -0.25, "nose_width": -0.15, "nose_wings": -0.15, "mouth_corners": 0.30,
        "upper_lip": -0.22, "lower_lip": -0.15, "chin_forward": 0.15, "jaw_bones": 0.18,
        "brow_height": 0.05,
    },
}  # fmt: skip
"""Where faces that are pleasant to look at lie, seen from the base data's average."""

_FACTORS: Final[dict[str, dict[str, float]]] = {
    "delicate": {
        "chin_width": -0.16, "jaw_bones": -0.16, "nose_width": -0.10, "nose_wings": -0.10,
        "face_width": -0.08, "eye_size": 0.10, "brow_ridge": -0.08, "neck_width": -0.08,
        "chin_height": -0.06,
    },
    "sharp": {
        "cheek_bones": 0.16, "face_fullness": -0.12, "cheek_volume": -0.10, "eye_tilt": 0.10,
        "nose_depth": 0.08, "nose_bridge": -0.08, "chin_forward": 0.06, "lower_lip": -0.06,
    },
    "long": {
        "face_length": 0.12, "nose_length": 0.10, "forehead_height": 0.06, "chin_height": 0.10,
        "face_width": -0.06, "mouth_position": -0.03,
    },
    "lips": {"upper_lip": 0.14, "lower_lip": 0.14, "upper_lip_height": 0.06, "cupid_bow": 0.06},
}  # fmt: skip
"""What moves together, for one standard deviation of each hidden factor."""

_ANCESTRY: Final[dict[str, dict[str, Any]]] = {
    "asian": {
        "tone": (0.22, 0.08), "iris": ("dark_brown", "black", "brown"),
        "hair": ("soft_black", "black", "dark_brown"), "height": (164.0, 175.0),
        "face": {"eye_fold": 0.12},
    },
    "caucasian": {
        "tone": (0.19, 0.06), "iris": ("brown", "hazel", "blue", "green", "grey"),
        "hair": ("dark_brown", "brown", "chestnut", "dark_blonde", "blonde", "auburn"),
        "height": (167.0, 179.0), "face": {"upper_lip": 0.12, "lower_lip": 0.08},
    },
    "african": {
        "tone": (0.76, 0.10), "iris": ("black", "dark_brown"), "hair": ("black", "soft_black"),
        "height": (165.0, 177.0), "face": {"nose_wings": -0.15, "upper_lip": -0.10},
    },
}  # fmt: skip

_DRESS: Final = (("navy", "white", "wine"), ("charcoal", "white", "navy"),
                 ("black", "ivory", "red"), ("teal", "white", "mustard"),
                 ("camel", "ivory", "brown"),
                 ("wine", "blush", "charcoal"), ("sage", "ivory", "olive"),
                 ("grey", "white", "plum"))  # fmt: skip
"""Main, second and accent colour that go together."""


def random_person(
    seed: int, sex: str | None = None, outfits: tuple[str, ...] = schema.OUTFITS
) -> dict[str, Any]:
    """The tables of a recipe, the same for the same seed; ``sex`` female, male or by chance."""
    draw = default_rng(seed)
    chance = SEXES[int(draw.integers(2))]
    sex = sex or chance
    people = _ancestry(draw)
    person = _person(draw, sex, people)
    return {
        "name": f"Person {seed}",
        "sex": sex,
        "seed": seed,
        "person": person,
        "face": _face(draw, sex, people, person),
        "look": _look(draw, sex, people, person["age"]),
        "makeup": _makeup(draw) if sex == "female" else {},
        "outfit": _outfit(draw, outfits),
    }


def _ancestry(draw: Generator) -> dict[str, float]:
    first, second = draw.choice(("asian", "caucasian", "african"), 2, p=(0.5, 0.3, 0.2))
    share = float(np.clip(draw.normal(0.85, 0.12), 0.55, 1.0))
    if first == second or share > 0.95:
        return {str(first): 1.0}
    return {str(first): round(share, 2), str(second): round(1 - share, 2)}


def _person(draw: Generator, sex: str, people: dict[str, float]) -> dict[str, Any]:
    mean = sum(share * _ANCESTRY[name]["height"][sex == "male"] for name, share in people.items())
    weight = _drawn(draw, -0.12, 0.20, -0.6, 0.6)
    person: dict[str, Any] = {
        "age": int(np.clip(draw.gamma(4.0, 3.2) + 19, 20, 68)),
        "height": round(float(np.clip(draw.normal(mean, 5.5), mean - 11, mean + 11))),
        "weight": weight,
        "muscle": _drawn(draw, 0.15 if sex == "male" else -0.05, 0.18, -0.5, 0.6),
        "ideal": _drawn(draw, 0.6, 0.15, 0.2, 0.9),
    }
    if sex == "female":
        person["bust"] = _drawn(draw, 0.3 * weight, 0.18, -0.5, 0.5)
    return person | people


def _face(
    draw: Generator, sex: str, people: dict[str, float], person: dict[str, Any]
) -> dict[str, float]:
    factors = {name: float(np.clip(draw.normal(), -1.8, 1.8)) for name in _FACTORS}
    result: dict[str, float] = {}
    for name, term in terms.FACE.items():
        value = _MEAN[sex].get(name, 0.0)
        value += sum(factors[key] * moved.get(name, 0.0) for key, moved in _FACTORS.items())
        value += sum(s * _ANCESTRY[p]["face"].get(name, 0.0) for p, s in people.items())
        value += 0.75 * term.spread * float(np.clip(draw.normal(), -2, 2))
        result[name] = round(float(np.clip(value, -0.85 if term.less else 0.0, 0.85)), 2)
    result["face_fullness"] = round(
        float(np.clip(result["face_fullness"] + 0.35 * person["weight"], -0.7, 0.6)), 2
    )
    return _one_outline({name: value for name, value in result.items() if value})


def _one_outline(face: dict[str, float]) -> dict[str, float]:
    """Of the outlines (round, square, heart ...) beside the oval only the strongest stays."""
    rest = [
        n for n in face if n.startswith("face_") and not terms.FACE[n].less and n != "face_oval"
    ]
    strongest = max(rest, key=lambda name: face[name], default="")
    return {name: value for name, value in face.items() if name not in rest or name == strongest}


def _look(draw: Generator, sex: str, people: dict[str, float], age: int) -> dict[str, Any]:
    first = _ANCESTRY[max(people, key=lambda name: people[name])]
    tone = sum(share * _ANCESTRY[name]["tone"][0] for name, share in people.items())
    grey = draw.random() < np.clip((age - 46) / 24, 0, 0.9)
    styles = ("bun", "bob", "ponytail") if sex == "female" else ("short",)
    look: dict[str, Any] = {
        "skin": round(float(np.clip(draw.normal(tone, first["tone"][1]), 0.08, 0.95)), 2),
        "undertone": _drawn(draw, 0.05, 0.3, -0.6, 0.6),
        "iris": str(draw.choice(first["iris"])),
        "hair": str(draw.choice(styles)),
        "hair_colour": "grey" if grey else str(draw.choice(first["hair"])),
        "brow_weight": _drawn(draw, 0.5, 0.10, 0.25, 0.75),
        "smile": _drawn(draw, 0.75, 0.12, 0.45, 1.0),
    }
    if sex == "female":
        look["lash_length"] = _drawn(draw, 0.85, 0.1, 0.6, 1.05)
    return look


def _makeup(draw: Generator) -> dict[str, Any]:
    strength = float(np.clip(draw.normal(0.4, 0.2), 0, 0.9))
    return {
        "lips": str(draw.choice(("rose", "rose", "wine", "red", "rust"))),
        "lips_strength": round(0.2 + 0.45 * strength, 2),
        "blush": "rose",
        "blush_strength": round(0.5 * strength, 2),
        "shadow": str(draw.choice(("brown", "plum", "rust", "rose"))),
        "shadow_strength": round(0.6 * strength * float(draw.random()), 2),
        "liner": round(0.7 * strength, 2),
    }


def _outfit(draw: Generator, outfits: tuple[str, ...]) -> dict[str, Any]:
    main, second, accent = _DRESS[int(draw.integers(len(_DRESS)))]
    return {
        "style": str(draw.choice(outfits)),
        "main": main,
        "second": second,
        "accent": accent,
        "lower": str(draw.choice(("denim", "charcoal", "black", "khaki"))),
        "shoes": str(draw.choice(("black", "brown", "charcoal"))),
    }


def _drawn(draw: Generator, mean: float, spread: float, low: float, high: float) -> float:
    return round(float(np.clip(draw.normal(mean, spread), low, high)), 2)
