"""VRM 1.0: humanoid, expressions, lookAt, first person, meta, springs, constraints, MToon."""

from __future__ import annotations

import pytest

from avatar.character import load
from avatar.errors import AssetError
from avatar.pose import BONE_PARENT, FACE_SHAPES, PRESETS, HumanBone
from avatar.resources import figures
from tests.unit.gltf_samples import SKELETON, add_texture, primitive, quad, save, use, vrm1


def loaded(tmp_path, writer):
    return load(save(tmp_path, writer, "figure.vrm"))


def node(character, name):
    return character.nodes.name.index(name)


def fails(tmp_path, writer, pointer):
    with pytest.raises(AssetError) as error:
        loaded(tmp_path, writer)
    assert error.value.pointer == pointer


def test_humanoid_and_meta(tmp_path):
    character = loaded(tmp_path, vrm1())
    assert character.vrm_version == "1" and not character.warnings
    assert {bone.name for bone in character.humanoid} == set(SKELETON)
    assert character.humanoid[HumanBone.head] == node(character, "head")
    assert (character.name, character.meta.name, character.meta.authors) == ("Test", "Test", ("A",))
    assert character.meta.avatar_permission == "onlyAuthor"
    assert character.meta.raw["licenseUrl"] == character.meta.license_url


@pytest.mark.parametrize(
    "humanoid", [{}, {"humanBones": {}}, {"humanBones": {"tail": {"node": 1}}}]
)
def test_without_humanoid(tmp_path, humanoid):
    fails(tmp_path, vrm1(humanoid=humanoid), "/extensions/VRMC_vrm/humanoid")


@pytest.mark.parametrize("index", [-1, 99, "1", 1.5, None, True])
def test_bone_without_node(tmp_path, index):
    writer = vrm1()
    bones = writer.doc["extensions"]["VRMC_vrm"]["humanoid"]["humanBones"]
    bones["head"]["node"] = index
    with pytest.raises(AssetError) as error:
        loaded(tmp_path, writer)
    assert error.value.pointer.startswith("/extensions/VRMC_vrm/humanoid/humanBones/head")


def test_missing_required_bone_is_named(tmp_path):
    writer = vrm1()
    del writer.doc["extensions"]["VRMC_vrm"]["humanoid"]["humanBones"]["spine"]
    warnings = loaded(tmp_path, writer).warnings
    assert len(warnings) == 1 and warnings[0].endswith("missing: spine")


def expressions(**preset):
    return {"preset": preset, "custom": {"jawOpen": {"morphTargetBinds": [bind(0)]}}}


def bind(index, weight=1.0, on=0):
    return {"node": on, "index": index, "weight": weight}


def test_expressions(tmp_path):
    happy = {
        "isBinary": True,
        "overrideBlink": "block",
        "overrideMouth": "blend",
        "morphTargetBinds": [bind(0, 0.5), bind(1)],
        "materialColorBinds": [{"material": 0, "type": "rimColor", "targetValue": [1, 0, 0, 1]}],
        "textureTransformBinds": [{"material": 0, "scale": [2, 2], "offset": [0.5, 0]}],
    }
    writer = vrm1(expressions=expressions(happy=happy, aa={}))
    writer.add("materials", {})
    character = loaded(tmp_path, writer)
    assert character.expression_index == {"happy": 0, "aa": 1, "jawOpen": 2}
    found = character.expressions[0]
    assert found.preset and found.is_binary and not character.expressions[2].preset
    assert (found.override_blink, found.override_look_at, found.override_mouth) == (
        "block", "none", "blend",
    )  # fmt: skip
    binds = [(b.instance, b.target, b.weight) for b in found.morph_target_binds]
    assert binds == [(0, 0, 0.5), (0, 1, 1.0)]
    color = found.material_color_binds[0]
    assert (color.material, color.type, color.target_value) == (0, "rimColor", (1, 0, 0, 1))
    assert found.texture_transform_binds[0].scale == (2, 2)


def test_stale_expression_binds_are_named(tmp_path):
    happy = {"morphTargetBinds": [bind(9), bind(0, on=3), bind(1)], "overrideBlink": "maybe"}
    character = loaded(tmp_path, vrm1(expressions=expressions(happy=happy, grumpy={})))
    assert len(character.expressions[0].morph_target_binds) == 1
    at = "/extensions/VRMC_vrm/expressions/preset"
    assert [w.partition(": ")[0] for w in character.warnings] == [
        f"{at}/happy/morphTargetBinds/0",
        f"{at}/happy/morphTargetBinds/1",
        f"{at}/happy/overrideBlink",
        f"{at}/grumpy",
    ]


def test_expression_of_a_material_that_is_not_there(tmp_path):
    happy = {"materialColorBinds": [{"material": 7, "type": "color", "targetValue": [1, 1, 1, 1]}]}
    at = "/extensions/VRMC_vrm/expressions/preset/happy/materialColorBinds/0/material"
    fails(tmp_path, vrm1(expressions=expressions(happy=happy)), at)


