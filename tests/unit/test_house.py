"""House rules that no linter knows: short files, short functions, one word per concept."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "avatar").rglob("*.py"))
FILE_LINES, FUNCTION_LINES = 400, 40
VAGUE = {"utils", "util", "helpers", "helper", "manager", "common", "core", "misc"}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(path: Path):
    tree = ast.parse(path.read_text("utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [node for node in ast.walk(tree) if isinstance(node, kinds)]


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_file_is_short(path):
    assert len(path.read_text("utf-8").splitlines()) <= FILE_LINES


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_functions_are_short(path):
    def length(node) -> int:
        return (node.end_lineno or node.lineno) - node.lineno + 1

    long = {node.name: length(node) for node in functions(path) if length(node) > FUNCTION_LINES}
    assert long == {}


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_file_says_what_it_is(path):
    text = path.read_text("utf-8")
    assert not text.strip() or ast.get_docstring(ast.parse(text))


def test_no_vague_names():
    names = {part.removesuffix(".py") for path in SOURCES for part in path.relative_to(ROOT).parts}
    assert names & VAGUE == set()


@pytest.mark.parametrize("path", sorted((ROOT / "demos").glob("[0-9]*.py")), ids=name)
def test_demo_fits_on_a_screen(path):
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= 60
    assert ast.get_docstring(ast.parse(text))
