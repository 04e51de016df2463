"""Recipes, expressions, springs, hair and the GLB writer of the figure baker."""

from __future__ import annotations

import json
import struct
from dataclasses import replace

import numpy as np
import pytest

from avatar.character.gltf_write import GlbWriter
from avatar.errors import ConfigError, OutputError
from avatar.modelling.body import Skeleton, between, frames
from avatar.modelling.expressions import PRESET_WEIGHTS, vrm_expressions
from avatar.modelling.part import Morph, Part, four_heaviest, merge
from avatar.modelling.recipe import load_recipe, recipes
from avatar.modelling.sources import _decode_faces
from avatar.modelling.springs import Chain, bind_to_chains
from avatar.pose import FACE_SHAPES, PRESETS, HumanBone


def chunks(data: bytes):
    """The JSON and the binary chunk of a GLB."""
    magic, version, length = struct.unpack_from("<4sII", data)
    assert (magic, version, length) == (b"glTF", 2, len(data))
    size = struct.unpack_from("<I", data, 12)[0]
    return json.loads(data[20 : 20 + size]), data[28 + size :]


def test_both_recipes_load_with_their_sides_spelled_out():
    assert {"mei", "ming"} <= set(recipes())
    mei, ming = load_recipe("mei"), load_recipe("ming")
    assert (mei.female, ming.female) == (True, False)
    assert mei.targets["l-eye-scale-incr"] == mei.targets["r-eye-scale-incr"]
    assert not [name for name in mei.targets if name.startswith("lr-")]
    assert set(mei.expression) <= set(FACE_SHAPES)


def test_unknown_recipe_names_the_known_ones():
    with pytest.raises(ConfigError, match="mei"):
        load_recipe("nobody")


def test_presets_are_made_of_face_shapes():
    assert set(PRESET_WEIGHTS) == set(PRESETS)
    expressions = vrm_expressions(7, FACE_SHAPES)
    assert list(expressions["custom"]) == list(FACE_SHAPES)
    for name, weights in PRESET_WEIGHTS.items():
        assert all(0 < weight <= 1 for weight in weights.values())
        binds = expressions["preset"][name]["morphTargetBinds"]
        assert [FACE_SHAPES[bind["index"]] for bind in binds] == list(weights)
        assert {bind["node"] for bind in binds} <= {7}


def test_open_mouths_blend_out_the_lips_and_half_closed_lids_the_blink():
    preset = vrm_expressions(0, FACE_SHAPES)["preset"]
    assert preset["surprised"]["overrideMouth"] == "blend"
    assert preset["relaxed"]["overrideBlink"] == "blend"
    assert "overrideMouth" not in preset["happy"]


def test_rotations_between_directions_and_frames():
    a, b = np.array([0.3, -0.8, 0.2]), np.array([1.0, 0.1, 0])
    np.testing.assert_allclose(
        between(a, b) @ a / np.linalg.norm(a), b / np.linalg.norm(b), atol=1e-12
    )
    turn = frames(a, np.array([0.0, 0, 1]), np.array([1.0, 0, 0]), np.array([0.0, 1, 0]))
    np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(turn) == pytest.approx(1)


def test_inverse_bind_takes_a_bound_point_to_its_joint():
    count = len(HumanBone)
    bind = np.arange(count * 3.0).reshape(count, 3) * 0.01
    turn = np.tile(between(np.array([1.0, 0, 0]), np.array([0.0, 1, 0])), (count, 1, 1))
    skeleton = Skeleton(bind, bind + 1, turn)
    weight = np.zeros((1, count))
    weight[0, HumanBone.leftHand] = 1
    point = bind[HumanBone.leftHand] + [0.1, 0, 0]
    expected = bind[HumanBone.leftHand] + 1 + [0, 0.1, 0]
    np.testing.assert_allclose(skeleton.to_rest(point[None], weight)[0], expected, atol=1e-12)


def small_part(name: str, morphs: dict[str, Morph]) -> Part:
    triangle = np.eye(3)
    weight = np.ones((3, 1))
    return Part(
        name, "skin", "Face", triangle, triangle, np.zeros((3, 2)), np.array([[0, 1, 2]]),
        weight, morphs,
    )  # fmt: skip


def test_merged_parts_keep_their_morphs_in_place():
    morph = Morph(np.array([1]), np.ones((1, 3)), np.array([2]), np.ones((1, 3)))
    whole = merge("both", [small_part("a", {}), small_part("b", {"jawOpen": morph})])
    assert whole.triangles.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert whole.morphs["jawOpen"].index.tolist() == [4]
    assert whole.morphs["jawOpen"].normal_index.tolist() == [5]


