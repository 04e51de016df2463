"""Gestures: those asked for by name, and small ones of the hands that speak along.

A named gesture has Kendon's phases (1980): a preparation that the trunk begins, the stroke, a
hold, and a retraction to wherever the body is by then. Eyes lead the head, the head leads the
hands, the wrist leads the fingers. All of it is laid over life and mood by the mixer; what must
touch (fingers and chin, palm and palm) is set right again on the mixed pose by ``settle``.
"""

from __future__ import annotations

import zlib
from dataclasses import replace
from typing import Final, Literal

import numpy as np

from avatar.animation.beats import stresses
from avatar.animation.body import Body, Side, average
from avatar.animation.gestures import Variant, find, library
from avatar.animation.handbeats import GAP, KINDS, HandBeat, hand_beat, strokes
from avatar.animation.playing import LAG, Playing, prepare
from avatar.animation.stance import Stance
from avatar.errors import ConfigError
from avatar.math3d import Array, quat_exp, quat_slerp
from avatar.media import Speech
from avatar.pose import FACE_COUNT, HumanBone, Pose

B = HumanBone

GESTURES: Final = tuple(library())
"""Names that :meth:`GestureDriver.play` knows."""
_KEEP: Final = 60.0


class GestureDriver:
    """Plays on the layer ``gesture``; deterministic for a seed and the speech announced."""

    layer = "gesture"

    def __init__(self, seed: int = 0, strength: float = 1.0, body: Body | None = None) -> None:
        """``strength`` 0..1: how far the arms leave the stance while speaking.

        ``body`` (``body.measure``) lets hands find the figure's own chin, chest and palms; an
        average body is assumed without it.
        """
        self._rng_key, self._strength = [seed, 0x6E57], strength
        self._body = body or average()
        self._stance = Stance(self._body.rest)
        self._gestures: list[HandBeat] = []
        self._playing: list[Playing] = []
        self._last = (-np.inf, -1)
        self._last_variant: dict[str, str] = {}
        self._count = 0
        self.viewer = (0.0, 0.0)
        """Direction (yaw, pitch) of the camera seen from the figure, rad."""

    def play(
        self,
        name: str,
        t: float,
        *,
        side: Side | None = None,
        size: float = 1.0,
        variant: str | None = None,
        seed: int | None = None,
        at: Literal["start", "stroke"] = "start",
        earliest: float = -np.inf,
    ) -> float:
        """Make the gesture ``name`` from ``t`` (s) on, or with its stroke at ``t``.

        ``earliest`` (s) puts off a start that would lie before it.

        ``side`` chooses the hand, the gesture's own otherwise; ``size`` 0.5..1.3 scales it.
        ``variant`` and ``seed`` fix what is otherwise varied. A gesture under way gives place.
        Returns when the hands are back, s. ConfigError for a name, side or variant unknown.
        """
        key = self._count if seed is None else seed
        rng = np.random.default_rng([*self._rng_key, 0x9A7E, key, zlib.crc32(name.encode())])
        self._count += seed is None
        if side not in (None, "left", "right"):
            raise ConfigError(f"gesture side {side!r}: write left or right")
        chosen = self._variant(name, variant, rng)
        start = max(t - chosen.stroke_at - LAG if at == "stroke" else t, earliest)
        size = min(max(size, 0.5), 1.3)
        new = prepare(chosen, start, self._body, side, size, rng, self.viewer)
        give_way = start + 0.5 * chosen.keys[0].move
        self._playing = [
            p.cancelled(give_way) if p.start <= start else p
            for p in self._playing
            if p.end > start - _KEEP
        ]
        self._playing.append(new)
        self._playing.sort(key=lambda p: p.start)
        return new.end

    @property
    def shown(self) -> float:
        """When the stroke of the gesture last asked for is held, s; for a still picture of it."""
        return max((p.shown for p in self._playing), default=0.0)

    def say(self, speech: Speech, start: float) -> None:
        """Plan gestures for a speech whose first sample is heard at ``start`` (s)."""
        rng = np.random.default_rng([*self._rng_key, self._count, zlib.crc32(speech.text.encode())])
        self._count += 1
        self._gestures = [g for g in self._gestures if g.end > start - _KEEP]
        for stress in strokes(stresses(speech), speech.audio.duration, rng):
            at = start + stress.t
            if at - self._last[0] > GAP[0]:
                self._gestures.append(self._make(at, rng))

    def cancel(self, t: float) -> None:
        """Fall silent at ``t`` (s): raised hands sink, what has not begun is forgotten."""
        self._gestures = [g.cancelled(t) for g in self._gestures if g.start < t]
        self._playing = [p.cancelled(t) for p in self._playing if p.start < t]
        self._last = (min(self._last[0], t), self._last[1])

    def sample(self, t: float) -> Pose | None:
        """Arms, hands and what else takes part at ``t`` (s); None while they rest."""
        beats = [g for g in self._gestures if g.start < t < g.end]
        named = self._active(t)
        if not beats and not named:
            return None
        rotation, kept = np.tile(np.array([0.0, 0.0, 0.0, 1.0]), (len(B), 1)), np.zeros(len(B))
        busy = max((p.presence(t) for p in named), default=0.0)
        for beat in beats:
            q, w = beat.at(t)
            rotation, kept = _over(rotation, kept, q, w * (1 - busy))
        for playing in named:
            rotation, kept = _over(rotation, kept, *playing.arms(t))
        if not named:
            return Pose(
                t=t, rotation=rotation.astype(np.float32), rotation_w=kept.astype(np.float32)
            )
        return _whole(t, rotation, kept, named)

    def settle(self, pose: Pose) -> Pose:
        """The mixed ``pose`` with hands that touch what they should and feet that stay put."""
        named = self._active(pose.t)
        if not named:
            return pose
        rotation = pose.rotation.copy()
        for playing in named:
            playing.touch(pose.t, rotation, self._body)
        hips = pose.hips
        if any(p.moves_hips for p in named) and hips is not None:
            hips = hips.copy()
            self._stance.plant_feet(rotation, hips)
        return replace(pose, rotation=rotation, hips=hips)

    def _active(self, t: float) -> list[Playing]:
        return [p for p in self._playing if p.start < t < p.end]

    def _variant(self, name: str, wanted: str | None, rng: np.random.Generator) -> Variant:
        """The variant asked for, else one that was not the last."""
        gesture = find(name)
        names = [v.name for v in gesture.variants]
        if wanted is not None and wanted not in names:
            raise ConfigError(f"gesture {gesture.name}: no variant {wanted!r}: {', '.join(names)}")
        last = self._last_variant.get(gesture.name)
        free = [n for n in names if n != last] or names
        chosen = wanted or str(rng.choice(free))
        self._last_variant[gesture.name] = chosen
        return gesture.variants[names.index(chosen)]

    def _make(self, at: float, rng: np.random.Generator) -> HandBeat:
        kind = int(rng.choice([k for k in range(len(KINDS)) if k != self._last[1]]))
        self._last = (at, kind)
        return hand_beat(kind, at, self._strength, rng)


