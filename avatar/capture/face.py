"""A tracked face to ARKit shapes, gaze and the attitude of the head.

Scores are taken by name. Where the picture says more than they do, the points decide: how far the
lips are apart, how far the lids, and where the iris lies. Shapes the tracker cannot see
(``tongueOut``, ``cheekPuff``) get no opinion.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from avatar.capture.calibrate import Calibration, Sample
from avatar.capture.marks import brows, downcast, grin, marks_of
from avatar.math3d import (
    Array,
    Float,
    clamp,
    quat_conj,
    quat_from_euler_yxz,
    quat_mul,
    quat_to_mat3,
)
from avatar.media import Landmarks
from avatar.pose import FACE_COUNT, FACE_SHAPES, FaceShape

F = FaceShape

BLIND: Final = ("tongueOut", "cheekPuff", "cheekSquintLeft", "cheekSquintRight", "jawForward")
"""Shapes MediaPipe's scores say nothing useful about."""
_SHUT: Final = 0.17
"""Height of a closed eye by that of the open one."""
_CLOSES, _OPENS = 0.66, 0.5
"""Closure at which a lid is taken for closed, and for open again."""
_SNAPS: Final = 0.5
"""The same for one that came down by :data:`_SNAP` since a picture no more than :data:`_SOON` s
ago: only a blink is so quick, and often no picture shows its deepest moment."""
_SNAP, _SOON = 0.4, 0.1
_REST_LID: Final = 0.12
"""Closure that is only noise, or a relaxed lid."""
_LID_OF_GAZE: Final = 0.68
"""Closure of a lid that follows a look down by :data:`_DOWN`."""
_DOWN: Final = 0.5
_GLANCE: Final = 0.8
"""s, time constant with which a lid believes a look down."""
_LIPS_OF_JAW: Final = 0.37
"""Gap of the lips at ``jawOpen`` 1, in distances between the eyes' outer corners (measured on our
figures; the same on faces)."""
_LIPS_OF = {"mouthLowerDown": 0.05, "mouthUpperUp": 0.05, "mouthFunnel": 0.07}
_PARTED: Final = np.array(
    [
        _LIPS_OF.get(n, _LIPS_OF.get(n.removesuffix("Left").removesuffix("Right"), 0.0) / 2)
        for n in FACE_SHAPES
    ]
)
_LIPS_OF_SMILE: Final = 0.05
"""The same for a broad smile over closed teeth."""
_BROAD: Final = 0.6
"""How far a mouth is drawn (:func:`avatar.capture.marks.grin`) that may bare its teeth."""
_JAW_SEEN: Final = 0.3
"""Score of ``jawOpen`` from which the jaw is surely open (closed loop: 0.6 of it scores 0.2)."""
_BARED: Final = (
    ([F.mouthUpperUpLeft, F.mouthUpperUpRight], 0.85),
    ([F.mouthLowerDownLeft, F.mouthLowerDownRight], 0.65),
    ([F.mouthDimpleLeft, F.mouthDimpleRight], 0.5),
)
"""How far the lips of such a smile are drawn from the teeth, and its corners into the cheeks."""
_IRIS_YAW: Final = 2.45
"""rad of gaze per eye width that the iris is off the middle."""
_SCORE_YAW: Final = 0.52
_SCORE_PITCH: Final = 0.7
"""rad of gaze per unit of the eyeLook scores."""
_REACH: Final = np.array([0.6, 0.5])
"""Largest yaw and pitch of the eyes, rad."""
_FALSE_GAZE: Final = np.array([0.2, -0.5])
"""Part of a turn of the head that the tracker takes for a turn of the eyes the other way
(closed-loop bench)."""
_HEAD_GAIN: Final = np.array([1.06, 1.2, 1.0])
"""Yaw, pitch and roll: the tracker falls short of the truth by so much (closed-loop bench)."""

