"""The body's skin: a texture layout that favours the face, albedo in zones, pores as normals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from avatar.modelling.body import Shape, vertex_group
from avatar.modelling.mesh import Surface, islands
from avatar.modelling.noise import cell_noise, fbm, value_noise
from avatar.modelling.raster import Texels, bleed, rasterize, sample, to_linear
from avatar.modelling.sources import Base, Ints, Reals, Sources, vec

ISLANDS: Final = (
    "torso", "head", "right_hand", "left_hand", "right_foot", "left_foot", "mouth",
    "right_socket", "left_socket",
)  # fmt: skip
"""The body's UV islands, from the largest."""

_LAYOUT: Final[dict[str, tuple[float, float, float]]] = {
    "head": (1.42, 0.008, 0.02),
    "torso": (0.45, 0.53, 0.60),
    "right_hand": (1.15, 0.525, 0.36),
    "left_hand": (1.15, 0.76, 0.36),
    "right_foot": (0.8, 0.53, 0.2),
    "left_foot": (0.8, 0.68, 0.2),
    "right_socket": (1.42, 0.85, 0.2),
    "left_socket": (1.42, 0.85, 0.04),
    "mouth": (1.0, 0.53, 0.03),
}
"""Scale and lower left corner of each island in the new layout."""


@dataclass(frozen=True)
class Layout:
    """The body's quads in the new texture space."""

    island: Ints
    """int64[Q], index into ISLANDS, -1 for helper geometry."""
    uv: Reals
    """float64[Q, 4, 2], v up."""


def layout(base: Base) -> Layout:
    """Lay the body's islands out again: the head gets half the picture."""
    body = np.array([group == "body" for group in base.group])
    label = np.full(len(base.faces), -1)
    found = islands(base.face_uv[body], len(base.uv))
    names, counts = np.unique(found, return_counts=True)
    corners = base.uv[base.face_uv]
    centre = {n: corners[body][found == n][..., 0].mean() for n in names}
    ranked = sorted(names, key=lambda n: (-counts[names == n][0], centre[n]))
    label[body] = [ranked.index(n) for n in found]
    uv = corners.copy()
    for number, name in enumerate(ISLANDS):
        scale, u, v = _LAYOUT[name]
        chosen = label == number
        low = corners[chosen].reshape(-1, 2).min(axis=0)
        uv[chosen] = (corners[chosen] - low) * scale + [u, v]
    return Layout(label, uv)


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


def landmarks(sources: Sources, shape: Shape) -> Landmarks:
    """Eye centres, nose tip and mouth centre."""
    v = shape.neutral
    left, right = (v[vertex_group(sources, f"helper-{s}-eye")].mean(axis=0) for s in "lr")
    face = v[:13380]
    near = (np.abs(face[:, 0]) < 0.3) & (np.abs(face[:, 1] - left[1] + 0.45) < 0.5)
    nose = face[near][face[near][:, 2].argmax()]
    lips = vertex_group(sources, "helper-upper-teeth")
    mouth = v[lips].mean(axis=0)
    return Landmarks(left, right, nose, np.array([0, mouth[1], face[near][:, 2].max() - 0.2]))


@dataclass(frozen=True)
class SkinMaps:
    """Linear albedo, tangent-space normals and roughness of the skin, [S, S, C]."""

    albedo: Reals
    normal: Reals
    roughness: Reals


def bake_skin(
    sources: Sources, shape: Shape, surface: Surface, lay: Layout, look: dict[str, Any],
    stubble: Callable[[Reals], tuple[Reals, Reals]], size: int,
) -> SkinMaps:  # fmt: skip
    """Bake the maps over a skin surface; ``look`` is the recipe's ``[skin]``, ``stubble`` gives
    the hair painted on the scalp at points [N, 3] (dm): opacity [N] and colour [N, 3]."""
    flipped = surface.corner_uv * [1, -1] + [0, 1]
    texels = rasterize(flipped, size)
    position = texels.gather(surface.map(shape.neutral), surface.triangles)
    old_uv = _old_uv(sources.base, lay, surface, texels)
    marks = landmarks(sources, shape)
    lips = _mask(sources, "lips", old_uv)
    albedo = _albedo(sources, marks, position, old_uv, lips, look)
    inner = lay.island[surface.face[texels.triangle]] == ISLANDS.index("mouth")
    albedo[inner] = np.array(look["tint"]) * [0.72, 0.26, 0.25]
    opacity, colour = stubble(position)
    albedo += opacity[:, None] * (colour - albedo)
    covered = texels.coverage()
    height = texels.picture(_height(position, lips, look["pores"])[:, None])
    slope = _normal_map(bleed(height, covered, 6)[..., 0], texels, position)
    rough = _roughness(marks, position, lips)
    rough += opacity * (0.9 - rough)
    return SkinMaps(
        bleed(texels.picture(albedo), covered, 12),
        slope,
        bleed(texels.picture(rough[:, None]), covered, 12),
    )


def _old_uv(base: Base, lay: Layout, surface: Surface, texels: Texels) -> Reals:
    """The sources' UV of each texel: the new layout undone."""
    island = lay.island[surface.face[texels.triangle]]
    uv = texels.gather_corners(surface.corner_uv)
    corners = base.uv[base.face_uv]
    result = uv.copy()
    for number, name in enumerate(ISLANDS):
        scale, u, v = _LAYOUT[name]
        low = corners[lay.island == number].reshape(-1, 2).min(axis=0)
        chosen = island == number
        result[chosen] = (uv[chosen] - [u, v]) / scale + low
    return result


def _mask(sources: Sources, name: str, uv: Reals) -> Reals:
    image = np.asarray(sources.mask(name), np.float64)[..., None] / 255
    return sample(image, uv)[:, 0]


