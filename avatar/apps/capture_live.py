"""``avatar capture`` in a window: the figure follows as the performer moves."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import click

from avatar.apps.capture_picture import Pane, light
from avatar.apps.capture_sources import Outputs, Sources, keep_known, open_capture, say_on, tell
from avatar.apps.capture_teach import Teacher
from avatar.apps.capture_voice import Ears, may_hear
from avatar.apps.live import LiveWindow, Unseen
from avatar.apps.messages import tr
from avatar.clock import MonotonicClock
from avatar.config import Config
from avatar.devices.audio import SilentSpeaker, Speaker
from avatar.devices.camera import PushCamera
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
    """The window, its keys and its lines; or no window, where there is no display."""

    def __init__(self, config: Config, options: Options, *, seen: bool = True) -> None:
        self._options = options
        self._clock = MonotonicClock()
        self.capture = open_capture(options, fast=False, clock=self._clock)
        try:
            self.window = self._open(config) if seen else Unseen(config, self._speaker())
        except BaseException:
            self.capture.close()
            raise
        self.session = self.window.session
        self.performer = self.session.performers[0]
        self.capture.solver.rest = self.performer.rest
        self.sources = Sources(self.capture, options, self.performer.rest)
        self.ears = Ears(
            options, self.capture, self._clock, self.performer, self.sources.arbiter,
            self.session.clock, self.session.speaker,
        )  # fmt: skip
        self.window.layers = self.layers
        self._points, self._help = options.show_landmarks, True
        self.teacher = Teacher(self.capture, self._clock.now, options.calibration)
        if seen and self._untaught:
            self.teacher.begin()
        self._began: float | None = None
        self._shoots = False
        self.capture.start()

    def _open(self, config: Config) -> LiveWindow:
        recorded = self._options.output is not None and not self._options.is_motion
        window = LiveWindow(config=config, speaker=self._speaker(), resizable=not recorded)
        window.on_event, window.lines = self.handle, self.lines
        return window

    def _speaker(self) -> Speaker | None:
        return None if may_hear(self._options) else SilentSpeaker(MonotonicClock())

    @property
    def _has_camera(self) -> bool:
        return not isinstance(self.capture.camera, PushCamera)

    @property
    def _untaught(self) -> bool:
        """Whether a person sits there whose face is not known yet."""
        device = self._options.is_device and self._has_camera
        return device and not self.capture.solver.calibration.asked

    def run(self, outputs: Outputs, sink: Any) -> None:
        """Until the window is closed or a file ends; what is kept begins after the calibration."""
        files = [] if sink is None else [sink]
        self.window.drawn = lambda: self._drawn(files)
        while self.window.step():
            self.teacher.step()
            if self._began is None and not self.teacher.busy:
                self._began = self._clock.now()
            outputs.keeping = self._began is not None
            outputs.pose(self.sources.captured, self.performer.shown)
            self.ears.step(outputs, *(files if outputs.keeping else ()))
            if self._over:
                return

    @property
    def _over(self) -> bool:
        """Whether the camera has ended: a window outlives one that failed, and says why."""
        lasting = self.capture.error and isinstance(self.window, LiveWindow)
        return not self.capture.running and not lasting

    def _drawn(self, files: Sequence[Any]) -> None:
        """What is kept of a frame is kept before the window's own lines are laid over it."""
        if self._shoots and isinstance(self.window, LiveWindow):
            self.window.screenshot()
            self._shoots = False
        if self._began is not None:
            for sink in files:
                frame = self.session.stage.read()
                sink.video(VideoFrame(self.performer.shown.t, frame))

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
            self._shoots = True
        elif event.name.isdigit() and int(event.name) < len(HOTKEYS):
            self.session.configure(emotion=HOTKEYS[int(event.name)])

    def layers(self) -> Sequence[Layer]:
        """The camera's picture beside the figure, where it was asked for."""
        if (self._points or self._options.side_by_side) and not self.teacher.busy:
            return self._picture(self.session.stage.size)
        return ()

    def lines(self) -> Sequence[Layer]:
        """What the performer alone sees: the light, the calibration, what to know."""
        size = self.session.stage.size
        found = [self._light(size)] if self._has_camera else []
        if self.teacher.busy:
            found += self.teacher.layer(size)
        for row, (text, bright) in enumerate(reversed(self._told())):
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

    def _told(self) -> list[tuple[str, bool]]:
        found: list[tuple[str, bool]] = []
        message = self.capture.error or self.window.message
        lost = self._has_camera and not self.capture.driver.tracking and not self.teacher.busy
        if message:
            found.append((message, True))
        elif lost:
            found.append((tr("capture_no_face"), False))
        if self._options.output is not None and self._began is not None:
            spent = f"{self._clock.now() - self._began:.0f}"
            path = self._options.output.name
            found.append((tr("capture_recording", path=path, seconds=spent), True))
        if self._help:
            found.append((tr("capture_keys"), False))
        return found

    def close(self) -> None:
        self.ears.close()
        self.sources.close()
        self.capture.close()
        self.window.close()


def live(config: Config, options: Options, *, seen: bool = True) -> None:
    """Follow the performer in a window until it is closed; without one (``seen``) into a file."""
    if "quality" not in options.given and config.quality == Config().quality:
        config = config.with_values({"quality": "auto"})
    stage = Live(config, options, seen=seen)
    if not seen:
        tell(tr("capture_unseen"))
        say_on(stage.capture)
    try:
        rest = stage.performer.rest
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
    keep_known(options, stage.capture)
    if options.output is not None:
        click.echo(tr("saved", path=options.output))
