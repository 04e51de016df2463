"""A small chat server of the tests: real HTTP on 127.0.0.1 that streams, hangs, breaks off."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Callable, Iterator


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


class ChatServer:
    """Answers each request by the next of ``answers``: a state and its parts."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, dict[str, str], list[Part]]] = []
        self.asked: list[dict] = []
        self.headers: list[dict[str, str]] = []
        self.broken = threading.Event()
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                size = int(self.headers["Content-Length"])
                owner.asked.append(json.loads(self.rfile.read(size)))
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

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def will(self, *parts: Part, state: int = 200, **headers: str) -> None:
        """The next answer."""
        self.answers.append((state, {k.replace("_", "-"): v for k, v in headers.items()}, [*parts]))

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def running() -> Iterator[ChatServer]:
    server = ChatServer()
    yield server
    server.close()
