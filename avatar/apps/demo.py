"""``avatar demo``: the main job, in a window or, without a display, in files."""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np
from PIL import Image

from avatar.apps import say
from avatar.apps.live import can_open_window
from avatar.apps.messages import tr
from avatar.config import Config
from avatar.plugins import require

SHEET_COLUMNS, SHEET_ROWS, SHEET_WIDTH = 4, 3, 480
"""The contact sheet's grid, and the width of one picture, px."""


def run(config: Config, output: Path | None) -> None:
    """Greet the viewer: live if there is a display and no ``output``, else into files."""
    text = tr("demo_text")
    if output is None and can_open_window():
        from avatar.apps.host import run_window

        run_window(config, greeting=text)
        return
    output = output or Path("avatar-demo.mp4")
    say.write(config.with_values({"captions": True}), text, output)
    if output.suffix.lower() in {".mp4", ".webm"}:
        sheet = output.with_suffix(".png")
        contact_sheet(output, sheet)
        click.echo(tr("contact_sheet", path=sheet))


def contact_sheet(video: Path, sheet: Path) -> None:
    """Write evenly spaced frames of ``video`` as one PNG."""
    frames = _decode(video)
    count = SHEET_COLUMNS * SHEET_ROWS
    chosen = [frames[i] for i in np.linspace(0, len(frames) - 1, count).round().astype(int)]
    rows = [np.hstack(chosen[i : i + SHEET_COLUMNS]) for i in range(0, count, SHEET_COLUMNS)]
    Image.fromarray(np.vstack(rows)).save(sheet)


def _decode(video: Path) -> list[np.ndarray]:
    av = require("av", extra="stream", for_what="the contact sheet")
    with av.open(str(video)) as container:
        stream = container.streams.video[0]
        height = round(stream.height * SHEET_WIDTH / stream.width)
        return [
            frame.to_ndarray(format="rgb24", width=SHEET_WIDTH, height=height)
            for frame in container.decode(stream)
        ]