_INDEX: Final = {name: i for i, name in enumerate(FACE_SHAPES)}
_LEFT_EYE, _RIGHT_EYE = (386, 374, 362, 263, 473), (159, 145, 133, 33, 468)
"""Upper and lower lid, inner and outer corner, iris of the performer's own eyes."""
_OUTER_CORNERS, _LIPS = (33, 263), (13, 14)
_PAIRS: Final = np.array(
    [[F[n], F[n.replace("Left", "Right")]] for n in FACE_SHAPES if n.endswith("Left")]
)
_EVEN: Final = np.array(
    [p for p in _PAIRS if FACE_SHAPES[p[0]].startswith(("brow", "eyeSquint", "eyeWide"))]
)
"""Pairs that people move together, mostly."""


def measure(seen: Landmarks) -> Sample | None:
    """What one picture says about the face; None where there is none."""
    if seen.head is None or len(seen.points) < 478:
        return None
    matrix = np.asarray(seen.head, np.float64)
    axes = matrix[:3, :3] / np.linalg.norm(matrix[:3, :3], axis=0)
    attitude = euler(axes)
    width, height = seen.size
    points = np.asarray(seen.points, np.float64) * [width, -height, -width] @ axes
    left, right = _eye(points, _LEFT_EYE), _eye(points, _RIGHT_EYE)
    scores = np.array([seen.scores.get(name, np.nan) for name in FACE_SHAPES], np.float64)
    apart = np.linalg.norm(points[_OUTER_CORNERS[0]] - points[_OUTER_CORNERS[1]])
    lips = np.linalg.norm(points[_LIPS[0]] - points[_LIPS[1]]) / max(apart, 1e-6)
    found = Sample(
        seen.t, scores, np.array([left[0], right[0]]), attitude, matrix[:3, 3],
        _look(scores, left[1], right[1], float(attitude[0])), float(lips),
        marks_of(points / max(apart, 1e-6)),
    )  # fmt: skip
    good = np.isfinite(np.concatenate([found.eyes, found.attitude, found.place, found.gaze]))
    return found if good.all() else None


def euler(axes: Array) -> Array:
    """Yaw, pitch and roll (rad) of a rotation matrix [3, 3] = Y * X * Z."""
    pitch = np.arcsin(np.clip(-axes[1, 2], -1, 1))
    return np.array([np.arctan2(axes[0, 2], axes[2, 2]), pitch, np.arctan2(axes[1, 0], axes[1, 1])])


def _eye(points: Array, eye: tuple[int, ...]) -> tuple[float, float]:
    """Height by width, and how far the iris is off the middle, in widths, + to the left."""
    upper, lower, inner, outer, iris = (points[i] for i in eye)
    across = max(float(np.linalg.norm(inner - outer)), 1e-6)
    return float(np.linalg.norm(upper - lower)) / across, float(
        (iris - (inner + outer) / 2)[0]
    ) / across


def _look(scores: Array, left: float, right: float, head_yaw: float) -> Array:
    """Yaw (+ left) and pitch (+ up) of the eyes in the head, rad."""

    def of(name: str) -> float:
        value = float(scores[_INDEX[name]])
        return value if value == value else 0.0

    # The far eye of a turned head is seen badly: the near one counts more.
    near = clamp(0.5 - 0.9 * np.sin(head_yaw), 0.1, 0.9)
    by_iris = (near * left + (1 - near) * right) * _IRIS_YAW
    out = near * (of("eyeLookOutLeft") - of("eyeLookInLeft"))
    out += (1 - near) * (of("eyeLookInRight") - of("eyeLookOutRight"))
    up = of("eyeLookUpLeft") + of("eyeLookUpRight")
    down = of("eyeLookDownLeft") + of("eyeLookDownRight")
    yaw = 0.5 * by_iris + 0.5 * out * _SCORE_YAW
    return np.array([yaw, (up - down) / 2 * _SCORE_PITCH])


