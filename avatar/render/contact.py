"""Contact shadows: ambient light that does not reach where surfaces meet.

Under the chin, along collar and lapels, where hair meets skin and between fingers; computed from
the depth of the finished scene (McGuire, Mara & Luebke 2012, "Scalable ambient obscurance") at
half the size, blurred over equal depths and multiplied into the picture.
"""

from __future__ import annotations

from typing import Final

import moderngl

from avatar.render.camera import Camera
from avatar.render.post import Canvas, texture_of
from avatar.render.shader import Programs

_REACH: Final = (0.024, 0.24, 3.2)
"""Radius of the surroundings, m; sine of the smallest angle that counts; strength."""
_DEPTH_UNIT: Final = 1


class ContactShade:
    """Darkens a canvas where surfaces meet; keeps targets of its size."""

    def __init__(self, ctx: moderngl.Context, programs: Programs) -> None:
        self._ctx, self._programs = ctx, programs
        self._whole: moderngl.Framebuffer | None = None
        self._half: moderngl.Framebuffer | None = None
        self._arrays: dict[int, moderngl.VertexArray] = {}

    def draw(self, canvas: Canvas, camera: Camera, reach: float) -> None:
        """Multiply the shade into ``canvas``; ``reach`` as in ``Camera.projection``."""
        whole, half = self._targets(canvas.size)
        self._ctx.copy_framebuffer(whole, canvas.target)
        self._ctx.enable_only(moderngl.NOTHING)
        matrix = camera.projection(canvas.size[0] / canvas.size[1], reach)
        lens = tuple(float(matrix[k]) for k in ((2, 2), (2, 3), (0, 0), (1, 1)))
        depth = whole.depth_attachment
        assert isinstance(depth, moderngl.Texture)
        depth.use(_DEPTH_UNIT)
        self._run(half, {}, {"lens": lens, "reach": _REACH})
        self._ctx.enable_only(moderngl.BLEND)
        self._ctx.blend_func = moderngl.DST_COLOR, moderngl.ZERO
        texture_of(half).use(0)
        self._run(canvas.target, {"CLOSE": "1"}, {"lens": lens, "source": 0})
        self._ctx.blend_func = moderngl.SRC_ALPHA, moderngl.ONE_MINUS_SRC_ALPHA
        self._ctx.enable_only(moderngl.NOTHING)

    def _run(
        self, target: moderngl.Framebuffer, defines: dict[str, str], values: dict[str, object]
    ) -> None:
        program = self._programs.get("background_fill.vert", "post_contact.frag", defines)
        if id(program) not in self._arrays:
            self._arrays[id(program)] = self._ctx.vertex_array(program, [])
        target.use()
        program["depth"] = _DEPTH_UNIT
        for name, value in values.items():
            program[name] = value
        self._arrays[id(program)].render(moderngl.TRIANGLES, vertices=3)

    def _targets(self, size: tuple[int, int]) -> tuple[moderngl.Framebuffer, moderngl.Framebuffer]:
        if self._whole is None or self._half is None or self._whole.size != size:
            self.release()
            color, depth = self._ctx.texture(size, 4), self._ctx.depth_texture(size)
            depth.compare_func = ""
            depth.filter = (moderngl.NEAREST, moderngl.NEAREST)
            half = self._ctx.texture((max(size[0] // 2, 1), max(size[1] // 2, 1)), 4)
            for texture in (color, depth, half):
                texture.repeat_x = texture.repeat_y = False
            self._whole = self._ctx.framebuffer(color, depth)
            self._half = self._ctx.framebuffer(half)
        return self._whole, self._half

    def release(self) -> None:
        """Free the targets."""
        if self._whole is not None and self._half is not None:
            self._whole.depth_attachment.release()
            for target in (self._whole, self._half):
                texture_of(target).release()
                target.release()
        self._whole = self._half = None
