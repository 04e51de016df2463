"""A recogniser by name, or the best one this machine can run."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from avatar import plugins
from avatar.errors import AvatarError, ConfigError, MissingAsset
from avatar.media import Recognizer

PREFERENCE: Final = {
    "en": ("whisper", "vosk", "pocketsphinx"),
    "zh": ("whisper", "vosk"),
    "auto": ("whisper",),
}
"""Best first, by language; ``auto`` is whoever speaks, so it must hear both."""
ELSEWHERE: Final = ("vosk",)
"""For any other language. ``text`` is never taken by itself: it needs somebody who types."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What ``auto`` took, and why."""

    recognizer: Recognizer
    reason: str
    """One line for a status line."""


def create(name: str = "auto", *, lang: str = "auto", hot_words: Sequence[str] = ()) -> Recognizer:
    """The recogniser called ``auto``, ``whisper``, ``vosk/ko``, ``vosk/FOLDER``, ``text`` ...

    Raises UnknownPlugin listing the known ones, and what the plug-in raises that cannot run here.
    """
    if name == "auto":
        return auto(lang, hot_words).recognizer
    plugin, _, model = name.partition("/")
    kind: Any = plugins.load("recognizers", plugin)
    given: dict[str, Any] = {"lang": lang, "hot_words": hot_words}
    takes = inspect.signature(kind).parameters
    options = {key: value for key, value in given.items() if key in takes}
    return kind(model, **options) if model else kind(**options)


def auto(lang: str = "auto", hot_words: Sequence[str] = ()) -> Choice:
    """The best for ``lang`` (``auto``, ``zh``, ``en``, ``ko`` ...) that runs here.

    Raises ConfigError for what is no language, MissingAsset saying why each was refused.
    """
    if lang != "auto" and not (lang.isalpha() and lang.islower() and len(lang) in (2, 3)):
        raise ConfigError(f"{lang!r} is no language: give auto or a code as zh, en, ko")
    refused = list[str]()
    for name in PREFERENCE.get(lang, ELSEWHERE):
        try:
            recognizer = create(name, lang=lang, hot_words=hot_words)
        except (AvatarError, ImportError) as error:
            refused.append(f"{name}: {error}")
            continue
        return Choice(recognizer, "; ".join([f"hearing with {recognizer.name}", *refused]))
    raise MissingAsset(f"nothing here hears {lang}: {'; '.join(refused)}")
