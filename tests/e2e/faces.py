"""Finds the face in pictures with MediaPipe, and measures how far the lips are apart."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from avatar import fetch

UPPER_LIP, LOWER_LIP, FOREHEAD, CHIN = 13, 14, 10, 152
"""Points of the MediaPipe face mesh: inner lips, top of the face, chin."""


def model() -> Path:
    """The face landmark model, fetched on first use."""
    return fetch.fetch("face")[0]


def landmarks(pictures: Iterable[np.ndarray]) -> list[np.ndarray | None]:
    """float32[478, 3] per RGB picture, or None where no face is found."""
    import mediapipe as mp
    from mediapipe.tasks.python import BaseOptions, vision

    options = vision.FaceLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=str(model())),
        running_mode=vision.RunningMode.IMAGE,
    )
    found: list[np.ndarray | None] = []
    with vision.FaceLandmarker.create_from_options(options) as landmarker:
        for picture in pictures:
            image = mp.Image(mp.ImageFormat.SRGB, np.ascontiguousarray(picture))
            faces = landmarker.detect(image).face_landmarks
            points = [[p.x, p.y, p.z] for p in faces[0]] if faces else None
            found.append(np.array(points, np.float32) if points else None)
    return found


def lip_gap(points: np.ndarray) -> float:
    """Distance between the inner lips as a fraction of the face's height."""
    height = np.linalg.norm(points[FOREHEAD, :2] - points[CHIN, :2])
    return float(np.linalg.norm(points[UPPER_LIP, :2] - points[LOWER_LIP, :2]) / height)
