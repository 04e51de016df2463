"""Keeps what a C++ library notes on the terminal from the user, but not its errors."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from collections.abc import Generator
from typing import Final

_NOTE: Final = re.compile(rb"(INFO|WARNING):|[IW]\d{4} ")
"""How MediaPipe's, TensorFlow Lite's and glog's notes and warnings begin."""


@contextlib.contextmanager
def quiet() -> Generator[None]:
    """While it lasts, lines on stderr of the whole process wait; notes among them are dropped,
    all others come out at its end. ``AVATAR_DEBUG`` lets everything through at once."""
    if os.environ.get("AVATAR_DEBUG"):
        yield
        return
    try:
        kept = os.dup(2)
    except OSError:  # no terminal at all
        yield
        return
    with tempfile.TemporaryFile() as waiting:
        os.dup2(waiting.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            waiting.seek(0)
            said = b"".join(line for line in waiting if not _NOTE.match(line))
            if said:
                os.write(2, said)
