"""What all listening drivers share: a UDP port on a thread of its own, whose newest pose wins.

A port opens on the user's word only (:meth:`Receiver.open`), on this machine alone unless told
otherwise. Its first sender keeps it until silent for two seconds. What arrives between two
publications is merged, so that a sender at ten times the rate costs little more than its bytes.
"""

from __future__ import annotations

import socket
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from typing import Final, Self

from avatar.clock import monotonic
from avatar.errors import ConfigError, DeviceError, ServiceError
from avatar.lanes import Latest
from avatar.math3d import IDENTITY_QUAT, Array, Float, quat_conj, quat_mul, quat_slerp
from avatar.pose import HumanBone, Pose

LOCAL: Final = "127.0.0.1"
"""Where ports listen unless told otherwise: this machine alone."""
HOLD: Final = 0.3
"""s a pose is held when the sender falls silent."""
FADE_OUT: Final = 0.5
"""s of the glide to nothing after that."""
FADE_IN: Final = 0.3
"""s of the glide from nothing when it speaks (again)."""
KEEP: Final = 2.0
"""s of silence after which another sender may take the port."""

_NECK: Final = 0.4
"""The neck's share of a turn of the head."""
_PAUSE: Final = 0.004
"""s between publications: what comes in between is merged."""
_DRAIN: Final = 2048
"""Datagrams taken at most between publications; a flood beyond waits in, or falls out of, the
system's buffer."""

Address = tuple[str, int]


class Malformed(ValueError):
    """A packet that does not follow its protocol; says why."""


def faded(pose: Pose, weight: float) -> Pose:
    """``pose`` with all its opinions scaled by ``weight``, 0..1."""
    if weight >= 1:
        return pose
    return replace(
        pose,
        rotation_w=pose.rotation_w * weight,
        weight_w=pose.weight_w * weight,
        hips=None if pose.hips is None else pose.hips * weight,
        gaze=None if pose.gaze is None else (pose.gaze[0] * weight, pose.gaze[1] * weight),
        extra={name: value * weight for name, value in pose.extra.items()},
    )


def turn_head(rotation: Float, opinion: Float, head: Array) -> None:
    """Share a turn of the head between neck and head: ``rotation`` [55, 4] and ``opinion`` [55]
    are changed in place."""
    neck = quat_slerp(IDENTITY_QUAT, head, _NECK)
    rotation[HumanBone.neck] = neck
    rotation[HumanBone.head] = quat_mul(quat_conj(neck), head)
    opinion[[HumanBone.neck, HumanBone.head]] = 1


class Fade:
    """Dates poses by when they are seen: holds the last, then glides out; glides in again."""

    def __init__(self) -> None:
        self._seen: Pose | None = None
        self._heard = float("-inf")
        self._last: float | None = None
        self._weight = 0.0

    def step(self, pose: Pose | None, t: float) -> Pose | None:
        """What to show at ``t`` (s) if ``pose`` is the newest there is; None for nothing."""
        if pose is not None and pose is not self._seen:
            self._seen, self._heard = pose, t
        fresh = t - self._heard <= HOLD
        dt = 0.0 if self._last is None else max(t - self._last, 0.0)
        self._last = t
        self._weight += dt / FADE_IN if fresh else -dt / FADE_OUT
        self._weight = min(max(self._weight, 0.0), 1.0)
        if self._seen is None or self._weight == 0:
            return None
        return replace(faded(self._seen, self._weight), t=t)


