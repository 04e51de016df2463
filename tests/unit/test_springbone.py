from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatar.animation.rig import Rig
from avatar.character.character import Collider, Spring, SpringJoint
from avatar.math3d import quat_from_axis_angle
from avatar.pose import Pose
from tests.unit.figures import B, body_nodes, figure, nodes_of

LENGTH = 0.08


def ponytail(joints=4, chains=1, *, colliders=(), center=False, twisted=None, **settings):
    """A body with hanging chains behind the head; returns it and each chain's nodes."""
    at, body = body_nodes(twisted=twisted)
    world = Rig(figure(nodes=(at, body))).advance(Pose(), 0).node_world
    parent, place = list(body.parent), [list(m[:3, 3]) for m in world]
    start = np.add(place[at[B.head]], [0, 0.12, -0.09])
    nodes, springs = [], []
    for chain in range(chains):
        above, own = at[B.head], []
        for i in range(joints + 1):
            parent.append(above)
            place.append(list(np.add(start, [0.04 * chain, -LENGTH * i, 0])))
            above = len(parent) - 1
            own.append(above)
        nodes.append(own)
        made = tuple(SpringJoint(n, **settings) for n in own)
        hit = tuple(range(len(colliders)))
        springs.append(Spring(f"s{chain}", made, hit, at[B.hips] if center else -1))
    tree = nodes_of(parent, place)
    hung = [replace(c, node=at[B.head] if c.node < 0 else c.node) for c in colliders]
    character = figure(nodes=(at, tree), springs=tuple(springs), colliders=tuple(hung))
    return character, nodes


def head_turn(angle: float, hips=(0.0, 0.0, 0.0)) -> Pose:
    rotation, weight = Pose().rotation.copy(), Pose().rotation_w.copy()
    rotation[B.head] = quat_from_axis_angle([0.0, 0.0, 1.0], angle)
    weight[B.head] = 1
    return Pose(rotation=rotation, rotation_w=weight, hips=np.array(hips, np.float32))


def shake(t: float) -> Pose:
    return head_turn(0.6 * np.sin(4 * t))


def play(character, nodes, fps: float, seconds: float, motion=shake):
    """Tip of the chain at each frame."""
    rig, tips = Rig(character), []
    for i in range(round(fps * seconds) + 1):
        state = rig.advance(motion(i / fps), 1 / fps if i else 0)
        tips.append(state.node_world[nodes[-1], :3, 3].copy())
    return np.array(tips)


def lengths(state, chain):
    at = state.node_world[chain, :3, 3]
    return np.linalg.norm(np.diff(at, axis=0), axis=1)


def test_at_rest_nothing_moves():
    character, [chain] = ponytail(stiffness=1.0)
    rig = Rig(character)
    rest = rig.advance(Pose(), 0).node_world[chain]
    for _ in range(60):
        state = rig.advance(Pose(), 1 / 60)
    assert np.allclose(state.node_world[chain], rest, atol=1e-4)


def test_bones_keep_their_length_in_any_motion():
    character, [chain] = ponytail(stiffness=0.5, gravity_power=0.3, drag_force=0.2)
    rig = Rig(character)
    for i in range(90):
        state = rig.advance(head_turn(np.sin(i * 0.7)), 1 / 60)
        assert np.allclose(lengths(state, chain), LENGTH, atol=1e-4)


def test_hair_lags_behind_and_then_comes_back():
    character, [chain] = ponytail(stiffness=0.6, drag_force=0.4)
    rig = Rig(character)
    rig.advance(Pose(), 0)
    state = rig.advance(head_turn(0.5), 1 / 60)
    stiff, [rigid] = ponytail(stiffness=0.6)
    target = Rig(stiff).advance(head_turn(0.5), 0).node_world[rigid[-1], :3, 3]
    lag = np.linalg.norm(state.node_world[chain[-1], :3, 3] - target)
    assert lag > 0.05
    for _ in range(180):
        state = rig.advance(head_turn(0.5), 1 / 60)
    settled = np.linalg.norm(state.node_world[chain[-1], :3, 3] - target)
    assert settled < 0.01


def test_gravity_pulls_the_tips_down():
    character, [chain] = ponytail(stiffness=0.1, gravity_power=0.5, gravity_dir=(1.0, 0, 0))
    state = Rig(character).advance(Pose(), 0)
    across = state.node_world[chain, 0, 3]
    assert np.all(np.diff(across) > 0.01)


def test_the_first_frame_has_settled_already():
    character, [chain] = ponytail(stiffness=0.3, gravity_power=0.3, gravity_dir=(1.0, 0, 0))
    rig = Rig(character)
    first = rig.advance(Pose(), 0).node_world[chain[-1], :3, 3].copy()
    for _ in range(120):
        state = rig.advance(Pose(), 1 / 60)
    assert np.linalg.norm(state.node_world[chain[-1], :3, 3] - first) < 0.01


@pytest.mark.parametrize("fps", [24, 25, 30, 50, 120, 144])
def test_motion_does_not_depend_on_the_frame_rate(fps):
    character, [chain] = ponytail(stiffness=0.8, gravity_power=0.2, drag_force=0.3)
    fine = play(character, chain, 360, 1.5)
    coarse = play(character, chain, fps, 1.5)
    times = np.arange(len(coarse)) / fps
    matching = np.stack(
        [np.interp(times, np.arange(len(fine)) / 360, fine[:, i]) for i in range(3)], 1
    )
    swing = np.ptp(fine, axis=0).max()
    assert swing > 0.08
    assert np.abs(coarse - matching).max() < 0.05 * swing


