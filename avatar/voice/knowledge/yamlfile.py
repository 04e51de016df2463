"""Knowledge in YAML: a list of entries, or a mapping with ``topic`` and ``entries``.

::

    - question: [你们几点开门？, When do you open?]
      zh: 我们九点开门。                 # one answer, or a list of answers told in turn
      en: We open at nine.
      gesture: explain
      next: 周末开门吗？

Only plain text is taken from the tree, by hand: no tag makes an object.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from avatar.plugins import require
from avatar.voice.knowledge.entry import FIELDS, Cell, Row, canonical
from avatar.voice.knowledge.problem import Problem


def rows(path: Path, text: str) -> Iterator[Row | Problem]:
    """The entries of a YAML file; raises ValueError where it is no YAML."""
    yaml = require("yaml", extra="talk", for_what=f"the file {path.name}")
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark else ""
        raise ValueError(f"{where}{getattr(error, 'problem', None) or 'not YAML'}") from error
    topic, entries = "", root
    if root is not None and root.id == "mapping":
        parts = {key.value: value for key, value in root.value if key.id == "scalar"}
        entries = parts.get("entries")
        topic = str(getattr(parts.get("topic"), "value", ""))
    if entries is None or entries.id != "sequence":
        yield Problem(f"{path.name}:1", "not_text", {"name": "entries", "kind": "no list"}, True)
        return
    for count, node in enumerate(entries.value, 1):
        yield from _entry(path.name, count, node, topic)


def _entry(file: str, count: int, node: Any, topic: str) -> Iterator[Row | Problem]:
    place = f"{file}:{node.start_mark.line + 1}"
    if node.id != "mapping":
        yield Problem(place, "not_text", {"name": "an entry", "kind": node.id}, severe=True)
        return
    cells = [Cell("topic", topic, place)]
    for key, value in node.value:
        where = f"{file}:{key.start_mark.line + 1}"
        known = canonical(str(key.value)) if key.id == "scalar" else None
        if known is None:
            yield Problem(where, "unknown_field", {"name": key.value, "known": ", ".join(FIELDS)})
            continue
        texts = _texts(value)
        if texts is None:
            fields = {"name": known, "kind": value.id}
            yield Problem(where, "not_text", fields, severe=True)
            return
        cells += [Cell(known, text, where) for text in texts]
    yield Row(str(count), place, tuple(cells))


def _texts(node: Any) -> list[str] | None:
    """The texts of a scalar or of a list of scalars; None for anything deeper."""
    nodes = node.value if node.id == "sequence" else [node]
    if any(item.id != "scalar" for item in nodes):
        return None
    return ["" if item.tag.endswith(":null") else item.value for item in nodes]
