"""``avatar bench conversation``: how soon the figure answers and falls silent on this machine.

Recordings speak into a room with the figure in it (``runtime.rehearsal``): one question after
another, then some over its own voice. Figures come as JSON.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click
import numpy as np

from avatar.apps.messages import tr
from avatar.apps.talk import open_recognizer
from avatar.config import Config
from avatar.devices.audio import resample
from avatar.devices.recording import read_sound
from avatar.errors import AssetError, OutputError
from avatar.media import AudioChunk, KeepingSynthesizer, Question, Synthesizer
from avatar.runtime.conversation import Turn
from avatar.runtime.rehearsal import Rehearsal
from avatar.runtime.trace import TraceLog, percentiles, traced
from avatar.voice.dialogue import select as dialogues
from avatar.voice.dialogue.chain import Chain
from avatar.voice.dialogue.script import ScriptDialogue
from avatar.voice.endpoint import PATIENCE
from avatar.voice.judge import periodicity_of
from avatar.voice.vad import RATE, WINDOW

LONG: Final = (
    "We open at nine in the morning and close at five in the afternoon, every day but Monday. "
    "The last tour begins at four o'clock, and the café on the ground floor is open until six. "
)
"""What the figure says while it is cut off."""
_ANSWERED: Final = 30.0
"""s in which a question must be answered."""
_PITCHED: Final = 0.6
"""Periodicity (0..1) from which a frame is voiced."""
_AFTER: Final = 0.4
"""s of an answer that are heard before the next question."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A recorded question."""

    name: str
    sound: AudioChunk
    lang: str
    voiced: tuple[float, float]
    """Start and end of the sound of its voice, s."""
    text: str
    """What is said in it, where a ``questions.json`` tells."""
    pitched: float
    """Start of its first voiced frame, s: the first with a pitch; breath and hiss come before."""


@dataclass(frozen=True, slots=True)
class BenchOptions:
    """What is measured."""

    questions: Path
    """Folder of recordings; a ``questions.json`` in it may say the language of each."""
    count: int = 0
    """Questions asked at most, taken evenly; 0 for all."""
    recognizer: str = "auto"
    dialogue: str = "faq"
    knowledge: tuple[str, ...] = ("museum", "service_hall")
    persona: str = "mei"
    log: Path | None = None
    """Where turns and their times are kept."""
    patience: float | None = None
    """s of silence that end an ordinary turn; None for the usual."""
    rehearsed: bool = False
    """Whether the answers are made into sound beforehand, as ``avatar knowledge rehearse`` does."""
    interrupts: int = 10
    """How often the figure is cut off."""
    minutes: float = 0.0
    """Of its own speech that it hears back, waiting for a false interrupt."""


def run(config: Config, options: BenchOptions, output: Path | None = None) -> None:
    """Measure, and print (or write) the figures."""
    asked = read_questions(options.questions, config.lang)
    if options.count:
        chosen = np.linspace(0, len(asked) - 1, min(options.count, len(asked))).round().astype(int)
        asked = [asked[i] for i in chosen]
    figures = measure(config, options, asked)
    text = json.dumps(figures, indent=1, ensure_ascii=False)
    if output is None:
        click.echo(text)
        return
    try:
        output.write_text(text + "\n", "utf-8")
    except OSError as error:
        raise OutputError(f"{output}: {error.strerror or error}") from error
    click.echo(tr("saved", path=output))


def read_questions(folder: Path, lang: str = "auto") -> list[Asked]:
    """The recordings of ``folder`` in ``lang``; raises AssetError when there are none."""
    listed: dict[str, dict[str, Any]] = {}
    index = folder / "questions.json"
    if index.is_file():
        listed = {item["file"]: item for item in json.loads(index.read_text("utf-8"))}
    asked = list[Asked]()
    for path in sorted(folder.glob("*.wav")):
        about = listed.get(path.name, {})
        if lang != "auto" and about.get("lang", lang) != lang:
            continue
        sound = read_sound(path)
        asked.append(Asked(path.name, sound, about.get("lang", lang), voiced(sound),
                           about.get("text", ""), pitched(sound)))  # fmt: skip
    if not asked:
        raise AssetError("holds no recordings (.wav) to ask", path=folder)
    return asked


