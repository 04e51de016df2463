"""An hour of talk on the virtual clock: does memory grow, does a state stick, is work left behind?

Recordings ask, interrupt and fall silent; the figure hears, answers and is drawn, all in a file's
own time, and for some minutes in real time with threads and echo. Prints JSON.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import threading
import time
from pathlib import Path

import numpy as np

from avatar.apps.bench import Monologue, read_questions
from avatar.config import Config
from avatar.media import AudioChunk
from avatar.runtime.conversation import Conversation
from avatar.runtime.rehearsal import Rehearsal
from avatar.runtime.session import Session
from avatar.runtime.session_voice import SessionVoice
from avatar.voice.asr.select import create
from avatar.voice.dialogue import select as dialogues
from avatar.voice.hearing import Hearing

QUESTIONS = Path(__file__).parents[3] / "shared" / "data" / "speech" / "questions"
STEP = 0.1
"""s of a step: a block of sound, and a frame."""
WARM = 0.25
"""Part of the time that is not counted for the slope."""
STUCK = 40.0
"""s in one state other than idle that count as stuck."""


def megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def slope(minutes: list[float], memory: list[float]) -> dict[str, float]:
    """MB an hour after the warm-up, with its 95 % interval (ordinary least squares)."""
    first = int(len(minutes) * WARM)
    x, y = np.array(minutes[first:]) / 60, np.array(memory[first:])
    fit, residue, *_ = np.linalg.lstsq(np.stack([x, np.ones_like(x)], 1), y, rcond=None)
    spread = np.sqrt(residue.sum() / max(len(x) - 2, 1) / ((x - x.mean()) ** 2).sum())
    half = 1.96 * float(spread) if len(residue) else float("nan")
    return {"mb_per_hour": round(float(fit[0]), 2), "plus_minus": round(half, 2)}


def virtual(minutes: float) -> dict[str, object]:
    """The talk in a file's own time."""
    threads = {thread.name for thread in threading.enumerate()}
    asked, rng = read_questions(QUESTIONS, "en"), np.random.default_rng(0)
    config = Config().with_values(
        {"figure": "mei", "voice": "espeak", "lang": "en", "size": (64, 64), "quality": "draft",
         "fps": 1 / STEP, "label": False}
    )  # fmt: skip
    session = Session(config=config)
    session.voice()
    hearing = Hearing(create("pocketsphinx"), threaded=False)
    mind = dialogues.create("faq", knowledge=("museum", "service_hall"))
    mind.ready()
    talk = Conversation(SessionVoice(session), mind, hearing)
    at, memory, states = [], [], {}
    since, last, worst, air = 0.0, talk.state, 0.0, np.zeros(0, np.float32)
    began, t, count = time.perf_counter(), 0.0, round(STEP * 16_000)
    while t < minutes * 60:
        for _ in session.frames(STEP):
            pass
        if len(air) < count:
            gap = rng.choice([0.4, 2.0, 6.0, 15.0])  # into the answer, after it, much later
            question = asked[rng.integers(len(asked))].sound.samples
            air = np.concatenate([air, np.zeros(round(gap * 16_000), np.float32), question])
        talk.hear(AudioChunk(t, air[:count], 16_000))
        air, t = air[count:], t + STEP
        states[talk.state] = states.get(talk.state, 0) + 1
        since = t if talk.state != last or talk.state == "idle" else since
        last, worst = talk.state, max(worst, t - since)
        if len(at) < t / 60:
            gc.collect()
            at.append(t / 60)
            memory.append(megabytes())
    talk.close()
    session.close()
    left = {thread.name for thread in threading.enumerate()} - threads
    return {
        "minutes": minutes,
        "took_minutes": round((time.perf_counter() - began) / 60, 1),
        "turns": len(talk.turns),
        "interrupted": sum(turn.interrupted for turn in talk.turns),
        "memory": slope(at, memory) | {"first_mb": round(memory[0]), "last_mb": round(memory[-1])},
        "longest_in_one_state_s": round(worst, 1),
        "stuck": worst > STUCK,
        "states": states,
        "threads_left": sorted(left),
    }


def wall(minutes: float) -> dict[str, object]:
    """The same in real time, with threads, echo and interrupts."""
    threads = {thread.name for thread in threading.enumerate()}
    asked, rng = read_questions(QUESTIONS, "en"), np.random.default_rng(1)
    config = Config().with_values(
        {"figure": "mei", "voice": "espeak", "lang": "en", "size": (160, 160), "quality": "draft"}
    )
    at, memory = [], []
    with Rehearsal(config, create("pocketsphinx"), Monologue()) as room:
        began = room.now()
        while room.now() - began < minutes * 60:
            question = asked[rng.integers(len(asked))]
            room.ask(question.sound, float(rng.choice([0.4, 1.5, 4.0])))
            until = room.now() + question.sound.duration + 3
            room.live(lambda until=until: room.now() > until, 60)
            gc.collect()
            at.append((room.now() - began) / 60)
            memory.append(megabytes())
        room.session.hush()
        idle = room.live(lambda: room.talk.conversation.state == "idle", 20)
        turns = room.over
    left = {thread.name for thread in threading.enumerate()} - threads
    return {
        "minutes": round(at[-1], 1),
        "turns": len(turns),
        "interrupted": sum(turn.interrupted for turn in turns),
        "memory": slope(at, memory) | {"first_mb": round(memory[0]), "last_mb": round(memory[-1])},
        "ends_idle": idle,
        "threads_left": sorted(left),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float, default=60, help="on the virtual clock")
    parser.add_argument("--wall", type=float, default=20, help="in real time")
    args = parser.parse_args()
    found: dict[str, object] = {"virtual": virtual(args.minutes)}
    if args.wall:
        found["real"] = wall(args.wall)
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
