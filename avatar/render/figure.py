"""A figure in GPU memory, and what of it can be drawn: its parts with their programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import moderngl
import numpy as np

from avatar.character.character import Character, Material
from avatar.math3d import Float, normalize
from avatar.pose import RigState
from avatar.render import material as materials
from avatar.render.batch import Batches
from avatar.render.deform import Body
from avatar.render.frame import HeadFacts, figure_block
from avatar.render.overdraw import has_turned
from avatar.render.region import joined, visible_regions
from avatar.render.shader import Programs
from avatar.render.upload import Part, release, upload

BLOCKS: Final[Mapping[str, int]] = {"Frame": 0, "Figure": 1, "Material": 2}

_ATTRIBUTES: Final = (
    ("vertices", (("3f", 12, "position"), ("3f", 12, "normal"), ("4f", 16, "tangent"))),
    ("uv", (("2f", 8, "uv0"), ("2f", 8, "uv1"))),
    ("paint", (("4f1", 4, "color"), ("4f1", 4, "traits"))),
)


@dataclass(frozen=True, slots=True)
class Staged:
    """A figure on the stage in one frame."""

    figure: Figure
    state: RigState
    placement: Float
    """float32[4, 4], where it stands."""


class Figure:
    """A character's GPU data; made by ``Renderer.upload``."""

    def __init__(
        self,
        ctx: moderngl.Context,
        programs: Programs,
        character: Character,
        *,
        lean: bool = False,
        batches: Batches | None = None,
    ) -> None:
        self.character = character
        self.batches = batches or Batches()
        self._ctx, self._programs = ctx, programs
        self.upload = upload(ctx, character, lean=lean)
        self.head = HeadFacts.of(character)
        self.rough = tuple(_mean_roughness(character, m) for m in character.materials)
        """By material: mean of its roughness texture."""
        self._actors: list[Actor] = []
        self.bound = _bound_colors(character)
        """By material: the VRM colour types that expressions change, ``texture`` for its UV."""
        self.rigid = tuple(
            instance.skin < 0
            for instance in character.instances
            if instance.first_person != "firstPersonOnly"
            for _ in character.meshes[instance.mesh].primitives
        )
        """By part: whether its node alone moves it."""

    @property
    def toon(self) -> bool:
        """Whether any of it is drawn with MToon."""
        return any(material.mtoon is not None for material in self.character.materials)

    def actor(self, number: int) -> Actor:
        """The n-th copy of this figure on the stage."""
        while len(self._actors) <= number:
            self._actors.append(Actor(self._ctx, self._programs, self))
        return self._actors[number]

    def release(self) -> None:
        """Free its GPU memory."""
        for actor in self._actors:
            actor.release()
        self._actors.clear()
        release(self.upload)


def _bound_colors(character: Character) -> tuple[frozenset[str], ...]:
    binds = [(b.material, b.type) for e in character.expressions for b in e.material_color_binds]
    binds += [
        (b.material, "texture") for e in character.expressions for b in e.texture_transform_binds
    ]
    return tuple(
        frozenset(kind for material, kind in binds if material == number)
        for number in range(len(character.materials))
    )


def _mean_roughness(character: Character, material: Material) -> float:
    ref = material.metallic_roughness_texture
    return float(character.images[ref.image].pixels[::8, ::8, 1].mean()) / 255 if ref else 1.0


