"""Finishing of triangles: what a file leaves out, and an order the rasteriser likes.

Flat normals (glTF 2.0 section 3.7.2.1), tangents (Lengyel, "Computing Tangent Space Basis
Vectors for an Arbitrary Mesh", 2001), triangles sorted for the vertex cache, vertices numbered in
the order of their first use, unused ones dropped.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avatar.character.character import MorphTarget
from avatar.math3d import Float, normalize

Ints = NDArray[np.int64]

_CACHE: Final = 512
"""Index positions after which a vertex counts as forgotten (about 256 vertices)."""
_GOOD: Final = 1.15
"""Misses for each vertex that need no better order."""
_HILBERT_BITS: Final = 10


@dataclass(frozen=True, slots=True)
class Geometry:
    """One primitive on its way; arrays as in :class:`avatar.character.character.Primitive`."""

    triangles: Ints
    """int64[T, 3]."""
    position: Float
    normal: Float | None
    tangent: Float | None
    uv0: Float | None
    uv1: Float | None
    color: Float | None
    joints: NDArray[np.uint16] | None
    weights: Float | None
    targets: tuple[MorphTarget, ...]


def gather(geometry: Geometry, source: Ints, triangles: Ints) -> Geometry:
    """Geometry whose vertex i is the old vertex ``source[i]``."""

    def take(array: NDArray[Any] | None) -> Any:
        return None if array is None else array[source]

    return Geometry(
        triangles,
        *(take(getattr(geometry, name)) for name in
          ("position", "normal", "tangent", "uv0", "uv1", "color", "joints", "weights")),
        targets=tuple(
            _gather_target(target, source, len(geometry.position)) for target in geometry.targets
        ),
    )  # fmt: skip


def with_normals(geometry: Geometry) -> Geometry:
    """Unit normals; flat ones, each triangle with its own vertices, when there are none."""
    if geometry.normal is not None:
        return replace(geometry, normal=normalize(geometry.normal).astype(np.float32))
    source = geometry.triangles.reshape(-1)
    flat = gather(geometry, source, np.arange(len(source)).reshape(-1, 3))
    corner = flat.position.reshape(-1, 3, 3)
    face = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    return replace(flat, normal=np.repeat(normalize(face), 3, axis=0).astype(np.float32))


def with_tangents(geometry: Geometry, tex_coord: int) -> Geometry:
    """Tangents along the texture's u, orthogonal to the normals; w tells mirrored surfaces."""
    uv = geometry.uv1 if tex_coord else geometry.uv0
    if geometry.tangent is not None or uv is None or geometry.normal is None:
        return geometry
    tri = geometry.triangles
    e1 = geometry.position[tri[:, 1]] - geometry.position[tri[:, 0]]
    e2 = geometry.position[tri[:, 2]] - geometry.position[tri[:, 0]]
    d1, d2 = uv[tri[:, 1]] - uv[tri[:, 0]], uv[tri[:, 2]] - uv[tri[:, 0]]
    det = d1[:, :1] * d2[:, 1:] - d2[:, :1] * d1[:, 1:]
    sign = np.sign(det)
    along_u = sign * (e1 * d2[:, 1:] - e2 * d1[:, 1:])
    along_v = sign * (e2 * d1[:, :1] - e1 * d2[:, :1])
    count = len(geometry.position)
    tangent, down = _sum_at(tri, along_u, count), _sum_at(tri, along_v, count)
    normal = geometry.normal
    tangent = normalize(tangent - normal * np.sum(normal * tangent, -1, keepdims=True))
    tangent = np.where(tangent.any(-1, keepdims=True), tangent, _perpendicular(normal))
    # a normal map's +y is up in the picture, glTF's v runs down: w is 1 where they oppose
    along = np.sum(np.cross(normal, tangent) * down, -1, keepdims=True) > 0
    full = np.concatenate([tangent, np.where(along, -1.0, 1.0)], -1)
    return replace(geometry, tangent=full.astype(np.float32))


