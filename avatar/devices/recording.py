"""A recorded sound of any kind that FFmpeg reads, as one mono stretch."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np

from avatar.errors import AssetError, MissingAsset
from avatar.media import AudioChunk
from avatar.plugins import require

SOUNDS: Final = {".wav", ".mp3", ".flac", ".ogg", ".opus", ".m4a", ".aac", ".mp4", ".mov", ".webm"}
"""Endings by which a name is taken for that of a recording."""
RATE: Final = 16_000
"""Hz, at which recognisers hear."""


def is_recording(what: str) -> bool:
    """Whether ``what`` names a recording rather than a microphone."""
    path = Path(what).expanduser()
    return path.suffix.lower() in SOUNDS or path.is_file()


def read_sound(path: str | Path, rate: int = RATE) -> AudioChunk:
    """The sound of ``path``, mono at ``rate`` Hz from 0 s on; channels are averaged.

    Raises MissingAsset, and AssetError for a file without sound or a damaged one.
    """
    path = Path(path).expanduser()
    if not path.is_file():
        raise MissingAsset("is not there: give a sound or video file", path=path)
    av: Any = require("av", extra="stream", for_what="reading a recording")
    try:
        with av.open(str(path)) as container:
            if not container.streams.audio:
                raise AssetError("holds no sound", path=path)
            samples = _decode(av, container, rate)
    except (av.FFmpegError, ValueError) as error:
        raise AssetError(f"is no sound that can be read: {error}", path=path) from error
    if not len(samples):
        raise AssetError("holds no sound", path=path)
    return AudioChunk(0.0, samples, rate)


def _decode(av: Any, container: Any, rate: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    resampler = av.AudioResampler(format="flt", layout="mono", rate=rate)
    blocks = list[Any]()
    for frame in container.decode(audio=0):
        blocks += [made.to_ndarray()[0] for made in resampler.resample(frame)]
    blocks += [made.to_ndarray()[0] for made in resampler.resample(None)]
    return np.concatenate(blocks) if blocks else np.zeros(0, np.float32)
