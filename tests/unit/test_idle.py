from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from avatar.animation.blink import CLOSING, OPENING, Blinks
from avatar.animation.ease import Waves, ease
from avatar.animation.idle import BREATH, IdleDriver, breath
from avatar.animation.rig import Rig
from avatar.animation.timetable import Talking, Timetable, glide
from avatar.math3d import quat_log
from avatar.media import AudioChunk, Speech
from avatar.pose import FaceShape, HumanBone, Pose
from tests.unit.figures import B, figure

FPS = 30


def speech(seconds: float) -> Speech:
    return Speech("", AudioChunk(0, np.zeros(int(seconds * 100), np.float32), 100))


@pytest.fixture(scope="module")
def minute() -> list[Pose]:
    driver = IdleDriver(seed=1)
    return [driver.sample(i / FPS) for i in range(60 * FPS)]


def shape(poses, name):
    return np.array([p.weight[FaceShape[name]] for p in poses])


def turns(poses, *bones):
    """Degrees [n, 3] summed over bones."""
    q = np.stack([p.rotation for p in poses])
    return np.degrees(sum(quat_log(q[:, HumanBone[b]]) for b in bones))


def test_the_same_seed_gives_the_same_bits_in_any_order():
    times = np.random.default_rng(0).uniform(0, 300, 40)
    a, b = IdleDriver(seed=4), IdleDriver(seed=4)
    for d in (a, b):
        d.say(speech(3), 20.0)
    first = {t: a.sample(t) for t in times}
    for t in sorted(times):
        again = b.sample(t)
        assert np.array_equal(first[t].rotation, again.rotation)
        assert np.array_equal(first[t].weight, again.weight)
        assert first[t].gaze == again.gaze


def test_another_seed_is_another_person():
    a, b = IdleDriver(seed=1).sample(3.0), IdleDriver(seed=2).sample(3.0)
    assert not np.allclose(a.rotation[B.head], b.rotation[B.head])


def test_what_is_said_later_does_not_change_the_past():
    a, b = IdleDriver(seed=3), IdleDriver(seed=3)
    b.say(speech(10), 30.0)
    for t in np.arange(0, 29.9, 0.37):
        assert np.allclose(a.sample(t).weight, b.sample(t).weight, atol=1e-6)
        assert np.allclose(a.sample(t).rotation, b.sample(t).rotation, atol=1e-6)


def test_never_frozen(minute):
    """In any second the head, the trunk and the eyes have moved."""
    for name in ("head", "chest", "leftUpperArm", "leftIndexProximal"):
        angle = turns(minute, name)
        for second in np.split(angle, 60):
            assert np.ptp(second, axis=0).max() > 0.01
    gaze = np.array([p.gaze for p in minute])
    assert all(np.ptp(second, axis=0).max() > 1e-4 for second in np.split(gaze, 60))


def test_never_twitching(minute):
    """Body and head move below the speeds of calm people, without jumps."""
    for bones, limit in ((("head", "neck"), 35), (("spine", "chest"), 12), (("leftUpperArm",), 12)):
        speed = np.linalg.norm(np.diff(turns(minute, *bones), axis=0), axis=1) * FPS
        assert speed.max() < limit
    hips = np.array([p.hips for p in minute])
    assert np.linalg.norm(np.diff(hips, axis=0), axis=1).max() * FPS < 0.05


def test_poses_are_valid(minute):
    for pose in minute[::100]:
        assert np.allclose(np.linalg.norm(pose.rotation, axis=1), 1, atol=1e-5)
        assert pose.weight.min() >= 0
        assert pose.weight.max() <= 1


def blinks(seed: int = 0, talk: float = 0.0) -> Blinks:
    talking = Talking()
    talking.say(0.0, talk)
    return Blinks(np.random.default_rng(seed), talking)


def test_people_blink_17_times_a_minute_and_26_while_talking():
    assert 16 < len(blinks().starts(6000)) / 100 < 18
    assert 24.5 < len(blinks(talk=6000).starts(6000)) / 100 < 27.5


def test_blink_intervals_are_skewed_with_doubles_and_no_flutter():
    gaps = np.diff(blinks().starts(3600))
    assert gaps.min() > 0.2
    assert gaps.mean() > 1.1 * np.median(gaps)
    assert 0.04 < (gaps < 0.45).mean() < 0.2


def test_a_blink_closes_faster_than_it_opens():
    lids = blinks(5)
    start = lids.starts(60)[0]
    times = np.arange(start - 0.05, start + 0.3, 0.001)
    both = np.array([lids.at(t) for t in times])
    shut = both.max(1)
    top = times[shut > 0.98 * shut.max()]
    moving = times[shut > 0.01]
    assert top[0] - moving[0] == pytest.approx(CLOSING, abs=0.02)
    assert moving[-1] - top[-1] == pytest.approx(OPENING, abs=0.035)
    assert not np.allclose(both[:, 0], both[:, 1], atol=1e-3)


