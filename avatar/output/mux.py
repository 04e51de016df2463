"""Video files: dated pictures and sound in, an MP4 or a WebM out.

Drawing and encoding overlap: the caller's pictures are copied into a few buffers that one
encoder thread empties. The file grows under a name of its own beside the target
(``out.part.mp4``) in a form that plays whenever writing stops, even by a kill: fragments in
MP4, clusters in WebM. :meth:`ContainerSink.close` finishes it (MP4 becomes a plain indexed file)
and gives it its name; :meth:`ContainerSink.abort` removes it.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar, Final, NoReturn, Self

import numpy as np
from numpy.typing import NDArray

from avatar.errors import ConfigError, OutputError
from avatar.lanes import Lane, LaneClosed
from avatar.media import AudioChunk, VideoFrame
from avatar.output.encode import (
    H264,
    H264_QUICK,
    TIME_BASE,
    VP9,
    VP9_ALPHA,
    AudioTrack,
    VideoCodec,
    VideoTrack,
)
from avatar.output.provenance import Provenance
from avatar.plugins import require

LATENESS: Final = 1.0
"""s that sound may arrive after the picture of its time; later, there is silence already."""

_BUFFERS = 3


class ContainerSink:
    """A file with one picture track and one mono sound track, dated by one clock.

    The first picture's ``t`` is the file's zero; sound before it is cut off. Leaving a ``with``
    block closes the file, also after Ctrl-C; any other error aborts it.
    """

    container_format: ClassVar[str]
    container_options: ClassVar[dict[str, str]]
    video_codec: VideoCodec
    audio_codec: ClassVar[str]

    def __init__(
        self,
        path: str | Path,
        size: tuple[int, int],
        fps: float = 30.0,
        rate: int = 48_000,
        label: Provenance | None = None,
    ) -> None:
        """Open ``path`` for pictures of ``size`` (width, height, px; even) at ``fps``.

        ``rate`` is the sound's, Hz; ``label`` None leaves the AI label out of the metadata.
        Raises OutputError if the file cannot be written, ConfigError for an odd size.
        """
        check_size(size)
        self.path = Path(path).expanduser()
        self._size = size
        self._part = claim(self.path)
        try:
            self._open(fps, rate, label)
        except BaseException:
            self._part.unlink(missing_ok=True)
            raise
        self._origin: float | None = None
        self._error: BaseException | None = None
        self._early: list[AudioChunk] = []
        self._keep, self._closed, self._kept = True, False, False
        self._lane: Lane[AudioChunk | tuple[int, NDArray[np.uint8]]] = Lane(256)
        self._free: Lane[NDArray[np.uint8]] = Lane(_BUFFERS)
        for _ in range(_BUFFERS):
            self._free.put(np.empty((size[1], size[0], 4), np.uint8))
        self._thread = threading.Thread(target=self._run, name=f"encode {self.path}", daemon=True)
        self._thread.start()

    def _open(self, fps: float, rate: int, label: Provenance | None) -> None:
        av: Any = require("av", extra="stream", for_what="video output")
        self._ffmpeg_error: type[Exception] = av.error.FFmpegError
        self._container = av.open(
            str(self._part), "w", format=self.container_format, options=self.container_options
        )
        self._container.metadata.update(label.metadata() if label else {})
        self._video = VideoTrack(self._container, self.video_codec, self._size, fps)
        self._audio = AudioTrack(self._container, self.audio_codec, rate)

    def offer(self, item: VideoFrame | AudioChunk) -> None:
        """Take a picture or a stretch of sound; raises OutputError (see ``media.Sink``)."""
        if isinstance(item, VideoFrame):
            self.video(item)
        else:
            self.audio(item)

    def video(self, frame: VideoFrame) -> None:
        """Take a picture; its pixels are copied before this returns.

        Waits while the encoder is behind. Raises OutputError when the file cannot be written.
        """
        height, width = frame.pixels.shape[:2]
        if (width, height) != self._size:
            raise ConfigError(f"{self.path}: a picture of {width}x{height} in a video of another")
        if self._origin is None:
            self._origin = frame.t
        try:
            buffer = self._free.get()
            np.copyto(buffer, frame.pixels)
            self._lane.put((round((frame.t - self._origin) / TIME_BASE), buffer))
            early, self._early = self._early, []
            for chunk in early:
                self._lane.put(chunk)
        except LaneClosed:
            self._raise()

    def audio(self, chunk: AudioChunk) -> None:
        """Take a stretch of sound of any rate; gaps are silent, overlaps are cut."""
        chunk = AudioChunk(chunk.t, chunk.samples.copy(), chunk.rate)
        if self._origin is None:
            self._early.append(chunk)
            return
        try:
            self._lane.put(chunk)
        except LaneClosed:
            self._raise()

    def close(self) -> None:
        """Finish the file and give it its name; raises OutputError. A second call does nothing."""
        if not self._closed:
            self._stop(keep=self._origin is not None)
            if self._error:
                self._raise()

    def abort(self) -> None:
        """Leave no file behind; an older file of that name stays as it was."""
        if not self._closed:
            self._stop(keep=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None or issubclass(kind, KeyboardInterrupt):
            self.close()
        else:
            self.abort()

    def _stop(self, *, keep: bool) -> None:
        self._closed, self._keep = True, keep
        self._lane.close()
        self._thread.join()
        self._kept = keep and (self._error is None or _playable(self._part))
        if self._kept:
            self._part.replace(self.path)
        else:
            self._part.unlink(missing_ok=True)

    def _raise(self) -> NoReturn:
        if not self._closed:
            self._stop(keep=True)
        if self._error is None:
            raise OutputError(f"{self.path} is closed already")
        if not isinstance(self._error, (OSError, self._ffmpeg_error)):
            raise self._error
        kept = "what was written until then is kept" if self._kept else "nothing is kept"
        raise OutputError(
            f"cannot write {self.path}: {reason(self._error)}; {kept}"
        ) from self._error

    def _run(self) -> None:
        try:
            with contextlib.suppress(LaneClosed):
                while True:
                    self._encode(self._lane.get())
            self._finish()
        except Exception as error:
            self._error = error
            with contextlib.suppress(Exception):
                self._container.close()
        finally:
            self._lane.close()
            self._free.close()

    def _encode(self, item: AudioChunk | tuple[int, NDArray[np.uint8]]) -> None:
        if not self._keep:
            return
        timeline = self._audio.timeline
        if isinstance(item, AudioChunk):
            blocks = timeline.add(item.t - (self._origin or 0.0), item)
        else:
            ticks, buffer = item
            self._mux(self._video.encode(buffer, ticks))
            self._free.put(buffer)
            blocks = timeline.fill(self._video.end - LATENESS)
        self._mux(self._audio.encode(blocks))

    def _finish(self) -> None:
        if self._keep:
            end = self._video.end
            self._mux(self._audio.encode(self._audio.timeline.fill(end)))
            self._mux(self._video.flush())
            self._mux(self._audio.flush())
        self._container.close()

    def _mux(self, packets: Iterable[Any]) -> None:
        for packet in packets:
            self._container.mux(packet)


class Mp4Sink(ContainerSink):
    """MP4: H.264 and AAC; plays everywhere."""

    container_format = "mp4"
    container_options: ClassVar = {
        "movflags": "hybrid_fragmented+delay_moov+frag_keyframe+use_metadata_tags",
        "flush_packets": "1",
    }
    video_codec = H264
    audio_codec = "aac"

    def __init__(
        self,
        path: str | Path,
        size: tuple[int, int],
        fps: float = 30.0,
        rate: int = 48_000,
        label: Provenance | None = None,
        *,
        quick: bool = False,
    ) -> None:
        """As :class:`ContainerSink`; ``quick`` takes less time and more room on disk."""
        if quick:
            self.video_codec = H264_QUICK
        super().__init__(path, size, fps, rate, label)


class MovSink(Mp4Sink):
    """QuickTime: the same tracks, for editing programs."""

    container_format = "mov"


class WebmSink(ContainerSink):
    """WebM: VP9 with transparency, and Opus; for web pages and editing over other pictures."""

    container_format = "webm"
    container_options: ClassVar = {"flush_packets": "1"}
    video_codec = VP9_ALPHA
    audio_codec = "libopus"

    def __init__(
        self,
        path: str | Path,
        size: tuple[int, int],
        fps: float = 30.0,
        rate: int = 48_000,
        label: Provenance | None = None,
        *,
        alpha: bool = True,
    ) -> None:
        """As :class:`ContainerSink`; ``alpha`` False leaves the transparency out."""
        if not alpha:
            self.video_codec = VP9
        super().__init__(path, size, fps, rate, label)


def check_size(size: tuple[int, int]) -> None:
    """Raise ConfigError unless both sides are even (4:2:0 chroma) and within 16 to 8192 px."""
    if any(side % 2 or not 16 <= side <= 8192 for side in size):
        raise ConfigError(f"size {size[0]}x{size[1]}: give two even numbers from 16 to 8192")


def claim(path: Path) -> Path:
    """Create the file that grows beside ``path`` and return it; raises OutputError."""
    part = path.with_name(f"{path.stem}.part{path.suffix}")
    if path.is_dir():
        raise OutputError(f"{path} is a folder: give a file name")
    try:
        part.open("wb").close()
    except OSError as error:
        raise OutputError(f"cannot write {path}: {reason(error)}; give another place") from error
    return part


def reason(error: BaseException | None) -> str:
    """Why a write failed, in the system's words."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return text or type(error).__name__


def _playable(path: Path) -> bool:
    av: Any = require("av", extra="stream", for_what="video output")
    try:
        with av.open(str(path)) as container:
            return next(container.decode(video=0), None) is not None
    except (OSError, ValueError, IndexError):
        return False
