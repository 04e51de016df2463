"""Triangles handed to the driver a few thousand at a time.

A software rasteriser prepares vertices on the calling thread and fills pixels on threads of its
own, but only from a flush on: without one inside a frame, each waits for the other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import moderngl

BATCH: Final = 8000
"""Triangles between flushes; fewer cost more flushes than they gain, more overlap less."""


class Batches:
    """Draws index ranges; ``flush`` is called every BATCH triangles, None where the driver
    sees to it itself."""

    def __init__(self, flush: Callable[[], object] | None = None) -> None:
        self._flush = flush
        self._waiting = 0

    def render(self, array: moderngl.VertexArray, first: int, count: int) -> None:
        """Draw ``count`` indices from ``first`` on as triangles, in order."""
        if self._flush is None:
            array.render(moderngl.TRIANGLES, vertices=count, first=first)
            return
        for at in range(first, first + count, 3 * BATCH):
            part = min(3 * BATCH, first + count - at)
            array.render(moderngl.TRIANGLES, vertices=part, first=at)
            self._waiting += part // 3
            if self._waiting >= BATCH:
                self._flush()
                self._waiting = 0
