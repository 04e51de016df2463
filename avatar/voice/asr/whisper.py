"""Whisper through faster-whisper: Chinese and English, on the processor.

It reads a whole utterance at once, in about .4 s of CPU per second of speech. When the voice
pauses it reads what there is, so the final text is ready at the end of a turn that was not gone
on with. What it makes up from noise is told by its own opinion of it (Radford et al. 2022, §4.5:
no-speech probability, mean log probability, compression ratio) and dropped.
"""

from __future__ import annotations

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
        self._simplify: Any = opencc.OpenCC("t2s").convert
        self._model_name, self._lang = model, lang
        self._hot_words = " ".join(hot_words) or None
        self._time, self._blocks = Timeline(), list[NDArray[np.float32]]()
        self._read: tuple[int, str] | None = None
        """Samples that were read, and what was read."""

    @property
    def name(self) -> str:
        return f"whisper/{self._model_name}"

    @property
    def capabilities(self) -> RecognizerCapabilities:
        return RecognizerCapabilities(LANGUAGES, streaming=False, realtime_factor=0.5)

    def feed(self, chunk: AudioChunk) -> Sequence[Transcript]:
        self._blocks.append(self._time.take(chunk))
        return []

    def pause(self) -> Sequence[Transcript]:
        """Read what there is: most of the time nothing is said after it."""
        text = self._text()
        return [self._time.transcript(text, final=False)] if text else []

    def finish(self) -> Transcript:
        transcript = self._time.transcript(self._text(), final=True)
        self.reset()
        return transcript

    def reset(self) -> None:
        self._blocks.clear()
        self._time.reset()
        self._read = None

    def close(self) -> None:
        self.reset()

    def _text(self) -> str:
        count = sum(map(len, self._blocks))
        if self._read is None or self._read[0] != count:
            self._read = (count, self._decode(np.concatenate([*self._blocks, np.zeros(0)])))
        return self._read[1]

    def _decode(self, samples: NDArray[np.floating[Any]]) -> str:
        if len(samples) < _SHORTEST * RATE:
            return ""
        sound = samples.astype(np.float32)
        lang = self._lang if self._lang != "auto" else self._detect(sound)
        segments, _ = self._model.transcribe(
            sound, language=lang, beam_size=1, temperature=0.0, without_timestamps=True,
            condition_on_previous_text=False, initial_prompt=_PROMPT if lang == "zh" else None,
            hotwords=self._hot_words,
        )  # fmt: skip
        parts = [segment.text.strip() for segment in segments if _believed(segment)]
        text = ("" if lang == "zh" else " ").join(parts).strip()
        return self._simplify(text) if lang == "zh" else text

    def _detect(self, sound: NDArray[np.float32]) -> str:
        """The likelier of its languages."""
        _, _, found = self._model.detect_language(sound)
        likely = dict(found)
        return max(LANGUAGES, key=lambda lang: likely.get(lang, 0.0))


def _believed(segment: Any) -> bool:
    made_up = segment.no_speech_prob > _SILENT and segment.avg_logprob < _UNSURE
    return not made_up and segment.compression_ratio < _REPEATING


def _folder(model: str) -> Path:
    """Of a fetched model by name, or a folder of one's own; raises MissingAsset."""
    if model in WhisperRecognizer.MODELS:
        return fetch.path(f"whisper-{model}", "model.bin").parent
    folder = Path(model).expanduser()
    for name in ("model.bin", "config.json", "tokenizer.json"):
        if not (folder / name).is_file():
            raise MissingAsset("is not there: give a folder with a whole model", path=folder / name)
    return folder