def voiced(sound: AudioChunk) -> tuple[float, float]:
    """Start and end, s, of what is within 40 dB of the loudest 10 ms; a clean recording's voice."""
    step = round(0.01 * sound.rate)
    frames = sound.samples[: len(sound.samples) // step * step].reshape(-1, step)
    levels = np.sqrt(np.mean(frames**2, axis=1))
    loud = np.flatnonzero(levels > 0.01 * levels.max(initial=0.0))
    return (float(loud[0]) * 0.01, float(loud[-1] + 1) * 0.01) if len(loud) else (0.0, 0.0)


def pitched(sound: AudioChunk) -> float:
    """Start, s, of the first 10 ms that have a voice's pitch, within 30 dB of the loudest."""
    samples = resample(sound.samples, sound.rate, RATE)
    step, half = round(0.01 * RATE), WINDOW
    padded = np.pad(samples, half)
    levels = [float(np.sqrt(np.mean(samples[i : i + step] ** 2)))
              for i in range(0, len(samples), step)]  # fmt: skip
    for frame, level in enumerate(levels):
        around = padded[frame * step : frame * step + 2 * half]
        if level > 0.03 * max(levels) and periodicity_of(around)[0] > _PITCHED:
            return frame * 0.01
    return voiced(sound)[0]


def measure(config: Config, options: BenchOptions, asked: Sequence[Asked]) -> dict[str, Any]:
    """All figures of one set-up."""
    recognizer = open_recognizer(options.recognizer, config, options.knowledge)
    chain = dialogues.create(options.dialogue, persona=options.persona, knowledge=options.knowledge)
    chain.ready()
    figures: dict[str, Any] = {
        "machine": {"cores": os.cpu_count()},
        "stack": {
            "recognizer": recognizer.name,
            "dialogue": chain.name,
            "voice": config.voice,
            "patience_s": options.patience or PATIENCE,
            "quality": config.quality,
            "size": list(config.size),
        },
    }
    with Rehearsal(config, recognizer, chain, patience=options.patience or PATIENCE) as room:
        figures["voice"] = room.session.voice().name
        if options.rehearsed:
            figures["rehearsed"] = rehearse(room.session.voice(), chain, asked)
        figures["answers"] = latencies(room, asked)
    if options.log is not None:
        log = TraceLog(options.log)
        for turn in room.over:
            log(turn)
    if options.interrupts or options.minutes:
        figures |= _with_own_voice(config, options, asked)
    return figures


def rehearse(voice: Synthesizer, chain: Chain, asked: Sequence[Asked]) -> int:
    """Make the answers to what is asked ahead; returns how many sentences."""
    count = 0
    for question in asked:
        for reply in chain.foresee(Question(question.text)) if question.text else ():
            if isinstance(voice, KeepingSynthesizer):
                count += bool(list(voice.rehearse(reply.text, lang=reply.lang)))
    return count


def latencies(room: Rehearsal, asked: Sequence[Asked]) -> dict[str, Any]:
    """ms from the end of the recorded voice to each mark of the turn, p50 and p95."""
    rows = list[dict[str, float]]()
    missed = list[str]()
    for question in asked:
        before = len(room.talk.conversation.turns)
        start = room.ask(question.sound)
        end = start + question.voiced[1]

        def answered(before: int = before, end: float = end) -> bool:
            turns = room.talk.conversation.turns[before:]
            heard = [t for t in turns if t.said and t.said[0].started is not None]
            return bool(heard) and room.now() > (heard[-1].said[0].started or 0) + _AFTER > end

        if room.live(answered, question.sound.duration + _ANSWERED):
            turn = room.talk.conversation.turns[-1]
            rows.append(_since(turn, end))
        else:
            missed.append(question.name)
        room.session.hush()
        room.live(lambda: room.talk.conversation.state == "idle", 10)
    marks = {name: _in_ms(spread) for name, spread in percentiles(rows).items()}
    return {"asked": len(asked), "missed": missed, "ms_after_the_voice": marks}


def _since(turn: Turn, end: float) -> dict[str, float]:
    return {name: t - end for name, t in traced(turn).marks.items()}


def _in_ms(spread: tuple[float, float, int]) -> dict[str, int]:
    p50, p95, count = spread
    return {"p50": round(1000 * p50), "p95": round(1000 * p95), "n": count}


def _with_own_voice(
    config: Config, options: BenchOptions, asked: Sequence[Asked]
) -> dict[str, Any]:
    recognizer = open_recognizer(options.recognizer, config, options.knowledge)
    monologue = Monologue()
    with Rehearsal(config, recognizer, monologue, patience=options.patience or PATIENCE) as room:
        found: dict[str, Any] = {}
        if options.minutes:
            found["own_voice"] = own_voice(room, options.minutes)
        if options.interrupts:
            found["barge_in"] = barge_in(room, asked, options.interrupts)
        return found


class Monologue(ScriptDialogue):
    """Talks on and on, whatever it is asked."""

    def __init__(self) -> None:
        super().__init__([LONG * 4] * 10_000)


def own_voice(room: Rehearsal, minutes: float) -> dict[str, Any]:
    """How often it interrupts or lowers its own voice, heard back over the echo path."""
    first = room.now()
    room.events.clear()
    turns = 0
    while room.now() - first < minutes * 60:
        turns += 1
        room.talk.ask("go on")
        over = len(room.over)
        room.live(lambda over=over: len(room.over) > over, 180)
    cut = sum(turn.interrupted for turn in room.over)
    lowered = sum(what == "down" for _, what in room.events)
    spoken = room.now() - first
    return {
        "minutes": round(spoken / 60, 2),
        "answers": turns,
        "false_interrupts": cut,
        "lowered": lowered,
    }


def barge_in(room: Rehearsal, asked: Sequence[Asked], count: int) -> dict[str, Any]:
    """ms from the visitor's first voiced frame, over the figure's speech, to low and to silent.

    ``…_after_sound`` counts from the first sound, which may be breath or hiss.
    """
    rows, caught = list[dict[str, float]](), 0
    talk = room.talk.conversation
    for i in range(count):
        question = asked[i * len(asked) // count]
        room.talk.ask("go on")
        turn = talk.turns[-1]
        room.live(lambda turn=turn: bool(turn.said and turn.said[0].started), 30)
        later = room.now() + 1.0 + 0.17 * (i % 5)
        room.live(lambda later=later: room.now() > later, 10)
        room.events.clear()
        begins = room.ask(question.sound, 0.1)
        first, sound = begins + question.pitched, begins + question.voiced[0]
        room.live(lambda turn=turn: turn in room.over, question.sound.duration + 2)
        events = [(t, what) for t, what in room.events if t > sound - 0.1]
        found = {"low": next((t for t, what in events if what == "down"), None),
                 "silent": next((t for t, what in events if what == "clear"), None)
                 if turn.interrupted else None}  # fmt: skip
        caught += (found["silent"] or np.inf) < begins + question.sound.duration
        row = {name: t - first for name, t in found.items() if t is not None}
        row |= {f"{name}_after_sound": t - sound for name, t in found.items() if t is not None}
        rows.append(row)
        room.live(lambda turn=turn: talk.turns[-1] is not turn and room.session.speaking, 15)
        room.session.hush()
        room.live(lambda: talk.state == "idle", 10)
    names = ("low", "silent", "low_after_sound", "silent_after_sound")
    spreads = {f"{name}_ms": _in_ms(found) for name, found in percentiles(rows, names).items()}
    return {"interrupts": count, "caught": caught} | spreads
