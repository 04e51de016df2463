"""A character's pictures in GPU memory, within a budget."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import moderngl
import numpy as np
from numpy.typing import NDArray

from avatar.character.character import Character, TextureRef
from avatar.render.bleed import bleed
from avatar.render.material import MIRRORED, textures_of

TEXELS: Final = 48_000_000
"""Most texels of one figure (256 MB with mipmaps); beyond it the largest pictures are halved."""
LONGEST: Final = 4096
"""Longest side of a picture, px."""
LEAN_NORMAL: Final = 1024
"""Longest side of a normal map where memory is the processor's own, px."""

_WRAP_CLAMP: Final = 33071
_NEAREST: Final = (9728, 9984, 9986)


class Textures:
    """The pictures of a character, each put into GPU memory when it is first asked for.

    What no pass of the tier in use reads is never uploaded; the decoded pixels are let go as
    soon as they are.
    """

    def __init__(self, ctx: moderngl.Context, character: Character, *, lean: bool = False) -> None:
        """``lean`` halves large normal maps: for software rasterisers in their cheap tiers."""
        self._ctx, self._images = ctx, character.images
        self._use: dict[int, TextureRef] = {}
        bumps: set[int] = set()
        cut: set[int] = set()
        whole: set[int] = set()
        for material in character.materials:
            for slot, ref in textures_of(material).items():
                self._use.setdefault(ref.image, ref)
                empty = slot == "base" and material.alpha_mode != "OPAQUE"
                (cut if empty else whole).add(ref.image)
                large = max(character.images[ref.image].size) > LEAN_NORMAL
                if lean and slot == "normal" and large:
                    bumps.add(ref.image)
        self._cut = cut - whole
        sizes = [character.images[i].size for i in self._use]
        factors = dict(zip(self._use, shrink_factors(sizes), strict=True))
        self._factor = {i: max(f, 2) if i in bumps else f for i, f in factors.items()}
        self._made: dict[int, moderngl.Texture] = {}

    def __getitem__(self, number: int) -> moderngl.Texture | None:
        """The texture of image ``number``; None where no material uses it."""
        if number not in self._made and number in self._use:
            self._made[number] = self._make(number)
        return self._made.get(number)

    def __contains__(self, number: int) -> bool:
        """Whether image ``number`` is in GPU memory now."""
        return number in self._made

    def _make(self, number: int) -> moderngl.Texture:
        pixels = shrink(self._images[number].pixels, self._factor[number])
        if number in self._cut:
            pixels = bleed(pixels)
        texture = _texture(self._ctx, pixels, self._use[number])
        self._images[number].release()
        return texture

    def release(self) -> None:
        """Free all that were made."""
        for texture in self._made.values():
            texture.release()
        self._made.clear()


def shrink_factors(
    sizes: Sequence[tuple[int, ...]], texels: int = TEXELS, longest: int = LONGEST
) -> list[int]:
    """By which power of two to divide each picture (h, w) so that all fit the budget."""
    factors = [1] * len(sizes)

    def side(i: int) -> int:
        return max(sizes[i]) // factors[i]

    def total() -> int:
        return sum(h * w // f**2 for (h, w), f in zip(sizes, factors, strict=True))

    for i in range(len(sizes)):
        while side(i) > longest:
            factors[i] *= 2
    while total() > texels and max(map(side, range(len(sizes)))) > 256:
        factors[max(range(len(sizes)), key=side)] *= 2
    return factors


def shrink(pixels: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    """Mean of ``factor`` x ``factor`` texels, uint8[h // factor, w // factor, 4]."""
    if factor == 1:
        return pixels
    height, width = (max(n // factor, 1) for n in pixels.shape[:2])
    part = pixels[: height * factor, : width * factor]
    fy, fx = part.shape[0] // height, part.shape[1] // width
    total = part.reshape(height, fy, width, fx, 4).sum((1, 3), dtype=np.uint32)
    return (total // (fy * fx)).astype(np.uint8)


def _texture(ctx: moderngl.Context, pixels: NDArray[np.uint8], ref: TextureRef) -> moderngl.Texture:
    """A mipmapped RGBA8 texture (sRGB values stay encoded; the shaders decode them)."""
    if ref.wrap_s == MIRRORED:  # moderngl has no such wrap: the picture and its mirror repeat
        pixels = np.concatenate([pixels, pixels[:, ::-1]], 1)
    if ref.wrap_t == MIRRORED:
        pixels = np.concatenate([pixels, pixels[::-1]], 0)
    height, width = pixels.shape[:2]
    texture = ctx.texture((width, height), 4, np.ascontiguousarray(pixels))
    texture.repeat_x = ref.wrap_s != _WRAP_CLAMP
    texture.repeat_y = ref.wrap_t != _WRAP_CLAMP
    if ref.mag_filter in _NEAREST:
        texture.filter = (moderngl.NEAREST, moderngl.NEAREST)
    else:
        texture.build_mipmaps()
        texture.filter = (moderngl.LINEAR_MIPMAP_NEAREST, moderngl.LINEAR)
    return texture
