"""Twenty-one points to a hand: its attitude, and finger joints within what anatomy allows.

Joints follow the angles between bones, never their lengths, so that a hand half hidden cannot
collapse; a hand that leaves the picture has no opinion.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from avatar.capture.body import Side, attitude, limited, to_figure, twist_about
from avatar.math3d import (
    Array,
    Float,
    cross,
    normalize,
    quat_between,
    quat_conj,
    quat_from_axis_angle,
    quat_mul,
)
from avatar.media import BodyPoints, HandPoints
from avatar.pose import HumanBone

B = HumanBone

INSIDE: Final = 0.5
"""Least part of the points that must lie in the picture."""
STEADY: Final = 3
"""Pictures in which a hand must be seen on the same side before it is believed."""
_WRIST_SWING, _WRIST_TWIST = np.radians(70), np.radians(110)
_FOREARM_SHARE: Final = 0.6
"""Part of the wrist's twist that happens in the forearm (radius about ulna)."""
_WRISTS: Final = (15, 16)
_WRIST_SEEN: Final = 0.5
_NEAR: Final = 0.12
"""Picture widths between a hand and the wrist it belongs to, at most."""
_FLAT: Final = np.radians(8)
"""Bend that the tracker sees in a straight finger."""
_FLEX: Final = np.radians([[-15, 90], [0, 105], [0, 80]])
"""Range of the three joints of a finger."""
_SPREAD: Final = np.radians(18)
_THUMB: Final = np.radians([[0, 50], [0, 75]])
_THUMB_SWING: Final = np.radians(38)
_THUMB_REST: Final = normalize(np.array([0.7, 0.0, 0.7]))
"""Rest direction of the left thumb in the palm's frame (along, palm, thumb side)."""
_THUMB_PARTS: Final = ("Metacarpal", "Proximal", "Distal")
_JOINTS: Final = np.arange(5, 21).reshape(4, 4)
"""Points of index, middle, ring and little finger."""
_BENT: Final[dict[Side, Array]] = {
    side: np.array(
        [
            [B[f"{side}{finger}{part}"] for part in ("Proximal", "Intermediate", "Distal")]
            for finger in ("Index", "Middle", "Ring", "Little")
        ]
    )
    for side in ("left", "right")
}
_FINGER_BONES: Final[dict[Side, Array]] = {
    side: np.array([*bones.ravel(), *(B[f"{side}Thumb{p}"] for p in _THUMB_PARTS)])
    for side, bones in _BENT.items()
}


def usable(hand: HandPoints) -> bool:
    """Whether enough of the hand is in the picture."""
    inside = (np.abs(hand.points[:, :2] - 0.5) < 0.5).all(1).mean()
    return bool(inside >= INSIDE and np.isfinite(hand.world).all())


def sided(hand: HandPoints, body: BodyPoints) -> HandPoints:
    """A hand by the body's wrist it belongs to: the arm knows better which one it is."""
    away = [
        float(np.linalg.norm(hand.points[0, :2] - body.points[wrist, :2]))
        if body.visibility[wrist] > _WRIST_SEEN
        else np.inf
        for wrist in _WRISTS
    ]
    if min(away) > _NEAR or abs(away[0] - away[1]) < _NEAR / 2:
        return hand
    return replace(hand, side="left" if away[0] < away[1] else "right")


class Steady:
    """Believes a hand's side only when it stays."""

    def __init__(self) -> None:
        self._count: dict[str, int] = {"left": 0, "right": 0}

    def believed(self, hands: tuple[HandPoints, ...]) -> list[HandPoints]:
        """The hands that can be used now."""
        good = [hand for hand in hands if usable(hand)]
        if hands:  # a picture in which hands were not looked for says nothing
            for side in self._count:
                seen = any(hand.side == side for hand in good)
                self._count[side] = self._count[side] + 1 if seen else 0
        return [hand for hand in good if self._count[hand.side] >= STEADY]


def palm(hand: HandPoints) -> tuple[Array, Array]:
    """Directions along the hand (wrist to middle knuckle) and to its thumb's side, unit."""
    points = to_figure(hand.world)
    along = normalize(points[9] - points[0])
    return along, normalize(points[5] - points[17])


