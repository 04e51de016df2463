"""A Llama network as an ONNX graph in the usual export layout, from the weights of a GGUF file.

The quantised weights are kept as they are, bit for bit: a Q4_1 block is ``d q + m`` for 32 numbers
``q`` of 4 bits, which is ``d (q - 8)``, what ``MatMulNBits`` multiplies with, plus ``m + 8 d`` for
each block, which needs only the sum of the inputs over that block: a product 32 times smaller.
Q8_0 is ``d q`` and fits directly.

Inputs: ``input_ids`` int64[1, n], ``attention_mask`` int64[1, past + n],
``past_key_values.N.key``/``.value`` float32[1, kv heads, past, head size]. Outputs: ``logits``
float32[1, 1, vocabulary] of the last token alone, ``present.N.key``/``.value``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avatar.plugins import require

BLOCK: Final = 32
"""Numbers of a quantised block."""
_OPSET: Final = 18


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of a Llama network."""

    layers: int
    width: int
    heads: int
    kv_heads: int
    vocabulary: int
    context: int
    """Tokens it was trained to see at once."""
    rope_base: float
    epsilon: float

    @property
    def head(self) -> int:
        """Numbers per attention head."""
        return self.width // self.heads


@dataclass(frozen=True, slots=True)
class Quantised:
    """A matrix in blocks: ``scale * (q - 2**(bits - 1)) + shift`` of each."""

    q: NDArray[np.uint8]
    """uint8[rows, blocks, bytes], two 4-bit numbers in a byte, the first in its low half."""
    scale: NDArray[np.float32]
    """float32[rows, blocks]."""
    shift: NDArray[np.float32] | None
    """float32[rows, blocks]; None: none."""
    bits: int

    def dense(self) -> NDArray[np.float32]:
        """float32[rows, columns]."""
        q = self.q
        if self.bits == 4:
            q = np.stack([q & 15, q >> 4], -1).reshape(*q.shape[:2], BLOCK)
        values = self.scale[..., None] * (q.astype(np.float32) - (1 << (self.bits - 1)))
        if self.shift is not None:
            values = values + self.shift[..., None]
        return values.reshape(len(q), -1).astype(np.float32)


def stacked(parts: Sequence[Quantised]) -> Quantised:
    """Matrices over the same input, one below the other."""
    shifts = [part.shift for part in parts if part.shift is not None]
    return Quantised(
        np.concatenate([part.q for part in parts]),
        np.concatenate([part.scale for part in parts]),
        np.concatenate(shifts) if shifts else None,
        parts[0].bits,
    )


def q4_1(raw: NDArray[np.uint8]) -> Quantised:
    """Blocks of 20 bytes: ``d`` and ``m`` as float16, then numbers 0–15 and 16–31 in the low and
    the high halves of 16 bytes."""
    blocks = raw.reshape(len(raw), -1, 20)
    d, m = np.moveaxis(blocks[..., :4].copy().view(np.float16).astype(np.float32), -1, 0)
    packed = blocks[..., 4:]
    q = np.concatenate([packed & 15, packed >> 4], -1)
    pairs = (q[..., 0::2] | q[..., 1::2] << 4).astype(np.uint8)
    return Quantised(pairs, d, (m + 8 * d).astype(np.float32), 4)


def q8_0(raw: NDArray[np.uint8]) -> Quantised:
    """Blocks of 34 bytes: ``d`` as float16, then 32 signed bytes."""
    blocks = raw.reshape(len(raw), -1, 34)
    d = blocks[..., :2].copy().view(np.float16).astype(np.float32)[..., 0]
    q = (blocks[..., 2:].view(np.int8).astype(np.int16) + 128).astype(np.uint8)
    return Quantised(q, d, None, 8)


@dataclass(frozen=True, slots=True)
class Layer:
    """The weights of one layer."""

    norm: NDArray[np.float32]
    qkv: Quantised
    """Query, key and value, one below the other; rotated in pairs of neighbours."""
    out: Quantised
    mlp_norm: NDArray[np.float32]
    gate_up: Quantised
    down: Quantised


