"""Hearing: what is taken for speech, how turns end, how soon the text is there.

    python tests/bench/hearing.py [--only judge pauses ...] [--speech DIR] [--laughs DIR]

Prints JSON. The 60 questions are synthesised speech (Kokoro, seven voices); coughs and other
sounds come from a source-filter model (``body_sounds.py``), since no recordings of coughs could be
had: recordings of people and of laughter are measured where folders of them are given. Pauses and
turn ends run in virtual time with the text of whisper known at once; ``text_ready`` runs in real
time on this machine.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import body_sounds
import numpy as np
from conditions import CONDITIONS, RATE, Samples, read

from avatar.errors import AvatarError
from avatar.media import AudioChunk, Recognizer, Transcript
from avatar.voice.asr import select
from avatar.voice.asr.text import TextRecognizer
from avatar.voice.asr.whisper import WhisperRecognizer
from avatar.voice.heard import Heard, NotSpeech, TurnEnded, VoiceConfirmed, VoiceStarted
from avatar.voice.hearing import Hearing

QUESTIONS = Path(__file__).parents[2].parent / "shared" / "data" / "speech" / "questions"
BLOCK = 320
PAUSE = 0.5
"""s spliced into a sentence."""
EARLY = 0.15
"""s before the labelled start from which a voice may be noticed."""
REAL = 12
"""Questions heard in real time."""


class EndOnly(WhisperRecognizer):
    """Reads nothing before the turn is over, for comparison."""

    def feed(self, chunk: AudioChunk) -> list[Transcript]:
        self._blocks.append(self._time.take(chunk))
        return []

    def pause(self) -> list[Transcript]:
        return []


def questions() -> list[tuple[dict[str, Any], Samples]]:
    table = json.loads((QUESTIONS / "questions.json").read_text("utf-8"))
    return [(entry, read(QUESTIONS / entry["file"])) for entry in table]


def blocks(sound: Samples) -> Iterator[AudioChunk]:
    for i in range(0, len(sound), BLOCK):
        yield AudioChunk(i / RATE, sound[i : i + BLOCK].astype(np.float32), RATE)


def heard(sound: Samples, recognizer: Recognizer | None = None) -> list[Heard]:
    hearing = Hearing(recognizer or TextRecognizer(), threaded=False)
    found = [event for chunk in blocks(sound) for event in hearing.feed(chunk)]
    if recognizer is None:
        hearing.close()
    return found


def verdicts(found: list[Heard]) -> list[tuple[float, float, str]]:
    """Of each voice: its start, when it was judged, and what it was, or ``speech``."""
    judged, start = list[tuple[float, float, str]](), 0.0
    for event in found:
        if isinstance(event, VoiceStarted):
            start = event.t
        elif isinstance(event, (VoiceConfirmed, NotSpeech)):
            reason = event.reason if isinstance(event, NotSpeech) else "speech"
            judged.append((start, event.t, reason))
    return judged


def lost(sound: Samples, begins: float) -> bool:
    """Whether speech that begins at ``begins`` s was first judged something else, or missed."""
    after = [reason for start, _, reason in verdicts(heard(sound)) if start >= begins - EARLY]
    return not after or after[0] != "speech"


def share(part: int, whole: int) -> dict[str, Any]:
    return {"n": whole, "wrong": part, "share": round(part / max(whole, 1), 3)}


def quantiles(values: list[float]) -> dict[str, float]:
    p50, p95 = np.quantile(values, [0.5, 0.95])
    return {"n": len(values), "p50": round(float(p50), 3), "p95": round(float(p95), 3)}


def judge(args: argparse.Namespace) -> dict[str, Any]:
    rng = np.random.default_rng(7)
    asked = questions()
    figures: dict[str, Any] = {"speech lost": {}, "taken for speech": {}}
    for name, condition in CONDITIONS.items():
        wrong = sum(lost(condition(sound, rng), q["speech_start"]) for q, sound in asked)
        figures["speech lost"][name] = share(wrong, len(asked))
    if args.speech:
        files = sorted(args.speech.rglob("*.wav"))[::3]
        room = np.zeros(RATE // 2, np.float32)
        wrong = sum(lost(np.concatenate([room, read(f), room, room]), 0.5) for f in files)
        figures["speech lost"]["people"] = share(wrong, len(files))
    kinds = [(name, [body_sounds.make(name, s) for s in range(100)]) for name in body_sounds.NAMES]
    if args.laughs:
        kinds.append(("laughter", [read(f) for f in sorted(args.laughs.rglob("*.wav"))]))
    for name, sounds in kinds:
        figures["taken for speech"][name] = _taken(sounds)
    return figures


def _taken(sounds: list[Samples]) -> dict[str, Any]:
    judged = [verdicts(heard(sound)) for sound in sounds]
    wrong = sum(any(reason == "speech" for _, _, reason in one) for one in judged)
    waits = [told - start for one in judged for start, told, _ in one]
    found = share(wrong, len(sounds)) | {"noticed": sum(map(bool, judged))}
    return found | ({"judged after s": quantiles(waits)} if waits else {})


def spliced(sound: Samples, start: float, end: float) -> tuple[Samples, float]:
    """A pause of PAUSE at the quietest place of the middle third, and when it begins.

    A silence that is there already becomes part of it; one that is longer is no place for it.
    """
    first, last = start + (end - start) / 3, end - (end - start) / 3
    places = np.arange(round(first * RATE), round(last * RATE), 80)
    loud = [float(np.mean(sound[at - 160 : at + 160] ** 2)) for at in places]
    quietest = [int(places[i]) for i in np.argsort(loud)]
    at = next((p for p in quietest if sum(silence(sound, p)) < PAUSE * RATE), quietest[0])
    before, after = silence(sound, at)
    rest = np.random.default_rng(at).normal(0, 1e-4, round(PAUSE * RATE) - before - after)
    paused = np.concatenate([sound[:at], rest, sound[at:]]).astype(np.float32)
    return paused, (at - before) / RATE


def silence(sound: Samples, at: int) -> tuple[int, int]:
    """Samples before and after ``at`` that are 40 dB below the loudest 10 ms."""
    step = RATE // 100
    frames = sound[: len(sound) // step * step].reshape(-1, step)
    quiet = np.sqrt(np.mean(frames**2, axis=1))
    quiet = quiet < 0.01 * quiet.max()
    place = min(at // step, len(quiet) - 1)
    if not quiet[place]:
        return 0, 0
    before = next((i for i in range(place, -1, -1) if not quiet[i]), -1)
    after = next((i for i in range(place, len(quiet)) if not quiet[i]), len(quiet))
    return max(at - (before + 1) * step, 0), max(after * step - at, 0)


def pauses(args: argparse.Namespace) -> dict[str, Any]:
    recognizer = WhisperRecognizer()
    cut, delays, asked = 0, list[float](), questions()
    for q, sound in asked:
        paused, at = spliced(sound, q["speech_start"], q["speech_end"])
        ends = [e for e in heard(paused, recognizer) if isinstance(e, TurnEnded)]
        cut += any(e.decided < at + PAUSE + 0.1 for e in ends)
    for q, sound in asked:
        ends = [e for e in heard(sound, recognizer) if isinstance(e, TurnEnded)]
        delays += [e.decided - q["speech_end"] for e in ends[-1:]]
    return {"cut in": share(cut, len(asked)), "turn end after voice end, s": quantiles(delays)}


def text_ready(args: argparse.Namespace) -> dict[str, Any]:
    asked = questions()[:: 60 // REAL]
    ways: dict[str, Callable[[], Recognizer]] = {
        "read at the end": EndOnly,
        "read while speaking": WhisperRecognizer,
    }
    return {name: _ready(make(), asked) for name, make in ways.items()}


def _ready(recognizer: Recognizer, asked: list[tuple[dict[str, Any], Samples]]) -> dict[str, Any]:
    hearing = Hearing(recognizer)
    after_voice, after_decision, wall = list[float](), list[float](), 0.0
    for q, sound in asked:
        began, done = time.monotonic(), False
        for chunk in blocks(np.concatenate([sound, np.zeros(RATE * 6, np.float32)])):
            if (wait := began + chunk.t + BLOCK / RATE - time.monotonic()) > 0:
                time.sleep(wait)
            ends = [e for e in hearing.feed(chunk) if isinstance(e, TurnEnded)]
            if ends:
                wall, done = time.monotonic() - began, True
                after_voice.append(wall - q["speech_end"])
                after_decision.append(max(0.0, wall - ends[0].decided))
                break
        if not done:
            hearing.finish_now()
    hearing.close()
    return {
        "final text after voice end, s": quantiles(after_voice),
        "final text after the turn was over, s": quantiles(after_decision),
    }


def monologue(args: argparse.Namespace) -> dict[str, Any]:
    """Ten minutes without a pause that ends a turn; what is resident, minute by minute."""
    voices = [
        s[int(q["speech_start"] * RATE) : int(q["speech_end"] * RATE)] for q, s in questions()
    ]
    talk = np.tile(np.concatenate(voices), 10)[: 600 * RATE]
    hearing = Hearing(WhisperRecognizer(), threaded=False)
    turns, resident = 0, list[float]()
    for i, chunk in enumerate(blocks(talk)):
        turns += sum(isinstance(e, TurnEnded) for e in hearing.feed(chunk))
        if i % (60 * RATE // BLOCK) == 0:
            pages = int(Path("/proc/self/statm").read_text().split()[1])
            resident.append(round(pages * 4096 / 1e6, 1))
    hearing.close()
    growth = float(np.polyfit(range(len(resident) - 2), resident[2:], 1)[0])
    return {"turns": turns, "resident MB": resident, "MB per minute": round(growth, 2)}


def languages(args: argparse.Namespace) -> str:
    """What is said of a language nobody installed."""
    try:
        return select.auto("sw").reason
    except AvatarError as error:
        return str(error)


PARTS = (judge, pauses, text_ready, monologue, languages)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    names = [part.__name__ for part in PARTS]
    parser.add_argument("--only", nargs="+", choices=names, default=names)
    parser.add_argument(
        "--speech", type=Path, help="recordings of people, from their first word on"
    )
    parser.add_argument("--laughs", type=Path, help="recordings of laughter")
    args = parser.parse_args()
    figures: dict[str, Any] = {
        "speech": "synthesised (Kokoro)",
        "coughs": "synthesised (source-filter)",
    }
    for part in PARTS:
        if part.__name__ in args.only:
            print(part.__name__, file=sys.stderr, flush=True)
            figures[part.__name__] = part(args)
    print(json.dumps(figures, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
