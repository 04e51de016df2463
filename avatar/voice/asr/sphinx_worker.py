"""The process in which PocketSphinx listens: its decoder keeps the interpreter to itself, up to a
quarter of a second at a time, and meanwhile nothing of the program would be drawn or heard.

For each ``{"do"}`` it answers ``{"text"}``, what it believes of the whole utterance: ``feed`` with
16-bit samples at 16 kHz behind it, ``pause``, ``reset``.
"""

from __future__ import annotations

from typing import Any

from avatar.worker import Handle, Message, serve


class Listener:
    """One decoder at work on one utterance, in parts."""

    def __init__(self, decoder: Any) -> None:
        self._decoder = decoder
        self._said = list[str]()
        """Texts of the parts before each pause."""
        self._open = False

    def __call__(self, request: Message, payload: bytes) -> Message:
        match request["do"]:
            case "feed":
                self._feed(payload)
            case "pause":
                self._pause()
            case _:
                self._pause()
                self._said.clear()
        return {"text": self._text()}

    def _feed(self, pcm: bytes) -> None:
        if not self._open:
            self._decoder.start_utt()
            self._open = True
        self._decoder.process_raw(pcm, False, False)

    def _pause(self) -> None:
        """Ends the part said so far, which its second pass reads better than the first did."""
        if self._open:
            self._decoder.end_utt()
            self._open = False
            self._said.append(self._believed())

    def _text(self) -> str:
        parts = [*self._said, self._believed()] if self._open else self._said
        return " ".join(part for part in parts if part)

    def _believed(self) -> str:
        hypothesis = self._decoder.hyp()
        return str(hypothesis.hypstr) if hypothesis is not None else ""


def begin() -> tuple[Message, Handle]:
    """The decoder with the model of its wheel."""
    import pocketsphinx

    sphinx: Any = pocketsphinx
    return {"text": ""}, Listener(sphinx.Decoder(samprate=16000, loglevel="FATAL"))


if __name__ == "__main__":
    serve(begin)
