"""The renderer's parts on a real OpenGL context: deform, errors, tiers, resizing."""

from __future__ import annotations

import ctypes
import gc
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from avatar.animation.rig import Rig
from avatar.character import load
from avatar.character.character import (
    Character,
    Material,
    Mesh,
    MeshInstance,
    MorphTarget,
    Nodes,
    Primitive,
    Skin,
)
from avatar.errors import ConfigError, ShaderError
from avatar.pose import Pose, RigState
from avatar.render import Background, Camera, Renderer, Staged, frame_camera
from avatar.render.batch import Batches
from avatar.render.deform import Body
from avatar.render.region import arrange, palette_regions
from avatar.render.shader import Programs
from avatar.render.skeleton import heaviest_joint, palette_of, rest_world
from avatar.render.surface import finisher
from avatar.render.trim import trim
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


def orders(character) -> Iterator[np.ndarray]:
    """For each primitive, which of its vertices lies where in the figure's buffers."""
    regions = palette_regions(character)
    for instance in character.instances:
        for primitive in character.meshes[instance.mesh].primitives:
            moves = np.zeros(len(primitive.position), bool)
            for target in primitive.targets:
                moves[target.index] = True
            of_vertex = regions[heaviest_joint(instance, primitive)]
            yield arrange(of_vertex, primitive.indices.reshape(-1, 3), moves).order


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
    for part, points, order in zip(up.parts, expected.values(), orders(mei), strict=True):
        mine = found[part.first_vertex : part.first_vertex + len(points), :3]
        assert np.linalg.norm(mine - points[order], axis=1).max() < 1e-4
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


@pytest.mark.parametrize("batch", [500, 7777])
def test_triangles_handed_over_in_batches_make_the_same_picture(surface, mei, monkeypatch, batch):
    pictures, flushes = [], []
    camera, state = frame_camera(mei, "bust", 1.0), Rig(mei).advance(Pose(), 1 / 30)
    for flush in (None, lambda: flushes.append(1)):
        monkeypatch.setattr("avatar.render.batch.BATCH", 10**9 if flush is None else batch)
        renderer = Renderer(surface.ctx, (96, 96), "draft")
        renderer._batches = Batches(flush)
        figure = renderer.upload(mei)
        renderer.draw([Staged(figure, state, HERE)], camera, 0.0)
        pictures.append(renderer.read().copy())
        figure.release()
        renderer.close()
    assert np.array_equal(*pictures)
    assert len(flushes) > 1


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


def test_no_old_shadow_is_left_after_a_jump_in_time_a_cut_or_a_quick_move(surface, mei):
    close, half = frame_camera(mei, "close", 1.0), frame_camera(mei, "half", 1.0)
    figure_state = still(mei)
    moved = HERE.copy()
    moved[0, 3] = 0.2
    pictures = []
    histories = ([(half, HERE, 0.0), (close, HERE, 0.03)], [(close, moved, -9.0)],
                 [(close, moved, 0.03)], [])  # fmt: skip
    for history in histories:
        renderer = Renderer(surface.ctx, (96, 96), "standard")
        figure = renderer.upload(mei)
        for camera, place, t in [*history, (close, HERE, 0.06)]:
            renderer.draw([Staged(figure, figure_state, place)], camera, t)
        pictures.append(renderer.read().copy())
        figure.release()
        renderer.close()
    assert all(np.array_equal(picture, pictures[-1]) for picture in pictures)


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


def test_three_hundred_joints_and_a_hundred_and_thirty_morphs(surface):
    """More joints than a uniform block or a byte holds, every target acting at once."""
    rng = np.random.default_rng(0)
    count, joints, targets = 400, 300, 126
    character = crowd(rng, count, joints, targets)
    world = rest_world(character)
    world[:, :3, 3] += rng.normal(0, 0.1, (joints, 3)).astype(np.float32)
    palette = palette_of(character, world)
    morph = rng.random(targets).astype(np.float32)
    surface.ctx.simple_framebuffer((4, 4)).use()
    up = upload(surface.ctx, character)
    body = Body(surface.ctx, Programs(surface.ctx), up)
    body.update(palette, morph, EVERYTHING)
    found = np.frombuffer(body.vertices.read(), np.float32).reshape(-1, 10)[:count, :3]
    [expected] = skinned(character, palette, morph).values()
    assert np.abs(np.sort(found, 0) - np.sort(expected, 0)).max() < 1e-3
    body.release()


