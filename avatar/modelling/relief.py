"""Relief of skin: pores, fine lines, lids and lips as heights, their normals, and gloss."""

from __future__ import annotations

from typing import Any

import numpy as np

from avatar.modelling.complexion import (
    Ground,
    Landmarks,
    blob,
    crease_height,
    crease_strength,
    lip_folds,
    on_face,
    soft,
)
from avatar.modelling.noise import cell_noise, fbm, value_noise
from avatar.modelling.raster import Texels
from avatar.modelling.sources import Reals, vec


def pores(position: Reals, marks: Landmarks) -> Reals:
    """float64[N], 0..1, how deep in a pore: large round the nose, fine elsewhere."""
    nose, eye = marks.nose, marks.left_eye
    large = blob(position, nose + vec(0, 0.02, -0.1), (0.19, 0.28, 0.4))
    cheek = np.array([eye[0], nose[1] + 0.02, nose[2] - 0.28])
    large = np.clip(large + 0.8 * blob(position, cheek, (0.2, 0.24, 0.4)), 0, 1)
    coarse = soft(0.42, 0.08, cell_noise(position * 62, 5))
    coarse *= 0.35 + 0.65 * value_noise(position * 31, 6)
    fine = soft(0.50, 0.10, cell_noise(position * 96)) * (0.4 + 0.6 * value_noise(position * 40, 7))
    return 0.85 * large * coarse + (0.55 - 0.25 * large) * fine


def heights(ground: Ground, look: dict[str, Any]) -> Reals:
    """Relief float64[N] in dm."""
    position, lids = ground.position, ground.lids
    lips = ground.lips
    bumps = fbm(position * 34, 2, 13) * 0.0013 + fbm(position * 150, 2, 5) * 0.0006
    skin = look["pores"] * (bumps - 0.0021 * ground.pits) * (0.3 + 0.7 * on_face(ground))
    skin *= ground.fine
    skin += _wrinkles(ground)
    crease = crease_height(lids, look)
    fold = crease_strength(lids) * lids.above * look.get("crease", 1.0)
    ridge = np.exp(-(((lids.upper - crease - 0.014) / 0.011) ** 2))
    groove = np.exp(-(((lids.upper - crease) / 0.0075) ** 2))
    skin += fold * (0.0075 * ridge - 0.010 * groove)
    pout = -0.0032 * lip_folds(position) + 0.0016 * fbm(position * 60, 2, 64)
    return skin * (1 - lips) + pout * lips


def _wrinkles(ground: Ground) -> Reals:
    """Crow's feet and the fine lines under the eyes, very shallow; knuckle lines on hands."""
    position, lids = ground.position, ground.lids
    below = (1 - lids.above) * soft(0.012, 0.03, lids.lower) * soft(0.15, 0.06, lids.lower)
    turn = np.column_stack([position[:, 0] * 6, position[:, 1] * 46, position[:, 2] * 6])
    fine = 0.0016 * below * (value_noise(turn + 0.4 * fbm(position * 9, 2, 4)[:, None], 14) - 0.5)
    hand = soft(3.6, 4.3, np.abs(position[:, 0]))
    if not hand.any():
        return fine
    lines = np.abs(2 * value_noise(position * [52, 14, 14], 18) - 1)
    return fine - 0.0030 * hand * soft(0.3, 0.0, lines)


def normals(height: Reals, texels: Texels, position: Reals) -> Reals:
    """Tangent-space normals [S, S, 3] of a relief [S, S] (dm) whose texels are as large as the
    surface says."""
    place = texels.picture(position)
    covered = texels.coverage()
    step: list[Reals] = []
    for axis in (1, 0):
        length = np.linalg.norm(np.roll(place, -1, axis) - place, axis=-1)
        typical = np.median(length[covered & (length > 0) & (length < 0.1)])
        step.append(np.where((length > typical / 6) & (length < typical * 6), length, typical))
    along = (np.roll(height, -1, 1) - np.roll(height, 1, 1)) / (2 * step[0])
    down = (np.roll(height, -1, 0) - np.roll(height, 1, 0)) / (2 * step[1])
    inner = covered & np.roll(covered, 1, 0) & np.roll(covered, -1, 0)
    inner &= np.roll(covered, 1, 1) & np.roll(covered, -1, 1)
    slope = np.stack([-along, down], -1) * inner[..., None]
    normal = np.concatenate([np.clip(slope, -1.5, 1.5), np.ones((*height.shape, 1))], -1)
    return normal / np.linalg.norm(normal, axis=-1, keepdims=True)


def roughness(ground: Ground) -> Reals:
    """float64[N]: oily forehead and nose, glossier lips, wet rims of the lids."""
    position, marks = ground.position, ground.marks
    eye, nose = marks.left_eye, marks.nose
    forehead = np.array([0, eye[1] + 0.5, eye[2] + 0.15])
    oily = 0.55 * blob(position, forehead, (0.5, 0.3, 0.5))
    oily += blob(position, nose, (0.09, 0.40, 0.5))
    rough = 0.57 - 0.12 * np.clip(oily, 0, 1) + 0.10 * fbm(position * 30, 2, 8)
    rough += 0.10 * ground.pits
    rough += ground.lips * (0.40 + 0.12 * lip_folds(position) - rough)
    # only the lower lid faces the light; the upper one's rim would draw a white line
    wet = soft(0.010, 0.002, ground.lids.lower)
    return rough + 0.9 * wet * (0.16 - rough)


def thinness(ground: Ground) -> Reals:
    """float64[N], 0..1: the ears' shells, the wings of the nose, the lids."""
    nose = ground.marks.nose
    wing = blob(
        ground.position, np.array([0.15, nose[1] - 0.04, nose[2] - 0.22]), (0.05, 0.07, 0.12)
    )
    lid = soft(0.06, 0.0, np.minimum(ground.lids.upper, ground.lids.lower))
    return np.clip(0.5 * ground.mask["ears"] + 0.5 * wing + 0.25 * lid, 0, 1)
