"""VRM 0.x files in the terms of VRM 1.0."""

from __future__ import annotations

import math

import numpy as np
import pytest

from avatar.character import load
from avatar.errors import AssetError
from avatar.math3d import compose, quat_from_axis_angle
from avatar.pose import HumanBone
from tests.unit.gltf_samples import QUAD, add_texture, primitive, save, vrm0, vrm1


def loaded(tmp_path, writer):
    return load(save(tmp_path, writer, "figure.vrm"))


def worlds(nodes):
    world = compose(nodes.translation, nodes.rotation, nodes.scale)
    for level in nodes.levels[1:]:
        world[level] = world[nodes.parent[level]] @ world[level]
    return world


def test_turned_to_face_plus_z(tmp_path):
    old, new = loaded(tmp_path, vrm0()), loaded(tmp_path, vrm1())
    assert old.vrm_version == "0" and not old.warnings
    a, b = worlds(old.nodes), worlds(new.nodes)
    for bone, index in new.humanoid.items():
        np.testing.assert_allclose(a[old.humanoid[bone]], b[index], atol=1e-6)
    position = old.meshes[0].primitives[0].position
    assert sorted(position.tolist()) == sorted((QUAD * [-1, 1, -1]).tolist())
    assert old.meshes[0].primitives[0].normal[0].tolist() == [0, 0, -1]


def test_turning_is_one_rotation_of_everything(tmp_path):
    """Skinned vertices land where a half turn about +Y of the untouched file puts them."""
    writer = vrm0()
    rng = np.random.default_rng(2)
    for node in writer.doc["nodes"][1:]:
        axis = rng.normal(size=3)
        turn = quat_from_axis_angle(axis / np.linalg.norm(axis), rng.uniform(-2, 2))
        node["rotation"] = turn.tolist()
    matrices = rng.normal(size=(2, 4, 4)).astype(np.float32)
    matrices[:, 3] = [0, 0, 0, 1]
    primitive(writer)["attributes"] |= {
        "JOINTS_0": writer.accessor(np.tile(np.uint8([0, 1, 0, 0]), (4, 1))),
        "WEIGHTS_0": writer.accessor(np.tile(np.float32([0.3, 0.7, 0, 0]), (4, 1))),
    }
    joints = [9, 15]
    inverse = writer.accessor(matrices, target=None)
    writer.add("skins", {"joints": joints, "inverseBindMatrices": inverse})
    writer.doc["nodes"][0]["skin"] = 0

    def skinned(character):
        found = character.meshes[0].primitives[0]
        skin = character.skins[0]
        palette = worlds(character.nodes)[skin.joints] @ skin.inverse_bind
        blend = np.einsum("vk,vkij->vij", found.weights, palette[found.joints])
        homogeneous = np.concatenate([found.position, np.ones((4, 1))], -1)
        return np.einsum("vij,vj->vi", blend, homogeneous)[:, :3]

    turned = skinned(loaded(tmp_path, writer))
    del writer.doc["extensions"]["VRM"]
    plain = skinned(loaded(tmp_path, writer))
    np.testing.assert_allclose(turned, plain * [-1, 1, -1], atol=1e-4)


def test_thumbs_are_renamed(tmp_path):
    writer = vrm0()
    bones = writer.doc["extensions"]["VRM"]["humanoid"]["humanBones"]
    for i, part in enumerate(("Proximal", "Intermediate", "Distal")):
        bones.append({"bone": f"leftThumb{part}", "node": 1 + i})
    bones.append({"bone": "leftEye", "node": -1})
    found = loaded(tmp_path, writer).humanoid
    thumb = [found[HumanBone[f"leftThumb{p}"]] for p in ("Metacarpal", "Proximal", "Distal")]
    assert thumb == [1, 2, 3] and HumanBone.leftEye not in found


def test_without_humanoid(tmp_path):
    with pytest.raises(AssetError, match="humanoid") as error:
        loaded(tmp_path, vrm0(humanoid={}))
    assert error.value.pointer == "/extensions/VRM/humanoid"


