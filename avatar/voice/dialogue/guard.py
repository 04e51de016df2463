"""What may leave the figure's mouth: every reply passes here, whatever thought of it.

A prompt is a wish; this is the limit. Nothing in a knowledge file, in a visitor's words or in a
model's output changes it: it looks only at the persona and at what is about to be said.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from avatar.animation.emotion import EMOTIONS
from avatar.animation.gestures import find
from avatar.errors import ConfigError
from avatar.media import Question, Reply
from avatar.voice.dialogue.persona import Persona
from avatar.voice.dialogue.quantities import stated
from avatar.voice.text.patterns import HANZI

_CUE: Final = re.compile(r"\[([^\[\]\n]{0,64})\]")
_ANY_CUE: Final = re.compile(r"[\[【]([^\[\]【】\n]{0,64})[\]】]")
_SPELLED: Final = re.compile(r"(?<!\w)(?:\w[\s.\-_*]){2,}\w(?!\w)")
_TAIL: Final = 80
"""Characters of what was said before that are looked at together with the next sentence."""


class Guard:
    """Holds replies against a persona's limits."""

    def __init__(self, persona: Persona) -> None:
        self._persona = persona
        self._words = [_Word(word) for word in persona.forbidden]

    def forbids(self, text: str) -> bool:
        """Whether a text holds a word the persona must not say, however it is disguised."""
        return any(word.within(text) for word in self._words)

    def pass_on(
        self, replies: Iterable[Reply], question: Question, turn: int = 0
    ) -> Iterator[Reply]:
        """The replies as they may be said; ends early where one may not.

        A forbidden word, or a figure that a model made up, is answered by the persona's own line
        in place of the sentence, and the rest is dropped.
        """
        known = stated(" ".join([*question.facts, *self._own_facts()]), known=True)
        tally = _Tally(self._persona)
        said, before = "", set[str]()
        for reply in replies:
            clean = self._clean(reply)
            plain = _squash(_fold(clean.text))
            if clean.free and plain and plain in before:
                return  # a model that repeats itself has nothing more to say
            before.add(plain)
            if not clean.text and not _acts(clean):
                continue
            wrong = self._wrong(clean, said, known)
            if wrong:
                yield self._instead(wrong, question, turn)
                return
            fitting = tally.fit(clean)
            if fitting is not None:
                yield fitting
            if tally.full:
                return
            said = (said + clean.text)[-_TAIL:]

    def _own_facts(self) -> Iterator[str]:
        for texts in self._persona.known.values():
            yield from texts

    def _wrong(self, reply: Reply, said: str, known: frozenset[str]) -> str:
        """The kind of the persona's line to say instead, or ``""``."""
        if self.forbids(said + reply.text):
            return "refusal"
        invents = reply.free and self._persona.free != "facts" and stated(reply.text) - known
        return "fallback" if invents else ""

    def _instead(self, kind: str, question: Question, turn: int) -> Reply:
        lang = self._persona.answers_in(question.text, question.lang)
        return Reply(self._persona.line(kind, lang, turn), lang, source=f"persona:{kind}")

    def _clean(self, reply: Reply) -> Reply:
        """Without cues that nobody knows, nor, from a model, those whose tool is off."""
        pattern = _ANY_CUE if reply.free else _CUE
        text = pattern.sub(lambda cue: cue[0] if self._may(cue[1], reply.free) else "", reply.text)
        text = re.sub(r"[ \t]{2,}", " ", text).strip()
        kept = tuple(s for s in reply.suggestions if not self.forbids(s))
        reply = replace(reply, text=text, suggestions=kept)
        if not reply.free:
            return reply
        return replace(
            reply,
            gesture=reply.gesture if self._on("gesture") else "",
            emotion=reply.emotion if self._on("emote") else "",
            look=reply.look if self._on("look") else "",
            picture=reply.picture if self._on("show_picture") else "",
        )

    def _may(self, cue: str, free: bool) -> bool:
        name = cue.strip()
        if name.lower() in EMOTIONS:
            return not free or self._on("emote")
        try:
            find(name)
        except ConfigError:
            return False
        return not free or self._on("gesture")

    def _on(self, tool: str) -> bool:
        return tool in self._persona.tools


class _Tally:
    """How much of the allowed length an answer has used."""

    def __init__(self, persona: Persona) -> None:
        self._limits = persona.limits
        self._sentences = self._free = self._all = 0
        self.full = False

    def fit(self, reply: Reply) -> Reply | None:
        """The reply, cut where the answer has become too long; None where nothing is left."""
        room = self._limits.longest - self._all
        if reply.free:
            room = min(room, self._limits.characters - self._free)
        cut = _shortened(reply.text, room, first=self._all == 0)
        self._all += len(cut)
        self._free += len(cut) if reply.free else 0
        self._sentences += bool(reply.free and cut)
        over = self._sentences >= self._limits.sentences
        self.full = cut != reply.text or over or self._all >= self._limits.longest
        return replace(reply, text=cut) if cut or _acts(reply) else None


def _shortened(text: str, room: int, *, first: bool) -> str:
    """Text that fits: whole, or for the first sentence its beginning up to a pause."""
    if len(text) <= room:
        return text
    if not first:
        return ""
    head = text[: max(room - 1, 1)]
    pause = max((m.start() for m in re.finditer(r"[，,、；;：:\s]", head)), default=0)
    return (head[:pause].rstrip("，,、；;：:") if pause > room // 2 else head) + "…"


def _acts(reply: Reply) -> bool:
    return bool(reply.gesture or reply.emotion or reply.look or reply.picture)


class _Word:
    """A forbidden word and its disguises: case, width, spaces, marks between."""

    def __init__(self, word: str) -> None:
        plain = _fold(word)
        if re.search(f"[{HANZI}]", plain):
            self._squashed, self._pattern = _squash(plain), None
        else:
            self._squashed = ""
            words = r"\W+".join(map(re.escape, plain.split()))
            self._pattern = re.compile(rf"(?<!\w){words}(?!\w)")

    def within(self, text: str) -> bool:
        plain = _fold(text)
        if self._pattern is None:
            return bool(self._squashed) and self._squashed in _squash(plain)
        joined = _SPELLED.sub(lambda m: _squash(m[0]), plain)
        return bool(self._pattern.search(plain) or self._pattern.search(joined))


def _fold(text: str) -> str:
    """One case, one width, nothing invisible."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in plain if unicodedata.category(c) != "Cf")


def _squash(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)