def test_loads_and_frees_leave_nothing_behind(surface):
    ctx, character = surface.ctx, crowd(np.random.default_rng(1), 3_000, 8, 4)
    renderer, camera = Renderer(ctx, (64, 64), "draft"), frame_camera(character)

    def once() -> None:
        figure = renderer.upload(character)
        renderer.draw([Staged(figure, still(character), HERE)], camera, 0.0)
        renderer.wait()
        figure.release()

    for _ in range(8):
        once()
    before, objects = resident(), gl_objects()
    for _ in range(40):
        once()
    assert gl_objects() == objects
    assert resident() - before < 8 << 20
    renderer.close()


def gl_objects() -> list[int]:
    """How many buffers, textures and framebuffers live; nothing where the library is unknown."""
    try:
        library = ctypes.CDLL("libGL.so.1")
    except OSError:
        return []
    kinds = (library.glIsBuffer, library.glIsTexture, library.glIsFramebuffer)
    return [sum(is_one(name) & 1 for name in range(1, 20_000)) for is_one in kinds]


def resident() -> int:
    """Resident size of this process, bytes; 0 where it cannot be told."""
    gc.collect()
    trim()
    status = Path("/proc/self/statm")
    return int(status.read_text().split()[1]) * 4096 if status.is_file() else 0


def crowd(rng, count: int, joints: int, targets: int) -> Character:
    """Random points, each on joints of its own; every target moves every point a little."""
    points = rng.normal(0, 1, (count, 3)).astype(np.float32)
    moves = [
        MorphTarget(
            np.arange(count, dtype=np.uint32),
            rng.normal(0, 0.02, (count, 3)).astype(np.float32),
            None,
        )
        for _ in range(targets)
    ]
    weights = rng.random((count, 4)).astype(np.float32)
    primitive = Primitive(
        position=points,
        normal=np.tile(np.float32([0, 0, 1]), (count, 1)),
        tangent=None,
        uv0=np.zeros((count, 2), np.float32),
        uv1=None,
        color=None,
        joints=rng.integers(0, joints, (count, 4)).astype(np.uint16),
        weights=weights / weights.sum(1, keepdims=True),
        indices=np.arange(count - count % 3, dtype=np.uint32),
        material=0,
        targets=tuple(moves),
    )
    order = np.arange(joints, dtype=np.int32)
    place = rng.normal(0, 1, (joints, 3)).astype(np.float32)
    inverse = np.tile(np.eye(4, dtype=np.float32), (joints, 1, 1))
    inverse[:, :3, 3] = -place
    names = tuple(f"t{i}" for i in range(targets))
    return Character(
        name="crowd",
        path=None,
        nodes=Nodes(
            name=tuple(f"j{i}" for i in range(joints)),
            parent=np.full(joints, -1, np.int32),
            order=order,
            levels=(order,),
            translation=place,
            rotation=np.tile(np.float32([0, 0, 0, 1]), (joints, 1)),
            scale=np.ones((joints, 3), np.float32),
        ),
        images=(),
        materials=(Material(),),
        meshes=(Mesh("crowd", (primitive,), names, (0.0,) * targets),),
        skins=(Skin(order, inverse),),
        instances=(MeshInstance(node=0, mesh=0, skin=0, palette=0, morph=0),),
    )


def test_only_what_a_tier_reads_is_uploaded(surface, mei):
    view = frame_camera(mei, "bust", 1.5)
    still = Rig(mei).advance(Pose(0.0), 0.0)
    made: dict[str, np.ndarray] = {}
    for name in ("draft", "standard"):
        renderer = Renderer(surface.ctx, (240, 160), name)
        figure = renderer.upload(mei)
        counted = sum(texture_count(figure, mei))
        assert counted < len(mei.images)
        renderer.set_quality("standard")
        renderer.draw([Staged(figure, still, HERE)], view, 0.0)
        made[name] = renderer.read().copy()
        assert sum(texture_count(figure, mei)) >= counted
        figure.release()
        renderer.close()
    difference = np.abs(made["draft"].astype(int) - made["standard"])
    assert difference.max() <= 1


def texture_count(figure, character):
    """One per image that is in GPU memory."""
    return [number in figure.upload.textures for number in range(len(character.images))]
