"""Landmarks to a pose: what one picture says about the figure, before any filter."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from avatar.capture.body import Arm, Side, arms, pose_arm, pose_trunk, reach, trunk
from avatar.capture.calibrate import Calibration, Calibrator, Learner, Sample
from avatar.capture.face import FaceSolver, measure
from avatar.capture.hand import Steady, palm, pose_fingers, pose_hand, sided
from avatar.math3d import (
    IDENTITY_QUAT,
    Array,
    Float,
    clamp,
    quat_conj,
    quat_from_euler_yxz,
    quat_mul,
    quat_rotate,
)
from avatar.math3d import quat_slerp as slerp
from avatar.media import BodyPoints, HandPoints, Landmarks
from avatar.pose import (
    BONE_COUNT,
    FACE_COUNT,
    FACE_SHAPES,
    FaceShape,
    HumanBone,
    Pose,
    RestSkeleton,
)

B, F = HumanBone, FaceShape

NECK: Final = 0.4
"""The neck's share of a turn of the head."""
_TRUNK: Final = 0.5
"""m from the lumbar spine to the head: what a lean moves the head by."""
_LEAN: Final = np.array([0.7, 0.45])
"""How much of the head's way aside and forward becomes a lean (its depth is uncertain)."""
_MOST_LEAN: Final = 0.3
"""rad"""
_BODY_KEPT: Final = 0.5
"""s for which the trunk waits for a body that was seen a moment ago."""
_COVER_TIME: Final = 0.3
"""s in which a covered mouth goes to rest."""
SIDES: Final[tuple[Side, ...]] = ("left", "right")
PUPILS: Final = 0.063
"""m between the pupils of a person."""
_OUTER: Final = 0.09
"""m between the outer corners of a person's eyes."""
_BEFORE: Final = 0.05
"""m from the eyes' plane to a hand that is beside the face, forward."""
_KNUCKLE: Final = 9
_FINGER: Final = 0.13
"""Half a finger's width, in distances between the eyes' outer corners."""
_MOUTH: Final = np.array([n.startswith(("mouth", "jaw")) for n in FACE_SHAPES])
_LIPS: Final = (61, 40, 37, 0, 267, 270, 291, 321, 314, 17, 84, 91, 13, 14)
_HAND_BONES: Final = np.array(
    [(0, 1), (0, 5), (0, 9), (0, 13), (0, 17), (5, 9), (9, 13), (13, 17)]
    + [(joint, joint + 1) for joint in range(20) if joint % 4]
)
_SETTLE: Final = 12.0
"""s in which a new seat becomes the place at rest of a performer who was not calibrated."""


