"""Gestures and moods written into a text: ``[bow] 大家好 [point-left] 请看这里``.

A name in square brackets (``[ ]`` or ``【 】``) that the gesture library or the emotions know is
taken out of what is spoken and shown, and happens at the word that follows it. Any other bracket
stays part of the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from avatar.animation.emotion import EMOTIONS
from avatar.animation.gestures import find
from avatar.errors import ConfigError
from avatar.media import Speech

_TAG: Final = re.compile(r"[\[【]([^\[\]【】\n]{1,32})[\]】]")


@dataclass(frozen=True, slots=True)
class Cue:
    """Something to happen at a word."""

    offset: int
    """Index of the character it comes before, in the text without tags."""
    kind: Literal["gesture", "emotion"]
    name: str


def parse(tag: str) -> Cue | None:
    """What the name ``tag`` asks for; None when it is nothing known."""
    name = tag.strip()
    if name.lower() in EMOTIONS:
        return Cue(0, "emotion", name.lower())
    try:
        return Cue(0, "gesture", find(name).name)
    except ConfigError:
        return None


def split(text: str) -> tuple[str, tuple[Cue, ...]]:
    """The text to be spoken, and the cues in it."""
    parts: list[str] = []
    cues: list[Cue] = []
    done = 0
    for match in _TAG.finditer(text):
        cue = parse(match[1])
        if cue is None:
            continue
        parts.append(text[done : match.start()])
        done = match.end()
        if text[done : done + 1] == " " and (not parts[-1] or parts[-1][-1:].isspace()):
            done += 1
        cues.append(Cue(sum(map(len, parts)), cue.kind, cue.name))
    return "".join([*parts, text[done:]]), tuple(cues)


class Cues:
    """Hands out the cues of one text as its clauses are spoken."""

    def __init__(self, text: str, cues: tuple[Cue, ...]) -> None:
        """``text`` without its tags."""
        self._text, self._waiting = text, list(cues)
        self._cursor = 0

    def due(self, speech: Speech) -> list[tuple[float, Cue]]:
        """The cues of the next clause, each with its time from the clause's first sample, s."""
        clause = speech.text.strip()
        found = self._text.find(clause, self._cursor)
        start = found if found >= 0 else self._cursor
        end = start + len(clause)
        self._cursor = end
        last = not self._text[end:].strip()
        here = [cue for cue in self._waiting if cue.offset < end or last]
        self._waiting = [cue for cue in self._waiting if cue not in here]
        shift = start - (len(speech.text) - len(speech.text.lstrip()))
        return [(_when(speech, cue.offset - shift), cue) for cue in here]


def _when(speech: Speech, offset: int) -> float:
    """When the word at or after character ``offset`` of the clause begins, s."""
    for word in speech.words:
        if word.offset >= 0 and word.offset + len(word.text) > offset:
            return word.start
    known = any(word.offset >= 0 for word in speech.words)
    part = 1.0 if known else offset / max(len(speech.text), 1)
    return speech.audio.duration * min(max(part, 0.0), 1.0)
