"""The synthesizers of a session's figures, each made when it is first needed."""

from __future__ import annotations

from threading import Lock
from typing import Literal

from avatar.config import Config
from avatar.media import Synthesizer
from avatar.voice import lexicon
from avatar.voice.tts.select import auto, create


class Voices:
    """By figure. From any thread."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._made: dict[int, Synthesizer] = {}
        self._making = Lock()
        self.reason = ""
        """Why ``auto`` took the voice it took; empty for one that was named."""

    def of(self, figure: int, sex: Literal["female", "male", ""]) -> Synthesizer:
        """The voice of ``figure``; a new one suits its ``sex``, if that is known."""
        with self._making:
            if figure not in self._made:
                self._made[figure] = self._create(self._config.voice, sex or "female")
            return self._made[figure]

    def give(self, figure: int, voice: Synthesizer | str) -> None:
        """Have ``figure`` speak with this voice, or with the one of this name."""
        self._made[figure] = self._create(voice) if isinstance(voice, str) else voice

    def close(self) -> None:
        for voice in self._made.values():
            voice.close()

    def _create(self, name: str, sex: Literal["female", "male"] = "female") -> Synthesizer:
        config = self._config
        words = lexicon.load(config.lexicon) if config.lexicon else None
        if name != "auto":
            return create(name, sex=sex, lang=config.lang, lexicon=words)
        choice = auto(sex=sex, lang=config.lang, lexicon=words)
        self.reason = choice.reason
        return choice.synthesizer
