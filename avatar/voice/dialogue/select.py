"""Dialogues by name, chained: ``faq,onnx``, ``faq/hall,openai/qwen2.5``, or what can run here."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from avatar import plugins
from avatar.errors import AvatarError, ConfigError
from avatar.media import Dialogue, Question
from avatar.voice.dialogue import persona as personas
from avatar.voice.dialogue.chain import Chain
from avatar.voice.dialogue.persona import Persona

PREFERENCE: Final = ("faq", "openai", "onnx")
"""What ``auto`` tries, in the order in which they are then asked."""


def create(
    spec: str = "auto",
    *,
    persona: Persona | Path | str = "mei",
    notice: Callable[[str], None] | None = None,
    **settings: Any,
) -> Chain:
    """The dialogues of ``spec`` in one chain under a persona.

    ``spec`` is ``auto`` or names apart by commas, each ``plug-in`` or ``plug-in/what``: a model,
    a folder or a file of that plug-in. A plug-in's constructor is given ``what`` and those of
    ``persona`` and ``settings`` that it has a parameter for. Raises UnknownPlugin, ConfigError,
    and what a plug-in raises that cannot run here.
    """
    who = persona if isinstance(persona, Persona) else personas.load(persona)
    given = settings | {"persona": who}
    names = [name.strip() for name in spec.split(",") if name.strip()]
    if not names:
        raise ConfigError("no dialogue given: write auto, or some like faq,onnx")
    dialogues = list[Dialogue]()
    refused = list[str]()
    for name in names:
        dialogues += _auto(given, refused) if name == "auto" else [_make(name, given)]
    return Chain(dialogues, who, facts=_facts(dialogues), notice=notice, refused=refused)


def _auto(given: dict[str, Any], refused: list[str]) -> list[Dialogue]:
    """Those of the preferred ones that can run here."""
    made = list[Dialogue]()
    for name in PREFERENCE:
        if name not in plugins.found("dialogues"):
            continue
        try:
            made.append(_make(name, given))
        except (AvatarError, ImportError) as error:
            refused.append(f"{name}: {error}")
    return made


def _make(name: str, given: dict[str, Any]) -> Dialogue:
    plugin, _, what = name.partition("/")
    kind: Any = plugins.load("dialogues", plugin)
    takes = inspect.signature(kind).parameters
    wanted = {key: value for key, value in given.items() if key in takes}
    return kind(what, **wanted) if what else kind(**wanted)


def _facts(dialogues: Sequence[Dialogue]) -> Callable[[Question], Sequence[str]] | None:
    """What the first dialogue that can look things up finds about a question."""
    for dialogue in dialogues:
        look_up: Callable[[Question], Sequence[str]] | None = getattr(dialogue, "facts", None)
        if callable(look_up):
            return look_up
    return None
