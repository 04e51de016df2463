"""Sound in. A device, a recording played in real time and a program's own sound are peers.

Every block is dated on the session's clock with when its first sample was in the air, so that
what hears it can be held against what the speaker played at that moment.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from avatar.clock import Clock, monotonic
from avatar.devices.audio import portaudio, sound_devices
from avatar.devices.recording import RATE, is_recording, read_sound
from avatar.errors import ConfigError, NoMicrophone
from avatar.media import AudioChunk

Samples = NDArray[np.float32]

BLOCK: Final = 0.02
"""s of one block."""
REOPEN: Final = 1.0
"""s between two tries to find a device when the one in use has gone away."""
_WAIT: Final = 0.25
"""s that a read waits at most."""
_LOST: Final = 0.5
"""s without a block after which a device is taken to be gone ..."""
_START: Final = 2.0
"""... and that one just opened may take besides, until it gets going."""
_BLOCKS: Final = 250
"""Blocks that wait at most; a reader that sleeps longer loses the oldest."""
_SOON: Final = 1e-6
"""s; times nearer than this are the same moment."""


class Microphone(Protocol):
    """Anything that hears."""

    @property
    def name(self) -> str: ...

    @property
    def ended(self) -> bool:
        """Whether nothing but silence is still to come."""
        ...

    def read(self) -> AudioChunk | None:
        """The next block, waited for a little; None: nothing yet. Call it from one thread."""
        ...

    def close(self) -> None: ...


def open_microphone(
    what: str, clock: Clock, *, tell: Callable[[str], None] | None = None
) -> Microphone:
    """A microphone of this machine by ``default``, number or part of its name, or a recording.

    ``tell`` is given a line when a device goes away and comes back. Raises NoMicrophone,
    MissingExtra, and what ``read_sound`` raises.
    """
    if is_recording(what):
        return FileMicrophone(what, clock)
    device = None if what == "default" else int(what) if what.isdigit() else what
    return DeviceMicrophone(device, clock, tell=tell)


class _Waiting:
    """Blocks between the thread that hears and the one that reads."""

    def __init__(self) -> None:
        self._blocks: deque[Any] = deque(maxlen=_BLOCKS)
        self._fresh = threading.Condition()

    def put(self, block: Any) -> None:
        with self._fresh:
            self._blocks.append(block)
            self._fresh.notify()

    def take(self) -> Any:
        """The oldest block; None when none comes within a while."""
        with self._fresh:
            self._fresh.wait_for(lambda: self._blocks, _WAIT)
            return self._blocks.popleft() if self._blocks else None


class DeviceMicrophone:
    """A microphone of this machine, through PortAudio.

    When it goes away, silence is heard, and the system's default device is tried every REOPEN
    seconds until one hears again.
    """

    def __init__(
        self,
        device: int | str | None,
        clock: Clock,
        *,
        tell: Callable[[str], None] | None = None,
    ) -> None:
        """Open ``device`` (number or part of its name; None: the system's choice).

        Raises NoMicrophone with the devices there are.
        """
        self._sounddevice: Any = portaudio()
        self._clock, self._tell = clock, tell or (lambda line: None)
        self._waiting = _Waiting()
        self._heard_at = 0.0
        """When it was last heard, s, monotonic."""
        self._away = False
        self._retry_at = 0.0
        self.ended = False
        try:
            self._open(device)
        except (self._sounddevice.PortAudioError, ValueError) as error:
            known = ", ".join(f"{number} {name}" for number, name in sound_devices("input"))
            what = " ".join(str(error).split())
            raise NoMicrophone(
                f"no microphone: {what}; devices: {known or 'none found: plug one in'}; "
                "or give a recording"
            ) from error

    def _open(self, device: int | str | None) -> None:
        info: Any = self._sounddevice.query_devices(device, "input")
        self.name = str(info["name"])
        self._rate = int(info["default_samplerate"])
        self._stream: Any = self._sounddevice.InputStream(
            samplerate=self._rate,
            device=device,
            channels=1,
            dtype="float32",
            blocksize=round(BLOCK * self._rate),
            latency="low",
            callback=self._callback,
        )
        self._stream.start()
        self._heard_at = monotonic() + _START

    def _callback(self, block: Samples, frames: int, time: Any, status: Any) -> None:
        ago = time.currentTime - time.inputBufferAdcTime if time.inputBufferAdcTime else BLOCK
        self._waiting.put((monotonic() - max(ago, 0.0), self._rate, block[:, 0].copy()))

    def read(self) -> AudioChunk | None:
        heard = self._waiting.take()
        now = monotonic()
        if heard is not None:
            at, rate, samples = heard
            self._heard_at = now
            if self._away:
                self._away = False
                self._tell(f"hearing again, with {self.name}")
            return AudioChunk(self._clock.now() - (now - at), samples, rate)
        if now - self._heard_at < _LOST and self._hears():
            return None
        self._miss(now)
        silence = np.zeros(round(_WAIT * RATE), np.float32)
        return AudioChunk(self._clock.now() - _WAIT, silence, RATE)

    def _hears(self) -> bool:
        try:
            return bool(self._stream.active)
        except self._sounddevice.PortAudioError:
            return False

    def _miss(self, now: float) -> None:
        """The device is away: now and then another one is looked for."""
        if not self._away:
            self._away = True
            self._tell(f"the microphone {self.name} is gone: plug it in again")
        if now < self._retry_at:
            return
        self._retry_at = now + REOPEN
        try:
            self._stream.close()
            self._waiting = _Waiting()  # what a dying stream still gave is nothing that was heard
            self._open(None)
        except (self._sounddevice.PortAudioError, ValueError):
            return

    def close(self) -> None:
        self.ended = True
        self._stream.close()


class FileMicrophone:
    """A recording as a microphone: heard from ``start`` s on in the clock's own time, then silence.

    A clock that stands still (a file's own time) lets a read return None.
    """

    def __init__(self, path: str | Path, clock: Clock, start: float | None = None) -> None:
        """``start``: s on the clock, now when not given. Raises as ``read_sound`` does."""
        self.name = Path(path).name
        sound = read_sound(path)
        self._samples, self._rate = sound.samples, sound.rate
        self._clock = clock
        self._start = clock.now() if start is None else start
        self._given = 0
        self._closed = threading.Event()

    @property
    def ended(self) -> bool:
        return self._closed.is_set() or self._given >= len(self._samples)

    def read(self) -> AudioChunk | None:
        block = round(BLOCK * self._rate)
        t = self._start + self._given / self._rate
        left = t + BLOCK - self._clock.now()
        if left > _SOON:
            self._closed.wait(min(left, _WAIT))
            if t + BLOCK - self._clock.now() > _SOON:
                return None
        part = self._samples[self._given : self._given + block]
        self._given += block
        return AudioChunk(t, np.pad(part, (0, block - len(part))), self._rate)

    def close(self) -> None:
        self._closed.set()


class PushedMicrophone:
    """Sound that a program pushes."""

    def __init__(self, clock: Clock) -> None:
        self.name, self.ended = "pushed sound", False
        self._clock = clock
        self._waiting = _Waiting()

    def push(self, samples: Samples, rate: int, t: float | None = None) -> None:
        """float32[n] mono at ``rate`` Hz, whose first sample was heard at ``t`` s; not given: its
        last one is heard now. Raises ConfigError for sound of another kind."""
        samples = np.asarray(samples)
        if samples.ndim != 1 or samples.dtype.kind != "f" or rate <= 0:
            raise ConfigError(
                f"sound of {samples.dtype}{list(samples.shape)} at {rate} Hz: "
                "give float32[n], -1..1, one channel"
            )
        start = self._clock.now() - len(samples) / rate if t is None else t
        self._waiting.put(AudioChunk(start, samples.astype(np.float32), rate))

    def read(self) -> AudioChunk | None:
        return self._waiting.take()

    def close(self) -> None:
        self.ended = True
