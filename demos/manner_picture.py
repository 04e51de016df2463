"""The gallery's picture of how the figures listen, nod, think and are interrupted."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

import avatar
from avatar.apps.sheets import Tile, sheet

MOMENTS = (("idle", 0.5), ("listening", 1.0), ("nod", 0.22), ("thinking", 0.6), ("thinking", 2.6),
           ("interrupted", 0.22))  # fmt: skip


def row(figure: str, size: tuple[int, int] = (300, 330)) -> Iterator[Tile]:
    """One picture for each moment."""
    with avatar.Session(figure, size=size, quality="high", label=False, view="bust") as session:
        session.settle(1.0)
        last = ""
        for state, seconds in MOMENTS:
            if state == "nod":
                session.react()
            elif state != last:
                session.attend(state)
            session.settle(seconds)
            last = state
            yield state, session.frame().pixels.copy()


def make(path: Path) -> None:
    """Draw it."""
    tiles = [tile for figure in ("mei", "luna") for tile in row(figure)]
    page = sheet(tiles, len(MOMENTS))
    page.resize((np.array(page.size) * 0.8).astype(int), Image.Resampling.LANCZOS).save(
        path, quality=86
    )
