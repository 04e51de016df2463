"""The key lamp's shadow map: depth of what the camera sees, blurred moments for cheap tiers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import moderngl
import numpy as np

from avatar.math3d import Float, look_at, orthographic
from avatar.render.camera import Camera
from avatar.render.quality import Tier
from avatar.render.shader import Programs

_BIAS: Final[Float] = np.array(
    [[0.5, 0, 0, 0.5], [0, 0.5, 0, 0.5], [0, 0, 0.5, 0.5], [0, 0, 0, 1]], np.float32
)


SHADOW_UNIT: Final = 7
"""Texture unit of ``tex_shadow``."""
LIT_UNIT: Final = 6
"""Texture unit of ``tex_shadow_lit``, the depth map with comparison."""


@dataclass(frozen=True, slots=True)
class LampView:
    """The orthographic view of the key lamp."""

    matrix: Float
    """float32[4, 4], world to clip space."""
    width: float
    """m"""
    depth: float
    """m"""
    texel: float
    """Width of a texel, m."""

    @property
    def shadow_matrix(self) -> Float:
        """World to map coordinates, each 0..1."""
        return _BIAS @ self.matrix


def lamp_view(
    direction: Float, camera: Camera, aspect: float, centre: Float, radius: float, texels: int
) -> LampView:
    """Fit to what the camera sees of a sphere (``centre``, ``radius`` m) around the figures;
    ``texels`` is the side of the map."""
    half = camera.distance * float(np.tan(camera.fov_y / 2))
    seen = 1.05 * half * float(np.hypot(1.0, min(aspect, 1.0)))
    middle, size = centre, radius
    if seen < radius:
        middle, size = np.asarray(camera.target, np.float32), seen
    reach = radius + float(np.linalg.norm(middle - centre))
    view = look_at(middle + direction * (reach + 0.1), middle)
    depth = 2 * reach + 0.2
    return LampView(orthographic(size, size, 0.0, depth) @ view, 2 * size, depth, 2 * size / texels)


class ShadowMap:
    """Depth texture of one size, and for ``variance`` its blurred moments."""

    def __init__(self, ctx: moderngl.Context, programs: Programs, tier: Tier) -> None:
        self._ctx = ctx
        self.size = tier.shadow_size
        self._variance = tier.shadow == "variance"
        size = (self.size, self.size)
        self.depth = ctx.depth_texture(size)
        self.depth.compare_func = ""
        self.depth.repeat_x = self.depth.repeat_y = False
        self.depth.filter = (moderngl.NEAREST, moderngl.NEAREST)
        self.target = ctx.framebuffer(depth_attachment=self.depth)
        self._moments: list[moderngl.Texture] = []
        self._blurs: list[moderngl.Framebuffer] = []
        self._arrays: list[moderngl.VertexArray] = []
        self._lit: moderngl.Sampler | None = None
        if self._variance:
            self._make_blur(programs, size)
        else:
            self._lit = ctx.sampler(
                repeat_x=False,
                repeat_y=False,
                filter=(moderngl.LINEAR, moderngl.LINEAR),
                compare_func="<=",
            )

    def _make_blur(self, programs: Programs, size: tuple[int, int]) -> None:
        for defines in ({"FROM_DEPTH": "1"}, {}):
            texture = self._ctx.texture(size, 2, dtype="f4")
            texture.filter = (moderngl.LINEAR, moderngl.LINEAR)
            texture.repeat_x = texture.repeat_y = False
            program = programs.get("background_fill.vert", "shadow_blur.frag", defines)
            self._moments.append(texture)
            self._blurs.append(self._ctx.framebuffer(texture))
            self._arrays.append(self._ctx.vertex_array(program, []))

    def begin(self) -> None:
        """Make it the target and clear it."""
        self.target.use()
        self.target.clear(depth=1.0)

    def finish(self) -> None:
        """Blur what was drawn."""
        if not self._variance:
            return
        self._ctx.disable(moderngl.DEPTH_TEST | moderngl.CULL_FACE | moderngl.BLEND)
        sources = (self.depth, self._moments[0])
        for source, target, array, axis in zip(
            sources, self._blurs, self._arrays, ((1, 0), (0, 1)), strict=True
        ):
            target.use()
            source.use(0)
            array.program["source"] = 0
            array.program["axis"] = axis
            array.render(moderngl.TRIANGLES, vertices=3)

    def use(self) -> None:
        """Bind what the surface shaders read."""
        (self._moments[1] if self._variance else self.depth).use(SHADOW_UNIT)
        if self._lit is not None:
            self.depth.use(LIT_UNIT)
            self._lit.use(LIT_UNIT)

    def release(self) -> None:
        if self._lit is not None:
            self._lit.clear(LIT_UNIT)
            self._lit.release()
        for thing in (*self._arrays, *self._blurs, *self._moments, self.target, self.depth):
            thing.release()
