"""Twin tails: fringe, side locks, a cap combed to both sides, and two long tails."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from avatar.modelling.idol.cloth import Fabric, clipped, lifted
from avatar.modelling.idol.drawn import MM, head_weights
from avatar.modelling.idol.face import Head
from avatar.modelling.idol.locks import CENTRE, Lock, lock_mesh, on_skull, spline
from avatar.modelling.idol.simplify import simplified
from avatar.modelling.idol.surface import front, monotone, outward
from avatar.modelling.part import Part
from avatar.modelling.sources import Flags, Ints, Reals, vec
from avatar.modelling.springs import Chain, bind_to_chains
from avatar.pose import HumanBone

TAIL_ROOT: Final = np.array([84.0, 172.0, -34.0])
"""Where the left tail is tied, mm in head space."""
_TAIL: Final = np.array([
    [80, 170, -32], [108, 192, -44], [146, 186, -62], [176, 136, -82], [196, 52, -98],
    [208, -50, -106], [206, -160, -108], [190, -270, -104], [176, -366, -92], [194, -440, -72],
])  # fmt: skip
"""Knots of the left tail's middle."""


_HAIRLINE: Final = np.array([
    [0.0, 40, 62, 78, 94, 108, 122, 150, 180], [176, 168, 138, 114, 98, 66, 46, 30, 28],
])  # fmt: skip
"""Degrees round the head (0 front) and height, mm, below which there is bare skin."""


@dataclass(frozen=True)
class Hairdo:
    """Hair as one part and the chains it hangs on."""

    part: Part
    chains: list[Chain]


def make_hair(head: Head, origin: Reals) -> Hairdo:
    """All the hair; ``origin`` (m) is the chin's tip."""
    locks = [*_fringe(), *_sides(), *_cap(), *_tails(), *_ahoge()]
    pieces = [lock_mesh(lock) for lock in locks]
    pieces.append(_shell(head))
    counts = np.cumsum([0] + [len(p[0]) for p in pieces])
    position = np.concatenate([p[0] for p in pieces])
    strand: Ints = np.repeat(np.arange(len(pieces)), np.diff(counts))
    triangles = np.concatenate([p[3] + s for p, s in zip(pieces, counts, strict=False)])
    part = Part(
        "hair", "hair", "Hair", origin + position * MM, np.concatenate([p[1] for p in pieces]),
        np.concatenate([p[2] for p in pieces]), triangles, head_weights(len(position)),
    )  # fmt: skip
    chains = _chains(origin)
    free = np.array([lock.group for lock in locks] + [0])[strand]
    weight = _bound(part, strand, free, chains)
    return Hairdo(replace(part, weight=weight), chains)


def _bound(part: Part, strand: Ints, group: Ints, chains: list[Chain]) -> Reals:
    """Weights of the locks on the chains of their own group; the rest stays on the head."""
    base = part.weight.shape[1]
    weight = np.pad(part.weight, ((0, 0), (0, sum(len(c.points) for c in chains))))
    column = base
    for number in sorted({int(c.name.split("_")[0].removeprefix("g")) for c in chains}):
        own = [c for c in chains if c.name.startswith(f"g{number}_")]
        width = sum(len(c.points) for c in own)
        rows = np.flatnonzero(group == number)
        bound = bind_to_chains(part.position[rows], np.unique(strand[rows], return_inverse=True)[1],
                               own, part.weight[rows])  # fmt: skip
        weight[rows, :base] = bound[:, :base]
        weight[rows, column : column + width] = bound[:, base:]
        column += width
    return weight


def _chains(origin: Reals) -> list[Chain]:
    """Two chains to a tail, one to a side lock; groups 1..4."""
    chains: list[Chain] = []
    for number, sign in ((1, 1), (2, -1)):
        path = spline(_TAIL, 60)[6:]
        for k, shift in enumerate((-16.0, 16.0)):
            points = spline(path, 8) + vec(0, 0, shift)
            points = origin + points * [sign, 1, 1] * MM
            chains.append(Chain(f"g{number}_tail{k}", HumanBone.head, points, 0.55, 0.3, 0.1, 0.02))
    for number, sign in ((3, 1), (4, -1)):
        points = origin + spline(_side_paths()[0][1:], 5) * [sign, 1, 1] * MM
        chains.append(Chain(f"g{number}_side", HumanBone.head, points, 1.6, 0.45, 0.05, 0.008))
    return chains


