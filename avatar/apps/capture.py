"""``avatar capture``: the performer before the camera moves the figure."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import click

from avatar import fetch
from avatar.apps.live import can_open_window
from avatar.apps.messages import tr
from avatar.capture.smooth import PROFILES
from avatar.config import Config
from avatar.devices.audio import sound_devices
from avatar.devices.camera import PICTURES, list_cameras
from avatar.errors import ConfigError, NoGL

Lips = Literal["tracking", "voice", "both"]
"""Where the lips come from: the picture, the sound, or the sound where the picture fails."""
MOTIONS: Final = (".avt", ".vrma", ".bvh", ".csv")
"""Endings of files that hold what was performed, not how it looked."""


@dataclass(frozen=True, slots=True)
class Options:
    """What ``avatar capture`` was told."""

    camera: str = "0"
    """A device's number, a video, a picture, or ``none``."""
    output: Path | None = None
    fast: bool = False
    """Take a file as fast as it can be tracked, not in real time."""
    body: bool = True
    hands: bool = True
    mirror: bool | None = None
    """None: as a mirror for a device, as it is for a file."""
    composure: str = "natural"
    calibration: Path | None = None
    """A file that keeps what is known of the performer's face; written if there is none yet."""
    show_landmarks: bool = False
    side_by_side: bool = False
    send: tuple[str, ...] = ()
    receive: tuple[str, ...] = ()
    mic: str | None = None
    """A microphone, a sound file or ``none``; None: the video's own sound."""
    lips: Lips | None = None
    """None: both for a file, tracking for a live picture."""
    given: frozenset[str] = frozenset()
    """Settings of the picture that the user gave."""

    @property
    def is_picture(self) -> bool:
        """Whether the camera is a still picture."""
        return Path(self.camera).suffix.lower() in PICTURES

    @property
    def is_device(self) -> bool:
        return self.camera.isdigit()

    @property
    def is_none(self) -> bool:
        """Whether there is no camera: another tracker moves the figure."""
        return self.camera == "none"

    @property
    def is_file(self) -> bool:
        """Whether the picture has a time of its own."""
        return not (self.is_device or self.is_none)

    @property
    def is_motion(self) -> bool:
        """Whether the output holds motion, so that nothing need be drawn."""
        return self.output is not None and self.output.suffix.lower() in MOTIONS

    @property
    def mirrored(self) -> bool:
        return self.is_device if self.mirror is None else self.mirror


def run(config: Config, options: Options) -> None:
    """Move the figure of ``config`` as ``options`` say."""
    if options.camera == "list" or options.mic == "list":
        show_cameras() if options.camera == "list" else show_microphones()
        return
    if options.composure not in PROFILES:
        raise ConfigError(f"composure {options.composure!r}: known: {', '.join(PROFILES)}")
    if options.is_none and not options.receive:
        raise ConfigError(tr("capture_nobody"))
    if not options.is_none and not fetch.is_fetched("face"):
        click.echo(tr("capture_fetching"), err=True)
        fetch.fetch("face")
    from avatar.apps.capture_film import film, perform
    from avatar.apps.capture_live import live

    alone = not (options.send or options.receive)
    if options.output is not None and options.is_file and alone:
        perform(config, options) if options.is_motion else film(config, options)
    elif can_open_window() and not options.fast:
        live(config, options)
    elif options.is_motion or (options.send and options.output is None):
        perform(config, options)
    elif options.output is not None:
        live(config, options, seen=False)
    else:
        raise NoGL(tr("capture_no_display"))


def show_microphones() -> None:
    """``--mic list``."""
    devices = sound_devices("input")
    if not devices:
        click.echo(tr("capture_no_microphones"))
    for number, name in devices:
        click.echo(f"{number}  {name}")


def show_cameras() -> None:
    """``--camera list``."""
    cameras = list_cameras()
    if not cameras:
        click.echo(tr("capture_no_cameras"))
    for camera in cameras:
        size = tr("capture_busy") if camera.size is None else "x".join(map(str, camera.size))
        click.echo(f"{camera.index}  {camera.name}  {size}")
