"""Reads a video file back: pictures, sound and their times."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np


@dataclass(frozen=True)
class Clip:
    """A decoded file."""

    pictures: np.ndarray
    """uint8[n, height, width, 3], RGB."""
    times: np.ndarray
    """float[n], s."""
    sound: np.ndarray
    """float32[m], mono."""
    rate: int
    sound_start: float
    """Time of the first sample, s."""
    metadata: dict[str, str]

    @property
    def duration(self) -> float:
        """Length of the picture track, s."""
        return float(self.times[-1] + (self.times[-1] - self.times[0]) / (len(self.times) - 1))

    def level(self, start: float, end: float) -> float:
        """Root mean square of the sound between two times (s)."""
        first, last = (round((t - self.sound_start) * self.rate) for t in (start, end))
        return float(np.sqrt(np.mean(self.sound[max(first, 0) : last] ** 2)))


def read(path: Path) -> Clip:
    """Decode ``path`` whole."""
    with av.open(str(path)) as container:
        metadata = dict(container.metadata)
        pictures, times = [], []
        for frame in container.decode(video=0):
            pictures.append(frame.to_ndarray(format="rgb24"))
            times.append(frame.time)
    with av.open(str(path)) as container:
        chunks, start, rate = [], None, 0
        for frame in container.decode(audio=0):
            start = frame.time if start is None else start
            rate = frame.sample_rate
            chunks.append(frame.to_ndarray().astype(np.float32).mean(0))
    return Clip(
        np.stack(pictures), np.array(times), np.concatenate(chunks), rate, start or 0.0, metadata
    )
