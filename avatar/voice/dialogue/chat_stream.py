"""Chat completions over HTTP as a stream: requests, retries, server-sent events, tool calls."""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from avatar.errors import ServiceError
from avatar.plugins import require
from avatar.voice.dialogue.between import Between

_AGAIN: Final = (408, 409, 425, 429, 500, 502, 503, 504, 529)
"""HTTP states after which the same request may work a little later."""
_BACK_OFF: Final = 0.4
"""s before the second try; doubles."""
_LONGEST_WAIT: Final = 5.0
"""s that a server's Retry-After is obeyed at most."""
_LONGEST_EVENT: Final = 1 << 20
"""Characters of one event; more is not this protocol."""
_CONNECT: Final = 4.0
"""s until a server that does not take the connection counts as down."""


@dataclass(slots=True)
class Call:
    """A tool the model wants called."""

    id: str = ""
    name: str = ""
    arguments: str = ""
    """JSON, as the model wrote it."""


@dataclass(slots=True)
class Turn:
    """What came in one answer of the server, filled while it streams."""

    text: str = ""
    calls: list[Call] = field(default_factory=list[Call])
    finished: bool = False

    def message(self) -> dict[str, Any]:
        """As a message of the conversation."""
        calls = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments or "{}"},
            }
            for call in self.calls
        ]
        return {"role": "assistant", "content": self.text or None, "tool_calls": calls}


class ChatServer:
    """One server; raises ServiceError in one line for whatever goes wrong there."""

    def __init__(
        self,
        url: str,
        key: str,
        *,
        timeout: float,
        retries: int,
        pause: Callable[[float], object],
    ) -> None:
        self._httpx: Any = require("httpx", extra="talk", for_what="the openai dialogue")
        self._url, self._retries, self._pause = url.rstrip("/"), retries, pause
        self._timeout = timeout
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        waits = self._httpx.Timeout(timeout, connect=min(_CONNECT, timeout))
        self._client: Any = self._httpx.Client(headers=headers, timeout=waits)

    def stream(
        self, body: Mapping[str, Any], turn: Turn, cancelled: Callable[[], bool]
    ) -> Iterator[str]:
        """The text as it comes; ``turn`` collects it and the tool calls."""
        for attempt in range(self._retries + 1):
            try:
                yield from self._once(body, turn, cancelled)
                return
            except _Again as trouble:
                if attempt == self._retries or turn.text or turn.calls or cancelled():
                    raise self._error(trouble.why, retryable=True) from trouble
                self._pause(min(trouble.wait or _BACK_OFF * 2**attempt, _LONGEST_WAIT))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _once(
        self, body: Mapping[str, Any], turn: Turn, cancelled: Callable[[], bool]
    ) -> Iterator[str]:
        h = self._httpx
        try:
            with self._client.stream("POST", f"{self._url}/chat/completions", json=body) as answer:
                self._check(answer)
                thoughts = Between("<think>", "</think>")
                for event in self._events(answer, cancelled):
                    piece = thoughts.outside(_take(event, turn))
                    turn.text += piece
                    if piece:
                        yield piece
                turn.text += (rest := thoughts.rest())
                yield rest
        except (RuntimeError, h.InvalidURL, h.UnsupportedProtocol) as error:
            raise self._error(f"cannot be asked ({error})") from error
        except (h.ConnectError, h.ConnectTimeout) as error:
            raise _Again(f"cannot be reached ({error or 'no connection'})") from error
        except h.TimeoutException as error:
            raise self._error(f"sent nothing for {self._timeout:g} s", retryable=True) from error
        except h.HTTPError as error:
            raise _Again(f"broke off the connection ({error})") from error
        except _Garbage as error:
            raise self._error(str(error)) from error
        if not (turn.finished or cancelled()):
            raise _Again("ended in the middle of its answer")

    def _check(self, answer: Any) -> None:
        """Raise for a state that is not success."""
        state = answer.status_code
        if state < 300:
            return
        answer.read()
        why = f"HTTP {state}: {_complaint(answer.content)}"
        if state in _AGAIN:
            raise _Again(why, _seconds(answer.headers.get("retry-after", "")))
        if state in (401, 403):
            why += "; check the key"
        if state in (400, 413) and "context" in why:
            raise TooLong(f"the server {self._url} {why}")
        raise self._error(why)

    def _events(self, answer: Any, cancelled: Callable[[], bool]) -> Iterator[dict[str, Any]]:
        """The events of an answer; one that is not streamed is a single event."""
        if "json" in answer.headers.get("content-type", ""):
            answer.read()
            yield _object(answer.content.decode("utf-8", "strict"))
            return
        for line in _lines(answer.iter_bytes(), cancelled):
            if not line.startswith("data:"):
                if line and not line.startswith((":", "event:", "id:", "retry:")):
                    raise _Garbage(f"sent something that is no chat stream: {_short(line)!r}")
                continue
            data = line.removeprefix("data:").strip()
            if data == "[DONE]":
                return
            yield _object(data)

    def _error(self, why: str, *, retryable: bool = False) -> ServiceError:
        hint = "; is the server running?" if "reached" in why else ""
        return ServiceError(f"the server {self._url} {why}{hint}", retryable=retryable)


