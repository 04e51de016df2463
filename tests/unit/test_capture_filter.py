from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avatar.capture.filter import OneEuro, OneEuroRotation
from avatar.capture.smooth import PROFILES, PoseFilter
from avatar.math3d import (
    IDENTITY_QUAT,
    quat_conj,
    quat_from_axis_angle,
    quat_log,
    quat_mul,
)
from avatar.pose import BONE_COUNT, FaceShape, HumanBone, Pose

F, B = FaceShape, HumanBone


def test_a_constant_stays_as_it_is():
    smooth = OneEuro([1.0, 1.0], [1.0, 1.0])
    for i in range(10):
        assert np.allclose(smooth([0.3, -2.0], i / 30), [0.3, -2.0])


def test_noise_shrinks_and_a_step_arrives():
    rng = np.random.default_rng(1)
    smooth = OneEuro(1.0, 2.0)
    noisy = [smooth([x], i / 30)[0] for i, x in enumerate(rng.normal(0, 0.01, 200))]
    assert np.std(noisy[50:]) < 0.005
    for i in range(200, 215):
        last = smooth([1.0], i / 30)
    assert last[0] > 0.9


@given(st.sampled_from([15.0, 30.0, 60.0, 120.0]))
@settings(deadline=None)
def test_it_works_in_seconds_whatever_the_rate(rate):
    smooth = OneEuro(1.0, 0.0)
    smooth([0.0], 0.0)
    for i in range(1, round(0.5 * rate) + 1):
        value = smooth([1.0], i / rate)[0]
    assert value == pytest.approx(1 - np.exp(-2 * np.pi * 0.5), abs=0.01)


def test_an_absent_entry_keeps_its_value_and_starts_anew_after_a_gap():
    smooth = OneEuro(1.0, 0.0)
    smooth([1.0, 1.0], 0.0)
    value = smooth([9.0, 1.0], 0.1, [False, True])
    assert value[0] == 1.0
    assert smooth([5.0, 1.0], 1.0)[0] == 5.0


def test_rotations_take_the_short_way_on_the_sphere():
    smooth = OneEuroRotation(1.0, 0.0)
    a, b = (quat_from_axis_angle([0.0, 1.0, 0.0], np.radians(x)) for x in (170, 190))
    smooth(a[None], 0.0)
    half = smooth(-b[None], 0.05)[0]
    angle = np.degrees(np.linalg.norm(quat_log(quat_mul(quat_conj(a), half))))
    assert 0 < angle < 20
    assert np.linalg.norm(half) == pytest.approx(1)


def pose(t, **weights):
    rotation = np.tile(IDENTITY_QUAT, (BONE_COUNT, 1))
    rotation[B.head] = quat_from_axis_angle([0, 1.0, 0], 0.4)
    opinion = np.zeros(BONE_COUNT, np.float32)
    opinion[B.head] = 1
    weight = np.zeros(52, np.float32)
    for name, value in weights.items():
        weight[F[name]] = value
    return Pose(t, rotation, opinion, None, weight, np.ones(52, np.float32), (0.1, 0.0))


def test_composure_scales_motion_and_expression_but_never_a_blink():
    calm, lively = (PoseFilter(PROFILES[name]) for name in ("calm", "lively"))
    given = pose(0.0, mouthSmileLeft=0.5, eyeBlinkLeft=1.0)
    quiet, loud = calm(given), lively(given)
    angle = [np.linalg.norm(quat_log(p.rotation[B.head])) for p in (quiet, loud)]
    assert angle[0] < 0.4 < angle[1]
    assert quiet.weight[F.mouthSmileLeft] < 0.5 < loud.weight[F.mouthSmileLeft]
    assert quiet.weight[F.eyeBlinkLeft] == loud.weight[F.eyeBlinkLeft] == 1


def test_opinions_pass_through_and_shapes_stay_in_range():
    smooth = PoseFilter()
    for i in range(40):
        out = smooth(pose(i / 30, jawOpen=float(i % 2)))
    assert out.rotation_w.sum() == 1
    assert out.hips is None
    assert out.weight.min() >= 0
    assert out.weight.max() <= 1
