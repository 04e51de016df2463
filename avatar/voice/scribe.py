"""A recogniser at work on a thread of its own, one utterance at a time.

Sound goes in without waiting; what was recognised is collected later. Sound that piles up while
the recogniser is busy reaches it as one chunk. In a file or a test the same runs inline.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from avatar.media import AudioChunk, Recognizer, Transcript

Samples = NDArray[np.float32]

Task = Literal["feed", "pause", "finish", "reset"]
_CLOSE: Final = 2.0
"""s that closing waits for a decode that cannot be stopped."""


@dataclass(frozen=True, slots=True)
class Written:
    """What came of one piece of work."""

    utterance: int
    transcript: Transcript | None
    error: str = ""


@dataclass(slots=True)
class _Job:
    task: Task
    utterance: int
    chunk: AudioChunk | None = None


class Scribe:
    """Feeds one recogniser; :meth:`collect` gives what it wrote."""

    def __init__(self, recognizer: Recognizer, *, threaded: bool = True) -> None:
        self._recognizer = recognizer
        self._jobs: deque[_Job] = deque()
        self._done: deque[Written] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._utterance = self._oldest = 0
        self._thread: threading.Thread | None = None
        if threaded:
            self._thread = threading.Thread(target=self._run, name="recogniser", daemon=True)
            self._thread.start()

    def begin(self, *, keep: bool = False) -> int:
        """Start another utterance and return its number.

        What was begun is forgotten, unless ``keep``: then a final text on its way still comes.
        """
        with self._changed:
            self._utterance += 1
            if not keep:
                self._oldest = self._utterance
                self._jobs.clear()
        self._put("reset")
        return self._utterance

    def feed(self, t: float, samples: Samples, rate: int) -> None:
        """More sound of the utterance, float32[n] from ``t`` s."""
        self._put("feed", AudioChunk(t, samples, rate))

    def pause(self) -> None:
        """The voice has stopped, perhaps for good."""
        self._put("pause")

    def finish(self) -> None:
        """The utterance is over; its final text will be collected."""
        self._put("finish")

    def collect(self) -> list[Written]:
        """What was written since the last time, oldest first."""
        with self._changed:
            found = [written for written in self._done if written.utterance >= self._oldest]
            self._done.clear()
        return found

    def idle(self) -> bool:
        """Whether nothing is waiting or being worked on."""
        with self._changed:
            return not self._jobs

    def close(self) -> None:
        """Stop and close the recogniser; a decode under way is waited for a little."""
        with self._changed:
            self._closed = True
            self._jobs.clear()
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(_CLOSE)
        if self._thread is None or not self._thread.is_alive():
            self._recognizer.close()

    def _put(self, task: Task, chunk: AudioChunk | None = None) -> None:
        job = _Job(task, self._utterance, chunk)
        if self._thread is None:
            self._work(job)
            return
        with self._changed:
            last = self._jobs[-1] if len(self._jobs) > 1 else None
            if chunk is not None and last is not None and last.chunk is not None:
                joined = np.concatenate([last.chunk.samples, chunk.samples])
                last.chunk = AudioChunk(last.chunk.t, joined, chunk.rate)
            else:
                self._jobs.append(job)
            self._changed.notify_all()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._jobs or self._closed)
                if self._closed:
                    return
                job = self._jobs[0]
            self._work(job)
            with self._changed:
                if self._jobs and self._jobs[0] is job:
                    self._jobs.popleft()

    def _work(self, job: _Job) -> None:
        """Do one job; whatever the recogniser raises is reported, not raised."""
        try:
            written = [Written(job.utterance, found) for found in self._do(job)]
        except Exception as error:
            line = " ".join(str(error).split()) or type(error).__name__
            written = [Written(job.utterance, None, line)]
        with self._changed:
            self._done.extend(written)

    def _do(self, job: _Job) -> list[Transcript]:
        if job.chunk is not None:
            return list(self._recognizer.feed(job.chunk))
        if job.task == "finish":
            return [self._recognizer.finish()]
        if job.task == "pause":
            return list(self._recognizer.pause())
        self._recognizer.reset()
        return []
