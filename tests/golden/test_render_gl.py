"""The renderer's parts on a real OpenGL context: deform, errors, tiers, resizing."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import numpy as np
import pytest

from avatar.animation.rig import Rig
from avatar.character import load
from avatar.errors import ConfigError, ShaderError
from avatar.pose import Pose, RigState
from avatar.render import Background, Camera, Renderer, Staged, frame_camera
from avatar.render.deform import Body
from avatar.render.shader import Programs
from avatar.render.skeleton import palette_of, rest_world
from avatar.render.surface import finisher
from avatar.render.upload import upload
from avatar.resources import figures

pytestmark = pytest.mark.gl

EVERYTHING = frozenset(range(4))
HERE = np.eye(4, dtype=np.float32)


@pytest.fixture(scope="module")
def mei():
    return load(figures()["mei"])


def skinned(character, palette, morph) -> dict[tuple[int, int], np.ndarray]:
    """Reference: positions float32[V, 3] by (instance, primitive), on the CPU."""
    out = {}
    for i, instance in enumerate(character.instances):
        mesh = character.meshes[instance.mesh]
        for j, primitive in enumerate(mesh.primitives):
            p = primitive.position.astype(np.float64)
            for k, target in enumerate(primitive.targets):
                p[target.index] += morph[instance.morph + k] * target.position
            if primitive.joints is None or instance.skin < 0:
                m = np.broadcast_to(palette[instance.palette], (len(p), 4, 4))
            else:
                rows = primitive.joints.astype(int) + instance.palette
                m = np.einsum("vj,vjab->vab", primitive.weights, palette[rows])
            out[i, j] = np.einsum("vab,vb->va", m[:, :3, :3], p) + m[:, :3, 3]
    return out


@pytest.mark.parametrize("active", [0, 3, 52])
def test_the_deform_pass_skins_and_morphs_as_the_cpu_does(surface, mei, active):
    rng = np.random.default_rng(active)
    world = rest_world(mei)
    world[:, :3, 3] += rng.normal(0, 0.02, (len(world), 3)).astype(np.float32)
    palette, morph = palette_of(mei, world), np.zeros(mei.morph_size, np.float32)
    morph[:active] = rng.random(active)
    programs = Programs(surface.ctx)
    target = surface.ctx.simple_framebuffer((4, 4))
    target.use()
    up = upload(surface.ctx, mei)
    body = Body(surface.ctx, programs, up)
    body.update(palette, morph, EVERYTHING)
    found = np.frombuffer(body.vertices.read(), np.float32).reshape(-1, 10)
    expected = skinned(mei, palette, morph)
    for part, points in zip(up.parts, expected.values(), strict=True):
        mine = found[part.first_vertex : part.first_vertex + len(points), :3]
        key = lambda p: p[np.lexsort(np.round(p, 4).T)]  # noqa: E731
        assert key(mine).mean(0) == pytest.approx(key(points).mean(0), abs=1e-4)
        assert np.abs(np.sort(mine, 0) - np.sort(points, 0)).max() < 2e-4
    assert np.abs(np.linalg.norm(found[:, 3:6], axis=1) - 1).max() < 1e-3


def test_a_wrong_shader_names_its_file_and_line(surface, tmp_path):
    (tmp_path / "good.vert").write_text("void main() { gl_Position = vec4(0.0); }\n")
    (tmp_path / "part.glsl").write_text("// fine\nfloat f() { return oops; }\n")
    (tmp_path / "bad.frag").write_text(
        '#include "part.glsl"\nout vec4 c;\nvoid main() { c = vec4(f()); }\n'
    )
    with pytest.raises(ShaderError, match=r"part\.glsl:2: "):
        Programs(surface.ctx, tmp_path).get("good.vert", "bad.frag")


def still(character) -> RigState:
    return Rig(character).advance(Pose(), 1 / 30)


def test_stages_are_told_in_order(surface, mei):
    renderer = Renderer(surface.ctx, (64, 64), "draft")
    figure, seen = renderer.upload(mei), []
    renderer.probe = seen.append
    renderer.draw([Staged(figure, still(mei), HERE)], frame_camera(mei), 0.0)
    assert seen == ["deform", "shadow", "surface", "post"]
    figure.release()
    renderer.close()


def test_auto_changes_the_tier_while_it_draws(surface, mei):
    renderer = Renderer(surface.ctx, (96, 96), "auto", fps=10_000.0)
    figure, state, camera = renderer.upload(mei), still(mei), frame_camera(mei)
    assert renderer.quality == "standard"
    for frame in range(14):
        renderer.draw([Staged(figure, state, HERE)], camera, frame / 30)
        assert renderer.read().shape == (96, 96, 4)
    assert renderer.quality == "draft"
    figure.release()
    renderer.close()


def test_resizing_and_changing_tier_keep_drawing(surface, mei):
    renderer = Renderer(surface.ctx, (64, 48), "draft")
    figure, state, camera = renderer.upload(mei), still(mei), frame_camera(mei)
    for size, quality in (((80, 60), "standard"), ((48, 64), "high"), ((64, 48), "draft")):
        renderer.resize(size)
        renderer.set_quality(quality)
        renderer.draw([Staged(figure, state, HERE)], camera, 0.0)
        assert renderer.read().shape == (size[1], size[0], 4)
        assert renderer.read()[..., :3].std() > 5
    figure.release()
    renderer.close()


def test_the_read_buffer_is_reused(surface):
    renderer = Renderer(surface.ctx, (32, 32))
    renderer.draw([], Camera((0.0, 1.0, 3.0), (0.0, 1.0, 0.0)), 0.0)
    assert renderer.read() is renderer.read()
    renderer.close()


def test_an_empty_stage_shows_the_background(surface):
    renderer = Renderer(surface.ctx, (32, 32), background=Background.parse("#336699"))
    renderer.draw([], Camera((0.0, 1.0, 3.0), (0.0, 1.0, 0.0)), 0.0)
    assert np.abs(renderer.read().astype(int) - (0x33, 0x66, 0x99, 255)).max() <= 2
    renderer.close()


def test_expressions_paint_materials_and_let_go_again(surface, mei):
    renderer = Renderer(surface.ctx, (64, 64), "draft", Background.parse("#000000"))
    figure, state = renderer.upload(mei), still(mei)
    red = np.array([1, 0, 0, 1], np.float32)
    every = {(i, "color"): red for i in range(len(mei.materials))}
    pictures = []
    for values in ({}, every, {}):
        painted = replace(state, material_color=values)
        renderer.draw([Staged(figure, painted, HERE)], frame_camera(mei), 0.0)
        pictures.append(renderer.read().astype(int))
    assert pictures[1][..., 1].sum() < 0.5 * pictures[0][..., 1].sum()
    assert np.array_equal(pictures[0], pictures[2])
    figure.release()
    renderer.close()


def test_what_the_camera_does_not_see_is_still_right_when_it_comes_back(surface, mei):
    renderer = Renderer(surface.ctx, (96, 96), "draft")
    figure, state = renderer.upload(mei), still(mei)
    full = frame_camera(mei, "full", 1.0)
    pictures = []
    for camera in (full, frame_camera(mei, "close", 1.0), full):
        renderer.draw([Staged(figure, state, HERE)], camera, 0.0)
        pictures.append(renderer.read().copy())
    assert np.array_equal(pictures[0], pictures[2])
    figure.release()
    renderer.close()


def test_no_old_shadow_is_left_after_a_jump_in_time_or_a_cut(surface, mei):
    close, half = frame_camera(mei, "close", 1.0), frame_camera(mei, "half", 1.0)
    figure_state = still(mei)
    moved = HERE.copy()
    moved[0, 3] = 0.2
    pictures = []
    for history in ([(half, HERE, 0.0), (close, HERE, 0.03)], [(close, moved, -9.0)], []):
        renderer = Renderer(surface.ctx, (96, 96), "standard")
        figure = renderer.upload(mei)
        for camera, place, t in [*history, (close, HERE, 0.06)]:
            renderer.draw([Staged(figure, figure_state, place)], camera, t)
        pictures.append(renderer.read().copy())
        figure.release()
        renderer.close()
    assert np.array_equal(pictures[0], pictures[2])
    assert np.array_equal(pictures[1], pictures[2])


def test_unknown_qualities_and_lights_are_refused(surface):
    with pytest.raises(ConfigError, match="draft"):
        Renderer(surface.ctx, (8, 8), "best")
    with pytest.raises(ConfigError, match="portrait"):
        Renderer(surface.ctx, (8, 8), light="sun")


def test_waiting_for_the_picture_lets_other_threads_run(surface, mei):
    renderer = Renderer(surface.ctx, (640, 640), "high")
    figure = renderer.upload(mei)
    ticks, stop = [], threading.Event()

    def tick() -> None:
        while not stop.is_set():
            ticks.append(time.perf_counter())
            time.sleep(0.001)

    renderer.draw([Staged(figure, still(mei), HERE)], frame_camera(mei), 0.0)
    thread = threading.Thread(target=tick)
    thread.start()
    begin = time.perf_counter()
    finisher(surface.ctx)()
    end = time.perf_counter()
    stop.set()
    thread.join()
    if end - begin > 0.05:
        assert sum(begin < t < end for t in ticks) >= 3
    figure.release()
    renderer.close()
