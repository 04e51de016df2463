from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from avatar.voice.framing import JUMP, Framer

RATE = 1000


@given(st.lists(st.integers(0, 300), max_size=20), st.integers(1, 64))
def test_nothing_is_lost_or_doubled_and_dates_follow_the_samples(sizes, size):
    sound = np.arange(sum(sizes), dtype=np.float32)
    framer = Framer(size, RATE)
    frames, at = [], 0
    for count in sizes:
        frames += framer.push(5 + at / RATE, sound[at : at + count])
        at += count
    whole = np.concatenate([frame for _, frame in frames]) if frames else np.zeros(0)
    assert (whole == sound[: len(whole)]).all()
    assert len(sound) - len(whole) < size
    assert all(len(frame) == size for _, frame in frames)
    assert np.allclose([t for t, _ in frames], 5 + size / RATE * np.arange(len(frames)))


def test_jitter_of_the_dates_is_smoothed_and_a_gap_begins_anew():
    framer = Framer(10, RATE)
    first = framer.push(0.0, np.zeros(15, np.float32))
    second = framer.push(0.015 + JUMP / 2, np.zeros(5, np.float32))
    assert [t for t, _ in first + second] == [0.0, 0.01]
    ((t, _),) = framer.push(9.0, np.zeros(12, np.float32))
    assert t == 9.0
    assert np.isclose(framer.now, 9.012)
