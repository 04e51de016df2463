"""A figure's picture: its pixels while they are needed, the file it came in afterwards."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray


class Image:
    """A picture, kept decoded until :meth:`release`, then decoded anew when asked for."""

    __slots__ = ("_again", "_pixels", "name", "size")

    def __init__(
        self,
        name: str,
        pixels: NDArray[np.uint8],
        again: Callable[[], NDArray[np.uint8]] | None = None,
    ) -> None:
        """``again`` decodes the same pixels once more; without it they are never let go."""
        self.name = name
        self.size: tuple[int, int] = (pixels.shape[1], pixels.shape[0])
        """Width and height, px."""
        self._pixels: NDArray[np.uint8] | None = pixels
        self._again = again

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """uint8[height, width, 4], straight alpha, top row first (glTF's UV origin)."""
        if self._pixels is None:
            assert self._again is not None
            self._pixels = self._again()
        return self._pixels

    def release(self) -> None:
        """Let go of the decoded pixels, once a copy of them is in GPU memory."""
        if self._again is not None:
            self._pixels = None
