"""Where pictures are made: an offscreen context, the peer of ``window.WindowSurface``.

Every surface has ``.ctx`` (an OpenGL 3.3 core context, current on the calling thread) and
``.close()``. Which ways to make an offscreen context exist on a platform, and in which order
they are tried, is the pure function :func:`backends`.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

import moderngl

from avatar.errors import NoGL
from avatar.render.osmesa import has_osmesa, osmesa_context

APT_LINE: Final = "apt install libegl1 libgl1 libgl1-mesa-dri"
"""What a bare Debian or Ubuntu needs to draw without a screen."""

_GL_LIBRARIES: Final[Mapping[str, tuple[str, ...]]] = {
    "win32": ("opengl32",),
    "darwin": ("/System/Library/Frameworks/OpenGL.framework/OpenGL",),
    "linux": ("libGL.so.1", "libOpenGL.so.0"),
}


class Surface(Protocol):
    """A place to draw."""

    @property
    def ctx(self) -> moderngl.Context:
        """OpenGL 3.3 core context."""
        ...

    def use(self) -> None:
        """Make its context the thread's current one; free when it is already."""
        ...

    def close(self) -> None: ...


class _Current:
    """Which surface's context is current on the drawing thread."""

    surface: Surface | None = None


def made_current(surface: Surface | None) -> None:
    """Note that a context has just been made current (or that none is)."""
    _Current.surface = surface


def is_current(surface: Surface) -> bool:
    """Whether it was the last to be made current."""
    return _Current.surface is surface


class OffscreenSurface:
    """A context without a window."""

    def __init__(self, ctx: moderngl.Context, backend: str) -> None:
        self.ctx = ctx
        self.backend = backend
        """Name of the way it was made, one of :func:`backends`."""
        made_current(self)

    def use(self) -> None:
        if not is_current(self):
            self.ctx.__enter__()
            made_current(self)

    def close(self) -> None:
        self.use()
        self.ctx.release()
        made_current(None)


def backends(platform: str, env: Mapping[str, str], osmesa: bool) -> tuple[str, ...]:
    """Ways to make an offscreen context on ``sys.platform``, in the order to try them.

    ``env`` are the environment variables, ``osmesa`` whether the OSMesa wheel is installed.
    """
    if not platform.startswith("linux"):
        return ("native",)
    display = ("x11",) if env.get("DISPLAY") else ()
    return ("egl", *display, *(("osmesa",) if osmesa else ()))


def _create(backend: str) -> moderngl.Context:
    if backend == "osmesa":
        create: Any = moderngl.create_context
        own = osmesa_context()
        ctx: moderngl.Context = create(require=330, context=own)
        ctx.extra = {"finish": own.finish}
        return ctx
    options: dict[str, Any] = {
        "egl": {"backend": "egl", "libgl": "libGL.so.1", "libegl": "libEGL.so.1"},
        "x11": {"libgl": "libGL.so.1", "libx11": "libX11.so.6"},
    }.get(backend, {})
    return moderngl.create_context(standalone=True, require=330, **options)


def offscreen() -> OffscreenSurface:
    """Make a context without a window; raises NoGL saying what was tried and what to do."""
    tried: list[str] = []
    for backend in backends(sys.platform, os.environ, has_osmesa()):
        try:
            return OffscreenSurface(_create(backend), backend)
        except Exception as error:  # drivers fail in many types; all of them are named below
            tried.append(f"{backend} ({str(error).splitlines()[0] if str(error) else error!r})")
    raise NoGL(f"no OpenGL 3.3: tried {', '.join(tried)}; {_remedy(sys.platform)}")


def _remedy(platform: str) -> str:
    if platform.startswith("linux"):
        return f"{APT_LINE}, or pip install lavavu-osmesa"
    return "update the graphics driver"


def is_software(renderer: str) -> bool:
    """Whether a ``GL_RENDERER`` string is that of a CPU rasteriser."""
    return any(word in renderer.lower() for word in ("llvmpipe", "softpipe", "swr", "software"))


def finisher(ctx: moderngl.Context) -> Callable[[], object]:
    """Waits until a context has drawn everything; without the GIL where that can be done."""
    own: Callable[[], object] | None = (ctx.extra or {}).get("finish")
    return own or gl_call("glFinish") or ctx.finish


def flusher(ctx: moderngl.Context) -> Callable[[], object] | None:
    """Starts on what a context was told to draw; None where there is no such plain call."""
    return None if "finish" in (ctx.extra or {}) else gl_call("glFlush")


def release_thread(platform: str = sys.platform) -> None:
    """Let go of the thread's EGL context, so that a window's GLX context can become current.

    Linux refuses to have one of each on a thread; ``ctx.__enter__()`` takes the first up again.
    """
    if platform.startswith("linux"):
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL("libEGL.so.1").eglReleaseThread()


def gl_call(name: str, platform: str = sys.platform) -> Callable[[], object] | None:
    """``glFinish`` or ``glFlush`` as a plain C call, which lets go of the GIL while it waits.

    ``moderngl.Context.finish`` keeps the GIL, so other threads (speech, sound) would stand
    still for the whole frame. None where the system library has another name.
    """
    loader: Any = ctypes.WinDLL if platform == "win32" else ctypes.CDLL  # pyright: ignore
    for library in _GL_LIBRARIES.get("linux" if platform.startswith("linux") else platform, ()):
        try:
            function = getattr(loader(library), name)
        except (OSError, AttributeError):
            continue
        function.restype = None
        return function
    return None
