"""Draws figures: which part in which pass and order, with which program.

Depth of hair first, so that nothing under it is shaded; then opaque parts front to back,
cut-outs, the background, and everything that blends, back to front. Hair with alpha is shaded
twice: its solid core where its depth was kept, its soft rim blended.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import moderngl
import numpy as np

from avatar.character.character import Material
from avatar.math3d import Float
from avatar.render.figure import Actor, bind_blocks
from avatar.render.material import TEXTURES, textures_of, variant
from avatar.render.quality import Tier
from avatar.render.shader import Programs
from avatar.render.shadow import LIT_UNIT, SHADOW_UNIT, ShadowMap
from avatar.render.upload import Part

Pass = Literal["depth", "opaque", "cut", "core", "soft", "blend"]
_ALPHA_TO_COVERAGE: Final = 0x809E
_FIRST: Final = ("depth", "opaque", "cut", "core")
_PER_VERTEX: Final = ("skin", "hair", "cloth")
"""Kinds that cheap tiers light per vertex."""
_NO_SHADOW: Final = ("cornea", "lash", "eye", "mouth")
"""Kinds whose own shadow nobody sees."""
_NEEDS_TANGENT: Final = ("model_hair.glsl", "model_eye.glsl")


def passes_of(material: Material, tier: Tier) -> tuple[Pass, ...]:
    """The passes that draw a material."""
    if material.kind == "cornea":
        return ("blend",)
    if material.alpha_mode == "OPAQUE":
        return ("opaque",)
    if material.kind == "hair" and tier.soft_hair:
        return ("depth", "core", "soft")
    cut = material.alpha_mode == "MASK" or material.kind == "hair"
    return ("cut",) if cut else ("blend",)


@dataclass(frozen=True, slots=True)
class Item:
    """One part in one pass."""

    actor: Actor
    part: Part
    material: Material
    step: Pass
    distance: float
    """From the camera, m."""


def items(actors: Sequence[Actor], eye: Float, tier: Tier) -> list[Item]:
    """Everything to draw, in order; the background goes before the first ``soft`` or ``blend``."""
    found: list[Item] = []
    for actor in actors:
        away = np.linalg.norm(actor.centres - eye, axis=1)
        for part, distance in zip(actor.figure.upload.parts, away, strict=True):
            material = actor.figure.character.materials[part.material]
            for step in passes_of(material, tier):
                found.append(Item(actor, part, material, step, float(distance)))
    return sorted(found, key=_order)


def _order(item: Item) -> tuple[float, ...]:
    if item.step in _FIRST:
        return (0, _FIRST.index(item.step), item.distance)
    queue = item.material.mtoon.render_queue_offset_number if item.material.mtoon else 0
    return (1, queue, -item.distance)


class ScenePass:
    """Programs and state for drawing parts at one tier."""

    def __init__(self, ctx: moderngl.Context, programs: Programs) -> None:
        self._ctx, self._programs = ctx, programs
        self._surface: dict[tuple[object, ...], moderngl.Program] = {}
        self._slots: dict[int, tuple[str, ...]] = {}

    def prepare(self, actors: Sequence[Actor], tier: Tier) -> None:
        """Compile what these figures need, so that the first frame does not."""
        for actor in actors:
            for part in actor.figure.upload.parts:
                material = actor.figure.character.materials[part.material]
                for step in passes_of(material, tier):
                    self._program(actor, part, material, step, tier)

    def draw(
        self,
        order: Sequence[Item],
        tier: Tier,
        shadow: ShadowMap,
        between: Callable[[], None],
    ) -> None:
        """Draw all items to the current target; ``between`` draws the background."""
        ctx = self._ctx
        ctx.enable_only(moderngl.DEPTH_TEST)
        ctx.depth_func = "<="
        ctx.blend_func = (moderngl.ONE, moderngl.ONE_MINUS_SRC_ALPHA)
        shadow.use()
        solid = True
        for item in order:
            if solid and item.step not in _FIRST:
                solid = False
                self._ctx.depth_func = "<="
                between()
            self._draw(item, tier)
        if solid:
            ctx.depth_func = "<="
            between()
        _write(ctx, depth=True, color=True)
        ctx.depth_func = "<="
        ctx.enable_only(moderngl.NOTHING)

    def _draw(self, item: Item, tier: Tier) -> None:
        ctx, material, step = self._ctx, item.material, item.step
        flags = moderngl.DEPTH_TEST
        if not material.double_sided:
            flags |= moderngl.CULL_FACE
        if step in ("soft", "blend"):
            flags |= moderngl.BLEND
        ctx.enable_only(flags)
        # the core where its depth was kept; of the soft rim only what lies before that
        ctx.depth_func = {"core": "==", "soft": "<"}.get(step, "<=")
        keep = material.mtoon is not None and material.mtoon.transparent_with_z_write
        _write(ctx, depth=step in ("depth", "opaque", "cut") or keep, color=step != "depth")
        if step == "depth" and tier.samples:
            ctx.enable_direct(_ALPHA_TO_COVERAGE)
        program = self._program(item.actor, item.part, material, step, tier)
        self._bind_textures(item.actor, material, program)
        item.actor.draw(item.part, program)
        if step == "depth" and tier.samples:
            ctx.disable_direct(_ALPHA_TO_COVERAGE)

    def _bind_textures(self, actor: Actor, material: Material, program: moderngl.Program) -> None:
        present = textures_of(material)
        for slot in self._slots[id(program)]:
            texture = actor.figure.upload.textures[present[slot].image]
            if texture is not None:
                texture.use(TEXTURES.index(slot))

    def _program(
        self, actor: Actor, part: Part, material: Material, step: Pass, tier: Tier
    ) -> moderngl.Program:
        tinted = actor.figure.upload.tinted[part.material]
        key = (id(actor.figure), part.material, step, tier.name, tinted)
        if key not in self._surface:
            self._surface[key] = self._compile(material, step, tier, tinted)
        return self._surface[key]

    def _compile(
        self, material: Material, step: Pass, tier: Tier, tinted: bool
    ) -> moderngl.Program:
        found = variant(material, detail=tier.detail, tinted=tinted)
        defines = dict(found.defines)
        if step == "cut":
            defines = {k: v for k, v in defines.items() if not k.startswith("ALPHA_")}
            defines["ALPHA_MASK"] = "1"
        if step in ("depth", "core", "soft"):
            defines = {k: v for k, v in defines.items() if not k.startswith("ALPHA_")}
            defines |= {"ALPHA_BLEND": "1", f"PASS_{step.upper()}": "1"}
        if found.model in _NEEDS_TANGENT or "HAS_NORMAL" in defines:
            defines["NEEDS_TANGENT"] = "1"
        if found.model == "model_hair.glsl":
            defines["BENT_NORMALS"] = "1"  # strand cards carry the head's normals on both sides
        if any(k.startswith("UV_") for k in defines):
            defines["NEEDS_UV1"] = "1"
        if tier.shadow == "pcss":
            defines["SHADOW_PCSS"] = "1"
            if material.kind == "hair":
                defines["SHADOW_FEW"] = "1"
        model = found.model
        if not tier.detail:
            defines["LEAN"] = "1"
            if material.kind in _PER_VERTEX and step != "depth":
                defines |= {"LIT_PER_VERTEX": "1", f"KIND_{material.kind.upper()}": "1"}
                model = "model_vertex.glsl"
        if tier.samples:
            defines["SAMPLES"] = "1"
        fragment = "surface_depth.frag" if step == "depth" else "surface_mesh.frag"
        program = self._programs.get("surface_mesh.vert", fragment, defines, slots={"MODEL": model})
        bind_blocks(program)
        for number, slot in enumerate(TEXTURES):
            if f"tex_{slot}" in program:
                program[f"tex_{slot}"] = number
        for name, unit in (("tex_shadow", SHADOW_UNIT), ("tex_shadow_lit", LIT_UNIT)):
            if name in program:
                program[name] = unit
        self._slots[id(program)] = tuple(s for s in found.slots if f"tex_{s}" in program)
        return program

    def draw_depth(self, actors: Sequence[Actor], lamp: Float) -> None:
        """Draw everything that casts a shadow to the current depth target."""
        self._ctx.enable_only(moderngl.DEPTH_TEST)
        self._ctx.depth_func = "<="
        for actor in actors:
            for part in actor.figure.upload.parts:
                material = actor.figure.character.materials[part.material]
                if material.kind in _NO_SHADOW:
                    continue
                self._draw_depth(actor, part, material, lamp)

    def _draw_depth(self, actor: Actor, part: Part, material: Material, lamp: Float) -> None:
        ref = material.base_color_texture
        cut = material.alpha_mode != "OPAQUE" and ref is not None
        defines = {"HAS_BASE": "1"} if cut else {}
        program = self._programs.get("shadow_depth.vert", "shadow_depth.frag", defines)
        bind_blocks(program)
        program["lamp"] = tuple(lamp.T.ravel().tolist())
        if cut and ref is not None:
            texture = actor.figure.upload.textures[ref.image]
            if texture is not None:
                texture.use(0)
            program["tex_base"] = 0
        actor.draw(part, program)


def _write(ctx: moderngl.Context, *, depth: bool, color: bool) -> None:
    ctx.fbo.depth_mask = depth
    ctx.fbo.color_mask = (color, color, color, color)
