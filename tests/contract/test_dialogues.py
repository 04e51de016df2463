"""What every dialogue promises, over every registered one."""

from __future__ import annotations

import os

import pytest

from avatar.errors import DeviceError, MissingAsset, MissingExtra
from avatar.media import Dialogue, DialogueCapabilities, Question
from avatar.plugins import found
from avatar.voice.dialogue import select
from avatar.voice.dialogue.guard import Guard
from avatar.voice.dialogue.persona import Persona
from tests.unit.chat_server import running

REGISTERED = sorted(found("dialogues"))
GREETINGS = ("hello", "你好", "")


server = pytest.fixture(running, scope="module")


@pytest.fixture(scope="module", params=REGISTERED)
def dialogue(request, server):
    os.environ["OPENAI_BASE_URL"] = server.url
    try:
        chain = select.create(request.param)
    except (MissingExtra, MissingAsset, DeviceError) as error:
        if os.environ.get("AVATAR_REQUIRE_ALL"):
            pytest.fail(str(error))
        pytest.skip(str(error))
    finally:
        del os.environ["OPENAI_BASE_URL"]
    yield chain.dialogues[0]
    chain.close()


def test_the_built_ins_are_registered():
    assert {"script", "onnx", "openai"} <= set(REGISTERED)


def test_it_is_a_dialogue_with_a_name(dialogue):
    assert isinstance(dialogue, Dialogue)
    assert dialogue.name.partition("/")[0] in REGISTERED
    capabilities = getattr(dialogue, "capabilities", DialogueCapabilities())
    assert {"zh", "en"} >= set(capabilities.languages) != set()


@pytest.mark.parametrize("text", GREETINGS)
def test_its_replies_are_sentences_that_say_where_they_come_from(dialogue, text):
    for reply in dialogue.answer(Question(text)):
        assert reply.text.strip() or reply.gesture or reply.picture
        assert reply.source.partition(":")[0] in REGISTERED
        assert 0 <= reply.confidence <= 1


def test_a_question_taken_back_is_not_answered(dialogue):
    assert list(dialogue.answer(Question("hello", cancelled=lambda: True))) == []


def test_its_replies_pass_the_guard_of_any_persona(dialogue):
    strict = Persona(forbidden=("e", "的", "好"))
    replies = list(Guard(strict).pass_on(dialogue.answer(Question("你好")), Question("你好")))
    assert all(not Guard(strict).forbids(r.text) or r.source == "persona:refusal" for r in replies)
