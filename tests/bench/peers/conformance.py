"""How alike we and three-vrm draw the same files: SSIM inside the figure's bounding box.

    python tests/bench/peers/conformance.py [FILE.vrm ...] [--out pictures/]

Without files: those of ``../shared/data/vrm`` and the shipped figures.
Same camera, one directional light, an even ambient light, no shadow, no tone mapping, sRGB
output, four samples a pixel, springs settled, eyes straight on. Prints one JSON object; writes
``ours | three-vrm | difference x 4`` for every shot. SSIM: Gaussian window of 11, sigma 1.5,
mean over R, G, B and over all pixels of the box around what either side draws.
Needs chromium and npm.
"""

from __future__ import annotations

import argparse
import base64
import io
import json
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parent))
from browser import open_page
from ssim import Picture, figure_box, ssim_map

from avatar.animation.rig import Rig
from avatar.character import load
from avatar.character.character import Character
from avatar.pose import HumanBone, Pose
from avatar.render import Background, Camera, Renderer, Staged, frame_camera, offscreen
from avatar.render.light import LightRig, plain_light
from avatar.render.skeleton import rest_world
from avatar.resources import figures

SAMPLES = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "vrm"
SIZE = (640, 640)
BACKGROUND = "#808890"
_STEP, _SETTLE = 1 / 60, 120


@dataclass(frozen=True)
class Shot:
    """One picture to compare."""

    name: str
    camera: Camera
    light: LightRig
    expressions: dict[str, float] = field(default_factory=dict)
    t: float = 0.0

    def job(self) -> dict[str, Any]:
        """For the page."""
        return {
            "eye": list(self.camera.eye),
            "target": list(self.camera.target),
            "fov": float(np.degrees(self.camera.fov_y)),
            "light": [float(v) for v in self.light.key.direction * 10],
            "key": list(self.light.key.color),
            "ambient": list(self.light.ceiling),
            "expressions": self.expressions,
            "t": self.t,
        }


def shots(character: Character) -> list[Shot]:
    """Rest from two sides, the face with each of a few expressions, and a later time."""
    soft = plain_light(25, 30, (0.8, 0.8, 0.8), (0.25, 0.25, 0.25))
    hard = plain_light(-60, 10, (1.0, 0.9, 0.8))
    whole = replace(character, humanoid={})
    body = character if _stands(character) else whole
    full, bust = (frame_camera(body, view, 1.0) for view in ("full", "bust"))
    low = frame_camera(whole, "full", 1.0, np.radians(-20))
    high = frame_camera(body, "bust", 1.0, np.radians(35))
    found = [
        Shot("full", full, soft),
        Shot("whole", low, soft),
        Shot("side", high, hard),
        Shot("later", bust, hard, t=0.35),
    ]
    names = [e.name for e in character.expressions if _shows(e)]
    wanted = [n for n in ("happy", "aa", "blink", "angry", "surprised") if n in names]
    for name in (wanted or names)[:3]:
        found.append(Shot(name, bust, soft, {name: 1.0}))
    if {"happy", "blink"} <= set(names):
        found.append(Shot("happy+blink", low, soft, {"happy": 0.7, "blink": 0.4}))
    return found


def _shows(expression: Any) -> bool:
    return bool(
        expression.morph_target_binds
        or expression.material_color_binds
        or expression.texture_transform_binds
    )


def _stands(character: Character) -> bool:
    """Whether its skeleton is that of a body (test files have all bones in one place)."""
    bones = rest_world(character)[list(character.humanoid.values()), :3, 3]
    return HumanBone.head in character.humanoid and float(np.ptp(bones[:, 1])) > 0.5


def draw(character: Character, wanted: list[Shot], surface: Any) -> list[Picture]:
    """Our pictures, uint8[h, w, 4]."""
    renderer = Renderer(surface.ctx, SIZE, "high", Background.parse(BACKGROUND), wanted[0].light)
    figure = renderer.upload(character)
    place = np.eye(4, dtype=np.float32)
    pictures: list[Picture] = []
    for shot in wanted:
        renderer.light = shot.light
        rig = Rig(character)
        pose = Pose(extra=shot.expressions)
        for _ in range(_SETTLE):
            state = rig.advance(pose, _STEP)
        renderer.draw([Staged(figure, state, place)], shot.camera, shot.t)
        pictures.append(renderer.read().copy())
    figure.release()
    renderer.close()
    return pictures


def _decode(url: str) -> Picture:
    data = base64.b64decode(url.partition(",")[2])
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))


def compare(path: Path, surface: Any, out: Path | None, driver: str) -> dict[str, Any]:
    """Figures for one file."""
    character = load(path)
    wanted = shots(character)
    ours = draw(character, wanted, surface)
    job = {
        "size": SIZE,
        "background": BACKGROUND,
        "shots": [shot.job() for shot in wanted],
    }
    script = Path(__file__).with_name("conformance.js")
    peer = open_page(script, path.resolve(), driver, job=json.dumps(job))
    r, g, b = bytes.fromhex(BACKGROUND[1:])
    rows: dict[str, float] = {}
    for shot, mine, url in zip(wanted, ours, peer["pictures"], strict=True):
        theirs = _decode(url)
        x0, y0, x1, y1 = figure_box([mine, theirs], (r, g, b))
        similar = ssim_map(mine, theirs)
        rows[shot.name] = round(float(similar[y0:y1, x0:x1].mean()), 4)
        if out is not None:
            _save(out / f"{path.stem}_{shot.name}.png", mine, theirs)
    return {"file": path.name, "least": min(rows.values()), "ssim": rows, "by": peer["driver"]}


def _save(path: Path, mine: Picture, theirs: Picture) -> None:
    far = np.abs(mine[..., :3].astype(int) - theirs[..., :3]) * 4
    loud = np.clip(far, 0, 255).astype(np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.hstack([mine[..., :3], theirs[..., :3], loud])).save(path)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--out", type=Path, help="folder for the pictures")
    parser.add_argument("--driver", default="gl", choices=("gl", "swiftshader"))
    given = parser.parse_args()
    surface = offscreen()
    paths = given.files or [*sorted(SAMPLES.glob("*.vrm")), *figures().values()]
    rows = [compare(path, surface, given.out, given.driver) for path in paths]
    print(json.dumps({"bench": "conformance", "size": SIZE, "files": rows}, indent=1))


if __name__ == "__main__":
    main()
