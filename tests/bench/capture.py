"""The closed loop: a figure is posed, drawn, tracked and solved, and compared with what was meant.

``python tests/bench/capture.py`` prints JSON. ``--part rest|face|body|time|clips`` for one alone,
``--figure`` for another figure. Because the loop favours us, real clips are analysed too.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from avatar import fetch  # noqa: E402
from avatar.apps.capture_analyse import correlation, figures  # noqa: E402
from avatar.capture.body import _OUT as OUT  # noqa: E402
from avatar.capture.perform import Capture  # noqa: E402
from avatar.capture.smooth import PoseFilter  # noqa: E402
from avatar.capture.track import MediaPipeTracker  # noqa: E402
from avatar.clock import MonotonicClock  # noqa: E402
from avatar.devices.camera import PushCamera, open_camera  # noqa: E402
from avatar.math3d import (  # noqa: E402
    IDENTITY_QUAT,
    quat_conj,
    quat_from_axis_angle,
    quat_from_euler_yxz,
    quat_log,
    quat_mul,
    quat_rotate,
    quat_slerp,
)
from avatar.media import VideoFrame  # noqa: E402
from avatar.pose import BONE_COUNT, FACE_COUNT, FaceShape, HumanBone, Pose  # noqa: E402
from avatar.runtime.session import Session  # noqa: E402

B, F = HumanBone, FaceShape
SHARED = ROOT.parent / "shared" / "data"
CLIPS = (
    "face/WolfgangLanger_Pexels.mp4", "face/single_face.mp4", "face/face_noface.mov",
    "speech/brbk7n.mpg", "speech/swiz3n.mpg",
)  # fmt: skip
FPS = 24.0
NEUTRAL = 54
"""Pictures of a neutral face before the performance."""
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


def face(figure: str, seconds: float) -> dict[str, Any]:
    """Head, gaze, lids, mouth, smile and brows of a rendered performance."""
    studio = Studio(figure, "bust")
    capture = Capture(PushCamera((480, 480)), MediaPipeTracker())
    capture.driver = type(capture.driver)(ahead=0.0)
    capture.solver.calibrate()
    count = round(seconds * FPS)
    t = np.arange(count) / FPS
    ease = np.clip(t / 0.5, 0, 1)
    head = np.radians(
        np.stack([18 * np.sin(1.3 * t), 9 * np.sin(0.9 * t + 1) - 7.5, 11 * np.sin(0.7 * t)], 1)
    ) * ease[:, None]  # fmt: skip
    gaze = np.radians(np.stack([14 * np.sin(0.8 * t + 2), 7 * np.sin(1.1 * t)], 1)) * ease[:, None]
    blink = pulses(t, [0.9 + 1.37 * k for k in range(int(seconds / 1.37))], 0.13)
    jaw = 0.6 * np.clip(np.sin(2.9 * t), 0, 1) ** 2
    smile = np.clip(np.sin(0.9 * t - 0.5), 0, 1)
    brow = np.clip(np.sin(1.15 * t + 2.5), 0, 1)
    frown = np.clip(-np.sin(1.15 * t + 2.5), 0, 1)
    rows: dict[str, list[Any]] = {"head": [], "gaze": [], "weight": [], "solve": []}
    lost = 0
    for i in range(-NEUTRAL, count):
        k = max(i, 0)
        shapes = {} if i < 0 else {
            "eyeBlink": blink[k], "jawOpen": jaw[k], "mouthSmile": smile[k],
            "browInnerUp": brow[k], "browOuterUp": brow[k], "browDown": frown[k],
        }  # fmt: skip
        angles, look = (np.zeros(3), np.zeros(2)) if i < 0 else (head[k], gaze[k])
        if i >= -2 or i == -NEUTRAL:  # a neutral face need not be drawn again and again
            frame = studio.draw(pose_of(angles, look, shapes, {}))
        at = (i + NEUTRAL) / FPS
        capture.take(VideoFrame(at, frame.pixels))
        shown = capture.driver.sample(at)
        if i < 0:
            continue
        lost += not len(capture.seen.points)
        rows["head"].append(head_of(shown))
        rows["gaze"].append(shown.gaze or (0, 0))
        rows["weight"].append(shown.weight)
    weight, looked = np.array(rows["weight"]), np.array(rows["gaze"])
    truth = quat_from_euler_yxz(*head.T)
    error = np.degrees(
        np.linalg.norm(quat_log(quat_mul(quat_conj(truth), np.array(rows["head"]))), axis=1)
    )
    shut = weight[:, [F.eyeBlinkLeft, F.eyeBlinkRight]].mean(1) > 0.7
    brows = weight[:, F.browInnerUp] - weight[:, [F.browDownLeft, F.browDownRight]].mean(1)
    gaze_error = np.degrees(np.abs(looked - gaze)[blink == 0])
    capture.close()
    studio.session.close()
    return {
        "pictures": count, "lost": lost,
        "head_error_deg_mean": round(float(error.mean()), 2),
        "head_error_deg_p95": round(float(np.percentile(error, 95)), 2),
        "gaze_error_deg_mean": gaze_error.mean(0).round(2).tolist(),
        "gaze_r": [round(correlation(looked[:, i], gaze[:, i]), 3) for i in range(2)],
        "blink_f1_within_2": round(f1(blink > 0.5, shut, 2), 3),
        "mouth_r": round(correlation(weight[:, F.jawOpen], jaw), 3),
        "smile_r": round(
            correlation(weight[:, [F.mouthSmileLeft, F.mouthSmileRight]].mean(1), smile), 3
        ),
        "brow_r": round(correlation(brows, brow - frown), 3),
        "solve_ms_p50": round(1e3 * float(np.median(capture.solving)), 2),
    }  # fmt: skip


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


def body(figure: str, steps: int) -> dict[str, Any]:
    """Arms and fingers of rendered poses: direction of each arm bone, curl of the fingers."""
    studio = Studio(figure, "half", (880, 600))
    rng = np.random.default_rng(5)
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
            down = quat_from_axis_angle([0, 0, 1.0], sign * np.radians(rng.uniform(68, 82)))
            fore = quat_from_axis_angle([1.0, 0, 0], np.radians(-90))
            bend = quat_from_axis_angle([0, 1.0, 0], sign * np.radians(rng.uniform(135, 150)))
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


def rest() -> dict[str, Any]:
    """Jitter of a still head after filtering, and lag of a moving one."""
    rng = np.random.default_rng(2)
    fps, seconds = 30.0, 12.0
    t = np.arange(round(fps * seconds)) / fps
    noise = np.radians(rng.normal(0, [0.14, 0.29, 0.14], (len(t), 3)))  # FACTS: the tracker's own
    still = _filtered(t, noise)
    rms = float(np.sqrt((np.degrees(still[30:]) ** 2).sum(1).mean()))
    raw = float(np.sqrt((np.degrees(noise) ** 2).sum(1).mean()))
    moving = np.radians(20 * np.sin(2 * np.pi * 0.5 * t))[:, None] * [1.0, 0, 0]
    shown = _filtered(t, moving + noise)
    steps = np.arange(0, 0.2, 0.002)
    late = [np.abs(shown[60:, 0] - np.interp(t[60:] - s, t, moving[:, 0])).mean() for s in steps]
    return {
        "raw_rms_deg": round(raw, 3), "head_rest_rms_deg": round(rms, 3),
        "lag_ms": round(1e3 * float(steps[int(np.argmin(late))]), 0),
    }  # fmt: skip


def _filtered(t: Any, angles: Any) -> Any:
    smooth, out = PoseFilter(), []
    opinion = np.zeros(BONE_COUNT, np.float32)
    opinion[[B.neck, B.head]] = 1
    for at, (yaw, pitch, roll) in zip(t, angles, strict=True):
        rotation = np.tile(IDENTITY_QUAT, (BONE_COUNT, 1)).astype(np.float64)
        turn = quat_from_euler_yxz(yaw, pitch, roll)
        rotation[B.neck], rotation[B.head] = (
            quat_slerp(IDENTITY_QUAT, turn, k) for k in (0.4, 0.6)
        )
        pose = smooth(Pose(at, rotation.astype(np.float32), opinion))
        q = quat_mul(pose.rotation[B.neck], pose.rotation[B.head])
        out.append(quat_log(q)[[1, 0, 2]])
    return np.array(out)


def times() -> dict[str, Any]:
    """Grab to pose, face only, of a clip played in real time into a thread; nothing is drawn."""
    clock = MonotonicClock()
    camera = open_camera(SHARED / CLIPS[0], clock=clock)
    capture = Capture(camera, MediaPipeTracker(), clock=clock)
    capture.start()
    while clock.now() < 6 and capture.running:
        capture.driver.sample(clock.now())
        time.sleep(1 / 60)
    capture.close()
    late = 1e3 * np.array(capture.latency)[5:]
    return {
        "pictures": len(late),
        "grab_to_pose_ms_p50": round(float(np.median(late)), 1),
        "grab_to_pose_ms_p95": round(float(np.percentile(late, 95)), 1),
        "solve_ms_p50": round(1e3 * float(np.median(capture.solving)), 2),
        "load": os.getloadavg()[0],
    }


def clips() -> dict[str, Any]:
    return {Path(name).name: figures(SHARED / name) for name in CLIPS if (SHARED / name).is_file()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--figure", default="mei")
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--part", choices=["rest", "face", "body", "time", "clips"])
    wanted = parser.parse_args()
    fetch.fetch("face")
    parts = {
        "rest": rest,
        "face": lambda: face(wanted.figure, wanted.seconds),
        "body": lambda: body(wanted.figure, 8),
        "time": times,
        "clips": clips,
    }
    found: dict[str, Any] = {}
    for name, measure in parts.items():
        if wanted.part in (None, name):
            begun = time.process_time()
            found[name] = measure()
            found[name]["cpu_s"] = round(time.process_time() - begun, 1)
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
