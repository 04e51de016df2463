"""What the command line says, in Chinese and English, chosen by the locale.

``tr("saved", path=path)`` gives the sentence in the user's language. The catalogue is data:
one key, two sentences with the same fields.
"""

from __future__ import annotations

import locale
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import cache
from typing import Final, Literal

from avatar.apps.catalogue import CATALOGUE
from avatar.apps.catalogue_capture import CAPTURE
from avatar.apps.catalogue_cli import CLI
from avatar.apps.catalogue_knowledge import KNOWLEDGE
from avatar.apps.catalogue_model import MODEL
from avatar.apps.catalogue_talk import TALK

Language = Literal["en", "zh"]

SENTENCES: Final = {**CATALOGUE, **CLI, **MODEL, **CAPTURE, **KNOWLEDGE, **TALK}
_VARIABLES: Final = ("AVATAR_LANG", "LC_ALL", "LC_MESSAGES", "LANG")


def tr(key: str, /, **fields: object) -> str:
    """The sentence ``key`` in the user's language with ``fields`` filled in.

    KeyError for a key the catalogue does not have, or a field the sentence asks for.
    """
    english, chinese = SENTENCES[key]
    sentence = chinese if language() == "zh" else english
    return sentence.format(**fields)


@cache
def language() -> Language:
    """The user's language: AVATAR_LANG, then LC_ALL, LC_MESSAGES, LANG, then the system's."""
    return choose(os.environ, system_locale)


def choose(environ: Mapping[str, str], system: Callable[[], str]) -> Language:
    """``zh`` or ``en`` by the first variable that is set, else by the system's own locale name."""
    named = next((environ[name] for name in _VARIABLES if environ.get(name)), None)
    return "zh" if (named or system()).lower().startswith("zh") else "en"


def system_locale(platform: str = sys.platform) -> str:
    """The desktop's locale name such as ``zh_CN``, or '' where it cannot be told."""
    if platform == "win32":
        return _windows_locale()
    if platform == "darwin":
        return _macos_locale()
    return ""


def _windows_locale() -> str:
    import ctypes

    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009 - absent from other systems' stubs
    return locale.windows_locale.get(kernel.GetUserDefaultUILanguage(), "")


def _macos_locale() -> str:
    try:
        return subprocess.run(
            ["defaults", "read", "-g", "AppleLocale"],
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        ).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        return ""


def use_utf8() -> None:
    """Let the console take any character: a Windows code page would raise on 中文."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")
