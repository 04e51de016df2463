"""Several performers' sources at once: who moves what, channel by channel.

A phone may have the face, a webcam the hands, and nobody the legs, which are then left to the
idle motion below. For each bone and shape the source with the highest score
``priority x confidence x freshness`` owns it; ownership is cross-faded, and the owner must be
clearly beaten to lose it. Confidence is the source's own opinion (``Pose.rotation_w``,
``Pose.weight_w``), freshness the age of its pose; priorities are data: :data:`PRIORITIES`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar.animation.mixer import BONE_CHANNEL, CHANNELS, FACE_CHANNEL
from avatar.errors import ConfigError
from avatar.math3d import Array, Float, quat_mean
from avatar.pose import BONE_COUNT, FACE_COUNT, Driver, Pose

HOLD: Final = 0.3
"""s a pose counts as fresh."""
STALE: Final = 0.5
"""s after that in which its freshness falls to 0."""
FADE: Final = 0.3
"""s of a change of owner."""
SILENT: Final = 2.0
"""s after which a source that had spoken is said to be silent."""

_LOYAL: Final = 1.25
"""How many times the owner's score a rival needs."""
_LEAST: Final = 0.05
"""Confidence times freshness below which a source has no say."""

_FACE: Final = ("mouth", "smile", "brows", "eyes", "cheeks", "extra")
_BODY: Final = ("torso", "arms", "legs", "hips")


def _table(**groups: float) -> Mapping[str, float]:
    known = {"face": _FACE, "body": _BODY}
    table = {c: p for group, p in groups.items() for c in known.get(group, (group,))}
    return MappingProxyType(table)


PRIORITIES: Final[Mapping[str, Mapping[str, float]]] = MappingProxyType(
    {
        "phone": _table(face=4, head=3, gaze=4),
        "webcam": _table(face=2, head=2, gaze=2, hands=3, body=2),
        "suit": _table(face=1, head=4, gaze=1, hands=2, body=4),
        "take": _table(face=1, head=1, gaze=1, hands=1, body=1),
    }
)
"""Kind of source -> channel -> priority; 0, or not named, is nothing: the channel is not its own.

``phone``: a depth camera before the face (iFacialMocap). ``webcam``: pictures (MediaPipe,
OpenSeeFace). ``suit``: a body tracker or another program's whole figure (VMC)."""

_CHANNEL: Final = (*BONE_CHANNEL, *FACE_CHANNEL, "hips", "gaze", "extra")
_BONES, _SHAPES = slice(0, BONE_COUNT), slice(BONE_COUNT, BONE_COUNT + FACE_COUNT)
_HIPS, _GAZE, _EXTRA = range(BONE_COUNT + FACE_COUNT, len(_CHANNEL))


@dataclass(eq=False)
class _Source:
    name: str
    driver: Driver
    priority: Float
    """float32[E], for each bone, shape, and hips, gaze, extra."""
    pose: Pose = field(default_factory=Pose)
    """The last one, kept to fade out of."""
    heard: float | None = None
    silent: bool = False


