"""Draws figures: one deform pass each, then shadow, surface, post, overlay; then the read-back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import moderngl
import numpy as np
from numpy.typing import NDArray

from avatar.character.character import Character
from avatar.clock import monotonic
from avatar.errors import ShaderError
from avatar.math3d import Float
from avatar.render.background import Background, BackgroundPass
from avatar.render.batch import Batches
from avatar.render.camera import Camera
from avatar.render.contact import ContactShade
from avatar.render.depth_of_field import DepthOfField
from avatar.render.fallback import Fallback
from avatar.render.figure import BLOCKS, Actor, Figure, Staged
from avatar.render.frame import frame_block
from avatar.render.ground import GroundPass, visible_ground
from avatar.render.light import LightRig, light_rig
from avatar.render.overlay import Layer, Overlay
from avatar.render.post import Canvas, Post, inner_size
from avatar.render.quality import AutoQuality, Tier, tier
from avatar.render.scene import ScenePass, items
from avatar.render.screen import Box, screen_boxes
from avatar.render.shader import Programs
from avatar.render.shadow import LampView, ShadowMap, lamp_view
from avatar.render.surface import finisher, flusher, is_software
from avatar.render.trim import trim

_REACH: Final = 30.0
"""How far behind the camera's target is drawn, m."""
_FRAME_BYTES: Final = 16 * (4 + 4 + 1 + 6 + 9 + 3)
_COMPILED: Final = 5
"""Frames after which the driver has compiled its shaders and left tens of megabytes behind."""
_UPSIDE_DOWN: Final[Float] = np.diag(np.array([1, -1, 1, 1], np.float32))
"""OpenGL's first row is the lowest; drawn upside down, it is the picture's top row."""


LONGEST_FRAME = 0.07
"""s between frames above which an old shadow would show; then it is drawn anew every frame."""
_MOVED = 0.004
"""m that any part may move until an old shadow would fall on the figure itself."""


