"""Names found in what a recogniser makes of them, and hearing that waits for one."""

from __future__ import annotations

import pytest

from avatar.errors import ConfigError
from avatar.voice.asr.text import TextRecognizer
from avatar.voice.heard import NothingHeard, NotSpeech, TurnEnded, VoiceConfirmed, VoiceStarted
from avatar.voice.hearing import FOLLOW_UP, Hearing
from avatar.voice.judge import wordless
from avatar.voice.wake import WakeWords, sound
from tests.unit.test_hearing import Counting, events, kinds, question  # noqa: F401

NAMES = ("小美", "hey Mei")


@pytest.fixture(scope="module")
def names():
    return WakeWords(NAMES)


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("小美，你好。", "你好。"),
        ("小妹,几点了?", "几点了?"),
        ("晓梅今天天气怎么样", "今天天气怎么样"),
        ("嗯，小美，厕所在哪里", "厕所在哪里"),
        ("请问几点了，小美？", "请问几点了"),
        ("Xiao Mei, what time is it", "what time is it"),
        ("Hey May, where is the lift?", "where is the lift?"),
        ("Hay Mae where is it", "where is it"),
        ("heymay what's up", "what's up"),
        ("嘿美，你好", "你好"),
        ("小美", "小美"),
        ("Hey Mei!", "Hey Mei!"),
    ],
)
def test_a_name_is_found_by_its_sound(names, text, rest):
    assert names.addressed(text)
    assert names.without(text) == rest


@pytest.mark.parametrize(
    "text",
    ["", "今天天气怎么样", "美好的一天", "小米在哪里", "我妈妈的名字叫小美她来了",
     "where is the lift", "hey man", "help me", "he may go", "maybe tomorrow"],
)  # fmt: skip
def test_other_words_are_not_a_name(names, text):
    assert not names.addressed(text)
    assert names.without(text) == text


def test_words_that_sound_alike_share_a_key():
    assert sound("May") == sound("Mei") == sound("mae")
    assert sound("Philip") == sound("filip")
    assert sound("see") == sound("sea")
    assert sound("Anna") != sound("Emma")


@pytest.mark.parametrize("wake", [(), ("",), ("?!",)])
def test_waiting_for_no_word_is_refused(wake):
    with pytest.raises(ConfigError, match="needs one"):
        Hearing(Counting(), mode="wake", wake=wake, threaded=False)


def waiting(text: str) -> Hearing:
    return Hearing(Counting(text), mode="wake", wake=NAMES, threaded=False)


def test_speech_without_the_name_is_let_pass(question):  # noqa: F811
    found = events(waiting("what is your name"), question)
    assert kinds(found) == [VoiceStarted, NotSpeech, NothingHeard]
    assert found[1].reason == found[-1].reason == "unaddressed"


def test_speech_with_the_name_is_a_question_without_it(question):  # noqa: F811
    found = events(waiting("hey may what is your name"), question)
    assert kinds(found)[:3] == [VoiceStarted, NotSpeech, VoiceConfirmed]
    assert isinstance(found[-1], TurnEnded)
    assert found[-1].transcript.text == "what is your name"


def test_a_name_known_only_from_the_final_text_counts(question):  # noqa: F811
    class AtTheEnd(Counting):
        def feed(self, chunk):
            super().feed(chunk)
            return []

    hearing = Hearing(AtTheEnd("小美几点了"), mode="wake", wake=NAMES, threaded=False)
    found = events(hearing, question)
    assert kinds(found)[-2:] == [VoiceConfirmed, TurnEnded]
    assert found[-1].transcript.text == "几点了"


def test_after_an_answer_no_name_is_needed_for_a_while(question):  # noqa: F811
    hearing = waiting("and where is that")
    hearing.answered(10.0)
    assert kinds(events(hearing, question, 11.0))[-1] is TurnEnded
    much_later = 11.0 + len(question) / 16_000 + 2 * FOLLOW_UP
    assert events(hearing, question, much_later)[-1].reason == "unaddressed"


def test_push_to_talk_takes_what_is_said_between_press_and_release(question):  # noqa: F811
    hearing = Hearing(TextRecognizer(), mode="push", threaded=False)
    hearing.recognizer.type("what is your name")
    hearing.press(5.0)
    events(hearing, question[:24_000], 5.0)
    hearing.finish_now(6.5)
    ended = hearing.collect()[-1]
    assert isinstance(ended, TurnEnded)
    assert (ended.transcript.text, ended.decided) == ("what is your name", 6.5)
    assert events(hearing, question, 10.0) == []


def test_a_turn_can_be_ended_at_once_while_hearing_always(question):  # noqa: F811
    hearing = Hearing(Counting(), threaded=False)
    events(hearing, question[: 2 * 16_000])
    hearing.finish_now()
    assert isinstance(hearing.collect()[-1], TurnEnded)


@pytest.mark.parametrize(
    "text", ["哈哈哈哈", "Ha ha ha!", "hahaha", "(laughs)", "[cough]", "咳咳。", ""]
)
def test_laughter_and_coughs_in_letters_are_no_words(text):
    assert wordless(text)


@pytest.mark.parametrize(
    "text", ["he has it", "哈尔滨怎么走", "哈哈你好", "hello", "Hi", "咳嗽挂什么科"]
)
def test_words_are_words(text):
    assert not wordless(text)
