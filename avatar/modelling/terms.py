"""The human terms of a recipe as data: what each means on the base mesh, and its fair range.

A term goes from -1 to 1 with 0 the average face (from 0 to 1 where only one side exists). It
names the target for each direction; ``lr-`` stands for both sides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Term:
    """One human term of a face or a body."""

    less: str
    """Target for negative values; '' where there is none."""
    more: str
    spread: float
    """Standard deviation among random people."""


def _term(stem: str, spread: float, less: str = "decr", more: str = "incr") -> Term:
    return Term(f"{stem}-{less}" if less else "", f"{stem}-{more}", spread)


FACE: Final[dict[str, Term]] = {
    "face_width": _term("head-scale-horiz", 0.22),
    "face_length": _term("head-scale-vert", 0.22),
    "face_fullness": _term("head-fat", 0.22),
    "face_oval": Term("", "head-oval", 0.30),
    "face_round": Term("", "head-round", 0.20),
    "face_square": Term("", "head-square", 0.18),
    "face_long": Term("", "head-rectangular", 0.15),
    "face_heart": Term("", "head-invertedtriangular", 0.18),
    "face_diamond": Term("", "head-diamond", 0.12),
    "forehead_height": _term("forehead-scale-vert", 0.18),
    "forehead_slope": _term("forehead-trans", 0.12, "forward", "backward"),
    "temple": _term("forehead-temple", 0.20),
    "eye_size": _term("lr-eye-scale", 0.22),
    "eye_height": _term("lr-eye-height2", 0.18),
    "eye_inner_height": _term("lr-eye-height1", 0.12),
    "eye_outer_height": _term("lr-eye-height3", 0.12),
    "eye_tilt": _term("lr-eye-corner2", 0.20, "down", "up"),
    "eye_inner_tilt": _term("lr-eye-corner1", 0.12, "down", "up"),
    "eye_distance": _term("lr-eye-trans", 0.15, "in", "out"),
    "eye_position": _term("lr-eye-trans", 0.10, "down", "up"),
    "eye_fold": _term("lr-eye-epicanthus", 0.15, "out", "in"),
    "lid_fold": _term("lr-eye-eyefold", 0.20, "down", "up"),
    "lid_fullness": _term("lr-eye-eyefold", 0.20, "concave", "convex"),
    "eye_bag": _term("lr-eye-bag", 0.10),
    "brow_height": _term("eyebrows-trans", 0.10, "down", "up"),
    "brow_angle": _term("eyebrows-angle", 0.18, "down", "up"),
    "brow_ridge": _term("eyebrows-trans", 0.12, "backward", "forward"),
    "nose_width": _term("nose-scale-horiz", 0.20),
    "nose_length": _term("nose-scale-vert", 0.18),
    "nose_depth": _term("nose-scale-depth", 0.18),
    "nose_position": _term("nose-trans", 0.10, "down", "up"),
    "nose_bridge": _term("nose-width1", 0.22),
    "nose_middle": _term("nose-width2", 0.20),
    "nose_wings": _term("nose-width3", 0.22),
    "nose_tip_width": _term("nose-point-width", 0.20),
    "nose_tip": _term("nose-point", 0.18, "down", "up"),
    "nose_hump": _term("nose-hump", 0.16),
    "nose_curve": _term("nose-curve", 0.18, "concave", "convex"),
    "nose_volume": _term("nose-volume", 0.15),
    "nostril_width": _term("nose-nostrils-width", 0.15),
    "mouth_width": _term("mouth-scale-horiz", 0.20),
    "mouth_height": _term("mouth-scale-vert", 0.15),
    "mouth_position": _term("mouth-trans", 0.10, "down", "up"),
    "mouth_corners": _term("mouth-angles", 0.12, "down", "up"),
    "upper_lip": _term("mouth-upperlip-volume", 0.25),
    "lower_lip": _term("mouth-lowerlip-volume", 0.25),
    "upper_lip_height": _term("mouth-upperlip-height", 0.18),
    "lower_lip_height": _term("mouth-lowerlip-height", 0.18),
    "cupid_bow": _term("mouth-cupidsbow", 0.22),
    "philtrum": _term("mouth-philtrum-volume", 0.20),
    "cheek_bones": _term("lr-cheek-bones", 0.25),
    "cheek_volume": _term("lr-cheek-volume", 0.20),
    "cheek_height": _term("lr-cheek-trans", 0.15, "down", "up"),
    "cheek_inner": _term("lr-cheek-inner", 0.15),
    "jaw_drop": _term("chin-jaw-drop", 0.18),
    "jaw_bones": _term("chin-bones", 0.22),
    "jaw_forward": _term("chin-prognathism", 0.08),
    "chin_width": _term("chin-width", 0.25),
    "chin_height": _term("chin-height", 0.20),
    "chin_forward": _term("chin-prominent", 0.20),
    "chin_cleft": _term("chin-cleft", 0.08),
    "ear_size": _term("lr-ear-scale", 0.15),
    "ear_wing": _term("lr-ear-wing", 0.12),
    "ear_lobe": _term("lr-ear-lobe", 0.20),
    "neck_width": _term("neck-scale-horiz", 0.12),
    "neck_length": _term("neck-scale-vert", 0.15),
}
"""Terms of ``[face]``."""

BODY: Final[dict[str, Term]] = {
    "shoulders": _term("measure-shoulder-dist", 0.15),
    "chest": _term("measure-bust-circ", 0.10),
    "waist": _term("measure-waist-circ", 0.12),
    "hips": _term("measure-hips-circ", 0.12),
    "torso_width": _term("torso-scale-horiz", 0.10),
    "torso_v": _term("torso-vshape", 0.15),
    "legs": _term("upperlegs-height", 0.12),
}
"""Terms of ``[person]`` beside the build's own."""

