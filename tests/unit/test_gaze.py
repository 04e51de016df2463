from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatar.animation.rig import Rig
from avatar.character.character import LookAt, RangeMap
from avatar.pose import FACE_SHAPES, FaceShape, Pose
from tests.unit.figures import B, figure, perfect_sync, shapes

ONE_TO_ONE = RangeMap(90.0, 90.0)
LOOK = ("lookLeft", "lookRight", "lookUp", "lookDown")


def look_at(kind="bone", **maps) -> LookAt:
    plain = dict.fromkeys(
        ("horizontal_inner", "horizontal_outer", "vertical_down", "vertical_up"), ONE_TO_ONE
    )
    return LookAt(offset_from_head_bone=(0, 0.06, 0), type=kind, **{**plain, **maps})


def directions(character, yaw: float, pitch: float):
    """Where both eyes point, degrees (yaw, pitch), world space."""
    rig = Rig(character)
    rest = rig.advance(Pose(), 0)
    state = rig.advance(Pose(gaze=(np.radians(yaw), np.radians(pitch))), 0)
    found = []
    for eye in (B.leftEye, B.rightEye):
        node = character.humanoid[eye]
        turn = state.node_world[node, :3, :3] @ rest.node_world[node, :3, :3].T
        x, y, z = turn @ [0, 0, 1]
        found.append((np.degrees(np.arctan2(x, z)), np.degrees(np.arcsin(y))))
    return np.array(found)


def weights(character, yaw: float, pitch: float) -> dict[str, float]:
    state = Rig(character).advance(Pose(gaze=(np.radians(yaw), np.radians(pitch))), 0)
    return {e.name: float(state.morph[i]) for i, e in enumerate(character.expressions)}


@pytest.mark.parametrize("twisted", [None, 7])
@pytest.mark.parametrize(("yaw", "pitch"), [(20, 0), (-20, 0), (0, 15), (0, -15), (12, -8)])
def test_eye_bones_point_where_the_pose_looks(twisted, yaw, pitch):
    character = figure(twisted=twisted, look_at=look_at())
    assert np.allclose(directions(character, yaw, pitch), [[yaw, pitch]] * 2, atol=0.3)


def test_range_maps_differ_by_direction_and_eye():
    maps = {
        "horizontal_inner": RangeMap(90, 45),
        "horizontal_outer": RangeMap(20, 10),
        "vertical_down": RangeMap(90, 30),
        "vertical_up": RangeMap(90, 60),
    }
    character = figure(look_at=look_at(**maps))
    assert np.allclose(directions(character, 30, 0)[:, 0], [10, 15], atol=1e-3)
    assert np.allclose(directions(character, -30, 0)[:, 0], [-15, -10], atol=1e-3)
    assert np.allclose(directions(character, 0, 30)[:, 1], 20, atol=1e-3)
    assert np.allclose(directions(character, 0, -30)[:, 1], -10, atol=1e-3)


def test_without_opinion_eyes_rest():
    character = figure(look_at=look_at())
    state = Rig(character).advance(Pose(), 0)
    assert np.allclose(state.palette, np.eye(4), atol=1e-5)


def test_expressions_look_where_the_file_says_so():
    maps = {"horizontal_outer": RangeMap(40, 1), "vertical_up": RangeMap(20, 0.5)}
    character = figure(shapes(LOOK), look_at=look_at("expression", **maps))
    assert weights(character, 20, 0) == pytest.approx(
        {"lookLeft": 0.5, "lookRight": 0, "lookUp": 0, "lookDown": 0}
    )
    assert weights(character, -60, 10)["lookRight"] == pytest.approx(1)
    assert weights(character, 0, 10)["lookUp"] == pytest.approx(0.25)
    assert weights(character, 0, -30)["lookDown"] == pytest.approx(1)


def test_expression_figures_keep_their_eye_bones_still():
    character = figure(shapes(LOOK), look_at=look_at("expression"))
    assert np.allclose(directions(character, 20, 10), 0, atol=1e-4)


def test_lids_follow_the_eye_bones():
    character = perfect_sync(look_at=look_at())
    down = weights(character, 0, -16)
    assert down["eyeLookDownLeft"] == down["eyeLookDownRight"] == pytest.approx(0.5, abs=1e-3)
    assert down["eyeLookUpLeft"] == 0
    aside = weights(character, 10, 0)
    assert aside["eyeLookOutLeft"] > 0
    assert aside["eyeLookInRight"] > 0
    assert aside["eyeLookInLeft"] == 0


def test_the_gaze_replaces_look_shapes_of_the_pose():
    weight = Pose().weight.copy()
    weight[FaceShape.eyeLookUpLeft] = 1
    pose = Pose(weight=weight, weight_w=np.ones(52, np.float32), gaze=(0.0, -0.2))
    character = perfect_sync(look_at=look_at())
    state = Rig(character).advance(pose, 0)
    assert state.morph[FACE_SHAPES.index("eyeLookUpLeft")] == 0


def on_eyes(character):
    """The same figure with its morphing vertex carried by the left eye."""
    mesh = character.meshes[0]
    primitive = replace(
        mesh.primitives[0],
        joints=np.full((4, 4), character.humanoid[B.leftEye], np.uint16),
        weights=np.tile(np.float32([1, 0, 0, 0]), (4, 1)),
    )
    return replace(character, meshes=(replace(mesh, primitives=(primitive,)),))


def test_look_shapes_that_carry_the_eyeball_stay_out_of_it():
    """Nothing is driven twice: the bone turns the eye, the shape would turn it again."""
    character = on_eyes(perfect_sync(look_at=look_at()))
    assert weights(character, 0, -16)["eyeLookDownLeft"] == 0
    assert directions(character, 10, 0)[0, 0] == pytest.approx(10, abs=0.1)


def test_without_eye_bones_shapes_carry_the_gaze():
    character = perfect_sync(without=(B.leftEye, B.rightEye))
    assert weights(character, 0, 15)["eyeLookUpLeft"] == pytest.approx(0.5, abs=1e-3)


def test_without_eye_bones_presets_carry_the_gaze():
    character = figure(shapes(LOOK), without=(B.leftEye, B.rightEye), look_at=look_at())
    assert weights(character, 45, 0)["lookLeft"] > 0.4


def test_a_figure_that_cannot_look_is_left_alone():
    character = figure(without=(B.leftEye, B.rightEye))
    state = Rig(character).advance(Pose(gaze=(0.3, 0.2)), 0)
    assert np.allclose(state.palette, np.eye(4), atol=1e-5)
