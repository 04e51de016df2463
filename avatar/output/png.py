"""A PNG sequence: one lossless picture per frame with its transparency, and a WAV beside it.

``folder/`` holds ``frame_00000.png`` ... and ``sound.wav``; the pattern ``shot_%04d.png`` makes
``shot_0000.png`` ... and ``shot.wav``.
"""

from __future__ import annotations

import contextlib
import re
import wave
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin

from avatar.errors import ConfigError, OutputError
from avatar.media import AudioChunk, VideoFrame
from avatar.output.encode import Timeline, straight_alpha
from avatar.output.mux import reason
from avatar.output.provenance import Provenance

_WORKERS = 2
_COMPRESSION: Final = 1
"""zlib level: 720p takes a third of the time of level 6 for a seventh more bytes."""


def write_png(path: str | Path, pixels: NDArray[np.uint8], label: Provenance | None = None) -> None:
    """Write premultiplied RGBA uint8[h, w, 4] as a PNG; raises OutputError.

    A picture without transparency is written as RGB.
    """
    info = PngImagePlugin.PngInfo()
    for name, text in (label.metadata() if label else {}).items():
        info.add_itxt(name, text)
    opaque = bool((pixels[..., 3] == 255).all())
    picture = Image.fromarray(
        np.ascontiguousarray(pixels[..., :3]) if opaque else straight_alpha(pixels)
    )
    try:
        picture.save(path, "PNG", compress_level=_COMPRESSION, pnginfo=info)
    except OSError as error:
        Path(path).unlink(missing_ok=True)
        raise OutputError(f"cannot write {path}: {reason(error)}; give another place") from error


class PngSink:
    """Numbered pictures and one WAV, dated by one clock.

    The first picture's ``t`` is zero; a picture's number is its time times ``fps``. Pictures of
    an older, longer run in the same place are removed by :meth:`close`.
    """

    def __init__(
        self,
        path: str | Path,
        size: tuple[int, int],
        fps: float = 30.0,
        rate: int = 48_000,
        label: Provenance | None = None,
    ) -> None:
        """Open a folder, or a ``%d`` pattern ending in .png; raises OutputError, ConfigError."""
        self.path = Path(path).expanduser()
        self._size, self._fps, self._label = size, fps, label
        self._folder, self._pattern, sound = _names(self.path)
        self._made = not self._folder.exists()
        self._timeline = Timeline(rate)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._wave = _open_wave(sound, rate)
        except OSError as error:
            raise OutputError(
                f"cannot write {self.path}: {reason(error)}; give another place"
            ) from error
        self._sound = sound
        self._origin: float | None = None
        self._next = 0
        self._early: list[AudioChunk] = []
        self._written: list[Path] = []
        self._busy: deque[Future[None]] = deque()
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="png")
        self._closed = False

    def offer(self, item: VideoFrame | AudioChunk) -> None:
        """Take a picture or a stretch of sound; raises OutputError (see ``media.Sink``)."""
        if isinstance(item, VideoFrame):
            self.video(item)
        else:
            self.audio(item)

    def video(self, frame: VideoFrame) -> None:
        """Take a picture; its pixels are copied before this returns."""
        if self._closed:
            raise OutputError(f"{self.path} is closed already")
        height, width = frame.pixels.shape[:2]
        if (width, height) != self._size:
            raise ConfigError(f"{self.path}: a picture of {width}x{height} in a video of another")
        if self._origin is None:
            self._origin = frame.t
        number = round((frame.t - self._origin) * self._fps)
        if number < self._next:
            return
        self._next = number + 1
        self._wait(2 * _WORKERS - 1)
        path = self._folder / (self._pattern % number)
        self._written.append(path)
        self._busy.append(self._pool.submit(write_png, path, frame.pixels.copy(), self._label))
        early, self._early = self._early, []
        for chunk in early:
            self.audio(chunk)

    def audio(self, chunk: AudioChunk) -> None:
        """Take a stretch of sound of any rate; gaps are silent, overlaps are cut."""
        if self._origin is None:
            self._early.append(AudioChunk(chunk.t, chunk.samples.copy(), chunk.rate))
        else:
            self._write_sound(self._timeline.add(chunk.t - self._origin, chunk))

    def close(self) -> None:
        """Finish all files; raises OutputError. A second call does nothing."""
        if self._closed:
            return
        if self._origin is None:
            self.abort()
            return
        self._wait(0)
        self._write_sound(self._timeline.fill(self._next / self._fps))
        self._end()
        for path in self._older():
            path.unlink(missing_ok=True)

    def abort(self) -> None:
        """Remove what was written, and the folder if this made it."""
        if self._closed:
            return
        self._end()
        for path in (*self._written, self._sound):
            path.unlink(missing_ok=True)
        if self._made and not any(self._folder.iterdir()):
            self._folder.rmdir()

    def _end(self) -> None:
        self._closed = True
        self._pool.shutdown(cancel_futures=True)
        with contextlib.suppress(OSError):
            self._wave.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None or issubclass(kind, KeyboardInterrupt):
            self.close()
        else:
            self.abort()

    def _wait(self, at_most: int) -> None:
        while len(self._busy) > at_most:
            try:
                self._busy.popleft().result()
            except OutputError as error:
                self._end()
                raise OutputError(f"{error}; the pictures until then are kept") from error

    def _write_sound(self, blocks: list[NDArray[np.float32]]) -> None:
        try:
            for samples in blocks:
                pcm = (np.clip(samples, -1, 1) * 32767).round().astype("<i2")
                self._wave.writeframes(pcm.tobytes())
        except OSError as error:
            self._end()
            raise OutputError(
                f"cannot write {self._sound}: {reason(error)}; what was written until then is kept"
            ) from error

    def _older(self) -> list[Path]:
        before, digits, after = _split(self._pattern)
        number = re.compile(rf"{re.escape(before)}(\d{{{digits},}}){re.escape(after)}")
        found = ((path, number.fullmatch(path.name)) for path in self._folder.iterdir())
        return [path for path, match in found if match and int(match[1]) >= self._next]


def _names(path: Path) -> tuple[Path, str, Path]:
    """Folder, pattern of the pictures' names, and the sound's path."""
    if path.suffix.lower() != ".png":
        return path, "frame_%05d.png", path / "sound.wav"
    pattern = path.name if "%" in path.name else f"{path.stem}_%05d.png"
    before, _, _ = _split(pattern)
    return path.parent, pattern, path.with_name((before.rstrip("_-. ") or "sound") + ".wav")


def _split(pattern: str) -> tuple[str, int, str]:
    found = re.fullmatch(r"([^%]*)%0?(\d*)d([^%]*)", pattern)
    if found is None:
        raise ConfigError(f"{pattern}: number the pictures with one %05d, as in shot_%05d.png")
    return found[1], int(found[2] or 1), found[3]


def _open_wave(path: Path, rate: int) -> wave.Wave_write:
    out = wave.open(str(path), "wb")  # noqa: SIM115
    out.setnchannels(1)
    out.setsampwidth(2)
    out.setframerate(rate)
    return out
