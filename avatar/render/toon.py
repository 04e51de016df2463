"""What an MToon material (``VRMC_materials_mtoon`` 1.0) asks of the shaders: pure, no GL.

``model_toon.glsl`` computes what ``@pixiv/three-vrm`` draws. Only the features that a material
uses, or that an expression of its figure can turn on, are compiled in.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from avatar.character.character import Material, MToon, TextureRef
from avatar.math3d import Float

ROWS = 6
"""vec4 rows of the uniform block that belong to MToon (``kind``)."""


def has_outline(material: Material) -> bool:
    """Whether the material asks for an outline."""
    toon = material.mtoon
    return toon is not None and toon.outline_width_mode != "none" and toon.outline_width_factor > 0


def is_animated(toon: MToon) -> bool:
    """Whether its textures move by themselves."""
    return any(_speeds(toon))


def _speeds(toon: MToon) -> tuple[float, float, float]:
    return (
        toon.uv_animation_scroll_x_speed_factor,
        toon.uv_animation_scroll_y_speed_factor,
        toon.uv_animation_rotation_speed_factor,
    )


def toon_textures(material: Material, toon: MToon) -> dict[str, TextureRef | None]:
    """Its own textures by slot."""
    shade = toon.shade_multiply_texture
    return {
        # most figures shade with the lit picture again: one look-up serves both
        "shade": None if shade == material.base_color_texture else shade,
        "shift": toon.shading_shift_texture,
        "matcap": toon.matcap_texture,
        "rim": toon.rim_multiply_texture,
        "width": toon.outline_width_multiply_texture,
        "mask": toon.uv_animation_mask_texture if is_animated(toon) else None,
    }


def toon_flags(
    material: Material, toon: MToon, outline: bool, bound: Collection[str]
) -> tuple[set[str], set[str]]:
    """Defines, and the texture slots that are read; ``bound`` are the colour types that
    expressions change."""
    flags = {"TOON"} | ({"ANIMATED_UV"} if is_animated(toon) else set())
    shade = toon.shade_multiply_texture
    if shade is not None and shade == material.base_color_texture:
        flags.add("SHADE_AS_BASE")
    slots = {"base", "normal", "emissive", "shade", "shift", "mask"}
    rim = any(toon.parametric_rim_color_factor) or "rimColor" in bound
    matcap = toon.matcap_texture is not None and (any(toon.matcap_factor) or "matcapColor" in bound)
    flags |= {"RIM"} if rim else set()
    slots |= {"matcap"} if matcap else set()
    slots |= {"rim"} if rim or matcap else set()
    if outline:
        flags.add("OUTLINE")
        slots.add("width")
        if toon.outline_width_mode == "screenCoordinates":
            flags.add("OUTLINE_SCREEN")
        if toon.outline_lighting_mix_factor == 0:
            flags.add("OUTLINE_FLAT")
            flags -= {"RIM", "SHADE_AS_BASE"}
            seen = {"base", "mask"} if material.alpha_mode != "OPAQUE" else set[str]()
            slots = {"width"} | seen
    return flags, slots


def toon_rows(toon: MToon, color: Mapping[str, Float]) -> list[list[float]]:
    """The rows ``kind``; ``color`` are the values that expressions set, by VRM colour type."""

    def value(kind: str, own: tuple[float, float, float]) -> list[float]:
        return [float(v) for v in color[kind][:3]] if kind in color else list(own)

    # linearstep(-1 + toony, 1 - toony, x) as one multiplication and one addition
    steep = 0.5 / max(1.0 - toon.shading_toony_factor, 1e-4)
    shift = toon.shading_shift_texture
    return [
        [*value("shadeColor", toon.shade_color_factor), 0.5 + steep * toon.shading_shift_factor],
        [*value("rimColor", toon.parametric_rim_color_factor), steep],
        [
            max(toon.parametric_rim_fresnel_power_factor, 1e-5),
            toon.parametric_rim_lift_factor,
            toon.rim_lighting_mix_factor,
            toon.gi_equalization_factor,
        ],
        [*value("matcapColor", toon.matcap_factor), steep * (shift.strength if shift else 0.0)],
        [*value("outlineColor", toon.outline_color_factor), toon.outline_lighting_mix_factor],
        [toon.outline_width_factor, *_speeds(toon)],
    ]


def draw_order(toon: MToon | None) -> int:
    """Place among what blends (specification, "Render Queue"): with z write 0..9, without
    10..19; other materials first."""
    if toon is None:
        return 0
    first = 0 if toon.transparent_with_z_write else 19
    return first + int(np.clip(toon.render_queue_offset_number, -9, 9))
