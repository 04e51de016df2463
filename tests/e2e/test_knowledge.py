"""``avatar knowledge`` as a user types it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from avatar.apps import rehearse
from avatar.config import Config
from avatar.voice.dialogue.faq import FaqDialogue

LINES = [("Good morning.", "en"), ("你好。", "zh"), ("[bow] See you again.", "en")]


def avatar(*arguments: str, home: Path, lang: str = "en") -> subprocess.CompletedProcess[str]:
    environ = os.environ | {"AVATAR_LANG": lang, "XDG_DATA_HOME": str(home), "PYTHONUTF8": "1"}
    code = "import sys; from avatar.cli import main; main(sys.argv[1:])"
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, env=environ, capture_output=True, text=True, encoding="utf-8",
                          stdin=subprocess.DEVNULL, timeout=120, check=False)  # fmt: skip


def test_check_ask_and_review(tmp_path):
    folder = tmp_path / "hall"
    folder.mkdir()
    (folder / "hall.csv").write_text(
        "问题,中文回答\n几点开门？,九点。\n,没人问。\n周末开门吗？,周末休息。\n", "utf-8"
    )
    checked = avatar("knowledge", "check", str(folder), home=tmp_path, lang="zh")
    assert "hall.csv:3: 有答案但没有问题" in checked.stdout
    assert "共 2 条" in checked.stdout
    assert checked.returncode == 2
    asked = avatar("knowledge", "ask", str(folder), "请问几点开门呀", home=tmp_path)
    assert asked.stdout.startswith("九点。")
    assert "hall.csv#2" in asked.stdout
    words = ("--question", "能停车吗？", "--answer", "能。")
    added = avatar("knowledge", "review", str(folder), *words, home=tmp_path)
    assert added.returncode == 0, added.stderr
    asked = avatar("knowledge", "ask", str(folder), "能停车吗", home=tmp_path)
    assert asked.stdout.startswith("能。")


def test_a_folder_that_is_not_there(tmp_path):
    done = avatar("knowledge", "check", str(tmp_path / "nowhere"), home=tmp_path)
    assert done.returncode == 2
    assert "service_hall" in done.stderr


def test_answers_are_made_into_sound_beforehand(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("AVATAR_CACHE", str(tmp_path))
    monkeypatch.setattr(FaqDialogue, "lines", lambda self: iter(LINES))
    for _ in range(2):
        rehearse.run(("museum",), Config(voice="piper", lang="en"), "mei")
    first, second = capsys.readouterr().out.splitlines()
    assert first == second
    assert "in the voice piper/joe" in first
    kept = len(list(tmp_path.rglob("*.npz")))
    assert kept >= 2  # and the persona's own lines in English; not what it cannot speak


def test_a_quick_voice_needs_no_rehearsal(tmp_path):
    done = avatar("knowledge", "rehearse", "museum", "--voice", "espeak", home=tmp_path)
    assert "speaks at once" in done.stdout
    assert done.returncode == 0, done.stderr
