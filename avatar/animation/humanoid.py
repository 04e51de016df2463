"""From normalised humanoid rotations to a file's own bone axes.

In normalised space every bone's axes are the world's in the T-pose, whatever the file's rest
rotations are: ``local = inv(P) * q * P * rest``, with P the rest world rotation of the bone's
parent node (VRM 1.0 humanoid; the same convention as three-vrm's normalised rig).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from avatar.animation.nodes import Index, NodeTree
from avatar.math3d import IDENTITY_QUAT, Array, Float, quat_conj, quat_from_axis_angle, quat_mul
from avatar.pose import BONE_COUNT, BONE_PARENT, FaceShape, HumanBone, Pose, RestSkeleton

B, F = HumanBone, FaceShape

_JAW_OPEN: Final = 0.35
"""rad a jaw bone turns for ``jawOpen`` 1 on a figure whose mouth opens by the bone alone."""

_PASS_ON: Final = (
    (B.upperChest, B.chest, "after"),
    (B.chest, B.spine, "after"),
    (B.neck, B.head, "before"),
    (B.leftShoulder, B.leftUpperArm, "before"),
    (B.rightShoulder, B.rightUpperArm, "before"),
)
"""Who takes over the rotation of a bone the figure lacks: a parent turns it after its own
rotation, a child before, so that everything further out keeps its direction."""


def _left(a: Array) -> Float:
    """``q -> a * q`` as matrices [..., 4, 4]."""
    x, y, z, w = np.moveaxis(np.asarray(a, np.float32), -1, 0)
    rows = [[w, -z, y, x], [z, w, -x, y], [-y, x, w, z], [-x, -y, -z, w]]
    return np.stack([np.stack(row, -1) for row in rows], -2)


def _right(b: Array) -> Float:
    """``q -> q * b`` as matrices [..., 4, 4]."""
    x, y, z, w = np.moveaxis(np.asarray(b, np.float32), -1, 0)
    rows = [[w, z, -y, x], [-z, w, x, y], [y, -x, w, z], [-x, -y, -z, w]]
    return np.stack([np.stack(row, -1) for row in rows], -2)


def local_from_normalised(tree: NodeTree, nodes: Index) -> Float:
    """float32[n, 4, 4]: ``matrix @ q`` turns a normalised rotation into the node's local one."""
    above = tree.parent_world_rotation(nodes)
    return _left(quat_conj(above)) @ _right(quat_mul(above, tree.rest_rotation[nodes]))


class Humanoid:
    """Applies a pose's rotations and hips displacement to the nodes of a figure."""

    def __init__(
        self, humanoid: Mapping[HumanBone, int], tree: NodeTree, *, jaw_bone: bool = True
    ) -> None:
        """``jaw_bone`` False leaves the jaw bone alone: a morph target owns the jaw."""
        bones = [b for b in HumanBone if b in humanoid and (jaw_bone or b != B.jaw)]
        self._jaw = jaw_bone and B.jaw in humanoid
        self._bones: Index = np.array(bones, np.intp)
        self._nodes: Index = np.array([humanoid[b] for b in bones], np.intp)
        self._local = local_from_normalised(tree, self._nodes)
        present = set(humanoid)
        self._pass_on = [(s, d, how) for s, d, how in _PASS_ON if s not in present]
        self._hips = humanoid.get(B.hips, -1)
        self.rest = _rest_skeleton(humanoid, tree)
        self._to_hips_parent = self._hips_frame(tree)

    def apply(self, pose: Pose, tree: NodeTree) -> None:
        """Write local rotations and the hips' translation (``pose.hips`` times hips height)."""
        q = _weighted(pose)
        if self._jaw and pose.rotation_w[B.jaw] == 0:
            q[B.jaw] = _opened(float(pose.weight[F.jawOpen] * pose.weight_w[F.jawOpen]))
        for source, target, how in self._pass_on:
            pair = (q[target], q[source]) if how == "after" else (q[source], q[target])
            q[target] = quat_mul(*pair)
        tree.rotation[self._nodes] = (self._local @ q[self._bones][:, :, None])[:, :, 0]
        if self._hips >= 0:
            moved = np.zeros(3, np.float32) if pose.hips is None else pose.hips
            tree.translation[self._hips] = (
                tree.rest_translation[self._hips] + self._to_hips_parent @ moved
            )

    def _hips_frame(self, tree: NodeTree) -> Float:
        parent = int(tree.parent[self._hips]) if self._hips >= 0 else -1
        world = tree.rest_world[parent, :3, :3] if parent >= 0 else np.eye(3)
        return (np.linalg.inv(world) * self.rest.hips_height).astype(np.float32)


def _opened(amount: float) -> Float:
    return quat_from_axis_angle([1.0, 0.0, 0.0], amount * _JAW_OPEN).astype(np.float32)


def _weighted(pose: Pose) -> Float:
    """Rotations faded towards the rest pose where the opinion is below 1."""
    w = pose.rotation_w[:, None]
    sign = np.where(pose.rotation[:, 3:] < 0, np.float32(-1), np.float32(1))
    q = pose.rotation * (sign * w) + IDENTITY_QUAT * (1 - w)
    return (q / np.sqrt(np.einsum("bi,bi->b", q, q))[:, None]).astype(np.float32)


def _rest_skeleton(humanoid: Mapping[HumanBone, int], tree: NodeTree) -> RestSkeleton:
    parent = [-1] * BONE_COUNT
    offset = np.zeros((BONE_COUNT, 3), np.float32)
    rotation = np.tile(IDENTITY_QUAT, (BONE_COUNT, 1))
    for bone, node in humanoid.items():
        above = BONE_PARENT[bone]
        while above >= 0 and B(above) not in humanoid:
            above = BONE_PARENT[above]
        parent[bone] = above
        origin = tree.rest_world[humanoid[B(above)], :3, 3] if above >= 0 else 0.0
        offset[bone] = tree.rest_world[node, :3, 3] - origin
        rotation[bone] = tree.rest_world_rotation[node]
    return RestSkeleton(
        parent=tuple(parent),
        offset=offset,
        rotation=rotation,
        present=tuple(b in humanoid for b in HumanBone),
        hips_height=float(offset[B.hips, 1]) if B.hips in humanoid else 1.0,
    )
