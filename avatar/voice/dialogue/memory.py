"""What is remembered of a visitor: with consent, for a time, and gone when they ask.

Without consent nothing touches the disk. Deleted rows are overwritten (``secure_delete``) and the
file is packed, so that forgetting is more than unlinking.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import Any, Final

from platformdirs import user_data_path

from avatar.clock import since_1970
from avatar.errors import OutputError
from avatar.media import Exchange, Question, Reply
from avatar.voice.dialogue.persona import Persona, language_of

_DAY: Final = 86400.0
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS visitor (id TEXT PRIMARY KEY, agreed REAL NOT NULL, seen REAL NOT NULL);
CREATE TABLE IF NOT EXISTS exchange (visitor TEXT NOT NULL REFERENCES visitor(id) ON DELETE CASCADE,
  t REAL NOT NULL, question TEXT NOT NULL, answer TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS fact (visitor TEXT NOT NULL REFERENCES visitor(id) ON DELETE CASCADE,
  kind TEXT NOT NULL, value TEXT NOT NULL, t REAL NOT NULL, PRIMARY KEY (visitor, kind));
CREATE INDEX IF NOT EXISTS by_visitor ON exchange (visitor, t);
"""

_FORGET: Final = re.compile(
    r"\b(?:forget (?:about )?(?:me|us|everything (?:about me|i (?:said|told you)))|"
    r"(?:delete|erase|remove) (?:all )?(?:my data|my (?:information|records?|memory)|"
    r"(?:everything|what) you (?:know|remember|have) (?:about|on) me))\b|"
    r"(?:忘了|忘掉|忘记)(?:我(?!的?(?:名字|问|说))|关于我)|(?:把|将)我(?:忘了|忘掉|忘记)|"
    r"(?:删除|删掉|清除|抹掉)(?:所有|全部)?(?:关于)?我的?(?:信息|数据|记录|资料|记忆|一切)|"
    r"别再?记(?:住|得)我|不要(?:再)?记(?:住|得)我",
    re.IGNORECASE,
)
_NEGATED: Final = re.compile(
    r"\b(?:don['’]?t|do not|never|won['’]?t|not)\b[^.!?]{0,12}\bforget|"
    r"(?:别|不要|不许|不会|没有?)(?:把我|再)?忘",
    re.IGNORECASE,
)
_REMEMBER: Final = re.compile(
    r"^\W*(?:yes,? |sure,? |ok(?:ay)?,? )?(?:please |you (?:may|can) )?"
    r"remember (?:me|our (?:talk|chat|conversation)|this talk)\b|"
    r"^\W*(?:好的?|可以|行)?[，,]?(?:请|你可以|您可以)?记住我(?:吧|们的谈话)?\W*$",
    re.IGNORECASE,
)
_NAME: Final = re.compile(
    r"\b(?:my name is|call me|i am called)\s+([A-Z][\w'’-]*(?:\s+[A-Z][\w'’-]*)?)|"
    r"(?:我叫|我的名字(?:是|叫)|叫我|我是)([\u4e00-\u9fff]{2,4}?)(?:吧|就行|就好)?(?=$|[，。！,.!\s])"
)
_NOT_NAMES: Final = frozenset(
    ["什么", "谁", "来的", "学生", "老师", "游客", "本地人", "外地人", "第一次"]
)


def wants_to_be_forgotten(text: str) -> bool:
    """Whether a visitor asks for their memory to be deleted."""
    return bool(_FORGET.search(text)) and not _NEGATED.search(text)


def wants_to_be_remembered(text: str) -> bool:
    """Whether a visitor, in so many words, agrees to be remembered."""
    return bool(_REMEMBER.search(text)) and not wants_to_be_forgotten(text)


def name_in(text: str) -> str:
    """The name by which a visitor introduces themselves, or ``""``."""
    found = _NAME.search(text)
    name = (found[1] or found[2]) if found else ""
    return "" if name in _NOT_NAMES else name


def memory_path() -> Path:
    """Where memory lies unless another place is named."""
    return user_data_path("avatar-engine", appauthor=False) / "memory.sqlite"


