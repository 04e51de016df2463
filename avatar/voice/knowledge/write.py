"""Adds an answer to a file of a knowledge folder, and leaves the file as it was if that fails."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from avatar.errors import ConfigError, OutputError
from avatar.plugins import require
from avatar.voice.knowledge.entry import Cell, Entry, Row, canonical, language, make
from avatar.voice.knowledge.folder import READERS, decode

DEFAULT: Final = "answers.md"
"""The file new answers go to unless another is named."""


@dataclass(frozen=True, slots=True)
class Addition:
    """What is to be known from now on."""

    questions: tuple[str, ...]
    answers: tuple[str, ...]
    """One for each language."""


def add(folder: Path, addition: Addition, file: str = DEFAULT) -> Path:
    """Write an entry at the end of a file of ``folder`` (made if it is new); returns the file.

    Raises ConfigError for an entry that would not load, OutputError where the file cannot be
    written or would no longer say what it said.
    """
    path = folder / file
    if path.parent.resolve() != folder.resolve() or path.suffix.lower() not in READERS:
        raise ConfigError(f"{file!r} is no knowledge file: give one of {', '.join(READERS)}")
    _checked(addition, folder)
    part = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        before = _entries(path, folder) if path.exists() else []
        _WRITERS[path.suffix.lower()](path, part, addition)
        after = _entries(part, folder)
        if [_said(entry) for entry in after[:-1]] != [_said(entry) for entry in before]:
            raise OutputError(f"{path} was left as it was: the answer does not fit; try another")
        part.replace(path)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)
    return path


def _checked(addition: Addition, folder: Path) -> None:
    cells = [Cell("question", text, "the question") for text in addition.questions]
    cells += [Cell("answer", text, "the answer") for text in addition.answers]
    entry, problems = make(Row("1", "the entry", tuple(cells)), folder, "")
    if entry is None or problems:
        raise ConfigError(str(problems[0]) if problems else "give a question and an answer")


def _entries(path: Path, folder: Path) -> list[Entry]:
    rows = (row for row in READERS[path.suffix.lower()](path) if isinstance(row, Row))
    return [entry for row in rows if (entry := make(row, folder, "")[0]) is not None]


def _said(entry: Entry) -> object:
    return entry.questions, entry.answers, entry.gesture, entry.emotion, entry.next


def _flat(text: str) -> str:
    return " ".join(text.split())


def _read(path: Path) -> str:
    text = decode(path.read_bytes()) if path.exists() else ""
    return text if not text or text.endswith("\n") else text + "\n"


def _markdown(path: Path, part: Path, addition: Addition) -> None:
    first, *others = map(_flat, addition.questions)
    lines = [f"## {first}", *(f"- {text}" for text in others), ""]
    for answer in map(_flat, addition.answers):
        lines += [answer, ""]
    before = _read(path)
    part.write_text(before + ("\n" if before else "") + "\n".join(lines), "utf-8")


def _csv(path: Path, part: Path, addition: Addition) -> None:
    before = _read(path) or "question,zh,en\n"
    header = before.partition("\n")[0]
    separator = max(",;\t", key=header.count)
    columns = next(csv.reader([header], delimiter=separator))
    out = io.StringIO()
    csv.writer(out, delimiter=separator, lineterminator="\n").writerow(_cells(columns, addition))
    part.write_bytes((before + out.getvalue()).encode("utf-8-sig"))


def _cells(columns: Sequence[object], addition: Addition) -> list[str]:
    """A row of a table whose header is ``columns``; OutputError where none fits."""
    fields = [canonical(str(column or "")) for column in columns]
    row = [""] * len(fields)
    row[fields.index("question")] = "\n".join(map(_flat, addition.questions))
    for answer in addition.answers:
        wanted = (language(answer), "answer")
        at = next((i for i, field in enumerate(fields) if field in wanted and not row[i]), None)
        if at is None:
            raise OutputError(f"the table has no column for an answer in {language(answer)}")
        row[at] = _flat(answer)
    return row


def _workbook(path: Path, part: Path, addition: Addition) -> None:
    openpyxl: Any = require("openpyxl", extra="talk", for_what=f"the workbook {path.name}")
    if path.exists():
        book = openpyxl.load_workbook(path)
    else:
        book = openpyxl.Workbook()
        book.active.append(["question", "zh", "en"])
    sheet = book.worksheets[-1]
    header = next(sheet.iter_rows(max_row=1, values_only=True))
    sheet.append([text or None for text in _cells(header, addition)])
    book.save(part)


def _yaml(path: Path, part: Path, addition: Addition) -> None:
    yaml: Any = require("yaml", extra="talk", for_what=f"the file {path.name}")
    entry = {"question": list(map(_flat, addition.questions))}
    entry["answer"] = list(map(_flat, addition.answers))
    text = yaml.safe_dump([entry], allow_unicode=True, sort_keys=False, width=10_000)
    before = _read(path)
    root = yaml.compose(before, Loader=yaml.SafeLoader)
    indent = _indent(root)
    part.write_text(before + "".join(indent + line + "\n" for line in text.splitlines()), "utf-8")


def _indent(root: Any) -> str:
    """The blanks before the dash of the last entry."""
    if root is None:
        return ""
    node = root
    if root.id == "mapping":
        node = next((v for k, v in root.value if k.value == "entries"), root)
    return " " * node.start_mark.column if node.id == "sequence" else ""


_WRITERS: Final[dict[str, Callable[[Path, Path, Addition], None]]] = {
    ".md": _markdown,
    ".csv": _csv,
    ".yaml": _yaml,
    ".yml": _yaml,
    ".xlsx": _workbook,
}
