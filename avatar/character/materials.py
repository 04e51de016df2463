"""Materials and textures: glTF 2.0 metallic-roughness, unlit, and ``VRMC_materials_mtoon`` 1.0."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, Final, Literal

from avatar.character.character import Material, MToon, TextureRef
from avatar.character.images import Images
from avatar.character.json_view import View

Kind = Literal["", "skin", "eye", "cornea", "hair", "cloth", "lash", "mouth"]

KINDS: Final[tuple[Kind, ...]] = (
    "", "skin", "eye", "cornea", "hair", "cloth", "lash", "mouth",
)  # fmt: skip
_WRAP: Final = {33071, 33648, 10497}
_MAG: Final = {9728, 9729}
_MIN: Final = {9728, 9729, 9984, 9985, 9986, 9987}


class Textures:
    """Makes a TextureRef of each use of a texture."""

    def __init__(self, root: View, images: Images) -> None:
        self.images = images
        self.views = root.children("textures")
        self.samplers = root.children("samplers")

    def info(self, owner: View, key: str, strength_key: str = "") -> TextureRef | None:
        """The ``textureInfo`` under ``owner[key]``; None when absent or its picture is missing."""
        if not owner.has(key):
            return None
        info = owner.child(key)
        ref = self.ref(info, "index")
        if ref is None:
            return None
        ref = replace(ref, tex_coord=info.integer("texCoord", 0))
        if strength_key:
            ref = replace(ref, strength=info.number(strength_key, 1.0))
        transform = info.extension("KHR_texture_transform")
        ref = ref if transform is None else _transformed(ref, transform)
        if ref.tex_coord > 1:
            info.warn("only TEXCOORD_0 and TEXCOORD_1 are read: TEXCOORD_0 is used", "texCoord")
            ref = replace(ref, tex_coord=0)
        return ref

    def ref(self, owner: View, key: str) -> TextureRef | None:
        """The texture whose index is ``owner[key]``; None when its picture is missing."""
        texture = self.views[owner.index(key, len(self.views))]
        source = self.source(texture)
        image = -1 if source < 0 else self.images.use(source)
        if image < 0:
            return None
        return self._sampled(TextureRef(image), texture)

    def source(self, texture: View) -> int:
        """The file's image index of a texture, -1 when it has none that is read."""
        webp = texture.extension("EXT_texture_webp")
        chosen = texture if webp is None else webp
        source = chosen.index("source", len(self.images.views), -1)
        if source < 0:
            texture.warn("it has no PNG, JPEG or WebP source, drawn white")
        return source

    def _sampled(self, ref: TextureRef, texture: View) -> TextureRef:
        index = texture.index("sampler", len(self.samplers), -1)
        if index < 0:
            return ref
        sampler = self.samplers[index]
        return replace(
            ref,
            wrap_s=_known(sampler, "wrapS", _WRAP, ref.wrap_s),
            wrap_t=_known(sampler, "wrapT", _WRAP, ref.wrap_t),
            mag_filter=_known(sampler, "magFilter", _MAG, ref.mag_filter),
            min_filter=_known(sampler, "minFilter", _MIN, ref.min_filter),
        )


def read_material(view: View, textures: Textures) -> Material:
    """One element of ``materials``."""
    pbr = view.child("pbrMetallicRoughness")
    extension = view.extension("VRMC_materials_mtoon")
    kind, extras = _hints(view)
    return Material(
        name=view.text("name", ""),
        base_color_factor=_rgba(pbr, "baseColorFactor"),
        base_color_texture=textures.info(pbr, "baseColorTexture"),
        metallic_factor=pbr.number("metallicFactor", 1.0, low=0, high=1),
        roughness_factor=pbr.number("roughnessFactor", 1.0, low=0, high=1),
        metallic_roughness_texture=textures.info(pbr, "metallicRoughnessTexture"),
        normal_texture=textures.info(view, "normalTexture", "scale"),
        occlusion_texture=textures.info(view, "occlusionTexture", "strength"),
        emissive_factor=_emissive(view),
        emissive_texture=textures.info(view, "emissiveTexture"),
        alpha_mode=view.choice("alphaMode", ("OPAQUE", "MASK", "BLEND")),
        alpha_cutoff=view.number("alphaCutoff", 0.5, low=0),
        double_sided=view.flag("doubleSided"),
        unlit=view.extension("KHR_materials_unlit") is not None,
        mtoon=None if extension is None else _read_mtoon(extension, textures),
        kind=kind,
        extras=extras,
    )


