"""Cameras that are recordings: a video, in real time or frame by frame, and a still picture."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

from avatar.clock import Clock, MonotonicClock
from avatar.errors import AssetError, UnsupportedFormat
from avatar.media import VideoFrame
from avatar.plugins import require

STILL: Final = 2.0
"""s that a picture is shown."""

Tell = Callable[[str], None]
"""Given a line for the user."""


def mute(line: str) -> None:
    """Says nothing."""


class FileCamera:
    """A video file: in real time as a camera would give it, or ``fast``, every frame in turn."""

    def __init__(
        self,
        path: str | Path,
        *,
        fast: bool = False,
        clock: Clock | None = None,
        tell: Tell = mute,
    ) -> None:
        self.path, self.live, self.ended = Path(path), not fast, False
        self._tell, self._damaged = tell, 0
        self.name = self.path.name
        self._av: Any = require("av", extra="stream", for_what="a video file")
        self._clock = clock or MonotonicClock()
        self.started: float | None = None
        """When its first picture was shown, on the clock, s; None before, and for ``fast``."""
        self._frames = self._decode()
        self._next = self._peek()
        self._pause = threading.Event()

    def _peek(self) -> VideoFrame | None:
        try:
            frame = next(self._frames, None)
        except (self._av.error.FFmpegError, OSError):
            frame = None
        if frame is None:
            raise UnsupportedFormat(
                "not a video that can be read: give an MP4, MOV or WebM", path=self.path
            )
        self.size = (frame.pixels.shape[1], frame.pixels.shape[0])
        return frame

    def _decode(self) -> Iterator[VideoFrame]:
        with self._av.open(str(self.path)) as file:
            if not file.streams.video:
                raise UnsupportedFormat("holds no picture", path=self.path)
            stream = file.streams.video[0]
            stream.thread_type = "AUTO"
            self.fps = float(stream.average_rate or 30)
            first: float | None = None
            last = -1.0
            for index, frame in enumerate(self._pictures(file, stream)):
                at = float(frame.time) if frame.time is not None else index / self.fps
                first = at if first is None else first
                if at - first <= last:
                    continue
                last = at - first
                yield VideoFrame(last, frame.to_ndarray(format="rgba"))

    def _pictures(self, file: Any, stream: Any) -> Iterator[Any]:
        """All that can be decoded; damaged parts are counted and left out."""
        try:
            for packet in file.demux(stream):
                try:
                    yield from packet.decode()
                except self._av.error.FFmpegError:
                    self._damaged += 1
        except self._av.error.FFmpegError:
            self._damaged += 1

    def _advance(self) -> VideoFrame | None:
        return next(self._frames, None)

    def read(self) -> VideoFrame | None:
        if self._next is None:
            if self._damaged and not self.ended:
                self._tell(f"{self.name} is damaged: what could be read of it was used")
            self.ended = True
            return None
        if not self.live:
            frame, self._next = self._next, self._advance()
            return frame
        now = self._clock.now()
        self.started = now - self._next.t if self.started is None else self.started
        wait = self.started + self._next.t - now
        if wait > 0:
            self._pause.wait(wait)
        frame, self._next = self._next, self._advance()
        while self._next is not None and self.started + self._next.t <= self._clock.now():
            frame, self._next = self._next, self._advance()
        return VideoFrame(self.started + frame.t, frame.pixels)

    def close(self) -> None:
        self.ended = True
        self._pause.set()
        self._frames.close()  # type: ignore[attr-defined]


class ImageCamera:
    """One picture, shown for ``duration`` s at ``fps``."""

    live = False

    def __init__(self, path: str | Path, *, fps: float = 30.0, duration: float = STILL) -> None:
        from PIL import Image, UnidentifiedImageError

        self.name, self.fps, self.ended = Path(path).name, fps, False
        try:
            with Image.open(path) as picture:
                self._pixels = np.asarray(picture.convert("RGBA"), np.uint8)
        except UnidentifiedImageError:
            raise UnsupportedFormat("not a picture: give a PNG or JPEG", path=path) from None
        except OSError as error:
            raise AssetError(f"cannot be read: {error}", path=path) from None
        self.size = (self._pixels.shape[1], self._pixels.shape[0])
        self._left, self._index = round(duration * fps), 0

    def read(self) -> VideoFrame | None:
        if self._index >= self._left:
            self.ended = True
            return None
        self._index += 1
        return VideoFrame((self._index - 1) / self.fps, self._pixels)

    def close(self) -> None:
        self.ended = True