TONES: Final[tuple[tuple[float, float, float], ...]] = (
    (0.62, 0.395, 0.305), (0.56, 0.335, 0.25), (0.48, 0.28, 0.202), (0.385, 0.220, 0.155),
    (0.285, 0.158, 0.110), (0.185, 0.099, 0.068), (0.105, 0.056, 0.041),
)  # fmt: skip
"""Linear albedo of skin from the lightest tone (0) to the darkest (1), evenly spaced."""

SKIN: Final[dict[str, float]] = {
    "porcelain": 0.04, "light": 0.17, "medium": 0.33, "olive": 0.45, "tan": 0.58, "brown": 0.76,
    "dark": 0.94,
}  # fmt: skip
"""Names of tones."""

IRIS: Final[dict[str, tuple[tuple[float, float, float], tuple[float, float, float]]]] = {
    "black": ((0.055, 0.026, 0.014), (0.022, 0.011, 0.007)),
    "dark_brown": ((0.11, 0.046, 0.021), (0.036, 0.016, 0.009)),
    "brown": ((0.17, 0.075, 0.030), (0.06, 0.027, 0.013)),
    "amber": ((0.23, 0.115, 0.038), (0.095, 0.045, 0.017)),
    "hazel": ((0.165, 0.100, 0.046), (0.062, 0.056, 0.032)),
    "green": ((0.165, 0.150, 0.085), (0.060, 0.082, 0.055)),
    "blue": ((0.17, 0.205, 0.24), (0.055, 0.092, 0.155)),
    "grey": ((0.26, 0.28, 0.30), (0.10, 0.12, 0.15)),
}
"""Irises: linear colour near the pupil and at the rim."""

HAIR: Final[dict[str, tuple[tuple[float, float, float], tuple[float, float, float]]]] = {
    "black": ((0.012, 0.009, 0.0075), (0.020, 0.014, 0.011)),
    "soft_black": ((0.016, 0.010, 0.0075), (0.025, 0.0155, 0.011)),
    "dark_brown": ((0.026, 0.015, 0.009), (0.045, 0.025, 0.015)),
    "brown": ((0.050, 0.027, 0.015), (0.085, 0.047, 0.025)),
    "chestnut": ((0.070, 0.030, 0.014), (0.12, 0.050, 0.023)),
    "auburn": ((0.070, 0.025, 0.012), (0.115, 0.042, 0.020)),
    "red": ((0.19, 0.058, 0.018), (0.28, 0.09, 0.03)),
    "dark_blonde": ((0.13, 0.082, 0.042), (0.23, 0.15, 0.08)),
    "blonde": ((0.26, 0.175, 0.09), (0.42, 0.30, 0.17)),
    "grey": ((0.16, 0.155, 0.15), (0.27, 0.265, 0.26)),
    "white": ((0.42, 0.41, 0.40), (0.58, 0.57, 0.56)),
}
"""Hair: linear colour at the root and at the tip."""

COLOURS: Final[dict[str, tuple[float, float, float]]] = {
    "white": (0.72, 0.71, 0.69), "ivory": (0.66, 0.61, 0.52), "cream": (0.60, 0.53, 0.42),
    "grey": (0.16, 0.165, 0.17), "charcoal": (0.020, 0.023, 0.028), "black": (0.010, 0.010, 0.012),
    "navy": (0.010, 0.016, 0.040), "blue": (0.035, 0.10, 0.32), "sky": (0.30, 0.47, 0.66),
    "denim": (0.045, 0.085, 0.16), "teal": (0.018, 0.13, 0.14), "green": (0.035, 0.14, 0.06),
    "sage": (0.22, 0.29, 0.20), "olive": (0.10, 0.10, 0.045), "khaki": (0.33, 0.26, 0.16),
    "camel": (0.34, 0.20, 0.095), "brown": (0.075, 0.038, 0.020), "rust": (0.28, 0.075, 0.025),
    "red": (0.36, 0.022, 0.028), "wine": (0.085, 0.010, 0.020), "rose": (0.50, 0.20, 0.22),
    "blush": (0.64, 0.42, 0.38), "lilac": (0.42, 0.35, 0.55), "plum": (0.10, 0.03, 0.09),
    "mustard": (0.48, 0.27, 0.04), "gold": (0.45, 0.29, 0.07), "jade": (0.16, 0.36, 0.27),
}  # fmt: skip
"""Named linear colours of cloth, lips and shadow."""
