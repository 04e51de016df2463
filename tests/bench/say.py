"""The main job as a user meets it; prints JSON.

    python tests/bench/say.py [--only import say window]

``import_ms``: ``import avatar`` in a fresh process. ``say``: seconds of video made per second of
wall time at 720p30, with the peak memory (MB) and the time from process start to the first frame
of the file, each in a process of its own. ``window``: time to the first frame of ``avatar host``
(needs a display), and frames per second that ``auto`` holds.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

TEXT = "大家好，我是虚拟主持人小美。Welcome to our live show, today 3 products are 20% off."
CASES = [("espeak", "draft"), ("espeak", "standard"), ("espeak", "high"), ("kokoro", "standard")]


def child(*arguments: str) -> dict[str, Any]:
    """Run this script again for one figure, in a fresh process."""
    environment = {**os.environ, "BENCH_BORN": repr(time.time())}
    done = subprocess.run(
        [sys.executable, __file__, "--child", *arguments],
        stdout=subprocess.PIPE,
        env=environment,
        check=False,
    )
    return json.loads(done.stdout) if done.returncode == 0 else {"failed": done.returncode}


def peak_mb() -> float:
    scale = 1e6 if sys.platform == "darwin" else 1e3
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / scale, 1)


def since_birth() -> float:
    return round(time.time() - float(os.environ["BENCH_BORN"]), 3)


def say(voice: str, quality: str) -> dict[str, Any]:
    import avatar

    times: list[float] = []
    with TemporaryDirectory() as folder, avatar.Session(voice=voice, quality=quality) as session:
        session.voice()
        session.say(TEXT)
        began = time.perf_counter()
        first: list[float] = []

        def drawn(t: float) -> None:
            first.append(since_birth()) if not first else None
            times.append(time.perf_counter())

        session.write(Path(folder) / "clip.mp4", drawn)
        wall = time.perf_counter() - began
    video = len(times) / 30
    gaps = [1e3 * (b - a) for a, b in itertools.pairwise(times)]
    return {
        "voice": voice,
        "quality": quality,
        "video_s": round(video, 2),
        "wall_s": round(wall, 2),
        "times_real_time": round(video / wall, 3),
        "ms_per_frame_median": round(statistics.median(gaps), 1),
        "ms_per_frame_min": round(min(gaps), 1),
        "first_frame_s": first[0],
        "peak_mb": peak_mb(),
    }


def window() -> dict[str, Any]:
    from avatar.apps.live import LiveWindow

    with LiveWindow("mei", size=(1280, 720), quality="auto") as live:
        live.step()
        first = since_birth()
        began, frames = time.perf_counter(), 0
        while time.perf_counter() - began < 8:
            live.step()
            frames += 1
        late_began, late = time.perf_counter(), 0
        while time.perf_counter() - late_began < 4:
            live.step()
            late += 1
        quality = live.session.stage.renderer.quality
    return {"first_frame_s": first, "settled_quality": quality, "fps": round(late / 4, 1)}


def imports() -> float:
    """Milliseconds of ``import avatar``, the best of five fresh processes."""
    code = "import time; t = time.perf_counter(); import avatar; print(time.perf_counter() - t)"
    runs = [subprocess.check_output([sys.executable, "-c", code]) for _ in range(5)]
    return round(1e3 * min(map(float, runs)), 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--child", nargs="+", metavar="WHAT")
    parser.add_argument("--only", nargs="+", default=["import", "say", "window"])
    arguments = parser.parse_args()
    if arguments.child:
        what, *rest = arguments.child
        print(json.dumps(say(*rest) if what == "say" else window()))
        return
    figures: dict[str, Any] = {"cores": os.cpu_count()}
    if "import" in arguments.only:
        figures["import_ms"] = imports()
    if "say" in arguments.only:
        figures["say"] = [child("say", voice, quality) for voice, quality in CASES]
    if "window" in arguments.only and os.environ.get("DISPLAY"):
        figures["window"] = child("window")
    print(json.dumps(figures, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
