"""A session in a window, in real time: the speaker's time is the session's."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from avatar.apps.messages import tr
from avatar.character import load
from avatar.clock import MonotonicClock
from avatar.config import Config
from avatar.devices.audio import DeviceSpeaker, SilentSpeaker, Speaker
from avatar.errors import AvatarError, MissingExtra, NoSpeaker
from avatar.output.png import write_png
from avatar.render.events import Closed, Event, MouseDragged, MouseScrolled, Resized
from avatar.render.overlay import Layer
from avatar.render.window import WindowSurface, has_display
from avatar.resources import figure_path
from avatar.runtime.session import Session
from avatar.runtime.stage import Stage


def can_open_window() -> bool:
    """Whether this machine has a display."""
    return has_display(sys.platform, os.environ)


def open_speaker() -> tuple[Speaker, str]:
    """The machine's speaker, or a silent one and the reason why."""
    try:
        return DeviceSpeaker(), ""
    except (NoSpeaker, MissingExtra) as error:
        return SilentSpeaker(MonotonicClock()), str(error)


class LiveWindow:
    """A figure in a window of your program.

    ::

        with avatar.LiveWindow("mei") as window:
            window.session.say("你好")
            while window.step():
                ...

    ``on_event`` is handed what happens in the window; ``layers`` gives pictures to lay over it;
    ``drawn`` is called when a frame is drawn, and ``lines`` are laid over it after that. A voice
    that fails does not close the window: the reason is in ``message``.
    """

    def __init__(
        self,
        figure: str | Path | None = None,
        *,
        config: Config | None = None,
        pet: bool = False,
        speaker: Speaker | None = None,
        visible: bool = True,
        resizable: bool = True,
        **settings: Any,
    ) -> None:
        if figure is not None:
            settings["figure"] = str(figure)
        config = (config or Config(quality="auto")).with_values(settings)
        if pet:
            config = config.with_values({"background": "transparent"})
        with ThreadPoolExecutor(2, "start") as start:  # the slow parts side by side
            sound = start.submit(lambda: (speaker, "") if speaker else open_speaker())
            character = start.submit(load, figure_path(config.figure))
            self.surface = WindowSurface(
                config.size,
                "avatar",
                visible=visible,
                resizable=resizable,
                transparent=config.background == "transparent",
                borderless=pet,
                on_top=pet,
            )
            stage = Stage(config, self.surface)
            heard, self.message = sound.result()
            self.session = Session(character.result(), config=config, stage=stage, speaker=heard)
        self.on_event: Callable[[Event], None] = lambda event: None
        self.layers: Callable[[], Sequence[Layer]] = lambda: ()
        self.lines: Callable[[], Sequence[Layer]] = lambda: ()
        self.drawn: Callable[[], None] = lambda: None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def step(self) -> bool:
        """Handle what happened, draw and show one frame; False once the window is closed."""
        for event in self.surface.poll():
            if isinstance(event, Closed):
                return False
            if isinstance(event, Resized):
                self.session.stage.resize((max(event.width, 16), max(event.height, 16)))
            self.on_event(event)
        if self.surface.closed:
            return False
        try:
            lines = self.lines()
            self.session.advance(self.layers())
        except AvatarError as error:
            self.message = str(error)
            return True
        self.drawn()
        renderer = self.session.stage.renderer
        if lines:
            self.session.stage.lay(lines)
        renderer.wait()
        self.surface.present(renderer.target)
        return True

    def orbit(self, event: MouseDragged | MouseScrolled) -> None:
        """Dragging turns the camera about the figure, the wheel comes closer."""
        stage = self.session.stage
        if isinstance(event, MouseDragged):
            stage.camera = stage.camera.orbit(-event.dx * 0.006, event.dy * 0.004)
        else:
            stage.camera = stage.camera.orbit(0, 0, 1.08**event.steps)

    def screenshot(self) -> None:
        """Write what the window shows, with its AI label, to a PNG in the working folder."""
        path = Path(f"avatar-{datetime.now():%Y%m%d-%H%M%S}.png")
        try:
            write_png(path, self.session.stage.read(), self.session.provenance)
        except AvatarError as error:
            self.message = str(error)
        else:
            self.message = tr("saved", path=path)

    def close(self) -> None:
        """Close the window and stop the voice."""
        self.session.close()


class Unseen:
    """The peer of :class:`LiveWindow` on a machine without a display: frames are drawn, in real
    time, for whoever reads them in ``drawn``."""

    def __init__(self, config: Config, speaker: Speaker | None = None) -> None:
        heard, self.message = (speaker, "") if speaker else open_speaker()
        self.session = Session(config=config, speaker=heard)
        self.layers: Callable[[], Sequence[Layer]] = lambda: ()
        self.drawn: Callable[[], None] = lambda: None

    def step(self) -> bool:
        """Draw one frame; always True."""
        self.session.advance(self.layers())
        self.drawn()
        self.session.stage.renderer.wait()
        return True

    def close(self) -> None:
        """Stop the voice and free what was drawn with."""
        self.session.close()
