"""Whisper on recordings: texts before the turn is over, and none from noise."""

from __future__ import annotations

import itertools
import os
import wave

import numpy as np
import pytest

from avatar import fetch
from avatar.media import AudioChunk
from avatar.voice.asr.whisper import WhisperRecognizer

RATE = 16_000


@pytest.fixture(scope="module")
def whisper():
    if not fetch.is_fetched("whisper-base"):
        message = "the recogniser's weights are missing: avatar fetch whisper-base"
        (pytest.fail if os.environ.get("AVATAR_REQUIRE_ALL") else pytest.skip)(message)
    recognizer = WhisperRecognizer()
    yield recognizer
    recognizer.close()


def chunks(sound: np.ndarray):
    for i in range(0, len(sound), 1600):
        yield AudioChunk(3.0 + i / RATE, sound[i : i + 1600].astype(np.float32), RATE)


@pytest.fixture
def question(shared_data):
    def read(name: str) -> np.ndarray:
        with wave.open(str(shared_data / "speech" / "questions" / f"{name}.wav")) as file:
            return np.frombuffer(file.readframes(file.getnframes()), np.int16) / np.float32(32768)

    return read


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [("en_01_bm_george", "which documents", "permit"), ("zh_11_zm_yunyang", "一张", "多少钱")],
)
def test_it_believes_something_while_one_speaks(whisper, question, name, first, last):
    sound = question(name)
    partials = [t for chunk in chunks(sound) for t in whisper.feed(chunk)]
    final = whisper.finish()
    assert 1 <= len(partials) <= 6
    assert all(later.end - earlier.end > 0.9 for earlier, later in itertools.pairwise(partials))
    assert final.final
    assert final.text
    assert first in final.text.lower()
    assert last in final.text.lower()


def test_what_was_read_at_a_pause_is_not_read_again(whisper, question):
    for chunk in chunks(question("en_01_bm_george")):
        whisper.feed(chunk)
    believed = whisper.pause()[-1].text
    assert whisper.finish().text == believed


def test_noise_and_silence_have_no_words(whisper):
    rng = np.random.default_rng(2)
    for level in (0.0, 0.001, 0.05):
        for chunk in chunks(rng.normal(0, level, 3 * RATE)):
            whisper.feed(chunk)
        assert whisper.finish().text == ""


def test_more_than_it_can_read_at_once_is_read_in_parts(whisper, question):
    sound = np.tile(question("en_01_bm_george")[: 5 * RATE], 7)
    for chunk in chunks(sound):
        whisper._blocks.append(whisper._time.take(chunk))
    assert whisper.finish().text.lower().count("permit") >= 2
