"""The stage outfit: halter bodice, corset, layered skirt on springs, bell sleeves, boots, bows."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from avatar.modelling.body import DM
from avatar.modelling.idol.body import Doll, tube
from avatar.modelling.idol.bow import bow
from avatar.modelling.idol.cloth import Fabric, Field, Rings, banded, clipped, lifted, part_of
from avatar.modelling.idol.drawn import head_weights, mirrored
from avatar.modelling.idol.skirt import belt, skirt_chains, skirts
from avatar.modelling.idol.tailor import Tailor
from avatar.modelling.part import Part
from avatar.modelling.sources import Flags, Reals
from avatar.modelling.springs import Chain
from avatar.pose import HumanBone

_COVERED = 0.02
"""m under another cloth's edge where cloth ends that nobody sees."""


@dataclass(frozen=True)
class Outfit:
    """Clothes, the chains of the skirt, and the skin they hide."""

    parts: list[Part]
    chains: list[Chain]
    skirt: list[Part]
    """Parts whose weights already run over the figure's joints and the skirt's own."""
    hidden: Flags
    """bool[19158], base vertices under cloth."""


def dress(doll: Doll) -> Outfit:
    """Everything she wears."""
    t = Tailor(doll)
    parts = [*_torso(t), *_arms(t), *_legs(t), *_boots(t), *_choker(t), *_bows(t)]
    chains = skirt_chains(t)
    return Outfit(parts, chains, skirts(t, chains), _hidden(t))


def _torso(t: Tailor) -> list[Part]:
    parts = [part_of(lifted(clipped(t.plain, t.shorts), 0.0022), "navy")]
    shown = clipped(clipped(t.fabric, t.halter), lambda on: _COVERED - t.corset(on))
    parts.append(part_of(lifted(shown, 0.003), "white"))

    cut = clipped(t.fabric, t.halter)
    cut = clipped(cut, lambda on: on.position[:, 1] - t.chest - 0.060 * t.unit)
    cut = clipped(cut, lambda on: 0.006 - t.neckline(on))
    parts.append(part_of(lifted(cut, 0.0045), "gold"))
    parts.append(part_of(lifted(clipped(t.fabric, t.corset), 0.0062), "navy"))

    def seam(on: Fabric) -> Reals:
        return np.where(on.position[:, 1] > t.waist + 0.01, t.corset(on), -1)

    parts.append(_trim(t.fabric, seam, 0.007, 0.0078, "gold"))
    parts.append(belt(t))
    for y in np.linspace(t.chest + 0.016, t.waist + 0.008, 3):
        parts.append(_button(t, float(y), 0.0066))
    return parts


def _trim(fabric: Fabric, field: Field, width: float, lift: float, material: str) -> Part:
    """A band along the edge of a field's cloth."""
    edge = clipped(clipped(fabric, field), lambda on: width - field(on))
    return part_of(lifted(edge, lift), material)


def _button(t: Tailor, y: float, radius: float) -> Part:
    front = t.fabric.position[
        (np.abs(t.fabric.position[:, 0]) < 0.02) & (np.abs(t.fabric.position[:, 1] - y) < 0.02)
    ]
    z = float(front[:, 2].max()) + 0.0075
    turn = 2 * np.pi * np.arange(16) / 16
    rows = [(0.0, 0.004), (0.6, 0.0034), (1.0, 0.0005), (1.05, -0.004)]
    points = np.stack([
        np.stack([r * radius * np.cos(turn), y + r * radius * np.sin(turn), z + d + 0 * turn], -1)
        for r, d in rows
    ], axis=1)  # fmt: skip
    weight = _nearest_weight(t, np.array([[0.0, y, z]]))
    part = Rings(points).part("gold", np.repeat(weight, 16 * len(rows), axis=0))
    return _plain(part)


def _nearest_weight(t: Tailor, at: Reals) -> Reals:
    away = ((t.fabric.position[None] - at[:, None]) ** 2).sum(axis=2)
    return t.fabric.weight[away.argmin(axis=1)]


