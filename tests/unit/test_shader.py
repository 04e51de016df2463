"""Includes, slots, and errors that name the real file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from avatar.errors import ShaderError
from avatar.render.shader import Source, explain, preprocess


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "inner.glsl").write_text("float one() { return 1.0; }\n")
    (tmp_path / "other.glsl").write_text("// other\n")
    (tmp_path / "main.frag").write_text(
        '#include "inner.glsl"\n#include "inner.glsl"\n#include MODEL\nvoid main() {}\n'
    )
    return tmp_path


def test_a_file_is_included_once_and_a_slot_is_filled(folder):
    source = preprocess("main.frag", {}, {"MODEL": "other.glsl"}, folder)
    assert source.text.count("float one()") == 1
    assert "// other" in source.text
    assert ("other.glsl", 1) in source.origin


def test_defines_come_right_after_the_version(folder):
    text = preprocess("main.frag", {"B": "2", "A": "1"}, {"MODEL": "other.glsl"}, folder).text
    assert text.startswith("#version 330 core\n#define A 1\n#define B 2\n")


def test_each_line_knows_where_it_came_from(folder):
    source = preprocess("main.frag", {"A": "1"}, {"MODEL": "other.glsl"}, folder)
    lines = source.text.splitlines()
    assert len(lines) == len(source.origin)
    assert source.origin[lines.index("void main() {}")] == ("main.frag", 4)
    assert source.origin[lines.index("float one() { return 1.0; }")] == ("inner.glsl", 1)


def test_a_missing_include_is_named(folder):
    (folder / "main.frag").write_text('#include "gone.glsl"\n')
    with pytest.raises(ShaderError, match=r"gone\.glsl"):
        preprocess("main.frag", {}, {}, folder)


def test_an_empty_slot_tells_where(folder):
    with pytest.raises(ShaderError, match=r"main\.frag:3: .*MODEL"):
        preprocess("main.frag", {}, {}, folder)


SOURCE = Source("\n" * 4, (("main.frag", 0), ("inner.glsl", 7), ("main.frag", 2)))


@pytest.mark.parametrize(
    "log",
    [
        "fragment_shader\n====\n0:2(3): error: no such thing\n0:3(7): error: later",
        "0(2) : error C1503: no such thing",
        "ERROR: 0:2: no such thing",
    ],
    ids=["mesa", "nvidia", "apple"],
)
def test_errors_name_the_real_file_and_line(log):
    text = explain(log, SOURCE, Path("shaders"))
    assert text.startswith(f"{Path('shaders') / 'inner.glsl'}:7: ")
    assert "no such thing" in text


def test_an_error_without_a_line_is_told_as_it_is():
    assert explain("link failed:\n  too many varyings", SOURCE, Path()) == (
        "link failed: too many varyings"
    )
