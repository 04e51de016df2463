"""Functions a model may call: the built-in ones, and a program's own.

A tool that is off is neither offered nor run, whatever the model says. A tool's result goes back
to the model as text; one that returns a ``Reply`` is also shown and said.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import queue
import threading
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, Union

from avatar.animation.emotion import EMOTIONS
from avatar.animation.gestures import find, library
from avatar.errors import ConfigError
from avatar.media import Reply

_LONGEST: Final = 4000
"""Characters of a result that are told to the model."""
_TYPES: Final = {str: "string", int: "integer", float: "number", bool: "boolean"}
LOOKS: Final = ("visitor", "left", "right", "up", "down", "away")


@dataclass(frozen=True, slots=True)
class Result:
    """What a tool gave."""

    text: str
    """For the model."""
    reply: Reply | None = None
    """For the visitor."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A function with what a model has to know of it."""

    name: str
    about: str
    parameters: Mapping[str, Any]
    """JSON schema of its arguments."""
    function: Callable[..., Any]
    timeout: float
    """s until it is given up."""

    def offered(self) -> dict[str, Any]:
        """As the chat protocol names it."""
        described = {"description": self.about, "parameters": dict(self.parameters)}
        return {"type": "function", "function": {"name": self.name, **described}}


class Tools:
    """The tools there are. ``pictures`` are those that may be shown, by name."""

    def __init__(self, pictures: Mapping[str, Path | str] | None = None) -> None:
        self._tools = dict[str, Tool]()
        self._own = set[str]()
        self._pictures = {name: str(path) for name, path in (pictures or {}).items()}
        for function in (say, gesture, emote, look):
            self._add(function, function.__name__)
        if self._pictures:
            self._add(self._show_picture, "show_picture")
            known = {"type": "string", "enum": list(self._pictures)}
            self._set_schema("show_picture", {"name": known})
        known = {"type": "string", "description": f"one of {', '.join(library())}"}
        self._set_schema("gesture", {"name": known})

    @property
    def names(self) -> tuple[str, ...]:
        """All of them, built-in ones first."""
        return tuple(self._tools)

    def register(
        self, function: Callable[..., Any], *, name: str = "", timeout: float = 5.0
    ) -> Callable[..., Any]:
        """Make a function a tool, also as a decorator.

        Its name, docstring and type hints are what a model is told; plain, optional, ``Literal``
        and list types are known. Raises ConfigError for a parameter it cannot describe, or the name
        of a built-in tool.
        """
        name = name or function.__name__
        if name in self._tools and name not in self._own:
            raise ConfigError(f"tool {name}: there is a built-in one of that name")
        self._add(function, name, timeout)
        self._own.add(name)
        return function

    def offered(self, on: Sequence[str]) -> list[dict[str, Any]]:
        """Those that are on, as the chat protocol names them."""
        return [tool.offered() for name, tool in self._tools.items() if self._is_on(name, on)]

    def call(self, name: str, arguments: Mapping[str, Any] | str, on: Sequence[str] = ()) -> str:
        """Run a tool; its result, or in one line why there is none."""
        return self.run(name, arguments, on=on).text

    def run(self, name: str, arguments: Mapping[str, Any] | str, *, on: Sequence[str]) -> Result:
        """Run a tool if it is on: a built-in one if named in ``on``, a program's own always.

        Never raises for what a model or a tool did wrong: the text says it.
        """
        tool = self._tools.get(name)
        if tool is None or not self._is_on(name, on):
            return Result(f"error: there is no tool {name!r}")
        try:
            given = json.loads(arguments or "{}") if isinstance(arguments, str) else arguments
            checked = check(given, tool.parameters)
        except ValueError as error:
            return Result(f"error: {name}: {error}")
        return _told(name, _within(tool, checked))

    def _add(self, function: Callable[..., Any], name: str, timeout: float = 5.0) -> None:
        about = inspect.getdoc(function) or name
        self._tools[name] = Tool(name, about, schema_of(function, name), function, timeout)

    def _is_on(self, name: str, on: Sequence[str]) -> bool:
        return name in self._own or name in on

    def _set_schema(self, name: str, changed: Mapping[str, Any]) -> None:
        tool = self._tools[name]
        properties = {**tool.parameters["properties"], **changed}
        schema = {**tool.parameters, "properties": properties}
        self._tools[name] = Tool(name, tool.about, schema, tool.function, tool.timeout)

    def _show_picture(self, name: str) -> Reply:
        """Show the visitor a picture."""
        return Reply("", picture=self._pictures[name])


