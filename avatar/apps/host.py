"""``avatar host``: a virtual host on the desktop.

Typed lines (in the window or the terminal) are spoken. A VRM file dropped in takes the stage,
a picture or a video becomes the background. What was chosen is remembered for the next start.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Final

import click
import tomlkit
from platformdirs import user_state_path

from avatar.animation.emotion import EMOTIONS
from avatar.animation.gesture import GESTURES
from avatar.apps.live import LiveWindow
from avatar.apps.messages import tr
from avatar.apps.talk import Talking, TalkOptions, choose_speaker
from avatar.config import VIEWS, Config, load_config
from avatar.devices.video import SUFFIXES
from avatar.errors import AvatarError, ConfigError
from avatar.render.events import (
    Event,
    FilesDropped,
    KeyPressed,
    MouseDragged,
    MouseScrolled,
    TextTyped,
)
from avatar.render.hud import line
from avatar.render.overlay import Layer
from avatar.resources import figures

BACKGROUNDS: Final = ("studio", "#20364f", "#00b140", "#f2efe9")
"""What F4 goes through; a green for keying among them."""
REMEMBERED: Final = ("figure", "view", "background", "emotion", "captions", "quality")
_BACKDROPS: Final = {".png", ".jpg", ".jpeg", ".webp", *SUFFIXES}
_SIZE: Final = (1280, 720)
_PET_SIZE: Final = (480, 640)


def state_path() -> Path:
    """Where the host's choices are remembered."""
    return user_state_path("avatar-engine", appauthor=False) / "host.toml"


def remembered(path: Path | None = None) -> dict[str, Any]:
    """The choices of the last time; empty when there are none that still hold."""
    file = path or state_path()
    try:
        values = tomlkit.parse(file.read_text(encoding="utf-8")).unwrap()
    except (OSError, ValueError):
        return {}
    chosen = {key: values[key] for key in REMEMBERED if key in values}
    if chosen.get("figure") not in figures() and not Path(str(chosen.get("figure", ""))).is_file():
        chosen.pop("figure", None)
    try:
        Config().with_values(chosen)
    except ConfigError:
        return {}
    return chosen


def remember(config: Config, path: Path | None = None) -> None:
    """Keep the choices; a folder that cannot be written is no reason to fail."""
    file = path or state_path()
    part = file.with_suffix(".part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(
            tomlkit.dumps({key: getattr(config, key) for key in REMEMBERED}), encoding="utf-8"
        )
        part.replace(file)
    except OSError:
        return


def run(
    settings: Mapping[str, Any],
    *,
    pet: bool = False,
    speaker: str = "default",
    talk: TalkOptions | None = None,
) -> None:
    """Open the host with the choices of the last time, overridden by ``settings``.

    With ``talk`` it listens and answers.
    """
    base = {"quality": "auto", "size": _PET_SIZE if pet else _SIZE} | remembered()
    if pet:
        base |= {"background": "transparent", "view": "full"}
    run_window(load_config(None, base | dict(settings)), pet=pet, speaker=speaker, talk=talk)


def run_window(
    config: Config,
    *,
    pet: bool = False,
    greeting: str = "",
    speaker: str = "default",
    talk: TalkOptions | None = None,
) -> None:
    """Keep a host window open until it is closed."""
    host = Host(config, pet=pet, speaker=speaker, talk=talk)
    try:
        if greeting:
            host.session.say(greeting)
        while host.window.step():
            host.read_terminal()
    except KeyboardInterrupt:
        pass
    finally:
        if not pet:
            remember(host.config)
        host.close()


def speak_in_window(config: Config, text: str) -> None:
    """Say ``text`` in a window that closes a moment after the last word."""
    with LiveWindow(config=config) as window:
        utterance = window.session.say(text)
        while window.step():
            session = window.session
            end = utterance.end if utterance.text.strip() else 0.0
            over = end is not None and session.clock.now() > end + 0.8
            if over and not session.speaking and not session.gesturing:
                return
            if window.message and utterance.error:
                raise utterance.error


