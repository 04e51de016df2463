"""VMC: our sender to our receiver, Unity's axes, names, and everything a network does wrong."""

from __future__ import annotations

import itertools
import math
import socket
import struct
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("pythonosc")

from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder

from avatar.errors import ConfigError, DeviceError, ServiceError
from avatar.math3d import IDENTITY_QUAT, quat_from_axis_angle, quat_normalize, quat_rotate
from avatar.pose import BONE_COUNT, BONE_PARENT, FaceShape, HumanBone, Pose, RestSkeleton
from avatar.protocols.address import parse_address, receiver, sender
from avatar.protocols.osc import bundles, messages
from avatar.protocols.receiver import FADE_OUT, HOLD, Malformed
from avatar.protocols.unity import UNITY_NAMES, expression_of
from avatar.protocols.vmc import VmcReceiver, VmcSender


def skeleton(height: float = 0.95, missing: tuple[str, ...] = ()) -> RestSkeleton:
    offset = np.zeros((BONE_COUNT, 3), np.float32)
    offset[:, 1] = 0.1 * height
    offset[HumanBone.hips] = 0, height, 0.02
    for side in ("left", "right"):
        offset[[HumanBone[side + "LowerLeg"], HumanBone[side + "Foot"]]] = 0, -0.43 * height, 0
    return RestSkeleton(
        parent=BONE_PARENT,
        offset=offset,
        rotation=np.tile(IDENTITY_QUAT, (BONE_COUNT, 1)),
        present=tuple(b.name not in missing for b in HumanBone),
        hips_height=height,
    )


def some_pose(seed: int = 1) -> Pose:
    rng = np.random.default_rng(seed)
    rotation = quat_normalize(rng.normal(size=(BONE_COUNT, 4))).astype(np.float32)
    rotation = np.where(rotation[:, 3:] < 0, -rotation, rotation)
    rotation[[HumanBone.leftEye, HumanBone.rightEye]] = IDENTITY_QUAT
    return Pose(
        t=1.5, rotation=rotation, rotation_w=np.ones(BONE_COUNT, np.float32),
        hips=np.array([0.1, -0.2, 0.3], np.float32),
        weight=rng.random(52).astype(np.float32), weight_w=np.ones(52, np.float32),
        gaze=(0.2, -0.1), extra={"happy": 0.5, "MyShape": 0.25},
    )  # fmt: skip


def message(address: str, *values: object) -> bytes:
    builder = OscMessageBuilder(address=address)
    for value in values:
        builder.add_arg(value)
    return builder.build().dgram


def bone(name: str, q=(0.0, 0.0, 0.0, 1.0), p=(0.0, 0.0, 0.0)) -> bytes:
    return message("/VMC/Ext/Bone/Pos", name, *map(float, (*p, *q)))


def blend(name: str, value: float) -> list[bytes]:
    return [message("/VMC/Ext/Blend/Val", name, value), message("/VMC/Ext/Blend/Apply")]


def after(receiver: VmcReceiver, *packets: bytes) -> Pose:
    for packet in packets:
        receiver.take(packet)
    pose = receiver.build()
    assert pose is not None
    return pose


def wait(until) -> None:
    for _ in range(400):
        if until():
            return
        time.sleep(0.005)
    raise AssertionError("nothing came")


def settled(receiver: VmcReceiver) -> Pose:
    receiver.sample(0.0)
    pose = receiver.sample(0.3)
    assert pose is not None
    return pose


@pytest.mark.parametrize("names", ["vrm0", "vrm1"])
def test_what_we_send_we_receive(names):
    pose, rest = some_pose(), skeleton()
    with VmcReceiver(port=0, rest=rest) as receiver:
        sender = VmcSender(rest, *receiver.address, names=names)
        sender.send(pose)
        wait(lambda: receiver._latest.get() and len(receiver._applied) == 54)
        time.sleep(0.05)
        got = settled(receiver)
        sender.close()
    side = np.where(got.rotation[:, 3:] < 0, -1, 1)
    assert np.abs(got.rotation * side - pose.rotation).max() < 1e-5
    assert np.abs(got.hips - pose.hips).max() < 1e-5
    assert np.abs(got.weight - pose.weight).max() < 1e-5
    assert np.abs(np.subtract(got.gaze, pose.gaze)).max() < 1e-5
    assert got.extra == pytest.approx(pose.extra, abs=1e-5)
    assert receiver.malformed == 0


