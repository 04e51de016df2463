"""What a figure is baked from: one TOML file a person.

Two kinds of tables. ``[person] [face] [look] [makeup] [outfit]`` speak in human terms
(``schema.py`` lists every key with its range) and are all optional. ``[targets] [expression]
[gain] [skin] [eyes] [brows] [lashes] [hair] [[clothes]]`` speak of the base data directly, for
experts; they add to, and win over, what the human terms say.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from avatar.errors import AssetError, ConfigError, MissingAsset
from avatar.modelling import schema, terms
from avatar.modelling.look import looks
from avatar.modelling.macro import ETHNICITIES, Build, mixture
from avatar.modelling.wardrobe import garments
from avatar.pose import FACE_SHAPES
from avatar.resources import models_dir

RAW: Final = ("targets", "expression", "gain", "skin", "eyes", "brows", "lashes", "hair")
"""Tables about the base data itself."""
TOP: Final = ("name", "sex", "style", "close_corners", "seed", "clothes", "meta")
"""Keys outside any table."""


@dataclass(frozen=True)
class Recipe:
    """A recipe's tables with the human terms worked out and ``lr-`` names spelled out."""

    id: str
    name: str
    female: bool
    targets: dict[str, float]
    """Base-mesh targets, without the height's."""
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
    build: Build = field(default_factory=lambda: Build(True))
    """Its height is solved for when the base data is at hand."""
    makeup: dict[str, Any] = field(default_factory=dict[str, Any])
    style: str = "realistic"
    tables: dict[str, Any] = field(default_factory=dict[str, Any])
    """The file's tables as written, for styles with tables of their own."""


def recipes() -> dict[str, Path]:
    """The shipped recipes by name."""
    return {path.stem: path for path in sorted((models_dir() / "recipes").glob("*.toml"))}


def recipe_path(name: str) -> Path:
    """A shipped recipe's file by name, or the path given; raises ConfigError for neither."""
    known = recipes()
    if name in known:
        return known[name]
    path = Path(name).expanduser()
    if path.suffix == ".toml" and path.is_file():
        return path
    if path.suffix == ".toml":
        raise MissingAsset("no such recipe: make one with `avatar model new NAME`", path=path)
    raise ConfigError(f"no recipe {name!r}: a .toml file, or {schema.near(name, known)}")


def load_recipe(name: str) -> Recipe:
    """A recipe by name or path; ConfigError names a wrong key, AssetError a damaged file."""
    path = recipe_path(name)
    return parse_recipe(read_tables(path), path.stem, str(path))


def read_tables(path: Path) -> dict[str, Any]:
    """The file's tables; raises AssetError where it cannot be read as TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise MissingAsset(f"cannot be read: {error.strerror}", path=path) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AssetError(f"not valid TOML: {error}", path=path) from error


def parse_recipe(data: Mapping[str, Any], id: str, where: str) -> Recipe:
    """A recipe from its tables; ``where`` names it in errors. Raises ConfigError."""
    _check(data, where)
    human: dict[str, dict[str, Any]] = {name: dict(data.get(name, {})) for name in schema.TABLES}
    female = data.get("sex", "female") == "female"
    build = _build(human["person"], female)
    worked = looks(human["look"], human["makeup"], build)
    tables = {name: worked.get(name, {}) | dict(data.get(name, {})) for name in RAW}
    targets = mixture(build) if "person" in data else {}
    targets |= _targets("person", terms.BODY, human["person"])
    targets |= _targets("face", terms.FACE, human["face"])
    return Recipe(
        id=id,
        name=str(data.get("name", id)),
        female=female,
        targets=_both_sides(_sum(targets, dict(data.get("targets", {})))),
        close_corners=float(data.get("close_corners", 0.010)),
        clothes=tuple(data.get("clothes") or garments(human["outfit"], female)),
        build=build,
        makeup=worked["makeup"],
        style=str(data.get("style", "realistic")),
        tables=dict(data),
        **{key: tables[key] for key in RAW if key != "targets"},
    )


def _check(data: Mapping[str, Any], where: str) -> None:
    own = set(data.get("style_tables", ()))
    known = {*TOP, *RAW, *schema.TABLES, "idol"} | own
    for key, value in data.items():
        if key not in known:
            raise ConfigError(f"{where}: no key {key!r}: {schema.near(key, sorted(known))}")
        if key in (*schema.TABLES, *RAW) and not isinstance(value, dict):
            raise ConfigError(f"{where}: {key} must be a table: write [{key}]")
    if data.get("sex", "female") not in ("female", "male"):
        raise ConfigError(f"{where}: sex = {data['sex']!r}: choose one of female, male")
    for table in (*schema.TABLES, *schema.RAW):
        schema.check(table, data.get(table, {}), where)
    _check_weights(data, where)
    people = [data.get("person", {}).get(name, 0.0) for name in ETHNICITIES]
    if (
        data.get("person")
        and any(name in data["person"] for name in ETHNICITIES)
        and not sum(people)
    ):
        raise ConfigError(f"{where}: person: one of {', '.join(ETHNICITIES)} must be above 0")


def _check_weights(data: Mapping[str, Any], where: str) -> None:
    """Raises ConfigError for a weight that is no number or far out, or is of no ARKit shape."""
    for table, low, high in (("targets", -2, 2), ("expression", -1, 1), ("gain", 0, 3)):
        for key, value in data.get(table, {}).items():
            if table != "targets" and key not in FACE_SHAPES:
                raise ConfigError(f"{where}: no key {table}.{key}: {schema.near(key, FACE_SHAPES)}")
            problem = schema.fault(schema.Number(low, high), value)
            if problem:
                raise ConfigError(f"{where}: {table}.{key} = {value!r}: {problem}")


def _build(person: Mapping[str, Any], female: bool) -> Build:
    people = {name: float(person[name]) for name in ETHNICITIES if person.get(name)}
    plain = {key: float(person[key]) for key in ("age", "weight", "muscle", "ideal", "bust")
             if key in person}  # fmt: skip
    height = float(person["height"]) if "height" in person else None
    return Build(female, height=height, ethnicity=people or {"asian": 1.0}, **plain)


def _targets(
    table: str, known: Mapping[str, terms.Term], values: Mapping[str, Any]
) -> dict[str, float]:
    result: dict[str, float] = {}
    for key, value in values.items():
        if key in known and value:
            name = known[key].less if value < 0 else known[key].more
            result[name] = result.get(name, 0.0) + abs(float(value))
    return result


def _sum(first: Mapping[str, float], second: Mapping[str, float]) -> dict[str, float]:
    return {key: first.get(key, 0.0) + second.get(key, 0.0) for key in {**first, **second}}


def _both_sides(targets: Mapping[str, float]) -> dict[str, float]:
    result: dict[str, float] = {}
    for name, amount in targets.items():
        paired = name.startswith("lr-")
        for side in [side + name[2:] for side in "lr"] if paired else [name]:
            result[side] = result.get(side, 0.0) + amount
    return result