def group(name, preset, **values):
    return {"name": name, "presetName": preset, **values}


def test_expressions(tmp_path):
    groups = [
        group("Joy", "joy", binds=[{"mesh": 0, "index": 1, "weight": 50}], isBinary=True),
        group("Sorrow", "sorrow"), group("Fun", "fun"), group("A", "a"), group("U", "u"),
        group("Blink_L", "blink_l"), group("LookUp", "lookup"), group("Surprised", "unknown"),
        group("Wink", "unknown"), group("Twice", "joy"), group("neutral", "neutral"),
    ]  # fmt: skip
    character = loaded(tmp_path, vrm0(blendShapeMaster={"blendShapeGroups": groups}))
    assert list(character.expression_index) == [
        "happy", "sad", "relaxed", "aa", "ou", "blinkLeft", "lookUp", "surprised", "Wink",
        "neutral",
    ]  # fmt: skip
    assert [e.name for e in character.expressions if not e.preset] == ["Wink"]
    happy = character.expressions[0]
    assert happy.is_binary and happy.morph_target_binds[0].weight == 0.5
    assert (happy.morph_target_binds[0].instance, happy.morph_target_binds[0].target) == (0, 1)
    assert character.warnings == (
        "/extensions/VRM/blendShapeMaster/blendShapeGroups/9/name: "
        "another expression has this name, ignored",
    )


def test_expression_binds_to_every_node_of_the_mesh(tmp_path):
    joy = group("Joy", "joy", binds=[{"mesh": 0, "index": 0, "weight": 100}])
    writer = vrm0(blendShapeMaster={"blendShapeGroups": [joy]})
    writer.doc["scenes"][0]["nodes"].append(writer.add("nodes", {"mesh": 0}))
    binds = loaded(tmp_path, writer).expressions[0].morph_target_binds
    assert sorted(b.instance for b in binds) == [0, 1]


def test_material_values(tmp_path):
    values = [
        {"materialName": "m", "propertyName": "_Color", "targetValue": [0.5, 1, 0, 0.25]},
        {"materialName": "m", "propertyName": "_EmissionColor", "targetValue": [0.5, 3, 0, 1]},
        {"materialName": "m", "propertyName": "_MainTex_ST", "targetValue": [0.5, 0.5, 0.1, 0.2]},
        {"materialName": "m", "propertyName": "_MainTex_ST_S", "targetValue": [0.5, 9, 0.1, 9]},
        {"materialName": "m", "propertyName": "_MainTex_ST_T", "targetValue": [9, 0.5, 9, 0.2]},
        {"materialName": "m", "propertyName": "_Fog", "targetValue": [0, 0, 0, 0]},
        {"materialName": "gone", "propertyName": "_Color", "targetValue": [0, 0, 0, 0]},
    ]
    joy = group("Joy", "joy", materialValues=values)
    writer = vrm0(blendShapeMaster={"blendShapeGroups": [joy]})
    writer.add("materials", {"name": "m"})
    character = loaded(tmp_path, writer)
    found = character.expressions[0]
    color, emission = found.material_color_binds
    assert color.type == "color"
    np.testing.assert_allclose(color.target_value, [0.2140411, 1, 0, 0.25], atol=1e-6)
    np.testing.assert_allclose(emission.target_value[:2], [0.2140411, 12.82983], atol=1e-4)
    transforms = [(t.scale, t.offset) for t in found.texture_transform_binds]
    np.testing.assert_allclose(
        transforms,
        [[[0.5, 0.5], [0.1, 0.3]], [[0.5, 1], [0.1, 0]], [[1, 0.5], [0, 0.3]]],
        atol=1e-9,
    )
    assert len(character.warnings) == 1 and "propertyName" in character.warnings[0]


