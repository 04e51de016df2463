"""Figures of the protocols and of recorded motion, as JSON.

Cost of a VMC frame on both sides, of a listening receiver at 60 and at 600 frames a second (its
own process's processor time, the sender in another process), errors of round trips, size of a take.

    python tests/bench/protocols.py
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from avatar.animation.clip import ClipDriver, read_motion, write_motion
from avatar.animation.emotion import EmotionDriver
from avatar.animation.idle import IdleDriver
from avatar.animation.mixer import Mixer
from avatar.animation.rig import Rig
from avatar.capture.take import TakeWriter, read_take
from avatar.character import load
from avatar.math3d import quat_conj, quat_log, quat_mul
from avatar.pose import HumanBone, Pose, RestSkeleton
from avatar.protocols.osc import bundles
from avatar.protocols.vmc import VmcReceiver, VmcSender
from avatar.resources import figure_path

SECONDS = 4.0


def performance(rest: RestSkeleton, rate: float = 60.0) -> list[Pose]:
    """Some seconds of a living, smiling figure."""
    idle, mood, mixer = IdleDriver(seed=3, rest=rest), EmotionDriver(), Mixer()
    mood.set("happy")
    poses = []
    for t in np.arange(0, SECONDS, 1 / rate):
        layers = [("idle", idle.sample(t)), ("emotion", mood.sample(t))]
        poses.append(mixer.mix((layer, pose) for layer, pose in layers if pose is not None))
    return poses


def degrees(a: np.ndarray, b: np.ndarray) -> float:
    """The largest angle between rotations."""
    return float(np.degrees(np.linalg.norm(quat_log(quat_mul(quat_conj(a), b)), axis=-1)).max())


def milliseconds(work, count: int) -> float:
    start = time.process_time()
    for _ in range(count):
        work()
    return round(1e3 * (time.process_time() - start) / count, 4)


def frame_cost(rest: RestSkeleton, pose: Pose) -> dict[str, float]:
    sender, receiver = VmcSender(rest, port=9), VmcReceiver(rest=rest)
    packets = list(bundles(sender._messages(pose)))

    def take() -> None:
        for packet in packets:
            receiver.take(packet)
        receiver.build()

    take()
    return {
        "send_ms": milliseconds(lambda: sender.send(pose), 200),
        "receive_ms": milliseconds(take, 200),
        "bytes": sum(map(len, packets)),
        "packets": len(packets),
    }


def flood(port: int, rate: float) -> None:
    """The other process: frames at ``rate`` for four seconds."""
    rest = Rig(load(figure_path("mei"))).rest
    sender, poses = VmcSender(rest, port=port), performance(rest, 15.0)
    packets = [list(bundles(sender._messages(pose))) for pose in poses]
    start, sent = time.perf_counter(), 0
    while time.perf_counter() - start < SECONDS:
        for packet in packets[sent % len(packets)]:
            sender._socket.sendto(packet, sender._to)
        sent += 1
        time.sleep(max(start + sent / rate - time.perf_counter(), 0))


def listening(rate: float) -> dict[str, float]:
    """Share of a core that a receiver takes, %."""
    with VmcReceiver(port=0) as receiver:
        command = [sys.executable, __file__, str(receiver.address[1]), str(rate)]
        process = subprocess.Popen(command)
        while receiver.received == 0:
            time.sleep(0.01)
        time.sleep(0.3)
        cpu, wall, got = time.process_time(), time.perf_counter(), receiver.received
        time.sleep(2)
        seconds = time.perf_counter() - wall
        result = {
            "packets_per_s": round((receiver.received - got) / seconds),
            "core_percent": round(100 * (time.process_time() - cpu) / seconds, 1),
            "malformed": receiver.malformed,
        }
        process.wait()
    return result


def round_trips(rest: RestSkeleton, poses: list[Pose], folder: Path) -> dict[str, object]:
    path = folder / "a.avt"
    start = time.process_time()
    with TakeWriter(path, rest=rest) as writer:
        for pose in poses:
            writer.pose(pose)
    spent = time.process_time() - start
    take = read_take(path)
    exact = all(
        np.array_equal(a.rotation, b.rotation) and np.array_equal(a.weight, b.weight)
        for a, b in zip(poses, take.poses, strict=True)
    )
    found: dict[str, object] = {
        "take": {
            "bit_exact": exact, "bytes_per_s": round(path.stat().st_size / SECONDS),
            "ms_per_frame": round(1e3 * spent / len(poses), 4),
        }
    }  # fmt: skip
    motion = take.motion()
    bones = [b for b in HumanBone if "Eye" not in b.name]
    for kind in ("vrma", "bvh", "csv"):
        write_motion(motion, folder / f"a.{kind}", rest)
        again = read_motion(folder / f"a.{kind}")
        entry: dict[str, float] = {}
        pairs = [(motion.sample(t), again.sample(t)) for t in np.arange(0, 3.9, 0.05)]
        if kind != "csv":
            entry["degrees"] = max(
                degrees(a.rotation[bones].astype(float), b.rotation[bones]) for a, b in pairs
            )
        if kind != "bvh":
            entry["shape"] = max(
                float(np.abs(a.weight * a.weight_w - b.weight * b.weight_w).max()) for a, b in pairs
            )
        found[kind] = {name: float(f"{value:.2g}") for name, value in entry.items()}
    return found


def clip_cost(poses: list[Pose]) -> float:
    from avatar.animation.motion import from_poses

    driver = ClipDriver(from_poses(np.array([pose.t for pose in poses]), poses))
    times = iter(np.arange(0, 100, 1 / 60))
    return milliseconds(lambda: driver.sample(float(next(times))), 300)


def main() -> None:
    rest = Rig(load(figure_path("mei"))).rest
    poses = performance(rest)
    with tempfile.TemporaryDirectory() as folder:
        result = {
            "vmc_frame": frame_cost(rest, poses[60]),
            "vmc_at_60": listening(60),
            "vmc_at_600": listening(600),
            "round_trip": round_trips(rest, poses, Path(folder)),
            "clip_ms": clip_cost(poses),
        }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    if len(sys.argv) == 3:
        flood(int(sys.argv[1]), float(sys.argv[2]))
    else:
        main()
