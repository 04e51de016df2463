"""How far the voice is from its picture: a figure opens its mouth at every clap.

Imported by ``capture.py``. The performer is a figure of ours, drawn into a video with a clap at
the beginning of each opening of its mouth; the openings in what ``avatar capture`` made of it are
held against the claps in its sound.
"""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from threading import RLock
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from avatar.apps.capture import Options
from avatar.apps.capture_film import film
from avatar.capture.face import measure
from avatar.capture.track import MediaPipeTracker
from avatar.config import Config
from avatar.devices.recorded_camera import FileCamera
from avatar.devices.recording import read_sound
from avatar.media import AudioChunk
from avatar.output.sinks import open_sink
from avatar.pose import FACE_COUNT, FaceShape, Pose
from avatar.runtime.session import Session

FPS, RATE = 25.0, 48_000
OPENS, STAYS, EVERY = 0.12, 0.32, 0.9
"""s that the mouth takes to open, stays open, and from one clap to the next."""


class _Mouth:
    layer = "manual"

    def sample(self, t: float) -> Pose:
        weight, opinion = np.zeros(FACE_COUNT, np.float32), np.ones(FACE_COUNT, np.float32)
        since = (t - 1.0) % EVERY if t >= 1.0 else -1.0
        opened = np.clip(since / OPENS, 0, 1) * np.clip((OPENS + STAYS - since) / OPENS, 0, 1)
        weight[FaceShape.jawOpen] = 0.8 * opened if since >= 0 else 0.0
        return Pose(t, weight=weight, weight_w=opinion)


