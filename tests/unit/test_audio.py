"""Sound: speakers that run in a given time, the file's timeline, resampling."""

from __future__ import annotations

import builtins
import itertools
import threading
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avatar.clock import ManualClock
from avatar.devices import audio
from avatar.devices.audio import FileSpeaker, resample
from avatar.errors import NoSpeaker
from avatar.media import AudioChunk
from avatar.output.encode import Timeline


def joined(chunks: list[AudioChunk]) -> np.ndarray:
    return np.concatenate([c.samples for c in chunks])


def test_file_speaker_hands_on_every_sample_once_with_silence_between():
    clock, got = ManualClock(), []
    speaker = FileSpeaker(clock, got.append, rate=1000)
    assert speaker.play(np.full(500, 0.5, np.float32), 1000) == 0.0
    clock.set(0.7)
    assert speaker.position() == 0.7
    assert speaker.play(np.full(100, 0.25, np.float32), 1000) == 0.7
    clock.set(1.0)
    speaker.close()
    expected = np.zeros(1000, np.float32)
    expected[:500], expected[700:800] = 0.5, 0.25
    np.testing.assert_array_equal(joined(got), expected)
    ends = np.cumsum([len(c.samples) for c in got])
    assert [c.t for c in got] == [0.0, *(ends[:-1] / 1000)]


def test_sound_of_another_rate_keeps_its_place_and_pitch():
    clock, got = ManualClock(), []
    speaker = FileSpeaker(clock, got.append, rate=48_000)
    t = np.arange(22_050) / 22_050
    speaker.play(np.sin(2 * np.pi * 440 * t).astype(np.float32), 22_050)
    clock.set(1.0)
    speaker.close()
    expected = np.sin(2 * np.pi * 440 * np.arange(48_000) / 48_000)
    error = (joined(got) - expected)[480:-480]
    assert np.abs(error).max() < 0.01


def test_resample_does_not_shift_a_click():
    click = np.zeros(24_000, np.float32)
    click[12_000] = 1
    for rate in (16_000, 44_100, 48_000):
        assert np.abs(resample(click, 24_000, rate)).argmax() == rate // 2


def chunks_of(signal: np.ndarray, rate: int, sizes: list[int]) -> list[AudioChunk]:
    ends = np.cumsum([0, *sizes])
    return [
        AudioChunk(a / rate, signal[a:b], rate)
        for a, b in itertools.pairwise(ends)
        if a < len(signal)
    ]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 4000), min_size=3, max_size=30), st.sampled_from([16_000, 48_000]))
def test_timeline_does_not_care_how_the_sound_is_cut(sizes: list[int], rate: int):
    n = sum(sizes)
    signal = np.sin(np.arange(n) * 0.05).astype(np.float32)
    whole, parts = Timeline(48_000), Timeline(48_000)
    one = whole.add(0, AudioChunk(0, signal, rate)) + whole.fill(n / rate + 0.1)
    many = [b for c in chunks_of(signal, rate, sizes) for b in parts.add(c.t, c)]
    many += parts.fill(n / rate + 0.1)
    np.testing.assert_allclose(np.concatenate(one), np.concatenate(many), atol=1e-4)


def test_timeline_fills_gaps_and_cuts_overlaps():
    line = Timeline(1000)
    blocks = line.add(0.5, AudioChunk(0, np.ones(100, np.float32), 1000))
    blocks += line.add(0.55, AudioChunk(0, np.full(100, 2, np.float32), 1000))
    blocks += line.add(0.8, AudioChunk(0, np.full(50, 3, np.float32), 1000))
    out = np.concatenate([*blocks, *line.fill(1.0)])
    expected = np.zeros(1000)
    expected[500:600], expected[600:650], expected[800:850] = 1, 2, 3
    np.testing.assert_array_equal(out, expected)


def test_timeline_follows_jitter_without_gaps_and_never_drifts():
    line, rng = Timeline(1000), np.random.default_rng(0)
    blocks = []
    for i in range(100):
        late = rng.uniform(-0.0015, 0.0015)
        blocks += line.add(i * 0.1 + late, AudioChunk(0, np.ones(100, np.float32), 1000))
    assert abs(line.cursor - 10_000) <= 2
    assert (np.concatenate(blocks)[5:] == 1).mean() > 0.99