def test_look_at(tmp_path):
    assert loaded(tmp_path, vrm1()).look_at is None
    look_at = {
        "offsetFromHeadBone": [0, 0.06, 0.01],
        "type": "expression",
        "rangeMapHorizontalInner": {"inputMaxValue": 0, "outputScale": 2},
        "rangeMapVerticalUp": {"inputMaxValue": 45},
    }
    found = loaded(tmp_path, vrm1(lookAt=look_at)).look_at
    assert found.offset_from_head_bone == (0, 0.06, 0.01) and found.type == "expression"
    assert found.horizontal_inner.input_max_value > 0
    assert (found.vertical_up.input_max_value, found.vertical_up.output_scale) == (45, 1)
    assert found.vertical_down.input_max_value == 90


def test_first_person_and_thumbnail(tmp_path):
    annotations = {"meshAnnotations": [{"node": 0, "type": "thirdPersonOnly"}]}
    writer = vrm1(firstPerson=annotations)
    meta = writer.doc["extensions"]["VRMC_vrm"]["meta"]
    add_texture(writer)
    meta["thumbnailImage"] = 0
    character = loaded(tmp_path, writer)
    assert character.instances[0].first_person == "thirdPersonOnly"
    assert character.images[character.meta.thumbnail].pixels.shape == (2, 2, 4)


def springs(writer, springs, colliders=(), groups=()):
    root = {
        "specVersion": "1.0",
        "colliders": colliders,
        "colliderGroups": groups,
        "springs": springs,
    }
    use(writer, "VRMC_springBone", root)
    return writer


def chain(*nodes, **values):
    return {"joints": [{"node": n, **values} for n in nodes]}


def test_springs_and_colliders(tmp_path):
    sphere = {"sphere": {"offset": [0, 1, 0], "radius": 0.1}}
    capsule = {"capsule": {"offset": [0, 0, 0], "radius": 0.2, "tail": [0, 1, 0]}}
    inside = {"sphere": {"radius": 0.5, "inside": True}}
    plane = {"plane": {"offset": [0, 1, 0]}}

    def extended(shape):
        extension = {"VRMC_springBone_extended_collider": {"specVersion": "1.0", "shape": shape}}
        return {"node": 1, "shape": sphere, "extensions": extension}

    colliders = [{"node": 1, "shape": sphere}, {"node": 2, "shape": capsule}]
    colliders += [extended(inside), extended(plane)]
    groups = [{"colliders": [0, 1]}, {"colliders": [1, 2, 3]}]
    spring = {
        "name": "hair", "center": 1, "colliderGroups": [0, 1],
        "joints": [{"node": 1, "stiffness": 2, "hitRadius": 0.02, "gravityPower": 0.3,
                    "gravityDir": [0, 0, 1], "dragForce": 0.7}, {"node": 2}, {"node": 3}],
    }  # fmt: skip
    character = loaded(tmp_path, springs(vrm1(), [spring], colliders, groups))
    assert not character.warnings
    assert [c.kind for c in character.colliders] == ["sphere", "capsule", "sphere", "plane"]
    assert [c.inside for c in character.colliders] == [False, False, True, False]
    assert character.colliders[1].tail == (0, 1, 0)
    assert character.colliders[3].normal == (0, 0, 1)
    found = character.springs[0]
    assert (found.name, found.center, found.colliders) == ("hair", 1, (0, 1, 2, 3))
    first, second, third = found.joints
    assert (first.stiffness, first.hit_radius, first.gravity_power, first.drag_force) == (
        2, 0.02, 0.3, 0.7,
    )  # fmt: skip
    assert first.gravity_dir == (0, 0, 1) and second.gravity_dir == (0, -1, 0)
    assert (third.node, third.stiffness, third.drag_force) == (3, 1, 0.5)


def test_springs_that_are_no_chain(tmp_path):
    writer = springs(vrm1(), [chain(3, 2, 1), chain(1, 2, 3), chain(2, 3), chain()])
    character = loaded(tmp_path, writer)
    assert [[j.node for j in s.joints] for s in character.springs] == [[1, 2]]
    at = "/extensions/VRMC_springBone/springs"
    assert [w.partition(": ")[0] for w in character.warnings] == [
        f"{at}/0/joints/1", f"{at}/1/joints/2", f"{at}/2/joints/0",
    ]  # fmt: skip


def test_springs_with_bad_indices(tmp_path):
    at = "/extensions/VRMC_springBone/springs/0"
    fails(tmp_path, springs(vrm1(), [chain(1, 99)]), f"{at}/joints/1/node")
    spring = {**chain(1, 2), "colliderGroups": [0]}
    fails(tmp_path, springs(vrm1(), [spring]), f"{at}/colliderGroups/0")


def constrained(**by_node):
    writer = vrm1()
    for name, constraint in by_node.items():
        extension = {"VRMC_node_constraint": {"specVersion": "1.0", "constraint": constraint}}
        nodes = {n["name"]: n for n in writer.doc["nodes"]}
        nodes[name]["extensions"] = extension
    use(writer, "VRMC_node_constraint")
    return writer