class Solver:
    """Solves one performer's landmarks; learns the face as it goes."""

    def __init__(
        self,
        *,
        mirror: bool = False,
        calibration: Calibration | None = None,
        rest: RestSkeleton | None = None,
    ) -> None:
        """``mirror``: the figure moves as a mirror image does, its right for their left.

        With ``rest`` a hand beside the face is reached for though its arm is out of the picture.
        """
        self.mirror = mirror
        self.rest = rest
        """The figure's body; may be set later."""
        self._steady = Steady()
        self._turned: Array = IDENTITY_QUAT.astype(np.float64)
        self._body: tuple[float, BodyPoints] | None = None
        self._with_body = float("-inf")
        self._covered, self._covered_t = 0.0, 0.0
        self._learner = Learner(calibration)
        self._calibrator: Calibrator | None = None
        self._face = FaceSolver()
        self._place: Array | None = None
        self._last = 0.0

    @property
    def covered(self) -> float:
        """How much of the mouth lies under a hand, 0..1, as the poses show it."""
        return self._covered

    @property
    def calibration(self) -> Calibration:
        """The performer as known now."""
        return self._learner.calibration

    def calibrate(self) -> Calibrator:
        """Take the face of the next two seconds for neutral; the result shows the progress."""
        self._calibrator = Calibrator()
        return self._calibrator

    def solve(self, seen: Landmarks) -> Pose:
        """The pose one picture shows; no opinion where nothing was seen."""
        rotation = np.tile(IDENTITY_QUAT, (BONE_COUNT, 1))
        opinion = np.zeros(BONE_COUNT, np.float32)
        sample = measure(seen)
        known = self._know(sample) if sample is not None else self.calibration
        turned = self._trunk(seen, sample, known, rotation, opinion)
        pose = Pose(seen.t, rotation, opinion)
        hands = self._steady.believed(self._sided(seen))
        if sample is not None:
            pose = self._with_face(sample, known, turned, rotation, opinion)
            pose = self._uncovered(pose, covered(seen, hands), sample.t)
        self._arms(seen, hands, turned, rotation, opinion)
        return mirrored(pose) if self.mirror else pose

    def _sided(self, seen: Landmarks) -> tuple[HandPoints, ...]:
        if seen.body is not None:
            self._body = (seen.t, seen.body)
        if self._body is None or seen.t - self._body[0] > _BODY_KEPT:
            return seen.hands
        body = self._body[1]
        return tuple(sided(hand, body) for hand in seen.hands)

    def _trunk(
        self,
        seen: Landmarks,
        sample: Sample | None,
        known: Calibration,
        rotation: Float,
        opinion: Float,
    ) -> Array:
        """Turn the trunk in place, by the body if it is seen, else by where the head is."""
        turned = trunk(seen.body) if seen.body is not None else None
        if turned is not None:
            self._with_body = seen.t
        lean = self._lean(sample, known) if sample is not None else None
        if turned is not None:
            pose_trunk(rotation, opinion, turned)
            self._turned = turned
        elif seen.t - self._with_body > _BODY_KEPT and lean is not None:
            pose_trunk(rotation, opinion, lean)
            self._turned = lean
        return self._turned

    def _with_face(
        self, sample: Sample, known: Calibration, turned: Array, rotation: Float, opinion: Float
    ) -> Pose:
        weight, weight_w = self._face.weights(sample, known)
        yaw, pitch = self._face.gaze(sample, known).tolist()
        head = quat_mul(quat_conj(turned), self._face.head(sample, known))
        neck = slerp(IDENTITY_QUAT, head, NECK)
        rotation[B.neck], rotation[B.head] = neck, quat_mul(quat_conj(neck), head)
        opinion[[B.neck, B.head]] = 1
        return Pose(sample.t, rotation, opinion, None, weight, weight_w, (yaw, pitch))

    def _uncovered(self, pose: Pose, cover: float, t: float) -> Pose:
        """The mouth of a face whose mouth a hand covers goes to rest: what is seen is a guess."""
        step = clamp((t - self._covered_t) / _COVER_TIME, 0, 1)
        self._covered_t = t
        self._covered += clamp(cover - self._covered, -step, step)
        if self._covered <= 0:
            return pose
        weight = np.where(_MOUTH, pose.weight * (1 - self._covered), pose.weight)
        return replace(pose, weight=weight.astype(np.float32))

    def _arms(
        self,
        seen: Landmarks,
        hands: list[HandPoints],
        turned: Array,
        rotation: Float,
        opinion: Float,
    ) -> None:
        found = arms(seen.body, seen.size) if seen.body is not None else {}
        by_side = {hand.side: hand for hand in hands}
        for side in SIDES:
            hand, arm = by_side.get(side), found.get(side)
            if arm is None and hand is not None:
                arm = self._arm_to(hand, seen, turned, rotation)
            if arm is not None:
                forearm = pose_arm(side, arm, turned, rotation, opinion)
                if hand is not None:
                    pose_hand(hand, side, forearm, rotation, opinion)
            if hand is not None:
                pose_fingers(hand, side, rotation, opinion)

    def _arm_to(
        self, hand: HandPoints, seen: Landmarks, turned: Array, rotation: Float
    ) -> Arm | None:
        """The arm that brings the wrist to where it is seen beside the face."""
        if self.rest is None or seen.head is None or not len(seen.points):
            return None
        place = beside_face(hand, seen)
        knuckle = float(np.linalg.norm(self.rest.offset[B[f"{hand.side}MiddleProximal"]]))
        eyes = self.rest.offset[[B.leftEye, B.rightEye]].astype(np.float64)
        if not (self.rest.present[B.leftEye] and self.rest.present[B.rightEye]):
            eyes = np.array([[0.03, 0.05, 0.07], [-0.03, 0.05, 0.07]])
        size = float(np.linalg.norm(eyes[0] - eyes[1])) / PUPILS
        head = quat_mul(turned, quat_mul(rotation[B.neck], rotation[B.head]))
        neck = quat_mul(turned, rotation[B.neck])
        face = quat_rotate(neck, self.rest.offset[B.head]) + quat_rotate(head, eyes.mean(0))
        side: Side = "left" if hand.side == "left" else "right"
        root = quat_rotate(turned, np.zeros(3))
        wrist = root + face + place * size - palm(hand)[0] * knuckle
        return reach(side, wrist, turned, self.rest)

    def _know(self, sample: Sample) -> Calibration:
        if self._calibrator is not None:
            self._calibrator.feed(sample)
            if self._calibrator.done:
                self._learner = Learner(self._calibrator.result(self.calibration))
                self._calibrator, self._place = None, None
        return self._learner.feed(sample)

    def _lean(self, sample: Sample, known: Calibration) -> Array:
        """Lean of the trunk that carries the head to where it is seen."""
        if self._place is None:
            self._place = np.array(sample.place if known.place is None else known.place)
        dt = clamp(sample.t - self._last, 0, 0.2)
        self._last = sample.t
        way = sample.place - self._place
        if not known.asked:
            self._place = self._place + way * dt / _SETTLE
        aside, forward = np.clip(way[[0, 2]] * _LEAN / _TRUNK, -_MOST_LEAN, _MOST_LEAN)
        return quat_from_euler_yxz(0.0, forward, -aside)


