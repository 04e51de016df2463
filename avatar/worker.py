"""A process of its own for a library that would disturb this one: it prints, wants the main
thread, may crash, or keeps the interpreter to itself while it works.

A line of JSON goes in, with the number of bytes that follow it, if any; a line of JSON comes out.
The first line out comes unasked.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final

Message = Mapping[str, Any]
Handle = Callable[[Message, bytes], Message]

_PATIENCE: Final = 2.0
"""s that a worker has to end by itself."""


class Worker:
    """The worker that ``python -m module`` is; one thread at a time may ask it."""

    def __init__(self, module: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.greeting = self._answer()
        """Its first line; ``{"error": …}`` when it could not begin."""

    def ask(self, request: Message, payload: bytes = b"") -> dict[str, Any]:
        """Its answer; ``{"error": …}`` for what failed in it, and when it has ended."""
        stdin = self._process.stdin
        assert stdin is not None
        about = dict(request) | ({"size": len(payload)} if payload else {})
        try:
            stdin.write(json.dumps(about).encode() + b"\n" + payload)
            stdin.flush()
        except (OSError, ValueError) as error:
            return {"error": str(error)}
        return self._answer()

    def close(self) -> None:
        """End it."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None and stdout is not None
        with suppress(OSError):  # it has ended, and what was on its way is lost
            stdin.close()
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        stdout.close()

    def _answer(self) -> dict[str, Any]:
        stdout = self._process.stdout
        assert stdout is not None
        try:
            line = stdout.readline()
        except (OSError, ValueError) as error:
            return {"error": str(error)}
        return json.loads(line) if line else {"error": "it ended"}


def serve(begin: Callable[[], tuple[Message, Handle]]) -> None:
    """Be a worker: greet, then answer until standard input ends.

    ``begin`` gives the greeting and what handles a request; whatever else prints, prints to
    standard error.
    """
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def answer(message: Message) -> None:
        print(json.dumps(message), file=answers, flush=True)

    try:
        greeting, handle = begin()
    except Exception as error:  # a library raises whatever its system raises
        answer({"error": f"{type(error).__name__}: {error}"})
        return
    answer(greeting)
    requests = sys.stdin.buffer
    for line in iter(requests.readline, b""):
        request = json.loads(line)
        try:
            answer(handle(request, requests.read(request.get("size", 0))))
        except Exception as error:
            answer({"error": f"{type(error).__name__}: {error}"})
