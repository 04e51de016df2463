"""Quaternions, transforms and matrices: numpy, vectorised, pure.

Conventions: right-handed, +Y up, metres, radians. Quaternions are ``xyzw`` (glTF 2.0).
Matrices act on column vectors, ``m @ v``, and are stored row-major as numpy does; transpose
before handing them to OpenGL. Every function broadcasts over leading axes.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Float = NDArray[np.float32]
Array = NDArray[Any]

IDENTITY_QUAT: Final[Float] = np.array([0, 0, 0, 1], np.float32)


def normalize(v: ArrayLike) -> Array:
    """Unit vectors along the last axis; zero stays zero."""
    v = np.asarray(v, np.float64 if np.asarray(v).dtype == np.float64 else np.float32)
    length = np.linalg.norm(v, axis=-1, keepdims=True)
    return v / np.where(length > 1e-12, length, 1)


def clamp(x: float, low: float, high: float) -> float:
    """One number held within limits; ``np.clip`` without its overhead. NaN stays NaN."""
    return min(max(float(x), low), high)


def cross(a: ArrayLike, b: ArrayLike) -> Array:
    """Vector product along the last axis; ``np.cross`` without its overhead."""
    a, b = np.asarray(a), np.asarray(b)
    ax, ay, az = a[..., 0], a[..., 1], a[..., 2]
    bx, by, bz = b[..., 0], b[..., 1], b[..., 2]
    return np.stack([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx], -1)


def _parts(q: Array) -> tuple[Array, Array, Array, Array]:
    return q[..., 0], q[..., 1], q[..., 2], q[..., 3]


def quat_normalize(q: ArrayLike) -> Array:
    """Unit quaternions ``[..., 4]``; zero becomes the identity."""
    q = np.asarray(q)
    length = np.linalg.norm(q, axis=-1, keepdims=True)
    return np.where(length > 1e-8, q / np.where(length > 1e-8, length, 1), IDENTITY_QUAT)


def quat_mul(a: ArrayLike, b: ArrayLike) -> Array:
    """Hamilton product ``a * b``: rotate by b first, then by a."""
    a, b = np.asarray(a), np.asarray(b)
    ax, ay, az, aw = _parts(a)
    bx, by, bz, bw = _parts(b)
    w = aw * bw - ax * bx - ay * by - az * bz
    out = np.empty((*np.shape(w), 4), w.dtype)
    out[..., 0] = aw * bx + ax * bw + ay * bz - az * by
    out[..., 1] = aw * by - ax * bz + ay * bw + az * bx
    out[..., 2] = aw * bz + ax * by - ay * bx + az * bw
    out[..., 3] = w
    return out


def quat_conj(q: ArrayLike) -> Array:
    """Inverse of unit quaternions."""
    return np.asarray(q) * np.array([-1, -1, -1, 1], np.float32)


def quat_rotate(q: ArrayLike, v: ArrayLike) -> Array:
    """Rotate vectors ``[..., 3]`` by unit quaternions ``[..., 4]``."""
    q, v = np.asarray(q), np.asarray(v)
    u, w = q[..., :3], q[..., 3:]
    t = 2 * cross(u, v)
    return v + w * t + cross(u, t)


def quat_from_axis_angle(axis: ArrayLike, angle: ArrayLike) -> Array:
    """Quaternion turning by ``angle`` rad about the unit ``axis``."""
    half = np.asarray(angle)[..., None] / 2
    xyz = np.asarray(axis) * np.sin(half)
    out = np.empty((*xyz.shape[:-1], 4), xyz.dtype)
    out[..., :3], out[..., 3:] = xyz, np.cos(half)
    return out


def quat_from_euler_yxz(yaw: ArrayLike, pitch: ArrayLike, roll: ArrayLike) -> Array:
    """Yaw about +Y, then pitch about +X, then roll about +Z, each intrinsic (``Y * X * Z``)."""
    y, x, z = (np.asarray(angle, np.float64) / 2 for angle in (yaw, pitch, roll))
    (sy, cy), (sx, cx), (sz, cz) = ((np.sin(half), np.cos(half)) for half in (y, x, z))
    yx, xy, both, none = cy * sx, sy * cx, sy * sx, cy * cx
    return np.stack(
        [yx * cz + xy * sz, xy * cz - yx * sz, none * sz - both * cz, none * cz + both * sz], -1
    )


def quat_between(a: ArrayLike, b: ArrayLike) -> Array:
    """Shortest rotation taking unit vector ``a`` onto unit vector ``b``."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    w = 1 + np.sum(a * b, -1, keepdims=True)
    other = np.where(np.abs(a[..., :1]) < 0.9, [1.0, 0.0, 0.0], [0.0, 1.0, 0.0])
    xyz = np.where(w > 1e-6, cross(a, b), cross(a, other))
    return quat_normalize(np.concatenate([xyz, np.where(w > 1e-6, w, 0.0)], -1))


