"""What could not be answered, kept for ``avatar knowledge review``: words only, and no one's.

A line of JSON a question: its text, language and the entry that came nearest. Runs of digits and
addresses of mail are blotted out; nothing says who asked or when.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from platformdirs import user_data_path

from avatar.voice.knowledge import terms
from avatar.voice.knowledge.folder import place_key

KEPT: Final = 5000
"""Lines of the log; the oldest go first."""
_LONGEST: Final = 200
_PRIVATE: Final = re.compile(r"[\w.+-]+@[\w.-]+|\d[\d\s-]{4,}[\dXx]")
_ALIKE: Final = 0.5


@dataclass(frozen=True, slots=True)
class Unanswered:
    """One question nothing was known of."""

    text: str
    lang: str
    near: str = ""
    """Source of the entry that came nearest, or empty."""


@dataclass(frozen=True, slots=True)
class Group:
    """Questions that are alike."""

    questions: tuple[Unanswered, ...]
    """Different wordings, the commonest first."""
    count: int
    """How often any of them was asked."""


class Log:
    """A file of questions; without a path it keeps nothing."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._lock = threading.Lock()

    def add(self, question: Unanswered) -> None:
        """Keep one; a disk that is full or read-only is no reason to stop talking."""
        text = _PRIVATE.sub("#", " ".join(question.text.split()))[:_LONGEST]
        if self.path is None or len(re.findall(r"\w", text)) < 2:
            return
        line = {"text": text, "lang": question.lang, "near": question.near}
        with self._lock, suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as out:
                out.write(json.dumps(line, ensure_ascii=False) + "\n")
            if self.path.stat().st_size > KEPT * 400:
                self._write(self.read()[-KEPT // 2 :])

    def read(self) -> list[Unanswered]:
        """All of them, oldest first; lines that are no such line are passed over."""
        found = list[Unanswered]()
        try:
            lines = self.path.read_text("utf-8").splitlines() if self.path else []
        except (OSError, UnicodeDecodeError):
            return []
        for line in lines:
            with suppress(ValueError, TypeError, KeyError):
                entry = json.loads(line)
                found.append(Unanswered(str(entry["text"]), str(entry["lang"]), entry["near"]))
        return found

    def drop(self, texts: Iterable[str]) -> None:
        """Forget questions, for they are answered now."""
        gone = set(texts)
        if self.path is None or not self.path.exists():
            return
        with self._lock:
            self._write([question for question in self.read() if question.text not in gone])

    def _write(self, questions: Sequence[Unanswered]) -> None:
        if self.path is None:
            return
        part = self.path.with_suffix(".part")
        lines = [
            json.dumps({"text": q.text, "lang": q.lang, "near": q.near}, ensure_ascii=False)
            for q in questions
        ]
        part.write_text("".join(line + "\n" for line in lines), "utf-8")
        part.replace(self.path)


def log_path(folder: Path) -> Path:
    """Where the questions that a folder could not answer are kept."""
    root = user_data_path("avatar-engine", appauthor=False)
    return root / "unanswered" / f"{place_key(folder)}.jsonl"


def groups(questions: Sequence[Unanswered]) -> list[Group]:
    """Questions that share most of their terms together, the commonest group first."""
    bags = [set(terms.written(terms.plain(q.text))) or {q.text} for q in questions]
    leaders, members = list[set[str]](), list[list[int]]()
    for i, bag in enumerate(bags):
        scores = [2 * len(bag & other) / (len(bag) + len(other)) for other in leaders]
        best = max(range(len(scores)), key=scores.__getitem__, default=-1)
        if best >= 0 and scores[best] >= _ALIKE:
            members[best].append(i)
        else:
            leaders.append(bag)
            members.append([i])
    found = [_group([questions[i] for i in group]) for group in members]
    return sorted(found, key=lambda group: -group.count)


def _group(questions: Sequence[Unanswered]) -> Group:
    counts = dict[str, int]()
    for question in questions:
        counts[question.text] = counts.get(question.text, 0) + 1
    first = {question.text: question for question in reversed(questions)}
    ordered = sorted(counts, key=lambda text: -counts[text])
    return Group(tuple(first[text] for text in ordered), len(questions))
