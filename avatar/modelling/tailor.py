"""Cloth is stiffer than skin: garments fitted to a body are cut, padded and creased here.

Everything happens in the bind pose (the arms lowered by half), in metres, on the vertices of a
garment's surface before its seams are split.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from avatar.modelling.ao import smooth
from avatar.modelling.body import DM, Shape
from avatar.modelling.mesh import Surface, vertex_normals
from avatar.modelling.noise import fbm
from avatar.modelling.sources import Flags, Ints, Reals
from avatar.pose import HumanBone

BODY: Final = 13380
"""The base mesh's first vertices are the body."""

_HEM: Final = 0.004
"""How far inside a sleeve its hem is turned in, m."""


@dataclass(frozen=True)
class Cut:
    """How a garment is tailored; all 0: as the data has it."""

    stiff: float = 0.0
    """0 follows each muscle .. 1 spans the hollows."""
    pads: float = 0.0
    """Height of shoulder pads, m."""
    sleeve: float = 0.0
    """Ease of straight sleeves at the upper arm, m; 0: sleeves follow the arm."""
    cuff: float = 0.0
    """Ease at the wrist, m."""
    leg: float = 0.0
    """Ease of straight trouser legs at the knee, m."""
    folds: float = 0.0
    """Depth of creases, m."""
    level: bool = False
    """Whether the hem is straightened."""
    clear: float = 0.003
    """Least distance from the skin, m."""


@dataclass(frozen=True)
class Wearer:
    """What tailoring needs of a body."""

    position: Reals
    """float64[13380, 3], m, bind pose."""
    normal: Reals
    weight: Reals
    """float64[19158, 55]."""
    joint: Reals
    """float64[55, 3], m."""


def wearer(shape: Shape, faces: Ints) -> Wearer:
    """The body of a shape; ``faces`` int64[Q, 4] of the base mesh."""
    quads = faces[(faces < BODY).all(axis=1)]
    triangles = np.concatenate([quads[:, :3], quads[:, [0, 2, 3]]])
    position = shape.vertices[:BODY] * DM
    normal = vertex_normals(position, triangles)
    return Wearer(position, normal, shape.weight, shape.skeleton.bind)


def tailored(
    surface: Surface, shape: Shape, body: Wearer, cut: Cut, seed: int = 0,
    weight: Reals | None = None,
) -> Surface:  # fmt: skip
    """The surface with its vertices where cloth of this cut would hang."""
    before = surface.place(shape.vertices) * DM
    bound_to: Reals = surface.map(shape.weight) if weight is None else weight
    bound_to = bound_to / bound_to.sum(axis=1, keepdims=True).clip(1e-9)
    place = before
    if cut.stiff:
        place = _spanned(place, surface.triangles, cut.stiff)
    normal = vertex_normals(before, surface.triangles)
    for side in ("left", "right"):
        if cut.sleeve:
            ease = (cut.sleeve, cut.cuff)
            place = _tube(place, normal, bound_to, body, _arm(side), ease, cut.folds, seed)
        if cut.leg:
            ease = (cut.leg, cut.leg)
            place = _tube(place, normal, bound_to, body, _leg(side), ease, cut.folds, seed + 5)
        if cut.pads:
            place = _padded(place, body, side, cut.pads)
    if cut.folds:
        place = _creased(place, bound_to, surface.triangles, cut.folds, seed)
    place = _outside(place, surface, body, cut.clear)
    if cut.level:
        place = _levelled(place, surface.triangles)
    return replace(surface, offset=surface.offset + (place - before) / DM)


def bound(surface: Surface, shape: Shape, cut: Cut) -> Reals:
    """Skin weights float64[N, 55] of a garment: a pad goes with the collar bone, not the arm."""
    weight = surface.map(shape.weight)
    weight /= weight.sum(axis=1, keepdims=True).clip(1e-9)
    if not cut.pads:
        return weight
    place = surface.place(shape.vertices) * DM
    for side, sign in (("left", 1.0), ("right", -1.0)):
        arm, collar = HumanBone[f"{side}UpperArm"], HumanBone[f"{side}Shoulder"]
        tip = shape.skeleton.bind[arm]
        inside = step(0.035, -0.03, (place[:, 0] - tip[0]) * sign)
        top = step(-0.03, 0.03, place[:, 1] - tip[1])
        moved = 0.55 * inside * top * weight[:, arm]
        weight[:, arm] -= moved
        weight[:, collar] += moved
    return weight