class Memory:
    """Visitors who agreed, in one SQLite file; any thread may call.

    ``days`` is how long a visitor is kept after their last visit; ``now`` the time of day in s
    since 1970. Raises OutputError where the file cannot be used.
    """

    def __init__(
        self,
        path: Path | None = None,
        *,
        days: float = 30.0,
        now: Callable[[], float] = since_1970,
    ) -> None:
        self._path, self._days, self._now = path or memory_path(), days, now
        self._one = Lock()

    def agree(self, visitor: str) -> None:
        """The visitor agrees to be remembered, from now on."""
        if visitor:
            now = self._now()
            with self._connected() as db:
                db.execute("INSERT OR IGNORE INTO visitor VALUES (?, ?, ?)", (visitor, now, now))

    def agreed(self, visitor: str) -> bool:
        """Whether the visitor has agreed."""
        return bool(self._rows("SELECT 1 FROM visitor WHERE id = ?", (visitor,)))

    def keep(self, visitor: str, exchange: Exchange) -> bool:
        """Remember an exchange if the visitor agreed; returns whether it was."""
        if not visitor or not self.agreed(visitor):
            return False
        name = name_in(exchange.question)
        with self._open() as db:
            if db is None:
                return False
            now = self._now()
            row = (visitor, now, exchange.question, exchange.answer)
            db.execute("INSERT INTO exchange VALUES (?, ?, ?, ?)", row)
            db.execute("UPDATE visitor SET seen = ? WHERE id = ?", (now, visitor))
            if name:
                db.execute("INSERT OR REPLACE INTO fact VALUES (?, 'name', ?, ?)",
                           (visitor, name, now))  # fmt: skip
        return True

    def history(self, visitor: str, last: int = 6) -> tuple[Exchange, ...]:
        """The last exchanges, oldest first; none without consent."""
        rows = self._rows(
            "SELECT question, answer FROM exchange WHERE visitor = ? "
            "ORDER BY t DESC, rowid DESC LIMIT ?",
            (visitor, last),
        )
        return tuple(Exchange(*row) for row in reversed(rows))

    def name(self, visitor: str) -> str:
        """What the visitor is called, if they ever said."""
        rows = self._rows("SELECT value FROM fact WHERE visitor = ? AND kind = 'name'", (visitor,))
        return rows[0][0] if rows else ""

    def recall(self, question: Question, last: int = 6) -> Question:
        """The question with what was said before and the visitor's name."""
        if not question.visitor:
            return question
        name = self.name(question.visitor)
        lang = language_of(question.text, question.lang)
        about = {"zh": f"访客名叫{name}。", "en": f"The visitor is called {name}."}[lang]
        earlier = self.history(question.visitor, last)
        return replace(
            question,
            history=_joined(earlier, question.history),
            facts=(*question.facts, about) if name else question.facts,
        )

    def forget(self, visitor: str) -> bool:
        """Delete all about a visitor, their consent too; returns whether there was anything."""
        with self._open() as db:
            if db is None:
                return False
            gone = db.execute("DELETE FROM visitor WHERE id = ?", (visitor,)).rowcount > 0
        self._pack()
        return gone

    def expire(self) -> int:
        """Delete visitors not seen for ``days``; returns how many there were."""
        with self._open() as db:
            if db is None:
                return 0
            before = self._now() - self._days * _DAY
            gone = db.execute("DELETE FROM visitor WHERE seen < ?", (before,)).rowcount
        if gone:
            self._pack()
        return gone

    def _rows(self, query: str, values: tuple[object, ...]) -> list[tuple[Any, ...]]:
        with self._open() as db:
            return db.execute(query, values).fetchall() if db is not None else []

    @contextmanager
    def _open(self) -> Generator[sqlite3.Connection | None]:
        """The database in one transaction; None while there is none yet."""
        if not self._path.is_file():
            yield None
            return
        with self._connected() as db:
            yield db

    @contextmanager
    def _connected(self) -> Generator[sqlite3.Connection]:
        """The database in one transaction, made where there is none yet."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._one, closing(sqlite3.connect(self._path, timeout=5.0)) as db, db:
                db.execute("PRAGMA secure_delete = ON")
                db.execute("PRAGMA foreign_keys = ON")
                db.executescript(_TABLES)
                yield db
        except (sqlite3.Error, OSError) as error:
            raise OutputError(f"memory {self._path}: {error}; move the file away") from error

    def _pack(self) -> None:
        with closing(sqlite3.connect(self._path, timeout=5.0)) as db:
            db.execute("PRAGMA secure_delete = ON")
            db.execute("VACUUM")


def _joined(earlier: tuple[Exchange, ...], now: tuple[Exchange, ...]) -> tuple[Exchange, ...]:
    """Earlier exchanges before those of this talk, none twice."""
    return (*(exchange for exchange in earlier if exchange not in now), *now)


class MemoryDialogue:
    """Answers "remember me" and "forget me", and does it; knows nothing else."""

    name = "memory"

    def __init__(self, memory: Memory, persona: Persona) -> None:
        self._memory, self._persona = memory, persona

    def answer(self, question: Question) -> Iterator[Reply]:
        """One sentence once it is done; none for anything else."""
        if question.cancelled() or not question.visitor:
            return
        if wants_to_be_forgotten(question.text):
            self._memory.forget(question.visitor)
            yield self._line("forgotten", question)
        elif wants_to_be_remembered(question.text):
            self._memory.agree(question.visitor)
            yield self._line("remembered", question)

    def close(self) -> None:
        """Nothing is held open."""

    def _line(self, kind: str, question: Question) -> Reply:
        lang = self._persona.answers_in(question.text, question.lang)
        return Reply(self._persona.line(kind, lang), lang, source=f"memory:{kind}")
