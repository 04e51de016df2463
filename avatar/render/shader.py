"""GLSL sources with includes and defines, compiled once per variant.

``#include "file.glsl"`` takes a file of the ``shaders`` folder once; ``#include MODEL`` takes
the file that the caller names for ``MODEL``. Where each line came from is kept here, not told to
the compiler: Mesa forgets the file number of ``#line`` in some of its messages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import moderngl

from avatar.errors import ShaderError
from avatar.resources import shaders_dir

_INCLUDE: Final = re.compile(r'^\s*#include\s+(?:"(?P<file>[^"]+)"|(?P<slot>\w+))\s*$')
_ERROR: Final = re.compile(
    r"^(?:ERROR:\s*)?\d+(?::(?P<mesa>\d+)\(\d+\)|:(?P<apple>\d+)|\((?P<nvidia>\d+)\))"
    r"\s*:?\s*(?P<text>.*)$"
)

Defines = Mapping[str, str]
"""Macro name -> value ("1" for a flag)."""


@dataclass(frozen=True, slots=True)
class Source:
    """One stage, ready for the compiler."""

    text: str
    origin: tuple[tuple[str, int], ...]
    """File and line (from 1) that each line of ``text`` came from."""


def preprocess(name: str, defines: Defines, slots: Mapping[str, str], root: Path) -> Source:
    """Flatten ``root/name``; raises ShaderError for an include that is not there."""
    head = ["#version 330 core"]
    head += [f"#define {key} {value}" for key, value in sorted(defines.items())]
    rows = [(line, (name, 0)) for line in head]
    rows += _expand(name, slots, root, set())
    return Source("\n".join(line for line, _ in rows) + "\n", tuple(at for _, at in rows))


def _expand(
    name: str, slots: Mapping[str, str], root: Path, seen: set[str]
) -> Iterator[tuple[str, tuple[str, int]]]:
    seen.add(name)
    try:
        lines = (root / name).read_text("utf-8").splitlines()
    except FileNotFoundError:
        raise ShaderError(f"{root / name}: no such shader file") from None
    for number, line in enumerate(lines, 1):
        found = _INCLUDE.match(line)
        if found is None:
            yield line, (name, number)
            continue
        child = found["file"] or slots.get(found["slot"], "")
        if not child:
            raise ShaderError(f"{root / name}:{number}: nothing given for #include {found['slot']}")
        if child not in seen:
            yield from _expand(child, slots, root, seen)


def explain(message: str, source: Source, root: Path) -> str:
    """The first error of a driver's log (Mesa, NVIDIA, AMD and Apple forms) with file:line."""
    for raw in message.splitlines():
        found = _ERROR.match(raw.strip())
        if found is None:
            continue
        line = int(found["mesa"] or found["apple"] or found["nvidia"])
        if 0 < line <= len(source.origin):
            file, number = source.origin[line - 1]
            return f"{root / file}:{number}: {found['text'].strip()}"
    return " ".join(message.split())


class Programs:
    """The compiled programs of one context, by name and variant."""

    def __init__(self, ctx: moderngl.Context, root: Path | None = None) -> None:
        self._ctx, self._root = ctx, root or shaders_dir()
        self._made: dict[tuple[object, ...], moderngl.Program] = {}

    def get(
        self,
        vertex: str,
        fragment: str = "",
        defines: Defines | None = None,
        *,
        slots: Mapping[str, str] | None = None,
        varyings: tuple[str, ...] = (),
    ) -> moderngl.Program:
        """The program of two files; ``varyings`` are captured by transform feedback."""
        defines, slots = defines or {}, slots or {}
        key = (vertex, fragment, *sorted(defines.items()), *sorted(slots.items()), varyings)
        if key not in self._made:
            self._made[key] = self._compile(vertex, fragment, defines, slots, varyings)
        return self._made[key]

    def _compile(
        self,
        vertex: str,
        fragment: str,
        defines: Defines,
        slots: Mapping[str, str],
        varyings: tuple[str, ...],
    ) -> moderngl.Program:
        stage = {"vertex_shader": preprocess(vertex, defines, slots, self._root)}
        if fragment:
            stage["fragment_shader"] = preprocess(fragment, defines, slots, self._root)
        try:
            return self._ctx.program(
                vertex_shader=stage["vertex_shader"].text,
                fragment_shader=stage["fragment_shader"].text if fragment else None,
                varyings=varyings,
            )
        except moderngl.Error as error:
            log = str(error)
            failed = "fragment_shader" if fragment and "fragment_shader" in log else "vertex_shader"
            raise ShaderError(explain(log, stage[failed], self._root)) from None

    def close(self) -> None:
        for program in self._made.values():
            program.release()
        self._made.clear()
