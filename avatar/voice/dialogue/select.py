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
from avatar.voice.dialogue.memory import Memory
from avatar.voice.dialogue.persona import LANGUAGES, Persona

PREFERENCE: Final = ("faq", "openai", "onnx")
"""What ``auto`` tries, in the order in which they are then asked."""

_FACTS: Final = 3
"""Entries of the knowledge that a model is told at most."""
_NEAR: Final = 0.15
"""Probability from which an entry may bear on a question."""


def create(
    spec: str = "auto",
    *,
    persona: Persona | Path | str = "mei",
    knowledge: Sequence[Path | str] | Path | str = (),
    memory: Memory | None = None,
    notice: Callable[[str], None] | None = None,
    **settings: Any,
) -> Chain:
    """The dialogues of ``spec`` in one chain under a persona.

    ``spec`` is ``auto`` or names apart by commas, each ``plug-in`` or ``plug-in/what``: a model,
    a folder or a file of that plug-in; ``knowledge`` is one knowledge folder or more. A plug-in's
    constructor is given ``what`` and, by name, those of ``persona``, ``names``, ``folder`` (the
    knowledge) and ``settings`` that it has a parameter for. Raises UnknownPlugin, ConfigError, and
    what a plug-in raises that cannot run here.
    """
    who = persona if isinstance(persona, Persona) else personas.load(persona)
    called = {lang: who.called(lang) for lang in LANGUAGES}
    given = settings | {"persona": who, "names": called, "folder": knowledge}
    names = [name.strip() for name in spec.split(",") if name.strip()]
    if not names:
        raise ConfigError("no dialogue given: write auto, or some like faq,onnx")
    dialogues = list[Dialogue]()
    refused = list[str]()
    for name in names:
        dialogues += _auto(given, refused) if name == "auto" else [_make(name, given)]
    facts = _facts(dialogues, who)
    return Chain(dialogues, who, facts=facts, notice=notice, memory=memory, refused=refused)


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
    if not what:
        return kind(**wanted)
    wanted.pop(next(iter(takes)), None)
    return kind(what, **wanted)


def _facts(
    dialogues: Sequence[Dialogue], who: Persona
) -> Callable[[Question], Sequence[str]] | None:
    """What the first dialogue that can look things up finds near a question."""
    found = (getattr(dialogue, "matches", None) for dialogue in dialogues)
    matches: Any = next(filter(callable, found), None)
    if matches is None:
        return None

    def near(question: Question) -> list[str]:
        lang = who.answers_in(question.text, question.lang)
        likely = [match for match in matches(question)[:_FACTS] if match.probability >= _NEAR]
        answers = [match.entry.answers for match in likely]
        return [text for ways in answers for text in ways.get(lang) or next(iter(ways.values()))]

    return near
