"""SmolLM2 as it comes from its package: converted, compared with its own weights, and talked to."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest

from avatar import fetch
from avatar.errors import MissingAsset, MissingExtra, UnsupportedFormat
from avatar.media import Question
from avatar.voice.dialogue import convert
from avatar.voice.dialogue.language_model import LanguageModel
from avatar.voice.dialogue.onnx import OnnxDialogue
from avatar.voice.dialogue.persona import Persona
from avatar.voice.dialogue.sampling import Sampling
from avatar.voice.dialogue.tokenizer import ChatTokenizer


@pytest.fixture(scope="module")
def folder():
    try:
        return convert.made("smollm2")
    except (MissingAsset, MissingExtra) as error:
        if os.environ.get("AVATAR_REQUIRE_ALL"):
            pytest.fail(str(error))
        pytest.skip(str(error))


def test_converting_again_gives_the_same_bytes(folder, tmp_path):
    source = fetch.path("smollm2", "smollm2.gguf")
    command = [sys.executable, "-m", "avatar.voice.dialogue.convert", source, tmp_path / "made"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for name in convert.FILES:
        first, again = ((place / name).read_bytes() for place in (folder, tmp_path / "made"))
        assert hashlib.sha256(first).digest() == hashlib.sha256(again).digest(), name


def test_the_graph_is_the_network_of_its_weights(folder):
    """Against the same weights in float64 numpy, dequantised by the package of the format."""
    gguf = pytest.importorskip("gguf")
    file = gguf.GGUFReader(str(fetch.path("smollm2", "smollm2.gguf")))
    tensors = {tensor.name: tensor for tensor in file.tensors}

    def weight(name: str) -> np.ndarray:
        tensor = tensors[name]
        return gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float64)

    ids = ChatTokenizer(folder).encode("The museum opens at nine o'clock, and closes")
    model = LanguageModel(folder / "model.onnx")
    got, want = model.scores(ids), _llama(weight, ids)
    model.close()
    assert np.corrcoef(got, want)[0, 1] > 0.999
    best = np.argsort(want)[::-1][:5]
    assert int(got.argmax()) in best[:2]
    assert len(set(np.argsort(got)[::-1][:5]) & set(best)) >= 4


def _llama(weight, ids: list[int]) -> np.ndarray:
    """Scores after ``ids``, by the definition (30 layers, 9 heads over 3, pairs rotated)."""

    def norm(x, gain):
        return x / np.sqrt((x**2).mean(-1, keepdims=True) + 1e-5) * gain

    def rotate(x):
        turn = np.arange(len(x))[:, None, None] * 1e5 ** (-np.arange(0, 64, 2) / 64)
        pairs = (x[..., 0::2] + 1j * x[..., 1::2]) * np.exp(1j * turn)
        return np.stack([pairs.real, pairs.imag], -1).reshape(x.shape)

    table = weight("token_embd.weight")
    x, mask = table[ids], np.where(np.tri(len(ids)) > 0, 0, -np.inf)
    for i in range(30):
        at = f"blk.{i}"
        y = norm(x, weight(f"{at}.attn_norm.weight"))
        q, k, v = ((y @ weight(f"{at}.attn_{p}.weight").T).reshape(len(ids), -1, 64) for p in "qkv")
        q, k, v = rotate(q), np.repeat(rotate(k), 3, 1), np.repeat(v, 3, 1)
        odds = np.exp(np.einsum("qhd,khd->hqk", q, k) / 8 + mask)
        odds /= odds.sum(-1, keepdims=True)
        seen = np.einsum("hqk,khd->qhd", odds, v).reshape(len(ids), -1)
        x = x + seen @ weight(f"{at}.attn_output.weight").T
        y = norm(x, weight(f"{at}.ffn_norm.weight"))
        gate, up = (y @ weight(f"{at}.ffn_{p}.weight").T for p in ("gate", "up"))
        x = x + (gate / (1 + np.exp(-gate)) * up) @ weight(f"{at}.ffn_down.weight").T
    return norm(x, weight("output_norm.weight"))[-1] @ table.T


def test_it_knows_the_capital_of_france():
    dialogue = OnnxDialogue(persona=Persona(free="facts"), sampling=Sampling(), threads=2)
    said = " ".join(r.text for r in dialogue.answer(Question("What is the capital of France?")))
    assert "Paris" in said
    assert list(dialogue.answer(Question("法国的首都是哪里？"))) == []
    dialogue.close()


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"not a gguf file", "not a readable GGUF"), (b"GGUF", "not a readable")],
)
def test_a_file_that_is_no_gguf_is_named(tmp_path, content, message):
    pytest.importorskip("gguf")
    file = tmp_path / "bad.gguf"
    file.write_bytes(content)
    with pytest.raises(UnsupportedFormat, match=message):
        convert.convert(file, tmp_path / "out")
    with pytest.raises(MissingAsset, match=r"none\.gguf"):
        convert.convert(tmp_path / "none.gguf", tmp_path / "out")
