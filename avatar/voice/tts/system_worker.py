"""The process in which pyttsx3 runs: it prints, wants the main thread (macOS), may share
libespeak-ng's one state with us (Linux), and must not take us down with it.

It greets with the voices. Then for each ``{"text", "voice", "rate", "path"}``: ``{"done": path}``.
"""

from __future__ import annotations

from typing import Any

from avatar.worker import Handle, Message, serve


def begin() -> tuple[Message, Handle]:
    """The installed voices, and what saves a text as a sound file."""
    import pyttsx3

    engine: Any = pyttsx3.init()

    def save(request: Message, _: bytes) -> Message:
        _save(engine, request)
        return {"done": request["path"]}

    return {"voices": [_voice(voice) for voice in engine.getProperty("voices")]}, save


def _voice(voice: Any) -> dict[str, Any]:
    languages = [x.decode("utf-8", "ignore") if isinstance(x, bytes) else str(x)
                 for x in voice.languages or ()]  # fmt: skip
    return {
        "id": voice.id,
        "name": voice.name,
        "languages": [x.strip("\x00\x02\x05 ").lower().replace("_", "-") for x in languages],
        "gender": str(voice.gender or "").lower(),
    }


def _save(engine: Any, request: Message) -> None:
    if request["voice"]:
        engine.setProperty("voice", request["voice"])
    engine.setProperty("rate", request["rate"])
    engine.save_to_file(request["text"], request["path"])
    engine.runAndWait()


if __name__ == "__main__":
    serve(begin)
