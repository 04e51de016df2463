"""Keep a window above the others: pyglet has no call for it that leaves the mouse working."""

from __future__ import annotations

import ctypes
from typing import Any, Final, Literal

_NET_WM_STATE_ADD: Final = 1
_SUBSTRUCTURE: Final = (1 << 19) | (1 << 20)
_CLIENT_MESSAGE: Final = 33
_NS_FLOATING_LEVEL: Final = 3
_HWND_TOPMOST: Final = -1
_NO_MOVE_SIZE: Final = 0x0001 | 0x0002


def way(platform: str) -> Literal["x11", "win32", "cocoa"]:
    """Which window system ``sys.platform`` has."""
    if platform == "win32":
        return "win32"
    return "cocoa" if platform == "darwin" else "x11"


def keep_on_top(window: Any, platform: str) -> None:
    """Ask the window system to keep a pyglet window above the others."""
    {"x11": _x11, "win32": _win32, "cocoa": _cocoa}[way(platform)](window)


def _x11(window: Any) -> None:
    """Extended Window Manager Hints: ``_NET_WM_STATE_ABOVE``."""
    from pyglet.libs.x11 import xlib

    display, handle = window._x_display, window._window
    event = xlib.XEvent()
    message = event.xclient
    message.type = _CLIENT_MESSAGE
    message.window = handle
    message.message_type = xlib.XInternAtom(display, b"_NET_WM_STATE", False)
    message.format = 32
    message.data.l[0] = _NET_WM_STATE_ADD
    message.data.l[1] = xlib.XInternAtom(display, b"_NET_WM_STATE_ABOVE", False)
    root = xlib.XRootWindow(display, window._x_screen_id)
    xlib.XSendEvent(display, root, False, _SUBSTRUCTURE, ctypes.byref(event))
    xlib.XFlush(display)


def _win32(window: Any) -> None:
    user32: Any = ctypes.windll.user32  # pyright: ignore
    user32.SetWindowPos(
        ctypes.c_void_p(window._hwnd), ctypes.c_void_p(_HWND_TOPMOST), 0, 0, 0, 0, _NO_MOVE_SIZE
    )


def _cocoa(window: Any) -> None:
    window._nswindow.setLevel_(_NS_FLOATING_LEVEL)
