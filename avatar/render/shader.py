"""GLSL sources with includes and defines, compiled once per variant.

``#include "file.glsl"`` takes a file of the ``shaders`` folder once; ``#include MODEL`` takes
the file that the caller names for ``MODEL``. ``#line`` directives carry a number per file, from
which errors are told with the real file and line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import moderngl

from avatar.errors import ShaderError
from avatar.resources import shaders_dir

_INCLUDE: Final = re.compile(r'^\s*#include\s+(?:"(?P<file>[^"]+)"|(?P<slot>\w+))\s*$')
_ERROR: Final = re.compile(
    r"^(?:ERROR:\s*)?(?P<file>\d+)(?::(?P<line>\d+)\(\d+\)|:(?P<line2>\d+)|\((?P<line3>\d+)\))"
    r"\s*:?\s*(?P<text>.*)$"
)

Defines = Mapping[str, str]
"""Macro name -> value ("1" for a flag)."""


@dataclass(frozen=True, slots=True)
class Source:
    """One stage, ready for the compiler."""

    text: str
    files: tuple[str, ...]
    """File names by the number their ``#line`` directives carry."""


def preprocess(name: str, defines: Defines, slots: Mapping[str, str], root: Path) -> Source:
    """Flatten ``root/name``; raises ShaderError for an include that is not there."""
    files: list[str] = []
    body = "\n".join(_expand(name, slots, root, files))
    head = "".join(f"#define {key} {value}\n" for key, value in sorted(defines.items()))
    return Source(f"#version 330 core\n{head}{body}\n", tuple(files))


def _expand(name: str, slots: Mapping[str, str], root: Path, files: list[str]) -> list[str]:
    number = len(files)
    files.append(name)
    try:
        lines = (root / name).read_text("utf-8").splitlines()
    except FileNotFoundError:
        raise ShaderError(f"{root / name}: no such shader file") from None
    out = [f"#line 1 {number}"]
    for count, line in enumerate(lines, 1):
        found = _INCLUDE.match(line)
        if found is None:
            out.append(line)
            continue
        child = found["file"] or slots.get(found["slot"], "")
        if not child:
            raise ShaderError(f"{root / name}:{count}: nothing given for #include {found['slot']}")
        if child not in files:
            out += _expand(child, slots, root, files)
            out.append(f"#line {count + 1} {number}")
    return out


def explain(message: str, files: tuple[str, ...], root: Path) -> str:
    """The first error of a driver's log (Mesa, NVIDIA, AMD and Apple forms) with file:line."""
    for raw in message.splitlines():
        found = _ERROR.match(raw.strip())
        if found and int(found["file"]) < len(files):
            line = found["line"] or found["line2"] or found["line3"]
            return f"{root / files[int(found['file'])]}:{line}: {found['text'].strip()}"
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
            raise ShaderError(explain(log, stage[failed].files, self._root)) from None

    def close(self) -> None:
        for program in self._made.values():
            program.release()
        self._made.clear()
