"""Pictures of figures: OpenGL 3.3 core through moderngl, offscreen or in a window."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from avatar.render.background import Background
    from avatar.render.camera import Camera, frame_camera
    from avatar.render.figure import Figure, Staged
    from avatar.render.renderer import Renderer
    from avatar.render.surface import Surface, offscreen
    from avatar.render.window import WindowSurface

_HOME = {
    "Background": "background",
    "Camera": "camera",
    "Figure": "figure",
    "Renderer": "renderer",
    "Staged": "figure",
    "Surface": "surface",
    "WindowSurface": "window",
    "frame_camera": "camera",
    "offscreen": "surface",
}

__all__ = [
    "Background",
    "Camera",
    "Figure",
    "Renderer",
    "Staged",
    "Surface",
    "WindowSurface",
    "frame_camera",
    "offscreen",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
