"""iFacialMocap and OpenSeeFace: what their packets mean."""

from __future__ import annotations

import socket
import time

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from avatar.math3d import quat_from_axis_angle, quat_mul, quat_rotate
from avatar.pose import FaceShape, HumanBone, Pose
from avatar.protocols.ifacialmocap import IFacialMocapReceiver
from avatar.protocols.openseeface import _FRAME, OpenSeeFaceReceiver
from avatar.protocols.receiver import Malformed

# The vendor's own sample: looking down, so that the head is turned up against the phone below.
SAMPLE = (
    b"mouthSmile_R-0|eyeLookOut_L-0|mouthUpperUp_L-11|mouthClose-8|eyeBlink_R-7|eyeLookDown_L-17|"
    b"jawOpen-12|mouthLeft-1|browInnerUp-20|=head#-21.488958,-6.038993,-6.6019735,-0.030653415,"
    b"-0.10287084,-0.6584072|rightEye#6.0297494,2.4403017,0.25649446|"
    b"leftEye#6.034903,-1.6660284,-0.17520553|"
)
FORWARD = np.array([0.0, 0.0, 1.0])


def face(pose: Pose) -> np.ndarray:
    """Where the face points, neck and head together."""
    head = quat_mul(pose.rotation[HumanBone.neck], pose.rotation[HumanBone.head])
    return quat_rotate(head, FORWARD)


def test_a_frame_of_the_phone():
    receiver = IFacialMocapReceiver()
    receiver.take(SAMPLE)
    pose = receiver.build()
    assert pose.weight[FaceShape.jawOpen] == pytest.approx(0.12)
    assert pose.weight[FaceShape.eyeBlinkRight] == pytest.approx(0.07)
    assert pose.weight[FaceShape.mouthLeft] == pytest.approx(0.01)
    assert pose.weight_w[FaceShape.tongueOut] == 0
    yaw, pitch = pose.gaze
    assert np.degrees(yaw) == pytest.approx((2.4403 - 1.666) / 2, abs=1e-3)
    assert np.degrees(pitch) == pytest.approx(-6.032, abs=1e-2)
    assert face(pose)[1] == pytest.approx(np.sin(np.radians(21.489)), abs=1e-3)
    assert face(pose)[0] < 0
    assert (pose.rotation_w > 0).sum() == 2


def test_the_second_version_writes_names_and_marks_differently():
    receiver = IFacialMocapReceiver()
    receiver.take(b"eyeBlinkLeft&29|mouthRight&40|FM_SAD&90|=|head#0,10,0,0,0,0|")
    pose = receiver.build()
    assert pose.weight[FaceShape.eyeBlinkLeft] == pytest.approx(0.29)
    assert pose.weight[FaceShape.mouthRight] == pytest.approx(0.4)
    assert face(pose)[0] == pytest.approx(np.sin(np.radians(10)), abs=1e-5)
    assert pose.gaze is None


@pytest.mark.parametrize("packet", [b"", b"\xff\xfe", b"hello", b"jawOpen-1|=head#1,2|",
                                    b"jawOpen-1|=head#a,b,c|", b"=head#nan,0,0|"])  # fmt: skip
def test_the_phone_malformed(packet):
    with pytest.raises(Malformed):
        IFacialMocapReceiver().take(packet)


def test_the_phone_is_asked_to_send():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.bind(("127.0.0.1", 0))
        phone.settimeout(3)
        receiver = IFacialMocapReceiver(port=0, phone="127.0.0.1")
        receiver.phone_port = phone.getsockname()[1]
        with receiver:
            hello, sender = phone.recvfrom(200)
            assert hello.startswith(b"iFacialMocap_")
            phone.sendto(SAMPLE, sender)
            for _ in range(200):
                if receiver._latest.get():
                    break
                time.sleep(0.01)
            assert receiver.sample(0.0) is None
            assert receiver.sample(0.3).weight[FaceShape.jawOpen] == pytest.approx(0.12)


def frame(**values: object) -> np.ndarray:
    """One OpenSeeFace face, looking straight ahead with open eyes."""
    made = np.zeros(1, _FRAME)
    made["success"], made["left_eye_open"], made["right_eye_open"] = 1, 1, 1
    half = np.sqrt(0.5)
    made["quaternion"] = 0, 0, half, half
    points = made["points3d"][0]
    points[66], points[67] = points[68] + [0, 0, -0.3], points[69] + [0, 0, -0.3]
    for name, value in values.items():
        made[name] = value
    return made


