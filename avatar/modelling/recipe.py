"""What a figure is baked from: one TOML file a person in ``models/recipes``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from avatar.errors import AssetError, ConfigError
from avatar.resources import models_dir


@dataclass(frozen=True)
class Recipe:
    """A recipe file's tables, with ``lr-`` names spelled out."""

    id: str
    name: str
    female: bool
    targets: dict[str, float]
    """Base-mesh targets."""
    expression: dict[str, float]
    """ARKit weights at rest."""
    gain: dict[str, float]
    """Factors on ARKit targets."""
    close_corners: float
    """How far the mouth's corners are drawn together, dm."""
    skin: dict[str, Any]
    eyes: dict[str, Any]
    brows: dict[str, Any]
    lashes: dict[str, Any]
    hair: dict[str, Any]
    clothes: tuple[dict[str, Any], ...]


def recipes() -> dict[str, Path]:
    """The recipes by name."""
    return {path.stem: path for path in sorted((models_dir() / "recipes").glob("*.toml"))}


def load_recipe(name: str) -> Recipe:
    """A recipe by name; raises ConfigError for an unknown one, AssetError for a damaged one."""
    known = recipes()
    if name not in known:
        raise ConfigError(f"no recipe {name!r}: choose one of {', '.join(known)}, or all")
    try:
        data = tomllib.loads(known[name].read_text(encoding="utf-8"))
        return Recipe(
            id=name,
            name=data["name"],
            female=data["sex"] == "female",
            targets=_both_sides(data["targets"]),
            expression=data["expression"],
            gain=data.get("gain", {}),
            close_corners=data.get("close_corners", 0.0),
            clothes=tuple(data["clothes"]),
            **{key: data[key] for key in ("skin", "eyes", "brows", "lashes", "hair")},
        )
    except tomllib.TOMLDecodeError as error:
        raise AssetError(f"not valid TOML: {error}", path=known[name]) from error
    except KeyError as error:
        raise AssetError(f"{error.args[0]} is missing", path=known[name]) from error


def _both_sides(targets: dict[str, float]) -> dict[str, float]:
    result: dict[str, float] = {}
    for name, amount in targets.items():
        paired = name.startswith("lr-")
        sides = [side + name[2:] for side in "lr"] if paired else [name]
        result |= dict.fromkeys(sides, amount)
    return result
