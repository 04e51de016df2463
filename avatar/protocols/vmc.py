"""The VMC protocol, both ways: a performer sends, a marionette receives (protocol.vmc.info).

Axes and names are Unity's (:mod:`avatar.protocols.unity`). Bones carry positions and rotations
local to their parent in the normalised skeleton (T-pose = identity), as UniVRM's control rig.
"""

from __future__ import annotations

import itertools
import math
import socket
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np

from avatar.errors import ConfigError
from avatar.math3d import (
    IDENTITY_QUAT,
    Array,
    Float,
    quat_from_euler_yxz,
    quat_mul,
    quat_normalize,
    quat_rotate,
)
from avatar.plugins import require
from avatar.pose import (
    BONE_COUNT,
    BONE_PARENT,
    FACE_COUNT,
    FACE_SHAPES,
    FaceShape,
    HumanBone,
    Pose,
    RestSkeleton,
)
from avatar.protocols.osc import Layout, OscWriter, bundles, decoded, messages, split
from avatar.protocols.receiver import LOCAL, Malformed, Receiver
from avatar.protocols.unity import (
    FLIP_TURN,
    FLIP_VECTOR,
    UNITY_NAMES,
    VRM0_NAMES,
    bone_of,
    expression_of,
)

MARIONETTE_PORT: Final = 39539
"""Where a marionette listens for its performer."""
PERFORMER_PORT: Final = 39540
"""Where a performer listens for assistants."""

_ROOT, _BONE = "/VMC/Ext/Root/Pos", "/VMC/Ext/Bone/Pos"
_VALUE, _APPLY = "/VMC/Ext/Blend/Val", "/VMC/Ext/Blend/Apply"
_OK, _TIME = "/VMC/Ext/OK", "/VMC/Ext/T"

_ALIKE: Final = 8
"""Packets of one length remembered at most."""
_CACHED: Final = 1024
"""Different messages, and lengths of packets, remembered at most."""

_MOUTH: Final = [i for i, n in enumerate(FACE_SHAPES) if n.startswith(("jaw", "mouth", "tongue"))]
_BLINKS: Final = [FaceShape.eyeBlinkLeft, FaceShape.eyeBlinkRight]
_VOWELS: Final = {"aa", "ih", "ou", "ee", "oh"}
_BLINK_NAMES: Final = {"blink", "blinkLeft", "blinkRight"}
_EYES: Final = [HumanBone.leftEye, HumanBone.rightEye]
_LEG: Final = [HumanBone.leftLowerLeg, HumanBone.leftFoot]
_LEG_SHARE: Final = 0.86
"""Thigh and shank of a body whose hips are 1 m above the ground, m."""

_FAR: Final = 50.0
"""Hips heights beyond which nobody goes."""


@dataclass(frozen=True, slots=True)
class _Slot:
    """What one kind of message sets: ``kind``, of what, with how many floats at its end."""

    kind: str
    key: Any = None
    floats: int = 0


_ONCE: Final = _Slot("once")


