"""A language model on this machine: any causal model in the usual ONNX export layout.

``onnx`` is SmolLM2-135M-Instruct (``avatar fetch smollm2``; English only), ``onnx/FOLDER`` a
folder with ``model.onnx``, ``tokenizer.json`` and ``tokenizer_config.json``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import Final

from avatar.errors import ConfigError, MissingAsset
from avatar.media import DialogueCapabilities, Question, Reply
from avatar.voice.dialogue import convert, prompt
from avatar.voice.dialogue.between import Between
from avatar.voice.dialogue.language_model import LanguageModel
from avatar.voice.dialogue.persona import Persona, language_of
from avatar.voice.dialogue.sampling import Sampler, Sampling
from avatar.voice.dialogue.sentences import split, spoken
from avatar.voice.dialogue.tokenizer import ChatTokenizer, Message
from avatar.voice.dialogue.tools import Tools

NETWORKS: Final = ("model.onnx", "model_q4.onnx", "model_int8.onnx", "model_quantized.onnx",
                   "model_q4f16.onnx", "model_fp16.onnx", "decoder_model_merged.onnx")  # fmt: skip
"""Names under which exports keep the network, also in a folder ``onnx``; the first found is run."""
CHAT: Final = Sampling(temperature=0.4, top_p=0.9)
"""Unless told otherwise: livelier than always the likeliest word, yet the same again."""
_LANGUAGES: Final = {"smollm2": ("en",)}
_ROUNDS: Final = 4
"""Times a model may call tools and go on."""
_TURNS: Final = 4
"""Turns left out at once where they do not fit: until the next four, prompts begin alike and
nothing but what is new is read."""
_TOLD: Final = 1000
"""Characters of a tool's result that it is told."""
_SMALL: Final = ("smollm2",)
"""Models that long instructions confuse."""


