"""Sound out. The speaker never stops, so the samples it has played tell the session's time.

All three speakers are peers: a real device, one that nobody hears, and one that hands the sound
on to a file. Each has a timeline of its own that starts near zero when it is made; it plays
silence between utterances. ``AudioClock(speaker.position)`` makes it the session's clock.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from avatar.clock import Clock, monotonic
from avatar.devices.fader import Fader
from avatar.errors import NoSpeaker
from avatar.lanes import Ring
from avatar.media import AudioChunk
from avatar.plugins import require

Samples = NDArray[np.float32]
Tap = Callable[[AudioChunk], None]
"""Is given what is heard, dated on the speaker's own time, silence included; it must be quick, for
a device calls it from its audio callback."""

RATE = 48_000
"""Usual sampling rate of sound out, Hz."""

LATENCY = 0.04
"""s; less and the callback misses its turn while a frame is drawn on a busy machine. The lips
do not care: positions count what is heard."""


_START = 0.5
"""s to wait for a new stream to get going: until its first buffers are played, its position
stands still, and a clock that follows it would run ahead."""


REOPEN: float = 1.0
"""s between two tries to find a device when the one in use has gone away."""


class Speaker(Protocol):
    """Anything that plays sound in its own time."""

    @property
    def rate(self) -> int:
        """Sampling rate it plays at, Hz."""
        ...

    tap: Tap | None
    """Who else is given what is heard."""

    def play(self, samples: Samples, rate: int) -> float:
        """Queue float32[n] mono samples behind what is pending.

        Returns the position (s) at which their first sample will be heard.
        """
        ...

    def position(self) -> float:
        """Seconds heard so far, silence included."""
        ...

    def pending(self) -> float:
        """Seconds queued and not yet heard."""
        ...

    def clear(self) -> float:
        """Drop what is pending; returns the seconds dropped."""
        ...

    def duck(self, level: float) -> None:
        """Play at ``level``, 0..1, from now on; glides there within 30 ms."""
        ...

    def close(self) -> None: ...


def resample(samples: Samples, rate: int, to_rate: int) -> Samples:
    """Whole recording float32[n] at ``rate`` Hz to ``to_rate`` Hz."""
    samples = np.ascontiguousarray(samples, np.float32)
    if rate == to_rate:
        return samples
    soxr: Any = require("soxr", extra="window", for_what="sound out")
    return soxr.resample(samples, rate, to_rate)


class FileSpeaker:
    """Plays in the time of a clock it is given and hands the sound on, silence included."""

    def __init__(self, clock: Clock, out: Callable[[AudioChunk], None], rate: int = RATE) -> None:
        """``out`` (a sink's ``audio``, a list's ``append``) is given, whenever the speaker is
        asked something, all that was heard since the last time."""
        self.rate = rate
        self.tap: Tap | None = None
        self._clock, self._out = clock, out
        self._ring, self._fader, self._lock = Ring(), Fader(rate), threading.Lock()
        self._heard = round(clock.now() * rate)

    def play(self, samples: Samples, rate: int) -> float:
        samples = resample(samples, rate, self.rate)
        self._advance()
        with self._lock:
            start = self._heard + len(self._ring)
            self._ring.write(samples)
        return start / self.rate

    def position(self) -> float:
        self._advance()
        return self._clock.now()

    def pending(self) -> float:
        self._advance()
        return len(self._ring) / self.rate

    def clear(self) -> float:
        self._advance()
        return self._ring.clear() / self.rate

    def duck(self, level: float) -> None:
        self._advance()
        self._fader.to(level)

    def close(self) -> None:
        """Hand on what was heard until now; what is pending is lost, as with any speaker."""
        self._advance()

    def _advance(self) -> None:
        with self._lock:
            now = round(self._clock.now() * self.rate)
            while self._heard < now:
                block = np.empty(min(now - self._heard, self.rate), np.float32)
                self._ring.read_into(block)
                self._fader.apply(block)
                chunk = AudioChunk(self._heard / self.rate, block, self.rate)
                self._heard += len(block)
                self._out(chunk)
                if self.tap is not None:
                    self.tap(chunk)


class SilentSpeaker(FileSpeaker):
    """Nobody hears it; for a machine without sound, and for tests."""

    def __init__(self, clock: Clock, rate: int = RATE) -> None:
        super().__init__(clock, lambda chunk: None, rate)


class DeviceSpeaker:
    """The machine's sound device, through PortAudio.

    When the device goes away, time goes on at its own pace, unheard, and the system's default
    device is tried every REOPEN seconds until one plays again.
    """

    def __init__(self, device: int | str | None = None, latency: float = LATENCY) -> None:
        """Open ``device`` (number or part of its name; None: the system's choice).

        ``latency``, s, is what the device is asked to buffer. Raises NoSpeaker.
        """
        self._sounddevice = sounddevice = portaudio()
        self._ring, self._lock = Ring(), threading.Lock()
        self.tap: Tap | None = None
        self._latency = latency
        self._written = self._speech_end = self._block_start = 0
        self._block_heard_at, self._last = 0.0, 0.0
        self._away: tuple[float, float] | None = None
        """Moment (s, monotonic) and position (s) at which the device went away."""
        self._retry_at, self._reopening = 0.0, threading.Lock()
        self._running, self._closed = threading.Event(), False
        try:
            self._open(device)
            self._running.wait(_START)
        except (sounddevice.PortAudioError, ValueError) as error:
            known = ", ".join(speakers()) or "none found: plug one in"
            what = " ".join(str(error).split())
            raise NoSpeaker(
                f"no sound output: {what}; devices: {known}; or go on without sound"
            ) from error

    def _open(self, device: int | str | None, rate: int = 0) -> None:
        info: Any = self._sounddevice.query_devices(device, "output")
        self.rate = rate or int(info["default_samplerate"])
        self._fader = Fader(self.rate)
        self._stream: Any = self._sounddevice.OutputStream(
            samplerate=self.rate,
            device=device,
            channels=min(2, info["max_output_channels"]),
            dtype="float32",
            latency=self._latency,
            callback=self._callback,
        )
        self._stream.start()

    def _callback(self, out: Samples, frames: int, time: Any, status: Any) -> None:
        mono = np.empty(frames, np.float32)
        heard_at = time.outputBufferDacTime or time.currentTime + self._stream.latency
        with self._lock:
            if self._away is not None:
                self._skip(self._unheard() + heard_at - time.currentTime)
                self._away = None
            self._ring.read_into(mono)
            self._fader.apply(mono)
            self._block_start, self._block_heard_at = self._written, heard_at
            self._written += frames
        if self._block_start > self.rate * self._stream.latency:
            self._running.set()
        out[:] = mono[:, None]
        if self.tap is not None:
            self.tap(AudioChunk(self._block_start / self.rate, mono, self.rate))

    def play(self, samples: Samples, rate: int) -> float:
        samples = resample(samples, rate, self.rate)
        self.position()
        with self._lock:
            start = self._written + len(self._ring)
            self._ring.write(samples)
            self._speech_end = start + len(samples)
        return start / self.rate

    def position(self) -> float:
        """Seconds heard; those that pass without a device count too."""
        if not self._plays():
            self._miss()
        with self._lock:
            if self._away is not None:
                self._last = max(self._last, self._unheard())
                self._skip(self._last)
                return self._last
            start, heard_at, written = self._block_start, self._block_heard_at, self._written
        if heard_at:
            heard = start / self.rate + self._time(heard_at) - heard_at
            self._last = max(self._last, min(heard, written / self.rate))
        return self._last

    def _plays(self) -> bool:
        """Whether the stream runs; one that PortAudio has let go of meanwhile does not."""
        try:
            return bool(self._stream.active)
        except self._sounddevice.PortAudioError:
            return False

    def _time(self, otherwise: float) -> float:
        try:
            return float(self._stream.time)
        except self._sounddevice.PortAudioError:
            return otherwise

    def _unheard(self) -> float:
        """Where the timeline is while there is no device, s."""
        since, position = self._away or (0.0, 0.0)
        return position + monotonic() - since

    def _skip(self, position: float) -> None:
        """Drop what would have been heard until ``position``, s."""
        lost = np.empty(max(round(position * self.rate) - self._written, 0), np.float32)
        self._ring.read_into(lost)
        self._written += len(lost)

    def _miss(self) -> None:
        """The device is away: time goes on, and now and then another one is looked for."""
        now = monotonic()
        with self._lock:
            if self._away is None:
                self._away = (now, self._last)
        if now >= self._retry_at:
            self._retry_at = now + REOPEN
            threading.Thread(target=self._reopen, daemon=True, name="speaker").start()

    def _reopen(self) -> None:
        if not self._reopening.acquire(blocking=False):
            return
        try:
            if self._closed or self._plays():
                return
            self._stream.close()
            self._open_default()
        except (self._sounddevice.PortAudioError, ValueError):
            return
        finally:
            self._reopening.release()

    def _open_default(self) -> None:
        try:
            self._open(None, self.rate)
        except (self._sounddevice.PortAudioError, ValueError):
            # PortAudio lists the devices there were when it was started
            self._sounddevice._terminate()
            self._sounddevice._initialize()
            self._open(None, self.rate)

    def pending(self) -> float:
        return max(0.0, self._speech_end / self.rate - self.position())

    def clear(self) -> float:
        with self._lock:
            self._speech_end = min(self._speech_end, self._written)
            return self._ring.clear() / self.rate

    def duck(self, level: float) -> None:
        self._fader.to(level)

    def close(self) -> None:
        self._closed = True
        with self._reopening:
            self._stream.close()


def portaudio() -> Any:
    """The ``sounddevice`` module; raises MissingExtra, or NoSpeaker without its library."""
    try:
        return require("sounddevice", extra="window", for_what="sound out")
    except OSError as error:
        raise NoSpeaker(
            "no sound output: the PortAudio library is missing: apt install libportaudio2 "
            "(Debian, Ubuntu), dnf install portaudio (Fedora); or go on without sound"
        ) from error


def speakers() -> list[str]:
    """Names of the sound outputs of this machine; raises NoSpeaker without PortAudio."""
    return [name for _, name in sound_devices("output")]


def sound_devices(kind: Literal["input", "output"]) -> list[tuple[int, str]]:
    """Numbers and names of the devices that hear or play; raises NoSpeaker without PortAudio."""
    devices: Any = portaudio().query_devices()
    return [
        (number, str(device["name"]))
        for number, device in enumerate(devices)
        if device[f"max_{kind}_channels"] > 0
    ]
