"""A hanfu made from nothing but the body: crossed robe, wide sleeves, collar bands, skirt, sash.

The robe's left front lies over its right one (右衽), as it should on the living.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np

from avatar.modelling import tailor
from avatar.modelling.body import DM, Shape
from avatar.modelling.brocade import band_cloth, damask, skirt_cloth
from avatar.modelling.cloth import fabric
from avatar.modelling.mesh import Surface, body_surface, face_normals, select, vertex_normals
from avatar.modelling.part import Part, build, merge
from avatar.modelling.sources import Flags, Ints, Reals, Sources
from avatar.modelling.vrm_write import Material
from avatar.pose import HumanBone

_TILES: Final = 75.0
"""Weave tiles per metre."""
_BAND: Final = 0.042
"""Width of the collar band, m."""
_BAG: Final = 0.21
"""Depth that a sleeve hangs below the wrist, m."""
_BELOW: Final = 0.045
"""How far below the body's narrowest place the sash is tied, m."""
_SASH: Final = 0.093
"""Height of the sash, m."""
_CUFF: Final = 0.045
"""Width of the bands round the sleeves' openings, m."""
_SPRAY: Final = 4.5
"""Repeats of the robe's blossoms to a metre."""
_LINEN: Final = np.array([0.66, 0.64, 0.60])
_PLEATS: Final = 22
_COLUMNS: Final = 132
_ROWS: Final = 14
_REPEATS: Final = 4
"""Of the skirt's picture round it."""


def hanfu(sources: Sources, shape: Shape, item: dict[str, Any]) -> list[tuple[Part, Material]]:
    """The outfit's parts from the innermost outwards; ``item`` holds linear colours ``colour``
    (robe), ``second`` (skirt) and ``trim`` (bands, cuffs and sash)."""
    bare = replace(shape, morphs={})
    frame = _Frame(bare)
    whole = _robe(sources, bare, frame)
    skirt = _skirt(frame, whole)
    under = _bands(frame, whole, width=0.026, inset=0.019, lift=0.0015)
    over = _bands(frame, whole, width=_BAND, inset=0.0, lift=0.008)
    sash = _sash(frame, [whole, skirt])
    robe, cuffs = _cuffs(whole, frame)
    colour, second, trim = (np.array(item[key]) for key in ("colour", "second", "trim"))
    return [
        _worn("robe", robe, 1 / _SPRAY, damask("robe", colour)),
        _worn("skirt", skirt, 0.6, skirt_cloth("skirt", second, colour)),
        _worn("inner", under, _BAND, fabric("inner", _LINEN, 0.72, 0.10)),
        _worn("trim", merge("trim", [over, *cuffs]), _BAND, band_cloth("trim", trim)),
        _worn("sash", sash, _SASH, band_cloth("sash", trim)),
    ]


def _worn(name: str, part: Part, tile: float, material: Material) -> tuple[Part, Material]:
    """A part in its material; its picture's UV goes by tiles of ``tile`` m."""
    weave = part.uv * (tile * _TILES)
    return replace(part, name=name, material=name, uv1=weave), material


class _Frame:
    """Heights and places on a body that the cut goes by, m."""

    def __init__(self, shape: Shape) -> None:
        joint = shape.skeleton.bind
        self.joint, self.shape = joint, shape
        self.neck = joint[HumanBone.neck]
        self.body = shape.vertices[: tailor.BODY] * DM
        self.waist = _narrowest(self.body, joint)
        self.hips = float(joint[HumanBone.hips][1])
        self.ankle = float(joint[HumanBone.leftFoot][1])
        self.chest = float(joint[HumanBone.upperChest][1])


def _narrowest(body: Reals, joint: Reals) -> float:
    """Height of the narrowest place between hips and chest, m."""
    heights = np.linspace(joint[HumanBone.hips][1] + 0.06, joint[HumanBone.upperChest][1], 24)
    trunk = body[np.abs(body[:, 0]) < 0.20]
    wide = [np.abs(trunk[np.abs(trunk[:, 1] - y) < 0.02, 0]).max(initial=0.0) for y in heights]
    return float(heights[int(np.argmin(wide))]) - _BELOW


