"""Pictures laid over the finished frame: captions, the AI label, cards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import moderngl
import numpy as np
from numpy.typing import NDArray

from avatar.render.shader import Programs

_KEEP: Final = 60
"""Draws after which a texture that no layer asked for is released."""


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """One picture and its place."""

    key: str
    """Names the texture; new pixels under an old key replace it."""
    pixels: NDArray[np.uint8]
    """uint8[h, w, 4], premultiplied RGBA, sRGB, top row first; not to be changed afterwards."""
    x: int
    """Left edge, px from the frame's left."""
    y: int
    """Top edge, px from the frame's top."""
    opacity: float = 1.0
    """0..1."""


class Overlay:
    """Draws layers one over the other, pixel for pixel; keeps their textures."""

    def __init__(self, ctx: moderngl.Context) -> None:
        self._ctx, self._programs = ctx, Programs(ctx)
        self._program: Any = self._programs.get("overlay.vert", "overlay.frag")
        self._array = ctx.vertex_array(self._program, [])
        self._kept: dict[str, tuple[NDArray[np.uint8], moderngl.Texture]] = {}
        self._used: dict[str, int] = {}
        self._count = 0

    def draw(
        self, target: moderngl.Framebuffer, layers: Sequence[Layer], *, flipped: bool = True
    ) -> None:
        """Lay ``layers`` over ``target``, the first lowest.

        ``flipped``: the target holds the picture top row first, as ``Renderer.target`` does;
        False for a window's own framebuffer.
        """
        self._count += 1
        target.use()
        self._ctx.enable_only(moderngl.BLEND)
        self._ctx.blend_func = moderngl.ONE, moderngl.ONE_MINUS_SRC_ALPHA
        self._program["frame"] = float(target.width), float(target.height)
        self._program["flip"] = 1.0 if flipped else -1.0
        for layer in layers:
            height, width = layer.pixels.shape[:2]
            self._texture(layer).use(0)
            self._program["rectangle"] = float(layer.x), float(layer.y), float(width), float(height)
            self._program["opacity"] = layer.opacity
            self._array.render(moderngl.TRIANGLE_STRIP, 4)
        self._ctx.enable_only(moderngl.NOTHING)
        self._forget()

    def close(self) -> None:
        """Release the textures."""
        for _, texture in self._kept.values():
            texture.release()
        self._kept.clear()
        self._array.release()
        self._programs.close()

    def _texture(self, layer: Layer) -> moderngl.Texture:
        self._used[layer.key] = self._count
        pixels, texture = self._kept.get(layer.key, (None, None))
        if texture is not None and pixels is layer.pixels:
            return texture
        size = (layer.pixels.shape[1], layer.pixels.shape[0])
        data = np.ascontiguousarray(layer.pixels)
        if texture is not None and texture.size == size:
            texture.write(data, alignment=1)
        else:
            if texture is not None:
                texture.release()
            texture = self._ctx.texture(size, 4, data, alignment=1)
            texture.filter = moderngl.NEAREST, moderngl.NEAREST
        self._kept[layer.key] = layer.pixels, texture
        return texture

    def _forget(self) -> None:
        old = [key for key, used in self._used.items() if self._count - used > _KEEP]
        for key in old:
            del self._used[key]
            self._kept.pop(key)[1].release()
