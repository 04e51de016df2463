"""A voice by name, or the best one this machine can run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from avatar import plugins
from avatar.clock import monotonic
from avatar.errors import AvatarError, ConfigError, UnknownPlugin
from avatar.media import Synthesizer
from avatar.voice import lexicon as lexicons
from avatar.voice.lexicon import Lexicon

Sex = Literal["female", "male"]

PREFERENCE: Final = ("kokoro", "espeak", "pyttsx3")
"""Best first."""
FAST_ENOUGH: Final = 0.8
"""Seconds of work per second of speech above which speech would stutter."""
_TRIAL: Final = {"zh": "今天天气很好。", "en": "The weather is fine."}


@dataclass(frozen=True, slots=True)
class Choice:
    """What ``auto`` took, and why."""

    synthesizer: Synthesizer
    reason: str
    """One line for a status line or ``avatar doctor``."""


def voices() -> list[str]:
    """Every voice that could be asked for, as ``plug-in/voice``."""
    names = list[str]()
    for name, entry in sorted(plugins.found("synthesizers").items()):
        try:
            kinds: tuple[str, ...] = getattr(entry.load(), "VOICES", ())
        except ImportError:
            continue
        names.extend([f"{name}/{voice}" for voice in kinds] or [name])
    return names


def create(
    name: str = "auto",
    *,
    sex: Sex = "female",
    lang: str = "auto",
    lexicon: Lexicon | Path | str | None = None,
) -> Synthesizer:
    """The voice called ``auto``, ``kokoro``, ``kokoro/zf_xiaoxiao``, ``espeak/male`` ...

    ``sex`` and ``lang`` (``auto``, ``zh``, ``en``) choose among a plug-in's voices when the name
    gives none; ``lexicon`` is a ``lexicon.toml``. Raises UnknownPlugin listing the voices,
    ConfigError for a wrong language or lexicon, and what the plug-in raises when it cannot run
    here (MissingExtra, MissingAsset).
    """
    if lang not in ("auto", "zh", "en"):
        raise ConfigError(f"no language {lang!r}: give auto, zh or en")
    words = lexicon if isinstance(lexicon, Lexicon) else lexicons.load(lexicon) if lexicon else None
    if name == "auto":
        return auto(sex=sex, lang=lang, lexicon=words).synthesizer
    plugin, _, voice = name.partition("/")
    if plugin not in plugins.found("synthesizers"):
        raise UnknownPlugin(f"no voice {name!r}: there are auto, {', '.join(voices())}")
    kind: Any = plugins.load("synthesizers", plugin)
    known: tuple[str, ...] = getattr(kind, "VOICES", ())
    if voice and known and voice not in known and not Path(voice).suffix:
        raise UnknownPlugin(f"no voice {name!r}: there are auto, {', '.join(voices())}")
    return _make(kind, voice or _suited(kind, sex, lang), words)


def auto(*, sex: Sex = "female", lang: str = "auto", lexicon: Lexicon | None = None) -> Choice:
    """The best voice that is installed, fetched and fast enough here, and why it was taken.

    Raises UnknownPlugin saying what each voice lacks when none can run.
    """
    refused = list[str]()
    for name in PREFERENCE:
        try:
            synthesizer = create(name, sex=sex, lang=lang, lexicon=lexicon)
            factor = _realtime_factor(synthesizer, lang)
        except (AvatarError, ImportError) as error:
            refused.append(f"{name}: {error}")
            continue
        if factor > FAST_ENOUGH and name != PREFERENCE[-1]:
            refused.append(f"{name}: too slow here, {factor:.1f} s of work per second of speech")
            synthesizer.close()
            continue
        better = f"; {'; '.join(refused)}" if refused else ""
        reason = f"voice {synthesizer.name}: {1 / max(factor, 1e-3):.0f} x real time here{better}"
        return Choice(synthesizer, reason)
    raise UnknownPlugin(f"no voice can run here: {'; '.join(refused)}")


def _make(kind: Any, voice: str, lexicon: Lexicon | None) -> Synthesizer:
    extra = {} if lexicon is None else {"lexicon": lexicon}
    return kind(voice, **extra) if voice else kind(**extra)


def _suited(kind: Any, sex: Sex, lang: str) -> str:
    suited = getattr(kind, "suited", None)
    return str(suited(sex, lang)) if suited else ""


def _realtime_factor(synthesizer: Synthesizer, lang: str) -> float:
    """Seconds of work per second of speech, measured; it also warms the voice up."""
    if synthesizer.capabilities.realtime_factor < 0.1:
        return synthesizer.capabilities.realtime_factor
    start = monotonic()
    spoken = list(synthesizer.synthesize(_TRIAL["en" if lang == "en" else "zh"]))
    return (monotonic() - start) / sum(speech.audio.duration for speech in spoken)
