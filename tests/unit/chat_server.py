"""A small chat server of the tests: real HTTP on 127.0.0.1 that streams, hangs, breaks off."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator

from tests.local_server import Answerer, LocalServer


def event(text: str = "", *, end: bool = False, **delta) -> bytes:
    """A chunk of the chat protocol."""
    said = {"content": text} if text else {}
    choice = {"index": 0, "delta": said | delta, "finish_reason": "stop" if end else None}
    data = json.dumps({"object": "chat.completion.chunk", "choices": [choice]}, ensure_ascii=False)
    return f"data: {data}\n\n".encode()


DONE = b"data: [DONE]\n\n"


def spoken(*pieces: str) -> list[bytes]:
    """A whole answer."""
    return [*(event(piece) for piece in pieces), event(end=True), DONE]


Part = bytes | Callable[[], object]
"""Bytes to send, or something to do in between."""


class ChatServer(LocalServer):
    """Answers each request by the next of ``answers``: a state and its parts."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, dict[str, str], list[Part]]] = []
        self.asked: list[dict] = []
        self.headers: list[dict[str, str]] = []
        self.broken = threading.Event()
        owner = self

        class Handler(Answerer):
            def answer(self, posted: bytes):
                owner.asked.append(json.loads(posted))
                owner.headers.append(dict(self.headers))
                usual = (200, {}, spoken("Good day."))
                state, headers, parts = owner.answers.pop(0) if owner.answers else usual
                self.send_response(state)
                for name, value in ({"Content-Type": "text/event-stream"} | headers).items():
                    self.send_header(name, value)
                self.end_headers()
                try:
                    for part in parts:
                        if callable(part):
                            part()
                        else:
                            self.wfile.write(part)
                            self.wfile.flush()
                except OSError:
                    owner.broken.set()

        super().__init__(Handler)

    def will(self, *parts: Part, state: int = 200, **headers: str) -> None:
        """The next answer."""
        self.answers.append((state, {k.replace("_", "-"): v for k, v in headers.items()}, [*parts]))


def running() -> Iterator[ChatServer]:
    server = ChatServer()
    yield server
    server.close()
