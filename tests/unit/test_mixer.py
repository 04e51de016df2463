from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avatar.animation.mixer import BONE_CHANNEL, CHANNELS, FACE_CHANNEL, LAYERS, Layer, Mixer
from avatar.errors import ConfigError
from avatar.math3d import quat_from_axis_angle, quat_log
from avatar.pose import FaceShape, HumanBone, Pose

few = settings(max_examples=25, deadline=None)


def turned(bone: HumanBone, degrees: float, w: float = 1.0, axis=(1.0, 0, 0), t=0.0) -> Pose:
    rotation, weight = Pose().rotation.copy(), Pose().rotation_w.copy()
    rotation[bone] = quat_from_axis_angle(np.array(axis), np.radians(degrees))
    weight[bone] = w
    return Pose(t=t, rotation=rotation, rotation_w=weight)


def faced(w: float = 1.0, **shapes: float) -> Pose:
    weight, weight_w = Pose().weight.copy(), Pose().weight_w.copy()
    for name, value in shapes.items():
        weight[FaceShape[name]], weight_w[FaceShape[name]] = value, w
    return Pose(weight=weight, weight_w=weight_w)


def degrees(pose: Pose, bone: HumanBone) -> float:
    return float(np.degrees(np.linalg.norm(quat_log(pose.rotation[bone]))))


def shape(pose: Pose, name: str) -> float:
    return float((pose.weight * pose.weight_w)[FaceShape[name]])


def test_every_channel_is_named_and_every_layer_mixes_one():
    assert set(BONE_CHANNEL) | set(FACE_CHANNEL) <= set(CHANNELS)
    for layer in LAYERS:
        assert set(layer.channels) <= set(CHANNELS)
        assert any(layer.of(channel) != "off" for channel in CHANNELS)


def test_nothing_mixed_is_no_opinion():
    pose = Mixer().mix([])
    assert not pose.rotation_w.any()
    assert not pose.weight_w.any()


def test_a_single_layer_passes_unchanged():
    pose = turned(HumanBone.head, 30)
    mixed = Mixer().mix([("idle", pose)])
    assert np.allclose(mixed.rotation, pose.rotation, atol=1e-6)
    assert np.array_equal(mixed.rotation_w, pose.rotation_w)


def test_over_replaces_and_add_lays_on_top():
    head = HumanBone.head
    over = Mixer().mix([("idle", turned(head, 10)), ("body", turned(head, 40))])
    assert degrees(over, head) == pytest.approx(40, abs=1e-3)
    add = Mixer().mix([("idle", turned(head, 10)), ("beats", turned(head, 5))])
    assert degrees(add, head) == pytest.approx(15, abs=1e-3)


def test_order_is_by_layer_not_by_call():
    poses = [("idle", turned(HumanBone.head, 10)), ("body", turned(HumanBone.head, 40))]
    assert np.array_equal(Mixer().mix(poses).rotation, Mixer().mix(poses[::-1]).rotation)


def test_partial_opinions_blend_on_the_arc():
    head = HumanBone.head
    half = Mixer().mix([("idle", turned(head, 10)), ("body", turned(head, 50, 0.5))])
    assert degrees(half, head) == pytest.approx(30, abs=0.2)
    quarter = Mixer().mix([("idle", turned(head, 0)), ("body", turned(head, 90, 0.25))])
    assert 18 < degrees(quarter, head) < 27


def test_opposite_signs_of_a_quaternion_are_the_same_rotation():
    head = HumanBone.head
    below, above = turned(head, 20), turned(head, 40, 0.5)
    flipped = Pose(rotation=-above.rotation, rotation_w=above.rotation_w)
    a = Mixer().mix([("idle", below), ("body", above)])
    b = Mixer().mix([("idle", below), ("body", flipped)])
    assert degrees(a, head) == pytest.approx(degrees(b, head), abs=1e-3)


def test_what_is_added_below_fades_under_a_higher_layer():
    head = HumanBone.head
    poses = [("idle", turned(head, 10)), ("beats", turned(head, 8)), ("manual", turned(head, 30))]
    assert degrees(Mixer().mix(poses), head) == pytest.approx(30, abs=1e-3)


def test_untouched_bones_keep_what_lies_below():
    mixed = Mixer().mix(
        [("idle", turned(HumanBone.spine, 12)), ("body", turned(HumanBone.head, 30))]
    )
    assert degrees(mixed, HumanBone.spine) == pytest.approx(12, abs=1e-3)


