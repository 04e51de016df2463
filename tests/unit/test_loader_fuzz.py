"""Mutated files: whatever is in them, the loader gives a figure or one line of AssetError."""

from __future__ import annotations

import copy
import math
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from avatar.character import load
from avatar.character.character import Character
from avatar.errors import AssetError
from tests.unit.gltf_samples import (
    add_texture,
    join,
    primitive,
    split,
    use,
    vrm0,
    vrm1,
)

QUICK = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
LEAVES: list[Any] = [
    None, True, -1, 0, 1, 2, 3.5, 7, 255, 65536, 2**31, 2**63, 10**30, -1e30, 1e308, "", "x",
    "OPAQUE", "..", "data:,", "http://a/b", "\0", "a" * 5000, [], {}, [[]], [{}], [0] * 17,
    [1e308] * 16, {"index": 0}, {"node": 0}, [-1], [0, 0, 0],
]  # fmt: skip


def full_vrm1() -> bytes:
    """A VRM 1.0 that uses most of what the loader reads."""
    look = {"index": 0, "extensions": {"KHR_texture_transform": {"offset": [0, 1], "rotation": 1}}}
    happy = {
        "morphTargetBinds": [{"node": 0, "index": 0, "weight": 1}],
        "materialColorBinds": [{"material": 0, "type": "color", "targetValue": [1, 1, 1, 1]}],
        "textureTransformBinds": [{"material": 0, "scale": [1, 1], "offset": [0, 0]}],
    }
    writer = vrm1(
        expressions={"preset": {"happy": happy}, "custom": {"x": {}}},
        lookAt={"type": "bone", "rangeMapVerticalUp": {"inputMaxValue": 9, "outputScale": 1}},
        firstPerson={"meshAnnotations": [{"node": 0, "type": "both"}]},
    )
    add_texture(writer)
    mtoon = {"specVersion": "1.0", "shadeMultiplyTexture": look, "outlineWidthMode": "none"}
    material = {
        "pbrMetallicRoughness": {"baseColorTexture": look, "baseColorFactor": [1, 1, 1, 1]},
        "normalTexture": {"index": 0, "scale": 1},
        "extensions": {"VRMC_materials_mtoon": mtoon},
        "extras": {"avatar": {"kind": "skin"}},
    }
    primitive(writer)["material"] = writer.add("materials", material)
    primitive(writer)["attributes"] |= {
        "JOINTS_0": writer.accessor(np.zeros((4, 4), np.uint8)),
        "WEIGHTS_0": writer.accessor(np.full((4, 4), 0.25, np.float32)),
        "COLOR_0": writer.accessor(np.full((4, 4), 9, np.uint8), normalized=True),
    }
    inverse = writer.accessor(np.tile(np.eye(4, dtype=np.float32), (2, 1, 1)), target=None)
    writer.add("skins", {"joints": [1, 2], "inverseBindMatrices": inverse})
    writer.doc["nodes"][0]["skin"] = 0
    writer.doc["nodes"][3]["matrix"] = np.eye(4).ravel().tolist()
    constraint = {"roll": {"source": 1, "rollAxis": "X", "weight": 1}}
    writer.doc["nodes"][4]["extensions"] = {"VRMC_node_constraint": {"constraint": constraint}}
    collider = {"node": 1, "shape": {"capsule": {"radius": 1, "tail": [0, 1, 0]}}}
    spring = {"joints": [{"node": 1}, {"node": 2, "hitRadius": 1}], "colliderGroups": [0]}
    springs = {"colliders": [collider], "colliderGroups": [{"colliders": [0]}]}
    use(writer, "VRMC_springBone", {**springs, "springs": [spring]})
    times = writer.accessor(np.float32([0, 1]), target=None, bounds=True)
    values = writer.accessor(np.zeros((2, 3), np.float32), target=None)
    channel = {"sampler": 0, "target": {"node": 0, "path": "translation"}}
    samplers = [{"input": times, "output": values, "interpolation": "LINEAR"}]
    writer.add("animations", {"samplers": samplers, "channels": [channel]})
    return writer.tobytes()


def full_vrm0() -> bytes:
    """A VRM 0.x that uses most of what the loader reads."""
    values = {"materialName": "m", "propertyName": "_Color", "targetValue": [1, 1, 1, 1]}
    joy = {"name": "Joy", "presetName": "joy", "materialValues": [values],
           "binds": [{"mesh": 0, "index": 0, "weight": 100}]}  # fmt: skip
    material = {"name": "m", "shader": "VRM/MToon", "renderQueue": 3000,
                "floatProperties": {"_BlendMode": 2, "_OutlineWidthMode": 1},
                "vectorProperties": {"_Color": [1, 1, 1, 1], "_MainTex": [0, 0, 1, 1]},
                "textureProperties": {"_MainTex": 0}}  # fmt: skip
    group = {"node": 1, "colliders": [{"offset": {"x": 0, "y": 0, "z": 0}, "radius": 1}]}
    bones = {"bones": [2], "colliderGroups": [0], "center": -1, "stiffiness": 1,
             "gravityDir": {"x": 0, "y": -1, "z": 0}}  # fmt: skip
    writer = vrm0(
        meta={"title": "T", "texture": 0, "licenseName": "CC0"},
        firstPerson={"lookAtTypeName": "Bone", "meshAnnotations": [{"mesh": 0}],
                     "firstPersonBoneOffset": {"x": 0, "y": 0, "z": 0},
                     "lookAtVerticalUp": {"xRange": 90, "yRange": 10}},
        blendShapeMaster={"blendShapeGroups": [joy]},
        secondaryAnimation={"boneGroups": [bones], "colliderGroups": [group]},
        materialProperties=[material],
    )  # fmt: skip
    add_texture(writer)
    primitive(writer)["material"] = writer.add("materials", {"name": "m"})
    return writer.tobytes()


