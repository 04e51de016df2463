"""Clauses that are kept, in memory and on disk."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.media import AudioChunk, Phone, Speech, Word
from avatar.voice.text import clauses
from avatar.voice.tts import kept
from avatar.voice.tts.kept import KeptClauses


class Mouth:
    """Speaks a tone for each clause and counts them."""

    def __init__(self):
        self.made = []

    def __call__(self, clause):
        self.made.append(clause.text)
        tone = np.sin(np.arange(2400) * 0.1).astype(np.float32) * 0.5
        phones = (Phone("a", 0.0, 0.05, 1.0, "zh"), Phone("", 0.05, 0.1, 0.0, "zh"))
        word = Word(clause.tokens[0].text, 0.0, 0.1, clause.tokens[0].offset)
        return Speech(clause.text, AudioChunk(0.0, tone, 24_000), phones, (word,), voice="mouth/a")


@pytest.fixture
def mouth():
    return Mouth()


def clause(text, lang="auto"):
    return next(clauses(text, lang))


def test_a_clause_is_made_once(mouth, tmp_path):
    speak = KeptClauses("mouth/a", tmp_path).spoken(mouth)
    assert speak(clause("你好。")) is speak(clause("你好。"))
    speak(clause("再见。"))
    assert mouth.made == ["你好。", "再见。"]
    assert not list(tmp_path.rglob("*.npz"))  # what is only said leaves no trace


def test_what_is_read_otherwise_is_another_clause(mouth, tmp_path):
    speak = KeptClauses("mouth/a", tmp_path).spoken(mouth)
    speak(clause("12", "zh"))
    speak(clause("12", "en"))
    assert mouth.made == ["12", "12"]


def test_a_rehearsed_clause_is_there_another_day(mouth, tmp_path):
    said = KeptClauses("mouth/a", tmp_path).rehearsed(mouth)(clause("你好，world."))
    again = KeptClauses("mouth/a", tmp_path).spoken(mouth)(clause("你好，world."))
    assert len(mouth.made) == 1
    assert (again.text, again.phones, again.words, again.voice) == (
        said.text, said.phones, said.words, said.voice,
    )  # fmt: skip
    assert again.audio.rate == said.audio.rate
    np.testing.assert_allclose(again.audio.samples, said.audio.samples, atol=1 / 32767)


def test_another_voice_has_clauses_of_its_own(mouth, tmp_path):
    KeptClauses("mouth/a", tmp_path).rehearsed(mouth)(clause("你好。"))
    KeptClauses("mouth/b", tmp_path).spoken(mouth)(clause("你好。"))
    assert len(mouth.made) == 2


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 half", b"no archive at all"])
def test_a_damaged_file_is_made_anew(mouth, tmp_path, damage):
    KeptClauses("mouth/a", tmp_path).rehearsed(mouth)(clause("你好。"))
    (file,) = tmp_path.rglob("*.npz")
    file.write_bytes(damage)
    assert KeptClauses("mouth/a", tmp_path).rehearsed(mouth)(clause("你好。")).text == "你好。"
    assert len(mouth.made) == 2


def test_a_folder_that_cannot_be_written_is_no_trouble(mouth, tmp_path):
    (tmp_path / "file").write_text("in the way")
    speech = KeptClauses("mouth/a", tmp_path / "file").rehearsed(mouth)(clause("你好。"))
    assert speech.text == "你好。"


def test_memory_holds_the_latest_only(mouth, tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "MEMORY", 3 * 2400 * 4)
    speak = KeptClauses("mouth/a", tmp_path).spoken(mouth)
    for text in ("一。", "二。", "三。", "一。", "四。"):
        speak(clause(text))
    assert mouth.made == ["一。", "二。", "三。", "四。"]
    speak(clause("一。"))  # said again a moment ago, so still there
    assert len(mouth.made) == 4
    speak(clause("二。"))
    assert mouth.made[4:] == ["二。"]


def test_the_disk_holds_so_much_only(mouth, tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "DISK", 20_000)
    rehearse = KeptClauses("mouth/a", tmp_path).rehearsed(mouth)
    for text in "一二三四五六七八九":
        rehearse(clause(text))
    size = sum(file.stat().st_size for file in tmp_path.rglob("*.npz"))
    assert 10_000 < size <= 20_000 + 6_000  # one more than fits at most