def _plain(part: Part) -> Part:
    return replace(part, uv=np.tile((0.5, 0.5), (len(part.position), 1)))


def _arms(t: Tailor) -> list[Part]:
    start, end = t.sleeve_range

    def flare(on: Fabric) -> Reals:
        s = (t.arm(on) - start) / (end - start)
        return np.interp(s, [0, 0.05, 0.2, 0.4, 0.6, 0.82, 1.0],
                         [0.003, 0.004, 0.014, 0.011, 0.008, 0.015, 0.027])  # fmt: skip

    # bands are cut from the flared sleeve itself, so that they lie on it everywhere
    sleeve = lifted(banded(t.fabric, t.arm, start - 0.004, end + 0.002), flare)
    parts = [part_of(banded(sleeve, t.arm, start, end), "white")]
    bands = (
        (start - 0.002, start + 0.014, "navy", 0.0016),
        (start + 0.0125, start + 0.0165, "gold", 0.0024),
        (end - 0.020, end + 0.0005, "navy", 0.0016),
        (end - 0.027, end - 0.022, "gold", 0.0014),
    )
    for low, high, colour, more in bands:
        parts.append(part_of(lifted(banded(sleeve, t.arm, low, high), more), colour))
    return parts


def _legs(t: Tailor) -> list[Part]:
    shown = clipped(clipped(t.plain, t.stocking), lambda on: _COVERED - t.boot(on))
    parts = [part_of(lifted(shown, 0.0022), "navy")]
    parts.append(_trim(t.plain, t.stocking, 0.022, 0.0038, "white"))

    line = banded(t.plain, t.stocking, 0.018, 0.024)
    parts.append(part_of(lifted(line, 0.0046), "gold"))
    return parts


def _boots(t: Tailor) -> list[Part]:
    """Ankle boots with a cuff, on a platform sole."""
    shaft = lifted(clipped(t.plain, t.boot), 0.0075)
    floor = float(t.fabric.position[:, 1].min()) - 0.004
    position = shaft.position.copy()
    position[:, 1] = np.maximum(position[:, 1], floor)
    parts = [part_of(replace(shaft, position=position), "white")]

    def turned(on: Fabric) -> Reals:
        return 0.0105 + 0.10 * np.clip(0.03 - t.boot(on), 0, 1)

    cuff = clipped(clipped(t.fabric, t.boot), lambda on: 0.030 - t.boot(on))
    cuff = lifted(cuff, turned)
    edge = clipped(cuff, lambda on: 0.006 - t.boot(on))
    parts.append(part_of(cuff, "navy"))
    parts.append(part_of(lifted(edge, 0.0012), "gold"))
    sole = _sole(t, position, floor)
    return [*parts, sole, mirrored(sole)]


def _sole(t: Tailor, position: Reals, floor: float) -> Part:
    foot = position[(position[:, 0] > 0) & (position[:, 1] < floor + 0.035)][:, [0, 2]]
    middle = foot.mean(axis=0)
    turn = 2 * np.pi * np.arange(40) / 40
    way = np.column_stack([np.cos(turn), np.sin(turn)])
    reach = (foot @ way.T).max(axis=0)[:, None] * way
    # the support function's envelope, softened, is the outline of the sole
    outline = np.empty_like(reach)
    for k in range(40):
        h0, h1 = (foot @ way[(k + j) % 40] for j in (0, 1))
        matrix = np.array([way[k], way[(k + 1) % 40]])
        outline[k] = np.linalg.solve(matrix, [h0.max() + 0.002, h1.max() + 0.002])
    rows = ((0.010, 0.97), (0.006, 1.0), (-0.016, 1.0), (-0.030, 0.985), (-0.030, 0.0))
    points = np.stack([
        np.column_stack([middle[0] + (outline[:, 0] - middle[0]) * s, np.full(40, floor + d),
                         middle[1] + (outline[:, 1] - middle[1]) * s])
        for d, s in rows
    ], axis=1)  # fmt: skip
    points = points[::-1]
    weight = np.zeros((points.shape[0] * points.shape[1], len(HumanBone)))
    toes = points.reshape(-1, 3)[:, 2]
    hinge = float(t.doll.shape.skeleton.bind[HumanBone.leftToes][2])
    share = np.clip((toes - hinge + 0.015) / 0.03, 0, 1)
    weight[:, HumanBone.leftToes], weight[:, HumanBone.leftFoot] = share, 1 - share
    return _plain(Rings(points).part("navy", weight))


