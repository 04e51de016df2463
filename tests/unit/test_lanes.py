from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avatar.lanes import Lane, LaneClosed, Latest, Ring

few = settings(max_examples=25, deadline=None)


def test_latest_keeps_the_newest():
    latest: Latest[int] = Latest()
    assert latest.get() is None
    latest.put(1)
    latest.put(2)
    assert latest.get() == latest.get() == 2


@few
@given(st.lists(st.integers(0, 50), max_size=12), st.integers(1, 40))
def test_ring_hands_out_what_was_written_in_order(sizes, take):
    ring, written = Ring(), []
    for size in sizes:
        block = np.random.default_rng(size).random(size).astype(np.float32)
        ring.write(block)
        written.append(block)
    expected = np.concatenate([*written, np.zeros(0, np.float32)])
    assert len(ring) == len(expected)
    heard = []
    while len(ring):
        out = np.full(take, 9, np.float32)
        count = ring.read_into(out)
        heard.append(out[:count].copy())
        assert not out[count:].any()
    assert np.array_equal(np.concatenate([*heard, np.zeros(0, np.float32)]), expected)


def test_ring_clear_tells_how_much_was_dropped():
    ring = Ring()
    ring.write(np.ones(7, np.float32))
    assert ring.clear() == 7
    assert len(ring) == 0


def test_a_live_lane_drops_its_oldest_and_counts():
    lane: Lane[int] = Lane(2, "drop_oldest")
    for i in range(5):
        lane.put(i)
    assert (lane.get(), lane.get(), lane.dropped) == (3, 4, 3)


def test_a_file_lane_waits_for_room():
    lane: Lane[int] = Lane(1, "wait")
    seen: list[int] = []
    thread = threading.Thread(target=lambda: [lane.put(i) for i in range(20)])
    thread.start()
    seen = [lane.get(timeout=5) for _ in range(20)]
    thread.join()
    assert seen == list(range(20))
    assert lane.dropped == 0


def test_a_closed_lane_gives_what_is_left_then_ends():
    lane: Lane[int] = Lane(3)
    lane.put(1)
    lane.close()
    assert lane.get() == 1
    with pytest.raises(LaneClosed):
        lane.get()
    with pytest.raises(LaneClosed):
        lane.put(2)


def test_an_empty_lane_times_out():
    with pytest.raises(TimeoutError):
        Lane(1).get(timeout=0.01)
