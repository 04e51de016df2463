"""VRM 0.x ``materialProperties`` as glTF materials with ``VRMC_materials_mtoon`` 1.0 values.

The conversion follows the rules UniVRM migrates by: colours leave sRGB, widths become metres or
parts of the screen, turns per second become radians, the shading range becomes a shift and a
margin, render queues become offsets that keep the order. Where UniVRM changes how a figure looks
(lit rim, shade picture), it is drawn as MToon 0.x and three-vrm draw it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final, Literal

import numpy as np

from avatar.character.character import Material, MToon, TextureRef
from avatar.character.json_view import View
from avatar.character.materials import Textures

Queues = dict[tuple[int, int], int]
_MODES: Final[tuple[Literal["OPAQUE", "MASK", "BLEND"], ...]] = (
    "OPAQUE", "MASK", "BLEND", "BLEND",
)  # fmt: skip
_CUTOUT, _TRANSPARENT, _Z_WRITE = 1, 2, 3
_DEFAULT_QUEUE: Final = {_TRANSPARENT: 3000, _Z_WRITE: 2501}
_OUTLINE: Final[tuple[Literal["none", "worldCoordinates", "screenCoordinates"], ...]] = (
    "none", "worldCoordinates", "screenCoordinates",
)  # fmt: skip
_UNLIT: Final = {
    "Unlit/Color": 0, "Unlit/Texture": 0, "Unlit/Transparent": 2, "Unlit/Transparent Cutout": 1,
}  # fmt: skip
_VRM_UNLIT: Final = {
    "VRM/UnlitTexture": 0, "VRM/UnlitTransparent": 2, "VRM/UnlitCutout": 1,
    "VRM/UnlitTransparentZWrite": 3,
}  # fmt: skip
_GLTF: Final = {"VRM_USE_GLTFSHADER", "Standard"}


def migrate_materials(
    materials: Sequence[Material], vrm: View, textures: Textures
) -> tuple[Material, ...]:
    """The glTF materials, each replaced by what its VRM 0.x properties say."""
    properties = vrm.children("materialProperties")
    queues = _queue_offsets(properties)
    migrated = [
        _migrate(material, view, textures, queues)
        for material, view in zip(materials, properties, strict=False)
    ]
    return (*migrated, *materials[len(migrated) :])


def to_linear(color: Sequence[float]) -> tuple[float, float, float, float]:
    """An sRGB colour with alpha (IEC 61966-2-1) in linear light; alpha is linear already."""
    c = np.clip(color[:3], 0.0, None)
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    r, g, b = linear.tolist()
    return r, g, b, float(color[3])


def flipped(scale: float, offset: float) -> float:
    """A texture offset along v measured from the top instead of from the bottom."""
    return 1.0 - offset - scale


def _migrate(material: Material, view: View, textures: Textures, queues: Queues) -> Material:
    shader = view.text("shader", "VRM_USE_GLTFSHADER")
    if shader == "VRM/MToon":
        return _mtoon(material, _Properties(view, textures), queues)
    if shader in _VRM_UNLIT:
        return _shadeless(material, _Properties(view, textures), _VRM_UNLIT[shader], queues)
    if shader in _UNLIT:
        return _unlit(material, _Properties(view, textures), shader)
    if shader not in _GLTF:
        view.warn("an unknown shader: its glTF material is used", "shader")
    return material


class _Properties:
    """Unity's material properties, with the defaults of the MToon 0.x shader."""

    def __init__(self, view: View, textures: Textures) -> None:
        self.view = view
        self._floats = view.child("floatProperties")
        self._vectors = view.child("vectorProperties")
        self._names = view.child("textureProperties")
        self._textures = textures

    def number(self, name: str, default: float) -> float:
        return self._floats.number(name, default)

    def color(self, name: str, default: tuple[float, ...]) -> tuple[float, float, float, float]:
        return to_linear(self._vectors.vector(name, default))

    def texture(self, name: str, strength: float = 1.0) -> TextureRef | None:
        """A texture under the tiling that MToon 0.x takes from ``_MainTex`` for all."""
        ref = self.raw_texture(name)
        if ref is None:
            return None
        u, v, su, sv = self._vectors.vector("_MainTex", (0.0, 0.0, 1.0, 1.0))
        return replace(ref, offset=(u, flipped(sv, v)), scale=(su, sv), strength=strength)

    def raw_texture(self, name: str) -> TextureRef | None:
        """A texture without tiling."""
        if not self._names.has(name) or self._names.value[name] == -1:
            return None
        return self._textures.ref(self._names, name)

    @property
    def mode(self) -> int:
        """``_BlendMode``: opaque, cutout, transparent, transparent with z write."""
        return _mode(self.view)


