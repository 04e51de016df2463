"""A recogniser by name, or the best one this machine can run."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from avatar import plugins
from avatar.errors import AvatarError, ConfigError, MissingAsset
from avatar.media import Recognizer

PREFERENCE: Final = {"en": ("whisper", "pocketsphinx"), "zh": ("whisper",), "auto": ("whisper",)}
"""Best first, by language; ``auto`` is whoever speaks, so it must hear both."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What ``auto`` took, and why."""

    recognizer: Recognizer
    reason: str
    """One line for a status line."""


def create(name: str = "auto", *, lang: str = "auto", hot_words: Sequence[str] = ()) -> Recognizer:
    """The recogniser called ``auto``, ``whisper``, ``whisper/FOLDER``, ``pocketsphinx`` ...

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
    """The best for ``lang`` (``auto``, ``zh``, ``en``) that runs here; raises MissingAsset."""
    if lang not in PREFERENCE:
        raise ConfigError(f"no recogniser is known for {lang!r}: give auto, zh or en")
    refused = list[str]()
    for name in PREFERENCE[lang]:
        try:
            recognizer = create(name, lang=lang, hot_words=hot_words)
        except (AvatarError, ImportError) as error:
            refused.append(f"{name}: {error}")
            continue
        return Choice(recognizer, "; ".join([f"hearing with {recognizer.name}", *refused]))
    raise MissingAsset(f"nothing here hears {lang}: {'; '.join(refused)}")