def bends(weight: Reals) -> Reals:
    """float64[N], 0..1: where cloth with skin weights [N, 55] creases, between two bones."""
    result = np.zeros(len(weight))
    for side in ("left", "right"):
        for upper, lower in (("UpperArm", "LowerArm"), ("UpperLeg", "LowerLeg")):
            both = weight[:, HumanBone[side + upper]] * weight[:, HumanBone[side + lower]]
            result += 4 * both
    result += 2 * weight[:, HumanBone.spine] * weight[:, [HumanBone.hips, HumanBone.chest]].sum(1)
    return np.clip(result, 0, 1)


def step(low: float, high: float, x: Reals) -> Reals:
    """0 at ``low``, 1 at ``high``, smooth between."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def _spanned(place: Reals, triangles: Ints, amount: float) -> Reals:
    """Hollows filled: what a smoothed surface lies outside of the old one counts fully.

    The way moved is itself smooth, so that lapels and pockets keep their edges; open edges stay
    where they are.
    """
    soft = np.column_stack([smooth(place[:, k], triangles, round(14 * amount)) for k in range(3)])
    normal = vertex_normals(place, triangles)
    out = ((soft - place) * normal).sum(axis=1)
    out = smooth(np.where(out > 0, out, 0.55 * out), triangles, 6)
    even = np.column_stack([smooth(normal[:, k], triangles, 6) for k in range(3)])
    moved = place + out[:, None] * even
    held = smooth(_rim(triangles, len(place)).astype(np.float64), triangles, 2)
    return place + np.clip(1 - 1.6 * held, 0, 1)[:, None] * (moved - place)


def _rim(triangles: Ints, count: int) -> Flags:
    """bool[N]: vertices on an open edge."""
    edges = np.sort(np.concatenate([triangles[:, [a, b]] for a, b in ((0, 1), (1, 2), (2, 0))]))
    edges = np.sort(edges, axis=1)
    key, found = np.unique(edges[:, 0] * count + edges[:, 1], return_counts=True)
    single = key[found == 1]
    rim = np.zeros(count, np.bool_)
    rim[single // count] = rim[single % count] = True
    return rim


def _levelled(place: Reals, triangles: Ints) -> Reals:
    """The lowest open edge at one height, what hangs lower moved up."""
    low, high = place[:, 1].min(), place[:, 1].max()
    hem = np.flatnonzero(_rim(triangles, len(place)) & (place[:, 1] < low + 0.15 * (high - low)))
    goal = float(np.median(place[hem, 1]))
    moved = place.copy()
    moved[:, 1] = np.maximum(place[:, 1], goal)
    moved[hem, 1] = goal
    return moved


def _arm(side: str) -> tuple[HumanBone, ...]:
    return tuple(HumanBone[side + part] for part in ("UpperArm", "LowerArm", "Hand"))


def _leg(side: str) -> tuple[HumanBone, ...]:
    return tuple(HumanBone[side + part] for part in ("UpperLeg", "LowerLeg", "Foot"))


def _tube(
    place: Reals, normal: Reals, weight: Reals, body: Wearer, bones: tuple[HumanBone, ...],
    ease: tuple[float, float], folds: float, seed: int,
) -> Reals:  # fmt: skip
    """Limbs of cloth as straight tubes, a little wider than the limb and creased at the joint;
    what is turned in at the hem, and so looks inwards, stays inside them."""
    joint = body.joint[list(bones)]
    mine = weight[:, list(bones)].sum(axis=1)
    along, foot, out = cylinder(place, joint)
    radius = np.linalg.norm(out, axis=1)
    skin_weight = body.weight[:BODY][:, list(bones)].sum(axis=1)
    skin_along, _, skin_out = cylinder(body.position, joint)
    limb = skin_weight > 0.7
    stations = np.array([0.30, 0.50, 0.75, 1.25, 1.50, 1.75])
    girth = np.array([_girth(skin_along[limb], skin_out[limb], at) for at in stations])
    line = np.polynomial.Polynomial.fit(stations, girth, 1)(stations)
    girth = 0.5 * (np.maximum(girth, line) + line)
    target = np.interp(along, stations, girth + np.linspace(*ease, len(stations)))
    target = target * (1 + folds / 0.05 * _ring_folds(along, out, foot, joint, seed))
    share = np.clip((mine - 0.55) / 0.4, 0, 1) * step(0.12, 0.45, along)
    share = share * step(2.02, 1.86, along) * 0.9
    unit = out / radius[:, None].clip(1e-6)
    target -= _HEM * ((normal * unit).sum(axis=1) < 0)
    return place + (share * (np.maximum(target, 0.78 * radius) - radius))[:, None] * unit


def cylinder(place: Reals, joint: Reals) -> tuple[Reals, Reals, Reals]:
    """Along two bones (0..1..2), the nearest points of their axis, and the way out from it."""
    best = np.full(len(place), np.inf)
    along, foot = np.zeros(len(place)), np.zeros_like(place)
    for number in (0, 1):
        a, b = joint[number], joint[number + 1]
        t = (place - a) @ (b - a) / ((b - a) @ (b - a))
        t = np.clip(t, -0.3 if number == 0 else 0, 1 if number == 0 else 1.3)
        point = a + t[:, None] * (b - a)
        gap = np.linalg.norm(place - point, axis=1)
        nearer = gap < best
        best[nearer], along[nearer], foot[nearer] = gap[nearer], number + t[nearer], point[nearer]
    return along, foot, place - foot


def _girth(along: Reals, out: Reals, at: float) -> float:
    """A limb's radius (m) near a place along it, a little above its median."""
    near = np.abs(along - at) < 0.15
    return float(np.quantile(np.linalg.norm(out[near], axis=1), 0.6))


