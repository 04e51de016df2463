"""The shadow that figures cast on the ground they stand on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import moderngl
import numpy as np

from avatar.character.character import Character
from avatar.math3d import Float
from avatar.pose import HumanBone, RigState
from avatar.render.figure import Staged, bind_blocks
from avatar.render.quality import Tier
from avatar.render.shader import Programs
from avatar.render.shadow import LIT_UNIT, SHADOW_UNIT

RADIUS: Final = 1.1
"""Of the ground that is darkened about a figure, m."""
DEPTH: Final = 0.8
"""Darkness where it is deepest."""
_SOLE: Final = 0.10
"""How wide a sole's touch is felt, m."""
_ANKLE: Final = 0.09
"""Height of the ankle of a foot that stands, m."""
_FEET: Final = (HumanBone.leftFoot, HumanBone.leftToes, HumanBone.rightFoot, HumanBone.rightToes)


class GroundPass:
    """Draws the shadows of the figures whose ground the camera sees."""

    def __init__(self, ctx: moderngl.Context, programs: Programs) -> None:
        self._ctx, self._programs = ctx, programs
        self._arrays: dict[str, moderngl.VertexArray] = {}

    def draw(self, staged: Sequence[Staged], view_projection: Float, tier: Tier) -> None:
        """Blend onto the current target, behind what stands before it; a shadow map is bound."""
        seen = [i for i in staged if len(visible_ground(i.placement, view_projection))]
        if not seen:
            return
        array = self._array(tier)
        self._ctx.enable_only(moderngl.DEPTH_TEST | moderngl.BLEND)
        self._ctx.blend_func = (moderngl.ONE, moderngl.ONE_MINUS_SRC_ALPHA)
        self._ctx.fbo.depth_mask = False
        for item in seen:
            x, y, z = (float(v) for v in item.placement[:3, 3])
            array.program["place"] = (x, y, z, RADIUS)
            feet = soles(item.figure.character, item.state, item.placement)
            array.program["feet"] = [tuple(row) for row in feet.tolist()]
            array.render(moderngl.TRIANGLE_STRIP, vertices=4)
        self._ctx.fbo.depth_mask = True

    def _array(self, tier: Tier) -> moderngl.VertexArray:
        if tier.shadow not in self._arrays:
            defines = {"SHADOW_PCSS": "1"} if tier.shadow == "pcss" else {}
            program = self._programs.get("ground_shadow.vert", "ground_shadow.frag", defines)
            bind_blocks(program)
            program["depth"] = DEPTH
            for name, unit in (("tex_shadow", SHADOW_UNIT), ("tex_shadow_lit", LIT_UNIT)):
                if name in program:
                    program[name] = unit
            self._arrays[tier.shadow] = self._ctx.vertex_array(program, [])
        return self._arrays[tier.shadow]

    def close(self) -> None:
        """Free its vertex arrays."""
        for array in self._arrays.values():
            array.release()


def visible_ground(placement: Float, view_projection: Float) -> Float:
    """float32[4, 3], corners of the ground that is darkened about a figure; none out of view."""
    corners = np.array([[x, 0, z] for x in (-RADIUS, RADIUS) for z in (-RADIUS, RADIUS)], "f4")
    corners += placement[:3, 3]
    clip = corners @ view_projection[:, :3].T + view_projection[:, 3]
    xy, w = clip[:, :2], clip[:, 3:]
    out = bool(((xy > w).all(0) | (xy < -w).all(0)).any() or (w <= 0).all())
    return corners[:0] if out else corners


def soles(character: Character, state: RigState, placement: Float) -> Float:
    """float32[4, 4]: x, z, height over the ground, and radius of what each foot darkens, m."""
    rows = np.zeros((len(_FEET), 4), np.float32)
    for row, bone in zip(rows, _FEET, strict=True):
        node = character.humanoid.get(bone)
        if node is None:
            continue
        at = placement[:3, :3] @ state.node_world[node][:3, 3] + placement[:3, 3]
        height = at[1] - placement[1, 3] - _ANKLE * (bone.name.endswith("Foot"))
        row[:] = at[0], at[2], max(float(height), 0.0), _SOLE
    return rows
