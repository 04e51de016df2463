"""Tiers are ordered by cost; the controller settles on the best one that holds the rate."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avatar.errors import ConfigError
from avatar.render.post import inner_size
from avatar.render.quality import LIVE, TIERS, AutoQuality, tier

COST = {"draft": 0.010, "standard": 0.050, "high": 0.400}


def run(auto: AutoQuality, cost: dict[str, float], frames: int) -> list[str]:
    used = []
    for _ in range(frames):
        used.append(auto.name)
        auto.record(cost[auto.name])
    return used


def test_it_falls_to_the_tier_that_holds_the_rate():
    assert run(AutoQuality(30), COST, 200)[-1] == "draft"


def test_it_climbs_when_there_is_room():
    fast = {"draft": 0.001, "standard": 0.002, "high": 0.005}
    assert run(AutoQuality(30), fast, 400)[-1] == "high"


def test_it_settles_instead_of_hunting():
    cost = {"draft": 0.004, "standard": 0.011, "high": 0.200}
    used = run(AutoQuality(30), cost, 4000)
    assert used.count("high") < 0.05 * len(used)
    assert used[-1] == "standard"


def test_one_slow_frame_changes_nothing():
    auto = AutoQuality(30, window=5)
    for seconds in (0.012, 0.5, 0.012, 0.012, 0.012):
        auto.record(seconds)
    assert auto.name == "standard"


@given(st.lists(st.floats(0, 10), max_size=200))
def test_it_is_always_at_a_known_tier(times):
    auto = AutoQuality(30)
    assert all(auto.record(seconds) in LIVE for seconds in times)


def test_unknown_tiers_name_the_known_ones():
    with pytest.raises(ConfigError, match="standard"):
        tier("ultra")


def test_inner_sizes():
    assert inner_size(TIERS["draft"], (1280, 720)) == (640, 360)
    assert inner_size(TIERS["draft"], (720, 1280)) == (360, 640)
    assert inner_size(TIERS["draft"], (320, 240)) == (320, 240)
    assert inner_size(TIERS["standard"], (1920, 1080)) == (1920, 1080)
    assert inner_size(TIERS["film"], (640, 360)) == (1280, 720)
