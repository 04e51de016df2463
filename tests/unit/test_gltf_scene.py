"""Nodes, skins, meshes, materials and animations as the loader makes them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from avatar.character import load
from avatar.character.geometry import cache_misses, hilbert
from avatar.errors import AssetError
from avatar.math3d import compose, quat_from_axis_angle
from tests.unit.gltf_samples import (
    QUAD,
    QUAD_INDICES,
    QUAD_UV,
    add_texture,
    primitive,
    quad,
    save,
    skeleton,
    use,
    with_targets,
)


def loaded(tmp_path, writer):
    return load(save(tmp_path, writer))


def fails(tmp_path, writer, pointer, match=None):
    with pytest.raises(AssetError, match=match) as error:
        loaded(tmp_path, writer)
    assert error.value.pointer == pointer


def worlds(nodes):
    """World matrices by the levels of the hierarchy."""
    world = compose(nodes.translation, nodes.rotation, nodes.scale)
    for level in nodes.levels[1:]:
        world[level] = world[nodes.parent[level]] @ world[level]
    return world


def corners(mesh_primitive):
    """The triangles as sets of corner positions."""
    points = mesh_primitive.position[mesh_primitive.indices].reshape(-1, 3, 3)
    return sorted(sorted(map(tuple, triangle.tolist())) for triangle in points)


def test_levels_and_order(tmp_path):
    writer = quad()
    skeleton(writer)
    nodes = loaded(tmp_path, writer).nodes
    place = {node: i for i, node in enumerate(nodes.order)}
    assert sorted(nodes.order) == list(range(len(nodes.name)))
    assert all(p < 0 or place[p] < place[i] for i, p in enumerate(nodes.parent))
    assert sorted(np.concatenate(nodes.levels)) == list(range(len(nodes.name)))
    head = nodes.name.index("head")
    np.testing.assert_allclose(worlds(nodes)[head][:3, 3], [0, 1.7, 0], atol=1e-6)


def test_matrix_becomes_translation_rotation_scale(tmp_path):
    writer = quad()
    rotation = quat_from_axis_angle(np.array([0.0, 0.6, 0.8]), 0.7)
    matrix = compose(np.array([1.0, 2, 3]), rotation, np.array([2.0, 3, 4]))
    writer.doc["nodes"][0]["matrix"] = matrix.T.ravel().tolist()
    character = loaded(tmp_path, writer)
    np.testing.assert_allclose(worlds(character.nodes)[0], matrix, atol=1e-5)
    assert not character.warnings


def test_shear_is_named(tmp_path):
    writer = quad()
    matrix = np.eye(4)
    matrix[0, 1] = 1
    writer.doc["nodes"][0]["matrix"] = matrix.T.ravel().tolist()
    assert loaded(tmp_path, writer).warnings[0].startswith("/nodes/0/matrix: ")


@pytest.mark.parametrize("matrix", [[0.0] * 16, [1e38] * 16, [-1e300] * 16])
def test_degenerate_matrices_load(tmp_path, matrix):
    writer = quad()
    writer.doc["nodes"][0]["matrix"] = matrix
    assert np.isfinite(worlds(loaded(tmp_path, writer).nodes)).all()


def test_zero_rotation_is_identity(tmp_path):
    writer = quad()
    writer.doc["nodes"][0]["rotation"] = [0, 0, 0, 0]
    assert loaded(tmp_path, writer).nodes.rotation[0].tolist() == [0, 0, 0, 1]


@pytest.mark.parametrize(
    ("children", "pointer"),
    [
        ({0: [0]}, "/nodes"), ({0: [1], 1: [0]}, "/nodes"), ({0: [2], 1: [2]}, "/nodes/1/children"),
        ({0: [1, 1]}, "/nodes/0/children"), ({0: [9]}, "/nodes/0/children/0"),
        ({0: [-1]}, "/nodes/0/children/0"), ({0: ["1"]}, "/nodes/0/children/0"),
    ],
)  # fmt: skip
def test_nodes_that_are_no_tree(tmp_path, children, pointer):
    writer = quad()
    writer.doc["nodes"] += [{}, {}]
    for node, below in children.items():
        writer.doc["nodes"][node]["children"] = below
    fails(tmp_path, writer, pointer)


def test_absurdly_many_nodes(tmp_path):
    writer = quad()
    writer.doc["nodes"] += [{}] * 40_000
    fails(tmp_path, writer, "/nodes", "more than")


def test_deep_chain(tmp_path):
    writer = quad()
    writer.doc["nodes"] = [{"children": [i + 1]} for i in range(5_000)] + [{}]
    assert len(loaded(tmp_path, writer).nodes.levels) == 5_001


def test_only_the_default_scene_is_shown(tmp_path):
    writer = quad()
    writer.add("nodes", {"mesh": 0, "name": "hidden"})
    writer.doc["scenes"] = [{"nodes": [1]}, {"nodes": [0]}]
    writer.doc["scene"] = 1
    character = loaded(tmp_path, writer)
    assert [i.node for i in character.instances] == [0]
    del writer.doc["scenes"], writer.doc["scene"]
    assert [i.node for i in loaded(tmp_path, writer).instances] == [0, 1]


def test_palette_and_morph_runs(tmp_path):
    writer = quad()
    with_targets(writer, ("a", "b", "c"))
    joints = writer.accessor(np.zeros((4, 4), np.uint8))
    weights = writer.accessor(np.tile(np.float32([1, 0, 0, 0]), (4, 1)))
    primitive(writer)["attributes"] |= {"JOINTS_0": joints, "WEIGHTS_0": weights}
    bones = list(skeleton(writer).values())
    matrices = np.tile(np.eye(4, dtype=np.float32), (3, 1, 1))
    matrices[1, 0, 3] = 5
    inverse = writer.accessor(matrices, target=None)
    writer.add("skins", {"joints": bones[:3], "inverseBindMatrices": inverse})
    writer.doc["nodes"][0]["skin"] = 0
    for extra in ({"mesh": 0}, {"mesh": 0, "skin": 0}):
        writer.doc["scenes"][0]["nodes"].append(writer.add("nodes", extra))
    character = loaded(tmp_path, writer)
    assert [(i.skin, i.palette, i.morph) for i in character.instances] == [
        (0, 0, 0), (-1, 3, 3), (0, 0, 6),
    ]  # fmt: skip
    assert character.palette_size == 4 and character.morph_size == 9
    assert len(character.meshes) == 1
    assert character.skins[0].inverse_bind[1, 0, 3] == 5
    assert character.skins[0].joints.tolist() == bones[:3]


def skinned(joint, **skin):
    writer = quad()
    primitive(writer)["attributes"] |= {
        "JOINTS_0": writer.accessor(np.tile(np.uint8([joint, 0, 0, 0]), (4, 1))),
        "WEIGHTS_0": writer.accessor(np.tile(np.float32([1, 0, 0, 0]), (4, 1))),
    }
    writer.add("skins", {"joints": [0], **skin})
    writer.doc["nodes"][0]["skin"] = 0
    return writer


def test_joints_beyond_the_skin(tmp_path):
    fails(tmp_path, skinned(1), "/nodes/0/skin", "joint 1 is used, the skin has 1")
    fails(tmp_path, skinned(0, joints=[]), "/skins/0/joints")
    fails(tmp_path, skinned(0, joints=[77]), "/skins/0/joints/0")
    writer = skinned(0, joints=[0, 0])
    inverse = writer.accessor(np.eye(4, dtype=np.float32)[None], target=None)
    writer.doc["skins"][0]["inverseBindMatrices"] = inverse
    fails(tmp_path, writer, "/skins/0", "1 matrices for 2 joints")


def test_skin_without_weights_is_ignored(tmp_path):
    writer = quad()
    writer.add("skins", {"joints": [0]})
    writer.doc["nodes"][0]["skin"] = 0
    character = loaded(tmp_path, writer)
    assert character.instances[0].skin == -1
    assert character.warnings[0].startswith("/nodes/0/skin: ")


def test_flat_normals_when_there_are_none(tmp_path):
    writer = quad()
    folded = QUAD.copy()
    folded[3] = [0, 0, 1]
    primitive(writer)["attributes"] = {"POSITION": writer.accessor(folded)}
    with_targets(writer, ("a", "b"))
    found = loaded(tmp_path, writer).meshes[0].primitives[0]
    assert len(found.position) == 6
    np.testing.assert_allclose(np.linalg.norm(found.normal, axis=1), 1, atol=1e-6)
    for triangle in found.indices.reshape(-1, 3):
        a, b, c = found.position[triangle]
        face = np.cross(b - a, c - a)
        expected = np.tile(face / np.linalg.norm(face), (3, 1))
        np.testing.assert_allclose(found.normal[triangle], expected, atol=1e-6)
    moved = found.position[found.targets[0].index]
    np.testing.assert_array_equal(moved, np.zeros((2, 3)))


def with_normal_map(writer):
    material = {"normalTexture": {"index": add_texture(writer), "scale": 0.5}}
    primitive(writer)["material"] = writer.add("materials", material)
    return writer


def test_tangents_where_a_normal_map_needs_them(tmp_path):
    assert loaded(tmp_path, quad()).meshes[0].primitives[0].tangent is None
    character = loaded(tmp_path, with_normal_map(quad()))
    np.testing.assert_allclose(
        character.meshes[0].primitives[0].tangent, np.tile([1, 0, 0, 1], (4, 1)), atol=1e-6
    )
    assert character.materials[0].normal_texture.strength == 0.5


def test_tangents_of_a_mirrored_surface(tmp_path):
    writer = quad()
    mirrored = QUAD_UV * np.float32([-1, 1]) + np.float32([1, 0])
    primitive(writer)["attributes"]["TEXCOORD_0"] = writer.accessor(mirrored)
    found = loaded(tmp_path, with_normal_map(writer)).meshes[0].primitives[0]
    np.testing.assert_allclose(found.tangent, np.tile([-1, 0, 0, -1], (4, 1)), atol=1e-6)


def test_tangents_of_a_collapsed_map_are_finite(tmp_path):
    writer = quad()
    flat = writer.accessor(np.zeros((4, 2), np.float32))
    primitive(writer)["attributes"]["TEXCOORD_0"] = flat
    found = loaded(tmp_path, with_normal_map(writer)).meshes[0].primitives[0]
    np.testing.assert_allclose(np.linalg.norm(found.tangent[:, :3], axis=1), 1, atol=1e-6)
    np.testing.assert_allclose((found.tangent[:, :3] * found.normal).sum(-1), 0, atol=1e-6)


def test_strips_and_fans(tmp_path):
    expected = corners(loaded(tmp_path, quad()).meshes[0].primitives[0])
    for mode, stream in ((5, [0, 1, 3, 2]), (6, [0, 1, 2, 3])):
        writer = quad()
        primitive(writer).update(mode=mode, indices=writer.indices(np.array(stream)))
        found = loaded(tmp_path, writer).meshes[0].primitives[0]
        points = found.position[found.indices].reshape(-1, 3, 3)
        facing = np.cross(points[:, 1] - points[:, 0], points[:, 2] - points[:, 0])
        assert (facing[:, 2] > 0).all()
        if mode == 6:
            assert corners(found) == expected


def test_without_indices(tmp_path):
    writer = quad()
    corner = QUAD[QUAD_INDICES]
    primitive(writer)["attributes"] = {
        "POSITION": writer.accessor(corner),
        "NORMAL": writer.accessor(np.ones_like(corner)),
    }
    del primitive(writer)["indices"]
    found = loaded(tmp_path, writer).meshes[0].primitives[0]
    assert len(found.indices) == 6 and found.uv0.shape == (6, 2)


def test_points_and_empty_primitives_are_not_drawn(tmp_path):
    writer = quad()
    primitives = writer.doc["meshes"][0]["primitives"]
    primitives.append({**primitives[0], "mode": 0})
    primitives.append({"attributes": {}})
    primitives.append({**primitives[0], "indices": writer.indices(np.array([0, 0, 1]))})
    character = loaded(tmp_path, writer)
    assert len(character.meshes[0].primitives) == 1
    assert [w.partition(":")[0] for w in character.warnings] == [
        "/meshes/0/primitives/1/mode",
        "/meshes/0/primitives/2/attributes",
        "/meshes/0/primitives/3",
    ]


def test_unused_vertices_are_dropped(tmp_path):
    writer = quad()
    with_targets(writer, ("a", "b", "c", "d"))
    primitive(writer)["indices"] = writer.indices(np.array([3, 1, 2]))
    found = loaded(tmp_path, writer).meshes[0].primitives[0]
    assert found.position.tolist() == QUAD[[3, 1, 2]].tolist()
    assert found.indices.tolist() == [0, 1, 2]
    lifts = [(t.index.tolist(), t.position[:, 1].tolist()) for t in found.targets]
    assert lifts == [([], []), ([1], [2.0]), ([2], [3.0]), ([0], [4.0])]


def grid(n):
    index = np.arange(n * n).reshape(n, n)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, :-1], index[1:, 1:]
    pairs = [np.stack(t, -1).reshape(-1, 3) for t in ((a, b, c), (c, b, d))]
    position = np.stack([index % n, index // n, 0 * index], -1).reshape(-1, 3)
    return np.concatenate(pairs), position.astype(np.float32)


def shuffled_grid(alpha_mode):
    triangles, position = grid(40)
    mixed = np.random.default_rng(1).permutation(triangles)
    writer = quad()
    primitive(writer).update(
        attributes={"POSITION": writer.accessor(position), "NORMAL": writer.accessor(position + 1)},
        indices=writer.indices(mixed),
        material=writer.add("materials", {"alphaMode": alpha_mode}),
    )
    return writer, mixed


def test_shuffled_triangles_are_sorted_for_the_vertex_cache(tmp_path):
    writer, mixed = shuffled_grid("OPAQUE")
    found = loaded(tmp_path, writer).meshes[0].primitives[0]
    triangles = found.indices.reshape(-1, 3).astype(np.int64)
    assert cache_misses(triangles) < 0.5 * cache_misses(mixed)
    first = np.unique(found.indices, return_index=True)[1]
    assert (np.diff(first) > 0).all()
    assert len(corners(found)) == len(mixed)


def test_blended_triangles_keep_their_order(tmp_path):
    writer, mixed = shuffled_grid("BLEND")
    found = loaded(tmp_path, writer).meshes[0].primitives[0]
    positions = grid(40)[1][mixed.reshape(-1)]
    np.testing.assert_array_equal(found.position[found.indices], positions)


def test_hilbert_curve_visits_neighbours_in_turn():
    side = 1 << 4
    points = np.stack(np.meshgrid(*[np.arange(side)] * 3, indexing="ij"), -1).reshape(-1, 3)
    # the curve has 1024 cells a side: 64 of them lie between neighbouring points
    order = np.argsort(hilbert(points * (1023 / (side - 1))), kind="stable")
    steps = np.abs(np.diff(points[order], axis=0)).sum(axis=1)
    assert steps.max() == 1


def test_target_names_and_weights(tmp_path):
    writer = quad()
    with_targets(writer, ("a", "b", "c"))
    mesh = writer.doc["meshes"][0]
    mesh["weights"] = [0.5]
    primitive(writer)["extras"] = {"targetNames": ["x", 3, None, "too many"]}
    found = loaded(tmp_path, writer).meshes[0]
    assert found.target_names == ("a", "b", "c") and found.target_weights == (0.5, 0.0, 0.0)
    del mesh["extras"]
    assert loaded(tmp_path, writer).meshes[0].target_names == ("x", "1", "2")
    mesh["extras"] = 17
    primitive(writer)["extras"] = []
    assert loaded(tmp_path, writer).meshes[0].target_names == ("0", "1", "2")


def test_primitives_get_as_many_targets_as_the_mesh(tmp_path):
    writer = quad()
    bare = {**primitive(writer)}
    with_targets(writer, ("a", "b"))
    writer.doc["meshes"][0]["primitives"].append(bare)
    found = loaded(tmp_path, writer).meshes[0]
    assert [len(p.targets) for p in found.primitives] == [2, 2]
    assert all(len(t.index) == 0 for t in found.primitives[1].targets)


def test_vertex_colours(tmp_path):
    for rows, normalized in (
        (np.full((4, 3), 0.25, np.float32), False),
        (np.full((4, 4), 64, np.uint8), True),
    ):
        writer = quad()
        index = writer.accessor(rows, normalized=normalized)
        primitive(writer)["attributes"]["COLOR_0"] = index
        color = loaded(tmp_path, writer).meshes[0].primitives[0].color
        assert color.shape == (4, 4)
        np.testing.assert_allclose(color[0, :3], 0.25, atol=0.002)
        assert color[0, 3] == pytest.approx(1.0 if rows.shape[1] == 3 else 64 / 255)


def test_material(tmp_path):
    writer = quad()
    index = add_texture(writer)
    sampler = {"wrapS": 33071, "wrapT": 33648, "magFilter": 9728, "minFilter": 9984}
    writer.doc["samplers"] = [sampler]
    transform = {"offset": [0.1, 0.2], "rotation": 0.3, "scale": [2, 3], "texCoord": 1}
    info = {"index": index, "extensions": {"KHR_texture_transform": transform}}
    writer.add(
        "materials",
        {
            "name": "skin",
            "pbrMetallicRoughness": {
                "baseColorFactor": [0.1, 0.2, 0.3, 0.4],
                "baseColorTexture": info,
                "metallicFactor": 0.5,
                "roughnessFactor": 7,
            },
            "emissiveFactor": [1, 0.5, 0],
            "alphaMode": "MASK",
            "alphaCutoff": 0.7,
            "doubleSided": True,
            "occlusionTexture": {"index": index, "strength": 0.6},
            "extensions": {
                "KHR_materials_unlit": {},
                "KHR_materials_emissive_strength": {"emissiveStrength": 4},
            },
            "extras": {"avatar": {"kind": "eye", "iris_uv": 0.2}},
        },
    )
    for name in ("KHR_texture_transform", "KHR_materials_unlit", "KHR_materials_emissive_strength"):
        use(writer, name)
    character = loaded(tmp_path, writer)
    found = character.materials[0]
    ref = found.base_color_texture
    assert (ref.wrap_s, ref.wrap_t, ref.mag_filter, ref.min_filter) == (33071, 33648, 9728, 9984)
    assert (ref.offset, ref.scale, ref.tex_coord) == ((0.1, 0.2), (2.0, 3.0), 1)
    assert ref.rotation == pytest.approx(0.3)
    assert found.base_color_factor == (0.1, 0.2, 0.3, 0.4)
    assert (found.metallic_factor, found.roughness_factor) == (0.5, 1.0)
    assert found.emissive_factor == (4.0, 2.0, 0.0)
    assert found.occlusion_texture.strength == 0.6
    assert (found.alpha_mode, found.alpha_cutoff, found.double_sided) == ("MASK", 0.7, True)
    assert found.unlit and found.mtoon is None
    assert (found.kind, found.extras["iris_uv"]) == ("eye", 0.2)
    assert not character.warnings


def test_primitive_without_material_gets_the_default(tmp_path):
    character = loaded(tmp_path, quad())
    index = character.meshes[0].primitives[0].material
    assert character.materials[index].base_color_factor == (1, 1, 1, 1)


@pytest.mark.parametrize(
    ("material", "pointer"),
    [
        ({"pbrMetallicRoughness": []}, "/materials/0/pbrMetallicRoughness"),
        (
            {"pbrMetallicRoughness": {"baseColorFactor": [1, 1]}},
            "/materials/0/pbrMetallicRoughness/baseColorFactor",
        ),
        ({"normalTexture": {"index": 5}}, "/materials/0/normalTexture/index"),
        ({"normalTexture": {}}, "/materials/0/normalTexture"),
        ({"alphaMode": 3}, "/materials/0/alphaMode"),
        ({"doubleSided": "yes"}, "/materials/0/doubleSided"),
        ({"name": {}}, "/materials/0/name"),
        ({"extensions": {"KHR_materials_unlit": 1}}, "/materials/0/extensions/KHR_materials_unlit"),
    ],
)
def test_damaged_materials_say_where(tmp_path, material, pointer):
    writer = quad()
    writer.add("materials", material)
    fails(tmp_path, writer, pointer)


def animated(path, interpolation, output, width=None):
    writer = quad()
    times = writer.accessor(np.float32([0, 0.5, 1]), target=None, bounds=True)
    values = writer.accessor(output, target=None)
    writer.add(
        "animations",
        {
            "name": "wave",
            "samplers": [{"input": times, "output": values, "interpolation": interpolation}],
            "channels": [{"sampler": 0, "target": {"node": 0, "path": path}}],
        },
    )
    return writer


@pytest.mark.parametrize(
    ("path", "interpolation", "output", "shape"),
    [
        ("translation", "LINEAR", np.ones((3, 3), np.float32), (3, 3)),
        ("rotation", "STEP", np.ones((3, 4), np.float32), (3, 4)),
        ("scale", "CUBICSPLINE", np.ones((9, 3), np.float32), (3, 3, 3)),
        ("weights", "LINEAR", np.ones(6, np.float32), (3, 2)),
        ("weights", "CUBICSPLINE", np.ones(18, np.float32), (3, 3, 2)),
    ],
)
def test_animations(tmp_path, path, interpolation, output, shape):
    animation = loaded(tmp_path, animated(path, interpolation, output)).animations[0]
    channel = animation.channels[0]
    assert (animation.name, channel.node, channel.path) == ("wave", 0, path)
    assert channel.interpolation == interpolation and channel.values.shape == shape
    np.testing.assert_array_equal(channel.times, [0, 0.5, 1])


def test_damaged_animations(tmp_path):
    writer = animated("translation", "LINEAR", np.ones((2, 3), np.float32))
    fails(tmp_path, writer, "/animations/0/samplers/0/output", "2 values for 3 key times")
    writer = animated("pointer", "LINEAR", np.ones((3, 3), np.float32))
    character = loaded(tmp_path, writer)
    assert character.animations[0].channels == ()
    assert len(character.warnings) == 2


def test_rotation_beyond_a_turn_is_reduced(tmp_path):
    writer = quad()
    transform = {"rotation": 7.0}
    info = {"index": add_texture(writer), "extensions": {"KHR_texture_transform": transform}}
    writer.add("materials", {"pbrMetallicRoughness": {"baseColorTexture": info}})
    ref = loaded(tmp_path, writer).materials[0].base_color_texture
    assert ref.rotation == pytest.approx(7.0 - math.tau)
