"""The system's own voices, through pyttsx3: SAPI on Windows, NSSpeech on macOS, espeak on Linux.

They give sound and nothing else, so the lips follow the sound.
"""

from __future__ import annotations

import struct
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from avatar.errors import ConfigError, DeviceError, ServiceError
from avatar.media import AudioChunk, Speech, VoiceCapabilities
from avatar.plugins import require
from avatar.voice.lexicon import Lexicon
from avatar.voice.text import Clause, Lang, warm
from avatar.voice.tts.alignment import Loudness
from avatar.voice.tts.timing import PAUSES, by_clause
from avatar.worker import Worker

_WORDS_PER_MINUTE: Final = 175
_CHINESE_NAMES: Final = ("huihui", "kangkang", "yaoyao", "tingting", "ting-ting", "chinese", "中文")
_ENGLISH_NAMES: Final = ("english", "zira", "david", "samantha", "alex", "daniel")
_ATTEMPTS: Final = 3
"""On a busy machine pyttsx3 now and then comes back before its sound is written."""
_HEADER: Final = 100
"""Bytes of a sound file that holds no sound."""
_PINYIN: Final = "latn-pinyin"


class SystemSynthesizer:
    """Speaks with the machine's installed voices, one for each language.

    Raises MissingExtra without pyttsx3, DeviceError when the system has no voices.
    """

    VOICES: Final = ("female", "male")

    @staticmethod
    def suited(sex: str, lang: str) -> str:
        """The voice for a figure's sex."""
        return sex

    def __init__(
        self, voice: str = "female", *, speed: float = 1.0, lexicon: Lexicon | None = None
    ) -> None:
        require("pyttsx3", extra="voice", for_what="the system's voice")
        self._voice, self._lexicon = voice, lexicon or Lexicon()
        warm()
        self._rate = round(_WORDS_PER_MINUTE * speed)
        self._folder = tempfile.TemporaryDirectory(prefix="avatar-voice-")
        self._worker = Worker("avatar.voice.tts.system_worker")
        found = self._worker.greeting
        if "error" in found:
            self.close()
            raise DeviceError(f"the system has no usable voice ({found['error']}): --voice espeak")
        self._ids = pick(found["voices"], voice)

    @property
    def name(self) -> str:
        return f"pyttsx3/{self._voice}"

    @property
    def capabilities(self) -> VoiceCapabilities:
        return VoiceCapabilities(tuple(self._ids), False, False, False, 0.1)

    def synthesize(self, text: str, *, lang: str = "auto") -> Iterator[Speech]:
        """Speak clause by clause; raises ConfigError for empty text or an unknown language."""
        return by_clause(text, lang, self._speak, self._lexicon)

    def close(self) -> None:
        """End the worker and drop its files."""
        self._worker.close()
        self._folder.cleanup()

    def _speak(self, clause: Clause) -> Speech:
        lang = main_language(clause)
        if lang not in self._ids:
            name = {"zh": "Chinese", "en": "English"}[lang]
            raise ConfigError(f"the system has no {name} voice: install one, or --voice espeak")
        samples, rate = self._render(script(clause, pinyin=_PINYIN in self._ids[lang]), lang)
        first, last = Loudness(samples, rate).span()
        silence = np.zeros(round(PAUSES[clause.tokens[-1].mark] * rate), np.float32)
        audio = AudioChunk(0.0, np.concatenate([samples[first:last], silence]), rate)
        return Speech(clause.text, audio, voice=self.name)

    def _render(self, text: str, lang: str) -> tuple[NDArray[np.float32], int]:
        path = Path(self._folder.name) / f"speech.{'aiff' if sys.platform == 'darwin' else 'wav'}"
        request = {"text": text, "voice": self._ids[lang], "rate": self._rate, "path": str(path)}
        answer: dict[str, Any] = {}
        for _ in range(_ATTEMPTS):
            path.unlink(missing_ok=True)
            answer = self._worker.ask(request)
            if path.is_file() and path.stat().st_size > _HEADER:
                return read_sound(path.read_bytes())
        raise ServiceError(f"the system's voice failed: {answer.get('error', 'it was silent')}")


