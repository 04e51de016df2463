"""Colliders of ``VRMC_springBone`` 1.0 and its extended colliders, all pairs at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from avatar.animation.nodes import Index
from avatar.character.character import Collider, Spring
from avatar.math3d import Array, normalize

_ROUNDS: Final = 3
"""Pushes a joint may need to leave several colliders that overlap."""


class Colliders:
    """Spheres, capsules and planes, from outside or inside, in world space."""

    def __init__(self, colliders: Sequence[Collider], spring_of_joint: Sequence[Spring]) -> None:
        used = sorted({c for s in spring_of_joint for c in s.colliders})
        own = [colliders[c] for c in used]
        column = {c: i for i, c in enumerate(used)}
        self.node: Index = np.array([c.node for c in own], np.intp)
        self._local = np.array([[*c.offset, 1.0] for c in own], np.float32).reshape(-1, 4)
        ends = [c.tail if c.kind == "capsule" else c.offset for c in own]
        self._local_end = np.array([[*e, 1.0] for e in ends], np.float32).reshape(-1, 4)
        self._local_normal = np.array([c.normal for c in own], np.float32).reshape(-1, 3)
        self._radius = np.array([c.radius for c in own], np.float32)
        self._side = np.array([-1.0 if c.inside else 1.0 for c in own], np.float32)
        self._plane = np.array([c.kind == "plane" for c in own], bool)
        self._blocks = np.zeros((len(spring_of_joint), len(own)), bool)
        for joint, spring in enumerate(spring_of_joint):
            self._blocks[joint, [column[c] for c in spring.colliders]] = True

    def place(self, world: Array) -> None:
        """Move to the world matrices [C, 4, 4] of the colliders' nodes."""
        if not len(self.node):
            return
        self._start = (world @ self._local[:, :, None])[:, :3, 0]
        self._along = (world @ self._local_end[:, :, None])[:, :3, 0] - self._start
        self._square = np.maximum(np.einsum("ci,ci->c", self._along, self._along), 1e-12)
        if self._plane.any():
            inverse = np.linalg.inv(world[:, :3, :3]).swapaxes(1, 2)
            self._normal = normalize((inverse @ self._local_normal[:, :, None])[:, :, 0])

    def push(self, tail: Array, head: Array, length: Array, radius: Array, level: slice) -> Array:
        """Move tails [k, 3] out of the colliders in place, ``length`` [k, 1] from their heads."""
        blocks = self._blocks[level]
        hit: Index = np.flatnonzero(blocks.any(1))
        for _ in range(_ROUNDS):
            if not len(hit):
                break
            depth, way = self._depth(tail[hit], radius[hit])
            depth = np.where(blocks[hit], depth, np.float32(0))
            worst = depth.argmin(1)
            rows = np.arange(len(hit))
            by = depth[rows, worst]
            deep = by < 0
            hit, out = hit[deep], (way[rows, worst] * by[:, None])[deep]
            away = tail[hit] - out - head[hit]
            size = np.sqrt(np.einsum("ki,ki->k", away, away))[:, None]
            tail[hit] = head[hit] + away * (length[hit] / np.maximum(size, np.float32(1e-9)))
        return tail

    def _depth(self, tail: Array, radius: Array) -> tuple[Array, Array]:
        """Distance [k, C] of each joint's surface to each collider's (negative: inside), and
        the unit way out [k, C, 3]."""
        delta = tail[:, None] - self._start
        along = np.clip(np.einsum("kci,ci->kc", delta, self._along) / self._square, 0, 1)
        delta -= along[:, :, None] * self._along
        size = np.sqrt(np.einsum("kci,kci->kc", delta, delta))
        way = delta * (self._side / np.maximum(size, np.float32(1e-9)))[..., None]
        depth = (size - self._radius) * self._side - radius[:, None]
        if self._plane.any():
            up = np.einsum("kci,ci->kc", tail[:, None] - self._start, self._normal)
            depth = np.where(self._plane, up - radius[:, None], depth)
            way = np.where(self._plane[:, None], self._normal, way)
        return depth, way