def _robe(sources: Sources, shape: Shape, frame: _Frame) -> Part:
    """The base's own tights down to the hips, hung looser, its sleeves widened."""
    base = sources.base
    tights = np.array([group == "helper-tights" for group in base.group])
    place = shape.vertices * DM
    middle = place[base.faces].mean(axis=1)
    keep = tights & (middle[:, 1] > frame.waist - 0.12) & ~_beyond_wrists(middle, frame)
    keep |= tights & (np.abs(middle[:, 0]) > 0.25) & ~_beyond_wrists(middle, frame)
    surface = body_surface(base, base.uv[base.face_uv], keep, keep)
    weight = _weights(surface, shape)
    cut = tailor.Cut(stiff=0.9, sleeve=0.012, cuff=0.03, folds=0.006, clear=0.008)
    body = tailor.wearer(shape, base.faces)
    surface = tailor.tailored(surface, shape, body, cut, weight=weight)
    hung = surface.place(shape.vertices) * DM
    wide = _draped(hung, weight, frame)
    for side in ("left", "right"):
        wide = _widened(wide, weight, frame, side)
    surface = replace(surface, offset=surface.offset + (wide - hung) / DM)
    surface = select(surface, ~_neckline(wide[surface.triangles].mean(axis=1), frame))
    part = build("robe", "robe", "Clothes", surface, shape, weight=_weights(surface, shape))
    return replace(part, uv=part.uv * (_scale(part) * _SPRAY))


def _draped(place: Reals, weight: Reals, frame: _Frame) -> Reals:
    """The front hangs from the breast to the waist instead of clinging to what is between."""
    arms = [HumanBone[side + b] for side in ("left", "right") for b in ("UpperArm", "LowerArm")]
    centre = np.array([0.0, 0.0, float(frame.joint[HumanBone.spine][2])])
    angle = np.arctan2(place[:, 0], place[:, 2] - centre[2])
    trunk = frame.body[np.abs(frame.body[:, 0]) < 0.17]
    high, low = frame.chest + 0.045, frame.waist
    top, end = (_reach(trunk, angle, centre, y) for y in (high, low))
    down = np.clip((high - place[:, 1]) / (high - low), 0, 1)
    goal = top + (end + 0.014 - top) * down + 0.004
    out = place - centre
    radius = np.hypot(out[:, 0], out[:, 2]).clip(1e-6)
    share = (1 - weight[:, arms].sum(axis=1)).clip(0, 1) * tailor.step(0.0, 0.25, down)
    grown = radius + share * np.maximum(0.985 * goal - radius, 0)
    moved = place.copy()
    moved[:, [0, 2]] = centre[[0, 2]] + out[:, [0, 2]] * (grown / radius)[:, None]
    return moved


def _cuffs(robe: Part, frame: _Frame) -> tuple[Part, list[Part]]:
    """The robe without the bands round its sleeves' openings, and these."""
    ends = np.zeros(len(robe.triangles), np.bool_)
    cuffs: list[Part] = []
    for side in ("left", "right"):
        bones = [HumanBone[side + b] for b in ("UpperArm", "LowerArm", "Hand")]
        along, _, out = tailor.cylinder(robe.position, frame.joint[bones])
        forearm = float(np.linalg.norm(frame.joint[bones[2]] - frame.joint[bones[1]]))
        mine = robe.weight[:, bones].sum(axis=1) > 0.5
        from_edge = (float(along[mine].max()) - along) * forearm
        chosen = (mine & (from_edge < _CUFF))[robe.triangles].all(axis=1)
        cuff = replace(robe, uv=np.column_stack([from_edge, out[:, 2]]) / _CUFF)
        cuffs.append(cuff.piece("cuff", "cuff", "Clothes", chosen))
        ends |= chosen
    return robe.piece("robe", "robe", "Clothes", ~ends), cuffs


def _scale(part: Part) -> float:
    """Metres to a unit of a part's UV."""
    a, b, c = (part.uv[part.triangles[:, k]] for k in range(3))
    flat = np.abs((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]).sum()
    solid = np.linalg.norm(face_normals(part.position, part.triangles), axis=1).sum()
    return float(np.sqrt(solid / flat))


def _weights(surface: Surface, shape: Shape) -> Reals:
    weight = surface.map(shape.weight)
    return weight / weight.sum(axis=1, keepdims=True).clip(1e-9)