def test_pictures_at_30_a_second_catch_most_lids_shut():
    lids, caught = blinks(6), []
    for start in lids.starts(120):
        frames = np.arange(np.ceil(start * 30), np.ceil((start + 0.2) * 30)) / 30
        caught.append(max(max(lids.at(t)) for t in frames))
    assert np.mean(np.array(caught) > 0.85) > 0.75


def test_lids_are_open_between_blinks():
    lids = blinks(7)
    starts = lids.starts(40)
    for t in np.arange(0, 40, 0.13):
        blinking = ((t - starts > -0.02) & (t - starts < 0.23)).any()
        assert blinking or max(lids.at(t)) == 0


def test_the_gaze_keeps_coming_back_to_the_viewer(minute):
    """Where the eyes aim in space: mostly at the viewer, now and then away, never for long."""
    head = turns(minute, "hips", "spine", "chest", "upperChest", "neck", "head")
    gaze = np.degrees([p.gaze for p in minute])
    aim = gaze + np.stack([head[:, 1], -head[:, 0]], 1)
    away = np.linalg.norm(aim, axis=1) > 3.5
    assert 0.02 < away.mean() < 0.3
    longest = max((len(list(run)) for out, run in itertools.groupby(away) if out), default=0)
    assert longest / FPS < 4


def test_eyes_jump_and_head_follows_later():
    driver = IdleDriver(seed=2)
    times = np.arange(0, 20, 1 / 120)
    poses = [driver.sample(t) for t in times]
    head = turns(poses, "neck", "head")[:, 1]
    eyes = np.degrees([p.gaze[0] for p in poses])
    jump = int(np.abs(np.diff(eyes)).argmax())
    assert np.abs(np.diff(eyes)).max() * 120 > 80
    window = head[jump : jump + 120] - head[jump]
    before = abs(window[: int(0.06 * 120)]).max()
    assert abs(window[int(0.4 * 120)]) > 4 * before


def test_eyes_stay_on_the_viewer_wherever_the_camera_stands():
    for viewer in ((0.3, 0.0), (-0.2, 0.1)):
        driver = IdleDriver(seed=1, viewer=viewer)
        poses = [driver.sample(t) for t in np.arange(0, 60, 0.25)]
        head = np.radians(turns(poses, "hips", "spine", "chest", "upperChest", "neck", "head"))
        gaze = np.array([p.gaze for p in poses])
        aim = np.median(gaze + np.stack([head[:, 1], -head[:, 0]], 1), axis=0)
        assert np.allclose(aim, viewer, atol=0.04)
        assert np.abs(gaze).max() < 0.5


def test_breath_lifts_the_shoulders_a_few_millimetres(minute):
    character = figure()
    rig = Rig(character)
    node = character.humanoid[B.leftUpperArm]
    height = [
        rig.advance(p, 0).node_world[node, 1, 3]
        - rig.advance(p, 0).node_world[character.humanoid[B.hips], 1, 3]
        for p in minute[: int(12 * FPS) : 6]
    ]
    assert 0.001 < np.ptp(height) < 0.02


def test_one_breath_rises_falls_and_rests():
    x = np.array([breath(p) for p in np.linspace(0, 1, 200)])
    assert x[0] == 0
    assert x.max() == pytest.approx(1, abs=1e-3)
    assert (x[-20:] < 0.01).all()
    assert 3 < BREATH < 6


@pytest.mark.parametrize("with_rest", [True, False])
def test_feet_stay_on_the_ground(minute, with_rest):
    character = figure()
    rig = Rig(character)
    driver = IdleDriver(seed=1, rest=rig.rest if with_rest else None)
    places = []
    for t in np.arange(0, 60, 0.25):
        world = rig.advance(driver.sample(t), 0).node_world
        places.append([world[character.humanoid[b], :3, 3] for b in (B.leftFoot, B.rightFoot)])
    slide = np.ptp(np.array(places), axis=0).max()
    assert slide < (0.001 if with_rest else 0.01)


def test_weight_shifts_from_leg_to_leg(minute):
    across = np.array([p.hips[0] for p in minute])
    assert across.min() < -0.004
    assert across.max() > 0.004
    assert abs(across).max() < 0.03


def test_knees_never_bend_backwards(minute):
    for name in ("leftLowerLeg", "rightLowerLeg"):
        bend = turns(minute, name)[:, 0]
        assert bend.min() > -0.1
        assert bend.max() < 25