def _mtoon(material: Material, p: _Properties, queues: Queues) -> Material:
    return replace(
        material,
        base_color_factor=p.color("_Color", (1.0, 1.0, 1.0, 1.0)),
        base_color_texture=p.texture("_MainTex"),
        metallic_factor=0.0,
        roughness_factor=0.9,
        metallic_roughness_texture=None,
        normal_texture=p.texture("_BumpMap", p.number("_BumpScale", 1.0)),
        occlusion_texture=None,
        emissive_factor=p.color("_EmissionColor", (0.0, 0.0, 0.0, 1.0))[:3],
        emissive_texture=p.texture("_EmissionMap"),
        alpha_mode=_MODES[p.mode],
        alpha_cutoff=p.number("_Cutoff", 0.5) if p.mode == _CUTOUT else 0.5,
        double_sided=p.number("_CullMode", 2.0) == 0.0,
        unlit=False,
        mtoon=_mtoon_values(p, queues),
    )


def _mtoon_values(p: _Properties, queues: Queues) -> MToon:
    shift, toony = _shading(p.number("_ShadeShift", 0.0), p.number("_ShadeToony", 0.9))
    matcap = p.raw_texture("_SphereAdd")
    mode, width = _outline(p)
    mixed = p.number("_OutlineColorMode", 0.0) == 1
    return MToon(
        transparent_with_z_write=p.mode == _Z_WRITE,
        render_queue_offset_number=queues.get(_queue(p.view), 0),
        shade_color_factor=p.color("_ShadeColor", (0.97, 0.81, 0.86, 1.0))[:3],
        shade_multiply_texture=p.texture("_ShadeTexture"),
        shading_shift_factor=shift,
        shading_toony_factor=toony,
        gi_equalization_factor=_unit(1.0 - p.number("_IndirectLightIntensity", 0.1)),
        matcap_factor=(0.0, 0.0, 0.0) if matcap is None else (1.0, 1.0, 1.0),
        matcap_texture=matcap,
        parametric_rim_color_factor=p.color("_RimColor", (0.0, 0.0, 0.0, 1.0))[:3],
        rim_multiply_texture=p.texture("_RimTexture"),
        rim_lighting_mix_factor=p.number("_RimLightingMix", 0.0),
        parametric_rim_fresnel_power_factor=p.number("_RimFresnelPower", 1.0),
        parametric_rim_lift_factor=p.number("_RimLift", 0.0),
        outline_width_mode=mode,
        outline_width_factor=width,
        outline_width_multiply_texture=p.texture("_OutlineWidthTexture"),
        outline_color_factor=p.color("_OutlineColor", (0.0, 0.0, 0.0, 1.0))[:3],
        outline_lighting_mix_factor=p.number("_OutlineLightingMix", 1.0) if mixed else 0.0,
        uv_animation_mask_texture=p.texture("_UvAnimMaskTexture"),
        uv_animation_scroll_x_speed_factor=p.number("_UvAnimScrollX", 0.0),
        uv_animation_scroll_y_speed_factor=0.0 - p.number("_UvAnimScrollY", 0.0),
        uv_animation_rotation_speed_factor=p.number("_UvAnimRotation", 0.0) * math.tau,
    )


