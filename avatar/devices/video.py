"""A video file as a looping picture: decoded ahead on a thread of its own, read by time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from queue import Empty, Full, Queue
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avatar.errors import MissingAsset, UnsupportedFormat
from avatar.plugins import require

SUFFIXES: Final = (".mp4", ".mov", ".webm", ".mkv", ".avi", ".m4v")
"""Files taken for videos."""
_AHEAD: Final = 8
"""Frames decoded before they are due."""
_LONGEST: Final = 1.0
"""s that a frame may be shown when the file does not say."""

Picture = NDArray[np.uint8]


class VideoLoop:
    """Plays a file over and over, cropped to fill ``size`` (w, h) px.

    ``at(t)`` may be asked with any rising time, s; going back starts the loop anew there. Raises
    MissingExtra without PyAV, MissingAsset or UnsupportedFormat for a file that cannot be shown.
    """

    def __init__(self, path: str | Path, size: tuple[int, int]) -> None:
        self.path, self.size = Path(path), size
        self._av: Any = require("av", extra="stream", for_what="a video behind the figure")
        self._check()
        self._start()

    def _check(self) -> None:
        if not self.path.is_file():
            raise MissingAsset("no such video: give an MP4, MOV or WebM", path=self.path)
        try:
            with self._av.open(str(self.path)) as file:
                if not file.streams.video:
                    raise UnsupportedFormat("holds no picture", path=self.path)
                next(file.decode(video=0))
        except (self._av.error.FFmpegError, StopIteration):
            hint = "not a video that can be played: convert it to MP4 (H.264)"
            raise UnsupportedFormat(hint, path=self.path) from None

    def _start(self) -> None:
        self._queue: Queue[tuple[float, Picture]] = Queue(_AHEAD)
        self._stop = threading.Event()
        self._shown: Picture | None = None
        self._next: tuple[float, Picture] | None = None
        self._origin: float | None = None
        self._last = 0.0
        self._thread = threading.Thread(
            target=self._decode, args=(self._queue, self._stop), name="video loop", daemon=True
        )
        self._thread.start()

    def at(self, t: float) -> Picture:
        """uint8[h, w, 4], opaque RGBA, top row first: what is due at ``t`` (s); never modified."""
        if self._origin is not None and t < self._last:
            self.close()
            self._start()
        self._last = t
        if self._origin is None:
            self._origin = t
        while True:
            if self._next is None:
                self._next = self._take()
            due, picture = self._next
            if due > t - self._origin and self._shown is not None:
                return self._shown
            self._shown, self._next = picture, None

    def _take(self) -> tuple[float, Picture]:
        while True:
            try:
                return self._queue.get(timeout=0.5)
            except Empty:
                if not self._thread.is_alive():
                    hint = "the video broke off: play it through once, or convert it to MP4"
                    raise UnsupportedFormat(hint, path=self.path) from None

    def _decode(self, queue: Queue[tuple[float, Picture]], stop: threading.Event) -> None:
        offset = 0.0
        while not stop.is_set():
            end = offset
            for due, picture in self._frames():
                end = offset + due[1]
                while not stop.is_set():
                    try:
                        queue.put((offset + due[0], picture), timeout=0.1)
                        break
                    except Full:
                        continue
                if stop.is_set():
                    return
            if end == offset:
                return
            offset = end

    def _frames(self) -> Iterator[tuple[tuple[float, float], Picture]]:
        """Each frame with when it begins and ends, s from the first."""
        first: float | None = None
        try:
            with self._av.open(str(self.path)) as file:
                stream = file.streams.video[0]
                stream.thread_type = "AUTO"
                gap = float(1 / stream.average_rate) if stream.average_rate else 1 / 25
                for frame in file.decode(stream):
                    at = float(frame.time or 0.0)
                    first = at if first is None else first
                    yield (at - first, at - first + min(gap, _LONGEST)), self._fitted(frame)
        except self._av.error.FFmpegError:
            return  # what could be decoded is what loops

    def _fitted(self, frame: Any) -> Picture:
        """Scaled to cover the size and cropped about the centre."""
        width, height = self.size
        scale = max(width / frame.width, height / frame.height)
        w, h = max(round(frame.width * scale), width), max(round(frame.height * scale), height)
        pixels = frame.reformat(w, h, format="rgba").to_ndarray()
        x, y = (w - width) // 2, (h - height) // 2
        return np.ascontiguousarray(pixels[y : y + height, x : x + width])

    def close(self) -> None:
        """End the thread."""
        self._stop.set()
        self._thread.join()
