"""Accessors as the loader reads them: every layout the specification allows."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from avatar.character import load
from avatar.errors import AssetError
from tests.unit.gltf_samples import QUAD, primitive, quad, save, skeleton


def raw_view(writer, data, **properties):
    """A bufferView of bytes laid out by hand."""
    view = writer.image("raw", data)
    item = writer.doc["images"].pop(view)
    writer.doc["bufferViews"][item["bufferView"]].update(properties)
    if not writer.doc["images"]:
        del writer.doc["images"]
    return item["bufferView"]


def shown(tmp_path, writer):
    return load(save(tmp_path, writer)).meshes[0].primitives[0]


def by_uv(primitive):
    """Positions in the order of the file: the loader renumbers vertices."""
    order = np.lexsort((primitive.uv0[:, 0], primitive.uv0[:, 1]))
    return primitive.position[order]


EXPECTED = QUAD[[3, 2, 0, 1]]


def test_plain(tmp_path):
    found = shown(tmp_path, quad())
    np.testing.assert_array_equal(by_uv(found), EXPECTED)
    assert found.position.dtype == np.float32 and found.indices.dtype == np.uint32
    assert len(found.indices) == 6


def test_arrays_are_frozen(tmp_path):
    with pytest.raises(ValueError, match="read-only"):
        shown(tmp_path, quad()).position[0] = 1


def test_interleaved(tmp_path):
    writer = quad()
    rows = b"".join(struct.pack("<3f", *p) + b"....." * 4 for p in QUAD)
    view = raw_view(writer, rows, byteStride=32)
    accessor = writer.doc["accessors"][primitive(writer)["attributes"]["POSITION"]]
    accessor["bufferView"] = view
    np.testing.assert_array_equal(by_uv(shown(tmp_path, writer)), EXPECTED)


def test_last_row_of_a_strided_view_may_be_short(tmp_path):
    writer = quad()
    rows = b"".join(struct.pack("<3f", *p) + b"...." for p in QUAD)[:-4]
    view = raw_view(writer, rows, byteStride=16)
    accessor = writer.doc["accessors"][primitive(writer)["attributes"]["POSITION"]]
    accessor["bufferView"] = view
    np.testing.assert_array_equal(by_uv(shown(tmp_path, writer)), EXPECTED)


@pytest.mark.parametrize(
    ("dtype", "scale"), [(np.int8, 127), (np.uint8, 255), (np.int16, 32767), (np.uint16, 65535)]
)
def test_quantised_and_normalised(tmp_path, dtype, scale):
    writer = quad()
    index = writer.accessor((QUAD * scale).astype(dtype), normalized=True)
    primitive(writer)["attributes"]["POSITION"] = index
    np.testing.assert_allclose(by_uv(shown(tmp_path, writer)), EXPECTED, atol=1e-6)


def test_quantised_without_normalisation(tmp_path):
    writer = quad()
    index = writer.accessor((QUAD * 100).astype(np.int16))
    primitive(writer)["attributes"]["POSITION"] = index
    np.testing.assert_array_equal(by_uv(shown(tmp_path, writer)), EXPECTED * 100)


def test_most_negative_integer_is_minus_one(tmp_path):
    writer = quad()
    low = np.full((4, 3), -128, np.int8)
    low[1:] = 127
    primitive(writer)["attributes"]["NORMAL"] = writer.accessor(low, normalized=True)
    normal = shown(tmp_path, writer).normal
    np.testing.assert_allclose(np.abs(normal), 3**-0.5, atol=1e-6)


def test_sparse_over_a_base(tmp_path):
    writer = quad()
    index = primitive(writer)["attributes"]["POSITION"]
    values = np.float32([[1, 1, 5]])
    writer.doc["accessors"][index]["sparse"] = {
        "count": 1,
        "indices": {"bufferView": raw_view(writer, b"\x02\0\0\0"), "componentType": 5121},
        "values": {"bufferView": raw_view(writer, values.tobytes())},
    }
    expected = EXPECTED.copy()
    expected[1, 2] = 5
    np.testing.assert_array_equal(by_uv(shown(tmp_path, writer)), expected)


def test_morph_targets_sparse_or_dense_are_the_same(tmp_path):
    dense = np.zeros((4, 3), np.float32)
    dense[2] = [0, 0.25, 0]
    found = []
    for make in (
        lambda w: w.sparse(4, np.array([2]), dense[2:3]),
        lambda w: w.accessor(dense, bounds=True),
    ):
        writer = quad()
        primitive(writer)["targets"] = [{"POSITION": make(writer)}]
        found.append(shown(tmp_path, writer))
    for one in found:
        target = one.targets[0]
        np.testing.assert_array_equal(one.position[target.index], [[1, 1, 0]])
        np.testing.assert_array_equal(target.position, [[0, 0.25, 0]])
        assert target.normal is None


def test_morph_normals_and_positions_share_an_index(tmp_path):
    writer = quad()
    bent = np.zeros((4, 3), np.float32)
    bent[0] = [0, 1, 0]
    target = {
        "POSITION": writer.sparse(4, np.array([2]), np.float32([[0, 1, 0]])),
        "NORMAL": writer.accessor(bent),
    }
    primitive(writer)["targets"] = [target]
    found = shown(tmp_path, writer).targets[0]
    assert len(found.index) == 2
    assert found.position.any(axis=1).sum() == 1 and found.normal.any(axis=1).sum() == 1


def test_eight_influences_keep_the_four_heaviest(tmp_path):
    writer = quad()
    joints = np.tile(np.uint8([0, 1, 2, 3]), (4, 1))
    light = np.tile(np.float32([0.05, 0.05, 0.05, 0.25]), (4, 1))
    heavy = np.tile(np.float32([0.3, 0.2, 0.1, 0.0]), (4, 1))
    primitive(writer)["attributes"] |= {
        "JOINTS_0": writer.accessor(joints),
        "WEIGHTS_0": writer.accessor(light),
        "JOINTS_1": writer.accessor(joints + np.uint8(4)),
        "WEIGHTS_1": writer.accessor(heavy),
    }
    nodes = skeleton(writer)
    writer.add("skins", {"joints": list(nodes.values())[:8]})
    writer.doc["nodes"][0]["skin"] = 0
    found = shown(tmp_path, writer)
    assert found.joints[0].tolist() == [4, 3, 5, 6]
    np.testing.assert_allclose(found.weights[0], np.array([0.3, 0.25, 0.2, 0.1]) / 0.85, rtol=1e-6)


def test_weights_of_nothing_hang_on_the_first_joint(tmp_path):
    writer = quad()
    primitive(writer)["attributes"] |= {
        "JOINTS_0": writer.accessor(np.full((4, 4), 9, np.uint8)),
        "WEIGHTS_0": writer.accessor(np.zeros((4, 4), np.float32)),
    }
    found = shown(tmp_path, writer)
    assert found.weights.tolist() == [[1, 0, 0, 0]] * 4 and found.joints[:, 1:].max() == 0


def test_integer_matrices_have_padded_columns():
    from avatar.character.accessors import _matrix_rows

    data = np.frombuffer(bytes([1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9, 0]), np.uint8)
    rows = _matrix_rows(data, np.dtype("u1"), 1, 12, 3, 4)
    assert rows.tolist() == [[1, 2, 3, 4, 5, 6, 7, 8, 9]]


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"count": 5}, "/accessors/0"),
        ({"count": 3_000_000_000}, "/accessors/0/count"),
        ({"count": -1}, "/accessors/0/count"),
        ({"count": 2.5}, "/accessors/0/count"),
        ({"count": "many"}, "/accessors/0/count"),
        ({"byteOffset": 1000}, "/accessors/0"),
        ({"componentType": 5130}, "/accessors/0/componentType"),
        ({"type": "VEC5"}, "/accessors/0/type"),
        ({"type": "VEC2"}, "/meshes/0/primitives/0/attributes/POSITION"),
        ({"bufferView": 99}, "/accessors/0/bufferView"),
        ({"bufferView": None, "count": 900_000_000}, "/accessors/0/count"),
        ({"sparse": {"count": 9}}, "/accessors/0/sparse/count"),
        ({"sparse": []}, "/accessors/0/sparse"),
    ],
)
def test_wrong_accessors_say_where(tmp_path, change, where):
    writer = quad()
    writer.doc["accessors"][0].update(change)
    with pytest.raises(AssetError) as error:
        load(save(tmp_path, writer))
    assert error.value.pointer == where
    assert str(error.value).startswith(str(tmp_path)) and "\n" not in str(error.value)


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e30])
def test_values_that_are_not_finite(tmp_path, bad):
    writer = quad()
    positions = QUAD.copy()
    positions[1, 1] = bad
    primitive(writer)["attributes"]["POSITION"] = index = writer.accessor(positions)
    with pytest.raises(AssetError, match="finite") as error:
        load(save(tmp_path, writer))
    assert error.value.pointer == f"/accessors/{index}"


@pytest.mark.parametrize("where", [b"\x09\0\0\0\x01\0\0\0", b"\x02\0\0\0\x01\0\0\0"])
def test_sparse_indices_ascend_within_the_count(tmp_path, where):
    writer = quad()
    writer.doc["accessors"][0]["sparse"] = {
        "count": 2,
        "indices": {"bufferView": raw_view(writer, where), "componentType": 5125},
        "values": {"bufferView": raw_view(writer, bytes(24))},
    }
    with pytest.raises(AssetError, match="ascend") as error:
        load(save(tmp_path, writer))
    assert error.value.pointer == "/accessors/0/sparse/indices"


def test_vertex_index_out_of_range(tmp_path):
    writer = quad()
    primitive(writer)["indices"] = writer.indices(np.array([0, 1, 7]))
    with pytest.raises(AssetError, match="vertex 7 of 4") as error:
        load(save(tmp_path, writer))
    assert error.value.pointer == "/meshes/0/primitives/0/indices"


def test_attributes_of_different_lengths(tmp_path):
    writer = quad()
    primitive(writer)["attributes"]["NORMAL"] = writer.accessor(np.zeros((3, 3), np.float32))
    with pytest.raises(AssetError, match="3 elements for 4 vertices"):
        load(save(tmp_path, writer))