def test_machine_without_portaudio_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    real = builtins.__import__

    def broken(module: str, **_: str):
        if module == "sounddevice":
            raise OSError("PortAudio library not found")
        return real(module)

    monkeypatch.setattr(audio, "require", broken)
    with pytest.raises(NoSpeaker, match="apt install libportaudio2") as caught:
        audio.DeviceSpeaker()
    assert "\n" not in str(caught.value)


class Portaudio:
    """PortAudio as ``sounddevice`` shows it, with a device that can be pulled out."""

    class PortAudioError(Exception):
        pass

    def __init__(self) -> None:
        self.now, self.plugged, self.streams, self.started = 0.0, True, [], 0
        self.heard: list[np.ndarray] = []

    def _terminate(self) -> None: ...

    def _initialize(self) -> None:
        self.started += 1

    def query_devices(self, device: object = None, kind: str | None = None) -> object:
        if not self.plugged:
            raise self.PortAudioError("Error querying device -1")
        one = {"name": "plug", "default_samplerate": 1000.0, "max_output_channels": 1}
        return one if kind else [one]

    def OutputStream(self, **asked: object) -> DeviceStream:  # noqa: N802
        self.streams.append(DeviceStream(self, asked["callback"]))
        return self.streams[-1]

    def run(self, seconds: float) -> None:
        """Let time pass in blocks of 10 ms."""
        for _ in range(round(seconds * 100)):
            self.now += 0.01
            stream = self.streams[-1]
            if self.plugged and stream.active:
                out = np.zeros((10, 1), np.float32)
                moment = SimpleNamespace(outputBufferDacTime=self.now + 0.02, currentTime=self.now)
                stream.callback(out, 10, moment, None)
                self.heard.append(out[:, 0].copy())


class DeviceStream:
    latency = 0.02

    def __init__(self, system: Portaudio, callback: Any) -> None:
        self._system, self.callback, self._open = system, callback, True

    @property
    def active(self) -> bool:
        return self._open and self._system.plugged

    @property
    def time(self) -> float:
        return self._system.now

    def start(self) -> None: ...

    def close(self) -> None:
        self._open = False


def test_a_device_that_is_pulled_out_and_put_back(monkeypatch: pytest.MonkeyPatch):
    system = Portaudio()
    monkeypatch.setattr(audio, "portaudio", lambda: system)
    monkeypatch.setattr(audio, "monotonic", lambda: system.now)
    monkeypatch.setattr(audio, "_START", 0.0)
    monkeypatch.setattr(audio, "REOPEN", 0.0)
    monkeypatch.setattr(threading.Thread, "start", lambda thread: thread.run())
    speaker = audio.DeviceSpeaker()
    system.run(0.5)
    before = speaker.position()
    assert before == pytest.approx(0.5 - 0.02 - 0.01, abs=0.03)
    start = speaker.play(np.arange(1, 2001, dtype=np.float32), 1000)

    system.plugged = False
    system.streams[-1].close()
    seen = [before]
    for _ in range(100):
        system.run(0.01)
        seen.append(speaker.position())
    assert np.diff(seen) == pytest.approx(np.full(100, 0.01), abs=0.011)
    assert speaker.pending() == pytest.approx(start + 2.0 - seen[-1], abs=0.01)
    assert len(system.streams) == 1

    system.plugged, system.heard = True, []
    speaker.position()
    assert len(system.streams) == 2
    again = [speaker.position()]
    for _ in range(50):
        system.run(0.01)
        again.append(speaker.position())
    steps = np.diff([seen[-1], *again])
    assert (steps >= 0).all() and steps.max() < 0.025
    sound = np.concatenate(system.heard)
    # what was missed is missed; the rest is heard at its time
    assert sound[0] == pytest.approx((seen[-1] + 0.03 - start) * 1000, abs=25)
    assert (np.diff(sound) == 1).all()
    speaker.close()


def test_a_ducked_speaker_plays_lower_and_its_tap_hears_what_is_heard():
    clock, out, tapped = ManualClock(), [], []
    speaker = FileSpeaker(clock, out.append, rate=1000)
    speaker.tap = tapped.append
    speaker.play(np.ones(1000, np.float32), 1000)
    clock.set(0.1)
    speaker.duck(0.25)
    clock.set(0.5)
    speaker.position()
    heard = np.concatenate([chunk.samples for chunk in out])
    assert (heard[:100] == 1).all()
    assert np.allclose(heard[150:500], 0.25)
    assert [chunk.t for chunk in tapped] == [chunk.t for chunk in out] == [0.0, 0.1]
    assert np.array_equal(heard, np.concatenate([chunk.samples for chunk in tapped]))
