"""Voices in the Piper layout (VITS in ONNX, a JSON file beside it) through onnxruntime, English.

Phonemes come from espeak-ng; the network draws how many frames each symbol lasts (Kim et al. 2021,
§2.2.2), and that draw is made an output of the graph, so the phone times are the voice's own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avatar import fetch
from avatar.errors import AssetError, ConfigError, MissingAsset
from avatar.media import AudioChunk, Phone, Speech, VoiceCapabilities
from avatar.plugins import require
from avatar.voice.lexicon import Lexicon
from avatar.voice.text import Clause
from avatar.voice.tts import english
from avatar.voice.tts.alignment import Sound, align
from avatar.voice.tts.interrupt import Interruptible
from avatar.voice.tts.kept import KeptClauses
from avatar.voice.tts.kokoro import default_threads, with_output
from avatar.voice.tts.timing import PAUSES, by_clause

_HOP: Final = 256
"""Samples of a frame in all Piper voices."""
_DURATIONS: Final = "/Ceil_output_0"
_FLOAT: Final = 1
_PEAK: Final = 0.89
_PAD, _BEGIN, _END = "_", "^", "$"


class PiperSynthesizer:
    """Speaks with a Piper voice; ``voice`` is ``joe`` (fetched) or the path of an ``.onnx`` file.

    Raises MissingExtra, MissingAsset with the command that fetches it, AssetError for a file that
    is no Piper voice, ConfigError for one of another language.
    """

    VOICES: Final = ("joe",)

    @staticmethod
    def suited(sex: str, lang: str) -> str:
        """There is one that can be fetched."""
        return "joe"

    def __init__(
        self,
        voice: str = "joe",
        *,
        speed: float = 1.0,
        lexicon: Lexicon | None = None,
        threads: int | None = None,
    ) -> None:
        path = _file(voice)
        self._config = _Config(path.with_name(path.name + ".json"), voice)
        self._voice, self._speed = path.stem if voice not in self.VOICES else voice, speed
        self._lexicon = lexicon or Lexicon()
        self._english = english.English(write=str)
        self._session: Any = _open(path, threads or default_threads())
        self._kept = KeptClauses(f"{path} {speed:g} {path.stat().st_size}")
        self._making = Interruptible()

    @property
    def name(self) -> str:
        return f"piper/{self._voice}"

    @property
    def capabilities(self) -> VoiceCapabilities:
        return VoiceCapabilities(("en",), True, True, False, 0.15)

    def synthesize(self, text: str, *, lang: str = "auto") -> Iterator[Speech]:
        """Speak clause by clause; raises ConfigError for empty text, an unknown language, and
        for Chinese, which it cannot speak; Abandoned for the clause that :meth:`stop` ended."""
        return by_clause(text, lang, self._kept.spoken(self._speak), self._lexicon, "en")

    def rehearse(self, text: str, *, lang: str = "auto") -> Iterator[Speech]:
        """The same, and what is made is kept on disk for the next time."""
        return by_clause(text, lang, self._kept.rehearsed(self._speak), self._lexicon, "en")

    def stop(self) -> None:
        """Give up the clause that is being made; from any thread."""
        self._making.stop()

    def close(self) -> None:
        """Give the network's memory back."""
        self._session = None

    def _speak(self, clause: Clause) -> Speech:
        if any(token.lang == "zh" for token in clause.tokens):
            raise ConfigError(f"{self.name} speaks English only: --voice kokoro, or espeak")
        rate = self._config.rate
        sounds = _sounds(clause, self._english)
        samples, edges = self._render(sounds)
        phones, words, first, last = align(clause, sounds, edges, samples, rate)
        silence = np.zeros(round(PAUSES[clause.tokens[-1].mark] * rate), np.float32)
        sound = np.concatenate([samples[first:last], silence])
        rest = phones.pop().start if phones and not phones[-1].symbol else (last - first) / rate
        phones.append(Phone("", rest, len(sound) / rate, 0.0, "en"))
        sound *= _PEAK / max(float(np.abs(sound).max(initial=0.0)), 0.05)
        audio = AudioChunk(0.0, sound, rate)
        return Speech(clause.text, audio, tuple(phones), tuple(words), voice=self.name)

    def _render(self, sounds: Sequence[Sound]) -> tuple[NDArray[np.float32], list[int]]:
        """Sound, and the sample at which each of ``sounds`` begins, then the last one's end."""
        known = self._config.symbols
        own = [[known[s] for s in sound.symbols if s in known] for sound in sounds]
        pad = known[_PAD]
        inner = [n for part in own for i in part for n in (i, pad)]
        ids = [known[_BEGIN], pad, *inner, known[_END]]
        noise, length, noise_w = self._config.scales
        feed = {
            "input": np.array([ids], np.int64),
            "input_lengths": np.array([len(ids)], np.int64),
            "scales": np.array([noise, length / self._speed, noise_w], np.float32),
        }
        audio, frames = self._making.run(self._session, feed)
        starts = [0, *accumulate(int(n) * _HOP for n in np.asarray(frames).ravel())]
        counts = accumulate((2 * len(part) for part in own), initial=2)
        return np.asarray(audio, np.float32).ravel(), [starts[n] for n in counts]


