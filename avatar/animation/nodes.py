"""The node hierarchy in motion: local transforms that change, world matrices that follow."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatar.character.character import Nodes
from avatar.math3d import Array, Float, compose, mat3_to_quat, normalize, quat_mul, quat_normalize

Index = NDArray[np.intp]


class NodeTree:
    """Local rotations and translations of every node, and the world matrices they make."""

    def __init__(self, nodes: Nodes) -> None:
        self.parent: Index = np.asarray(nodes.parent, np.intp)
        self.rest_translation = np.array(nodes.translation, np.float32)
        self.rest_rotation: Float = quat_normalize(nodes.rotation).astype(np.float32)
        self.rotation = self.rest_rotation.copy()
        """float32[N, 4] xyzw, local; written by the stages of ``Rig.advance``."""
        self.translation = self.rest_translation.copy()
        """float32[N, 3], local, m."""
        self._scale = np.asarray(nodes.scale, np.float32)
        self._levels: list[Index] = [np.asarray(level, np.intp) for level in nodes.levels]
        self._local = compose(self.translation, self.rotation, self._scale)
        self.world = self._local.copy()
        """float32[N, 4, 4]; right after :meth:`forward`."""
        self._steps = [(level, self.parent[level]) for level in self._levels[1:]]
        self.forward()
        self.rest_world = self.world.copy()
        self.rest_world_rotation = self._rest_world_rotation()

    def __len__(self) -> int:
        return len(self.parent)

    def forward(self) -> None:
        """World matrices of all nodes from their local transforms, one step per level."""
        self._write_local(self.rotation)
        self._local[:, :3, 3] = self.translation
        if self._levels:
            roots = self._levels[0]
            self.world[roots] = self._local[roots]
        self._descend(self._steps)

    def world_rotation(self, nodes: Index) -> Float:
        """float32[n, 4], present world rotation of nodes; -1 is the world itself."""
        m = np.where(nodes[:, None, None] >= 0, self.world[nodes, :3, :3], np.eye(3))
        return mat3_to_quat(normalize(m.swapaxes(1, 2)).swapaxes(1, 2)).astype(np.float32)

    def steps_below(self, nodes: Index) -> list[tuple[Index, Index]]:
        """What :meth:`follow` needs to bring along everything below ``nodes``, not themselves."""
        given = np.zeros(len(self.parent), bool)
        given[nodes] = True
        below = given.copy()
        for level, parent in self._steps:
            below[level] |= below[parent]
        below &= ~given
        kept = [(level[below[level]], parent[below[level]]) for level, parent in self._steps]
        return [step for step in kept if len(step[0])]

    def follow(self, steps: list[tuple[Index, Index]]) -> None:
        """World matrices of the nodes of ``steps``, whose parents were moved directly."""
        self._descend(steps)

    def parent_world_rotation(self, nodes: Index) -> Float:
        """float32[n, 4], rest world rotation of each node's parent."""
        parent = self.parent[nodes]
        found = self.rest_world_rotation[np.maximum(parent, 0)]
        return np.where(parent[:, None] >= 0, found, np.array([0, 0, 0, 1], np.float32))

    def _descend(self, steps: list[tuple[Index, Index]]) -> None:
        world, local = self.world, self._local
        for level, parent in steps:
            world[level] = world[parent] @ local[level]

    def _write_local(self, q: Array) -> None:
        x, y, z, w = q.T
        x2, y2, z2 = x + x, y + y, z + z
        xx, yy, zz, wx, wy, wz = x * x2, y * y2, z * z2, w * x2, w * y2, w * z2
        xy, xz, yz = x * y2, x * z2, y * z2
        m = np.empty((len(q), 3, 3), np.float32)
        m[:, 0, 0], m[:, 0, 1], m[:, 0, 2] = 1 - yy - zz, xy - wz, xz + wy
        m[:, 1, 0], m[:, 1, 1], m[:, 1, 2] = xy + wz, 1 - xx - zz, yz - wx
        m[:, 2, 0], m[:, 2, 1], m[:, 2, 2] = xz - wy, yz + wx, 1 - xx - yy
        m *= self._scale[:, None, :]
        self._local[:, :3, :3] = m

    def _rest_world_rotation(self) -> Float:
        world = self.rest_rotation.copy()
        for level, parent in self._steps:
            world[level] = quat_mul(world[parent], self.rest_rotation[level])
        return quat_normalize(world).astype(np.float32)