def quat_slerp(a: ArrayLike, b: ArrayLike, t: ArrayLike) -> Array:
    """Shortest-arc spherical interpolation; ``t`` broadcasts over the leading axes."""
    a, b = np.asarray(a), np.asarray(b)
    t = np.asarray(t)[..., None]
    dot = np.sum(a * b, -1, keepdims=True)
    b = np.where(dot < 0, -b, b)
    theta = np.arccos(np.clip(np.abs(dot), 0, 1))
    sine = np.sin(theta)
    small = sine < 1e-4
    safe = np.where(small, 1, sine)
    wa = np.where(small, 1 - t, np.sin((1 - t) * theta) / safe)
    wb = np.where(small, t, np.sin(t * theta) / safe)
    return quat_normalize(wa * a + wb * b)


def quat_mean(q: ArrayLike, w: ArrayLike) -> Array:
    """Weighted mean over the first axis of quaternions ``[L, ..., 4]`` with weights ``[L, ...]``,
    each on the side of the heaviest; identity where all weights are 0 (Markley's mean to first
    order, exact for two equal weights)."""
    q, w = np.asarray(q), np.asarray(w)
    heaviest = np.take_along_axis(q, w.argmax(0)[None, ..., None], 0)
    side = np.where(np.sum(q * heaviest, -1) < 0, -w, w)
    return quat_normalize(np.sum(side[..., None] * q, 0))


def quat_log(q: ArrayLike) -> Array:
    """Rotation vectors ``[..., 3]`` (axis * angle, rad, at most pi long) of quaternions."""
    q = np.asarray(q)
    q = np.where(q[..., 3:] < 0, -q, q)
    length = np.linalg.norm(q[..., :3], axis=-1, keepdims=True)
    angle = 2 * np.arctan2(length, q[..., 3:])
    return q[..., :3] * np.where(length > 1e-8, angle / np.where(length > 1e-8, length, 1), 2.0)


def quat_exp(v: ArrayLike) -> Array:
    """Unit quaternions of rotation vectors ``[..., 3]``; inverse of :func:`quat_log`."""
    v = np.asarray(v)
    angle = np.linalg.norm(v, axis=-1, keepdims=True)
    factor = np.where(angle > 1e-8, np.sin(angle / 2) / np.where(angle > 1e-8, angle, 1), 0.5)
    return np.concatenate([v * factor, np.cos(angle / 2)], -1)


def quat_to_mat3(q: ArrayLike) -> Array:
    """Rotation matrices ``[..., 3, 3]`` of unit quaternions."""
    q = np.asarray(q)
    x, y, z, w = _parts(q)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    return np.stack([np.stack(row, -1) for row in rows], -2)


