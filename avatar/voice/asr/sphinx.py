"""PocketSphinx: English, as it is spoken, with nothing to fetch.

The acoustic model, dictionary and language model (CMU, BSD) come inside the wheel. It works on
one thread, with .2 to .3 s of CPU per second of speech.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from avatar.errors import UnknownPlugin
from avatar.media import AudioChunk, RecognizerCapabilities, Transcript
from avatar.plugins import require
from avatar.voice.asr.feeding import Timeline

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
        sphinx: Any = require("pocketsphinx", extra="listen", for_what="the English recogniser")
        self._decoder: Any = sphinx.Decoder(samprate=16000, loglevel="FATAL")
        self._time = Timeline()
        self._said = list[str]()
        """Texts of the parts before each pause."""
        self._open = False
        self._shown = ""

    @property
    def name(self) -> str:
        return f"pocketsphinx/{_MODEL}"

    @property
    def capabilities(self) -> RecognizerCapabilities:
        return RecognizerCapabilities(("en",), streaming=True, realtime_factor=0.25)

    def feed(self, chunk: AudioChunk) -> Sequence[Transcript]:
        samples = self._time.take(chunk)
        if not self._open:
            self._decoder.start_utt()
            self._open = True
        pcm = (np.clip(samples, -1, 1) * 32767).astype("<i2")
        self._decoder.process_raw(pcm.tobytes(), False, False)
        return self._news()

    def pause(self) -> Sequence[Transcript]:
        """Ends the part said so far, which its second pass reads better than the first did."""
        if not self._open:
            return []
        self._decoder.end_utt()
        self._open = False
        self._said.append(self._believed())
        return self._news()

    def finish(self) -> Transcript:
        self.pause()
        transcript = self._time.transcript(self._text(), final=True)
        self.reset()
        return transcript

    def reset(self) -> None:
        if self._open:
            self._decoder.end_utt()
        self._open, self._shown = False, ""
        self._said.clear()
        self._time.reset()

    def close(self) -> None:
        self.reset()

    def _believed(self) -> str:
        hypothesis = self._decoder.hyp()
        return str(hypothesis.hypstr) if hypothesis is not None else ""

    def _text(self) -> str:
        parts = [*self._said, self._believed()] if self._open else self._said
        return " ".join(part for part in parts if part)

    def _news(self) -> list[Transcript]:
        text = self._text()
        if text == self._shown:
            return []
        self._shown = text
        return [self._time.transcript(text, final=False)]
