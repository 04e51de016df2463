"""Depth of field: what lies before or behind the face grows soft, as through a portrait lens.

A gather over a disc as wide as the circle of confusion (Potmesil & Chakravarty 1981); a sharp
foreground never bleeds into what is soft behind it.
"""

from __future__ import annotations

from typing import Final

import moderngl

from avatar.render.camera import Camera
from avatar.render.post import Canvas, texture_of
from avatar.render.shader import Programs

_FACE: Final = 0.012
"""The skin in focus lies this far before the camera's target (the eyes' centres), m."""
_DEPTH_UNIT: Final = 1


class DepthOfField:
    """Blurs a canvas by the depth of what is on it; keeps targets of its size."""

    def __init__(self, ctx: moderngl.Context, programs: Programs) -> None:
        self._ctx, self._programs = ctx, programs
        self._sharp: moderngl.Framebuffer | None = None
        self._array: moderngl.VertexArray | None = None

    def draw(self, canvas: Canvas, camera: Camera, reach: float, aperture: float) -> None:
        """Resolve ``canvas`` and blur it. ``aperture`` is the diameter of the circle of confusion
        of things infinitely far, as a share of the picture's height; ``reach`` m is the far
        plane's distance behind the target, as in ``Camera.projection``."""
        sharp = self._target(canvas.size)
        self._ctx.copy_framebuffer(sharp, canvas.target)
        program = self._programs.get("background_fill.vert", "post_lens.frag")
        if self._array is None or self._array.program is not program:
            self._array = self._ctx.vertex_array(program, [])
        matrix = camera.projection(1.0, reach)
        program["source"], program["depth"] = 0, _DEPTH_UNIT
        program["lens"] = (
            float(matrix[2, 2]), float(matrix[2, 3]),
            camera.distance - _FACE, 0.5 * aperture * canvas.size[1],
        )  # fmt: skip
        texture_of(sharp).use(0)
        depth = sharp.depth_attachment
        assert isinstance(depth, moderngl.Texture)
        depth.use(_DEPTH_UNIT)
        canvas.resolved.use()
        self._ctx.enable_only(moderngl.NOTHING)
        self._array.render(moderngl.TRIANGLES, vertices=3)
        canvas.ready = True

    def _target(self, size: tuple[int, int]) -> moderngl.Framebuffer:
        if self._sharp is None or self._sharp.size != size:
            self.release()
            color, depth = self._ctx.texture(size, 4), self._ctx.depth_texture(size)
            depth.compare_func = ""
            depth.filter = (moderngl.NEAREST, moderngl.NEAREST)
            for texture in (color, depth):
                texture.repeat_x = texture.repeat_y = False
            self._sharp = self._ctx.framebuffer(color, depth)
        return self._sharp

    def release(self) -> None:
        """Free the targets."""
        if self._sharp is not None:
            texture_of(self._sharp).release()
            self._sharp.depth_attachment.release()
            self._sharp.release()
            self._sharp = None
