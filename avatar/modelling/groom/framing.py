"""Hair that frames a face: a curtain fringe, soft locks at the temples, and baby hairs."""

from __future__ import annotations

from typing import Final

import numpy as np

from avatar.modelling.groom.curves import evenly, softened, spline
from avatar.modelling.groom.falling import at_level
from avatar.modelling.groom.head import Head
from avatar.modelling.groom.look import Look
from avatar.modelling.groom.sheet import Cards, Guides, Mesh, Shell, cards, shell
from avatar.modelling.sources import Reals

_CURTAIN: Final = (
    ((4, 0.047), (7, 0.038), (12, 0.030), (18, 0.025), (24, 0.021), (29, 0.019)),
    ((6, 0.051), (15, 0.037), (29, 0.023), (46, 0.005), (58, -0.019), (66, -0.044)),
    ((16, 0.076), (40, 0.057), (58, 0.030), (67, -0.006), (71, -0.048), (73, -0.090)),
)
"""Azimuth (degrees) and height above the eyes (m) along the innermost lock of a curtain fringe,
a lock at ``_BODY`` of its width, and the outermost."""
_BODY: Final = 0.35
_RISE: Final = (0.0095, 0.0115, 0.0085, 0.0055, 0.0050, 0.0065)
"""Distance of a curtain fringe from the skin at those places, m."""

_FLOOR: Final = Shell(20, (0.01, 0.8), (0.5, 0.4, 0.4), 0.0)
"""What shows in a parting."""


def frame(head: Head, look: Look) -> list[Mesh]:
    """Curtain locks if the look has them, the soft hairs of forehead and temples, and the roots
    in the parting."""
    s, part = head.scale, _turn(look.parting)
    locks: list[Mesh] = []
    fine: list[Mesh] = []
    for side in (1.0, -1.0):
        if look.curtain:
            guides = curtain(head, side, look.parting, look.curtain)
            locks += [cards(guides, kind) for kind in _curtain_locks(s)]
        fine.append(cards(baby(head, side, side * part + 0.5), _baby_hairs(s)))
        fine.append(cards(temple(head, side), _temple_hairs(s)))
    return [*locks, *fine, shell(floor(head, look.parting), _FLOOR)]


def _curtain_locks(s: float) -> tuple[Cards, Cards]:
    thin = Cards(14, 0.009 * s, ("wisp", "wisp", "fly", "lock2"), 14, (0.0004, 0.004, 0.005),
                 (0.9, 1.0), (0.03, 1.0), length=(0.5, 0.98), wander=0.007,
                 profile=(0.6, 1.0, 0.9, 0.5), across=(0.05, 0.6), seed=61)  # fmt: skip
    full = Cards(13, 0.014 * s, ("lock", "lock2"), 15, (0.0004, 0.003, 0.0042), (0.75, 0.95, 1.0),
                 (0.03, 1.0), length=(0.75, 0.99), wander=0.004,
                 profile=(0.5, 1.0, 0.9, 0.3), across=(0.46, 1.0), seed=63)  # fmt: skip
    return thin, full


def _baby_hairs(s: float) -> Cards:
    return Cards(38, 0.009 * s, ("baby",), 5, (0.0, 0.0004, 0.001), (0.95, 1.0), start=(0.0, 0.22),
                 length=(0.6, 0.95), profile=(1.0,), seed=67)  # fmt: skip


def _temple_hairs(s: float) -> Cards:
    return Cards(9, 0.006 * s, ("wisp", "fly"), 6, (0.0, 0.001, 0.002), (0.9, 1.0),
                 start=(0.0, 0.1), length=(0.45, 0.9), wander=0.005,
                 profile=(0.7, 1.0, 0.8), seed=71)  # fmt: skip


def curtain(head: Head, side: float, parting: float, reach: float = 1.0) -> Guides:
    """A fringe swept from the parting over one side of the forehead to the cheek bone; ``reach``
    0..1 of its length."""
    s, g = head.scale, np.linspace(0, 1, 25)
    part = _turn(parting)
    low = _forehead(head)
    points = [head.on_skin(_middle(parting + 0 * g, low + 1 + 26 * g), 0.0015 * s)]
    for place, rise in zip(np.array(_CURTAIN).transpose(1, 2, 0), _RISE, strict=True):
        azimuth, height = (np.interp(g, [0, _BODY, 1], known) for known in place)
        shift = part * np.interp(azimuth, [0, 50], [1, 0])
        way = at_level(head, side * azimuth + shift, head.eye_y + height * s)
        points.append(head.on_skin(way, rise * s))
    path = softened(spline(np.stack(points, axis=1), 48), 6)
    path = path[:, : max(round(48 * (0.45 + 0.55 * reach)), 8)]
    return _over(head, evenly(path, 36))


def floor(head: Head, parting: float) -> Guides:
    """The roots that show in a parting, from the forehead to the crown."""
    across = parting + np.linspace(-0.007, 0.007, 5)[:, None]
    way = _middle(across, np.linspace(_forehead(head) - 1, 112, 24))
    return _over(head, head.on_skin(way, -0.0006 * head.scale))


def _forehead(head: Head) -> float:
    """Angle from the level of the hair line's middle, degrees."""
    return float(np.degrees(np.arcsin(head.hair_line(np.zeros(1))[0, 1])))


def _middle(across: Reals, angle: Reals) -> Reals:
    """Directions [..., 3] over the head, ``across`` m to the left of its middle, at ``angle``
    degrees from the face over the crown."""
    across, turn = np.broadcast_arrays(across / 0.11, np.radians(angle))
    return np.stack([across, np.sin(turn), np.cos(turn)], -1)


def baby(head: Head, side: float, first: float, last: float = 74.0) -> Guides:
    """Short soft hairs that begin a little outside the hair line and lie back along it."""
    s, azimuth = head.scale, np.linspace(first, last, 41)
    ahead = np.interp(azimuth, [first, 40, 58, last], [9, 9, 7, 2])
    climb = np.interp(azimuth, [first, 40, 60, last], [0.011, 0.011, 0.008, 0.004])
    start = head.on_skin(head.hair_line(side * azimuth, -0.0055 * s), 0.0002 * s)
    mid = head.on_skin(head.hair_line(side * (azimuth + 0.55 * ahead), 0.25 * climb * s), 0.002 * s)
    end = head.on_skin(head.hair_line(side * (azimuth + 1.3 * ahead), climb * s), 0.0035 * s)
    return _over(head, spline(np.stack([start, mid, end], axis=1), 16))


def temple(head: Head, side: float) -> Guides:
    """Thin hairs from the temple that hang before the ear."""
    s, g = head.scale, np.linspace(0, 1, 13)
    root = head.hair_line(side * (52 + 14 * g), 0.004 * s)
    points = [head.on_skin(root, 0.0005 * s)]
    for share, level, rise in ((0.35, 0.008, 0.003), (0.7, -0.022, 0.003), (1.0, -0.050, 0.004)):
        azimuth = 52 + 14 * g + (69 + 7 * g - 52 - 14 * g) * share
        way = at_level(head, side * azimuth, head.eye_y + level * s)
        points.append(head.on_skin(way, rise * s))
    return _over(head, spline(np.stack(points, axis=1), 24))


def _turn(parting: float) -> float:
    """Azimuth of a parting at the forehead, degrees."""
    return float(np.degrees(np.arctan2(parting, 0.1)))


def _over(head: Head, path: Reals) -> Guides:
    away = path - head.centre
    return Guides(path, away / np.linalg.norm(away, axis=-1, keepdims=True).clip(1e-12))
