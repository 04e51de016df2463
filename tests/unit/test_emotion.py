from __future__ import annotations

import numpy as np
import pytest

from avatar.animation.emotion import EMOTION_SHAPES, EMOTIONS, EmotionDriver
from avatar.animation.mixer import Mixer
from avatar.animation.rig import Rig
from avatar.errors import ConfigError
from avatar.math3d import quat_log
from avatar.pose import PRESETS, FaceShape, Pose
from tests.unit.figures import B, figure, perfect_sync, shapes

F = FaceShape


def settled(name: str, weight: float = 1.0) -> Pose:
    driver = EmotionDriver()
    driver.set(name, weight, fade=0.0)
    return driver.sample(1.0) or Pose()


def test_all_eight_are_there():
    names = {"neutral", "happy", "sad", "angry", "surprised", "relaxed", "shy", "proud"}
    assert set(EMOTIONS) == names


def test_neutral_has_no_opinion():
    assert EmotionDriver().sample(0.0) is None
    assert not EMOTION_SHAPES["neutral"].any()


@pytest.mark.parametrize("name", [n for n in EMOTIONS if n != "neutral"])
def test_every_emotion_shows_and_is_not_symmetric(name):
    pose = settled(name)
    assert pose.weight.max() > 0.2
    assert pose.weight.min() >= 0 and pose.weight.max() <= 1
    pairs = [(s, F[s.name.removesuffix("Left") + "Right"]) for s in F if s.name.endswith("Left")]
    different = [abs(pose.weight[a] - pose.weight[b]) for a, b in pairs if pose.weight[a] > 0.15]
    assert max(different) > 0.01


def test_a_smile_reaches_the_eyes():
    pose = settled("happy")
    for shape in (F.mouthSmileLeft, F.cheekSquintLeft, F.eyeSquintLeft):
        assert pose.weight[shape] > 0.15


def test_emotions_have_a_posture():
    def nod(name):
        turn = quat_log(settled(name).rotation)
        return np.degrees(turn[[B.head, B.neck, B.upperChest, B.chest], 0].sum())

    assert nod("sad") > 5
    assert nod("proud") < -5
    assert nod("surprised") < -3


def test_weight_scales_the_face():
    half, whole = settled("happy", 0.5), settled("happy", 1.0)
    assert np.allclose(half.weight, whole.weight / 2, atol=1e-5)


def test_fading_is_smooth_and_complete():
    driver = EmotionDriver()
    driver.sample(0.0)
    driver.set("happy", fade=0.4)
    times = np.arange(1.0, 2.0, 1 / 60)
    smile = np.array([(driver.sample(t) or Pose()).weight[F.mouthSmileLeft] for t in times])
    assert smile[0] < 0.02
    assert smile[-1] > 0.6
    steps = np.diff(smile)
    assert steps.min() > -0.01
    assert steps.max() < 0.12


def test_shapes_do_not_start_all_at_once():
    driver = EmotionDriver()
    driver.sample(0.0)
    driver.set("happy", fade=0.4)
    driver.sample(1.0)
    early = driver.sample(1.15).weight / np.maximum(EMOTION_SHAPES["happy"], 1e-6)
    active = EMOTION_SHAPES["happy"] > 0
    assert np.ptp(early[active]) > 0.1


def test_changing_in_the_middle_does_not_jump():
    driver = EmotionDriver()
    driver.sample(0.0)
    driver.set("happy", fade=0.4)
    driver.sample(1.0)
    before = driver.sample(1.2)
    driver.set("angry", fade=0.4)
    after = driver.sample(1.2 + 1e-4)
    assert np.abs(before.weight - after.weight).max() < 0.01


def test_back_to_neutral_ends_the_opinion():
    driver = EmotionDriver()
    driver.set("sad", fade=0.2)
    driver.sample(0.0)
    driver.sample(1.0)
    driver.set("neutral", fade=0.2)
    driver.sample(1.0)
    assert driver.sample(2.0) is None


def test_a_held_emotion_stays_alive():
    driver = EmotionDriver()
    driver.set("happy", fade=0.0)
    smile = np.array([driver.sample(t).weight[F.mouthSmileLeft] for t in np.arange(0, 20, 0.1)])
    assert 0.02 < np.ptp(smile) < 0.2


def test_unknown_names_list_the_known():
    with pytest.raises(ConfigError, match="did you mean happy"):
        EmotionDriver().set("hapy")


@pytest.mark.parametrize("name", ["happy", "angry", "sad", "relaxed", "surprised"])
def test_on_any_figure_exactly_one_way_of_showing_it(name):
    """Perfect sync figures show the shapes, others their preset; nobody shows both."""
    mixed = Mixer().mix([("idle", Pose()), ("emotion", settled(name))])
    character = figure(shapes(PRESETS))
    state = Rig(character).advance(mixed, 0)
    shown = dict(zip(PRESETS, state.morph, strict=True))
    assert shown[name] > 0.75
    assert sum(shown[n] for n in ("happy", "angry", "sad", "relaxed", "surprised")) < 1.15
    state = Rig(perfect_sync()).advance(mixed, 0)
    own = np.array([not s.name.startswith("eyeLook") for s in F])  # those follow the gaze
    assert np.allclose(state.morph[own], (mixed.weight * mixed.weight_w)[own], atol=0.1)
