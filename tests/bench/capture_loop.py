"""The closed loop of capture: a figure is posed, drawn, tracked and solved, and compared.

Imported by ``capture.py``. A performance is made of sums of sines and of pulses at odd times, drawn
by chance from its seed: the solver was tuned on seed 0 with ``mei`` alone; other seeds, other
figures and spoilt pictures are material it has not seen.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from avatar.apps.capture_analyse import correlation
from avatar.capture.body import _OUT as OUT
from avatar.capture.perform import Capture
from avatar.capture.track import MediaPipeTracker
from avatar.devices.camera import PushCamera
from avatar.math3d import (
    IDENTITY_QUAT,
    quat_conj,
    quat_from_axis_angle,
    quat_from_euler_yxz,
    quat_log,
    quat_mul,
    quat_rotate,
    quat_slerp,
)
from avatar.media import VideoFrame
from avatar.pose import BONE_COUNT, FACE_COUNT, FaceShape, HumanBone, Pose
from avatar.runtime.session import Session

B, F = HumanBone, FaceShape
FPS = 24.0
NEUTRAL = 2.25
"""s of a neutral face before the performance."""
FINGERS = [
    f"{finger}{part}"
    for finger in ("Index", "Middle", "Ring", "Little")
    for part in ("Proximal", "Intermediate", "Distal")
]


class Truth:
    """Holds a pose over everything."""

    layer = "manual"

    def __init__(self) -> None:
        self.pose = Pose()

    def sample(self, t: float) -> Pose:
        return self.pose


class Studio:
    """Draws one pose after the other."""

    def __init__(self, figure: str, view: str, size: tuple[int, int] = (480, 480)) -> None:
        self.session = Session(
            figure, size=size, quality="standard", view=view, label=False, fps=FPS
        )
        self.performer = self.session.performers[0]
        self.truth = Truth()
        self.performer.drivers[:] = [self.truth]
        self.frames = self.session.frames(1e9)

    def draw(self, pose: Pose) -> VideoFrame:
        self.truth.pose = pose
        return next(self.frames)


def pose_of(head: Any, gaze: Any, shapes: dict[str, float], bones: dict[B, Any]) -> Pose:
    weight = np.zeros(FACE_COUNT, np.float32)
    for name, value in shapes.items():
        for shape in F:
            if shape.name.removesuffix("Left").removesuffix("Right") == name:
                weight[shape] = value
    rotation = np.tile(IDENTITY_QUAT, (BONE_COUNT, 1)).astype(np.float64)
    turn = quat_from_euler_yxz(*head)
    rotation[B.neck], rotation[B.head] = (quat_slerp(IDENTITY_QUAT, turn, k) for k in (0.4, 0.6))
    for side, sign in (("left", -1.0), ("right", 1.0)):
        rotation[B[f"{side}UpperArm"]] = quat_from_axis_angle([0, 0, 1.0], sign * np.radians(70))
    for bone, q in bones.items():
        rotation[bone] = q
    ones = np.ones(BONE_COUNT, np.float32), np.ones(FACE_COUNT, np.float32)
    return Pose(0.0, rotation.astype(np.float32), ones[0], None, weight, ones[1], tuple(gaze))


def head_of(pose: Pose) -> Any:
    q = pose.rotation[B.spine]
    for bone in (B.chest, B.upperChest, B.neck, B.head):
        q = quat_mul(q, pose.rotation[bone])
    return q


def pulses(t: Any, starts: list[float], length: float) -> Any:
    inside = [(t >= s) & (t < s + length) for s in starts]
    return np.any(inside, 0).astype(float)


@dataclass(frozen=True)
class Performance:
    """What the face does, F pictures."""

    head: Any
    """float64[F, 3], yaw, pitch, roll, rad."""
    gaze: Any
    """float64[F, 2], yaw, pitch, rad."""
    shapes: dict[str, Any]
    """float64[F] by shape, without Left and Right."""


def performance(seconds: float, fps: float, seed: int = 0) -> Performance:
    """Head, gaze and face of a performance; seed 0 is the one the solver was tuned on."""
    t = np.arange(round(seconds * fps)) / fps
    ease = np.clip(t / 0.5, 0, 1)[:, None]
    if seed == 0:
        head = [18 * np.sin(1.3 * t), 9 * np.sin(0.9 * t + 1) - 7.5, 11 * np.sin(0.7 * t)]
        gaze = [14 * np.sin(0.8 * t + 2), 7 * np.sin(1.1 * t)]
        blinks = [0.9 + 1.37 * k for k in range(int(seconds / 1.37))]
        waves = [np.sin(2.9 * t), np.sin(0.9 * t - 0.5), np.sin(1.15 * t + 2.5)]
    else:
        rng = np.random.default_rng(seed)

        def wave(slow: float, quick: float) -> Any:
            parts = [np.sin(rng.uniform(slow, quick) * t + rng.uniform(0, 6.3)) for _ in range(2)]
            return (0.65 * parts[0] + 0.35 * parts[1]) * 1.15

        head = [22 * wave(0.6, 2.0), 11 * wave(0.5, 1.6) - 3, 13 * wave(0.4, 1.3)]
        gaze = [15 * wave(0.5, 1.5), 8 * wave(0.5, 1.5)]
        gaps = np.cumsum(rng.uniform(0.6, 2.2, int(seconds)))
        blinks = [float(gap) for gap in gaps if gap < seconds - 0.3]
        waves = [wave(2, 6), wave(0.6, 1.6), wave(0.7, 1.8)]
    up, down = np.clip(waves[2], 0, 1), np.clip(-waves[2], 0, 1)
    shapes = {
        "eyeBlink": pulses(t, blinks, max(0.13, 2.2 / fps)),
        "jawOpen": 0.6 * np.clip(waves[0], 0, 1) ** 2,
        "mouthSmile": np.clip(waves[1], 0, 1), "browInnerUp": up, "browOuterUp": up,
        "browDown": down,
    }  # fmt: skip
    return Performance(
        np.radians(np.stack(head, 1)) * ease, np.radians(np.stack(gaze, 1)) * ease, shapes
    )


def face(
    figure: str,
    seconds: float,
    *,
    seed: int = 0,
    fps: float = FPS,
    spoil: Callable[[Any], Any] = lambda pixels: pixels,
) -> dict[str, Any]:
    """Head, gaze, lids, mouth, smile and brows of a rendered performance."""
    studio = Studio(figure, "bust")
    capture = Capture(PushCamera((480, 480)), MediaPipeTracker())
    capture.driver = type(capture.driver)(ahead=0.0)
    capture.solver.calibrate()
    meant = performance(seconds, fps, seed)
    count, still = len(meant.head), round(NEUTRAL * fps)
    shown: list[Pose] = []
    lost = 0
    for i in range(-still, count):
        if i >= -2 or i == -still:  # a neutral face need not be drawn again and again
            k = max(i, 0)
            shapes = {} if i < 0 else {name: values[k] for name, values in meant.shapes.items()}
            angles, look = ((0, 0, 0), (0, 0)) if i < 0 else (meant.head[k], meant.gaze[k])
            frame = studio.draw(pose_of(angles, look, shapes, {}))
        at = (i + still) / fps
        capture.take(VideoFrame(at, spoil(frame.pixels)))
        pose = capture.driver.sample(at)
        if i >= 0:
            assert pose is not None
            shown.append(pose)
            lost += not len(capture.seen.points)
    capture.close()
    studio.session.close()
    solving = round(1e3 * float(np.median(capture.solving)), 2)
    return {"pictures": count, "lost": lost, **compared(meant, shown), "solve_ms_p50": solving}


def compared(meant: Performance, shown: list[Pose]) -> dict[str, Any]:
    """Figures of what was shown against what was meant."""
    weight = np.stack([pose.weight for pose in shown])
    looked = np.array([pose.gaze or (0.0, 0.0) for pose in shown])
    head = np.array([head_of(pose) for pose in shown])
    truth = quat_from_euler_yxz(*meant.head.T)
    error = np.degrees(np.linalg.norm(quat_log(quat_mul(quat_conj(truth), head)), axis=1))
    shapes = meant.shapes
    shut = weight[:, [F.eyeBlinkLeft, F.eyeBlinkRight]].mean(1) > 0.7
    down = weight[:, [F.browDownLeft, F.browDownRight]].mean(1)
    smile = weight[:, [F.mouthSmileLeft, F.mouthSmileRight]].mean(1)
    off = np.degrees(np.abs(looked - meant.gaze)[shapes["eyeBlink"] == 0])
    return {
        "head_error_deg_mean": round(float(error.mean()), 2),
        "head_error_deg_p95": round(float(np.percentile(error, 95)), 2),
        "gaze_error_deg_mean": off.mean(0).round(2).tolist(),
        "gaze_r": [round(correlation(looked[:, i], meant.gaze[:, i]), 3) for i in range(2)],
        "blink_f1_within_2": round(f1(shapes["eyeBlink"] > 0.5, shut, 2), 3),
        "mouth_r": round(correlation(weight[:, F.jawOpen], shapes["jawOpen"]), 3),
        "smile_r": round(correlation(smile, shapes["mouthSmile"]), 3),
        "brow_r": round(
            correlation(
                weight[:, F.browInnerUp] - down, shapes["browInnerUp"] - shapes["browDown"]
            ), 3
        ),
        "brow_down_r": round(correlation(down, shapes["browDown"]), 3),
    }  # fmt: skip


def noisy(sigma: float, seed: int = 1) -> Callable[[Any], Any]:
    """Adds a camera's noise of ``sigma`` grey levels."""
    rng = np.random.default_rng(seed)

    def spoil(pixels: Any) -> Any:
        out = pixels.copy()
        noise = rng.normal(0, sigma, pixels.shape[:2])[..., None]
        out[..., :3] = np.clip(out[..., :3] + noise, 0, 255).astype(np.uint8)
        return out

    return spoil


