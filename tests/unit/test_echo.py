"""The figure does not hear itself, and hears who speaks over it."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.devices.audio import resample
from avatar.devices.resample import ResampleStream
from avatar.media import AudioChunk
from avatar.voice.echo import RATE, EchoCanceller
from avatar.voice.tts.select import create
from avatar.voice.vad import WINDOW, Silero

DELAY, LOSS = 0.06, 10 ** (-10 / 20)
TEXT = "We open at nine in the morning and close at five. The last tour begins at four o'clock."


@pytest.fixture(scope="module")
def speech() -> np.ndarray:
    """The figure's own voice, about ten seconds at 16 kHz."""
    voice = create("espeak")
    parts = [s.audio for _ in range(2) for s in voice.synthesize(TEXT, lang="en")]
    voice.close()
    return np.concatenate([resample(part.samples, part.rate, RATE) for part in parts])


def through_the_room(sound: np.ndarray) -> np.ndarray:
    """-10 dB, 60 ms later, dulled, with a reflection."""
    dull = np.convolve(sound, [0.25, 0.5, 0.25])[: len(sound)]
    late = np.zeros_like(sound)
    first, second = round(DELAY * RATE), round((DELAY + 0.017) * RATE)
    late[first:] += LOSS * dull[: len(sound) - first]
    late[second:] += 0.3 * LOSS * dull[: len(sound) - second]
    return late


def heard(played: np.ndarray, air: np.ndarray, rate: int = RATE, ahead: float = 0.1) -> np.ndarray:
    """What is left of ``air``, with the speaker ``ahead`` s, in blocks of its own."""
    echo = EchoCanceller()
    out, block, at = [], RATE // 50, 0
    lead = round(RATE * ahead)
    stream = ResampleStream(RATE, rate)
    done = 0
    for first in range(0, len(air) - block, block):
        while at < first + block + lead and at < len(played):
            part = stream.push(played[at : at + 480])
            echo.played(AudioChunk(3.0 + done / rate, part, rate))
            at, done = at + 480, done + len(part)
        out.append(echo.cancel(3.0 + first / RATE, air[first : first + block]))
    return np.concatenate(out).astype(np.float32)


def loudness(sound: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(sound.astype(float) ** 2) + 1e-12))


@pytest.mark.parametrize("rate", [RATE, 48_000])
def test_its_own_voice_is_taken_out(speech, rate):
    air = through_the_room(speech)
    left = heard(speech, air, rate)
    settled = slice(RATE * 2, len(left))
    assert loudness(air[settled]) - loudness(left[settled]) > 20


def test_hearing_that_lags_seconds_behind_does_not_hear_itself(speech):
    air = through_the_room(speech)
    left = heard(speech, air, ahead=4.0)
    settled = slice(RATE * 2, len(left))
    assert loudness(air[settled]) - loudness(left[settled]) > 20


def test_nothing_of_its_own_voice_passes_for_a_visitors(speech):
    left = heard(speech, through_the_room(speech))
    silero = Silero()
    voiced = [
        silero.probability(left[i : i + WINDOW]) > 0.5 for i in range(0, len(left) - WINDOW, WINDOW)
    ]
    assert sum(voiced[30:]) == 0


def test_a_visitor_is_heard_over_it(speech):
    voice = create("espeak/male")
    words = next(iter(voice.synthesize("Excuse me, where is the exit?", lang="en"))).audio
    voice.close()
    visitor = 0.5 * resample(words.samples, words.rate, RATE)
    air = through_the_room(speech)
    first = RATE * 4
    air[first : first + len(visitor)] += visitor[: len(air) - first]
    left = heard(speech, air)
    part = left[first : first + len(visitor)]
    assert loudness(visitor) - loudness(part) < 9
    silero = Silero()
    voiced = [
        silero.probability(left[i : i + WINDOW]) > 0.5
        for i in range(first, first + len(visitor) - WINDOW, WINDOW)
    ]
    assert sum(voiced) > 0.3 * len(voiced)


def test_without_sound_of_its_own_nothing_is_taken():
    rng = np.random.default_rng(1)
    air = (0.1 * rng.standard_normal(RATE)).astype(np.float32)
    echo = EchoCanceller()
    left = echo.cancel(0.0, air)
    assert abs(loudness(left[RATE // 2 :]) - loudness(air[RATE // 2 :])) < 3
    assert not echo.active(0.5)
    echo.played(AudioChunk(1.0, air, RATE))
    assert echo.active(1.5) and not echo.active(9.0)
