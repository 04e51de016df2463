"""How soon the figure answers and falls silent, with both local stacks. Prints JSON.

The recordings of the test data through ``avatar bench conversation``: English with a streaming
recogniser and espeak, then Chinese and English with whisper and kokoro, the answers rehearsed.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from avatar.apps.bench import BenchOptions, measure, read_questions
from avatar.config import Config

QUESTIONS = Path(__file__).parents[3] / "shared" / "data" / "speech" / "questions"
STACKS = {"en": ("pocketsphinx", "espeak"), "auto": ("whisper", "kokoro")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float, default=10, help="of its own speech, heard back")
    parser.add_argument("--interrupts", type=int, default=40)
    parser.add_argument("--every", type=int, default=1, help="only each n-th question")
    args = parser.parse_args()
    found = {}
    for lang, (recognizer, voice) in STACKS.items():
        stage = {"lang": lang, "voice": voice, "quality": "draft", "size": (640, 360)}
        first = lang == "en"  # what is not about the words is measured once
        options = BenchOptions(
            QUESTIONS, recognizer=recognizer, interrupts=args.interrupts if first else 0,
            minutes=args.minutes if first else 0.0, rehearsed=not first,
        )  # fmt: skip
        asked = read_questions(QUESTIONS, lang)[:: args.every]
        found[f"{recognizer}, {voice}"] = measure(Config().with_values(stage), options, asked)
    print(json.dumps(found, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
