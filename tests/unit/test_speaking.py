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
