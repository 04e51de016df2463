"""A typed, bounds-checked view of a glTF JSON document.

Every reading method says what it expects; what does not fit becomes an :class:`AssetError` that
carries the file and the RFC 6901 pointer of the offending element.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from avatar.errors import AssetError, UnsupportedFormat

Choice = TypeVar("Choice", bound=str)

_MAX_WARNINGS: Final = 200
_MAX_BYTES: Final = 32 << 20
"""Parsed JSON takes up to 25 times its size, so this keeps it well below a gigabyte."""
_LARGE: Final = 1e9
"""Numbers are limited to this, so that their squares and cubes do not overflow."""


@dataclass(slots=True)
class Document:
    """The file being read: where it lies and what was noticed in it."""

    path: Path
    warnings: list[str] = field(default_factory=list[str])

    def warn(self, pointer: str, message: str) -> None:
        """Note, once, something the file asks for that is not done."""
        text = f"{_printable(pointer)}: {message}"
        if text not in self.warnings and len(self.warnings) < _MAX_WARNINGS:
            self.warnings.append(text)


@dataclass(frozen=True, slots=True)
class View:
    """One JSON object of the document; reading methods name a key in it."""

    value: dict[str, Any]
    pointer: str
    document: Document

    def error(self, message: str, *keys: str | int) -> AssetError:
        """An AssetError at this element, or at what ``keys`` lead to from it."""
        return AssetError(message, path=self.document.path, pointer=_printable(self.at(*keys)))

    def unsupported(self, message: str, *keys: str | int) -> UnsupportedFormat:
        """An UnsupportedFormat at this element, or at what ``keys`` lead to from it."""
        where = _printable(self.at(*keys))
        return UnsupportedFormat(message, path=self.document.path, pointer=where)

    def warn(self, message: str, *keys: str | int) -> None:
        """Add to the document's warnings."""
        self.document.warn(self.at(*keys), message)

    def at(self, *keys: str | int) -> str:
        """Pointer of what ``keys`` lead to from this object."""
        escaped = (str(key).replace("~", "~0").replace("/", "~1") for key in keys)
        return "/".join([self.pointer, *escaped])

    def has(self, key: str) -> bool:
        """Whether the key is there and not null."""
        return self.value.get(key) is not None

    def child(self, key: str) -> View:
        """The object under ``key``; an empty one when absent."""
        return self._object(self.value.get(key, {}), self.at(key))

    def extension(self, name: str) -> View | None:
        """The object of an extension of this element, or None."""
        extensions = self.child("extensions")
        return extensions.child(name) if extensions.has(name) else None

    def children(self, key: str, limit: int = 1 << 20) -> list[View]:
        """The objects of the array under ``key``; none when absent."""
        items = self._list(key, limit)
        pointer = self.at(key)
        return [self._object(item, f"{pointer}/{i}") for i, item in enumerate(items)]

    def members(self, key: str) -> Iterator[tuple[str, View]]:
        """The objects of the object under ``key``, with their names."""
        parent = self.child(key)
        for name in parent.value:
            yield name, parent.child(name)

    def count(self, key: str) -> int:
        """Length of the array under ``key``."""
        return len(self._list(key))

    def integer(
        self, key: str, default: int | None = None, *, low: int = 0, high: int = 1 << 53
    ) -> int:
        """A whole number; required when ``default`` is None."""
        return self._integer(self._get(key, default), key, low, high)

    def index(self, key: str, count: int, default: int | None = None) -> int:
        """An index below ``count``; required when ``default`` is None."""
        if default is not None and not self.has(key):
            return default
        value = self._integer(self._get(key, None), key, 0, 1 << 53)
        return self._below(value, key, count)

    def indices(self, key: str, count: int) -> list[int]:
        """An array of indices below ``count``; empty when absent."""
        inner = View(
            {str(i): item for i, item in enumerate(self._list(key))}, self.at(key), self.document
        )
        return [inner.index(name, count) for name in inner.value]

    def number(
        self, key: str, default: float | None = None, *, low: float = -_LARGE,
        high: float = _LARGE,
    ) -> float:  # fmt: skip
        """A number, limited to the range; required when ``default`` is None."""
        return min(max(self._number(self._get(key, default), key), low), high)

    def vector(self, key: str, default: tuple[float, ...]) -> tuple[float, ...]:
        """As many finite numbers as the default has; longer arrays are cut."""
        if not self.has(key):
            return default
        items = self._list(key)
        if len(items) < len(default):
            raise self.error(f"{len(default)} numbers expected, {len(items)} found", key)
        return tuple(self._number(item, key) for item in items[: len(default)])

    def numbers(self, key: str, limit: int = 1 << 16) -> tuple[float, ...]:
        """An array of finite numbers of any length; empty when absent."""
        return tuple(self._number(item, key) for item in self._list(key, limit))

    def text(self, key: str, default: str | None = None) -> str:
        """A string; required when ``default`` is None."""
        value = self._get(key, default)
        if not isinstance(value, str):
            raise self.error(f"a string expected, {_kind(value)} found", key)
        return value

    def texts(self, key: str, limit: int = 1 << 16) -> tuple[str, ...]:
        """An array of strings; empty when absent."""
        items = self._list(key, limit)
        for i, item in enumerate(items):
            if not isinstance(item, str):
                raise self.error(f"a string expected, {_kind(item)} found", key, i)
        return tuple(items)

    def flag(self, key: str, default: bool = False) -> bool:
        """A boolean."""
        value = self._get(key, default)
        if not isinstance(value, bool):
            raise self.error(f"true or false expected, {_kind(value)} found", key)
        return value

    def choice(self, key: str, options: tuple[Choice, ...]) -> Choice:
        """One of ``options``; the first when absent or, with a warning, when it is another."""
        value = self.text(key, options[0])
        for option in options:
            if value == option:
                return option
        known = ", ".join(option for option in options if option)
        self.warn(f"{_printable(value)[:80]} is none of {known}, ignored", key)
        return options[0]

    def _get(self, key: str, default: object) -> Any:
        value = self.value.get(key)
        value = default if value is None else value
        if value is None:
            raise self.error(f"{key} is missing")
        return value

    def _list(self, key: str, limit: int = 1 << 20) -> list[Any]:
        items = self.value.get(key)
        items = [] if items is None else items
        if not isinstance(items, list):
            raise self.error(f"an array expected, {_kind(items)} found", key)
        found = cast("list[Any]", items)
        if len(found) > limit:
            raise self.error(f"{len(found)} elements, more than the {limit} allowed", key)
        return found

    def _object(self, value: object, pointer: str) -> View:
        if not isinstance(value, dict):
            raise AssetError(
                f"an object expected, {_kind(value)} found",
                path=self.document.path,
                pointer=_printable(pointer),
            )
        return View(cast("dict[str, Any]", value), pointer, self.document)

    def _integer(self, value: object, key: str, low: int, high: int) -> int:
        if isinstance(value, float) and value.is_integer() and abs(value) < 1 << 53:
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.error(f"a whole number expected, {_kind(value)} found", key)
        if not low <= value <= high:
            raise self.error(f"{_short(value)} is outside {low}..{high}", key)
        return value

    def _below(self, value: int, key: str, count: int) -> int:
        if value >= count:
            raise self.error(f"index {value} is out of range, there are {count}", key)
        return value

    def _number(self, value: object, key: str) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.error(f"a number expected, {_kind(value)} found", key)
        if not abs(value) < math.inf:
            raise self.error("the number is not finite", key)
        return float(min(max(value, -_LARGE), _LARGE))


def parse(text: bytes, path: Path) -> View:
    """The root object of a JSON document; raises AssetError."""
    if len(text) > _MAX_BYTES:
        raise AssetError(f"its JSON is larger than {_MAX_BYTES >> 20} MB", path=path)
    try:
        value = json.loads(text.decode("utf-8-sig"), parse_constant=_no_constant)
    except RecursionError:
        raise AssetError("its JSON is nested too deeply", path=path) from None
    except ValueError as error:
        raise AssetError(f"its JSON is damaged: {_printable(str(error))}", path=path) from None
    if not isinstance(value, dict):
        raise AssetError(f"a glTF object expected, {_kind(value)} found", path=path)
    return View(cast("dict[str, Any]", value), "", Document(path))


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")


def _kind(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "an array"
    names: dict[type, str] = {str: "a string", bool: "a boolean", float: "a fraction"}
    return names.get(type(value), "a number")


def _short(value: int) -> str:
    return str(value) if abs(value) < 1 << 64 else "the number"


def _printable(text: str) -> str:
    """One line of printable characters, at most 200."""
    clean = "".join(c if c.isprintable() else "?" for c in text[:200])
    return clean if len(text) <= 200 else clean + "…"
