"""Knowledge in Markdown.

::

    # Opening hours                      the topic of what follows
    ## When do you open?                 an entry; its heading is the first question
    - 你们几点开门？                      further ways to ask
    - What are your opening hours?

    我们九点开门。                        paragraphs are the answer, each in the language it is in

    We open at nine.

    ---                                  another answer, told in turn with the first

    ![the hall](map.png)                 a picture
    > gesture: explain                   gesture, emotion, next (questions to suggest), topic
    > next: 周末开门吗？ | Are you open on weekends?
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from avatar.voice.knowledge.entry import FIELDS, Cell, Row, canonical, language
from avatar.voice.knowledge.problem import Problem

_HEADING: Final = re.compile(r"(#{1,6})\s+(.*?)\s*#*$")
_ITEM: Final = re.compile(r"\s{0,3}[-*+]\s+(.+)")
_NOTE: Final = re.compile(r">\s*([^:：]{1,40})[:：]\s*(.*)")
_IMAGE: Final = re.compile(r"!\[[^\]]*\]\(\s*([^)\s]+)[^)]*\)\s*$")


@dataclass(slots=True)
class _Draft:
    line: int
    cells: list[Cell]
    paragraph: list[str] = field(default_factory=list[str])
    began: int = 0

    def close(self, file: str) -> None:
        """End the paragraph begun: it is an answer in its own language."""
        text = "\n".join(self.paragraph)
        if text.strip():
            self.cells.append(Cell(language(text), text, f"{file}:{self.began}"))
        self.paragraph.clear()


def rows(path: Path, text: str) -> Iterator[Row | Problem]:
    """The entries of a Markdown file, and what is wrong with its lines."""
    file, topic, count = path.name, "", 0
    draft: _Draft | None = None
    comment = False
    for number, line in enumerate(text.splitlines(), 1):
        if comment or line.lstrip().startswith("<!--"):
            comment = "-->" not in line
            continue
        heading = _HEADING.match(line)
        if heading is None:
            yield from _line(draft, file, number, line)
            continue
        if draft is not None:
            count += 1
            yield _row(draft, file, count)
            draft = None
        if len(heading[1]) == 1:
            topic = heading[2]
        else:
            place = f"{file}:{number}"
            draft = _Draft(
                number, [Cell("topic", topic, place), Cell("question", heading[2], place)]
            )
    if draft is not None:
        yield _row(draft, file, count + 1)


def _row(draft: _Draft, file: str, count: int) -> Row:
    draft.close(file)
    return Row(str(count), f"{file}:{draft.line}", tuple(draft.cells))


def _line(draft: _Draft | None, file: str, number: int, line: str) -> Iterator[Problem]:
    place = f"{file}:{number}"
    if draft is None:
        return
    if not line.strip():
        draft.close(file)
    elif note := _NOTE.match(line):
        key = canonical(note[1])
        if key is None:
            fields = {"name": note[1].strip(), "known": ", ".join(FIELDS)}
            yield Problem(place, "unknown_field", fields)
        else:
            draft.cells.append(Cell(key, note[2], place))
    elif image := _IMAGE.match(line):
        draft.cells.append(Cell("picture", image[1], place))
    elif (item := _ITEM.match(line)) and not draft.paragraph:
        draft.cells.append(Cell("question", item[1], place))
    elif line.strip().strip("-"):
        draft.began = draft.began if draft.paragraph else number
        draft.paragraph.append(line)
