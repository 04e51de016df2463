"""Contact sheets: one figure in every emotion, mouth shape, glance and gesture, side by side.

For people who judge a figure: what is ugly shows at once when all of it stands on one page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from avatar.animation.emotion import EMOTIONS
from avatar.animation.gestures import find, library
from avatar.pose import Pose
from avatar.runtime.manual import ManualDriver
from avatar.runtime.performer import Performer
from avatar.runtime.session import Session

Tile = tuple[str, NDArray[np.uint8]]
"""What is shown, and its picture, uint8[h, w, 4]."""

MOUTHS: Final = ("aa", "ih", "ou", "ee", "oh")
_GLANCE: Final = {"gaze left": (0.4, 0.0), "gaze right": (-0.4, 0.0)}
_OPEN: Final = {"eyeBlinkLeft": 0.0, "eyeBlinkRight": 0.0}
_SETTLE: Final = 1.2


class _Glance:
    """Holds the eyes in one direction."""

    layer = "manual"

    def __init__(self, gaze: tuple[float, float]) -> None:
        self._gaze = gaze

    def sample(self, t: float) -> Pose:
        return Pose(t, gaze=self._gaze)


def mood_tiles(session: Session) -> Iterator[Tile]:
    """Neutral and each emotion."""
    performer = session.performers[0]
    for name in EMOTIONS:
        performer.emotion.set(name, fade=0.2)
        yield name, _held(session, performer, ManualDriver())
    performer.emotion.set("neutral", fade=0.2)


def face_tiles(session: Session) -> Iterator[Tile]:
    """Each emotion, the five mouth shapes, a blink and both glances."""
    yield from mood_tiles(session)
    performer = session.performers[0]
    for name in MOUTHS:
        yield name, _held(session, performer, ManualDriver(_OPEN | {name: 1.0}))
    shut = dict.fromkeys(_OPEN, 1.0)
    yield "blink", _held(session, performer, ManualDriver(shut))
    for name, gaze in _GLANCE.items():
        yield name, _held(session, performer, _Glance(gaze))


def gesture_tiles(session: Session) -> Iterator[Tile]:
    """The stroke of every variant of every gesture."""
    for gesture in library().values():
        for variant in gesture.variants:
            over = session.gesture(gesture.name, variant=variant.name, seed=1)
            shown = session.performers[0].gestures.shown
            session.settle(shown - session.clock.now())
            label = variant.name if variant.name.startswith(gesture.name) else gesture.name
            yield label, session.frame().pixels.copy()
            session.settle(over + 0.2 - session.clock.now())


def strip_tiles(session: Session, name: str, count: int = 12) -> Iterator[Tile]:
    """``count`` moments of gesture ``name`` from the stance and back."""
    start = session.clock.now()
    variant = find(name).variants[0].name
    over = session.gesture(name, variant=variant, seed=1)
    for t in np.linspace(start + 0.1, over, count):
        session.settle(max(float(t) - session.clock.now(), 0.0))
        yield f"{name} {t - start:.2f} s", session.frame().pixels.copy()


def sheet(tiles: Sequence[Tile], columns: int) -> Image.Image:
    """The tiles in rows, each with its name."""
    height, width = tiles[0][1].shape[:2]
    page = Image.new("RGB", (columns * width, -(-len(tiles) // columns) * height))
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(max(11, height // 24))
    for i, (name, pixels) in enumerate(tiles):
        x, y = i % columns * width, i // columns * height
        page.paste(Image.fromarray(np.ascontiguousarray(pixels[..., :3])), (x, y))
        draw.text((x + 6, y + 4), name, fill=(235, 235, 235), font=font)
    return page


def _held(
    session: Session, performer: Performer, driver: ManualDriver | _Glance
) -> NDArray[np.uint8]:
    performer.add(driver)
    session.settle(_SETTLE)
    pixels = session.frame().pixels.copy()
    performer.drivers.remove(driver)
    return pixels


SHEETS: Final[dict[str, tuple[str, Callable[[Session], Iterator[Tile]], int]]] = {
    "faces": ("close", face_tiles, 4),
    "moods": ("half", mood_tiles, 4),
    "gestures": ("half", gesture_tiles, 6),
}
"""Sheet -> shot, what makes its tiles, columns."""
