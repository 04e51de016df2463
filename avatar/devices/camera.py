"""Cameras: a device, a video file, a picture, or frames that a program pushes.

All are peers: ``read()`` gives the next frame stamped with when it was taken. A device or a file
in real time gives the newest frame and forgets those nobody read; ``fast`` files give every one.
A camera starts only when it is made, and a device that is unplugged is waited for.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from avatar.clock import Clock, MonotonicClock
from avatar.devices.recorded_camera import FileCamera, ImageCamera, Tell, mute
from avatar.errors import ConfigError, MissingAsset, NoCamera
from avatar.media import VideoFrame
from avatar.plugins import require

PICTURES: Final = (".png", ".jpg", ".jpeg", ".bmp", ".webp")
"""Files taken for a still picture."""
RETRY: Final = 1.0
"""s between attempts to reopen a camera that went away."""
PROBED: Final = 4
"""Devices looked for where the system does not list them."""
_WAIT: Final = 0.5
"""s that ``read`` waits for a live frame."""

Picture = NDArray[np.uint8]


class Camera(Protocol):
    """Anything that gives dated pictures."""

    name: str
    size: tuple[int, int]
    """Width and height, px."""
    fps: float
    """Pictures per second, nominal, Hz."""
    live: bool
    """Whether time passes by itself: frames that are not read in time are lost."""
    ended: bool
    """No more frames will come."""

    def read(self) -> VideoFrame | None:
        """The next frame; None at the end, or when none came for half a second."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class CameraInfo:
    """A camera of this machine."""

    index: int
    name: str
    size: tuple[int, int] | None
    """Of its pictures, px; None if it could not be opened (busy, or not allowed)."""


def list_cameras() -> list[CameraInfo]:
    """The cameras of this machine; each is opened for a moment to ask its size."""
    cv2: Any = require("cv2", extra="capture", for_what="a camera")
    found: list[CameraInfo] = []
    for index, name in _device_names():
        with _quiet(cv2):
            device = cv2.VideoCapture(index)
        size = _size(cv2, device) if device.isOpened() else None
        device.release()
        if name or size:
            found.append(CameraInfo(index, name or f"camera {index}", size))
    return found


def open_camera(
    what: str | int,
    *,
    fast: bool = False,
    size: tuple[int, int] = (640, 480),
    fps: float = 30.0,
    clock: Clock | None = None,
    tell: Tell = mute,
) -> Camera:
    """A device by number, or a video or picture file.

    ``size`` and ``fps`` are asked of a device; ``tell`` hears when it goes away and comes back.
    Raises NoCamera, MissingAsset, UnsupportedFormat, MissingExtra.
    """
    text = str(what)
    if text.isdigit():
        return DeviceCamera(int(text), size=size, fps=fps, clock=clock, tell=tell)
    path = Path(text).expanduser()
    if not path.exists():
        raise MissingAsset("no such video or picture; --camera list shows the cameras", path=path)
    if path.suffix.lower() in PICTURES:
        return ImageCamera(path)
    return FileCamera(path, fast=fast, clock=clock, tell=tell)


class DeviceCamera:
    """A camera of this machine, through OpenCV; a thread of its own keeps the newest frame."""

    live = True

    def __init__(
        self,
        index: int = 0,
        *,
        size: tuple[int, int] = (640, 480),
        fps: float = 30.0,
        clock: Clock | None = None,
        tell: Tell = mute,
        opener: Callable[[int], Any] | None = None,
    ) -> None:
        """``opener`` makes the capture object of an index, as ``cv2.VideoCapture`` does."""
        self._cv2: Any = require("cv2", extra="capture", for_what="a camera")
        self.name, self.size, self.fps, self.ended = f"camera {index}", size, fps, False
        self._index, self._wanted = index, (*size, fps)
        self._clock = clock or MonotonicClock()
        self._tell = tell
        self._opener = opener or self._cv2.VideoCapture
        self._fresh = threading.Condition()
        self._frame: VideoFrame | None = None
        self._stop = threading.Event()
        self._device = self._open()
        self._thread = threading.Thread(target=self._run, name="camera", daemon=True)
        self._thread.start()

    def _open(self) -> Any:
        with _quiet(self._cv2):
            device = self._opener(self._index)
        if not device.isOpened():
            raise NoCamera(_why_not(self._index))
        width, height, fps = self._wanted
        device.set(self._cv2.CAP_PROP_FRAME_WIDTH, width)
        device.set(self._cv2.CAP_PROP_FRAME_HEIGHT, height)
        device.set(self._cv2.CAP_PROP_FPS, fps)
        device.set(self._cv2.CAP_PROP_BUFFERSIZE, 1)
        picture = self._grab(device)
        if picture is None:
            device.release()
            raise NoCamera(
                f"camera {self._index} gives no picture: another program may be using it; "
                "close that, or --camera list for others"
            )
        self.size = (picture.shape[1], picture.shape[0])
        return device

    def _grab(self, device: Any) -> Picture | None:
        good, picture = device.read()
        return to_rgba(picture) if good and picture is not None else None

    def _run(self) -> None:
        while not self._stop.is_set():
            picture = self._grab(self._device)
            if picture is None:
                self._reopen()
                continue
            with self._fresh:
                self._frame = VideoFrame(self._clock.now(), picture)
                self._fresh.notify()
        self._device.release()

    def _reopen(self) -> None:
        self._device.release()
        self._tell(f"{self.name} is gone: plug it in again")
        while not self._stop.wait(RETRY):
            try:
                self._device = self._open()
            except NoCamera:
                continue
            self._tell(f"{self.name} is back")
            return

    def read(self) -> VideoFrame | None:
        with self._fresh:
            self._fresh.wait_for(lambda: self._frame is not None, _WAIT)
            frame, self._frame = self._frame, None
        return frame

    def close(self) -> None:
        self._stop.set()
        self._thread.join(timeout=5)
        self.ended = True