class TooLong(ServiceError):
    """The conversation does not fit into the model's context."""


class _Again(Exception):
    """Something that may pass; ``wait`` s are asked for, or 0."""

    def __init__(self, why: str, wait: float = 0.0) -> None:
        super().__init__(why)
        self.why, self.wait = why, wait


class _Garbage(Exception):
    """What came is not this protocol."""


def _lines(chunks: Iterator[bytes], cancelled: Callable[[], bool]) -> Iterator[str]:
    """Lines of UTF-8, whose characters may be split between chunks."""
    decoder, held = codecs.getincrementaldecoder("utf-8")("strict"), ""
    try:
        for chunk in chunks:
            if cancelled():
                return
            held += decoder.decode(chunk)
            *whole, held = held.split("\n")
            yield from (line.rstrip("\r") for line in whole)
            if len(held) > _LONGEST_EVENT:
                raise _Garbage("sent a line without an end")
        held += decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise _Garbage("sent bytes that are not UTF-8") from error
    if held:
        yield held.rstrip("\r")


def _object(data: str) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except ValueError as error:
        raise _Garbage(f"sent something that is not JSON: {_short(data)!r}") from error
    if not isinstance(value, dict):
        raise _Garbage(f"sent something that is no chat event: {_short(data)!r}")
    if value.get("error"):
        raise _Garbage(f"reports: {_complaint(data.encode())}")
    return value


def _take(event: dict[str, Any], turn: Turn) -> str:
    """Put an event's tool calls and end into ``turn``; its text."""
    choices = event.get("choices")
    if not choices:
        return ""
    try:
        choice = choices[0]
        delta = choice.get("delta") or choice.get("message") or {}
        for i, part in enumerate(delta.get("tool_calls") or ()):
            _add(part, part.get("index", i), turn)
        turn.finished = turn.finished or bool(choice.get("finish_reason"))
        text = delta.get("content") or ""
    except (AttributeError, TypeError, KeyError, IndexError) as error:
        raise _Garbage(f"sent a choice that cannot be read: {_short(str(choices))!r}") from error
    if not isinstance(text, str):
        raise _Garbage(f"sent a text that is none: {_short(str(text))!r}")
    return text


def _add(part: Mapping[str, Any], index: int, turn: Turn) -> None:
    """Add a piece of the ``index``-th tool call."""
    if not 0 <= index <= len(turn.calls) or index > 15:
        raise IndexError(index)
    if index == len(turn.calls):
        turn.calls.append(Call(id=f"call_{index}"))
    call, function = turn.calls[index], part.get("function") or {}
    call.id = part.get("id") or call.id
    call.name += function.get("name") or ""
    call.arguments += function.get("arguments") or ""


def _complaint(content: bytes) -> str:
    """What a server says is wrong, in one short line."""
    try:
        value = json.loads(content)
        error = value.get("error", value)
        return _short(str(error.get("message", error) if isinstance(error, dict) else error))
    except (ValueError, AttributeError):
        return _short(content.decode("utf-8", "replace")) or "no reason given"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 160 else line[:159] + "…"


def _seconds(text: str) -> float:
    """A Retry-After in seconds; 0 where it is a date or missing."""
    return float(text) if text.strip().replace(".", "", 1).isdigit() else 0.0
