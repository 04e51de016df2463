"""Clothes in motion: no skin comes through them at any gesture's stroke."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.animation.body import measure
from avatar.animation.gesture import GestureDriver
from avatar.animation.gestures import library
from avatar.animation.idle import IdleDriver
from avatar.animation.mixer import Mixer
from avatar.animation.rig import Rig
from avatar.character import load
from avatar.character.character import Character
from avatar.pose import Pose
from avatar.resources import figures
from tests.unit.bareness import Bareness

ALLOWED = 3
"""Points of skin (of some hundreds) that a stroke may leave bare."""


def strokes(character: Character) -> dict[str, Pose]:
    """The pose of each gesture's stroke, and the stance."""
    rig = Rig(character)
    body = measure(character, rig)
    idle = IdleDriver(1, rest=rig.rest, hang=body.hang)
    found = {"stance": idle.sample(0.0)}
    for name in library():
        driver = GestureDriver(3, body=body)
        end = driver.play(name, 0.3, seed=2)
        nearest = np.inf
        for t in np.arange(0.3, end, 0.1):
            pose = driver.sample(t)
            if pose is not None and abs(t - driver.shown) < nearest:
                nearest = abs(t - driver.shown)
                mixed = Mixer().mix([("idle", idle.sample(t)), (driver.layer, pose)])
                found[name] = driver.settle(mixed)
    return found


@pytest.mark.parametrize("name", [n for n in sorted(figures()) if n in ("mei", "ming")])
def test_no_skin_comes_through_cloth_at_any_stroke(name):
    character = load(figures()[name])
    measure_of = Bareness(character)
    for gesture, pose in strokes(character).items():
        bare = measure_of.bare(pose)
        assert len(bare) <= ALLOWED, f"{gesture}: {len(bare)} points near {bare.mean(0).round(2)}"
