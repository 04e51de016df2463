"""Cost of moving a figure, everything but drawing, as JSON.

Milliseconds of this thread's CPU time a frame (median over the frames, so that other load on
the machine counts little), by stage, for each shipped figure and for a made-up one of 244 nodes
with 40 hair chains, 13 colliders and 70 expressions; at 30 and at 60 frames a second.

    python tests/bench/animation.py [FIGURE ...]
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from avatar.animation.beats import SpeechMotionDriver
from avatar.animation.emotion import EmotionDriver
from avatar.animation.gesture import GestureDriver
from avatar.animation.idle import IdleDriver
from avatar.animation.mixer import Mixer
from avatar.animation.rig import Rig
from avatar.character import load
from avatar.character.character import Character, Collider, Spring, SpringJoint
from avatar.media import AudioChunk, Speech
from avatar.pose import FACE_SHAPES, PRESETS, HumanBone, Pose
from avatar.resources import figure_path, figures
from tests.unit.figures import body_nodes, figure, nodes_of, shapes

CHAINS, JOINTS, COLLIDERS = 40, 4, 13
FRAMES = 240


def heavy() -> Character:
    """A figure as heavy as a long-haired VRM: 244 nodes with the springs' ends."""
    at, body = body_nodes()
    parent = list(body.parent)
    place = [list(m[:3, 3]) for m in Rig(figure(nodes=(at, body))).advance(Pose(), 0).node_world]
    head = at[HumanBone.head]
    springs = []
    for chain in range(CHAINS):
        above, angle, made = head, 2 * np.pi * chain / CHAINS, []
        for i in range(JOINTS + (chain < 29)):
            parent.append(above)
            off = [0.1 * np.sin(angle), 0.1 - 0.07 * i, 0.1 * np.cos(angle)]
            place.append(list(np.add(place[head], off)))
            above = len(parent) - 1
            made.append(SpringJoint(above, 0.01, 0.8, 0.1))
        springs.append(
            Spring(f"hair{chain}", tuple(made), tuple(range(COLLIDERS)), at[HumanBone.hips])
        )
    hung = [HumanBone.head, HumanBone.neck, HumanBone.chest, HumanBone.leftUpperArm]
    colliders = tuple(
        Collider(at[hung[i % 4]], "capsule" if i % 2 else "sphere", (0, 0, 0), 0.06, (0, 0.05, 0))
        for i in range(COLLIDERS)
    )
    return figure(
        shapes((*FACE_SHAPES, *PRESETS)),
        nodes=(at, nodes_of(parent, place)),
        springs=tuple(springs),
        colliders=colliders,
    )


def speech(seconds: float) -> Speech:
    t = np.arange(int(seconds * 16000)) / 16000
    sound = np.sin(2 * np.pi * 170 * t) * (0.5 + 0.5 * np.sin(2 * np.pi * 1.3 * t)) ** 2
    return Speech("bench", AudioChunk(0.0, sound.astype(np.float32), 16000))


class Watch:
    """CPU time of named stages, frame by frame."""

    def __init__(self) -> None:
        self.spent: dict[str, list[float]] = {}

    def run(self, stage: str, work: Callable[[], Any]) -> Any:
        start = time.thread_time()
        made = work()
        self.spent.setdefault(stage, []).append((time.thread_time() - start) * 1e3)
        return made

    def medians(self) -> dict[str, float]:
        return {stage: round(float(np.median(ms[3:])), 3) for stage, ms in self.spent.items()}


def measure(character: Character, fps: int) -> dict[str, float]:
    rig, mixer, watch = Rig(character), Mixer(), Watch()
    drivers = [IdleDriver(rest=rig.rest), SpeechMotionDriver(), GestureDriver(), EmotionDriver()]
    drivers[-1].set("happy")
    for driver in drivers[:-1]:
        driver.say(speech(FRAMES / fps), 0.0)
    for i in range(FRAMES):
        t = i / fps
        made = watch.run("drivers", lambda t=t: [(d.layer, d.sample(t)) for d in drivers])
        pose = watch.run("mix", lambda m=made: mixer.mix([(n, p) for n, p in m if p is not None]))
        watch.run("rig", lambda p=pose: rig.advance(p, 1 / fps))
    found = watch.medians()
    return {**found, "mix and rig": round(found["mix"] + found["rig"], 3)}


def main() -> None:
    names = sys.argv[1:] or list(figures())
    shown = {**{name: load(figure_path(name)) for name in names}, "made-up": heavy()}
    result = {
        name: {
            "nodes": len(c.nodes.name),
            "spring joints": sum(len(s.joints) for s in c.springs),
            "expressions": len(c.expressions),
            **{f"ms at {fps} fps": measure(c, fps) for fps in (30, 60)},
        }
        for name, c in shown.items()
    }
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
