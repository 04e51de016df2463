"""The user's ``lexicon.toml``: how names and brands are pronounced.

::

    [zh]                       # pinyin with tone numbers, one syllable a hanzi
    "单田芳" = "shan4 tian2 fang1"
    [en]                       # plain words, or IPA between slashes
    Qwen = "kwen"
    Nguyen = "/nɡuːˈjɛn/"
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from avatar.errors import ConfigError
from avatar.voice import phonemes


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Pronunciations by spelling."""

    zh: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """Hanzi -> pinyin syllables with tone numbers."""
    en: Mapping[str, str] = field(default_factory=dict[str, str])
    """Lower-case spelling -> words to read instead, or IPA between slashes."""


def load(path: Path | str) -> Lexicon:
    """Read a lexicon file; raises ConfigError naming the entry that is wrong."""
    try:
        table = tomllib.loads(Path(path).read_text("utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(f"no lexicon at {path}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not TOML: {error}") from error
    return parse(table, str(path))


def parse(table: Mapping[str, Any], source: str = "lexicon") -> Lexicon:
    """Check a lexicon's tables ``zh`` and ``en``; raises ConfigError."""
    for key in table:
        if key not in ("zh", "en"):
            raise ConfigError(f"{source}: no table [{key}]: give [zh] and [en]")
    zh = {k: _pinyin(k, v, source) for k, v in dict(table.get("zh", {})).items()}
    en = {k.lower(): _english(k, v, source) for k, v in dict(table.get("en", {})).items()}
    return Lexicon(zh, en)


def _pinyin(word: str, value: Any, source: str) -> tuple[str, ...]:
    syllables = tuple(str(value).split())
    if len(syllables) != len(word):
        raise ConfigError(f"{source}: zh.{word} has {len(word)} hanzi, {len(syllables)} syllables")
    for syllable in syllables:
        try:
            phonemes.parse_pinyin(syllable)
        except ValueError as error:
            raise ConfigError(f"{source}: zh.{word}: {error}") from error
    return tuple(s if s[-1].isdigit() else s + "5" for s in syllables)


def _english(word: str, value: Any, source: str) -> str:
    text = str(value).strip()
    if text.startswith("/") and text.endswith("/") and len(text) > 2:
        try:
            phonemes.espeak_mnemonics(text.strip("/"))
        except ValueError as error:
            raise ConfigError(f"{source}: en.{word}: {error}") from error
    elif not re.fullmatch(r"[A-Za-z' -]+", text):
        raise ConfigError(f"{source}: en.{word}: give plain words, or IPA between slashes")
    return text
