"""Hair as strand cards: where it grows, how it falls, and the cards that show it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from avatar.modelling.ao import surface_points
from avatar.modelling.body import DM
from avatar.modelling.hair_texture import COLUMNS, column_uv
from avatar.modelling.noise import value_noise
from avatar.modelling.part import Part
from avatar.modelling.skin import Landmarks
from avatar.modelling.sources import Flags, Ints, Reals, vec
from avatar.modelling.strands import DistanceField, distance_field, resample
from avatar.pose import HumanBone

_LINE_FEMALE: Final = (
    (0, 0.53), (7, 0.55), (16, 0.62), (30, 0.61), (42, 0.54), (52, 0.39), (62, 0.18),
    (72, -0.02), (82, 0.16), (100, 0.14), (118, -0.08), (128, -0.38), (140, -0.56),
    (160, -0.68), (180, -0.72),
)  # fmt: skip
_LINE_MALE: Final = (
    (0, 0.72), (22, 0.74), (34, 0.70), (44, 0.52), (54, 0.34), (64, 0.18), (73, -0.06),
    (82, 0.14), (100, 0.14), (118, -0.04), (128, -0.34), (140, -0.52), (160, -0.64), (180, -0.66),
)  # fmt: skip


@dataclass(frozen=True)
class Scalp:
    """Where hair grows, metres in the bind pose."""

    centre: Reals
    """float64[3], inside the skull."""
    eye_y: float
    female: bool

    def height(self, at: Reals) -> Reals:
        """Metres above the hair line (negative: bare skin) of points [N, 3]."""
        x, z = at[:, 0] - self.centre[0], at[:, 2] - self.centre[2]
        azimuth = np.degrees(np.arctan2(np.abs(x), z))
        line = np.array(_LINE_FEMALE if self.female else _LINE_MALE)
        edge = np.interp(azimuth, line[:, 0], line[:, 1]) * DM
        ragged = 0.0035 * (value_noise(at * 260.0, 4) - 0.5)
        return at[:, 1] - self.eye_y - edge + ragged

    def azimuth(self, at: Reals) -> Reals:
        """Degrees round the head: 0 front, 180 back, positive to the figure's left."""
        return np.degrees(np.arctan2(at[:, 0] - self.centre[0], at[:, 2] - self.centre[2]))


def scalp(marks: Landmarks, female: bool) -> Scalp:
    """The scalp of a face."""
    eye = (marks.left_eye + marks.right_eye) / 2 * DM
    return Scalp(eye + vec(0, 0.012, -0.068), float(eye[1]), female)


@dataclass(frozen=True)
class Ground:
    """What hair grows on and must stay out of."""

    field: DistanceField
    roots: Reals
    """float64[N, 3], candidates all over the scalp."""
    normals: Reals
    above: Reals
    """float64[N], metres above the hair line."""


