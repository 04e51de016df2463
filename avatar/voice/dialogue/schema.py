"""Reading a checked table: every error names its file and key, and a mistyped key its neighbour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, NoReturn

from avatar.errors import ConfigError


class Table:
    """A TOML table read key by key; ``done`` complains of keys that nobody read."""

    def __init__(self, values: Mapping[str, Any], source: str, name: str = "") -> None:
        self._values, self._source, self._name = values, source, name
        self._known = dict[str, None]()

    def where(self, key: str) -> str:
        """The file and the whole key, for a message."""
        return f"{self._source}: {self._name}{key}"

    def has(self, key: str) -> bool:
        """Whether the key is given."""
        self._known[key] = None
        return key in self._values

    def is_text(self, key: str) -> bool:
        """Whether the key holds a string or a list, rather than a table."""
        return isinstance(self._values.get(key), str | list)

    def table(self, key: str) -> Table:
        """The table under ``key``; empty when it is not given."""
        value = self._values[key] if self.has(key) else {}
        if not isinstance(value, Mapping):
            self._wrong(key, value, "a table")
        return Table(value, self._source, f"{self._name}{key}.")

    def tables(self, key: str) -> list[Table]:
        """The tables of an array of tables."""
        value = self._values[key] if self.has(key) else []
        if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
            self._wrong(key, value, "an array of tables")
        return [Table(one, self._source, f"{self._name}{key}[{i}].") for i, one in enumerate(value)]

    def strings(self, key: str, default: Sequence[str] = ()) -> tuple[str, ...]:
        """A string, or a list of them."""
        if not self.has(key):
            return tuple(default)
        value = self._values[key]
        texts = [value] if isinstance(value, str) else value
        if not isinstance(texts, list):
            self._wrong(key, value, "a text or a list of texts")
        for i, text in enumerate(texts):
            if not isinstance(text, str) or not text.strip():
                self._wrong(f"{key}[{i}]" if isinstance(value, list) else key, text, "a text")
        return tuple(texts)

    def choice(self, key: str, known: Sequence[str], default: str) -> str:
        """One of a few words."""
        value = self._values[key] if self.has(key) else default
        if value not in known:
            near = get_close_matches(str(value), known, n=1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise ConfigError(f"{self.where(key)} {value!r}: {hint}known: {', '.join(known)}")
        return value

    def number(self, key: str, default: float, low: float, high: float) -> float:
        """A number between two."""
        value = self._values[key] if self.has(key) else default
        if isinstance(value, bool) or not isinstance(value, int | float):
            self._wrong(key, value, "a number")
        if not low <= value <= high:
            self._wrong(key, value, f"{low:g} to {high:g}")
        return value

    def done(self) -> None:
        """Raise ConfigError for the first key that is not known here."""
        for key in self._values:
            if key not in self._known:
                near = get_close_matches(key, self._known, n=1)
                hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(self._known)}"
                raise ConfigError(f"{self.where(key)}: no such key: {hint}")

    def _wrong(self, key: str, value: Any, wanted: str) -> NoReturn:
        raise ConfigError(f"{self.where(key)} {value!r}: must be {wanted}")