class Host:
    """The window's keys, its input line, and what they do."""

    def __init__(
        self,
        config: Config,
        *,
        pet: bool = False,
        speaker: str = "default",
        talk: TalkOptions | None = None,
    ) -> None:
        self.window = LiveWindow(config=config, pet=pet, speaker=choose_speaker(speaker))
        self.window.on_event, self.window.layers = self.handle, self.layers
        self.session = self.window.session
        self.pet, self.typed, self.help = pet, "", not pet
        self._gesture = ""
        self._lines: SimpleQueue[str] = SimpleQueue()
        if sys.stdin is not None and not sys.stdin.closed:
            threading.Thread(target=self._listen, name="terminal", daemon=True).start()
        threading.Thread(target=self._warm_up, name="voice", daemon=True).start()
        self._announce()
        self.talking = Talking(self.session, talk) if talk else None

    def close(self) -> None:
        """Stop listening and close the window."""
        if self.talking is not None:
            self.talking.close()
        self.window.close()

    @property
    def config(self) -> Config:
        """The settings as they are now."""
        return self.session.config

    def handle(self, event: Event) -> None:
        """React to one event of the window."""
        match event:
            case TextTyped(text):
                self.typed += text
            case KeyPressed(name, modifiers):
                self._key(name, modifiers)
            case FilesDropped(paths):
                for path in paths:
                    self.take(path)
            case MouseDragged() if self.pet:
                self.window.surface.move_by(event.dx, event.dy)
            case MouseDragged() | MouseScrolled():
                self.window.orbit(event)
            case _:
                pass

    def _key(self, name: str, modifiers: frozenset[str]) -> None:
        if "ctrl" in modifiers and name.isdigit() and 0 < int(name) <= len(EMOTIONS):
            self._set(emotion=list(EMOTIONS)[int(name) - 1])
        elif name in ("backspace", "return", "escape"):
            self._edit(name)
        elif name in _KEYS:
            getattr(self, _KEYS[name])()

    def _edit(self, name: str) -> None:
        if name == "backspace":
            self.typed = self.typed[:-1]
        elif name == "return":
            self.speak(self.typed)
            self.typed = ""
        elif self.typed:
            self.typed = ""
        else:
            self.session.hush()

    def speak(self, text: str) -> None:
        """Say a line, or answer it; what goes wrong is shown, not raised."""
        if not text.strip():
            return
        self.window.message = ""
        try:
            if text.strip().startswith("/"):
                self.act(text.strip().removeprefix("/"))
            elif self.talking is not None and self.talking.ready:
                self.talking.ask(text)
            else:
                self.session.say(text)
        except AvatarError as error:
            self.window.message = str(error)

    def act(self, name: str) -> None:
        """Make a gesture or take on an emotion; ConfigError for a name that is neither."""
        if name.strip().lower() in EMOTIONS:
            self._set(emotion=name.strip().lower())
        else:
            self.session.gesture(name)

    def take(self, path: Path) -> None:
        """A file dropped in: a figure takes the stage, a picture or video the background."""
        try:
            if path.suffix.lower() in _BACKDROPS:
                self._set(background=str(path))
            else:
                performer = self.session.replace_figure(0, path)
                self.session.config = self.config.with_values({"figure": str(path)})
                name = performer.character.meta.name or path.stem
                self.window.message = tr("figure_takes_stage", name=name)
        except AvatarError as error:
            self.window.message = str(error)

    def _set(self, **values: Any) -> None:
        self.session.configure(**values)

    def push_to_talk(self) -> None:
        """The talk key: a turn begins, or it is over."""
        if self.talking is not None:
            self.talking.push_to_talk()

    def toggle_help(self) -> None:
        self.help = not self.help

    def next_view(self) -> None:
        self._set(view=_after(VIEWS, self.config.view))

    def next_emotion(self) -> None:
        self._set(emotion=_after(list(EMOTIONS), self.config.emotion))
        self.window.message = self.config.emotion

    def next_gesture(self) -> None:
        self._gesture = _after(GESTURES, self._gesture)
        self.session.gesture(self._gesture)
        self.window.message = self._gesture

    def next_background(self) -> None:
        self._set(background=_after(BACKGROUNDS, self.config.background))

    def next_figure(self) -> None:
        name = _after(list(figures()), self.config.figure)
        self.take(figures()[name])
        self.session.config = self.config.with_values({"figure": name})

    def toggle_captions(self) -> None:
        self._set(captions=not self.config.captions)

    def screenshot(self) -> None:
        """Keep a picture of what the window shows."""
        self.window.screenshot()

    def layers(self) -> Sequence[Layer]:
        """The input line, the status and the keys."""
        size = self.session.stage.size
        rows: list[Layer] = []
        if self.pet and not self.typed and self.talking is None:
            return rows
        rows.append(line("input", f"› {self.typed}▏" if self.typed else "› ", size, 0))
        lines: list[tuple[str, str]] = []
        if self.talking is not None:
            lines.append(("talk", self.talking.status()))
        if self.window.message:
            lines.append(("status", self.window.message))
        elif self.help and self.talking is None:
            lines.append(("keys", tr("host_keys")))
        rows += [line(key, text, size, 1 + i, bright=False) for i, (key, text) in enumerate(lines)]
        return rows

    def read_terminal(self) -> None:
        """Say the lines that came in on standard input."""
        while True:
            try:
                self.speak(self._lines.get_nowait())
            except Empty:
                return

    def _listen(self) -> None:
        for text in sys.stdin:
            self._lines.put(text)

    def _warm_up(self) -> None:
        """Load the voice before the first line; a failure is told when a line is spoken."""
        with contextlib.suppress(AvatarError):
            self.session.voice()

    def _announce(self) -> None:
        if self.window.message:
            click.echo(self.window.message, err=True)
        click.echo(tr("host_keys"), err=True)


_KEYS: Final = {
    "f1": "toggle_help",
    "f2": "next_view",
    "f3": "next_emotion",
    "f4": "next_background",
    "f5": "next_figure",
    "f6": "toggle_captions",
    "f7": "next_gesture",
    "f8": "push_to_talk",
    "f12": "screenshot",
}


def _after(known: Sequence[str], current: str) -> str:
    """The one after ``current`` in a cycle."""
    return known[(known.index(current) + 1) % len(known)] if current in known else known[0]