def _beyond_wrists(at: Reals, frame: _Frame) -> Flags:
    result = np.zeros(len(at), np.bool_)
    for side in ("left", "right"):
        hand, elbow = (frame.joint[HumanBone[side + b]] for b in ("Hand", "LowerArm"))
        along = (hand - elbow) / np.linalg.norm(hand - elbow)
        same = at[:, 0] * hand[0] > 0
        result |= same & ((at - hand) @ along > -0.012) & (np.abs(at[:, 0]) > 0.25)
    return result


def _widened(place: Reals, weight: Reals, frame: _Frame, side: str) -> Reals:
    """Wide sleeves as flat as they hang: a bag from the elbow on, on the little finger's side of
    the arm, which is down whenever the forearm is raised before the body."""
    bones = [HumanBone[side + b] for b in ("UpperArm", "LowerArm", "Hand")]
    along, foot, out = tailor.cylinder(place, frame.joint[bones])
    mine = np.clip((weight[:, bones].sum(axis=1) - 0.55) / 0.4, 0, 1)
    growth = mine * tailor.step(0.45, 1.95, along)
    axis = frame.joint[bones[2]] - frame.joint[bones[1]]
    axis /= np.linalg.norm(axis)
    down = np.array([0.0, -0.25, -1.0])
    down -= (down @ axis) * axis
    down /= np.linalg.norm(down)
    across = np.cross(axis, down)
    low, flat = out @ down, out @ across
    radius = np.linalg.norm(out, axis=1).clip(1e-6)
    hang = np.clip(low / radius, 0, 1) ** 0.8
    fold = 0.005 * np.sin(7 * hang + 9 * along) * hang * growth
    moved = out + (_BAG * growth * hang)[:, None] * down
    return foot + moved + ((0.25 * growth * (1 - 0.5 * hang)) * flat + fold)[:, None] * across


def _neckline(at: Reals, frame: _Frame) -> Flags:
    """bool[N]: inside the opening between the collar's bands, and above its edge behind."""
    x, y, z = at.T
    low, top = _cross(frame), frame.neck[1] + 0.022
    half = np.interp(y, [low, top], [0.0, 0.052])
    front = (z > frame.neck[2] - 0.01) & (y > low) & (np.abs(x) < half)
    return front | ((y > top) & (np.abs(x) < 0.12))


def _cross(frame: _Frame) -> float:
    """Height at which the bands cross."""
    return frame.chest + 0.035


def _bands(frame: _Frame, robe: Part, width: float, inset: float, lift: float) -> Part:
    """The collar: from the nape over both shoulders, crossing on the chest, to the waist."""
    pieces = [
        _ribbon(
            _collar_path(frame, side, inset)[: None if side > 0 else 31],
            robe,
            width,
            lift + (0.0025 if side > 0 else 0),
        )
        for side in (-1.0, 1.0)
    ]
    return merge("bands", pieces)


def _collar_path(frame: _Frame, side: float, inset: float) -> Reals:
    """float64[K, 3]: the wearer's left band (side 1) goes down to the right, and over."""
    y, z = frame.neck[1:]
    low, end = _cross(frame), frame.waist + 0.02
    knots = np.array([
        [0.0, y + 0.035, z - 0.09], [side * (0.045 - inset), y + 0.036, z - 0.055],
        [side * (0.066 - inset), y + 0.030, z + 0.0], [side * (0.060 - inset), y + 0.0, z + 0.06],
        [side * (0.034 - 0.6 * inset), (y + low) / 2, z + 0.10], [0.0, low + 1.2 * inset, z + 0.13],
        [side * -0.055, (low + end) / 2 + 0.6 * inset, z + 0.14], [side * -0.10, end, z + 0.12],
    ])  # fmt: skip
    at = np.linspace(0, len(knots) - 1, 44)
    path = np.column_stack([np.interp(at, np.arange(len(knots)), knots[:, k]) for k in range(3)])
    for _ in range(12):
        path[1:-1] = (path[:-2] + 2 * path[1:-1] + path[2:]) / 4
    return path


