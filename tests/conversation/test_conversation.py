"""Turns of a conversation, with the sentences and the hearing given."""

from __future__ import annotations

import numpy as np

from avatar.media import AudioChunk, Reply, Speech, Transcript, Word
from avatar.runtime.conversation import Conversation
from avatar.runtime.speaking import Utterance
from avatar.voice.heard import (
    NothingHeard,
    NotSpeech,
    Partial,
    TurnEnded,
    VoiceConfirmed,
    VoiceResumed,
    VoiceStarted,
    VoiceStopped,
)

SILENCE = AudioChunk(0.0, np.zeros(1600, np.float32), 16_000)


class Voice:
    def __init__(self):
        self.said, self.heard, self.speaking, self.low = [], "", False, False
        self.t, self.states, self.reactions, self.expected = 0.0, [], [], []

    def now(self):
        return self.t

    def say(self, reply):
        self.said.append(reply.text)
        self.speaking = True

    def expect(self, reply):
        self.expected.append(reply.text if reply is not None else None)

    def duck(self, low):
        self.low = low

    def silence(self):
        self.speaking = False
        return self.heard

    def attend(self, state):
        self.states.append(state)

    def react(self, reaction):
        self.reactions.append(reaction)


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

    def collect(self):
        return []

    def answered(self, t):
        self.answered_at = t

    mode = "push"

    def press(self, t):
        self.listening = True

    def finish_now(self, t):
        self.listening = False

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


def test_the_voice_is_lowered_at_once_and_comes_back_after_a_cough():
    voice = Voice()
    ears = Ears([ended("one")], [VoiceStarted(4.0, 4.03)], [NotSpeech(4.3, "cough")])
    talk = Conversation(voice, Echoing(), ears)
    talk.hear(SILENCE)
    talk.hear(SILENCE)
    assert voice.low and voice.speaking
    talk.hear(SILENCE)
    assert not voice.low and voice.speaking
    assert len(talk.turns) == 1


def test_a_confirmed_voice_silences_the_figure_and_leaves_its_level_as_it_was():
    voice = Voice()
    ears = Ears([ended("one")], [VoiceStarted(4.0, 4.03)], [VoiceConfirmed(4.3)])
    over = []
    talk = Conversation(voice, Echoing(), ears, over=over.append)
    for _ in range(3):
        talk.hear(SILENCE)
    assert not voice.low and not voice.speaking
    assert over == talk.turns and over[0].interrupted


class Later:
    """Thinks when it is told to."""

    def __init__(self):
        self.jobs = []

    def __call__(self, do):
        self.jobs.append(do)

    def think(self):
        self.jobs.pop(0)()


def test_a_second_question_while_thinking_replaces_the_first():
    voice, dialogue, work = Voice(), Echoing(), Later()
    ears = Ears([ended("one")], [VoiceConfirmed(4.0)], [ended("two")])
    talk = Conversation(voice, dialogue, ears, work=work)
    talk.hear(SILENCE)
    assert talk.state == "thinking"
    talk.hear(SILENCE)
    talk.hear(SILENCE)
    work.think()
    assert voice.said == []
    work.think()
    assert voice.said == ["You asked: two.", "That is all."]


def test_a_question_is_answered_after_all_when_what_came_after_it_was_nothing():
    voice, dialogue, work = Voice(), Echoing(), Later()
    ears = Ears([ended("one")], [VoiceConfirmed(4.0)], [NothingHeard(5.0, "empty")])
    talk = Conversation(voice, dialogue, ears, work=work)
    for _ in range(3):
        talk.hear(SILENCE)
    work.think()
    assert voice.said == []
    work.think()
    assert voice.said == ["You asked: one.", "That is all."]
    assert len(talk.turns) == 1


