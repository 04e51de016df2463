"""The stylised figure's materials: MToon with pictures painted from the recipe's colours."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from avatar.modelling.idol import paint
from avatar.modelling.idol.paint import srgb
from avatar.modelling.idol.toon import toon
from avatar.modelling.sources import Reals
from avatar.modelling.vrm_write import Material

_OUTLINE: Final = 0.0009
"""m: about a pixel of a bust at 1080p."""


def materials(look: dict[str, Any]) -> dict[str, Material]:
    """All materials by name."""
    return {**_skin(look), **_eyes(look), **_strokes(look), **_hair(look), **_cloth(look)}


def _skin(look: dict[str, Any]) -> dict[str, Material]:
    picture = paint.picture("skin", paint.skin(srgb(look["skin"]), srgb(look["blush"])))
    line = srgb(look["line"])
    return {
        "skin": toon(
            srgb(look["skin_shade"]), color=picture, outline=_OUTLINE, outline_color=line,
            shift=-0.1,
        )
    }  # fmt: skip


def _eyes(look: dict[str, Any]) -> dict[str, Material]:
    """Eyes and mouth take no shadow: they are drawn, not lit."""
    white = srgb("#ffffff")
    iris = look["iris"]
    painted = paint.iris(
        srgb(iris["deep"]), srgb(iris["middle"]), srgb(iris["bright"]), srgb(iris["pupil"])
    )
    sclera = paint.eye_white(srgb("#fffdfb"), srgb("#c3b3d8"))
    cavity, teeth, tongue = (srgb(code) for code in look["mouth"])
    inside = paint.flat([cavity, teeth, tongue, tongue])
    return {
        "eyewhite": toon(white, color=paint.picture("eyewhite", sclera)),
        "iris": toon(white, color=paint.picture("iris", painted)),
        "glint": toon(white, factor=white),
        "mouth": toon(white, color=paint.picture("mouth", inside), double_sided=True),
    }


def _strokes(look: dict[str, Any]) -> dict[str, Material]:
    keys = {"lid": "skin_shade", "lash": "lash", "fine": "fine", "brow": "brow", "lipline": "lips"}
    colours = {name: srgb(look[key]) for name, key in keys.items()}
    return {name: toon(c, factor=c, double_sided=True) for name, c in colours.items()}


def _hair(look: dict[str, Any]) -> dict[str, Material]:
    dye = {key: srgb(code) for key, code in look["hair"].items()}
    painted = paint.hair(dye["root"], dye["middle"], dye["tip"], dye["shine"])
    return {
        "hair": toon(
            dye["shade"], color=paint.picture("hair", painted, clamp=False), outline=1.2 * _OUTLINE,
            outline_color=dye["line"], rim=srgb("#3a2440"),
        )
    }  # fmt: skip


def _cloth(look: dict[str, Any]) -> dict[str, Material]:
    cloth = {name: [srgb(code) for code in codes] for name, codes in look["outfit"].items()}
    result = {
        name: toon(
            shade, factor=colour, outline=_OUTLINE, outline_color=line, rim=colour * 0.12,
            double_sided=name == "white",
        )
        for name, (colour, shade, line) in cloth.items()
    }  # fmt: skip
    plain = {name: colours[0] for name, colours in cloth.items()}
    colour, shade, line = cloth["navy"]
    result["skirt"] = toon(
        shade / colour.clip(0.01), color=paint.picture("skirt", _pleat(plain), clamp=False),
        outline=_OUTLINE, outline_color=line, double_sided=True,
    )  # fmt: skip
    white, shade, line = cloth["white"]
    frill = np.tile(white, (128, 8, 1))
    frill[116:122] = plain["accent"]
    result["frill"] = toon(
        shade, color=paint.picture("frill", frill, clamp=False), outline=_OUTLINE,
        outline_color=line, double_sided=True,
    )  # fmt: skip
    return result


def _pleat(plain: dict[str, Reals]) -> Reals:
    """One pleat: a light inlay that opens downwards, stripes near the hem; [256, 64, 3]."""
    v, u = (np.mgrid[0:256, 0:64] + 0.5) / [[[256]], [[64]]]
    colour = np.tile(plain["navy"], (256, 64, 1))
    colour[208:222], colour[230:234] = plain["gold"], plain["white"]
    inlay = np.abs(u - 0.5) > 0.5 - 0.20 * np.clip((v - 0.42) / 0.58, 0, 1)
    colour[inlay] = plain["white"]
    return colour