def test_packets_fit_a_network():
    sender = VmcSender(skeleton(), port=9)
    packets = list(bundles(sender._messages(some_pose())))
    assert len(packets) > 1
    assert max(map(len, packets)) <= 1408
    assert sum(len(list(messages(p))) for p in packets) == 55 + 54 + 4
    sender.close()


def test_an_arm_lowered_in_unity_is_lowered_here():
    # In Unity +80 degrees about Z lower the left arm, which points to -X there.
    half = math.radians(40)
    q = (0.0, 0.0, math.sin(half), math.cos(half))
    pose = after(VmcReceiver(), bone("LeftUpperArm", q))
    arm = quat_rotate(pose.rotation[HumanBone.leftUpperArm], np.array([1.0, 0, 0]))
    assert arm == pytest.approx([math.cos(2 * half), -math.sin(2 * half), 0], abs=1e-6)


def test_a_head_turned_in_unity_turns_to_the_same_side():
    # Unity's +Y turns the face (+Z) to +X, the figure's right there, which is -X here.
    q = (0.0, math.sin(0.25), 0.0, math.cos(0.25))
    face = quat_rotate(after(VmcReceiver(), bone("Head", q)).rotation[HumanBone.head], [0.0, 0, 1])
    assert face == pytest.approx([-math.sin(0.5), 0, math.cos(0.5)], abs=1e-6)


def test_thumbs_start_one_name_later_in_unity():
    assert UNITY_NAMES[HumanBone.leftThumbMetacarpal] == "LeftThumbProximal"
    assert UNITY_NAMES[HumanBone.rightThumbProximal] == "RightThumbIntermediate"
    assert UNITY_NAMES[HumanBone.rightThumbDistal] == "RightThumbDistal"
    assert UNITY_NAMES[HumanBone.leftIndexProximal] == "LeftIndexProximal"


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("Joy", "happy"), ("Sorrow", "sad"), ("FUN", "relaxed"), ("A", "aa"), ("o", "oh"),
        ("Blink_L", "blinkLeft"), ("happy", "happy"), ("blinkRight", "blinkRight"),
        ("BrowInnerUp", FaceShape.browInnerUp), ("eyeBlinkLeft", FaceShape.eyeBlinkLeft),
        ("EYEBLINK_R", FaceShape.eyeBlinkRight), ("mouthSmile_L", FaceShape.mouthSmileLeft),
        ("mouthLeft", FaceShape.mouthLeft), ("Hairpin", "Hairpin"),
    ],
)  # fmt: skip
def test_blend_shapes_go_by_many_names(name, meaning):
    assert expression_of(name) == meaning


def test_blend_shapes_wait_for_apply():
    receiver = VmcReceiver()
    receiver.take(message("/VMC/Ext/Blend/Val", "JawOpen", 0.5))
    assert receiver.build() is None
    receiver.take(message("/VMC/Ext/Blend/Apply"))
    assert receiver.build().weight[FaceShape.jawOpen] == 0.5


def test_presets_own_their_region():
    pose = after(VmcReceiver(), *blend("Blink", 1.0), *blend("A", 0.7))
    assert pose.extra == pytest.approx({"blink": 1.0, "aa": 0.7})
    assert pose.weight_w[FaceShape.eyeBlinkLeft] == 1
    assert pose.weight_w[FaceShape.jawOpen] == 1
    assert pose.weight_w[FaceShape.browInnerUp] == 0
    assert not pose.weight.any()


