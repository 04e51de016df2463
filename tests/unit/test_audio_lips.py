"""Lips from sound alone, and phones dated by sound."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from avatar.media import AudioChunk, Phone, Speech
from avatar.pose import Driver, FaceShape, Pose
from avatar.voice import audio_lips, visemes
from avatar.voice.align import align, with_phones
from avatar.voice.audio_lips import BANDS, FPS, HOP, RATE, AudioLips, decode, hear, network
from avatar.voice.lipsync import lip_track
from avatar.voice.tts.espeak import EspeakSynthesizer

TEXT = {"en": "My mother has a big blue boat.", "zh": "我们不怕八百个标兵。"}


@pytest.fixture(scope="module", params=["en", "zh"])
def said(request: pytest.FixtureRequest) -> Speech:
    [speech] = EspeakSynthesizer().synthesize(TEXT[request.param], lang=request.param)
    return speech


def group_track(phones: tuple[Phone, ...], count: int) -> np.ndarray:
    groups = np.zeros(count, int)
    for phone in phones:
        a = phone.start
        for unit, share in visemes.units(phone.symbol) if phone.symbol else ():
            b = a + share * (phone.end - phone.start)
            groups[round(a * FPS) : round(b * FPS)] = visemes.GROUPS.index(visemes.group_of(unit))
            a = b
    return groups


def agreement(one: tuple[Phone, ...], other: tuple[Phone, ...], count: int) -> float:
    return float(np.mean(group_track(one, count) == group_track(other, count)))


def test_bands_are_dated_at_the_middle_of_their_10_ms() -> None:
    click = np.zeros(RATE // 2, np.float32)
    click[37 * HOP + HOP // 2] = 1
    mel = audio_lips.log_mel(click)
    assert mel.shape == (50, BANDS)
    assert mel.sum(1).argmax() == 37


def test_a_tone_lands_in_its_band_whatever_its_loudness() -> None:
    tone = np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE).astype(np.float32)
    loud, _ = audio_lips.leveled(audio_lips.log_mel(0.5 * tone))
    soft, _ = audio_lips.leveled(audio_lips.log_mel(0.05 * tone))
    assert loud[50].argmax() == soft[50].argmax()
    assert np.allclose(loud[50].max(), soft[50].max(), atol=0.05)


def test_the_level_can_be_carried_on_between_stretches() -> None:
    mel = audio_lips.log_mel(np.random.default_rng(0).normal(0, 0.1, RATE).astype(np.float32))
    whole, level = audio_lips.leveled(mel)
    first, halfway = audio_lips.leveled(mel[:40])
    second, end = audio_lips.leveled(mel[40:], halfway)
    assert np.allclose(whole, np.concatenate([first, second]), atol=1e-4)
    assert end == pytest.approx(level, abs=1e-3)


def test_the_network_gives_probabilities_and_sees_a_stated_way() -> None:
    net = network()
    rng = np.random.default_rng(0)
    features = rng.normal(size=(200, BANDS)).astype(np.float32)
    out = net(features)
    assert out.shape == (200, len(visemes.VISEMES))
    assert np.allclose(np.exp(out).sum(1), 1, atol=1e-4)
    changed = features.copy()
    changed[120] += 1
    moved = np.flatnonzero(np.abs(net(changed) - out).max(1) > 1e-6)
    assert moved.min() >= 120 - net.ahead
    assert moved.max() <= 120 + net.behind


def test_decoding_ignores_flicker_but_follows_change() -> None:
    probability = np.full((60, 3), 0.05)
    probability[:30, 0] = probability[30:, 1] = 0.9
    probability[15] = [0.3, 0.05, 0.65]
    path = decode(np.log(probability / probability.sum(1, keepdims=True)).astype(np.float32))
    assert path.tolist() == [0] * 30 + [1] * 30


def test_hears_most_of_what_espeak_says(said: Speech) -> None:
    phones = hear(said.audio)
    assert agreement(phones, said.phones, int(said.audio.duration * FPS)) > 0.5
    assert all(a.end == b.start for a, b in pairwise(phones))
    assert visemes.unknown_symbols(p.symbol for p in phones) == set()


def test_a_voice_without_phones_still_moves_its_lips(said: Speech) -> None:
    track = lip_track(Speech("", said.audio))
    t = np.arange(0, said.audio.duration, 0.01)
    jaw = track.sample(t)[:, FaceShape.jawOpen]
    exact = lip_track(said).sample(t)[:, FaceShape.jawOpen]
    assert np.corrcoef(jaw, exact)[0, 1] > 0.4


@pytest.mark.parametrize("sound", [np.zeros(16000), np.zeros(100), np.zeros(0)])
def test_silence_is_silent(sound: np.ndarray) -> None:
    audio = AudioChunk(0.0, sound.astype(np.float32), 16000)
    assert lip_track(Speech("", audio)).silent
    assert align((Phone("a", 0, 1),), AudioChunk(0.0, sound[:100].astype(np.float32), RATE)) == ()


def test_alignment_dates_the_phones_of_the_text(said: Speech) -> None:
    script = tuple(Phone(p.symbol, 0, 0, p.stress, p.lang) for p in said.phones)
    dated = align(script, said.audio)
    spoken = [p for p in dated if p.symbol]
    truth = [p for p in said.phones if p.symbol]
    assert [p.symbol for p in spoken] == [p.symbol for p in truth]
    assert [p.stress for p in spoken] == [p.stress for p in truth]
    error = [abs(a.start - b.start) for a, b in zip(spoken, truth, strict=True)]
    assert np.median(error) < 0.05


def test_alignment_moves_with_the_sound(said: Speech) -> None:
    later = np.concatenate([np.zeros(round(0.7 * said.audio.rate), np.float32), said.audio.samples])
    one = [p for p in align(said.phones, said.audio) if p.symbol]
    two = [p for p in align(said.phones, AudioChunk(0, later, said.audio.rate)) if p.symbol]
    shift = [b.start - a.start for a, b in zip(one[1:], two[1:], strict=True)]
    assert np.median(shift) == pytest.approx(0.7, abs=0.02)


def test_text_is_enough_to_date_a_recording(said: Speech) -> None:
    bare = Speech(said.text, said.audio)
    dated = with_phones(bare)
    count = int(said.audio.duration * FPS)
    assert agreement(dated.phones, said.phones, count) > agreement((), said.phones, count)
    assert agreement(dated.phones, said.phones, count) > 0.6
    assert with_phones(said) is said
    assert with_phones(Speech(" ", said.audio)).phones == ()


def test_lips_use_the_text_where_a_voice_gives_no_phones(said: Speech) -> None:
    t = np.arange(0, said.audio.duration, 0.01)
    exact, text, sound = (
        lip_track(s).sample(t)[:, FaceShape.jawOpen]
        for s in (said, Speech(said.text, said.audio), Speech("", said.audio))
    )
    with_text, without = (np.corrcoef(lips, exact)[0, 1] for lips in (text, sound))
    assert with_text > 0.95
    assert with_text > without - 0.01


def streamed(audio: AudioChunk, chunk: int, start: float) -> Callable[[float], Pose | None]:
    lips = AudioLips()
    poses: dict[float, Pose | None] = {}
    for i in range(0, len(audio.samples), chunk):
        piece = audio.samples[i : i + chunk]
        lips.feed(AudioChunk(start + i / audio.rate, piece, audio.rate))
        t = start + (i + len(piece)) / audio.rate
        poses[t] = lips.sample(t)
    times = np.array(list(poses))
    return lambda t: poses[float(times[np.abs(times - t).argmin()])]


def test_a_stream_moves_the_lips_as_it_comes(said: Speech) -> None:
    at = streamed(said.audio, 441, 5.0)
    t = np.arange(0.3, said.audio.duration, 0.03)
    poses = [at(5.0 + float(x) + 0.16) for x in t]
    jaw = np.array([0.0 if p is None else p.weight[FaceShape.jawOpen] for p in poses])
    exact = lip_track(said).sample(t)[:, FaceShape.jawOpen]
    assert np.corrcoef(jaw, exact)[0, 1] > 0.4


def test_chunk_size_does_not_change_a_stream(said: Speech) -> None:
    audio = AudioChunk(0.0, audio_lips.resampled(said.audio)[: RATE * 3 // 4], RATE)
    small, large = streamed(audio, 160, 0.0), streamed(audio, 320, 0.0)
    for t in np.arange(0.3, audio.duration, 0.04):
        a, b = small(float(t)), large(float(t))
        assert (a is None) == (b is None)
        if a is not None and b is not None:
            assert np.allclose(a.weight, b.weight, atol=0.03)


def test_a_stream_is_a_driver_that_rests_in_silence() -> None:
    lips = AudioLips()
    assert isinstance(lips, Driver)
    assert lips.layer == "lips"
    assert lips.sample(0.0) is None
    for i in range(60):
        lips.feed(AudioChunk(i * 0.02, np.zeros(320, np.float32), RATE))
        assert lips.sample(i * 0.02) is None
