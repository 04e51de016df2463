"""Solid locks of toon hair: leaf-shaped sections swept along drawn guides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from avatar.modelling.idol.drawn import strip
from avatar.modelling.idol.surface import TOP, profile
from avatar.modelling.mesh import face_normals, vertex_normals
from avatar.modelling.sources import Ints, Reals

CENTRE: Final = np.array([0.0, 118.0, -8.0])
"""Inside the skull, mm in head space."""


@dataclass(frozen=True)
class Lock:
    """One lock, mm in head space."""

    path: Reals
    """float64[K, 3], knots of the guide from root to tip."""
    width: float
    thick: float
    v: tuple[float, float] = (0.0, 1.0)
    """Range of the hair's picture from root to tip."""
    shape: str = "leaf"
    """``leaf`` tapers to a tip, ``strap`` also narrows at its root, ``tail`` bulges."""
    sections: int = 14
    u: float = 0.0
    """Where across the hair's picture it begins."""
    around: int = 8
    """Points round each section."""
    group: int = 0
    """Locks of one group hang on the same chains."""


_PROFILE: Final = {
    "leaf": ([0, 0.12, 0.35, 0.6, 0.82, 0.94, 1], [0.7, 0.88, 1.0, 0.92, 0.6, 0.28, 0.0]),
    "strap": ([0, 0.08, 0.4, 0.7, 0.9, 1], [0.3, 0.8, 1.0, 0.9, 0.6, 0.35]),
    "bow": ([0, 0.1, 0.4, 0.75, 0.92, 0.97, 1], [0.30, 0.40, 0.78, 1.0, 0.96, 0.8, 0.0]),
    "moon": ([0, 0.15, 0.35, 0.5, 0.65, 0.85, 1], [0, 0.42, 0.86, 1.0, 0.86, 0.42, 0]),
    "ribbon": ([0, 0.2, 0.7, 0.985, 1], [0.45, 0.7, 0.95, 1.1, 0.0]),
    "knot": ([0, 0.2, 0.5, 0.8, 1], [0.5, 0.9, 1.0, 0.9, 0.5]),
    "tail": ([0, 0.06, 0.2, 0.42, 0.62, 0.8, 0.92, 1], [0.3, 0.5, 0.85, 1.0, 0.84, 0.5, 0.2, 0]),
}


_BLUNT: Final = {"ribbon": 0.1}


def on_skull(azimuth: float, elevation: float, lift: float) -> Reals:
    """float64[3]: a point ``lift`` mm over the skull, degrees from its centre (0, 0 = front)."""
    a, e = np.radians(azimuth), np.radians(elevation)
    way = np.array([np.sin(a) * np.cos(e), np.sin(e), np.cos(a) * np.cos(e)])
    near, far = 0.0, 200.0
    for _ in range(32):
        middle = (near + far) / 2
        near, far = (middle, far) if _inside(CENTRE + way * middle) else (near, middle)
    return CENTRE + way * (near + lift)


def _inside(point: Reals) -> bool:
    x, y, z = (np.array([v]) for v in point)
    if not 0 < y[0] < TOP:
        return False
    width, plane, ahead, back, power = profile(y)
    depth = np.where(z > plane, ahead - plane, plane - back)
    return bool((np.abs(x) / width) ** power + (np.abs(z - plane) / depth) ** power < 1)


def spline(knots: Reals, count: int, bend: float = 0.0) -> Reals:
    """Catmull-Rom through knots [K, 3]: ``count`` points along it, even at ``bend`` 0, the
    denser where it curves the higher it is."""
    padded = np.concatenate([[2 * knots[0] - knots[1]], knots, [2 * knots[-1] - knots[-2]]])
    at = np.linspace(0, len(knots) - 1, 24 * len(knots))
    k = np.clip(at.astype(int), 0, len(knots) - 2)
    t = (at - k)[:, None]
    p0, p1, p2, p3 = (padded[k + j] for j in range(4))
    dense = 0.5 * (2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2
                   + (3 * p1 - p0 - 3 * p2 + p3) * t**3)  # fmt: skip
    gaps = np.linalg.norm(np.diff(dense, axis=0), axis=1)
    arc = np.concatenate([[0], np.cumsum(gaps * (1 + bend * _bending(dense)))])
    even = np.linspace(0, arc[-1], count)
    return np.column_stack([np.interp(even, arc, dense[:, j]) for j in range(3)])


def _bending(dense: Reals) -> Reals:
    """Between points [N, 3] on a curve, how much more it bends than on the whole, [N - 1]."""
    step = np.diff(dense, axis=0)
    length = np.linalg.norm(step, axis=1).clip(1e-9)
    turn = np.linalg.norm(np.diff(step / length[:, None], axis=0), axis=1)
    wide = max(len(turn) // 16, 1)
    turn = np.convolve(np.pad(turn, (wide, wide + 1), "edge"), np.ones(2 * wide + 1), "valid")
    # a chord's error grows with the square of its length: the root spreads it evenly
    root = np.sqrt(turn[: len(length)] / length)
    return root / max(float((root * length).sum() / length.sum()), 1e-9)


def lock_mesh(lock: Lock, up: Reals | None = None) -> tuple[Reals, Reals, Reals, Ints]:
    """Points, normals, uv (v down) and triangles of a lock; ``up`` [3] overrides outwards."""
    path = spline(np.asarray(lock.path), lock.sections, 0.8 if lock.shape == "tail" else 1.5)
    # a blunt end wants its last ring close to it
    path[-2] = path[-1] + _BLUNT.get(lock.shape, 1.0) * (path[-2] - path[-1])
    along = np.gradient(path, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    away = path - CENTRE
    away[:, 1] *= np.where(away[:, 1] < 0, 0.1, 1.0)
    away = away if up is None else np.tile(up, (len(path), 1))
    away /= np.linalg.norm(away, axis=1, keepdims=True)
    side = np.cross(along, away)
    side /= np.linalg.norm(side, axis=1, keepdims=True).clip(1e-9)
    face = np.cross(side, along)
    gaps = np.linalg.norm(np.diff(path, axis=0), axis=1)
    t = np.concatenate([[0], np.cumsum(gaps)]) / gaps.sum()
    scale = np.interp(t, *_PROFILE[lock.shape])
    turn = 2 * np.pi * np.arange(lock.around) / lock.around
    across, rise = np.cos(turn), np.sin(turn)
    rise = np.where(rise > 0, rise, 0.45 * rise)
    half, deep = lock.width / 2 * scale, lock.thick / 2 * scale
    ring = (side[:, None] * (across[None] * half[:, None])[..., None]
            + face[:, None] * (rise[None] * deep[:, None])[..., None])  # fmt: skip
    points = (path[:, None] + ring).transpose(1, 0, 2).reshape(-1, 3)
    triangles = strip(lock.around, lock.sections, closed=True)
    # a ring drawn together to a tip leaves triangles without area
    wide = np.linalg.norm(face_normals(points, triangles), axis=1) > 1e-9
    triangles = triangles[wide]
    normal = vertex_normals(points, triangles)
    if (normal * (points - np.tile(path, (lock.around, 1)))).sum() < 0:
        normal, triangles = -normal, triangles[:, ::-1]
    normal = normal + 0.5 * np.tile(away, (lock.around, 1))
    normal /= np.linalg.norm(normal, axis=1, keepdims=True).clip(1e-9)
    u = np.repeat(lock.u + 0.5 * (across + 1) * min(lock.width / 60, 1.0), lock.sections)
    v = np.tile(lock.v[0] + t * (lock.v[1] - lock.v[0]), lock.around)
    return points, normal, np.column_stack([u, v]), triangles
