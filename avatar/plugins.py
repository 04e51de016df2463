"""Plug-ins by name, and optional packages that explain themselves when missing.

Our own drivers, synthesizers and sinks register in our pyproject through the same entry-point
groups that a visitor's package uses.
"""

from __future__ import annotations

import importlib
from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final

from avatar.errors import MissingExtra, UnknownPlugin

GROUPS: Final = ("drivers", "recognizers", "dialogues", "synthesizers", "sinks", "connectors")


def require(module: str, *, extra: str, for_what: str) -> Any:
    """Import an optional package, or raise MissingExtra with the command that installs it."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise MissingExtra(
            f'{for_what} needs {package}: pip install "avatar-engine[{extra}]"'
        ) from error


def found(group: str) -> dict[str, EntryPoint]:
    """Plug-ins of a group (``synthesizers`` ...) by name."""
    return {entry.name: entry for entry in entry_points(group=f"avatar.{group}")}


def load(group: str, name: str) -> Any:
    """The class or function registered as ``name``; raises UnknownPlugin listing the known ones."""
    known = found(group)
    if name not in known:
        near = get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise UnknownPlugin(
            f"no {group.removesuffix('s')} named {name!r}: {hint}known: {', '.join(sorted(known))}"
        )
    return known[name].load()