class Receiver(ABC):
    """A driver fed by UDP packets of one protocol; subclasses decode."""

    layer = "capture"
    protocol = "UDP"
    """The protocol, as messages call it."""

    def __init__(
        self,
        host: str = LOCAL,
        port: int = 0,
        *,
        tell: Callable[[str], None] | None = None,
    ) -> None:
        """``port`` 0 takes a free one. ``tell`` hears each kind of trouble once, on our thread."""
        self._wanted = (host, port)
        self._tell = tell
        self._told: set[str] = set()
        self.notes: list[str] = []
        """Everything told so far, in order."""
        self.received = self.malformed = self.refused = 0
        """Packets taken, packets that break the protocol, packets of other senders."""
        self._latest: Latest[Pose] = Latest()
        self._fade = Fade()
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._failure: Exception | None = None
        self._sender: Address | None = None
        self._heard = float("-inf")

    @abstractmethod
    def take(self, packet: bytes) -> None:
        """Decode one packet into what is known so far; raises Malformed."""

    @abstractmethod
    def build(self) -> Pose | None:
        """The pose of all that is known so far, or None as long as nothing is."""

    def forget(self) -> None:  # noqa: B027 (not every protocol builds a pose from many packets)
        """Another sender has the port from now on: what the last one said is over."""

    def wait(self) -> None:  # noqa: B027 (most protocols have nothing to do)
        """Called about ten times a second while nothing comes."""

    def reply(self, packet: bytes, to: Address) -> None:
        """Send from our own port; a network that will not is told once."""
        if self._socket is not None:
            try:
                self._socket.sendto(packet, to)
            except OSError as error:
                self.note("reply", f"{self.protocol}: {_shown(to)} cannot be reached: {error}")

    @property
    def address(self) -> Address:
        """Host and port listened to; the wanted ones while closed."""
        return self._socket.getsockname()[:2] if self._socket else self._wanted

    def open(self) -> Self:
        """Listen; raises DeviceError if the port is taken, ConfigError if there is no such host."""
        if self._socket is None:
            self._socket = _bound(self._wanted, self.protocol)
            self._stop.clear()
            self._failure = None
            self._thread = threading.Thread(
                target=self._run, name=f"{self.protocol} in", daemon=True
            )
            self._thread.start()
        return self

    def close(self) -> None:
        """Stop listening; what was heard fades out."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(2.0)
        if self._socket is not None:
            self._socket.close()
        self._socket = self._thread = None

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(self, *_: object) -> None:
        self.close()

    def sample(self, t: float) -> Pose | None:
        """The newest pose; held 0.3 s and then faded when the sender stops.

        Raises ServiceError once listening has failed, so that the driver is dropped and said.
        """
        if self._failure is not None:
            raise ServiceError(f"{self.protocol} stopped listening: {self._failure}")
        return self._fade.step(self._latest.get(), t)

    def note(self, key: str, message: str) -> None:
        """Tell ``message`` unless something of its kind was told already."""
        if key not in self._told:
            self._told.add(key)
            self.notes.append(message)
            if self._tell is not None:
                self._tell(message)

    def accept(self, packet: bytes, sender: Address) -> bool:
        """Take a packet unless another sender has the port; whether it changed what is known.

        Only packets that follow the protocol take the port, and keep it.
        """
        now = monotonic()
        if sender != self._sender and self._sender is not None and now - self._heard < KEEP:
            self.refused += 1
            self.note(
                f"refused {sender[0]}",
                f"{self.protocol}: ignoring a second sender, {_shown(sender)}: "
                f"{_shown(self._sender)} has the port until it is silent for {KEEP:g} s",
            )
            return False
        if sender != self._sender and self._sender is not None:
            self.forget()
            self._sender = None
        try:
            self.take(packet)
        except Malformed as error:
            self.spoiled(error, sender)
            return False
        self._sender, self._heard = sender, now
        self.received += 1
        return True

    def spoiled(self, error: Malformed, sender: Address | None = None) -> None:
        """Count a packet that breaks the protocol; the first is told."""
        self.malformed += 1
        whose = _shown(sender or self._sender or ("a sender", 0))
        self.note("malformed", f"{self.protocol}: skipping malformed packets of {whose}: {error}")

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                self._turn()
        except Exception as error:  # nobody waits for this thread: sample() tells
            self._failure = error

    def _turn(self) -> None:
        assert self._socket is not None
        if not self._drain(self._socket):
            self.wait()
            return
        pose = self.build()
        if pose is not None:
            self._latest.put(pose)
        time.sleep(_PAUSE)

    def _drain(self, port: socket.socket) -> bool:
        """Wait for a packet, then take all that wait; whether anything is new."""
        fresh = False
        port.settimeout(0.1)
        for _ in range(_DRAIN):
            try:
                packet, sender = port.recvfrom(65535)
            except (TimeoutError, BlockingIOError):
                break
            except OSError:  # Windows reports our own unanswered packets here
                continue
            port.setblocking(False)
            fresh |= self.accept(packet, sender[:2])
        return fresh


def _bound(wanted: Address, name: str) -> socket.socket:
    host, port = wanted
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        made.bind(wanted)
    except socket.gaierror as error:
        made.close()
        raise ConfigError(
            f"{name}: no such host: {host}: give an address of this machine"
        ) from error
    except (OSError, OverflowError) as error:
        made.close()
        raise DeviceError(
            f"{name}: UDP port {port} of {host} cannot be had ({error}): "
            "close the other program that listens there, or give another port"
        ) from error
    return made


def _shown(address: Address) -> str:
    return f"{address[0]}:{address[1]}"
