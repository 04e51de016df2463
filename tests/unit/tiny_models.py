"""Tiny real language models for the tests: a random Llama, and one that recites a text."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import onnx
import tokenizers
from onnx import TensorProto, helper, numpy_helper

from avatar.voice.dialogue.llama import BLOCK, Graph, Layer, Quantised, Shape

TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
SHAPE = Shape(layers=2, width=64, heads=4, kv_heads=2, vocabulary=300, context=256,
              rope_base=10000.0, epsilon=1e-5)  # fmt: skip
HIDDEN = 96


def quantised(random: np.random.Generator, rows: int, columns: int, bits: int = 4) -> Quantised:
    """A random matrix of about unit gain."""
    blocks = columns // BLOCK
    q = random.integers(0, 256, (rows, blocks, BLOCK * bits // 8), np.uint8)
    size = 1 / np.sqrt(columns) / (2 ** (bits - 2))
    scale = (random.uniform(0.5, 1.5, (rows, blocks)) * size).astype(np.float32)
    shift = (random.normal(0, 0.3, (rows, blocks)) * size).astype(np.float32)
    return Quantised(q, scale, shift if bits == 4 else None, bits)


class TinyLlama:
    """A random Llama: its weights, its graph, and the same network in numpy, all at once."""

    def __init__(self, seed: int = 0) -> None:
        random = np.random.default_rng(seed)
        s = SHAPE
        kv = s.kv_heads * s.head
        gain = lambda: random.uniform(0.5, 1.5, s.width).astype(np.float32)  # noqa: E731
        self.embedding = quantised(random, s.vocabulary, s.width, 8)
        self.layers = [
            Layer(gain(), quantised(random, s.width + 2 * kv, s.width),
                  quantised(random, s.width, s.width), gain(),
                  quantised(random, 2 * HIDDEN, s.width), quantised(random, s.width, HIDDEN))
            for _ in range(s.layers)
        ]  # fmt: skip
        self.norm = gain()

    def save(self, path: Path) -> Path:
        onnx.save(Graph(SHAPE).build(self.embedding, self.layers, self.norm), str(path))
        return path

    def scores(self, ids: list[int]) -> np.ndarray:
        """float[vocabulary] after ``ids``, written down from the definition of the network."""
        table = self.embedding.dense()
        x = table[ids].astype(np.float64)
        for layer in self.layers:
            x = x + self._attend(layer, rms(x, layer.norm)) @ layer.out.dense().T
            gate, up = np.split(rms(x, layer.mlp_norm) @ layer.gate_up.dense().T, 2, axis=-1)
            x = x + (gate / (1 + np.exp(-gate)) * up) @ layer.down.dense().T
        return rms(x, self.norm)[-1] @ table.T

    def _attend(self, layer: Layer, x: np.ndarray) -> np.ndarray:
        s, n = SHAPE, len(x)
        qkv = (x @ layer.qkv.dense().T).reshape(n, -1, s.head)
        q, k = rotated(qkv[:, : s.heads]), rotated(qkv[:, s.heads : s.heads + s.kv_heads])
        v = qkv[:, s.heads + s.kv_heads :]
        k, v = (np.repeat(part, s.heads // s.kv_heads, axis=1) for part in (k, v))
        weights = np.einsum("qhd,khd->hqk", q, k) / np.sqrt(s.head)
        weights = np.where(np.tri(n)[None] > 0, weights, -np.inf)
        weights = np.exp(weights - weights.max(-1, keepdims=True))
        weights /= weights.sum(-1, keepdims=True)
        return np.einsum("hqk,khd->qhd", weights, v).reshape(n, -1)


def rms(x: np.ndarray, gain: np.ndarray) -> np.ndarray:
    return x / np.sqrt((x**2).mean(-1, keepdims=True) + SHAPE.epsilon) * gain


def rotated(x: np.ndarray) -> np.ndarray:
    """Rotary positions, in pairs of neighbours."""
    steps = SHAPE.rope_base ** (-np.arange(0, SHAPE.head, 2) / SHAPE.head)
    turn = np.exp(1j * np.arange(len(x))[:, None, None] * steps)
    pairs = (x[..., 0::2] + 1j * x[..., 1::2]) * turn
    return np.stack([pairs.real, pairs.imag], -1).reshape(x.shape)


TOOL_TEMPLATE = "{% if tools %}{{ tools | tojson }}<tool_call>{% endif %}" + TEMPLATE.replace(
    "assistant\n", "assistant{{ '\t' if messages[-1].role == 'tool' else '\n' }}"
)
"""ChatML with a place for tools, whose answers after a tool begin in another way."""


def reciter(folder: Path, parts: list[str], after: list[str] | None = None) -> Path:
    """A model folder whose network says ``parts``, a token each, whatever it is asked.

    ``after``: what it says after a tool; its template then has a place for tools.
    """
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE(byte_alphabet(), []))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    tokenizer.add_special_tokens(["<|im_start|>", "<|im_end|>"])
    folder.mkdir(parents=True, exist_ok=True)
    begins = [tokenizer.encode(mark).ids[-1] for mark in "\n\t"]
    said = [*parts, *(after or ())]
    words = [tokenizers.AddedToken(part, normalized=False, special=False) for part in said]
    tokenizer.add_tokens(words)
    chains = [
        [begin, *(tokenizer.token_to_id(part) for part in [*texts, "<|im_end|>"])]
        for begin, texts in zip(begins, (parts, after or []), strict=True)
    ]
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {
        "chat_template": TOOL_TEMPLATE if after else TEMPLATE,
        "eos_token": "<|im_end|>",
        "bos_token": None,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    onnx.save(_chained(chains, tokenizer.get_vocab_size()), str(folder / "model.onnx"))
    return folder


def byte_alphabet() -> dict[str, int]:
    return {c: i for i, c in enumerate(sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet()))}


def _chained(chains: list[list[int]], size: int) -> onnx.ModelProto:
    """A network in which each token of a chain is followed by the next."""
    table = np.zeros((size, size), np.float32)
    table[:, 0] = 1
    for chain in chains:
        for a, b in pairwise(chain):
            table[a, b] = 10
    cache = [1, 1, "past", 1]
    whole = helper.make_graph(
        [
            helper.make_node("Gather", ["table", "input_ids"], ["logits"]),
            helper.make_node("Cast", ["input_ids"], ["floats"], to=TensorProto.FLOAT16),
            helper.make_node("Unsqueeze", ["floats", "axes"], ["new"]),
            *[
                helper.make_node("Concat", [f"past_key_values.0.{kind}", "new"],
                                 [f"present.0.{kind}"], axis=2)
                for kind in ("key", "value")
            ],
        ],
        "reciter",
        [
            helper.make_tensor_value_info("input_ids", TensorProto.INT64, [1, "n"]),
            helper.make_tensor_value_info("attention_mask", TensorProto.INT64, [1, "total"]),
            helper.make_tensor_value_info("position_ids", TensorProto.INT64, [1, "n"]),
            *[
                helper.make_tensor_value_info(f"past_key_values.0.{k}", TensorProto.FLOAT16, cache)
                for k in ("key", "value")
            ],
        ],
        [
            helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, "n", size]),
            *[
                helper.make_tensor_value_info(f"present.0.{kind}", TensorProto.FLOAT16, None)
                for kind in ("key", "value")
            ],
        ],
        initializer=[
            numpy_helper.from_array(table, "table"),
            numpy_helper.from_array(np.array([1, 3], np.int64), "axes"),
        ],
    )  # fmt: skip
    return helper.make_model(whole, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
