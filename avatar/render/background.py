"""What lies behind the figures: a studio, a colour, a picture, or nothing (transparent)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import moderngl
import numpy as np
from numpy.typing import NDArray

from avatar.errors import ConfigError, MissingAsset, UnsupportedFormat
from avatar.render.light import Color
from avatar.render.post import texture_of
from avatar.render.shader import Programs

STUDIOS: Final[dict[str, tuple[Color, Color]]] = {
    "studio": ((0.270, 0.305, 0.345), (0.085, 0.098, 0.125)),
    "warm": ((0.420, 0.370, 0.330), (0.150, 0.125, 0.115)),
    "light": ((0.890, 0.900, 0.915), (0.640, 0.665, 0.700)),
    "night": ((0.180, 0.165, 0.330), (0.045, 0.045, 0.100)),
}
"""Inner and outer display colour of the soft glow, by name."""


@dataclass(frozen=True, slots=True, eq=False)
class Background:
    """What lies behind the figures."""

    kind: Literal["studio", "color", "picture", "transparent"] = "studio"
    inner: Color = STUDIOS["studio"][0]
    """Display (sRGB) values 0..1."""
    outer: Color = STUDIOS["studio"][1]
    pixels: NDArray[np.uint8] | None = None
    """uint8[h, w, 4] of a picture, top row first; fills the frame, cropped to its shape."""

    @staticmethod
    def parse(text: str) -> Background:
        """From a setting: a studio's name, ``transparent``, ``#rrggbb``, or a picture's path.

        Raises ConfigError, MissingAsset or UnsupportedFormat.
        """
        if text in STUDIOS:
            return Background("studio", *STUDIOS[text])
        if text == "transparent":
            return Background("transparent")
        if text.startswith("#"):
            color = _hex(text)
            return Background("color", color, color)
        if Path(text).suffix:
            return Background("picture", pixels=_picture(Path(text).expanduser()))
        raise ConfigError(
            f"no background {text!r}: one of {', '.join(STUDIOS)}, transparent, #rrggbb, or a "
            "picture's path"
        )


def _hex(text: str) -> Color:
    digits = text[1:]
    if len(digits) == 3:
        digits = "".join(d * 2 for d in digits)
    try:
        r, g, b = bytes.fromhex(digits)
    except ValueError:
        raise ConfigError(f"no colour {text!r}: write #rrggbb, e.g. #20304a") from None
    return r / 255, g / 255, b / 255


def _picture(path: Path) -> NDArray[np.uint8]:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            return np.asarray(image.convert("RGBA"), np.uint8)
    except FileNotFoundError:
        raise MissingAsset("no such picture: give a PNG, JPEG or WebP", path=path) from None
    except (UnidentifiedImageError, OSError):
        raise UnsupportedFormat("not a picture: give a PNG, JPEG or WebP", path=path) from None


def cover(picture: tuple[int, int], aspect: float) -> tuple[float, float, float, float]:
    """UV scale and offset by which a picture (w, h) fills a frame, centred, edges cropped."""
    own = picture[0] / picture[1]
    sx, sy = (aspect / own, 1.0) if own > aspect else (1.0, own / aspect)
    return sx, sy, (1 - sx) / 2, (1 - sy) / 2


class BackgroundPass:
    """Draws a background; without multisampling it is kept and copied."""

    def __init__(self, ctx: moderngl.Context, programs: Programs) -> None:
        self._ctx, self._programs = ctx, programs
        self._shown: Background | None = None
        self._texture: moderngl.Texture | None = None
        self._kept: dict[tuple[int, int], moderngl.Framebuffer] = {}
        self._kept_for: Background | None = None
        self._arrays: dict[tuple[bool, bool], moderngl.VertexArray] = {}

    def copy(self, background: Background, target: moderngl.Framebuffer, aspect: float) -> None:
        """Fill a target that has no samples, before anything is drawn on it."""
        if background.kind == "transparent":
            return
        if self._kept_for is not background or len(self._kept) > 2:
            self._release_kept()
            self._kept_for = background
        if target.size not in self._kept:
            kept = self._ctx.framebuffer(self._ctx.texture(target.size, 4))
            self._kept[target.size] = kept
            kept.use()
            self.draw(background, aspect)
        self._ctx.copy_framebuffer(target, self._kept[target.size])

    def draw(self, background: Background, aspect: float, aperture: float = 0.0) -> None:
        """At the far plane of the current target, where nothing is yet; a picture as far behind
        the focus as ``Tier.aperture`` makes it."""
        if background.kind == "transparent":
            return
        picture = background.pixels is not None
        array = self._array(picture, picture and aperture > 0)
        program = array.program
        if picture:
            self._use_picture(background, program, aspect, aperture > 0)
            if aperture > 0:
                program["soft"] = 0.5 * aperture
        else:
            program["inner"] = background.inner
            program["outer"] = background.outer
            program["aspect"] = aspect
        array.render(moderngl.TRIANGLES, vertices=3)

    def _array(self, picture: bool, soft: bool) -> moderngl.VertexArray:
        key = picture, soft
        if key not in self._arrays:
            defines = ({"PICTURE": "1"} if picture else {}) | ({"SOFT": "1"} if soft else {})
            program = self._programs.get("background_fill.vert", "background_fill.frag", defines)
            self._arrays[key] = self._ctx.vertex_array(program, [])
        return self._arrays[key]

    def _use_picture(
        self, background: Background, program: moderngl.Program, aspect: float, soft: bool
    ) -> None:
        pixels = background.pixels
        assert pixels is not None
        size = (pixels.shape[1], pixels.shape[0])
        if self._shown is not background or self._texture is None:
            self._put(np.ascontiguousarray(pixels), size, soft)
            self._shown = background
        assert self._texture is not None
        self._texture.use(0)
        program["picture"] = 0
        program["crop"] = cover(size, aspect)

    def _put(self, pixels: NDArray[np.uint8], size: tuple[int, int], soft: bool) -> None:
        """A new picture; the next one of a video goes into the texture of the last."""
        if self._texture is None or self._texture.size != size:
            self._release_texture()
            self._texture = self._ctx.texture(size, 4)
            self._texture.repeat_x = self._texture.repeat_y = False
        self._texture.write(pixels)
        if soft or size[0] > self._ctx.fbo.size[0]:
            self._texture.build_mipmaps()
        else:
            self._texture.filter = (moderngl.LINEAR, moderngl.LINEAR)

    def _release_texture(self) -> None:
        if self._texture is not None:
            self._texture.release()
            self._texture = None

    def _release_kept(self) -> None:
        for kept in self._kept.values():
            texture_of(kept).release()
            kept.release()
        self._kept.clear()

    def close(self) -> None:
        self._release_texture()
        self._release_kept()
        for array in self._arrays.values():
            array.release()