class FaceSolver:
    """Turns samples of one performer into shapes, gaze and head; keeps the state of the lids."""

    def __init__(self) -> None:
        self._closed = np.zeros(2, bool)
        self._lid: tuple[float, Array] = (float("-inf"), np.zeros(2))
        self._gaze = np.zeros(2)
        self._looked: tuple[float, float] | None = None

    def weights(self, sample: Sample, known: Calibration) -> tuple[Float, Float]:
        """Shape weights float32[52] and the opinions on them."""
        opinion = np.isfinite(sample.scores).astype(np.float32)
        opinion[[_INDEX[name] for name in BLIND]] = 0
        scores = np.where(opinion > 0, sample.scores, 0)
        weight = known.weights(scores)
        _even_out(weight, float(sample.attitude[0]))
        gaze = _in_head(sample, known)
        weight[[F.eyeBlinkLeft, F.eyeBlinkRight]] = self._lids(sample, known, gaze)
        self._open_jaw(weight, sample, known)
        # Pressed or downcast lips score as a smile: corners that stay where they are do not.
        drawn = grin(sample.marks)
        weight[[F.mouthSmileLeft, F.mouthSmileRight]] *= 0.5 + 0.5 * min(1.3 * drawn, 1)
        self._frown(weight, sample, known)
        smile = (weight[F.mouthSmileLeft] + weight[F.mouthSmileRight]) / 2
        weight[[F.cheekSquintLeft, F.cheekSquintRight]] = 0.6 * smile**2
        opinion[[F.cheekSquintLeft, F.cheekSquintRight]] = 1  # a smile lifts the cheeks
        for name in FACE_SHAPES:
            if name.startswith("eyeLook"):  # the gaze moves these
                opinion[_INDEX[name]] = 0
        return weight.astype(np.float32), opinion

    def gaze(self, sample: Sample, known: Calibration) -> Array:
        """Yaw and pitch of the eyes in the head, rad; held while they are closed."""
        if not self._closed.all():
            look = _in_head(sample, known)
            self._gaze = np.clip(look, -_REACH, _REACH)
        return self._gaze

    def head(self, sample: Sample, known: Calibration) -> Array:
        """Attitude of the head as a quaternion (xyzw), relative to how it is held at rest."""
        rest = quat_from_euler_yxz(*known.attitude)
        turn = quat_mul(quat_from_euler_yxz(*sample.attitude), quat_conj(rest))
        yaw, pitch, roll = euler(quat_to_mat3(turn)) * _HEAD_GAIN
        return quat_from_euler_yxz(yaw, pitch, roll)

    def _lids(self, sample: Sample, known: Calibration, gaze: Array) -> Array:
        shut = known.open_eye * _SHUT
        by_points = np.clip((known.open_eye - sample.eyes) / (known.open_eye - shut), 0, 1)
        scores = sample.scores[[F.eyeBlinkLeft, F.eyeBlinkRight]]
        by_score = np.clip((scores - 0.1) / 0.6, 0, 1)
        closure = np.where(np.isfinite(by_score), 0.65 * by_points + 0.35 * by_score, by_points)
        closure = _together(closure, float(sample.attitude[0]))
        follows = _LID_OF_GAZE * clamp(-self._usual(sample.t, gaze) / _DOWN, 0, 1) ** 1.5
        closure = np.clip((closure - follows) / (1 - follows), 0, 1)
        before, lid = self._lid
        snaps = (closure - lid > _SNAP) & (0 < sample.t - before <= _SOON)
        self._lid = sample.t, closure
        least = np.where(self._closed, _OPENS, np.where(snaps, _SNAPS, _CLOSES))
        self._closed = closure > least
        ajar = np.clip((closure - _REST_LID) / (1 - _REST_LID), 0, 1)
        return np.where(self._closed, 1.0, ajar)

    def _usual(self, t: float, gaze: Array) -> float:
        """Pitch of the gaze before the lids closed: of closed ones, too, the tracker sees a look
        down."""
        since, usual = self._looked or (t, float(gaze[1]))
        if not self._closed.all():
            usual += (float(gaze[1]) - usual) * (1 - np.exp(-max(t - since, 0.0) / _GLANCE))
        self._looked = (t, usual)
        return usual

    def _frown(self, weight: Array, sample: Sample, known: Calibration) -> None:
        """What the points say of brows and corners of the mouth, as far as their rest is known."""
        off = known.sure * (sample.marks - known.marks)
        scores = known.sure * np.nan_to_num(sample.scores - known.rest)
        turn = sample.attitude - np.asarray(known.attitude)
        down, raised = brows(off, scores, turn)
        pair = [F.browDownLeft, F.browDownRight]
        weight[pair] = np.maximum(weight[pair], down)
        weight[F.browInnerUp] = np.clip(weight[F.browInnerUp] + raised, 0, 1)
        corners = [F.mouthFrownLeft, F.mouthFrownRight]
        sunk = downcast(off, scores, float(weight[F.jawOpen]))
        weight[corners] = np.maximum(weight[corners], sunk)

    def _open_jaw(self, weight: Array, sample: Sample, known: Calibration) -> None:
        """The jaw opens until the lips are as far apart as they are seen; those of a broad smile
        part over teeth that stay together."""
        gap = max(sample.lips - max(known.lips, 0.012), 0.0)
        teeth = float(weight[[F.mouthSmileLeft, F.mouthSmileRight]].mean())
        teeth *= clamp((grin(sample.marks) - _BROAD) / (1 - _BROAD), 0, 1)
        teeth *= 1 - min(float(np.nan_to_num(sample.scores[F.jawOpen])) / _JAW_SEEN, 1.0)
        teeth *= min(gap / _LIPS_OF_SMILE, 1.0)
        for pair, most in _BARED:
            weight[pair] = np.maximum(weight[pair], most * teeth)
        gap = max(gap - _LIPS_OF_SMILE * teeth, 0.0)
        weight[F.jawOpen] = clamp((gap - _parted(weight)) / _LIPS_OF_JAW, 0, 1)
        weight[F.mouthClose] = min(float(weight[F.mouthClose]), float(weight[F.jawOpen]))


