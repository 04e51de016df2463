"""One figure with everything that drives it: life, speech motion, emotion and lips."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, Protocol, runtime_checkable

from avatar.animation.attend import AttendDriver, State
from avatar.animation.beats import SpeechMotionDriver
from avatar.animation.body import measure
from avatar.animation.emotion import EmotionDriver
from avatar.animation.gesture import GestureDriver
from avatar.animation.idle import IdleDriver
from avatar.animation.mixer import Mixer
from avatar.animation.rig import Rig
from avatar.character.character import Character
from avatar.media import Speech
from avatar.pose import Driver, Pose, RestSkeleton, RigState
from avatar.runtime.cues import Cue
from avatar.voice.lipsync import LipSyncDriver

LINGER: Final = 0.8
"""s for which a mood outlasts the sentence it came with."""
HELD: Final = 3.0
"""s for which a mood is shown at least."""
DECAY: Final = 1.3
"""s in which it goes."""


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
        body = measure(character, self._rig)
        self.idle = IdleDriver(seed=seed, rest=self._rig.rest, hang=body.hang)
        self.gestures = GestureDriver(seed=seed, body=body)
        self.attention = AttendDriver(seed=seed)
        self.drivers: list[Driver] = [
            self.idle,
            SpeechMotionDriver(seed=seed),
            self.gestures,
            self.emotion,
            self.attention,
            LipSyncDriver(),
        ]
        self.failures: dict[str, str] = {}
        self.shown = Pose()
        """The pose of the last :meth:`advance`."""
        self._mixer = Mixer()
        self._moods: list[tuple[float, str]] = []
        self._resting = self.emotion.name
        """The mood to come back to."""
        self._passing = False
        """Whether a mood is shown that came with a sentence."""
        self._over = 0.0
        """When a passing mood has been held long enough, s."""
        self._t: float | None = None

    def add(self, driver: Driver) -> None:
        """Let ``driver`` move this figure too, on the mixing layer it names."""
        self.drivers.append(driver)

    def say(self, speech: Speech, start: float) -> None:
        """Follow ``speech``, whose first sample is heard at clock time ``start`` (s)."""
        self._over = max(self._over, start + speech.audio.duration + LINGER)
        for driver in self._followers():
            driver.say(speech, start)

    def gesture(self, name: str, t: float, **options: Any) -> float:
        """Make the gesture ``name`` from ``t`` (s) on; returns when it is over, s.

        ``options`` are those of :meth:`GestureDriver.play`; raises ConfigError as it does.
        """
        self.gestures.viewer = self.idle.viewer
        return self.gestures.play(name, t, **options)

    def cue(self, cue: Cue, t: float, now: float | None = None) -> float:
        """Let ``cue`` happen at clock time ``t`` (s), a stroke as far as there is time before it.

        ``now`` is the clock's time, ``t`` when not given. Returns when it is over, s.
        """
        if cue.kind == "gesture":
            return self.gesture(cue.name, t, at="stroke", earliest=t if now is None else now)
        self._moods.append((t, cue.name))
        return t

    def feel(self, name: str, fade: float = 0.4) -> None:
        """Take on an emotion until the next :meth:`feel`; ConfigError for an unknown one."""
        self.emotion.set(name, fade=fade)
        self._resting, self._passing = name, False

    def attend(self, state: State, t: float) -> None:
        """Bear yourself as somebody in ``state`` of a conversation from ``t`` (s) on."""
        self.attention.attend(state, t)

    def cancel(self, t: float) -> None:
        """Stop speaking at ``t`` (s): the mouth closes, gestures settle."""
        self._moods.clear()
        self._over = min(self._over, t)
        for driver in self._followers():
            driver.cancel(t)

    def pose(self, t: float) -> Pose:
        """What all drivers together say at ``t``."""
        self._feel(t)
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
        return self.gestures.settle(self._mixer.mix(layers))

    def _feel(self, t: float) -> None:
        """Moods that came with a sentence: they rise at their word and go with the sentence."""
        while self._moods and self._moods[0][0] <= t:
            at, name = self._moods.pop(0)
            self.emotion.set(name)
            self._passing, self._over = True, max(self._over, at + HELD)
        if self._passing and t >= self._over:
            self._passing = False
            self.emotion.set(self._resting, fade=DECAY)

    def advance(self, t: float) -> RigState:
        """The figure's state at ``t``; springs move by the time since the last call."""
        dt = 0.0 if self._t is None else max(0.0, t - self._t)
        self._t = t
        self.shown = self.pose(t)
        return self._rig.advance(self.shown, dt)

    @property
    def rest(self) -> RestSkeleton:
        """What drivers may know of this figure's body."""
        return self._rig.rest

    def _followers(self) -> Iterable[FollowsSpeech]:
        return [driver for driver in self.drivers if isinstance(driver, FollowsSpeech)]
