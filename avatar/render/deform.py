"""The deform pass: skin and active morphs, once per figure and frame, by transform feedback.

Every later pass draws the deformed vertices (position, normal, tangent in the world).
"""

from __future__ import annotations

from typing import Final

import moderngl
import numpy as np

from avatar.math3d import Float
from avatar.render.region import joined, merged
from avatar.render.shader import Programs
from avatar.render.upload import MORPH_ROW, Part, Upload

ACTIVE_MORPHS: Final = 128
"""Most morph targets of a mesh that act at once; beyond it the weakest are left out."""

VERTEX_BYTES: Final = 40
_VARYINGS: Final = ("out_position", "out_normal", "out_tangent")


class Body:
    """The deformed vertices of one figure on the stage."""

    def __init__(self, ctx: moderngl.Context, programs: Programs, upload: Upload) -> None:
        self._ctx, self._upload = ctx, upload
        self.vertices = ctx.buffer(reserve=max(upload.buffers.vertices, 1) * VERTEX_BYTES)
        self._plain = programs.get("deform_skin.vert", varyings=_VARYINGS)
        self._morph = programs.get("deform_skin.vert", defines={"MORPH": "1"}, varyings=_VARYINGS)
        self._arrays = {id(p): self._array(p) for p in (self._plain, self._morph)}
        self._palette: moderngl.Texture | None = None

    def _array(self, program: moderngl.Program) -> moderngl.VertexArray:
        b = self._upload.buffers
        return self._ctx.vertex_array(
            program,
            [
                (b.rest, "3f 3f 4f", "position", "normal", "tangent"),
                (b.skin, "4u2 4f", "joints", "weights"),
            ],
        )

    def update(self, palette: Float, morph: Float, visible: frozenset[int]) -> None:
        """Deform by a palette float32[P, 4, 4] and weights float32[M] what is visible."""
        self._set_palette(palette)
        plain: list[tuple[int, int]] = []
        for part in self._upload.parts:
            active = _active(morph[part.morph : part.morph + part.targets])
            first = part.first_vertex
            if part.moved and len(active):
                self._set_morphs(part, active)
                self._run(self._morph, first, part.moved)
            elif part.moved:
                plain.append((first, part.moved))
            plain += [(first + at, count) for at, count in joined(part.vertex_runs, visible)]
        for first, count in merged(plain):
            self._run(self._plain, first, count)

    def _set_palette(self, palette: Float) -> None:
        if self._palette is None or self._palette.height != max(len(palette), 1):
            if self._palette is not None:
                self._palette.release()
            self._palette = self._ctx.texture((3, max(len(palette), 1)), 4, dtype="f4")
            self._palette.filter = (moderngl.NEAREST, moderngl.NEAREST)
        if len(palette):
            self._palette.write(np.ascontiguousarray(palette[:, :3], np.float32))
        self._palette.use(0)

    def _set_morphs(self, part: Part, active: Float) -> None:
        padded = np.zeros((ACTIVE_MORPHS, 2), np.float32)
        padded[: len(active)] = active
        weights = self._morph["morph_active"]
        assert isinstance(weights, moderngl.Uniform)
        weights.write(padded.tobytes())
        self._morph["morph_count"] = len(active)
        self._morph["morph_first"] = part.first_vertex
        self._morph["morph_moved"] = part.moved
        self._morph["morph_row"] = MORPH_ROW
        assert part.texture is not None
        part.texture.use(1)
        self._morph["morph_texture"] = 1

    def _run(self, program: moderngl.Program, first: int, count: int) -> None:
        program["palette"] = 0
        self._arrays[id(program)].transform(
            self.vertices,
            mode=moderngl.POINTS,
            vertices=count,
            first=first,
            buffer_offset=first * VERTEX_BYTES,
        )

    def release(self) -> None:
        for array in self._arrays.values():
            array.release()
        self.vertices.release()
        if self._palette is not None:
            self._palette.release()


def _active(weights: Float) -> Float:
    """float32[k, 2]: target number and weight of those that act, at most ACTIVE_MORPHS."""
    index = np.flatnonzero(np.abs(weights) > 1e-4)
    if len(index) > ACTIVE_MORPHS:
        index = np.sort(index[np.argsort(-np.abs(weights[index]))[:ACTIVE_MORPHS]])
    return np.stack([index, weights[index]], 1).astype(np.float32)
