from __future__ import annotations

import itertools

import pytest

from avatar.clock import AudioClock, ManualClock, MonotonicClock


def test_manual_time_stands_still_until_set():
    clock = ManualClock(2.0)
    assert clock.now() == 2.0
    clock.set(2.5)
    assert clock.now() == 2.5
    with pytest.raises(ValueError, match="cannot go back"):
        clock.set(1.0)


def test_monotonic_clock_starts_at_zero():
    source = iter([100.0, 100.0, 103.5])
    clock = MonotonicClock(lambda: next(source))
    assert clock.now() == 0.0
    assert clock.now() == 3.5


class Machine:
    """A sound card that counts in blocks and runs a little fast, and the machine's own time."""

    def __init__(self, drift: float = 1.0, block: float = 0.02) -> None:
        self.t, self.drift, self.block = 50.0, drift, block

    def time(self) -> float:
        return self.t

    def heard(self) -> float:
        return (self.t - 50.0) * self.drift // self.block * self.block


def run(machine: Machine, clock: AudioClock, seconds: float, step: float = 1 / 60) -> list[float]:
    seen = []
    for _ in range(int(seconds / step)):
        machine.t += step
        seen.append(clock.now())
    return seen


@pytest.mark.parametrize("drift", [0.998, 1.0, 1.003])
def test_audio_clock_follows_the_sound_smoothly(drift):
    machine = Machine(drift)
    clock = AudioClock(machine.heard, machine.time)
    seen = run(machine, clock, 20)
    assert abs(seen[-1] - (machine.t - 50) * drift) < 0.03
    steps = [b - a for a, b in itertools.pairwise(seen)]
    assert min(steps) > 0
    assert max(steps) < 2 / 60


def test_audio_clock_never_goes_back():
    position = [5.0]
    machine = Machine()
    clock = AudioClock(lambda: position[0], machine.time)
    before = run(machine, clock, 1)[-1]
    position[0] = 4.9
    assert run(machine, clock, 0.1)[-1] >= before


def test_audio_clock_jumps_over_a_suspended_machine():
    position = [0.0]
    machine = Machine()
    clock = AudioClock(lambda: position[0], machine.time)
    clock.now()
    position[0] = 30.0
    assert abs(clock.now() - 30.0) < 0.1
