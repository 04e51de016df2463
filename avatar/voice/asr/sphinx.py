"""PocketSphinx: English, as it is spoken, with nothing to fetch.

The acoustic model, dictionary and language model (CMU, BSD) come inside the wheel. It works in a
process of its own (:mod:`avatar.voice.asr.sphinx_worker`), with .2 to .3 s of CPU per second of
speech.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from avatar.errors import ServiceError, UnknownPlugin
from avatar.media import AudioChunk, RecognizerCapabilities, Transcript
from avatar.plugins import require
from avatar.voice.asr.feeding import Timeline
from avatar.worker import Worker

_MODEL: Final = "en-us"


class SphinxRecognizer:
    """English, streaming."""

    MODELS: Final = (_MODEL,)

    def __init__(self, model: str = _MODEL, *, lang: str = "en") -> None:
        """Raises MissingExtra; UnknownPlugin for another ``model`` or ``lang``."""
        if model != _MODEL or lang not in ("en", "auto"):
            raise UnknownPlugin(
                f"pocketsphinx hears English only, not {model}/{lang}: "
                "take whisper or vosk for other languages"
            )
        require("pocketsphinx", extra="listen", for_what="the English recogniser")
        self._worker = Worker("avatar.voice.asr.sphinx_worker")
        self._time = Timeline()
        self._shown = ""
        if "error" in self._worker.greeting:
            self.close()
            raise ServiceError(f"pocketsphinx did not start: {self._worker.greeting['error']}")

    @property
    def name(self) -> str:
        return f"pocketsphinx/{_MODEL}"

    @property
    def capabilities(self) -> RecognizerCapabilities:
        return RecognizerCapabilities(("en",), streaming=True, realtime_factor=0.25)

    def feed(self, chunk: AudioChunk) -> Sequence[Transcript]:
        pcm = (self._time.take(chunk) * 32767).astype("<i2")
        return self._news(self._ask("feed", pcm.tobytes()))

    def pause(self) -> Sequence[Transcript]:
        """Ends the part said so far, which its second pass reads better than the first did."""
        return self._news(self._ask("pause"))

    def finish(self) -> Transcript:
        transcript = self._time.transcript(self._ask("pause"), final=True)
        self.reset()
        return transcript

    def reset(self) -> None:
        self._shown = ""
        self._time.reset()
        self._ask("reset")

    def close(self) -> None:
        self._worker.close()

    def _ask(self, do: str, pcm: bytes = b"") -> str:
        """What is believed of the utterance; a worker that ended is begun anew for the next one."""
        answer = self._worker.ask({"do": do}, pcm)
        if "error" in answer:
            self._worker.close()
            self._worker = Worker("avatar.voice.asr.sphinx_worker")
            raise ServiceError(f"pocketsphinx failed: {answer['error']}", retryable=True)
        return str(answer["text"])

    def _news(self, text: str) -> list[Transcript]:
        if text == self._shown:
            return []
        self._shown = text
        return [self._time.transcript(text, final=False)]
