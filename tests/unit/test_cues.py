from __future__ import annotations

import numpy as np
import pytest

from avatar.media import AudioChunk, Speech, Word
from avatar.runtime.cues import Cue, Cues, split

RATE = 16000


def speech(text: str, *words: Word, seconds: float = 2.0) -> Speech:
    return Speech(text, AudioChunk(0, np.zeros(int(seconds * RATE), np.float32), RATE), (), words)


@pytest.mark.parametrize(
    ("text", "spoken", "cues"),
    [
        ("hello", "hello", ()),
        ("[bow] hello", "hello", ((0, "bow"),)),
        ("hello [wave] there", "hello there", ((6, "greet"),)),
        ("【鞠躬】大家好！[point left]看", "大家好！看", ((0, "bow"), (4, "point-left"))),
        ("[happy]yes[nod][nod]", "yes", ((0, "happy"), (3, "nod"), (3, "nod"))),
        ("see [1] and [note] and a[i]", "see [1] and [note] and a[i]", ()),
        ("[bow", "[bow", ()),
    ],
)
def test_only_known_names_leave_the_text(text, spoken, cues):
    assert split(text) == (
        spoken,
        tuple(Cue(o, "emotion" if n == "happy" else "gesture", n) for o, n in cues),
    )


def test_a_cue_comes_at_its_word():
    text, cues = split("one two [nod] three. Four [bow] five.")
    waiting = Cues(text, cues)
    first = speech("one two three.", Word("one", 0, 0.4, 0), Word("two", 0.5, 0.9, 4),
                   Word("three", 1.0, 1.6, 8))  # fmt: skip
    assert [(t, c.name) for t, c in waiting.due(first)] == [(1.0, "nod")]
    second = speech("Four five.", Word("Four", 0.1, 0.5, 0), Word("five", 0.7, 1.2, 5))
    assert [(t, c.name) for t, c in waiting.due(second)] == [(0.7, "bow")]


def test_without_word_times_the_place_in_the_text_counts():
    text, cues = split("abcde[nod]fghij")
    ((t, _),) = Cues(text, cues).due(speech(text))
    assert t == pytest.approx(1.0, abs=0.05)


def test_a_cue_after_the_last_word_comes_at_the_end():
    text, cues = split("good bye. [bow]")
    ((t, cue),) = Cues(text, cues).due(speech("good bye.", Word("good", 0, 0.5, 0)))
    assert cue.name == "bow" and t == pytest.approx(2.0)
