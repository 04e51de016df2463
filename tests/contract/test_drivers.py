"""What every driver promises, over every registered one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from avatar.animation.mixer import LAYERS, Mixer
from avatar.media import AudioChunk, Phone, Speech, Word
from avatar.plugins import found, load
from avatar.pose import Driver, Pose

REGISTERED = sorted(found("drivers"))


@pytest.fixture(params=REGISTERED)
def make(request) -> Callable[[], Driver]:
    return load("drivers", request.param)


def speech() -> Speech:
    t = np.arange(32000) / 16000
    sound = (0.3 * np.sin(2 * np.pi * 150 * t) * (0.6 + 0.4 * np.sin(12 * t))).astype(np.float32)
    phones = tuple(
        Phone(symbol, start, start + 0.2, float(i % 4 == 1))
        for i, (symbol, start) in enumerate(
            zip(["h", "ə", "l", "oʊ", "m", "a", "m", "a"], np.arange(0.1, 1.7, 0.2), strict=True)
        )
    )
    words = (Word("hello", 0.1, 0.9, 0), Word("mama", 0.9, 1.7, 6))
    return Speech("hello mama", AudioChunk(0.0, sound, 16000), phones, words)


def check(pose: Pose) -> None:
    assert pose.rotation.shape == (55, 4)
    assert pose.weight.shape == (52,)
    assert np.allclose(np.linalg.norm(pose.rotation, axis=1), 1, atol=1e-4)
    for weights in (pose.rotation_w, pose.weight, pose.weight_w):
        assert weights.dtype == np.float32
        assert weights.min() >= 0
        assert weights.max() <= 1
    if pose.gaze is not None:
        assert np.abs(pose.gaze).max() < 1.0


def play(driver: Driver, times) -> list[Pose | None]:
    return [driver.sample(float(t)) for t in times]


def test_some_drivers_are_registered():
    assert {"idle", "lips"} <= set(REGISTERED)


def test_it_names_a_layer_the_mixer_knows(make):
    driver = make()
    assert isinstance(driver, Driver)
    assert driver.layer in {layer.name for layer in LAYERS}


def test_its_poses_are_valid_and_dated(make):
    driver = make()
    if hasattr(driver, "say"):
        driver.say(speech(), 0.5)
    for t in np.arange(0, 4, 0.05):
        pose = driver.sample(float(t))
        if pose is not None:
            check(pose)
            assert pose.t == pytest.approx(t)
            check(Mixer().mix([(driver.layer, pose)]))


def test_the_same_history_gives_the_same_poses(make):
    runs = []
    for _ in range(2):
        driver = make()
        if hasattr(driver, "say"):
            driver.say(speech(), 0.5)
        runs.append(play(driver, np.arange(0, 3, 0.1)))
    for a, b in zip(*runs, strict=True):
        assert (a is None) == (b is None)
        if a is not None and b is not None:
            assert np.array_equal(a.rotation, b.rotation)
            assert np.array_equal(a.weight, b.weight)


def test_after_a_cancel_nothing_of_the_speech_is_left(make):
    driver, silent = make(), make()
    if not hasattr(driver, "say"):
        return
    driver.say(speech(), 0.5)
    play(driver, np.arange(0, 1.2, 0.1))
    driver.cancel(1.2)
    for t in (2.5, 2.8):
        spoken, unspoken = driver.sample(t), silent.sample(t)
        if spoken is None or unspoken is None:
            assert spoken is None or not (spoken.weight * spoken.weight_w).any()
        else:
            mouth = slice(22, 52)
            assert np.allclose(spoken.weight[mouth], unspoken.weight[mouth], atol=0.05)


def test_cancel_without_speech_is_harmless(make):
    driver = make()
    if hasattr(driver, "cancel"):
        driver.cancel(1.0)
    driver.sample(1.1)
