from __future__ import annotations

import numpy as np
import pytest

from avatar.pose import BONE_COUNT, BONE_PARENT, FACE_COUNT, FACE_SHAPES, HumanBone, Pose


def test_there_are_55_bones_and_52_shapes():
    assert (BONE_COUNT, FACE_COUNT) == (55, 52)
    assert sorted(FACE_SHAPES) == list(FACE_SHAPES)


def test_every_bone_hangs_on_the_hips():
    for bone in HumanBone:
        above, steps = int(bone), 0
        while BONE_PARENT[above] >= 0:
            above, steps = BONE_PARENT[above], steps + 1
        assert above == HumanBone.hips
        assert steps < 12


@pytest.mark.parametrize(
    ("bone", "above"),
    [("leftShoulder", "upperChest"), ("jaw", "head"), ("rightLittleProximal", "rightHand"),
     ("leftThumbMetacarpal", "leftHand"), ("rightToes", "rightFoot")],
)  # fmt: skip
def test_nominal_parents(bone, above):
    assert BONE_PARENT[HumanBone[bone]] == HumanBone[above]


def test_left_and_right_are_mirrored():
    for bone in HumanBone:
        if bone.name.startswith("left"):
            twin = HumanBone["right" + bone.name.removeprefix("left")]
            names = [HumanBone(BONE_PARENT[b]).name for b in (bone, twin)]
            assert names[0].replace("left", "right") == names[1]


def test_an_empty_pose_has_no_opinion():
    pose = Pose()
    assert not pose.rotation_w.any()
    assert not pose.weight_w.any()
    assert pose.hips is None and pose.gaze is None and not pose.extra


def test_shared_defaults_cannot_be_written_to():
    with pytest.raises(ValueError, match="read-only"):
        Pose().rotation[0] = 1
    assert np.array_equal(Pose().rotation[0], [0, 0, 0, 1])