def built(*frames: np.ndarray) -> Pose:
    receiver = OpenSeeFaceReceiver()
    receiver.take(np.concatenate(frames).tobytes())
    pose = receiver.build()
    assert pose is not None
    return pose


def raw(axis: list[float], angle: float) -> np.ndarray:
    """What OpenSeeFace sends for a head turned about an axis of ours."""
    straight = quat_from_axis_angle([0.0, 0.0, 1.0], -np.pi / 2)
    x, y, z, w = quat_mul(quat_from_axis_angle(axis, angle), straight)
    return np.array([y, -x, -z, w])


def test_a_straight_face():
    pose = built(frame())
    assert face(pose) == pytest.approx(FORWARD, abs=1e-6)
    assert pose.gaze == pytest.approx((0, 0), abs=1e-6)
    assert not pose.weight.any()
    assert pose.weight_w[FaceShape.jawOpen] == 1
    assert pose.weight_w[FaceShape.tongueOut] == 0


@pytest.mark.parametrize(("axis", "angle"), [([0.0, 1.0, 0.0], 0.5), ([1.0, 0.0, 0.0], -0.3)])
def test_a_turned_face(axis, angle):
    wanted = quat_rotate(quat_from_axis_angle(axis, angle), FORWARD)
    assert face(built(frame(quaternion=raw(axis, angle)))) == pytest.approx(wanted, abs=1e-5)


def test_a_wink_a_smile_and_an_open_mouth():
    pose = built(
        frame(
            left_eye_open=0.1,
            mouth_corner_updown_l=-0.5,
            mouth_corner_updown_r=-0.5,
            mouth_open=1.0,
            eyebrow_updown_r=-0.4,
        )
    )
    assert pose.weight[FaceShape.eyeBlinkLeft] == pytest.approx(0.9)
    assert pose.weight[FaceShape.eyeBlinkRight] == 0
    assert pose.weight[FaceShape.mouthSmileLeft] == pytest.approx(0.5)
    assert pose.weight[FaceShape.mouthFrownLeft] == 0
    assert pose.weight[FaceShape.jawOpen] == pytest.approx(0.8)
    assert pose.weight[FaceShape.browDownRight] == pytest.approx(0.4)


def test_eyes_looking_up_and_to_the_faces_left():
    points = np.zeros((70, 3), np.float32)
    points[[66, 67]] = -0.1, 0.1, -0.3
    yaw, pitch = built(frame(points3d=points)).gaze
    assert yaw == pytest.approx(np.arctan2(0.1, 0.3), abs=1e-5)
    assert pitch == pytest.approx(np.arctan2(0.1, 0.3), abs=1e-5)


def test_the_performer_is_kept_when_another_comes():
    receiver = OpenSeeFaceReceiver()
    receiver.take(frame(id=3, mouth_open=1.0).tobytes())
    receiver.take(np.concatenate([frame(id=1), frame(id=3, mouth_open=0.5)]).tobytes())
    assert receiver.build().weight[FaceShape.jawOpen] == pytest.approx(0.4)
    receiver.take(frame(id=1, mouth_open=0.25).tobytes())
    assert receiver.build().weight[FaceShape.jawOpen] == pytest.approx(0.2)


def test_a_lost_face_changes_nothing_and_calibration_is_zero():
    receiver = OpenSeeFaceReceiver()
    receiver.take(frame(success=0).tobytes())
    assert receiver.build() is None
    receiver.take(frame(quaternion=raw([0.0, 1.0, 0.0], 0.4)).tobytes())
    receiver.calibrate()
    assert face(receiver.build()) == pytest.approx(FORWARD, abs=1e-6)


@given(st.binary(max_size=3600))
@example(b"\x7f\x00\x00\x00")
def test_no_bytes_break_openseeface(noise):
    receiver = OpenSeeFaceReceiver()
    for packet in (noise, (noise * 1785)[:1785]):
        try:
            receiver.take(packet)
        except Malformed:
            continue
    pose = receiver.build()
    assert pose is None or np.isfinite(pose.rotation).all()


def test_openseeface_malformed():
    for packet in (b"", b"x" * 100, frame(mouth_open=np.nan).tobytes()):
        with pytest.raises(Malformed):
            OpenSeeFaceReceiver().take(packet)
