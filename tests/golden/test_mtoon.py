"""MToon feature by feature, at every tier; the driver that refuses a shader."""

from __future__ import annotations

import importlib.util
import logging
import shutil
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from avatar.animation.rig import Rig
from avatar.character import load
from avatar.errors import ShaderError
from avatar.pose import Pose
from avatar.render import Background, Renderer, Staged, frame_camera
from avatar.render import shader as shader_module
from avatar.render.light import Lamp, LightRig, plain_light
from avatar.resources import shaders_dir

pytestmark = pytest.mark.gl


def _beside(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parent / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


compare, SHEETS = _beside("pictures").compare, _beside("toon_files").SHEETS
STUDIO = LightRig(
    key=Lamp(40, 32, (2.05, 1.86, 1.64), 14),
    fill=Lamp(-52, 6, (0.46, 0.52, 0.60), 25),
    rim=Lamp(-150, 32, (1.95, 2.0, 2.15), 10),
    ceiling=(0.33, 0.35, 0.39),
    floor=(0.19, 0.155, 0.135),
    exposure=0.46,
)
"""A studio of the test's own: the shipped ones may change."""
PLAIN = plain_light(25, 30, (0.8, 0.8, 0.8), (0.2, 0.2, 0.25))


@pytest.fixture(scope="module")
def sheet(tmp_path_factory):
    folder = tmp_path_factory.mktemp("toon")
    return lambda name: load(SHEETS[name](folder / f"{name}.vrm"))


@pytest.fixture(scope="module")
def take(surface):
    """``take(character, quality=, light=, t=, **expressions) -> uint8[h, w, 4]``."""

    def draw(character, quality="high", light=PLAIN, t=0.0, size=(320, 320), **expressions):
        renderer = Renderer(surface.ctx, size, quality, Background.parse("#808890"), light)
        figure = renderer.upload(character)
        state = Rig(character).advance(Pose(extra=expressions), 1 / 60)
        camera = frame_camera(replace(character, humanoid={}), "full", 1.0)
        renderer.draw([Staged(figure, state, np.eye(4, dtype=np.float32))], camera, t)
        picture = renderer.read().copy()
        figure.release()
        renderer.close()
        return picture

    return draw


@pytest.mark.parametrize("name", SHEETS)
def test_every_feature(name, sheet, take, regenerate):
    compare(f"mtoon_{name}", take(sheet(name)), regenerate)


def test_expressions_paint_and_move(sheet, take, regenerate):
    compare("mtoon_binds_change", take(sheet("binds"), change=1.0), regenerate)


def test_textures_move_with_the_clock(sheet, take, regenerate):
    compare("mtoon_animation_later", take(sheet("animation"), t=0.6), regenerate)


def test_copies_of_a_figure_keep_colours_of_their_own(sheet, surface):
    character = sheet("binds")
    renderer = Renderer(surface.ctx, (160, 80), "draft", Background.parse("#808890"), PLAIN)
    figure, rig = renderer.upload(character), Rig(character)
    states = {w: rig.advance(Pose(extra={"change": w}), 1 / 60) for w in (0.0, 1.0)}
    camera = frame_camera(replace(character, humanoid={}), "full", 2.0)
    places = [np.eye(4, dtype=np.float32) for _ in range(2)]
    places[0][0, 3], places[1][0, 3] = -10.0, 0.0  # the first is out of the picture

    def shot(aside, middle):
        pair = zip((aside, middle), places, strict=True)
        renderer.draw([Staged(figure, states[w], at) for w, at in pair], camera, 0.0)
        return renderer.read().copy()

    assert np.array_equal(shot(0.0, 1.0), shot(1.0, 1.0))
    places.reverse()  # now the second is
    same, other, changed = shot(0.0, 0.0), shot(0.0, 1.0), shot(1.0, 1.0)
    figure.release()
    renderer.close()
    assert np.array_equal(same, other)
    assert not np.array_equal(same, changed)


@pytest.mark.parametrize("quality", ["draft", "standard", "high"])
def test_outlines_at_every_tier_in_the_studio(quality, sheet, take, regenerate):
    picture = take(sheet("outline"), quality, STUDIO)
    compare(f"mtoon_studio_{quality}", picture, regenerate)
    blue = (picture[..., 2].astype(int) - picture[..., 0]) > 60
    assert blue.mean() > 0.02


def test_the_unused_is_not_compiled(sheet, surface):
    renderer = Renderer(surface.ctx, (64, 64), "standard")
    renderer.upload(sheet("ramp")).release()
    kept = {
        flag
        for key in renderer.programs._made
        for part in key
        if isinstance(part, tuple) and len(part) == 2
        for flag in part[:1]
    }
    renderer.close()
    assert "TOON" in kept
    assert not {"RIM", "HAS_MATCAP", "ANIMATED_UV", "OUTLINE", "HAS_SHADE"} & kept


@pytest.fixture
def broken_at(tmp_path, monkeypatch):
    """Shaders that do not compile where ``macro`` is defined."""

    def make(macro):
        folder = tmp_path / "shaders"
        shutil.copytree(shaders_dir(), folder)
        source = folder / "surface_mesh.frag"
        broken = f"#ifdef {macro}\nthis is no GLSL;\n#endif\n"
        source.write_text(broken + source.read_text())
        monkeypatch.setattr(shader_module, "shaders_dir", lambda: folder)

    return make


def test_a_tier_that_does_not_compile_gives_way_to_the_next_and_says_so_once(
    broken_at, sheet, take, caplog, surface
):
    broken_at("SHADOW_PCSS")
    character = sheet("ramp")
    renderer = Renderer(surface.ctx, (64, 64), "film")
    with caplog.at_level(logging.WARNING, "avatar.render"):
        figure = renderer.upload(character)
        assert renderer.quality == "standard"
        renderer.set_quality("high")
        assert renderer.quality == "standard"
        state = Rig(character).advance(Pose(), 1 / 60)
        camera = frame_camera(character, "full", 1.0)
        renderer.draw([Staged(figure, state, np.eye(4, dtype=np.float32))], camera, 0.0)
    figure.release()
    renderer.close()
    said = [r.getMessage() for r in caplog.records]
    assert len(said) == 2 and said[0].startswith("quality film ")
    assert all("surface_mesh.frag:2" in text and "standard" in text for text in said[1:])


def test_shaders_that_never_compile_are_an_error(broken_at, sheet, surface):
    broken_at("GL_core_profile")
    renderer = Renderer(surface.ctx, (64, 64), "high")
    with pytest.raises(ShaderError, match=r"surface_mesh\.frag:2"):
        renderer.upload(sheet("ramp"))
    renderer.close()