def dim(part: float = 0.15) -> Callable[[Any], Any]:
    """A room with ``part`` of the light, and the noise that goes with it."""
    noise = noisy(4.0)

    def spoil(pixels: Any) -> Any:
        out = pixels.copy()
        out[..., :3] = (out[..., :3] * part).astype(np.uint8)
        return noise(out)

    return spoil


HELD_OUT: dict[str, dict[str, Any]] = {
    "mei, other motion": {"figure": "mei", "seed": 7},
    "anna": {"figure": "anna", "seed": 3},
    "ming": {"figure": "ming", "seed": 4},
    "leo": {"figure": "leo", "seed": 5},
    "anna, noise": {"figure": "anna", "seed": 8, "spoil": noisy(8.0)},
    "ming, 15 fps": {"figure": "ming", "seed": 9, "fps": 15.0},
    "leo, low light": {"figure": "leo", "seed": 10, "spoil": dim()},
}


def held_out(seconds: float) -> dict[str, Any]:
    """Performances, figures and pictures that nothing was tuned on, and their mean."""
    found = {name: face(seconds=seconds, **how) for name, how in HELD_OUT.items()}
    keys = [k for k, v in next(iter(found.values())).items() if isinstance(v, float)]
    found["mean"] = {k: round(float(np.mean([one[k] for one in found.values()])), 3) for k in keys}
    return found