def test_look_at_and_first_person(tmp_path):
    first_person = {
        "firstPersonBoneOffset": {"x": 0.5, "y": 0.06, "z": 0.1},
        "lookAtTypeName": "BlendShape",
        "lookAtHorizontalOuter": {"curve": [0, 0, 0, 1], "xRange": 60, "yRange": 0.8},
        "meshAnnotations": [{"mesh": 0, "firstPersonFlag": "ThirdPersonOnly"}],
    }
    character = loaded(tmp_path, vrm0(firstPerson=first_person))
    look_at = character.look_at
    assert look_at.offset_from_head_bone == (-0.5, 0.06, 0.1) and look_at.type == "expression"
    outer, inner = look_at.horizontal_outer, look_at.horizontal_inner
    assert (outer.input_max_value, outer.output_scale) == (60, 0.8)
    assert (inner.input_max_value, inner.output_scale) == (90, 1)
    assert character.instances[0].first_person == "thirdPersonOnly"
    assert loaded(tmp_path, vrm0()).look_at.vertical_up.output_scale == 10


@pytest.mark.parametrize(
    ("license_name", "expected"),
    [
        ("CC0", ("unnecessary", "allowModificationRedistribution", True, "publicdomain/zero")),
        ("CC_BY_NC_ND", ("required", "prohibited", True, "licenses/by-nc-nd/4.0")),
        ("Redistribution_Prohibited", ("required", "prohibited", False, "example.org")),
        ("Other", ("required", "prohibited", False, "example.org")),
    ],
)
def test_meta(tmp_path, license_name, expected):
    meta = {
        "title": "T", "version": "2", "author": "Me", "allowedUserName": "Everyone",
        "commercialUssageName": "Allow", "licenseName": license_name,
        "otherLicenseUrl": "https://example.org/", "texture": 0,
    }  # fmt: skip
    writer = vrm0(meta=meta)
    add_texture(writer)
    found = loaded(tmp_path, writer).meta
    assert (found.name, found.version, found.authors) == ("T", "2", ("Me",))
    assert (found.avatar_permission, found.commercial_usage) == ("everyone", "personalProfit")
    terms = (found.credit_notation, found.modification, found.allow_redistribution)
    assert terms == expected[:3] and expected[3] in found.license_url
    assert found.thumbnail == 0 and found.raw["licenseName"] == license_name


def test_springs_follow_first_children_to_an_end_of_7_cm(tmp_path):
    writer = vrm0()
    nodes = writer.doc["nodes"]
    names = ["a", "b", "c", "side", "tip"]
    index = {n: writer.add("nodes", {"name": n, "translation": [0, -0.1, 0]}) for n in names}
    nodes[index["a"]]["children"] = [index["b"], index["side"]]
    nodes[index["b"]]["children"] = [index["c"]]
    nodes[index["side"]]["children"] = [index["tip"]]
    head = next(i for i, n in enumerate(nodes) if n["name"] == "head")
    nodes[head]["children"] = [index["a"]]
    bones = {
        "stiffiness": 2, "dragForce": 0.3, "hitRadius": 0.05, "gravityPower": 0.1,
        "gravityDir": {"x": 1, "y": 0, "z": 0.5}, "center": -1, "bones": [index["a"], index["b"]],
        "colliderGroups": [0],
    }  # fmt: skip
    sphere = {"offset": {"x": 0.1, "y": 0.2, "z": 0.3}, "radius": 0.4}
    group = {"node": head, "colliders": [sphere]}
    writer.doc["extensions"]["VRM"]["secondaryAnimation"] = {
        "boneGroups": [bones], "colliderGroups": [group],
    }  # fmt: skip
    character = loaded(tmp_path, writer)
    assert [[character.nodes.name[j.node] for j in s.joints] for s in character.springs] == [
        ["a", "b", "c", "c_end"], ["side", "tip", "tip_end"],
    ]  # fmt: skip
    end = character.springs[0].joints[-1].node
    np.testing.assert_allclose(character.nodes.translation[end], [0, -0.07, 0], atol=1e-6)
    assert character.nodes.parent[end] == index["c"] and end in character.nodes.order
    joint = character.springs[0].joints[0]
    assert joint.gravity_dir == (-1, 0, 0.5) and joint.stiffness == 2
    assert character.springs[0].colliders == (0,) and character.springs[0].center == -1
    collider = character.colliders[0]
    assert (collider.node, collider.offset, collider.radius) == (head, (-0.1, 0.2, 0.3), 0.4)