class PushCamera:
    """Frames that a program pushes; the newest wins."""

    live = True

    def __init__(
        self, size: tuple[int, int], fps: float = 30.0, clock: Clock | None = None
    ) -> None:
        self.name, self.size, self.fps, self.ended = "pushed frames", size, fps, False
        self._clock = clock or MonotonicClock()
        self._fresh = threading.Condition()
        self._frame: VideoFrame | None = None

    def push(self, pixels: Picture, t: float | None = None) -> None:
        """A frame, uint8[h, w], [h, w, 3] (RGB) or [h, w, 4], taken at ``t`` (s; default now).

        Raises ConfigError for pixels of another kind.
        """
        frame = VideoFrame(self._clock.now() if t is None else t, _rgba(pixels))
        with self._fresh:
            self._frame = frame
            self._fresh.notify()

    def read(self) -> VideoFrame | None:
        with self._fresh:
            self._fresh.wait_for(lambda: self._frame is not None or self.ended, _WAIT)
            frame, self._frame = self._frame, None
        return frame

    def close(self) -> None:
        self.ended = True


def _rgba(pixels: Picture) -> Picture:
    if pixels.dtype != np.uint8 or pixels.ndim not in (2, 3):
        raise ConfigError(
            f"a frame of {pixels.dtype}{list(pixels.shape)}: give uint8 [h, w], [h, w, 3] or 4"
        )
    if pixels.ndim == 2 or pixels.shape[2] == 1:
        grey = pixels.reshape(*pixels.shape[:2], 1)
        pixels = np.repeat(grey, 3, 2)
    if pixels.shape[2] not in (3, 4):
        raise ConfigError(f"a frame of {pixels.shape[2]} channels: give 1, 3 or 4")
    if pixels.shape[2] == 4:
        return np.ascontiguousarray(pixels)
    opaque = np.full((*pixels.shape[:2], 1), 255, np.uint8)
    return np.concatenate([pixels, opaque], 2)


def to_rgba(picture: Any) -> Picture | None:
    """OpenCV's grey, BGR or BGRA picture as RGBA; None for what is none of these."""
    if picture.dtype != np.uint8 or picture.ndim not in (2, 3) or not picture.size:
        return None
    pixels = _rgba(picture) if picture.ndim == 2 or picture.shape[2] in (1, 3, 4) else None
    return None if pixels is None else np.ascontiguousarray(pixels[..., [2, 1, 0, 3]])


def _device_names() -> list[tuple[int, str]]:
    """(index, name) of devices; the name is '' where the system does not tell."""
    if sys.platform != "linux":
        return [(index, "") for index in range(PROBED)]
    found: list[tuple[int, str]] = []
    for entry in Path("/sys/class/video4linux").glob("video*"):
        number = entry.name.removeprefix("video")
        second = (entry / "index").is_file() and (entry / "index").read_text().strip() != "0"
        if number.isdigit() and not second:  # a device's further nodes carry its metadata
            found.append((int(number), (entry / "name").read_text().strip()))
    return sorted(found)


def _size(cv2: Any, device: Any) -> tuple[int, int]:
    width = device.get(cv2.CAP_PROP_FRAME_WIDTH)
    return int(width), int(device.get(cv2.CAP_PROP_FRAME_HEIGHT))


def _why_not(index: int) -> str:
    if sys.platform == "linux" and Path(f"/dev/video{index}").exists():
        return (
            f"camera {index} does not open: it is busy, or not yours to use (group video); "
            "close the other program"
        )
    others = [str(found) for found, _ in _device_names()] if sys.platform == "linux" else []
    seen = f"there are {', '.join(others)}" if others else "none was found"
    return f"no camera {index}: {seen}; plug one in, or --camera FILE"


class _quiet:  # noqa: N801 - reads as a word
    """Keeps OpenCV from filling the terminal while a camera is being tried."""

    def __init__(self, cv2: Any) -> None:
        self._log: Any = getattr(getattr(cv2, "utils", None), "logging", None)
        self._level: Any = None

    def __enter__(self) -> None:
        if self._log is not None:
            self._level = self._log.getLogLevel()
            self._log.setLogLevel(self._log.LOG_LEVEL_SILENT)

    def __exit__(self, *_: object) -> None:
        if self._log is not None:
            self._log.setLogLevel(self._level)
