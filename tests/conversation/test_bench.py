"""Rehearsals, and what ``avatar bench conversation`` says of them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from avatar.apps.bench import read_questions, voiced
from avatar.cli import main
from avatar.clock import ManualClock
from avatar.errors import AssetError
from avatar.media import AudioChunk
from avatar.runtime.rehearsal import ECHO_DELAY, RATE, Air

NAMES = ("en_17_bm_george.wav", "en_22_af_nicole.wav")


@pytest.fixture
def questions(shared_data: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "questions"
    folder.mkdir()
    for name in (*NAMES, "questions.json"):
        shutil.copy(shared_data / "speech" / "questions" / name, folder)
    return folder


def test_the_air_carries_visitors_and_the_loudspeaker():
    clock = ManualClock()
    air = Air(clock)
    tick = np.zeros(RATE, np.float32)
    tick[0] = 1.0
    air.speak(AudioChunk(0.0, tick, RATE), 0.1)
    air.played(AudioChunk(0.0, tick, RATE))
    clock.set(0.5)
    blocks = []
    while (block := air.read()) is not None:
        blocks.append(block)
    heard = np.abs(np.concatenate([block.samples for block in blocks]))
    assert blocks[0].t == 0.0
    assert heard[: round(ECHO_DELAY * RATE) - 8].max() == 0
    loud = np.flatnonzero(heard > 0.1) / RATE
    assert np.isclose(loud[0], ECHO_DELAY, atol=2e-3)
    assert np.isclose(loud[np.argmax(heard[np.flatnonzero(heard > 0.1)])], 0.1, atol=2e-3)


def test_the_voice_of_a_recording_is_found_in_it():
    sound = np.zeros(RATE, np.float32)
    sound[4000:8000] = 0.3
    assert voiced(AudioChunk(0.0, sound, RATE)) == (0.25, 0.5)
    assert voiced(AudioChunk(0.0, np.zeros(100, np.float32), RATE)) == (0.0, 0.0)


def test_recordings_are_read_with_their_language(questions, tmp_path):
    assert [q.name for q in read_questions(questions)] == list(NAMES)
    assert {q.lang for q in read_questions(questions, "en")} == {"en"}
    with pytest.raises(AssetError, match="no recordings"):
        read_questions(questions, "zh")
    with pytest.raises(AssetError):
        read_questions(tmp_path)


@pytest.mark.gl
@pytest.mark.slow
def test_the_bench_asks_interrupts_and_reports(questions, tmp_path):
    out = tmp_path / "figures.json"
    options = ["--interrupts", "1", "--minutes", "0.02", "--recognizer", "pocketsphinx"]
    stage = ["--voice", "espeak", "--lang", "en", "--size", "96x96", "-o", str(out)]
    with pytest.raises(SystemExit) as done:
        main(["bench", "conversation", str(questions), *options, *stage])
    assert done.value.code == 0
    figures = json.loads(out.read_text("utf-8"))
    assert figures["stack"]["recognizer"].startswith("pocketsphinx")
    marks = figures["answers"]["ms_after_the_voice"]
    assert marks["started"]["n"] == 2
    assert marks["decided"]["p50"] <= marks["started"]["p50"]
    assert figures["barge_in"]["interrupts"] == 1
    assert figures["own_voice"]["false_interrupts"] == 0
