"""``avatar model edit``: a recipe's terms as sliders beside the person they make."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from avatar.apps.live import LiveWindow
from avatar.apps.messages import tr
from avatar.apps.model import character
from avatar.character.character import Character
from avatar.clock import MonotonicClock
from avatar.config import VIEWS, Config
from avatar.devices.audio import SilentSpeaker
from avatar.errors import AvatarError, ConfigError
from avatar.modelling import schema
from avatar.modelling.bake import PREVIEW, Detail
from avatar.modelling.recipe import parse_recipe, read_tables
from avatar.modelling.recipe_write import with_values, write_text
from avatar.modelling.sources import Sources
from avatar.output.png import write_png
from avatar.output.provenance import Provenance
from avatar.render.events import Event, KeyPressed, MouseDragged, MousePressed, MouseScrolled
from avatar.render.hud import bars, line
from avatar.render.overlay import Layer
from avatar.runtime.manual import ManualDriver
from avatar.runtime.session import Session

ROWS: Final = 16
"""Terms listed at once."""
STEPS: Final = 20
"""Steps of a slider from end to end."""

Place = tuple[str, str]
"""Table and key."""


class Draft:
    """A recipe file being changed: its values, its undo list, its figure."""

    def __init__(self, path: Path) -> None:
        self.path = path
        read_tables(path)
        self.text = path.read_text(encoding="utf-8")
        self._undo: list[str] = []
        self.sources = Sources()

    @property
    def tables(self) -> dict[str, Any]:
        """The recipe as it stands."""
        return tomllib.loads(self.text)

    def value(self, place: Place) -> Any:
        """What a key says, or what its absence means."""
        table, key = place
        return self.tables.get(table, {}).get(key, schema.TABLES[table][key].start)

    def set(self, changes: Mapping[Place, Any]) -> None:
        """Change keys and write the file; raises ConfigError and changes nothing if one is
        wrong."""
        text = with_values(self.text, changes)
        parse_recipe(tomllib.loads(text), self.path.stem, str(self.path))
        self._undo.append(self.text)
        self._write(text)

    def undo(self) -> bool:
        """Take the last change back; False where there is none."""
        if not self._undo:
            return False
        self._write(self._undo.pop())
        return True

    def _write(self, text: str) -> None:
        write_text(self.path, text)
        self.text = text

    def figure(self, detail: Detail = PREVIEW) -> Character:
        """Bake the recipe as it stands."""
        recipe = parse_recipe(self.tables, self.path.stem, str(self.path))
        return character(recipe, self.sources, detail)


def assignments(pairs: Sequence[str]) -> dict[Place, Any]:
    """``table.key=value`` settings; raises ConfigError."""
    changes: dict[Place, Any] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        table, dot, key = name.strip().partition(".")
        if not equals or not dot:
            raise ConfigError(f"--set {pair!r}: write it like face.eye_size=0.3")
        if table not in schema.TABLES:
            raise ConfigError(f"--set {pair!r}: {schema.near(table, schema.TABLES)}")
        try:
            changes[table, key] = tomllib.loads(f"v = {text}")["v"]
        except tomllib.TOMLDecodeError:
            changes[table, key] = text.strip()
    return changes


def edit(path: Path, changes: Mapping[Place, Any], shot: Path | None, config: Config) -> None:
    """Apply ``changes``; then show the editor until it is closed, or write one picture."""
    draft = Draft(path)
    if changes:
        draft.set(changes)
    if shot is None:
        _run(Editor(draft, config))
        return
    with Session(draft.figure(), config=config.with_values({"label": False})) as session:
        session.performers[0].add(ManualDriver({"eyeBlinkLeft": 0.0, "eyeBlinkRight": 0.0}))
        session.settle()
        write_png(shot, session.frame().pixels, Provenance(config.provider))


def _run(editor: Editor) -> None:
    try:
        while editor.step():
            pass
    except KeyboardInterrupt:
        pass
    finally:
        editor.close()


class Editor:
    """The window: sliders at the right, the person at the left, baked again after a change."""

    def __init__(self, draft: Draft, config: Config, *, visible: bool = True) -> None:
        self.draft = draft
        self.places = [(table, key) for table, keys in schema.TABLES.items() for key in keys]
        self.chosen = 0
        self._box = (0, 0, 0, 1)
        self._pending: dict[Place, Any] = {}
        self._stale = False
        self._baker = ThreadPoolExecutor(1, "bake")
        self._baking: Future[Character] | None = None
        figure = draft.figure()
        speaker = SilentSpeaker(MonotonicClock())
        self.window = LiveWindow(
            config=config.with_values({"label": False, "figure": "mei"}),
            speaker=speaker, visible=visible,
        )  # fmt: skip
        self.window.on_event, self.window.layers = self.handle, self.layers
        self.window.session.replace_figure(0, figure)

    def step(self) -> bool:
        """Draw one frame; False once the window is closed."""
        self._apply()
        self._collect()
        return self.window.step()

    def close(self) -> None:
        """Write what is pending and close the window."""
        self._apply()
        self._baker.shutdown(cancel_futures=True)
        self.window.close()

    def _apply(self) -> None:
        """Write changes; a drag across many values between two frames is one change."""
        if not self._pending:
            return
        changes, self._pending = self._pending, {}
        try:
            self.draft.set(changes)
        except AvatarError as error:
            self.window.message = str(error)
            return
        self.window.message = ""
        self._stale = True

    def _collect(self) -> None:
        """Show a figure that is ready; bake the next one if the recipe has changed since."""
        if self._baking is not None and self._baking.done():
            try:
                self.window.session.replace_figure(0, self._baking.result())
            except AvatarError as error:
                self.window.message = str(error)
            self._baking = None
        if self._stale and self._baking is None:
            self._stale = False
            self._baking = self._baker.submit(self.draft.figure)

    def value(self, place: Place) -> Any:
        """A key's value with what is pending."""
        return self._pending[place] if place in self._pending else self.draft.value(place)

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
            case _:
                pass

    def _key(self, name: str) -> None:
        place = self.places[self.chosen]
        if name in ("up", "down"):
            self._move(1 if name == "down" else -1)
        elif name in ("left", "right"):
            self._pending[place] = stepped(place, self.value(place), 1 if name == "right" else -1)
        elif name in ("1", "2", "3", "4"):
            self.window.session.configure(view=VIEWS[int(name) - 1])
            self.window.session.stage.frame()
        elif name == "z" and self.draft.undo():
            self._stale = True
        elif name == "f12":
            self.window.screenshot()

    def _move(self, by: int) -> None:
        self.chosen = (self.chosen + by) % len(self.places)

    def _first(self) -> int:
        return min(max(self.chosen - ROWS // 2, 0), max(len(self.places) - ROWS, 0))

    def _grab(self, x: float, y: float) -> bool:
        """Set the slider under the mouse; False where there is none."""
        left, top, width, row = self._box
        index = self._first() + int((y - top) // row)
        if not (left <= x <= left + width and top <= y < top + ROWS * row):
            return False
        self.chosen = min(index, len(self.places) - 1)
        place = self.places[self.chosen]
        self._pending[place] = at_share(place, (x - left) / width)
        return True

    def layers(self) -> Sequence[Layer]:
        """The sliders and the keys."""
        size = self.window.session.stage.size
        first = self._first()
        rows = [label_and_share(place, self.value(place))
                for place in self.places[first : first + ROWS]]  # fmt: skip
        layer, self._box = bars("terms", rows, self.chosen - first, size, figures=False)
        margin = self._box[1]
        self.window.session.stage.leave((size[0] - self._box[0] + margin) / size[0])
        busy = tr("model_baking") if self._baking is not None else tr("model_keys")
        text = self.window.message or busy
        return [line("keys", text, size, 0, bright=False), layer]


def label_and_share(place: Place, value: Any) -> tuple[str, float]:
    """A slider's text and how far it is filled, 0..1."""
    table, name = place
    key = schema.TABLES[table][name]
    if isinstance(key, schema.Number) and isinstance(value, int | float):
        return f"{name}  {value:g}", (value - key.low) / (key.high - key.low)
    names = _names(key)
    share = names.index(value) / max(len(names) - 1, 1) if value in names else 0.0
    return f"{name}  {value}", share


def at_share(place: Place, share: float) -> Any:
    """The value at a place 0..1 along a slider."""
    table, name = place
    key = schema.TABLES[table][name]
    share = min(max(share, 0.0), 1.0)
    if isinstance(key, schema.Number):
        value = key.low + share * (key.high - key.low)
        return round(value) if key.high - key.low > 10 else round(value, 2)
    names = _names(key)
    return names[round(share * (len(names) - 1))]


def stepped(place: Place, value: Any, by: int) -> Any:
    """The value a step further."""
    table, name = place
    key = schema.TABLES[table][name]
    if isinstance(key, schema.Number) and isinstance(value, int | float):
        step = max((key.high - key.low) / STEPS, 1.0) if key.high - key.low > 10 else (
            key.high - key.low) / STEPS  # fmt: skip
        return at_share(place, (value + by * step - key.low) / (key.high - key.low))
    names = _names(key)
    at = names.index(value) if value in names else 0
    return names[(at + by) % len(names)]


def _names(key: schema.Key) -> list[str]:
    if isinstance(key, schema.Number):
        return []
    return [name for name in key.names if name != "0..1"]