def _mirror(lock: Lock, group: int | None = None) -> Lock:
    path = np.asarray(lock.path) * [-1, 1, 1]
    return replace(lock, path=path, group=lock.group if group is None else group, u=lock.u + 0.37)


def over_face(x: float, y: float, lift: float) -> Reals:
    """float64[3]: a point ``lift`` mm off the face over (x, y)."""
    z = float(front(np.array([x]), np.array([y]), features=False)[0])
    normal = outward(np.array([[x, y, z]]))[0]
    return np.array([x, y, z]) + normal * lift


_FRINGE: Final = (
    # root azimuth, tip x, tip y, width, sway of the tip, height over the skin, v at the tip
    (-73, -72, 62, 26, -3, 6.5, 0.60), (-57, -66, 86, 26, -5, 8.5, 0.52),
    (-40, -48, 110, 30, -9, 7.0, 0.46), (-25, -30, 112, 29, -9, 9.0, 0.46),
    (-12, -19, 106, 25, -8, 7.0, 0.48), (4, 3, 86, 25, 5, 9.0, 0.56),
    (15, 19, 109, 24, 8, 6.8, 0.47), (28, 31, 114, 30, 9, 8.8, 0.45),
    (43, 50, 109, 30, 8, 7.0, 0.47), (58, 67, 84, 26, 5, 8.6, 0.53), (74, 72, 60, 26, 3, 6.5, 0.61),
    # thin ones that break the row
    (-45, -52, 98, 11, -9, 10.5, 0.5), (-4, -6, 98, 10, 3, 10.5, 0.5),
    (22, 26, 103, 10, 9, 10.5, 0.5),
    (49, 54, 94, 11, 8, 10.5, 0.52),
)  # fmt: skip


def _fringe() -> list[Lock]:
    """Locks over the forehead: short over the eyes, one long between them, longer to the sides."""
    locks: list[Lock] = []
    for number, (azimuth, x, y, width, sway, lift, end) in enumerate(_FRINGE):
        path = np.array([
            on_skull(azimuth * 1.25, 78, 5), on_skull(azimuth * 1.08, 58, lift + 5.0),
            on_skull(azimuth * 0.94, 36, lift + 7.0),
            over_face(x * 0.90 - sway * 0.5, (y + 150) / 2, lift + 2.0),
            over_face(x - sway * 0.45, y + 13, lift - 0.5), over_face(x + sway, y, lift - 2.5),
        ])  # fmt: skip
        locks.append(Lock(path, width, 9, (0.10, end), sections=11, u=0.13 * number, around=6))
    return locks


def _side_paths() -> list[Reals]:
    return [
        np.array([on_skull(62, 50, 8), [75, 140, 36], [80.5, 92, 33], [79, 40, 36], [74, -8, 44],
                  [68, -52, 54]]),
        np.array([on_skull(76, 46, 8), [81, 136, 18], [85, 86, 14], [83, 36, 16], [79, -4, 20],
                  [77, -30, 24]]),
        np.array([on_skull(52, 50, 9), [69, 140, 50], [74, 98, 48], [73.5, 56, 50], [70, 22, 56],
                  [65.5, -4, 62]]),
    ]  # fmt: skip


def _sides() -> list[Lock]:
    """Long locks that frame the face."""
    locks: list[Lock] = []
    for number, (path, width) in enumerate(zip(_side_paths(), (25, 24, 16), strict=True)):
        lock = Lock(path, width, 13, (0.08, 0.95 if number == 0 else 0.8), sections=13,
                    u=0.21 * number, group=3, around=6)  # fmt: skip
        locks += [lock, _mirror(lock, 4)]
    return locks


def _cap() -> list[Lock]:
    """Combed from the parting, the temples and the nape to where the tails are tied."""
    locks: list[Lock] = []
    tie = TAIL_ROOT - CENTRE
    azimuth = float(np.degrees(np.arctan2(tie[0], tie[2])))
    elevation = float(np.degrees(np.arcsin(tie[1] / np.linalg.norm(tie))))
    for number, angle in enumerate(np.linspace(62, 214, 13)):
        # round the head's middle: 90 is the crown, 180 the back
        e = angle if angle <= 90 else 180 - angle
        a = 0.0 if angle <= 90 else 180.0
        locks.append(_combed(number, a, float(e), azimuth, elevation, 34))
    for number, (a, e) in enumerate(((58, 38), (70, 26), (80, 12), (92, 0), (101, -14), (110, -30),
                                     (122, -42), (142, -50), (158, -54), (172, -55))):  # fmt: skip
        locks.append(_combed(number + 20, a, e, azimuth, elevation, 30))
    return locks + [_mirror(lock) for lock in locks]


