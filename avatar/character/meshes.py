"""Meshes of a glTF file: attributes, morph targets and triangles (glTF 2.0 section 3.7.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avatar.character.accessors import Accessors
from avatar.character.character import Material, Mesh, MorphTarget, Primitive
from avatar.character.geometry import (
    Geometry,
    Ints,
    ordered,
    with_normals,
    with_tangents,
)
from avatar.character.json_view import View
from avatar.math3d import Float

MAX_PRIMITIVES: Final = 1 << 13
MAX_TARGETS: Final = 1 << 16
"""Morph targets of a figure, counted in every primitive."""

_TRIANGLE_WORK: Final = 1024
"""Work of sorting one triangle, in bytes: two million of them are the limit."""
_KNOWN: Final = {
    "POSITION", "NORMAL", "TANGENT", "TEXCOORD_0", "TEXCOORD_1", "COLOR_0",
    "JOINTS_0", "WEIGHTS_0", "JOINTS_1", "WEIGHTS_1",
}  # fmt: skip
_TURN: Final = np.array([-1, 1, -1], np.float32)


class MeshReader:
    """Reads meshes one by one, keeping count of what they add up to."""

    def __init__(
        self, accessors: Accessors, materials: Sequence[Material], default: int, *, turn: bool
    ) -> None:
        self._accessors = accessors
        self._materials = materials
        self._default = default
        self._turn = turn
        self._primitives = self._targets = 0

    def read(self, view: View) -> Mesh:
        """One element of ``meshes``."""
        views = view.children("primitives", MAX_PRIMITIVES)
        self._primitives += len(views)
        if self._primitives > MAX_PRIMITIVES:
            raise view.error(f"more than {MAX_PRIMITIVES} primitives in all")
        found = [primitive for v in views if (primitive := self._primitive(v)) is not None]
        names = _target_names(view, max((len(p.targets) for p in found), default=0))
        weights = (*view.numbers("weights"), *[0.0] * len(names))[: len(names)]
        primitives = tuple(_padded(primitive, len(names)) for primitive in found)
        return Mesh(view.text("name", ""), primitives, names, weights)

    def _primitive(self, view: View) -> Primitive | None:
        mode = view.integer("mode", 4)
        if mode not in (4, 5, 6):
            view.warn("points and lines are not drawn", "mode")
            return None
        geometry = self._geometry(view, mode)
        if geometry is None:
            return None
        index = view.index("material", self._default, self._default)
        material = self._materials[index]
        geometry = with_normals(geometry)
        if material.normal_texture is not None:
            geometry = with_tangents(geometry, material.normal_texture.tex_coord)
        blended = material.alpha_mode == "BLEND"
        return self._finish(ordered(geometry, keep_triangles=blended), index, view)

    def _finish(self, geometry: Geometry, material: int, view: View) -> Primitive:
        primitive = Primitive(
            position=geometry.position,
            normal=_filled(geometry.normal, geometry, 3),
            tangent=geometry.tangent,
            uv0=_filled(geometry.uv0, geometry, 2),
            uv1=geometry.uv1,
            color=geometry.color,
            joints=geometry.joints,
            weights=geometry.weights,
            indices=geometry.triangles.reshape(-1).astype(np.uint32),
            material=material,
            targets=geometry.targets,
        )
        arrays = _arrays(primitive)
        self._accessors.container.spend(80 * len(primitive.position), view, keep=True)
        for array in arrays:
            array.flags.writeable = False
        return primitive

    def _geometry(self, view: View, mode: int) -> Geometry | None:
        attributes = view.child("attributes")
        if not attributes.has("POSITION"):
            view.warn("it has no POSITION and is not drawn", "attributes")
            return None
        for name in attributes.value:
            if name not in _KNOWN and not name.startswith("_"):
                attributes.warn("this attribute is not read", name)
        position = self._accessors.floats(attributes, "POSITION", 3)
        count = len(position)
        triangles = self._triangles(view, mode, count)
        if not len(triangles):
            view.warn("it has no triangles and is not drawn")
            return None
        self._accessors.container.spend(16 * count + _TRIANGLE_WORK * len(triangles), view)
        joints, weights = self._influences(attributes, count)
        tangent = self._attribute(attributes, "TANGENT", 4, count)
        return Geometry(
            triangles,
            position=position * _TURN if self._turn else position,
            normal=self._turned(self._attribute(attributes, "NORMAL", 3, count)),
            tangent=None if tangent is None else self._turned_tangent(tangent),
            uv0=self._attribute(attributes, "TEXCOORD_0", 2, count),
            uv1=self._attribute(attributes, "TEXCOORD_1", 2, count),
            color=self._color(attributes, count),
            joints=joints,
            weights=weights,
            targets=self._morph_targets(view, count),
        )

    def _triangles(self, view: View, mode: int, count: int) -> Ints:
        if view.has("indices"):
            stream = self._accessors.integers(view, "indices", 1).astype(np.int64)
            if stream.max(initial=0) >= count:
                raise view.error(f"vertex {stream.max()} of {count} is used", "indices")
        else:
            stream = np.arange(count)
        triangles = _triangle_list(stream, mode)
        a, b, c = triangles.T
        return triangles[(a != b) & (b != c) & (c != a)]

    def _attribute(self, view: View, key: str, width: int, count: int) -> Float | None:
        if not view.has(key):
            return None
        values = self._accessors.floats(view, key, width)
        if len(values) != count:
            raise view.error(f"{len(values)} elements for {count} vertices", key)
        return values

    def _turned(self, vectors: Float | None) -> Float | None:
        return vectors * _TURN if self._turn and vectors is not None else vectors

    def _turned_tangent(self, tangent: Float) -> Float:
        return tangent * np.array([-1, 1, -1, 1], np.float32) if self._turn else tangent

    def _color(self, view: View, count: int) -> Float | None:
        if not view.has("COLOR_0"):
            return None
        width = self._accessors.width(view, "COLOR_0")
        color = self._attribute(view, "COLOR_0", 3 if width == 3 else 4, count)
        if color is None or width == 4:
            return color
        return np.concatenate([color, np.ones((count, 1), np.float32)], -1)

    def _influences(self, view: View, count: int) -> tuple[NDArray[np.uint16] | None, Float | None]:
        """The four heaviest influences of each vertex, their weights summing to 1."""
        sets = [i for i in (0, 1) if view.has(f"JOINTS_{i}") and view.has(f"WEIGHTS_{i}")]
        if not sets:
            return None, None
        joints = np.concatenate([self._joints(view, f"JOINTS_{i}", count) for i in sets], -1)
        found = [self._attribute(view, f"WEIGHTS_{i}", 4, count) for i in sets]
        weights = np.concatenate([w for w in found if w is not None], -1).clip(0)
        if len(sets) > 1:
            heaviest = np.argsort(-weights, axis=1, kind="stable")[:, :4]
            joints = np.take_along_axis(joints, heaviest, 1)
            weights = np.take_along_axis(weights, heaviest, 1)
        total = weights.sum(axis=1, keepdims=True)
        weights = np.where(total > 0, weights / np.where(total > 0, total, 1), [1, 0, 0, 0])
        return np.where(weights > 0, joints, 0).astype(np.uint16), weights.astype(np.float32)

    def _joints(self, view: View, key: str, count: int) -> NDArray[Any]:
        joints = self._accessors.integers(view, key, 4)
        if len(joints) != count:
            raise view.error(f"{len(joints)} elements for {count} vertices", key)
        if joints.max(initial=0) > 0xFFFF:
            raise view.error("a joint index above 65535", key)
        return joints

    def _morph_targets(self, view: View, count: int) -> tuple[MorphTarget, ...]:
        targets = view.children("targets")
        self._targets += len(targets)
        if self._targets > MAX_TARGETS:
            raise view.error(f"more than {MAX_TARGETS} morph targets in all", "targets")
        self._accessors.container.spend(8 * count * len(targets), view)
        return tuple(self._charged(target, count) for target in targets)

    def _charged(self, view: View, count: int) -> MorphTarget:
        target = self._morph_target(view, count)
        self._accessors.container.spend(28 * len(target.index), view, keep=True)
        return target

    def _morph_target(self, view: View, count: int) -> MorphTarget:
        moved = self._deltas(view, "POSITION", count)
        bent = self._deltas(view, "NORMAL", count)
        if bent is None:
            where, position = moved or _no_deltas()
            return MorphTarget(where.astype(np.uint32), position, None)
        where, position = moved or _no_deltas()
        touched = np.zeros(count, bool)
        touched[where] = touched[bent[0]] = True
        both = np.flatnonzero(touched)
        return MorphTarget(
            both.astype(np.uint32), _spread(both, where, position), _spread(both, *bent)
        )

    def _deltas(self, view: View, key: str, count: int) -> tuple[Ints, Float] | None:
        if not view.has(key):
            return None
        where, values = self._accessors.deltas(view, key, count)
        return where, values * _TURN if self._turn else values


def _triangle_list(stream: Ints, mode: int) -> Ints:
    """Triangles of a list (4), a strip (5) or a fan (6)."""
    if mode == 4:
        return stream[: len(stream) // 3 * 3].reshape(-1, 3)
    count = max(len(stream) - 2, 0)
    i = np.arange(count)
    if mode == 6:
        return stream[np.stack([i + 1, i + 2, np.zeros_like(i)], -1)]
    odd = i & 1
    return stream[np.stack([i, i + 1 + odd, i + 2 - odd], -1)]


def _target_names(view: View, count: int) -> tuple[str, ...]:
    """``extras.targetNames`` of the mesh or, as UniVRM writes it, of its first primitive."""
    names: list[str] = []
    for owner in [view, *view.children("primitives")[:1]]:
        extras: Any = owner.value.get("extras")
        found: Any = extras.get("targetNames") if isinstance(extras, dict) else None
        if not names and isinstance(found, list):
            names = [name if isinstance(name, str) else str(i) for i, name in enumerate(found)]
    return tuple([*names, *(str(i) for i in range(len(names), count))][:count])


def _padded(primitive: Primitive, count: int) -> Primitive:
    """The primitive with as many targets as its mesh has."""
    where, position = _no_deltas()
    empty = MorphTarget(where.astype(np.uint32), position, None)
    return replace(primitive, targets=(*primitive.targets, *[empty] * count)[:count])


def _no_deltas() -> tuple[Ints, Float]:
    return np.zeros(0, np.int64), np.zeros((0, 3), np.float32)


def _spread(both: Ints, where: Ints, values: Float) -> Float:
    """Rows of ``values`` at ``where`` moved to their places in ``both``, zero elsewhere."""
    rows = np.zeros((len(both), 3), np.float32)
    rows[np.searchsorted(both, where)] = values
    return rows


def _filled(array: Float | None, geometry: Geometry, width: int) -> Float:
    if array is not None:
        return array
    return np.zeros((len(geometry.position), width), np.float32)


def _arrays(primitive: Primitive) -> list[NDArray[Any]]:
    arrays: list[NDArray[Any] | None] = [
        primitive.position, primitive.normal, primitive.tangent, primitive.uv0, primitive.uv1,
        primitive.color, primitive.joints, primitive.weights, primitive.indices,
    ]  # fmt: skip
    for target in primitive.targets:
        arrays += [target.index, target.position, target.normal]
    return [array for array in arrays if array is not None]
