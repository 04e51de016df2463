"""Colour of skin: zones of a face, three scales of variation, lips, lids, nails, marks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from avatar.modelling.margins import LidDistance
from avatar.modelling.noise import cell_noise, fbm, value_noise
from avatar.modelling.sources import Reals, vec

_BLOOD: Final = vec(0.25, 1.0, 0.92)
"""How much blood takes from red, green and blue light."""
_PIGMENT: Final = vec(0.55, 0.85, 1.2)


@dataclass(frozen=True)
class Landmarks:
    """Points of the neutral face, dm."""

    left_eye: Reals
    right_eye: Reals
    nose: Reals
    mouth: Reals

    @property
    def eyes(self) -> tuple[Reals, Reals]:
        return self.left_eye, self.right_eye


@dataclass(frozen=True)
class Ground:
    """What the painters know of each texel; arrays of one length."""

    position: Reals
    """float64[N, 3], dm, neutral face."""
    marks: Landmarks
    lids: LidDistance
    seam: Reals
    """From the line between the lips, dm."""
    lips: Reals
    """0..1, with a soft border."""
    mask: dict[str, Reals]
    """0..1: ears, eyelids, fingernails."""
    pits: Reals
    """0..1, how deep in a pore."""
    fine: Reals
    """0..1, how much of a millimetre's detail the layout can hold here."""


def blob(position: Reals, centre: Reals, radius: tuple[float, float, float]) -> Reals:
    """A soft ellipsoid, 1 at its centre; on both sides when off the middle."""
    x = np.abs(position[:, 0]) if abs(centre[0]) > 0.05 else position[:, 0]
    place = np.column_stack([x, position[:, 1:]])
    return np.exp(-(((place - centre * [np.sign(centre[0]) or 1, 1, 1]) / radius) ** 2).sum(axis=1))


def on_face(ground: Ground) -> Reals:
    """1 on the face, 0 from below the chin on."""
    low = ground.marks.mouth[1] - 0.55
    return soft(low - 0.3, low, ground.position[:, 1])


def soft(low: float, high: float, x: Reals) -> Reals:
    """Smoothstep."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def _bell(x: Reals, centre: float | Reals, width: float | Reals) -> Reals:
    return np.exp(-(((x - centre) / width) ** 2))


def paint(ground: Ground, look: dict[str, Any]) -> Reals:
    """Linear albedo float64[N, 3] for the recipe's ``[skin]``."""
    tint = np.array(look["tint"])
    colour = np.tile(tint, (len(ground.position), 1))
    for weight, factor in _zones(ground, look["blush"]):
        colour *= 1 + weight[:, None] * (np.array(factor) - 1)
    colour *= _variation(ground, look)
    makeup = look.get("makeup", {})
    if makeup.get("blush_strength"):
        colour = _rouge(colour, ground, np.array(makeup["blush"]), makeup["blush_strength"])
    colour = _beard(colour, ground, look.get("beard", 0.0))
    colour = _lids(colour, ground, look)
    colour = _lips(colour, ground, look)
    nails = ground.mask["fingernails"][:, None]
    return (colour + 0.55 * nails * (tint * [1.14, 1.0, 0.98] - colour)).clip(0.003, 0.9)


