"""Milliseconds a frame by stage, as JSON, per tier and size, with a finish between stages.

For each stage: mean wall time and mean processor time (all threads together, so it holds under
other load too) over the frames measured; ``first_frame`` is upload plus two frames.

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
    """Mean time of each stage, ms (the mean, for the shadow is not drawn in every frame)."""

    def __init__(self) -> None:
        self._spent: dict[str, list[tuple[float, float]]] = {}

    def start(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def stop(self, stage: str) -> None:
        wall, cpu = time.perf_counter() - self._wall, time.process_time() - self._cpu
        self._spent.setdefault(stage, []).append((1000 * wall, 1000 * cpu))
        self.start()

    def mean(self, column: int) -> dict[str, float]:
        """By stage; column 0 is wall time, 1 processor time."""
        means = {k: float(np.mean(v, axis=0)[column]) for k, v in self._spent.items()}
        return {k: round(v, 2) for k, v in means.items()}


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
        "wall_ms": watch.mean(0),
        "cpu_ms": watch.mean(1),
        "frame_ms": {"min": round(min(whole), 2), "median": round(float(np.median(whole)), 2)},
        "cpu_ms_total": round(sum(watch.mean(1).values()), 2),
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