class Renderer:
    """Draws into a picture of a fixed size.

    ``quality`` is ``draft``, ``standard``, ``high``, ``film``, or ``auto``, which measures each
    frame and holds ``fps``. Raises ConfigError for an unknown quality or light.
    """

    def __init__(
        self,
        ctx: moderngl.Context,
        size: tuple[int, int],
        quality: str | Tier = "standard",
        background: Background | None = None,
        light: str | LightRig = "portrait",
        fps: float = 30.0,
    ) -> None:
        self._ctx, self.size = ctx, size
        self.background = background or Background()
        self.light = light_rig(light)
        self.programs = Programs(ctx)
        self._auto = AutoQuality(fps) if quality == "auto" else None
        self._tier = tier(self._auto.name) if self._auto else tier(quality)
        self._fallback = Fallback()
        self._scene = ScenePass(ctx, self.programs)
        self._set_light()
        self._backdrop = BackgroundPass(ctx, self.programs)
        self._ground = GroundPass(ctx, self.programs)
        self._post = Post(ctx, self.programs)
        self._lens = DepthOfField(ctx, self.programs)
        self._contact = ContactShade(ctx, self.programs)
        ctx.front_face = "cw"  # for the same reason as _UPSIDE_DOWN
        self._frame = ctx.buffer(reserve=_FRAME_BYTES, dynamic=True)
        self._finish = finisher(ctx)
        self._software = is_software(str(ctx.info["GL_RENDERER"]))
        self._batches = Batches(flusher(ctx) if self._software else None)
        self._canvas: Canvas | None = None
        self._shadow: ShadowMap | None = None
        self._lamp: LampView | None = None
        self._shadow_t, self._shadow_camera = 0.0, Camera((0.0, 0.0, 1.0), (0.0, 0.0, 0.0))
        self._shadow_of: Float = np.zeros((0, 3), np.float32)
        """Where the parts of all figures were when the shadow was drawn, m."""
        self._count = 0
        self._overlay: Overlay | None = None
        self._began: float | None = None  # of a picture whose time is not known yet, s
        self.probe: Callable[[str], None] | None = None
        """Called with a stage's name when the stage is finished; for benches."""
        self._make_output()

    def _make_output(self) -> None:
        width, height = self.size
        self._picture = self._ctx.texture(self.size, 4)
        self._picture.filter = (moderngl.LINEAR, moderngl.LINEAR)
        self.target = self._ctx.framebuffer(self._picture)
        """The finished picture, top row first."""
        self._pixels = np.zeros((height, width, 4), np.uint8)

    @property
    def quality(self) -> str:
        """Name of the tier in use."""
        return self._tier.name

    def upload(self, character: Character) -> Figure:
        """Put a character into GPU memory and compile what it needs."""
        lean = self._software and not self._tier.samples
        figure = Figure(self._ctx, self.programs, character, lean=lean, batches=self._batches)
        self._try(lambda: self._scene.prepare([figure.actor(0)], self._tier))
        for image in character.images:
            image.release()
        trim()
        return figure

    def resize(self, size: tuple[int, int]) -> None:
        """Change the picture's size (w, h), px."""
        if size == self.size:
            return
        self.size = size
        self.target.release()
        self._picture.release()
        self._make_output()
        self._drop_canvas()

    def set_quality(self, quality: str, fps: float = 30.0) -> None:
        """Change the tier, or hand the choice to ``auto``."""
        self._auto = AutoQuality(fps) if quality == "auto" else None
        self._use_tier(self._auto.name if self._auto else quality)

    def _try(self, work: Callable[[], None]) -> None:
        """Do ``work``; again with the next tier when the driver does not take the shaders."""
        while True:
            try:
                return work()
            except ShaderError as error:
                self._use_tier(self._fallback.after(self._tier.name, error))

    def _use_tier(self, name: str) -> None:
        name = self._fallback.usable(name)
        if name != self._tier.name:
            self._tier = tier(name)
            self._drop_canvas()

    def _drop_canvas(self) -> None:
        if self._canvas is not None:
            self._canvas.release()
        if self._shadow is not None:
            self._shadow.release()
        self._canvas = self._shadow = None

    def draw(
        self, staged: Sequence[Staged], camera: Camera, t: float, layers: Sequence[Layer] = ()
    ) -> None:
        """Draw a frame for time ``t`` (s), with ``overlay.Layer`` s on top."""
        self._try(lambda: self._draw(staged, camera, t, layers))

    def _draw(
        self, staged: Sequence[Staged], camera: Camera, t: float, layers: Sequence[Layer]
    ) -> None:
        self._began = monotonic()
        self.target.use()  # transform feedback, too, wants a complete framebuffer
        aspect = self.size[0] / self.size[1]
        matrix = (_UPSIDE_DOWN @ camera.projection(aspect, _REACH) @ camera.view()).astype("f4")
        actors = self._deform(staged, matrix)
        lamp = self._draw_shadow(actors, camera, aspect, t)
        height = inner_size(self._tier, self.size)[1]
        block = frame_block(camera, matrix, lamp, self.light, t, height)
        self._frame.write(block)
        self._frame.bind_to_uniform_block(BLOCKS["Frame"])
        self._draw_scene(
            actors, camera, aspect, lambda: self._ground.draw(staged, matrix, self._tier)
        )
        assert self._canvas is not None
        boxes = [] if self._canvas.direct else self._boxes(staged, actors, matrix)
        if self._software:
            self._finish()  # copies wait for the drawing, and moderngl's keep the GIL meanwhile
        look = replace(self._tier, bloom=0.0) if self.light.plain else self._tier
        if look.contact and not (self.light.plain or any(i.figure.toon for i in staged)):
            self._contact.draw(self._canvas, camera, _REACH)
        if look.aperture and not self.light.plain:
            self._lens.draw(self._canvas, camera, _REACH, look.aperture)
        self._post.draw(self._canvas, self.target, look, boxes, self._fill_behind)
        self._mark("post")
        if layers:
            self.lay(layers)
            self._mark("overlay")
        self._count += 1
        if self._count == _COMPILED:
            trim()

    def _boxes(self, staged: Sequence[Staged], actors: Sequence[Actor], matrix: Float) -> list[Box]:
        """What of the canvas figures and their shadows may cover."""
        assert self._canvas is not None
        hulls = [a.corners.reshape(-1, 8, 3) for a in actors]
        if not self.light.plain:
            hulls += [visible_ground(item.placement, matrix)[None] for item in staged]
        return screen_boxes(hulls, matrix, self._canvas.size)

    def _deform(self, staged: Sequence[Staged], matrix: Float) -> list[Actor]:
        seen: dict[int, int] = {}
        actors: list[Actor] = []
        for item in staged:
            number = seen.get(id(item.figure), 0)
            seen[id(item.figure)] = number + 1
            actor = item.figure.actor(number)
            actor.update(item.state, item.placement, matrix)
            actors.append(actor)
        self._mark("deform")
        return actors

    def _draw_shadow(
        self, actors: Sequence[Actor], camera: Camera, aspect: float, t: float
    ) -> LampView:
        """Draw the shadow map if its turn has come; returns the view it was drawn in."""
        late = abs(t - self._shadow_t) > self._tier.shadow_every * LONGEST_FRAME
        cut = camera != self._shadow_camera
        where = _centres(actors)
        moved = where.shape != self._shadow_of.shape or _farthest(where, self._shadow_of) > _MOVED
        due = late or cut or moved or self._count % self._tier.shadow_every == 0
        if self._shadow is None:
            self._shadow, self._lamp = ShadowMap(self._ctx, self.programs, self._tier), None
        if self._lamp is None or due:
            self._shadow_t, self._shadow_camera, self._shadow_of = t, camera, where
            centre, radius = _bounds(actors)
            direction = self.light.key.direction
            self._lamp = lamp_view(direction, camera, aspect, centre, radius, self._shadow.size)
            if not self.light.plain:
                self._shadow.begin()
                self._scene.draw_depth(actors, self._lamp.matrix)
                self._shadow.finish()
        self._mark("shadow")
        return self._lamp

    def _draw_scene(
        self,
        actors: Sequence[Actor],
        camera: Camera,
        aspect: float,
        ground: Callable[[], None],
    ) -> None:
        if self._canvas is None:
            self._canvas = Canvas(self._ctx, self._tier, self._picture)
        assert self._shadow is not None
        canvas = self._canvas
        canvas.target.clear(0.0, 0.0, 0.0, 0.0)
        if not canvas.samples:
            self._backdrop.copy(self.background, canvas.target, aspect)
        canvas.target.use()

        def backdrop() -> None:
            if canvas.samples:
                self._ctx.enable_only(moderngl.DEPTH_TEST)
                self._backdrop.draw(self.background, aspect, self._tier.aperture)
            if not self.light.plain:
                ground()

        eye = np.asarray(camera.eye, np.float32)
        self._set_light()
        order = items(actors, eye, self._tier, bare=self.light.plain)
        self._scene.draw(order, self._tier, self._shadow, backdrop)
        self._mark("surface")

    def _set_light(self) -> None:
        self._scene.bare = self.light.plain
        self._scene.room = not self.light.plain or any(self.light.ceiling)

    def _fill_behind(self) -> bool:
        """The background alone at full size; a picture would show where the scaled part ends."""
        self.target.clear(0.0, 0.0, 0.0, 0.0)
        if self.background.kind == "picture":
            return False
        self._ctx.enable_only(moderngl.NOTHING)
        self._backdrop.copy(self.background, self.target, self.size[0] / self.size[1])
        return True

    def lay(self, layers: Sequence[Layer]) -> None:
        """Lay ``layers`` over the finished picture."""
        if self._overlay is None:
            self._overlay = Overlay(self._ctx)
        self._overlay.draw(self.target, layers)

    def _mark(self, stage: str) -> None:
        if self.probe is not None:
            self._finish()
            self.probe(stage)

    def read(self) -> NDArray[np.uint8]:
        """The picture: uint8[h, w, 4], premultiplied RGBA, top row first; reused by the next."""
        self.wait()
        self.target.read_into(self._pixels, components=4, alignment=1)
        return self._pixels

    def wait(self) -> None:
        """Wait, without the GIL, until the picture is drawn; ``auto`` learns what it took."""
        self._finish()
        if self._auto is not None and self._began is not None:
            self._use_tier(self._auto.record(monotonic() - self._began))
        self._began = None

    def close(self) -> None:
        """Free all GPU memory but the figures'."""
        self._drop_canvas()
        self._post.close()
        self._lens.release()
        self._contact.release()
        self._backdrop.close()
        self._ground.close()
        if self._overlay is not None:
            self._overlay.close()
        self.programs.close()
        for thing in (self.target, self._picture, self._frame):
            thing.release()


def _centres(actors: Sequence[Actor]) -> Float:
    """float32[n, 3], where the parts of all figures are, m."""
    return np.concatenate([a.sphere_centres for a in actors] or [np.zeros((0, 3), np.float32)])


def _farthest(a: Float, b: Float) -> float:
    """The longest way between points of two equally long lists, m."""
    return float(np.sqrt(((a - b) ** 2).sum(1).max(initial=0.0)))


def _bounds(actors: Sequence[Actor]) -> tuple[Float, float]:
    """A sphere around all figures: centre float32[3] and radius, m."""
    centres = [a.sphere_centres for a in actors if len(a.sphere_centres)]
    if not centres:
        return np.zeros(3, np.float32), 1.0
    radii = [a.figure.upload.spheres.radius[:, None] for a in actors if len(a.sphere_centres)]
    low = np.concatenate([c - r for c, r in zip(centres, radii, strict=True)]).min(0)
    high = np.concatenate([c + r for c, r in zip(centres, radii, strict=True)]).max(0)
    return (low + high) / 2, float(np.linalg.norm(high - low) / 2)