class _Config:
    """What the JSON beside a network says."""

    def __init__(self, path: Path, voice: str) -> None:
        try:
            values: Any = json.loads(path.read_text("utf-8"))
            self.rate = int(values["audio"]["sample_rate"])
            found = values["phoneme_id_map"]
            self.symbols = {str(symbol): int(ids[0]) for symbol, ids in found.items()}
            scale = values["inference"]
            self.scales = tuple(float(scale[k]) for k in ("noise_scale", "length_scale", "noise_w"))
            spoken = str(values["espeak"]["voice"])
        except FileNotFoundError as error:
            raise MissingAsset("is not there: it belongs beside the .onnx", path=path) from error
        except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
            raise AssetError(f"is no Piper voice: {error!r}", path=path) from error
        if not {_PAD, _BEGIN, _END} <= set(self.symbols):
            raise AssetError("is no Piper voice: it lacks the symbols _ ^ $", path=path)
        if not spoken.startswith("en"):
            raise ConfigError(f"piper/{voice} speaks {spoken}; English voices are supported")


def _file(voice: str) -> Path:
    if voice in PiperSynthesizer.VOICES:
        return fetch.path(f"piper-{voice}", "voice.onnx")
    path = Path(voice).expanduser()
    if not path.is_file():
        raise MissingAsset(f"no such Piper voice: give {PiperSynthesizer.VOICES[0]}, or an .onnx "
                           "file", path=path)  # fmt: skip
    return path


def _open(path: Path, threads: int) -> Any:
    ort = require("onnxruntime", extra="voice", for_what="the piper voice")
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    model = with_output(path.read_bytes(), _DURATIONS, _FLOAT)
    try:
        return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        line = " ".join(str(error).split())
        raise AssetError(f"is no Piper voice: {line[:160]}", path=path) from error


def _sounds(clause: Clause, reader: english.English) -> list[Sound]:
    """Every sound of a clause in espeak's IPA, with a gap after each word and mark."""
    out = list[Sound]()
    spoken = reader.read(clause.tokens)
    for index, (token, phones) in enumerate(zip(clause.tokens, spoken, strict=True)):
        if out and token.gap and out[-1].symbols != " ":
            out.append(Sound("", " ", "en", index))
        out.extend(Sound(ipa, symbols, "en", index, stress) for ipa, symbols, stress in phones)
        if token.mark:
            out.append(Sound("", token.mark, "en", index))
            out.append(Sound("", " ", "en", index))
    while out and out[-1].symbols == " ":
        out.pop()
    return out
