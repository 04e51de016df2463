"""The catalogue and the choice of language."""

from __future__ import annotations

import ast
import os
import string
import subprocess
import sys
from pathlib import Path

import pytest

from avatar.apps import messages
from avatar.apps.messages import SENTENCES


def fields(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


@pytest.mark.parametrize("key", SENTENCES)
def test_both_languages_have_the_same_fields(key):
    english, chinese = SENTENCES[key]
    assert english.strip() and chinese.strip()
    assert fields(english) == fields(chinese)
    assert "\n" not in english + chinese


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"AVATAR_LANG": "zh", "LANG": "en_US.UTF-8"}, "zh"),
        ({"AVATAR_LANG": "en", "LC_ALL": "zh_CN.UTF-8"}, "en"),
        ({"LC_ALL": "zh_TW.UTF-8", "LANG": "en_GB.UTF-8"}, "zh"),
        ({"LC_ALL": "", "LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LC_MESSAGES": "zh_CN", "LANG": "C"}, "zh"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "fr_FR.UTF-8"}, "en"),
        ({}, "en"),
    ],
)
def test_variables_in_their_order(environ, expected):
    assert messages.choose(environ, lambda: "") == expected


def test_the_systems_locale_counts_only_when_no_variable_is_set():
    assert messages.choose({}, lambda: "zh_CN") == "zh"
    assert messages.choose({}, lambda: "zh-Hans-CN") == "zh"
    assert messages.choose({"LANG": "en_US.UTF-8"}, lambda: "zh_CN") == "en"


def test_windows_language_id_becomes_a_locale(monkeypatch):
    import ctypes
    from types import SimpleNamespace

    kernel = SimpleNamespace(GetUserDefaultUILanguage=lambda: 0x0804)
    monkeypatch.setattr(ctypes, "windll", SimpleNamespace(kernel32=kernel), raising=False)
    assert messages.system_locale("win32") == "zh_CN"


def test_macos_asks_defaults_and_survives_without_it(monkeypatch):
    def defaults(command, **_):
        assert command == ["defaults", "read", "-g", "AppleLocale"]
        return subprocess.CompletedProcess(command, 0, "zh_CN\n", "")

    monkeypatch.setattr(subprocess, "run", defaults)
    assert messages.system_locale("darwin") == "zh_CN"

    def absent(*_, **__):
        raise FileNotFoundError("defaults")

    monkeypatch.setattr(subprocess, "run", absent)
    assert messages.system_locale("darwin") == ""


def test_linux_has_only_its_variables():
    assert messages.system_locale("linux") == ""


def test_an_unknown_key_or_a_forgotten_field_is_a_fault_of_ours():
    with pytest.raises(KeyError):
        messages.tr("no such key")
    with pytest.raises(KeyError):
        messages.tr("saved")


@pytest.mark.parametrize(("lang", "expected"), [("en", "saved a.mp4"), ("zh", "已保存 a.mp4")])
def test_a_process_speaks_its_users_language_even_on_an_ascii_console(lang, expected):
    code = (
        "from avatar.apps import messages; messages.use_utf8();"
        "print(messages.tr('saved', path='a.mp4'))"
    )
    environ = {**os.environ, "AVATAR_LANG": lang, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    run = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, check=True)
    assert run.stdout.decode("utf-8").strip() == expected


def spoken_keys() -> tuple[set[str], set[str]]:
    """Keys handed to ``tr`` as literals, and every string literal, over the package's sources."""
    asked, literals = set(), set()
    for path in (Path(messages.__file__).parents[1]).rglob("*.py"):
        if path.name.startswith("catalogue"):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                literals.add(node.value)
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "tr" and node.args:
                first = node.args[0]
                asked |= {first.value} if isinstance(first, ast.Constant) else set()
    return asked, literals


def test_every_key_asked_for_is_there():
    assert spoken_keys()[0] - set(SENTENCES) == set()


def test_every_sentence_is_used():
    assert set(SENTENCES) - spoken_keys()[1] == set()
