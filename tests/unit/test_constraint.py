from __future__ import annotations

import numpy as np
import pytest

from avatar.animation.constraint import Constraints
from avatar.animation.nodes import NodeTree
from avatar.character.character import Constraint
from avatar.math3d import mat3_to_quat, quat_from_axis_angle, quat_mul, quat_normalize, quat_slerp
from tests.unit.figures import nodes_of

X, Y, Z = np.eye(3)
PARENT = [-1, 0, 1, 1, 0]
"""0 root, 1 upper, 2 source, 3 sibling of the source, 4 elsewhere."""
PLACE = [[0, 0, 0], [0, 1, 0], [0.2, 1, 0], [0.1, 1, 0], [0, 2, 1]]


def make(*constraints: Constraint, rotation=None):
    tree = NodeTree(nodes_of(PARENT, PLACE, rotation))
    return tree, Constraints(constraints, tree)


def same(a, b, tolerance=1e-5):
    return abs(abs(float(np.dot(a, b))) - 1) < tolerance


def test_without_constraints_the_world_is_still_updated():
    tree, constraints = make()
    tree.rotation[0] = quat_from_axis_angle(Z, np.pi / 2)
    constraints.apply(tree)
    assert np.allclose(tree.world[1, :3, 3], [-1, 0, 0], atol=1e-6)


def test_rotation_copies_the_turn_between_different_axes():
    rest = [[0, 0, 0, 1]] * 4 + [quat_from_axis_angle(Y, 0.7)]
    tree, constraints = make(Constraint(4, "rotation", 2), rotation=rest)
    turn = quat_from_axis_angle(X, 0.5)
    tree.rotation[2] = quat_mul(tree.rest_rotation[2], turn)
    constraints.apply(tree)
    assert same(tree.rotation[4], quat_mul(tree.rest_rotation[4], turn))


@pytest.mark.parametrize("weight", [0.0, 0.3, 1.0])
def test_weight_slerps_from_rest(weight):
    tree, constraints = make(Constraint(4, "rotation", 2, weight=weight))
    turn = quat_from_axis_angle(quat_normalize([1.0, 2, 3, 0])[:3], 1.2)
    tree.rotation[2] = turn
    constraints.apply(tree)
    expected = quat_slerp(np.array([0, 0, 0, 1.0]), turn, weight)
    assert same(tree.rotation[4], expected)


def test_roll_takes_only_the_twist_about_its_axis():
    tree, constraints = make(Constraint(3, "roll", 2, axis="X"))
    swing, twist = quat_from_axis_angle(Z, 0.6), quat_from_axis_angle(X, 0.8)
    tree.rotation[2] = quat_mul(swing, twist)
    constraints.apply(tree)
    assert same(tree.rotation[3], twist)


def test_half_a_roll_for_a_twist_bone():
    tree, constraints = make(Constraint(3, "roll", 2, axis="X", weight=0.5))
    tree.rotation[2] = quat_from_axis_angle(X, 1.0)
    constraints.apply(tree)
    assert same(tree.rotation[3], quat_from_axis_angle(X, 0.5))


def test_roll_translates_between_rest_axes():
    """The source's own X is the destination's Z: a roll about Z follows a twist about X."""
    turned = mat3_to_quat(np.array([[0, 0, 1], [0, 1, 0], [-1, 0, 0.0]]).T)
    rest = [[0, 0, 0, 1]] * 3 + [turned, [0, 0, 0, 1]]
    tree, constraints = make(Constraint(3, "roll", 2, axis="Z"), rotation=rest)
    axis = quat_from_axis_angle(X, 0.4)
    tree.rotation[2] = axis
    constraints.apply(tree)
    assert same(tree.rotation[3], quat_mul(axis, turned))


@pytest.mark.parametrize("twisted", [False, True])
@pytest.mark.parametrize(
    ("axis", "vector"),
    [("PositiveX", X), ("NegativeX", -X), ("PositiveY", Y), ("NegativeZ", -Z)],
)
def test_aim_points_its_axis_at_the_source(axis, vector, twisted):
    rng = np.random.default_rng(3)
    rest = quat_normalize(rng.normal(size=(5, 4))) if twisted else None
    tree, constraints = make(Constraint(4, "aim", 2, axis=axis), rotation=rest)
    tree.rotation[1] = quat_mul(tree.rotation[1], quat_from_axis_angle(Z, 0.7))
    constraints.apply(tree)
    pointed = tree.world[4, :3, :3] @ vector
    away = tree.world[2, :3, 3] - tree.world[4, :3, 3]
    assert np.allclose(pointed, away / np.linalg.norm(away), atol=1e-4)


def test_aim_is_the_smallest_turn():
    tree, constraints = make(Constraint(4, "aim", 2, axis="PositiveZ"))
    constraints.apply(tree)
    away = tree.world[2, :3, 3] - tree.world[4, :3, 3]
    angle = 2 * np.arccos(min(abs(float(tree.rotation[4, 3])), 1))
    assert angle == pytest.approx(np.arccos(away[2] / np.linalg.norm(away)), abs=1e-3)


def test_constraints_wait_for_what_they_read():
    chain = (Constraint(4, "rotation", 3), Constraint(3, "rotation", 2))
    turn = quat_from_axis_angle(Y, 0.9)
    for order in (chain, chain[::-1]):
        tree, constraints = make(*order)
        tree.rotation[2] = turn
        constraints.apply(tree)
        assert same(tree.rotation[4], turn)


def test_an_aim_waits_for_a_constrained_ancestor_of_its_source():
    tree, constraints = make(
        Constraint(4, "aim", 2, axis="PositiveZ"), Constraint(1, "rotation", 0)
    )
    tree.rotation[0] = quat_from_axis_angle(Z, 0.5)
    constraints.apply(tree)
    away = tree.world[2, :3, 3] - tree.world[4, :3, 3]
    assert np.allclose(tree.world[4, :3, 2], away / np.linalg.norm(away), atol=1e-4)


def test_circles_end_and_stay_finite():
    tree, constraints = make(Constraint(3, "rotation", 4), Constraint(4, "aim", 3, axis="X"))
    tree.rotation[2] = quat_from_axis_angle(Y, 0.9)
    for _ in range(3):
        constraints.apply(tree)
    assert np.isfinite(tree.world).all()
