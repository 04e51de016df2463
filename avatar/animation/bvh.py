"""BVH motion files: reading any human skeleton, writing a figure's own.

Biovision's format: a HIERARCHY of joints with offsets and channels, then frames of numbers at
equal steps, angles in degrees, rotations applied in the order in which they are listed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from avatar.animation.motion import RATE, Motion
from avatar.animation.retarget import Skeleton, map_joints, names_itself, retarget
from avatar.errors import AssetError, MissingAsset, OutputError, UnsupportedFormat
from avatar.math3d import (
    IDENTITY_QUAT,
    Array,
    quat_from_axis_angle,
    quat_mul,
    quat_to_mat3,
)
from avatar.pose import HumanBone, RestSkeleton

_MAX_BYTES: Final = 256 << 20
_MAX_JOINTS: Final = 4096
_AXES: Final = {"X": 0, "Y": 1, "Z": 2}
_CM: Final = 100.0
_TIP: Final = 4.0
"""cm from the last joint of a chain to its end site."""


@dataclass
class _Joints:
    names: list[str] = field(default_factory=list[str])
    parent: list[int] = field(default_factory=list[int])
    offset: list[list[float]] = field(default_factory=list[list[float]])
    channels: list[tuple[int, str, int]] = field(default_factory=list[tuple[int, str, int]])
    """(joint, ``position`` or ``rotation``, axis) in the order of the numbers."""


class _Words:
    """The words of a file, with their lines for messages."""

    def __init__(self, text: str, path: Path) -> None:
        self._words = re.finditer(r"\S+", text)
        self._text, self._path, self._at = text, path, 0

    def next(self) -> str:
        match = next(self._words, None)
        if match is None:
            raise self.error("the file ends too early")
        self._at = match.start()
        return match.group()

    def name(self) -> str:
        """The words up to the next brace: some programs put spaces into names."""
        words = [self.next()]
        while (word := self.next()) != "{" and len(words) < 16:
            words.append(word)
        if word != "{":
            raise self.error("{ expected after a joint's name")
        return " ".join(words)

    def number(self) -> float:
        word = self.next()
        try:
            value = float(word)
        except ValueError:
            raise self.error(f"a number expected, not {word[:20]!r}") from None
        if not np.isfinite(value):
            raise self.error(f"{word[:20]!r} is no finite number")
        return value

    def expect(self, *words: str) -> str:
        word = self.next()
        if word.upper() not in words:
            raise self.error(f"{' or '.join(words)} expected, not {word[:20]!r}")
        return word.upper()

    def rest(self) -> str:
        match = next(self._words, None)
        return "" if match is None else self._text[match.start() :]

    def error(self, message: str) -> AssetError:
        line = self._text.count("\n", 0, self._at) + 1
        return AssetError(f"line {line}: {message}", path=self._path)


def read_bvh(path: str | Path) -> Motion:
    """The motion of a BVH file on the normalised humanoid.

    Raises MissingAsset, AssetError, or UnsupportedFormat if its skeleton is no human's.
    """
    path = Path(path)
    words = _Words(_text(path), path)
    words.expect("HIERARCHY")
    joints = _Joints()
    words.expect("ROOT")
    _joint(words, joints, -1, words.name())
    while words.expect("ROOT", "MOTION") == "ROOT":
        _joint(words, joints, -1, words.name())
    times, values = _frames(words, len(joints.channels))
    skeleton = Skeleton(
        joints.names, joints.parent, np.array(joints.offset),
        np.tile(np.asarray(IDENTITY_QUAT, np.float64), (len(joints.names), 1)),
    )  # fmt: skip
    rotation, offset = _transforms(joints, skeleton, values)
    try:
        mapped = map_joints(skeleton)
        rest = "t-pose" if names_itself(skeleton) else "any"
        return retarget(skeleton, mapped, times, rotation, offset, rest=rest, name=path.stem)
    except UnsupportedFormat as error:
        raise UnsupportedFormat(str(error), path=path) from error


def write_bvh(motion: Motion, rest: RestSkeleton, path: str | Path, rate: float = RATE) -> None:
    """Write ``motion`` on the bones of ``rest``, in cm; raises OutputError."""
    motion = motion.resampled(rate)
    order = list(_descend(rest, HumanBone.hips))
    lines = ["HIERARCHY", *_hierarchy(rest, HumanBone.hips, ""), "MOTION"]
    lines += [f"Frames: {len(motion)}", f"Frame Time: {1 / rate:.8f}"]
    angles = _euler_zxy(motion, order)
    hips = np.zeros((len(motion), 3)) if motion.hips is None else motion.hips
    place = (rest.offset[HumanBone.hips] + hips * rest.hips_height) * _CM
    rows = np.concatenate([place, angles.reshape(len(motion), -1)], 1)
    lines += [" ".join(f"{value:.5f}" for value in row) for row in rows]
    try:
        Path(path).write_text("\n".join(lines) + "\n", "utf-8")
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from error


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise AssetError(f"larger than {_MAX_BYTES >> 20} MB", path=path)
        return path.read_text("utf-8", errors="replace")
    except FileNotFoundError as error:
        raise MissingAsset("no such file", path=path) from error
    except OSError as error:
        raise AssetError(f"cannot be read: {error.strerror or error}", path=path) from error


def _joint(words: _Words, joints: _Joints, parent: int, name: str) -> None:
    """Read a joint and everything below it, without recursion (files may nest without end)."""
    stack = [_open(words, joints, parent, name)]
    while stack:
        word = words.expect("OFFSET", "CHANNELS", "JOINT", "END", "}")
        if word == "OFFSET":
            joints.offset[stack[-1]] = [words.number() for _ in range(3)]
        elif word == "CHANNELS":
            _channels(words, joints, stack[-1])
        elif word == "}":
            stack.pop()
        else:
            name = words.name() if word == "JOINT" else _end_site(words)
            stack.append(_open(words, joints, stack[-1], name))


def _open(words: _Words, joints: _Joints, parent: int, name: str) -> int:
    if len(joints.names) >= _MAX_JOINTS:
        raise words.error(f"more than {_MAX_JOINTS} joints")
    joints.names.append(name)
    joints.parent.append(parent)
    joints.offset.append([0.0, 0.0, 0.0])
    return len(joints.names) - 1


def _end_site(words: _Words) -> str:
    words.expect("SITE")
    words.expect("{")
    return ""


def _channels(words: _Words, joints: _Joints, joint: int) -> None:
    for _ in range(int(words.number())):
        word = words.next()
        kind, axis = word[1:].lower(), _AXES.get(word[:1].upper(), -1)
        if axis < 0 or kind not in ("position", "rotation"):
            raise words.error(f"no channel {word[:20]!r}")
        joints.channels.append((joint, kind, axis))


def _frames(words: _Words, width: int) -> tuple[Array, Array]:
    """Times [F] and numbers [F, channels]; frames missing at the end are done without."""
    words.expect("FRAMES:")
    said = int(words.number())
    words.expect("FRAME")
    words.expect("TIME:")
    step = words.number()
    if step <= 0:
        raise words.error("the frame time must be above 0")
    try:
        numbers = np.array(words.rest().split(), np.float64)
    except ValueError as error:
        raise words.error(f"in the frames: {error}") from None
    count = min(said, len(numbers) // width if width else 0)
    if count < 1 or not np.isfinite(numbers).all():
        raise words.error("no whole frame of finite numbers")
    return np.arange(count) * step, numbers[: count * width].reshape(count, width)


def _transforms(joints: _Joints, skeleton: Skeleton, values: Array) -> tuple[Array, Array]:
    """Local rotations [F, J, 4] and offsets [F, J, 3]; positions replace a joint's offset."""
    shape = (len(values), len(joints.names))
    rotation = np.tile(np.asarray(IDENTITY_QUAT, np.float64), (*shape, 1))
    offset = np.broadcast_to(skeleton.offset, (*shape, 3)).copy()
    for column, (joint, kind, axis) in enumerate(joints.channels):
        if kind == "position":
            offset[:, joint, axis] = values[:, column]
        else:
            turn = quat_from_axis_angle(np.eye(3)[axis], np.radians(values[:, column]))
            rotation[:, joint] = quat_mul(rotation[:, joint], turn)
    return rotation, offset


