"""Sound at another rate: what comes out, when, and what a date finds."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.devices.audio import resample
from avatar.devices.played import Played, laid
from avatar.devices.resample import ResampleStream
from avatar.media import AudioChunk

RATES = (48_000, 44_100, 24_000)


def tone(rate: int, seconds: float = 1.0) -> np.ndarray:
    """A sweep from 200 Hz to 3 kHz."""
    t = np.arange(round(seconds * rate)) / rate
    return (0.5 * np.sin(2 * np.pi * (200 * t + 1400 * t**2 / seconds))).astype(np.float32)


def cut(samples: np.ndarray, rate: int) -> list[np.ndarray]:
    """Blocks of uneven length."""
    edges = np.cumsum([round(rate * 0.01) + 13 * (k % 7) for k in range(200)])
    return [part for part in np.split(samples, edges[edges < len(samples)]) if len(part)]


@pytest.mark.parametrize("rate", RATES)
def test_quick_gives_what_it_has_at_once_and_the_same_sound(rate):
    stream, given, out = ResampleStream(rate, 16_000, quick=True), 0, []
    for block in cut(tone(rate), rate):
        out.append(stream.push(block))
        given += len(block)
        assert given / rate - sum(map(len, out)) / 16_000 < 0.005
    found = np.concatenate(out)
    wanted = resample(tone(rate), rate, 16_000)[: len(found)]
    found = found[: len(wanted)]
    inner = slice(400, len(wanted) - 400)
    error = np.mean((found - wanted)[inner] ** 2) / np.mean(wanted[inner] ** 2)
    assert 10 * np.log10(error) < -30


def test_what_would_fold_back_is_taken_out():
    rate = 48_000
    high = np.sin(2 * np.pi * 12_000 * np.arange(rate) / rate).astype(np.float32)
    out = ResampleStream(rate, 16_000, quick=True).push(high)
    assert np.abs(out[200:-200]).max() < 0.01


def test_the_same_rate_passes_through():
    block = tone(16_000)
    assert np.array_equal(ResampleStream(16_000, 16_000, quick=True).push(block), block)


def test_a_date_finds_what_was_played_then():
    played, ramp = Played(1000, kept=2.0), np.arange(3000, dtype=np.float32)
    for first in range(0, 3000, 70):
        played.push(AudioChunk(5 + first / 1000, ramp[first : first + 70], 1000))
    assert np.array_equal(played.at(7.0, 100), ramp[2000:2100])
    assert not played.at(4.0, 50).any()
    late = played.at(7.95, 100)
    assert np.array_equal(late[:50], ramp[2950:])
    assert not late[50:].any()
    assert not played.at(4.9, 10).any()


def test_a_stream_that_begins_anew_forgets_what_was():
    played = Played(1000, kept=2.0)
    played.push(AudioChunk(0.0, np.ones(500, np.float32), 1000))
    played.push(AudioChunk(9.0, np.ones(10, np.float32), 1000))
    assert not played.at(0.1, 100).any()
    assert played.end == 9.01


def test_a_long_stream_keeps_its_last_seconds_only():
    played = Played(1000, kept=2.0)
    for second in range(60):
        played.push(AudioChunk(second, np.full(1000, second, np.float32), 1000))
    assert np.array_equal(played.at(58.5, 1500), np.repeat([58, 59], [500, 1000]))
    assert not played.at(50.0, 100).any()
    assert played.push(AudioChunk(60.0, np.ones(9000, np.float32), 1000)).shape == (9000,)
    assert played.at(68.0, 1000).all()


def test_sounds_are_laid_where_they_are_heard_and_added():
    ones, twos = np.ones(4, np.float32), np.full(3, 2, np.float32)
    out = laid([(0.9, ones), (1.1, twos), (8.0, ones), (0.2, ones)], 1.0, 5, 10)
    assert out.tolist() == [1, 3, 3, 2, 0]