def say(text: str) -> Reply:
    """Say a sentence to the visitor now, for instance before a tool that takes a while."""
    return Reply(text)


def gesture(name: str) -> Reply:
    """Make a gesture."""
    return Reply("", gesture=find(name).name)


def emote(mood: Literal[EMOTIONS]) -> Reply:  # type: ignore[valid-type]
    """Show a mood in the face."""
    return Reply("", emotion=mood)


def look(where: Literal[LOOKS]) -> Reply:  # type: ignore[valid-type]
    """Look somewhere while speaking."""
    return Reply("", look=where)


def schema_of(function: Callable[..., Any], name: str) -> dict[str, Any]:
    """JSON schema of a function's arguments; raises ConfigError naming the parameter."""
    hints = typing.get_type_hints(function)
    properties, required = dict[str, Any](), list[str]()
    for key, parameter in inspect.signature(function).parameters.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise ConfigError(f"tool {name}: *{key} cannot be described: name its parameters")
        properties[key] = _schema(hints.get(key, str), f"tool {name}: {key}")
        if parameter.default is parameter.empty:
            required.append(key)
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _schema(hint: Any, where: str) -> dict[str, Any]:
    if hint in _TYPES:
        return {"type": _TYPES[hint]}
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin is Literal:
        return {"type": _TYPES[type(parts[0])], "enum": list(parts)}
    if origin in (Union, types.UnionType) and type(None) in parts and len(parts) == 2:
        return _schema(next(part for part in parts if part is not type(None)), where)
    if origin in (list, Sequence):
        return {"type": "array", "items": _schema(parts[0], where)}
    raise ConfigError(f"{where} is {hint}: use str, int, float, bool, Literal or a list of these")


def check(values: Any, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments held against their schema; raises ValueError naming the one at fault."""
    if not isinstance(values, Mapping):
        raise ValueError("arguments must be an object")
    known = schema["properties"]
    for key in values:
        if key not in known:
            raise ValueError(f"no argument {key!r}: known: {', '.join(known) or 'none'}")
    for key in schema["required"]:
        if key not in values:
            raise ValueError(f"argument {key!r} is missing")
    return {key: _checked(key, value, known[key]) for key, value in values.items()}


def _checked(key: str, value: Any, schema: Mapping[str, Any]) -> Any:
    kind = schema["type"]
    if kind == "array":
        if not isinstance(value, list):
            raise ValueError(f"{key} must be an array")
        return [_checked(f"{key}[{i}]", one, schema["items"]) for i, one in enumerate(value)]
    wanted = next(python for python, word in _TYPES.items() if word == kind)
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
        raise ValueError(f"{key} must be of type {kind}")
    if "enum" in schema and value not in schema["enum"]:
        raise ValueError(f"{key} must be one of {', '.join(map(str, schema['enum']))}")
    return value


def _within(tool: Tool, arguments: Mapping[str, Any]) -> Any:
    """The tool's value, or an exception: what it raised, or that it took too long."""
    came: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def work() -> None:
        try:
            value = tool.function(**arguments)
            came.put(asyncio.run(value) if inspect.iscoroutine(value) else value)
        except Exception as error:  # a program's own function may raise anything
            came.put(error)

    threading.Thread(target=work, name=f"avatar-tool-{tool.name}", daemon=True).start()
    try:
        return came.get(timeout=tool.timeout)
    except queue.Empty:
        return TimeoutError(f"took longer than {tool.timeout:g} s")


def _told(name: str, value: Any) -> Result:
    """A tool's value as what the model and the visitor get."""
    if isinstance(value, Reply):
        return Result("done", value)
    if isinstance(value, Exception):
        line = " ".join(f"{type(value).__name__}: {value}".split())
        return Result(f"error: {name}: {line[:300]}")
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return Result(text[:_LONGEST])
