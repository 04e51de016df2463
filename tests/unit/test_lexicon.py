"""The user's lexicon file."""

from __future__ import annotations

import pytest

from avatar.errors import ConfigError
from avatar.voice import lexicon


def test_a_good_file(tmp_path):
    path = tmp_path / "lexicon.toml"
    path.write_text(
        '[zh]\n"小美" = "xiao3 mei3"\n[en]\nQwen = "kwen"\nNguyen = "/nɡuˈjɛn/"\n', "utf-8"
    )
    found = lexicon.load(path)
    assert found.zh == {"小美": ("xiao3", "mei3")}
    assert found.en == {"qwen": "kwen", "nguyen": "/nɡuˈjɛn/"}


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('[zh]\n"小美" = "xiao3"\n', "小美"),
        ('[zh]\n"小美" = "xiao3 zzz9"\n', "小美"),
        ('[en]\nQwen = "/ʘ/"\n', "Qwen"),
        ('[en]\nQwen = "克文"\n', "Qwen"),
        ('[fr]\na = "b"\n', "fr"),
        ("[zh\n", "TOML"),
    ],
)
def test_a_wrong_entry_is_named_in_one_line(tmp_path, text, word):
    path = tmp_path / "lexicon.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigError, match=word) as caught:
        lexicon.load(path)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match="no lexicon"):
        lexicon.load(tmp_path / "none.toml")
