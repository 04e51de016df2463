"""Takes: poses and sound as they came, in a file that replays them bit for bit.

An ``.avt`` file is a magic line and then chunks: a kind of four letters, the payload's length and
the CRC-32 of kind and payload (both uint32, little-endian), the payload. ``HEAD`` is JSON with the
version, ``POSE`` about a second of poses (JSON with count and expression names, then their arrays,
zlib), ``SOUN`` sound, ``STOP`` the proper end. Chunks are only ever appended, so what a crash
leaves behind reads up to its last whole chunk; it keeps the name ``….avt.part``, and only a closed
take gets its own.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, Final, Self

import numpy as np
from numpy.typing import NDArray

from avatar.animation.motion import Motion, blended, from_poses
from avatar.errors import AssetError, MissingAsset, OutputError, UnsupportedFormat
from avatar.math3d import Array
from avatar.media import AudioChunk
from avatar.pose import BONE_COUNT, FACE_COUNT, Pose, RestSkeleton

VERSION: Final = 1
_MAGIC: Final = b"AVTAKE\r\n"
_CHUNK: Final = struct.Struct("<4sII")
_SOUND: Final = struct.Struct("<dI")
_BLOCK: Final = struct.Struct("<I")
_MAX_FRAMES: Final = 1 << 16
"""Poses in one chunk at most."""
_FRAME: Final = np.dtype(
    [
        ("t", "<f8"), ("known", "u1"), ("gaze", "<f8", (2,)), ("hips", "<f4", (3,)),
        ("rotation", "<f4", (BONE_COUNT, 4)), ("rotation_w", "<f4", (BONE_COUNT,)),
        ("weight", "<f4", (FACE_COUNT,)), ("weight_w", "<f4", (FACE_COUNT,)),
    ]
)  # fmt: skip
_HIPS, _GAZE = 1, 2


@dataclass(frozen=True)
class Take:
    """What was recorded."""

    poses: tuple[Pose, ...]
    """In the order of time, bit for bit as they were."""
    sound: tuple[AudioChunk, ...] = ()
    rest: RestSkeleton | None = None
    """The figure it was recorded with, if known."""
    name: str = ""
    complete: bool = True
    """False for a take that was cut off."""

    @property
    def duration(self) -> float:
        """From the first pose to the last, s."""
        return self.poses[-1].t - self.poses[0].t if self.poses else 0.0

    def motion(self) -> Motion:
        """The poses as a motion that begins at 0, to be played or written as another format;
        raises AssetError if there are none."""
        if not self.poses:
            raise AssetError("the take holds no poses")
        kept = [self.poses[0]]
        kept += [b for a, b in zip(self.poses, self.poses[1:], strict=False) if b.t > a.t]
        times = np.array([pose.t for pose in kept], np.float64)
        return from_poses(times - times[0], kept, self.name)


class TakeWriter:
    """Records poses and sound; use it as a context manager."""

    def __init__(
        self,
        path: str | Path,
        *,
        rest: RestSkeleton | None = None,
        name: str = "",
        every: float = 1.0,
    ) -> None:
        """Poses go to the file every ``every`` s; raises OutputError if it cannot be made."""
        self.path = Path(path)
        self._part = self.path.with_name(self.path.name + ".part")
        self._every = every
        self._poses: list[Pose] = []
        self._last = float("-inf")
        self.frames = 0
        """Poses recorded so far."""
        try:
            self._file: BinaryIO | None = self._part.open("wb")
            self._file.write(_MAGIC)
        except OSError as error:
            raise OutputError(f"cannot write {self.path}: {error.strerror or error}") from error
        head = {"version": VERSION, "name": name or self.path.stem, "rest": _rest_json(rest)}
        self._write(b"HEAD", json.dumps(head).encode())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()

    def pose(self, pose: Pose) -> None:
        """Record a pose; one older than the last is left out. Raises OutputError."""
        if pose.t < self._last:
            return
        self._poses.append(pose)
        self._last = pose.t
        self.frames += 1
        if pose.t - self._poses[0].t >= self._every or len(self._poses) >= _MAX_FRAMES:
            self.flush()

    def audio(self, chunk: AudioChunk) -> None:
        """Record sound; raises OutputError."""
        samples = np.ascontiguousarray(chunk.samples, "<f4")
        self._write(b"SOUN", _SOUND.pack(chunk.t, chunk.rate) + samples.tobytes())

    def flush(self) -> None:
        """Bring everything so far into the file; raises OutputError."""
        if self._poses:
            self._write(b"POSE", _packed(self._poses))
            self._poses = []

    def close(self) -> None:
        """Finish the take under its own name; raises OutputError."""
        if self._file is None:
            return
        self.flush()
        self._write(b"STOP", json.dumps({"frames": self.frames}).encode())
        self._file.close()
        self._file = None
        try:
            self._part.replace(self.path)
        except OSError as error:
            raise OutputError(f"cannot write {self.path}: {error.strerror or error}") from error

    def abort(self) -> None:
        """Stop without finishing; what was recorded stays readable in the ``.part`` file, if
        there are poses in it."""
        if self._file is not None:
            try:
                self.flush()
            finally:
                self._file.close()
                self._file = None
                if not self.frames:
                    self._part.unlink(missing_ok=True)

    def _write(self, kind: bytes, payload: bytes) -> None:
        if self._file is None:
            raise OutputError(f"{self.path} is closed: begin a new take")
        try:
            self._file.write(_CHUNK.pack(kind, len(payload), _check(kind, payload)) + payload)
            self._file.flush()
        except OSError as error:
            raise OutputError(f"cannot write {self.path}: {error.strerror or error}") from error


def read_take(path: str | Path) -> Take:
    """A take, or what is left of one; raises MissingAsset, UnsupportedFormat or AssetError."""
    path = Path(path)
    data = _bytes(path)
    if not data.startswith(_MAGIC):
        raise UnsupportedFormat("not a take", path=path)
    head: dict[str, Any] | None = None
    poses: list[Pose] = []
    sound: list[AudioChunk] = []
    complete = False
    try:
        for kind, payload in _chunks(data):
            if kind == b"HEAD":
                head = json.loads(payload)
                _check_version(head or {}, path)
            elif kind == b"POSE":
                poses += _unpacked(payload)
            elif kind == b"SOUN":
                sound.append(_sound(payload))
            complete = kind == b"STOP"
        rest = _rest(head["rest"]) if head else None
    except (ValueError, KeyError, TypeError, struct.error, zlib.error) as error:
        raise AssetError(f"a damaged take: {error}", path=path) from error
    if head is None:
        raise AssetError("a take cut off before it began", path=path)
    return Take(tuple(poses), tuple(sound), rest, str(head["name"]), complete)


class TakeDriver:
    """Replays a take; at the times of its poses it gives them unchanged."""

    layer = "capture"

    def __init__(
        self,
        take: Take | str | Path | None = None,
        *,
        start: float | None = None,
        loop: bool = False,
        smooth: bool = True,
    ) -> None:
        """``start`` is the clock time of the first pose (s), by default that of the first sample.

        ``smooth`` interpolates between poses; else the newest one stands, as it did live.
        """
        self._take = read_take(take) if isinstance(take, str | Path) else take
        self._start, self._loop, self._smooth = start, loop, smooth
        poses = self._take.poses if self._take else ()
        self._times: Array = np.array([pose.t for pose in poses], np.float64)

    def sample(self, t: float) -> Pose | None:
        """The pose at ``t`` (s); None before the take begins and after it ended."""
        if self._take is None or not self._take.poses:
            return None
        poses = self._take.poses
        if self._start is None:
            self._start = t
        at = t + (poses[0].t - self._start)
        if self._loop and self._take.duration > 0:
            at = poses[0].t + (at - poses[0].t) % self._take.duration
        i = int(np.searchsorted(self._times, at, "right")) - 1
        if i < 0 or (i == len(poses) - 1 and at > poses[-1].t):
            return None
        pose = poses[i]
        if self._smooth and at > pose.t:
            pose = blended(pose, poses[i + 1], (at - pose.t) / (poses[i + 1].t - pose.t))
        return pose if pose.t == t else replace(pose, t=t)


def _packed(poses: Sequence[Pose]) -> bytes:
    frames: NDArray[Any] = np.zeros(len(poses), _FRAME)
    names = list(dict.fromkeys(name for pose in poses for name in pose.extra))
    extra = np.full((len(poses), len(names)), np.nan, "<f8")
    for i, pose in enumerate(poses):
        frames["t"][i], frames["rotation"][i] = pose.t, pose.rotation
        frames["rotation_w"][i] = pose.rotation_w
        frames["weight"][i], frames["weight_w"][i] = pose.weight, pose.weight_w
        if pose.hips is not None:
            frames["known"][i] |= _HIPS
            frames["hips"][i] = pose.hips
        if pose.gaze is not None:
            frames["known"][i] |= _GAZE
            frames["gaze"][i] = pose.gaze
        for name, value in pose.extra.items():
            extra[i, names.index(name)] = value
    head = json.dumps({"count": len(poses), "extra": names}).encode()
    body = zlib.compress(frames.tobytes() + extra.tobytes(), 1)
    return _BLOCK.pack(len(head)) + head + body


def _unpacked(payload: bytes) -> Iterator[Pose]:
    (size,) = _BLOCK.unpack_from(payload)
    head = json.loads(payload[4 : 4 + size])
    count, names = int(head["count"]), [str(name) for name in head["extra"]]
    if not 0 < count <= _MAX_FRAMES or len(names) > 4096:
        raise ValueError(f"{count} poses with {len(names)} expressions in one chunk")
    wanted = count * (_FRAME.itemsize + 8 * len(names))
    body = zlib.decompressobj().decompress(payload[4 + size :], wanted)
    frames = np.frombuffer(body, _FRAME, count)
    extra = np.frombuffer(body, "<f8", count * len(names), count * _FRAME.itemsize)
    for frame, row in zip(frames, extra.reshape(count, len(names)), strict=True):
        yield _pose(frame, dict(zip(names, row.tolist(), strict=True)))


def _pose(frame: Any, extra: Mapping[str, float]) -> Pose:
    return Pose(
        t=float(frame["t"]),
        rotation=frame["rotation"],
        rotation_w=frame["rotation_w"],
        hips=frame["hips"] if frame["known"] & _HIPS else None,
        weight=frame["weight"],
        weight_w=frame["weight_w"],
        gaze=(float(frame["gaze"][0]), float(frame["gaze"][1])) if frame["known"] & _GAZE else None,
        extra={name: value for name, value in extra.items() if value == value},
    )


def _sound(payload: bytes) -> AudioChunk:
    t, rate = _SOUND.unpack_from(payload)
    return AudioChunk(t, np.frombuffer(payload, "<f4", offset=_SOUND.size), int(rate))


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Whole chunks up to the end, or to where the file was cut off."""
    at = len(_MAGIC)
    while at + _CHUNK.size <= len(data):
        kind, size, check = _CHUNK.unpack_from(data, at)
        payload = data[at + _CHUNK.size : at + _CHUNK.size + size]
        if len(payload) < size or _check(kind, payload) != check:
            return
        yield kind, payload
        at += _CHUNK.size + size