def test_pieces_keep_only_their_vertices():
    morph = Morph(np.array([1, 4]), np.ones((2, 3)), np.array([2]), np.ones((1, 3)))
    whole = merge("both", [small_part("a", {}), small_part("b", {})])
    whole = replace(whole, morphs={"jawOpen": morph})
    piece = whole.piece("second", "skin", "Body", np.array([False, True]))
    assert piece.mesh == "Body"
    assert piece.triangles.tolist() == [[0, 1, 2]]
    assert piece.morphs["jawOpen"].index.tolist() == [1]
    assert len(piece.morphs["jawOpen"].normal_index) == 0


def test_four_heaviest_weights_sum_to_one():
    weight = np.array([[0.4, 0.3, 0.2, 0.05, 0.05], [1.0, 0, 0, 0, 0]])
    joints, heaviest = four_heaviest(weight)
    np.testing.assert_allclose(heaviest.sum(axis=1), 1)
    assert joints[1].tolist() == [0, 0, 0, 0]


def test_proxy_faces_of_three_js_json():
    # a quad with material and UVs (flags 1 + 2 + 8), then a bare triangle (flags 0)
    faces, coords = _decode_faces([11, 0, 1, 2, 3, 9, 4, 5, 6, 7, 0, 2, 1, 0])
    assert faces.tolist() == [[0, 1, 2, 3], [2, 1, 0, 0]]
    assert coords.tolist() == [[4, 5, 6, 7], [2, 1, 0, 0]]


def test_hair_follows_whole_strands_along_the_nearest_chains():
    drop = np.array([[0.0, 0, 0], [0, -0.1, 0], [0, -0.2, 0]])
    chains = [
        Chain(f"c{k}", HumanBone.head, drop + np.array([x, 0, 0]), 1.0, 0.5, 0.1, 0.01)
        for k, x in enumerate((-0.05, 0.05))
    ]
    position = np.array([[-0.05, 0, 0], [-0.05, -0.19, 0], [0.05, 0.1, 0], [0.05, -0.1, 0]])
    base = np.zeros((4, len(HumanBone)))
    base[:, HumanBone.head] = 1
    weight = bind_to_chains(position, np.array([0, 0, 1, 1]), chains, base)
    np.testing.assert_allclose(weight.sum(axis=1), 1)
    assert weight[0, HumanBone.head] > 0.99
    assert weight[2, HumanBone.head] > 0.99
    assert weight[1, 55:58].sum() > 0.8
    assert weight[3, 58:61].sum() > 0.8


def test_glb_layout_and_sparse_accessors(tmp_path):
    glb = GlbWriter("test")
    dense = glb.accessor(np.arange(12, dtype=np.float32).reshape(4, 3), bounds=True)
    index = glb.indices(np.array([[0, 1, 2], [2, 1, 3]]))
    sparse = glb.sparse(4, np.array([1, 3]), np.array([[1, 2, 3], [-1, 0, 0]], np.float32))
    still = glb.still(4)
    assert glb.still(4) == still
    bytes_ = glb.accessor(np.array([[1, 2, 3], [4, 5, 6]], np.uint8), normalized=True)
    doc, blob = chunks(glb.tobytes())
    accessors, views = doc["accessors"], doc["bufferViews"]
    assert accessors[dense]["max"] == [9, 10, 11]
    assert accessors[index]["componentType"] == 5123
    assert accessors[sparse]["min"] == [-1, 0, 0]
    assert accessors[sparse]["max"] == [1, 2, 3]
    assert "bufferView" not in accessors[still]
    assert "sparse" not in accessors[still]
    values = views[accessors[sparse]["sparse"]["values"]["bufferView"]]
    start = values["byteOffset"]
    stored = np.frombuffer(blob[start : start + values["byteLength"]], np.float32)
    np.testing.assert_array_equal(stored, [1, 2, 3, -1, 0, 0])
    assert views[accessors[bytes_]["bufferView"]]["byteStride"] == 4
    assert all(view["byteOffset"] % 4 == 0 for view in views)
    glb.write(tmp_path / "deep" / "a.glb")
    assert (tmp_path / "deep" / "a.glb").read_bytes() == glb.tobytes()


def test_matrices_are_stored_column_major():
    glb = GlbWriter("test")
    matrix = np.arange(16, dtype=np.float32).reshape(1, 4, 4)
    glb.accessor(matrix, target=None)
    _, blob = chunks(glb.tobytes())
    np.testing.assert_array_equal(np.frombuffer(blob, np.float32), matrix[0].T.ravel())


def test_unwritable_glb_is_one_line(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match="cannot write"):
        GlbWriter("test").write(tmp_path / "file" / "a.glb")
