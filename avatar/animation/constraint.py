"""``VRMC_node_constraint`` 1.0: roll, aim and rotation, in the order of their dependencies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from avatar.animation.nodes import Index, NodeTree
from avatar.character.character import Constraint
from avatar.math3d import (
    Array,
    Float,
    normalize,
    quat_between,
    quat_conj,
    quat_mul,
    quat_rotate,
    quat_slerp,
)

_AXES: Final = {"X": (1, 0, 0), "Y": (0, 1, 0), "Z": (0, 0, 1)}


def _axis(name: str) -> tuple[float, ...]:
    """``X``, ``PositiveX``, ``NegativeX`` ... as a vector; X if the file says nothing known."""
    axis = _AXES.get(name[-1:], (1, 0, 0))
    return tuple(-float(v) if name.startswith("Negative") else float(v) for v in axis)


class Constraints:
    """All constraints of one figure, grouped so that each group is one vectorised step."""

    def __init__(self, constraints: Sequence[Constraint], tree: NodeTree) -> None:
        self._groups = [_Group(group, tree) for group in _ordered(constraints, tree)]

    def apply(self, tree: NodeTree) -> None:
        """Constrain the local rotations, then bring all world matrices up to date."""
        for group in self._groups:
            group.apply(tree)
        tree.forward()


class _Group:
    """Constraints of one kind that do not depend on each other."""

    def __init__(self, constraints: Sequence[Constraint], tree: NodeTree) -> None:
        self._kind = constraints[0].kind
        self._node: Index = np.array([c.node for c in constraints], np.intp)
        self._source: Index = np.array([c.source for c in constraints], np.intp)
        self._axis = np.array([_axis(c.axis) for c in constraints], np.float32)
        self._weight = np.array([c.weight for c in constraints], np.float32)
        self._rest: Float = tree.rest_rotation[self._node]
        self._source_rest: Float = tree.rest_rotation[self._source]

    def apply(self, tree: NodeTree) -> None:
        target = {"roll": self._roll, "aim": self._aim, "rotation": self._rotation}[self._kind](
            tree
        )
        tree.rotation[self._node] = quat_slerp(self._rest, target, self._weight)

    def _turned(self, tree: NodeTree) -> Array:
        """The source's rotation from its rest, in its own axes."""
        return quat_mul(quat_conj(self._source_rest), tree.rotation[self._source])

    def _rotation(self, tree: NodeTree) -> Array:
        return quat_mul(self._rest, self._turned(tree))

    def _roll(self, tree: NodeTree) -> Array:
        in_parent = quat_mul(
            quat_mul(self._source_rest, self._turned(tree)), quat_conj(self._source_rest)
        )
        turn = quat_mul(quat_mul(quat_conj(self._rest), in_parent), self._rest)
        swing = quat_between(self._axis, normalize(quat_rotate(turn, self._axis)))
        return quat_mul(self._rest, quat_mul(quat_conj(swing), turn))

    def _aim(self, tree: NodeTree) -> Array:
        tree.forward()
        above = tree.world_rotation(tree.parent[self._node])
        rest = quat_mul(above, self._rest)
        away = tree.world[self._source, :3, 3] - tree.world[self._node, :3, 3]
        to = normalize(away)
        turn = quat_between(normalize(quat_rotate(rest, self._axis)), to)
        still = (np.abs(to).sum(-1, keepdims=True) < 0.5) | (self._source == self._node)[:, None]
        return np.where(still, self._rest, quat_mul(quat_conj(above), quat_mul(turn, rest)))


def _ordered(constraints: Sequence[Constraint], tree: NodeTree) -> list[list[Constraint]]:
    """Groups such that whatever a constraint reads is settled in an earlier group."""
    by_node = {c.node: c for c in constraints}
    depth: dict[int, int] = {}

    def settle(node: int, pending: frozenset[int]) -> int:
        if node not in by_node or node in pending:  # a cycle is the file's fault: cut it
            return 0
        if node not in depth:
            deeper = pending | {node}
            depth[node] = 1 + max(
                (settle(n, deeper) for n in _reads(by_node[node], tree)), default=0
            )
        return depth[node]

    keyed: dict[tuple[int, str], list[Constraint]] = {}
    for c in by_node.values():
        keyed.setdefault((settle(c.node, frozenset()), c.kind), []).append(c)
    return [keyed[key] for key in sorted(keyed)]


def _reads(constraint: Constraint, tree: NodeTree) -> list[int]:
    """Nodes whose rotation this constraint looks at: for an aim, everything above as well."""
    reads = [constraint.source]
    if constraint.kind == "aim":
        for start in (constraint.source, constraint.node):
            above = int(tree.parent[start])
            while above >= 0:
                reads.append(above)
                above = int(tree.parent[above])
    return reads
