"""The stage: a surface, its renderer, the figures' places and the camera before them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avatar.character.character import Character
from avatar.config import Config
from avatar.devices.video import SUFFIXES, VideoLoop
from avatar.math3d import Float
from avatar.output.captions import CaptionView
from avatar.output.provenance import Provenance
from avatar.pose import RigState
from avatar.render.background import Background
from avatar.render.camera import Camera, frame_camera
from avatar.render.camerawork import Move
from avatar.render.caption_layer import caption_layers, label_layers
from avatar.render.figure import Figure, Staged
from avatar.render.light import light_rig
from avatar.render.overlay import Layer
from avatar.render.renderer import Renderer
from avatar.render.surface import Surface, offscreen

LENS_REACH: Final = 0.7
"""How far aside a figure still looks for the lens, rad."""


class Stage:
    """Draws posed figures with captions and the AI mark, into a window or for read-back."""

    def __init__(self, config: Config, surface: Surface | None = None) -> None:
        self._config = config
        self.size = config.size
        self.view = config.view
        self.surface = surface or offscreen()
        self.renderer = Renderer(
            self.surface.ctx,
            config.size,
            quality=config.quality,
            light=config.light,
            fps=config.fps,
        )
        self._reel: VideoLoop | None = None
        self.set_background(config.background)
        self._camera = Camera((0.0, 1.5, 3.0), (0.0, 1.5, 0.0))
        self._move: Move | None = None
        self._t = 0.0
        self._aside = 0.0
        self._characters: list[Character] = []
        self._figures: list[Figure] = []
        self._placements: list[Float] = []

    def add(self, character: Character, x: float = 0.0) -> None:
        """Put a figure ``x`` m to the viewer's right of the middle."""
        self.surface.use()
        placement = np.eye(4, dtype=np.float32)
        placement[0, 3] = x
        self._characters.append(character)
        self._figures.append(self._uploaded(character))
        self._placements.append(placement)
        self.frame()

    def replace(self, index: int, character: Character) -> None:
        """Another figure takes place ``index``, seen from where the last one was seen."""
        self.surface.use()
        framing = self._framing()
        before = self._figures[index]
        self._figures[index] = self._uploaded(character)
        self._characters[index] = character
        if before not in self._figures:
            before.release()
        self._keep_camera(framing)

    def _uploaded(self, character: Character) -> Figure:
        """Its GPU data, which all places that show this very character share."""
        shown = (figure for figure in self._figures if figure.character is character)
        return next(shown, None) or self.renderer.upload(character)

    @property
    def camera(self) -> Camera:
        """The camera as it stands; setting it cuts, and ends a move."""
        return self._camera

    @camera.setter
    def camera(self, camera: Camera) -> None:
        self._camera, self._move = camera, None

    def frame(self, view: str | None = None, move: float = 0.0) -> None:
        """Frame all figures: close, bust, half or full.

        The camera gets there in ``move`` s, eased, from wherever it is; 0 cuts.
        """
        self.view = view or self.view
        camera = self._framing()
        if move > 0:
            self._move = Move(self._camera, camera, self._t, move)
        else:
            self.camera = camera

    def leave(self, aside: float) -> None:
        """Frame the figures beside a panel over the right-hand share ``aside`` (0..1) of the
        picture."""
        if aside != self._aside:
            framing = self._framing()
            self._aside = aside
            self._keep_camera(framing)

    def _keep_camera(self, framing: Camera) -> None:
        """What the viewer turned or brought nearer since ``framing`` stays so in a new one."""
        if self._move is None:
            self.camera = self.camera.carried(framing, self._framing())
        else:
            self.frame()

    def _framing(self) -> Camera:
        aspect = self.size[0] * (1 - self._aside) / self.size[1]
        cameras = [frame_camera(character, self.view, aspect) for character in self._characters]
        tallest = max(cameras, key=lambda camera: camera.target[1])
        places = [float(placement[0, 3]) for placement in self._placements]
        camera = _widen(tallest, min(places), max(places), aspect)
        return replace(camera, shift=-self._aside)

    def lens(self) -> list[tuple[float, float]]:
        """Where each figure finds the lens: (yaw, pitch) seen from its eyes' height, rad.

        Beyond LENS_REACH the lens is out of sight and the figure looks ahead.
        """
        found: list[tuple[float, float]] = []
        for placement in self._placements:
            x, y, z = (
                np.array(self.camera.eye) - placement[:3, 3] - (0, self.camera.target[1], 0)
            ).tolist()
            yaw, pitch = math.atan2(x, z), math.atan2(y, math.hypot(x, z))
            seen = abs(yaw) < LENS_REACH and abs(pitch) < LENS_REACH
            found.append((yaw, pitch) if seen else (0.0, 0.0))
        return found

    def set_background(self, background: str) -> None:
        """``studio``, ``transparent``, ``#rrggbb``, an image or a video file, which loops."""
        reel = None
        if Path(background).suffix.lower() in SUFFIXES:
            reel = VideoLoop(Path(background).expanduser(), self.size)
        else:
            self.renderer.background = Background.parse(background)
        if self._reel is not None:
            self._reel.close()
        self._reel = reel

    def configure(self, config: Config) -> None:
        """Take view, background and quality from ``config`` where they differ."""
        self.surface.use()
        if config.background != self._config.background:
            self.set_background(config.background)
        if config.quality != self._config.quality:
            self.renderer.set_quality(config.quality, config.fps)
        if config.light != self._config.light:
            self.renderer.light = light_rig(config.light)
        if config.view != self.view:
            self.frame(config.view, config.camera_move)
        self._config = config

    def resize(self, size: tuple[int, int]) -> None:
        """Draw at ``size`` px from now on."""
        self.surface.use()
        framing = self._framing() if self._characters else None
        self.size = size
        self.renderer.resize(size)
        if self._reel is not None:
            self._reel.close()
            self._reel = VideoLoop(self._reel.path, size)
        if framing is not None:
            self._keep_camera(framing)

    def draw(
        self,
        states: Sequence[RigState],
        t: float,
        caption: CaptionView | None = None,
        provenance: Provenance | None = None,
        extra: Sequence[Layer] = (),
    ) -> None:
        """Draw one state per figure at time ``t`` (s), ``extra`` layers on top."""
        self.surface.use()
        self._t = t
        if self._move is not None:
            move, self._camera = self._move, self._move.at(t)
            self._move = None if move.over(t) else move
        if self._reel is not None:
            self.renderer.background = Background("picture", pixels=self._reel.at(t))
        layers: list[Layer] = []
        if provenance is not None:
            layers += label_layers(provenance.mark(t), self.size)
        if caption is not None:
            layers += caption_layers(caption, self.size)
        staged = [
            Staged(figure, state, placement)
            for figure, state, placement in zip(
                self._figures, states, self._placements, strict=True
            )
        ]
        self.renderer.draw(staged, self.camera, t, [*layers, *extra])

    def lay(self, layers: Sequence[Layer]) -> None:
        """Lay ``layers`` over what was drawn."""
        self.surface.use()
        self.renderer.lay(layers)

    def read(self) -> NDArray[np.uint8]:
        """The picture, uint8[h, w, 4], premultiplied RGBA, top row first; a reused buffer."""
        self.surface.use()
        return self.renderer.read()

    def close(self) -> None:
        """Release the GPU's memory and the surface."""
        if self._reel is not None:
            self._reel.close()
        self.surface.use()
        self.renderer.close()
        self.surface.close()

    @property
    def ctx(self) -> Any:
        """The moderngl context."""
        return self.surface.ctx


def _widen(camera: Camera, left: float, right: float, aspect: float) -> Camera:
    """A camera made for a figure at x = 0, moved so that figures from left to right are in."""
    if left == right == 0:
        return camera
    width = 2 * camera.distance * math.tan(camera.fov_y / 2) * aspect
    room = min(width, 0.75)
    shift = np.array([(left + right) / 2, 0, 0])
    eye, target = np.array(camera.eye), np.array(camera.target)
    back = max(1.0, (right - left + room) / width)
    eye = target + (eye - target) * back
    ex, ey, ez = (eye + shift).tolist()
    tx, ty, tz = (target + shift).tolist()
    return Camera((ex, ey, ez), (tx, ty, tz), camera.fov_y)