def ordered(geometry: Geometry, *, keep_triangles: bool) -> Geometry:
    """Triangles sorted for the vertex cache where that helps, vertices by first use.

    ``keep_triangles`` leaves their order: blended surfaces are drawn in it.
    """
    triangles, count = geometry.triangles, len(geometry.position)
    if not keep_triangles:
        triangles = _sorted_for_cache(triangles, geometry.position)
    stream = triangles.reshape(-1)
    first = np.full(count, -1)
    first[stream[::-1]] = np.arange(len(stream))[::-1]
    used = np.flatnonzero(first >= 0)
    source = used[np.argsort(first[used])]
    place = np.zeros(count, np.int64)
    place[source] = np.arange(len(source))
    return gather(geometry, source, place[triangles])


def _sorted_for_cache(triangles: Ints, position: Float) -> Ints:
    """The triangles along a Hilbert curve if that spares the vertex cache many misses."""
    misses = cache_misses(triangles)
    touched = np.zeros(len(position), bool)
    touched[triangles] = True
    if misses < _GOOD * np.count_nonzero(touched):
        return triangles
    key = hilbert(position[triangles].mean(axis=1))
    along_curve = triangles[np.argsort(key, kind="stable")]
    return along_curve if cache_misses(along_curve) < 0.95 * misses else triangles


def cache_misses(triangles: Ints) -> int:
    """Vertices transformed by a cache that forgets after about 256 of them."""
    stream = triangles.reshape(-1)
    order = np.argsort(stream, kind="stable")
    again = np.diff(stream[order]) == 0
    near = np.diff(order) <= _CACHE
    return len(stream) - int(np.count_nonzero(again & near))


def hilbert(points: Float) -> Ints:
    """Place of each point [n, 3] along a Hilbert curve through their box (Skilling, 2004)."""
    low = points.min(axis=0, initial=np.inf)
    extent = max(float((points.max(axis=0, initial=-np.inf) - low).max()), 1e-9)
    scale = ((1 << _HILBERT_BITS) - 1) / extent
    x = list(((points - low) * scale).astype(np.int64).T)
    for bit in reversed(range(1, _HILBERT_BITS)):
        low_bits = (1 << bit) - 1
        for i in range(3):
            hit = (x[i] >> bit & 1).astype(bool)
            swap = np.where(hit, 0, (x[0] ^ x[i]) & low_bits)
            x[i] = x[i] ^ swap
            x[0] = x[0] ^ np.where(hit, low_bits, swap)
    x[1] = x[1] ^ x[0]
    x[2] = x[2] ^ x[1]
    gray = np.zeros_like(x[0])
    for bit in reversed(range(1, _HILBERT_BITS)):
        gray ^= np.where(x[2] >> bit & 1, (1 << bit) - 1, 0)
    key = np.zeros_like(gray)
    for bit in reversed(range(_HILBERT_BITS)):
        for axis in x:
            key = key << 1 | ((axis ^ gray) >> bit & 1)
    return key


def _gather_target(target: MorphTarget, source: Ints, old_count: int) -> MorphTarget:
    slot = np.full(old_count, -1, np.int64)
    slot[target.index] = np.arange(len(target.index))
    row = slot[source]
    index = np.flatnonzero(row >= 0)
    row = row[index]
    normal = None if target.normal is None else target.normal[row]
    return MorphTarget(index.astype(np.uint32), target.position[row], normal)


def _sum_at(triangles: Ints, values: NDArray[Any], count: int) -> NDArray[Any]:
    """Sum of per-triangle vectors [T, 3] at each vertex."""
    where = triangles.T.reshape(-1)
    columns = [np.bincount(where, np.tile(values[:, i], 3), count) for i in range(3)]
    return np.stack(columns, -1)


def _perpendicular(normal: Float) -> Float:
    """Some unit vector at a right angle to each normal."""
    axis = np.where(np.abs(normal[:, :1]) < 0.9, [1.0, 0.0, 0.0], [0.0, 1.0, 0.0])
    return normalize(np.cross(normal, axis)).astype(np.float32)
