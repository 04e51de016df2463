from __future__ import annotations

import itertools

import numpy as np
import pytest

from avatar.animation.beats import SpeechMotionDriver, stresses
from avatar.animation.gesture import GestureDriver
from avatar.animation.idle import IdleDriver
from avatar.animation.mixer import Mixer
from avatar.animation.rig import Rig
from avatar.math3d import quat_log
from avatar.media import AudioChunk, Phone, Speech
from avatar.pose import FaceShape, HumanBone
from tests.unit.figures import B, figure

RATE = 16000


def utterance(length=6.0, stressed=(0.8, 2.0, 3.4, 4.9), phones=True, text="hello") -> Speech:
    """Syllables every 0.2 s; the stressed ones are louder, longer and marked."""
    t = np.arange(int(length * RATE)) / RATE
    level = 0.15 + 0.05 * np.sin(2 * np.pi * 2.5 * t)
    for s in stressed:
        level += 0.7 * np.exp(-(((t - s) / 0.07) ** 2))
    samples = (level * np.sin(2 * np.pi * 180 * t)).astype(np.float32)
    made = []
    for start in np.arange(0.2, length - 0.3, 0.2):
        middle = start + 0.15
        strong = min(abs(middle - s) for s in stressed) < 0.11
        made += [
            Phone("t", start, start + 0.1),
            Phone("a", start + 0.1, start + 0.2, float(strong)),
        ]
    return Speech(text, AudioChunk(0, samples, RATE), tuple(made) if phones else ())


def head(pose) -> np.ndarray:
    if pose is None:
        return np.zeros(3)
    return np.degrees(sum(quat_log(pose.rotation[b]) for b in (B.head, B.neck)))


@pytest.mark.parametrize("phones", [True, False], ids=["from phones", "from sound"])
def test_stresses_are_found(phones):
    found = [s.t for s in stresses(utterance(phones=phones)) if s.prominence > 0.3]
    for t in (0.8, 2.0, 3.4, 4.9):
        assert min(abs(t - f) for f in found) < 0.12


def test_silence_and_emptiness_have_no_stress():
    for samples in (np.zeros(RATE, np.float32), np.zeros(0, np.float32)):
        quiet = Speech("", AudioChunk(0, samples, RATE))
        assert stresses(quiet) == []
        driver = SpeechMotionDriver()
        driver.say(quiet, 1.0)
        driver.sample(1.2)


@pytest.mark.parametrize("phones", [True, False], ids=["from phones", "from sound"])
def test_the_head_moves_on_the_stress(phones):
    """Speed of the head is greatest around the stressed syllables."""
    near, far = [], []
    for seed in range(6):
        driver = SpeechMotionDriver(seed)
        driver.say(utterance(phones=phones), 10.0)
        t = np.arange(10.0, 16.0, 0.02)
        speed = np.linalg.norm(np.diff([head(driver.sample(x)) for x in t], axis=0), axis=1)
        distance = np.abs(t[1:, None] - 10 - [0.8, 2.0, 3.4, 4.9]).min(1)
        near.append(speed[distance < 0.25].mean())
        far.append(speed[distance > 0.5].mean())
    assert np.mean(near) > 1.5 * np.mean(far)


def test_brows_rise_with_some_stresses():
    raised = 0
    for seed in range(5):
        driver = SpeechMotionDriver(seed)
        driver.say(utterance(), 0.0)
        brow = [
            0 if (p := driver.sample(t)) is None else p.weight[FaceShape.browInnerUp]
            for t in np.arange(0, 6, 0.02)
        ]
        raised += max(brow) > 0.15
        assert max(brow) < 0.7
    assert raised >= 4


def test_before_and_long_after_there_is_no_opinion():
    driver = SpeechMotionDriver()
    driver.say(utterance(), 10.0)
    assert driver.sample(5.0) is None
    assert driver.sample(30.0) is None
    assert driver.sample(11.0) is not None


def test_cancel_fades_within_half_a_second():
    for driver in (SpeechMotionDriver(1), GestureDriver(1)):
        driver.say(utterance(), 0.0)
        driver.cancel(2.1)
        after = driver.sample(2.9)
        assert after is None or (
            np.abs(head(after)).max() < 1e-3 and after.rotation_w[B.leftHand] == 0
        )
        assert all(driver.sample(t) is None for t in np.arange(4, 7, 0.1))


