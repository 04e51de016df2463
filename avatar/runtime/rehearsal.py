"""A room for rehearsals: recordings speak, the figure answers, everything but the air is real.

The figure is drawn, hears through the real hearing and speaks in real time; nobody hears its
loudspeaker, but the microphone does, by an echo path. For benches, and for a look at how a
knowledge folder does before visitors come.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avatar.clock import Clock, MonotonicClock, monotonic
from avatar.config import Config
from avatar.devices.audio import SilentSpeaker, resample
from avatar.devices.played import Played, laid
from avatar.media import AudioChunk, Dialogue, Recognizer
from avatar.runtime.conversation import Turn
from avatar.runtime.session import Session
from avatar.runtime.talk import Talk
from avatar.voice.endpoint import PATIENCE
from avatar.voice.hearing import Hearing

Samples = NDArray[np.float32]

RATE: Final = 16_000
"""Hz, of the air."""
BLOCK: Final = 0.02
"""s of one block."""
ECHO_DELAY: Final = 0.06
ECHO_LEVEL: Final = 10 ** (-10 / 20)
"""The way from the loudspeaker back to the microphone: s, and a factor (-10 dB)."""
_ROOM: Final = ((0.0, 1.0), (0.011, 0.35), (0.023, 0.2))
"""Its reflections: s after the first, and a factor."""
_DULL: Final = np.array([0.25, 0.5, 0.25], np.float32)
"""A loudspeaker and a wall take away the highs."""
_KEPT: Final = 5.0


class Air:
    """What a microphone in the room hears: visitors, and the figure's own loudspeaker."""

    name, ended = "the air", False

    def __init__(self, clock: Clock, *, echo: bool = True, noise: float = 0.0) -> None:
        """``noise``: RMS of hiss, 0..1."""
        self._clock, self._echo = clock, echo
        self._noise = noise
        self._random = np.random.default_rng(0)
        self._lock = threading.Lock()
        self._spoken = deque[tuple[float, Samples]]()
        self._played = Played(RATE, _KEPT)
        self._next = clock.now()
        self._tail = np.zeros(2, np.float32)
        self._wait = threading.Event()

    def speak(self, sound: AudioChunk, at: float) -> None:
        """A visitor says ``sound`` from clock time ``at`` s on."""
        with self._lock:
            self._spoken.append((at, resample(sound.samples, sound.rate, RATE)))

    def played(self, chunk: AudioChunk) -> None:
        """What the loudspeaker plays."""
        if self._echo:
            with self._lock:
                self._played.push(chunk)

    def read(self) -> AudioChunk | None:
        end = self._next + BLOCK
        if (left := end - self._clock.now()) > 0:
            self._wait.wait(left)
            if self._clock.now() < end:
                return None
        t, count = self._next, round(BLOCK * RATE)
        self._next = end
        with self._lock:
            heard = laid(self._spoken, t, count, RATE)
            for late, level in _ROOM if self._echo else ():
                back = t - ECHO_DELAY - late
                heard += ECHO_LEVEL * level * self._played.at(back, count)
            while self._spoken and self._spoken[0][0] + len(self._spoken[0][1]) / RATE < t:
                self._spoken.popleft()
        if self._noise:
            heard += self._noise * self._random.standard_normal(count).astype(np.float32)
        return AudioChunk(t, self._dulled(heard), RATE)

    def _dulled(self, heard: Samples) -> Samples:
        whole = np.concatenate([self._tail, heard])
        self._tail = whole[-2:]
        return np.convolve(whole, _DULL, "valid").astype(np.float32)

    def close(self) -> None:
        self._wait.set()


class _Watched(SilentSpeaker):
    """Knows when its voice was lowered, raised and cut off."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.events = list[tuple[float, str]]()

    def duck(self, level: float) -> None:
        super().duck(level)
        self.events.append((self.position(), "down" if level < 1 else "up"))

    def clear(self) -> float:
        dropped = super().clear()
        self.events.append((self.position(), "clear"))
        return dropped


class Rehearsal:
    """A figure in the room; use it as a context manager."""

    def __init__(
        self,
        config: Config,
        recognizer: Recognizer,
        dialogue: Dialogue,
        *,
        patience: float = PATIENCE,
        echo: bool = True,
        noise: float = 0.0,
    ) -> None:
        self.over = list[Turn]()
        """Turns that are over."""
        self._speaker, self._pause = _Watched(MonotonicClock()), threading.Event()
        self.session = Session(config=config, speaker=self._speaker)
        self.session.voice()
        self.air = Air(self.session.clock, echo=echo, noise=noise)
        hearing = Hearing(recognizer, patience=patience, echo=echo)
        self.talk = Talk(self.session, dialogue, hearing, self.air, over=self.over.append)

        def tap(chunk: AudioChunk) -> None:
            hearing.played(chunk)
            self.air.played(chunk)

        self._speaker.tap = tap

    def __enter__(self) -> Rehearsal:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    @property
    def events(self) -> list[tuple[float, str]]:
        """When the voice went ``down``, ``up`` and was ``clear``ed, s."""
        return self._speaker.events

    def now(self) -> float:
        """The session's time, s."""
        return self.session.clock.now()

    def live(self, until: Callable[[], bool], longest: float = 60.0) -> bool:
        """Draw at the session's frame rate until ``until()``, at most ``longest`` s; whether."""
        began, frame = monotonic(), 1 / self.session.config.fps
        due = began
        while not until():
            if monotonic() - began > longest:
                return False
            self.session.advance()
            self.session.stage.renderer.wait()
            due = max(due + frame, monotonic())
            self._pause.wait(max(due - monotonic(), 0.0))
        return True

    def ask(self, sound: AudioChunk, lead: float = 0.3) -> float:
        """A visitor asks; returns the clock time of its first sample, s."""
        start = self.now() + lead
        self.air.speak(sound, start)
        return start

    def close(self) -> None:
        """End the talk and the session."""
        self.talk.close()
        self.session.close()
