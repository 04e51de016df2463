"""Dialogues in a chain: the first that knows answers; slow and failing ones are passed over."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator

import pytest

from avatar.errors import ConfigError, ServiceError, UnknownPlugin
from avatar.media import DialogueCapabilities, Question, Reply
from avatar.voice.dialogue import select
from avatar.voice.dialogue.asking import asks_for_a_fact
from avatar.voice.dialogue.chain import Chain
from avatar.voice.dialogue.persona import LINES, Limits, Persona
from avatar.voice.dialogue.script import Line, ScriptDialogue

FALLBACK = {lang: LINES["fallback"][lang] for lang in ("zh", "en")}
HASTY = Persona(limits=Limits(patience=0.2))


class Stuck:
    """Says what it has, then hangs until somebody gives up on it."""

    name = "stuck"

    def __init__(self, *first: str) -> None:
        self._first = first
        self.let_go = threading.Event()

    def answer(self, question: Question) -> Iterator[Reply]:
        yield from map(Reply, self._first)
        while not question.cancelled():
            threading.Event().wait(0.005)
        self.let_go.set()

    def close(self) -> None:
        pass


class Down:
    """Fails after what it has said."""

    name = "down"

    def __init__(self, *first: str) -> None:
        self._first = first
        self.asked = 0

    def answer(self, question: Question) -> Iterator[Reply]:
        self.asked += 1
        yield from map(Reply, self._first)
        raise ServiceError("the server at 127.0.0.1:9 is gone", retryable=True)

    def close(self) -> None:
        pass


class Dreamer(ScriptDialogue):
    """Writes freely, and keeps what it was asked."""

    capabilities = DialogueCapabilities(free=True)
    asked: Question | None = None

    def answer(self, question: Question) -> Iterator[Reply]:
        self.asked = question
        return super().answer(question)


def texts(dialogue, text: str = "hello") -> list[str]:
    return [reply.text for reply in dialogue.answer(Question(text))]


def test_the_first_that_knows_answers():
    chain = Chain([ScriptDialogue(), ScriptDialogue(["One."]), ScriptDialogue(["Two."])])
    assert texts(chain) == ["One."]
    assert texts(chain) == ["Two."]


def test_nobody_knows_in_the_language_of_the_question():
    chain = Chain([ScriptDialogue()])
    assert texts(chain, "为什么天是蓝的？") == [FALLBACK["zh"][0]]
    assert texts(chain, "why is that?") == [FALLBACK["en"][1]]
    (reply,) = chain.answer(Question("why?"))
    assert (reply.source, reply.confidence) == ("persona:fallback", 0.0)


def test_a_slow_one_is_passed_over_and_told_to_stop():
    stuck, notices = Stuck(), []
    chain = Chain([stuck, ScriptDialogue(["Here."])], HASTY, notice=notices.append)
    assert texts(chain) == ["Here."]
    assert stuck.let_go.wait(5)
    assert notices == ["stuck: no sentence within 0.2 s; going on without it for a while"]


def test_a_failing_one_rests_and_is_spoken_of_once():
    now, notices, down = [0.0], [], Down()
    lines = ScriptDialogue(["A.", "B.", "C."])
    chain = Chain([down, lines], HASTY, notice=notices.append, now=lambda: now[0])
    assert texts(chain) == ["A."]
    assert texts(chain) == ["B."]
    assert down.asked == 1
    now[0] = 20.0
    assert texts(chain) == ["C."]
    assert down.asked == 2
    assert notices == ["down: the server at 127.0.0.1:9 is gone; going on without it for a while"]


@pytest.mark.parametrize("dialogue", [Stuck("A start."), Down("A start.")])
def test_nobody_takes_over_in_the_middle_of_an_answer(dialogue):
    chain = Chain([dialogue, ScriptDialogue(["Other."])], HASTY, notice=lambda line: None)
    assert texts(chain) == ["A start.", LINES["lost"]["en"][0]]


def test_a_question_taken_back_ends_the_answer_at_once():
    taken_back = threading.Event()
    stuck = Stuck()
    replies = Chain([stuck, ScriptDialogue(["Late."])]).answer(
        Question("hello", cancelled=taken_back.is_set)
    )
    threading.Timer(0.1, taken_back.set).start()
    assert list(replies) == []
    assert stuck.let_go.wait(5)


def test_an_answer_that_nobody_listens_to_is_stopped():
    stuck = Stuck("First.")
    replies = Chain([stuck]).answer(Question("hello"))
    assert next(replies).text == "First."
    replies.close()
    assert stuck.let_go.wait(5)


@pytest.mark.parametrize(
    "question",
    ["When do you close?", "多少钱一张票", "tell me about the bronze bell", "谁建的这座楼？"],
)
def test_a_model_is_not_asked_for_facts(question):
    assert texts(Chain([Dreamer(["Surely."])]), question)[0] in (*FALLBACK["zh"], *FALLBACK["en"])


@pytest.mark.parametrize(
    "question",
    ["How are you?", "你叫什么名字？", "I am so tired today", "tell me a joke", "你好吗"],
)
def test_a_model_may_chat(question):
    assert texts(Chain([Dreamer(["Surely."])]), question) == ["Surely."]


def test_spoken_questions_are_told_from_small_talk(shared_data):
    file = shared_data / "speech" / "questions" / "questions.json"
    asked = [row["text"] for row in json.loads(file.read_text("utf-8"))]
    talk = [text for text in asked if not asks_for_a_fact(text)]
    assert len(asked) == 60
    assert sorted(talk) == sorted(
        ["谢谢，再见。", "你叫什么名字？", "你是真人还是机器人？", "给我讲个笑话吧。",
         "等一下，我还没说完。",
         "Thank you, goodbye.", "What is your name?", "Are you a real person or a robot?",
         "Tell me a joke.", "Wait, I have not finished yet."]
    )  # fmt: skip


def test_a_model_is_given_the_facts_that_were_found():
    dreamer = Dreamer(["It costs 40 yuan."])
    chain = Chain([dreamer], facts=lambda question: ["Adults 40 yuan."])
    assert texts(chain, "How much is it?") == ["It costs 40 yuan."]
    assert dreamer.asked is not None
    assert dreamer.asked.facts == ("Adults 40 yuan.",)


def test_a_model_is_held_to_what_is_known_even_in_small_talk():
    chain = Chain([Dreamer(["I was born in 1987."])])
    assert texts(chain, "how are you?") == [FALLBACK["en"][0]]


def test_free_writing_can_be_off_or_open():
    assert texts(Chain([Dreamer(["Hi."])], Persona(free="off"))) == [FALLBACK["en"][0]]
    open_chain = Chain([Dreamer(["At 6 pm."])], Persona(free="facts"))
    assert texts(open_chain, "When do you close?") == ["At 6 pm."]


def test_a_script_answers_words_and_otherwise_goes_on_in_order(tmp_path):
    file = tmp_path / "show.toml"
    file.write_text(
        '[[line]]\nsay = "First. And more."\ngesture = "bow"\n[[line]]\nsay = "Second."\n'
        '[[line]]\nwhen = ["几点", "what time"]\nsay = { zh = "九点。", en = "At nine." }\n',
        "utf-8",
    )
    script = select.create(f"script/{file}")
    first, more = script.answer(Question("go on"))
    assert (first.text, first.gesture, more.text, more.gesture) == (
        "First.",
        "bow",
        "And more.",
        "",
    )
    assert texts(script, "现在几点？") == ["九点。"]
    assert texts(script, "What TIME is it") == ["At nine."]
    assert texts(script, "go on") == ["Second."]
    assert texts(script, "go on") == [FALLBACK["en"][4 % 2]]


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ('[[line]]\nsya = "x"', r"line\[0\]\.say is missing"),
        ('[[line]]\nsay = "x"\nmood = "y"', r"line\[0\]\.mood: no such key"),
        ("line = 3", "line 3: must be an array of tables"),
        ("line = [", "not valid TOML"),
    ],
)
def test_a_broken_script_names_the_place(tmp_path, toml, message):
    file = tmp_path / "show.toml"
    file.write_text(toml)
    with pytest.raises(ConfigError, match=message):
        ScriptDialogue(file)


def test_lines_by_hand_may_carry_pictures():
    line = Line({"en": "Look."}, when=("map",), picture="map.png")
    (reply,) = ScriptDialogue([line]).answer(Question("show me the map"))
    assert reply.picture == "map.png"


def test_an_unknown_dialogue_lists_the_known():
    with pytest.raises(UnknownPlugin, match="script"):
        select.create("scrypt")
    with pytest.raises(ConfigError, match="write auto"):
        select.create(" , ")


class Knowing(ScriptDialogue):
    """Can tell beforehand what it will answer, and what it may ever say."""

    def foresee(self, question):
        yield Reply("A secret." if "secret" in question.text else "Hello to you.")

    def lines(self):
        yield "Hello to you.", "en"


def test_what_is_foreseen_passes_the_limits_and_changes_nothing():
    persona = Persona(forbidden=("secret",))
    chain = Chain([Dreamer(["never asked"]), Knowing(["said"])], persona)
    assert [r.text for r in chain.foresee(Question("hello"))] == ["Hello to you."]
    assert [r.source for r in chain.foresee(Question("a secret?"))] == ["persona:refusal"]
    assert not Chain([Dreamer(["never asked"])]).foresee(Question("hello"))


def test_lines_are_those_of_the_dialogues_and_of_the_persona():
    chain = Chain([Dreamer(["free"]), Knowing(["said"])])
    lines = list(chain.lines())
    assert lines[0] == ("Hello to you.", "en")
    assert ("这个话题我不方便谈。", "zh") in lines
    assert "free" not in [text for text, _ in lines]