class Actor:
    """One deformed copy of a figure in its own colours, and its vertex arrays by program."""

    def __init__(self, ctx: moderngl.Context, programs: Programs, figure: Figure) -> None:
        self._ctx, self.figure = ctx, figure
        self.body = Body(ctx, programs, figure.upload)
        self._block = ctx.buffer(reserve=48, dynamic=True)
        self._materials = tuple(
            ctx.buffer(materials.uniform_block(m, roughness=mean), dynamic=True)
            for m, mean in zip(figure.character.materials, figure.rough, strict=True)
        )
        self._painted: set[int] = set()
        self._arrays: dict[int, moderngl.VertexArray] = {}
        self._index = ctx.buffer(2 * _indices(figure) or bytes(64), dynamic=True)
        """All triangles front to back, then once more as the file has them, for blending."""
        self._indices = 3 * sum(len(part.triangles) for part in figure.upload.parts)
        self._seen_along = np.zeros((len(figure.upload.parts), 3), np.float32)
        """For each part, along what its triangles were sorted, in its joint's space."""
        self.centres = np.zeros((len(figure.upload.parts), 3), np.float32)
        self.sphere_centres = np.zeros((0, 3), np.float32)
        self.origins = np.zeros_like(self.centres)
        """float32[P, 3], where the nodes of rigid parts (skinned ones: the figure) are."""
        self.corners = np.zeros((0, 3), np.float32)
        """float32[8 S, 3], corners of boxes around what each joint moves, in the world."""
        self.visible: frozenset[int] = frozenset()
        """Regions that the camera sees."""

    def update(self, state: RigState, placement: Float, view_projection: Float) -> None:
        """Deform to a state what a camera sees."""
        self._paint(state)
        self._block.write(figure_block(self.figure.head, state, placement))
        palette = placement @ state.palette
        up = self.figure.upload
        self.sphere_centres = up.spheres.world(palette)
        self.corners = up.spheres.world_corners(palette)
        self.visible = visible_regions(
            self.sphere_centres, up.spheres.radius, up.sphere_region, view_projection
        )
        self.body.update(palette, state.morph, self.visible)
        joints = [part.joint for part in up.parts]
        if joints:
            local = np.stack([part.centre for part in up.parts])
            m = palette[joints]
            self.centres = np.einsum("pij,pj->pi", m[:, :3, :3], local) + m[:, :3, 3]
            rigid = np.array(self.figure.rigid)[:, None]
            self.origins = np.where(rigid, m[:, :3, 3], placement[:3, 3])
            self._sort(palette, normalize(view_projection[3, :3]), m)

    def _paint(self, state: RigState) -> None:
        """Take over the material values that expressions set."""
        now = {m for m, _ in state.material_color} | set(state.material_uv)
        for number in now | self._painted:
            color = {k: v for (m, k), v in state.material_color.items() if m == number}
            block = materials.uniform_block(
                self.figure.character.materials[number],
                color,
                state.material_uv.get(number),
                roughness=self.figure.rough[number],
            )
            self._materials[number].write(block)
        self._painted = now

    def _sort(self, palette: Float, axis: Float, of_part: Float) -> None:
        """Bring the triangles of parts that the view has turned around front to back."""
        along = normalize(np.einsum("pji,j->pi", of_part[:, :3, :3], axis))
        for number in np.flatnonzero(has_turned(along, self._seen_along)):
            part = self.figure.upload.parts[number]
            if part.clusters is not None:
                order = part.clusters.front_to_back(palette, axis)
                self._index.write(part.triangles[order].tobytes(), offset=4 * part.first_index)
            self._seen_along[number] = along[number]

    def draw(self, part: Part, program: moderngl.Program, *, blended: bool = False) -> None:
        """Draw one part with a program whose uniforms are set, in the file's order or sorted."""
        self._block.bind_to_uniform_block(BLOCKS["Figure"])
        self._materials[part.material].bind_to_uniform_block(BLOCKS["Material"])
        array = self._array(program)
        start = part.first_index + (self._indices if blended else 0)
        for first, count in joined(part.triangle_runs, self.visible):
            self.figure.batches.render(array, start + first, count)

    def _array(self, program: moderngl.Program) -> moderngl.VertexArray:
        if id(program) not in self._arrays:
            b = self.figure.upload.buffers
            buffers = {"vertices": self.body.vertices, "uv": b.uv, "paint": b.paint}
            content: list[Any] = []
            for name, columns in _ATTRIBUTES:
                names = [column for _, _, column in columns if column in program]
                layout = " ".join(f if c in program else f"{size}x" for f, size, c in columns)
                if names:
                    content.append((buffers[name], layout, *names))
            self._arrays[id(program)] = self._ctx.vertex_array(program, content, self._index)
        return self._arrays[id(program)]

    def release(self) -> None:
        for array in self._arrays.values():
            array.release()
        self.body.release()
        for buffer in (self._index, self._block, *self._materials):
            buffer.release()


def _indices(figure: Figure) -> bytes:
    return b"".join(part.triangles.tobytes() for part in figure.upload.parts)


def bind_blocks(program: moderngl.Program) -> None:
    """Give a program's uniform blocks their fixed binding points."""
    for name, binding in BLOCKS.items():
        block = program.get(name, None)
        if isinstance(block, moderngl.UniformBlock):
            block.binding = binding