def test_arms_hang_and_stay_outside_the_body(minute):
    character = figure()
    rig = Rig(character)
    for pose in minute[::60]:
        world = rig.advance(pose, 0).node_world
        for side, sign in (("left", 1), ("right", -1)):
            at = {
                part: world[character.humanoid[B[side + part]], :3, 3] * [sign, 1, 1]
                for part in ("UpperArm", "LowerArm", "Hand", "UpperLeg", "MiddleDistal")
            }
            assert at["Hand"][1] < at["LowerArm"][1] < at["UpperArm"][1]
            assert at["LowerArm"][0] > at["UpperArm"][0] - 0.01
            assert at["Hand"][0] > at["UpperLeg"][0] + 0.08


def test_hands_are_relaxed_and_unequal(minute):
    pose = minute[0]
    curls = [
        abs(np.degrees(quat_log(pose.rotation[B[f"left{f}Proximal"]])[2]))
        for f in ("Index", "Middle", "Ring", "Little")
    ]
    assert curls == sorted(curls)
    assert curls[-1] - curls[0] > 8
    assert min(curls) > 5 and max(curls) < 50
    right = abs(np.degrees(quat_log(pose.rotation[B.rightRingProximal])[2]))
    assert right != pytest.approx(curls[2], abs=0.5)


def test_a_cancelled_speech_is_over():
    talking = Talking()
    talking.say(1.0, 9.0)
    talking.say(9.5, 12.0)
    talking.cancel(4.0)
    assert talking.level(3.0) == 1
    assert talking.level(5.0) == 0
    assert talking.seconds(20.0) == pytest.approx(3.0)


def test_overlapping_clauses_count_once():
    talking = Talking()
    for start, end in ((5.0, 8.0), (1.0, 3.0), (2.0, 6.0)):
        talking.say(start, end)
    assert talking.seconds(10.0) == pytest.approx(7.0)
    for t in (0.5, 2.0, 4.0, 8.0, 12.0):
        work = talking.work(t, 0.3, 0.5)
        assert talking.when(np.array(work), 0.3, 0.5) == pytest.approx(t)


def test_timetables_go_on_for_ever():
    def draw(rng, n):
        return rng.uniform(0.5, 1.5, n), rng.normal(size=(n, 1))

    table = Timetable(np.random.default_rng(0), draw)
    start, values = table.last(1000.0)
    assert (np.diff(start) > 0).all()
    assert start[-1] <= 1000.0 < start[-1] + 1.5
    assert values.shape == (5, 1)
    glided = [float(glide(t, *table.last(t), 0.3)[0]) for t in np.arange(20, 40, 0.01)]
    assert np.abs(np.diff(glided)).max() < 0.5


def test_ease_starts_and_ends_gently():
    x = np.linspace(-0.5, 1.5, 401)
    y = ease(x)
    assert y[0] == 0
    assert y[-1] == 1
    assert (np.diff(y) >= 0).all()
    assert np.abs(np.diff(y, 2)).max() < 2e-3


def test_waves_are_smooth_and_bounded():
    waves = Waves(np.random.default_rng(1), 3, 0.1, 0.5)
    y = np.array([waves(t) for t in np.arange(0, 200, 0.05)])
    assert np.abs(y).max() <= 1
    assert y.std(0).min() > 0.2
    assert np.abs(np.diff(y, axis=0)).max() < 0.05 * 2 * np.pi * 0.5


def wider(character, factor: float):
    """The same figure with its hip joints further apart."""
    nodes = character.nodes
    moved = nodes.translation.copy()
    moved[[character.humanoid[b] for b in (B.leftUpperLeg, B.rightUpperLeg)], 0] *= factor
    return replace(character, nodes=replace(nodes, translation=moved))


def test_arms_make_room_for_wide_hips():
    reach = []
    for character in (figure(), wider(figure(), 2.0)):
        rig = Rig(character)
        world = rig.advance(IdleDriver(rest=rig.rest).sample(0.0), 0).node_world
        reach.append(world[character.humanoid[B.leftHand], 0, 3])
    assert reach[1] > reach[0] + 0.05


def test_spread_fingers_are_gathered():
    character = figure()
    nodes = character.nodes
    moved = nodes.translation.copy()
    moved[character.humanoid[B.leftIndexIntermediate], 2] += 0.012
    character = replace(character, nodes=replace(nodes, translation=moved))
    gaps = []
    for rest in (None, Rig(character).rest):
        world = Rig(character).advance(IdleDriver(rest=rest).sample(0.0), 0).node_world
        index, middle = (
            world[character.humanoid[b], :3, 3]
            for b in (B.leftIndexIntermediate, B.leftMiddleIntermediate)
        )
        gaps.append(np.linalg.norm(index - middle))
    assert gaps[1] < gaps[0]
