from __future__ import annotations

import numpy as np
import pytest

from avatar.animation.rig import Rig
from avatar.character.character import Character
from avatar.math3d import mat3_to_quat, quat_from_axis_angle, quat_mul, quat_normalize
from avatar.pose import BONE_PARENT, FACE_SHAPES, HumanBone, Pose
from tests.unit.figures import B, bone_positions, figure, nodes_of, perfect_sync, shapes

Z = [0.0, 0.0, 1.0]


def posed(turns, **more):
    rotation, weight = Pose().rotation.copy(), Pose().rotation_w.copy()
    for bone, q in turns.items():
        rotation[bone], weight[bone] = q, 1
    return Pose(rotation=rotation, rotation_w=weight, **more)


def at(state, character, bone):
    return state.node_world[character.humanoid[bone], :3, 3]


@pytest.fixture(params=[None, 1, 2], ids=["plain", "twisted", "twisted again"])
def body(request) -> Character:
    return perfect_sync(twisted=request.param)


def test_the_rest_pose_leaves_the_mesh_where_it_was_bound(body):
    state = Rig(body).advance(Pose(), 1 / 60)
    assert np.allclose(state.palette, np.eye(4), atol=1e-5)


def test_axes_of_the_file_do_not_matter(body):
    """An arm lowered about the world's forward axis goes down, however its bone is twisted."""
    pose = posed({B.leftUpperArm: quat_from_axis_angle(Z, -np.pi / 2)})
    state = Rig(body).advance(pose, 0)
    where = bone_positions()
    reach = where[B.leftHand] - where[B.leftUpperArm]
    expected = where[B.leftUpperArm] + [0, -reach[0], reach[2]]
    assert np.allclose(at(state, body, B.leftHand), expected, atol=1e-5)


def test_world_rotations_are_the_product_down_the_chain(body):
    rng = np.random.default_rng(5)
    turns = {b: quat_normalize(rng.normal(size=4)) for b in B if b not in (B.jaw,)}
    state, rest = Rig(body).advance(posed(turns), 0), Rig(body).advance(Pose(), 0)
    for bone in (B.head, B.leftLittleDistal, B.rightFoot):
        expected, above = turns[bone], BONE_PARENT[bone]
        while above >= 0:
            expected, above = quat_mul(turns[B(above)], expected), BONE_PARENT[above]
        node = body.humanoid[bone]
        turn = state.node_world[node, :3, :3] @ rest.node_world[node, :3, :3].T
        assert abs(np.dot(mat3_to_quat(turn), expected)) == pytest.approx(1, abs=1e-4)


def test_hips_move_in_units_of_their_height(body):
    pose = Pose(hips=np.array([0.1, -0.2, 0.3], np.float32))
    state = Rig(body).advance(pose, 0)
    height = bone_positions()[B.hips][1]
    moved = at(state, body, B.head) - bone_positions()[B.head]
    assert np.allclose(moved, np.array([0.1, -0.2, 0.3]) * height, atol=1e-5)


def test_a_half_weighted_rotation_goes_half_way(body):
    pose = posed({B.head: quat_from_axis_angle(Z, 1.0)})
    half = Pose(rotation=pose.rotation, rotation_w=pose.rotation_w * np.float32(0.5))
    state, rest = Rig(body).advance(half, 0), Rig(body).advance(Pose(), 0)
    node = body.humanoid[B.head]
    turn = mat3_to_quat(state.node_world[node, :3, :3] @ rest.node_world[node, :3, :3].T)
    assert np.allclose(turn, quat_from_axis_angle(Z, 0.5), atol=1e-4)


