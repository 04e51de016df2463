"""A stretch of recorded motion: poses at rising times, as arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Final

import numpy as np

from avatar.math3d import IDENTITY_QUAT, Array, Float, quat_slerp
from avatar.pose import BONE_COUNT, FACE_COUNT, Pose

RATE: Final = 60.0
"""Frames per second of formats that want equal steps."""


@dataclass(frozen=True)
class Motion:
    """F poses; between two of them all is interpolated. Axes and units are those of Pose."""

    times: Array
    """float64[F], s, rising."""
    rotation: Float
    """float32[F, 55, 4] xyzw."""
    rotation_w: Float
    """float32[F, 55], 0..1."""
    hips: Float | None = None
    """float32[F, 3], hips heights, or None."""
    weight: Float | None = None
    """float32[F, 52], ARKit shapes 0..1, or None."""
    weight_w: Float | None = None
    """float32[F, 52], 0..1; None with ``weight`` None."""
    gaze: Float | None = None
    """float32[F, 2], yaw and pitch, rad, or None."""
    extra: Mapping[str, Float] = field(default_factory=lambda: MappingProxyType({}))
    """Expression name -> float32[F]."""
    name: str = ""

    def __len__(self) -> int:
        return len(self.times)

    @property
    def duration(self) -> float:
        """From the first pose to the last, s."""
        return float(self.times[-1] - self.times[0])

    def pose(self, frame: int) -> Pose:
        """The pose of one frame, untouched."""
        return Pose(
            t=float(self.times[frame]),
            rotation=self.rotation[frame],
            rotation_w=self.rotation_w[frame],
            hips=None if self.hips is None else self.hips[frame],
            weight=self._no_face if self.weight is None else self.weight[frame],
            weight_w=self._no_face if self.weight_w is None else self.weight_w[frame],
            gaze=None if self.gaze is None else _pair(self.gaze[frame]),
            extra={name: float(values[frame]) for name, values in self.extra.items()},
        )

    def sample(self, t: float) -> Pose:
        """The pose at ``t`` (s, on the scale of ``times``), clamped to the ends."""
        frame = int(np.searchsorted(self.times, t, "right")) - 1
        frame = min(max(frame, 0), len(self) - 1)
        start = float(self.times[frame])
        if frame == len(self) - 1 or t <= start:
            return self.pose(frame)
        part = (t - start) / (float(self.times[frame + 1]) - start)
        return replace(blended(self.pose(frame), self.pose(frame + 1), part), t=t)

    def trimmed(self, start: float = 0.0, end: float | None = None) -> Motion:
        """The part from ``start`` to ``end`` (s after the first pose), beginning at 0."""
        first = float(self.times[0])
        last = first + self.duration
        a = min(max(first + start, first), last)
        b = last if end is None else min(max(first + end, a), last)
        inside = self.times[(self.times > a) & (self.times < b)]
        return self.at(np.unique(np.concatenate([[a], inside, [b]]))).shifted(-a)

    def shifted(self, by: float) -> Motion:
        """The same ``by`` s later."""
        return replace(self, times=self.times + by)

    def resampled(self, rate: float = RATE) -> Motion:
        """The same in equal steps of 1/``rate`` s from 0 on."""
        steps = max(round(self.duration * rate), 0)
        first = float(self.times[0])
        return self.at(first + np.arange(steps + 1) / rate).shifted(-first)

    def at(self, times: Array) -> Motion:
        """The same motion seen at ``times``."""
        return from_poses(times, [self.sample(float(t)) for t in times], self.name)

    @cached_property
    def _no_face(self) -> Float:
        return np.zeros(FACE_COUNT, np.float32)


def from_poses(times: Array, poses: Sequence[Pose], name: str = "") -> Motion:
    """The motion that shows ``poses`` at ``times`` (s, rising)."""
    opinion = np.stack([pose.weight_w for pose in poses])
    known = bool(opinion.any())
    names = dict.fromkeys(name for pose in poses for name in pose.extra)
    gaze = [pose.gaze for pose in poses]
    hips = [pose.hips for pose in poses]
    return Motion(
        times=np.asarray(times, np.float64),
        rotation=np.stack([pose.rotation for pose in poses]).astype(np.float32),
        rotation_w=np.stack([pose.rotation_w for pose in poses]).astype(np.float32),
        hips=_filled(hips, 3),
        weight=np.stack([pose.weight for pose in poses]).astype(np.float32) if known else None,
        weight_w=opinion.astype(np.float32) if known else None,
        gaze=_filled(gaze, 2),
        extra={n: np.array([p.extra.get(n, 0.0) for p in poses], np.float32) for n in names},
        name=name,
    )


def blended(a: Pose, b: Pose, part: float) -> Pose:
    """``a`` at ``part`` 0, ``b`` at 1; where only one has an opinion, it is faded."""
    wa, wb = (1 - part) * a.rotation_w, part * b.rotation_w
    total = wa + wb
    share = np.where(total > 0, wb / np.where(total > 0, total, 1), 0)
    fa, fb = (1 - part) * a.weight_w, part * b.weight_w
    opinion = fa + fb
    weight = (a.weight * fa + b.weight * fb) / np.where(opinion > 0, opinion, 1)
    return Pose(
        t=a.t + (b.t - a.t) * part,
        rotation=quat_slerp(a.rotation, b.rotation, share).astype(np.float32),
        rotation_w=total.astype(np.float32),
        hips=_mixed(a.hips, b.hips, part),
        weight=weight.astype(np.float32),
        weight_w=opinion.astype(np.float32),
        gaze=_mixed_gaze(a.gaze, b.gaze, part),
        extra={
            name: a.extra.get(name, 0.0) * (1 - part) + b.extra.get(name, 0.0) * part
            for name in dict.fromkeys((*a.extra, *b.extra))
        },
    )


def still(times: Array, name: str = "") -> Motion:
    """A motion without any opinion, to fill in with ``dataclasses.replace``."""
    count = len(times)
    return Motion(
        times=np.asarray(times, np.float64),
        rotation=np.tile(IDENTITY_QUAT, (count, BONE_COUNT, 1)).astype(np.float32),
        rotation_w=np.zeros((count, BONE_COUNT), np.float32),
        name=name,
    )


def _mixed(a: Float | None, b: Float | None, part: float) -> Float | None:
    if a is None or b is None:
        return a if b is None else b
    return (a * (1 - part) + b * part).astype(np.float32)


def _mixed_gaze(
    a: tuple[float, float] | None, b: tuple[float, float] | None, part: float
) -> tuple[float, float] | None:
    if a is None or b is None:
        return a if b is None else b
    return a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part


def _pair(values: Float) -> tuple[float, float]:
    return float(values[0]), float(values[1])


def _filled(values: Sequence[Float | tuple[float, float] | None], width: int) -> Float | None:
    """Rows; where there is none the last known (or zero); None if there never is one."""
    if all(value is None for value in values):
        return None
    rows, last = np.zeros((len(values), width), np.float32), np.zeros(width, np.float32)
    for i, value in enumerate(values):
        last = last if value is None else np.asarray(value, np.float32)
        rows[i] = last
    return rows
