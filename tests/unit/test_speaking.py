import threading
import time

import numpy as np
import pytest

from avatar.errors import ServiceError
from avatar.media import AudioChunk, Speech, VoiceCapabilities
from avatar.runtime.speaking import Talker, Utterance


class Words:
    """Speaks each word as a clause of a tenth of a second; ``bad`` words fail."""

    name = "words"
    capabilities = VoiceCapabilities(("en",), False, False, False, 0.0)

    def __init__(self):
        self.made = []

    def synthesize(self, text, *, lang="auto"):
        for word in text.split():
            if word == "bad":
                raise ServiceError("the voice is gone")
            self.made.append(word)
            yield Speech(word, AudioChunk(0.0, np.zeros(800, np.float32), 8000))

    def close(self): ...


@pytest.fixture
def talker():
    talker = Talker(lambda: 0.0, ahead=2)
    yield talker
    talker.close()


def drain(talker):
    clauses = []
    while (made := talker.take(wait=True)) is not None:
        clauses.append(made[1].text)
    return clauses


def test_clauses_come_in_the_order_asked(talker):
    voice = Words()
    talker.say(Utterance("one two", lambda: voice))
    talker.say(Utterance("three", lambda: voice))
    assert talker.busy
    assert drain(talker) == ["one", "two", "three"]
    assert not talker.busy


def test_a_long_text_is_made_only_a_little_ahead(talker):
    voice = Words()
    talker.say(Utterance("word " * 1000, lambda: voice))
    for _ in range(5):
        assert talker.take(wait=True) is not None
    assert len(voice.made) <= 5 + 2 + 1


def test_a_failing_voice_is_told_once_and_the_next_text_is_spoken(talker):
    voice = Words()
    failed = Utterance("fine bad never", lambda: voice)
    talker.say(failed)
    talker.say(Utterance("after", lambda: voice))
    made = talker.take(wait=True)
    assert made is not None and made[1].text == "fine"
    with pytest.raises(ServiceError, match="gone"):
        talker.take(wait=True)
    assert failed.error is not None
    assert drain(talker) == ["after"]


def test_what_is_cancelled_is_not_heard_but_what_follows_is(talker):
    voice = Words()
    talker.say(Utterance("a b c d e f g h", lambda: voice))
    assert talker.take(wait=True) is not None
    talker.cancel()
    talker.say(Utterance("later", lambda: voice))
    assert drain(talker) == ["later"]


def test_taking_without_waiting_never_blocks(talker):
    assert talker.take(wait=False) is None


class Slow(Words):
    """Keeps what it rehearsed, and can be stopped; each clause waits for ``go``."""

    def __init__(self):
        super().__init__()
        self.go, self.at_it = threading.Event(), threading.Event()
        self.go.set()
        self.rehearsed, self.stopped = [], 0

    def synthesize(self, text, *, lang="auto"):
        for speech in super().synthesize(text):
            self.at_it.set()
            self.go.wait(20)
            yield speech

    def rehearse(self, text, *, lang="auto"):
        for speech in self.synthesize(text):
            self.rehearsed.append(speech.text)
            yield speech

    def stop(self):
        self.stopped += 1
        self.go.set()


def eventually(true):
    deadline = time.monotonic() + 20
    while not true() and time.monotonic() < deadline:
        time.sleep(0.01)
    return true()


def test_the_first_clause_of_what_is_expected_is_made_and_not_said(talker):
    voice = Slow()
    talker.expect(Utterance("hello there", lambda: voice))
    assert eventually(lambda: voice.made == ["hello"])
    assert not talker.busy
    talker.say(Utterance("hello there", lambda: voice))
    assert drain(talker) == ["hello", "there"]
    assert not voice.stopped


def test_a_wrong_guess_is_given_up_for_what_is_said(talker):
    voice = Slow()
    voice.go.clear()
    talker.expect(Utterance("wrong guess", lambda: voice))
    assert voice.at_it.wait(20)
    talker.say(Utterance("right", lambda: voice))
    assert drain(talker) == ["right"]
    assert voice.stopped == 1


def test_a_guess_is_given_up_when_nothing_is_expected(talker):
    voice = Slow()
    voice.go.clear()
    talker.expect(Utterance("wrong guess", lambda: voice))
    assert voice.at_it.wait(20)
    talker.expect(Utterance("", lambda: voice))
    assert voice.stopped == 1
    talker.say(Utterance("right", lambda: voice))
    assert drain(talker) == ["right"]


def test_cancelling_stops_the_voice_in_the_middle_of_a_clause(talker):
    voice = Slow()
    voice.go.clear()
    talker.say(Utterance("a long story", lambda: voice))
    assert voice.at_it.wait(20)
    talker.cancel()
    assert voice.stopped == 1
    assert drain(talker) == []


def test_a_voice_that_keeps_nothing_rehearses_nothing(talker):
    voice = Words()
    talker.rehearse([Utterance("line", lambda: voice)], lambda: True)
    assert eventually(lambda: talker.unrehearsed == 0)
    assert voice.made == []


def test_lines_are_rehearsed_while_it_is_quiet(talker):
    voice, quiet = Slow(), threading.Event()
    lines = [Utterance(text, lambda: voice) for text in ("one two", "bad", "three")]
    talker.rehearse(lines, quiet.is_set)
    talker.say(Utterance("said", lambda: voice))
    assert drain(talker) == ["said"]
    assert voice.rehearsed == []
    quiet.set()
    assert eventually(lambda: talker.unrehearsed == 0)
    assert voice.rehearsed == ["one", "two", "three"]


def test_other_lines_take_the_place_of_those_before(talker):
    voice = Slow()
    talker.rehearse([Utterance("old", lambda: voice)], lambda: False)
    talker.rehearse([Utterance("new", lambda: voice)], lambda: True)
    assert eventually(lambda: talker.unrehearsed == 0)
    assert voice.rehearsed == ["new"]


def test_a_rehearsal_stops_when_somebody_begins_to_speak(talker):
    voice, quiet = Slow(), threading.Event()
    voice.go.clear()
    quiet.set()
    talker.rehearse([Utterance("one two", lambda: voice)], quiet.is_set)
    assert voice.at_it.wait(20)
    quiet.clear()
    talker.hold()
    assert voice.stopped == 1
    assert talker.unrehearsed == 1
    quiet.set()
    assert eventually(lambda: talker.unrehearsed == 0)


def test_a_rehearsal_gives_way_and_is_taken_up_again(talker):
    voice = Slow()
    voice.go.clear()
    talker.rehearse([Utterance("line", lambda: voice)], lambda: not talker.busy)
    assert voice.at_it.wait(20)
    talker.say(Utterance("said", lambda: voice))
    assert voice.stopped == 1
    assert drain(talker) == ["said"]
    assert eventually(lambda: talker.unrehearsed == 0)
    assert voice.rehearsed[-1] == "line"
