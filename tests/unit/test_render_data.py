"""The pure parts of rendering: platform branches, backgrounds, light, materials, bleeding."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatar.character.character import Material, MToon, TextureRef
from avatar.errors import ConfigError, MissingAsset, UnsupportedFormat
from avatar.pose import RigState
from avatar.render.background import STUDIOS, Background, cover
from avatar.render.bleed import bleed
from avatar.render.camera import Camera
from avatar.render.frame import HeadFacts, figure_block
from avatar.render.light import LIGHTS, Lamp, irradiance, light_rig, studio
from avatar.render.material import model_file, uniform_block, uv_rows, variant
from avatar.render.ontop import way
from avatar.render.post import is_direct, scaled
from avatar.render.quality import TIERS
from avatar.render.scene import passes_of
from avatar.render.screen import screen_boxes
from avatar.render.shadow import lamp_view
from avatar.render.surface import backends, gl_call, is_software
from avatar.render.texture import shrink, shrink_factors
from avatar.render.window import has_display, key_name
from avatar.resources import shaders_dir


def test_linux_tries_egl_then_the_display_then_osmesa():
    assert backends("linux", {}, False) == ("egl",)
    assert backends("linux", {"DISPLAY": ":0"}, True) == ("egl", "x11", "osmesa")
    assert backends("linux", {"DISPLAY": ""}, True) == ("egl", "osmesa")


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_other_platforms_use_their_own_context(platform):
    assert backends(platform, {"DISPLAY": ":0"}, True) == ("native",)
    assert has_display(platform, {})


def test_a_window_on_linux_wants_a_display():
    assert has_display("linux", {"DISPLAY": ":0"})
    assert not has_display("linux", {})


def test_each_platform_has_its_way_to_stay_on_top():
    assert [way(p) for p in ("linux", "win32", "darwin")] == ["x11", "win32", "cocoa"]


def test_an_unknown_platform_has_no_finish_and_does_not_fail():
    assert gl_call("glFinish", "sunos5") is None


def test_cpu_rasterisers_are_known_by_name():
    assert is_software("llvmpipe (LLVM 15.0.6, 256 bits)")
    assert not is_software("NVIDIA GeForce RTX 4090/PCIe/SSE2")


@pytest.mark.parametrize(
    ("symbol", "name"), [("_1", "1"), ("NUM_3", "3"), ("ENTER", "return"), ("F5", "f5")]
)
def test_key_names(symbol, name):
    assert key_name(symbol) == name


@pytest.mark.parametrize("name", sorted(STUDIOS))
def test_studios_by_name(name):
    assert Background.parse(name).inner == STUDIOS[name][0]


def test_colours_and_transparency():
    assert Background.parse("#ff8000").inner == pytest.approx((1.0, 128 / 255, 0.0))
    assert Background.parse("#f80").inner == pytest.approx((1.0, 136 / 255, 0.0))
    assert Background.parse("transparent").kind == "transparent"


def test_wrong_backgrounds_explain_themselves(tmp_path):
    with pytest.raises(ConfigError, match="#rrggbb"):
        Background.parse("#12345")
    with pytest.raises(ConfigError, match="studio"):
        Background.parse("bluish")
    with pytest.raises(MissingAsset):
        Background.parse(str(tmp_path / "gone.png"))
    (tmp_path / "text.png").write_text("no picture")
    with pytest.raises(UnsupportedFormat):
        Background.parse(str(tmp_path / "text.png"))


def test_a_picture_covers_the_frame_and_keeps_its_shape():
    assert cover((200, 100), 1.0) == pytest.approx((0.5, 1.0, 0.25, 0.0))
    assert cover((100, 200), 1.0) == pytest.approx((1.0, 0.5, 0.0, 0.25))


def test_lamps_stand_where_they_say():
    assert Lamp(90, 0, (1, 1, 1)).direction == pytest.approx([1, 0, 0], abs=1e-6)
    assert Lamp(0, 90, (1, 1, 1)).direction == pytest.approx([0, 1, 0], abs=1e-6)


@pytest.mark.parametrize("name", sorted(LIGHTS))
def test_irradiance_matches_the_integral_over_the_room(name):
    rig = light_rig(name)
    rng = np.random.default_rng(1)
    way = rng.normal(size=(200_000, 3))
    way = (way / np.linalg.norm(way, axis=1, keepdims=True)).astype(np.float32)
    light = studio(rig, way)
    c = irradiance(rig)
    for n in np.array([[0, 1, 0], [0, -1, 0], [0, 0, 1], [0.6, 0, 0.8]]):
        x, y, z = n
        terms = np.array([1, y, z, x, x * y, y * z, 3 * z * z - 1, x * z, x * x - y * y])
        exact = (light * np.clip(way @ n, 0, None)[:, None]).mean(0) * 4
        assert terms @ c == pytest.approx(exact, rel=0.05)


def test_unknown_lights_name_the_known_ones():
    with pytest.raises(ConfigError, match="portrait"):
        light_rig("disco")


def test_kinds_and_extensions_pick_the_model():
    assert model_file(Material(kind="skin")) == "model_skin.glsl"
    assert model_file(Material()) == "model_standard.glsl"
    assert model_file(Material(unlit=True)) == "model_unlit.glsl"
    assert model_file(Material(mtoon=MToon(), unlit=True)) == "model_toon.glsl"


def test_a_variant_reads_only_what_is_there():
    material = Material(base_color_texture=TextureRef(0), normal_texture=TextureRef(1))
    full = dict(variant(material, detail=True, tinted=True).defines)
    assert {"HAS_BASE", "HAS_NORMAL", "TINTED", "ALPHA_OPAQUE"} <= set(full)
    assert "HAS_NORMAL" not in dict(variant(material, detail=False, tinted=False).defines)


@pytest.mark.parametrize(
    ("material", "passes"),
    [
        (Material(), ("opaque",)),
        (Material(alpha_mode="MASK"), ("cut",)),
        (Material(alpha_mode="BLEND"), ("blend",)),
        (Material(alpha_mode="MASK", kind="hair"), ("depth", "core", "soft")),
        (Material(kind="cornea"), ("blend",)),
    ],
)
def test_passes(material, passes):
    assert passes_of(material, TIERS["standard"]) == passes


def test_hair_is_plainly_cut_in_a_draft():
    material = Material(alpha_mode="BLEND", kind="hair")
    assert passes_of(material, TIERS["draft"]) == ("cut",)


def apply(rows: np.ndarray, uv: tuple[float, float]) -> np.ndarray:
    return rows[:, 0] * uv[0] + rows[:, 1] * uv[1] + rows[:, 2]


def test_texture_transform_scales_then_turns_then_moves():
    ref = TextureRef(0, offset=(0.1, 0.2), rotation=np.pi / 2, scale=(2.0, 3.0))
    # KHR_texture_transform: translation * rotation * scale, rotation counter-clockwise in UV
    assert apply(uv_rows(ref), (1.0, 0.0)) == pytest.approx([0.1, 0.2 - 2.0])
    assert apply(uv_rows(ref), (0.0, 1.0)) == pytest.approx([0.1 + 3.0, 0.2])


def test_expressions_move_the_texture_and_paint_the_material():
    plain = np.frombuffer(uniform_block(Material()), np.float32).reshape(-1, 4)
    moved = np.frombuffer(
        uniform_block(
            Material(),
            {"color": np.array([1, 0, 0, 1], np.float32)},
            np.array([0.25, 0.5, 2, 2], np.float32),
        ),
        np.float32,
    ).reshape(-1, 4)
    assert plain[0] == pytest.approx([1, 1, 1, 1])
    assert moved[0] == pytest.approx([1, 0, 0, 1])
    assert moved[10] == pytest.approx([2, 0, 0.25, 0])
    assert moved[11] == pytest.approx([0, 2, 0.5, 0])


def test_bleeding_fills_the_empty_and_keeps_the_rest():
    pixels = np.zeros((37, 50, 4), np.uint8)
    pixels[5:9, 5:9] = (200, 100, 50, 255)
    out = bleed(pixels)
    assert np.array_equal(out[..., 3], pixels[..., 3])
    assert np.array_equal(out[5:9, 5:9], pixels[5:9, 5:9])
    assert np.all(np.abs(out[..., :3].astype(int) - (200, 100, 50)) <= 1)


def test_pictures_without_holes_are_left_alone():
    pixels = np.full((8, 8, 4), 255, np.uint8)
    assert bleed(pixels) is pixels


def test_pictures_are_halved_until_they_fit():
    assert shrink_factors([(2048, 2048), (64, 64)]) == [1, 1]
    assert shrink_factors([(8192, 4096)]) == [2]
    factors = shrink_factors([(4096, 4096)] * 6 + [(512, 512)], texels=30_000_000)
    assert factors[-1] == 1
    assert sum(4096**2 // f**2 for f in factors[:6]) + 512**2 <= 30_000_000


def test_shrinking_is_a_mean():
    pixels = np.zeros((5, 4, 4), np.uint8)
    pixels[:2, :2] = 100
    small = shrink(pixels, 2)
    assert small.shape == (2, 2, 4)
    assert small[0, 0, 0] == 100 and small[1, 1, 0] == 0
    assert shrink(pixels, 8).shape == (1, 1, 4)


def test_a_scaled_box_covers_the_same_part_and_a_pixel_more():
    x, y, w, h = scaled((10, 20, 30, 40), (64, 36), (128, 72))
    assert x <= 20 and y <= 40
    assert x + w >= 80 and y + h >= 120


@pytest.mark.parametrize("radius", [0.1, 2.0])
def test_the_lamp_sees_what_the_camera_sees(radius):
    camera = Camera((0.0, 1.5, 2.0), (0.0, 1.5, 0.0))
    centre = np.array([0, 1.5, 0] if radius < 1 else [0, 1.0, 0], np.float32)
    lamp = lamp_view(light_rig("portrait").key.direction, camera, 16 / 9, centre, radius, 512)
    half = min(radius, camera.distance * np.tan(camera.fov_y / 2))
    for x, y in ((0, 0), (0.7 * half, 0), (0, 0.7 * half), (0, -0.7 * half)):
        u, v, depth, _ = lamp.shadow_matrix @ (x, 1.5 + y, 0, 1)
        assert 0 <= u <= 1 and 0 <= v <= 1 and 0 < depth < 1
    assert lamp.texel == pytest.approx(lamp.width / 512)
    assert lamp.width <= 2.2 * radius


def test_the_jaw_and_the_head_are_told_to_the_shaders():
    head = HeadFacts(0, np.eye(3, dtype=np.float32), np.array([1]))
    turned = np.eye(4, dtype=np.float32)[None].copy()
    turned[0, :3, :3] = [[0, 0, 1], [0, 1, 0], [-1, 0, 0]]
    state = RigState(0.0, turned, turned, np.array([0.9, 0.4], np.float32))
    rows = np.frombuffer(figure_block(head, state, np.eye(4, dtype=np.float32)), np.float32)
    assert rows[:4] == pytest.approx([0, 1, 0, 0.4])
    assert rows[4:7] == pytest.approx([1, 0, 0])


def test_every_shader_stage_is_in_the_readme():
    told = (shaders_dir() / "README.md").read_text("utf-8")
    stages = {p.stem.split("_")[0] for p in shaders_dir().iterdir() if p.suffix != ".md"}
    assert [stage for stage in sorted(stages) if f"`{stage}_`" not in told] == []


def test_screen_boxes_hold_the_hulls_and_stay_on_the_screen():
    matrix = np.eye(4, dtype=np.float32)
    head = np.array([[[-0.2, -0.5, 0], [0.2, 0.2, 0]]], np.float32)
    shoulders = np.array([[[-0.9, 0.2, 0], [0.9, 3.0, 0]]], np.float32)
    aside = np.array([[[-3.0, -0.9, 0], [-2.0, 0.9, 0]]], np.float32)
    boxes = screen_boxes([np.concatenate([head, shoulders, aside])], matrix, (200, 100))
    covered = np.zeros((100, 200), bool)
    for x, y, w, h in boxes:
        assert x >= 0 and y >= 0 and x + w <= 200 and y + h <= 100
        assert not covered[y : y + h, x : x + w].any()
        covered[y : y + h, x : x + w] = True
    assert covered[25:60, 80:120].all() and covered[60:, 10:190].all()
    assert not covered[:15].any() and not covered[20:50, :70].any()
    assert screen_boxes([], matrix, (200, 100)) == []


def test_what_lies_behind_the_camera_has_no_box():
    matrix = np.diag(np.array([1, 1, 1, 0], np.float32))
    matrix[3, 2] = -1
    behind = np.array([[[-0.5, -0.5, 1.0], [0.5, 0.5, 2.0]]], np.float32)
    assert screen_boxes([behind], matrix, (200, 100)) == []


def test_only_a_tier_with_nothing_after_the_scene_draws_on_the_output():
    bare = replace(TIERS["standard"], smooth=False)
    assert is_direct(bare, (64, 48))
    assert not is_direct(replace(bare, inside=24), (64, 48))
    assert not any(is_direct(found, (64, 48)) for found in TIERS.values())
