"""Hair styles by name: each turns a head and a look into layers of hair, the outermost first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from avatar.modelling.groom import cropped, falling, tied
from avatar.modelling.groom.cropped import Crop
from avatar.modelling.groom.draped import Drape, let_down
from avatar.modelling.groom.falling import Fall
from avatar.modelling.groom.framing import frame
from avatar.modelling.groom.head import Head
from avatar.modelling.groom.look import Look
from avatar.modelling.groom.sheet import Cards, Guides, Mesh, Shell, cards, shell
from avatar.modelling.groom.tied import Tail, Tie
from avatar.modelling.sources import Reals
from avatar.modelling.springs import Chain
from avatar.pose import HumanBone

_LOCK: Final = ("lock", "lock2")
_SIDES: Final = (1.0, -1.0)
_EDGE: Final = Shell(7, (0.0, 0.55), (0.85, 0.75), 0.0)
"""The short hair of a hair line."""
_FADE: Final = Cards(
    150, 0.008, ("baby",), 5, (-0.0003, 0.0005, 0.0006), (0.9, 1.0), start=(0.0, 0.5),
    length=(0.35, 0.6), wander=0.003, profile=(1.0,), seed=83,
)  # fmt: skip
"""Clipped hair that thins out towards the skin."""
_BAND: Final = Shell(14, (0.1, 0.78), (0.85,), 0.0)
"""A strand wound round a tail."""


@dataclass(frozen=True)
class Layer:
    """A mesh of hair."""

    mesh: Mesh
    swings: bool = False
    """Follows the spring chains where it is near them."""


@dataclass(frozen=True)
class Groom:
    """A grown style."""

    layers: list[Layer]
    """From the outermost to the innermost, so that depth rejects what is covered."""
    chains: list[Chain] = field(default_factory=list[Chain])


def bob(head: Head, look: Look) -> Groom:
    """Straight hair to the jaw, parted, with tips turned in."""
    s = head.scale
    fall = Fall(look.parting, look.own(0.105), look.volume, curl=0.026, open=-0.010)
    sides = [falling.half(head, side, fall) for side in _SIDES]
    under = falling.lining(head, replace(fall, length=fall.length + 0.020))
    edges = [shell(falling.edge(head, side, fall), _EDGE) for side in _SIDES]
    lining = shell(under, Shell(9, (0.05, 1.0), (0.3, 0.25, 0.3)))
    layers = [Layer(mesh, True) for mesh in _fallen(sides, s, look)]
    layers += [Layer(mesh) for mesh in [*edges, lining]]
    framing = [Layer(mesh) for mesh in frame(head, look)]
    return Groom(_fringe(head, look) + framing + layers, _hanging_chains(head, sides, joints=4))


def long(head: Head, look: Look) -> Groom:
    """Long hair, parted; in front of the shoulders and behind them."""
    s = head.scale
    fall = Fall(look.parting, 0.10, look.volume, curl=0.0, front_longer=0.0)
    drape = Drape(look.own(0.36), look.wave)
    halves = [falling.half(head, side, fall) for side in _SIDES]
    sides = [
        part
        for side, guides in zip(_SIDES, halves, strict=True)
        for part in let_down(head, guides, side, drape)
    ]
    edges = [shell(falling.edge(head, side, fall), _EDGE) for side in _SIDES]
    under = falling.lining(head, Fall(look.parting, 0.17, look.volume))
    lining = shell(under, Shell(7, (0.05, 0.95), (0.3, 0.25, 0.3)))
    layers = [Layer(mesh, True) for mesh in _fallen(sides, s, look, 20, 20, 2)]
    layers += [Layer(mesh) for mesh in [*edges, lining]]
    framing = [Layer(mesh) for mesh in frame(head, look)]
    return Groom(_fringe(head, look) + framing + layers, _hanging_chains(head, sides))


def _hanging_chains(head: Head, sides: list[Guides], joints: int = 6) -> list[Chain]:
    """Two chains through each sheet, from below the ears down."""
    chains: list[Chain] = []
    for number, guides in enumerate(sides):
        for share in (0.25, 0.75):
            path = guides.path[round(share * (len(guides.path) - 1))]
            low = path[path[:, 1] < head.eye_y - 0.05 * head.scale]
            chains.append(_chain(f"hair_{number}_{round(share * 4)}", low, head.scale, joints))
    return chains


def _fringe(head: Head, look: Look) -> list[Layer]:
    """A fringe as far down as the look says; nothing for 0."""
    if look.fringe <= 0:
        return []
    s, full = head.scale, 1 - look.sheer
    guides = falling.bangs(head, look.parting, 0.033 - 0.018 * look.fringe)
    plan = (
        Cards(round(8 + 14 * look.sheer), 0.0085 * s, ("wisp", "wisp", "lock2"), 8,
              (0.0005, 0.002, 0.003), (0.85, 1.0), (0.05, 1.0), profile=(0.9, 1.0, 0.9, 0.4),
              across=(0.08, 0.92), wander=0.010, seed=33),
        Cards(round(26 * full), 0.017 * s, _LOCK, 9, (0.0005, 0.002, 0.0025), (0.8, 1.0),
              (0.05, 1.0), profile=(0.8, 1.0, 0.9, 0.3), wander=0.004, seed=31),
        Cards(round(20 * full), 0.020 * s, ("dense", "dense2"), 8, (-0.001,), (0.6, 0.8),
              (0.05, 1.0), profile=(1.0, 1.0, 0.8, 0.25), wander=0.003, seed=37),
    )  # fmt: skip
    return [Layer(cards(guides, kind)) for kind in plan if kind.count]


def _wisps(head: Head, look: Look) -> list[Layer]:
    """Loose locks beside the face of hair that is tied."""
    framing = [Layer(mesh) for mesh in frame(head, look)]
    if look.fringe <= 0:
        return framing
    kind = Cards(
        round(2 + 6 * look.fringe), 0.010 * head.scale, ("wisp", "lock2"), 14,
        (0.001, 0.003, 0.004), (0.9, 1.0), across=(0.0, 0.05), wander=0.008,
        profile=(0.6, 1.0, 0.8, 0.3), seed=41,
    )  # fmt: skip
    fall = Fall(look.parting, 0.115, 0.8, curl=0.006)
    return framing + [Layer(cards(falling.half(head, side, fall), kind)) for side in _SIDES]


def _fallen(
    sides: list[Guides], s: float, look: Look, locks: int = 36, rows: int = 20, apart: int = 1
) -> list[Mesh]:
    """Fly-aways, locks and shells of sheets that fall from a parting; the first of every
    ``apart`` of them lies beside the face."""
    plan = (
        Cards(round(5 * look.flyaway), 0.005 * s, ("fly",), 12, (0, 0.005, 0.007), (1.0, 1.0),
              wander=0.012, seed=1),
        Cards(7, 0.012 * s, ("lock2", "wisp"), 13, (0.001, 0.002, 0.002), (0.85, 1.0),
              across=(0.035, 0.11), seed=3),
        Cards(locks, 0.016 * s, _LOCK, rows - (3 if apart == 1 else 6), (0.0008, 0.0035, 0.0035),
              (0.85, 1.0, 1.0), across=(0.03, 1.0), seed=2),
    )  # fmt: skip
    meshes = [cards(guides, kind) for kind in plan for guides in sides if kind.count]
    skin = Shell(rows, (0.05, 1.0), (0.5, 0.75, 0.8, 0.8, 0.7))
    shells = [
        shell(guides, replace(skin, soft=number % apart == 0))
        for number, guides in enumerate(sides)
    ]
    return meshes + shells


def twintails(head: Head, look: Look) -> Groom:
    """Parted in the middle, tied high on both sides."""
    s = head.scale
    tie = Tie(104.0, 24.0, volume=look.volume)
    layers: list[Layer] = []
    inner: list[Layer] = []
    chains: list[Chain] = []
    for side, name in ((1.0, "left"), (-1.0, "right")):
        hanging, middle = tied.tail(head, tie, side, Tail(look.own(0.42)))
        layers.append(Layer(cards(hanging, _tail_locks(s)), True))
        inner.append(Layer(shell(hanging, _tail_shell()), True))
        chains.append(_chain(f"hair_{name}", middle[3:], s))
        guides = tied.around(head, side, tie)
        layers.append(Layer(cards(guides, _combed(s, 21))))
        layers.append(Layer(cards(guides, replace(_baby(s, (0.52, 1.0)), count=14))))
        inner.append(Layer(shell(tied.band(head, tie, side), _BAND)))
        inner.append(Layer(shell(guides, Shell(13, (0.015, 0.8), (0.85, 0.85, 0.8, 0.6)))))
    framing = [Layer(mesh) for mesh in frame(head, replace(look, parting=0.0))]
    return Groom(_fringe(head, look) + framing + layers + inner, chains)


def ponytail(head: Head, look: Look) -> Groom:
    """Swept from a parting to a tail behind."""
    tie = Tie(180.0, 6.0, volume=look.volume)
    hanging, middle = tied.tail(head, tie, 1.0, Tail(look.own(0.36), 0.036))
    layers = [Layer(cards(hanging, _tail_locks(head.scale)), True)]
    inner = [Layer(shell(hanging, _tail_shell()), True)]
    inner.append(Layer(shell(tied.band(head, tie, 1.0), _BAND)))
    swept = _swept(head, look, tie)
    return Groom(
        _wisps(head, look) + layers + swept + inner, [_chain("hair_tail", middle[3:], head.scale)]
    )


def bun(head: Head, look: Look) -> Groom:
    """Swept from a parting to a low bun."""
    tie = Tie(180.0, -12.0, volume=look.volume)
    rope = shell(tied.coil(head, tie, 0.036), Shell(56, (0.1, 0.78), (0.6, 0.8, 0.9, 1.0), 0.0008))
    return Groom([*_wisps(head, look), *_swept(head, look, tie), Layer(rope)])


def _swept(head: Head, look: Look, tie: Tie) -> list[Layer]:
    sides = [tied.behind(head, side, tie, look.parting) for side in _SIDES]
    locks = [Layer(cards(guides, _combed(head.scale, 40))) for guides in sides]
    skin = Shell(18, (0.015, 0.8), (0.85, 0.85, 0.8, 0.6))
    locks += [Layer(cards(guides, _baby(head.scale, (0.34, 0.72)))) for guides in sides]
    return locks + [Layer(shell(guides, skin)) for guides in sides]


def _combed(s: float, count: int) -> Cards:
    return Cards(count, 0.014 * s, _LOCK, 11, (0.0005, 0.0013, 0.0013), (0.9, 1.0), (0.0, 0.84))


def _baby(s: float, across: tuple[float, float]) -> Cards:
    """Short soft hairs along a hair line."""
    return Cards(
        30, 0.010 * s, ("baby",), 5, (-0.0004, 0.0016, 0.003), (0.95, 0.95),
        start=(0.0, 0.004), length=(0.10, 0.20), wander=0.010, profile=(1.0,), across=across,
        seed=17,
    )  # fmt: skip


def _tail_locks(s: float) -> Cards:
    return Cards(16, 0.022 * s, _LOCK, 14, (0.001, 0.004, 0.006, 0.004), (0.8, 1.0),
                 length=(0.74, 1.0), wander=0.012, profile=(0.8, 1.0, 0.9, 0.35))  # fmt: skip


def _tail_shell() -> Shell:
    return Shell(16, (0.07, 1.0), (0.6, 0.8, 0.85, 0.9), 0.002)


def _chain(name: str, points: Reals, s: float, joints: int = 6) -> Chain:
    """A spring chain through a curve [K, 3]."""
    at = np.linspace(0, len(points) - 1, joints).round().astype(int)
    return Chain(name, HumanBone.head, points[at], 0.9, 0.45, 0.12, 0.016 * s)


def short(head: Head, look: Look) -> Groom:
    """Short back and sides, longer on top, leaning to one side."""
    s, volume = head.scale, look.volume
    crop = Crop(0.0145 * volume, 0.004 * volume, 34.0 * look.sweep)
    guides = cropped.ring(head, crop)
    loose = cropped.ring(head, replace(crop, fringe=0.014 + 0.03 * look.fringe))
    out = [cards(down, _FADE) for down in (cropped.fade(head, side) for side in _SIDES)]
    for k in range(3):
        start = (0.05 + 0.19 * k, 0.2 + 0.19 * k)
        out.append(cards(loose, Cards(
            68, 0.0105 * s, ("tuft",), 7, (-0.003, 0.003, 0.0065, 0.0055),
            (0.62, 0.85, 1.0), start=start, length=(0.34, 0.54), wander=0.012,
            profile=(0.9, 1.0, 0.9, 0.55), across=(0.34, 0.66), seed=k,
        )))  # fmt: skip
    for k in range(3):
        start = (0.4 + 0.13 * k, 0.53 + 0.13 * k)
        for seed, part in ((5 + k, (0.0, 0.36)), (9 + k, (0.64, 1.0))):
            out.append(cards(guides, Cards(
                54, 0.011 * s, ("tuft",), 5, (-0.001, 0.001, 0.0013, 0.0004), (0.74, 0.88, 0.95),
                start=start, length=(0.26, 0.34), wander=0.006, profile=(0.9, 1.0, 0.9, 0.6),
                across=part, seed=seed,
            )))  # fmt: skip
    out.append(shell(guides, Shell(16, (0.09, 0.95), (0.7, 0.8, 0.8, 0.75, 0.8), 0.001)))
    return Groom([Layer(mesh) for mesh in out])


STYLES: Final[dict[str, Callable[[Head, Look], Groom]]] = {
    "bob": bob,
    "bun": bun,
    "long": long,
    "ponytail": ponytail,
    "short": short,
    "twintails": twintails,
}
"""Styles by name."""
