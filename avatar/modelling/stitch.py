"""What a tailor's hand leaves on cloth, drawn into a garment's pictures: seams where the pieces
of a cut meet, the edges of lapels and pockets, hems, and folds at elbows, armpits and waist."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from avatar.modelling.mesh import Surface, face_normals, islands, split_corners
from avatar.modelling.noise import fbm, value_noise
from avatar.modelling.raster import rasterize, sample
from avatar.modelling.sources import Flags, Reals

_CREASE: Final = 0.80
"""Cosine between faces below which an edge was folded on purpose."""


@dataclass(frozen=True)
class Lines:
    """Edges of a garment as segments in its picture, float64[K, 2, 2], v down."""

    sewn: Reals
    """Where two pieces of the cut meet."""
    folded: Reals
    """Edges of lapels, collars and pockets."""


def lines(surface: Surface, place: Reals) -> Lines:
    """The lines of a garment whose vertices lie at ``place`` float64[N, 3]."""
    corners = np.array([[0, 1], [1, 2], [2, 0]])
    edges = surface.triangles[:, corners].reshape(-1, 2)
    turned = edges[:, 0] > edges[:, 1]
    edges = np.sort(edges, axis=1)
    uv = surface.corner_uv[:, corners].reshape(-1, 2, 2)
    uv = np.where(turned[:, None, None], uv[:, ::-1], uv) * [1, -1] + [0, 1]
    order = np.lexsort((edges[:, 1], edges[:, 0]))
    same = (edges[order][1:] == edges[order][:-1]).all(axis=1)
    one, other = order[:-1][same], order[1:][same]
    normal = face_normals(place, surface.triangles)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True).clip(1e-12)
    apart = np.abs(uv[one] - uv[other]).max(axis=(1, 2)) > 1e-4
    bent = (normal[one // 3] * normal[other // 3]).sum(axis=1) < _CREASE
    return Lines(np.concatenate([uv[one[apart]], uv[other[apart]]]), uv[one[bent & ~apart]])


def drawn(segments: Reals, size: int, width: float, soft: float) -> Reals:
    """float64[size, size], 0..1: lines ``width`` px wide, ``soft`` px blurred."""
    picture = Image.new("L", (size, size))
    pen = ImageDraw.Draw(picture)
    for segment in segments * size:
        pen.line([tuple(point) for point in segment.tolist()], fill=255, width=round(width))
    return np.asarray(picture.filter(ImageFilter.GaussianBlur(soft)), np.float64) / 255


def bright_pieces(surface: Surface, light: Reals, size: int) -> Flags:
    """bool[size, size]: the pieces of the cut whose picture ``light`` [H, W, 1] is bright, each
    filled to its very edge."""
    _, uv, triangles = split_corners(surface)
    label = islands(triangles, len(uv))
    grey = sample(light, surface.corner_uv.mean(axis=1))[:, 0]
    piece = np.unique(label, return_inverse=True)[1]
    mean = np.bincount(piece, grey) / np.bincount(piece)
    mask = Image.new("1", (size, size))
    pen = ImageDraw.Draw(mask)
    bright = mean[piece] > 0.2
    at = (surface.corner_uv * [1, -1] + [0, 1]) * size
    for corner in at[bright]:
        ring = [tuple(point) for point in corner.tolist()]
        pen.polygon(ring, fill=1)
        pen.line([*ring, ring[0]], fill=1, width=9)
    for corner in at[~bright]:  # what ran over onto a neighbour
        pen.polygon([tuple(point) for point in corner.tolist()], fill=0)
    return np.asarray(mask)


def relief(surface: Surface, place: Reals, found: Lines, bend: Reals, size: int) -> Reals:
    """Normals [size, size, 3] of grain, grooves at the lines and folds where cloth ``bend``\\ s.

    ``place`` float64[N, 3], m; ``bend`` float64[N], 0..1.
    """
    texels = rasterize(surface.corner_uv * [1, -1] + [0, 1], size)
    at = texels.gather(place, surface.triangles)
    height = texels.picture(_folds(at, texels.gather(bend[:, None], surface.triangles)[:, 0]))
    height = height[..., 0] * size / _width(surface, place)
    height -= 0.9 * drawn(found.sewn, size, 2, 1.0) + 0.7 * drawn(found.folded, size, 2, 1.2)
    slope_y, slope_x = np.gradient(height)
    grain = _twill(size)
    inside = texels.coverage()
    slope = np.stack([np.where(inside, -slope_x, 0), np.where(inside, slope_y, 0)], -1)
    slope = np.clip(slope, -0.6, 0.6) + grain
    normal = np.concatenate([slope, np.ones((size, size, 1))], -1)
    return normal / np.linalg.norm(normal, axis=-1, keepdims=True)


def _width(surface: Surface, place: Reals) -> float:
    """Metres that a picture is wide."""
    a, b, c = (surface.corner_uv[:, k] for k in range(3))
    flat = np.abs((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]).sum()
    solid = np.linalg.norm(face_normals(place, surface.triangles), axis=1).sum()
    return float(np.sqrt(solid / flat))


def _folds(at: Reals, bend: Reals) -> Reals:
    """float64[K, 1], m: shallow drapes everywhere, sharper ones across where cloth bends."""
    x, y, z = at[:, 0], at[:, 1], at[:, 2]
    side = np.abs(x)
    slant = np.column_stack([11 * side + 15 * y, 9 * side - 6 * y, 7 * z])
    ridge = 1 - np.abs(fbm(slant, 2, 3)) * 2.2
    drape = fbm(np.column_stack([5 * side, 6 * y, 5 * z]), 2, 9)
    return (bend * 0.0040 * ridge + 0.0022 * drape)[:, None]


def _twill(size: int) -> Reals:
    """Slopes [size, size, 2] of a fine grain that no pixel resolves into lines."""
    y, x = np.mgrid[0:128, 0:128]
    ring = np.stack([x + y, (x - y) * 0.25, 0 * x], -1) * 0.5
    rough = value_noise(ring, 5) - 0.5
    slope = np.stack([rough, np.roll(rough, 17, 0)], -1) * 0.06
    return np.tile(slope, (size // 128, size // 128, 1))
