"""A mood that came with a sentence rises, holds and goes by itself; lips keep their shapes."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.animation.emotion import EMOTIONS
from avatar.media import AudioChunk, Phone, Speech
from avatar.pose import FaceShape
from avatar.runtime.cues import Cue
from avatar.runtime.performer import Performer
from tests.unit.figures import figure

RATE = 16000
CLOSED = (0.55, 0.7)
"""When the lips of :func:`mama` meet for the second time, s."""


def mama(seconds: float = 1.0) -> Speech:
    phones = (
        Phone("m", 0.1, 0.25), Phone("a", 0.25, 0.55), Phone("m", *CLOSED), Phone("a", 0.7, 0.95),
    )  # fmt: skip
    wave = 0.3 * np.sin(2 * np.pi * 150 * np.arange(int(seconds * RATE)) / RATE)
    return Speech("mama", AudioChunk(0.0, wave.astype(np.float32), RATE), phones=phones)


def smile(performer: Performer, t: float) -> float:
    return float(performer.pose(t).weight[FaceShape.mouthSmileLeft])


def test_a_mood_of_a_sentence_rises_holds_and_goes():
    performer = Performer(figure())
    start = smile(performer, 0.9)
    performer.cue(Cue(0, "emotion", "happy"), 1.0)
    performer.pose(1.0)
    assert smile(performer, 2.5) > start + 0.4
    assert smile(performer, 3.5) > start + 0.4
    performer.pose(4.1)
    assert smile(performer, 7.0) < start + 0.1
    assert performer.emotion.name == "neutral"


def test_it_comes_back_to_the_mood_it_rested_in():
    performer = Performer(figure())
    performer.feel("relaxed")
    performer.cue(Cue(0, "emotion", "sad"), 1.0)
    performer.pose(1.0)
    assert performer.emotion.name == "sad"
    performer.pose(9.0)
    assert performer.emotion.name == "relaxed"


def test_nothing_is_stuck_after_an_hour_of_moods_and_states():
    rng = np.random.default_rng(1)
    performer, t = Performer(figure(), seed=2), 0.0
    states = ("idle", "listening", "thinking", "speaking", "interrupted")
    while t < 3600:
        performer.attend(states[rng.integers(5)], t)
        performer.cue(Cue(0, "emotion", EMOTIONS[rng.integers(len(EMOTIONS))]), t + 0.1)
        if rng.random() < 0.3:
            performer.cancel(t + 0.2)
        t += float(rng.uniform(1, 20))
        performer.pose(t)
    performer.attend("idle", t)
    for later in np.arange(t, t + 12, 0.2):
        performer.pose(float(later))
    assert performer.emotion.name == "neutral"
    assert performer.emotion.sample(t + 12) is None
    assert performer.attention.sample(t + 12) is None
    assert not performer.failures


@pytest.mark.parametrize("mood", [name for name in EMOTIONS if name != "neutral"])
def test_lips_meet_under_any_mood(mood):
    faces = []
    for name in ("neutral", mood):
        performer = Performer(figure())
        performer.feel(name, fade=0.0)
        performer.say(mama(), 10.0)
        performer.pose(9.0)
        faces.append(performer.pose(10.0 + sum(CLOSED) / 2).weight)
    opening = (FaceShape.jawOpen, FaceShape.mouthUpperUpLeft, FaceShape.mouthLowerDownLeft)
    calm, moved = (face[list(opening)] for face in faces)
    assert np.all(moved <= calm + 0.02)
