"""From a glTF material to a shader variant and its block of uniforms: pure, no GL."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from avatar.character.character import Material, TextureRef
from avatar.math3d import Float
from avatar.render.toon import ROWS, toon_flags, toon_rows, toon_textures

TEXTURES: Final = (
    "base", "normal", "surface", "occlusion", "emissive",
    "shade", "shift", "matcap", "rim", "width", "mask",
)  # fmt: skip
"""Texture slots of the surface shaders; samplers are called ``tex_<slot>``."""
UNITS: Final[Mapping[str, int]] = {
    slot: number if number < 6 else number + 2 for number, slot in enumerate(TEXTURES)
}
"""Texture unit of each slot; between them lie those of the shadow map."""

MIRRORED: Final = 33648
"""glTF sampler value of mirrored repeat."""

_MODEL: Final = {
    "skin": "model_skin.glsl",
    "eye": "model_eye.glsl",
    "cornea": "model_cornea.glsl",
    "hair": "model_hair.glsl",
    "cloth": "model_cloth.glsl",
    "lash": "model_lash.glsl",
    "mouth": "model_mouth.glsl",
}


@dataclass(frozen=True, slots=True)
class Variant:
    """Which program draws a material."""

    model: str
    """File of the shading model."""
    defines: tuple[tuple[str, str], ...]
    slots: tuple[str, ...]
    """The texture slots it reads, of TEXTURES."""


def textures_of(material: Material) -> dict[str, TextureRef]:
    """The textures that are there, by slot."""
    toon = material.mtoon
    found = {
        "base": material.base_color_texture,
        "normal": material.normal_texture,
        "surface": material.metallic_roughness_texture,
        "occlusion": material.occlusion_texture,
        "emissive": material.emissive_texture,
        **(toon_textures(material, toon) if toon else {}),
    }
    return {slot: ref for slot, ref in found.items() if ref is not None}


def model_file(material: Material) -> str:
    """The shading model of a material."""
    if material.mtoon is not None:
        return "model_toon.glsl"
    if material.unlit:
        return "model_unlit.glsl"
    return _MODEL.get(material.kind, "model_standard.glsl")


_USED: Final[Mapping[str, tuple[str, ...]]] = {
    "model_unlit.glsl": ("base",),
    "model_lash.glsl": ("base",),
    "model_cornea.glsl": (),
    "model_eye.glsl": ("base",),
    "model_hair.glsl": ("base", "occlusion"),
    "model_mouth.glsl": ("base", "normal", "surface"),
}


def plain(material: Material) -> Material:
    """The material as any glTF viewer knows it, without our shading hints."""
    return replace(material, kind="", extras={}) if material.kind else material


def variant(
    material: Material,
    *,
    detail: bool,
    tinted: bool,
    outline: bool = False,
    bound: Collection[str] = (),
) -> Variant:
    """The program for a material.

    ``detail`` allows normal maps, ``tinted`` says that vertex colours multiply the base colour
    (MToon ignores them), ``outline`` asks for the outline instead of the surface, ``bound`` are
    the colour types that expressions change, and ``texture`` where they move the textures.
    """
    model = model_file(material)
    present = textures_of(material)
    used, flags = _USED.get(model, TEXTURES[:5]), list[str]()
    if material.mtoon is not None:
        tinted = False
        toon, used = toon_flags(material, material.mtoon, outline, bound)
        flags += toon
    slots = tuple(s for s in TEXTURES if s in used and s in present)
    if not detail:
        skip = ("normal", "occlusion", "surface") if material.kind else ("normal", "occlusion")
        slots = tuple(s for s in slots if s not in skip)
    flags += [f"HAS_{slot.upper()}" for slot in slots]
    flags += [f"UV_{slot.upper()}" for slot in slots if present[slot].tex_coord == 1]
    moved = "texture" in bound or any(_is_moved(present[s]) for s in slots)
    flags += ["TRANSFORMED"] if moved else []
    flags += ["TINTED"] if tinted else []
    if "TOON" in flags and not {"RIM", "HAS_NORMAL", "HAS_MATCAP"} & set(flags):
        flags += ["FACING"]
    flags += ["DIELECTRIC"] if material.metallic_factor == 0 else []
    flags += ["DETAIL"] if detail else []
    flags += [f"ALPHA_{material.alpha_mode}"]
    flags += ["DOUBLE_SIDED"] if material.double_sided and not outline else []
    return Variant(model, tuple((flag, "1") for flag in sorted(flags)), slots)


def _is_moved(ref: TextureRef) -> bool:
    own = (ref.offset, ref.rotation, ref.scale) != ((0.0, 0.0), 0.0, (1.0, 1.0))
    return own or MIRRORED in (ref.wrap_s, ref.wrap_t)


def uv_rows(ref: TextureRef | None) -> Float:
    """float[2, 4], the two rows ``(a, b, offset, 0)`` of KHR_texture_transform."""
    if ref is None:
        return np.array([[1, 0, 0, 0], [0, 1, 0, 0]], np.float32)
    c, s = np.cos(ref.rotation), np.sin(ref.rotation)
    (sx, sy), (ox, oy) = ref.scale, ref.offset
    rows = np.array([[c * sx, s * sy, ox, 0], [-s * sx, c * sy, oy, 0]], np.float32)
    # beside its mirror, a picture is half as wide
    return rows * np.where(np.array([[ref.wrap_s], [ref.wrap_t]]) == MIRRORED, 0.5, 1.0)


def _vec4(*values: float) -> list[float]:
    return [*values, *([0.0] * (4 - len(values)))]


def _extra(material: Material, name: str, default: float) -> float:
    value: Any = material.extras.get(name, default)
    return float(value) if isinstance(value, int | float) else default


def _kind_rows(material: Material, color: Mapping[str, Float]) -> list[list[float]]:
    """Rows whose meaning the shading model defines."""
    if material.mtoon is not None:
        return toon_rows(material.mtoon, color)
    eye = _vec4(_extra(material, "iris_uv", 0.15), _extra(material, "eye_radius", 0.012))
    return [eye, *[_vec4() for _ in range(ROWS - 1)]]


def uniform_block(
    material: Material,
    color: Mapping[str, Float] | None = None,
    uv: Float | None = None,
    *,
    roughness: float = 1.0,
) -> bytes:
    """The std140 block ``Material``; ``color`` (by VRM colour type) and ``uv`` (offset x, y,
    scale x, y) are what expressions set; ``roughness`` is the mean of the texture's, for tiers
    that do not read it."""
    color = color or {}
    present = textures_of(material)
    base = color.get("color", np.array(material.base_color_factor, np.float32))
    emission = color.get("emissionColor", np.array([*material.emissive_factor, 1], np.float32))
    normal, occlusion = material.normal_texture, material.occlusion_texture
    rows: list[Any] = [
        base,
        emission,
        [
            material.metallic_factor,
            material.roughness_factor,
            normal.strength if normal else 1.0,
            occlusion.strength if occlusion else 1.0,
        ],
        [
            material.alpha_cutoff if material.alpha_mode == "MASK" else 0.5,
            material.roughness_factor * roughness,
            0,
            0,
        ],
        *_kind_rows(material, color),
    ]
    for slot in TEXTURES:
        ref = present.get(slot)
        rows.extend(uv_rows(ref) if slot == "matcap" else _moved(uv_rows(ref), uv))
    return np.array(rows, np.float32).tobytes()


def _moved(rows: Float, uv: Float | None) -> Float:
    """Compose a texture's own transform with an expression's offset and scale."""
    if uv is None:
        return rows
    out = rows.copy()
    out[:, 2] = rows[:, 0] * uv[0] + rows[:, 1] * uv[1] + rows[:, 2]
    out[:, 0] *= uv[2]
    out[:, 1] *= uv[3]
    return out
