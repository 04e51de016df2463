"""How fast the local language model thinks: prints JSON.

Tokens per second, time to the first token of a new and of a continued talk, CPU seconds, memory;
SmolLM2 by default, or any model folder. Figures of a machine under other load say little: take
the CPU time.
"""

from __future__ import annotations

import argparse
import json
import resource
import time

import numpy as np

from avatar import fetch
from avatar.media import Exchange, Question
from avatar.voice.dialogue import persona as personas
from avatar.voice.dialogue.onnx import OnnxDialogue

ASKED = (
    "Hello, who are you?", "What do you like about museums?", "I feel a bit tired today.",
    "Tell me a story about a bronze bell.", "Thank you, that was nice.",
)  # fmt: skip


def measure(model: str, threads: int) -> dict[str, object]:
    """One talk of five questions."""
    start = time.perf_counter()
    dialogue = OnnxDialogue(model, persona=personas.load("mei"), threads=threads, languages=["en"])
    loaded = time.perf_counter() - start
    history: tuple[Exchange, ...] = ()
    rows = list[dict[str, float]]()
    for text in ASKED:
        question = Question(text, lang="en", history=history)
        row, said = answer(dialogue, question)
        rows.append(row)
        history = (*history, Exchange(text, said))
    dialogue.close()
    return {
        "threads": threads,
        "load_s": round(loaded, 2),
        "first_token_new_talk_s": rows[0]["first"],
        "first_token_continued_s": round(float(np.median([row["first"] for row in rows[1:]])), 3),
        "prompt_tokens": [row["prompt"] for row in rows],
        "tokens_per_s": round(sum(r["tokens"] for r in rows) / sum(r["after"] for r in rows), 1),
        "cpu_ms_per_token": round(
            1000 * sum(r["cpu"] for r in rows) / sum(r["tokens"] for r in rows), 2
        ),
    }


def answer(dialogue: OnnxDialogue, question: Question) -> tuple[dict[str, float], str]:
    """Times of one answer, token by token, and what was said."""
    ids = dialogue.prompt(question)
    start, pieces, first, cpu = time.perf_counter(), list[str](), 0.0, 0.0
    for piece in dialogue.written(ids, question):
        if not pieces:
            first, cpu = time.perf_counter() - start, time.process_time()
        pieces.append(piece)
    after = time.perf_counter() - start - first
    row = {
        "first": round(first, 3), "prompt": len(ids), "tokens": len(pieces) - 1, "after": after,
        "cpu": time.process_time() - cpu,
    }  # fmt: skip
    return row, "".join(pieces)


def memory() -> float:
    """Peak resident memory so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="smollm2", help="smollm2 or a model folder")
    parser.add_argument("--threads", type=int, nargs="*", default=[1, 2])
    chosen = parser.parse_args()
    if chosen.model == "smollm2":
        fetch.fetch("smollm2")
    runs = [measure(chosen.model, threads) for threads in chosen.threads]
    figures = {"model": chosen.model, "peak_memory_mb": round(memory()), "runs": runs}
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
