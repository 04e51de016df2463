"""Tools: what a model is told of a function, and what happens when it calls one."""

from __future__ import annotations

import asyncio
import threading
from typing import Literal

import pytest

from avatar.errors import ConfigError
from avatar.media import Reply
from avatar.voice.dialogue.persona import BUILT_IN_TOOLS
from avatar.voice.dialogue.tools import Tools


def book(
    room: Literal["red", "blue"],
    hours: int,
    names: list[str],
    note: str | None = None,
    price: float = 1.5,
    paid: bool = False,
) -> dict[str, object]:
    """Book a room."""  # fmt: skip
    return {"room": room, "hours": hours, "names": names, "price": price, "paid": paid}


@pytest.fixture
def tools():
    made = Tools({"map": "map.png"})
    made.register(book)
    return made


GOOD = '{"room": "red", "hours": 2, "names": ["李", "Ann"]}'


def test_a_function_is_described_by_its_hints(tools):
    (offered,) = [t["function"] for t in tools.offered([]) if t["function"]["name"] == "book"]
    assert offered["description"] == "Book a room."
    schema = offered["parameters"]
    assert schema["required"] == ["room", "hours", "names"]
    assert schema["properties"]["room"] == {"type": "string", "enum": ["red", "blue"]}
    assert schema["properties"]["names"] == {"type": "array", "items": {"type": "string"}}
    assert schema["properties"]["price"] == {"type": "number"}
    assert schema["properties"]["note"] == {"type": "string"}


def test_a_good_call_gives_its_result(tools):
    assert tools.call("book", GOOD) == (
        '{"room": "red", "hours": 2, "names": ["李", "Ann"], "price": 1.5, "paid": false}'
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ('{"room": "red"', "Expecting"),
        ("[]", "arguments must be an object"),
        ('{"room": "red", "hours": 2}', "argument 'names' is missing"),
        ('{"room": "green", "hours": 2, "names": []}', "room must be one of red, blue"),
        ('{"room": "red", "hours": "2", "names": []}', "hours must be of type integer"),
        ('{"room": "red", "hours": true, "names": []}', "hours must be of type integer"),
        ('{"room": "red", "hours": 2, "names": [3]}', r"names\[0\] must be of type string"),
        ('{"room": "red", "hours": 2, "names": [], "x": 1}', "no argument 'x'"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(tools, arguments, message):
    with pytest.raises(AssertionError, match=f"error: book: .*{message}"):
        raise AssertionError(tools.call("book", arguments))


def test_a_function_that_fails_is_one_line(tools):
    @tools.register
    def broken() -> str:
        """Fails."""
        raise KeyError("a\nb")

    assert tools.call("broken", {}) == "error: broken: KeyError: 'a\\nb'"


def test_a_function_that_hangs_is_given_up(tools):
    stop = threading.Event()
    tools.register(lambda: stop.wait(), name="slow", timeout=0.1)
    assert tools.call("slow", {}) == "error: slow: TimeoutError: took longer than 0.1 s"
    stop.set()


def test_a_coroutine_is_awaited(tools):
    async def later(word: str) -> str:
        """Say it later."""
        await asyncio.sleep(0)
        return word

    tools.register(later)
    assert tools.call("later", {"word": "now"}) == "now"


def test_built_in_ones_become_replies(tools):
    on = BUILT_IN_TOOLS
    assert tools.run("say", {"text": "One moment."}, on=on).reply == Reply("One moment.")
    assert tools.run("emote", {"mood": "happy"}, on=on).reply == Reply("", emotion="happy")
    assert tools.run("show_picture", {"name": "map"}, on=on).reply == Reply("", picture="map.png")
    assert tools.run("gesture", {"name": "wave"}, on=on).reply == Reply("", gesture="greet")
    assert "no gesture 'fly'" in tools.call("gesture", {"name": "fly"}, on)
    assert "must be one of map" in tools.call("show_picture", {"name": "/etc/passwd"}, on)


def test_only_what_is_on_can_be_called(tools):
    assert tools.call("say", {"text": "Hi"}) == "error: there is no tool 'say'"
    assert tools.run("emote", {"mood": "sad"}, on=["say"]).reply is None
    assert [t["function"]["name"] for t in tools.offered(["look"])] == ["look", "book"]


def test_what_cannot_be_described_is_named(tools):
    def odd(when: dict) -> str:
        """Odd."""
        return str(when)

    with pytest.raises(ConfigError, match="tool odd: when is"):
        tools.register(odd)
    with pytest.raises(ConfigError, match=r"tool <lambda>: \*everything"):
        tools.register(lambda *everything: "")
    with pytest.raises(ConfigError, match="a built-in one"):
        tools.register(book, name="gesture")
