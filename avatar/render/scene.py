"""Draws figures: which part in which pass and order, with which program.

Depth of hair first, so that nothing under it is shaded; then opaque parts front to back,
cut-outs, the background, and everything that blends, back to front. Hair with alpha is shaded
twice: its solid core where its depth was kept, its soft rim blended.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal
from weakref import WeakKeyDictionary

import moderngl
import numpy as np

from avatar.character.character import Material
from avatar.math3d import Float
from avatar.render.figure import Actor, Figure, bind_blocks
from avatar.render.material import UNITS, Variant, plain, textures_of, variant
from avatar.render.quality import Tier
from avatar.render.shader import Programs
from avatar.render.shadow import LIT_UNIT, SHADOW_UNIT, ShadowMap
from avatar.render.toon import draw_order, has_outline
from avatar.render.upload import Part

Pass = Literal["depth", "opaque", "cut", "core", "outline", "soft", "blend", "blend_outline"]
_ALPHA_TO_COVERAGE: Final = 0x809E
_FIRST: Final = ("depth", "opaque", "cut", "core", "outline")
_BLENDED: Final = ("soft", "blend", "blend_outline")
_OUTLINES: Final = ("outline", "blend_outline")
_PER_VERTEX: Final = ("skin", "hair", "cloth")
"""Kinds that cheap tiers light per vertex."""
_NO_SHADOW: Final = ("cornea", "lash", "eye", "mouth")
"""Kinds whose own shadow nobody sees."""
_NEEDS_TANGENT: Final = ("model_hair.glsl", "model_eye.glsl")


def passes_of(material: Material, tier: Tier) -> tuple[Pass, ...]:
    """The passes that draw a material; outlines are drawn at every tier."""
    passes = _surface_passes(material, tier)
    if not has_outline(material):
        return passes
    return (*passes, "blend_outline" if "blend" in passes else "outline")


def _surface_passes(material: Material, tier: Tier) -> tuple[Pass, ...]:
    if material.mtoon is not None:
        found: dict[str, Pass] = {"OPAQUE": "opaque", "MASK": "cut", "BLEND": "blend"}
        return (found[material.alpha_mode],)
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


def items(actors: Sequence[Actor], eye: Float, tier: Tier, *, bare: bool = False) -> list[Item]:
    """Everything to draw, in order; the background goes before the first ``soft`` or ``blend``.

    ``bare``: as glTF viewers do it, without our shading hints, sorted by the nodes' places.
    """
    found: list[Item] = []
    for actor in actors:
        away = np.linalg.norm((actor.origins if bare else actor.centres) - eye, axis=1)
        for part, distance in zip(actor.figure.upload.parts, away, strict=True):
            material = actor.figure.character.materials[part.material]
            material = plain(material) if bare else material
            for step in passes_of(material, tier):
                found.append(Item(actor, part, material, step, float(distance)))
    return sorted(found, key=_order)


def _order(item: Item) -> tuple[float, ...]:
    if item.step in _FIRST:
        return (0, _FIRST.index(item.step), item.distance)
    return (1, draw_order(item.material.mtoon), -item.distance)


class ScenePass:
    """Programs and state for drawing parts at one tier."""

    def __init__(self, ctx: moderngl.Context, programs: Programs) -> None:
        self._ctx, self._programs = ctx, programs
        self._surface: WeakKeyDictionary[Figure, dict[tuple[object, ...], moderngl.Program]]
        self._surface = WeakKeyDictionary()
        self._slots: dict[int, tuple[str, ...]] = {}
        self.bare = False
        """Whether to draw as glTF viewers do: one lamp, no shadow, no tone curve."""
        self.room = True
        """Whether the room gives any light."""

    def prepare(self, actors: Sequence[Actor], tier: Tier) -> None:
        """Compile what these figures need, so that the first frame does not."""
        for actor in actors:
            for part in actor.figure.upload.parts:
                material = actor.figure.character.materials[part.material]
                material = plain(material) if self.bare else material
                for step in passes_of(material, tier):
                    program = self._program(actor, part, material, step, tier)
                    self._bind_textures(actor, material, program)

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
        ctx.cull_face = "back"
        _write(ctx, depth=True, color=True)
        ctx.depth_func = "<="
        ctx.enable_only(moderngl.NOTHING)

    def _draw(self, item: Item, tier: Tier) -> None:
        ctx, material, step = self._ctx, item.material, item.step
        flags = moderngl.DEPTH_TEST
        if step in _OUTLINES or not material.double_sided:
            flags |= moderngl.CULL_FACE
        if step in _BLENDED or self._is_soft(step, tier):
            flags |= moderngl.BLEND
        ctx.enable_only(flags)
        ctx.cull_face = "front" if step in _OUTLINES else "back"
        # the core where its depth was kept; of the soft rim only what lies before that
        ctx.depth_func = {"core": "==", "soft": "<"}.get(step, "<=")
        keep = material.mtoon is not None and material.mtoon.transparent_with_z_write
        _write(
            ctx, depth=step in ("depth", "opaque", "cut", "outline") or keep, color=step != "depth"
        )
        if step == "depth" and tier.samples:
            ctx.enable_direct(_ALPHA_TO_COVERAGE)
        program = self._program(item.actor, item.part, material, step, tier)
        self._bind_textures(item.actor, material, program)
        item.actor.draw(item.part, program, blended=step in _BLENDED)
        if step == "depth" and tier.samples:
            ctx.disable_direct(_ALPHA_TO_COVERAGE)

    def _bind_textures(self, actor: Actor, material: Material, program: moderngl.Program) -> None:
        present = textures_of(material)
        for slot in self._slots[id(program)]:
            texture = actor.figure.upload.textures[present[slot].image]
            if texture is not None:
                texture.use(UNITS[slot])

    def _program(
        self, actor: Actor, part: Part, material: Material, step: Pass, tier: Tier
    ) -> moderngl.Program:
        tinted = actor.figure.upload.tinted[part.material]
        made = self._surface.setdefault(actor.figure, {})
        key = (part.material, step, tier.name, tinted, self.bare, self.room)
        if key not in made:
            bound = actor.figure.bound[part.material]
            found = variant(
                material,
                detail=tier.detail,
                tinted=tinted,
                outline=step in _OUTLINES,
                bound=bound,
            )
            defines = self._bare_defines(actor, part) if self.bare else {}
            made[key] = self._compile(material, step, tier, found, defines)
        return made[key]

    def _is_soft(self, step: Pass, tier: Tier) -> bool:
        """Whether outlines thinner than a pixel let through what lies behind."""
        return step in _OUTLINES and not tier.samples and not self.bare

    def _bare_defines(self, actor: Actor, part: Part) -> dict[str, str]:
        """Our own figures keep their vertex colours, grey, in the first trait."""
        own = actor.figure.character.materials[part.material]
        grey = bool(own.kind) and own.mtoon is None
        tint = {"TINTED_BY_TRAIT": "1"} if grey else dict[str, str]()
        return {"PLAIN": "1"} | tint | ({"ROOM": "1"} if self.room else {})

    def _compile(
        self,
        material: Material,
        step: Pass,
        tier: Tier,
        found: Variant,
        more: Mapping[str, str],
    ) -> moderngl.Program:
        defines, model = _defines(material, step, tier, found)
        defines |= more
        if self._is_soft(step, tier):
            defines["OUTLINE_SOFT"] = "1"
        if self.bare and model == "model_standard.glsl":
            model = "model_plain.glsl"
        fragment = "surface_depth.frag" if step == "depth" else "surface_mesh.frag"
        program = self._programs.get("surface_mesh.vert", fragment, defines, slots={"MODEL": model})
        bind_blocks(program)
        for slot, unit in UNITS.items():
            if f"tex_{slot}" in program:
                program[f"tex_{slot}"] = unit
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
        defines = {"HAS_BASE": "1", "TRANSFORMED": "1"} if cut else {}
        program = self._programs.get("shadow_depth.vert", "shadow_depth.frag", defines)
        bind_blocks(program)
        program["lamp"] = tuple(lamp.T.ravel().tolist())
        if cut and ref is not None:
            texture = actor.figure.upload.textures[ref.image]
            if texture is not None:
                texture.use(0)
            program["tex_base"] = 0
        actor.draw(part, program)


def _defines(
    material: Material, step: Pass, tier: Tier, found: Variant
) -> tuple[dict[str, str], str]:
    """What a pass adds to a material's variant, and the file of its shading model."""
    defines, model = dict(found.defines), found.model
    if step in ("cut", "depth", "core", "soft"):
        defines = {k: v for k, v in defines.items() if not k.startswith("ALPHA_")}
        solid = {"ALPHA_BLEND": "1", f"PASS_{step.upper()}": "1"}
        defines |= {"ALPHA_MASK": "1"} if step == "cut" else solid
    if model in _NEEDS_TANGENT or "HAS_NORMAL" in defines:
        defines["NEEDS_TANGENT"] = "1"
    if model == "model_hair.glsl":
        defines["BENT_NORMALS"] = "1"  # strand cards carry the head's normals on both sides
    if any(k.startswith("UV_") for k in defines):
        defines["NEEDS_UV1"] = "1"
    if tier.shadow == "pcss":
        defines |= {"SHADOW_PCSS": "1"} | ({"SHADOW_FEW": "1"} if material.kind == "hair" else {})
    if not tier.detail:
        defines["LEAN"] = "1"
        if material.kind in _PER_VERTEX and material.mtoon is None and step != "depth":
            defines |= {"LIT_PER_VERTEX": "1", f"KIND_{material.kind.upper()}": "1"}
            model = "model_vertex.glsl"
    if tier.samples:
        defines["SAMPLES"] = "1"
    return defines, model


def _write(ctx: moderngl.Context, *, depth: bool, color: bool) -> None:
    ctx.fbo.depth_mask = depth
    ctx.fbo.color_mask = (color, color, color, color)