def _blob(position: Reals, centre: Reals, radius: tuple[float, float, float]) -> Reals:
    """A soft ellipsoid, 1 at its centre; on both sides when off the middle."""
    x = np.abs(position[:, 0]) if abs(centre[0]) > 0.05 else position[:, 0]
    place = np.column_stack([x, position[:, 1:]])
    return np.exp(-(((place - centre * [np.sign(centre[0]) or 1, 1, 1]) / radius) ** 2).sum(axis=1))


def _albedo(
    sources: Sources, marks: Landmarks, position: Reals, uv: Reals, lips: Reals,
    look: dict[str, Any],
) -> Reals:  # fmt: skip
    tint = np.array(look["tint"])
    colour = np.tile(tint, (len(position), 1))
    for weight, factor in _zones(sources, marks, position, uv, look["blush"]):
        colour = colour * (1 + weight[:, None] * (np.array(factor) - 1))
    scales = ((5, 0.07), (22, 0.06), (95, 0.05))
    for frequency, amount in scales:
        wave = fbm(position * frequency, 2, seed=int(frequency))
        colour *= 1 + amount * wave[:, None] * [0.6, 1.1, 1.2]
    painted = to_linear(np.asarray(sources.skin(look["painted"])))
    texture = sample(painted, uv)
    mean = np.median(texture, axis=0)
    colour *= (1 + look["painted_mix"] * (texture / mean.clip(1e-3) - 1)).clip(0.3, 1.6)
    lip_tint = tint * [0.80, 0.47, 0.52]
    lip = lip_tint + look["lip_red"] * (np.array(look["lip"]) - lip_tint)
    crease = value_noise(position * [62, 9, 9], 3)
    lip = lip * (0.88 + 0.24 * crease[:, None])
    colour += 0.8 * _soft(lips)[:, None] * (lip - colour)
    nails = _mask(sources, "fingernails", uv)
    return (colour + 0.5 * nails[:, None] * (tint * [1.12, 0.98, 0.98] - colour)).clip(0.003, 0.9)


def _soft(mask: Reals) -> Reals:
    t = np.clip((mask - 0.15) / 0.7, 0, 1)
    return t * t * (3 - 2 * t)


def _zones(
    sources: Sources, marks: Landmarks, position: Reals, uv: Reals, blush: float
) -> list[tuple[Reals, tuple[float, float, float]]]:
    """(weight, factor on the tint) of each zone of a face."""
    eye, nose, mouth = marks.left_eye, marks.nose, marks.mouth
    cheek = np.array([eye[0] + 0.12, (eye[1] + mouth[1]) / 2 + 0.02, nose[2] - 0.42])
    wing = np.array([0.14, nose[1] - 0.03, nose[2] - 0.2])
    under = eye + vec(0.02, -0.19, 0.12)
    lid = eye + vec(0.0, 0.12, 0.1)
    forehead = np.array([0, eye[1] + 0.55, eye[2] + 0.1])
    ears, lids = _mask(sources, "ears", uv), _mask(sources, "eyelids", uv)
    chin = np.array([0, mouth[1] - 0.35, mouth[2] - 0.1])
    around = np.array([0, mouth[1], mouth[2]])
    return [
        (blush * _blob(position, cheek, (0.30, 0.24, 0.5)), (1.05, 0.80, 0.79)),
        (_blob(position, nose, (0.15, 0.14, 0.3)), (1.02, 0.87, 0.86)),
        (_blob(position, wing, (0.10, 0.11, 0.3)), (1.0, 0.86, 0.85)),
        (0.4 * _blob(position, chin, (0.25, 0.2, 0.4)), (1.03, 0.86, 0.86)),
        (0.6 * _blob(position, forehead, (0.6, 0.35, 0.6)), (1.0, 1.0, 0.90)),
        (0.4 * _blob(position, under, (0.24, 0.11, 0.3)), (0.90, 0.86, 0.90)),
        (0.4 * _blob(position, lid, (0.24, 0.13, 0.3)), (0.95, 0.80, 0.76)),
        (0.25 * _blob(position, around, (0.45, 0.32, 0.4)), (0.96, 0.97, 0.98)),
        (0.6 * ears, (1.04, 0.76, 0.72)),
        (0.35 * lids, (0.95, 0.80, 0.76)),
    ]


def _height(position: Reals, lips: Reals, pores: float) -> Reals:
    """Relief of pores and fine lines in dm, rest space."""
    pore = np.minimum(cell_noise(position * 88), 0.55) / 0.55
    fine = fbm(position * 190, 2, 5) * 0.55
    relief = 0.0009 * pores * (pore + fine)
    crease = 0.004 * (value_noise(position * [55, 8, 8], 9) - 0.5)
    return relief * (1 - _soft(lips)) + crease * _soft(lips)


def _normal_map(height: Reals, texels: Texels, position: Reals) -> Reals:
    """Tangent-space normals of a relief whose texels are as large as the surface says."""
    place = texels.picture(position)
    covered = texels.coverage()
    step = []
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


def _roughness(marks: Landmarks, position: Reals, lips: Reals) -> Reals:
    eye, nose = marks.left_eye, marks.nose
    forehead = np.array([0, eye[1] + 0.5, eye[2] + 0.15])
    oily = 0.8 * _blob(position, forehead, (0.5, 0.3, 0.5))
    oily += _blob(position, nose, (0.2, 0.45, 0.5))
    rough = 0.56 - 0.11 * np.clip(oily, 0, 1) + 0.05 * fbm(position * 30, 2, 8)
    return rough + _soft(lips) * (0.40 - rough)
