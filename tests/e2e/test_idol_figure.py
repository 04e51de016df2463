"""The stylised figure, baked from its recipe: what it holds, that others take it, same bytes."""

from __future__ import annotations

import json
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest

from avatar.animation.rig import Rig
from avatar.character import load
from avatar.modelling.bake import make_figure
from avatar.modelling.idol.surface import TOP
from avatar.modelling.recipe import load_recipe
from avatar.modelling.sources import TARBALL, WHEEL, Sources, cache_dir
from avatar.modelling.vrm_write import write_vrm
from avatar.pose import FACE_SHAPES, PRESETS, HumanBone, Pose

VALIDATOR = Path(__file__).resolve().parents[2] / ".cache" / "node"


@pytest.fixture(scope="module")
def sources(need) -> Sources:
    if not all((cache_dir() / name).is_file() for name in (WHEEL, TARBALL)):
        need("npm", "apt-get install npm")
    return Sources()


@pytest.fixture(scope="module")
def figure(sources):
    return make_figure(load_recipe("luna"), sources)


@pytest.fixture(scope="module")
def path(figure, tmp_path_factory) -> Path:
    file = tmp_path_factory.mktemp("idol") / "luna.vrm"
    write_vrm(figure).write(file)
    return file


@pytest.fixture(scope="module")
def character(path):
    return load(path)


def test_file_is_small_and_speaks_mtoon_with_an_unlit_fallback(path):
    assert path.stat().st_size <= 8_000_000
    data = path.read_bytes()
    doc = json.loads(data[20 : 20 + struct.unpack_from("<I", data, 12)[0]])
    assert set(doc["extensionsUsed"]) == {
        "VRMC_vrm", "VRMC_springBone", "VRMC_materials_mtoon", "KHR_materials_unlit",
    }  # fmt: skip
    for material in doc["materials"]:
        assert set(material["extensions"]) == {"VRMC_materials_mtoon", "KHR_materials_unlit"}


def test_everything_is_understood_and_there(character):
    assert character.warnings == ()
    assert set(character.humanoid) == set(HumanBone)
    assert {e.name for e in character.expressions if e.preset} == set(PRESETS)
    assert {e.name for e in character.expressions if not e.preset} == set(FACE_SHAPES)
    assert character.look_at.type == "bone"
    assert len(character.springs) >= 12
    assert all(spring.colliders for spring in character.springs)


def test_it_is_light_enough_for_real_time(figure):
    assert sum(len(part.position) for part in figure.parts) <= 30_000
    assert sum(len(part.triangles) for part in figure.parts) <= 40_000


def test_no_triangle_is_left_without_area(figure):
    # strokes drawn on the face end in points
    for part in (p for p in figure.parts if p.mesh != "Face"):
        a, b, c = (part.position[part.triangles[:, k]] for k in range(3))
        flat = np.linalg.norm(np.cross(b - a, c - a), axis=1) < 1e-12
        assert flat.mean() < 0.05, part.name


def test_proportions_are_an_idols(figure):
    """Six to seven heads high, eyes a fifth of the face, standing on the ground."""
    joints = len(HumanBone)
    face = next(p for p in figure.parts if p.mesh == "Face" and p.material == "skin")
    chin = float(figure.skeleton.to_rest(face.position, face.weight[:, :joints])[:, 1].min())
    # the crown itself lies under the hair and is left out
    head = TOP / 1000
    top = chin + head
    assert 6.0 < top / head < 7.0
    white = next(p for p in figure.parts if p.material == "iris")
    assert 0.15 < np.ptp(white.position[:, 1]) / head < 0.25
    soles = next(p for p in figure.parts if p.material == "navy")
    weight = soles.weight[:, :joints]
    lowest = figure.skeleton.to_rest(soles.position, weight)[:, 1].min()
    assert abs(lowest) < 1e-6


def test_weights_and_places_are_sound(figure):
    total = len(HumanBone) + sum(len(chain.points) for chain in figure.chains)
    assert total < 256
    for part in figure.parts:
        assert part.weight.shape[1] == total
        np.testing.assert_allclose(part.weight.sum(axis=1), 1, atol=1e-6)
        assert np.isfinite(part.position).all()
        assert np.isfinite(part.normal).all()
        assert part.triangles.max() < len(part.position)


def test_springs_settle_at_rest_without_drifting(character):
    """Tails and skirt hang where they were drawn: still after two seconds, off by centimetres."""
    rig = Rig(character)
    first = rig.advance(Pose(t=0), 1 / 30).palette.copy()
    for step in range(90):
        before = rig.advance(Pose(t=step / 30), 1 / 30).palette.copy()
    after = rig.advance(Pose(t=3.1), 1 / 30).palette
    assert np.abs(after - before).max() < 2e-3
    assert np.isfinite(after).all()
    assert np.abs(after[..., :3, 3] - first[..., :3, 3]).max() < 0.9


def test_gltf_validator_finds_no_error(path, need):
    node = need("node", "apt-get install nodejs")
    if not (VALIDATOR / "node_modules" / "gltf-validator").is_dir():
        need("gltf-validator", f"npm install gltf-validator in {VALIDATOR}")
    script = (
        "const v=require('gltf-validator'),fs=require('fs');"
        "v.validateBytes(new Uint8Array(fs.readFileSync(process.argv[1])))"
        ".then(r=>console.log(JSON.stringify(r.issues)))"
    )
    done = subprocess.run(
        [node, "-e", script, str(path)], cwd=VALIDATOR, capture_output=True, text=True, check=True
    )
    issues = json.loads(done.stdout)
    assert issues["numErrors"] == 0, issues["messages"][:5]


@pytest.mark.slow
def test_baking_twice_gives_the_same_bytes(sources, path):
    again = write_vrm(make_figure(load_recipe("luna"), sources)).tobytes()
    assert again == path.read_bytes()