def beside_face(hand: HandPoints, seen: Landmarks) -> Array:
    """Where a hand's middle knuckle is from the middle of the eyes, m in the figure's axes (+x to
    its left). A wrist is out of the picture more often than not, and only guessed."""
    scale = np.array([*seen.size, seen.size[0]], np.float64)
    face = seen.points * scale
    apart = max(float(np.linalg.norm(face[33] - face[263])), 1e-6)
    eyes = (face[33] + face[263])[:2] / 2
    x, y = (hand.points[_KNUCKLE, :2] * scale[:2] - eyes) * (_OUTER / apart)
    return np.array([x, -y, _BEFORE])


def covered(seen: Landmarks, hands: list[HandPoints]) -> float:
    """How much of the mouth lies under hands, 0..1."""
    if not hands or not len(seen.points):
        return 0.0
    size = np.array(seen.size, np.float64)
    face = seen.points[:, :2] * size
    width = float(np.linalg.norm((seen.points[33] - seen.points[263]) * [*size, size[0]]))
    lips = face[list(_LIPS)]
    under = np.zeros(len(lips), bool)
    for hand in hands:
        ends = (hand.points[:, :2] * size)[_HAND_BONES]
        under |= _away(lips, ends[:, 0], ends[:, 1]).min(1) < _FINGER * width
    return clamp((under.mean() - 0.3) / 0.4, 0, 1)


def _away(points: Array, start: Array, end: Array) -> Array:
    """Distance of points [n, 2] from segments [m, 2]: [n, m]."""
    along = end - start
    length = np.maximum((along * along).sum(-1), 1e-9)
    part = np.clip(((points[:, None] - start) * along).sum(-1) / length, 0, 1)
    return np.linalg.norm(points[:, None] - start - part[..., None] * along, axis=-1)


def _swap(names: list[str]) -> Array:
    def other(name: str) -> str:
        if name.startswith("left"):
            return "right" + name[4:]
        if name.startswith("right"):
            return "left" + name[5:]
        if name.endswith("Left"):
            return name[:-4] + "Right"
        return name[:-5] + "Left" if name.endswith("Right") else name

    return np.array([names.index(other(name)) for name in names])


_OTHER_BONE: Final = _swap([bone.name for bone in HumanBone])
_OTHER_SHAPE: Final = _swap(list(FACE_SHAPES))
_FLIP: Final = np.array([1, -1, -1, 1], np.float32)


def mirrored(pose: Pose) -> Pose:
    """The pose as a mirror shows it."""
    return replace(
        pose,
        rotation=pose.rotation[_OTHER_BONE] * _FLIP,
        rotation_w=pose.rotation_w[_OTHER_BONE],
        hips=None if pose.hips is None else pose.hips * np.array([-1, 1, 1], np.float32),
        weight=pose.weight[_OTHER_SHAPE],
        weight_w=pose.weight_w[_OTHER_SHAPE],
        gaze=None if pose.gaze is None else (-pose.gaze[0], pose.gaze[1]),
    )


assert len(_OTHER_SHAPE) == FACE_COUNT
