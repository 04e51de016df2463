"""``VRMC_springBone`` 1.0: hair and cloth that follow with inertia.

The specification's verlet step runs at a fixed 60 Hz, whatever the frame rate: between two
frames the bones that carry the springs are interpolated, after the last step the tails are
carried on by their inertia, so a clip moves alike at 24, 30 or 144 frames a second. Joints of
the same depth over all springs are one vectorised step.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from avatar.animation.collider import Colliders
from avatar.animation.nodes import Index, NodeTree
from avatar.character.character import Character, Spring, SpringJoint
from avatar.math3d import Array, Float

TICK: Final = 1 / 60
"""s, one step of the simulation."""
_LONGEST: Final = 0.5
"""s, a longer frame is a cut: the springs start anew."""
_TELEPORT: Final = 0.5
"""m that a carrying bone may move in a frame before it counts as a cut."""
_FLIP: Final = 1.2
"""Change of a carrying bone's axes (Frobenius norm, about 50 degrees) that counts as a cut."""
_SETTLE: Final = 40
"""Steps after a cut, so that hair hangs before it is seen."""

_EPSILON: Final = np.zeros((3, 9), np.float32)
for _i, _j, _k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
    _EPSILON[_i, 3 * _k + _j] = 1
    _EPSILON[_i, 3 * _j + _k] = -1


@dataclass(frozen=True, slots=True)
class _Pair:
    """A joint and the next one, its tail."""

    joint: SpringJoint
    tail: int
    spring: int


class SpringBones:
    """All springs of one figure and their state."""

    def __init__(self, character: Character, tree: NodeTree) -> None:
        pairs = _pairs(character.springs, tree)
        self._springs = _Chains(pairs, character.springs, tree) if pairs else None
        if self._springs is None:
            return
        self._colliders = Colliders(
            character.colliders, [character.springs[p.spring] for p in self._springs.pairs]
        )
        tracked = np.concatenate([self._springs.anchor, self._springs.center, self._colliders.node])
        self._tracked, where = np.unique(tracked, return_inverse=True)
        cuts = np.cumsum([len(self._springs.anchor), len(self._springs.center)])
        self._at_anchor, self._at_center, self._at_collider = np.split(where, cuts)
        self._follow = tree.steps_below(self._springs.node)
        self._before: Float | None = None
        self._owed = 0.0

    def reset(self) -> None:
        """Start anew at the next step, hanging at rest."""
        self._before = None

    def step(self, dt: float, tree: NodeTree) -> None:
        """Advance ``dt`` s to the tree's present world matrices; move the springs' own nodes."""
        springs = self._springs
        if springs is None:
            return
        now = tree.world[np.maximum(self._tracked, 0)]
        now[self._tracked < 0] = np.eye(4)
        if self._before is None or dt > _LONGEST or dt < 0 or _jumped(self._before, now):
            self._start(now)
        else:
            self._run(dt, self._before, now)
        self._before = now
        if self._owed > 0.02 * TICK:
            springs.show(now[self._at_anchor], now[self._at_center], self._owed / TICK)
        tree.world[springs.node] = springs.world
        tree.follow(self._follow)

    def _start(self, now: Float) -> None:
        assert self._springs is not None
        self._owed = 0.0
        self._springs.rest(now[self._at_anchor], now[self._at_center])
        for _ in range(_SETTLE):
            self._tick(now)

    def _run(self, dt: float, before: Float, now: Float) -> None:
        owed = self._owed + dt
        ticks = int(owed / TICK + 1e-3)
        moved = now - before
        for i in range(1, ticks + 1):
            f = min((i * TICK - self._owed) / dt, 1.0) if dt > 0 else 1.0
            self._tick(before + np.float32(f) * moved)
        self._owed = max(owed - ticks * TICK, 0.0)

    def _tick(self, tracked: Array) -> None:
        assert self._springs is not None
        self._colliders.place(tracked[self._at_collider])
        self._springs.tick(tracked[self._at_anchor], tracked[self._at_center], self._colliders)


