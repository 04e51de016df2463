"""One entry of a knowledge folder, and the rows of text it is made of.

Every reader turns its file into rows of cells, each with its own place; what a row must hold is
checked here once for all of them. Text stays text: a bracket that is no known gesture or emotion
is taken out, and a picture must lie inside the folder.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from avatar.animation.emotion import EMOTIONS
from avatar.animation.gestures import find, library
from avatar.errors import ConfigError
from avatar.voice.knowledge.problem import Problem

Lang = Literal["zh", "en"]

FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "question": ("questions", "q", "question zh", "question en", "问题", "问法", "提问", "中文问题",
                 "英文问题"),
    "zh": ("answer zh", "中文", "中文回答", "中文答案"),
    "en": ("answer en", "英文", "英文回答", "英文答案"),
    "answer": ("answers", "a", "回答", "答案"),
    "gesture": ("动作", "手势"),
    "emotion": ("表情", "情绪"),
    "picture": ("image", "图片", "配图"),
    "next": ("follow-ups", "follow-up", "followups", "追问", "推荐问题"),
    "topic": ("主题", "分类"),
}  # fmt: skip
"""Field -> other names for it, lower case; a blank, ``_`` and ``-`` are one."""

QUESTION_LENGTH: Final = 200
ANSWER_LENGTH: Final = 2000
_PICTURES: Final = frozenset({".png", ".jpg", ".jpeg", ".webp"})
_ALIASES: Final = {
    re.sub(r"[\s_-]+", " ", name): field
    for field, names in FIELDS.items()
    for name in (field, *names)
}
_HANZI: Final = re.compile(r"[\u3400-\u9fff]")
_LATIN: Final = re.compile(r"[A-Za-z]{2,}")
_BRACKET: Final = re.compile(r"[\[【]([^\[\]【】\n]{1,64})[\]】]")
_ALTERNATIVES: Final = re.compile(r"^\s*-{3,}\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of a row as written."""

    key: str
    """One of ``FIELDS``."""
    text: str
    place: str


@dataclass(frozen=True, slots=True)
class Row:
    """What may become an entry."""

    mark: str
    """Which one of its file, e.g. ``3``."""
    place: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """Questions that mean the same, and what is answered to them."""

    source: str
    """``hall.md#3``: the file and which entry of it."""
    place: str
    """Where it is written: ``hall.md:12``, ``hall.xlsx Sheet1!B7``."""
    questions: tuple[str, ...]
    """Ways to ask, in any language; the first of each language names the entry."""
    answers: Mapping[Lang, tuple[str, ...]]
    """Language -> answers of the same meaning, told in turn."""
    topic: str = ""
    gesture: str = ""
    emotion: str = ""
    picture: str = ""
    """Path of a picture that exists, or empty."""
    next: tuple[str, ...] = field(default=())
    """Questions to suggest afterwards."""

    def title(self, lang: str) -> str:
        """Its first question in ``lang``, else the first of all."""
        return next((text for text in self.questions if language(text) == lang), self.questions[0])


def canonical(name: str) -> str | None:
    """The field that a column or key means; None for an unknown one."""
    return _ALIASES.get(re.sub(r"[\s_-]+", " ", name.strip().lower()))


def language(text: str) -> Lang:
    """``zh`` where more hanzi than Latin words are written, else ``en``."""
    return "zh" if len(_HANZI.findall(text)) > len(_LATIN.findall(text)) else "en"


def pieces(text: str) -> list[str]:
    """The questions in one cell: apart by a line or a bar."""
    return [piece for part in re.split(r"[\n|｜]", text) if (piece := " ".join(part.split()))]


