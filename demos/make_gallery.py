"""Makes every picture and clip of the README into demos/gallery/.

    python demos/make_gallery.py [FOLDER] [NAME ...]

demo: off
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

import avatar
from avatar.apps.view import still
from avatar.config import Config

GREETING = "大家好，我是虚拟主持人小美。Welcome to our live show, today 3 products are 20% off."
MOODS = ("happy", "surprised", "sad", "angry", "relaxed", "shy")
SYLLABLES = ("neutral", "aa", "ih", "ou", "ee", "oh")


def save(pixels: np.ndarray, path: Path) -> None:
    Image.fromarray(np.ascontiguousarray(pixels[..., :3])).save(path, quality=88)


def shot(path: Path, figure: str, view: str, size: tuple[int, int], **expressions: float) -> None:
    config = Config(figure=figure, view=view, size=size, quality="film")
    part = path.with_suffix(".part.png")
    still(config, part, expressions)
    Image.open(part).convert("RGB").save(path, quality=88)
    part.unlink()


def mei(folder: Path) -> None:
    shot(folder / "mei.jpg", "mei", "bust", (960, 540))


def ming(folder: Path) -> None:
    shot(folder / "ming.jpg", "ming", "bust", (960, 540))


def close(folder: Path) -> None:
    shot(folder / "close.jpg", "mei", "close", (640, 640), happy=0.5)


def moods(folder: Path) -> None:
    """One row of moods, each with its posture."""
    stills = []
    with avatar.Session("mei", size=(300, 340), view="close", label=False) as session:
        for mood in MOODS:
            session.performers[0].emotion.set(mood, fade=0.2)
            session.settle(0.8)
            stills.append(session.frame().pixels.copy())
    save(np.hstack(stills), folder / "moods.jpg")


def lips(folder: Path) -> None:
    """The mouth at rest and on five vowels."""
    stills = []
    for preset in SYLLABLES:
        part = folder / "part.png"
        config = Config(size=(300, 340), view="close", quality="high")
        still(config, part, {preset: 1.0} if preset != "neutral" else {})
        stills.append(np.asarray(Image.open(part)))
        part.unlink()
    save(np.hstack(stills), folder / "lips.jpg")


def duo(folder: Path) -> None:
    with avatar.Session("mei", size=(960, 540), view="half", quality="film") as session:
        session.add_figure("ming", x=0.7)
        session.settle()
        save(session.frame().pixels, folder / "duo.jpg")


def transparent(folder: Path) -> None:
    """The same figure over a chequer, to show the alpha."""
    settings = {"background": "transparent", "label": False, "quality": "film"}
    with avatar.Session("mei", size=(480, 540), **settings) as session:
        session.settle()
        pixels = session.frame().pixels.astype(np.float32)
    y, x = np.mgrid[:540, :480] // 24
    chequer = np.where((x + y) % 2, 205.0, 160.0)[..., None]
    flat = pixels[..., :3] + chequer * (1 - pixels[..., 3:] / 255)
    save(flat.round().clip(0, 255).astype(np.uint8), folder / "transparent.jpg")


def clip(folder: Path) -> None:
    """The main job: an MP4, and the same as an animated WebP for the README."""
    frames: list[Image.Image] = []
    with avatar.Session("mei", size=(640, 360), captions=True, quality="standard") as session:
        session.say(GREETING)
        session.write(folder / "hello.mp4")
    settings = {"size": (480, 270), "fps": 15, "captions": True}
    with avatar.Session("mei", **settings) as session:
        session.say(GREETING)
        for frame in session.frames():
            frames.append(Image.fromarray(frame.pixels[..., :3].copy()))
    frames[0].save(
        folder / "hello.webp",
        save_all=True,
        append_images=frames[1:],
        duration=round(1000 / 15),
        loop=0,
        quality=55,
        method=4,
    )


PICTURES: dict[str, Callable[[Path], None]] = {
    maker.__name__: maker for maker in (mei, ming, close, moods, lips, duo, transparent, clip)
}

if __name__ == "__main__":
    arguments = sys.argv[1:]
    target = Path(arguments[0]) if arguments else Path(__file__).parent / "gallery"
    target.mkdir(parents=True, exist_ok=True)
    for name in arguments[1:] or PICTURES:
        PICTURES[name](target)
        print(name)