def _choker(t: Tailor) -> list[Part]:
    """A band with golden edges where the drawn neck meets the body's."""
    skin = t.doll.shape.vertices[:13380] * DM
    low, high = t.collar + 0.006, t.collar + 0.022
    levels: list[list[float]] = []
    for level in (low, high):
        ring = skin[(np.abs(skin[:, 1] - level) < 0.008) & (np.abs(skin[:, 0]) < 0.055)]
        levels.append([ring[:, 2].min(), ring[:, 2].max(), np.abs(ring[:, 0]).max()])
    body = np.array(levels)
    parts: list[Part] = []
    for below, above, more, colour in (
        (0.0, 1.0, 0.0046, "navy"),
        (-0.06, 0.12, 0.0054, "gold"),
        (0.88, 1.06, 0.0054, "gold"),
    ):
        s = np.array([below, below, above, above])
        y = low + (high - low) * s
        z, wide, deep = (np.interp(y, t.doll.neck[:, 0], t.doll.neck[:, k]) for k in (1, 2, 3))
        ends = body[:1] + (body[1:] - body[:1]) * s[:, None]
        back, ahead = np.minimum(z - deep, ends[:, 0]), np.maximum(z + deep, ends[:, 1])
        wide = np.maximum(wide, ends[:, 2])
        out = np.array([-0.001, more, more, -0.001])
        rings = np.column_stack([y, (back + ahead) / 2, wide + out, (ahead - back) / 2 + out])
        position, normal, triangles = tube(rings, 40)
        parts.append(Part(
            colour, colour, "Clothes", position, normal, np.tile((0.5, 0.5), (len(position), 1)),
            triangles, head_weights(len(position), HumanBone.neck),
        ))  # fmt: skip
    return parts


def _bows(t: Tailor) -> list[Part]:
    """One on the chest, a large one behind the waist."""
    y = t.collar - 0.048 * t.unit
    near = t.fabric.position[(np.abs(t.fabric.position[:, 0]) < 0.02)
                             & (np.abs(t.fabric.position[:, 1] - y) < 0.015)]  # fmt: skip
    centre = np.array([0.0, y, float(near[:, 2].max()) + 0.006])
    weight = np.zeros(len(HumanBone))
    weight[HumanBone.upperChest] = 1
    out = np.array([0.0, 0.42, 0.907])
    across, colours = np.array([1.0, 0, 0]), ("accent", "gold")
    chest = bow(centre, across, out, 0.125 * t.unit, weight, colours=colours)
    weight = np.zeros(len(HumanBone))
    weight[HumanBone.spine] = weight[HumanBone.hips] = 0.5
    y = t.waist - 0.016
    behind = t.fabric.position[np.abs(t.fabric.position[:, 1] - y) < 0.02]
    behind = behind[np.abs(behind[:, 0]) < 0.03]
    centre = np.array([0.0, y, float(behind[:, 2].min()) - 0.008])
    out = np.array([0.0, 0.35, -0.937])
    colours = ("accent", "gold")
    return [*chest, *bow(centre, across, out, 0.215 * t.unit, weight, 1.1, colours)]


def _hidden(t: Tailor) -> Flags:
    """Skin well under cloth, never at an edge."""
    shape = t.doll.shape
    on = Fabric(shape.vertices * DM, shape.vertices, shape.weight, np.zeros((0, 3), np.int64))
    margin = 0.014
    legs = t.stocking(on) > margin
    arms = (t.sleeve(on) > margin) & (t.arm(on) < t.sleeve_range[1] - 0.055)
    torso = (t.halter(on) > 3.2 * margin) | (t.shorts(on) > margin)
    return legs | arms | torso
