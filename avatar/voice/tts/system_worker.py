"""The child process in which pyttsx3 runs: it prints, wants the main thread (macOS), may share
libespeak-ng's one state with us (Linux), and must not take us down with it.

A line of JSON in, a line of JSON out. First out: the voices. Then for each
``{"text", "voice", "rate", "path"}``: ``{"done": path}`` or ``{"error": message}``.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any


def main() -> None:
    """Serve until standard input ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def answer(message: dict[str, Any]) -> None:
        print(json.dumps(message), file=answers, flush=True)

    try:
        import pyttsx3

        engine: Any = pyttsx3.init()
        answer({"voices": [_voice(voice) for voice in engine.getProperty("voices")]})
    except Exception as error:  # its drivers raise whatever their system raises
        answer({"error": f"{type(error).__name__}: {error}"})
        return
    for line in sys.stdin:
        request = json.loads(line)
        try:
            _save(engine, request)
            answer({"done": request["path"]})
        except Exception as error:
            answer({"error": f"{type(error).__name__}: {error}"})


def _voice(voice: Any) -> dict[str, Any]:
    languages = [x.decode("utf-8", "ignore") if isinstance(x, bytes) else str(x)
                 for x in voice.languages or ()]  # fmt: skip
    return {
        "id": voice.id,
        "name": voice.name,
        "languages": [x.strip("\x00\x02\x05 ").lower().replace("_", "-") for x in languages],
        "gender": str(voice.gender or "").lower(),
    }


def _save(engine: Any, request: dict[str, Any]) -> None:
    if request["voice"]:
        engine.setProperty("voice", request["voice"])
    engine.setProperty("rate", request["rate"])
    engine.save_to_file(request["text"], request["path"])
    engine.runAndWait()


if __name__ == "__main__":
    main()
