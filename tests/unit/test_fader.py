from __future__ import annotations

import numpy as np

from avatar.devices.fader import RAMP, Fader


def faded(fader: Fader, count: int) -> np.ndarray:
    block = np.ones(count, np.float32)
    fader.apply(block)
    return block


def test_sound_is_untouched_until_a_level_is_asked_for():
    assert (faded(Fader(1000), 50) == 1).all()


def test_it_glides_to_the_level_within_its_ramp_and_stays_there():
    fader = Fader(1000)
    fader.to(0.2)
    levels = np.concatenate([faded(fader, 10) for _ in range(5)])
    assert (np.diff(levels) <= 1e-6).all()
    assert np.abs(np.diff(levels, prepend=1.0)).max() <= 1 / (RAMP * 1000) + 1e-6
    assert np.allclose(levels[round(RAMP * 1000) :], 0.2)


def test_it_turns_round_in_the_middle_without_a_step():
    fader = Fader(1000)
    fader.to(0.0)
    down = faded(fader, 10)
    fader.to(1.0)
    up = faded(fader, 30)
    assert abs(up[0] - down[-1]) <= 1 / (RAMP * 1000) + 1e-6
    assert up[-1] == 1.0


def test_levels_stay_within_bounds():
    fader = Fader(1000)
    fader.to(7.0)
    assert fader.level == 1.0
    fader.to(-1.0)
    assert fader.level == 0.0
