"""Whisper through faster-whisper: Chinese and English, on the processor.

It reads a whole utterance at once: what there is so far, again and again at growing distances
while the visitor speaks, and when the voice pauses, so that the final text is ready at the end of
a turn that was not gone on with. The encoder is given the sound and a few seconds of silence, not
the 30 s it was trained on, which takes a tenth of the time; the language is told from the same
encoding. What it makes up from noise is told by its own opinion of it (Radford et al. 2022, §4.5:
no-speech probability, mean log probability, compression ratio) and dropped.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avatar import fetch
from avatar.errors import AssetError, ConfigError, MissingAsset
from avatar.media import AudioChunk, RecognizerCapabilities, Transcript
from avatar.plugins import require
from avatar.voice.asr.feeding import RATE, Timeline

LANGUAGES: Final = ("zh", "en")
_PROMPT: Final = "以下是普通话的句子，用简体中文书写。"
_SILENT, _UNSURE, _REPEATING = 0.6, -1.0, 2.4
"""No-speech probability and mean log probability beyond which a text is taken to be made up;
compression ratio of one that turns in circles."""
_SHORTEST: Final = 0.2
"""s of sound below which there is nothing to read."""
_FRESH: Final = 1.0
"""s of new sound after which it is read again ..."""
_AGAIN: Final = 0.5
"""... or this part of what was read the last time, if that is more."""
_SILENCE: Final = (300, 800)
"""Frames of 10 ms of silence that the encoder is given after the sound: while one speaks, for
speed, and when the voice pauses, for what it reads better in noise."""
_LONGEST: Final = 27.0
"""s that are read at once; more is read in parts."""
_TOKENS: Final = 220
"""Longest text of a part."""


class WhisperRecognizer:
    """Chinese and English, told apart by the sound."""

    MODELS: Final = ("base",)

    def __init__(
        self, model: str = "base", *, lang: str = "auto", hot_words: Sequence[str] = ()
    ) -> None:
        """``model`` is ``base`` or a folder in the CTranslate2 layout; ``hot_words`` are expected.

        Raises MissingExtra, MissingAsset with the command that fetches it, ConfigError for a
        language it is not used for.
        """
        if lang not in (*LANGUAGES, "auto"):
            raise ConfigError(f"whisper hears zh and en here, not {lang}")
        whisper: Any = require("faster_whisper", extra="listen", for_what="the recogniser whisper")
        opencc: Any = require("opencc", extra="listen", for_what="simplified Chinese")
        folder = _folder(model)
        try:
            self._model: Any = whisper.WhisperModel(
                str(folder), device="cpu", compute_type="int8", cpu_threads=2
            )
        except (RuntimeError, ValueError) as error:
            raise AssetError(f"is no Whisper model: {error}", path=folder) from error
        tokenizing: Any = require(
            "faster_whisper.tokenizer", extra="listen", for_what="the recogniser whisper"
        )
        self._tokenizers: dict[str, Any] = {
            lang: tokenizing.Tokenizer(
                self._model.hf_tokenizer, True, task="transcribe", language=lang
            )
            for lang in LANGUAGES
        }
        self._simplify: Any = opencc.OpenCC("t2s").convert
        self._model_name, self._lang = model, lang
        self._hot_words = " ".join(hot_words) or None
        self._time, self._blocks = Timeline(), list[NDArray[np.float32]]()
        self._glanced = 0
        """Samples that were read while one spoke."""
        self._read: tuple[int, str] | None = None
        """Samples that were read at the last pause, and what was read."""

    @property
    def name(self) -> str:
        return f"whisper/{self._model_name}"

    @property
    def capabilities(self) -> RecognizerCapabilities:
        return RecognizerCapabilities(LANGUAGES, streaming=True, realtime_factor=0.2)

    def feed(self, chunk: AudioChunk) -> Sequence[Transcript]:
        """Reads what there is once enough is new; a longer utterance is read less often."""
        self._blocks.append(self._time.take(chunk))
        count = self._count()
        if count - self._glanced < max(_FRESH * RATE, _AGAIN * self._glanced):
            return []
        self._glanced = count
        return self._news(self._text(_SILENCE[0]))

    def pause(self) -> Sequence[Transcript]:
        """Read what there is: most of the time nothing is said after it."""
        return self._news(self._careful())

    def finish(self) -> Transcript:
        transcript = self._time.transcript(self._careful(), final=True)
        self.reset()
        return transcript

    def reset(self) -> None:
        self._blocks.clear()
        self._time.reset()
        self._read, self._glanced = None, 0

    def close(self) -> None:
        self.reset()

    def _count(self) -> int:
        return sum(map(len, self._blocks))

    def _news(self, text: str) -> list[Transcript]:
        return [self._time.transcript(text, final=False)] if text else []

    def _careful(self) -> str:
        count = self._count()
        if self._read is None or self._read[0] != count:
            self._read = (count, self._text(_SILENCE[1]))
        return self._read[1]

    def _text(self, silence: int) -> str:
        sound = np.concatenate([*self._blocks, np.zeros(0, np.float32)])
        size = round(_LONGEST * RATE)
        parts = (sound[at : at + size] for at in range(0, len(sound), size))
        texts = [self._decode(part, silence) for part in parts]
        spaced = any(text.isascii() for text in texts)
        return (" " if spaced else "").join(filter(None, texts))

    def _decode(self, sound: NDArray[np.float32], silence: int) -> str:
        """The words of float32[n], at most :data:`_LONGEST` s at 16 kHz."""
        if len(sound) < _SHORTEST * RATE:
            return ""
        encoded = self._encode(sound, silence)
        lang = self._lang if self._lang != "auto" else self._detect(encoded)
        tokenizer = self._tokenizers[lang]
        prompt = self._model.get_prompt(
            tokenizer,
            tokenizer.encode(" " + _PROMPT) if lang == "zh" else [],
            without_timestamps=True,
            hotwords=self._hot_words,
        )
        found = self._model.model.generate(
            encoded, [prompt], beam_size=1, sampling_temperature=0.0,
            max_length=len(prompt) + _TOKENS, return_scores=True, return_no_speech_prob=True,
        )[0]  # fmt: skip
        text = tokenizer.decode([t for t in found.sequences_ids[0] if t < tokenizer.eot]).strip()
        if not _believed(text, found.scores[0], found.no_speech_prob):
            return ""
        return self._simplify(text) if lang == "zh" else text

    def _encode(self, sound: NDArray[np.float32], silence: int) -> Any:
        """The encoder's view of the sound and of ``silence`` frames after it."""
        extractor = self._model.feature_extractor
        heard = extractor(sound)
        size = min(heard.shape[1] + silence, extractor.nb_max_frames)
        features = np.full((heard.shape[0], size), heard.min(), np.float32)
        features[:, : heard.shape[1]] = heard[:, :size]
        return self._model.encode(features)

    def _detect(self, encoded: Any) -> str:
        """The likelier of its languages."""
        likely = dict(self._model.model.detect_language(encoded)[0])
        return max(LANGUAGES, key=lambda lang: likely.get(f"<|{lang}|>", 0.0))


def _believed(text: str, score: float, no_speech: float) -> bool:
    raw = text.encode()
    repeating = len(raw) / len(zlib.compress(raw)) > _REPEATING
    return not repeating and not (no_speech > _SILENT and score < _UNSURE)


def _folder(model: str) -> Path:
    """Of a fetched model by name, or a folder of one's own; raises MissingAsset."""
    if model in WhisperRecognizer.MODELS:
        return fetch.path(f"whisper-{model}", "model.bin").parent
    folder = Path(model).expanduser()
    for name in ("model.bin", "config.json", "tokenizer.json"):
        if not (folder / name).is_file():
            raise MissingAsset("is not there: give a folder with a whole model", path=folder / name)
    return folder