def pose_hand(
    hand: HandPoints, side: Side, forearm: Array, rotation: Float, opinion: Float
) -> None:
    """Turn the wrist so that the hand looks as it is seen, in place.

    ``forearm`` is its attitude (xyzw) in the figure's axes.
    """
    sign = 1.0 if side == "left" else -1.0
    along, aside = palm(hand)
    out, forward = np.array([sign, 0.0, 0.0]), np.array([0.0, 0.0, 1.0])
    wanted = attitude(along, aside, out, forward)
    local = quat_mul(quat_conj(forearm), wanted)
    twist = float(np.clip(twist_about(local, out), -_WRIST_TWIST, _WRIST_TWIST))
    whole = quat_from_axis_angle(out, twist_about(local, out))
    swing = limited(quat_mul(local, quat_conj(whole)), _WRIST_SWING)
    lower, wrist = B[f"{side}LowerArm"], B[f"{side}Hand"]
    share = quat_from_axis_angle(out, twist * _FOREARM_SHARE)
    rest = quat_from_axis_angle(out, twist * (1 - _FOREARM_SHARE))
    rotation[lower] = quat_mul(rotation[lower], share)
    rotation[wrist] = quat_mul(quat_mul(quat_mul(quat_conj(share), swing), share), rest)
    opinion[wrist] = 1


def pose_fingers(hand: HandPoints, side: Side, rotation: Float, opinion: Float) -> None:
    """Bend the fingers, in place."""
    along, aside = palm(hand)
    points = to_figure(hand.world)
    sign = 1.0 if side == "left" else -1.0
    inward = normalize(cross(along, aside)) * sign  # the palm's side, down at rest
    across = normalize(cross(inward, along)) * sign
    frame = np.stack([along, inward, across])
    _bend_fingers(side, np.diff(points[_JOINTS], axis=1) @ frame.T, sign, rotation)
    _bend_thumb(side, np.diff(points[1:5], axis=0) @ frame.T, sign, rotation)
    opinion[_FINGER_BONES[side]] = 1


_UP, _FORWARD = np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, 1.0])


def _bend_fingers(side: Side, bones: Array, sign: float, rotation: Float) -> None:
    """``bones`` [4, 3, 3]: three bones of each finger in the palm's frame (along, palm, thumb
    side)."""
    first = bones[:, 0]
    lift = np.where(first[:, 0] < 0, np.pi / 2, np.arctan2(first[:, 1], np.abs(first[:, 0])))
    angles = np.concatenate([lift[:, None], _between(bones)], 1)
    flex = np.clip(angles - _FLAT, _FLEX[:, 0], _FLEX[:, 1])
    spread = np.arctan2(first[:, 2], np.maximum(np.abs(first[:, 0]), 0.02))
    spread = np.clip(spread, -_SPREAD, _SPREAD) * np.clip(np.cos(flex[:, 0]), 0, 1)
    turns = quat_from_axis_angle(_FORWARD, -sign * flex)
    turns[:, 0] = quat_mul(quat_from_axis_angle(_UP, -sign * spread), turns[:, 0])
    rotation[_BENT[side]] = turns


def _bend_thumb(side: str, bones: Array, sign: float, rotation: Float) -> None:
    mirror = np.array([sign, 1.0, 1.0])
    seen = normalize(bones[0] * [1.0, -1.0, 1.0])  # palm's side is down at rest
    swing = quat_between(_THUMB_REST * mirror, seen * mirror)
    rotation[B[f"{side}ThumbMetacarpal"]] = limited(swing, _THUMB_SWING)
    bends = np.clip(_between(bones) - _FLAT, _THUMB[:, 0], _THUMB[:, 1])
    ends = [B[f"{side}ThumbProximal"], B[f"{side}ThumbDistal"]]
    rotation[ends] = quat_from_axis_angle(_UP, sign * bends)


def _between(bones: Array) -> Array:
    """Angles [..., n - 1] between consecutive bones [..., n, 3], rad."""
    way = normalize(bones)
    return np.arccos(np.clip((way[..., :-1, :] * way[..., 1:, :]).sum(-1), -1, 1))
