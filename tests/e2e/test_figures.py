"""The shipped figures: what they hold, that validators and other viewers take them, that a bake
makes the same bytes again."""

from __future__ import annotations

import base64
import importlib.util
import io
import json
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from avatar.character import load
from avatar.modelling import ao
from avatar.modelling.bake import Detail, make_figure
from avatar.modelling.recipe import load_recipe, recipes
from avatar.modelling.sources import TARBALL, WHEEL, Sources, cache_dir
from avatar.modelling.vrm_write import write_vrm
from avatar.pose import FACE_SHAPES, PRESETS, HumanBone
from avatar.resources import figures

NODE = Path(__file__).resolve().parents[2] / ".cache" / "node"
MODULES = ("gltf-validator@2.0.0-dev.3.10", "three@0.187.0", "@pixiv/three-vrm@3.5.5")
NAMES = sorted(name for name in recipes() if load_recipe(name).style == "realistic")
LOOSE = {name for name in NAMES if load_recipe(name).hair["style"] not in ("bun", "short")}
"""Figures whose hair swings."""


@pytest.fixture(scope="session")
def modules(need) -> Path:
    """The npm modules of these tests, installed once into the checkout's cache."""
    npm = need("npm", "apt-get install npm")
    folder = NODE / "node_modules"
    wanted = [folder / module.rpartition("@")[0] for module in MODULES]
    if not all(path.is_dir() for path in wanted):
        NODE.mkdir(parents=True, exist_ok=True)
        command = [npm, "install", "--no-audit", "--no-fund", "--no-save", *MODULES]
        done = subprocess.run(command, cwd=NODE, capture_output=True, text=True)
        if done.returncode:
            need(MODULES[0], f"run `{' '.join(command)}` in {NODE}")
    return folder


@pytest.fixture(scope="session", params=NAMES)
def character(request):
    return load(figures()[request.param])


def document(path: Path) -> dict:
    data = path.read_bytes()
    return json.loads(data[20 : 20 + struct.unpack_from("<I", data, 12)[0]])


@pytest.mark.parametrize("name", NAMES)
def test_file_is_small_and_uses_only_vrm_extensions(name):
    path = figures()[name]
    assert path.stat().st_size <= 8_000_000
    doc = document(path)
    assert set(doc["extensionsUsed"]) == {"VRMC_vrm", "VRMC_springBone"}
    assert "extensionsRequired" not in doc


def test_everything_in_the_file_is_understood(character):
    assert character.warnings == ()
    assert character.vrm_version == "1"
    assert set(character.humanoid) == set(HumanBone)
    assert character.meta.authors == ("avatar contributors",)
    assert character.meta.allow_redistribution
    assert character.meta.avatar_permission == "everyone"
    assert character.meta.thumbnail >= 0
    kinds = {material.kind for material in character.materials}
    assert kinds >= {"skin", "mouth", "lash", "eye", "cloth", "hair"}


def rest_positions(character) -> dict[HumanBone, np.ndarray]:
    world = np.zeros((len(character.nodes.parent), 3))
    for node in character.nodes.order:
        parent = character.nodes.parent[node]
        world[node] = character.nodes.translation[node] + (world[parent] if parent >= 0 else 0)
    return {bone: world[node] for bone, node in character.humanoid.items()}


def test_figure_rests_in_the_t_pose_on_the_ground(character):
    np.testing.assert_allclose(character.nodes.rotation, [[0, 0, 0, 1]] * len(character.nodes.name))
    joint = rest_positions(character)
    for side, sign in (("left", 1), ("right", -1)):
        arm = [joint[HumanBone[side + part]] for part in ("UpperArm", "LowerArm", "Hand")]
        assert np.ptp([p[1] for p in arm]) < 1e-4
        assert np.ptp([p[2] for p in arm]) < 1e-4
        assert np.all(np.diff([sign * p[0] for p in arm]) > 0.15)
        leg = [joint[HumanBone[side + part]] for part in ("UpperLeg", "LowerLeg", "Foot")]
        assert np.ptp([p[0] for p in leg]) < 1e-4
        assert joint[HumanBone[side + "Toes"]][2] > leg[-1][2] + 0.05
    assert 0.03 < joint[HumanBone.leftFoot][1] < 0.15
    assert 1.4 < joint[HumanBone.head][1] < 1.8
    assert joint[HumanBone.leftEye][2] > joint[HumanBone.head][2]


