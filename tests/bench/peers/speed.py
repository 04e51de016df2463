"""Milliseconds a frame beside three.js + three-vrm and kagra, on one machine in one run, as JSON.

    python tests/bench/peers/speed.py [--figure mei] [--frames 60] [--rounds 3] [--save DIR]

720p, bust, one directional light, no anti-aliasing; every frame moves the head and both arms,
twelve face shapes and all springs, and ends when its picture is drawn (one pixel is read). Ours
and Chromium's take turns ``rounds`` times; the medians of all frames are compared, and the
quickest frames, which suffer least from other work on the machine. Chromium draws with the same
OpenGL driver (ANGLE on EGL). ``--kagra PYTHON`` adds kagra, which draws with Vulkan on the same
processor.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
import stress
from browser import open_page

from avatar.animation.rig import Rig
from avatar.character import load
from avatar.pose import BONE_COUNT, FACE_COUNT, HumanBone, Pose
from avatar.render import Camera, Renderer, Staged, frame_camera, offscreen
from avatar.render.quality import Tier
from avatar.render.surface import Surface
from avatar.resources import figures

HERE = Path(__file__).resolve().parent
SIZE = (1280, 720)
SHAPES, WARM_UP = 12, 10
LIGHT = (0.5, 1.0, 1.0)
BARE = Tier("bare", 0, 1, 0, True, False, "variance", 64, 1, False, 0.0)
"""What a plain viewer draws: normal maps, no shadow, no smoothing of edges."""
LOOKS: dict[str, tuple[str | Tier, str]] = {
    "plain": (BARE, "plain"),
    "standard": ("standard", "portrait"),
    "draft": ("draft", "portrait"),
}


def pose_at(t: float) -> Pose:
    """Head, arms and twelve shapes, as ``speed.js`` moves them."""
    rotation = np.tile(np.array([0, 0, 0, 1], np.float32), (BONE_COUNT, 1))
    weight = np.zeros(BONE_COUNT, np.float32)
    for bone, axis, angle in (
        (HumanBone.head, 1, 0.2 * np.sin(3 * t)),
        (HumanBone.leftUpperArm, 2, -1.2 + 0.1 * np.sin(2 * t)),
        (HumanBone.rightUpperArm, 2, 1.2 + 0.1 * np.sin(2 * t)),
    ):
        rotation[bone, 3], rotation[bone, axis] = np.cos(angle / 2), np.sin(angle / 2)
        weight[bone] = 1
    face = np.zeros(FACE_COUNT, np.float32)
    face[:SHAPES] = 0.5 + 0.5 * np.sin(5 * t + np.arange(SHAPES))
    sure = np.ones(FACE_COUNT, np.float32)
    return Pose(t=t, rotation=rotation, rotation_w=weight, weight=face, weight_w=sure)


class Ours:
    """One figure in one look of ours."""

    def __init__(self, surface: Surface, path: Path, quality: str | Tier, light: str) -> None:
        began = time.perf_counter()
        self.character = load(path)
        self.load_ms = (time.perf_counter() - began) * 1000
        self.renderer = Renderer(surface.ctx, SIZE, quality, light=light)
        self.figure = self.renderer.upload(self.character)
        self.rig = Rig(self.character)
        self.camera = frame_camera(self.character, "bust", SIZE[0] / SIZE[1])
        self.clock = 0

    def frames(self, count: int) -> tuple[list[float], list[float]]:
        """Milliseconds of whole frames, and of all that is not drawing."""
        place, times, updates = np.eye(4, dtype=np.float32), [], []
        for frame in range(WARM_UP + count):
            self.clock += 1
            pose = pose_at(self.clock / 30)
            began = time.perf_counter()
            state = self.rig.advance(pose, 1 / 30)
            updated = time.perf_counter()
            self.renderer.draw([Staged(self.figure, state, place)], self.camera, self.clock / 30)
            self.renderer.wait()
            self.renderer.target.read(viewport=(0, 0, 1, 1), components=4)
            if frame >= WARM_UP:
                times.append(1000 * (time.perf_counter() - began))
                updates.append(1000 * (updated - began))
        return times, updates

    def picture(self) -> np.ndarray:
        """uint8[h, w, 4]"""
        return self.renderer.read()

    def close(self) -> None:
        self.figure.release()
        self.renderer.close()


def theirs(path: Path, camera: Camera, frames: int) -> dict[str, Any]:
    """The same in Chromium."""
    return open_page(
        HERE / "speed.js", path,
        width=SIZE[0], height=SIZE[1], fov=np.degrees(camera.fov_y), frames=frames, shapes=SHAPES,
        eye=",".join(map(str, camera.eye)), target=",".join(map(str, camera.target)),
        light=",".join(map(str, LIGHT)),
    )  # fmt: skip


def kagra(python: str, folder: Path, frames: int, rounds: int, save: Path | None) -> dict[str, Any]:
    """The stress figure, PBR and in a file kagra can read, by turns with kagra."""
    path, picture = folder / "dense.vrm", (save or folder) / "kagra.png"
    picture.parent.mkdir(parents=True, exist_ok=True)
    stress.write(path, sparse=False)
    surface = offscreen()
    mine = Ours(surface, path, *LOOKS["plain"])
    camera = mine.camera
    view = (*SIZE, frames, camera.target[1], camera.distance, np.degrees(camera.fov_y), picture)
    command = [python, str(HERE / "kagra_frames.py"), str(path), *map(str, view)]
    ours: list[float] = []
    peers: list[float] = []
    for _ in range(rounds):
        ours += mine.frames(frames)[0]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            return {"error": done.stderr.strip().rpartition("\n")[2]}
        peers += json.loads(done.stdout.strip().rpartition("\n")[2])["times"]
    mine.close()
    surface.close()
    ratio = float(np.median(peers) / np.median(ours))
    return {
        "kagra_ms": middle(peers), "plain_ms": middle(ours),
        "times_as_fast_as_kagra": round(ratio, 2),
    }  # fmt: skip


def middle(times: list[float]) -> dict[str, float]:
    return {"median": round(float(np.median(times)), 2), "min": round(min(times), 2)}


def duel(
    name: str, path: Path, looks: list[str], frames: int, rounds: int, save: Path | None
) -> dict[str, Any]:
    """One figure: our looks and three.js by turns."""
    surface = offscreen()
    ours = {look: Ours(surface, path, *LOOKS[look]) for look in looks}
    camera = next(iter(ours.values())).camera
    spent: dict[str, list[float]] = {}
    rest: dict[str, list[float]] = {}
    found: dict[str, Any] = {}
    for _ in range(rounds):
        for look, mine in ours.items():
            whole, update = mine.frames(frames)
            spent.setdefault(look, []).extend(whole)
            rest.setdefault(look, []).extend(update)
        peer = theirs(path, camera, frames)
        spent.setdefault("three", []).extend(peer["times"])
        rest.setdefault("three", []).extend(peer["updates"])
        found |= {k: peer[k] for k in ("driver", "calls", "triangles", "load_ms")}
        if save is not None:
            save.mkdir(parents=True, exist_ok=True)
            png = base64.b64decode(peer["picture"].partition(",")[2])
            (save / f"{name}_three.png").write_bytes(png)
    result: dict[str, Any] = {"three.js": found}
    for look, times in spent.items():
        result[look] = {"frame_ms": middle(times), "update_ms": middle(rest[look])}
        if look in ours:
            ratio = np.median(spent["three"]) / np.median(times)
            result[look] |= {
                "times_as_fast_as_three": round(float(ratio), 2),
                "by_least_disturbed_frames": round(min(spent["three"]) / min(times), 2),
                "load_ms": round(ours[look].load_ms, 1),
            }
            if save is not None:
                from PIL import Image

                file = save / f"{name}_{look}.png"
                Image.fromarray(ours[look].picture()).save(file)
    for mine in ours.values():
        mine.close()
    surface.close()
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--figure", default="mei")
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=("stress_pbr", "stress_toon", "shipped"), action="append")
    parser.add_argument("--kagra", default="", help="a Python that has kagra (needs a display)")
    parser.add_argument("--save", type=Path, help="folder for the pictures")
    chosen = parser.parse_args()
    report: dict[str, Any] = {"cores": os.cpu_count(), "load": os.getloadavg()[0]}
    with tempfile.TemporaryDirectory() as folder:
        cases = {
            "stress_pbr": (Path(folder) / "pbr.vrm", ["plain"]),
            "stress_toon": (Path(folder) / "toon.vrm", ["plain"]),
            "shipped": (figures()[chosen.figure], ["plain", "standard", "draft"]),
        }
        report["stress"] = stress.write(cases["stress_pbr"][0])
        stress.write(cases["stress_toon"][0], toon=True)
        for name in chosen.only or cases:
            report[name] = duel(name, *cases[name], chosen.frames, chosen.rounds, chosen.save)
        if chosen.kagra:
            report["kagra"] = kagra(
                chosen.kagra, Path(folder), chosen.frames, chosen.rounds, chosen.save
            )
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
