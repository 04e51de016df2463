"""Meshes as linear maps of the base mesh, so that shape, morphs and weights all follow it.

Each surface vertex is a weighted sum of base vertices (a proxy's fit, a Catmull-Clark rule, or
both composed): applying its map to positions, to a morph's displacements or to skin weights
gives the same thing for the surface.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from avatar.modelling.sources import Base, Flags, Ints, Proxy, Reals


@dataclass(frozen=True)
class LinearMap:
    """A sparse matrix in compressed rows; every row has at least one entry."""

    start: Ints
    """int64[N + 1], row starts."""
    index: Ints
    weight: Reals

    @classmethod
    def from_rows(cls, rows: list[dict[int, float]]) -> LinearMap:
        """From one ``{column: weight}`` per row."""
        counts = np.array([len(row) for row in rows], np.int64)
        index = np.array([k for row in rows for k in row], np.int64)
        weight = np.array([w for row in rows for w in row.values()], np.float64)
        return cls(np.concatenate([[0], np.cumsum(counts)]), index, weight)

    @classmethod
    def pick(cls, index: Ints) -> LinearMap:
        """The map that copies the given rows."""
        return cls(np.arange(len(index) + 1), np.asarray(index), np.ones(len(index)))

    def __len__(self) -> int:
        return len(self.start) - 1

    def __call__(self, values: Reals) -> Reals:
        """float64[N, C] of float64[M, C]."""
        weighted = np.asarray(values, np.float64)[self.index] * self.weight[:, None]
        return np.add.reduceat(weighted, self.start[:-1], axis=0)

    def after(self, inner: LinearMap) -> LinearMap:
        """The composition ``self(inner(x))``, rows with repeated columns left unmerged."""
        counts = np.diff(inner.start)[self.index]
        begin = inner.start[self.index]
        flat = np.repeat(begin - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
        ends = np.concatenate([[0], np.cumsum(counts)])
        return LinearMap(
            ends[self.start], inner.index[flat], inner.weight[flat] * np.repeat(self.weight, counts)
        )


@dataclass(frozen=True)
class Surface:
    """Triangles over mapped vertices, with texture coordinates at the corners."""

    map: LinearMap
    """Vertices from base vertices."""
    offset: Reals
    """float64[N, 3], dm, added to the mapped positions."""
    triangles: Ints
    """int64[T, 3], vertices."""
    corner_uv: Reals
    """float64[T, 3, 2], v up."""
    face: Ints
    """int64[T], the polygon each triangle came from."""

    def place(self, base: Reals) -> Reals:
        """float64[N, 3]: the vertices for given base vertices (dm)."""
        return self.map(base) + self.offset


def body_surface(base: Base, corner_uv: Reals, keep: Flags, smooth: Flags) -> Surface:
    """The faces ``keep`` (bool per quad) of the base, one Catmull-Clark level where ``smooth``;
    ``corner_uv`` float64[Q, 4, 2] lays them out."""
    faces, coords = base.faces[keep], corner_uv[keep]
    rules, triangles, corner_uv, face = subdivide(faces, coords, smooth[keep], len(base.vertices))
    chosen = np.flatnonzero(keep)[face]
    return compact(Surface(rules, np.zeros((len(rules), 3)), triangles, corner_uv, chosen))


def proxy_surface(proxy: Proxy, *, smooth: bool = False) -> Surface:
    """A proxy's surface on the base, one Catmull-Clark level if ``smooth``."""
    count = len(proxy.reference)
    fit = LinearMap(np.arange(count + 1) * 3, proxy.reference.ravel(), proxy.weight.ravel())
    chosen = np.full(len(proxy.faces), smooth)
    rules, triangles, corner_uv, face = subdivide(
        proxy.faces, proxy.uv[proxy.face_uv], chosen, len(proxy.reference)
    )
    return compact(Surface(rules.after(fit), rules(proxy.offset), triangles, corner_uv, face))


