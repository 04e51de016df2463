"""A GGUF file of a Llama network -> a model folder in the usual ONNX export layout.

``python -m avatar.voice.dialogue.convert MODEL.gguf FOLDER``

Reads Q4_1 and Q8_0 matrices under tied embeddings and byte-level BPE tokenizers: what SmolLM2
consists of. The same file gives the same bytes.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from avatar import fetch
from avatar.errors import AssetError, AvatarError, MissingAsset, UnsupportedFormat
from avatar.plugins import require
from avatar.voice.dialogue.llama import Graph, Layer, Quantised, Shape, q4_1, q8_0, stacked

FILES: Final = ("model.onnx", "tokenizer.json", "tokenizer_config.json", "generation_config.json")
"""What a model folder holds."""
GGUF: Final = {"smollm2": "smollm2.gguf"}
"""Fetched models that are converted on this machine, and the file they come as."""
_CONTROL: Final = 3
"""Token type of GGUF: a control token, such as the end of a turn."""


def made(name: str) -> Path:
    """The folder of a fetched model, converted now if it has not been.

    Raises MissingAsset with the command that fetches it, MissingExtra without the packages.
    """
    source = fetch.path(name, GGUF[name])
    folder = fetch.store() / name / "onnx"
    if not all((folder / file).is_file() for file in FILES):
        convert(source, folder)
    return folder


def convert(source: Path, folder: Path) -> None:
    """Write the model folder of a GGUF file; raises AssetError naming what is wrong in it."""
    if not source.is_file():
        raise MissingAsset("no such file: give a .gguf file", path=source)
    reader = _Reader(source)
    onnx: Any = require("onnx", extra="talk", for_what="converting a model")
    model = reader.graph()
    texts = {
        "tokenizer.json": reader.tokenizer(),
        "tokenizer_config.json": json.dumps(reader.tokenizer_config(), indent=1),
        "generation_config.json": json.dumps(reader.generation_config(), indent=1),
    }
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"model.{os.getpid()}.part"
    onnx.save(model, str(part))
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    part.replace(folder / "model.onnx")


class _Reader:
    """What a GGUF file says, by the names of its specification."""

    def __init__(self, path: Path) -> None:
        gguf: Any = require("gguf", extra="talk", for_what="converting a model")
        self._path = path
        try:
            file = gguf.GGUFReader(str(path))
            self._fields: Mapping[str, Any] = file.fields
            self._tensors = {tensor.name: tensor for tensor in file.tensors}
        except (ValueError, OSError, IndexError, KeyError, UnicodeDecodeError) as error:
            raise UnsupportedFormat(f"not a readable GGUF file: {error}", path=path) from error
        architecture = self._get("general.architecture")
        if architecture != "llama":
            raise UnsupportedFormat(f"{architecture!r} network: only llama is read", path=path)

    def _get(self, key: str) -> Any:
        if key not in self._fields:
            raise AssetError(f"{key} is missing", path=self._path)
        return self._fields[key].contents()

    def _vector(self, name: str) -> Any:
        return np.array(self._tensor(name).data, np.float32)

    def _matrix(self, *names: str) -> Quantised:
        kinds = {"Q4_1": q4_1, "Q8_0": q8_0}
        parts = list[Quantised]()
        for name in names:
            tensor = self._tensor(name)
            kind = tensor.tensor_type.name
            if kind not in kinds:
                known = " and ".join(kinds)
                raise UnsupportedFormat(f"{name} is {kind}: {known} are read", path=self._path)
            parts.append(kinds[kind](np.array(tensor.data)))
        return stacked(parts)

    def _tensor(self, name: str) -> Any:
        if name not in self._tensors:
            raise AssetError(f"{name} is missing", path=self._path)
        return self._tensors[name]

    def shape(self) -> Shape:
        """The sizes of the network."""
        return Shape(
            layers=self._get("llama.block_count"),
            width=self._get("llama.embedding_length"),
            heads=self._get("llama.attention.head_count"),
            kv_heads=self._get("llama.attention.head_count_kv"),
            vocabulary=self._get("llama.vocab_size"),
            context=self._get("llama.context_length"),
            rope_base=self._get("llama.rope.freq_base"),
            epsilon=self._get("llama.attention.layer_norm_rms_epsilon"),
        )

    def layer(self, i: int) -> Layer:
        """The weights of layer ``i``."""
        at = f"blk.{i}"
        return Layer(
            self._vector(f"{at}.attn_norm.weight"),
            self._matrix(*(f"{at}.attn_{kind}.weight" for kind in "qkv")),
            self._matrix(f"{at}.attn_output.weight"),
            self._vector(f"{at}.ffn_norm.weight"),
            self._matrix(f"{at}.ffn_gate.weight", f"{at}.ffn_up.weight"),
            self._matrix(f"{at}.ffn_down.weight"),
        )

    def embedding(self) -> Quantised:
        """The matrix of the tokens, in and out."""
        if "output.weight" in self._tensors:
            raise UnsupportedFormat("output.weight: only tied embeddings are read", path=self._path)
        return self._matrix("token_embd.weight")

    def norm(self) -> Any:
        """The last norm."""
        return self._vector("output_norm.weight")

    def graph(self) -> Any:
        """The network as an ``onnx.ModelProto``."""
        shape = self.shape()
        layers = [self.layer(i) for i in range(shape.layers)]
        return Graph(shape).build(self.embedding(), layers, self.norm())

    def tokenizer(self) -> str:
        """``tokenizer.json``."""
        tk: Any = require("tokenizers", extra="talk", for_what="converting a model")
        kind, pre = self._get("tokenizer.ggml.model"), self._get("tokenizer.ggml.pre")
        if (kind, pre) != ("gpt2", "smollm"):
            raise UnsupportedFormat(f"tokenizer {kind}/{pre}: gpt2/smollm is read", path=self._path)
        tokens: list[str] = self._get("tokenizer.ggml.tokens")
        merges = [tuple(line.split(" ", 1)) for line in self._get("tokenizer.ggml.merges")]
        made = tk.Tokenizer(tk.models.BPE({token: i for i, token in enumerate(tokens)}, merges))
        made.pre_tokenizer = tk.pre_tokenizers.Sequence(
            [
                tk.pre_tokenizers.Digits(individual_digits=True),
                tk.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
            ]
        )
        made.decoder = tk.decoders.ByteLevel()
        types = self._get("tokenizer.ggml.token_type")
        special = [t for t, kind in zip(tokens, types, strict=True) if kind == _CONTROL]
        made.add_special_tokens(special)
        return made.to_str(pretty=False)

    def tokenizer_config(self) -> dict[str, Any]:
        """``tokenizer_config.json``: the chat template and the named tokens."""
        tokens: list[str] = self._get("tokenizer.ggml.tokens")
        named = {"bos_token": "bos", "eos_token": "eos", "unk_token": "unknown"}
        ids = {name: self._get(f"tokenizer.ggml.{key}_token_id") for name, key in named.items()}
        template = {"chat_template": self._get("tokenizer.chat_template")}
        limit = {"model_max_length": self._get("llama.context_length")}
        return {name: tokens[i] for name, i in ids.items()} | limit | template

    def generation_config(self) -> dict[str, Any]:
        """``generation_config.json``: where an answer ends."""
        return {"eos_token_id": [self._get("tokenizer.ggml.eos_token_id")]}


def main(arguments: list[str]) -> int:
    """Convert one file; returns the exit code."""
    if len(arguments) != 2:
        print("usage: python -m avatar.voice.dialogue.convert MODEL.gguf FOLDER", file=sys.stderr)
        return 2
    try:
        convert(Path(arguments[0]), Path(arguments[1]))
    except AvatarError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
