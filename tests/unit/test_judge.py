"""Speech against coughs, throats, knocks and laughter, with the real voice detector."""

from __future__ import annotations

import wave

import numpy as np
import pytest

from avatar.voice.heard import NotSpeech, VoiceConfirmed, VoiceStarted
from avatar.voice.hearing import Hearing
from avatar.voice.judge import DEADLINE, periodicity_of
from tests.bench import body_sounds
from tests.unit.test_hearing import Counting, events

RATE = 16_000


def heard(sound: np.ndarray) -> list:
    return events(Hearing(Counting(), threaded=False), sound)


def tone(hz: float, seconds: float) -> np.ndarray:
    return np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE)) / RATE).astype(np.float32)


@pytest.mark.parametrize("hz", [90.0, 150.0, 300.0])
def test_a_steady_buzz_has_its_pitch(hz):
    frame = sum(tone(hz * k, 1024 / RATE) / k for k in (1, 2, 3))
    periodicity, pitch = periodicity_of(frame.astype(np.float32))
    assert periodicity > 0.9
    assert pitch == pytest.approx(hz, rel=0.02)


def test_noise_has_no_period_and_silence_no_pitch():
    noise = np.random.default_rng(3).normal(0, 0.2, 1024).astype(np.float32)
    assert periodicity_of(noise)[0] < 0.6
    assert periodicity_of(np.zeros(1024, np.float32))[0] == 0


@pytest.mark.parametrize("name", body_sounds.NAMES)
def test_sounds_of_a_body_and_a_room_are_not_taken_for_speech(name):
    wrong = sum(
        any(isinstance(event, VoiceConfirmed) for event in heard(body_sounds.make(name, seed)))
        for seed in range(10)
    )
    assert wrong <= 1


def test_a_throat_is_told_from_speech_by_its_deadline():
    found = heard(body_sounds.make("throat", 2))
    started = next(event for event in found if isinstance(event, VoiceStarted))
    told = next(event for event in found if isinstance(event, NotSpeech))
    assert told.t - started.t <= DEADLINE
    assert told.reason in ("cough", "noise")


def test_every_start_is_judged_before_the_next(shared_data):
    """A click just before a sentence is a sound of its own."""
    with wave.open(str(shared_data / "speech/questions/en_01_bm_george.wav")) as file:
        voice = np.frombuffer(file.readframes(file.getnframes()), np.int16) / np.float32(32768)
    found = heard(np.concatenate([body_sounds.make("cough", 1), voice]))
    order = [e for e in found if isinstance(e, (VoiceStarted, VoiceConfirmed, NotSpeech))]
    for first, second in zip(order[::2], order[1::2], strict=False):
        assert isinstance(first, VoiceStarted)
        assert isinstance(second, (VoiceConfirmed, NotSpeech))
    assert isinstance(order[-1], VoiceConfirmed)


def test_recorded_questions_are_speech(shared_data):
    for path in sorted((shared_data / "speech" / "questions").glob("*.wav"))[::6]:
        with wave.open(str(path)) as file:
            sound = np.frombuffer(file.readframes(file.getnframes()), np.int16)
        found = heard(sound[: 3 * RATE] / np.float32(32768))
        assert any(isinstance(event, VoiceConfirmed) for event in found), path.name


def test_a_sentence_right_after_a_cough_is_heard_from_its_first_word(shared_data):
    with wave.open(str(shared_data / "speech/questions/en_25_bm_george.wav")) as file:
        voice = np.frombuffer(file.readframes(file.getnframes()), np.int16) / np.float32(32768)
    recognizer = Counting()
    hearing = Hearing(recognizer, threaded=False)
    cough = body_sounds.make("throat", 2)[: round(0.75 * RATE)]
    found = events(hearing, np.concatenate([cough, voice[round(0.45 * RATE) :]]))
    refused = next(event for event in found if isinstance(event, NotSpeech))
    started = [e for e in found if isinstance(e, VoiceStarted)][-1]
    confirmed = next(event for event in found if isinstance(event, VoiceConfirmed))
    assert refused.t <= started.t < confirmed.t
