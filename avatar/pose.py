"""The pose of a digital human: what every driver makes and every figure consumes.

A :class:`Pose` is partial by nature: a weight of 0 means *no opinion*, so several drivers
(a webcam, an idle motion, a speech) can be mixed channel by channel.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from types import MappingProxyType
from typing import Final, Protocol, runtime_checkable

import numpy as np

from avatar.math3d import IDENTITY_QUAT, Float


class HumanBone(IntEnum):
    """The 55 humanoid bones of VRM 1.0 (``VRMC_vrm.humanoid``), named as in the specification."""

    hips = 0
    spine = 1
    chest = 2
    upperChest = 3
    neck = 4
    head = 5
    leftEye = 6
    rightEye = 7
    jaw = 8
    leftUpperLeg = 9
    leftLowerLeg = 10
    leftFoot = 11
    leftToes = 12
    leftShoulder = 13
    leftUpperArm = 14
    leftLowerArm = 15
    leftHand = 16
    leftThumbMetacarpal = 17
    leftThumbProximal = 18
    leftThumbDistal = 19
    leftIndexProximal = 20
    leftIndexIntermediate = 21
    leftIndexDistal = 22
    leftMiddleProximal = 23
    leftMiddleIntermediate = 24
    leftMiddleDistal = 25
    leftRingProximal = 26
    leftRingIntermediate = 27
    leftRingDistal = 28
    leftLittleProximal = 29
    leftLittleIntermediate = 30
    leftLittleDistal = 31
    rightUpperLeg = 32
    rightLowerLeg = 33
    rightFoot = 34
    rightToes = 35
    rightShoulder = 36
    rightUpperArm = 37
    rightLowerArm = 38
    rightHand = 39
    rightThumbMetacarpal = 40
    rightThumbProximal = 41
    rightThumbDistal = 42
    rightIndexProximal = 43
    rightIndexIntermediate = 44
    rightIndexDistal = 45
    rightMiddleProximal = 46
    rightMiddleIntermediate = 47
    rightMiddleDistal = 48
    rightRingProximal = 49
    rightRingIntermediate = 50
    rightRingDistal = 51
    rightLittleProximal = 52
    rightLittleIntermediate = 53
    rightLittleDistal = 54


BONE_COUNT: Final = len(HumanBone)


class FaceShape(IntEnum):
    """The 52 ARKit face shapes (``ARFaceAnchor.BlendShapeLocation``), in alphabetical order."""

    browDownLeft = 0
    browDownRight = 1
    browInnerUp = 2
    browOuterUpLeft = 3
    browOuterUpRight = 4
    cheekPuff = 5
    cheekSquintLeft = 6
    cheekSquintRight = 7
    eyeBlinkLeft = 8
    eyeBlinkRight = 9
    eyeLookDownLeft = 10
    eyeLookDownRight = 11
    eyeLookInLeft = 12
    eyeLookInRight = 13
    eyeLookOutLeft = 14
    eyeLookOutRight = 15
    eyeLookUpLeft = 16
    eyeLookUpRight = 17
    eyeSquintLeft = 18
    eyeSquintRight = 19
    eyeWideLeft = 20
    eyeWideRight = 21
    jawForward = 22
    jawLeft = 23
    jawOpen = 24
    jawRight = 25
    mouthClose = 26
    mouthDimpleLeft = 27
    mouthDimpleRight = 28
    mouthFrownLeft = 29
    mouthFrownRight = 30
    mouthFunnel = 31
    mouthLeft = 32
    mouthLowerDownLeft = 33
    mouthLowerDownRight = 34
    mouthPressLeft = 35
    mouthPressRight = 36
    mouthPucker = 37
    mouthRight = 38
    mouthRollLower = 39
    mouthRollUpper = 40
    mouthShrugLower = 41
    mouthShrugUpper = 42
    mouthSmileLeft = 43
    mouthSmileRight = 44
    mouthStretchLeft = 45
    mouthStretchRight = 46
    mouthUpperUpLeft = 47
    mouthUpperUpRight = 48
    noseSneerLeft = 49
    noseSneerRight = 50
    tongueOut = 51


FACE_SHAPES: Final = tuple(shape.name for shape in FaceShape)
"""Their names, in order."""

FACE_COUNT: Final = len(FACE_SHAPES)

PRESETS: Final[tuple[str, ...]] = (
    "happy", "angry", "sad", "relaxed", "surprised", "aa", "ih", "ou", "ee", "oh", "blink",
    "blinkLeft", "blinkRight", "lookUp", "lookDown", "lookLeft", "lookRight", "neutral",
)  # fmt: skip
"""The 18 expression presets of VRM 1.0 (``VRMC_vrm.expressions.preset``)."""


_LEG = ("UpperLeg", "LowerLeg", "Foot", "Toes")
_ARM = ("Shoulder", "UpperArm", "LowerArm", "Hand")
_FINGERS = tuple(
    tuple(finger + part for part in parts)
    for finger, parts in {
        "Thumb": ("Metacarpal", "Proximal", "Distal"),
        **dict.fromkeys(
            ("Index", "Middle", "Ring", "Little"), ("Proximal", "Intermediate", "Distal")
        ),
    }.items()
)


def _parents() -> tuple[int, ...]:
    parent = {HumanBone.hips: -1}
    chains = [("", ["hips", "spine", "chest", "upperChest", "neck", "head"])]
    chains += [("", ["head", bone]) for bone in ("leftEye", "rightEye", "jaw")]
    for side in ("left", "right"):
        chains += [("", ["hips", *(side + part for part in _LEG)])]
        chains += [("", ["upperChest", *(side + part for part in _ARM)])]
        chains += [(side, ["Hand", *finger]) for finger in _FINGERS]
    for side, chain in chains:
        bones = [HumanBone[side + part] for part in chain]
        parent.update({bone: int(above) for above, bone in itertools.pairwise(bones)})
    return tuple(parent[bone] for bone in HumanBone)


BONE_PARENT: Final[tuple[int, ...]] = _parents()
"""Nominal parent of each bone, -1 for hips; parents do not always come first in the order."""


def _zeros(*shape: int) -> Float:
    array = np.zeros(shape, np.float32)
    array.flags.writeable = False
    return array


def _identity_rotations() -> Float:
    array = np.tile(IDENTITY_QUAT, (BONE_COUNT, 1))
    array.flags.writeable = False
    return array


_NO_ROTATION, _NO_BONES, _NO_FACE = _identity_rotations(), _zeros(BONE_COUNT), _zeros(FACE_COUNT)


@dataclass(frozen=True, slots=True)
class Pose:
    """What one driver says about the figure at one moment; frozen."""

    t: float = 0.0
    """Time on the session's clock, s."""
    rotation: Float = field(default_factory=lambda: _NO_ROTATION)
    """float32[55, 4] xyzw, local rotations in normalised humanoid space: every bone's axes are
    the world's in the VRM T-pose (+X to the figure's left, +Y up, +Z forward), identity there."""
    rotation_w: Float = field(default_factory=lambda: _NO_BONES)
    """float32[55], opinion on each rotation, 0..1."""
    hips: Float | None = None
    """float32[3], m, displacement of the hips from rest (figure of 1 m hips height: scaled by
    the figure's own), or None for no opinion."""
    weight: Float = field(default_factory=lambda: _NO_FACE)
    """float32[52], ARKit shape weights, 0..1, in the order of FACE_SHAPES."""
    weight_w: Float = field(default_factory=lambda: _NO_FACE)
    """float32[52], opinion on each shape, 0..1."""
    gaze: tuple[float, float] | None = None
    """(yaw, pitch) of both eyes relative to the head, rad; +yaw to the figure's left, +pitch
    up; None for no opinion."""
    extra: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """Weights 0..1 of expressions by name: presets such as ``happy``, model-specific ones."""