def compact(surface: Surface) -> Surface:
    """Without the vertices that no triangle uses."""
    used, triangles = np.unique(surface.triangles, return_inverse=True)
    return Surface(
        LinearMap.pick(used).after(surface.map),
        surface.offset[used],
        triangles.reshape(-1, 3),
        surface.corner_uv,
        surface.face,
    )


def select(surface: Surface, keep: Flags) -> Surface:
    """The triangles ``keep`` (bool[T])."""
    return compact(
        replace(
            surface,
            triangles=surface.triangles[keep],
            corner_uv=surface.corner_uv[keep],
            face=surface.face[keep],
        )
    )


def islands(triangles: Ints, count: int) -> Ints:
    """int64[T]: a label for each triangle, equal where triangles are connected by vertices."""
    label = np.arange(count)
    while True:
        lowest = label[triangles].min(axis=1)
        after = label.copy()
        for corner in range(3):
            np.minimum.at(after, triangles[:, corner], lowest)
        after = after[after]
        if np.array_equal(after, label):
            return label[triangles[:, 0]]
        label = after


class _Topology:
    """Edges and faces around the vertices of a polygon mesh."""

    def __init__(self, faces: list[list[int]]) -> None:
        self.edge_faces: dict[tuple[int, int], list[int]] = defaultdict(list)
        self.vertex_faces: dict[int, list[int]] = defaultdict(list)
        self.vertex_edges: dict[int, set[tuple[int, int]]] = defaultdict(set)
        for number, face in enumerate(faces):
            for a, b in pairwise([*face, face[0]]):
                edge = (min(a, b), max(a, b))
                self.edge_faces[edge].append(number)
                self.vertex_faces[a].append(number)
                self.vertex_edges[a].add(edge)
                self.vertex_edges[b].add(edge)


def subdivide(
    faces: Ints, uv: Reals, smooth: Flags, count: int
) -> tuple[LinearMap, Ints, Reals, Ints]:
    """One Catmull-Clark level (Catmull & Clark 1978) on the chosen faces of a polygon mesh.

    ``faces`` int64[Q, 4], ``uv`` float64[Q, 4, 2] at the corners, ``smooth`` bool[Q]. Unchosen
    neighbours take the new edge points into their outline, so no crack opens. Returns the new
    vertices as a map of the ``count`` old ones, the triangles, their corner UVs and faces.
    """
    loops = [_loop(face) for face in faces.tolist()]
    polygons = [[face[k] for k in loop] for face, loop in zip(faces.tolist(), loops, strict=True)]
    topology = _Topology(polygons)
    chosen = smooth.tolist()
    rows = [_vertex_rule(vertex, polygons, topology, chosen) for vertex in range(count)]
    middle: dict[tuple[int, int], int] = {}
    for edge, around in topology.edge_faces.items():
        if any(chosen[face] for face in around):
            middle[edge] = len(rows)
            rows.append(_edge_rule(edge, around, polygons, chosen))
    triangles: list[list[int]] = []
    corner_uv: list[list[tuple[float, float]]] = []
    parent: list[int] = []
    for number, (polygon, loop) in enumerate(zip(polygons, loops, strict=True)):
        outline = _outline(polygon, uv[number][loop].tolist(), middle)
        if chosen[number]:
            centre = len(rows)
            rows.append({v: 1 / len(polygon) for v in polygon})
            pieces = _quarter(outline, centre, polygon, uv[number][loop].mean(axis=0).tolist())
        else:
            pieces = [outline]
        for piece in pieces:
            for a, b in pairwise(piece[1:]):
                triangles.append([piece[0][0], a[0], b[0]])
                corner_uv.append([piece[0][1], a[1], b[1]])
                parent.append(number)
    rules = LinearMap.from_rows(rows)
    return rules, np.array(triangles), np.array(corner_uv), np.array(parent)


_Corner = tuple[int, tuple[float, float]]


