"""Makes every picture and clip of the README into demos/gallery/.

    python demos/make_gallery.py [FOLDER] [NAME ...]

Names are those of PICTURES below. ``three`` needs Chromium and npm.

demo: off
"""

from __future__ import annotations

import base64
import io
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import capture_picture
import manner_picture
import numpy as np
from PIL import Image

import avatar
import avatar.render
from avatar.animation.gesture import GESTURES
from avatar.apps.sheets import SHEETS, sheet
from avatar.apps.view import still
from avatar.config import LIGHTS, Config
from avatar.resources import figures

ROOT = Path(__file__).resolve().parents[1]
GREETING = "大家好，我是虚拟主持人小美。Welcome to our live show, today 3 products are 20% off."
SYLLABLES = ("neutral", "aa", "ih", "ou", "ee", "oh")
SHOWN = ("greet", "bow", "point-left", "explain", "think", "thumbs-up", "invite", "heart")
SHOTS = {"close": (1080, 1080), "bust": (1080, 1080), "full": (720, 1080)}
BACKGROUNDS = {"luna": "night"}


def save(pixels: np.ndarray, path: Path) -> None:
    Image.fromarray(np.ascontiguousarray(pixels[..., :3])).save(path, quality=88)


def picture(config: Config, gesture: str | None = None, **expressions: float) -> np.ndarray:
    """A still, uint8[h, w, 3]."""
    part = ROOT / "still.part.png"
    still(config, part, expressions, gesture)
    pixels = np.asarray(Image.open(part).convert("RGB"))
    part.unlink()
    return pixels


def backdrop(figure: str) -> str:
    return BACKGROUNDS.get(figure, "studio")


def portraits(folder: Path) -> None:
    """Every shipped figure: close-up, bust and full body, 1080 px high."""
    for name in figures():
        for view, size in SHOTS.items():
            config = Config(
                figure=name, view=view, size=size, quality="film", background=backdrop(name)
            )
            save(picture(config), folder / f"{name}_{view}.jpg")


def team(folder: Path) -> None:
    """All figures side by side."""
    names = list(figures())
    with avatar.Session(names[0], size=(1600, 720), view="half", quality="film") as session:
        for place, name in enumerate(names[1:], 1):
            session.add_figure(name, x=0.62 * place)
        session.settle()
        save(session.frame().pixels, folder / "team.jpg")


def moods(folder: Path) -> None:
    """One row of moods a figure, each with its posture."""
    _, tiles, _ = SHEETS["moods"]
    for name in ("mei", "luna"):
        settings = {"size": (300, 340), "view": "close", "background": backdrop(name)}
        with avatar.Session(name, label=False, quality="high", **settings) as session:
            session.settle()
            sheet(list(tiles(session)), 4).save(folder / f"{name}_moods.jpg", quality=86)


def lips(folder: Path) -> None:
    """The mouth at rest and on five vowels."""
    config = Config(size=(300, 340), view="close", quality="high")
    row = [picture(config, **({} if name == "neutral" else {name: 1.0})) for name in SYLLABLES]
    save(np.hstack(row), folder / "lips.jpg")


def gestures(folder: Path) -> None:
    """The strokes of some gestures."""
    missing = set(SHOWN) - set(GESTURES)
    assert not missing, missing
    config = Config(size=(480, 420), view="half", quality="high")
    tiles = [(name, picture(config, name)) for name in SHOWN]
    sheet(tiles, 4).save(folder / "gestures.jpg", quality=86)


def lights(folder: Path) -> None:
    """The light sets."""
    tiles = [
        (name, picture(Config(size=(400, 400), light=name, quality="high")))
        for name in LIGHTS
        if name != "plain"
    ]
    sheet(tiles, len(tiles)).save(folder / "lights.jpg", quality=86)


def transparent(folder: Path) -> None:
    """A whole figure over a chequer, to show the alpha and the shadow on the ground."""
    settings = {"background": "transparent", "label": False, "quality": "film", "view": "full"}
    with avatar.Session("mei", size=(480, 640), **settings) as session:
        session.settle()
        pixels = session.frame().pixels.astype(np.float32)
    y, x = np.mgrid[:640, :480] // 24
    chequer = np.where((x + y) % 2, 225.0, 190.0)[..., None]
    flat = pixels[..., :3] + chequer * (1 - pixels[..., 3:] / 255)
    save(flat.round().clip(0, 255).astype(np.uint8), folder / "transparent.jpg")


def clip(folder: Path) -> None:
    """The main job: an MP4, and the same as an animated WebP for the README."""
    with avatar.Session("mei", size=(640, 360), captions=True, quality="standard") as session:
        session.say(GREETING)
        session.write(folder / "hello.mp4")
    settings = {"size": (480, 270), "fps": 15, "captions": True}
    with avatar.Session("mei", **settings) as session:
        session.say(GREETING)
        animate((frame.pixels for frame in session.frames()), folder / "hello.webp")


def animate(frames: Iterable[np.ndarray], path: Path) -> None:
    """An animated WebP at 15 frames a second."""
    pictures = [Image.fromarray(pixels[..., :3].copy()) for pixels in frames]
    options = {"duration": round(1000 / 15), "loop": 0, "quality": 55, "method": 4}
    pictures[0].save(path, save_all=True, append_images=pictures[1:], **options)


def three(folder: Path) -> None:
    """Our picture of a figure beside three.js's of the same file."""
    peers = ROOT / "tests" / "bench" / "peers"
    sys.path.insert(0, str(peers))
    from browser import open_page

    script = ROOT / "tests" / "e2e" / "three_vrm" / "page.js"
    rows = []
    for name, path in figures().items():
        size = (540, 540)
        camera = avatar.render.frame_camera(avatar.load(path), "bust", 1.0)
        found = open_page(
            script, path, width=size[0], height=size[1],
            fov=np.degrees(camera.fov_y), eye=",".join(map(str, camera.eye)),
            target=",".join(map(str, camera.target)),
        )  # fmt: skip
        png = io.BytesIO(base64.b64decode(found["picture"].partition(",")[2]))
        theirs = np.asarray(Image.open(png).convert("RGB"))
        ours = picture(Config(figure=name, size=size, quality="film", background=backdrop(name)))
        rows.append(np.vstack([ours, theirs]))
    save(np.hstack(rows), folder / "beside_three.jpg")


def capture(folder: Path) -> None:
    """One figure performs before the camera, another follows."""
    capture_picture.make(folder / "capture.jpg")


def manner(folder: Path) -> None:
    """How the figures bear themselves in a talk."""
    manner_picture.make(folder / "manner.jpg")


PICTURES: dict[str, Callable[[Path], None]] = {
    maker.__name__: maker
    for maker in (
        portraits,
        team,
        moods,
        lips,
        gestures,
        lights,
        transparent,
        clip,
        capture,
        manner,
        three,
    )
}

if __name__ == "__main__":
    arguments = sys.argv[1:]
    target = Path(arguments[0]) if arguments else Path(__file__).parent / "gallery"
    target.mkdir(parents=True, exist_ok=True)
    for name in arguments[1:] or PICTURES:
        PICTURES[name](target)
        print(name)