SOURCES = {"vrm1": full_vrm1(), "vrm0": full_vrm0()}


def check(path) -> None:
    """The one thing that must hold of any bytes."""
    try:
        character = load(path)
    except AssetError as error:
        text = str(error)
        assert text.startswith(str(path)) and text.isprintable() and len(text) < 1000
        return
    sound(character)


def sound(character: Character) -> None:
    """A figure that did load can be posed and drawn."""
    count = len(character.nodes.name)
    assert sorted(character.nodes.order) == list(range(count))
    for mesh in character.meshes:
        for one in mesh.primitives:
            vertices = len(one.position)
            arrays = [one.position, one.normal, one.uv0, *(t.position for t in one.targets)]
            assert all(np.isfinite(a).all() for a in arrays)
            assert one.indices.max(initial=0) < vertices and one.material >= 0
            assert one.material < len(character.materials)
            assert len(one.targets) == len(mesh.target_names)
            assert all(t.index.max(initial=0) < vertices for t in one.targets)
    for instance in character.instances:
        assert instance.node < count and instance.mesh < len(character.meshes)
    for material in character.materials:
        ref = material.base_color_texture
        assert ref is None or 0 <= ref.image < len(character.images)
    for spring in character.springs:
        assert all(joint.node < count for joint in spring.joints)
        assert all(collider < len(character.colliders) for collider in spring.colliders)
    for expression in character.expressions:
        for bind in expression.morph_target_binds:
            mesh = character.meshes[character.instances[bind.instance].mesh]
            assert bind.target < len(mesh.target_names)
    for text in character.warnings:
        assert text.isprintable()


def places(value: Any, found: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Every (container, key) of a JSON document."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items:
        found.append((value, key))
        if isinstance(item, dict | list):
            places(item, found)
    return found


@pytest.mark.parametrize("source", SOURCES)
def test_the_sources_are_sound(tmp_path, source):
    path = tmp_path / "figure.vrm"
    path.write_bytes(SOURCES[source])
    character = load(path)
    sound(character)
    assert not character.warnings and character.springs and character.expressions


@QUICK
@given(source=st.sampled_from(sorted(SOURCES)), data=st.data())
def test_mutated_bytes(tmp_path, source, data):
    raw = bytearray(SOURCES[source])
    edits = st.lists(st.tuples(st.integers(0, len(raw) - 1), st.integers(0, 255)), max_size=12)
    for place, value in data.draw(edits):
        raw[place] = value
    end = data.draw(st.integers(0, len(raw)) | st.just(len(raw)))
    path = tmp_path / "figure.vrm"
    path.write_bytes(raw[:end])
    check(path)


@QUICK
@given(
    source=st.sampled_from(sorted(SOURCES)),
    seed=st.integers(0, 2**32),
    edits=st.integers(1, 4),
    value=st.sampled_from(range(len(LEAVES))),
)
def test_mutated_json(tmp_path, source, seed, edits, value):
    document, blob = split(SOURCES[source])
    rng = random.Random(seed)
    for _ in range(edits):
        container, key = rng.choice(places(document, []))
        kind = rng.randrange(4)
        if kind == 0:
            del container[key]
        elif kind == 1:
            container[key] = copy.deepcopy(rng.choice(places(document, [])))[0]
        elif isinstance(container[key], int) and kind == 2:
            container[key] += rng.choice([-1, 1, 10, 1000])
        else:
            container[key] = copy.deepcopy(LEAVES[value])
    path = tmp_path / "figure.vrm"
    path.write_bytes(join(document, blob))
    check(path)


@QUICK
@given(
    source=st.sampled_from(sorted(SOURCES)),
    place=st.integers(0, 10**6),
    value=st.sampled_from([math.nan, math.inf, -math.inf, 3e38, -3e38, 1e-40, -0.0]),
)
def test_mutated_numbers_in_the_binary_chunk(tmp_path, source, place, value):
    document, blob = split(SOURCES[source])
    numbers = np.frombuffer(blob[: len(blob) // 4 * 4], "<f4").copy()
    numbers[place % len(numbers)] = value
    path = tmp_path / "figure.vrm"
    path.write_bytes(join(document, numbers.tobytes()))
    check(path)


@pytest.mark.parametrize("source", SOURCES)
def test_every_other_place(tmp_path, source):
    """Single values of the document replaced by the leaves in turn."""
    document, blob = split(SOURCES[source])
    path = tmp_path / "figure.vrm"
    for number, (container, key) in enumerate(places(document, [])):
        if number % 2:
            kept, container[key] = container[key], LEAVES[number % len(LEAVES)]
            path.write_bytes(join(document, blob))
            container[key] = kept
            check(path)