def _zones(ground: Ground, blush: float) -> list[tuple[Reals, tuple[float, float, float]]]:
    """(weight, factor on the tint) of each zone of a face."""
    position, marks = ground.position, ground.marks
    eye, nose, mouth = marks.left_eye, marks.nose, marks.mouth
    cheek = np.array([eye[0] + 0.14, (eye[1] + mouth[1]) / 2 + 0.05, nose[2] - 0.42])
    wing = np.array([0.14, nose[1] - 0.03, nose[2] - 0.2])
    under = eye + vec(0.0, -0.16, 0.12)
    inner = eye + vec(-0.15, -0.05, 0.1)
    forehead = np.array([0, eye[1] + 0.55, eye[2] + 0.1])
    chin = np.array([0, mouth[1] - 0.35, mouth[2] - 0.1])
    around = np.array([0, mouth[1], mouth[2]])
    fold = np.array([0.27, mouth[1] + 0.03, mouth[2] - 0.12])
    return [
        (blush * blob(position, cheek, (0.30, 0.22, 0.5)), (1.04, 0.78, 0.77)),
        (blob(position, nose, (0.15, 0.14, 0.3)), (1.02, 0.86, 0.85)),
        (blob(position, wing, (0.09, 0.10, 0.25)), (0.98, 0.80, 0.79)),
        (0.5 * blob(position, chin, (0.25, 0.2, 0.4)), (1.02, 0.86, 0.86)),
        (0.7 * blob(position, forehead, (0.6, 0.35, 0.6)), (1.0, 1.0, 0.89)),
        (0.5 * blob(position, under, (0.22, 0.07, 0.3)), (0.90, 0.84, 0.88)),
        (0.5 * blob(position, inner, (0.10, 0.12, 0.25)), (0.86, 0.76, 0.76)),
        (0.35 * blob(position, around, (0.42, 0.28, 0.4)), (0.95, 0.96, 0.97)),
        (0.3 * blob(position, fold, (0.08, 0.14, 0.3)), (0.97, 0.84, 0.82)),
        (0.3 * ground.mask["ears"], (1.0, 0.86, 0.84)),
        *_joints(position),
    ]


def _joints(position: Reals) -> list[tuple[Reals, tuple[float, float, float]]]:
    """Hands are redder and a little darker than the face."""
    hand = soft(3.6, 4.3, np.abs(position[:, 0]))
    return [(0.6 * hand, (0.97, 0.86, 0.86))]


def _variation(ground: Ground, look: dict[str, Any]) -> Reals:
    """Blood and pigment at three scales, pores, freckles: factors float64[N, 3]."""
    position = ground.position
    uneven = look.get("uneven", 1.0) * (0.45 + 0.55 * on_face(ground))[:, None]
    blood = 0.09 * fbm(position * 5.5, 2, 5) + 0.09 * fbm(position * 19, 2, 22)
    blood += 0.11 * ground.fine * fbm(position * 75, 2, 95)
    pigment = 0.04 * fbm(position * 3.1, 2, 41) + 0.05 * fbm(position * 33, 2, 43)
    factor = 1 - uneven * (blood[:, None] * _BLOOD + pigment[:, None] * _PIGMENT)
    factor *= 1 - 0.20 * look["pores"] * ground.pits[:, None] * [0.6, 1.0, 1.0]
    return factor * _spots(position, look.get("freckles", 0.15), ground.marks)


def _spots(position: Reals, freckles: float, marks: Landmarks) -> Reals:
    """Freckles over nose and cheeks, as factors."""
    middle = np.array([0, (marks.nose[1] + marks.left_eye[1]) / 2, marks.nose[2] - 0.3])
    where = blob(position, middle, (0.6, 0.3, 0.6))
    rare = value_noise(np.floor(position * 24) + 0.5, 71) > 0.80
    fleck = soft(0.34, 0.12, cell_noise(position * 24, 17)) * rare
    amount = freckles * 0.5 * where * fleck
    return 1 - amount[:, None] * [0.35, 0.55, 0.7]


def _rouge(colour: Reals, ground: Ground, blush: Reals, strength: float) -> Reals:
    """Blusher, high on the cheeks and out to the temples."""
    eye, marks = ground.marks.left_eye, ground.marks
    cheek = np.array([eye[0] + 0.18, (eye[1] + marks.nose[1]) / 2 - 0.06, marks.nose[2] - 0.45])
    where = 0.45 * strength * blob(ground.position, cheek, (0.24, 0.15, 0.4))
    return colour + where[:, None] * (blush - colour)


def _beard(colour: Reals, ground: Ground, amount: float) -> Reals:
    """The shadow of a shaved beard over lip, chin and jaw."""
    if amount <= 0:
        return colour
    position, mouth = ground.position, ground.marks.mouth
    lip = blob(position, np.array([0, mouth[1] + 0.06, mouth[2]]), (0.30, 0.07, 0.3))
    chin = blob(position, np.array([0, mouth[1] - 0.32, mouth[2] - 0.15]), (0.45, 0.24, 0.5))
    jaw = blob(position, np.array([0.48, mouth[1] - 0.16, mouth[2] - 0.55]), (0.14, 0.24, 0.42))
    where = np.clip(lip + chin + 0.7 * jaw, 0, 1) * (1 - ground.lips)
    dots = soft(0.62, 0.2, cell_noise(position * 62, 37))
    shade = amount * where * (0.45 + 0.55 * dots)
    return colour * (1 - shade[:, None] * [0.62, 0.50, 0.40])