def _ring_folds(along: Reals, out: Reals, foot: Reals, joint: Reals, seed: int) -> Reals:
    """-1..1: creases round the elbow or knee that lean and run out, and a few above the cuff."""
    axis = joint[2] - joint[0]
    side = np.cross(axis, [0.0, 0, 1])
    angle = np.arctan2(out @ (side / np.linalg.norm(side)), out[:, 2])
    wander = 0.10 * fbm(np.column_stack([foot * 9, angle])[:, :3] + seed, 2, seed)
    wave = np.sin(2 * np.pi * (along * 7.0 + wander * 6 + 0.35 * np.sin(angle + seed)))
    joint_near = np.exp(-(((along - 1.0) / 0.22) ** 2))
    cuff_near = 0.5 * np.exp(-(((along - 1.80) / 0.16) ** 2))
    strength = 0.45 + 0.55 * np.cos(angle + 0.6 * np.sin(3.1 * along + seed))
    return (joint_near + cuff_near) * strength * wave * 0.5


def _padded(place: Reals, body: Wearer, side: str, height: float) -> Reals:
    """Shoulders squared: lifted from the middle of the collar bone to the top of the arm."""
    sign = 1.0 if side == "left" else -1.0
    tip = body.joint[HumanBone[f"{side}UpperArm"]]
    x = (place[:, 0] * sign) - abs(tip[0])
    y, z = place[:, 1] - tip[1], place[:, 2] - tip[2]
    across = step(-0.11, -0.01, x) * step(0.075, 0.015, x)
    top = step(-0.035, 0.035, y)
    deep = np.exp(-((z / 0.075) ** 2))
    lift = across * top * deep
    moved = place.copy()
    moved[:, 1] += height * lift
    moved[:, 0] += sign * 0.45 * height * lift * step(-0.04, 0.02, x)
    return moved


def _creased(place: Reals, weight: Reals, triangles: Ints, depth: float, seed: int) -> Reals:
    """Drag lines of a jacket or shirt: slanting from the armpits to the waist, soft elsewhere."""
    normal = vertex_normals(place, triangles)
    trunk = weight[:, [HumanBone.spine, HumanBone.chest, HumanBone.upperChest]].sum(axis=1)
    x, y = np.abs(place[:, 0]), place[:, 1]
    slant = np.column_stack([6 * x + 9 * y, 16 * x - 10 * y, 5 * place[:, 2]])
    wave = fbm(slant + 3.7 * seed, 2, seed)
    moved = place + (0.8 * depth * trunk * wave)[:, None] * normal
    held = smooth(_rim(triangles, len(place)).astype(np.float64), triangles, 1)
    return place + np.clip(1 - 1.6 * held, 0, 1)[:, None] * (moved - place)


def _outside(place: Reals, surface: Surface, body: Wearer, clear: float) -> Reals:
    """Pushed off the skin that each vertex was fitted to."""
    index = np.minimum(surface.map.index, BODY - 1)
    on_body = (surface.map.index < BODY).astype(np.float64) * np.abs(surface.map.weight)
    start = surface.map.start[:-1]
    total = np.add.reduceat(on_body, start).clip(1e-9)
    near = np.add.reduceat(body.position[index] * on_body[:, None], start) / total[:, None]
    normal = np.add.reduceat(body.normal[index] * on_body[:, None], start) / total[:, None]
    normal /= np.linalg.norm(normal, axis=1, keepdims=True).clip(1e-6)
    height = ((place - near) * normal).sum(axis=1)
    lift = np.where(total > 0.5, np.maximum(clear - height, 0), 0)
    return place + np.minimum(lift, 0.03)[:, None] * normal


def cut_of(item: dict[str, Any]) -> Cut:
    """The ``cut`` table of a garment."""
    return Cut(**item.get("cut", {}))
