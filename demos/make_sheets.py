"""Contact sheets of the shipped figures: moods, mouths, glances, gestures, and each in time.

    python demos/make_sheets.py [FOLDER] [FIGURE ...] [--strips]

demo: off
"""

from __future__ import annotations

import sys
from pathlib import Path

import avatar
from avatar.animation.gesture import GESTURES
from avatar.apps.sheets import SHEETS, sheet, strip_tiles
from avatar.resources import figures

SIZE = {"close": (480, 480), "half": (480, 400), "full": (300, 480)}


def pages(folder: Path, figure: str) -> None:
    """One page of faces, one of moods, one of gestures."""
    for name, (view, tiles, columns) in SHEETS.items():
        with avatar.Session(figure, view=view, size=SIZE[view], label=False) as session:
            session.settle()
            sheet(list(tiles(session)), columns).save(folder / f"{figure}-{name}.jpg", quality=88)
        print(folder / f"{figure}-{name}.jpg")


def strips(folder: Path, figure: str) -> None:
    """One strip per gesture, the moments side by side."""
    with avatar.Session(figure, view="full", size=SIZE["full"], label=False) as session:
        session.settle()
        for name in GESTURES:
            page = sheet(list(strip_tiles(session, name)), 12)
            page.save(folder / f"{figure}-{name}.jpg", quality=85)


if __name__ == "__main__":
    words = [a for a in sys.argv[1:] if not a.startswith("-")]
    folder = Path(words[0] if words else "sheets")
    folder.mkdir(parents=True, exist_ok=True)
    for figure in words[1:] or figures():
        pages(folder, figure)
        if "--strips" in sys.argv:
            strips(folder, figure)