def test_shapes_win_over_the_presets_beside_them():
    pose = after(VmcReceiver(), *blend("A", 0.7), *blend("jawOpen", 0.4), *blend("Joy", 1.0))
    assert pose.extra == {"happy": 1.0}
    assert pose.weight[FaceShape.jawOpen] == pytest.approx(0.4)


def test_the_root_carries_the_hips():
    turn = (0.0, math.sin(math.pi / 4), 0.0, math.cos(math.pi / 4))
    root = message("/VMC/Ext/Root/Pos", "root", 1.0, 0.0, 0.0, *turn)
    pose = after(VmcReceiver(rest=skeleton()), bone("Hips", p=(0, 0.95, 0.02)), root)
    forward = quat_rotate(pose.rotation[HumanBone.hips], np.array([0.0, 0, 1]))
    assert forward == pytest.approx([-1, 0, 0], abs=1e-6)
    assert pose.hips * 0.95 == pytest.approx([-1.02, 0, -0.02], abs=1e-5)


def test_root_with_scale_and_offset_is_understood():
    root = message("/VMC/Ext/Root/Pos", "root", *([0.0] * 6), 1.0, *([1.0] * 6))
    assert after(VmcReceiver(), root, bone("Head")).rotation_w[HumanBone.head] == 1


@pytest.mark.parametrize("own", [skeleton(0.8), None])
def test_a_bigger_body_is_scaled_by_its_legs(own):
    tall = skeleton(1.2)
    with VmcReceiver(port=0, rest=own) as receiver:
        sender = VmcSender(tall, *receiver.address)
        sender.send(Pose(hips=np.array([0, -0.25, 0], np.float32)))
        wait(lambda: receiver._latest.get() and receiver._latest.get().hips is not None)
        assert receiver._latest.get().hips[1] == pytest.approx(-0.25, abs=0.015)
        sender.close()


def test_a_sender_without_positions_moves_no_hips():
    assert after(VmcReceiver(), bone("Hips"), bone("Spine")).hips is None


def test_bones_the_figure_lacks_turn_what_hangs_on_them():
    pose = Pose(
        rotation=np.tile(IDENTITY_QUAT, (BONE_COUNT, 1)), rotation_w=np.ones(BONE_COUNT, np.float32)
    )
    pose.rotation[HumanBone.upperChest] = quat_from_axis_angle([0.0, 1.0, 0.0], 0.5)
    with VmcReceiver(port=0) as receiver:
        sender = VmcSender(skeleton(missing=("upperChest",)), *receiver.address)
        sender.send(pose)
        wait(lambda: len(receiver._bones) == 54)
        time.sleep(0.05)
        got = settled(receiver)
        sender.close()
    assert got.rotation_w[HumanBone.upperChest] == 0
    for below in (HumanBone.neck, HumanBone.leftShoulder):
        assert got.rotation[below] == pytest.approx(pose.rotation[HumanBone.upperChest], abs=1e-6)


def test_numbers_may_come_as_ints_and_doubles():
    receiver = VmcReceiver()
    builder = OscMessageBuilder(address="/VMC/Ext/Bone/Pos")
    for value, kind in zip(["Head", 0, 0, 0, 0.0, 0, 0, 1], "siiidiii", strict=True):
        builder.add_arg(value, kind)
    pose = after(receiver, builder.build().dgram, *blend("JawOpen", 1))
    assert pose.rotation_w[HumanBone.head] == 1
    assert pose.weight[FaceShape.jawOpen] == 1


def test_nested_bundles_and_other_messages():
    inner, outer = OscBundleBuilder(IMMEDIATELY), OscBundleBuilder(IMMEDIATELY)
    for part in blend("Joy", 1.0):
        inner.add_content(_raw(part))
    camera = message("/VMC/Ext/Cam", "Camera", *([0.0] * 8))
    outer.add_content(inner.build())
    outer.add_content(_raw(camera))
    receiver = VmcReceiver()
    receiver.take(outer.build().dgram)
    receiver.take(camera)
    receiver.take(message("/VMC/Ext/OK", 0, 3, 0))
    assert receiver.build().extra == {"happy": 1.0}
    assert not receiver.loaded


