"""Voices: time to first sound, speed, and how well a recogniser understands them.

    python tests/bench/voices.py [--voice kokoro/af_heart ...] [--sentences 50] [--save DIR]

Prints JSON: for each voice, milliseconds to the first clause of a sentence once warm, seconds of
work per second of speech, character error rate of the Chinese and word error rate of the English
sentences, read back by Whisper base (`avatar fetch whisper-base`, pip install faster-whisper).
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import time
import tomllib
import wave
from pathlib import Path
from typing import Any

import numpy as np
import soxr

from avatar import fetch
from avatar.media import Speech, Synthesizer
from avatar.voice.text import clauses
from avatar.voice.tts import select

SENTENCES = Path(__file__).with_name("sentences.toml")
DEFAULT = ("kokoro/zf_xiaoxiao", "kokoro/zm_yunxi", "kokoro/af_heart", "kokoro/am_michael",
           "espeak/female", "espeak/male")  # fmt: skip
WARM_UP = {"zh": "现在开始。", "en": "We begin now."}
PROMPT = "以下是普通话的句子，使用简体中文。"


def units(text: str, lang: str) -> list[str]:
    """What errors are counted in: hanzi (zh), lower-case words (en), numbers as spoken."""
    spoken = " ".join(t.spoken for c in clauses(_simplified(text), lang) for t in c.tokens)
    if lang == "zh":
        return [c for c in spoken if c.isalnum()]
    return "".join(c if c.isalnum() or c in "' " else " " for c in spoken.lower()).split()


def _simplified(text: str) -> str:
    import opencc

    return opencc.OpenCC("t2s").convert(text)


def distance(said: list[str], heard: list[str]) -> int:
    """Levenshtein distance."""
    row = list(range(len(heard) + 1))
    for i, a in enumerate(said, 1):
        diagonal, row[0] = row[0], i
        for j, b in enumerate(heard, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (a != b))
    return row[-1]


def listener() -> Any:
    """Whisper base on two threads."""
    from faster_whisper import WhisperModel

    folder = fetch.fetch("whisper-base")[0].parent
    return WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=2)


def hear(model: Any, speeches: list[Speech], lang: str) -> str:
    """What the recogniser makes of an utterance."""
    rate = speeches[0].audio.rate
    samples = np.concatenate([s.audio.samples for s in speeches])
    samples = soxr.resample(samples, rate, 16_000)
    room = np.zeros(4800, np.float32)
    segments, _ = model.transcribe(
        np.concatenate([room, samples, room]),
        language=lang,
        beam_size=5,
        initial_prompt=PROMPT if lang == "zh" else None,
        condition_on_previous_text=False,
    )
    return "".join(segment.text for segment in segments).strip()


def save(folder: str, name: str, speeches: list[Speech]) -> None:
    """Write what was said beside the figures."""
    path = Path(folder) / f"{name}.wav"
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = np.concatenate([s.audio.samples for s in speeches])
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(speeches[0].audio.rate)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())


def measure(voice: Synthesizer, sentences: dict[str, list[str]], model: Any, folder: str) -> Any:
    """All figures of one voice."""
    figures: dict[str, Any] = {"voice": voice.name}
    for lang, lines in sentences.items():
        list(voice.synthesize(WARM_UP[lang]))
        first, work, sound, errors, length, misheard = [], 0.0, 0.0, 0, 0, []
        for i, line in enumerate(lines):
            start = time.perf_counter()
            stream = voice.synthesize(line)
            speeches = [next(stream)]
            first.append((time.perf_counter() - start) * 1000)
            speeches.extend(stream)
            work += time.perf_counter() - start
            sound += sum(s.audio.duration for s in speeches)
            if folder:
                save(folder, f"{voice.name}/{lang}_{i:02d}", speeches)
            heard = hear(model, speeches, lang)
            said, got = units(line, lang), units(heard, lang)
            wrong = distance(said, got)
            errors, length = errors + wrong, length + len(said)
            if wrong:
                misheard.append([line, heard])
        figures[lang] = {
            "first_sound_ms": round(statistics.median(first), 1),
            "realtime_factor": round(work / sound, 3),
            "cer" if lang == "zh" else "wer": round(errors / length, 4),
            "sentences": len(lines),
            "misheard": misheard,
        }
    return figures


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--voice", action="append")
    parser.add_argument("--sentences", type=int, default=50, help="of each language")
    parser.add_argument("--lang", choices=("zh", "en"), action="append")
    parser.add_argument("--save", default="", help="folder for the WAVs")
    options = parser.parse_args()
    table = tomllib.loads(SENTENCES.read_text("utf-8"))
    langs = options.lang or ["zh", "en"]
    sentences = {lang: table[lang][: options.sentences] for lang in langs}
    model = listener()
    figures = [
        measure(select.create(name), sentences, model, options.save)
        for name in options.voice or DEFAULT
    ]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    report = {"cpus": os.cpu_count(), "peak_mb_with_recogniser": peak, "voices": figures}
    print(json.dumps(report, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
