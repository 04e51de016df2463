"""Fixed lines, for tests and shows: in order, or each for the words it answers.

::

    [[line]]                          # the next one at each question
    say = "欢迎来到展厅。"
    gesture = "bow"

    [[line]]                          # whenever the question holds one of these
    when = ["几点", "what time"]
    say = { zh = "九点开门。", en = "We open at nine." }
    emotion = "happy"
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from avatar.errors import ConfigError
from avatar.media import Question, Reply
from avatar.voice.dialogue.persona import LANGUAGES, language_of
from avatar.voice.dialogue.schema import Table
from avatar.voice.dialogue.sentences import split


@dataclass(frozen=True, slots=True)
class Line:
    """One answer."""

    say: dict[str, str]
    """The text by language; at least one."""
    when: tuple[str, ...] = ()
    """Answers a question that holds one of these; empty: its turn comes in order."""
    emotion: str = ""
    gesture: str = ""
    picture: str = ""


class ScriptDialogue:
    """Says its lines; when those in order are used up it does not know.

    ``script`` is a TOML file, or the lines themselves. Raises ConfigError naming the key at fault.
    """

    def __init__(self, script: str | Path | Sequence[str | Line] = ()) -> None:
        self._name = Path(script).stem if isinstance(script, str | Path) and script else ""
        lines = _read(script) if isinstance(script, str | Path) else script
        self._lines = [
            Line(dict.fromkeys(LANGUAGES, x)) if isinstance(x, str) else x for x in lines
        ]
        self._ordered = iter([line for line in self._lines if not line.when])

    @property
    def name(self) -> str:
        return f"script/{self._name}" if self._name else "script"

    def answer(self, question: Question) -> Iterator[Reply]:
        """The line that fits, else the next in order, sentence by sentence."""
        line = self._fitting(question.text) or next(self._ordered, None)
        if line is None:
            return
        lang = language_of(question.text, question.lang)
        text = line.say.get(lang) or next(iter(line.say.values()))
        for i, sentence in enumerate(split([text], early=False)):
            if question.cancelled():
                return
            first = (line.emotion, line.gesture, line.picture) if i == 0 else ("", "", "")
            yield Reply(sentence, language_of(sentence), *first, source=f"script:{self._name}")

    def close(self) -> None:
        """Nothing is held."""

    def _fitting(self, text: str) -> Line | None:
        asked = _plain(text)
        return next((x for x in self._lines if any(_plain(w) in asked for w in x.when)), None)


def _plain(text: str) -> str:
    """Letters and digits only, in one case."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())


def _read(script: str | Path) -> list[Line]:
    if not str(script):
        return []
    path = Path(script).expanduser()
    try:
        table = Table(tomllib.loads(path.read_text("utf-8")), str(path))
    except OSError as error:
        raise ConfigError(f"no script at {path}: give a .toml file with [[line]] tables") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from error
    lines = [_line(line) for line in table.tables("line")]
    table.done()
    return lines


def _line(table: Table) -> Line:
    line = Line(
        _wording(table),
        table.strings("when"),
        *(" ".join(table.strings(key)) for key in ("emotion", "gesture", "picture")),
    )
    table.done()
    return line


def _wording(table: Table) -> dict[str, str]:
    if not table.has("say"):
        raise ConfigError(f"{table.where('say')} is missing: give the text")
    if table.is_text("say"):
        return dict.fromkeys(LANGUAGES, " ".join(table.strings("say")))
    both = table.table("say")
    said = {lang: " ".join(both.strings(lang)) for lang in LANGUAGES}
    both.done()
    return {lang: text for lang, text in said.items() if text}