def _over(below: Array, kept: Array, q: Array, w: Array) -> tuple[Array, Array]:
    """Rotations [55, 4] with opinion ``w`` [55] over others."""
    whole = 1 - (1 - kept) * (1 - w)
    return quat_slerp(below, q, w / np.maximum(whole, 1e-6)), whole


def _whole(t: float, rotation: Array, kept: Array, named: list[Playing]) -> Pose:
    """Arms with opinion ``kept`` and the sum of what trunk, eyes and face do."""
    turns, hips, gaze = np.zeros((len(B), 3)), np.zeros(3), np.zeros(2)
    face = np.zeros(FACE_COUNT)
    for playing in named:
        trunk = playing.trunk(t)
        turns += trunk.turns
        hips, gaze = hips + trunk.hips, gaze + trunk.gaze
        face = np.maximum(face, trunk.face)
    moved = np.abs(turns).max(1) > 0
    rotation = np.where(moved[:, None], quat_exp(turns), rotation)
    face = np.clip(face, 0, 1).astype(np.float32)
    return Pose(
        t=t,
        rotation=rotation.astype(np.float32),
        rotation_w=np.where(moved, 1, kept).astype(np.float32),
        hips=hips.astype(np.float32),
        weight=face,
        weight_w=(face > 0).astype(np.float32),
        gaze=(float(gaze[0]), float(gaze[1])),
    )
