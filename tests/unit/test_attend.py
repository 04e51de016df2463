"""How a figure bears itself: eased, never stuck, the same again for a seed."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.animation.attend import AttendDriver
from avatar.errors import ConfigError
from avatar.math3d import quat_log
from avatar.pose import BONE_COUNT, FACE_COUNT, FaceShape, HumanBone, Pose

STATES = ("idle", "listening", "thinking", "speaking", "interrupted")
FRAME = 1 / 60


def full(pose: Pose | None) -> np.ndarray:
    """Turns (rad), gaze (rad) and face of a pose, zeros for none."""
    if pose is None:
        return np.zeros(BONE_COUNT * 3 + 2 + FACE_COUNT)
    turns = quat_log(pose.rotation.astype(float)).ravel()
    return np.concatenate([turns, np.array(pose.gaze), pose.weight * pose.weight_w])


def watch(driver: AttendDriver, start: float, seconds: float) -> np.ndarray:
    return np.stack([full(driver.sample(t)) for t in np.arange(start, start + seconds, FRAME)])


def where_eyes_look(pose: Pose | None) -> np.ndarray:
    """Yaw and pitch of the gaze in the world, rad."""
    if pose is None:
        return np.zeros(2)
    turn = quat_log(pose.rotation.astype(float)).sum(0)
    return np.array([pose.gaze[0] + turn[1], pose.gaze[1] - turn[0]])


def test_it_is_at_rest_until_told():
    assert AttendDriver().sample(3.0) is None
    with pytest.raises(ConfigError, match="known: idle, listening"):
        AttendDriver().attend("asleep", 0.0)  # type: ignore[arg-type]


def test_a_listener_looks_at_the_visitor_and_a_thinker_away_and_back():
    driver = AttendDriver(seed=4)
    driver.attend("listening", 1.0)
    assert np.abs(where_eyes_look(driver.sample(3.0))).max() < 0.01
    driver.attend("thinking", 3.0)
    assert np.abs(where_eyes_look(driver.sample(3.2))).max() > 0.05
    assert np.abs(where_eyes_look(driver.sample(3.5))).max() > 0.15
    driver.attend("speaking", 4.0)
    driver.sample(4.01)
    assert driver.sample(4.6) is None


def test_long_thinking_wanders_and_ends_by_itself_on_the_visitor():
    driver = AttendDriver(seed=1)
    driver.attend("thinking", 0.0)
    looks = np.array([where_eyes_look(driver.sample(t)) for t in np.arange(0.5, 60, 0.25)])
    assert len({tuple(np.sign(np.round(look, 2))) for look in looks}) >= 3
    assert np.abs(looks[-1]).max() < 0.01


def test_being_cut_off_startles_and_then_listens():
    driver = AttendDriver()
    driver.attend("speaking", 0.0)
    driver.attend("interrupted", 2.0)
    brows = [driver.sample(t).weight[FaceShape.browInnerUp] for t in (2.2, 4.0)]
    assert brows[0] > 0.4 > 0.3 > brows[1] > 0.1


def test_a_nod_is_seen_within_a_fifth_of_a_second_and_can_be_taken_back():
    for seed in range(6):
        driver, still = AttendDriver(seed=seed), AttendDriver(seed=seed)
        driver.react(1.0)
        head = quat_log(driver.sample(1.18).rotation.astype(float))[HumanBone.head]
        assert np.degrees(head[0]) > 1.2
        driver.revoke(1.2)
        still.react(1.0)
        assert driver.sample(1.2 + 0.2) is None
        assert still.sample(1.2 + 0.2) is not None
        assert still.sample(4.0) is None


def test_nothing_jumps_whatever_comes_when():
    rng = np.random.default_rng(7)
    driver, t, seen = AttendDriver(seed=2), 0.0, []
    for _ in range(60):
        what = rng.integers(0, 7)
        if what < 5:
            driver.attend(STATES[what], t)
        elif what == 5:
            driver.react(t)
        else:
            driver.revoke(t)
        length = float(rng.uniform(0.05, 1.5))
        seen.append(watch(driver, t, length))
        t += FRAME * len(seen[-1])
    steps = np.abs(np.diff(np.concatenate(seen), axis=0)).max(0)
    turns, face = steps[: BONE_COUNT * 3 + 2], steps[BONE_COUNT * 3 + 2 :]
    assert np.degrees(turns.max()) < 3.0
    assert face.max() < 0.12


def test_an_hour_of_states_ends_at_rest_and_grows_nothing():
    rng = np.random.default_rng(3)
    driver, t = AttendDriver(seed=5), 0.0
    while t < 3600:
        driver.attend(STATES[rng.integers(5)], t)
        driver.react(t + 0.1)
        t += float(rng.uniform(0.2, 20))
        driver.sample(t)
    driver.attend("idle", t)
    for later in np.arange(t, t + 3, 0.1):
        last = driver.sample(float(later))
    assert last is None
    assert len(driver._steps) + len(driver._nods) == 0


def test_the_same_seed_does_the_same():
    seen = []
    for _ in range(2):
        driver = AttendDriver(seed=9)
        driver.attend("thinking", 0.0)
        driver.react(0.5)
        seen.append(watch(driver, 0.0, 8.0))
    assert np.array_equal(*seen)
