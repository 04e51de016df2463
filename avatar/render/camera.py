"""Cameras, and the framing of portraits: a long lens with the eye line at the upper third."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from avatar.character.character import Character
from avatar.errors import ConfigError
from avatar.math3d import Float, look_at, perspective
from avatar.pose import HumanBone
from avatar.render.skeleton import rest_bounds, rest_world

View = Literal["close", "bust", "half", "full"]


@dataclass(frozen=True, slots=True)
class Camera:
    """A pinhole camera; +Y is up."""

    eye: tuple[float, float, float]
    """Position, m."""
    target: tuple[float, float, float]
    """What it faces, m."""
    fov_y: float = np.radians(20.0)
    """Vertical field of view, rad."""
    shift: float = 0.0
    """Where the target stands in the picture, half widths to the right of its middle."""

    @property
    def distance(self) -> float:
        """From eye to target, m."""
        return float(np.linalg.norm(np.subtract(self.eye, self.target)))

    def view(self) -> Float:
        """float32[4, 4], world to camera."""
        return look_at(self.eye, self.target)

    def projection(self, aspect: float, reach: float) -> Float:
        """float32[4, 4], OpenGL clip space; ``reach`` m is how far behind the target to see."""
        near = max(self.distance * 0.05, 0.01)
        matrix = perspective(self.fov_y, aspect, near, self.distance + reach)
        matrix[0, 2] = -self.shift
        return matrix

    def orbit(self, yaw: float, pitch: float, zoom: float = 1.0) -> Camera:
        """Turned about its target by ``yaw`` and ``pitch`` (rad), ``zoom`` > 1 comes closer."""
        away = np.subtract(self.eye, self.target)
        distance = float(np.linalg.norm(away)) / zoom
        azimuth = np.arctan2(away[0], away[2]) + yaw
        height = np.arcsin(np.clip(away[1] / np.linalg.norm(away), -1, 1)) + pitch
        height = float(np.clip(height, -1.5, 1.5))
        flat = np.cos(height)
        way = np.array([flat * np.sin(azimuth), np.sin(height), flat * np.cos(azimuth)])
        eye = np.asarray(self.target) + way * distance
        return replace(self, eye=(float(eye[0]), float(eye[1]), float(eye[2])))

    def carried(self, before: Camera, after: Camera) -> Camera:
        """The camera that stands to the framing ``after`` as this one stands to ``before``."""
        if self == before:
            return after
        scale = after.distance / before.distance
        target = np.add(after.target, np.subtract(self.target, before.target) * scale)
        eye = target + np.subtract(self.eye, self.target) * scale
        (ex, ey, ez), (tx, ty, tz) = eye.tolist(), target.tolist()
        return Camera((ex, ey, ez), (tx, ty, tz), after.fov_y, after.shift)


@dataclass(frozen=True, slots=True)
class _Preset:
    """A view in units of the head (chin to crown)."""

    above: float
    """From the eye line to the top of the frame."""
    below: float
    """From the eye line to the bottom; 0: down to the ground."""
    width: float
    """Least width that must be in the frame, so that tall pictures keep the face inside."""
    fov: float
    """deg"""


_PRESETS: Final[dict[str, _Preset]] = {
    "close": _Preset(0.61, 0.85, 1.05, 18.0),
    "bust": _Preset(0.68, 1.32, 1.35, 20.0),
    "half": _Preset(0.74, 2.60, 2.00, 22.0),
    "full": _Preset(0.80, 0.0, 2.60, 24.0),
}

VIEWS: Final = tuple(_PRESETS)
"""Names of the views."""


def frame_camera(
    character: Character, view: str = "bust", aspect: float = 16 / 9, yaw: float = 0.0
) -> Camera:
    """The camera of a view; ``yaw`` rad moves it about the figure, + to the figure's left.

    Figures without a humanoid are framed whole. Raises ConfigError for an unknown view.
    """
    if view not in _PRESETS:
        raise ConfigError(f"no camera view {view!r}: one of {', '.join(VIEWS)}")
    world = rest_world(character)
    if HumanBone.head not in character.humanoid:
        return _whole(character, world, aspect, yaw)
    preset = _PRESETS[view]
    eyes, head = _eyes(character, world)
    above, below = preset.above * head, preset.below * head
    if not below:
        below = float(eyes[1] - rest_bounds(character, world)[0][1]) + 0.15 * head
    line = above / (above + below)
    height = max(above + below, preset.width * head / aspect)
    centre = eyes + np.array([0, (line - 0.5) * height, 0], np.float32)
    return _camera(centre, height, np.radians(preset.fov), yaw, float(eyes[1]))


def _eyes(character: Character, world: Float) -> tuple[Float, float]:
    """Point between the eyes, and the size of the head (chin to crown), m."""
    human = character.humanoid
    head = world[human[HumanBone.head], :3, 3]
    neck = world[human.get(HumanBone.neck, human[HumanBone.head]), :3, 3]
    pair = [human[b] for b in (HumanBone.leftEye, HumanBone.rightEye) if b in human]
    if pair:
        eyes = world[pair, :3, 3].mean(0)
        above = 2.0 * (_top(character, world) - float(eyes[1]))
        # hair may stand high: what lies over the neck tells the size of the head below it
        over_neck = max(1.7 * float(eyes[1] - neck[1]), 0.8 * above)
        return eyes, float(np.clip(min(above, over_neck), 0.16, 0.6))
    size = max(float(_top(character, world) - head[1]), float(head[1] - neck[1]), 0.1)
    return head + np.array([0, size * 0.45, 0], np.float32), size


def _top(character: Character, world: Float) -> float:
    return float(rest_bounds(character, world)[1][1])


def _whole(character: Character, world: Float, aspect: float, yaw: float) -> Camera:
    low, high = rest_bounds(character, world)
    centre = ((low + high) / 2).astype("f4")
    size = np.maximum(high - low, 1e-3)
    height = 1.15 * max(float(size[1]), float(max(size[0], size[2])) / aspect)
    return _camera(centre, height, np.radians(24.0), yaw, float(centre[1] + 0.15 * size[1]))


def _camera(centre: Float, height: float, fov: float, yaw: float, eye_height: float) -> Camera:
    distance = height / 2 / np.tan(fov / 2)
    eye = centre + distance * np.array([np.sin(yaw), 0, np.cos(yaw)])
    # a little towards the eyes' height: level with the face, without tilting the verticals
    eye[1] += 0.25 * (eye_height - centre[1])
    point = [float(x) for x in centre]
    return Camera(
        (float(eye[0]), float(eye[1]), float(eye[2])), (point[0], point[1], point[2]), float(fov)
    )