def _check(kind: bytes, payload: bytes) -> int:
    return zlib.crc32(payload, zlib.crc32(kind))


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise MissingAsset("no such file", path=path) from error
    except OSError as error:
        raise AssetError(f"cannot be read: {error.strerror or error}", path=path) from error


def _check_version(head: Mapping[str, Any], path: Path) -> None:
    if int(head["version"]) > VERSION:
        raise UnsupportedFormat(
            f"a take of version {head['version']}: this program reads up to {VERSION}: update it",
            path=path,
        )


def _rest_json(rest: RestSkeleton | None) -> dict[str, Any] | None:
    if rest is None:
        return None
    return {
        "parent": list(rest.parent), "offset": rest.offset.tolist(),
        "rotation": rest.rotation.tolist(), "present": list(rest.present),
        "hips_height": rest.hips_height,
    }  # fmt: skip


def _rest(data: Mapping[str, Any] | None) -> RestSkeleton | None:
    if data is None:
        return None
    return RestSkeleton(
        parent=tuple(int(parent) for parent in data["parent"]),
        offset=np.array(data["offset"], np.float32).reshape(BONE_COUNT, 3),
        rotation=np.array(data["rotation"], np.float32).reshape(BONE_COUNT, 4),
        present=tuple(bool(there) for there in data["present"]),
        hips_height=float(data["hips_height"]),
    )