def _children(rest: RestSkeleton, bone: HumanBone) -> list[HumanBone]:
    return [b for b in HumanBone if rest.present[b] and rest.parent[b] == bone]


def _descend(rest: RestSkeleton, bone: HumanBone) -> Iterator[HumanBone]:
    yield bone
    for child in _children(rest, bone):
        yield from _descend(rest, child)


def _hierarchy(rest: RestSkeleton, bone: HumanBone, indent: str) -> Iterator[str]:
    root = bone == HumanBone.hips
    offset = np.zeros(3) if root else rest.offset[bone] * _CM
    yield f"{indent}{'ROOT' if root else 'JOINT'} {bone.name}"
    yield f"{indent}{{"
    yield f"{indent}  OFFSET {_numbers(offset)}"
    position = "6 Xposition Yposition Zposition" if root else "3"
    yield f"{indent}  CHANNELS {position} Zrotation Xrotation Yrotation"
    children = _children(rest, bone)
    for child in children:
        yield from _hierarchy(rest, child, indent + "  ")
    if not children:
        yield from (f"{indent}  End Site", f"{indent}  {{")
        yield f"{indent}    OFFSET {_numbers(_tip(rest, bone))}"
        yield f"{indent}  }}"
    yield f"{indent}}}"


def _tip(rest: RestSkeleton, bone: HumanBone) -> Array:
    """Where a chain ends: on along its last bone; toes and feet on the floor."""
    if bone.name.endswith(("Toes", "Foot")):
        height, at = 0.0, int(bone)
        while at >= 0:
            height, at = height + float(rest.offset[at, 1]), rest.parent[at]
        return np.array([0.0, -height * _CM, _TIP])
    along = rest.offset[bone]
    return along / max(float(np.linalg.norm(along)), 1e-6) * _TIP


def _numbers(values: Array) -> str:
    return " ".join(f"{value:.5f}" for value in values)


def _euler_zxy(motion: Motion, order: list[HumanBone]) -> Array:
    """Degrees [F, B, 3] about z, x, y with R = Rz Rx Ry."""
    m = quat_to_mat3(motion.rotation[:, order].astype(np.float64))
    sine = np.clip(m[..., 2, 1], -1, 1)
    lock = np.abs(sine) > 1 - 1e-9
    z = np.where(lock, np.arctan2(m[..., 1, 0], m[..., 0, 0]),
                 np.arctan2(-m[..., 0, 1], m[..., 1, 1]))  # fmt: skip
    y = np.where(lock, 0.0, np.arctan2(-m[..., 2, 0], m[..., 2, 2]))
    return np.degrees(np.stack([z, np.arcsin(sine), y], -1))