class VmcReceiver(Receiver):
    """A marionette: moves a figure as a performer elsewhere does.

    Understands Root, Bone, Blend/Val with Apply, OK and T; cameras, lights and devices are
    passed over. Eye bones become the gaze; looking presets are left to it. A sender whose body
    has other proportions is scaled by its legs, if it sends them, to ``rest``.
    """

    protocol = "VMC"

    def __init__(
        self,
        host: str = LOCAL,
        port: int = MARIONETTE_PORT,
        *,
        rest: RestSkeleton | None = None,
        tell: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__(host, port, tell=tell)
        self._library: Any = require(
            "pythonosc.osc_message", extra="capture", for_what="the VMC protocol"
        )
        self._rest = rest
        self._slots: dict[bytes, _Slot] = {}
        self._layouts: dict[int, list[Layout]] = {}
        self._laid: dict[Layout, list[_Slot]] = {}
        self._bones: dict[HumanBone, tuple[float, ...]]
        self._root: tuple[float, ...]
        self._pending: dict[FaceShape | str, float]
        self._applied: dict[FaceShape | str, float]
        self._waiting: dict[Layout, bytes]
        self._first_hips: float
        self.forget()
        self.loaded = True
        """What the performer's last OK said: whether it has a figure to send."""

    def take(self, packet: bytes) -> None:
        for layout in self._layouts.get(len(packet), ()):
            if layout.fits(packet):  # the newest wins: what it replaces is never unpacked
                self._waiting.pop(layout, None)
                self._waiting[layout] = packet
                return
        self._unpack()
        slots: list[_Slot] = []
        floats: list[tuple[int, int]] = []
        for at, message in messages(packet):
            slot, count = self._one(message)
            slots.append(slot)
            floats.append((at + len(message) - 4 * count, count))
        if all(slot.kind != "once" for slot in slots):
            self._remember(Layout(packet, floats), len(packet), slots)

    def build(self) -> Pose | None:
        """All bones and expressions heard so far."""
        self._unpack()
        if not self._bones and not self._applied:
            return None
        rotation, known = np.tile(IDENTITY_QUAT, (BONE_COUNT, 1)), np.zeros(BONE_COUNT, np.float32)
        bones = list(self._bones)
        if bones:
            rotation[bones] = [self._bones[bone][3:] for bone in bones]
            rotation[bones] = quat_normalize(rotation[bones]) * FLIP_TURN
            known[bones] = 1
        hips = self._place(rotation)
        weight, weight_w, extra = self._face()
        gaze = _gaze(rotation, known)
        known[_EYES] = 0
        rotation[_EYES] = IDENTITY_QUAT
        return Pose(
            rotation=rotation.astype(np.float32), rotation_w=known, hips=hips,
            weight=weight, weight_w=weight_w, gaze=gaze, extra=extra,
        )  # fmt: skip

    def forget(self) -> None:
        self._bones, self._root, self._pending, self._applied = {}, (), {}, {}
        self._waiting, self._first_hips = {}, 0.0

    def _remember(self, layout: Layout, length: int, slots: list[_Slot]) -> None:
        known = self._layouts.setdefault(length, [])
        if len(known) < _ALIKE and len(self._layouts) < _CACHED:
            known.append(layout)
            self._laid[layout] = slots

    def _unpack(self) -> None:
        """Take in the packets that wait."""
        waiting, self._waiting = self._waiting, {}
        for layout, packet in waiting.items():
            try:
                values = iter(layout.values(packet))
            except Malformed as error:
                self.spoiled(error)
                continue
            for slot in self._laid[layout]:
                self._put(slot, tuple(itertools.islice(values, slot.floats)))

    def _one(self, message: bytes) -> tuple[_Slot, int]:
        """Take in one message; what it sets, and how many floats are at its end."""
        head, count = split(message)
        slot = self._slots.get(head)
        if slot is not None:
            self._set(slot, struct.unpack_from(f">{count}f", message, len(head)))
            return slot, count
        address, params = decoded(message, self._library)
        slot = _slot(address, params, count)
        self._set(slot, params[-slot.floats :] if slot.floats else ())
        if slot.floats != count:  # its numbers are no floats
            return _ONCE, count
        if len(self._slots) < _CACHED:
            self._slots[head] = slot
        return slot, count

    def _set(self, slot: _Slot, values: Sequence[float]) -> None:
        if slot.kind == "other":
            return
        if not all(isinstance(v, int | float) and math.isfinite(v) for v in values):
            raise Malformed(f"{slot.kind} {slot.key}: finite numbers expected")
        self._put(slot, tuple(values))

    def _put(self, slot: _Slot, values: tuple[float, ...]) -> None:
        if slot.kind == "bone":
            self._bones[slot.key] = values
        elif slot.kind == "root":
            self._root = values
        elif slot.kind == "blend":
            self._pending[slot.key] = min(max(values[0], 0.0), 1.0)
        elif slot.kind == "apply":
            self._applied |= self._pending
        elif slot.kind == "ok":
            self.loaded = slot.key

    def _face(self) -> tuple[Float, Float, dict[str, float]]:
        weight, opinion = np.zeros(FACE_COUNT, np.float32), np.zeros(FACE_COUNT, np.float32)
        extra: dict[str, float] = {}
        for name, value in self._applied.items():
            if isinstance(name, FaceShape):
                weight[name], opinion[name] = value, 1
            elif name != "neutral" and not name.startswith("look"):
                extra[name] = value
        for names, shapes in ((_VOWELS, _MOUTH), (_BLINK_NAMES, _BLINKS)):
            if opinion[shapes].any():
                extra = {n: v for n, v in extra.items() if n not in names}
            elif names & extra.keys():  # presets own their region: nobody adds to it from below
                opinion[shapes] = 1
        return weight, opinion, extra

    def _place(self, rotation: Array) -> Float | None:
        """The hips' displacement, hips heights; the root's place and turn go into the hips."""
        position = self._bones.get(HumanBone.hips, ())[:3]
        root = np.array(self._root or (0, 0, 0, 0, 0, 0, 1), np.float64)
        turn = quat_normalize(root[3:7]) * FLIP_TURN
        if self._root and abs(turn[3]) < 1 - 1e-9:
            rotation[HumanBone.hips] = quat_mul(turn, rotation[HumanBone.hips])
        if not position or not any(position):
            return None
        place = quat_rotate(turn, np.array(position) * FLIP_VECTOR) + root[:3] * FLIP_VECTOR
        self._first_hips = self._first_hips or max(float(place[1]), 0.3)
        height, rest = self._height()
        moved = (place - rest * height) / height
        return np.clip(moved, -_FAR, _FAR).astype(np.float32)

    def _height(self) -> tuple[float, Float]:
        """Height of the sender's hips at rest, m, and their rest place in such heights."""
        sent = [self._bones.get(bone, (0.0,) * 3)[:3] for bone in _LEG]
        leg = float(np.linalg.norm(sent, axis=1).sum())
        if self._rest is None:
            height = leg / _LEG_SHARE if leg > 0.1 else self._first_hips
            return height, np.array([0, 1, 0], np.float32)
        own = float(np.linalg.norm(self._rest.offset[_LEG], axis=1).sum())
        same = leg <= 0.1 or own <= 0.1 or abs(leg / own - 1) < 1e-3
        height = self._rest.hips_height * (1.0 if same else leg / own)
        return height, self._rest.offset[HumanBone.hips] / self._rest.hips_height


def _slot(address: str, params: list[Any], count: int) -> _Slot:
    if address == _BONE:
        _expect(address, params, 8)
        bone = bone_of(params[0])
        return _Slot("other", floats=count) if bone is None else _Slot("bone", bone, 7)
    if address == _ROOT:
        _expect(address, params, 8)
        return _Slot("root", None, len(params) - 1)
    if address == _VALUE:
        _expect(address, params, 2)
        return _Slot("blend", expression_of(params[0]), 1)
    if address == _OK and params:
        return _Slot("ok", bool(params[0]), count)
    return _Slot("apply" if address == _APPLY else "other", floats=count)


def _expect(address: str, params: list[Any], count: int) -> None:
    if len(params) < count or not isinstance(params[0], str):
        raise Malformed(f"{address}: a name and {count - 1} numbers expected")


def _gaze(rotation: Array, known: Float) -> tuple[float, float] | None:
    eyes = [eye for eye in _EYES if known[eye]]
    if not eyes:
        return None
    x, y, z = quat_rotate(rotation[eyes], np.array([0.0, 0.0, 1.0])).mean(0)
    return float(np.arctan2(x, z)), float(np.arctan2(y, np.hypot(x, z)))


class VmcSender:
    """A performer: tells a marionette elsewhere what the figure does."""

    def __init__(
        self,
        rest: RestSkeleton,
        host: str = LOCAL,
        port: int = MARIONETTE_PORT,
        *,
        names: Literal["vrm0", "vrm1"] = "vrm0",
        tell: Callable[[str], None] | None = None,
    ) -> None:
        """``names`` spells presets ``Joy``, ``A`` and shapes ``JawOpen``, or as VRM 1.0 does.

        Raises ConfigError if there is no such host.
        """
        self._write = OscWriter("the VMC protocol").message
        self._rest, self._old, self._tell = rest, names == "vrm0", tell
        self._bones = [bone for bone in HumanBone if rest.present[bone]]
        self.lost = 0
        """Packets the system refused to send."""
        try:
            family, kind, proto, _, self._to = socket.getaddrinfo(
                host, port, type=socket.SOCK_DGRAM
            )[0]
        except (OSError, OverflowError) as error:
            raise ConfigError(f"VMC: no such address: {host}:{port}: {error}") from error
        self._socket = socket.socket(family, kind, proto)
        self._socket.setblocking(False)

    def send(self, pose: Pose) -> None:
        """Send one frame; never waits and never raises for the network's sake."""
        for packet in bundles(self._messages(pose)):
            try:
                self._socket.sendto(packet, self._to)
            except OSError as error:
                self.lost += 1
                if self.lost == 1 and self._tell is not None:
                    self._tell(f"VMC: {self._to[0]}:{self._to[1]} does not take packets: {error}")

    def close(self) -> None:
        """Let go of the socket."""
        self._socket.close()

    def _messages(self, pose: Pose) -> Iterator[bytes]:
        yield self._write(_OK, "", ints=(1,))
        yield self._write(_TIME, "", (pose.t,))
        yield self._write(_ROOT, "root", (0, 0, 0, 0, 0, 0, 1))
        place = self._rest.offset * FLIP_VECTOR
        if pose.hips is not None:
            place[HumanBone.hips] += pose.hips * self._rest.hips_height * FLIP_VECTOR
        turn = _local(pose, self._rest) * FLIP_TURN
        for bone in self._bones:
            yield self._write(_BONE, UNITY_NAMES[bone], (*place[bone], *turn[bone]))
        for name, value in self._values(pose):
            yield self._write(_VALUE, name, (value,))
        yield self._write(_APPLY, "")

    def _values(self, pose: Pose) -> Iterator[tuple[str, float]]:
        for i in np.flatnonzero(pose.weight_w):
            name = FACE_SHAPES[i]
            shown = name[0].upper() + name[1:] if self._old else name
            yield shown, float(pose.weight[i] * pose.weight_w[i])
        for name, value in pose.extra.items():
            yield VRM0_NAMES.get(name, name) if self._old else name, float(value)


def _local(pose: Pose, rest: RestSkeleton) -> Array:
    """Local rotations; a bone also takes those of the bones the figure lacks above it."""
    w = pose.rotation_w[:, None]
    sign = np.where(pose.rotation[:, 3:] < 0, -1.0, 1.0)
    own = quat_normalize(pose.rotation * (sign * w) + IDENTITY_QUAT * (1 - w))
    if pose.gaze is not None:
        own[_EYES] = quat_from_euler_yxz(pose.gaze[0], -pose.gaze[1], 0.0)
    turn = own.copy()
    for bone, above in enumerate(BONE_PARENT):
        while above >= 0 and not rest.present[above]:
            turn[bone], above = quat_mul(own[above], turn[bone]), BONE_PARENT[above]
    return turn