@pytest.mark.parametrize(
    ("missing", "witness"),
    [
        ((B.upperChest,), B.leftHand),
        ((B.upperChest, B.chest), B.head),
        ((B.neck,), B.head),
        ((B.leftShoulder, B.rightShoulder), B.leftHand),
    ],
)
def test_missing_bones_pass_their_rotation_on(missing, witness):
    """What hangs further out keeps its direction, whichever bones a figure has."""
    turns = {b: quat_from_axis_angle([0.6, 0.0, 0.8], 0.4) for b in missing}
    whole, part = figure(), figure(without=missing, twisted=4)
    states = [Rig(c).advance(posed(turns), 0) for c in (whole, part)]
    rests = [Rig(c).advance(Pose(), 0) for c in (whole, part)]
    turned = [
        state.node_world[c.humanoid[witness], :3, :3]
        @ rest.node_world[c.humanoid[witness], :3, :3].T
        for c, state, rest in zip((whole, part), states, rests, strict=True)
    ]
    assert np.allclose(turned[0], turned[1], atol=1e-5)


def test_a_jaw_morph_keeps_the_jaw_bone_still():
    pose = posed({B.jaw: quat_from_axis_angle([1.0, 0, 0], 0.3)})
    for character, moves in ((perfect_sync(), False), (figure(), True)):
        node = character.humanoid[B.jaw]
        state, rest = Rig(character).advance(pose, 0), Rig(character).advance(Pose(), 0)
        assert np.allclose(state.node_world[node], rest.node_world[node]) != moves


def opened(amount: float) -> Pose:
    weight = Pose().weight.copy()
    weight[FACE_SHAPES.index("jawOpen")] = amount
    return Pose(weight=weight, weight_w=np.ones(52, np.float32))


def test_the_jaw_bone_opens_where_no_morph_can():
    """Exactly one thing opens the mouth: the morph, the vowel preset, or else the bone."""
    for character, by_bone in (
        (perfect_sync(), False),
        (figure(shapes(["aa"])), False),
        (figure(), True),
    ):
        node = character.humanoid[B.jaw]
        state, rest = Rig(character).advance(opened(0.7), 0), Rig(character).advance(Pose(), 0)
        turned = not np.allclose(state.node_world[node], rest.node_world[node], atol=1e-6)
        assert turned == by_bone
        assert (state.morph.max(initial=0) > 0) != by_bone


def test_rest_skeleton_describes_the_body(body):
    rest, where = Rig(body).rest, bone_positions()
    assert all(rest.present)
    assert rest.hips_height == pytest.approx(1.0)
    for bone in B:
        above = rest.parent[bone]
        assert above == BONE_PARENT[bone]
        origin = where[B(above)] if above >= 0 else 0
        assert np.allclose(rest.offset[bone], where[bone] - origin, atol=1e-5)


def test_rest_skeleton_skips_absent_bones():
    rest = Rig(figure(without=(B.upperChest, B.neck))).rest
    assert rest.parent[B.head] == B.chest
    assert not rest.present[B.neck]
    assert rest.parent[B.neck] == -1


def test_a_plain_gltf_just_stands():
    nodes = nodes_of([-1, 0], [[0, 0, 0], [0, 1, 0]])
    character = figure(nodes=({}, nodes))
    state = Rig(character).advance(Pose(gaze=(0.1, 0.1), hips=np.ones(3, np.float32)), 1 / 30)
    assert np.allclose(state.node_world[1, :3, 3], [0, 1, 0])
    assert not any(Rig(character).rest.present)


def test_rigid_instances_move_with_their_node():
    character = figure()
    from dataclasses import replace

    rigid = replace(character.instances[0], skin=-1, node=character.humanoid[HumanBone.head])
    character = replace(character, instances=(rigid,))
    pose = posed({B.head: quat_from_axis_angle(Z, 0.5)})
    state = Rig(character).advance(pose, 0)
    assert state.palette.shape == (1, 4, 4)
    assert np.array_equal(state.palette[0], state.node_world[character.humanoid[B.head]])


def test_states_are_independent_of_later_frames(body):
    rig = Rig(body)
    first = rig.advance(Pose(), 0)
    kept = first.node_world.copy(), first.palette.copy(), first.morph.copy()
    rig.advance(posed({B.hips: quat_from_axis_angle(Z, 1.0)}, weight=np.ones(52, np.float32)), 0.1)
    for before, now in zip(kept, (first.node_world, first.palette, first.morph), strict=True):
        assert np.array_equal(before, now)