def _shadeless(material: Material, p: _Properties, mode: int, queues: Queues) -> Material:
    """VRM's own unlit shaders: MToon whose shade is its lit colour, so that they stand in the
    order of the render queues and go along with the scene's light, as in three-vrm."""
    color, picture = p.color("_Color", (1.0, 1.0, 1.0, 1.0)), p.texture("_MainTex")
    return replace(
        material,
        base_color_factor=color,
        base_color_texture=picture,
        alpha_mode=_MODES[mode],
        alpha_cutoff=p.number("_Cutoff", 0.5) if mode == _CUTOUT else 0.5,
        unlit=False,
        mtoon=MToon(
            transparent_with_z_write=mode == _Z_WRITE,
            render_queue_offset_number=queues.get(_queue(p.view), 0),
            shade_color_factor=color[:3],
            shade_multiply_texture=picture,
        ),
    )


def _unlit(material: Material, p: _Properties, shader: str) -> Material:
    """The unlit shaders of early UniVRM, which wrote no ``KHR_materials_unlit``."""
    mode = _UNLIT[shader]
    tinted = shader == "Unlit/Color" or mode == _Z_WRITE
    white = (1.0, 1.0, 1.0, 1.0)
    return replace(
        material,
        base_color_factor=p.color("_Color", white) if tinted else white,
        base_color_texture=None if shader == "Unlit/Color" else p.texture("_MainTex"),
        metallic_factor=0.0,
        roughness_factor=0.9,
        alpha_mode=_MODES[mode],
        alpha_cutoff=p.number("_Cutoff", 0.5) if mode == _CUTOUT else 0.5,
        unlit=True,
    )


def _shading(shift: float, toony: float) -> tuple[float, float]:
    """MToon 0.x blends over dot products from shift to lerp(1, shift, toony)."""
    low, high = shift, 1.0 + (shift - 1.0) * toony
    return min(max(-(high + low) / 2, -1.0), 1.0), _unit((2.0 - (high - low)) / 2)


def _outline(p: _Properties) -> tuple[Any, float]:
    """Mode and width; 0.x has centimetres, or hundredths of half the picture's height."""
    value = int(p.number("_OutlineWidthMode", 0.0))
    mode = _OUTLINE[value] if 0 <= value < 3 else "none"
    width = max(p.number("_OutlineWidth", 0.5), 0.0) * 0.01
    return mode, 0.0 if mode == "none" else width


def _queue(view: View) -> tuple[int, int]:
    """Blend mode and render queue."""
    mode = _mode(view)
    queue = view.integer("renderQueue", -1, low=-(1 << 31))
    return mode, _DEFAULT_QUEUE.get(mode, queue) if queue < 0 else queue


def _queue_offsets(properties: Sequence[View]) -> Queues:
    """Offsets that keep the order of the render queues: up to -9..0, or 0..9 with z write."""
    used = {
        _queue(view) for view in properties if view.text("shader", "") in ("VRM/MToon", *_VRM_UNLIT)
    }
    plain = sorted((q for q in used if q[0] == _TRANSPARENT), reverse=True)
    z_write = sorted(q for q in used if q[0] == _Z_WRITE)
    return {
        **{queue: max(-i, -9) for i, queue in enumerate(plain)},
        **{queue: min(i, 9) for i, queue in enumerate(z_write)},
    }


def _mode(view: View) -> int:
    """The shader's own mode, or ``_BlendMode``: opaque, cutout, transparent, with z write."""
    shader = view.text("shader", "")
    if shader in _VRM_UNLIT:
        return _VRM_UNLIT[shader]
    keywords = view.child("keywordMap").value
    if keywords.get("_ALPHATEST_ON") is True:
        return _CUTOUT
    return int(view.child("floatProperties").number("_BlendMode", 0, low=0, high=3))


def _unit(value: float) -> float:
    return min(max(value, 0.0), 1.0)
