"""Turns of a conversation, with the sentences and the hearing given."""

from __future__ import annotations

import numpy as np

from avatar.media import AudioChunk, Reply, Speech, Transcript, Word
from avatar.runtime.conversation import Conversation
from avatar.runtime.speaking import Utterance
from avatar.voice.heard import NothingHeard, Partial, TurnEnded, VoiceConfirmed

SILENCE = AudioChunk(0.0, np.zeros(1600, np.float32), 16_000)


class Voice:
    def __init__(self):
        self.said, self.heard, self.speaking = [], "", False

    def say(self, reply):
        self.said.append(reply.text)
        self.speaking = True

    def silence(self):
        self.speaking = False
        return self.heard


class Echoing:
    """Answers with two sentences and keeps what it was asked."""

    name = "echoing"

    def __init__(self):
        self.asked = []

    def answer(self, question):
        self.asked.append(question)
        yield Reply(f"You asked: {question.text}.")
        yield Reply("That is all.")

    def close(self):
        pass


class Ears:
    """Reports what it was told to, one list per block."""

    listening = False

    def __init__(self, *reports):
        self.reports = list(reports)

    def feed(self, chunk):
        return self.reports.pop(0)

    def close(self):
        pass


def ended(text):
    return TurnEnded(Transcript(text, True, 1.0, 2.0), 2.0, 2.5, "en")


def test_a_spoken_question_is_answered_sentence_by_sentence():
    voice, dialogue = Voice(), Echoing()
    talk = Conversation(voice, dialogue, Ears([VoiceConfirmed(1.2)], [ended("who are you")]))
    talk.hear(SILENCE)
    assert not talk.turns
    talk.hear(SILENCE)
    assert voice.said == ["You asked: who are you.", "That is all."]
    turn = talk.turns[0]
    assert (turn.voice_end, turn.decided, turn.lang) == (2.0, 2.5, "en")
    assert talk.state == "speaking"


def test_a_visitor_who_speaks_over_the_answer_ends_it_and_only_what_was_heard_is_kept():
    voice, dialogue = Voice(), Echoing()
    talk = Conversation(
        voice, dialogue, Ears([ended("one")], [VoiceConfirmed(4.0)], [ended("two")])
    )
    talk.hear(SILENCE)
    voice.heard = "You asked"
    talk.hear(SILENCE)
    assert not voice.speaking
    assert [(e.question, e.answer) for e in talk.history] == [("one", "You asked")]
    talk.hear(SILENCE)
    assert dialogue.asked[-1].history == talk.history


def test_a_voice_that_came_to_nothing_asks_nothing():
    dialogue = Echoing()
    ears = Ears([Partial(Transcript("uh", False, 0, 1))], [NothingHeard(3.0, "empty")])
    talk = Conversation(Voice(), dialogue, ears)
    talk.hear(SILENCE)
    assert talk.partial == "uh"
    talk.hear(SILENCE)
    assert (talk.trouble, dialogue.asked) == ("empty", [])


def spoken(text, seconds, words=()):
    return Speech(text, AudioChunk(0, np.zeros(round(seconds * 100), np.float32), 100), (), words)


def test_an_utterance_knows_the_words_that_had_begun_to_be_heard():
    words = (Word("one", 0.0, 0.4, 0), Word("two", 0.5, 0.9, 4), Word("three", 1.0, 1.4, 8))
    said = Utterance("one two three four", lambda: None)
    said.clauses = [(10.0, spoken("one two three", 1.5, words)), (11.5, spoken("four", 0.5))]
    assert said.heard(9.9) == ""
    assert said.heard(10.6) == "one two"
    assert said.heard(11.5) == "one two three"
    assert said.heard(12.0) == "one two three four"