def moved(character, name: str, material_kind: str) -> float:
    """The farthest that an expression moves a vertex of a kind of material, m."""
    expression = character.expressions[character.expression_index[name]]
    farthest = 0.0
    for bind in expression.morph_target_binds:
        mesh = character.meshes[character.instances[bind.instance].mesh]
        for primitive in mesh.primitives:
            if character.materials[primitive.material].kind == material_kind:
                delta = primitive.targets[bind.target].position * bind.weight
                farthest = max(farthest, float(np.abs(delta).max(initial=0)))
    return farthest


def test_every_face_shape_is_there_and_moves_something(character):
    custom = {e.name for e in character.expressions if not e.preset}
    assert custom == set(FACE_SHAPES)
    for name in FACE_SHAPES:
        kind = "mouth" if name == "tongueOut" else "skin"
        assert moved(character, name, kind) > 5e-4, name


def test_every_preset_is_there(character):
    assert {e.name for e in character.expressions if e.preset} == set(PRESETS)
    for name in set(PRESETS) - {"neutral"}:
        assert moved(character, name, "skin") > 5e-4, name


def test_jaw_takes_teeth_and_lashes_follow_the_lids(character):
    assert moved(character, "jawOpen", "mouth") > 0.01
    assert moved(character, "eyeBlinkLeft", "lash") > 0.004
    assert moved(character, "browInnerUp", "lash") > 0.002


def test_gaze_turns_bones_and_eye_targets_leave_the_eyes_alone(character):
    assert character.look_at.type == "bone"
    for instance in character.instances:
        mesh = character.meshes[instance.mesh]
        if any(character.materials[p.material].kind == "eye" for p in mesh.primitives):
            assert mesh.target_names == ()


def test_hair_swings_and_keeps_off_the_body(character):
    assert len(character.springs) >= 3 or character.path.stem not in LOOSE
    assert all(spring.colliders for spring in character.springs)
    bones = {character.nodes.name[collider.node] for collider in character.colliders}
    assert {"head", "neck", "upperChest"} <= bones


@pytest.mark.parametrize("name", NAMES)
def test_gltf_validator_finds_no_error(name, need, modules):
    node = need("node", "apt-get install nodejs")
    script = (
        "const v=require('gltf-validator'),fs=require('fs');"
        "v.validateBytes(new Uint8Array(fs.readFileSync(process.argv[1])))"
        ".then(r=>console.log(JSON.stringify(r.issues)))"
    )
    done = subprocess.run(
        [node, "-e", script, str(figures()[name])], cwd=modules.parent, capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    issues = json.loads(done.stdout)
    assert issues["numErrors"] == 0, issues["messages"][:5]


def _browser():
    path = Path(__file__).parents[1] / "bench" / "peers" / "browser.py"
    spec = importlib.util.spec_from_file_location("peers_browser", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_three_vrm_opens_and_draws_it(name, need, modules):
    need("chromium", "apt-get install chromium")
    script = Path(__file__).parent / "three_vrm" / "page.js"
    found = _browser().open_page(script, figures()[name], "swiftshader", expression="aa:1")
    assert len(found["bones"]) == 55
    assert set(found["presets"]) == set(PRESETS)
    assert set(found["custom"]) == set(FACE_SHAPES)
    assert found["springs"] > 3 or name not in LOOSE
    picture = Image.open(io.BytesIO(base64.b64decode(found["picture"].partition(",")[2])))
    pixels = np.asarray(picture.convert("RGB")).astype(int)
    assert found["colours"] > 500
    assert (np.abs(pixels - pixels[2, 2]).sum(axis=-1) > 30).mean() > 0.15


@pytest.mark.slow
def test_baking_twice_gives_the_same_bytes(monkeypatch, need):
    if not all((cache_dir() / name).is_file() for name in (WHEEL, TARBALL)):
        need("npm", "apt-get install npm")
    monkeypatch.setattr(ao, "DIRECTIONS", 8)
    sources, recipe = Sources(), load_recipe("ming")
    first, second = (
        write_vrm(make_figure(recipe, sources, Detail(skin=256, eye=64))).tobytes()
        for _ in range(2)
    )
    assert first == second