def _raw(data: bytes):
    from pythonosc.osc_message import OscMessage

    return OscMessage(data)


@pytest.mark.parametrize(
    "packet",
    [
        b"", b"hello", b"/VMC/Ext/Bone/Pos\0\0\0,sf", bone("Head")[:-3], b"#bundle\0\0\0\0\0",
        b"#bundle\0" + bytes(8) + struct.pack(">i", 1 << 30),
        message("/VMC/Ext/Bone/Pos", "Head", 1.0), message("/VMC/Ext/Bone/Pos", 1.0, *([0.0] * 7)),
        bone("Head", (math.nan, 0, 0, 1)), message("/VMC/Ext/Blend/Val", "A", math.inf),
        message("/VMC/Ext/Blend/Val", "A", "loud"),
    ],
)  # fmt: skip
def test_malformed_packets_are_refused(packet):
    receiver = VmcReceiver()
    with pytest.raises(Malformed):
        receiver.take(packet)


@given(st.binary(max_size=400), st.integers(0, 3))
def test_no_bytes_break_it(noise, cut):
    receiver = VmcReceiver()
    whole = next(bundles(iter([bone("Head"), *blend("Joy", 0.5)])))
    for packet in (noise, b"#bundle\0" + noise, b"/VMC" + noise, whole[: len(whole) - cut] + noise):
        try:
            receiver.take(packet)
        except Malformed:
            continue
    pose = receiver.build()
    assert pose is None or np.isfinite(pose.rotation).all()


def test_malformed_packets_are_counted_and_told_once():
    told: list[str] = []
    receiver = VmcReceiver(tell=told.append)
    for _ in range(5):
        assert not receiver.accept(b"junk", ("127.0.0.1", 5))
    assert receiver.malformed == 5
    assert len(told) == 1
    assert "malformed" in told[0]


def test_of_packets_laid_out_alike_the_newest_wins():
    receiver, rest = VmcReceiver(), skeleton()
    sender = VmcSender(rest)
    for seed in (1, 2, 3, 4):
        for packet in bundles(sender._messages(some_pose(seed))):
            receiver.take(packet)
    sender.close()
    assert len(receiver._waiting) > 1
    want, got = some_pose(4), receiver.build()
    assert np.abs(got.weight - want.weight).max() < 1e-6
    side = np.where(got.rotation[:, 3:] < 0, -1, 1)
    assert np.abs(got.rotation * side - want.rotation).max() < 1e-6


def test_a_bad_number_in_a_known_packet_is_counted():
    receiver = VmcReceiver()
    receiver.take(bone("Head", (0, 1, 0, 0)))
    receiver.take(bone("Head", (math.nan, 0, 0, 1)))
    pose = receiver.build()
    assert receiver.malformed == 1
    assert abs(pose.rotation[HumanBone.head, 1]) == 1


def test_the_first_sender_keeps_the_port(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("avatar.protocols.receiver.monotonic", lambda: now[0])
    told: list[str] = []
    receiver = VmcReceiver(tell=told.append)
    first, second = ("127.0.0.1", 1), ("127.0.0.1", 2)
    assert receiver.accept(bone("Head"), first)
    now[0] += 1.9
    assert not receiver.accept(bone("Neck"), second)
    assert not receiver.accept(bone("Neck"), second)
    assert (receiver.refused, len(told)) == (2, 1)
    now[0] += 2.1
    assert receiver.accept(bone("Neck"), second)
    assert not receiver.accept(bone("Head"), first)


def test_noise_does_not_keep_the_port_from_a_real_sender():
    receiver = VmcReceiver()
    for _ in range(3):
        assert not receiver.accept(b"noise", ("127.0.0.1", 1))
        assert receiver.accept(bone("Head"), ("127.0.0.1", 2))
    assert (receiver.malformed, receiver.refused) == (1, 2)


def test_a_new_sender_begins_anew(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("avatar.protocols.receiver.monotonic", lambda: now[0])
    receiver = VmcReceiver()
    for packet in (bone("Head"), *blend("Joy", 1.0)):
        receiver.accept(packet, ("127.0.0.1", 1))
    now[0] += 3
    receiver.accept(bone("Neck"), ("127.0.0.1", 2))
    pose = receiver.build()
    assert np.flatnonzero(pose.rotation_w).tolist() == [HumanBone.neck]
    assert pose.extra == {}


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("vmc://", ("vmc", "127.0.0.1", 39539)), ("vmc://:40000", ("vmc", "127.0.0.1", 40000)),
        ("vmc://10.0.0.2:1", ("vmc", "10.0.0.2", 1)), ("VMC://pc", ("vmc", "pc", 39539)),
        ("ifacialmocap://10.0.0.7", ("ifacialmocap", "10.0.0.7", 49983)),
        ("openseeface://", ("openseeface", "127.0.0.1", 11573)),
    ],
)  # fmt: skip
def test_addresses(address, parts):
    assert parse_address(address) == parts


