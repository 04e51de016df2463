"""Knowledge in tables: CSV and ``.xlsx``; the first row names the columns.

A cell with several ways to ask holds a line for each, or bars between them. CSV may be UTF-8 or
GB 18030, with commas, semicolons or tabs; every sheet of a workbook is read.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from avatar.plugins import require
from avatar.voice.knowledge.entry import FIELDS, Cell, Row, canonical
from avatar.voice.knowledge.problem import Problem

_SEPARATORS: Final = ",;\t"


@dataclass(frozen=True, slots=True)
class _Line:
    """One row of a table."""

    mark: str
    values: Sequence[str]
    places: Sequence[str]


def csv_rows(path: Path, text: str) -> Iterator[Row | Problem]:
    """The entries of a CSV file."""
    first = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=first.count)
    yield from _rows(_csv_lines(path.name, text, separator))


def _csv_lines(file: str, text: str, separator: str) -> Iterator[_Line]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    begins = 1
    for values in reader:
        place = f"{file}:{begins}"
        yield _Line(str(begins), values, [place] * len(values))
        begins = reader.line_num + 1


def xlsx_rows(path: Path) -> Iterator[Row | Problem]:
    """The entries of a workbook, sheet by sheet."""
    openpyxl = require("openpyxl", extra="talk", for_what=f"the workbook {path.name}")
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    try:
        for sheet in book.worksheets:
            yield from _rows(_sheet_lines(path.name, sheet))
    finally:
        book.close()


def _sheet_lines(file: str, sheet: Any) -> Iterator[_Line]:
    from openpyxl.utils import get_column_letter

    for number, values in enumerate(sheet.iter_rows(values_only=True), 1):
        where = f"{file} {sheet.title}!"
        places = [f"{where}{get_column_letter(i)}{number}" for i in range(1, len(values) + 1)]
        yield _Line(f"{sheet.title}!{number}", [_text(value) for value in values], places)


def _text(value: object) -> str:
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _rows(lines: Iterable[_Line]) -> Iterator[Row | Problem]:
    columns: list[str | None] = []
    asks = 0
    for line in lines:
        if not any(value.strip() for value in line.values):
            continue
        if not columns:
            columns = [canonical(value) for value in line.values]
            if "question" not in columns:
                yield Problem(line.places[0], "no_header", severe=True)
                return
            asks = columns.index("question")
            yield from _unknown(line, columns)
            continue
        cells = tuple(
            Cell(key, value, place)
            for key, value, place in zip(columns, line.values, line.places, strict=False)
            if key is not None
        )
        yield Row(line.mark, line.places[min(asks, len(line.places) - 1)], cells)


def _unknown(line: _Line, columns: Sequence[str | None]) -> Iterator[Problem]:
    for key, name, place in zip(columns, line.values, line.places, strict=True):
        if key is None and name.strip():
            yield Problem(place, "unknown_field", {"name": name, "known": ", ".join(FIELDS)})
