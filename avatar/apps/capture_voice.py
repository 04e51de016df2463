"""The performer's voice in ``avatar capture``: kept with the take, played with the picture.

Sound is in the air before its picture is: tracking, filter and drawing take time. So the voice is
delayed by what the picture is measured to be late; lips that follow the sound, which the network
hears ``VOICE_LATE`` behind, make the picture wait as well.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from avatar.animation.motion import blended
from avatar.apps.messages import tr
from avatar.capture.perform import Capture
from avatar.clock import Clock
from avatar.devices.audio import Speaker
from avatar.devices.microphone import FileMicrophone, Microphone, open_microphone
from avatar.devices.recorded_camera import FileCamera
from avatar.devices.recording import is_recording, read_sound
from avatar.devices.resample import ResampleStream
from avatar.errors import AssetError, AvatarError, ConfigError
from avatar.media import AudioChunk, Speech
from avatar.pose import Driver, Pose
from avatar.runtime.performer import Performer
from avatar.voice.audio_lips import AudioLips
from avatar.voice.lipsync import LipSyncDriver

if TYPE_CHECKING:
    from avatar.apps.capture import Lips, Options

RATE: Final = 48_000
"""Hz, at which a recording's sound goes on."""
VOICE_LATE: Final = 0.2
"""s after the sound at which lips from it are surely known."""
FILTERED: Final = 0.02
"""s that the filters make the mouth late."""
_FIRST: Final = 0.06
"""s that a live picture is taken to be late before it was measured."""
_SLACK: Final = 0.025
"""s that sound may be off before it is moved."""
_SLOWEST: Final = 0.25
"""s between two pictures at most, for the guess."""
_PACE: Final = 0.05
"""Part of each new measure in it."""
_KEPT: Final = 500
"""Blocks that wait for the drawing thread at most."""
_NOBODY: Final = "none"


class VoiceLips:
    """Lips from the sound: always, or as far as the mouth is not seen."""

    layer = "lips"

    def __init__(self, lips: Driver, capture: Capture, mode: Lips) -> None:
        self._lips, self._capture, self._mode = lips, capture, mode

    def sample(self, t: float) -> Pose | None:
        pose = self._lips.sample(t)
        share = 1.0 if self._mode == "voice" else 1 - self._capture.mouth_seen
        if pose is None or share <= 0 or self._mode == "tracking":
            return None
        return replace(pose, weight_w=pose.weight_w * np.float32(share))


class Later:
    """Another driver's poses, ``delay`` s later."""

    def __init__(self, driver: Driver, delay: float) -> None:
        self.layer, self.delay = driver.layer, delay
        self._driver = driver
        self._waiting: deque[tuple[float, Pose | None]] = deque()

    def sample(self, t: float) -> Pose | None:
        self._waiting.append((t, self._driver.sample(t)))
        due = t - self.delay
        while len(self._waiting) > 1 and self._waiting[1][0] <= due:
            self._waiting.popleft()
        (at, pose), *after = self._waiting
        if pose is None or at > due:
            return None
        if after and after[0][1] is not None:
            pose = blended(pose, after[0][1], (due - at) / (after[0][0] - at))
        return replace(pose, t=t)


class RecordedVoice:
    """The sound of a recording, in the picture's own time."""

    def __init__(self, path: str | Path) -> None:
        """Raises what ``read_sound`` raises."""
        self._sound = read_sound(path, RATE)
        self._given = 0

    def lips(self, capture: Capture, mode: Lips, start: float = 0.0) -> VoiceLips:
        """A driver of the lips in it; it begins at ``start`` s on the session's clock."""
        driver = LipSyncDriver()
        if mode != "tracking":
            driver.say(Speech("", self._sound), start + FILTERED)
        return VoiceLips(driver, capture, mode)

    def until(self, t: float) -> Iterator[AudioChunk]:
        """What is to be heard until ``t`` s and was not given yet."""
        last = round((t - FILTERED) * RATE)
        if last > self._given:
            part = self._sound.samples[self._given : last]
            if len(part):
                yield AudioChunk(self._given / RATE + FILTERED, part, RATE)
            self._given = last


class Hears(Protocol):
    """Takes the voice, dated on the session's clock with when its picture is shown."""

    def audio(self, chunk: AudioChunk) -> None: ...


