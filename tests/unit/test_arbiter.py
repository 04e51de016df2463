"""Who moves what when several sources do: by priority, confidence and freshness."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avatar.animation.arbiter import PRIORITIES, Arbiter
from avatar.animation.mixer import BONE_CHANNEL, CHANNELS, FACE_CHANNEL, LAYERS, Mixer
from avatar.errors import ConfigError
from avatar.math3d import quat_conj, quat_from_axis_angle, quat_log, quat_mul
from avatar.pose import BONE_COUNT, FACE_COUNT, Driver, FaceShape, HumanBone, Pose


class Fake:
    """A source that can be silenced and broken."""

    layer = "capture"

    def __init__(self, pose: Pose) -> None:
        self.pose: Pose | None = pose
        self.broken = False
        self.late = 0.0

    def sample(self, t: float) -> Pose | None:
        if self.broken:
            raise RuntimeError("unplugged")
        return None if self.pose is None else replace(self.pose, t=t - self.late)


def whole(turn: float, value: float, confidence: float = 1.0) -> Pose:
    """Every bone turned, every shape set, everything said."""
    q = quat_from_axis_angle([0.0, 1.0, 0.0], turn).astype(np.float32)
    return Pose(
        rotation=np.tile(q, (BONE_COUNT, 1)),
        rotation_w=np.full(BONE_COUNT, confidence, np.float32),
        hips=np.full(3, value, np.float32),
        weight=np.full(FACE_COUNT, value, np.float32),
        weight_w=np.full(FACE_COUNT, confidence, np.float32),
        gaze=(value, value),
        extra={"happy": value},
    )


def run(arbiter: Arbiter, start: float, seconds: float, rate: float = 60.0) -> list[Pose | None]:
    return [arbiter.sample(start + i / rate) for i in range(1, round(seconds * rate) + 1)]


@pytest.fixture
def stage() -> tuple[Arbiter, Fake, Fake]:
    """A phone and a webcam, both saying everything, settled at 1 s."""
    arbiter, phone, webcam = Arbiter(), Fake(whole(0.4, 0.4)), Fake(whole(-0.4, 0.8))
    arbiter.add("phone", phone, "phone")
    arbiter.add("webcam", webcam, "webcam")
    run(arbiter, 0.0, 1.0)
    return arbiter, phone, webcam


def test_it_is_a_driver_on_a_known_layer():
    arbiter = Arbiter()
    assert isinstance(arbiter, Driver)
    assert arbiter.layer in {layer.name for layer in LAYERS}
    assert arbiter.sample(0.0) is None


def test_priorities_are_data_over_known_channels():
    for table in PRIORITIES.values():
        assert set(table) <= set(CHANNELS)


def test_each_channel_has_its_owner_and_legs_are_left_to_the_webcam_or_nobody(stage):
    arbiter, _, webcam = stage
    owners = arbiter.owners()
    assert owners["mouth"] == owners["brows"] == owners["head"] == owners["gaze"] == "phone"
    assert owners["hands"] == owners["arms"] == owners["hips"] == "webcam"
    pose = arbiter.sample(1.01)
    assert pose.weight[FaceShape.jawOpen] == pytest.approx(0.4)
    assert pose.hips == pytest.approx([0.8] * 3)
    assert pose.gaze == pytest.approx((0.4, 0.4))
    assert pose.extra == pytest.approx({"happy": 0.4})
    legless = whole(-0.4, 0.8)
    legless.rotation_w[[b for b in HumanBone if BONE_CHANNEL[b] == "legs"]] = 0
    webcam.pose = legless
    run(arbiter, 1.01, 1.0)
    assert "legs" not in arbiter.owners()
    assert arbiter.sample(2.1).rotation_w[HumanBone.leftUpperLeg] == 0


def test_what_the_owner_does_not_know_another_may(stage):
    arbiter, phone, _ = stage
    opinion = np.ones(FACE_COUNT, np.float32)
    opinion[FaceShape.tongueOut] = 0
    phone.pose = replace(phone.pose, weight_w=opinion)
    run(arbiter, 1.0, 1.0)
    pose = arbiter.sample(2.01)
    assert pose.weight[FaceShape.tongueOut] == pytest.approx(0.8)
    assert pose.weight[FaceShape.jawOpen] == pytest.approx(0.4)


def test_confidence_decides_but_not_by_a_hair(stage):
    arbiter, phone, _ = stage
    for confidence, owner in ((0.55, "phone"), (0.3, "webcam"), (0.55, "webcam"), (0.9, "phone")):
        phone.pose = whole(0.4, 0.4, confidence)
        run(arbiter, arbiter._last, 1.0)
        assert arbiter.owners()["mouth"] == owner, confidence


def test_a_change_of_owner_is_a_glide(stage):
    arbiter, phone, _ = stage
    phone.pose = None
    seen = run(arbiter, 1.0, 1.0)
    jaw = np.array([p.weight[FaceShape.jawOpen] for p in seen])
    assert jaw[-1] == pytest.approx(0.8)
    assert np.abs(np.diff(np.concatenate([[0.4], jaw]))).max() < 0.05
    head = np.stack([p.rotation[HumanBone.head] for p in seen]).astype(np.float64)
    step = np.linalg.norm(quat_log(quat_mul(quat_conj(head[:-1]), head[1:])), axis=-1)
    assert step.max() < 0.1
    assert all(p.weight_w[FaceShape.jawOpen] > 0.95 for p in seen)


def test_a_stale_source_loses_its_part_and_is_said_once(stage):
    told: list[str] = []
    arbiter, phone, _ = stage
    arbiter._tell = told.append
    phone.late = 5.0
    run(arbiter, 1.0, 1.5)
    assert arbiter.owners()["mouth"] == "webcam"
    run(arbiter, 2.5, 3.0)
    assert len(told) == 1
    assert "phone is silent" in told[0]
    phone.late = 0.0
    run(arbiter, 5.5, 1.0)
    assert arbiter.owners()["mouth"] == "phone"
    assert told[-1] == "phone is back"


def test_a_source_that_fails_is_dropped_and_said_and_the_others_go_on(stage):
    arbiter, phone, _ = stage
    phone.broken = True
    run(arbiter, 1.0, 1.0)
    assert arbiter.notes == ["phone is dropped: unplugged"]
    assert set(arbiter.owners().values()) == {"webcam"}
    assert arbiter.sample(2.1).weight[FaceShape.jawOpen] == pytest.approx(0.8)


def test_nobody_left_fades_to_nothing(stage):
    arbiter, phone, webcam = stage
    phone.pose = webcam.pose = None
    seen = run(arbiter, 1.0, 1.0)
    assert seen[-1] is None
    there = [float(p.rotation_w[HumanBone.head]) if p else 0.0 for p in seen]
    assert np.abs(np.diff([1.0, *there])).max() < 0.1


def test_moods_and_speech_lie_over_a_performer_and_life_below():
    still = replace(whole(0.0, 0.0), gaze=None)
    mood, lips, idle = (np.zeros(FACE_COUNT, np.float32) for _ in range(3))
    mood[FaceShape.cheekSquintLeft], lips[FaceShape.jawOpen] = 0.5, 0.7
    idle[FaceShape.eyeBlinkLeft] = 1
    others = [
        (layer, Pose(weight=weight, weight_w=(weight > 0).astype(np.float32)))
        for layer, weight in (("emotion", mood), ("lips", lips), ("idle", idle))
    ]
    assert Mixer().mix(others).weight[FaceShape.eyeBlinkLeft] == 1
    mixed = Mixer().mix([*others, ("capture", still)])
    assert mixed.weight[FaceShape.cheekSquintLeft] == pytest.approx(0.5)
    assert mixed.weight[FaceShape.jawOpen] == pytest.approx(0.7)
    assert mixed.weight[FaceShape.eyeBlinkLeft] == 0


def test_names_kinds_and_channels_are_checked():
    arbiter, source = Arbiter(), Fake(Pose())
    arbiter.add("a", source, {"mouth": 1.0})
    for name, priority in (("a", "phone"), ("b", "telepathy"), ("b", {"nose": 1.0})):
        with pytest.raises(ConfigError):
            arbiter.add(name, source, priority)
    with pytest.raises(ConfigError, match="known: a"):
        arbiter.remove("b")
    arbiter.remove("a")
    assert arbiter.sample(0.0) is None


def test_a_channel_without_priority_is_never_taken():
    arbiter = Arbiter()
    arbiter.add("mouth", Fake(whole(0.4, 0.4)), {"mouth": 1.0})
    run(arbiter, 0.0, 1.0)
    pose = arbiter.sample(1.01)
    mouth = np.array([channel == "mouth" for channel in FACE_CHANNEL])
    assert (pose.weight_w[mouth] == 1).all()
    assert not pose.weight_w[~mouth].any()
    assert not pose.rotation_w.any()
    assert pose.hips is None
    assert pose.gaze is None
    assert dict(pose.extra) == {}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.floats(0, 1), st.floats(0.001, 0.5)), max_size=30))
def test_whatever_comes_the_pose_is_valid(events):
    arbiter = Arbiter()
    sources = [Fake(whole(0.5 * i, 0.3 * i)) for i in range(3)]
    for i, (source, kind) in enumerate(zip(sources, ("phone", "webcam", "suit"), strict=True)):
        arbiter.add(str(i), source, kind)
    t = 0.0
    for who, confidence, dt in events:
        sources[who].pose = whole(who, confidence, confidence) if confidence > 0.1 else None
        t += dt
        pose = arbiter.sample(t)
        assert (arbiter._share >= 0).all()
        assert (arbiter._share.sum(0) <= 1 + 1e-5).all()
        if pose is not None:
            assert np.allclose(np.linalg.norm(pose.rotation, axis=1), 1, atol=1e-4)
            for values in (pose.rotation_w, pose.weight, pose.weight_w):
                assert values.min() >= 0
                assert values.max() <= 1 + 1e-6
