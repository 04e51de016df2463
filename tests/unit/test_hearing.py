"""From sound to a finished question, in virtual time, with the real voice detector."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from avatar.errors import ConfigError
from avatar.media import AudioChunk, RecognizerCapabilities, Transcript
from avatar.voice.heard import (
    NothingHeard,
    NotSpeech,
    Partial,
    TurnEnded,
    VoiceConfirmed,
    VoiceResumed,
    VoiceStarted,
    VoiceStopped,
)
from avatar.voice.hearing import LONGEST, Hearing

RATE = 16_000
BLOCK = 160


class Counting:
    """A recogniser that writes how many seconds it was given, and remembers the calls."""

    name = "counting"
    capabilities = RecognizerCapabilities(("en",), streaming=True, realtime_factor=0.0)

    def __init__(self, text: str = "what is your name") -> None:
        self.text, self.samples, self.peak, self.calls = text, 0, 0, []
        self.start = self.end = 0.0

    def feed(self, chunk):
        self.start = self.start or chunk.t
        self.samples += len(chunk.samples)
        self.peak = max(self.peak, self.samples)
        self.end = chunk.t + chunk.duration
        return [Transcript(self.text, False, self.start, self.end)]

    def pause(self):
        self.calls.append("pause")
        return []

    def finish(self):
        self.calls.append("finish")
        said = Transcript(self.text if self.samples else "", True, self.start, self.end)
        self.reset()
        return said

    def reset(self):
        self.samples, self.start = 0, 0.0

    def close(self):
        self.calls.append("close")


def spoken(path: Path) -> np.ndarray:
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), np.int16) / np.float32(32768)


def events(hearing: Hearing, sound: np.ndarray, start: float = 0.0, rate: int = RATE) -> list:
    found = []
    for i in range(0, len(sound) - BLOCK + 1, BLOCK):
        block = sound[i : i + BLOCK].astype(np.float32)
        found += hearing.feed(AudioChunk(start + i / rate, block, rate))
    return found


def kinds(found: list) -> list[type]:
    return [type(event) for event in found if not isinstance(event, Partial)]


@pytest.fixture(scope="module")
def question(shared_data) -> np.ndarray:
    """ "What is your name?" with half a second of room before and 1.5 s after; ends at 2.05 s."""
    return spoken(shared_data / "speech" / "questions" / "en_25_bm_george.wav")


@pytest.fixture
def hearing():
    made = Hearing(Counting(), threaded=False)
    yield made
    made.close()


def test_a_question_runs_from_its_first_voiced_frame_to_its_end(hearing, question):
    found = events(hearing, question)
    assert kinds(found) == [VoiceStarted, VoiceConfirmed, VoiceStopped, TurnEnded]
    started, confirmed, stopped, ended = (e for e in found if not isinstance(e, Partial))
    assert started.detected - started.t <= 0.15
    assert confirmed.t - started.t <= 0.4
    assert stopped.t == ended.voice_end == pytest.approx(2.046, abs=0.12)
    assert 0.3 < ended.decided - ended.voice_end < 0.7
    assert ended.transcript.text == "what is your name"
    assert ended.transcript.start == started.t
    assert ended.lang == "en"


def test_the_recogniser_hears_the_utterance_from_before_its_start(question):
    recognizer = Counting()
    found = events(Hearing(recognizer, threaded=False), question)
    partials = [event.transcript for event in found if isinstance(event, Partial)]
    started = next(event for event in found if isinstance(event, VoiceStarted))
    assert 0.2 < started.t - partials[0].start < 0.4
    assert recognizer.calls == ["pause", "finish"]


def test_silence_is_nothing(hearing):
    assert events(hearing, np.zeros(RATE * 3, np.float32)) == []


def test_a_pause_within_a_sentence_is_waited_out(question):
    hanging = Hearing(Counting("I would like to"), threaded=False)
    sound = np.concatenate(
        [question[: int(2.1 * RATE)], np.zeros(RATE // 2), question[int(1.15 * RATE) :]]
    )
    found = events(hanging, sound)
    assert kinds(found)[:4] == [VoiceStarted, VoiceConfirmed, VoiceStopped, VoiceResumed]
    assert kinds(found).count(TurnEnded) == 1


def test_a_monologue_is_cut_and_its_memory_bounded(question):
    recognizer = Counting()
    hearing = Hearing(recognizer, threaded=False)
    voice = question[int(1.2 * RATE) : int(2.0 * RATE)]
    found = events(hearing, np.tile(voice, 160))
    ends = [event for event in found if isinstance(event, TurnEnded)]
    assert len(ends) == 160 * 0.8 // LONGEST
    assert recognizer.peak < (LONGEST + 1) * RATE


def test_a_voice_without_words_is_no_question(question):
    found = events(Hearing(Counting(""), threaded=False), question)
    assert kinds(found)[-1] is NothingHeard
    assert found[-1].reason == "empty"


def test_what_the_recogniser_raises_is_said_and_hearing_goes_on(question):
    class Failing(Counting):
        def finish(self):
            if self.calls:
                return super().finish()
            self.calls.append("failed")
            raise RuntimeError("the model is\nbroken")

    failing = Failing()
    failing.pause = list
    hearing = Hearing(failing, threaded=False)
    first, second = events(hearing, question), events(hearing, question, 10.0)
    assert first[-1].reason == "failed: the model is broken"
    assert isinstance(second[-1], TurnEnded)


def test_the_recogniser_works_beside_the_feeding_thread(question):
    hearing = Hearing(Counting())
    found = events(hearing, question)
    while not any(isinstance(event, TurnEnded) for event in found):
        found += hearing.collect()
    hearing.close()
    assert kinds(found)[-1] is TurnEnded


def test_push_to_talk_hears_between_press_and_release(question):
    hearing = Hearing(Counting(), mode="push", threaded=False)
    assert events(hearing, question) == []
    hearing.press(10.0)
    found = events(hearing, question, 10.0)
    hearing.finish_now()
    found += hearing.collect()
    assert kinds(found) == [VoiceConfirmed, TurnEnded]


@pytest.mark.parametrize("wrong", [{"patience": 0.0}, {"patience": 9.0}, {"mode": "psychic"}])
def test_wrong_settings_are_named(wrong):
    with pytest.raises(ConfigError):
        Hearing(Counting(), threaded=False, **wrong)


def test_noise_bursts_never_end_as_questions(hearing):
    noise = np.random.default_rng(1).normal(0, 0.1, RATE * 6).astype(np.float32)
    found = events(hearing, noise)
    assert not [event for event in found if isinstance(event, (TurnEnded, VoiceConfirmed))]
    assert all(isinstance(event, (VoiceStarted, NotSpeech)) for event in found)