def _loop(face: list[int]) -> list[int]:
    """Corners of a face whose repeated last vertex marks a triangle."""
    return [0, 1, 2] if face[3] == face[2] else [0, 1, 2, 3]


def _outline(
    polygon: list[int], uv: list[list[float]], middle: dict[tuple[int, int], int]
) -> list[_Corner]:
    result: list[_Corner] = []
    for k, a in enumerate(polygon):
        after = (k + 1) % len(polygon)
        b = polygon[after]
        (ua, va), (ub, vb) = uv[k], uv[after]
        result.append((a, (ua, va)))
        edge = (min(a, b), max(a, b))
        if edge in middle:
            result.append((middle[edge], ((ua + ub) / 2, (va + vb) / 2)))
    return result


def _quarter(
    outline: list[_Corner], centre: int, polygon: list[int], uv: list[float]
) -> list[list[_Corner]]:
    """The quads between a face's centre and its corners, whose outline alternates edge points."""
    count = len(outline)
    hub: _Corner = (centre, (uv[0], uv[1]))
    corners = range(0, count, 2)
    return [[outline[k], outline[(k + 1) % count], hub, outline[k - 1]] for k in corners]


def _add(row: dict[int, float], vertices: list[int], weight: float) -> None:
    for vertex in vertices:
        row[vertex] = row.get(vertex, 0.0) + weight / len(vertices)


def _edge_rule(
    edge: tuple[int, int], around: list[int], polygons: list[list[int]], chosen: list[bool]
) -> dict[int, float]:
    row = dict.fromkeys(edge, 0.5)
    if len(around) == 2 and all(chosen[face] for face in around):
        row = dict.fromkeys(edge, 0.25)
        for face in around:
            _add(row, polygons[face], 0.25)
    return row


def _vertex_rule(
    vertex: int, polygons: list[list[int]], topology: _Topology, chosen: list[bool]
) -> dict[int, float]:
    around = topology.vertex_faces.get(vertex, [])
    if not around or not all(chosen[face] for face in around):
        return {vertex: 1.0}
    edges = topology.vertex_edges[vertex]
    rim = [edge for edge in sorted(edges) if len(topology.edge_faces[edge]) == 1]
    row: dict[int, float] = {vertex: 0.75}
    if rim:
        ends = [a if b == vertex else b for a, b in rim]
        _add(row, ends, 0.25)
        return row if len(rim) == 2 else {vertex: 1.0}
    valence = len(around)
    row = {vertex: (valence - 3) / valence}
    for face in around:
        _add(row, polygons[face], 1 / valence**2)
    for edge in sorted(edges):
        _add(row, list(edge), 2 / valence / len(edges))
    return row


def face_normals(position: Reals, triangles: Ints) -> Reals:
    """float64[T, 3], normals as long as twice the area."""
    a, b, c = (position[triangles[:, k]] for k in range(3))
    return np.cross(b - a, c - a)


def vertex_normals(position: Reals, triangles: Ints) -> Reals:
    """float64[N, 3], unit, area weighted."""
    faces = face_normals(position, triangles)
    total = np.zeros_like(position)
    for corner in range(3):
        for axis in range(3):
            total[:, axis] += np.bincount(
                triangles[:, corner], faces[:, axis], minlength=len(position)
            )
    length = np.linalg.norm(total, axis=1, keepdims=True)
    return np.where(length > 1e-14, total / np.where(length > 1e-14, length, 1), [0, 1, 0])


def split_corners(surface: Surface) -> tuple[Ints, Reals, Ints]:
    """Vertices made distinct by UV: (surface vertex int64[R], uv float64[R, 2], indices[T, 3])."""
    grid = np.round(surface.corner_uv.reshape(-1, 2) * 65536).astype(np.int64)
    keys = np.column_stack([surface.triangles.reshape(-1), grid])
    unique, first, inverse = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    uv = surface.corner_uv.reshape(-1, 2)[first]
    return unique[:, 0], uv, inverse.reshape(-1, 3)