def _combed(
    number: int, a: float, e: float, azimuth: float, elevation: float, width: float
) -> Lock:
    start, end = (_direction(*angles) for angles in ((a, e), (azimuth, elevation)))
    lift = 6.0 + 1.6 * (number % 3)
    path: list[Reals] = []
    for t in (0.0, 0.25, 0.5, 0.75, 0.94):
        way = start * (1 - t) + end * t
        way /= np.linalg.norm(way)
        angles = np.degrees([np.arctan2(way[0], way[2]), np.arcsin(way[1])])
        path.append(on_skull(float(angles[0]), float(angles[1]),
                             lift + 5.0 * np.sin(np.pi * t) - 8.0 * (t == 0)))  # fmt: skip
    path.append(TAIL_ROOT + (np.array([10.0, 2, -4])))
    return Lock(np.array(path), width, 13, (0.02, 0.40), "strap", 8, u=0.17 * number, around=5)


def _direction(azimuth: float, elevation: float) -> Reals:
    a, e = np.radians(azimuth), np.radians(elevation)
    return np.array([np.sin(a) * np.cos(e), np.sin(e), np.cos(a) * np.cos(e)])


def _tails() -> list[Lock]:
    """Each tail a bundle of locks that swells and parts at its tips."""
    middle = spline(_TAIL, 30)
    along = np.gradient(middle, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    side = np.cross(along, [0.0, 0, 1])
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    other = np.cross(side, along)
    t = np.linspace(0, 1, 30)
    swell = np.interp(t, [0, 0.05, 0.2, 0.45, 0.75, 1], [5, 10, 28, 37, 30, 24])
    locks: list[Lock] = []
    count = 11
    for k in range(count):
        phase = 2 * np.pi * k / count + 0.9 * t + 0.3
        reach = 1.0 if k % 3 else 0.82
        ring = side * np.cos(phase)[:, None] + other * np.sin(phase)[:, None]
        end = int(30 * (0.80 + 0.20 * ((k * 7) % count) / (count - 1)))
        wave = 7.0 * np.sin(2 * np.pi * (1.6 * t + 0.31 * k)) * t
        path = (middle + side * wave[:, None] + ring * (reach * swell)[:, None])[:end:3]
        lock = Lock(path, 42, 24, (0.16, 1.0), "tail", 21, u=0.19 * k, group=1, around=6)
        locks += [lock, _mirror(lock, 2)]
    core = Lock(middle[:28:3], 52, 44, (0.16, 0.95), "tail", 14, group=1, around=7)
    return [*locks, core, _mirror(core, 2)]


def _ahoge() -> list[Lock]:
    """The stray lock on the crown, and a smaller one."""
    return [
        Lock(np.array([[2, 224, -4], [6, 240, 2], [20, 254, 10], [38, 254, 16], [50, 240, 18]]),
             12, 8, (0.1, 0.7), "leaf", 14),
        Lock(np.array([[-2, 224, -6], [-8, 238, -4], [-22, 247, -2], [-34, 242, 0]]),
             8, 6, (0.1, 0.6), "leaf", 12, 0.3),
    ]  # fmt: skip


def bare(head: Head) -> Flags:
    """bool[T]: triangles of the head that are not well under the hair's shell."""
    under: Flags = (_above(head.rest) > 12.0)[head.triangles]
    return under.sum(axis=1) < 3


def _above(at: Reals) -> Reals:
    """mm above the hair line."""
    x, y, z = at.T
    turn = np.degrees(np.arctan2(np.abs(x), z + 8))
    return y - monotone(_HAIRLINE[0], _HAIRLINE[1], turn)


def _shell(head: Head) -> tuple[Reals, Reals, Reals, Ints]:
    """The scalp under the locks, in hair: no gap shows skin."""
    normal = outward(head.rest)
    scalp = Fabric(head.rest, normal, np.zeros((len(normal), 1)), head.triangles)
    scalp = lifted(clipped(scalp, lambda on: _above(on.position)), 3.5)
    kept, triangles = simplified(scalp.position, scalp.normal, scalp.weight, scalp.triangles, 0.9)
    at = scalp.position[kept]
    uv = np.column_stack([0.5 + at[:, 0] / 160, np.full(len(at), 0.06)])
    return at, scalp.normal[kept], uv, triangles
