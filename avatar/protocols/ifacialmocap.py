"""iFacialMocap, in: an iPhone's 52 face shapes, head and eyes as text over UDP.

A frame reads ``mouthSmile_R-40|...|=head#x,y,z,px,py,pz|rightEye#x,y,z|leftEye#x,y,z|`` with shapes
in percent and angles in degrees (ifacialmocap.com/for-developer; version 2 and Facemotion3d write
``&`` for ``-``). The axes are those of ARKit's face anchor, right-handed as ours: +x turns down,
+y to the person's own left, +z tilts to their own right; in the vendor's sample frame the eyes'
angles and the eyeLook shapes agree on that.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Final

import numpy as np

from avatar.clock import monotonic
from avatar.math3d import IDENTITY_QUAT, quat_from_euler_yxz
from avatar.pose import BONE_COUNT, FACE_COUNT, FACE_SHAPES, FaceShape, Pose
from avatar.protocols.receiver import LOCAL, Malformed, Receiver, turn_head

PORT: Final = 49983
_HELLO: Final = b"iFacialMocap_sahuasouryya9218sauhuiayeta91555dy3719"
"""What the phone wants to hear before it sends."""
_AGAIN: Final = 2.0
"""s of silence after which it is told again."""
_SHAPE: Final = re.compile(r"([A-Za-z_]+)[-&](-?\d+(?:\.\d+)?)")
_PARTS: Final = {"head": 6, "rightEye": 3, "leftEye": 3}


def _shapes() -> dict[str, FaceShape]:
    table = {name.lower(): FaceShape[name] for name in FACE_SHAPES}
    for name in FACE_SHAPES:
        for long, short in (("Left", "_L"), ("Right", "_R")):
            if name.endswith(long) and name not in (
                "mouthLeft",
                "mouthRight",
                "jawLeft",
                "jawRight",
            ):
                table[(name.removesuffix(long) + short).lower()] = FaceShape[name]
    return table


_SHAPES: Final = _shapes()


class IFacialMocapReceiver(Receiver):
    """A face tracked by an iPhone: shapes, head and gaze."""

    protocol = "iFacialMocap"

    def __init__(
        self,
        host: str = LOCAL,
        port: int = PORT,
        *,
        phone: str = "",
        tell: Callable[[str], None] | None = None,
    ) -> None:
        """``phone`` is asked to send; ``host`` must then be an address that it can reach."""
        super().__init__(host, port, tell=tell)
        self._phone, self._asked = phone, float("-inf")
        self.phone_port = PORT
        """Where the phone listens."""
        self.forget()

    def take(self, packet: bytes) -> None:
        try:
            text = packet.decode("utf-8").removesuffix("___iFacialMOCAP")
        except UnicodeDecodeError as error:
            raise Malformed("no text") from error
        values, parts = _values(text), _angles(text)
        if not values and not parts:
            raise Malformed("no face shape in it")
        for shape, value in values.items():
            self._weight[shape], self._known[shape] = value, 1
        self._parts |= parts

    def build(self) -> Pose:
        rotation, opinion = (
            np.tile(IDENTITY_QUAT, (BONE_COUNT, 1)),
            np.zeros(BONE_COUNT, np.float32),
        )
        if "head" in self._parts:
            x, y, z = np.radians(self._parts["head"][:3])
            turn_head(rotation, opinion, quat_from_euler_yxz(y, x, z))
        eyes = [np.radians(self._parts[e][:2]) for e in ("leftEye", "rightEye") if e in self._parts]
        gaze = None
        if eyes:
            x, y = np.mean(eyes, axis=0)
            gaze = float(y), float(-x)
        return Pose(
            rotation=rotation, rotation_w=opinion, gaze=gaze,
            weight=self._weight.copy(), weight_w=self._known.copy(),
        )  # fmt: skip

    def forget(self) -> None:
        self._weight = np.zeros(FACE_COUNT, np.float32)
        self._known = np.zeros(FACE_COUNT, np.float32)
        self._parts: dict[str, tuple[float, ...]] = {}

    def wait(self) -> None:
        now = monotonic()
        if self._phone and now - max(self._asked, self._heard) > _AGAIN:
            self._asked = now
            self.reply(_HELLO, (self._phone, self.phone_port))


def _values(text: str) -> dict[FaceShape, float]:
    found: dict[FaceShape, float] = {}
    for name, value in _SHAPE.findall(text):
        shape = _SHAPES.get(name.lower())
        if shape is not None:
            found[shape] = min(max(float(value) / 100, 0.0), 1.0)
    return found


def _angles(text: str) -> dict[str, tuple[float, ...]]:
    found: dict[str, tuple[float, ...]] = {}
    for part in text.split("|"):
        name, mark, numbers = part.lstrip("=").partition("#")
        if not mark or name not in _PARTS:
            continue
        try:
            values = tuple(float(number) for number in numbers.split(","))
        except ValueError as error:
            raise Malformed(f"{name}: {error}") from error
        if len(values) < 3 or not all(math.isfinite(value) for value in values):
            raise Malformed(f"{name}: {_PARTS[name]} finite numbers expected")
        found[name] = values
    return found
