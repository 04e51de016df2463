"""Golden pictures: one tolerance table, ``--regenerate``, and the difference kept for looking.

Drawn on whatever OpenGL is there; the tolerances are for the software rasteriser they were
made on and leave room for the last bit of others.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

FOLDER = Path(__file__).parent
MEAN: dict[str, float] = {"default": 0.6, "hair": 1.2, "film": 0.8}
"""Greatest mean difference of a channel, 0..255, by group."""
OUTLIERS: dict[str, float] = {"default": 0.004, "hair": 0.012, "film": 0.004}
"""Greatest share of pixels that differ by more than 24."""


def compare(name: str, picture: np.ndarray, regenerate: bool, group: str = "default") -> None:
    """Assert that uint8[h, w, 4] looks like ``name``.png; keep both and the difference if not."""
    path = FOLDER / "expected" / f"{name}.png"
    if regenerate or not path.is_file():
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(picture).save(path, optimize=True)
        assert regenerate, f"no picture {path}: look at the one just made, then commit it"
        return
    expected = np.asarray(Image.open(path).convert("RGBA"))
    assert expected.shape == picture.shape
    difference = np.abs(expected.astype(int) - picture)
    mean = float(difference.mean(axis=(0, 1)).max())
    outliers = float((difference.max(axis=2) > 24).mean())
    if mean > MEAN[group] or outliers > OUTLIERS[group]:
        _keep(name, expected, picture, difference)
    assert mean <= MEAN[group], f"{name}: mean difference {mean:.2f}, see tests/golden/diff"
    assert outliers <= OUTLIERS[group], f"{name}: {outliers:.2%} outliers, see tests/golden/diff"


def _keep(name: str, expected: np.ndarray, picture: np.ndarray, difference: np.ndarray) -> None:
    folder = FOLDER / "diff"
    folder.mkdir(exist_ok=True)
    loud = np.clip(difference * 6, 0, 255).astype(np.uint8)
    loud[..., 3] = 255
    Image.fromarray(np.hstack([expected, picture, loud])).save(folder / f"{name}.png")