def material(shader="VRM/MToon", textures=None, vectors=None, queue=-1, **floats):
    return {
        "name": "m", "shader": shader, "renderQueue": queue, "textureProperties": textures or {},
        "vectorProperties": vectors or {},
        "floatProperties": {f"_{name}": value for name, value in floats.items()},
    }  # fmt: skip


def migrated(tmp_path, *materials):
    writer = vrm0(materialProperties=list(materials))
    for _ in materials:
        writer.add("materials", {"name": "m", "extensions": {"KHR_materials_unlit": {}}})
    add_texture(writer)
    return loaded(tmp_path, writer)


def test_mtoon_values(tmp_path):
    vectors = {
        "_Color": [0.5, 0.5, 0.5, 0.5], "_ShadeColor": [0.5, 0, 0, 1],
        "_EmissionColor": [0.5, 2, 0, 1], "_MainTex": [0.1, 0.2, 0.5, 0.5],
    }  # fmt: skip
    character = migrated(
        tmp_path,
        material(
            textures={"_MainTex": 0, "_BumpMap": 0, "_SphereAdd": 0}, vectors=vectors,
            ShadeShift=-0.2, ShadeToony=0.8, IndirectLightIntensity=0.3, BumpScale=0.7,
            OutlineWidthMode=1, OutlineWidth=0.5, OutlineColorMode=1, OutlineLightingMix=0.4,
            RimLightingMix=0.3, UvAnimRotation=0.5, UvAnimScrollY=0.25, CullMode=0, BlendMode=1,
            Cutoff=0.3,
        ),
    )  # fmt: skip
    found = character.materials[0]
    assert not found.unlit and found.double_sided
    assert (found.alpha_mode, found.alpha_cutoff) == ("MASK", 0.3)
    np.testing.assert_allclose(found.base_color_factor, [0.2140411] * 3 + [0.5], atol=1e-6)
    np.testing.assert_allclose(found.emissive_factor, [0.2140411, 4.953848, 0], atol=1e-5)
    assert found.normal_texture.strength == 0.7
    ref = found.base_color_texture
    np.testing.assert_allclose([*ref.offset, *ref.scale], [0.1, 0.3, 0.5, 0.5])
    mtoon = found.mtoon
    # 0.x blends from -0.2 to lerp(1, -0.2, 0.8) = 0.04
    assert mtoon.shading_shift_factor == pytest.approx(0.08)
    assert mtoon.shading_toony_factor == pytest.approx(0.88)
    assert mtoon.gi_equalization_factor == pytest.approx(0.7)
    np.testing.assert_allclose(mtoon.shade_color_factor, [0.2140411, 0, 0], atol=1e-6)
    assert mtoon.shade_multiply_texture is None  # 0.x shades with white, and so does three-vrm
    assert mtoon.rim_lighting_mix_factor == pytest.approx(0.3)
    assert mtoon.matcap_factor == (1, 1, 1) and mtoon.matcap_texture.offset == (0, 0)
    assert mtoon.outline_width_mode == "worldCoordinates"
    assert mtoon.outline_width_factor == pytest.approx(0.005)
    assert mtoon.outline_lighting_mix_factor == pytest.approx(0.4)
    assert mtoon.uv_animation_rotation_speed_factor == pytest.approx(math.pi)
    assert mtoon.uv_animation_scroll_y_speed_factor == -0.25


def test_outline_of_the_screen(tmp_path):
    character = migrated(tmp_path, material(OutlineWidthMode=2, OutlineWidth=0.5))
    assert character.materials[0].mtoon.outline_width_mode == "screenCoordinates"
    assert character.materials[0].mtoon.outline_width_factor == pytest.approx(0.005)


