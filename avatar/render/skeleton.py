"""Where a figure is: its rest pose, and bounds that follow its joints."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Final

import numpy as np

from avatar.character.character import Character, MeshInstance, Primitive
from avatar.math3d import Array, Float, compose, transform_points

_SIGNS: Final = np.array(list(itertools.product((-1, 1), repeat=3)), np.float32)


def rest_world(character: Character) -> Float:
    """float32[N, 4, 4], world matrix of each node at rest."""
    nodes = character.nodes
    world = compose(nodes.translation, nodes.rotation, nodes.scale)
    for level in nodes.levels[1:]:
        world[level] = world[nodes.parent[level]] @ world[level]
    return world


def palette_of(character: Character, world: Float) -> Float:
    """float32[P, 4, 4], skin matrices (``RigState.palette``) of node world matrices."""
    palette = np.tile(np.eye(4, dtype=np.float32), (character.palette_size, 1, 1))
    for instance in character.instances:
        if instance.skin < 0:
            palette[instance.palette] = world[instance.node]
        else:
            skin = character.skins[instance.skin]
            end = instance.palette + len(skin.joints)
            palette[instance.palette : end] = world[skin.joints] @ skin.inverse_bind
    return palette


def rest_points(character: Character, world: Float) -> Float:
    """float32[V, 3], all shown vertices at rest, each moved by its heaviest joint, m."""
    palette = palette_of(character, world)
    points = [np.zeros((0, 3), np.float32)]
    for instance in character.instances:
        for primitive in character.meshes[instance.mesh].primitives:
            rows = heaviest_joint(instance, primitive)
            points.append(transform_points(palette[rows], primitive.position))
    return np.concatenate(points)


def rest_bounds(character: Character, world: Float) -> tuple[Float, Float]:
    """Lowest and highest corner of the figure at rest, float32[3] each, m."""
    points = rest_points(character, world)
    if not len(points):
        return np.full(3, -0.5, np.float32), np.full(3, 0.5, np.float32)
    return points.min(0), points.max(0)


@dataclass(frozen=True, slots=True)
class JointSpheres:
    """For each joint that moves something, a sphere around what it moves (mesh space)."""

    index: Array
    """int64[S], row of ``RigState.palette``."""
    centre: Float
    """float32[S, 3]"""
    radius: Float
    """float32[S], m"""
    corner: Float
    """float32[S, 8, 3], of the box inside the sphere."""

    @staticmethod
    def of(character: Character) -> JointSpheres:
        """Bounds of all shown vertices by the joint that moves them most."""
        rows: list[Array] = []
        points: list[Array] = []
        for instance in character.instances:
            for primitive in character.meshes[instance.mesh].primitives:
                rows.append(heaviest_joint(instance, primitive))
                points.append(primitive.position)
        if not rows:
            empty = np.zeros((0, 3), np.float32)
            return JointSpheres(np.zeros(0, np.int64), empty, empty[:, 0], empty[:, None])
        return _spheres(np.concatenate(rows), np.concatenate(points))

    def world(self, palette: Float) -> Float:
        """float32[S, 3], centres under a palette."""
        return transform_points(palette[self.index], self.centre)

    def world_corners(self, palette: Float) -> Float:
        """float32[8 S, 3], corners under a palette."""
        moved = transform_points(palette[self.index][:, None], self.corner)
        return moved.reshape(-1, 3)


def heaviest_joint(instance: MeshInstance, primitive: Primitive) -> Array:
    """int64[V], row of ``RigState.palette`` that moves each vertex most."""
    if primitive.joints is None or primitive.weights is None or instance.skin < 0:
        return np.full(len(primitive.position), instance.palette, np.int64)
    pick = primitive.weights.argmax(1)[:, None]
    joint = np.take_along_axis(primitive.joints, pick, 1)[:, 0]
    return joint.astype(np.int64) + instance.palette


def _spheres(rows: Array, points: Array) -> JointSpheres:
    order = np.argsort(rows, kind="stable")
    rows, points = rows[order], points[order]
    index, start = np.unique(rows, return_index=True)
    low, high = np.minimum.reduceat(points, start), np.maximum.reduceat(points, start)
    centre = ((low + high) / 2).astype(np.float32)
    spread = np.linalg.norm(points - np.repeat(centre, np.diff([*start, len(rows)]), 0), axis=1)
    radius = np.maximum.reduceat(spread, start).astype(np.float32)
    corner = centre[:, None] + _SIGNS * ((high - low) / 2)[:, None]
    return JointSpheres(index, centre, radius, corner.astype(np.float32))
