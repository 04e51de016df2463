"""Memory of visitors: only with consent, for its time, and gone when they ask."""

from __future__ import annotations

import threading

import pytest

from avatar.errors import OutputError
from avatar.media import DialogueCapabilities, Exchange, Question
from avatar.voice.dialogue.chain import Chain
from avatar.voice.dialogue.memory import (
    Memory,
    name_in,
    wants_to_be_forgotten,
    wants_to_be_remembered,
)
from avatar.voice.dialogue.persona import LINES
from avatar.voice.dialogue.script import ScriptDialogue

SAID = Exchange("my secret is heliotrope", "I see.")


@pytest.fixture
def file(tmp_path):
    return tmp_path / "deep" / "memory.sqlite"


def test_without_consent_nothing_touches_the_disk(file):
    memory = Memory(file)
    assert not memory.keep("anna", SAID)
    assert not memory.agreed("anna")
    assert memory.history("anna") == ()
    assert not memory.forget("anna")
    assert memory.expire() == 0
    question = Question("hello", visitor="anna")
    assert memory.recall(question) == question
    assert not file.parent.exists()


def test_with_consent_what_was_said_comes_back(file):
    memory = Memory(file)
    memory.agree("anna")
    assert memory.keep("anna", SAID)
    assert not memory.keep("ben", Exchange("other", "x"))
    again = Memory(file)
    assert again.history("anna") == (SAID,)
    assert again.history("ben") == ()
    assert b"other" not in file.read_bytes()


def test_the_last_exchanges_come_oldest_first_and_none_twice(file):
    memory = Memory(file)
    memory.agree("anna")
    said = [Exchange(f"q{i}", f"a{i}") for i in range(9)]
    for exchange in said:
        memory.keep("anna", exchange)
    assert memory.history("anna", 3) == tuple(said[-3:])
    recalled = memory.recall(Question("now?", visitor="anna", history=(said[8],)), last=3)
    assert recalled.history == (said[6], said[7], said[8])


def test_forgetting_leaves_no_trace_in_the_file(file):
    memory = Memory(file)
    for visitor in ("anna", "ben"):
        memory.agree(visitor)
        memory.keep(visitor, SAID if visitor == "anna" else Exchange("keep me", "ok"))
    memory.keep("anna", Exchange("My name is Annabella", "Hello."))
    assert b"heliotrope" in file.read_bytes()
    assert memory.forget("anna")
    left = file.read_bytes()
    assert b"heliotrope" not in left
    assert b"Annabella" not in left
    assert not memory.agreed("anna")
    assert memory.history("ben") == (Exchange("keep me", "ok"),)


def test_a_visitor_not_seen_for_long_is_forgotten(file):
    now = [1000.0]
    memory = Memory(file, days=7, now=lambda: now[0])
    memory.agree("anna")
    memory.agree("ben")
    now[0] += 6 * 86400
    memory.keep("ben", SAID)
    assert memory.expire() == 0
    now[0] += 2 * 86400
    assert memory.expire() == 1
    assert (memory.agreed("anna"), memory.agreed("ben")) == (False, True)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Hi, my name is Mary Ann.", "Mary Ann"),
        ("call me Bob", "Bob"),
        ("你好，我叫李小龙", "李小龙"),
        ("叫我阿强就行", "阿强"),
        ("call me when it is ready", ""),
        ("我是学生。", ""),
        ("我叫什么", ""),
        ("what is my name", ""),
    ],
)
def test_a_name_is_known_by_how_it_is_given(text, name):
    assert name_in(text) == name


def test_knowing_a_name_does_not_free_a_model_to_state_facts(file):
    class Dreamer(ScriptDialogue):
        capabilities = DialogueCapabilities(free=True)

    memory = Memory(file)
    memory.agree("v")
    memory.keep("v", Exchange("My name is Ann", "Hi."))
    chain = Chain([Dreamer(["Surely."] * 2)], memory=memory)
    asked = Question("When was the bell made?", visitor="v")
    assert [r.source for r in chain.answer(asked)] == ["persona:fallback"]
    assert [r.text for r in chain.answer(Question("how are you?", visitor="v"))] == ["Surely."]


def test_a_name_is_told_in_the_language_of_the_question(file):
    memory = Memory(file)
    memory.agree("v")
    memory.keep("v", Exchange("我叫李小龙", "你好。"))
    assert memory.recall(Question("再见", visitor="v")).facts == ("访客名叫李小龙。",)
    assert memory.recall(Question("bye", visitor="v")).facts == ("The visitor is called 李小龙.",)


@pytest.mark.parametrize(
    "text",
    ["Forget me.", "please forget everything about me", "Delete all my data!", "忘了我吧",
     "把我忘掉", "请删除我的信息", "删掉关于我的记录", "别记住我",
     "Could you erase what you know about me?"],
)  # fmt: skip
def test_a_wish_to_be_forgotten_is_understood(text):
    assert wants_to_be_forgotten(text)
    assert not wants_to_be_remembered(text)


@pytest.mark.parametrize(
    "text",
    ["Don't forget me!", "I forget where it is", "别忘了我", "你忘记我的名字了吗", "不要忘记我",
     "How do I delete an application?", "我忘了带身份证", "never forget me"],
)  # fmt: skip
def test_other_forgetting_is_not_such_a_wish(text):
    assert not wants_to_be_forgotten(text)


@pytest.mark.parametrize(
    "text", ["Remember me", "yes, please remember our talk", "记住我吧", "好的，记住我"]
)
def test_consent_is_given_in_so_many_words(text):
    assert wants_to_be_remembered(text)


@pytest.mark.parametrize("text", ["do you remember me?", "你记住我了吗", "yes", "I can't remember"])
def test_anything_less_is_no_consent(text):
    assert not wants_to_be_remembered(text)


def test_the_chain_remembers_and_forgets_by_word_of_the_visitor(file):
    memory = Memory(file)
    chain = Chain([ScriptDialogue(["Hello."] * 5)], memory=memory)

    def ask(text: str) -> list[str]:
        said = [reply.text for reply in chain.answer(Question(text, visitor="anna"))]
        chain.remember("anna", Exchange(text, " ".join(said)))
        return said

    assert ask("hi there") == ["Hello."]
    assert not file.exists()
    assert ask("remember me") == [LINES["remembered"]["en"][0]]
    assert ask("my secret is heliotrope") == ["Hello."]
    assert memory.history("anna")[-1].question == "my secret is heliotrope"
    assert ask("忘了我吧") == [LINES["forgotten"]["zh"][0]]
    assert not memory.agreed("anna")
    assert b"heliotrope" not in file.read_bytes()


def test_somebody_unknown_is_never_kept(file):
    chain = Chain([ScriptDialogue(["Hello."])], memory=Memory(file))
    assert [reply.text for reply in chain.answer(Question("remember me"))] == ["Hello."]
    chain.remember("", SAID)
    assert not file.exists()


def test_many_threads_may_keep_at_once(file):
    memory = Memory(file)
    memory.agree("anna")
    threads = [
        threading.Thread(target=memory.keep, args=("anna", Exchange(str(i), ""))) for i in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(memory.history("anna", 20)) == 8


def test_a_file_that_is_no_memory_is_named(file):
    file.parent.mkdir()
    file.write_bytes(b"not a database at all, but long enough to be looked at" * 40)
    with pytest.raises(OutputError, match=r"memory\.sqlite"):
        Memory(file).agree("anna")