@dataclass(frozen=True, slots=True)
class RestSkeleton:
    """What a driver may know of a body without knowing its file."""

    parent: tuple[int, ...]
    """Parent bone of each of the 55 bones among those present; -1 at the root or if absent."""
    offset: Float
    """float32[55, 3], m, rest position relative to the parent bone, world axes, T-pose."""
    rotation: Float
    """float32[55, 4] xyzw, rest world rotation of the file's own bone axes."""
    present: tuple[bool, ...]
    """Whether the figure has the bone."""
    hips_height: float
    """Height of the hips above the ground in the T-pose, m."""


@dataclass(frozen=True, slots=True)
class RigState:
    """What one figure's renderer needs for one frame; only ``animation.rig`` makes it.

    Layouts follow :class:`avatar.character.Character`: ``palette`` concatenates, over mesh
    instances, the skin matrices (``instance.palette``), ``morph`` their target weights.
    """

    t: float
    node_world: Float
    """float32[N, 4, 4], world matrix of each node."""
    palette: Float
    """float32[P, 4, 4], per joint ``world(joint) @ inverse_bind`` (skinned) or ``world(node)``."""
    morph: Float
    """float32[M], morph target weights."""
    material_color: Mapping[tuple[int, str], Float] = field(
        default_factory=lambda: MappingProxyType({})
    )
    """(material index, VRM colour type such as ``color``, ``emissionColor``) -> float32[4]."""
    material_uv: Mapping[int, Float] = field(default_factory=lambda: MappingProxyType({}))
    """material index -> float32[4]: UV offset x, y and scale x, y set by expressions."""


@runtime_checkable
class Driver(Protocol):
    """Anything that moves the figure."""

    @property
    def layer(self) -> str:
        """Name of the mixing layer this driver plays on (see ``animation.mixer.LAYERS``)."""
        ...

    def sample(self, t: float) -> Pose | None:
        """The pose at clock time ``t`` (s), or None for no opinion now. Never blocks."""
        ...
