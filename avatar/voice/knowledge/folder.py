"""A knowledge folder: every file of it read by its kind, entries and problems together."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from avatar.errors import MissingAsset, MissingExtra
from avatar.resources import models_dir
from avatar.voice.knowledge import markdown, table, yamlfile
from avatar.voice.knowledge.entry import Entry, Row, make
from avatar.voice.knowledge.problem import Problem

Reader = Callable[[Path], Iterable[Row | Problem]]

_LARGEST: Final = 20
"""MB of one file."""


def decode(data: bytes) -> str:
    """UTF-8, else GB 18030, as spreadsheet programs in China write it."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030")


def _written(read: Callable[[Path, str], Iterable[Row | Problem]]) -> Reader:
    return lambda path: read(path, decode(path.read_bytes()))


READERS: Final[Mapping[str, Reader]] = {
    ".md": _written(markdown.rows),
    ".csv": _written(table.csv_rows),
    ".yaml": _written(yamlfile.rows),
    ".yml": _written(yamlfile.rows),
    ".xlsx": table.xlsx_rows,
}
"""Ending of a file -> its reader."""


@dataclass(frozen=True, slots=True)
class FileKnowledge:
    """What one file holds."""

    stamp: tuple[int, int]
    """Modification time, ns, and size, bytes."""
    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What a folder holds."""

    folder: Path
    files: Mapping[str, FileKnowledge] = field(default_factory=dict[str, FileKnowledge])

    @property
    def entries(self) -> tuple[Entry, ...]:
        return tuple(entry for file in self.files.values() for entry in file.entries)

    @property
    def problems(self) -> tuple[Problem, ...]:
        return tuple(problem for file in self.files.values() for problem in file.problems)


def shipped() -> dict[str, Path]:
    """The knowledge folders that come with the package, by name."""
    root = models_dir() / "knowledge"
    return {path.name: path for path in sorted(root.glob("*")) if path.is_dir()}


def folder_path(name: str | Path) -> Path:
    """A shipped folder by name, or the folder given; raises MissingAsset."""
    path = Path(name).expanduser()
    if path.is_dir():
        return path
    known = shipped()
    if str(name) in known:
        return known[str(name)]
    raise MissingAsset(
        f"no knowledge folder {str(name)!r}: give a folder, or one of {', '.join(known)}"
    )


def load(folder: str | Path, before: Knowledge | None = None) -> Knowledge:
    """Read a folder; raises MissingAsset where there is none.

    ``before`` is what was read last: files that did not change are taken from it, and one that
    can no longer be read keeps the entries it had.
    """
    path = folder_path(folder)
    old = before.files if before is not None else {}
    files = {file.name: _file(file, path, old.get(file.name)) for file in _files(path)}
    return Knowledge(path, files)


def changed(knowledge: Knowledge) -> bool:
    """Whether any file of the folder is newer, gone or added."""
    now = {path.name: _stamp(path) for path in _files(knowledge.folder)}
    return now != {name: file.stamp for name, file in knowledge.files.items()}


def _files(folder: Path) -> list[Path]:
    """The files that count, by name; not the locks and hidden files that editors leave."""
    try:
        found = [path for path in folder.iterdir() if path.suffix.lower() in READERS]
    except OSError:
        return []
    return sorted(
        path for path in found if path.name[0] not in ".~_" and path.stem.lower() != "readme"
    )


def _stamp(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return (0, 0)
    return status.st_mtime_ns, status.st_size


def _file(path: Path, folder: Path, old: FileKnowledge | None) -> FileKnowledge:
    stamp = _stamp(path)
    if old is not None and old.stamp == stamp:
        return old
    if stamp[1] > _LARGEST * 1_000_000:
        problem = Problem(path.name, "too_big", {"limit": _LARGEST}, severe=True)
        return FileKnowledge(stamp, (), (problem,))
    entries, problems = list[Entry](), list[Problem]()
    try:
        for row in READERS[path.suffix.lower()](path):
            if isinstance(row, Problem):
                problems.append(row)
                continue
            entry, doubts = make(row, folder, path.name)
            problems += doubts
            if entry is not None:
                entries.append(entry)
    except MissingExtra:
        raise
    except Exception as error:  # a file is what somebody typed: whatever a parser says of it
        why = " ".join(str(error).split())[:160] or type(error).__name__
        problem = Problem(path.name, "unreadable", {"why": why}, severe=True)
        return FileKnowledge(stamp, old.entries if old else (), (problem,))
    return FileKnowledge(stamp, tuple(entries), tuple(problems))


def place_key(folder: Path) -> str:
    """A short name for a folder's own files in the user's folders."""
    digest = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]
    return f"{folder.resolve().name}-{digest}"
