"""Gestures written into a text: out of sound and captions, made at their word."""

from __future__ import annotations

import numpy as np
import pytest

import avatar
from avatar.pose import HumanBone as B

pytestmark = pytest.mark.gl


def test_a_gesture_in_the_text_is_made_at_its_word_and_not_spoken():
    with avatar.Session(
        "mei", size=(64, 64), quality="draft", voice="espeak", label=False, fps=20
    ) as session:
        session.say(
            "Good morning to all of you, now here [happy] please [point-left] look there. [bow]"
        )
        performer = session.performers[0]
        arm = []
        for frame in session.frames():
            pose = performer.gestures.sample(frame.t)
            arm.append(
                (frame.t, 0.0 if pose is None else float(pose.rotation_w[B.leftIndexDistal]))
            )
        spoken = " ".join(cue.text for cue in session.captions.cues)
        assert "point" not in spoken and "[" not in spoken and "look there" in spoken
        word = next(
            cue.start + w.start
            for cue in session.captions.cues
            for w in cue.words
            if w.text.startswith("look")
        )
        t, weight = np.array(arm).T
        assert weight[np.abs(t - word - 0.3).argmin()] > 0.9
        assert performer.emotion.name == "happy"
        assert performer.gestures.sample(session.clock.now()) is None  # the bow came to its end
        assert t[-1] > session.captions.cues[-1].end + 1.5


def test_a_session_makes_gestures():
    with avatar.Session("ming", size=(64, 64), quality="draft", label=False) as session:
        session.settle(0.2)
        over = session.gesture("greet", side="left")
        assert over > session.clock.now() + 1
        still = session.frame().pixels.copy()
        session.settle(1.0)
        assert np.abs(session.frame().pixels.astype(int) - still).max() > 20
        with pytest.raises(avatar.errors.ConfigError, match="did you mean bow"):
            session.gesture("bov")