def performer(path: Path, seconds: float = 6.0, figure: str = "mei") -> list[float]:
    """The video; returns the times of its claps, s."""
    claps = [1.0 + EVERY * k for k in range(int((seconds - 1.6) / EVERY) + 1)]
    sound = np.zeros(round(seconds * RATE), np.float32)
    burst = np.random.default_rng(0).normal(0, 0.3, RATE // 100).astype(np.float32)
    for clap in claps:
        at = round(clap * RATE)
        sound[at : at + len(burst)] = np.clip(burst, -1, 1)
    with Session(
        figure, size=(400, 400), fps=FPS, view="close", quality="draft", label=False
    ) as session:
        drivers = session.performers[0].drivers
        drivers[:] = [_Mouth()]
        with open_sink(path, (400, 400), FPS) as sink:
            for frame in session.frames(seconds):
                sink.video(frame)
                first = round(frame.t * RATE)
                sink.audio(AudioChunk(frame.t, sound[first : first + round(RATE / FPS)], RATE))
    return claps


def claps_in(path: Path, expected: list[float]) -> list[float]:
    """When each clap is heard, s."""
    sound = read_sound(path, RATE).samples
    found: list[float] = []
    for clap in expected:
        first = max(round((clap - 0.3) * RATE), 0)
        piece = np.abs(sound[first : round((clap + 0.5) * RATE)])
        found.append((first + int(np.argmax(piece > 0.25 * np.abs(sound).max()))) / RATE)
    return found


def openings_in(path: Path, near: list[float]) -> list[float]:
    """When the lips are half as far apart as they get, s, about each time of ``near``."""
    camera, tracker = FileCamera(path, fast=True), MediaPipeTracker()
    times: list[float] = []
    gaps: list[float] = []
    while (frame := camera.read()) is not None:
        sample = measure(tracker.track(frame))
        if sample is not None:
            times.append(frame.t)
            gaps.append(sample.lips)
    tracker.close()
    t, gap = np.array(times), np.array(gaps)
    found: list[float] = []
    for clap in near:
        part = (t > clap - 0.15) & (t < clap + OPENS + STAYS)
        at, y = t[part], gap[part]
        if len(y) < 4:  # too few pictures to tell
            found.append(np.nan)
            continue
        half = (y[:3].mean() + y.max()) / 2
        i = max(int(np.argmax(y > half)), 1)
        step = (half - y[i - 1]) / max(float(y[i] - y[i - 1]), 1e-6)
        found.append(float(at[i - 1] + (at[i] - at[i - 1]) * step))
    return found


def offsets(made: Path, source: Path, claps: list[float], late: float = 0.0) -> Any:
    """ms by which each opening is later than its clap, beyond what it is in the source; ``late``:
    s that the made one begins later."""
    there = np.array(openings_in(source, claps)) - np.array(claps_in(source, claps))
    moved = [clap + late for clap in claps]
    heard = claps_in(made, moved)
    here = np.array(openings_in(made, heard)) - np.array(heard)
    return 1e3 * (here - there)


def filmed(folder: Path) -> dict[str, Any]:
    """The offset in a file made from a file."""
    source, made = folder / "clap.mp4", folder / "take.mp4"
    claps = performer(source)
    config = Config(size=(400, 400), view="close", quality="draft", label=False)
    with contextlib.redirect_stdout(sys.stderr):
        film(config, Options(camera=str(source), output=made, body=False, hands=False))
    return summed(offsets(made, source, claps))


def summed(off: Any) -> dict[str, Any]:
    return {
        "claps": int(np.isfinite(off).sum()),
        "offset_ms_mean": round(float(np.nanmean(off)), 1),
        "offset_ms_p95": round(float(np.nanpercentile(np.abs(off), 95)), 1),
    }


def lived(folder: Path, lips: str = "tracking") -> dict[str, Any]:
    """The same in a window in real time: in the file it writes, and on its speaker.

    Needs a display. The window's pictures are dated with the session's clock, and so is what its
    speaker plays.
    """
    from avatar.apps import capture_live, live
    from avatar.apps.capture_sources import Outputs
    from avatar.clock import MonotonicClock
    from avatar.devices.audio import FileSpeaker

    source, made = folder / "clap.mp4", folder / f"live_{lips}.mp4"
    claps = performer(source)
    played: list[AudioChunk] = []

    class Locked(FileSpeaker):
        """A device's speaker may be asked from any thread, too."""

        def _advance(self) -> None:
            with lock:
                super()._advance()

    lock = RLock()
    speaker = Locked(MonotonicClock(), played.append)
    live.open_speaker = lambda: (speaker, "")  # type: ignore[attr-defined]
    config = Config(size=(320, 320), view="close", quality="draft", label=False)
    options = Options(camera=str(source), output=made, body=False, hands=False, lips=lips)  # type: ignore[arg-type]
    stage = capture_live.Live(config, options)
    first: list[float] = []
    try:
        with open_sink(made, (320, 320), 30.0, quick=True) as sink, Outputs(options, None) as none:  # type: ignore[arg-type]
            given = sink.video

            def video(frame: Any) -> None:
                first.append(frame.t)
                given(frame)

            sink.video = video  # type: ignore[method-assign]
            stage.run(none, sink)
        began, rate = stage.capture.camera.started, played[0].rate
        late = stage.ears.voice.delay
    finally:
        stage.close()
    moved = [clap + began + late - first[0] for clap in claps]
    moved, claps = moved[:-1], claps[:-1]  # the last may be cut off
    heard = np.array(claps_in(made, moved))
    there = np.array(openings_in(source, claps)) - np.array(claps_in(source, claps))
    seen = np.array(openings_in(made, heard.tolist()))
    out = np.concatenate([chunk.samples for chunk in played])
    loud = 0.25 * np.abs(out).max()
    on_speaker: list[float] = []
    for clap in heard:
        start = max(round((clap + first[0] - 0.3) * rate), 0)
        piece = np.abs(out[start : start + round(0.8 * rate)])
        on_speaker.append((start + int(np.argmax(piece > loud))) / rate - first[0])
    return {
        "in the file": summed(1e3 * (seen - heard - there)),
        "on the speaker": summed(1e3 * (seen - np.array(on_speaker) - there)),
        "delay_ms": round(1e3 * late),
    }
