"""Pictures of a glTF file: PNG, JPEG and WebP, decoded in parallel within a memory limit."""

from __future__ import annotations

import io
import os
import struct
import warnings
import zlib
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from avatar.character.character import Image
from avatar.character.container import Container
from avatar.character.json_view import View
from avatar.errors import MissingAsset

MAX_SIDE: Final = 8192
"""Largest width or height accepted, px."""
MAX_KEPT_SIDE: Final = 4096
"""Larger pictures are reduced to this, px."""
MAX_KEPT: Final = 300 << 20
"""Bytes all pictures of a figure may take as RGBA; beyond it the largest are halved."""
MAX_PIXELS: Final = 400_000_000
"""Pixels decoded for one figure."""

_LARGE: Final = 4096 * 4096
"""Pixels above which pictures are decoded one at a time, to save memory."""
_one_large: Final = Lock()
_FORMATS: Final = ("PNG", "JPEG", "WEBP")
_DAMAGE: Final = (
    OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, struct.error, zlib.error,
)  # fmt: skip
"""What Pillow raises on damaged files."""


@dataclass(frozen=True, slots=True)
class _Opened:
    name: str
    view: View
    picture: Pillow.Image
    data: bytes
    """The file it is decoded from."""


class Images:
    """Collects the images that are used, in order of first use, and decodes them.

    A context manager: leaving it ends the threads that decode.
    """

    def __init__(self, container: Container) -> None:
        self.container = container
        self.views = container.root.children("images")
        self._opened: list[_Opened] = []
        self._known: dict[int, int] = {}
        self._pixels = 0
        self._limit = MAX_KEPT_SIDE
        self._pool = ThreadPoolExecutor(min(4, os.cpu_count() or 1))
        self._begun: list[Future[NDArray[np.uint8] | None]] = []

    def __enter__(self) -> Images:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def use(self, index: int) -> int:
        """Index into Character.images of the file's image ``index``; -1 if it cannot be had."""
        if index not in self._known:
            opened = self._open(self.views[index])
            self._known[index] = -1 if opened is None else len(self._opened)
            if opened is not None:
                self._opened.append(opened)
        return self._known[index]

    def begin(self) -> None:
        """Start decoding the pictures used so far while the caller goes on."""
        self._limit = self._side_limit()
        self._submit()

    def finish(self) -> tuple[Image, ...]:
        """All the pictures used, as RGBA."""
        self._submit()
        return tuple(
            self._image(opened, future.result())
            for opened, future in zip(self._opened, self._begun, strict=True)
        )

    def _image(self, opened: _Opened, pixels: NDArray[np.uint8] | None) -> Image:
        if pixels is None:
            opened.view.warn("the picture is damaged, drawn white")
            return Image(opened.name, _white())
        return Image(opened.name, _frozen(pixels), partial(_again, opened.data, self._limit))

    def _submit(self) -> None:
        for opened in self._opened[len(self._begun) :]:
            self._begun.append(self._pool.submit(_decode, opened.picture, self._limit))

    def _open(self, view: View) -> _Opened | None:
        try:
            data = self._bytes(view)
        except MissingAsset as error:
            view.warn(f"the picture is missing, drawn white ({error})")
            return None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", Pillow.DecompressionBombWarning)
                picture = Pillow.open(io.BytesIO(data), formats=_FORMATS)
        except (Pillow.DecompressionBombError, Pillow.DecompressionBombWarning):
            raise view.error(f"a picture larger than {MAX_SIDE} x {MAX_SIDE}") from None
        except _DAMAGE:
            view.warn("not a PNG, JPEG or WebP picture, drawn white")
            return None
        self._check_size(picture, view)
        return _Opened(view.text("name", ""), view, picture, data)

    def _bytes(self, view: View) -> bytes:
        if view.has("uri"):
            return self.container.read_uri(view.text("uri"), view)
        index = view.index("bufferView", self.container.view_count)
        return self.container.buffer_view(index)[0].tobytes()

    def _check_size(self, picture: Pillow.Image, view: View) -> None:
        width, height = picture.size
        self._pixels += width * height
        if max(width, height) > MAX_SIDE:
            raise view.error(f"{width} x {height}: a picture larger than {MAX_SIDE} x {MAX_SIDE}")
        if self._pixels > MAX_PIXELS:
            raise view.error("the figure's pictures have too many pixels in all")

    def _side_limit(self) -> int:
        limit = MAX_KEPT_SIDE
        while sum(_kept_bytes(opened.picture.size, limit) for opened in self._opened) > MAX_KEPT:
            limit //= 2
        for opened in self._opened:
            if max(opened.picture.size) > limit:
                opened.view.warn(f"the picture is reduced to {limit} px to save memory")
        return limit


def _kept_bytes(size: tuple[int, int], limit: int) -> int:
    factor = _factor(size, limit)
    return 4 * -(-size[0] // factor) * -(-size[1] // factor)


def _factor(size: tuple[int, int], limit: int) -> int:
    """By what whole number a picture is divided to have no side above the limit."""
    return -(-max(size) // limit)


def _decode(picture: Pillow.Image, limit: int) -> NDArray[np.uint8] | None:
    """RGBA pixels, no side above the limit; None when the picture is damaged."""
    large = picture.width * picture.height > _LARGE
    try:
        with _one_large if large else nullcontext():
            return _rgba(_within(picture, limit))
    except _DAMAGE:
        return None
    finally:
        picture.close()


def _within(picture: Pillow.Image, limit: int) -> Pillow.Image:
    """The picture, averaged down as far as the limit asks; JPEG already while decoding."""
    if max(picture.size) <= limit:
        return picture
    picture.draft(picture.mode, (limit, limit))
    picture.load()
    factor = _factor(picture.size, limit)
    return picture if factor == 1 else _averaged(picture, factor)


def _averaged(picture: Pillow.Image, factor: int) -> Pillow.Image:
    """The picture divided by a whole number, in strips: Pillow copies all of it to reduce it."""
    size = -(-picture.width // factor), -(-picture.height // factor)
    result = Pillow.new("RGBA", size)
    for top in range(0, picture.height, 256 * factor):
        bottom = min(top + 256 * factor, picture.height)
        strip = Pillow.fromarray(_rgba(picture.crop((0, top, picture.width, bottom))))
        result.paste(strip.reduce(factor), (0, top // factor))
    return result


def _again(data: bytes, limit: int) -> NDArray[np.uint8]:
    """Decode a picture that could be decoded before."""
    pixels = _decode(Pillow.open(io.BytesIO(data), formats=_FORMATS), limit)
    return _white() if pixels is None else _frozen(pixels)


def _white() -> NDArray[np.uint8]:
    return _frozen(np.full((1, 1, 4), 255, np.uint8))


def _frozen(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    pixels.flags.writeable = False
    return pixels


def _rgba(picture: Pillow.Image) -> NDArray[np.uint8]:
    if picture.mode.startswith("I"):
        wide: NDArray[Any] = np.asarray(picture)
        grey = (wide >> 8).clip(0, 255).astype(np.uint8)
        picture = Pillow.fromarray(grey)
    return np.asarray(picture if picture.mode == "RGBA" else picture.convert("RGBA"))