class LiveVoice:
    """A microphone, read and played on a thread of its own, so that drawing never holds it up.

    :meth:`step`, called for every picture, hands on what was heard.
    """

    def __init__(
        self, microphone: Microphone, clock: Clock, session_clock: Clock, speaker: Speaker,
        capture: Capture, mode: Lips,
    ) -> None:  # fmt: skip
        """``clock`` is the camera's and the microphone's."""
        self._microphone, self._clock, self._session_clock = microphone, clock, session_clock
        self._capture, self._mode = capture, mode
        self._player = _Player(speaker)
        self._heard: deque[AudioChunk] = deque(maxlen=_KEPT)
        self._lips = AudioLips(delay=0.0)
        self.lips = VoiceLips(self._lips, capture, mode)
        """A driver of the lips in it."""
        self._offset: float | None = None
        self._drawn = (session_clock.now(), 0.0)
        self._stop = Event()
        self._thread = Thread(target=self._run, name="voice", daemon=True)
        self._thread.start()

    @property
    def delay(self) -> float:
        """s from the moment something is in the air to the moment it is shown and heard."""
        heard = 0.0 if self._mode == "tracking" else VOICE_LATE + self._drawn[1] / 2
        return max(self._late, heard)

    @property
    def wait(self) -> float:
        """s that the tracked picture waits for the lips."""
        return max(self.delay - self._late, 0.0)

    @property
    def _late(self) -> float:
        """s that the picture is late; one that is drawn now and then stands for as long."""
        return picture_late(self._capture) + self._drawn[1] / 2

    def step(self, *heard_by: Hears) -> None:
        """Hand on what was heard since the last time."""
        now = self._session_clock.now()
        last, pace = self._drawn
        self._drawn = now, pace + (min(now - last, _SLOWEST) - pace) * _PACE
        while self._heard:
            chunk = self._heard.popleft()
            for one in heard_by:
                one.audio(chunk)
            if self._mode != "tracking":
                self._lips.feed(chunk)

    def _run(self) -> None:
        while not self._stop.is_set() and not self._microphone.ended:
            chunk = self._microphone.read()
            if chunk is not None:
                dated = AudioChunk(chunk.t + self._moved(), chunk.samples, chunk.rate)
                self._heard.append(dated)
                self._player.play(dated)

    def _moved(self) -> float:
        """s from the microphone's clock to when it is shown; as steady as can be, since every
        change is heard."""
        wanted = self._session_clock.now() - self._clock.now() + self.delay
        if self._offset is None or abs(wanted - self._offset) > _SLACK:
            self._offset = wanted
        return self._offset

    def close(self) -> None:
        """Stop hearing."""
        self._stop.set()
        self._thread.join(timeout=2)
        self._microphone.close()


class Ears:
    """The performer's voice, heard from when a picture in real time has begun."""

    def __init__(
        self, options: Options, capture: Capture, clock: Clock, performer: Performer, poses: Driver,
        session_clock: Clock, speaker: Speaker,
    ) -> None:  # fmt: skip
        """``poses`` go to the performer when they are due; ``clock`` is the camera's."""
        self._options, self._capture, self._clock = options, capture, clock
        self._performer, self._session_clock = performer, session_clock
        self._speaker = speaker
        self._seen = Later(poses, 0.0)
        performer.add(self._seen)
        self._deaf = not may_hear(options)
        self.voice: LiveVoice | None = None

    def step(self, *heard_by: Hears) -> None:
        """Call it for every picture: hands on what was heard since the last time."""
        camera = self._capture.camera
        begun = not isinstance(camera, FileCamera) or camera.started is not None
        if not self._deaf and begun:
            self._deaf = True  # tried once
            self._open()
        if self.voice is not None:
            self._seen.delay = self.voice.wait
            self.voice.step(*heard_by)

    def _open(self) -> None:
        microphone = live_microphone(self._options, self._capture, self._clock)
        if microphone is not None:
            self.voice = LiveVoice(
                microphone, self._clock, self._session_clock, self._speaker, self._capture,
                lips_of(self._options, live=True),
            )  # fmt: skip
            self._performer.add(self.voice.lips)

    def close(self) -> None:
        """Stop hearing."""
        if self.voice is not None:
            self.voice.close()


def picture_late(capture: Capture) -> float:
    """s from the grab of a picture to the filtered pose, as measured."""
    recent = list(capture.latency)[-60:]
    return (float(np.median(recent)) if recent else _FIRST) + FILTERED


class _Player:
    """Plays dated blocks in time on a speaker that only knows one after the other."""

    def __init__(self, speaker: Speaker) -> None:
        self._speaker = speaker
        self._stream: ResampleStream | None = None

    def play(self, chunk: AudioChunk) -> None:
        if self._stream is None or self._stream.rate != chunk.rate:
            self._stream = ResampleStream(chunk.rate, self._speaker.rate, extra="window")
        samples, rate = self._stream.push(chunk.samples), self._speaker.rate
        waiting = self._speaker.pending()
        early = chunk.t - self._speaker.position() - waiting
        if early > (_SLACK if waiting else 0):
            self._speaker.play(np.zeros(round(early * rate), np.float32), rate)
        elif early < -_SLACK:
            samples = samples[round(-early * rate) :]
        if len(samples):
            self._speaker.play(samples, rate)


def lips_of(options: Options, *, live: bool) -> Lips:
    """Where lips come from; a live picture does not wait for the sound unless told to."""
    return options.lips or ("tracking" if live else "both")


def recorded_voice(options: Options) -> RecordedVoice | None:
    """``--mic`` for a picture from a file; without it the file's own sound, if it has any.

    Raises ConfigError for a device: it hears in another time than the file's.
    """
    if options.mic == _NOBODY:
        return None
    if options.mic is None:
        try:
            return RecordedVoice(options.camera) if may_hear(options) else None
        except AssetError:
            return None
    if not is_recording(options.mic):
        raise ConfigError(tr("capture_mic_needs_camera"))
    return RecordedVoice(options.mic)


def may_hear(options: Options) -> bool:
    """Whether a live picture may come with a voice: asked for, or a video's own."""
    if options.mic is None:
        return options.is_file and not options.is_picture
    return options.mic != _NOBODY


def live_microphone(options: Options, capture: Capture, clock: Clock) -> Microphone | None:
    """The same for a picture in real time, which has begun."""
    camera, what = capture.camera, options.mic
    start = camera.started if isinstance(camera, FileCamera) else clock.now()
    if not may_hear(options):
        return None
    if what is not None and not is_recording(what):
        return open_microphone(what, clock, tell=capture.tell)
    try:
        return FileMicrophone(what or options.camera, clock, start)
    except AvatarError:
        if what is not None:
            raise
        return None
