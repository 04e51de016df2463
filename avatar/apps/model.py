"""``avatar model``: make people from recipes, bake them, show many at once."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import click
import numpy as np
from numpy.typing import NDArray

from avatar.apps.messages import tr
from avatar.character import load
from avatar.character.character import Character
from avatar.config import Config
from avatar.errors import ConfigError
from avatar.modelling import schema
from avatar.modelling.bake import FULL, PREVIEW, Detail, bake_file, make_figure
from avatar.modelling.people import random_person
from avatar.modelling.recipe import Recipe, load_recipe, parse_recipe, recipe_path
from avatar.modelling.recipe_write import new_text, write_text
from avatar.modelling.sources import Sources
from avatar.modelling.vrm_write import write_vrm
from avatar.output.png import write_png
from avatar.output.provenance import Provenance
from avatar.runtime.manual import ManualDriver
from avatar.runtime.session import Session

GALLERY: Final = Detail(skin=1024, eye=512, occlusion=True)
"""How fine the people of a gallery are baked."""


def new(
    name: str,
    seed: int | None = None,
    sex: str | None = None,
    style: str | None = None,
    output: Path | None = None,
    force: bool = False,
) -> Path:
    """Write a recipe of a random person; ``seed`` None draws one. Returns the file's path."""
    seed = int(np.random.default_rng().integers(1 << 31)) if seed is None else seed
    path = output or Path(f"{Path(name).name}.toml")
    if path.exists() and not force:
        raise ConfigError(f"{path} is there already: choose another with -o, or add --force")
    tables: dict[str, Any] = random_person(seed, sex) | {"name": name}
    if style == "idol":
        tables["style"] = style
    write_text(path, new_text(tables))
    return path


def bake(name: str, output: Path | None = None, *, preview: bool = False) -> Path:
    """Bake a recipe (a shipped one's name, or a file) into the working folder or ``output``."""
    path = output or Path(recipe_path(name).with_suffix(".vrm").name)
    return bake_file(load_recipe(name), path, PREVIEW if preview else FULL)


def character(recipe: Recipe, sources: Sources, detail: Detail) -> Character:
    """A recipe's figure, ready to be shown."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{recipe.id}.vrm"
        write_vrm(make_figure(recipe, sources, detail)).write(path)
        return load(path)


def chosen(names: Sequence[str], seeds: Iterable[int], sex: str | None) -> list[Recipe]:
    """The recipes named; without any, random people of the seeds."""
    if names:
        return [load_recipe(name) for name in names]
    return [parse_recipe(random_person(seed, sex), f"{seed}", f"seed {seed}") for seed in seeds]


def gallery(
    recipes: list[Recipe], output: Path, config: Config, columns: int, *, preview: bool = False
) -> None:
    """One picture of many people, ``columns`` in a row; config.size is each one's."""
    detail = PREVIEW if preview else GALLERY
    sources = Sources()
    pictures: list[NDArray[np.uint8]] = []
    session: Session | None = None
    config = config.with_values({"label": False})
    try:
        for recipe in recipes:
            figure = character(recipe, sources, detail)
            session = _shown(session, figure, config)
            pictures.append(session.frame().pixels.copy())
            click.echo(f"{recipe.id}  {recipe.name}", err=True)
    finally:
        if session is not None:
            session.close()
    write_png(output, montage(pictures, columns), Provenance(config.provider))


def _shown(session: Session | None, figure: Character, config: Config) -> Session:
    if session is None:
        session = Session(figure, config=config)
    else:
        session.replace_figure(0, figure)
    session.performers[0].add(ManualDriver({"eyeBlinkLeft": 0.0, "eyeBlinkRight": 0.0}))
    session.settle()
    return session


def montage(pictures: list[NDArray[np.uint8]], columns: int) -> NDArray[np.uint8]:
    """Pictures uint8[H, W, 4] of one size in rows of ``columns``, the last row filled up."""
    columns = min(columns, len(pictures))
    blank = np.zeros_like(pictures[0])
    blank[..., 3] = 255
    filled = [*pictures, *[blank] * (-len(pictures) % columns)]
    rows = [np.hstack(filled[k : k + columns]) for k in range(0, len(filled), columns)]
    return np.vstack(rows)


def terms() -> str:
    """Every human term of a recipe with what it may be."""
    lines: list[str] = []
    for table, keys in schema.TABLES.items():
        lines.append(f"[{table}]")
        lines += [f"  {name:18} {_allowed(key)}" for name, key in keys.items()]
    return "\n".join(lines)


def _allowed(key: schema.Key) -> str:
    match key:
        case schema.Number(low, high, start):
            return f"{low:g} .. {high:g}  ({start:g})"
        case schema.Choice(names):
            return " | ".join(names)
        case schema.Colour(names):
            return f"{tr('model_colour')}: {', '.join(names)}"
