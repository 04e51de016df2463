"""Recipes on disk: written whole or changed in place, comments kept, never half a file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.items import Table

from avatar.errors import OutputError

_ABOUT = {
    "person": "Age in years, height in cm; the rest from -1 to 1; shares of ancestry.",
    "face": "From -1 to 1, 0 is the average face. All terms: avatar model terms",
    "look": "Skin: a name, or 0 (light) to 1 (dark). Colours: names, '#rrggbb' or linear RGB.",
    "makeup": "",
    "outfit": "",
}


def new_text(tables: Mapping[str, Any]) -> str:
    """A recipe's TOML with a line of explanation for each table."""
    document = tomlkit.document()
    document.add(tomlkit.comment("A person. Bake with `avatar model bake`, change with `edit`."))
    for key, value in tables.items():
        if not isinstance(value, Mapping):
            document.add(key, value)
    for key, value in tables.items():
        if isinstance(value, Mapping) and value:
            table = tomlkit.table()
            if _ABOUT.get(key):
                table.comment(_ABOUT[key])
            table.update({str(name): entry for name, entry in value.items()})
            document.add(key, table)
    return tomlkit.dumps(document)


def with_values(text: str, changes: Mapping[tuple[str, str], Any]) -> str:
    """TOML ``text`` with ``(table, key)`` set to new values, all else as it was."""
    document = tomlkit.parse(text)
    for (name, key), value in changes.items():
        table = document.get(name)
        if not isinstance(table, Table):
            table = tomlkit.table()
            document.add(name, table)
        table[key] = value
    return tomlkit.dumps(document)


def write_text(path: Path, text: str) -> None:
    """Write the file as a whole: another reader sees the old one or the new one.

    Raises OutputError.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        with suppress(OSError):
            partial.unlink()
        raise OutputError(f"cannot write {path}: {error.strerror}") from error
