"""Who takes down what a session shows and says."""

from __future__ import annotations

from typing import Protocol

from avatar.media import AudioChunk, VideoFrame


class Recorder(Protocol):
    """Takes the pictures and the sound of a session (``output.open_sink``)."""

    def video(self, frame: VideoFrame) -> None: ...
    def audio(self, chunk: AudioChunk) -> None: ...