def test_speech_owns_the_mouth_and_lets_the_smile_through():
    mood = faced(mouthSmileLeft=0.6, jawOpen=0.5, browInnerUp=0.4)
    lips = faced(jawOpen=0.1, mouthSmileLeft=0.1, browInnerUp=0.9)
    mixed = Mixer().mix([("idle", faced(jawOpen=0.0)), ("emotion", mood), ("lips", lips)])
    assert shape(mixed, "jawOpen") == pytest.approx(0.1, abs=1e-6)
    assert 0.35 < shape(mixed, "mouthSmileLeft") < 0.6
    assert shape(mixed, "browInnerUp") == pytest.approx(0.4, abs=1e-6)


def test_a_vowels_own_spread_is_not_lost_on_a_calm_face():
    lips = faced(mouthSmileLeft=0.25)
    mixed = Mixer().mix([("idle", faced(mouthSmileLeft=0.0)), ("lips", lips)])
    assert shape(mixed, "mouthSmileLeft") == pytest.approx(0.25)


def test_a_blink_and_a_droopy_lid_add_and_stay_in_range():
    mixed = Mixer().mix([("idle", faced(eyeBlinkLeft=0.95)), ("emotion", faced(eyeBlinkLeft=0.14))])
    assert shape(mixed, "eyeBlinkLeft") == 1


def test_a_fading_driver_alone_fades_the_face():
    assert shape(Mixer().mix([("lips", faced(0.5, jawOpen=0.8))]), "jawOpen") == pytest.approx(0.4)


def test_hips_gaze_and_extra_follow_their_channels():
    below = Pose(hips=np.array([0, 1, 0], np.float32), gaze=(0.2, 0.0), extra={"happy": 0.3})
    above = Pose(hips=np.array([1, 0, 0], np.float32), gaze=(0.1, -0.1), extra={"hat": 1.0})
    over = Mixer().mix([("idle", below), ("body", above)])
    assert np.allclose(over.hips, [1, 0, 0])
    assert over.gaze == pytest.approx((0.1, -0.1))
    assert over.extra == {"happy": 0.3, "hat": 1.0}
    add = Mixer().mix([("idle", below), ("beats", above)])
    assert np.allclose(add.hips, [1, 1, 0])
    assert add.gaze == pytest.approx((0.3, -0.1))


def test_layers_can_be_turned_down():
    mixer = Mixer()
    mixer.set_weight("body", 0.5)
    poses = [("idle", turned(HumanBone.head, 0)), ("body", turned(HumanBone.head, 40))]
    assert degrees(mixer.mix(poses), HumanBone.head) == pytest.approx(20, abs=0.5)
    mixer.set_weight("body", 0)
    assert degrees(mixer.mix(poses), HumanBone.head) == pytest.approx(0, abs=1e-3)


def test_unknown_layers_are_named():
    with pytest.raises(ConfigError, match="known: idle"):
        Mixer().mix([("nonsense", Pose())])
    with pytest.raises(ConfigError):
        Mixer().set_weight("nonsense", 1)


def test_layers_are_data():
    mixer = Mixer([Layer("a"), Layer("b", "off", {"head": "over"})])
    mixed = mixer.mix([("b", turned(HumanBone.spine, 20)), ("a", turned(HumanBone.head, 5))])
    assert mixed.rotation_w[HumanBone.spine] == 0


@few
@given(
    st.lists(
        st.tuples(
            st.sampled_from([layer.name for layer in LAYERS]),
            st.floats(-90, 90),
            st.floats(0, 1),
            st.floats(0, 1),
        ),
        max_size=7,
    )
)
def test_whatever_is_mixed_is_a_valid_pose(items):
    poses = []
    for name, angle, w, value in items:
        body, face = turned(HumanBone.head, angle, w), faced(w, jawOpen=value, browInnerUp=value)
        poses += [(name, body), (name, face)]
    mixed = Mixer().mix(poses)
    assert np.allclose(np.linalg.norm(mixed.rotation, axis=1), 1, atol=1e-4)
    for weights in (mixed.weight, mixed.weight_w, mixed.rotation_w):
        assert weights.min() >= 0
        assert weights.max() <= 1 + 1e-6


def test_the_newest_time_is_kept():
    mixed = Mixer().mix([("idle", Pose(t=1.0)), ("body", Pose(t=2.0))])
    assert mixed.t == 2.0
