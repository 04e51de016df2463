"""Text to tokens and back, and a conversation into a prompt by the model's own chat template."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from avatar.errors import AssetError, MissingAsset
from avatar.plugins import require

Message = Mapping[str, Any]
"""``role`` and ``content``, as the templates know them."""

_TEMPLATE: Final = "chat_template.jinja"
_TURN_ENDS: Final = (
    "<|im_end|>",
    "<|endoftext|>",
    "<|eot_id|>",
    "<|end|>",
    "<end_of_turn>",
    "</s>",
)


class ChatTokenizer:
    """The tokenizer of a model folder.

    Reads ``tokenizer.json``, ``tokenizer_config.json`` and, where they are, ``chat_template.jinja``
    and ``generation_config.json``. Raises MissingExtra, and MissingAsset or AssetError naming the
    file.
    """

    def __init__(self, folder: Path) -> None:
        tokenizers: Any = require("tokenizers", extra="talk", for_what="the onnx dialogue")
        file = _needed(folder / "tokenizer.json")
        try:
            self._tokenizer: Any = tokenizers.Tokenizer.from_file(str(file))
        except Exception as error:  # the package raises plain Exception
            raise AssetError(f"not a tokenizer: {error}", path=file) from error
        self._config = _json(_needed(folder / "tokenizer_config.json"))
        added: dict[int, Any] = self._tokenizer.get_added_tokens_decoder()
        self._special = {token.content: i for i, token in added.items() if token.special}
        self._markers = re.compile("|".join(map(re.escape, sorted(self._special, key=len)[::-1])))
        self.ends = frozenset(self._ends(folder))
        """Tokens that end an answer."""
        self.knows_tools = False
        """Whether the chat template has a place for tools."""
        self._template = self._load_template(folder)

    def encode(self, text: str) -> list[int]:
        """The tokens of a text in which special tokens are meant."""
        return self._tokenizer.encode(text, add_special_tokens=False).ids

    def prompt(self, messages: Sequence[Message], tools: Sequence[Any] = ()) -> list[int]:
        """A conversation as the model knows it, up to where its answer begins.

        Special tokens inside a message are taken out: words of a visitor or of a file cannot end
        a turn or begin one.
        """
        clean = [{**m, "content": self.harmless(str(m.get("content") or ""))} for m in messages]
        text = self._template.render(
            messages=clean,
            tools=list(tools) or None,
            add_generation_prompt=True,
            **{name: self._named(name) for name in ("bos_token", "eos_token", "unk_token")},
        )
        return self.encode(text)

    def harmless(self, text: str) -> str:
        """A text without anything that the tokenizer would take for a special token."""
        while self._special and self._markers.search(text):
            text = self._markers.sub("", text)
        return text

    def text(self, ids: Sequence[int]) -> str:
        """The text of tokens, without special ones."""
        return self._tokenizer.decode(list(ids), skip_special_tokens=True)

    def stream(self, ids: Iterator[int]) -> Iterator[str]:
        """The text of tokens as they come; one that ends inside a character waits for the rest."""
        window, given = list[int](), ""
        for token in ids:
            window.append(token)
            text = self.text(window)
            if text.endswith("\ufffd"):
                continue
            if len(text) > len(given):
                yield text[len(given) :]
            # The next token is read beside this one, for what it is alone may differ.
            window = window[-4:] if len(window) > 12 else window
            given = self.text(window)
        rest = self.text(window)[len(given) :].rstrip("\ufffd")
        if rest:
            yield rest

    def _named(self, name: str) -> str:
        value = self._config.get(name) or ""
        return value["content"] if isinstance(value, dict) else str(value)

    def _ends(self, folder: Path) -> Iterator[int]:
        file = folder / "generation_config.json"
        ids: Any = _json(file).get("eos_token_id", []) if file.is_file() else []
        yield from ids if isinstance(ids, list) else [ids]
        for token in (self._named("eos_token"), *_TURN_ENDS):
            if token in self._special:
                yield self._special[token]

    def _load_template(self, folder: Path) -> Any:
        jinja2: Any = require("jinja2", extra="talk", for_what="the onnx dialogue")
        sandbox: Any = require("jinja2.sandbox", extra="talk", for_what="the onnx dialogue")
        own = folder / _TEMPLATE
        source: Any = own.read_text("utf-8") if own.is_file() else self._config.get("chat_template")
        if isinstance(source, list):
            source = next((t["template"] for t in source if t.get("name") == "default"), None)
        path = folder / "tokenizer_config.json"
        if not source:
            raise AssetError("no chat_template: take a model made for chat", path=path)
        self.knows_tools = "tools" in source and "<tool_call>" in source
        space = sandbox.ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
        )

        def refuse(message: str) -> None:
            raise jinja2.TemplateError(message)

        space.globals["raise_exception"] = refuse
        space.filters["tojson"] = lambda value, **_: json.dumps(value, ensure_ascii=False)
        try:
            template = space.from_string(source)
            template.render(messages=[{"role": "user", "content": "?"}], add_generation_prompt=True,
                            **{n: self._named(n) for n in ("bos_token", "eos_token")})  # fmt: skip
        except Exception as error:  # a template can fail in any way
            raise AssetError(f"chat_template does not work: {error}", path=path) from error
        return template


def _needed(file: Path) -> Path:
    if not file.is_file():
        raise MissingAsset("this file of the model is missing: copy it there", path=file)
    return file


def _json(file: Path) -> dict[str, Any]:
    try:
        value = json.loads(file.read_text("utf-8"))
    except (ValueError, OSError) as error:
        raise AssetError(f"not JSON: {error}", path=file) from error
    if not isinstance(value, dict):
        raise AssetError("not a JSON object", path=file)
    return value
