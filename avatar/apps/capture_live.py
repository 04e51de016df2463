"""``avatar capture`` in a window: the figure follows as the performer moves."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from avatar.apps.capture_picture import Pane, light
from avatar.apps.capture_sources import Outputs, Sources, open_capture
from avatar.apps.capture_teach import Teacher
from avatar.apps.capture_voice import (
    Hears,
    Later,
    LiveVoice,
    lips_of,
    live_microphone,
    may_hear,
)
from avatar.apps.live import LiveWindow
from avatar.apps.messages import tr
from avatar.clock import MonotonicClock
from avatar.config import Config
from avatar.devices.audio import SilentSpeaker
from avatar.devices.recorded_camera import FileCamera
from avatar.media import VideoFrame
from avatar.output.sinks import open_sink
from avatar.render.events import Event, KeyPressed
from avatar.render.hud import line
from avatar.render.overlay import Layer

if TYPE_CHECKING:
    from avatar.apps.capture import Options

HOTKEYS: Final = ("neutral", "happy", "sad", "angry", "surprised", "relaxed")
"""Moods that the keys 0 to 5 lay over the tracking."""


class Live:
    """The window, its keys and its lines."""

    def __init__(self, config: Config, options: Options) -> None:
        self._options = options
        self._clock = MonotonicClock()
        self.capture = open_capture(options, fast=False, clock=self._clock)
        try:
            speaker = None if may_hear(options) else SilentSpeaker(MonotonicClock())
            self.window = LiveWindow(config=config, speaker=speaker)
        except BaseException:
            self.capture.close()
            raise
        self.session = self.window.session
        performer = self.session.performers[0]
        self.capture.solver.rest = performer.rest
        self.sources = Sources(self.capture, options, performer.rest)
        self._seen = Later(self.sources.arbiter, 0.0)
        performer.add(self._seen)
        self.voice: LiveVoice | None = None
        self._deaf = not may_hear(options)
        self.window.on_event, self.window.layers = self.handle, self.layers
        self._points, self._help = options.show_landmarks, True
        self.teacher = Teacher(self.capture, self._clock.now, options.calibration)
        if self._untaught:
            self.teacher.begin()
        self.capture.start()

    @property
    def _untaught(self) -> bool:
        """Whether a person sits there whose face is not known yet."""
        return self._options.is_device and not self.capture.solver.calibration.asked

    def run(self, outputs: Outputs, sink: Any) -> None:
        """Until the window is closed or a file ends."""
        performer = self.session.performers[0]
        while self.window.step():
            self.teacher.step()
            shown = performer.shown
            outputs.pose(self.capture.driver.shown, shown)
            if sink is not None:
                sink.video(VideoFrame(shown.t, self.session.stage.read()))
            self._hear(outputs, *([sink] if sink is not None else []))
            if not self.capture.running and not self.capture.error:
                return

    def _hear(self, *heard_by: Hears) -> None:
        """The performer's voice, from when the camera has begun."""
        camera = self.capture.camera
        begun = not isinstance(camera, FileCamera) or camera.started is not None
        if self.voice is None and not self._deaf and begun:
            self._deaf = True  # tried once
            microphone = live_microphone(self._options, self.capture, self._clock)
            if microphone is not None:
                self.voice = LiveVoice(
                    microphone, self._clock, self.session.clock, self.session.speaker,
                    self.capture, lips_of(self._options, live=True),
                )  # fmt: skip
                self.session.performers[0].add(self.voice.lips)
        if self.voice is not None:
            self._seen.delay = self.voice.wait
            self.voice.step(*heard_by)

    def handle(self, event: Event) -> None:
        """Keys: C calibrate, M mirror, L points, 0-5 moods, F1 help, F12 picture."""
        if not isinstance(event, KeyPressed):
            return
        if event.name == "c":
            self.teacher.begin()
        elif event.name == "m":
            self.capture.solver.mirror = not self.capture.solver.mirror
        elif event.name == "l":
            self._points = not self._points
        elif event.name == "f1":
            self._help = not self._help
        elif event.name == "f12":
            self.window.screenshot()
        elif event.name.isdigit() and int(event.name) < len(HOTKEYS):
            self.session.configure(emotion=HOTKEYS[int(event.name)])

    def layers(self) -> Sequence[Layer]:
        """The light, the camera's picture and the lines over the figure."""
        size = self.session.stage.size
        found = [self._light(size)]
        if self.teacher.busy:
            found += self.teacher.layer(size)
        elif self._points or self._options.side_by_side:
            found += self._picture(size)
        for row, (text, bright) in enumerate(reversed(self._lines())):
            found.append(line(f"capture{row}", text, size, row, bright=bright))
        return found

    def _light(self, size: tuple[int, int]) -> Layer:
        side = max(16, round(min(size) * 0.045))
        pixels = light(side, seen=self.capture.driver.tracking)
        return Layer("camera light", pixels, size[0] - round(side * 1.5), side // 2)

    def _picture(self, size: tuple[int, int]) -> list[Layer]:
        frame, seen = self.capture.frame, self.capture.seen
        if frame is None:
            return []
        width = size[0] // 4
        height = round(width * frame.pixels.shape[0] / frame.pixels.shape[1])
        pane = Pane((width, height), mirror=self.capture.solver.mirror)
        pixels = pane.fit(frame, seen, points=self._points)
        margin = size[1] // 40
        return [Layer("camera", pixels, size[0] - width - margin, 3 * margin)]

    def _lines(self) -> list[tuple[str, bool]]:
        found: list[tuple[str, bool]] = []
        message = self.capture.error or self.window.message
        if message:
            found.append((message, True))
        elif not self.capture.driver.tracking and not self.teacher.busy:
            found.append((tr("capture_no_face"), False))
        if self._help:
            found.append((tr("capture_keys"), False))
        return found

    def close(self) -> None:
        if self.voice is not None:
            self.voice.close()
        self.sources.close()
        self.capture.close()
        self.window.close()


def live(config: Config, options: Options) -> None:
    """Follow the performer in a window until it is closed."""
    stage = Live(config, options)
    try:
        rest = stage.session.performers[0].rest
        with Outputs(options, rest) as outputs, contextlib.ExitStack() as files:
            sink = None
            if options.output is not None and not options.is_motion:
                sink = files.enter_context(
                    open_sink(
                        options.output, stage.session.stage.size, config.fps,
                        label=stage.session.provenance, quick=True,
                    )
                )  # fmt: skip
            with contextlib.suppress(KeyboardInterrupt):
                stage.run(outputs, sink)
    finally:
        stage.close()