def test_render_queues_keep_their_order(tmp_path):
    queues = [(2, 3000), (2, 3100), (2, 2950), (3, 2502), (3, 2501), (0, 2000), (2, -1)]
    found = migrated(tmp_path, *(material(BlendMode=m, queue=q) for m, q in queues)).materials
    offsets = [m.mtoon.render_queue_offset_number for m in found[: len(queues)]]
    assert offsets == [-1, 0, -2, 1, 0, 0, -1]
    assert [m.mtoon.transparent_with_z_write for m in found[3:5]] == [True, True]
    assert [m.alpha_mode for m in found[:6]] == ["BLEND"] * 5 + ["OPAQUE"]


def test_old_unlit_shaders(tmp_path):
    texture = {"_MainTex": 0}
    red = {"_Color": [1, 0, 0, 1]}
    found = migrated(
        tmp_path,
        material("Unlit/Color", texture, red),
        material("VRM/UnlitCutout", texture, red, Cutoff=0.2),
        material("VRM/UnlitTransparentZWrite", texture, red),
        material("VRM_USE_GLTFSHADER"),
        material("Custom/Fur"),
    )
    color, cutout, transparent, *_ = found.materials
    assert color.base_color_texture is None and color.base_color_factor == (1, 0, 0, 1)
    assert (cutout.alpha_mode, cutout.alpha_cutoff) == ("MASK", 0.2)
    assert cutout.base_color_factor == (1, 0, 0, 1) and cutout.base_color_texture is not None
    assert transparent.alpha_mode == "BLEND" and transparent.mtoon.transparent_with_z_write
    for shadeless in (cutout, transparent):
        assert not shadeless.unlit and shadeless.mtoon.shade_color_factor == (1, 0, 0)
        assert shadeless.mtoon.shade_multiply_texture == shadeless.base_color_texture
    assert color.unlit and all(m.unlit for m in found.materials[3:5])
    assert [w.partition(":")[0] for w in found.warnings] == [
        "/extensions/VRM/materialProperties/4/shader"
    ]


def test_godette(shared_data):
    character = load(shared_data / "vrm" / "Godette_vrm_v4.vrm")
    assert len(character.humanoid) == 45 and len(character.expressions) == 17
    world = worlds(character.nodes)
    at = {bone: world[index][:3, 3] for bone, index in character.humanoid.items()}
    assert at[HumanBone.leftHand][0] > 0.3 and at[HumanBone.rightHand][0] < -0.3
    assert at[HumanBone.leftToes][2] > at[HumanBone.leftFoot][2]
    for skin in character.skins:
        rest = world[skin.joints] @ skin.inverse_bind
        np.testing.assert_allclose(rest, np.tile(np.eye(4), (len(rest), 1, 1)), atol=1e-5)
    assert sum(m.mtoon is not None for m in character.materials) >= 2
    assert len(character.springs) == 8 and len(character.colliders) == 4
    assert character.meta.license_url.endswith("/by/4.0/")


def test_emission_migration(shared_data):
    """MToon 0.x emission is an sRGB value, as three-vrm reads it and Unity's Standard shader."""
    found = load(shared_data / "vrm" / "EmissionMigration_v0.107.0.vrm").materials
    by_name = {m.name: m for m in found}
    for emitter, lamp in (
        ("MToon_Emission_0.5", "Unlit_SRGB_0.5"),
        ("Standard_Emission_0.5", "Unlit_SRGB_0.5"),
    ):
        expected = by_name[lamp].base_color_factor[:3]
        np.testing.assert_allclose(by_name[emitter].emissive_factor, expected, rtol=1e-4)
    assert by_name["MToon_Emission_2.0"].emissive_factor[0] > 4.5
    assert by_name["Standard_Emission_2.0"].emissive_factor == pytest.approx((4.594794,) * 3)
