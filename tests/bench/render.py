"""Milliseconds a frame by stage, as JSON, per tier and size, with a finish between stages.

For each stage: the least wall time and the least processor time (all threads together, so it
holds under other load too) over the frames measured; ``first_frame`` is upload plus one frame.

    python tests/bench/render.py [--figure mei] [--view bust] [--frames 24] [--tier standard ...]
"""

from __future__ import annotations

import argparse
import json
import os
import time
from typing import Any

import numpy as np

from avatar.animation.idle import IdleDriver
from avatar.animation.mixer import Mixer
from avatar.animation.rig import Rig
from avatar.character import load
from avatar.character.character import Character
from avatar.pose import RigState
from avatar.render import Renderer, Staged, frame_camera, offscreen
from avatar.render.surface import Surface
from avatar.resources import figure_path

SIZES = ((1280, 720), (1920, 1080))


class Stopwatch:
    """Least time of each stage, ms."""

    def __init__(self) -> None:
        self.wall: dict[str, float] = {}
        self.cpu: dict[str, float] = {}
        self.frames: list[float] = []

    def start(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def stop(self, stage: str) -> None:
        wall, cpu = time.perf_counter(), time.process_time()
        for table, spent in ((self.wall, wall - self._wall), (self.cpu, cpu - self._cpu)):
            table[stage] = min(table.get(stage, 1e9), 1000 * spent)
        self.start()


def states(character: Character, count: int) -> list[RigState]:
    """An idle figure, 30 frames a second."""
    rig, idle, mixer = Rig(character), IdleDriver(0), Mixer()
    return [
        rig.advance(mixer.mix([(idle.layer, idle.sample(i / 30))]), 1 / 30) for i in range(count)
    ]


def measure(
    surface: Surface, character: Character, view: str, tier: str, size: tuple[int, int], frames: int
) -> dict[str, Any]:
    begin = time.perf_counter()
    renderer = Renderer(surface.ctx, size, tier)
    figure = renderer.upload(character)
    camera, place = frame_camera(character, view, size[0] / size[1]), np.eye(4, dtype=np.float32)
    poses = states(character, frames + 2)
    drawn = time.perf_counter()
    for state in poses[:2]:
        renderer.draw([Staged(figure, state, place)], camera, 0.0)
        renderer.read()
    first = time.perf_counter() - drawn
    watch, whole = Stopwatch(), []
    renderer.probe = watch.stop
    for i, state in enumerate(poses[2:]):
        watch.start()
        started = time.perf_counter()
        renderer.draw([Staged(figure, state, place)], camera, i / 30)
        renderer.read()
        watch.stop("read")
        whole.append(1000 * (time.perf_counter() - started))
    figure.release()
    renderer.close()
    return {
        "wall_ms": {k: round(v, 2) for k, v in watch.wall.items()},
        "cpu_ms": {k: round(v, 2) for k, v in watch.cpu.items()},
        "frame_ms": {"min": round(min(whole), 2), "median": round(float(np.median(whole)), 2)},
        "cpu_ms_total": round(sum(watch.cpu.values()), 2),
        "first_frame_s": round(drawn - begin + first, 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--figure", default="mei")
    parser.add_argument("--view", default="bust")
    parser.add_argument("--frames", type=int, default=24)
    parser.add_argument("--tier", action="append")
    chosen = parser.parse_args()
    character, surface = load(figure_path(chosen.figure)), offscreen()
    found = {
        tier: {
            f"{size[1]}p": measure(surface, character, chosen.view, tier, size, chosen.frames)
            for size in SIZES
        }
        for tier in chosen.tier or ("draft", "standard", "high")
    }
    print(
        json.dumps(
            {
                "renderer": surface.ctx.info["GL_RENDERER"],
                "cores": os.cpu_count(),
                "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
                "figure": chosen.figure,
                "view": chosen.view,
                "tiers": found,
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
