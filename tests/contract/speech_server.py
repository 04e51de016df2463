"""A speech server of the tests' own: real HTTP on 127.0.0.1, with espeak's voice."""

from __future__ import annotations

import io
import json
import wave
from collections.abc import Iterator

import numpy as np

from avatar.voice.tts.espeak import EspeakSynthesizer
from tests.local_server import Answerer, LocalServer


def wav(text: str) -> bytes:
    """``text`` spoken, as a WAV file."""
    spoken = list(EspeakSynthesizer().synthesize(text))
    samples = np.concatenate([speech.audio.samples for speech in spoken])
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(spoken[0].audio.rate)
        file.writeframes((samples * 32767).astype("<i2").tobytes())
    return out.getvalue()


class SpeechServer(LocalServer):
    """Answers ``/v1/audio/speech``; ``answers`` holds (state, body) to be given instead."""

    def __init__(self) -> None:
        self.asked: list[dict] = []
        self.answers: list[tuple[int, bytes]] = []
        owner = self

        class Handler(Answerer):
            def answer(self, posted: bytes):
                owner.asked.append(json.loads(posted))
                usual = (200, b"")
                state, body = owner.answers.pop(0) if owner.answers else usual
                body = body or (wav(owner.asked[-1]["input"]) if state == 200 else b"")
                self.send_response(state if self.path == "/v1/audio/speech" else 404)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        super().__init__(Handler)


def running() -> Iterator[SpeechServer]:
    server = SpeechServer()
    yield server
    server.close()
