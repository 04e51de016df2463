"""Meshes thinned where they are flat: quadric error metrics (Garland & Heckbert 1997).

Vertices collapse into neighbours, so that those that stay keep position, normal and weights to
the last bit. Borders stay borders; nothing folds over.
"""

from __future__ import annotations

import heapq
from typing import Final

import numpy as np

from avatar.modelling.mesh import face_normals
from avatar.modelling.sources import Ints, Reals

_FOLD: Final = 0.35
"""Least cosine between a triangle's normals before and after a collapse."""
_BIND: Final = 0.002
"""m of error that a joint's whole weight counts for."""
_SHADE: Final = 0.0009
"""m of error that a normal's turn by a radian counts for."""

Quadric = tuple[float, ...]


def simplified(
    position: Reals, normal: Reals, weight: Reals, triangles: Ints, error: float
) -> tuple[Ints, Ints]:
    """The vertices kept (int64[M]) and triangles over them, nowhere about ``error`` m off."""
    mesh = _Mesh(position, normal, weight, triangles)
    mesh.collapse(error * error)
    left = np.array([t for t in mesh.corners if t is not None], np.int64)
    kept, index = np.unique(left, return_inverse=True)
    return kept, index.reshape(-1, 3)


class _Mesh:
    def __init__(self, position: Reals, normal: Reals, weight: Reals, triangles: Ints) -> None:
        self.at: list[list[float]] = position.tolist()
        self.attribute = np.hstack([normal * _SHADE, weight * _BIND])
        self.uneven = _uneven(self.attribute, triangles).tolist()
        self.corners: list[list[int] | None] = triangles.tolist()
        self.around: list[set[int]] = [set() for _ in self.at]
        for number, corner in enumerate(triangles.tolist()):
            for a in corner:
                self.around[a].add(number)
        self.stamp = [0] * len(self.at)
        self.rim = self._rim(triangles)
        self.quadric, self.mass = self._quadrics(position, triangles)

    def _rim(self, triangles: Ints) -> list[bool]:
        edges = np.sort(triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
        edges, times = np.unique(edges, axis=0, return_counts=True)
        self.edges: list[list[int]] = edges.tolist()
        self.open = {(a, b) for a, b in edges[times != 2].tolist()}
        result = np.zeros(len(self.at), bool)
        result[edges[times != 2]] = True
        return result.tolist()

    def _quadrics(self, position: Reals, triangles: Ints) -> tuple[list[Quadric], list[float]]:
        double = face_normals(position, triangles)
        area = np.linalg.norm(double, axis=1).clip(1e-16)
        unit = double / area[:, None]
        total, mass = np.zeros((len(position), 4, 4)), np.zeros(len(position))

        def add(index: Ints, plane: Reals, through: Reals, amount: Reals) -> None:
            four = np.column_stack([plane, -(plane * through).sum(axis=1)])
            np.add.at(total, index, amount[:, None, None] * four[:, :, None] * four[:, None, :])

        for k in range(3):
            a, b = triangles[:, k], triangles[:, (k + 1) % 3]
            add(a, unit, position[a], area)
            np.add.at(mass, a, area)
            pairs = np.sort(np.column_stack([a, b]), axis=1).tolist()
            rim = np.array([(p, q) in self.open for p, q in pairs], bool)
            a, b, out = a[rim], b[rim], unit[rim]
            along = position[b] - position[a]
            wall = np.cross(along, out)
            wall /= np.linalg.norm(wall, axis=1, keepdims=True).clip(1e-12)
            for end in (a, b):
                add(end, wall, position[a], 2 * area[rim])
        i, j = np.triu_indices(4)
        share = np.where(i == j, 1.0, 2.0)
        return [tuple(row) for row in (total[:, i, j] * share).tolist()], mass.tolist()

    def _cost(self, a: int, b: int) -> float:
        """Mean square error, m2, of moving a onto b."""
        x, y, z = self.at[b]
        p, q = self.quadric[a], self.quadric[b]
        s = [m + n for m, n in zip(p, q, strict=True)]
        square = (
            s[0] * x * x + s[1] * x * y + s[2] * x * z + s[3] * x
            + s[4] * y * y + s[5] * y * z + s[6] * y
            + s[7] * z * z + s[8] * z + s[9]
        )  # fmt: skip
        gap = self.attribute[a] - self.attribute[b]
        return max(square, 0.0) / (self.mass[a] + self.mass[b]) + float(gap @ gap) + self.uneven[a]

    def _offer(self, heap: list[tuple[float, int, int, int, int]], a: int, b: int) -> None:
        for p, q in ((a, b), (b, a)):
            if self.rim[p] and (min(a, b), max(a, b)) not in self.open:
                continue
            heapq.heappush(heap, (self._cost(p, q), p, q, self.stamp[p], self.stamp[q]))

    def collapse(self, limit: float) -> None:
        heap: list[tuple[float, int, int, int, int]] = []
        for a, b in self.edges:
            self._offer(heap, a, b)
        while heap:
            cost, a, b, then_a, then_b = heapq.heappop(heap)
            if cost > limit:
                return
            if (self.stamp[a], self.stamp[b]) == (then_a, then_b) and self._sound(a, b):
                self._move(a, b)
                for c in self._ring(b):
                    self._offer(heap, b, c)

    def _ring(self, a: int) -> set[int]:
        return {c for t in self.around[a] for c in self.corners[t] or ()} - {a}

    def _sound(self, a: int, b: int) -> bool:
        """Whether the surface stays a surface and no triangle folds over."""
        shared = self.around[a] & self.around[b]
        if len(self._ring(a) & self._ring(b)) != len(shared) or not shared:
            return False
        for t in self.around[a] - shared:
            corner = self.corners[t] or []
            k = corner.index(a)
            p, q = self.at[corner[(k + 1) % 3]], self.at[corner[(k + 2) % 3]]
            if _cosine(_normal(self.at[a], p, q), _normal(self.at[b], p, q)) < _FOLD:
                return False
        return True

    def _move(self, a: int, b: int) -> None:
        ring = self._ring(a)
        for t in self.around[a] & self.around[b]:
            for c in self.corners[t] or ():
                self.around[c].discard(t) if c != a else None
            self.corners[t] = None
        for t in self.around[a]:
            corner = self.corners[t]
            if corner is not None:
                self.corners[t] = [b if c == a else c for c in corner]
                self.around[b].add(t)
        self.around[a] = set()
        for c in ring:
            if (min(a, c), max(a, c)) in self.open and c != b:
                self.open.add((min(b, c), max(b, c)))
        self.quadric[b] = tuple(
            m + n for m, n in zip(self.quadric[a], self.quadric[b], strict=True)
        )
        self.mass[b] += self.mass[a]
        self.stamp[a] += 1
        self.stamp[b] += 1


def _uneven(attribute: Reals, triangles: Ints) -> Reals:
    """How far, squared [N], each vertex' attributes are from the mean of its neighbours'."""
    pairs = triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    total, count = np.zeros_like(attribute), np.zeros(len(attribute))
    for a, b in (pairs.T, pairs.T[::-1]):
        np.add.at(total, a, attribute[b])
        np.add.at(count, a, 1)
    return ((attribute - total / count.clip(1)[:, None]) ** 2).sum(axis=1)


def _normal(a: list[float], b: list[float], c: list[float]) -> tuple[float, float, float]:
    ux, uy, uz = b[0] - a[0], b[1] - a[1], b[2] - a[2]
    vx, vy, vz = c[0] - a[0], c[1] - a[1], c[2] - a[2]
    return uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx


def _cosine(a: tuple[float, float, float], b: tuple[float, float, float]) -> float:
    dot = a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
    length = (a[0] ** 2 + a[1] ** 2 + a[2] ** 2) * (b[0] ** 2 + b[1] ** 2 + b[2] ** 2)
    return dot / length**0.5 if length > 0 else -1.0
