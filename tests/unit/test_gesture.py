"""Gestures by name: what is asked for happens, smoothly, from the idle stance and back."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from avatar.animation import ik
from avatar.animation.body import MIRROR, average
from avatar.animation.gesture import GESTURES, GestureDriver
from avatar.animation.gestures import find, hand_shapes, library
from avatar.animation.idle import IdleDriver
from avatar.animation.mixer import Mixer
from avatar.animation.rig import Rig
from avatar.errors import ConfigError
from avatar.math3d import quat_conj, quat_log, quat_mul, quat_rotate
from avatar.pose import Pose
from tests.unit.figures import B, figure
from tests.unit.test_beats import utterance

ASKED = {
    "greet", "bow", "nod", "shake", "point-left", "point-right", "point-up", "point-screen",
    "count", "explain", "think", "thumbs-up", "clap", "apologise", "invite", "heart",
}  # fmt: skip
VARIANTS = [(g.name, v.name) for g in library().values() for v in g.variants]
FPS = 30
_IDLE = IdleDriver(1)


def played(driver: GestureDriver, times) -> list[Pose]:
    mixer = Mixer()
    poses = []
    for t in times:
        own = driver.sample(float(t))
        layers = [("idle", _IDLE.sample(float(t)))] + ([("gesture", own)] if own else [])
        poses.append(driver.settle(mixer.mix(layers)))
    return poses


def speeds(poses: list[Pose]) -> np.ndarray:
    q = np.array([p.rotation for p in poses])
    return quat_log(quat_mul(q[1:], quat_conj(q[:-1]))) * FPS


def test_all_that_a_host_needs_is_there():
    assert set(GESTURES) >= ASKED | {f"count-{n}" for n in range(1, 11)} | {"finger-heart"}
    for chinese, name in {
        "招手": "greet",
        "鞠躬": "bow",
        "数三": "count-3",
        "比心": "heart",
    }.items():
        assert find(chinese).name == name
    assert find("Point Left").name == find("point_left").name == "point-left"


def test_unknown_names_list_the_known():
    driver = GestureDriver()
    with pytest.raises(ConfigError, match="did you mean greet"):
        driver.play("great", 0)
    with pytest.raises(ConfigError, match="finger-heart"):
        driver.play("somersault", 0)
    with pytest.raises(ConfigError, match="left or right"):
        driver.play("greet", 0, side="up")  # pyright: ignore
    with pytest.raises(ConfigError, match="small"):
        driver.play("greet", 0, variant="large")
    assert driver.sample(0.5) is None


def test_every_table_names_hands_and_landmarks_that_exist():
    for gesture in library().values():
        for variant in gesture.variants:
            assert 0 <= variant.stroke < len(variant.keys)
            for key in variant.keys:
                for reach in (key.arm, key.other):
                    assert reach is None or reach.hand in hand_shapes()


@pytest.mark.parametrize(("name", "variant"), VARIANTS)
def test_it_starts_and_ends_at_the_idle_stance_and_never_snaps(name, variant):
    driver = GestureDriver(3)
    end = driver.play(name, 1.0, variant=variant)
    assert driver.sample(0.99) is None and driver.sample(end + 0.01) is None
    times = np.arange(0.9, end + 0.2, 1 / FPS)
    poses = played(driver, times)
    speed = speeds(poses)
    assert np.degrees(np.linalg.norm(speed, axis=2)).max() < 800
    change = np.degrees(np.linalg.norm(np.diff(speed, axis=0), axis=2)) * FPS
    assert change.max() < 15_000
    gap = np.diff([p.gaze for p in poses], axis=0)
    assert np.degrees(np.abs(gap)).max() * FPS < 400
    still = _IDLE.sample(float(times[0]))
    assert np.allclose(poses[0].rotation, still.rotation, atol=1e-3)


@pytest.mark.parametrize(("name", "variant"), VARIANTS)
def test_anticipation_stroke_hold_and_retraction(name, variant):
    driver = GestureDriver(3)
    end = driver.play(name, 0.0, variant=variant)
    told = next(v for v in find(name).variants if v.name == variant)
    moving = (B.hips, B.spine, B.neck, B.head) + (
        tuple(b for b in B if "Arm" in b.name) if told.hands != "none" else ()
    )

    def away(t: float) -> float:
        base, now = _IDLE.sample(t), played(driver, [t])[0]
        turn = quat_log(quat_mul(quat_conj(base.rotation), now.rotation))
        return float(np.linalg.norm(turn[list(moving)]))

    assert away(0.05) < 0.1 * away(driver.shown)
    assert away(driver.shown) > 0.12
    assert away(end - 0.02) < 0.05


def test_sides_mirror_and_size_scales():
    def wrist(**options) -> tuple[np.ndarray, np.ndarray]:
        driver = GestureDriver(0)
        driver.play("greet", 0.0, variant="greet 1", seed=1, **options)
        pose = driver.sample(driver.shown)
        return pose.rotation[B.leftUpperArm], pose.rotation[B.rightUpperArm]

    left, right = wrist(side="left")[0], wrist(side="right")[1]
    assert np.allclose(left, right * [1, -1, -1, 1], atol=1e-5)
    small, large = wrist(side="left", size=0.5)[0], wrist(side="left", size=1.2)[0]
    assert np.abs(quat_log(quat_mul(quat_conj(small), large))).max() > 0.05


def test_a_pointing_hand_keeps_its_side():
    for side in ("left", "right", None):
        driver = GestureDriver(0)
        driver.play("point-left", 0.0, side=side)
        weight = driver.sample(driver.shown).rotation_w
        assert weight[B.leftHand] > 0.9 and weight[B.rightHand] == 0


def test_the_same_seed_gives_the_same_and_variants_take_turns():
    drivers = [GestureDriver(5), GestureDriver(5)]
    for driver in drivers:
        for i in range(4):
            driver.play("explain", 4.0 * i)
    for t in np.arange(0, 14, 0.37):
        a, b = (d.sample(float(t)) for d in drivers)
        assert (a is None) == (b is None)
        assert a is None or np.array_equal(a.rotation, b.rotation)
    made = [p.keys for p in drivers[0]._playing]
    assert all(len(a) != len(b) or a is not b for a, b in itertools.pairwise(made))


@pytest.mark.parametrize("second", ["point-left", "think", "clap", "bow", "greet"])
@pytest.mark.parametrize("first", ["greet", "heart", "apologise", "explain"])
def test_one_gesture_crosses_over_into_the_next(first, second):
    driver = GestureDriver(2)
    driver.play(first, 0.0)
    driver.play(second, 1.1)
    poses = played(driver, np.arange(0.0, 5.5, 1 / FPS))
    speed = speeds(poses)
    assert np.degrees(np.linalg.norm(speed, axis=2)).max() < 900
    assert np.degrees(np.linalg.norm(np.diff(speed, axis=0), axis=2)).max() * FPS < 20_000


def test_cancel_sinks_the_hands():
    driver = GestureDriver(2)
    driver.play("greet", 0.0)
    driver.play("clap", 9.0)
    driver.cancel(1.0)
    poses = played(driver, np.arange(0.8, 2.0, 1 / FPS))
    assert np.degrees(np.linalg.norm(speeds(poses), axis=2)).max() < 700
    assert driver.sample(2.0) is None
    assert driver.sample(10.0) is None


def test_a_named_gesture_takes_the_hands_from_the_beats():
    alone, both = GestureDriver(1), GestureDriver(1)
    for driver in (alone, both):
        driver.say(utterance(), 0.0)
    both.play("heart", 1.0, seed=1)
    t = both.shown
    only = GestureDriver(1)
    only.play("heart", 1.0, seed=1)
    assert np.allclose(
        both.sample(t).rotation[B.leftHand], only.sample(t).rotation[B.leftHand], atol=1e-4
    )
    late = [t for t in np.arange(4.5, 6, 0.1) if alone.sample(t) is not None]
    assert all(both.sample(t) is not None for t in late)


def test_feet_stay_put_in_a_bow():
    character = figure()
    rig = Rig(character)
    driver = GestureDriver(0)
    driver.play("bow", 0.0, variant="arms down")
    idle, mixer = IdleDriver(1, rest=rig.rest), Mixer()
    places, heads = [], []
    for t in np.arange(0, 2.4, 0.1):
        own = driver.sample(t)
        layers = [("idle", idle.sample(t))] + ([("gesture", own)] if own else [])
        world = rig.advance(driver.settle(mixer.mix(layers)), 0).node_world
        places.append([world[character.humanoid[b], :3, 3] for b in (B.leftFoot, B.rightFoot)])
        heads.append(world[character.humanoid[B.head], :3, 3])
    assert np.ptp(places, axis=0).max() < 0.02
    assert np.ptp(heads, axis=0)[2] > 0.1


def test_the_eyes_take_part():
    driver = GestureDriver(0)
    driver.play("shake", 0.0)
    times = np.arange(0.1, 1.3, 0.05)
    poses = [driver.sample(t) for t in times]
    head = np.array([quat_log(p.rotation)[[B.neck, B.head], 1].sum() for p in poses])
    gaze = np.array([p.gaze[0] for p in poses])
    assert np.corrcoef(head, gaze)[0, 1] < -0.6  # they hold the viewer while the head turns
    driver.play("think", 5.0)
    assert np.hypot(*driver.sample(driver.shown).gaze) > 0.1


@pytest.mark.parametrize("scale", [0.75, 1.0, 1.3])
def test_the_arm_reaches_its_goal_whatever_its_length(scale):
    arm = average().arms["left"]
    rng = np.random.default_rng(4)
    for _ in range(40):
        away = rng.uniform([-0.1, -0.6, 0.2], [0.6, 0.4, 0.8]) * arm.length * scale * 0.9
        hand = ik.hand_rotation(arm, rng.normal(size=3), rng.normal(size=3))
        pose = ik.solve(arm, arm.shoulder + away, hand, np.array(rng.uniform(-0.5, 1.2)))
        shoulder = arm.clavicle + quat_rotate(pose.clavicle, arm.shoulder - arm.clavicle)
        upper = quat_mul(pose.clavicle, pose.upper)
        elbow = shoulder + quat_rotate(upper, arm.elbow - arm.shoulder)
        lower = quat_mul(upper, pose.lower)
        wrist = elbow + quat_rotate(lower, arm.wrist - arm.elbow)
        assert np.allclose(elbow, pose.elbow, atol=1e-6)
        assert np.allclose(wrist, pose.wrist, atol=1e-6)
        goal = np.linalg.norm(arm.shoulder + away - shoulder)
        if 0.4 * arm.length < goal < 0.95 * arm.length:
            assert np.allclose(wrist, arm.shoulder + away, atol=1e-6)
        turned = quat_mul(lower, pose.hand)
        assert abs(abs(turned @ hand) - 1) < 1e-6


def test_gestures_ask_no_joint_for_what_it_cannot_do():
    driver = GestureDriver(0)
    for name, variant in VARIANTS:
        driver.play(name, 0.0, variant=variant)
        for key in driver._playing[-1].keys:
            for side, reach in key.reaches.items():
                turns = quat_log(key.arms)
                assert np.linalg.norm(turns[B[side + "Hand"]]) < np.radians(80), (name, reach)
                assert np.linalg.norm(turns[B[side + "LowerArm"]]) < np.radians(165)
                assert np.linalg.norm(turns[B[side + "Shoulder"]]) < np.radians(30)


def test_hands_mirror_about_the_middle():
    body = average()
    assert np.allclose(body.arms["right"].wrist, body.arms["left"].wrist)
    assert np.allclose(MIRROR * MIRROR, 1)
