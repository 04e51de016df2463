"""The WebVTT file, read back with a parser of the format's own grammar."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from avatar.errors import OutputError
from avatar.media import AudioChunk, Speech, Word
from avatar.output.captions import Captions, write_webvtt

TIME = r"(\d{2,}):([0-5]\d):([0-5]\d)\.(\d{3})"


def seconds(parts: tuple[str, ...]) -> float:
    h, m, s, ms = map(int, parts)
    return h * 3600 + m * 60 + s + ms / 1000


def parse(text: str) -> list[tuple[float, float, str]]:
    header, *blocks = text.strip().split("\n\n")
    assert header == "WEBVTT"
    cues = []
    for block in blocks:
        _number, times, payload = block.split("\n", 2)
        start, end = (seconds(found) for found in re.findall(TIME, times))
        assert "-->" in times and "-->" not in payload and "\n" not in payload
        cues.append((start, end, payload))
    return cues


def collected() -> Captions:
    captions = Captions()
    audio = AudioChunk(0, np.zeros(2000, np.float32), 1000)
    words = (Word("A&B", 0.1, 0.5, 0), Word("<tag>", 0.6, 0.9, 4), Word("好", 1.0, 1.5, 9))
    captions.say(Speech("A&B <tag>好", audio, (), words), 3661.5)
    captions.say(Speech("two\nlines", audio), 3664.0)
    return captions


def test_cues_with_word_times(tmp_path: Path):
    path = tmp_path / "c.vtt"
    write_webvtt(path, collected())
    cues = parse(path.read_text("utf-8"))
    assert [(a, b) for a, b, _ in cues] == [(3661.5, 3663.5), (3664.0, 3666.0)]
    stamps = [seconds(t) for t in re.findall(f"<{TIME}>", cues[0][2])]
    assert stamps == [3662.1, 3662.5]
    plain = re.sub(f"<{TIME}>", "", cues[0][2])
    assert plain == "A&amp;B &lt;tag&gt;好"


def test_cues_without_word_times(tmp_path: Path):
    write_webvtt(tmp_path / "c.vtt", collected(), words=False)
    cues = parse((tmp_path / "c.vtt").read_text("utf-8"))
    assert cues[1][2] == "two lines"


def test_unwritable_place(tmp_path: Path):
    with pytest.raises(OutputError, match="cannot write") as caught:
        write_webvtt(tmp_path / "no" / "c.vtt", collected())
    assert "\n" not in str(caught.value)
