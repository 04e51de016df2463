"""Moods and gestures chosen by meaning against hand-made labels, as JSON.

``manner.toml`` names for each sentence what would fit ("-" none). ``precision``: of those chosen,
how many fit; ``recall``: of the sentences that call for one, how many get one that fits. Each
sentence is dressed alone, so that what was done before does not hold anything back. The lexicon was
mended on the tables ``zh`` and ``en``; those that end in ``_fresh`` were written after it.
"""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from avatar.media import Reply
from avatar.runtime.cues import split
from avatar.voice.manner import Manner

NONE = "-"
Row = tuple[str, set[str], str]
"""Sentence, what fits, what was chosen."""


def chosen(text: str) -> tuple[str, str]:
    """Gesture and mood of a sentence by itself."""
    dressed = Manner().dress(Reply(text))
    gestures = [cue.name for cue in split(dressed.text)[1] if cue.kind == "gesture"]
    return (gestures[0] if gestures else NONE), dressed.emotion or NONE


def score(rows: list[Row]) -> dict[str, object]:
    made = [row for row in rows if row[2] != NONE]
    asked = [row for row in rows if NONE not in row[1]]
    return {
        "sentences": len(rows),
        "chosen": len(made),
        "precision": round(sum(got in fits for _, fits, got in made) / max(len(made), 1), 3),
        "recall": round(sum(got in fits for _, fits, got in asked) / max(len(asked), 1), 3),
        "wrong": {text: got for text, fits, got in rows if got not in fits},
    }


def main() -> None:
    table = tomllib.loads((Path(__file__).with_suffix(".toml")).read_text("utf-8"))
    figures: dict[str, object] = {}
    for lang, sentences in table.items():
        gestures, moods = list[Row](), list[Row]()
        for text, (gesture, mood) in sentences.items():
            got = chosen(text)
            gestures.append((text, set(gesture.split()), got[0]))
            moods.append((text, set(mood.split()), got[1]))
        figures[lang] = {"gesture": score(gestures), "mood": score(moods)}
    print(json.dumps(figures, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
