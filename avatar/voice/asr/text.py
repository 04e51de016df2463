"""What is typed, as a recogniser: each utterance is taken for the next line.

For an operator who types along with a visitor, for rehearsals from a file of lines, and for
machines without any model.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from pathlib import Path

from avatar.errors import MissingAsset, UnsupportedFormat
from avatar.media import AudioChunk, RecognizerCapabilities, Transcript
from avatar.voice.asr.feeding import Timeline


class TextRecognizer:
    """Believes the line that was typed next, whatever is heard."""

    def __init__(self, lines: str = "") -> None:
        """``lines`` is a UTF-8 file of lines; empty ones are left out.

        Raises MissingAsset without that file, UnsupportedFormat if it is not text.
        """
        self._lines: deque[str] = deque()
        """Filled by one thread and emptied by another."""
        self._time, self._shown = Timeline(), ""
        if lines:
            self._read(Path(lines).expanduser())

    @property
    def name(self) -> str:
        return "text"

    @property
    def capabilities(self) -> RecognizerCapabilities:
        return RecognizerCapabilities(("zh", "en"), streaming=True, realtime_factor=0.0)

    def type(self, line: str) -> None:
        """The next thing a visitor says; from any thread."""
        line = " ".join(line.split())
        if line:
            self._lines.append(line)

    def feed(self, chunk: AudioChunk) -> Sequence[Transcript]:
        self._time.take(chunk)
        line = self._lines[0] if self._lines else ""
        if line == self._shown:
            return []
        self._shown = line
        return [self._time.transcript(line, final=False)]

    def pause(self) -> Sequence[Transcript]:
        return []

    def finish(self) -> Transcript:
        line = self._lines.popleft() if self._lines else ""
        transcript = self._time.transcript(line, final=True)
        self.reset()
        return transcript

    def reset(self) -> None:
        self._time.reset()
        self._shown = ""

    def close(self) -> None:
        self._lines.clear()

    def _read(self, path: Path) -> None:
        try:
            text = path.read_text("utf-8-sig")
        except OSError as error:
            raise MissingAsset("is not there: give a file of lines", path=path) from error
        except UnicodeDecodeError as error:
            raise UnsupportedFormat("is not UTF-8 text: save it as UTF-8", path=path) from error
        for line in text.splitlines():
            self.type(line)
