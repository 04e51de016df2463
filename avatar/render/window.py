"""A window to draw in, the peer of ``surface.offscreen``: pyglet's, with plain events."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import moderngl

from avatar.errors import NoGL
from avatar.plugins import require
from avatar.render.events import (
    Closed,
    Event,
    FilesDropped,
    KeyPressed,
    MouseDragged,
    MousePressed,
    MouseScrolled,
    Resized,
    TextTyped,
)
from avatar.render.ontop import keep_on_top
from avatar.render.post import texture_of
from avatar.render.shader import Programs
from avatar.render.surface import is_current, made_current, release_thread

_BUTTONS: Final = {1: "left", 2: "middle", 4: "right"}


def has_display(platform: str, env: Mapping[str, str]) -> bool:
    """Whether a window can be opened on ``sys.platform`` with these environment variables."""
    return not platform.startswith("linux") or bool(env.get("DISPLAY"))


class WindowSurface:
    """A window with an OpenGL 3.3 core context.

    ``transparent`` lets the desktop show through, ``borderless`` has no frame, ``on_top`` stays
    above other windows: together a desktop pet. Raises NoGL without a display, MissingExtra
    without pyglet.
    """

    def __init__(
        self,
        size: tuple[int, int] = (1280, 720),
        title: str = "avatar",
        *,
        visible: bool = True,
        resizable: bool = True,
        transparent: bool = False,
        borderless: bool = False,
        on_top: bool = False,
    ) -> None:
        if not has_display(sys.platform, os.environ):
            raise NoGL("no display for a window: start a desktop (or xvfb-run), or write a file")
        self._events: list[Event] = []
        release_thread()
        self._window: Any = _open(
            size,
            title,
            visible=visible,
            resizable=resizable and not borderless,
            style=_style(transparent, borderless),
            alpha=transparent,
        )
        self.ctx: moderngl.Context = moderngl.create_context(require=330)
        made_current(self)
        self.closed = False
        self._programs = Programs(self.ctx)
        self._array: moderngl.VertexArray | None = None
        self._listen()
        if on_top:
            keep_on_top(self._window, sys.platform)

    @property
    def size(self) -> tuple[int, int]:
        """Size of the framebuffer, px."""
        width, height = self._window.get_framebuffer_size()
        return int(width), int(height)

    def use(self) -> None:
        """Make its context the thread's current one."""
        if not is_current(self):
            release_thread()
        self._window.switch_to()
        made_current(self)

    def poll(self) -> list[Event]:
        """What happened since the last call; never waits."""
        self.use()
        self._window.dispatch_events()
        events, self._events = self._events, []
        return events

    def present(self, picture: moderngl.Framebuffer) -> None:
        """Show a finished picture (``Renderer.target``, top row first), fitted and centred."""
        width, height = self.size
        scale = min(width / picture.width, height / picture.height)
        w, h = round(picture.width * scale), round(picture.height * scale)
        screen = self.ctx.screen
        screen.use()
        self.ctx.enable_only(moderngl.NOTHING)
        screen.viewport = (0, 0, width, height)
        screen.clear(0.0, 0.0, 0.0, 0.0)
        screen.viewport = ((width - w) // 2, (height - h) // 2, w, h)
        texture_of(picture).use(0)
        array = self._presenter()
        array.program["source"] = 0
        array.render(moderngl.TRIANGLES, vertices=3)
        self._window.flip()

    def _presenter(self) -> moderngl.VertexArray:
        if self._array is None:
            program = self._programs.get(
                "background_fill.vert", "post_scale.frag", {"TOP_IS_UP": "1"}
            )
            self._array = self.ctx.vertex_array(program, [])
        return self._array

    def resize(self, size: tuple[int, int]) -> None:
        """Ask for another size, in window units."""
        self._window.set_size(*size)

    def move_by(self, dx: float, dy: float) -> None:
        """Move the window, for dragging one without a frame; ``dy`` is down."""
        x, y = self._window.get_location()
        self._window.set_location(round(x + dx), round(y + dy))

    def set_title(self, title: str) -> None:
        self._window.set_caption(title)

    def set_fullscreen(self, on: bool) -> None:
        self._window.set_fullscreen(on)

    def show(self) -> None:
        """Make a window that was opened hidden visible."""
        self._window.set_visible(True)

    def close(self) -> None:
        self.use()
        if self._array is not None:
            self._array.release()
            self._array = None
        self._programs.close()
        self._window.close()
        made_current(None)
        self.closed = True

    def _listen(self) -> None:
        self._listen_to_keys()
        self._listen_to_mouse()
        self._listen_to_desktop()

    def _listen_to_keys(self) -> None:
        from pyglet.window import key

        names = key._key_names  # pyright: ignore[reportPrivateUsage]

        def on_key_press(symbol: int, modifiers: int) -> bool:
            self._put(KeyPressed(key_name(names.get(symbol, "")), _modifiers(key, modifiers)))
            return True

        def on_text(text: str) -> None:
            if text.isprintable():
                self._put(TextTyped(text))

        self._window.push_handlers(on_key_press, on_text)

    def _listen_to_mouse(self) -> None:
        window, put = self._window, self._put

        def on_mouse_press(x: float, y: float, button: int, _modifiers: int) -> None:
            put(MousePressed(x, window.height - y, _BUTTONS.get(button, "left")))

        def on_mouse_drag(
            x: float, y: float, dx: float, dy: float, buttons: int, _modifiers: int
        ) -> None:
            button = next((name for bit, name in _BUTTONS.items() if buttons & bit), "left")
            put(MouseDragged(x, window.height - y, dx, -dy, button))

        def on_mouse_scroll(x: float, y: float, _sx: float, sy: float) -> None:
            put(MouseScrolled(x, window.height - y, sy))

        window.push_handlers(on_mouse_press, on_mouse_drag, on_mouse_scroll)

    def _listen_to_desktop(self) -> None:
        def on_resize(_width: int, _height: int) -> None:
            self._put(Resized(*self.size))

        def on_file_drop(_x: int, _y: int, paths: Sequence[str]) -> None:
            self._put(FilesDropped(tuple(Path(p) for p in paths)))

        def on_close() -> bool:
            self.closed = True
            self._put(Closed())
            return True

        self._window.push_handlers(on_resize, on_file_drop, on_close)

    def _put(self, event: Event) -> None:
        self._events.append(event)


def key_name(symbol: str) -> str:
    """pyglet's key constant (``_1``, ``NUM_1``, ``ENTER``, ``F5``) as KeyPressed names it."""
    name = symbol.removeprefix("NUM_").removeprefix("_").lower()
    return {"enter": "return", "bracketleft": "[", "bracketright": "]"}.get(name, name)


def _modifiers(key: Any, bits: int) -> frozenset[str]:
    table = {
        "shift": key.MOD_SHIFT,
        "ctrl": key.MOD_CTRL,
        "alt": key.MOD_ALT | key.MOD_OPTION,
        "command": key.MOD_COMMAND if sys.platform == "darwin" else key.MOD_WINDOWS,
    }
    return frozenset(name for name, bit in table.items() if bits & bit)


def _style(transparent: bool, borderless: bool) -> str | None:
    if transparent:
        return "transparent"
    return "borderless" if borderless else None


def _open(
    size: tuple[int, int],
    title: str,
    *,
    visible: bool,
    resizable: bool,
    style: str | None,
    alpha: bool,
) -> Any:
    pyglet = require("pyglet", extra="window", for_what="a window")
    pyglet.options["shadow_window"] = False
    pyglet.options["debug_gl"] = False
    try:
        from pyglet import gl, window

        config = gl.Config(
            major_version=3,
            minor_version=3,
            double_buffer=True,
            depth_size=0,
            alpha_size=8 if alpha else 0,
        )
        return window.Window(
            *size,
            caption=title,
            visible=visible,
            resizable=resizable,
            style=style,
            config=config,
            vsync=True,
            file_drops=True,
        )
    except Exception as error:  # pyglet raises a different type on each platform
        raise NoGL(f"no window ({error}): update the graphics driver, or write a file") from None
