"""A performer before a camera: pictures in, poses out, on a thread of its own or in a file's time.

Live, the newest frame wins and nothing queues: the thread reads, tracks, solves, filters and hands
the pose to its driver, which the drawing thread samples without ever waiting.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Final

import numpy as np

from avatar.capture.calibrate import Calibration
from avatar.capture.driver import AHEAD, CaptureDriver
from avatar.capture.smooth import PROFILES, PoseFilter
from avatar.capture.solve import Solver
from avatar.clock import Clock, monotonic
from avatar.devices.camera import Camera
from avatar.errors import AvatarError, ConfigError
from avatar.media import Landmarks, Tracker, VideoFrame
from avatar.pose import Pose

_KEPT: Final = 600
"""Timings kept."""
DIM: Final = 0.16
"""Mean brightness 0..1 below which a picture is lifted before it is tracked."""
_LIFTED: Final = 0.35


class Capture:
    """One camera, one performer, one driver."""

    def __init__(
        self,
        camera: Camera,
        tracker: Tracker,
        *,
        mirror: bool = False,
        composure: str = "natural",
        calibration: Calibration | None = None,
        clock: Clock | None = None,
        tell: Callable[[str], None] | None = None,
    ) -> None:
        """``clock`` is the camera's, for a live one. Raises ConfigError for an unknown composure
        (``lively``, ``natural``, ``calm``)."""
        if composure not in PROFILES:
            raise ConfigError(f"composure {composure!r}: known: {', '.join(PROFILES)}")
        self.camera, self._tracker = camera, tracker
        self.solver = Solver(mirror=mirror, calibration=calibration)
        self._filter = PoseFilter(PROFILES[composure])
        self.driver = CaptureDriver(clock, ahead=AHEAD if clock else 0.0)
        self._clock, self.tell = clock, tell or (lambda message: None)
        self.frame: VideoFrame | None = None
        """The newest picture taken in."""
        self.seen: Landmarks | None = None
        """What was found in it."""
        self.error = ""
        """Why the thread ended, if it failed."""
        self.latency: deque[float] = deque(maxlen=_KEPT)
        """s from the grab of a picture to its pose."""
        self.solving: deque[float] = deque(maxlen=_KEPT)
        """s from landmarks to pose."""
        self._next: VideoFrame | None = None
        self._begun = False
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def mouth_seen(self) -> float:
        """How well the performer's mouth is seen, 0..1: less under a hand, not at all when lost."""
        return self.driver.mouth * (1 - self.solver.covered)

    def take(self, frame: VideoFrame) -> Pose:
        """Take in one picture; returns the filtered pose it makes."""
        seen = self._tracker.track(lifted(frame)) or Landmarks(
            frame.t, np.zeros((0, 3), np.float32), 0.0
        )
        begun = monotonic()
        pose = self._filter(self.solver.solve(seen))
        self.driver.push(pose, self._filter.turning)
        self.solving.append(monotonic() - begun)
        self.frame, self.seen = frame, seen
        return pose

    def until(self, t: float) -> bool:
        """Take in every picture up to ``t`` (s, the file's time); False at its end."""
        if not self._begun:
            self._begun, self._next = True, self.camera.read()
        while self._next is not None and self._next.t <= t + 1e-6:
            self.take(self._next)
            self._next = self.camera.read()
        return self._next is not None

    def start(self) -> None:
        """Take in pictures on a thread of its own from now on."""
        self._thread = threading.Thread(target=self._run, name="capture", daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether the thread still takes in pictures."""
        return self._thread is not None and self._thread.is_alive()

    def _run(self) -> None:
        try:
            while not self._stop.is_set() and not self.camera.ended:
                frame = self.camera.read()
                if frame is None:
                    continue
                self.take(frame)
                if self._clock is not None:
                    self.latency.append(self._clock.now() - frame.t)
        except (AvatarError, RuntimeError, ValueError) as error:
            # The driver lets go by itself; the other layers go on.
            self.error = f"tracking stopped: {error}"
            self.tell(self.error)

    def close(self) -> None:
        """Stop the thread, the camera and the tracker."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=5)
        self.camera.close()
        if not self.running:
            self._tracker.close()


def lifted(frame: VideoFrame) -> VideoFrame:
    """A dim picture made brighter for the tracker; others as they are."""
    coarse = frame.pixels[::16, ::16, :3]
    mean = float(coarse.mean()) / 255 if coarse.size else 1.0
    if mean >= DIM:
        return frame
    # A gamma keeps the highlights, which a gain would burn out.
    gamma = np.log(_LIFTED) / np.log(max(mean, 0.004))
    table = (255 * np.linspace(0, 1, 256) ** max(float(gamma), 0.3)).round().astype(np.uint8)
    pixels = frame.pixels.copy()
    pixels[..., :3] = table[pixels[..., :3]]
    return VideoFrame(frame.t, pixels)
