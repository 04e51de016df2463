"""The C library's heap on Linux: memory that was freed goes back to the system.

Pictures and shader compilers leave tens of megabytes behind that glibc would keep for later; on
a small machine the peak of the process is what counts. Other systems need and get nothing.
"""

from __future__ import annotations

import ctypes
import sys
from typing import Any, Final

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_LARGE: Final = 4 << 20
"""Bytes from which a block is a mapping of its own: pictures are, frames of 1080p are not."""


def _heap(platform: str) -> Any:
    if not platform.startswith("linux"):
        return None
    try:
        library = ctypes.CDLL("libc.so.6")
        return library if hasattr(library, "malloc_trim") else None
    except OSError:  # another C library
        return None


def lean(platform: str = sys.platform) -> bool:
    """Keep large blocks apart from now on, and few heaps; whether that could be done."""
    heap = _heap(platform)
    if heap is None:
        return False
    # with a fixed limit glibc would otherwise give the heap's end back, and take it, every frame
    options = ((_M_MMAP_THRESHOLD, _LARGE), (_M_TRIM_THRESHOLD, 8 * _LARGE), (_M_ARENA_MAX, 2))
    return all(heap.mallopt(*option) for option in options)


def trim(platform: str = sys.platform) -> bool:
    """Hand back what is free now; whether anything was."""
    heap = _heap(platform)
    return heap is not None and bool(heap.malloc_trim(0))
