"""What an MToon material asks of the shaders."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatar.character.character import Material, MToon, TextureRef
from avatar.render.light import light_rig, plain_light, studio, toon_gains
from avatar.render.material import plain, textures_of, uniform_block, variant
from avatar.render.quality import tier
from avatar.render.scene import passes_of
from avatar.render.toon import draw_order, has_outline, toon_rows


def toon(material: Material | None = None, **values) -> Material:
    return replace(material or Material(), mtoon=MToon(**values))


def flags(material: Material, **options) -> set[str]:
    found = variant(material, detail=True, tinted=True, **options)
    return {name for name, _ in found.defines}


@pytest.mark.parametrize("toony", [0.0, 0.3, 0.9])
@pytest.mark.parametrize("shift", [-0.5, 0.0, 0.25])
def test_the_ramp_is_the_specifications_linearstep(toony, shift):
    rows = toon_rows(MToon(shading_toony_factor=toony, shading_shift_factor=shift), {})
    steep, offset = rows[1][3], rows[0][3]
    for cosine in np.linspace(-1, 1, 21):
        ours = np.clip(cosine * steep + offset, 0, 1)
        low, high = -1 + toony, 1 - toony
        assert ours == pytest.approx(np.clip((cosine + shift - low) / (high - low), 0, 1))


def test_a_ramp_without_width_is_a_step():
    rows = toon_rows(MToon(shading_toony_factor=1.0, shading_shift_factor=0.2), {})
    for cosine, lit in ((-0.21, 0.0), (-0.19, 1.0)):
        assert np.clip(cosine * rows[1][3] + rows[0][3], 0, 1) == lit


def test_expressions_replace_the_colours():
    blue = np.array([0, 0, 1, 1], np.float32)
    names = ("shadeColor", "rimColor", "matcapColor", "outlineColor")
    plain_rows = np.array(toon_rows(MToon(), {}))
    for row, name in zip((0, 1, 3, 4), names, strict=True):
        rows = np.array(toon_rows(MToon(), {name: blue}))
        assert rows[row, :3].tolist() == [0, 0, 1]
        assert np.array_equal(np.delete(rows, row, 0), np.delete(plain_rows, row, 0))


def test_only_what_is_used_is_compiled():
    assert flags(toon()) == {"TOON", "DETAIL", "ALPHA_OPAQUE", "FACING"}
    assert "RIM" in flags(toon(parametric_rim_color_factor=(0.1, 0, 0)))
    assert "RIM" in flags(toon(), bound={"rimColor"})
    bumpy = Material(normal_texture=TextureRef(0))
    for whole in (toon(bumpy), toon(parametric_rim_color_factor=(0.1, 0, 0))):
        assert "FACING" not in flags(whole)  # these need the normal itself at every pixel
    dark = toon(matcap_texture=TextureRef(0), matcap_factor=(0.0, 0.0, 0.0))
    assert "HAS_MATCAP" not in flags(dark)
    assert "HAS_MATCAP" in flags(dark, bound={"matcapColor"})
    masked = {"uv_animation_mask_texture": TextureRef(0)}
    assert not {"HAS_MASK", "ANIMATED_UV"} & flags(toon(**masked))
    moving = flags(toon(uv_animation_scroll_x_speed_factor=0.1, **masked))
    assert {"HAS_MASK", "ANIMATED_UV"} <= moving


def test_textures_are_transformed_only_where_they_move():
    still = Material(base_color_texture=TextureRef(0))
    assert "TRANSFORMED" not in flags(still)
    assert "TRANSFORMED" in flags(still, bound={"texture"})
    assert "TRANSFORMED" in flags(Material(base_color_texture=TextureRef(0, offset=(0.5, 0))))


def test_the_lit_picture_shades_too():
    ref = TextureRef(3)
    same = toon(Material(base_color_texture=ref), shade_multiply_texture=ref)
    assert "SHADE_AS_BASE" in flags(same) and "HAS_SHADE" not in flags(same)
    assert "shade" not in textures_of(same)
    other = toon(Material(base_color_texture=ref), shade_multiply_texture=TextureRef(4))
    assert "HAS_SHADE" in flags(other) and "SHADE_AS_BASE" not in flags(other)


def outlined(**values) -> Material:
    width = {"outline_width_mode": "worldCoordinates", "outline_width_factor": 0.01}
    return toon(**{**width, **values})


def test_outlines_are_drawn_where_they_are_asked_for():
    assert has_outline(outlined())
    assert not has_outline(outlined(outline_width_factor=0.0))
    assert not has_outline(toon(outline_width_factor=1.0))
    for quality in ("draft", "standard", "high", "film"):
        assert passes_of(outlined(), tier(quality)) == ("opaque", "outline")
    cut = replace(outlined(), alpha_mode="MASK", kind="hair")
    assert passes_of(cut, tier("high")) == ("cut", "outline")
    blended = replace(outlined(), alpha_mode="BLEND")
    assert passes_of(blended, tier("standard")) == ("blend", "blend_outline")


def test_an_outline_of_one_colour_reads_no_texture():
    ref = TextureRef(0)
    flat = replace(outlined(outline_lighting_mix_factor=0.0), base_color_texture=ref)
    assert not [f for f in flags(flat, outline=True) if f.startswith("HAS_")]
    cut = replace(flat, alpha_mode="MASK")
    assert "HAS_BASE" in flags(cut, outline=True)
    lit = flags(replace(flat, mtoon=replace(flat.mtoon, outline_lighting_mix_factor=0.5)))
    assert "HAS_BASE" in lit and "OUTLINE" not in lit
    assert "DOUBLE_SIDED" not in flags(replace(flat, double_sided=True), outline=True)


def test_render_queues_follow_the_specification():
    writes = [MToon(transparent_with_z_write=True, render_queue_offset_number=n) for n in (0, 9)]
    others = [MToon(render_queue_offset_number=n) for n in (-9, 0)]
    order = [draw_order(t) for t in (None, *writes, *others)]
    assert order == sorted(order) and len(set(order[1:])) == 4


def test_matcaps_stay_where_expressions_slide_textures():
    material = toon(Material(base_color_texture=TextureRef(0)), matcap_texture=TextureRef(1))
    moved = np.float32([0.5, 0.25, 2, 2])
    before = np.frombuffer(uniform_block(material), np.float32).reshape(-1, 4)
    after = np.frombuffer(uniform_block(material, uv=moved), np.float32).reshape(-1, 4)
    assert before.shape == after.shape == (32, 4)
    assert after[10].tolist() == [2, 0, 0.5, 0]  # base
    assert np.array_equal(after[24:26], before[24:26])  # matcap


def test_plain_materials_lose_our_hints_only():
    skin = Material(name="skin", kind="skin", extras={"kind": "skin"}, roughness_factor=0.4)
    assert plain(skin) == Material(name="skin", roughness_factor=0.4)
    own = Material(name="wall")
    assert plain(own) is own


def test_plain_light_is_the_same_from_all_sides():
    rig = plain_light(30, 20, (1, 0.5, 0.25), (0.1, 0.2, 0.3))
    ways = np.float32([[0, 1, 0], [0, -1, 0], [0, 0, 1], [1, 0, 0]])
    assert np.allclose(studio(rig, ways), [0.1, 0.2, 0.3])
    assert toon_gains(rig) == (1.0, 1.0)
    assert light_rig(rig) is rig and light_rig("plain").plain
    assert not light_rig("portrait").plain
