"""Face curves as CSV: a column ``time`` (s) and one for each ARKit shape, under ARKit's names."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from avatar.animation.motion import Motion, still
from avatar.errors import AssetError, MissingAsset, OutputError
from avatar.math3d import Array
from avatar.pose import FACE_COUNT, FACE_SHAPES, FaceShape

_TIME: Final = "time"
_SHAPE: Final = {name.lower(): FaceShape[name] for name in FACE_SHAPES}


def write_csv(motion: Motion, path: str | Path) -> None:
    """Write the face of ``motion``; shapes without an opinion are 0; raises OutputError."""
    face = np.zeros((len(motion), FACE_COUNT), np.float32)
    if motion.weight is not None and motion.weight_w is not None:
        face = motion.weight * motion.weight_w
    try:
        with Path(path).open("w", newline="", encoding="utf-8") as out:
            rows = csv.writer(out)
            rows.writerow([_TIME, *FACE_SHAPES])
            for t, row in zip(motion.times, face, strict=True):
                rows.writerow([f"{t:.6f}", *(f"{value:.6f}" for value in row)])
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from error


def read_csv(path: str | Path) -> Motion:
    """The face of a CSV; columns of other names are passed over; raises AssetError."""
    path = Path(path)
    header, rows = _table(path)
    names = [name.strip().lower() for name in header]
    if _TIME not in names or not set(names) & set(_SHAPE):
        raise AssetError(f"a column {_TIME!r} and ARKit's names expected at its top", path=path)
    times = rows[:, names.index(_TIME)]
    if len(times) < 1 or (np.diff(times) <= 0).any():
        raise AssetError("its times must rise", path=path)
    weight = np.zeros((len(times), FACE_COUNT), np.float32)
    opinion = np.zeros_like(weight)
    for column, name in enumerate(names):
        if name in _SHAPE:
            weight[:, _SHAPE[name]] = np.clip(rows[:, column], 0, 1)
            opinion[:, _SHAPE[name]] = 1
    return replace(still(times, path.stem), weight=weight, weight_w=opinion)


def _table(path: Path) -> tuple[list[str], Array]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            lines = [line for line in csv.reader(file) if line]
        rows = np.array([[float(cell) for cell in line] for line in lines[1:]], np.float64)
    except FileNotFoundError as error:
        raise MissingAsset("no such file", path=path) from error
    except (OSError, ValueError, csv.Error) as error:
        raise AssetError(f"no table of numbers: {error}", path=path) from error
    if not lines or rows.ndim != 2 or rows.shape[1] != len(lines[0]) or not np.isfinite(rows).all():
        raise AssetError("no table of finite numbers", path=path)
    return lines[0], rows
