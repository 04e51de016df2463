"""Any server that speaks OpenAI's speech protocol (``/audio/speech``): hosted ones and one's own.

It gives sound and nothing else, so the lips follow the sound.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from avatar.errors import ConfigError, ServiceError
from avatar.media import AudioChunk, Speech, VoiceCapabilities
from avatar.plugins import require
from avatar.voice.lexicon import Lexicon
from avatar.voice.text import Clause
from avatar.voice.tts.alignment import Loudness
from avatar.voice.tts.system import read_sound, script
from avatar.voice.tts.timing import PAUSES, by_clause

URL: Final = "https://api.openai.com/v1"
VOICE: Final = {"female": "nova", "male": "onyx"}
_ATTEMPTS: Final = 2
_AGAIN: Final = frozenset({408, 409, 429, 500, 502, 503, 504})


class OpenAISynthesizer:
    """Speaks with a voice of a server.

    ``voice`` is the server's name of it, or ``name@address``; that address or ``OPENAI_BASE_URL``
    ends in ``/v1``, the key is in ``OPENAI_API_KEY``, the model in ``OPENAI_SPEECH_MODEL``
    (``tts-1``). ``timeout`` is s without a byte. Raises MissingExtra and ConfigError.
    """

    def __init__(
        self,
        voice: str = "",
        *,
        speed: float = 1.0,
        lexicon: Lexicon | None = None,
        timeout: float = 15.0,
    ) -> None:
        voice, _, at = voice.partition("@")
        url = at or os.environ.get("OPENAI_BASE_URL", "") or URL
        key = os.environ.get("OPENAI_API_KEY", "")
        if url == URL and not key:
            raise ConfigError(
                "openai: no key: set OPENAI_API_KEY, or OPENAI_BASE_URL for a server of your own"
            )
        self._httpx: Any = require("httpx", extra="talk", for_what="a voice on a server")
        self._voice, self._speed = voice or VOICE["female"], speed
        self._name = f"openai/{voice}" if voice else "openai"
        self._model = os.environ.get("OPENAI_SPEECH_MODEL", "") or "tts-1"
        self._lexicon = lexicon or Lexicon()
        self._url, self._timeout = url.rstrip("/"), timeout
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client: Any = self._httpx.Client(headers=headers, timeout=timeout)

    @property
    def name(self) -> str:
        return self._name

    @property
    def capabilities(self) -> VoiceCapabilities:
        return VoiceCapabilities(("zh", "en"), False, False, True, 0.0)

    def synthesize(self, text: str, *, lang: str = "auto") -> Iterator[Speech]:
        """Speak clause by clause; raises ConfigError for empty text or an unknown language, and
        ServiceError in one line for whatever the server does."""
        return by_clause(text, lang, self._speak, self._lexicon)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _speak(self, clause: Clause) -> Speech:
        sent = self._asked(script(clause, pinyin=False))
        try:
            samples, rate = read_sound(sent)
        except ServiceError as error:
            raise self._error(f"sent no WAV file: {error.__cause__}") from error
        if not len(samples):
            raise self._error("sent a sound with nothing in it")
        first, last = Loudness(samples, rate).span()
        silence = np.zeros(round(PAUSES[clause.tokens[-1].mark] * rate), np.float32)
        sound = np.concatenate([samples[first:last], silence])
        audio = AudioChunk(0.0, sound.astype(np.float32), rate)
        return Speech(clause.text, audio, voice=self.name)

    def _asked(self, text: str) -> bytes:
        """The WAV file of ``text``; what may pass is tried once more."""
        body = {"model": self._model, "voice": self._voice, "input": text,
                "response_format": "wav", "speed": self._speed}  # fmt: skip
        why = ""
        for _ in range(_ATTEMPTS):
            try:
                answer = self._client.post(f"{self._url}/audio/speech", json=body)
            except (RuntimeError, self._httpx.InvalidURL, self._httpx.UnsupportedProtocol) as error:
                raise self._error(f"cannot be asked ({error})") from error
            except self._httpx.TimeoutException:
                why = f"sent nothing for {self._timeout:g} s"
                continue
            except self._httpx.HTTPError as error:
                why = f"cannot be reached ({error or 'no connection'}); is it running?"
                continue
            if answer.status_code < 300:
                return bytes(answer.content)
            why = f"HTTP {answer.status_code}: {' '.join(answer.text.split())[:160]}"
            if answer.status_code in (401, 403):
                why += "; check the key"
            if answer.status_code not in _AGAIN:
                break
        raise self._error(why)

    def _error(self, why: str) -> ServiceError:
        return ServiceError(f"the speech server {self._url} {why}", retryable=True)
