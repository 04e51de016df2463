"""Outfits as data: which garments each is made of, and which of the recipe's colours dye them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from avatar.modelling.schema import linear

Garment = dict[str, Any]

_START: Final = {"main": "navy", "second": "white", "accent": "wine", "lower": "denim",
                 "shoes": "black"}  # fmt: skip

_DYED: Final = ("colour", "second", "bright", "tie", "trim")
"""Keys of a garment that hold colours."""

_JACKET: Final = {"stiff": 0.5, "pads": 0.007, "sleeve": 0.007, "cuff": 0.012, "leg": 0.003,
                  "folds": 0.006}  # fmt: skip
_SHIRT: Final = {"stiff": 0.4, "sleeve": 0.003, "cuff": 0.004, "folds": 0.005}
_SKIRT: Final = {"stiff": 0.3, "level": True}
_TROUSERS: Final = {"stiff": 0.3, "leg": 0.002, "folds": 0.004}

_SUIT_MALE: Final[Garment] = {
    "name": "suit", "proxy": "clothes/male_elegantsuit01",
    "colour": "main", "bright": "second", "tie": "accent", "cut": _JACKET, "stitched": True,
}  # fmt: skip
_SUIT_FEMALE: Final[Garment] = {
    "name": "suit", "proxy": "clothes/male_elegantsuit01", "drop_bright": True,
    "drop_boxes": [[0.345, 0.02, 0.42, 0.19], [0.415, 0.045, 0.435, 0.08],
                   [0.73, 0.47, 0.99, 0.72]],
    "colour": "main", "bright": "second", "hides_below": 3.0, "cut": _JACKET,
    "stitched": True,
}  # fmt: skip
_COLLAR: Final[Garment] = {
    "name": "blouse", "proxy": "clothes/female_elegantsuit01", "largest": True, "smooth": True,
    "contrast": 0.0, "colour": "second", "roughness": 0.7, "weave": 0.15, "inflate": -0.04,
    "front": [0.42, 0.95, 1.9, 0.0],
}  # fmt: skip
_BLACK_SHOES: Final[Garment] = {"name": "shoes", "proxy": "clothes/shoes03", "colour": "shoes"}
_SNEAKERS: Final[Garment] = {
    "name": "shoes", "proxy": "clothes/shoes04", "colour": "shoes", "contrast": 0.8,
}  # fmt: skip


def _top(proxy: str, **own: Any) -> Garment:
    return {
        "name": "top", "proxy": f"clothes/{proxy}", "piece": "upper", "colour": "main",
        "contrast": 0.0, "ao": 0.5, "relief": 1.0, "weave": 0.12, "cut": _SHIRT, "smooth": True,
    } | own  # fmt: skip


def _bottom(proxy: str, **own: Any) -> Garment:
    return {
        "name": "bottom", "proxy": f"clothes/{proxy}", "piece": "lower", "colour": "lower",
        "contrast": 0.6, "ao": 0.4, "relief": 1.0, "weave": 0.12,
        "cut": _TROUSERS, "inflate": -0.03,
    } | own  # fmt: skip


_HANFU: Final[Garment] = {
    "name": "hanfu", "make": "hanfu", "colour": "main", "second": "second", "trim": "accent",
}  # fmt: skip
_TIGHTS: Final[Garment] = {"name": "tights", "make": "tights", "colour": [0.030, 0.022, 0.020]}
_JEANS: Final = _bottom("male_casualsuit02")

OUTFITS: Final[dict[str, dict[str, tuple[Garment, ...]]]] = {
    "suit": {"female": (_COLLAR, _SUIT_FEMALE, _BLACK_SHOES), "male": (_SUIT_MALE, _BLACK_SHOES)},
    "blouse": {
        "female": (
            _TIGHTS,
            _bottom("female_elegantsuit01", colour="main", contrast=0.0, cut=_SKIRT),
            _top("female_elegantsuit01", colour="second", weave=0.15),
            _BLACK_SHOES | {"socks": False},
        ),
        "male": (_JEANS | {"colour": "main", "contrast": 0.0},
                 _top("male_casualsuit03", colour="second"), _BLACK_SHOES),
    },
    "shirt": {
        "female": (_JEANS, _top("male_casualsuit03"), _SNEAKERS),
        "male": (_JEANS, _top("male_casualsuit03"), _SNEAKERS),
    },
    "tee": {
        "female": (_bottom("female_casualsuit01"), _top("female_casualsuit01"), _SNEAKERS),
        "male": (_JEANS, _top("male_casualsuit04"), _SNEAKERS),
    },
    "sweater": {
        "female": (_JEANS, _top("male_casualsuit02", weave=0.6), _SNEAKERS),
        "male": (_JEANS, _top("male_casualsuit02", weave=0.6), _SNEAKERS),
    },
    "hanfu": {
        "female": (_HANFU, _BLACK_SHOES | {"socks": False}),
        "male": (_HANFU, _BLACK_SHOES | {"socks": False}),
    },
}  # fmt: skip
"""Outfit -> sex -> garments; colours are keys of the recipe's ``[outfit]``."""


def garments(outfit: Mapping[str, Any], female: bool) -> tuple[Garment, ...]:
    """The garments of a checked ``[outfit]``, dyed."""
    colours = {key: list(linear(outfit.get(key, start))) for key, start in _START.items()}
    worn = OUTFITS[str(outfit.get("style", "suit"))]["female" if female else "male"]
    return tuple(
        {key: colours[value] if key in _DYED and isinstance(value, str) else value
         for key, value in garment.items()}
        for garment in worn
    )  # fmt: skip
