"""Captions: progress through a clause, interruption, voices with and without word times."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.media import AudioChunk, Speech, Word
from avatar.output.captions import HOLD, Captions


def speech(text: str, seconds: float, words: tuple[Word, ...] = ()) -> Speech:
    return Speech(text, AudioChunk(0, np.zeros(round(seconds * 1000), np.float32), 1000), (), words)


TIMED = speech(
    "Hello, 世界!",
    2.0,
    (Word("Hello", 0.1, 0.6, 0), Word("世", 0.8, 1.2, 7), Word("界", 1.2, 1.7, 8)),
)


def test_nothing_before_and_after():
    captions = Captions()
    captions.say(TIMED, 5.0)
    assert captions.at(4.99) is None
    assert captions.at(7.0 + HOLD) is None
    assert captions.at(7.0 + HOLD / 2) is not None


@pytest.mark.parametrize(
    ("t", "current"), [(0.3, (0, 5)), (0.9, (7, 8)), (1.3, (8, 9)), (0.0, (0, 0)), (2.1, (10, 10))]
)
def test_current_word(t: float, current: tuple[int, int]):
    captions = Captions()
    captions.say(TIMED, 5.0)
    view = captions.at(5.0 + t)
    assert view is not None and view.current == current


def test_progress_never_goes_back_and_reaches_the_end():
    captions = Captions()
    captions.say(TIMED, 0.0)
    spoken = [captions.at(t / 50).spoken for t in range(110)]
    assert spoken == sorted(spoken)
    assert spoken[0] == 0 and spoken[-1] == len(TIMED.text)


def test_words_are_found_in_the_text_when_the_voice_gives_no_offsets():
    captions = Captions()
    words = (Word("the", 0.0, 0.2), Word("cat", 0.2, 0.5), Word("the", 0.5, 0.7))
    captions.say(speech("the cat, the end", 1.0, words), 0.0)
    assert captions.at(0.6).current == (9, 12)


def test_a_voice_without_word_times_shares_the_time_by_length():
    captions = Captions()
    captions.say(speech("你好 wonderful a", 1.3), 0.0)
    shown = [captions.at(t / 100) for t in range(130)]
    spans = list(dict.fromkeys(view.current for view in shown if view))
    assert [("你好 wonderful a")[a:b] for a, b in spans] == ["你", "好", "wonderful", "a"]


def test_leading_space_of_a_clause_does_not_shift_the_words():
    captions = Captions()
    captions.say(speech("  go on", 1.0, (Word("go", 0, 0.5, 2), Word("on", 0.5, 1, 5))), 0.0)
    view = captions.at(0.7)
    assert view.text[slice(*view.current)] == "on"


def test_interruption_keeps_what_was_heard():
    captions = Captions()
    captions.say(TIMED, 0.0)
    captions.say(speech("later", 1.0), 2.0)
    captions.cancel(1.0)
    assert [cue.text for cue in captions.cues] == ["Hello, 世"]
    assert captions.cues[0].end == 1.0
    assert captions.at(1.1) is not None and captions.at(1.0 + HOLD) is None


def test_interruption_before_the_first_word_leaves_nothing():
    captions = Captions()
    captions.say(TIMED, 0.0)
    captions.cancel(0.05)
    assert captions.cues == () and captions.at(0.06) is None


def test_the_next_clause_takes_over_at_once():
    captions = Captions()
    captions.say(TIMED, 0.0)
    captions.say(speech("later", 1.0), 2.1)
    assert captions.at(2.05).text == TIMED.text
    assert captions.at(2.11).text == "later"


def test_empty_clauses_show_nothing():
    captions = Captions()
    captions.say(speech("  \n", 1.0), 0.0)
    assert captions.at(0.5) is None