def rgb(view: View, key: str, default: float = 0.0) -> tuple[float, float, float]:
    """A linear colour of three components, at least 0."""
    r, g, b = (max(0.0, v) for v in view.vector(key, (default,) * 3))
    return r, g, b


def _read_mtoon(view: View, textures: Textures) -> MToon:
    """``VRMC_materials_mtoon`` 1.0."""
    modes = ("none", "worldCoordinates", "screenCoordinates")
    return MToon(
        transparent_with_z_write=view.flag("transparentWithZWrite"),
        render_queue_offset_number=view.integer("renderQueueOffsetNumber", 0, low=-9, high=9),
        shade_color_factor=rgb(view, "shadeColorFactor"),
        shade_multiply_texture=textures.info(view, "shadeMultiplyTexture"),
        shading_shift_factor=view.number("shadingShiftFactor", 0.0),
        shading_shift_texture=textures.info(view, "shadingShiftTexture", "scale"),
        shading_toony_factor=view.number("shadingToonyFactor", 0.9, low=0, high=1),
        gi_equalization_factor=view.number("giEqualizationFactor", 0.9, low=0, high=1),
        matcap_factor=rgb(view, "matcapFactor", 1.0),
        matcap_texture=textures.info(view, "matcapTexture"),
        parametric_rim_color_factor=rgb(view, "parametricRimColorFactor"),
        rim_multiply_texture=textures.info(view, "rimMultiplyTexture"),
        rim_lighting_mix_factor=view.number("rimLightingMixFactor", 1.0),
        parametric_rim_fresnel_power_factor=view.number("parametricRimFresnelPowerFactor", 5.0),
        parametric_rim_lift_factor=view.number("parametricRimLiftFactor", 0.0),
        outline_width_mode=view.choice("outlineWidthMode", modes),
        outline_width_factor=view.number("outlineWidthFactor", 0.0, low=0),
        outline_width_multiply_texture=textures.info(view, "outlineWidthMultiplyTexture"),
        outline_color_factor=rgb(view, "outlineColorFactor"),
        outline_lighting_mix_factor=view.number("outlineLightingMixFactor", 1.0),
        uv_animation_mask_texture=textures.info(view, "uvAnimationMaskTexture"),
        uv_animation_scroll_x_speed_factor=view.number("uvAnimationScrollXSpeedFactor", 0.0),
        uv_animation_scroll_y_speed_factor=view.number("uvAnimationScrollYSpeedFactor", 0.0),
        uv_animation_rotation_speed_factor=view.number("uvAnimationRotationSpeedFactor", 0.0),
    )


def _rgba(view: View, key: str) -> tuple[float, float, float, float]:
    r, g, b, a = (max(0.0, v) for v in view.vector(key, (1.0, 1.0, 1.0, 1.0)))
    return r, g, b, min(a, 1.0)


def emissive_strength(view: View) -> float:
    """``KHR_materials_emissive_strength`` of a material, or the older extension of VRM's own."""
    extension = view.extension("KHR_materials_emissive_strength")
    if extension is not None:
        return extension.number("emissiveStrength", 1.0, low=0)
    older = view.extension("VRMC_materials_hdr_emissiveMultiplier")
    return 1.0 if older is None else older.number("emissiveMultiplier", 1.0, low=0)


def _emissive(view: View) -> tuple[float, float, float]:
    strength = emissive_strength(view)
    r, g, b = rgb(view, "emissiveFactor")
    return r * strength, g * strength, b * strength


def _hints(view: View) -> tuple[Kind, dict[str, Any]]:
    """``extras.avatar`` of our own figures; anything goes in other people's extras."""
    extras: Any = view.value.get("extras")
    hints: Any = extras.get("avatar") if isinstance(extras, dict) else None
    if not isinstance(hints, dict):
        return "", {}
    found = View(hints, f"{view.pointer}/extras/avatar", view.document)
    return found.choice("kind", KINDS), dict(found.value)


def _transformed(ref: TextureRef, transform: View) -> TextureRef:
    """``KHR_texture_transform``."""
    u, v = transform.vector("offset", (0.0, 0.0))
    su, sv = transform.vector("scale", (1.0, 1.0))
    rotation = math.remainder(transform.number("rotation", 0.0), math.tau)
    coord = transform.integer("texCoord", ref.tex_coord)
    return replace(ref, tex_coord=coord, offset=(u, v), scale=(su, sv), rotation=rotation)


def _known(sampler: View, key: str, allowed: set[int], default: int) -> int:
    value = sampler.integer(key, default)
    if value in allowed:
        return value
    sampler.warn(f"{value} is no glTF value: {default} is used", key)
    return default
