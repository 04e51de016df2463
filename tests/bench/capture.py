"""The closed loop: a figure is posed, drawn, tracked and solved, and compared with what was meant.

``python tests/bench/capture.py`` prints JSON. ``--part`` for one alone (``--help`` lists them),
``--figure`` for another figure. Because the loop favours us, real clips are analysed too.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import capture_clap  # noqa: E402
from capture_loop import B, body, f1, face, held_out  # noqa: E402

from avatar import fetch  # noqa: E402
from avatar.animation.clip import read_motion  # noqa: E402
from avatar.animation.gestures import library  # noqa: E402
from avatar.apps.capture_analyse import figures  # noqa: E402
from avatar.capture.body import _OUT as OUT  # noqa: E402
from avatar.capture.perform import Capture  # noqa: E402
from avatar.capture.smooth import PoseFilter  # noqa: E402
from avatar.capture.solve import Solver  # noqa: E402
from avatar.capture.track import MediaPipeTracker  # noqa: E402
from avatar.character import load  # noqa: E402
from avatar.clock import MonotonicClock  # noqa: E402
from avatar.devices.camera import open_camera  # noqa: E402
from avatar.math3d import (  # noqa: E402
    IDENTITY_QUAT,
    quat_from_euler_yxz,
    quat_log,
    quat_mul,
    quat_rotate,
    quat_slerp,
)
from avatar.media import BodyPoints, Landmarks  # noqa: E402
from avatar.pose import BONE_COUNT, BONE_PARENT, HumanBone, Pose  # noqa: E402
from avatar.resources import figure_path  # noqa: E402
from avatar.runtime.performer import Performer  # noqa: E402

SHARED = ROOT.parent / "shared" / "data"
CLIPS = (
    "face/WolfgangLanger_Pexels.mp4", "face/single_face.mp4", "face/face_noface.mov",
    "speech/brbk7n.mpg", "speech/swiz3n.mpg",
)  # fmt: skip


BLINKS = {
    "face/WolfgangLanger_Pexels.mp4": ((248, 248), (288, 288), (386, 387), (426, 431)),
    "face/single_face.mp4": ((26, 28),),
    "speech/brbk7n.mpg": ((21, 23),),
}
"""Blinks counted by eye in strips of every picture: the first and the last picture with closed
lids. She of the first clip also begins and ends it with closed eyes (0-139, 440-471): no blinks."""


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


NO_FACE = np.zeros((0, 3), np.float32)
POINTS = {
    11: B.leftUpperArm, 12: B.rightUpperArm, 13: B.leftLowerArm, 14: B.rightLowerArm,
    15: B.leftHand, 16: B.rightHand, 23: B.leftUpperLeg, 24: B.rightUpperLeg,
}  # fmt: skip
"""Which joint a point of the tracker is."""


def motion(figure: str) -> dict[str, Any]:
    """Known motion as world landmarks, solved: a walk (BVH), and every gesture there is."""
    performer = Performer(load(figure_path(figure)))
    walk = read_motion(SHARED / "motion" / "walk1.bvh")
    poses = [walk.sample(t) for t in np.arange(0, walk.duration, 1 / 30)]
    found = {"walk": _followed(performer, poses)}
    made: list[Pose] = []
    now = 1.0
    for name in library():
        over = performer.gesture(name, now)
        made += [performer.pose(t) for t in np.arange(now, over, 0.1)]
        now = over + 1.0
    found["gestures"] = _followed(performer, made)
    return found


def _followed(performer: Performer, poses: list[Pose]) -> dict[str, Any]:
    """Swing errors, deg, of the solve of ``poses`` seen without any noise."""
    rest, solver = performer.rest, Solver()
    off: dict[str, list[float]] = {"upper_arm": [], "lower_arm": [], "trunk": []}
    for pose in poses:
        turns, places = _placed(pose, rest)
        body = _as_points(places)
        seen = solver.solve(Landmarks(pose.t, NO_FACE, 0.0, None, {}, (640, 480), body))
        solved, again = _placed(seen, rest)
        for side in ("left", "right"):
            if seen.rotation_w[B[f"{side}UpperArm"]] > 0:
                for part in ("Upper", "Lower"):
                    bone = B[f"{side}{part}Arm"]
                    ways = [quat_rotate(t[bone], OUT[side]) for t in (turns, solved)]
                    off[f"{part.lower()}_arm"].append(_angle(*ways))
        if seen.rotation_w[B.spine] > 0:
            off["trunk"].append(_angle(_upright(places), _upright(again)))
    errors = {f"{k}_deg_mean": round(float(np.mean(v)), 1) for k, v in off.items() if v}
    return {"poses": len(poses), "arms_seen": len(off["upper_arm"]) / (2 * len(poses)), **errors}


def _upright(places: Any) -> Any:
    """Direction from the hips to the shoulders, unit."""
    up = places[[B.leftUpperArm, B.rightUpperArm]].sum(0)
    up = up - places[[B.leftUpperLeg, B.rightUpperLeg]].sum(0)
    return up / np.linalg.norm(up)


def _angle(a: Any, b: Any) -> float:
    return float(np.degrees(np.arccos(np.clip(a @ b, -1, 1))))


def _placed(pose: Pose, rest: Any) -> tuple[Any, Any]:
    """Attitude [55, 4] and place [55, 3] of every joint; hips stay where they are."""
    turns = np.tile(IDENTITY_QUAT, (BONE_COUNT, 1)).astype(np.float64)
    places = np.zeros((BONE_COUNT, 3))
    done: set[int] = set()

    def place(bone: int) -> None:
        above = BONE_PARENT[bone]
        if bone in done:
            return
        done.add(bone)
        turn = pose.rotation[bone] if pose.rotation_w[bone] > 0 else IDENTITY_QUAT
        if above < 0 or above == HumanBone.hips:  # the walk's own turn of the hips is not followed
            turns[bone] = turn if above == HumanBone.hips else IDENTITY_QUAT
            places[bone] = rest.offset[bone] if above >= 0 else 0
            return
        place(above)
        turns[bone] = quat_mul(turns[above], turn)
        places[bone] = places[above] + quat_rotate(turns[above], rest.offset[bone])

    for bone in range(BONE_COUNT):
        place(bone)
    return turns, places


def _as_points(places: Any) -> BodyPoints:
    """What an ideal tracker makes of the joints, 250 px a metre."""
    world = np.zeros((33, 3))
    for point, bone in POINTS.items():
        world[point] = places[bone] * [1, -1, -1]
    picture = world * [250 / 640, 250 / 480, 250 / 640] + [0.5, 0.7, 0]
    return BodyPoints(picture.astype(np.float32), world.astype(np.float32), np.ones(33, np.float32))


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
    return {Path(name).name: _clip(name) for name in CLIPS if (SHARED / name).is_file()}


def _clip(name: str) -> dict[str, Any]:
    """Figures of a real clip, and its blinks against those counted by eye."""
    found = figures(SHARED / name)
    if name in BLINKS:
        told = [[round(at * found["fps"]) for at in span] for span in found["blink_times"]]
        found["blinks_by_eye"] = len(BLINKS[name])
        seen = [(first, last - 1) for first, last in told]
        found["blink_f1_within_2"] = f1(
            _during(BLINKS[name], found["pictures"]), _during(seen, found["pictures"]), 2
        )
    return found


def _during(spans: Any, pictures: int) -> Any:
    """bool[pictures], true from the first to the last picture of each span."""
    at = np.arange(pictures)
    return np.any([(at >= first) & (at <= last) for first, last in spans], 0)


def voice() -> dict[str, Any]:
    """The voice against its picture, in a file and live; live needs a display."""
    with tempfile.TemporaryDirectory() as folder:
        found = {"file": capture_clap.filmed(Path(folder))}
        if os.environ.get("DISPLAY"):
            for lips in ("tracking", "both"):
                found[f"live, {lips}"] = capture_clap.lived(Path(folder), lips)
    return found


PARTS = ("rest", "face", "held_out", "body", "body_held_out", "motion", "voice", "time", "clips")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--figure", default="mei")
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--part", choices=PARTS)
    wanted = parser.parse_args()
    fetch.fetch("face")
    parts = {
        "rest": rest,
        "face": lambda: face(wanted.figure, wanted.seconds),
        "held_out": lambda: held_out(wanted.seconds),
        "body": lambda: body(wanted.figure, 8),
        "body_held_out": lambda: {
            figure: body(figure, 8, seed=seed, wide=True)
            for seed, figure in enumerate(("mei", "anna", "leo"), 11)
        },
        "motion": lambda: motion(wanted.figure),
        "voice": voice,
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