class Graph:
    """Collects the nodes and weights of a network."""

    def __init__(self, shape: Shape) -> None:
        self._onnx: Any = require("onnx", extra="talk", for_what="converting a model")
        self._shape = shape
        self._nodes: list[Any] = []
        self._weights: list[Any] = []
        self._inputs: list[Any] = []
        self._outputs: list[Any] = []

    def build(
        self, embedding: Quantised, layers: Sequence[Layer], norm: NDArray[np.float32]
    ) -> Any:
        """The ``onnx.ModelProto``; ``embedding`` is also the output matrix."""
        self._open()
        stream, skip = self._embed(embedding), ""
        for i, layer in enumerate(layers):
            stream, skip = self._layer(i, layer, stream, skip)
        normed, _ = self._norm("norm", stream, skip, norm)
        last = self._node("Slice", [normed, self._ints("minus1", [-1]), self._ints("far", [2**31]),
                                    self._ints("axis1", [1])], "last")  # fmt: skip
        self._times("head", last, embedding, shared="embed", out="logits")
        self._output("logits", [1, 1, self._shape.vocabulary])
        return self._model()

    def _open(self) -> None:
        proto = self._onnx.TensorProto
        s = self._shape
        self._input("input_ids", proto.INT64, [1, "sequence"])
        self._input("attention_mask", proto.INT64, [1, "total"])
        angles = np.arange(s.context)[:, None] / s.rope_base ** (
            np.arange(0, s.head, 2)[None] / s.head
        )
        self._weight("cos", np.cos(angles).astype(np.float32))
        self._weight("sin", np.sin(angles).astype(np.float32))
        seen = self._node("ReduceSum", ["attention_mask", self._ints("axis1", [1])], "seen",
                          keepdims=0)  # fmt: skip
        before = self._node("Sub", [seen, self._ints("one", [1])], "before")
        self._node("Cast", [before], "lengths", to=proto.INT32)
        size = self._node("Shape", ["attention_mask"], "mask_shape", start=1, end=2)
        scalar = self._node("Squeeze", [size], "mask_size")
        self._node("Cast", [scalar], "total_length", to=proto.INT32)

    def _embed(self, embedding: Quantised) -> str:
        q = self._weight("embed.q", embedding.q)
        scale = self._weight("embed.scale", embedding.scale)
        taken = self._node("Gather", [q, "input_ids"], "embed.taken")
        floats = self._node("Cast", [taken], "embed.floats", to=self._onnx.TensorProto.FLOAT)
        middle = self._weight("embed.middle", np.float32(128))
        signed = self._node("Sub", [floats, middle], "embed.signed")
        scales = self._node("Gather", [scale, "input_ids"], "embed.scales")
        wide = self._node("Unsqueeze", [scales, self._ints("minus1", [-1])], "embed.wide")
        blocks = self._node("Mul", [signed, wide], "embed.blocks")
        shape = self._ints("embed.shape", [1, -1, self._shape.width])
        return self._node("Reshape", [blocks, shape], "embed")

    def _layer(self, i: int, layer: Layer, stream: str, skip: str) -> tuple[str, str]:
        """Attention and feed-forward; returns what is still to be added to what."""
        s, at = self._shape, f"layer{i}"
        normed, stream = self._norm(f"{at}.norm", stream, skip, layer.norm)
        qkv = self._times(f"{at}.qkv", normed, layer.qkv)
        past = [f"past_key_values.{i}.{kind}" for kind in ("key", "value")]
        present = [f"present.{i}.{kind}" for kind in ("key", "value")]
        for name in past:
            dims = [1, s.kv_heads, "past", s.head]
            self._input(name, self._onnx.TensorProto.FLOAT, dims)
        for name in present:
            self._output(name, [1, s.kv_heads, "total", s.head])
        inputs = [qkv, "", "", *past, "lengths", "total_length", "cos", "sin"]
        self._nodes.append(
            self._onnx.helper.make_node(
                "GroupQueryAttention", inputs, [f"{at}.seen", *present], name=f"{at}.attention",
                domain="com.microsoft", num_heads=s.heads, kv_num_heads=s.kv_heads, do_rotary=1,
                rotary_interleaved=1,
            )
        )  # fmt: skip
        attended = self._times(f"{at}.out", f"{at}.seen", layer.out)
        normed, stream = self._norm(f"{at}.mlp_norm", attended, stream, layer.mlp_norm)
        both = self._times(f"{at}.gate_up", normed, layer.gate_up)
        self._nodes.append(
            self._onnx.helper.make_node(
                "Split", [both], [f"{at}.gate", f"{at}.up"], name=f"{at}.split", axis=-1,
                num_outputs=2,
            )
        )  # fmt: skip
        sigmoid = self._node("Sigmoid", [f"{at}.gate"], f"{at}.sigmoid")
        gated = self._node("Mul", [f"{at}.gate", sigmoid], f"{at}.gated")
        product = self._node("Mul", [gated, f"{at}.up"], f"{at}.product")
        return self._times(f"{at}.down", product, layer.down), stream

    def _norm(
        self, name: str, stream: str, skip: str, weight: NDArray[np.float32]
    ) -> tuple[str, str]:
        """RMS norm of ``stream + skip``; returns it and that sum."""
        gain = self._weight(f"{name}.gain", weight)
        epsilon = self._shape.epsilon
        if not skip:
            out = self._node("SimplifiedLayerNormalization", [stream, gain], name,
                             axis=-1, epsilon=epsilon, stash_type=1)  # fmt: skip
            return out, stream
        self._nodes.append(
            self._onnx.helper.make_node(
                "SkipSimplifiedLayerNormalization", [stream, skip, gain],
                [name, "", "", f"{name}.sum"], name=f"{name}.node", domain="com.microsoft",
                epsilon=epsilon,
            )
        )  # fmt: skip
        return name, f"{name}.sum"

    def _times(
        self, name: str, x: str, matrix: Quantised, *, shared: str = "", out: str = ""
    ) -> str:
        """``x`` times a quantised matrix."""
        rows, blocks = matrix.scale.shape
        q = f"{shared}.q" if shared else self._weight(f"{name}.q", matrix.q)
        scale = f"{shared}.scale" if shared else self._weight(f"{name}.scale", matrix.scale)
        main = out or f"{name}.main"
        self._nodes.append(
            self._onnx.helper.make_node(
                "MatMulNBits", [x, q, scale], [main], name=f"{name}.matmul",
                domain="com.microsoft", K=blocks * BLOCK, N=rows, bits=matrix.bits,
                block_size=BLOCK, accuracy_level=4,
            )
        )  # fmt: skip
        if matrix.shift is None:
            return main
        shift = self._weight(f"{name}.shift", np.ascontiguousarray(matrix.shift.T))
        shape = self._ints(f"blocks{blocks}", [1, -1, blocks, BLOCK])
        parts = self._node("Reshape", [x, shape], f"{name}.parts")
        sums = self._node("ReduceSum", [parts, self._ints("minus1", [-1])], f"{name}.sums",
                          keepdims=0)  # fmt: skip
        moved = self._node("MatMul", [sums, shift], f"{name}.moved")
        return self._node("Add", [main, moved], name)

    def _node(self, kind: str, inputs: list[str], out: str, **attributes: Any) -> str:
        self._nodes.append(
            self._onnx.helper.make_node(kind, inputs, [out], name=f"{out}.node", **attributes)
        )
        return out

    def _weight(self, name: str, values: Any) -> str:
        self._weights.append(self._onnx.numpy_helper.from_array(np.asarray(values), name))
        return name

    def _ints(self, name: str, values: list[int]) -> str:
        if not any(weight.name == name for weight in self._weights):
            self._weight(name, np.array(values, np.int64))
        return name

    def _input(self, name: str, kind: int, dims: list[Any]) -> None:
        self._inputs.append(self._onnx.helper.make_tensor_value_info(name, kind, dims))

    def _output(self, name: str, dims: list[Any]) -> None:
        kind = self._onnx.TensorProto.FLOAT
        self._outputs.append(self._onnx.helper.make_tensor_value_info(name, kind, dims))

    def _model(self) -> Any:
        helper = self._onnx.helper
        graph = helper.make_graph(
            self._nodes, "llama", self._inputs, self._outputs, initializer=self._weights
        )
        opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid("com.microsoft", 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=9, producer_name="avatar")
