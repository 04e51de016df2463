"""Cloth cut from a fitted surface: clean edges along drawn fields, trims, frills and bows."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from avatar.modelling.body import Shape
from avatar.modelling.idol.drawn import strip
from avatar.modelling.idol.simplify import simplified
from avatar.modelling.mesh import proxy_surface, vertex_normals
from avatar.modelling.part import Part
from avatar.modelling.sources import Base, Ints, Proxy, Reals
from avatar.pose import HumanBone


@dataclass(frozen=True)
class Fabric:
    """A closed-fitting surface, metres, bind pose."""

    position: Reals
    normal: Reals
    weight: Reals
    triangles: Ints

    @property
    def arm(self) -> Reals:
        """float64[N], how much the arms and hands move each vertex."""
        arms = [bone for bone in HumanBone if _ARM.match(bone.name)]
        return self.weight[:, arms].sum(axis=1)


_ARM: Final = re.compile("(left|right)(UpperArm|LowerArm|Hand|Thumb|Index|Middle|Ring|Little)")

Field = Callable[[Fabric], Reals]
"""float64[N], positive where the cloth is, about metres from its edge."""


def tights(base: Base, shape: Shape, *, fine: bool) -> Fabric:
    """The base's own close-fitting helper surface, at will one Catmull-Clark level finer."""
    chosen = np.array([group == "helper-tights" for group in base.group])
    faces = base.faces[chosen]
    count = len(base.vertices)
    identity = np.arange(count)
    proxy = Proxy(
        np.column_stack([identity] * 3), np.tile([1.0, 0, 0], (count, 1)), np.zeros((count, 3)),
        base.uv, faces, base.face_uv[chosen], identity[:0],
    )  # fmt: skip
    surface = proxy_surface(proxy, smooth=fine)
    position = surface.place(shape.vertices) * 0.1
    weight = surface.map(shape.weight)
    weight /= weight.sum(axis=1, keepdims=True).clip(1e-9)
    normal = vertex_normals(position, surface.triangles)
    return Fabric(position, normal, weight, surface.triangles)


def clipped(fabric: Fabric, inside: Field) -> Fabric:
    """The part of a fabric where the field is positive, cut exactly along its zero line."""
    value = inside(fabric)
    corner = value[fabric.triangles]
    whole = (corner > 0).all(axis=1)
    mixed = (corner > 0).any(axis=1) & ~whole
    rows: list[Reals] = [np.column_stack([fabric.position, fabric.normal, fabric.weight])]
    count = len(fabric.position)
    cuts: dict[tuple[int, int], int] = {}
    made: list[Reals] = []
    triangles = fabric.triangles[whole].tolist()

    def cut(a: int, b: int) -> int:
        key = (min(a, b), max(a, b))
        if key not in cuts:
            t = value[key[0]] / (value[key[0]] - value[key[1]])
            cuts[key] = count + len(made)
            made.append(rows[0][key[0]] * (1 - t) + rows[0][key[1]] * t)
        return cuts[key]

    for triangle in fabric.triangles[mixed].tolist():
        loop: list[int] = []
        for k, a in enumerate(triangle):
            b = triangle[(k + 1) % 3]
            if value[a] > 0:
                loop.append(a)
            if (value[a] > 0) != (value[b] > 0):
                loop.append(cut(a, b))
        triangles += [[loop[0], loop[k], loop[k + 1]] for k in range(1, len(loop) - 1)]
    table = np.concatenate([rows[0], np.array(made).reshape(len(made), rows[0].shape[1])])
    used, index = np.unique(np.array(triangles, np.int64), return_inverse=True)
    table = table[used]
    normal = table[:, 3:6] / np.linalg.norm(table[:, 3:6], axis=1, keepdims=True).clip(1e-9)
    return Fabric(table[:, :3], normal, table[:, 6:], index.reshape(-1, 3))


def banded(fabric: Fabric, field: Field, low: float, high: float) -> Fabric:
    """Where the field lies between two values, however narrow beside the triangles."""
    return clipped(clipped(fabric, lambda on: field(on) - low), lambda on: high - field(on))


def lifted(fabric: Fabric, amount: float | Field) -> Fabric:
    """Moved along its normals by ``amount`` m; normals follow where it flares."""
    by = amount(fabric)[:, None] if callable(amount) else amount
    position = fabric.position + fabric.normal * by
    if callable(amount):
        fresh = vertex_normals(position, fabric.triangles)
        return Fabric(position, fresh, fabric.weight, fabric.triangles)
    return replace(fabric, position=position)


def part_of(fabric: Fabric, material: str, uv: tuple[float, float] = (0.5, 0.5)) -> Part:
    """A fabric as a part in one plain colour, thinned where it is flat."""
    return thinned(Part(
        material, material, "Clothes", fabric.position, fabric.normal,
        np.tile(uv, (len(fabric.position), 1)), fabric.triangles, fabric.weight,
    ))  # fmt: skip


def thinned(part: Part, error: float = 0.0004) -> Part:
    """The part with fewer triangles where they are flat, about ``error`` m off; no morphs."""
    kept, triangles = simplified(part.position, part.normal, part.weight, part.triangles, error)
    return replace(
        part, position=part.position[kept], normal=part.normal[kept], uv=part.uv[kept],
        weight=part.weight[kept], triangles=triangles,
    )  # fmt: skip


@dataclass(frozen=True)
class Rings:
    """A sheet of rings: points float64[A, R, 3], around and down, m."""

    points: Reals
    closed: bool = True

    def part(self, material: str, weight: Reals, *, repeat: float = 1.0) -> Part:
        """As a part; ``weight`` float64[A * R, J]; uv runs around (``repeat`` times) and down."""
        around, rows = self.points.shape[:2]
        flat = self.points.reshape(-1, 3)
        normal = vertex_normals(flat, strip(around, rows, closed=self.closed))
        if self.closed:
            # the seam's column stands twice, so that the picture runs on across it
            flat, normal, weight = (np.concatenate([x, x[:rows]]) for x in (flat, normal, weight))
        columns = len(flat) // rows
        u = np.repeat(np.arange(columns) / around * repeat, rows)
        v = np.tile(np.linspace(0, 1, rows), columns)
        return Part(
            material, material, "Clothes", flat, normal, np.column_stack([u, v]),
            strip(columns, rows), weight,
        )  # fmt: skip
