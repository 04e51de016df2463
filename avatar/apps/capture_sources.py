"""What ``avatar capture`` is made of: the camera's capture, other trackers, and where poses go."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, Self

import click

from avatar.animation.arbiter import Arbiter
from avatar.animation.clip import write_motion
from avatar.animation.motion import from_poses
from avatar.apps.messages import tr
from avatar.capture.calibrate import Calibration
from avatar.capture.perform import Capture
from avatar.capture.study import studied
from avatar.capture.take import TakeWriter
from avatar.capture.track import MediaPipeTracker, NoTracker
from avatar.clock import Clock
from avatar.devices.camera import Camera, DeviceCamera, PushCamera, open_camera
from avatar.errors import AssetError, MissingAsset, NoCamera, OutputError
from avatar.math3d import Array
from avatar.media import AudioChunk, Tracker
from avatar.pose import Pose, RestSkeleton
from avatar.protocols.address import receiver, sender
from avatar.protocols.receiver import Receiver

if TYPE_CHECKING:
    from avatar.apps.capture import Options


_NO_PICTURE: Final = (640, 480)
_WELL: Final = 0.5
"""How surely a face must be known to be kept."""


def tell(message: str) -> None:
    """Say a line beside what is being written."""
    click.echo(f"\n{message}", err=True)


def open_capture(options: Options, *, fast: bool, clock: Clock | None = None) -> Capture:
    """The camera with its tracker; raises what they raise.

    A camera that does not open is none, where another tracker moves the figure.
    """
    known = _known(options)
    camera = _camera(options, fast, clock)
    tracker: Tracker = NoTracker()
    try:
        if not isinstance(camera, PushCamera):
            tracker = MediaPipeTracker(
                body=options.body, hands=options.hands, take_turns=camera.live
            )
    except Exception:
        camera.close()
        raise
    return Capture(
        camera, tracker, mirror=options.mirrored, composure=options.composure,
        calibration=known, clock=clock if camera.live else None, tell=tell,
    )  # fmt: skip


def _camera(options: Options, fast: bool, clock: Clock | None) -> Camera:
    try:
        if not options.is_none:
            return open_camera(options.camera, fast=fast, clock=clock, tell=tell)
    except NoCamera as error:
        if not options.receive:
            raise
        tell(tr("capture_without", why=error))
    return PushCamera(_NO_PICTURE, clock=clock)


def _known(options: Options) -> Calibration | None:
    """The performer as kept in a file, or as a recording shows; None for a camera's.

    A recording's is written into a file that is not there yet; a camera's is when it is known.
    """
    keep = options.calibration
    if keep is not None and keep.exists():
        return Calibration.load(keep)
    if keep is not None and not os.access(keep.absolute().parent, os.W_OK):
        raise OutputError(f"cannot write {keep}: no such folder, or not yours to write to")
    if keep is not None and options.is_picture:
        raise MissingAsset("no such calibration: a camera or a video makes one", path=keep)
    if not options.is_file or options.is_picture:
        return None
    camera = open_camera(options.camera, fast=True)
    try:
        tracker = MediaPipeTracker()
    except Exception:
        camera.close()
        raise
    known = studied(camera, tracker)
    if keep is not None:
        save(known, keep)
    return known


def say_on(capture: Capture) -> None:
    """Say that a camera is on where no light in a window does."""
    if isinstance(capture.camera, DeviceCamera):
        tell(tr("capture_on"))


def keep_known(options: Options, capture: Capture) -> None:
    """Write what a camera without a calibration has shown of its performer, if that was asked."""
    keep, known = options.calibration, capture.solver.calibration
    if keep is not None and not keep.exists() and known.sure > _WELL:
        save(known, keep)


def save(known: Calibration, path: Path) -> None:
    """Keep what is known of a performer, and say so."""
    known.save(path)
    tell(tr("saved", path=path))


class Sources:
    """The camera and the other trackers, each channel by whoever sees it best."""

    def __init__(self, capture: Capture, options: Options, rest: RestSkeleton) -> None:
        self.arbiter = Arbiter(tell=tell)
        self._camera = capture.driver
        self.arbiter.add("camera", capture.driver, "webcam")
        self._receivers: list[Receiver] = []
        for address in options.receive:
            source = receiver(address, rest=rest, tell=tell)
            self._receivers.append(source.open())
            kind = "suit" if address.startswith("vmc") else "phone"
            self.arbiter.add(address, source, kind)

    @property
    def captured(self) -> Pose | None:
        """What was captured last: as it came from a camera alone, else mixed."""
        return self.arbiter.shown if self._receivers else self._camera.shown

    def close(self) -> None:
        for source in self._receivers:
            source.close()


class PoseOutput(Protocol):
    """Takes poses."""

    def pose(self, captured: Pose | None, shown: Pose) -> None: ...
    def close(self) -> None: ...


class TakeOutput:
    """An ``.avt`` take of what was captured, with the performer's voice."""

    def __init__(self, path: Path, rest: RestSkeleton) -> None:
        self._writer = TakeWriter(path, rest=rest)

    def pose(self, captured: Pose | None, shown: Pose) -> None:
        if captured is not None:
            self._writer.pose(captured)

    def audio(self, chunk: AudioChunk) -> None:
        self._writer.audio(chunk)

    def close(self) -> None:
        if not self._writer.frames:
            self._writer.abort()
            raise AssetError("nothing was captured: nothing to write", path=self._writer.path)
        self._writer.close()


class MotionOutput:
    """A ``.vrma``, ``.bvh`` or ``.csv`` of what the figure did."""

    def __init__(self, path: Path, rest: RestSkeleton) -> None:
        self._path, self._rest = path, rest
        self._poses: list[Pose] = []

    def pose(self, captured: Pose | None, shown: Pose) -> None:
        if not self._poses or shown.t > self._poses[-1].t:
            self._poses.append(shown)

    def close(self) -> None:
        if not self._poses:
            raise AssetError("nothing was captured: nothing to write", path=self._path)
        import numpy as np

        times: Array = np.array([pose.t for pose in self._poses])
        motion = from_poses(times - times[0], self._poses, self._path.stem)
        write_motion(motion, self._path, self._rest)


class SendOutput:
    """Another program, over a protocol."""

    def __init__(self, address: str, rest: RestSkeleton) -> None:
        self._sender = sender(address, rest, tell=tell)

    def pose(self, captured: Pose | None, shown: Pose) -> None:
        self._sender.send(shown)

    def close(self) -> None:
        self._sender.close()


class Outputs:
    """Everything that takes poses."""

    def __init__(self, options: Options, rest: RestSkeleton) -> None:
        self._senders: list[PoseOutput] = [SendOutput(address, rest) for address in options.send]
        self._files: list[PoseOutput] = []
        self._take: TakeOutput | None = None
        self.keeping = True
        """Whether files take what comes, too."""
        if options.output is not None and options.is_motion:
            if options.output.suffix.lower() == ".avt":
                self._take = TakeOutput(options.output, rest)
            self._files = [self._take or MotionOutput(options.output, rest)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for output in (*self._senders, *self._files):
            output.close()

    def pose(self, captured: Pose | None, shown: Pose) -> None:
        for output in (*self._senders, *(self._files if self.keeping else ())):
            output.pose(captured, shown)

    def audio(self, chunk: AudioChunk) -> None:
        """The performer's voice, which only a take keeps."""
        if self._take is not None and self.keeping:
            self._take.audio(chunk)
