"""A recorded motion on a figure: ``avatar view FIGURE --motion FILE``, in a window or as a clip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
import numpy as np

from avatar.animation.clip import READERS, ClipDriver, read_motion
from avatar.animation.motion import Motion
from avatar.apps.live import can_open_window
from avatar.apps.messages import tr
from avatar.capture.take import read_take
from avatar.config import Config
from avatar.devices.played import laid
from avatar.errors import AssetError, ConfigError, UnsupportedFormat
from avatar.media import AudioChunk
from avatar.output.sinks import open_sink
from avatar.pose import HumanBone
from avatar.runtime.manual import ManualDriver, check_expressions
from avatar.runtime.session import Session

TAKES: Final = ".avt"
"""Ending of takes, which may hold sound as well."""
MOTIONS: Final = (*READERS, TAKES)
"""Endings of files that can be played."""
_FADE: Final = 0.3
"""s in which it begins in a window."""
_QUEUED: Final = 1.0
"""s of sound that wait, at least."""
_LEGS: Final = [bone for bone in HumanBone if "Leg" in bone.name]
_ARMS: Final = [bone for bone in HumanBone if "Arm" in bone.name]


@dataclass(frozen=True, slots=True)
class Playing:
    """What is to be played."""

    motion: Motion
    """Trimmed."""
    sound: tuple[AudioChunk, ...] = ()
    """Of a take; their times count from the motion's start, s."""
    rounds: int = 1
    """How often it is played into a file."""

    @property
    def view(self) -> str:
        """How much of the figure is to be seen: as much as moves."""
        opinion = self.motion.rotation_w
        if opinion[:, _LEGS].any():
            return "full"
        return "half" if opinion[:, _ARMS].any() else "bust"

    def heard(self, duration: float) -> AudioChunk | None:
        """The sound of one round of ``duration`` s, silence where there is none; None without
        any. Raises AssetError if its rate changes."""
        if not self.sound:
            return None
        rate = self.sound[0].rate
        if any(chunk.rate != rate for chunk in self.sound):
            raise AssetError("the take's sound changes its rate: record it again")
        sounds = [(chunk.t, chunk.samples) for chunk in self.sound]
        return AudioChunk(0.0, laid(sounds, 0.0, round(duration * rate), rate), rate)

    def driver(self, *, loop: bool, fade: float) -> ClipDriver:
        """One that plays it."""
        return ClipDriver(self.motion, loop=loop, fade=fade)


def playing(path: Path, trim: str = "", rounds: int = 1) -> Playing:
    """Read a .bvh, .vrma, .csv or .avt file; ``trim`` is ``START:END``, s, either may be left out.

    Raises AssetError and its kinds, ConfigError.
    """
    start, end = parse_trim(trim)
    if path.suffix.lower() not in MOTIONS:
        raise UnsupportedFormat(f"no motion file: known kinds: {', '.join(MOTIONS)}", path=path)
    if path.suffix.lower() == TAKES:
        take = read_take(path)
        whole, began = take.motion(), take.poses[0].t + start
        sound = tuple(AudioChunk(c.t - began, c.samples, c.rate) for c in take.sound)
    else:
        whole, sound = read_motion(path), ()
    if start >= whole.duration > 0:
        raise ConfigError(f"--trim {trim!r}: the motion lasts {whole.duration:.2f} s")
    return Playing(whole.trimmed(start, end), sound, rounds)


def parse_trim(text: str) -> tuple[float, float | None]:
    """``"1.5:4"`` as (1.5, 4.0); ``"1.5:"`` and ``":4"`` as they say. Raises ConfigError."""
    if not text:
        return 0.0, None
    first, colon, last = text.partition(":")
    try:
        start, end = float(first or 0), float(last) if last else None
    except ValueError:
        start, end, colon = 0.0, None, ""
    if not colon or not start >= 0 or (end is not None and not end > start):
        raise ConfigError(f"--trim {text!r}: write it as START:END in seconds, like 1.5:4")
    return start, end


def play(
    config: Config, what: Playing, output: Path | None, expressions: Mapping[str, float]
) -> None:
    """Into ``output``, or in a window, again and again, when there is none."""
    if output is None and not can_open_window():
        output = Path("avatar.webm" if config.background == "transparent" else "avatar.mp4")
        click.echo(tr("no_display", path=output))
    if output is not None:
        write(config, what, output, expressions)
        return
    from avatar.apps.inspector import inspect

    inspect(config, expressions, played=what)


def write(
    config: Config, what: Playing, output: Path, expressions: Mapping[str, float] | None = None
) -> None:
    """The clip; Ctrl-C keeps what is there and leaves it playable."""
    if config.background == "transparent" and output.suffix.lower() in {".mp4", ".mov"}:
        raise ConfigError(tr("alpha_needs_webm", path=output))
    with Session(config=config) as session:
        performer = session.performers[0]
        if expressions:
            performer.add(ManualDriver(check_expressions(performer.character, expressions)))
        _settle(session, what)
        driver = what.driver(loop=what.rounds > 1, fade=0.0)
        performer.add(driver)
        heard = what.heard(driver.duration)
        if heard is not None:
            session.speaker.play(np.tile(heard.samples, what.rounds), heard.rate)
        try:
            with open_sink(
                output, config.size, config.fps, label=session.provenance,
                alpha=config.background == "transparent", quick=config.quality == "draft",
            ) as sink:  # fmt: skip
                session.record(sink)
                for _ in session.frames(max(what.rounds * driver.duration, 1 / config.fps)):
                    pass
        except KeyboardInterrupt:
            click.echo("\n" + tr("interrupted", path=output), err=True)
            raise SystemExit(130) from None
    click.echo(tr("saved", path=output))


def _settle(session: Session, what: Playing) -> None:
    """Let hair and cloth hang as they do in the first pose."""
    drivers = session.performers[0].drivers
    held = ClipDriver(what.motion.trimmed(0, 1e-6), loop=True, fade=0.0)
    drivers.append(held)
    session.settle()
    drivers.remove(held)


class Player:
    """Plays a motion again and again in a session in real time, with its sound."""

    def __init__(self, session: Session, what: Playing) -> None:
        self._speaker = session.speaker
        self.driver = what.driver(loop=True, fade=_FADE)
        self._heard = what.heard(self.driver.duration)
        session.performers[0].add(self.driver)
        if self._heard is not None:
            self.driver.sample(self._speaker.play(self._heard.samples, self._heard.rate))

    def step(self) -> None:
        """Call it now and then: queues the sound of the next round."""
        if self._heard is not None and self._speaker.pending() < _QUEUED:
            self._speaker.play(self._heard.samples, self._heard.rate)