def test_cancel_does_not_jump():
    for driver in (SpeechMotionDriver(2), GestureDriver(2)):
        driver.say(utterance(), 0.0)
        before = driver.sample(2.1)
        driver.cancel(2.1)
        after = driver.sample(2.1)
        assert (before is None) == (after is None)
        if before is not None:
            assert np.allclose(before.rotation_w, after.rotation_w, atol=1e-5)
            assert np.allclose(before.rotation, after.rotation, atol=1e-5)


def test_seeded_and_repeatable():
    def play(seed):
        driver = SpeechMotionDriver(seed)
        driver.say(utterance(), 0.0)
        return np.array([head(driver.sample(t)) for t in np.arange(0, 6, 0.05)])

    assert np.array_equal(play(3), play(3))
    assert not np.allclose(play(3), play(4))


def test_the_same_clause_twice_is_not_played_twice_alike():
    driver = SpeechMotionDriver(0)
    driver.say(utterance(), 0.0)
    driver.say(utterance(), 20.0)
    first = np.array([head(driver.sample(t)) for t in np.arange(0.3, 5, 0.1)])
    second = np.array([head(driver.sample(t + 20)) for t in np.arange(0.3, 5, 0.1)])
    assert not np.allclose(first, second, atol=0.1)


def test_motion_stays_gentle():
    for seed in range(4):
        driver = SpeechMotionDriver(seed)
        driver.say(utterance(), 0.0)
        path = np.array([head(driver.sample(t)) for t in np.arange(-0.5, 8, 1 / 60)])
        assert np.abs(path).max() < 10
        assert np.linalg.norm(np.diff(path, axis=0), axis=1).max() * 60 < 75


def test_eyes_stay_on_the_viewer_while_the_head_beats():
    driver = SpeechMotionDriver(1)
    driver.say(utterance(), 0.0)
    for t in np.arange(0.2, 5.5, 0.1):
        pose = driver.sample(t)
        bones = (B.head, B.neck, B.chest, B.upperChest)
        pitch, yaw, _ = sum(quat_log(pose.rotation[b]) for b in bones)
        assert pose.gaze[0] == pytest.approx(-yaw, abs=5e-3)
        assert pose.gaze[1] == pytest.approx(pitch, abs=5e-3)


def strokes(driver: GestureDriver, span=(0.0, 8.0)) -> list[float]:
    """Times at which the arms' weight is greatest."""
    t = np.arange(*span, 0.02)
    w = np.array([0 if (p := driver.sample(x)) is None else p.rotation_w.max() for x in t])
    up = (w[1:] > 0.5) & (w[:-1] <= 0.5)
    return list(t[1:][up])


def test_gestures_come_up_before_a_stress_and_go_down_again():
    seen = 0
    for seed in range(6):
        driver = GestureDriver(seed)
        driver.say(utterance(), 0.0)
        for rise in strokes(driver):
            seen += 1
            ahead = np.array([0.8, 2.0, 3.4, 4.9]) - rise
            assert ahead[ahead > 0].min(initial=9) < 0.75
        assert driver.sample(9.0) is None
    assert seen >= 6


def test_gestures_do_not_repeat_or_crowd():
    driver = GestureDriver(0)
    for i in range(8):
        driver.say(utterance(text=str(i)), 6.0 * i)
    made = driver._gestures
    times = np.array([g.stroke for g in made])
    assert len(made) >= 8
    assert np.diff(times).min() > 1.5
    assert all(not np.allclose(a.ready, b.ready, atol=1e-3) for a, b in itertools.pairwise(made))


def test_gestures_stay_outside_the_body():
    character = figure()
    rig, mixer, idle = Rig(character), Mixer(), IdleDriver(1)
    for seed in range(4):
        driver = GestureDriver(seed)
        for i in range(4):
            driver.say(utterance(text=str(i)), 6.0 * i)
        for t in np.arange(0, 24, 0.3):
            poses = [("idle", idle.sample(t))]
            if (pose := driver.sample(t)) is not None:
                poses.append(("gesture", pose))
            world = rig.advance(mixer.mix(poses), 0).node_world
            for side, sign in (("left", 1), ("right", -1)):
                elbow, wrist = (
                    world[character.humanoid[HumanBone[side + part]], :3, 3] * [sign, 1, 1]
                    for part in ("LowerArm", "Hand")
                )
                assert elbow[0] > 0.17
                assert wrist[0] > 0.1 or wrist[2] > 0.2
                assert wrist[1] < 1.45


def test_short_remarks_are_said_without_hands():
    driver = GestureDriver(0)
    driver.say(utterance(length=1.0, stressed=(0.5,)), 0.0)
    assert driver.sample(0.5) is None
