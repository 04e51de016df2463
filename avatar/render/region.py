"""Regions of a body, so that what the camera does not see is neither deformed nor drawn.

In a bust shot that is most of a figure. Within a part, vertices and triangles lie region by
region; vertices that triangles of two regions share are kept apart and are always deformed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from avatar.character.character import Character
from avatar.math3d import Array, Float
from avatar.pose import HumanBone

UPPER, ARMS, HANDS, LOWER = range(4)
SHARED: Final = -1
"""Region of vertices that several regions use."""

_LOWER_WORDS: Final = ("hips", "UpperLeg", "LowerLeg", "Foot", "Toes")
_HAND_WORDS: Final = ("LowerArm", "Hand", "Thumb", "Index", "Middle", "Ring", "Little")


def region_of(bone: HumanBone) -> int:
    """The region a humanoid bone moves."""
    if any(word in bone.name for word in _LOWER_WORDS):
        return LOWER
    if any(word in bone.name for word in _HAND_WORDS):
        return HANDS
    return ARMS if "UpperArm" in bone.name else UPPER


def palette_regions(character: Character) -> Array:
    """int8[P], region of each row of ``RigState.palette``; all UPPER without a humanoid."""
    nodes = character.nodes
    of_node = np.full(len(nodes.parent), UPPER, np.int8)
    own = {node: region_of(bone) for bone, node in character.humanoid.items()}
    for node in nodes.order:
        parent = nodes.parent[node]
        of_node[node] = own.get(int(node), of_node[parent] if parent >= 0 else UPPER)
    rows = np.full(max(character.palette_size, 1), UPPER, np.int8)
    for instance in character.instances:
        joints = [instance.node] if instance.skin < 0 else character.skins[instance.skin].joints
        rows[instance.palette : instance.palette + len(joints)] = of_node[joints]
    return rows


@dataclass(frozen=True, slots=True)
class Run:
    """Some rows of a part that belong to one region."""

    region: int
    first: int
    count: int


@dataclass(frozen=True, slots=True)
class Layout:
    """The order in which a part lies in the figure's buffers."""

    order: Array
    """int64[V], old vertex of each new one."""
    triangles: Array
    """uint32[T, 3], new vertex numbers, region by region."""
    moved: int
    """How many vertices, the first ones, morph targets move."""
    vertex_runs: tuple[Run, ...]
    """Runs of the vertices after the moved ones; ``first`` counts from the part's first."""
    triangle_runs: tuple[Run, ...]
    """Runs of indices; ``first`` counts from the part's first."""


def arrange(region: Array, triangles: Array, moves: Array) -> Layout:
    """Sort a part: region int[V], triangles uint32[T, 3], moves bool[V] (morphed vertices)."""
    of_triangle = region[triangles[:, 0]] if len(triangles) else np.zeros(0, region.dtype)
    low, high = region.astype(np.int8).copy(), region.astype(np.int8).copy()
    for corner in range(3):
        np.minimum.at(low, triangles[:, corner], of_triangle)
        np.maximum.at(high, triangles[:, corner], of_triangle)
    place = np.where(low == high, low, SHARED).astype(np.int8)
    order = np.lexsort((np.arange(len(region)), place, ~moves))
    new = np.empty(len(order), np.uint32)
    new[order] = np.arange(len(order), dtype=np.uint32)
    sort = np.argsort(of_triangle, kind="stable")
    moved = int(moves.sum())
    return Layout(
        order=order,
        triangles=new[triangles[sort]].reshape(-1, 3),
        moved=moved,
        vertex_runs=_runs(place[order][moved:], moved, 1),
        triangle_runs=_runs(of_triangle[sort], 0, 3),
    )


def _runs(sorted_region: Array, offset: int, each: int) -> tuple[Run, ...]:
    value, start, count = np.unique(sorted_region, return_index=True, return_counts=True)
    rows = zip(value, start, count, strict=True)
    return tuple(Run(int(v), offset + each * int(s), each * int(c)) for v, s, c in rows)


def joined(runs: Iterable[Run], visible: frozenset[int]) -> list[tuple[int, int]]:
    """(first, count) of the visible runs, neighbours joined."""
    seen = [r for r in runs if r.region == SHARED or r.region in visible]
    return merged([(run.first, run.count) for run in seen])


def merged(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """(first, count) ranges in order, neighbours joined."""
    out: list[tuple[int, int]] = []
    for first, count in ranges:
        if out and sum(out[-1]) == first:
            out[-1] = (out[-1][0], out[-1][1] + count)
        else:
            out.append((first, count))
    return out


def visible_regions(
    centre: Float, radius: Float, region: Array, view_projection: Float
) -> frozenset[int]:
    """Regions with a sphere (float32[S, 3], m) that touches the picture."""
    clip = centre @ view_projection[:, :3].T + view_projection[:, 3]
    reach = 1.1 * radius * np.linalg.norm(view_projection[:2, :3], axis=1).max() + 1e-3
    seen = (np.abs(clip[:, :2]) <= clip[:, 3:] + reach[:, None]).all(1)
    return frozenset(int(r) for r in np.unique(region[seen]))
