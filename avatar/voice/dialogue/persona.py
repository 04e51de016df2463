"""A persona file: who the figure is, what it may say, and its own words for awkward moments.

::

    name = { zh = "小美", en = "Mei" }
    language = "auto"                      # auto: the visitor's; zh or en: always that one
    manner = { zh = "亲切，一两句话说完。", en = "Warm; a sentence or two." }

    [limits]
    sentences = 4                          # of a freely written answer
    characters = 240                       # of a freely written answer
    longest = 1500                         # of any answer, characters
    patience = 4.0                         # s that the first sentence may take

    [facts]
    free = "talk"                          # what a model may write: off, talk, facts
    known = { zh = ["展厅在二楼。"], en = ["The hall is on the second floor."] }

    [words]
    forbidden = ["赌博", "gambling"]

    [tools]
    on = ["say", "gesture", "emote", "look", "show_picture"]

    [memory]
    days = 30                              # how long a visitor is remembered, with consent

    [lines]                                # each { zh = "…" or ["…", …], en = … }
    fallback = { zh = "这个我不知道。", en = "I don't know that." }
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from avatar.errors import ConfigError
from avatar.resources import models_dir
from avatar.voice.dialogue.schema import Table
from avatar.voice.text.patterns import HANZI

LANGUAGES: Final = ("zh", "en")
FREEDOMS: Final = ("off", "talk", "facts")
BUILT_IN_TOOLS: Final = ("say", "gesture", "emote", "look", "show_picture")

Both = Mapping[str, tuple[str, ...]]
"""Wordings by language."""

LINES: Final[Mapping[str, Both]] = {
    "greeting": {"zh": ("您好，有什么可以帮您？",), "en": ("Hello, how can I help you?",)},
    "fallback": {
        "zh": (
            "这个我不知道，不想随便猜。",
            "这个问题我答不上来，也不想乱说。",
        ),
        "en": (
            "I don't know that, and I'd rather not guess.",
            "I can't answer that, and I'd rather not make something up.",
        ),
    },
    "refusal": {"zh": ("这个话题我不方便谈。",), "en": ("I'd rather not talk about that.",)},
    "timeout": {"zh": ("请稍等，我还在想。",), "en": ("One moment, I am still thinking.",)},
    "lost": {"zh": ("抱歉，我一时说不下去了。",), "en": ("Sorry, I lost my thread there.",)},
    "consent": {
        "zh": ("要我记住我们的谈话，下次好接着聊吗？",),
        "en": ("May I remember our talk for your next visit?",),
    },
    "remembered": {"zh": ("好的，我记住了。",), "en": ("Gladly, I will remember.",)},
    "forgotten": {
        "zh": ("好的，关于您的记录我都删掉了。",),
        "en": ("Done. I have deleted all I knew about you.",),
    },
}  # fmt: skip
"""What is said where a persona file has no line of its own."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is said, and how long is waited."""

    sentences: int = 4
    """Of a freely written answer at most."""
    characters: int = 240
    """Of a freely written answer at most."""
    longest: int = 1500
    """Of any answer at most, characters."""
    patience: float = 4.0
    """s the first sentence of a dialogue may take before the next one is asked."""


