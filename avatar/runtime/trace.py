"""The glass box: where the time of every turn went.

One JSON object a line, in the order in which turns end::

    {"question": "…", "answer": "…", "heard": "…", "lang": "en", "source": "faq:museum.md#3",
     "interrupted": false, "marks": {"voice_end": 12.31, "decided": 12.86, …}}

Marks are seconds on the session's clock; those that a turn never reached are left out.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any, Final

import numpy as np

from avatar.errors import AssetError, MissingAsset, OutputError
from avatar.runtime.conversation import Turn

MARKS: Final = ("voice_end", "decided", "final", "thought", "made", "started", "shown")
"""In the order of a turn: the visitor's voice ended, that was taken for the end of the turn, its
final text was known, the first sentence of the answer was, its first clause had become sound, its
first sample was heard, the first frame of its mouth was drawn."""


@dataclass(frozen=True, slots=True)
class Trace:
    """One turn that is over."""

    question: str
    answer: str = ""
    heard: str = ""
    lang: str = "auto"
    source: str = ""
    interrupted: bool = False
    marks: dict[str, float] = field(default_factory=dict[str, float])
    """s on the session's clock, by name (``MARKS``)."""

    def since_voice_end(self) -> dict[str, float]:
        """s from the end of the visitor's voice, or from where a typed question began."""
        first = self.marks.get("voice_end", self.marks.get("final"))
        if first is None:
            return {}
        return {name: self.marks[name] - first for name in MARKS if name in self.marks}


def traced(turn: Turn) -> Trace:
    """What is kept of a turn; complete once it is over."""
    said = turn.said[0] if turn.said else None
    marks = {
        "voice_end": turn.voice_end,
        "decided": turn.decided,
        "final": turn.final,
        "thought": turn.thought,
        "made": said.made if said else None,
        "started": said.started if said else None,
        "shown": said.shown if said else None,
    }
    return Trace(
        turn.question.text,
        turn.answer,
        turn.heard,
        turn.lang,
        next((reply.source for reply in turn.replies if reply.source), ""),
        turn.interrupted,
        {name: round(t, 4) for name, t in marks.items() if t is not None},
    )


class TraceLog:
    """Appends turns to a file as they end; it is what a Conversation's ``over`` calls."""

    def __init__(self, path: str | Path) -> None:
        """Raises OutputError if the file cannot be written."""
        self.path = Path(path)
        self._lock = Lock()
        self._write("")

    def __call__(self, turn: Turn) -> None:
        """Keep a turn; raises OutputError."""
        kept = traced(turn)
        values = {name: getattr(kept, name) for name in kept.__dataclass_fields__}
        self._write(json.dumps(values, ensure_ascii=False) + "\n")

    def _write(self, text: str) -> None:
        try:
            with self._lock, self.path.open("a", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            why = error.strerror or error
            raise OutputError(f"{self.path}: the log cannot be written: {why}") from error


def read_log(path: str | Path) -> list[Trace]:
    """The turns of a log; a last line that was cut off is left out.

    Raises MissingAsset, and AssetError naming the line that is none of ours.
    """
    path = Path(path)
    try:
        lines = path.read_text("utf-8").splitlines(keepends=True)
    except FileNotFoundError as error:
        raise MissingAsset("no such log", path=path) from error
    except (OSError, UnicodeDecodeError) as error:
        raise AssetError(f"cannot be read: {error}", path=path) from error
    traces = list[Trace]()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            traces.append(_trace(json.loads(line)))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            if number == len(lines) and not line.endswith("\n"):
                break
            raise AssetError(f"line {number} is no turn: {error}", path=path) from error
    return traces


def _trace(values: dict[str, Any]) -> Trace:
    marks = {str(name): float(t) for name, t in values["marks"].items()}
    return Trace(
        str(values["question"]),
        str(values.get("answer", "")),
        str(values.get("heard", "")),
        str(values.get("lang", "auto")),
        str(values.get("source", "")),
        bool(values.get("interrupted", False)),
        {name: marks[name] for name in MARKS if name in marks},
    )


def percentiles(
    turns: Sequence[dict[str, float]], names: Sequence[str] = MARKS
) -> dict[str, tuple[float, float, int]]:
    """For each mark (s) that any turn reached: median, 95th percentile, and of how many turns."""
    found = dict[str, tuple[float, float, int]]()
    for name in names:
        values: Sequence[float] = [marks[name] for marks in turns if name in marks]
        if values:
            p50, p95 = np.percentile(values, [50, 95])
            found[name] = (float(p50), float(p95), len(values))
    return found