class OnnxDialogue:
    """Writes answers with a model on this machine.

    ``model`` is a fetched model's name or a folder; ``context`` the tokens of prompt and answer
    together, ``longest`` those of an answer, ``stop`` texts that end it, ``threads`` the CPU
    threads. ``tools`` are offered where the model's chat template knows them, in the form of the
    Hermes and Qwen models. Raises MissingExtra, MissingAsset naming the file, AssetError,
    ConfigError.
    """

    def __init__(
        self,
        model: str | Path = "smollm2",
        *,
        persona: Persona | None = None,
        sampling: Sampling | None = None,
        context: int = 1024,
        longest: int = 160,
        stop: Sequence[str] = (),
        threads: int = 1,
        languages: Sequence[str] = (),
        tools: Tools | None = None,
    ) -> None:
        if not 0 < longest < context:
            raise ConfigError(f"longest {longest}: must be 1 to {context - 1}, below context")
        folder = (
            convert.made(str(model)) if str(model) in convert.GGUF else Path(model).expanduser()
        )
        self._label = str(model) if str(model) in convert.GGUF else folder.name
        self._languages = tuple(languages) or _LANGUAGES.get(str(model), ("zh", "en"))
        self._persona, self._sampling = persona or Persona(), sampling or CHAT
        self._context, self._longest, self._stop = context, longest, tuple(stop)
        self._tokenizer = ChatTokenizer(_folder(folder))
        self._model = LanguageModel(_network(folder), threads=threads)
        self._tools = tools if self._tokenizer.knows_tools else None
        self._one = Lock()

    @property
    def name(self) -> str:
        return f"onnx/{self._label}"

    @property
    def capabilities(self) -> DialogueCapabilities:
        return DialogueCapabilities(free=True, languages=self._languages)

    def answer(self, question: Question) -> Iterator[Reply]:
        """Sentence by sentence; none in a language the model does not speak."""
        lang = self._persona.answers_in(question.text, question.lang)
        if lang not in self._languages or not question.text.strip():
            return
        with self._one:
            yield from self._talk(question)

    def _talk(self, question: Question) -> Iterator[Reply]:
        """Write, run the tools that are called, write again."""
        after = list[Message]()
        for _ in range(_ROUNDS):
            calls = Between("<tool_call>", "</tool_call>")
            pieces = self.written(self.prompt(question, after), question)
            for sentence in split(_text(pieces, calls)):
                if question.cancelled():
                    return
                text = spoken(sentence)
                if text:
                    yield self._marked(Reply(text, language_of(text)))
            if not calls.inside or self._tools is None or question.cancelled():
                return
            for call in calls.inside:
                result = self._tools.run(*_named(call), on=self._persona.tools)
                if result.reply is not None:
                    yield self._marked(result.reply)
                written = f"<tool_call>\n{call.strip()}\n</tool_call>"
                after += [{"role": "assistant", "content": written}]
                after += [{"role": "tool", "content": result.text[:_TOLD]}]

    def _marked(self, reply: Reply) -> Reply:
        return replace(reply, source=f"onnx:{self._label}", free=True)

    @property
    def read(self) -> tuple[int, ...]:
        """The tokens read so far, which the next prompt need not repeat."""
        return self._model.read

    def ready(self, timeout: float | None = None) -> bool:
        """Read the persona's instructions ahead, so that the first answer comes sooner.

        ``timeout`` is s that another answer may keep it waiting (None: as long as it takes).
        """
        if not self._one.acquire(timeout=-1 if timeout is None else timeout):
            return False
        try:
            self._model.scores(self.prompt(Question("?", lang=self._languages[0])))
        finally:
            self._one.release()
        return True

    def close(self) -> None:
        """Give the model's memory back, once it is not thinking."""
        with self._one:
            self._model.close()

    def prompt(self, question: Question, after: Sequence[Message] = ()) -> list[int]:
        """The tokens a question becomes, at most ``context`` less ``longest``; ``after`` are the
        tools called for it and their results.

        Where they do not fit the oldest turns are left out, then facts from the last, then the
        beginning of the question; what the persona says stays. Raises ConfigError where not even
        that fits.
        """
        room = self._context - self._longest
        ids = self._tokens_of(question, after)
        while len(ids) > room and (question.history or question.facts):
            if question.history:
                question = replace(question, history=question.history[_TURNS:])
            else:
                question = replace(question, facts=question.facts[:-1])
            ids = self._tokens_of(question, after)
        words = self._tokenizer.encode(question.text)
        while len(ids) > room and words:
            words = words[len(ids) - room :]
            ids = self._tokens_of(replace(question, text=self._tokenizer.text(words)), after)
        if len(ids) > room:
            raise ConfigError(f"context {self._context}: the persona alone takes {len(ids)} tokens")
        return ids

    def _tokens_of(self, question: Question, after: Sequence[Message]) -> list[int]:
        small = self._label in _SMALL
        messages = [*prompt.messages(self._persona, question, terse=small), *after]
        offered = self._tools.offered(self._persona.tools) if self._tools else ()
        return self._tokenizer.prompt(messages, offered)

    def written(self, ids: list[int], question: Question) -> Iterator[str]:
        """The text the model writes after ``ids``, piece by piece, up to a stop."""
        held = ""
        for piece in self._tokenizer.stream(self._tokens(ids, question)):
            held += piece
            for stop in self._stop:
                if stop in held:
                    yield held[: held.index(stop)]
                    return
            keep = max((_overlap(held, stop) for stop in self._stop), default=0)
            if len(held) > keep:
                yield held[: len(held) - keep]
                held = held[len(held) - keep :]
        yield held

    def _tokens(self, ids: list[int], question: Question) -> Iterator[int]:
        sampler, said = Sampler(self._sampling), list[int]()
        while len(said) < self._longest:
            scores = self._model.scores([*ids, *said], cancelled=question.cancelled)
            if scores is None:
                return
            token = sampler.choose(scores, said)
            if token in self._tokenizer.ends:
                return
            said.append(token)
            yield token


def _text(pieces: Iterator[str], calls: Between) -> Iterator[str]:
    """What is to be said; the tools that are called are collected by ``calls``."""
    for piece in pieces:
        yield calls.outside(piece)
    yield calls.rest()


def _named(call: str) -> tuple[str, str]:
    """Name and arguments of a call as the models of the Hermes and Qwen families write it."""
    try:
        value = json.loads(call)
        return str(value["name"]), json.dumps(value.get("arguments") or {})
    except (ValueError, KeyError, TypeError, AttributeError):
        return " ".join(call.split())[:40], "{}"


def _overlap(text: str, stop: str) -> int:
    """How many characters at the end of ``text`` may be the beginning of ``stop``."""
    return next((n for n in range(len(stop) - 1, 0, -1) if text.endswith(stop[:n])), 0)


def _folder(folder: Path) -> Path:
    if not folder.is_dir():
        raise MissingAsset(
            f"no model folder {folder}: give one with {', '.join(convert.FILES[:3])}, "
            f"or {', '.join(convert.GGUF)}"
        )
    return folder


def _network(folder: Path) -> Path:
    """The network's file in a model folder; raises MissingAsset naming what was looked for."""
    places = [folder / name for name in NETWORKS] + [folder / "onnx" / name for name in NETWORKS]
    found = next((place for place in places if place.is_file()), None)
    return found or folder / NETWORKS[0]