def test_constraints(tmp_path):
    writer = constrained(
        leftHand={"roll": {"source": 5, "rollAxis": "Z", "weight": 0.5}},
        rightHand={"aim": {"source": 6, "aimAxis": "NegativeY"}},
        head={"rotation": {"source": 7}},
    )
    character = loaded(tmp_path, writer)
    found = {c.kind: c for c in character.constraints}
    assert not character.warnings
    assert found["roll"].node == node(character, "leftHand")
    assert (found["roll"].source, found["roll"].axis, found["roll"].weight) == (5, "Z", 0.5)
    assert (found["aim"].axis, found["aim"].weight) == ("NegativeY", 1.0)
    assert found["rotation"].source == 7


def test_circular_constraints_are_broken(tmp_path):
    bones = {name: i + 1 for i, name in enumerate(SKELETON)}
    writer = constrained(
        head={"rotation": {"source": bones["neck"]}},
        neck={"rotation": {"source": bones["chest"]}},
        chest={"rotation": {"source": bones["head"]}},
        spine={"rotation": {"source": bones["spine"]}},
    )
    character = loaded(tmp_path, writer)
    assert len(character.constraints) == 2 and len(character.warnings) == 2


def test_springs_and_constraints_without_a_humanoid(tmp_path):
    writer = quad()
    for parent in range(2):
        child = writer.add("nodes", {})
        writer.doc["nodes"][parent]["children"] = [child]
    extension = {"constraint": {"rotation": {"source": 0}}}
    writer.doc["nodes"][2]["extensions"] = {"VRMC_node_constraint": extension}
    springs(writer, [chain(1, 2)])
    character = loaded(tmp_path, writer)
    assert character.vrm_version == "" and not character.humanoid
    assert len(character.springs) == 1 and len(character.constraints) == 1


def test_mtoon(tmp_path):
    writer = vrm1()
    texture = add_texture(writer)
    values = {
        "specVersion": "1.0",
        "transparentWithZWrite": True,
        "renderQueueOffsetNumber": 3,
        "shadeColorFactor": [0.1, 0.2, 0.3],
        "shadeMultiplyTexture": {"index": texture},
        "shadingShiftFactor": -0.2,
        "shadingShiftTexture": {"index": texture, "scale": 0.25},
        "matcapTexture": {"index": texture},
        "outlineWidthMode": "worldCoordinates",
        "outlineWidthFactor": 0.002,
        "uvAnimationScrollXSpeedFactor": 0.1,
    }
    extension = {"VRMC_materials_mtoon": values, "KHR_materials_unlit": {}}
    primitive(writer)["material"] = writer.add("materials", {"extensions": extension})
    found = loaded(tmp_path, writer).materials[0].mtoon
    assert found.transparent_with_z_write and found.render_queue_offset_number == 3
    assert found.shade_color_factor == (0.1, 0.2, 0.3)
    assert found.shading_shift_texture.strength == 0.25
    assert found.matcap_factor == (1, 1, 1) and found.matcap_texture is not None
    assert found.outline_width_mode == "worldCoordinates"
    assert found.shading_toony_factor == 0.9 and found.uv_animation_scroll_x_speed_factor == 0.1


SAMPLES = {
    "VRMC_vrm_expressions_isBinary_Overridden.vrm": {"happy": False, "blink": True},
    "VRMC_vrm_expressions_isBinary_Overrides.vrm": {"happy": True, "blink": False},
}


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_of_the_specification(shared_data, name):
    character = load(shared_data / "vrm" / name)
    assert {e.name: e.is_binary for e in character.expressions} == SAMPLES[name]
    assert character.expressions[character.expression_index["happy"]].override_blink == "blend"
    assert character.instances[0].first_person == "thirdPersonOnly"
    assert not character.warnings


def test_sample_of_uv_animation(shared_data):
    character = load(shared_data / "vrm" / "VRMC_materials_mtoon_UV_Animation_Test.vrm")
    assert len(character.humanoid) == 53
    speeds = [m.mtoon.uv_animation_rotation_speed_factor for m in character.materials if m.mtoon]
    assert any(speed > 0 for speed in speeds)
    parent = character.nodes.parent
    for bone, index in character.humanoid.items():
        above = BONE_PARENT[bone]
        while above >= 0 and HumanBone(above) not in character.humanoid:
            above = BONE_PARENT[above]
        if above >= 0:
            assert parent[index] == character.humanoid[HumanBone(above)]


@pytest.mark.parametrize("path", figures().values(), ids=lambda path: path.stem)
def test_our_figures(path):
    character = load(path)
    assert not character.warnings and len(character.humanoid) == len(HumanBone)
    names = set(character.expression_index)
    assert {*FACE_SHAPES, *PRESETS} <= names
    assert character.meta.authors and character.meta.license_url and character.colliders
    drawn = all(m.mtoon is not None for m in character.materials if m.name)
    kinds = {m.kind for m in character.materials}
    assert drawn or kinds >= {"skin", "eye", "hair", "cloth", "mouth"}
