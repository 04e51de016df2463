from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from avatar import math3d as m

few = settings(max_examples=25, deadline=None)

angles = st.floats(-3.0, 3.0, width=32)
vectors = arrays(np.float64, 3, elements=st.floats(-2, 2, width=32))
quats = arrays(np.float64, (5, 4), elements=st.floats(-1, 1, width=32)).map(m.quat_normalize)


def same_turn(a, b, tolerance=1e-5):
    return np.abs(np.abs(np.sum(np.asarray(a) * b, -1)) - 1).max() < tolerance


@few
@given(quats, quats)
def test_product_turns_by_the_right_factor_first(a, b):
    v = np.array([0.3, -1.0, 2.0])
    together = m.quat_rotate(m.quat_mul(a, b), v)
    assert np.allclose(together, m.quat_rotate(a, m.quat_rotate(b, v)), atol=1e-5)


@few
@given(quats)
def test_conjugate_undoes(q):
    assert same_turn(m.quat_mul(q, m.quat_conj(q)), m.IDENTITY_QUAT)


@few
@given(quats)
def test_matrix_and_back(q):
    assert same_turn(m.mat3_to_quat(m.quat_to_mat3(q)), q)


@few
@given(quats)
def test_matrix_turns_as_the_quaternion(q):
    v = np.array([1.0, 2.0, -0.5])
    assert np.allclose(m.quat_to_mat3(q) @ v, m.quat_rotate(q, v), atol=1e-5)


@few
@given(arrays(np.float64, (4, 3), elements=st.floats(-1.75, 1.75, width=32)))
def test_log_inverts_exp(v):
    assert np.allclose(m.quat_log(m.quat_exp(v)), v, atol=1e-5)


@few
@given(angles, st.floats(-1.4, 1.4), angles)
def test_euler_is_yaw_then_pitch_then_roll(yaw, pitch, roll):
    parts = [
        m.quat_from_axis_angle([0.0, 1.0, 0.0], yaw),
        m.quat_from_axis_angle([1.0, 0.0, 0.0], pitch),
        m.quat_from_axis_angle([0.0, 0.0, 1.0], roll),
    ]
    expected = m.quat_mul(m.quat_mul(parts[0], parts[1]), parts[2])
    assert same_turn(m.quat_from_euler_yxz(yaw, pitch, roll), expected)


@few
@given(vectors, vectors)
def test_between_takes_one_direction_onto_the_other(a, b):
    a, b = m.normalize(a), m.normalize(b)
    if min(np.linalg.norm(a), np.linalg.norm(b)) < 0.5:
        return
    assert np.allclose(m.quat_rotate(m.quat_between(a, b), a), b, atol=2e-3)


def test_between_opposite_directions_turns_half_around():
    for axis in np.eye(3):
        assert np.allclose(m.quat_rotate(m.quat_between(axis, -axis), axis), -axis, atol=1e-6)


@few
@given(quats, quats, st.floats(0, 1))
def test_slerp_moves_at_constant_angle(a, b, t):
    whole = m.quat_log(m.quat_mul(m.quat_conj(a), b))
    part = m.quat_log(m.quat_mul(m.quat_conj(a), m.quat_slerp(a, b, np.full(5, t))))
    sizes = np.linalg.norm(whole, axis=-1)
    short = sizes < 3.0  # at half a turn the shortest way is not unique
    assert np.allclose(np.linalg.norm(part, axis=-1)[short], t * sizes[short], atol=2e-3)


@few
@given(quats)
def test_decompose_inverts_compose(q):
    t = np.arange(15.0).reshape(5, 3)
    s = np.array([1.0, 2.0, 0.5]) * np.ones((5, 1))
    translation, rotation, scale = m.decompose(m.compose(t, q, s))
    assert np.allclose(translation, t)
    assert np.allclose(scale, s, atol=1e-5)
    assert same_turn(rotation, q)


def test_mirrored_transforms_decompose_to_a_proper_rotation():
    _, rotation, scale = m.decompose(np.diag([-1.0, 2.0, 3.0, 1.0]))
    assert np.prod(scale) < 0
    assert np.isclose(np.linalg.norm(rotation), 1)


def test_projections_map_the_near_and_far_planes():
    for p in (m.perspective(0.5, 1.5, 0.1, 10.0), m.orthographic(2, 1, 0.1, 10.0)):
        for z, clip in ((-0.1, -1), (-10.0, 1)):
            x = p @ [0, 0, z, 1]
            assert np.isclose(x[2] / x[3], clip, atol=1e-5)


def test_view_puts_the_target_straight_ahead():
    view = m.look_at((1, 2, 3), (0, 1, 0))
    seen = view @ [0, 1, 0, 1]
    assert np.allclose(seen[:2], 0, atol=1e-6)
    assert seen[2] < 0


def test_zero_vectors_and_quaternions_are_harmless():
    assert not m.normalize(np.zeros(3)).any()
    assert np.allclose(m.quat_normalize(np.zeros(4)), m.IDENTITY_QUAT)


def test_points_are_transformed_with_translation():
    matrix = m.compose([1.0, 2.0, 3.0], m.quat_from_axis_angle([0.0, 0.0, 1.0], np.pi / 2))
    assert np.allclose(m.transform_points(matrix, [1.0, 0, 0]), [1, 3, 3], atol=1e-6)