def _jumped(before: Array, now: Array) -> bool:
    moved = now - before
    far = np.abs(moved[:, :3, 3]).max(initial=0) > _TELEPORT
    axes = moved[:, :3, :3].reshape(len(moved), 9)
    return bool(far or np.einsum("ni,ni->n", axes, axes).max(initial=0) > _FLIP**2)


class _Chains:
    """State and geometry of all joint pairs, ordered by depth."""

    def __init__(self, pairs: list[_Pair], springs: Sequence[Spring], tree: NodeTree) -> None:
        depth, above = _depths(pairs, tree)
        order = sorted(range(len(pairs)), key=lambda i: depth[i])
        new = {old: i for i, old in enumerate(order)}
        self.pairs = [pairs[i] for i in order]
        joints = [p.joint for p in self.pairs]
        self.node: Index = np.array([j.node for j in joints], np.intp)
        parent = np.array([new[above[i]] if above[i] >= 0 else -1 for i in order], np.intp)
        self.anchor: Index = tree.parent[self.node[parent < 0]]
        """Nodes whose matrices carry the first joints; -1 is the world."""
        self.center: Index = np.array([springs[p.spring].center for p in self.pairs], np.intp)
        self._centered = bool((self.center >= 0).any())
        self._levels = _slices([depth[i] for i in order])
        self._parent = [parent[level] for level in self._levels]
        self._geometry(tree, parent)
        self._inertia = np.array([[1 - j.drag_force] for j in joints], np.float32)
        self._push = np.array([[j.stiffness * TICK] for j in joints], np.float32)
        gravity = np.array([j.gravity_dir for j in joints], np.float32)
        power = np.array([[j.gravity_power * TICK] for j in joints], np.float32)
        self._gravity = gravity * power
        self._radius = np.array([j.hit_radius for j in joints], np.float32)
        self._tail = self._last = np.zeros((len(joints), 3), np.float32)
        self.world = np.tile(np.eye(4, dtype=np.float32), (len(joints), 1, 1))
        """float32[J, 4, 4], world matrices of ``node``."""

    def _geometry(self, tree: NodeTree, parent: Index) -> None:
        rest = tree.rest_world.astype(np.float64)
        frame = np.where(
            (parent >= 0)[:, None, None], rest[self.node[parent]], _above(rest, self.node, tree)
        )
        self._local = (np.linalg.inv(frame) @ rest[self.node]).astype(np.float32)
        tails = rest[[p.tail for p in self.pairs], :3, 3] - rest[self.node, :3, 3]
        length = np.linalg.norm(tails, axis=1, keepdims=True)
        axis = np.linalg.inv(rest[self.node, :3, :3]) @ (tails / length)[:, :, None]
        self._axis = axis.astype(np.float32)
        """float32[J, 3, 1]: the node's world matrix takes it to the unit bone direction."""
        self._length = length.astype(np.float32)

    def rest(self, anchor: Array, center: Array) -> None:
        """Put all tails where the pose alone would have them."""
        heads = np.zeros_like(self._tail)
        for i, level in enumerate(self._levels):
            base = self._base(i, level, anchor)
            heads[level] = base[:, :3, 3] + self._direction(level, base) * self._length[level]
            self.world[level] = base
        self._tail = self._last = self._to_center(center, heads)

    def tick(self, anchor: Array, center: Array, colliders: Colliders) -> None:
        """One verlet step."""
        moving = self._tail + (self._tail - self._last) * self._inertia
        free = self._from_center(center, moving) + self._gravity
        tails = np.empty_like(free)
        for i, level in enumerate(self._levels):
            base = self._base(i, level, anchor)
            head, rest = base[:, :3, 3], self._direction(level, base)
            length = self._length[level]
            tail = _at_length(head, free[level] + rest * self._push[level], length)
            tail = colliders.push(tail, head, length, self._radius[level], level)
            tails[level] = tail
            self.world[level] = _turned(base, rest, (tail - head) / length)
        self._last, self._tail = self._tail, self._to_center(center, tails)

    def show(self, anchor: Array, center: Array, ahead: float) -> None:
        """World matrices ``ahead`` of the last step (in steps), by inertia alone."""
        moving = self._tail + (self._tail - self._last) * np.float32(ahead)
        tails = self._from_center(center, moving)
        for i, level in enumerate(self._levels):
            base = self._base(i, level, anchor)
            head, length = base[:, :3, 3], self._length[level]
            tail = _at_length(head, tails[level], length)
            rest = self._direction(level, base)
            self.world[level] = _turned(base, rest, (tail - head) / length)

    def _base(self, i: int, level: slice, anchor: Array) -> Array:
        """World matrices of a level's joints as if they were at rest on what carries them."""
        above = anchor if i == 0 else self.world[self._parent[i]]
        return above @ self._local[level]

    def _direction(self, level: slice, base: Array) -> Array:
        return (base[:, :3, :3] @ self._axis[level])[:, :, 0]

    def _to_center(self, center: Array, points: Array) -> Array:
        if not self._centered:
            return points
        away = (points - center[:, :3, 3])[:, :, None]
        return (_inverse3(center[:, :3, :3]) @ away)[:, :, 0]

    def _from_center(self, center: Array, points: Array) -> Array:
        if not self._centered:
            return points
        return (center[:, :3, :3] @ points[:, :, None])[:, :, 0] + center[:, :3, 3]