def test_long_thinking_is_said_and_a_mind_that_fails_has_words_too():
    class Broken(Echoing):
        def answer(self, question):
            raise RuntimeError("no wires")

    voice, work = Voice(), Later()
    talk = Conversation(voice, Broken(), Ears([ended("one")], [], []), work=work)
    talk.hear(SILENCE)
    voice.t = 3.0
    talk.hear(SILENCE)
    talk.hear(SILENCE)
    assert len(voice.said) == 1
    work.think()
    assert len(voice.said) == 2
    assert talk.trouble == "echoing: no wires"


def test_the_figure_is_told_what_it_is_doing_and_what_the_visitor_does():
    voice = Voice()
    pause = [VoiceStopped(1.5, 1.6), VoiceResumed(1.8)]
    ears = Ears([VoiceConfirmed(1.2)], pause, [ended("who are you")], [])
    talk = Conversation(voice, Echoing(), ears)
    talk.hear(SILENCE)
    ears.listening = True
    talk.hear(SILENCE)
    ears.listening = False
    talk.hear(SILENCE)
    voice.speaking = False
    talk.hear(SILENCE)
    assert voice.states == ["listening", "speaking", "idle"]
    assert voice.reactions == ["stopped", "resumed"]


def test_an_answer_heard_to_its_end_is_kept_and_told():
    voice, over = Voice(), []
    talk = Conversation(voice, Echoing(), over=over.append)
    turn = talk.ask("who")
    voice.heard, voice.speaking = "You asked: who. That is all.", False
    talk.pass_time()
    assert over == [turn] and not turn.interrupted
    assert turn.heard == talk.history[0].answer == "You asked: who. That is all."


def test_the_talk_key_begins_and_ends_a_turn_and_an_answer_opens_the_ear():
    ears = Ears()
    talk = Conversation(Voice(), Echoing(), ears)
    assert talk.push_to_talk()
    assert ears.listening
    assert not talk.push_to_talk()
    assert not ears.listening
    ears.mode = "open"
    assert not talk.push_to_talk()
    talk.ask("who")
    talk._voice.speaking, talk._voice.t = False, 7.0
    talk.pass_time()
    assert ears.answered_at == 7.0


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


class Foreseeing(Echoing):
    def __init__(self):
        super().__init__()
        self.foreseen = []

    def foresee(self, question):
        self.foreseen.append((question.text, question.lang))
        yield Reply(f"Perhaps {question.text}.")
        raise AssertionError("only the first sentence is needed")


def partial_text(text):
    return Partial(Transcript(text, False, 1.0, 2.0))


def test_while_the_visitor_pauses_the_likely_answer_is_got_ready():
    voice, dialogue = Voice(), Foreseeing()
    talk = Conversation(
        voice,
        dialogue,
        Ears(
            [VoiceConfirmed(1.2), partial_text("who")],
            [VoiceStopped(2.0, 2.1)],
            [partial_text("who are you")],
            [VoiceResumed(2.3), partial_text("who are you and")],
            [ended("who are you and why")],
        ),
    )
    talk.hear(SILENCE)
    assert not dialogue.foreseen  # still speaking
    talk.hear(SILENCE)
    talk.hear(SILENCE)
    assert dialogue.foreseen == [("who", "en"), ("who are you", "en")]
    assert voice.expected == ["Perhaps who.", "Perhaps who are you."]
    assert not talk.turns
    talk.hear(SILENCE)
    assert len(dialogue.foreseen) == 2
    assert voice.expected[2:] == [None]  # the guess is given up
    talk.hear(SILENCE)
    assert voice.said[0] == "You asked: who are you and why."


def test_foresight_that_fails_spoils_nothing():
    class Failing(Echoing):
        def foresee(self, question):
            raise RuntimeError("no idea")

    voice = Voice()
    talk = Conversation(
        voice, Failing(), Ears([VoiceConfirmed(1.2), VoiceStopped(2, 2.1), partial_text("who")],
                               [ended("who")]),
    )  # fmt: skip
    talk.hear(SILENCE)
    talk.hear(SILENCE)
    assert voice.said[0] == "You asked: who."
    assert not talk.trouble