class Arbiter:
    """A driver made of others."""

    layer = "capture"

    def __init__(self, *, tell: Callable[[str], None] | None = None) -> None:
        """``tell`` hears of sources that fail, fall silent or come back."""
        self._tell = tell
        self.notes: list[str] = []
        """Everything told so far, in order."""
        self._sources: list[_Source] = []
        self.shown: Pose | None = None
        """What the last sample gave."""
        self._share: Array = np.zeros((0, len(_CHANNEL)), np.float32)
        self._last: float | None = None

    def add(self, name: str, driver: Driver, priority: str | Mapping[str, float]) -> None:
        """Let ``driver`` take part as ``name``.

        ``priority`` is a kind of :data:`PRIORITIES`, or channel -> priority; raises ConfigError
        for an unknown kind or channel and for a name that is taken.
        """
        if any(source.name == name for source in self._sources):
            raise ConfigError(f"two sources named {name!r}: give each its own name")
        if isinstance(priority, str):
            if priority not in PRIORITIES:
                raise ConfigError(f"no kind {priority!r}: known: {', '.join(PRIORITIES)}")
            priority = PRIORITIES[priority]
        for channel in priority:
            if channel not in CHANNELS:
                raise ConfigError(f"no channel {channel!r}: known: {', '.join(CHANNELS)}")
        of = np.array([priority.get(channel, 0.0) for channel in _CHANNEL], np.float32)
        self._sources.append(_Source(name, driver, of))
        self._share = np.concatenate([self._share, np.zeros((1, len(_CHANNEL)), np.float32)])

    def remove(self, name: str) -> None:
        """Let a source go at once; ConfigError if there is none of that name."""
        index = next((i for i, s in enumerate(self._sources) if s.name == name), None)
        if index is None:
            known = ", ".join(source.name for source in self._sources)
            raise ConfigError(f"no source named {name!r}: known: {known}")
        del self._sources[index]
        self._share = np.delete(self._share, index, 0)

    def owners(self) -> dict[str, str]:
        """Channel -> the source that has most of it, for channels that somebody has."""
        found: dict[str, str] = {}
        for channel in CHANNELS:
            held = self._share[:, [c == channel for c in _CHANNEL]].sum(1)
            if len(held) and held.max() > 0:
                found[channel] = self._sources[int(held.argmax())].name
        return found

    def sample(self, t: float) -> Pose | None:
        """What all sources together say at ``t`` (s); None if nobody says anything."""
        self.shown = self._sample(t)
        return self.shown

    def _sample(self, t: float) -> Pose | None:
        said = [(source, self._ask(source, t)) for source in list(self._sources)]
        say = [opinion for source, opinion in said if source in self._sources]
        step = 0.0 if self._last is None else max(t - self._last, 0.0) / FADE
        self._last = t
        if not say:
            return None
        self._move(np.stack(say), step)
        return self._blend(t) if self._share.any() else None

    def _ask(self, source: _Source, t: float) -> Float:
        """Confidence times freshness of a source, float32[E]; drops it if it fails."""
        try:
            pose = source.driver.sample(t)
        except Exception as error:  # one source must not stop the others
            self._say(f"{source.name} is dropped: {error or type(error).__name__}")
            self.remove(source.name)
            return self._none()
        fresh = 0.0 if pose is None else 1 - (t - pose.t - HOLD) / STALE
        if pose is None or fresh <= 0:
            self._hear_nothing(source, t)
            return self._none()
        if source.silent:
            self._say(f"{source.name} is back")
        source.pose, source.heard, source.silent = pose, t, False
        return _confidence(pose) * np.float32(min(fresh, 1.0))

    def _hear_nothing(self, source: _Source, t: float) -> None:
        if source.heard is not None and not source.silent and t - source.heard > SILENT:
            source.silent = True
            self._say(f"{source.name} is silent: others, or the idle motion, have its part")

    def _say(self, message: str) -> None:
        self.notes.append(message)
        if self._tell is not None:
            self._tell(message)

    def _none(self) -> Float:
        return np.zeros(len(_CHANNEL), np.float32)

    def _move(self, say: Float, step: float) -> None:
        """Move every share towards its owner by ``step``."""
        priority = np.stack([source.priority for source in self._sources])
        score = np.where(say > _LEAST, priority * say, 0)
        holds = self._share == self._share.max(0)
        score = np.where(holds & (self._share > 0), score * _LOYAL, score)
        owned: NDArray[np.bool_] = score.max(0) > 0
        is_owner = (np.arange(len(score))[:, None] == score.argmax(0)) & owned
        mine = np.where(is_owner, np.minimum(self._share + step, 1), 0)
        others = np.where(is_owner, 0, self._share)
        total = others.sum(0)
        room = np.where(owned, 1 - mine.sum(0), np.maximum(total - step, 0))
        shrink = np.minimum(room / np.where(total > 0, total, 1), 1)
        self._share = (mine + others * shrink).astype(np.float32)

    def _blend(self, t: float) -> Pose:
        poses = [source.pose for source in self._sources]
        bones, shapes = self._share[:, _BONES], self._share[:, _SHAPES]
        turn_w = bones * np.stack([pose.rotation_w for pose in poses])
        face_w = shapes * np.stack([pose.weight_w for pose in poses])
        seen = face_w.sum(0)
        face = (face_w * np.stack([pose.weight for pose in poses])).sum(0)
        return Pose(
            t=t,
            rotation=quat_mean(np.stack([p.rotation for p in poses]), turn_w).astype(np.float32),
            rotation_w=np.minimum(turn_w.sum(0), 1).astype(np.float32),
            hips=self._sum(_HIPS, [pose.hips for pose in poses]),
            weight=(face / np.where(seen > 0, seen, 1)).astype(np.float32),
            weight_w=np.minimum(seen, 1).astype(np.float32),
            gaze=_pair(self._sum(_GAZE, [pose.gaze for pose in poses])),
            extra=self._extra(poses),
        )

    def _sum(
        self, entry: int, values: Sequence[Float | tuple[float, float] | None]
    ) -> Float | None:
        pairs = list(zip(self._share[:, entry], values, strict=True))
        parts = [np.asarray(v, np.float32) * share for share, v in pairs if v is not None and share]
        return np.sum(parts, 0).astype(np.float32) if parts else None

    def _extra(self, poses: Sequence[Pose]) -> dict[str, float]:
        extra: dict[str, float] = {}
        for share, pose in zip(self._share[:, _EXTRA], poses, strict=True):
            for name, value in pose.extra.items() if share else ():
                extra[name] = min(extra.get(name, 0.0) + float(share) * value, 1.0)
        return extra


def _confidence(pose: Pose) -> Float:
    rest = [pose.hips is not None, pose.gaze is not None, bool(pose.extra)]
    return np.concatenate([pose.rotation_w, pose.weight_w, np.array(rest, np.float32)])


def _pair(values: Float | None) -> tuple[float, float] | None:
    return None if values is None else (float(values[0]), float(values[1]))