def pick(voices: Sequence[Mapping[str, Any]], sex: str) -> dict[str, str]:
    """A voice id for each language the system speaks, of the wanted sex where there is one."""
    chosen = dict[str, str]()
    for lang, names in (("zh", _CHINESE_NAMES), ("en", _ENGLISH_NAMES)):
        fit = [voice for voice in voices if _speaks(voice, lang, names)]
        fit.sort(key=lambda voice: (sex not in voice["gender"].split(), _rank(voice)))
        if fit:
            chosen[lang] = str(fit[0]["id"])
    return chosen


def _speaks(voice: Mapping[str, Any], lang: str, names: Sequence[str]) -> bool:
    # espeak's cmn voice spells hanzi in English; it can only read pinyin.
    if str(voice["id"]).startswith("sit/") and _PINYIN not in voice["id"]:
        return False
    codes = (lang, "cmn") if lang == "zh" else (lang,)
    if any(str(code).startswith(codes) for code in voice["languages"]):
        return True
    name = f"{voice['id']} {voice['name']}".lower()
    return any(known in name for known in names)


def _rank(voice: Mapping[str, Any]) -> int:
    """General accents before regional ones."""
    codes = " ".join(map(str, voice["languages"]))
    return 0 if any(code in codes for code in ("en-us", "zh-cn", "cmn")) else 1


def main_language(clause: Clause) -> Lang:
    """The language most of a clause is in."""
    chinese = sum(len(token.spoken) for token in clause.tokens if token.lang == "zh")
    english = sum(len(token.spoken) / 3 for token in clause.tokens if token.lang == "en")
    return "zh" if chinese >= english else "en"


def script(clause: Clause, *, pinyin: bool) -> str:
    """A clause with its numbers in words, for a voice that reads text."""
    words = list[str]()
    for token in clause.tokens:
        spoken = " ".join(token.syllables) if pinyin and token.lang == "zh" else token.spoken
        gap = " " if token.lang == "en" or pinyin else ""
        words.append(f"{gap}{spoken}{token.mark}{gap}")
    return " ".join("".join(words).split())


def read_sound(data: bytes) -> tuple[NDArray[np.float32], int]:
    """float32 mono samples and rate of a WAV or AIFF file (16-bit); raises ServiceError."""
    try:
        if data[:4] == b"FORM":
            return _read_aiff(data)
        return _read_wav(data)
    except (ValueError, struct.error, KeyError) as error:
        raise ServiceError(f"the system's voice wrote a file we cannot read: {error}") from error


def _read_wav(data: bytes) -> tuple[NDArray[np.float32], int]:
    chunks = dict(_chunks(data, "<"))
    _, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", chunks[b"fmt "])
    return _mono(chunks[b"data"], channels, bits, "<"), rate


def _read_aiff(data: bytes) -> tuple[NDArray[np.float32], int]:
    """AIFF and AIFF-C (``sowt`` is little-endian); the rate is an 80-bit float."""
    chunks = dict(_chunks(data, ">"))
    channels, _, bits, exponent, mantissa = struct.unpack_from(">hIhHQ", chunks[b"COMM"])
    rate = round(mantissa * 2.0 ** (exponent - 16383 - 63))
    order = "<" if chunks[b"COMM"][18:22] == b"sowt" else ">"
    return _mono(chunks[b"SSND"][8:], channels, bits, order), rate


def _chunks(data: bytes, order: str) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at + 8 <= len(data):
        name, size = data[at : at + 4], struct.unpack_from(f"{order}I", data, at + 4)[0]
        yield name, data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def _mono(raw: bytes, channels: int, bits: int, order: Literal["<", ">"]) -> NDArray[np.float32]:
    if bits != 16 or channels < 1:
        raise ValueError(f"{bits} bits, {channels} channels")
    whole = raw[: len(raw) // (2 * channels) * 2 * channels]
    samples = np.frombuffer(whole, np.dtype(np.int16).newbyteorder(order))
    return samples.reshape(-1, channels).mean(axis=1).astype(np.float32) / 32768
