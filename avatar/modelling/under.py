"""The body under its clothes: what can never be seen is dropped, the rest tucked in."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from avatar.modelling import ao
from avatar.modelling.mesh import face_normals, islands
from avatar.modelling.part import Part
from avatar.modelling.sources import Flags, Ints, Reals
from avatar.modelling.tailor import Wearer

_GAP: Final = 0.004
"""Between the points that stand for cloth, m."""
_DEPTH: Final = 0.0045
"""How far below cloth skin is kept, m."""
_LAYER: Final = 0.009
"""How far below a garment the one under it is kept, m: both are coarser than skin."""
_STEP: Final = 0.008
"""A vertex sunk deeper than this (m) alone would crack the skin around it."""
_SMALL: Final = 100
"""A loose piece of a garment with no more triangles is a lace or a button."""
_REACH: Final = 0.03
"""Skin that stands further out of cloth than this is not meant to be under it, m."""


def hidden(body: Wearer, clothes: list[Part], faces: Ints, rings: int = 1) -> Flags:
    """bool[N]: body vertices from which no way leads out of the clothes, but for ``rings`` of
    them (over ``faces`` int64[Q, 4]) around those that can be seen."""
    if not clothes:
        return np.zeros(len(body.position), np.bool_)
    points = _cloud(clothes)[0]
    open_sky = ao.occlusion(body.position, body.normal, points, 2 * _GAP, 0.0005)
    seen = open_sky > 0.10
    inner = faces[(faces < len(seen)).all(axis=1)]
    for _ in range(rings):
        reached = seen[inner].any(axis=1)
        seen[inner[reached]] = True
    return ~seen


def tucked(
    position: Reals, normal: Reals, clothes: list[Part], depth: float = _DEPTH, along: float = 0.2
) -> Reals:
    """Vertices float64[N, 3], m, of what ``clothes`` lie over, moved ``depth`` m below them;
    ``along`` is the least cosine between their normals and the cloth's."""
    if not clothes or not len(position):
        return position
    height, way = _above(position, normal, clothes, along)
    return position - np.where(np.isfinite(height), height + depth, 0).clip(0)[:, None] * way


def tucked_evenly(body: Wearer, clothes: list[Part], faces: Ints) -> Reals:
    """The body's vertices ``tucked``, those around them sinking with them so that no edge of
    cloth cuts a step into the skin beside it; ``faces`` int64[Q, 4]."""
    moved = tucked(body.position, body.normal, clothes) - body.position
    inner = faces[(faces < len(moved)).all(axis=1)]
    triangles = np.concatenate([inner[:, :3], inner[:, [0, 2, 3]]])
    even = np.column_stack([ao.smooth(moved[:, k], triangles, 4) for k in range(3)])
    depth, around = np.linalg.norm(moved, axis=1), np.linalg.norm(even, axis=1)
    lone = (depth > _STEP) & (around < 0.5 * depth)
    return body.position + np.where(((around > depth) | lone)[:, None], even, moved)


def outside(position: Reals, normal: Reals, clothes: list[Part]) -> Reals:
    """float64[N], m: how far each vertex right under cloth stands out of it (0: not)."""
    height = _above(position, normal, clothes)[0]
    return np.where(np.isfinite(height), height, 0).clip(0)


def layered(clothes: list[Part], fitted: set[str]) -> list[Part]:
    """Clothes from the innermost outwards, shoes first; those ``fitted`` to the body by the
    data are tucked below what comes after them, what is made here lies right already."""
    result: list[Part] = []
    order = list(reversed(clothes))
    order.sort(key=_is_shoe)
    for part in order:
        if part.name in fitted:
            part = replace(part, position=_under(part, result))
        result.insert(0, part)
    return result


def _under(part: Part, clothes: list[Part]) -> Reals:
    """A garment's vertices tucked below others, those that no cloth lies right over (a fold
    of a lapel turns the other way) sinking with their neighbours."""
    # the edge of a lapel looks aside: what shows beside it must not be drawn away from it
    along = 0.2 if _is_shoe(part) else 0.5
    moved = tucked(part.position, part.normal, clothes, _LAYER, along) - part.position
    even = np.column_stack([ao.smooth(moved[:, k], part.triangles, 3) for k in range(3)])
    deeper = np.linalg.norm(even, axis=1) > np.linalg.norm(moved, axis=1)
    return part.position + _together(part, np.where(deeper[:, None], even, moved))


def _together(part: Part, moved: Reals) -> Reals:
    """What was moved, but laces and buttons, small pieces of their own, each as a whole."""
    _, weld = np.unique(np.round(part.position, 5), axis=0, return_inverse=True)
    triangles = weld.reshape(-1)[part.triangles]
    label, count = np.unique(
        islands(triangles, len(part.position)), return_inverse=True, return_counts=True
    )[1:]
    result = moved.copy()
    for piece in np.flatnonzero(count <= _SMALL):
        corner = np.unique(part.triangles[label == piece])
        result[corner] = moved[corner].mean(axis=0)
    return result


def _is_shoe(part: Part) -> bool:
    return part.name == "shoes"


def _above(
    position: Reals, normal: Reals, clothes: list[Part], along: float = 0.2
) -> tuple[Reals, Reals]:
    """Height over the cloth beside each vertex (m; -inf where it has none), and its normal."""
    points, normals = _cloud(clothes)
    index = nearest(points, position)
    way, out = position - points[index], normals[index]
    height = (way * out).sum(axis=1)
    aside = np.linalg.norm(way - height[:, None] * out, axis=1)
    beside = (aside < 1.5 * _GAP) & (np.abs(height) < _REACH) & ((out * normal).sum(axis=1) > along)
    return np.where(beside, height, -np.inf), out


def _cloud(clothes: list[Part]) -> tuple[Reals, Reals]:
    """Points on the clothes and their normals."""
    found = [ao.surface_points(part.position, part.triangles, _GAP) for part in clothes]
    normals: list[Reals] = []
    for part, (_, owner) in zip(clothes, found, strict=True):
        normal = face_normals(part.position, part.triangles)
        length = np.linalg.norm(normal, axis=1, keepdims=True).clip(1e-12)
        normals.append((normal / length)[owner])
    return np.concatenate([points for points, _ in found]), np.concatenate(normals)


def nearest(points: Reals, at: Reals) -> Ints:
    """int64[N]: the nearest of the points for each position."""
    centre = points.mean(axis=0)
    there = (points - centre).astype(np.float32)
    here = (at - centre).astype(np.float32)
    square = (there**2).sum(axis=1)
    chunks = [here[k : k + 512] for k in range(0, len(here), 512)]
    return np.concatenate([(square - 2 * (chunk @ there.T)).argmin(axis=1) for chunk in chunks])
