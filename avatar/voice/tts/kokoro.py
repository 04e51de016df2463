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
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avatar import fetch, resources
from avatar.errors import UnknownPlugin
from avatar.media import AudioChunk, Phone, Speech, VoiceCapabilities
from avatar.plugins import require
from avatar.voice import phonemes
from avatar.voice.lexicon import Lexicon
from avatar.voice.text import Clause, Lang, Token, warm
from avatar.voice.tts import english
from avatar.voice.tts.alignment import Sound, align
from avatar.voice.tts.interrupt import Interruptible
from avatar.voice.tts.kept import KeptClauses
from avatar.voice.tts.timing import PAUSES, by_clause

RATE: Final = 24_000
"""Hz."""
FRAME: Final = 600
"""Samples per predicted frame."""
_LEAD: Final = 1080
"""Samples by which a sound comes before its frames: hissing (over 4 kHz) and voiced energy fit the
symbols best when these are taken 45 ms earlier, in both languages and all four voices."""
_MOST_SYMBOLS: Final = 480
"""The network takes 512 with its padding."""
_DURATIONS: Final = "/encoder/Gather_output_0"
_INT64: Final = 7
_PEAK: Final = 0.89
_TIMBRE: Final = 128
"""The first numbers of a style shape the timbre, the rest melody and timing (StyleTTS 2)."""
_CARE: Final = 0.1
"""Part by which a voice slows down in the language that is not its own: at full pace the weak
words of zf_xiaoxiao's English get lost (word error rate .067, at this pace .045)."""
_SIBLING: Final = {"zf_xiaoxiao": "af_heart", "zm_yunxi": "am_michael",
                   "af_heart": "zf_xiaoxiao", "am_michael": "zm_yunxi"}  # fmt: skip
"""Who lends each voice the melody of the language that is not its own."""


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
        self,
        voice: str = "zf_xiaoxiao",
        *,
        speed: float = 1.0,
        lexicon: Lexicon | None = None,
        threads: int | None = None,
    ) -> None:
        if voice not in self.VOICES:
            raise UnknownPlugin(f"kokoro has no voice {voice!r}: give {', '.join(self.VOICES)}")
        self._voice, self._speed = voice, speed
        self._lexicon = lexicon or Lexicon()
        warm()
        self._english = english.English()
        self._symbols = symbol_ids()
        self._style, self._foreign = style_table(voice), style_table(_SIBLING[voice])
        network = fetch.path("kokoro")
        self._session: Any = open_network(network, threads or default_threads())
        self._kept = KeptClauses(f"{self.name} {speed:g} {network.stat().st_size}")
        self._making = Interruptible()

    @property
    def name(self) -> str:
        return f"kokoro/{self._voice}"

    @property
    def _home(self) -> Lang:
        """The language that is its own."""
        return "zh" if self._voice.startswith("z") else "en"

    @property
    def capabilities(self) -> VoiceCapabilities:
        return VoiceCapabilities(("zh", "en"), True, True, True, 0.3)

    def synthesize(self, text: str, *, lang: str = "auto") -> Iterator[Speech]:
        """Speak clause by clause; raises ConfigError for empty text or an unknown language, and
        Abandoned for the clause that :meth:`stop` ended."""
        return by_clause(text, lang, self._kept.spoken(self._speak), self._lexicon, self._home)

    def rehearse(self, text: str, *, lang: str = "auto") -> Iterator[Speech]:
        """The same, and what is made is kept on disk for the next time."""
        return by_clause(text, lang, self._kept.rehearsed(self._speak), self._lexicon, self._home)

    def stop(self) -> None:
        """Give up the clause that is being made; from any thread."""
        self._making.stop()

    def close(self) -> None:
        """Give the network's memory back."""
        self._session = None

    def _speak(self, clause: Clause) -> Speech:
        sounds = sounds_of(clause, self._english)
        samples, edges = self._render(sounds, self._accent(sounds))
        phones, words, first, last = align(clause, sounds, edges, samples, RATE)
        token = clause.tokens[-1]
        silence = np.zeros(round(PAUSES[token.mark] * RATE), np.float32)
        sound = np.concatenate([samples[first:last], silence])
        rest = phones.pop().start if not phones[-1].symbol else (last - first) / RATE
        phones.append(Phone("", rest, len(sound) / RATE, 0.0, token.lang))
        sound *= _PEAK / max(float(np.abs(sound).max(initial=0.0)), 0.05)
        audio = AudioChunk(0.0, sound, RATE)
        return Speech(clause.text, audio, tuple(phones), tuple(words), voice=self.name)

    def _accent(self, sounds: Sequence[Sound]) -> float:
        """Share (0..1) of the sounds that are not in the voice's own language."""
        langs = [sound.lang for sound in sounds if sound.ipa]
        return sum(lang != self._home for lang in langs) / max(len(langs), 1)

    def _render(
        self, sounds: Sequence[Sound], accent: float
    ) -> tuple[NDArray[np.float32], list[int]]:
        """Sound, and the sample at which each of ``sounds`` begins, then the last one's end."""
        ids = [[self._symbols[s] for s in sound.symbols if s in self._symbols] for sound in sounds]
        audio, edges, length = list[NDArray[np.float32]](), list[int](), 0
        for part in portions(ids):
            samples, frames = self._infer([0, *chain.from_iterable(part), 0], accent)
            starts = np.concatenate([[0], np.cumsum(frames)]) * FRAME - _LEAD
            counts = np.cumsum([1, *map(len, part)])
            edges[-1:] = [length + max(0, int(starts[n])) for n in counts]
            audio.append(samples)
            length += len(samples)
        return np.concatenate(audio), edges

    def _infer(
        self, tokens: list[int], accent: float
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        row = min(len(tokens) - 3, len(self._style) - 1)
        style = self._style[row].copy()
        style[_TIMBRE:] += accent * (self._foreign[row] - style)[_TIMBRE:]
        feed = {
            "tokens": np.array([tokens], np.int64),
            "style": style[None],
            "speed": np.array([self._speed * (1 - _CARE * accent)], np.float32),
        }
        audio, frames = self._making.run(self._session, feed)
        return np.asarray(audio, np.float32), np.asarray(frames, np.int64)


def portions(ids: Sequence[list[int]]) -> Iterator[Sequence[list[int]]]:
    """Symbols in stretches that the network takes at once; nearly always one."""
    start = count = 0
    for i, own in enumerate(ids):
        if count + len(own) > _MOST_SYMBOLS:
            yield ids[start:i]
            start, count = i, 0
        count += len(own)
    yield ids[start:]


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


def with_output(model: bytes, tensor: str, kind: int = _INT64) -> bytes:
    """An ONNX model with one more output, a tensor of element type ``kind``.

    Protocol buffers merge a repeated submessage into the earlier one, so appending a graph that
    holds nothing but the new output is enough; the 92 MB need no parsing.
    """
    of_kind = _field(1, bytes([8, kind]))
    output = _field(1, tensor.encode()) + _field(2, of_kind)
    return model + _field(7, _field(12, output))


def _field(number: int, payload: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(payload)) + payload


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])
