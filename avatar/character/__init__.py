"""A figure as read from its file: immutable, model-specific, knowing nothing of OpenGL."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from avatar.character.character import Character

__all__ = ["load"]


def load(path: str | Path) -> Character:
    """Read a figure: VRM 1.0, VRM 0.x, GLB or glTF 2.0 (see ``avatar.character.reader``)."""
    from avatar.character.reader import load as load_file

    return load_file(path)
