"""The picture of ``avatar capture`` in the README: one of our figures performs, another follows.

    python demos/capture_picture.py [OUT.jpg]

demo: off
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image

import avatar
from avatar.apps.capture_picture import Pane
from avatar.capture.perform import Capture
from avatar.capture.track import MediaPipeTracker
from avatar.devices.camera import PushCamera
from avatar.math3d import quat_from_euler_yxz, quat_slerp
from avatar.media import VideoFrame
from avatar.pose import BONE_COUNT, FACE_COUNT, FACE_SHAPES, FaceShape, HumanBone, Pose

FPS = 25.0
SIZE = (480, 480)
NEUTRAL, REACH, HELD = 2.4, 0.4, 0.6
"""s of a neutral face first, to get from one expression to the next, and to hold it."""
PARTS: tuple[tuple[tuple[float, float, float], tuple[float, float], dict[str, float]], ...] = (
    ((0, 0, 0), (0, 0), {}),
    ((16, -4, 12), (0, 0), {"mouthSmile": 1.0, "cheekSquint": 0.5, "mouthUpperUp": 0.3}),
    ((-4, -8, 0), (0, 0), {"jawOpen": 0.7, "browInnerUp": 0.9, "browOuterUp": 0.9, "eyeWide": 0.6}),
    ((-14, 6, -8), (-14, -4), {"browDown": 0.9, "mouthPress": 0.2, "mouthFrown": 0.8}),
    ((6, 4, -14), (0, 0), {"eyeBlink": 1.0, "mouthSmile": 0.9}),
)
"""Yaw, pitch, roll of the head, yaw and pitch of the gaze (deg), shapes; one after another."""


class Actor:
    """Goes from part to part."""

    layer = "manual"

    def sample(self, t: float) -> Pose:
        played = max(t - NEUTRAL, 0.0) / (REACH + HELD)
        last = min(int(played), len(PARTS) - 2)
        along = np.clip((played - last) * (REACH + HELD) / REACH, 0, 1)
        share = float(along * along * (3 - 2 * along))
        a, b = _pose(PARTS[last]), _pose(PARTS[last + 1])
        gaze = (1 - share) * np.array(a.gaze) + share * np.array(b.gaze)
        return Pose(
            t,
            quat_slerp(a.rotation, b.rotation, share).astype(np.float32),
            a.rotation_w,
            None,
            ((1 - share) * a.weight + share * b.weight).astype(np.float32),
            a.weight_w,
            (float(gaze[0]), float(gaze[1])),
        )


def _pose(part: tuple[tuple[float, float, float], tuple[float, float], dict[str, float]]) -> Pose:
    angles, look, shapes = part
    rotation, opinion = Pose().rotation.copy(), np.zeros(BONE_COUNT, np.float32)
    turn = quat_from_euler_yxz(*np.radians(angles))
    for bone, share in ((HumanBone.neck, 0.4), (HumanBone.head, 0.6)):
        rotation[bone] = quat_slerp([0.0, 0.0, 0.0, 1.0], turn, share)
        opinion[bone] = 1
    weight = np.zeros(FACE_COUNT, np.float32)
    for name, value in shapes.items():
        for shape in (name, f"{name}Left", f"{name}Right"):
            if shape in FACE_SHAPES:
                weight[FaceShape[shape]] = value
    yaw, pitch = np.radians(look).tolist()
    return Pose(0.0, rotation, opinion, None, weight, np.ones(FACE_COUNT, np.float32), (yaw, pitch))


def make(out: Path, performer: str = "leo", follower: str = "luna") -> None:
    """Write the picture: above the performer as the camera sees him, below who follows him."""
    capture = Capture(PushCamera(SIZE), MediaPipeTracker())
    capture.driver = type(capture.driver)(ahead=0.0)
    capture.solver.calibrate()
    shown: list[np.ndarray] = []
    settings = {"size": SIZE, "fps": FPS, "view": "close", "label": False, "quality": "high"}
    with avatar.Session(performer, **settings) as stage, avatar.Session(follower, **settings) as by:
        stage.performers[0].add(Actor())
        by.performers[0].add(capture.driver)
        pane = Pane(SIZE)
        frames, seen = stage.frames(1e9), by.frames(1e9)
        for part in range(len(PARTS)):
            until = NEUTRAL + part * (REACH + HELD) - 0.08
            while True:
                frame = next(frames)
                capture.take(VideoFrame(frame.t, frame.pixels))
                below = next(seen)
                if frame.t >= until:
                    break
            above = pane.fit(VideoFrame(frame.t, frame.pixels), capture.seen, points=True)
            shown.append(np.concatenate([above[..., :3], below.pixels[..., :3]], 0))
    capture.close()
    Image.fromarray(np.concatenate(shown, 1)).save(out, quality=86)


if __name__ == "__main__":
    make(Path(sys.argv[1] if len(sys.argv) > 1 else "capture.jpg"))