def make(row: Row, folder: Path, file: str) -> tuple[Entry | None, list[Problem]]:
    """The entry a row holds, None where it holds none, and all that is wrong with it."""
    cells = [cell for cell in row.cells if cell.text.strip()]
    problems = list(_too_long(cells))
    if problems or not cells:
        return None, problems
    questions = tuple(
        dict.fromkeys(p for c in cells if c.key == "question" for p in pieces(c.text))
    )
    answers, cues = _answers(cells)
    if not questions or not answers:
        kind = "no_answer" if questions else "no_question"
        return None, [Problem(row.place, kind, severe=True)]
    extras, doubts = _extras(cells, folder)
    follow = tuple(_bare(p) for c in cells if c.key == "next" for p in pieces(c.text))
    plain = tuple(filter(None, map(_bare, questions))) or questions
    entry = Entry(f"{file}#{row.mark}", row.place, plain, answers, next=follow, **extras)
    return entry, [*doubts, *cues]


def _too_long(cells: Iterable[Cell]) -> Iterable[Problem]:
    for cell in cells:
        parts = pieces(cell.text) if cell.key in ("question", "next") else [cell.text]
        limit = QUESTION_LENGTH if cell.key in ("question", "next") else ANSWER_LENGTH
        count = max(map(len, parts), default=0)
        if count > limit:
            fields = {"name": cell.key, "count": count, "limit": limit}
            yield Problem(cell.place, "too_long", fields, severe=True)


def _answers(cells: Sequence[Cell]) -> tuple[dict[Lang, tuple[str, ...]], list[Problem]]:
    found: dict[Lang, list[str]] = {}
    problems = list[Problem]()
    for cell in cells:
        if cell.key not in ("zh", "en", "answer"):
            continue
        for part in _ALTERNATIVES.split(cell.text):
            text, unknown = _cued(" ".join(part.split()))
            problems += [Problem(cell.place, "unknown_cue", {"name": name}) for name in unknown]
            if text:
                lang: Lang = language(text) if cell.key == "answer" else _lang(cell.key)
                found.setdefault(lang, []).append(text)
    return {lang: tuple(texts) for lang, texts in found.items()}, problems


def _lang(key: str) -> Lang:
    return "zh" if key == "zh" else "en"


def _extras(cells: Sequence[Cell], folder: Path) -> tuple[dict[str, str], list[Problem]]:
    """Topic, gesture, emotion and picture, each only where it is known."""
    extras = dict[str, str]()
    problems = list[Problem]()
    for cell in cells:
        value = cell.text.strip()
        if cell.key == "topic":
            extras["topic"] = value
        elif cell.key in ("gesture", "emotion"):
            known = _gesture(value) if cell.key == "gesture" else _emotion(value)
            if known:
                extras[cell.key] = known
            else:
                names = library() if cell.key == "gesture" else EMOTIONS
                fields = {"name": value, "known": ", ".join(names)}
                problems.append(Problem(cell.place, f"unknown_{cell.key}", fields))
        elif cell.key == "picture":
            path = _picture(value, folder)
            if path is None:
                problems.append(Problem(cell.place, "no_picture", {"name": value}))
            else:
                extras["picture"] = str(path)
    return extras, problems


def _gesture(name: str) -> str:
    try:
        return find(name).name
    except ConfigError:
        return ""


def _emotion(name: str) -> str:
    return name.lower() if name.lower() in EMOTIONS else ""


def _picture(name: str, folder: Path) -> Path | None:
    path = (folder / name).resolve()
    inside = path.is_relative_to(folder.resolve())
    return path if inside and path.suffix.lower() in _PICTURES and path.is_file() else None


def _cued(text: str) -> tuple[str, list[str]]:
    """The text without brackets that name no gesture or emotion, and those names."""
    unknown = list[str]()

    def keep(match: re.Match[str]) -> str:
        name = match[1].strip()
        if _emotion(name) or _gesture(name):
            return match[0]
        unknown.append(name)
        return ""

    return " ".join(_BRACKET.sub(keep, text).split()), unknown


def _bare(text: str) -> str:
    """A question to be shown or said: no brackets at all."""
    return " ".join(_BRACKET.sub("", text).split())
