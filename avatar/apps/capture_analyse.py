"""``avatar capture --analyse FILE``: figures of how a video is tracked, as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import click
import numpy as np

from avatar import fetch
from avatar.apps.capture import Options
from avatar.apps.capture_sources import open_capture
from avatar.apps.messages import tr
from avatar.capture.face import measure, opening
from avatar.math3d import IDENTITY_QUAT, Array, quat_conj, quat_log, quat_mul, quat_normalize
from avatar.pose import FaceShape, HumanBone, Pose

F, B = FaceShape, HumanBone
_SHUT: Final = 0.8
"""Closure that counts as a blink."""
_LONGEST: Final = 0.5
"""s after which closed eyes are no blink."""


def analyse(path: Path) -> None:
    """Print the figures of one video."""
    if not fetch.is_fetched("face"):
        click.echo(tr("capture_fetching"), err=True)
        fetch.fetch("face")
    click.echo(json.dumps(figures(path), indent=1))


def figures(path: Path, **options: Any) -> dict[str, Any]:
    """What the tracking of a video is worth; raises what the camera and the tracker raise."""
    capture = open_capture(Options(camera=str(path), **options), fast=True)
    poses: list[Pose] = []
    lips: list[float] = []
    pictures = found = 0
    try:
        while (frame := capture.camera.read()) is not None:
            pictures += 1
            capture.take(frame)
            sample = measure(capture.seen) if capture.seen is not None else None
            found += sample is not None
            pose = capture.driver.sample(frame.t)
            if pose is not None:
                poses.append(pose)
                lips.append(np.nan if sample is None else sample.lips)
        size, fps = capture.camera.size, capture.camera.fps
    finally:
        capture.close()
    figures: dict[str, Any] = {
        "pictures": pictures, "size": list(size), "fps": round(fps, 2),
        "face_found": round(found / max(pictures, 1), 3),
        "solve_ms_p50": round(1e3 * float(np.median(capture.solving)), 2) if pictures else None,
    }  # fmt: skip
    return figures | (_of(poses, np.array(lips)) if len(poses) > 2 else {})


def _of(poses: list[Pose], lips: Array) -> dict[str, Any]:
    times = np.array([pose.t for pose in poses])
    turns = np.stack([_opined(pose) for pose in poses])
    weights = np.stack([pose.weight for pose in poses])
    closed = weights[:, [F.eyeBlinkLeft, F.eyeBlinkRight]].mean(1) > _SHUT
    chain = [B.spine, B.chest, B.upperChest, B.neck, B.head]
    head = turns[:, chain[0]]
    for bone in chain[1:]:
        head = quat_mul(head, turns[:, bone])
    step = np.degrees(np.linalg.norm(quat_log(quat_mul(quat_conj(head[:-1]), head[1:])), axis=1))
    known = np.isfinite(lips)
    opened = np.array([opening(weight) for weight in weights])
    blinked = blinks(times, closed)
    return {
        "blinks": len(blinked),
        "blink_times": [[round(start, 3), round(end, 3)] for start, end in blinked],
        "eyes_closed": round(float(closed.mean()), 3),
        "head_step_max_deg": round(float(step.max()), 2),
        "head_still_jitter_deg": round(_jitter(head), 3),
        "mouth_opening_r": round(correlation(opened[known], lips[known]), 3),
        "nan": bool(not np.isfinite(turns).all() or not np.isfinite(weights).all()),
    }


def _opined(pose: Pose) -> Array:
    """Rotations [55, 4] faded to rest where there is little opinion."""
    w = pose.rotation_w[:, None]
    side = np.where(pose.rotation[:, 3:] < 0, -w, w)
    return quat_normalize(pose.rotation * side + IDENTITY_QUAT * (1 - w))


def blinks(times: Array, closed: Array) -> list[tuple[float, float]]:
    """(start, end) s of every closure short enough for a blink."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], closed.astype(int), [0]])))
    spans = edges.reshape(-1, 2)
    last = len(times) - 1
    found = [(float(times[a]), float(times[min(b, last)])) for a, b in spans.tolist()]
    return [(a, b) for a, b in found if b - a <= _LONGEST]


def correlation(a: Array, b: Array) -> float:
    """Pearson's r; 0 where one does not vary."""
    if len(a) < 3 or np.std(a) < 1e-6 or np.std(b) < 1e-6:
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])


def _jitter(head: Array) -> float:
    """RMS in deg of what is faster than a tenth of the samples' rate, in the stillest half."""
    turns = np.degrees(quat_log(quat_mul(quat_conj(head[:1]), head)))
    kernel = np.ones(9) / 9
    if len(turns) < 18:
        return 0.0
    slow = np.stack([np.convolve(turns[:, i], kernel, "valid") for i in range(3)], 1)
    fast = np.linalg.norm(turns[4:-4] - slow, axis=1)
    still = np.sort(fast)[: max(len(fast) // 2, 1)]
    return float(np.sqrt((still**2).mean()))