def ground(parts: list[Part], line: Scalp, ears: Reals) -> Ground:
    """The field round head and shoulders, and the scalp's candidates for roots.

    ``ears`` [N, 3] are points of the ears, where no hair grows.
    """
    points: list[Reals] = []
    normals: list[Reals] = []
    skin: list[Flags] = []
    low, high = line.centre - vec(0.30, 0.62, 0.24), line.centre + vec(0.30, 0.2, 0.24)
    for part in parts:
        if part.mesh == "Clothes" or part.material == "skin":
            at, owner = surface_points(part.position, part.triangles, 0.0025)
            inside = ((at > low) & (at < high)).all(axis=1)
            points.append(at[inside])
            normals.append(part.normal[part.triangles[owner[inside]]].mean(axis=1))
            skin.append(np.full(inside.sum(), part.material == "skin"))
    at, facing = np.concatenate(points), np.concatenate(normals)
    facing /= np.linalg.norm(facing, axis=1, keepdims=True)
    above = line.height(at)
    grows = np.concatenate(skin) & (above > -0.004)
    near_ear = np.zeros(len(at), np.bool_)
    candidates = np.flatnonzero(grows)
    for ear in ears[:: max(len(ears) // 400, 1)]:
        near_ear[candidates] |= ((at[candidates] - ear) ** 2).sum(axis=1) < 0.006**2
    grows &= ~near_ear
    field = distance_field(at, facing, low, high, 0.005)
    return Ground(field, at[grows], facing[grows], above[grows])


@dataclass(frozen=True)
class Layer:
    """Cards of one kind."""

    paths: Reals
    """float64[N, K, 3], grown strands."""
    points: int
    """Points along each card."""
    width: float
    """m."""
    columns: tuple[int, int]
    """First and last column of the strand picture."""
    shade: tuple[float, float]
    """Ambient occlusion at root and tip."""
    v: tuple[float, float] = (0.0, 1.0)
    """Range of the picture from root to tip."""
    tips: float = 0.55
    """Width at the tip relative to the middle."""
    bend: float = 0.2
    """How far the normals of a card's edges lean outwards."""


def cards(layers: list[Layer], line: Scalp) -> tuple[Part, Ints]:
    """All layers' cards as one part, bound to the head; and the strand of each vertex."""
    pieces = [_cards(layer, line, number) for number, layer in enumerate(layers)]
    position = np.concatenate([piece[0] for piece in pieces])
    normal = np.concatenate([piece[1] for piece in pieces])
    uv = np.concatenate([piece[2] for piece in pieces])
    shade = np.concatenate([piece[3] for piece in pieces])
    counts = np.cumsum([0] + [len(p[0]) for p in pieces])
    triangles = np.concatenate([p[4] + start for p, start in zip(pieces, counts, strict=False)])
    weight = np.zeros((len(position), len(HumanBone)))
    weight[:, HumanBone.head] = 1
    sizes = np.concatenate([np.full(len(la.paths), 2 * la.points) for la in layers])
    strand = np.repeat(np.arange(len(sizes)), sizes)
    part = Part("hair", "hair", "Hair", position, normal, uv, triangles, weight, shade=shade)
    return part, strand


def _cards(layer: Layer, line: Scalp, seed: int) -> tuple[Reals, Reals, Reals, Reals, Ints]:
    path = resample(layer.paths, layer.points, 0.20, 2.6)
    count, points = path.shape[:2]
    along = np.gradient(path, axis=1)
    along /= np.linalg.norm(along, axis=2, keepdims=True).clip(1e-9)
    outward = path - line.centre
    outward[..., 1] *= np.where(outward[..., 1] < 0, 0.15, 1.0)
    outward /= np.linalg.norm(outward, axis=2, keepdims=True)
    side = np.cross(along, outward)
    side /= np.linalg.norm(side, axis=2, keepdims=True).clip(1e-9)
    face = np.cross(side, along)
    random = value_noise(np.array([[n * 3.7, seed * 11.3, 0.5] for n in range(count)]) * 7.77)
    t = np.linspace(0, 1, points)
    profile = np.interp(t, [0, 0.25, 0.6, 1], [0.75, 1, 1, layer.tips])
    half = layer.width / 2 * profile * (0.8 + 0.4 * random[:, None])
    edges = np.stack([path - side * half[..., None], path + side * half[..., None]], axis=2)
    bend = np.array([-layer.bend, layer.bend])[None, None, :, None] * side[:, :, None]
    normal = 0.7 * outward[:, :, None] + 0.3 * face[:, :, None] + bend
    normal /= np.linalg.norm(normal, axis=3, keepdims=True)
    first, last = layer.columns
    column = first + np.floor(random * 9973.7 % 1 * (last - first + 1)).astype(int)
    u = np.array([column_uv(min(c, len(COLUMNS) - 1)) for c in column])
    u = np.where((np.arange(count) % 2 == 0)[:, None], u, u[:, ::-1])
    v = layer.v[0] + t * (layer.v[1] - layer.v[0])
    uv = np.stack(np.broadcast_arrays(u[:, None, :], v[None, :, None]), -1)
    shade = layer.shade[0] + t * (layer.shade[1] - layer.shade[0])
    shades = np.broadcast_to(shade[None, :, None], (count, points, 2))
    quad = np.array([[0, 1, 2], [1, 3, 2]])
    strip = (quad[None] + 2 * np.arange(points - 1)[:, None, None]).reshape(-1, 3)
    triangles = (strip[None] + 2 * points * np.arange(count)[:, None, None]).reshape(-1, 3)
    flat = [edges.reshape(-1, 3), normal.reshape(-1, 3), uv.reshape(-1, 2), shades.reshape(-1)]
    return flat[0], flat[1], flat[2], flat[3], triangles
