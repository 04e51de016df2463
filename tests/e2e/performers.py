"""Performers for the tests of ``avatar capture``: pieces of real videos, or a device of one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import av

RUN = "from avatar.cli import main; main()"
DEVICE = """
import sys, time, cv2
path, video = sys.argv.pop(1), cv2.VideoCapture

class Device:
    "A camera that shows a video again and again."

    def __init__(self, index):
        self.video = video(path)

    def isOpened(self): return True
    def set(self, key, value): return True
    def get(self, key): return self.video.get(key)
    def release(self): self.video.release()

    def read(self):
        time.sleep(1 / 30)
        good, picture = self.video.read()
        if not good:
            self.video = video(path)
            good, picture = self.video.read()
        return good, picture

cv2.VideoCapture = Device
from avatar.cli import main
main()
"""


def cut(source: Path, out: Path, start: float, seconds: float, *, width: int = 480) -> Path:
    """A piece of a video, smaller."""
    with av.open(str(source)) as given, av.open(str(out), "w") as made:
        stream = given.streams.video[0]
        rate = round(float(stream.average_rate))
        height = round(width * stream.height / stream.width / 2) * 2
        coded = made.add_stream("libx264", rate=rate)
        coded.width, coded.height, coded.pix_fmt = width, height, "yuv420p"
        index = 0
        for frame in given.decode(stream):
            if start <= frame.time < start + seconds:
                small = frame.reformat(width, height, "yuv420p")
                small.pts, small.time_base = index, Fraction(1, rate)
                index += 1
                made.mux(coded.encode(small))
        made.mux(coded.encode(None))
    return out


def avatar(*arguments, ok=True):
    """``avatar capture`` with ``arguments``, run to its end."""
    done = subprocess.run(
        [sys.executable, "-c", RUN, "capture", *map(str, arguments)],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert (done.returncode == 0) == ok, done.stderr[-2000:]
    return done


class Running:
    """``avatar capture`` without a display, until Ctrl-C; ``device``: the video its camera shows.

    ``said`` holds its lines at the end.
    """

    def __init__(self, *arguments, folder: Path, device: Path | None = None) -> None:
        code = ["-c", RUN, "capture"] if device is None else ["-c", DEVICE, str(device), "capture"]
        env = {name: value for name, value in os.environ.items() if name != "DISPLAY"}
        self._log = (folder / "said.txt").open("w+")
        self._process = subprocess.Popen(
            [sys.executable, *code, *map(str, arguments)],
            stdout=self._log, stderr=subprocess.STDOUT, text=True, env=env,
        )  # fmt: skip
        self.said = ""

    def wait_for(self, until, seconds: float = 120.0) -> None:
        """Wait until ``until()`` holds."""
        end = time.monotonic() + seconds
        while not until():
            assert self._process.poll() is None, self._read()
            assert time.monotonic() < end, self._read()
            time.sleep(0.05)

    def _read(self) -> str:
        self._log.seek(0)
        return self._log.read()

    def stop(self) -> int:
        """Ctrl-C; returns the exit status."""
        self._process.send_signal(signal.SIGINT)
        status = self._process.wait(timeout=120)
        self.said = self._read()
        self._log.close()
        return status