def _lids(colour: Reals, ground: Ground, look: dict[str, Any]) -> Reals:
    """Lash line, eye shadow, the crease's depth, the moist rim, the pink inner corner."""
    lids = ground.lids
    up, down, above = lids.upper, lids.lower, lids.above
    # the base's lids are thin: shade them by distance from the rim
    crease = crease_height(lids, look)
    tone = 0.18 * above * soft(0.11, 0.0, up) + 0.18 * (1 - above) * soft(0.05, 0.0, down)
    colour = colour * (1 - tone[:, None] * [0.34, 0.26, 0.18])
    # thin skin over muscle: less yellow than the rest, and so not orange in the lashes' shade
    thin = above * soft(0.075, 0.02, up)
    colour = colour * (1 - thin[:, None] * [0.16, 0.05, -0.08])
    makeup = look.get("makeup", {})
    shadow = 0.6 * makeup.get("shadow_strength", 0.0) * above * soft(0.05, 0.01, up)
    colour += shadow[:, None] * (np.array(makeup.get("shadow", (0.2, 0.1, 0.08))) - colour)
    fold = above * _bell(up, crease, 0.0075) * crease_strength(lids) * look.get("crease", 1.0)
    colour *= 1 - 0.34 * fold[:, None] * [0.86, 1.0, 1.0]
    line = max(look.get("liner", 0.35), makeup.get("liner", 0.0)) * above * soft(0.013, 0.003, up)
    colour += line[:, None] * (vec(0.034, 0.027, 0.024) - colour)
    moist = (1 - above) * soft(0.012, 0.003, down)
    colour += 0.75 * moist[:, None] * (vec(0.50, 0.24, 0.20) - colour)
    corner = soft(0.045, 0.0, np.minimum(up, down)) * soft(0.10, 0.0, lids.along)
    return colour + 0.6 * corner[:, None] * (vec(0.46, 0.17, 0.145) - colour)


def crease_height(lids: LidDistance, look: dict[str, Any]) -> Reals:
    """dm above the upper rim: low at the inner corner, highest past the middle."""
    top = look.get("crease_height", 0.030)
    return top * (0.42 + 0.58 * np.sin(np.pi * np.clip(0.10 + 0.72 * lids.along, 0, 1)))


def crease_strength(lids: LidDistance) -> Reals:
    """It fades at both ends."""
    return soft(0.02, 0.2, lids.along) * soft(1.0, 0.86, lids.along)


def _lips(colour: Reals, ground: Ground, look: dict[str, Any]) -> Reals:
    """Redder towards their line, in fine upright folds, with a soft border."""
    tint = np.array(look["tint"])
    lip = tint * [0.80, 0.60, 0.62]
    lip = lip + look["lip_red"] * (np.array(look["lip"]) - lip)
    inside = soft(0.075, 0.0, ground.seam)[:, None]
    shade = lip * (1.06 - inside * [0.18, 0.34, 0.30])
    crease = lip_folds(ground.position)
    shade *= 1 - 0.22 * crease[:, None] * [0.6, 1.0, 1.0]
    shade *= 1 + 0.20 * fbm(ground.position * 26, 2, 61)[:, None]
    edge = 0.92 * ground.lips * (1 - 0.25 * soft(0.45, 0.0, ground.lips))
    colour = colour + edge[:, None] * (shade - colour)
    return colour * (1 - 0.55 * soft(0.010, 0.0, ground.seam)[:, None] * [0.8, 1.0, 1.0])


def lip_folds(position: Reals) -> Reals:
    """0..1, 1 in the bottom of a fold: long across the lips, a millimetre apart, uneven."""
    bent = position[:, 0] + 0.012 * fbm(position * 14, 2, 3)
    at = np.column_stack([bent * 88, position[:, 1] * 11, position[:, 2] * 11])
    ridge = np.abs(2 * value_noise(at, 3) - 1)
    wide = np.abs(2 * value_noise(at * [0.45, 0.8, 0.8], 8) - 1)
    return 0.55 * soft(0.38, 0.0, ridge) + 0.45 * soft(0.30, 0.0, wide)