def opening(weight: Array) -> float:
    """Gap of the lips that shapes [52] make, in distances between the eyes' outer corners."""
    return _LIPS_OF_JAW * float(weight[F.jawOpen]) + _parted(weight)


def _parted(weight: Array) -> float:
    """What of it is not the jaw's."""
    return float(weight @ _PARTED)


def _in_head(sample: Sample, known: Calibration) -> Array:
    """The gaze without what the tracker takes for gaze when only the head turns."""
    turned = sample.attitude - np.asarray(known.attitude)
    return sample.gaze - np.asarray(known.gaze) + _FALSE_GAZE * np.clip(turned[:2], -0.5, 0.5)


def _together(closure: Array, head_yaw: float) -> Array:
    """Lids close together unless one clearly winks; the nearer eye is seen better."""
    near = clamp(0.5 - 0.9 * np.sin(head_yaw), 0.1, 0.9)
    mean = near * closure[0] + (1 - near) * closure[1]
    apart = abs(float(closure[0] - closure[1]))
    wink = clamp((apart - 0.4) / 0.2, 0, 1) * clamp(1.6 - abs(head_yaw) * 3, 0, 1)
    return mean + wink * (closure - mean)


def _even_out(weight: Array, head_yaw: float) -> None:
    """Brows and lids of a turned head: the far side is a guess, take it from the near one."""
    near = clamp(0.5 - 0.9 * np.sin(head_yaw), 0.1, 0.9)
    left, right = weight[_EVEN[:, 0]], weight[_EVEN[:, 1]]
    mean = near * left + (1 - near) * right
    doubt = min(abs(head_yaw) / 0.5, 1.0) * 0.8
    weight[_EVEN[:, 0]], weight[_EVEN[:, 1]] = (
        left + doubt * (mean - left),
        right + doubt * (mean - right),
    )


assert len(FACE_SHAPES) == FACE_COUNT
