"""The natural voice: Kokoro-82M through onnxruntime, Chinese and English in one breath.

Mandarin comes from pinyin, English from espeak-ng's phonemes, both in Kokoro's symbols, so a
mixed sentence is one synthesis in one voice. The network predicts how many frames each symbol
lasts and then renders exactly those; that prediction is made an output of the graph, so the phone
times are the voice's own, to the sample.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avatar import fetch, resources
from avatar.errors import UnknownPlugin
from avatar.media import AudioChunk, Phone, Speech, VoiceCapabilities, Word
from avatar.plugins import require
from avatar.voice import phonemes
from avatar.voice.text import Clause, Token, clauses
from avatar.voice.tts import english
from avatar.voice.tts.timing import PAUSES, check_request

RATE: Final = 24_000
"""Hz."""
FRAME: Final = 600
"""Samples per predicted frame."""
_DURATIONS: Final = "/encoder/Gather_output_0"
_MOST_SYMBOLS: Final = 500
_PEAK: Final = 0.89


@dataclass(frozen=True, slots=True)
class Sound:
    """A phone and the symbols that stand for it, or a gap (``ipa`` "")."""

    ipa: str
    symbols: str
    lang: str
    token: int
    """Index of the clause's token it belongs to."""
    stress: float = 0.0


class KokoroSynthesizer:
    """Speaks with Kokoro-82M; ``voice`` is one of ``VOICES``, ``speed`` a factor.

    Raises MissingExtra without onnxruntime or espeak-ng, MissingAsset when the network is not
    fetched yet.
    """

    VOICES: Final = ("zf_xiaoxiao", "zm_yunxi", "af_heart", "am_michael")

    @staticmethod
    def suited(sex: str, lang: str) -> str:
        """The voice for a figure's sex and first language."""
        if lang == "en":
            return "am_michael" if sex == "male" else "af_heart"
        return "zm_yunxi" if sex == "male" else "zf_xiaoxiao"

    def __init__(
        self, voice: str = "zf_xiaoxiao", *, speed: float = 1.0, threads: int | None = None
    ) -> None:
        if voice not in self.VOICES:
            raise UnknownPlugin(f"kokoro has no voice {voice!r}: give {', '.join(self.VOICES)}")
        self._voice, self._speed = voice, speed
        self._english = english.English()
        self._symbols = symbol_ids()
        self._style = style_table(voice)
        self._session = open_network(fetch.path("kokoro"), threads or default_threads())

    @property
    def name(self) -> str:
        return f"kokoro/{self._voice}"

    @property
    def capabilities(self) -> VoiceCapabilities:
        return VoiceCapabilities(("zh", "en"), True, True, True, 0.3)

    def synthesize(self, text: str, *, lang: str = "auto") -> Iterator[Speech]:
        """Speak clause by clause; raises ConfigError for empty text or an unknown language."""
        check_request(text, lang)
        home = "zh" if self._voice.startswith("z") else "en"
        return (self._speak(clause) for clause in clauses(text, lang, home=home))

    def close(self) -> None:
        """Give the network's memory back."""
        self._session = None

    def _speak(self, clause: Clause) -> Speech:
        sounds = sounds_of(clause, self._english)
        samples, ends = self._render(sounds)
        phones, words, samples = timed(clause, sounds, samples, ends)
        return Speech(clause.text, AudioChunk(0.0, samples, RATE), phones, words, voice=self.name)

    def _render(self, sounds: Sequence[Sound]) -> tuple[NDArray[np.float32], list[int]]:
        """Sound, and the sample at which each of ``sounds`` ends (the first is the lead-in)."""
        ids, counts = [0], [1]
        for sound in sounds:
            known = [self._symbols[s] for s in sound.symbols if s in self._symbols]
            ids.extend(known)
            counts.append(len(known))
        ids.append(0)
        feed = {
            "tokens": np.array([ids], np.int64),
            "style": self._style[min(len(ids) - 3, len(self._style) - 1)][None],
            "speed": np.array([self._speed], np.float32),
        }
        audio, frames = self._session.run(None, feed)
        edges = np.cumsum(np.concatenate([[0], frames])) * FRAME
        ends = [int(edges[n]) for n in np.cumsum(counts)]
        return np.asarray(audio, np.float32), ends


