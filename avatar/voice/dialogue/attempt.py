"""One dialogue thinking on a thread of its own, so that whoever waits can stop waiting."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from avatar.clock import monotonic
from avatar.media import Dialogue, Question, Reply

_LOOK: Final = 0.02
"""s between two looks at whether the question has been taken back."""


class Late(Exception):
    """Nothing came within the time allowed."""


class Attempt:
    """The replies of one dialogue to one question, as they come."""

    def __init__(self, dialogue: Dialogue, question: Question) -> None:
        self._given_up = threading.Event()
        self._came: queue.SimpleQueue[Reply | Exception | None] = queue.SimpleQueue()
        self._asked = question
        own = replace(question, cancelled=lambda: self._given_up.is_set() or question.cancelled())
        name = f"avatar-{dialogue.name.partition('/')[0]}"
        self._thread = threading.Thread(
            target=self._think, args=(dialogue, own), name=name, daemon=True
        )
        self._thread.start()

    def next(self, patience: float) -> Reply | None:
        """The next reply; None when there is no more or nobody waits for it any longer.

        Raises Late after ``patience`` s, and whatever the dialogue raised.
        """
        end = monotonic() + patience
        while not self._asked.cancelled():
            left = end - monotonic()
            if left <= 0:
                raise Late
            try:
                came = self._came.get(timeout=min(left, _LOOK))
            except queue.Empty:
                continue
            if isinstance(came, Exception):
                raise came
            return came
        return None

    def give_up(self) -> None:
        """Tell the dialogue that nobody waits; it ends by itself."""
        self._given_up.set()

    def _think(self, dialogue: Dialogue, question: Question) -> None:
        try:
            replies: Iterator[Reply] = dialogue.answer(question)
            for reply in replies:
                if question.cancelled():
                    break
                self._came.put(reply)
        except Exception as error:  # carried over to whoever waits
            self._came.put(error)
        finally:
            self._came.put(None)
