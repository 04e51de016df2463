"""Pictures to landmarks: MediaPipe's face, pose and hand landmarkers, each on or off.

Source: MediaPipe Tasks (Apache-2.0); the face model carries 478 points, 52 scores and a 4x4 head
matrix from the canonical face (its x to the performer's left, y up, z forward, cm).
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from avatar import fetch
from avatar.capture.quiet import quiet
from avatar.errors import MissingAsset
from avatar.math3d import Array
from avatar.media import BodyPoints, HandPoints, Landmarks, VideoFrame
from avatar.plugins import require
from avatar.resources import models_dir

FACES: Final = 2
"""Faces looked for, so that the performer is kept when a second person comes."""
_RETURN: Final = 2.0
"""s for which a lost performer's place is remembered."""
_STRANGER: Final = 0.2
"""Picture widths from one picture to the next that tell a stranger from the performer."""
_SURE: Final = 0.6
"""Least certainty of a hand being a left or right one."""
_NOISY: Final = 4
"""First pictures during which MediaPipe talks."""
_NOBODY: Final = np.zeros((0, 3), np.float32)


def tracking_model(name: str) -> Path:
    """The file of a shipped tracking model; raises MissingAsset."""
    path = models_dir() / "tracking" / f"{name}.task"
    if not path.is_file():
        raise MissingAsset("a part of the package is missing: install it again", path=path)
    return path


class MediaPipeTracker:
    """Finds one performer's face, body and hands in a stream of pictures.

    Raises MissingExtra without MediaPipe, MissingAsset when the face model is not fetched.
    """

    def __init__(
        self,
        *,
        face: bool = True,
        body: bool = False,
        hands: bool = False,
        take_turns: bool = False,
    ) -> None:
        """``take_turns``: body and hands by turns, so that a live picture costs less."""
        self._mp: Any = require("mediapipe", extra="capture", for_what="face tracking")
        self._tasks: Any = require(
            "mediapipe.tasks.python", extra="capture", for_what="face tracking"
        )
        vision = self._tasks.vision
        self._face: Any = None
        self._body: Any = None
        self._hands: Any = None
        if face:
            self._face = self._make(
                vision.FaceLandmarker, vision.FaceLandmarkerOptions, fetch.checked("face"),
                num_faces=FACES, output_face_blendshapes=True,
                output_facial_transformation_matrixes=True,
            )  # fmt: skip
        if body:
            path = tracking_model("pose_landmarker_lite")
            self._body = self._make(vision.PoseLandmarker, vision.PoseLandmarkerOptions, path)
        if hands:
            path = tracking_model("hand_landmarker_lite")
            self._hands = self._make(
                vision.HandLandmarker, vision.HandLandmarkerOptions, path, num_hands=2
            )
        self._turns = take_turns and body and hands
        self._count = 0
        self._place: tuple[float, Array] | None = None
        self._last = -1

    def _make(self, kind: Any, options: Any, path: Path, **settings: Any) -> Any:
        base = self._tasks.BaseOptions(model_asset_path=str(path))
        mode = self._tasks.vision.RunningMode.VIDEO
        try:
            with quiet():
                return kind.create_from_options(
                    options(base_options=base, running_mode=mode, **settings)
                )
        except (RuntimeError, ValueError) as error:
            raise MissingAsset(
                "not a model that MediaPipe can read: install avatar again", path=path
            ) from error

    def track(self, frame: VideoFrame) -> Landmarks | None:
        """What is in one picture; frames come in the order of their time."""
        with quiet() if self._count < _NOISY else contextlib.nullcontext():
            return self._track(frame)

    def _track(self, frame: VideoFrame) -> Landmarks:
        stamp = max(round(frame.t * 1000), self._last + 1)
        self._last = stamp
        data = np.ascontiguousarray(frame.pixels)
        image = self._mp.Image(image_format=self._mp.ImageFormat.SRGBA, data=data)
        size = (data.shape[1], data.shape[0])
        face = self._find_face(image, stamp, frame.t)
        self._count += 1
        first = self._count % 2 == 0
        body = self._find_body(image, stamp) if first or not self._turns else None
        hands = () if first and self._turns else self._find_hands(image, stamp)
        points, head, scores = face if face else (_NOBODY, None, {})
        return Landmarks(frame.t, points, float(bool(face)), head, scores, size, body, hands)

    def _find_face(self, image: Any, stamp: int, t: float) -> tuple[Any, Any, Any] | None:
        if self._face is None:
            return None
        found = self._face.detect_for_video(image, stamp)
        faces = [_points(face) for face in found.face_landmarks]
        if not faces:
            return None
        index = self._choose(faces, t)
        if index is None:
            return None
        matrix = np.array(found.facial_transformation_matrixes[index], np.float32)
        matrix[:3, 3] *= 0.01
        scores = {c.category_name: c.score for c in found.face_blendshapes[index]}
        scores.pop("_neutral", None)
        return faces[index], matrix, scores

    def _choose(self, faces: Sequence[Array], t: float) -> int | None:
        """The face nearest to where the performer was; at first the largest. None for strangers
        while the performer is away for a moment."""
        boxes = [np.array([*f[:, :2].mean(0), np.ptp(f[:, 1])]) for f in faces]
        if self._place is None or t - self._place[0] > _RETURN:
            index = int(np.argmax([box[2] for box in boxes]))
        else:
            away = [float(np.linalg.norm(box - self._place[1])) for box in boxes]
            index = int(np.argmin(away))
            if away[index] > _STRANGER + t - self._place[0]:
                return None
        self._place = (t, boxes[index])
        return index

    def _find_body(self, image: Any, stamp: int) -> BodyPoints | None:
        if self._body is None:
            return None
        found = self._body.detect_for_video(image, stamp)
        if not found.pose_landmarks:
            return None
        seen = np.array([p.visibility for p in found.pose_landmarks[0]], np.float32)
        return BodyPoints(
            _points(found.pose_landmarks[0]), _points(found.pose_world_landmarks[0]), seen
        )

    def _find_hands(self, image: Any, stamp: int) -> tuple[HandPoints, ...]:
        if self._hands is None:
            return ()
        found = self._hands.detect_for_video(image, stamp)
        hands: dict[str, HandPoints] = {}
        for sort, points, world in zip(
            found.handedness, found.hand_landmarks, found.hand_world_landmarks, strict=True
        ):
            side, score = sort[0].category_name.lower(), sort[0].score
            if score >= _SURE and (side not in hands or score > hands[side].confidence):
                hands[side] = HandPoints(side, _points(points), _points(world), score)
        return tuple(hands.values())

    def close(self) -> None:
        """Let the models go."""
        with quiet():
            for part in (self._face, self._body, self._hands):
                if part is not None:
                    part.close()


class NoTracker:
    """Finds nobody: the tracker of a camera that is none."""

    def track(self, frame: VideoFrame) -> None:
        """Nobody."""

    def close(self) -> None: ...


def _points(landmarks: Any) -> Any:
    return np.array([(p.x, p.y, p.z) for p in landmarks], np.float32)
