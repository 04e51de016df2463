"""What happens in a window, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class KeyPressed:
    name: str
    """Lower case: ``a``, ``1``, ``f5``, ``return``, ``escape``, ``backspace``, ``left`` ..."""
    modifiers: frozenset[str]
    """Of ``shift ctrl alt command``."""


@dataclass(frozen=True, slots=True)
class TextTyped:
    text: str
    """Finished text, also from an input method."""


@dataclass(frozen=True, slots=True)
class MousePressed:
    x: float
    """px from the left."""
    y: float
    """px from the top."""
    button: str
    """``left``, ``middle`` or ``right``."""


@dataclass(frozen=True, slots=True)
class MouseDragged:
    x: float
    y: float
    dx: float
    """px to the right since the last event."""
    dy: float
    """px down since the last event."""
    button: str


@dataclass(frozen=True, slots=True)
class MouseScrolled:
    x: float
    y: float
    steps: float
    """Up is positive."""


@dataclass(frozen=True, slots=True)
class Resized:
    width: int
    """px of the framebuffer."""
    height: int


@dataclass(frozen=True, slots=True)
class FilesDropped:
    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Closed:
    pass


Event = (
    KeyPressed
    | TextTyped
    | MousePressed
    | MouseDragged
    | MouseScrolled
    | Resized
    | FilesDropped
    | Closed
)
