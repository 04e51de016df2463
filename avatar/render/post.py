"""From the internal picture to the output: resolve, smooth, glow, scale.

All targets hold the top row first (the projection is upside down), so that reading back, and
copying where nothing else is to do, cost next to nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import moderngl

from avatar.render.quality import Tier
from avatar.render.screen import Box
from avatar.render.shader import Programs


def inner_size(tier: Tier, size: tuple[int, int]) -> tuple[int, int]:
    """Internal resolution of a tier for an output size (w, h), px."""
    width, height = size
    if tier.inside and min(width, height) > tier.inside:
        scale = tier.inside / min(width, height)
        return max(round(width * scale), 1), max(round(height * scale), 1)
    return width * tier.supersample, height * tier.supersample


def _picture(ctx: moderngl.Context, size: tuple[int, int]) -> moderngl.Framebuffer:
    texture = ctx.texture(size, 4)
    texture.repeat_x = texture.repeat_y = False
    return ctx.framebuffer(texture)


def texture_of(target: moderngl.Framebuffer) -> moderngl.Texture:
    """The texture a framebuffer draws its colours to."""
    found = target.color_attachments[0]
    assert isinstance(found, moderngl.Texture)
    return found


def scaled(box: Box, inner: tuple[int, int], outer: tuple[int, int]) -> Box:
    """A box of the canvas in pixels of the output, one pixel wider on each side."""
    sx, sy = outer[0] / inner[0], outer[1] / inner[1]
    x, y = int((box[0] - 1) * sx), int((box[1] - 1) * sy)
    return x, y, int((box[2] + 2) * sx) + 1, int((box[3] + 2) * sy) + 1


def is_direct(tier: Tier, size: tuple[int, int]) -> bool:
    """Whether the scene can be drawn on the output itself, for nothing comes after it."""
    after = tier.samples or tier.smooth or tier.bloom or tier.aperture
    return not after and inner_size(tier, size) == size


class Canvas:
    """The internal targets of a tier; ``output`` is the finished picture."""

    def __init__(self, ctx: moderngl.Context, tier: Tier, output: moderngl.Texture) -> None:
        self.size = inner_size(tier, output.size)
        self._ctx = ctx
        self.samples = min(tier.samples, ctx.max_samples)
        self.direct = is_direct(tier, output.size)
        """Whether it is the output itself."""
        self.resolved = ctx.framebuffer(output) if self.direct else _picture(ctx, self.size)
        self.ready = False
        """Whether ``resolved`` holds the frame already."""
        color = (
            ctx.renderbuffer(self.size, 4, samples=self.samples)
            if self.samples
            else texture_of(self.resolved)
        )
        depth = ctx.depth_renderbuffer(self.size, samples=self.samples)
        self.target = ctx.framebuffer(color, depth)
        self._extra: dict[str, moderngl.Framebuffer] = {}
        if tier.smooth:
            texture = texture_of(_picture(ctx, self.size))
            self._extra["smooth"] = ctx.framebuffer(texture, ctx.depth_renderbuffer(self.size))

    def extra(self, name: str, divide: int = 1) -> moderngl.Framebuffer:
        """A further target of the same size, or a fraction of it."""
        if name not in self._extra:
            size = (max(self.size[0] // divide, 1), max(self.size[1] // divide, 1))
            self._extra[name] = _picture(self._ctx, size)
        return self._extra[name]

    def resolve(self) -> None:
        """Average the samples."""
        if self.samples and not self.ready:
            self._ctx.copy_framebuffer(self.resolved, self.target)
        self.ready = False

    def release(self) -> None:
        self.target.release()
        for target in (self.resolved, *self._extra.values()):
            if target is not self.resolved or not self.direct:
                texture_of(target).release()
            target.release()


class Post:
    """The full-screen passes after the scene."""

    def __init__(self, ctx: moderngl.Context, programs: Programs) -> None:
        self._ctx, self._programs = ctx, programs
        self._arrays: dict[int, moderngl.VertexArray] = {}

    def draw(
        self,
        canvas: Canvas,
        target: moderngl.Framebuffer,
        tier: Tier,
        boxes: Sequence[Box],
        behind: Callable[[], bool],
    ) -> None:
        """Bring the canvas to the output; ``boxes`` hold the figures, px of the canvas.

        ``behind`` fills the output with the background alone, or says that it cannot.
        """
        self._ctx.enable_only(moderngl.NOTHING)
        canvas.resolve()
        source, same = canvas.resolved, canvas.size == target.size
        if tier.smooth:
            smooth = canvas.extra("smooth")
            self._ctx.copy_framebuffer(smooth, source)
            self._smooth(source, smooth, not same, boxes)
            source = smooth
        if tier.bloom:
            self._glow(canvas, source)
            self._scale(source, target, texture_of(canvas.extra("glow", 4)), tier.bloom)
        elif not same:
            parts = [scaled(box, canvas.size, target.size) for box in boxes]
            for part in parts if behind() else [(0, 0, target.width, target.height)]:
                target.scissor = part
                self._scale(source, target, None, 0.0)
            target.scissor = (0, 0, target.width, target.height)
        elif not canvas.direct:
            self._ctx.copy_framebuffer(target, source)

    def _run(
        self,
        fragment: str,
        target: moderngl.Framebuffer,
        source: moderngl.Framebuffer,
        values: Mapping[str, object],
        defines: Mapping[str, str] | None = None,
    ) -> None:
        program = self._programs.get("background_fill.vert", fragment, defines)
        if id(program) not in self._arrays:
            self._arrays[id(program)] = self._ctx.vertex_array(program, [])
        target.use()
        texture_of(source).use(0)
        program["source"] = 0
        for name, value in values.items():
            program[name] = value
        self._arrays[id(program)].render(moderngl.TRIANGLES, vertices=3)

    def _smooth(
        self,
        source: moderngl.Framebuffer,
        target: moderngl.Framebuffer,
        sharpen: bool,
        boxes: Sequence[Box],
    ) -> None:
        for box in boxes:
            target.scissor = box
            self._smooth_part(source, target, sharpen)
        target.scissor = (0, 0, target.width, target.height)

    def _smooth_part(
        self, source: moderngl.Framebuffer, target: moderngl.Framebuffer, sharpen: bool
    ) -> None:
        if not sharpen:
            target.color_mask = (False, False, False, False)
            target.clear(depth=0.0)
            target.color_mask = (True, True, True, True)
        self._ctx.enable_only(moderngl.DEPTH_TEST)
        self._ctx.depth_func = "1"
        defines = {"SHARPEN": "1"} if sharpen else {}
        self._run("post_edges.frag", target, source, {}, defines)
        self._ctx.depth_func = "=="
        self._run("post_smooth.frag", target, source, {})
        self._ctx.depth_func = "<="
        self._ctx.enable_only(moderngl.NOTHING)

    def _glow(self, canvas: Canvas, source: moderngl.Framebuffer) -> None:
        first, glow = canvas.extra("bright", 4), canvas.extra("glow", 4)
        across = {"step_uv": (1.4 / first.width, 0.0)}
        self._run("post_glow.frag", first, source, across, {"FIRST": "1"})
        self._run("post_glow.frag", glow, first, {"step_uv": (0.0, 1.4 / first.height)})

    def _scale(
        self,
        source: moderngl.Framebuffer,
        target: moderngl.Framebuffer,
        glow: moderngl.Texture | None,
        strength: float,
    ) -> None:
        if glow is None:
            self._run("post_scale.frag", target, source, {})
            return
        glow.use(1)
        values = {"glow": 1, "strength": strength}
        self._run("post_scale.frag", target, source, values, {"GLOW": "1"})

    def close(self) -> None:
        for array in self._arrays.values():
            array.release()