def _ribbon(path: Reals, under: Part, width: float, lift: float) -> Part:
    """A band with rounded edges laid on a part along a path."""
    middle, normal = _snapped(path, under)
    for _ in range(4):
        middle[1:-1] = (middle[:-2] + 2 * middle[1:-1] + middle[2:]) / 4
        normal[1:-1] = (normal[:-2] + 2 * normal[1:-1] + normal[2:]) / 4
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    along = np.gradient(middle, axis=0)
    side = np.cross(normal, along)
    side /= np.linalg.norm(side, axis=1, keepdims=True).clip(1e-9)
    across = np.array([-0.52, -0.46, -0.15, 0.15, 0.46, 0.52]) * width
    rise = np.array([-0.004, 1.0, 1.15, 1.15, 1.0, -0.004]) * 1.0
    rows = middle[:, None] + across[None, :, None] * side[:, None]
    place, out = _snapped(rows.reshape(-1, 3), under)
    out = 0.4 * out + 0.6 * np.repeat(normal, len(across), axis=0)
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    height = np.tile(np.where(rise < 0, -0.004, lift * rise), len(middle))
    flat = 0.35 * place + 0.65 * rows.reshape(-1, 3)
    deep = ((place - flat) * out).sum(axis=1).clip(0)
    place = flat + (height + deep)[:, None] * out
    band = _grid("band", place, len(middle), len(across), under)
    u = np.tile(across / width + 0.5, len(middle))
    return replace(band, uv=np.column_stack([u, band.uv[:, 1] / width]))


def _snapped(at: Reals, part: Part) -> tuple[Reals, Reals]:
    """The nearest vertices' surface under points: places on it and its normals."""
    from avatar.modelling.under import nearest

    index = nearest(part.position, at)
    normal = part.normal[index]
    height = ((at - part.position[index]) * normal).sum(axis=1, keepdims=True)
    return at - height * normal, normal


def _skirt(frame: _Frame, robe: Part) -> Part:
    """A pleated skirt from the waist to the ankles, hanging from the hips."""
    angle = np.linspace(np.pi, 3 * np.pi, _COLUMNS, endpoint=False)
    t = np.linspace(0, 1, _ROWS)
    top, low = frame.waist + 0.01, frame.ankle - 0.02
    centre = np.array([0.0, 0.0, float(frame.joint[HumanBone.hips][2])])
    body = frame.body
    trunk = np.abs(body[:, 0]) < 0.20
    y = top + (low - top) * t
    radius = np.array([_reach(body[trunk], angle, centre, height) for height in y])
    radius = np.maximum.accumulate(np.maximum(radius, radius[:1]), axis=0) + 0.012
    radius += 0.075 * t[:, None] ** 1.2
    wave = np.abs(np.sin(_PLEATS / 2 * angle + 0.5 * np.sin(3 * angle)))[None] - 0.6
    radius += (0.003 + 0.020 * t[:, None]) * wave
    ring = np.stack(
        [np.sin(angle) * np.ones_like(radius), 0 * radius, np.cos(angle) * np.ones_like(radius)], -1
    )
    place = centre + ring * radius[..., None]
    place[..., 1] = y[:, None]
    part = _grid("skirt", place.reshape(-1, 3), _ROWS, _COLUMNS, robe, closed=True)
    around = np.tile(np.arange(_COLUMNS + 1) / _COLUMNS * _REPEATS, _ROWS)
    uv = np.column_stack([around, np.repeat(t, _COLUMNS + 1)])
    return replace(part, uv=uv, weight=_hung(part.position, frame))


def _reach(body: Reals, angle: Reals, centre: Reals, height: float) -> Reals:
    """How far the body reaches from an axis in each direction at a height, m."""
    near = body[np.abs(body[:, 1] - height) < 0.035] - centre
    if not len(near):
        return np.full(len(angle), 0.10)
    way = np.column_stack([np.sin(angle), np.cos(angle)])
    return (near[:, [0, 2]] @ way.T).max(axis=0)


def _hung(place: Reals, frame: _Frame) -> Reals:
    """Weights of what hangs from the hips: the thighs take it along, less the lower it is."""
    weight = np.zeros((len(place), len(HumanBone)))
    knee = float(frame.joint[HumanBone.leftLowerLeg][1])
    down = np.clip((frame.hips - place[:, 1]) / (frame.hips - knee), 0, 1)
    left = tailor.step(-0.08, 0.08, place[:, 0])
    share = 0.55 * down
    weight[:, HumanBone.leftUpperLeg] = share * left
    weight[:, HumanBone.rightUpperLeg] = share * (1 - left)
    high = tailor.step(frame.hips + 0.02, frame.waist + 0.02, place[:, 1])
    weight[:, HumanBone.spine] = 0.5 * high
    weight[:, HumanBone.hips] = 1 - weight.sum(axis=1)
    return weight


