"""Recorded motion on any figure: a file of any kind, looped, blended, trimmed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final, Literal

import numpy as np

from avatar.animation.bvh import read_bvh, write_bvh
from avatar.animation.curves import read_csv, write_csv
from avatar.animation.motion import Motion, blended
from avatar.animation.vrma import read_vrma, write_vrma
from avatar.errors import UnsupportedFormat
from avatar.pose import Pose, RestSkeleton

READERS: Final[Mapping[str, Callable[[str | Path], Motion]]] = {
    ".vrma": read_vrma, ".bvh": read_bvh, ".csv": read_csv,
}  # fmt: skip
"""Who reads which files."""

_SAME: Final = 0.02
"""rad between the last and the first pose that nobody sees."""
_JUMP: Final = 1 / 30
"""s of a motion's own speed that it may jump by when it begins again."""

Travel = Literal["keep", "stay", "go on"]


def read_motion(path: str | Path) -> Motion:
    """The motion of a ``.vrma``, ``.bvh`` or ``.csv`` file; raises AssetError and its kinds."""
    suffix = Path(path).suffix.lower()
    if suffix not in READERS:
        known = ", ".join(READERS)
        raise UnsupportedFormat(f"no motion file: known kinds: {known}", path=path)
    return READERS[suffix](path)


def write_motion(motion: Motion, path: str | Path, rest: RestSkeleton) -> None:
    """Write a ``.vrma``, ``.bvh`` (both on the bones of ``rest``) or ``.csv`` (the face alone).

    Raises UnsupportedFormat for another ending, OutputError.
    """
    suffix = Path(path).suffix.lower()
    if suffix == ".vrma":
        write_vrma(motion, rest, path)
    elif suffix == ".bvh":
        write_bvh(motion, rest, path)
    elif suffix == ".csv":
        write_csv(motion, path)
    else:
        raise UnsupportedFormat(f"no motion file: known kinds: {', '.join(READERS)}", path=path)


class ClipDriver:
    """Plays a motion, once or in a loop."""

    layer = "clip"

    def __init__(
        self,
        motion: Motion | str | Path | None = None,
        *,
        loop: bool = True,
        start: float = 0.0,
        end: float | None = None,
        speed: float = 1.0,
        fade: float = 0.3,
        seam: float = 0.2,
        travel: Travel = "stay",
    ) -> None:
        """``start`` and ``end`` trim the motion, s.

        ``fade`` s are its fade in, and out if it ends; ``seam`` s at the end of a round are
        blended into the start of the next. ``travel`` says what becomes of the way covered on
        the floor in one round: ``keep`` (start again from where it began), ``stay`` (walk on the
        spot) or ``go on`` (from where it ended).
        """
        self._loop, self._speed, self._fade, self._travel = loop, speed, fade, travel
        self._motion: Motion | None = None
        self._seam, self._closed = seam, False
        self._began: float | None = None
        self._ends: float | None = None
        if motion is not None:
            self.load(motion, start=start, end=end)

    @property
    def motion(self) -> Motion | None:
        """What is played, trimmed."""
        return self._motion

    @property
    def duration(self) -> float:
        """Length of one round, s."""
        if self._motion is None:
            return 0.0
        return max(self._motion.duration - self._overlap(), 1e-6) / self._speed

    def load(
        self, motion: Motion | str | Path, *, start: float = 0.0, end: float | None = None
    ) -> None:
        """Play another motion from the next sample on."""
        whole = motion if isinstance(motion, Motion) else read_motion(motion)
        self._motion = whole.trimmed(start, end)
        self._closed = _closes(self._motion)
        self._began = self._ends = None

    def stop(self, t: float) -> None:
        """Fade out from ``t`` (s) on."""
        self._ends = t if self._ends is None else min(self._ends, t)

    def sample(self, t: float) -> Pose | None:
        """The pose at ``t``; the first call starts the motion."""
        if self._motion is None:
            return None
        if self._began is None:
            self._began = t
        if not self._loop and self._ends is None:
            self._ends = self._began + max(self._motion.duration / self._speed - self._fade, 0)
        weight = self._weight(t)
        if weight <= 0:
            return None
        pose = self._pose((t - self._began) * self._speed)
        return replace(
            pose, t=t, rotation_w=pose.rotation_w * weight, weight_w=pose.weight_w * weight,
            extra={name: value * weight for name, value in pose.extra.items()},
            hips=None if pose.hips is None else pose.hips * np.float32(weight),
        )  # fmt: skip

    def _weight(self, t: float) -> np.float32:
        assert self._began is not None
        fade = max(self._fade, 1e-6)
        rise = (t - self._began) / fade if self._fade else 1.0
        fall = 1.0 if self._ends is None else 1 - (t - self._ends) / fade
        return np.float32(min(max(min(rise, fall), 0.0), 1.0))

    def _overlap(self) -> float:
        """s of the seam; a short motion, which is a cycle more often than not, gets a short one."""
        assert self._motion is not None
        if not self._loop or self._closed:
            return 0.0
        return min(self._seam, self._motion.duration / 8)

    def _pose(self, played: float) -> Pose:
        """The pose after ``played`` s of the motion's own time."""
        assert self._motion is not None
        motion, overlap = self._motion, self._overlap()
        if not self._loop:
            return motion.sample(min(max(played, 0.0), motion.duration))
        length = max(motion.duration - overlap, 1e-6)
        rounds, at = divmod(max(played, 0.0), length)
        if rounds and at < overlap:
            last = self._moved(motion.sample(length + at), length + at, int(rounds) - 1)
            return blended(last, self._moved(motion.sample(at), at, int(rounds)), at / overlap)
        return self._moved(motion.sample(at), at, int(rounds))

    def _moved(self, pose: Pose, at: float, rounds: int) -> Pose:
        """``pose`` with its place on the floor as ``travel`` wants it."""
        motion = self._motion
        if motion is None or motion.hips is None or pose.hips is None or self._travel == "keep":
            return pose
        way = (motion.hips[-1] - motion.hips[0]) * np.array([1, 0, 1], np.float32)
        length = max(motion.duration, 1e-6)
        step = way * np.float32((length - self._overlap()) / length)
        by = -way * np.float32(at / length) if self._travel == "stay" else step * rounds
        return replace(pose, hips=(pose.hips + by).astype(np.float32))


def _closes(motion: Motion) -> bool:
    """Whether the last pose leads to the first as one pose leads to the next: a cycle already."""
    if len(motion) < 3:
        return False
    q = np.concatenate([motion.rotation, motion.rotation[:1]])
    dot = np.abs(np.einsum("fbi,fbi->fb", q[:-1], q[1:])).min(1)
    angle = 2 * np.arccos(np.clip(dot, 0, 1))
    speed = angle[:-1].sum() / max(motion.duration, 1e-6)
    return bool(angle[-1] < max(_SAME, speed * _JUMP))