def f1(truth: Any, found: Any, slack: int) -> float:
    """Events that overlap within ``slack`` pictures."""

    def spans(on: Any) -> list[tuple[int, int]]:
        edges = np.flatnonzero(np.diff(np.concatenate([[0], on.astype(int), [0]])))
        return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]

    def met(a: tuple[int, int], others: list[tuple[int, int]]) -> bool:
        return any(a[0] - slack < b[1] and b[0] < a[1] + slack for b in others)

    meant, seen = spans(truth), spans(found)
    hits = sum(met(a, seen) for a in meant)
    right = sum(met(b, meant) for b in seen)
    recall, precision = hits / max(len(meant), 1), right / max(len(seen), 1)
    return 2 * recall * precision / max(recall + precision, 1e-9)


def body(figure: str, steps: int, *, seed: int = 5, wide: bool = False) -> dict[str, Any]:
    """Arms and fingers of rendered poses: direction of each arm bone, curl of the fingers.

    ``wide``: arms anywhere aside and before the body; else folded, the hands before it.
    """
    studio = Studio(figure, "half", (880, 600))
    rng = np.random.default_rng(seed)
    errors: list[float] = []
    curls: list[tuple[float, float]] = []
    seen_arms = seen_hands = 0
    tracker = MediaPipeTracker(body=True, hands=True)
    capture = Capture(PushCamera((880, 600)), tracker)
    capture.solver.rest = studio.performer.rest
    at = 0.0
    for _ in range(steps):
        curl = float(rng.uniform(0, 1))
        bones: dict[B, Any] = {}
        for side, sign in (("left", -1.0), ("right", 1.0)):
            low, high = (20, 80) if wide else (68, 82)
            down = quat_from_axis_angle([0, 0, 1.0], sign * np.radians(rng.uniform(low, high)))
            turn = rng.uniform(-120, -60) if wide else -90
            fore = quat_from_axis_angle([1.0, 0, 0], np.radians(turn))
            low, high = (60, 140) if wide else (135, 150)
            bend = quat_from_axis_angle([0, 1.0, 0], sign * np.radians(rng.uniform(low, high)))
            bones[B[f"{side}UpperArm"]] = quat_mul(down, fore)
            bones[B[f"{side}LowerArm"]] = bend
            for name in FINGERS:
                bones[B[side + name]] = quat_from_axis_angle(
                    [0, 0, 1.0], sign * curl * np.radians(75)
                )
        pose = pose_of((0, 0, 0), (0, 0), {}, bones)
        for _ in range(5):
            frame = studio.draw(pose)
            at += 0.2
            solved = None
            seen = tracker.track(VideoFrame(at, frame.pixels))
            solved = capture.solver.solve(seen)
        for side in ("left", "right"):
            if solved.rotation_w[B[f"{side}UpperArm"]] > 0:
                seen_arms += 1
                errors += arm_errors(pose, solved, side)
            if solved.rotation_w[B[f"{side}IndexProximal"]] > 0:
                seen_hands += 1
                found = [
                    np.linalg.norm(quat_log(solved.rotation[B[side + name]])) for name in FINGERS
                ]
                curls.append((curl, float(np.mean(found))))
    capture.close()
    studio.session.close()
    pairs = np.array(curls) if curls else np.zeros((0, 2))
    return {
        "poses": steps, "arms_seen": seen_arms / (2 * steps),
        "hands_seen": seen_hands / (2 * steps),
        "arm_swing_error_deg_mean": round(float(np.mean(errors)), 1) if errors else None,
        "finger_curl_r": round(correlation(pairs[:, 0], pairs[:, 1]), 3),
    }  # fmt: skip


def arm_errors(pose: Pose, solved: Pose, side: str) -> list[float]:
    """Degrees between where upper and lower arm point and where they were meant to."""
    found: list[float] = []
    for bones in ((f"{side}UpperArm",), (f"{side}UpperArm", f"{side}LowerArm")):
        ways = []
        for one, base in ((pose, ()), (solved, ("spine", "chest", "upperChest"))):
            q = IDENTITY_QUAT
            for name in (*base, *bones):
                q = quat_mul(q, one.rotation[B[name]])
            ways.append(quat_rotate(q, OUT[side]))
        found.append(float(np.degrees(np.arccos(np.clip(ways[0] @ ways[1], -1, 1)))))
    return found