def _inverse3(m: Array) -> Array:
    """Inverses of matrices [n, 3, 3] with orthogonal columns: their transposes, unscaled."""
    return (m / np.einsum("nij,nij->nj", m, m)[:, None, :]).swapaxes(1, 2)


def _at_length(head: Array, tail: Array, length: Array) -> Array:
    away = tail - head
    size = np.sqrt(np.einsum("ki,ki->k", away, away))[:, None]
    return head + away * (length / np.maximum(size, np.float32(1e-9)))


def _turned(base: Array, rest: Array, to: Array) -> Array:
    """``base`` matrices turned about their origin so that unit ``rest`` points ``to``."""
    cross = ((rest @ _EPSILON).reshape(-1, 3, 3) @ to[:, :, None])[:, :, 0]
    cosine = np.einsum("ki,ki->k", rest, to)[:, None]
    turn = (cross @ _EPSILON).reshape(-1, 3, 3)
    turn += cross[:, :, None] * (cross / np.maximum(1 + cosine, np.float32(1e-4)))[:, None, :]
    turn += cosine[:, :, None] * np.eye(3, dtype=np.float32)
    world = base.copy()
    world[:, :3, :3] = turn @ base[:, :3, :3]
    return world


def _above(rest: Array, node: Index, tree: NodeTree) -> Array:
    parent = tree.parent[node]
    return np.where((parent >= 0)[:, None, None], rest[np.maximum(parent, 0)], np.eye(4))


def _pairs(springs: Sequence[Spring], tree: NodeTree) -> list[_Pair]:
    """Joints with the next one as tail; pairs without length cannot swing and are left out."""
    at = tree.rest_world[:, :3, 3]
    return [
        _Pair(joint, tail.node, i)
        for i, spring in enumerate(springs)
        for joint, tail in itertools.pairwise(spring.joints)
        if np.linalg.norm(at[tail.node] - at[joint.node]) > 1e-6
    ]


def _depths(pairs: list[_Pair], tree: NodeTree) -> tuple[list[int], list[int]]:
    """For each pair, how many spring joints lie above it, and the nearest of them (-1 none)."""
    by_node = {p.joint.node: i for i, p in enumerate(pairs)}
    above: list[int] = []
    for pair in pairs:
        node = int(tree.parent[pair.joint.node])
        while node >= 0 and node not in by_node:
            node = int(tree.parent[node])
        above.append(by_node.get(node, -1))
    depth = [0] * len(pairs)
    for i in range(len(pairs)):
        up = above[i]
        while up >= 0:
            depth[i], up = depth[i] + 1, above[up]
    return depth, above


def _slices(depths: list[int]) -> list[slice]:
    edges = np.searchsorted(depths, np.arange(max(depths) + 2))
    return [slice(int(a), int(b)) for a, b in itertools.pairwise(edges)]
