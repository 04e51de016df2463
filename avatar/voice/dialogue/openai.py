"""Any server that speaks the chat protocol of OpenAI: hosted ones, and llama.cpp, Ollama, vLLM …

Answers are streamed (server-sent events) and spoken sentence by sentence. A request that fails
before a word came is tried again; once something has been said it never is.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from threading import Event
from typing import Any, Final

from avatar.errors import ConfigError
from avatar.media import DialogueCapabilities, Question, Reply
from avatar.voice.dialogue import prompt
from avatar.voice.dialogue.chat_stream import ChatServer, TooLong, Turn
from avatar.voice.dialogue.persona import Persona, language_of
from avatar.voice.dialogue.sentences import Sentences, spoken
from avatar.voice.dialogue.tools import Result, Tools

URL: Final = "https://api.openai.com/v1"
_ROUNDS: Final = 4
"""Times a model may call tools before it has to answer."""


class OpenAIDialogue:
    """Writes answers with a model on a server.

    ``model`` is the server's name of it, or ``name@address``; that address, ``base_url`` or
    ``OPENAI_BASE_URL``, ends in ``/v1``;
    the key is in the environment variable called ``key_variable``, never in a file. ``timeout`` is
    s without a byte until the server counts as hanging, ``retries`` the tries after the first,
    ``history`` the exchanges that are sent along (fewer where the server's context is too small),
    ``longest`` the tokens of an answer (0: not sent, for models that refuse ``max_tokens``). Raises
    MissingExtra and ConfigError.
    """

    def __init__(
        self,
        model: str = "",
        *,
        base_url: str = "",
        key_variable: str = "OPENAI_API_KEY",
        persona: Persona | None = None,
        tools: Tools | None = None,
        timeout: float = 10.0,
        retries: int = 2,
        history: int = 12,
        temperature: float | None = None,
        longest: int = 400,
        pause: Callable[[float], object] | None = None,
    ) -> None:
        model, _, at = model.partition("@")
        url = base_url or at or os.environ.get("OPENAI_BASE_URL", "") or URL
        key = os.environ.get(key_variable, "")
        if url == URL and not key:
            raise ConfigError(
                f"openai: no key: set {key_variable}, or give base_url for a server of your own"
            )
        self._model = model or os.environ.get("OPENAI_MODEL", "") or "gpt-4o-mini"
        self._persona, self._tools, self._history = persona or Persona(), tools, history
        self._temperature, self._longest = temperature, longest
        self._closed = Event()
        self._server = ChatServer(
            url, key, timeout=timeout, retries=retries, pause=pause or self._closed.wait
        )

    @property
    def name(self) -> str:
        return f"openai/{self._model}"

    @property
    def capabilities(self) -> DialogueCapabilities:
        return DialogueCapabilities(free=True)

    def answer(self, question: Question) -> Iterator[Reply]:
        """Sentence by sentence; raises ServiceError in one line for whatever the server does."""
        if not question.text.strip() or question.cancelled():
            return
        kept = question.history[max(0, len(question.history) - self._history) :]
        while True:
            try:
                yield from self._talk(replace(question, history=kept))
                return
            except TooLong:
                if not kept:
                    raise
                kept = kept[len(kept) // 2 + 1 :]

    def _talk(self, question: Question) -> Iterator[Reply]:
        """Ask, run the tools that are called, ask again."""
        messages = prompt.messages(self._persona, question)
        for round_ in range(_ROUNDS + 1):
            turn = Turn()
            yield from self._speak(messages, question, turn, last=round_ == _ROUNDS)
            if not turn.calls or question.cancelled():
                return
            messages.append(turn.message())
            for call in turn.calls:
                result = self._run(call.name, call.arguments)
                if result.reply is not None:
                    yield self._marked(result.reply)
                told = {"role": "tool", "tool_call_id": call.id, "content": result.text}
                messages.append(told)

    def close(self) -> None:
        """Let go of the connection; a request under way ends."""
        self._closed.set()
        self._server.close()

    def _speak(
        self, messages: Sequence[Any], question: Question, turn: Turn, *, last: bool
    ) -> Iterator[Reply]:
        """What the model says in one request; the tools it calls are put into ``turn``."""
        sentences = Sentences()
        for piece in self._server.stream(self._body(messages, last), turn, question.cancelled):
            yield from self._replies(sentences.push(piece))
        if not question.cancelled():
            yield from self._replies(sentences.end())

    def _body(self, messages: Sequence[Any], last: bool) -> dict[str, Any]:
        body: dict[str, Any] = {"model": self._model, "messages": list(messages), "stream": True}
        if self._longest:
            body["max_tokens"] = self._longest
        if self._temperature is not None:
            body["temperature"] = self._temperature
        offered = self._tools.offered(self._persona.tools) if self._tools and not last else []
        return body | ({"tools": offered} if offered else {})

    def _run(self, name: str, arguments: str) -> Result:
        if self._tools is None:
            return Result(f"there is no tool {name}")
        return self._tools.run(name, arguments, on=self._persona.tools)

    def _replies(self, sentences: Sequence[str]) -> Iterator[Reply]:
        for sentence in sentences:
            text = spoken(sentence)
            if text:
                yield self._marked(Reply(text, language_of(text)))

    def _marked(self, reply: Reply) -> Reply:
        return replace(reply, source=f"openai:{self._model}", free=True)