def _sash(frame: _Frame, worn: list[Part]) -> Part:
    """A broad belt at the waist with two ends hanging before it."""
    angle = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    rise = np.array([-0.046, -0.05, -0.02, 0.015, 0.043, 0.040])
    out = np.array([-0.040, 0.001, 0.003, 0.003, 0.001, -0.045])
    body = np.concatenate([part.position for part in worn])
    body = body[np.abs(body[:, 0]) < 0.17]
    centre = np.array([0.0, 0.0, float(frame.joint[HumanBone.hips][2])])
    reach = np.max(
        [_reach(body, angle, centre, frame.waist + dy) for dy in (-0.03, 0, 0.03)], axis=0
    )
    radius = reach[None] + 0.012 + out[:, None]
    place = np.stack([np.sin(angle) * radius, 0 * radius, np.cos(angle) * radius], -1) + centre
    place[..., 1] = frame.waist + rise[:, None]
    belt = _grid("sash", place.reshape(-1, 3), len(rise), len(angle), worn[0], closed=True)
    across = np.repeat((rise - rise.min()) / _SASH, len(angle) + 1)
    belt = replace(belt, uv=np.column_stack([across, belt.uv[:, 0] / _SASH]))
    return merge("sash", [belt, *(_end(frame, worn[1], belt, x) for x in (0.012, 0.048))])


def _end(frame: _Frame, skirt: Part, belt: Part, x: float) -> Part:
    front = belt.position[np.abs(belt.position[:, 0] - x).argsort()[:12]]
    z = float(front[:, 2].max())
    down = np.linspace(0.03, -0.50 + 3 * (x - 0.012), 12)
    path = np.column_stack([x + 0.05 * (0.03 - down), frame.waist + down, np.full(12, z + 0.004)])
    flat = skirt.position[np.abs(skirt.position[:, 0] - x) < 0.05]
    flat = flat[flat[:, 2] > 0]
    order = np.argsort(flat[:, 1])
    z_skirt = np.interp(
        path[:, 1], flat[order, 1], np.maximum.accumulate(flat[order, 2][::-1])[::-1]
    )
    path[:, 2] = np.maximum(path[:, 2], z_skirt + 0.014)
    across = np.array([-0.016, 0.016])
    rows = path[:, None] + across[None, :, None] * [1.0, 0, 0]
    part = _grid("end", rows.reshape(-1, 3), len(path), 2, skirt)
    return replace(part, uv=part.uv / 0.032, weight=_hung(part.position, frame))


def _grid(
    name: str, place: Reals, rows: int, columns: int, like: Part, *, closed: bool = False
) -> Part:
    """Rows of vertices [rows * columns, 3] as a part bound like the vertices nearest to it."""
    from avatar.modelling.under import nearest

    if closed:
        grid = place.reshape(rows, columns, 3)
        place = np.concatenate([grid, grid[:, :1]], axis=1).reshape(-1, 3)
        columns += 1
    r, c = np.meshgrid(np.arange(rows - 1), np.arange(columns - 1), indexing="ij")
    a: Ints = (r * columns + c).reshape(-1)
    triangles = np.concatenate([np.stack([a, a + columns, a + 1], 1),
                                np.stack([a + 1, a + columns, a + columns + 1], 1)])  # fmt: skip
    step = np.linalg.norm(np.diff(place.reshape(rows, columns, 3), axis=1), axis=2)
    u = np.concatenate([np.zeros((rows, 1)), np.cumsum(step, axis=1)], axis=1)
    v = np.repeat(np.linspace(0, 1, rows), columns) * _length(place.reshape(rows, columns, 3))
    normal = vertex_normals(place, triangles)
    if closed:
        seam = normal.reshape(rows, columns, 3)
        both = seam[:, 0] + seam[:, -1]
        seam[:, 0] = seam[:, -1] = both / np.linalg.norm(both, axis=1, keepdims=True).clip(1e-9)
    uv = np.column_stack([u.reshape(-1), v])
    weight = like.weight[nearest(like.position, place)]
    return Part(name, name, "Clothes", place, normal, uv, triangles, weight)


def _length(grid: Reals) -> float:
    return float(np.linalg.norm(np.diff(grid, axis=0), axis=2).sum(axis=0).mean())