def sounds_of(clause: Clause, reader: english.English) -> list[Sound]:
    """Every sound of a clause in Kokoro's symbols, with a gap after each word and mark."""
    out, index = list[Sound](), 0
    for run in clause.runs():
        spoken = _mandarin(run) if run[0].lang == "zh" else reader.read(run)
        for token, phones in zip(run, spoken, strict=True):
            if out and token.gap and out[-1].symbols != " ":
                out.append(Sound("", " ", token.lang, index))
            out.extend(Sound(ipa, sym, token.lang, index, stress) for ipa, sym, stress in phones)
            if token.mark:
                out.append(Sound("", token.mark, token.lang, index))
                out.append(Sound("", " ", token.lang, index))
            index += 1
    while out and out[-1].symbols == " ":
        out.pop()
    return out


def _mandarin(run: Sequence[Token]) -> Iterator[list[tuple[str, str, float]]]:
    for token in run:
        yield [
            (ipa, symbols, 0.0 if syllable[-1] == "5" else 0.5)
            for syllable in token.syllables
            for ipa, symbols in phonemes.kokoro_syllable(syllable)
        ]


def timed(
    clause: Clause, sounds: Sequence[Sound], samples: NDArray[np.float32], ends: list[int]
) -> tuple[tuple[Phone, ...], tuple[Word, ...], NDArray[np.float32]]:
    """Phones, words and sound, with the silence at both ends cut to what the mark asks for."""
    first, last = voiced_span(samples)
    spans = [(max(a, first), min(b, last)) for a, b in zip(ends, ends[1:], strict=False)]
    pause = PAUSES[clause.tokens[-1].mark]
    stop = last - first
    sound = np.concatenate([samples[first:last], np.zeros(round(pause * RATE), np.float32)])
    phones = list[Phone]()
    for item, (a, b) in zip(sounds, spans, strict=True):
        if b > a:
            start = phones[-1].end if phones else 0.0
            phones.append(Phone(item.ipa, start, (b - first) / RATE, item.stress, item.lang))
    phones.append(Phone("", stop / RATE, len(sound) / RATE, 0.0, clause.tokens[-1].lang))
    words = list[Word]()
    for index, token in enumerate(clause.tokens):
        own = [s for x, s in zip(sounds, spans, strict=True) if x.token == index and x.ipa]
        start, end = (own[0][0], own[-1][1]) if own else (first, first)
        words.append(Word(token.text, (start - first) / RATE, (end - first) / RATE, token.offset))
    peak = float(np.abs(sound).max(initial=1e-6))
    return tuple(phones), tuple(words), sound * (_PEAK / peak)


def voiced_span(samples: NDArray[np.float32]) -> tuple[int, int]:
    """First and last sample of the sound, with a little air around it."""
    block = RATE // 100
    usable = samples[: len(samples) // block * block].reshape(-1, block)
    loud = np.flatnonzero(np.sqrt((usable**2).mean(axis=1)) > 0.004)
    if len(loud) == 0:
        return 0, len(samples)
    return max(0, int(loud[0]) - 2) * block, min(len(samples), (int(loud[-1]) + 3) * block)


def default_threads() -> int:
    """One on few cores, where drawing needs the rest; at most four."""
    return max(1, min(4, (os.cpu_count() or 1) // 2))


@cache
def symbol_ids() -> dict[str, int]:
    """Kokoro's vocabulary."""
    file = resources.models_dir() / "voices" / "kokoro" / "vocab.json"
    return json.loads(file.read_text("utf-8"))


def style_table(voice: str) -> NDArray[np.float32]:
    """float32[510, 256]: the style vector by the number of symbols."""
    file = resources.models_dir() / "voices" / "kokoro" / f"{voice}.bin"
    return np.fromfile(file, np.float32).reshape(-1, 256)


def open_network(path: Path, threads: int) -> Any:
    """The network as an onnxruntime session whose second output is frames per symbol."""
    ort = require("onnxruntime", extra="voice", for_what="the kokoro voice")
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    model = with_output(path.read_bytes(), _DURATIONS)
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def with_output(model: bytes, tensor: str) -> bytes:
    """An ONNX model with one more int64 output.

    Protocol buffers merge a repeated submessage into the earlier one, so appending a graph that
    holds nothing but the new output is enough; the 92 MB need no parsing.
    """
    int64_tensor = _field(1, b"\x08\x07")
    output = _field(1, tensor.encode()) + _field(2, int64_tensor)
    return model + _field(7, _field(12, output))


def _field(number: int, payload: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(payload)) + payload


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])