def test_the_same_run_gives_the_same_bits():
    character, [chain] = ponytail(stiffness=0.8)
    assert np.array_equal(play(character, chain, 30, 1.0), play(character, chain, 30, 1.0))


def test_axes_of_the_file_do_not_matter():
    tips = []
    for twisted in (None, 5):
        character, [chain] = ponytail(stiffness=0.7, twisted=twisted)
        tips.append(play(character, chain, 60, 0.5)[-1])
    assert np.allclose(tips[0], tips[1], atol=1e-3)


def test_center_space_ignores_what_carries_the_body():
    """With the hips as center, walking does not stir the hair; turning the head does."""

    def walk(t):
        return head_turn(0.0, hips=(0.5 * t, 0.0, 0.0))

    free, [chain] = ponytail(stiffness=0.3, drag_force=0.2)
    held, _ = ponytail(stiffness=0.3, drag_force=0.2, center=True)
    bend = []
    for character in (free, held):
        rig = Rig(character)
        for i in range(30):
            state = rig.advance(walk(i / 60), 1 / 60 if i else 0)
        at = state.node_world[chain, :3, 3]
        bend.append(abs(at[-1, 0] - at[0, 0]))
    assert bend[0] > 0.02
    assert bend[1] < 1e-3


@pytest.mark.parametrize(
    "collider",
    [
        Collider(-1, "sphere", (0.0, -0.1, -0.09), radius=0.06),
        Collider(-1, "capsule", (-0.2, -0.1, -0.07), radius=0.05, tail=(0.2, -0.1, -0.07)),
        Collider(-1, "plane", (0.0, 0.0, -0.14), normal=(0.0, 0.0, -1.0)),
    ],
    ids=["sphere", "capsule", "plane"],
)
def test_colliders_keep_the_joints_out(collider):
    radius = 0.02
    character, [chain] = ponytail(
        colliders=(collider,), stiffness=0.2, gravity_power=0.2, hit_radius=radius
    )
    rig = Rig(character)
    for i in range(60):
        state = rig.advance(head_turn(0.4 * np.sin(i / 9)), 1 / 60)
    world = state.node_world[character.humanoid[B.head]]
    tails = state.node_world[chain[1:], :3, 3]
    start = (world @ [*collider.offset, 1])[:3]
    if collider.kind == "plane":
        room = (tails - start) @ world[:3, :3] @ np.array(collider.normal)
        assert room.min() > radius - 5e-3
        return
    end = (world @ [*(collider.tail if collider.kind == "capsule" else collider.offset), 1])[:3]
    along = np.linspace(0, 1, 200)[:, None] * (end - start) + start
    gap = np.linalg.norm(tails[:, None] - along, axis=2).min(1)
    assert gap.min() > collider.radius + radius - 5e-3


def test_an_inside_collider_holds_the_joints_in():
    inside = Collider(-1, "sphere", (0.0, 0.0, -0.05), radius=0.25, inside=True)
    character, [chain] = ponytail(colliders=(inside,), stiffness=0.1, gravity_power=1.0)
    state = Rig(character).advance(Pose(), 0)
    center = (state.node_world[character.humanoid[B.head]] @ [*inside.offset, 1])[:3]
    far = np.linalg.norm(state.node_world[chain[1:], :3, 3] - center, axis=1)
    assert far.max() < 0.25 + 5e-3


def test_a_cut_does_not_whip_the_hair():
    character, [chain] = ponytail(stiffness=0.3)
    rig = Rig(character)
    rig.advance(Pose(), 0)
    away = rig.advance(head_turn(0, hips=(5.0, 0, 0)), 1 / 60)
    fresh = Rig(character).advance(head_turn(0, hips=(5.0, 0, 0)), 0)
    assert np.allclose(away.node_world[chain], fresh.node_world[chain], atol=1e-5)


def test_reset_and_long_pauses_start_anew():
    character, [chain] = ponytail(stiffness=0.3)
    fresh = Rig(character).advance(head_turn(0.3), 0).node_world[chain]
    rig = Rig(character)
    rig.advance(Pose(), 0)
    assert np.allclose(rig.advance(head_turn(0.3), 3.0).node_world[chain], fresh, atol=1e-5)
    rig.advance(Pose(), 1 / 60)
    rig.reset()
    assert np.allclose(rig.advance(head_turn(0.3), 1 / 60).node_world[chain], fresh, atol=1e-5)


def test_what_hangs_on_a_spring_moves_along():
    character, [chain] = ponytail(stiffness=0.5)
    shorter = replace(character.springs[0], joints=character.springs[0].joints[:3])
    character = replace(character, springs=(shorter,))
    rig = Rig(character)
    for i in range(20):
        state = rig.advance(head_turn(0.5 * np.sin(i)), 1 / 60)
    assert np.allclose(lengths(state, chain), LENGTH, atol=1e-4)


def test_joints_without_length_are_left_alone():
    nodes = nodes_of([-1, 0, 1], [[0, 1, 0]] * 3)
    spring = Spring("s", (SpringJoint(1), SpringJoint(2)), ())
    rig = Rig(figure(nodes=({}, nodes), springs=(spring,)))
    for _ in range(3):
        assert np.isfinite(rig.advance(Pose(), 1 / 60).node_world).all()
