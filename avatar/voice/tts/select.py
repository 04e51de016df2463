"""A voice by name, or the best one this machine can run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from avatar import plugins
from avatar.errors import AvatarError, ConfigError, UnknownPlugin
from avatar.media import Synthesizer

Sex = Literal["female", "male"]

PREFERENCE: Final = ("kokoro", "espeak", "pyttsx3")
"""Best first."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What ``auto`` took, and why."""

    synthesizer: Synthesizer
    reason: str
    """One line for the status line or ``avatar doctor``."""


def voices() -> list[str]:
    """Every voice that could be asked for, as ``plug-in/voice``."""
    names = list[str]()
    for name, entry in plugins.found("synthesizers").items():
        try:
            kinds = getattr(entry.load(), "VOICES", ())
        except ImportError:
            continue
        names.extend([f"{name}/{voice}" for voice in kinds] or [name])
    return names


def create(
    name: str = "auto",
    *,
    sex: Sex = "female",
    lang: str = "auto",
    lexicon: Lexicon | str | Path | None = None,
) -> Synthesizer:
    """The voice called ``auto``, ``kokoro``, ``kokoro/zf_xiaoxiao``, ``espeak/male`` ...

    ``sex`` and ``lang`` (``auto``, ``zh``, ``en``) choose among a plug-in's voices when the name
    gives none. Raises UnknownPlugin listing the voices, ConfigError for a wrong language, and
    what the plug-in raises when it cannot run here (MissingExtra, MissingAsset).
    """
    if name == "auto":
        return auto(sex=sex, lang=lang).synthesizer
    _check_lang(lang)
    plugin, _, voice = name.partition("/")
    if plugin not in plugins.found("synthesizers"):
        raise UnknownPlugin(f"no voice {name!r}: there are auto, {', '.join(voices())}")
    kind: Any = plugins.load("synthesizers", plugin)
    known: tuple[str, ...] = getattr(kind, "VOICES", ())
    if voice and known and voice not in known:
        raise UnknownPlugin(f"no voice {name!r}: there are auto, {', '.join(voices())}")
    chosen = voice or _suited(kind, sex, lang)
    return kind(chosen) if chosen else kind()


def auto(*, sex: Sex = "female", lang: str = "auto") -> Choice:
    """The best voice that is installed, fetched and fast enough here."""
    _check_lang(lang)
    refused = list[str]()
    for name in PREFERENCE:
        try:
            synthesizer = create(name, sex=sex, lang=lang)
        except (AvatarError, ImportError) as error:
            refused.append(f"{name}: {error}")
            continue
        because = f" ({'; '.join(refused)})" if refused else ""
        return Choice(synthesizer, f"voice {synthesizer.name}{because}")
    raise UnknownPlugin(f"no voice can run here: {'; '.join(refused)}")


def _suited(kind: Any, sex: Sex, lang: str) -> str:
    suited = getattr(kind, "suited", None)
    return str(suited(sex, lang)) if suited else ""


def _check_lang(lang: str) -> None:
    if lang not in ("auto", "zh", "en"):
        raise ConfigError(f"no language {lang!r}: give auto, zh or en")
