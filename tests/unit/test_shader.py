"""Includes, slots, and errors that name the real file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from avatar.errors import ShaderError
from avatar.render.shader import explain, preprocess


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
    assert source.files == ("main.frag", "inner.glsl", "other.glsl")


def test_defines_come_right_after_the_version(folder):
    text = preprocess("main.frag", {"B": "2", "A": "1"}, {"MODEL": "other.glsl"}, folder).text
    assert text.startswith("#version 330 core\n#define A 1\n#define B 2\n")


def test_line_numbers_continue_after_an_include(folder):
    lines = preprocess("main.frag", {}, {"MODEL": "other.glsl"}, folder).text.splitlines()
    assert lines[lines.index("void main() {}") - 1] == "#line 4 0"


def test_a_missing_include_is_named(folder):
    (folder / "main.frag").write_text('#include "gone.glsl"\n')
    with pytest.raises(ShaderError, match=r"gone\.glsl"):
        preprocess("main.frag", {}, {}, folder)


def test_an_empty_slot_tells_where(folder):
    with pytest.raises(ShaderError, match=r"main\.frag:3: .*MODEL"):
        preprocess("main.frag", {}, {}, folder)


@pytest.mark.parametrize(
    "log",
    [
        "0:9(3): error: no such thing\n1:12(7): error: later",
        "0(9) : error C1503: no such thing",
        "ERROR: 0:9: no such thing",
    ],
    ids=["mesa", "nvidia", "apple"],
)
def test_errors_name_the_real_file_and_line(log):
    text = explain(log, ("main.frag", "inner.glsl"), Path("shaders"))
    assert text.startswith(f"{Path('shaders') / 'main.frag'}:9: ")
    assert "no such thing" in text


def test_errors_in_an_include_name_the_include():
    text = explain("1:4(2): error: bad", ("a.frag", "b.glsl"), Path())
    assert text.startswith("b.glsl:4: ")