@dataclass(frozen=True, slots=True)
class Persona:
    """Who the figure is. Made by ``load`` or ``parse``, which check it."""

    name: Both = field(default_factory=lambda: {"zh": ("小美",), "en": ("Mei",)})
    language: str = "auto"
    """``zh`` or ``en``: it answers in that one only; ``auto``: in the visitor's."""
    manner: Both = field(default_factory=dict[str, tuple[str, ...]])
    """How it talks, told to a model."""
    limits: Limits = Limits()
    free: str = "talk"
    """What a model may write of its own: ``off`` nothing, ``talk`` small talk and known facts in
    its own words, ``facts`` anything."""
    known: Both = field(default_factory=dict[str, tuple[str, ...]])
    """Facts about itself and its place, one sentence each."""
    forbidden: tuple[str, ...] = ()
    """Words it never says."""
    tools: tuple[str, ...] = BUILT_IN_TOOLS
    """Names of the tools that are on; all others cannot be called."""
    days: float = 30.0
    """How long a visitor who agreed is remembered, days."""
    lines: Mapping[str, Both] = field(default_factory=lambda: dict(LINES))

    def called(self, lang: str) -> str:
        """Its name in a language, or in the other where it has just one."""
        return _in(self.name, lang)[0]

    def facts(self, lang: str) -> tuple[str, ...]:
        """What it knows of itself, in a language or else in the other."""
        return _in(self.known, lang)

    def way(self, lang: str) -> str:
        """How it talks, in a language or else in the other."""
        return " ".join(_in(self.manner, lang))

    def line(self, kind: str, lang: str, turn: int = 0) -> str:
        """Its own words of a ``kind`` (see ``LINES``); wordings take turns by ``turn``."""
        wordings = self.lines[kind].get(lang) or LINES[kind][lang]
        return wordings[turn % len(wordings)]

    def answers_in(self, text: str, lang: str = "auto") -> str:
        """``zh`` or ``en``: the language to answer ``text`` in."""
        return self.language if self.language != "auto" else language_of(text, lang)


def language_of(text: str, lang: str = "auto") -> str:
    """``zh`` or ``en``: ``lang`` if it says so, else Chinese where the text has any hanzi."""
    if lang in LANGUAGES:
        return lang
    return "zh" if re.search(f"[{HANZI}]", text) else "en"


def _in(both: Both, lang: str) -> tuple[str, ...]:
    return both.get(lang) or next(iter(both.values()), ())


def shipped() -> dict[str, Path]:
    """The personas that come with the package, by name."""
    return {path.stem: path for path in sorted((models_dir() / "personas").glob("*.toml"))}


def load(name: Path | str = "mei") -> Persona:
    """A shipped persona by name, or one of your own by path.

    Raises ConfigError naming the file and the key that is wrong.
    """
    path = shipped().get(str(name)) or Path(name).expanduser()
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(
            f"no persona {str(name)!r}: give a .toml file, or one of {', '.join(shipped())}"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from error
    return parse(table, str(path))


def parse(values: Mapping[str, Any], source: str = "persona") -> Persona:
    """Check a persona's tables; raises ConfigError naming the key that is wrong."""
    table = Table(values, source)
    plain = Persona()
    facts, memory = table.table("facts"), table.table("memory")
    words, tools = table.table("words"), table.table("tools")
    persona = Persona(
        name=_wordings(table, "name", plain.name),
        language=table.choice("language", ("auto", *LANGUAGES), plain.language),
        manner=_wordings(table, "manner", {}),
        limits=_limits(table.table("limits")),
        free=facts.choice("free", FREEDOMS, plain.free),
        known=_wordings(facts, "known", {}),
        forbidden=words.strings("forbidden"),
        tools=tools.strings("on", plain.tools),
        days=memory.number("days", plain.days, 0.0, 3650.0),
        lines=_lines(table.table("lines")),
    )
    for part in (table, facts, memory, words, tools):
        part.done()
    return persona


def _limits(table: Table) -> Limits:
    plain = Limits()
    limits = Limits(
        sentences=int(table.number("sentences", plain.sentences, 1, 50)),
        characters=int(table.number("characters", plain.characters, 20, 5000)),
        longest=int(table.number("longest", plain.longest, 20, 20000)),
        patience=table.number("patience", plain.patience, 0.1, 120.0),
    )
    table.done()
    return limits


def _lines(table: Table) -> Mapping[str, Both]:
    lines = {kind: _wordings(table, kind, default) for kind, default in LINES.items()}
    table.done()
    return lines


def _wordings(table: Table, key: str, default: Both) -> Both:
    """``{ zh = "…" or ["…", …], en = … }``, or one string for both languages."""
    if not table.has(key):
        return default
    if table.is_text(key):
        return dict.fromkeys(LANGUAGES, table.strings(key))
    both = table.table(key)
    found: dict[str, Sequence[str]] = {lang: both.strings(lang) for lang in LANGUAGES}
    both.done()
    own = {lang: tuple(texts) for lang, texts in found.items() if texts}
    if not own:
        raise ConfigError(f"{table.where(key)}: give zh, en or both")
    return own
