"""Milliseconds a frame of kagra (PyPI, 0.1.4) drawing a VRM; run by ``speed.py`` with the
interpreter that has kagra. Arguments: FIGURE WIDTH HEIGHT FRAMES EYE_Y DISTANCE FOV PICTURE.

Every frame moves the head, both arms and the springs, and is read back by kagra's own
``grab_frame``, as ours is.
"""

from __future__ import annotations

import json
import math
import sys
import time

import kagra  # type: ignore[import-not-found]
from kagra.camera3d import Camera3D  # type: ignore[import-not-found]

figure, width, height, frames, eye_y, distance, fov, picture = sys.argv[1:]
size, wanted, warm_up = (int(width), int(height)), int(frames), 5
times: list[float] = []
state = {"vrm": -1, "last": 0.0, "frame": 0}


def ready() -> None:
    state["vrm"] = kagra.load_vrm(figure)
    camera = Camera3D(*size, fov_deg=float(fov))
    camera.use_orbit(radius=float(distance), phi=0.0, target=(0, float(eye_y), 0))
    kagra.set_camera3d(camera)
    kagra.set_grab_frames(True)
    state["last"] = time.perf_counter()


def update(_: float) -> None:
    now = time.perf_counter()
    if kagra.grab_frame() is not None:
        times.append(1000 * (now - state["last"]))
    state["last"] = now
    t = state["frame"] / 30
    state["frame"] += 1
    vrm = state["vrm"]
    kagra.set_vrm_bone_euler(vrm, "head", 0, 0.2 * math.sin(3 * t), 0)
    kagra.set_vrm_bone_euler(vrm, "leftUpperArm", 0, 0, -1.2 + 0.1 * math.sin(2 * t))
    kagra.set_vrm_bone_euler(vrm, "rightUpperArm", 0, 0, 1.2 + 0.1 * math.sin(2 * t))
    kagra.step_vrm_spring(vrm, 1 / 30)
    if state["frame"] == wanted + warm_up:
        kagra.screenshot(picture)


def draw() -> None:
    kagra.draw_vrm(state["vrm"])


kagra.init(*size, "peer", 1000, visible=False)
kagra.run(update, draw, max_frames=wanted + warm_up + 2, fixed_dt=1 / 30, on_ready=ready)
print(json.dumps({"times": times[warm_up:]}))
