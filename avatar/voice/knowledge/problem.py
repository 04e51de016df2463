"""What is wrong with a knowledge folder, and where: a file's line, a sheet's cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

SENTENCES: Final[Mapping[str, str]] = {
    "unreadable": "cannot be read ({why}); what it said before is kept",
    "too_big": "is larger than {limit} MB and was left out",
    "no_header": "the first row must name its columns, one of them 'question'",
    "unknown_field": "no field {name!r}: give {known}",
    "not_text": "{name} must be text, not {kind}",
    "no_question": "has an answer but no question",
    "no_answer": "has a question but no answer",
    "too_long": "{name} has {count} characters, {limit} at most",
    "unknown_gesture": "no gesture {name!r}: known: {known}",
    "unknown_emotion": "no emotion {name!r}: known: {known}",
    "no_picture": "no picture {name!r} in the folder",
    "unknown_cue": "[{name}] is no gesture or emotion and will not be done or said",
    "same_question": "asks {text!r} as {other} does, with another answer",
    "same_entry": "is {other} over again",
    "alike": "{text!r} is nearly {near!r} of {other}",
    "loses": "{text!r} is answered by {other}",
}
"""Kind of problem -> the English sentence, after the place."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong."""

    place: str
    """``hall.md:12``, ``hall.csv:7``, ``hall.yaml:3`` or ``hall.xlsx Sheet1!B7``."""
    kind: str
    """A key of ``SENTENCES``."""
    fields: Mapping[str, object] = field(default_factory=dict[str, object])
    severe: bool = False
    """Whether the entry (or the file) was left out because of it."""

    def __str__(self) -> str:
        return f"{self.place}: {SENTENCES[self.kind].format(**self.fields)}"
