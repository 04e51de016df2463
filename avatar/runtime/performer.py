"""One figure with everything that drives it: life, speech motion, emotion and lips."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, runtime_checkable

from avatar.animation.beats import SpeechMotionDriver
from avatar.animation.emotion import EmotionDriver
from avatar.animation.gesture import GestureDriver
from avatar.animation.idle import IdleDriver
from avatar.animation.mixer import Mixer
from avatar.animation.rig import Rig
from avatar.character.character import Character
from avatar.media import Speech
from avatar.pose import Driver, Pose, RigState
from avatar.voice.lipsync import LipSyncDriver


@runtime_checkable
class FollowsSpeech(Protocol):
    """A driver that wants to know what is said and when."""

    def say(self, speech: Speech, start: float) -> None: ...
    def cancel(self, t: float) -> None: ...


class Performer:
    """A character that lives, speaks and feels.

    ``drivers`` may be added or removed while live; a driver that raises is dropped and its
    failure kept in ``failures`` (driver name -> message) for the status line.
    """

    def __init__(
        self, character: Character, *, seed: int = 0, emotion: EmotionDriver | None = None
    ) -> None:
        self.character = character
        self.emotion = emotion or EmotionDriver()
        self._rig = Rig(character)
        self.idle = IdleDriver(seed=seed, rest=self._rig.rest)
        self.drivers: list[Driver] = [
            self.idle,
            SpeechMotionDriver(seed=seed),
            GestureDriver(seed=seed),
            self.emotion,
            LipSyncDriver(),
        ]
        self.failures: dict[str, str] = {}
        self._mixer = Mixer()
        self._t: float | None = None

    def add(self, driver: Driver) -> None:
        """Let ``driver`` move this figure too, on the mixing layer it names."""
        self.drivers.append(driver)

    def say(self, speech: Speech, start: float) -> None:
        """Follow ``speech``, whose first sample is heard at clock time ``start`` (s)."""
        for driver in self._followers():
            driver.say(speech, start)

    def cancel(self, t: float) -> None:
        """Stop speaking at ``t`` (s): the mouth closes, gestures settle."""
        for driver in self._followers():
            driver.cancel(t)

    def pose(self, t: float) -> Pose:
        """What all drivers together say at ``t``."""
        layers: list[tuple[str, Pose]] = []
        for driver in list(self.drivers):
            try:
                pose = driver.sample(t)
            except Exception as error:  # a visitor's driver must not stop the show
                self.failures[type(driver).__name__] = str(error) or type(error).__name__
                self.drivers.remove(driver)
                continue
            if pose is not None:
                layers.append((driver.layer, pose))
        return self._mixer.mix(layers)

    def advance(self, t: float) -> RigState:
        """The figure's state at ``t``; springs move by the time since the last call."""
        dt = 0.0 if self._t is None else max(0.0, t - self._t)
        self._t = t
        return self._rig.advance(self.pose(t), dt)

    def _followers(self) -> Iterable[FollowsSpeech]:
        return [driver for driver in self.drivers if isinstance(driver, FollowsSpeech)]