def mat3_to_quat(m: ArrayLike) -> Array:
    """Unit quaternions of rotation matrices ``[..., 3, 3]`` (Bar-Itzhack: largest eigenvector)."""
    m = np.asarray(m, np.float64)
    xx, xy, xz = m[..., 0, 0], m[..., 0, 1], m[..., 0, 2]
    yx, yy, yz = m[..., 1, 0], m[..., 1, 1], m[..., 1, 2]
    zx, zy, zz = m[..., 2, 0], m[..., 2, 1], m[..., 2, 2]
    k = np.stack(
        [
            np.stack([xx - yy - zz, yx + xy, zx + xz, zy - yz], -1),
            np.stack([yx + xy, yy - xx - zz, zy + yz, xz - zx], -1),
            np.stack([zx + xz, zy + yz, zz - xx - yy, yx - xy], -1),
            np.stack([zy - yz, xz - zx, yx - xy, xx + yy + zz], -1),
        ],
        -2,
    )
    q = np.linalg.eigh(k / 3)[1][..., -1]
    return np.where(q[..., 3:] < 0, -q, q)


def compose(translation: ArrayLike, rotation: ArrayLike, scale: ArrayLike = 1.0) -> Float:
    """Matrices ``[..., 4, 4]`` = T * R * S."""
    translation, rotation = np.asarray(translation), np.asarray(rotation)
    scale = np.broadcast_to(np.asarray(scale, np.float32), translation.shape)
    m = np.zeros((*translation.shape[:-1], 4, 4), np.float32)
    m[..., :3, :3] = quat_to_mat3(rotation) * scale[..., None, :]
    m[..., :3, 3] = translation
    m[..., 3, 3] = 1
    return m


def decompose(m: ArrayLike) -> tuple[Array, Array, Array]:
    """Translation ``[..., 3]``, rotation ``[..., 4]`` and scale ``[..., 3]`` of TRS matrices."""
    m = np.asarray(m, np.float64)
    basis = m[..., :3, :3]
    scale = np.linalg.norm(basis, axis=-2)
    flip = np.where(np.linalg.det(basis) < 0, -1.0, 1.0)
    scale = scale * np.stack([flip, np.ones_like(flip), np.ones_like(flip)], -1)
    safe = np.where(np.abs(scale) > 1e-12, scale, 1)
    return m[..., :3, 3], mat3_to_quat(basis / safe[..., None, :]), scale


def transform_points(m: ArrayLike, points: ArrayLike) -> Array:
    """Apply matrices ``[..., 4, 4]`` to points ``[..., 3]``."""
    m, points = np.asarray(m), np.asarray(points)
    return np.einsum("...ij,...j->...i", m[..., :3, :3], points) + m[..., :3, 3]


def perspective(fov_y: float, aspect: float, near: float, far: float) -> Float:
    """OpenGL projection, clip z in [-1, 1]; ``fov_y`` in rad."""
    f = 1 / np.tan(fov_y / 2)
    m = np.zeros((4, 4), np.float32)
    m[0, 0], m[1, 1] = f / aspect, f
    m[2, 2], m[2, 3] = (far + near) / (near - far), 2 * far * near / (near - far)
    m[3, 2] = -1
    return m


def orthographic(half_width: float, half_height: float, near: float, far: float) -> Float:
    """OpenGL orthographic projection, symmetric about the axis."""
    m = np.eye(4, dtype=np.float32)
    m[0, 0], m[1, 1] = 1 / half_width, 1 / half_height
    m[2, 2], m[2, 3] = -2 / (far - near), -(far + near) / (far - near)
    return m


def look_at(eye: ArrayLike, target: ArrayLike, up: ArrayLike = (0, 1, 0)) -> Float:
    """View matrix of a camera at ``eye`` facing ``target``."""
    eye = np.asarray(eye, np.float64)
    back = normalize(eye - np.asarray(target, np.float64))
    right = normalize(np.cross(np.asarray(up, np.float64), back))
    m = np.eye(4)
    m[0, :3], m[1, :3], m[2, :3] = right, np.cross(back, right), back
    m[:3, 3] = -m[:3, :3] @ eye
    return m.astype(np.float32)
