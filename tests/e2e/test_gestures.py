"""Gestures on the shipped figures: nothing crosses the body or the clothes, hands meet."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.animation.emotion import EmotionDriver
from avatar.animation.gesture import GestureDriver
from avatar.animation.gestures import library
from avatar.animation.idle import IdleDriver
from avatar.animation.mixer import Mixer
from avatar.character import load
from avatar.pose import HumanBone as B
from avatar.resources import figures
from tests.unit.clearance import Clearance

MOVES = [
    (g.name, v)
    for g in library().values()
    for v in g.variants
    if v.hands != "none" and g.name not in {f"count-{n}" for n in range(2, 11)}
]
FPS = 30
_SKIN = 0.003
"""m that soft parts give way where something touches."""


@pytest.fixture(scope="module", params=sorted(figures()))
def figure(request) -> Clearance:
    return Clearance(load(figures()[request.param]))


def played(figure: Clearance, name: str, mood: str = "neutral", **options):
    """(time, pose, stroke's time) of each frame."""
    driver = GestureDriver(3, body=figure.body)
    end = driver.play(name, 0.3, seed=2, **options)
    idle, emotion, mixer = (
        IdleDriver(1, rest=figure.rig.rest, hang=figure.body.hang),
        EmotionDriver(),
        Mixer(),
    )
    emotion.set(mood, fade=0)
    for t in np.arange(0.2, end + 0.1, 1 / FPS):
        layers = [("idle", idle.sample(t))]
        layers += [(d.layer, p) for d in (driver, emotion) if (p := d.sample(t)) is not None]
        yield t, driver.settle(mixer.mix(layers)), driver.shown


def at_stroke(figure: Clearance, name: str, **options) -> None:
    """Pose the figure as it holds the stroke."""
    frames = list(played(figure, name, **options))
    figure.pose(min(frames, key=lambda f: abs(f[0] - f[2]))[1])


@pytest.mark.parametrize(("name", "variant"), MOVES, ids=lambda x: getattr(x, "name", x))
def test_arms_and_hands_stay_outside_of_body_clothes_and_each_other(figure, name, variant):
    figure.pose(IdleDriver(1, rest=figure.rig.rest, hang=figure.body.hang).sample(0.0))
    stance = {side: figure.room(side) for side in ("left", "right")}
    for t, pose, _ in played(figure, name, variant=variant.name):
        figure.pose(pose)
        for side, before in stance.items():
            for part, room in figure.room(side).items():
                allowed = min(before[part], 0.0) - _SKIN
                assert room > allowed, f"{side} {part} {room * 1000:.0f} mm at {t:.2f} s"
        assert figure.between_arms() > -1.5 * _SKIN, f"arms at {t:.2f} s"


@pytest.mark.parametrize("mood", ["neutral", "sad", "proud", "shy"])
def test_a_thinking_finger_stays_at_the_chin_in_any_mood(figure, mood):
    at_stroke(figure, "think", mood=mood)
    body, world = figure.body, figure.world
    head = figure.character.humanoid[B.head]
    chin = (world[head, :3, :3] @ _home(figure, B.head).T) @ (body.chin - body.head)
    chin = chin + world[head, :3, 3]
    distal = figure.character.humanoid[B.rightIndexDistal]
    tip = body.arms["right"].hand["Index"]
    local = (tip[3] - tip[2]) * [-1, 1, 1]
    reached = (
        world[distal, :3, 3] + world[distal, :3, :3] @ _home(figure, B.rightIndexDistal).T @ local
    )
    assert np.linalg.norm(reached - chin) < 0.03


@pytest.mark.parametrize("mood", ["neutral", "sad"])
@pytest.mark.parametrize("name", ["clap", "apologise"])
def test_palms_meet(figure, name, mood):
    at_stroke(figure, name, mood=mood) if name != "clap" else _last_clap(figure, mood)
    hands = [figure.joint(side + "MiddleProximal") for side in ("left", "right")]
    thick = 2 * abs(figure.body.arms["left"].palm[1] - figure.body.arms["left"].wrist[1])
    assert 0.5 * thick < np.linalg.norm(hands[0] - hands[1]) < thick + 0.03


def test_finger_tips_meet_in_the_heart(figure):
    at_stroke(figure, "heart", variant="two hands")
    tips = [figure.joint(side + "IndexDistal") for side in ("left", "right")]
    assert np.linalg.norm(tips[0] - tips[1]) < 0.06


def _last_clap(figure: Clearance, mood: str) -> None:
    gap, nearest = np.inf, None
    for _, pose, _ in played(figure, "clap", mood=mood):
        figure.pose(pose)
        apart = np.linalg.norm(
            figure.joint("leftMiddleProximal") - figure.joint("rightMiddleProximal")
        )
        if apart < gap:
            gap, nearest = apart, pose
    assert nearest is not None
    figure.pose(nearest)


def _home(figure: Clearance, bone: B) -> np.ndarray:
    """The bone's own axes in the T-pose [3, 3]."""
    tree = figure.rig._tree
    return tree.rest_world[figure.character.humanoid[bone], :3, :3]
