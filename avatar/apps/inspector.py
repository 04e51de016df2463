"""``avatar view``'s window: orbit a figure and try its expressions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from avatar.apps.live import LiveWindow
from avatar.apps.messages import tr
from avatar.apps.motion import MOTIONS, Player, Playing, playing
from avatar.clock import MonotonicClock
from avatar.config import VIEWS, Config
from avatar.devices.audio import SilentSpeaker
from avatar.errors import AvatarError
from avatar.render.events import (
    Event,
    FilesDropped,
    KeyPressed,
    MouseDragged,
    MousePressed,
    MouseScrolled,
)
from avatar.render.hud import bars, line
from avatar.render.overlay import Layer
from avatar.runtime.manual import ManualDriver, check_expressions, expression_names

ROWS: Final = 16
"""Expressions listed at once."""
_STEP: Final = 0.1


def inspect(
    config: Config,
    expressions: Mapping[str, float],
    gesture: str | None = None,
    played: Playing | None = None,
) -> None:
    """Show the figure until the window is closed."""
    sound = played is not None and bool(played.sound)
    inspector = Inspector(config.with_values({"label": False}), expressions, sound=sound)
    try:
        if gesture is not None:
            inspector.session.gesture(gesture)
        if played is not None:
            inspector.play(played)
        while inspector.step():
            pass
    except KeyboardInterrupt:
        pass
    finally:
        inspector.window.close()


class Inspector:
    """The list of expressions beside a figure, moved by keys or the mouse."""

    def __init__(
        self, config: Config, expressions: Mapping[str, float], *, sound: bool = False
    ) -> None:
        """``sound``: on the machine's speaker; it is quiet otherwise."""
        speaker = None if sound else SilentSpeaker(MonotonicClock())
        self.window = LiveWindow(config=config, speaker=speaker)
        self.window.on_event, self.window.layers = self.handle, self.layers
        self.session = self.window.session
        self.manual = ManualDriver()
        self.chosen = 0
        self._box = (0, 0, 0, 1)
        self._player: Player | None = None
        self._adopt(expressions)

    def play(self, what: Playing) -> None:
        """Play a motion in a loop from now on, instead of the one before."""
        drivers = self.session.performers[0].drivers
        if self._player is not None and self._player.driver in drivers:
            drivers.remove(self._player.driver)
        self._player = Player(self.session, what)

    def step(self) -> bool:
        """One frame; False once the window is closed."""
        if self._player is not None:
            self._player.step()
        return self.window.step()

    def _adopt(self, expressions: Mapping[str, float]) -> None:
        performer = self.session.performers[0]
        self.names = expression_names(performer.character)
        self.manual.clear()
        for name, weight in check_expressions(performer.character, expressions).items():
            self.manual.set(name, weight)
        performer.add(self.manual)

    def handle(self, event: Event) -> None:
        """React to one event of the window."""
        match event:
            case KeyPressed(name):
                self._key(name)
            case MousePressed(x, y):
                self._grab(x, y)
            case MouseDragged(x, y):
                if not self._grab(x, y):
                    self.window.orbit(event)
            case MouseScrolled(x):
                if x >= self._box[0]:
                    self._move(-round(event.steps))
                else:
                    self.window.orbit(event)
            case FilesDropped(paths):
                self._take(paths[0])
            case _:
                pass

    def _key(self, name: str) -> None:
        if name in ("up", "down"):
            self._move(1 if name == "down" else -1)
        elif name in ("left", "right") and self.names:
            chosen = self.names[self.chosen]
            step = _STEP if name == "right" else -_STEP
            self.manual.set(chosen, self.manual.weights.get(chosen, 0.0) + step)
        elif name in ("1", "2", "3", "4"):
            self.session.configure(view=VIEWS[int(name) - 1])
            self.session.stage.frame()
        elif name == "r":
            self.manual.clear()
            self.session.stage.frame()
        elif name == "f12":
            self.window.screenshot()

    def _move(self, by: int) -> None:
        if self.names:
            self.chosen = (self.chosen + by) % len(self.names)

    def _grab(self, x: float, y: float) -> bool:
        """Set the bar under the mouse; False where there is none."""
        left, top, width, row = self._box
        index = self._first() + int((y - top) // row)
        if not (left <= x <= left + width and top <= y < top + ROWS * row):
            return False
        if 0 <= index < len(self.names):
            self.chosen = index
            self.manual.set(self.names[index], (x - left) / width)
        return True

    def _take(self, path: Path) -> None:
        """A motion is played, anything else is a figure."""
        try:
            if path.suffix.lower() in MOTIONS:
                self.play(playing(path))
                return
            self.session.replace_figure(0, path)
        except AvatarError as error:
            self.window.message = str(error)
            return
        if self._player is not None:
            self.session.performers[0].add(self._player.driver)
        self.chosen = 0
        self._adopt({})

    def _first(self) -> int:
        """The first row of the list that is shown."""
        return min(max(self.chosen - ROWS // 2, 0), max(len(self.names) - ROWS, 0))

    def layers(self) -> Sequence[Layer]:
        """The list and the keys."""
        size = self.session.stage.size
        first = self._first()
        shown = self.names[first : first + ROWS]
        rows = [(name, self.manual.weights.get(name, 0.0)) for name in shown]
        layers = [line("keys", self.window.message or tr("view_keys"), size, 0, bright=False)]
        if rows:
            layer, self._box = bars("expressions", rows, self.chosen - first, size)
            layers.append(layer)
        return layers
