"""Many drivers, one pose: layers with an order and a way of mixing for each channel, as data.

``over`` replaces what lies below by the driver's opinion, ``add`` lays it on top, ``share`` lays
it on top of a weakened below. All is one vectorised pass: the effective weight of layer l in
channel c is ``w[l, c] * prod(1 - hides[k, c] * w[k, c] for the layers k above l)``, where over
layers hide all, add layers nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from avatar.errors import ConfigError
from avatar.math3d import Array, Float, quat_exp, quat_log, quat_mul
from avatar.pose import BONE_COUNT, FACE_COUNT, FACE_SHAPES, FaceShape, HumanBone, Pose

Mode = Literal["over", "add", "share", "off"]

_SHARED: Final = 0.45
"""Part of what lies below that a ``share`` layer takes away."""


def _bone_channel(bone: HumanBone) -> str:
    name = bone.name
    if name in ("neck", "head", "jaw"):
        return "head"
    if name in ("leftEye", "rightEye"):
        return "gaze"
    if name in ("hips", "spine", "chest", "upperChest"):
        return "torso"
    if "Leg" in name or "Foot" in name or "Toes" in name:
        return "legs"
    if "Shoulder" in name or "Arm" in name:
        return "arms"
    return "hands"


def _face_channel(shape: FaceShape) -> str:
    name = shape.name
    if name.startswith(("mouthSmile", "mouthFrown", "mouthDimple")):
        return "smile"
    if name.startswith(("jaw", "mouth", "tongue")):
        return "mouth"
    if name.startswith("brow"):
        return "brows"
    return "eyes" if name.startswith("eye") else "cheeks"


BONE_CHANNEL: Final = tuple(_bone_channel(bone) for bone in HumanBone)
"""Channel of each bone: ``torso head arms hands legs gaze``."""
FACE_CHANNEL: Final = tuple(_face_channel(shape) for shape in FaceShape)
"""Channel of each face shape: ``mouth smile brows eyes cheeks``."""
CHANNELS: Final = tuple(dict.fromkeys((*BONE_CHANNEL, *FACE_CHANNEL, "hips", "extra")))


@dataclass(frozen=True, slots=True)
class Layer:
    """How one kind of driver is mixed."""

    name: str
    mode: Mode = "over"
    """For channels not named below."""
    channels: Mapping[str, Mode] = field(default_factory=dict[str, Mode])
    """Exceptions by channel."""

    def of(self, channel: str) -> Mode:
        """The way this layer mixes a channel."""
        return self.channels.get(channel, self.mode)


LAYERS: Final[tuple[Layer, ...]] = (
    Layer("idle"),
    Layer("clip"),
    Layer("body"),
    Layer("capture"),
    Layer("gesture", "add", {"arms": "over", "hands": "over"}),
    Layer("emotion", "add"),
    Layer("face"),
    Layer("beats", "add"),
    Layer("lips", "off", {"mouth": "over", "smile": "share", "cheeks": "add"}),
    Layer("manual"),
)
"""From the bottom up: life, recorded motion, tracked body, a performer from elsewhere (a protocol,
a take, an arbiter; below the mood, so that a hotkey lays it over them), gestures (they own arms
and hands and lean the rest on what is there), mood, tracked face, beats of speech, lips (they own
the mouth and let a smile through, if a smaller one: nobody speaks with a full grin), sliders
moved by hand."""


class Mixer:
    """Mixes the poses of all drivers into one."""

    def __init__(self, layers: Sequence[Layer] = LAYERS) -> None:
        self._rank = {layer.name: i for i, layer in enumerate(layers)}
        self._layers = tuple(layers)
        self._bones = _Modes(layers, BONE_CHANNEL)
        self._face = _Modes(layers, FACE_CHANNEL)
        self._single = _Modes(layers, ("hips", "gaze", "extra"))
        self._volume = np.ones(len(layers), np.float32)

    def set_weight(self, layer: str, weight: float) -> None:
        """Strength of a whole layer, 0..1 (default 1); raises ConfigError if unknown."""
        self._volume[self._find(layer)] = min(max(weight, 0.0), 1.0)

    def mix(self, poses: Iterable[tuple[str, Pose]]) -> Pose:
        """One pose from ``(layer name, pose)`` pairs in any order; ConfigError if unknown."""
        ranked = sorted(((self._find(n), p) for n, p in poses), key=lambda item: item[0])
        if not ranked:
            return Pose()
        rank = np.array([r for r, _ in ranked], np.intp)
        stack = [pose for _, pose in ranked]
        volume = self._volume[rank]
        rotation, rotation_w = self._mix_bones(rank, volume, stack)
        weight, weight_w = self._mix_face(rank, volume, stack)
        return Pose(
            t=max(pose.t for pose in stack),
            rotation=rotation,
            rotation_w=rotation_w,
            hips=self._mix_vector(0, rank, volume, [pose.hips for pose in stack]),
            weight=weight,
            weight_w=weight_w,
            gaze=self._mix_gaze(rank, volume, stack),
            extra=self._mix_extra(rank, volume, stack),
        )

    def _find(self, name: str) -> int:
        if name not in self._rank:
            raise ConfigError(f"no mixing layer {name!r}: known: {', '.join(self._rank)}")
        return self._rank[name]

    def _mix_bones(self, rank: Array, volume: Array, stack: list[Pose]) -> tuple[Float, Float]:
        w = np.stack([pose.rotation_w for pose in stack]) * volume[:, None]
        over, add = self._bones.effective(rank, w)
        q = np.stack([pose.rotation for pose in stack])
        base = _blend(q, over)
        if add.any():
            base = quat_mul(base, quat_exp(np.einsum("lb,lbi->bi", add, quat_log(q))))
        return base.astype(np.float32), np.minimum(np.maximum(over.sum(0), add.max(0)), 1)

    def _mix_face(self, rank: Array, volume: Array, stack: list[Pose]) -> tuple[Float, Float]:
        w = np.stack([pose.weight_w for pose in stack]) * volume[:, None]
        over, add = self._face.effective(rank, w)
        x = np.stack([pose.weight for pose in stack])
        total = (over * x).sum(0) + (add * x).sum(0)
        seen = np.minimum(np.maximum(over.sum(0), add.max(0)), 1)
        # The opinion fades a shape that only part of the layers hold; ``weight`` undoes it.
        return np.clip(total / np.where(seen > 1e-6, seen, 1), 0, 1).astype(np.float32), seen

    def _mix_vector(
        self, column: int, rank: Array, volume: Array, values: list[Float | None]
    ) -> Float | None:
        known = [i for i, value in enumerate(values) if value is not None]
        if not known:
            return None
        x = np.stack([np.asarray(values[i], np.float32) for i in known])
        over, add = self._single.effective(rank[known], volume[known, None], column)
        total = over.sum()
        base = (over * x).sum(0) / total if total > 1e-6 else 0 * x[0]
        return (base + (add * x).sum(0)).astype(np.float32)

    def _mix_gaze(
        self, rank: Array, volume: Array, stack: list[Pose]
    ) -> tuple[float, float] | None:
        values = [None if p.gaze is None else np.asarray(p.gaze, np.float32) for p in stack]
        mixed = self._mix_vector(1, rank, volume, values)
        return None if mixed is None else (float(mixed[0]), float(mixed[1]))

    def _mix_extra(self, rank: Array, volume: Array, stack: list[Pose]) -> dict[str, float]:
        extra: dict[str, float] = {}
        for r, loud, pose in zip(rank, volume, stack, strict=True):
            mode = self._layers[r].of("extra") if pose.extra else "off"
            for name, value in pose.extra.items() if mode != "off" else ():
                before = extra.get(name, 0.0)
                extra[name] = _EXTRA[mode](before, value, float(loud))
        return extra


_EXTRA: Final[Mapping[str, Callable[[float, float, float], float]]] = {
    "over": lambda below, value, w: below + (value - below) * w,
    "add": lambda below, value, w: min(below + value * w, 1.0),
    "share": lambda below, value, w: min(below * (1 - _SHARED * w) + value * w, 1.0),
}


_HIDES: Final[Mapping[str, float]] = {"over": 1.0, "share": _SHARED}


class _Modes:
    """Which layers go over and which add, for each entry of one part of the pose."""

    def __init__(self, layers: Sequence[Layer], channels: Sequence[str]) -> None:
        modes = [[layer.of(channel) for channel in channels] for layer in layers]
        self._over: NDArray[np.bool_] = np.array([[m == "over" for m in row] for row in modes])
        self._add: NDArray[np.bool_] = np.array(
            [[m in ("add", "share") for m in row] for row in modes]
        )
        self._hides: Float = np.array(
            [[_HIDES.get(m, 0.0) for m in row] for row in modes], np.float32
        )

    def effective(self, rank: Array, w: Array, column: int | None = None) -> tuple[Array, Array]:
        """Weights [L, n] of the over and of the add layers, faded by the over layers above."""
        columns = slice(None) if column is None else slice(column, column + 1)
        over = np.where(self._over[rank, columns], w, np.float32(0))
        clear = np.ones_like(over)
        seen_through = 1 - self._hides[rank, columns] * w
        np.cumprod(seen_through[:0:-1], axis=0, out=clear[-2::-1] if len(w) > 1 else clear[:0])
        return over * clear, np.where(self._add[rank, columns], w, np.float32(0)) * clear


def _blend(q: Array, w: Array) -> Array:
    """Weighted mean of quaternions [L, B, 4], each on the side of the heaviest; identity if
    nobody cares (Markley's mean to first order; exact for two equal weights)."""
    heaviest = q[w.argmax(0), np.arange(q.shape[1])]
    side = np.where(np.einsum("lbi,bi->lb", q, heaviest) < 0, -w, w)
    mean = np.einsum("lb,lbi->bi", side, q)
    length = np.sqrt(np.einsum("bi,bi->b", mean, mean))[:, None]
    identity = np.array([0, 0, 0, 1], np.float32)
    return np.where(length > 1e-6, mean / np.where(length > 1e-6, length, 1), identity)


assert len(BONE_CHANNEL) == BONE_COUNT
assert len(FACE_CHANNEL) == FACE_COUNT == len(FACE_SHAPES)