@pytest.mark.parametrize(
    "address", ["", "vmc", "osc://x", "vmc://a:99999", "vmc://a/b", "vmc://[a"]
)
def test_what_is_no_address(address):
    with pytest.raises(ConfigError) as caught:
        parse_address(address)
    assert "\n" not in str(caught.value)


def test_receivers_and_senders_by_address():
    assert receiver("vmc://:1").address == ("127.0.0.1", 1)
    assert receiver("ifacialmocap://10.0.0.7").address == ("0.0.0.0", 49983)
    assert receiver("ifacialmocap://").address[0] == "127.0.0.1"
    assert receiver("openseeface://").layer == "capture"
    sender("vmc://", skeleton()).close()
    with pytest.raises(ConfigError, match="vmc://"):
        sender("openseeface://", skeleton())


def test_a_silent_sender_is_held_and_then_fades():
    receiver = VmcReceiver()
    receiver._latest.put(after(receiver, bone("Head")))
    head = [
        (t, pose.rotation_w[HumanBone.head] if (pose := receiver.sample(t)) else 0.0)
        for t in np.round(np.arange(0, 1.6, 0.05), 2)
    ]
    weights = dict(head)
    assert weights[0.0] == 0
    assert weights[HOLD] == pytest.approx(1)
    assert 0 < weights[round(HOLD + FADE_OUT / 2, 2)] < 1
    assert weights[round(HOLD + FADE_OUT + 0.1, 2)] == 0
    assert max(abs(b - a) for (_, a), (_, b) in itertools.pairwise(head)) < 0.2


def test_a_closed_receiver_is_silent_and_closing_twice_is_harmless():
    receiver = VmcReceiver(port=0)
    assert receiver.sample(0.0) is None
    receiver.open()
    receiver.close()
    receiver.close()


def test_it_listens_on_this_machine_alone():
    with VmcReceiver(port=0) as receiver:
        assert receiver.address[0] == "127.0.0.1"


def test_a_receiver_that_breaks_says_so_when_sampled(monkeypatch):
    receiver = VmcReceiver(port=0)
    monkeypatch.setattr(receiver, "build", lambda: 1 / 0)
    with receiver:
        sender = VmcSender(skeleton(), *receiver.address)
        sender.send(Pose())
        wait(lambda: receiver._failure is not None)
        sender.close()
        with pytest.raises(ServiceError, match="VMC stopped listening"):
            receiver.sample(0.0)


def test_a_taken_port_says_what_to_do():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        with pytest.raises(DeviceError, match="another port"):
            VmcReceiver(port=other.getsockname()[1]).open()


def test_addresses_that_do_not_exist():
    with pytest.raises(ConfigError):
        VmcSender(skeleton(), "no.such.host.invalid")
    with pytest.raises((ConfigError, DeviceError)):
        VmcReceiver("no.such.host.invalid").open()


def test_sending_to_nobody_is_harmless():
    sender = VmcSender(skeleton(), port=9)
    for _ in range(3):
        sender.send(some_pose())
    sender.close()
