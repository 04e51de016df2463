"""OpenGL by Mesa's CPU rasteriser without any system library, from the ``lavavu-osmesa`` wheel."""

from __future__ import annotations

import ctypes
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

_RGBA: Final = 0x1908
_UNSIGNED_BYTE: Final = 0x1401
_ATTRIBUTES: Final = (
    (0x22, _RGBA),  # OSMESA_FORMAT
    (0x30, 24),  # OSMESA_DEPTH_BITS
    (0x33, 0x34),  # OSMESA_PROFILE, OSMESA_CORE_PROFILE
    (0x36, 3),  # OSMESA_CONTEXT_MAJOR_VERSION
    (0x37, 3),  # OSMESA_CONTEXT_MINOR_VERSION
)


def _library() -> Path | None:
    spec = find_spec("lavavu")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        roots = (Path(folder), Path(folder).parent / "lavavu_osmesa.libs")
        for root in roots:
            found = sorted(root.glob("**/libOSMesa*.so*"))
            if found:
                return found[0]
    return None


def has_osmesa() -> bool:
    """Whether the wheel is installed."""
    return _library() is not None


def _open(library: Path) -> ctypes.CDLL:
    """Load a library of the wheel after those beside it that it names and the loader misses."""
    while True:
        try:
            return ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)
        except OSError as error:
            missing = library.parent / str(error).partition(":")[0]
            if missing == library or not missing.is_file():
                raise
            _open(missing)


class OSMesaContext:
    """What moderngl asks of a context object, over a one-pixel OSMesa buffer."""

    def __init__(self, library: Path) -> None:
        self._mesa: Any = _open(library)
        self._mesa.OSMesaCreateContextAttribs.restype = ctypes.c_void_p
        self._mesa.OSMesaGetProcAddress.restype = ctypes.c_void_p
        values = [value for pair in _ATTRIBUTES for value in pair]
        attributes = (ctypes.c_int * (len(values) + 1))(*values, 0)
        handle = self._mesa.OSMesaCreateContextAttribs(attributes, None)
        if not handle:
            raise OSError("OSMesa made no OpenGL 3.3 context")
        self._handle = ctypes.c_void_p(handle)
        self._pixels = (ctypes.c_ubyte * 4)()
        self.__enter__()

    def load_opengl_function(self, name: str) -> int:
        """Address of a GL function, 0 if there is none."""
        return self._mesa.OSMesaGetProcAddress(name.encode()) or 0

    load = load_opengl_function

    def finish(self) -> None:
        """``glFinish`` of this library, without the GIL."""
        ctypes.CFUNCTYPE(None)(self.load_opengl_function("glFinish"))()

    def __enter__(self) -> OSMesaContext:
        self._mesa.OSMesaMakeCurrent(self._handle, self._pixels, _UNSIGNED_BYTE, 1, 1)
        return self

    def __exit__(self, *error: object) -> None:
        """The context stays current: there is only one."""

    def release(self) -> None:
        self._mesa.OSMesaDestroyContext(self._handle)


def osmesa_context() -> OSMesaContext:
    """Make a context current; raises OSError when the wheel is not there or too old."""
    library = _library()
    if library is None:
        raise OSError("the package lavavu-osmesa is not installed")
    return OSMesaContext(library)
