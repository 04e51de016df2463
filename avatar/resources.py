"""Where the package's own files lie: in a checkout or inside an installed wheel."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from avatar.errors import MissingAsset

_PACKAGE: Final = Path(__file__).resolve().parent


def _folder(name: str) -> Path:
    installed = _PACKAGE / "_assets" / name
    return installed if installed.is_dir() else _PACKAGE.parent / name


def shaders_dir() -> Path:
    """Folder of the GLSL sources."""
    return _folder("shaders")


def models_dir() -> Path:
    """Folder of the shipped models: ``manifest.toml``, ``figures/``, voices."""
    return _folder("models")


def figures() -> dict[str, Path]:
    """The shipped figures by name."""
    return {path.stem: path for path in sorted((models_dir() / "figures").glob("*.vrm"))}


def figure_path(name: str) -> Path:
    """A shipped figure's file by name, or the path given; raises MissingAsset."""
    known = figures()
    if name in known:
        return known[name]
    path = Path(name).expanduser()
    if path.is_file():
        return path
    raise MissingAsset(
        f"no figure {name!r}: give a .vrm or .glb file, or one of {', '.join(known)}"
    )
