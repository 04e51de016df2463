"""Corrections to the base data: lips that meet, smiles without folds, lids that clear the eye."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from avatar.modelling.body import DM, Shape
from avatar.modelling.eye import Eyeball, cornea_factor
from avatar.modelling.lips import FUNNEL, PUCKER, arched, rounded
from avatar.modelling.margins import lid_edge
from avatar.modelling.recipe import Recipe
from avatar.modelling.skin import ISLANDS, Landmarks, Layout
from avatar.modelling.sources import Base, Flags, Ints, Reals

_LID_CLEARANCE = 0.0003
_OVERLAP: Final = 0.006
"""How far the upper lid comes down over the lower one in a blink, dm."""
_CLOSED: Final = ("mouthSmile", "mouthStretch", "mouthDimple", "mouthFrown", "mouthPress")
"""Targets that leave the lips together."""
_UPPER_LIP: Final = 537
"""Base vertex in the middle of the upper lip's inner edge."""
_SMILE: Final = {
    "mouthSmile": 0.78,
    "mouthStretch": 0.34,
    "mouthUpperUp": 0.07,
    "mouthDimple": 0.15,
}
"""What a smile is made of: the base's own lifts the corners alone, which makes a V."""
_BEAM: Final = (0.68, 0.56)
"""``mouthSmile`` and ``mouthUpperUp`` of a broad smile."""
_CROWNS: Final = 0.13
"""How far the upper lip may then rise, as a share of the height of the upper row of teeth."""


def corrected(
    base: Base, lay: Layout, person: Shape, marks: Landmarks, balls: dict[str, Eyeball],
    recipe: Recipe,
) -> Shape:  # fmt: skip
    """A person with corrected morphs, at rest in the recipe's expression."""
    person = replace(person, neutral=_widened(person.neutral, balls, recipe.eyes.get("widen", 0.0)))
    edges = _edges(base)
    morphs = _smiling(person.morphs)
    for side in ("Left", "Right"):
        for name in ("mouthSmile", "cheekSquint", "mouthDimple", "mouthStretch"):
            key = name + side
            morphs[key] = _unfold(person.neutral, morphs[key], edges, marks)
        blink = "eyeBlink" + side
        morphs[blink] = _near_eye(person, morphs[blink], marks)
    person = replace(person, neutral=_lowered_teeth(base, person.neutral), morphs=morphs)
    person = person.resting(recipe.expression)
    seam = Seam(base, lay, morphs["jawOpen"])
    vertices = _clear(seam.close(person.vertices, recipe.close_corners), balls)
    for name, ring in (("mouthFunnel", FUNNEL), ("mouthPucker", PUCKER)):
        morphs[name] = rounded(vertices, seam.lips, seam.upper, seam.lower, morphs["jawOpen"], ring)
    for name, delta in morphs.items():
        if name.startswith(("mouthUpperUp", "mouthLowerDown")):
            morphs[name] = arched(vertices, delta, seam.lips, seam.upper, seam.lower)
        if name.startswith(_CLOSED):
            morphs[name] = seam.sealed(vertices, vertices + delta) - vertices
        if name.startswith("eyeBlink"):
            delta = _meeting(base, lay, vertices, delta, name.removeprefix("eyeBlink"))
        if name.startswith(("eyeBlink", "eyeSquint", "eyeWide", "eyeLook")):
            morphs[name] = _clear(vertices + delta, balls) - vertices
    _stop_at_gums(base, vertices, morphs)
    return replace(person, vertices=vertices, morphs=morphs)


def _widened(vertices: Reals, balls: dict[str, Eyeball], amount: float) -> Reals:
    """Turn the corners of the lids round the eyeballs, so that the eyes become longer: the base's
    are short for their irises."""
    moved = vertices.copy()
    for ball in balls.values():
        away = vertices - ball.centre / DM
        angle = np.arctan2(away[:, 0], away[:, 2])
        share = np.exp(-((away[:, 0] / 0.21) ** 2) - ((away[:, 1] + 0.02) / 0.13) ** 2)
        share *= (away[:, 2] > 0) & (np.linalg.norm(away, axis=1) < 0.32)
        turned = angle * (1 + amount * share)
        flat = np.hypot(away[:, 0], away[:, 2])
        moved[:, 0] += flat * (np.sin(turned) - np.sin(angle))
        moved[:, 2] += flat * (np.cos(turned) - np.cos(angle))
    return moved


def _lowered_teeth(base: Base, vertices: Reals) -> Reals:
    """The rows of teeth further out, the upper one lower and its crowns as long as in life: the
    base hides it behind the lip, and a smile would show the gums above it."""
    moved = vertices.copy()
    groups = np.array(base.group)
    upper = np.unique(base.faces[groups == "helper-upper-teeth"])
    edge = vertices[upper, 1].min()
    rim = vertices[_UPPER_LIP, 1] + 0.009
    moved[upper, 1] = rim + 1.6 * (vertices[upper, 1] - edge)
    moved[upper] = moved[upper] * [1.05, 1.0, 1.0] + [0.0, 0.0, 0.026]
    moved[np.unique(base.faces[groups == "helper-lower-teeth"]), 2] += 0.006
    return moved


def _stop_at_gums(base: Base, vertices: Reals, morphs: dict[str, Reals]) -> None:
    """Weaken the raised upper lip where a broad smile would bare the gums: the base raises every
    lip as far, and small faces have small teeth."""
    teeth = np.unique(base.faces[np.array(base.group) == "helper-upper-teeth"])

    def rise(name: str) -> float:
        return float(sum(morphs[name + side][_UPPER_LIP, 1] for side in ("Left", "Right")))

    room = _CROWNS * float(np.ptp(vertices[teeth, 1])) - _BEAM[0] * rise("mouthSmile")
    factor = float(np.clip(room / max(_BEAM[1] * rise("mouthUpperUp"), 1e-6), 0.3, 1))
    for side in ("Left", "Right"):
        morphs["mouthUpperUp" + side] = factor * morphs["mouthUpperUp" + side]


def _smiling(morphs: dict[str, Reals]) -> dict[str, Reals]:
    """The morphs with smiles that widen as they rise."""
    result = dict(morphs)
    for side in ("Left", "Right"):
        result["mouthSmile" + side] = np.sum(
            [weight * morphs[name + side] for name, weight in _SMILE.items()], axis=0
        )
    return result


class Seam:
    """The line where the lips' skin meets the inside of the mouth."""

    def __init__(self, base: Base, lay: Layout, jaw: Reals) -> None:
        """``jaw`` is the displacement that opens the jaw: it tells the lower lip."""

        def island(name: str) -> Ints:
            return np.unique(base.faces[lay.island == ISLANDS.index(name)])

        self.skin = island("head")
        self.loop = np.intersect1d(self.skin, island("mouth"))
        self.lips = np.union1d(self.skin, island("mouth"))
        drop = jaw[self.loop, 1]
        self.lower = self.loop[drop < 0.5 * drop.min()]
        self.upper = np.setdiff1d(self.loop, self.lower)

    def close(self, vertices: Reals, gain: float) -> Reals:
        """Bring the lips together near the corners, where the base leaves them apart (dm)."""
        loop = vertices[self.loop]
        half = np.abs(loop[:, 0]).max()
        height = np.interp(np.abs(vertices[:, 0]), *_ordered(np.abs(loop[:, 0]), loop[:, 1]))
        above = vertices[:, 1] - height
        near = np.exp(-((above / 0.045) ** 2)) * np.exp(
            -(((np.abs(vertices[:, 0]) - 0.82 * half) / 0.045) ** 2)
        )
        near *= np.abs(vertices[:, 2] - loop[:, 2].mean()) < 0.12
        moved = vertices.copy()
        moved[self.skin, 1] -= (gain * near * np.tanh(above / 0.008))[self.skin]
        return moved

    def sealed(self, rest: Reals, moved: Reals) -> Reals:
        """``moved`` with the lips as close at each place as they are at ``rest`` (dm)."""
        x = moved[self.lips, 0]
        gap = self._gap(moved, x) - self._gap(rest, rest[self.lips, 0])
        upper, lower = (self._height(moved, row, x) for row in (self.upper, self.lower))
        middle, y = (upper + lower) / 2, moved[self.lips, 1]
        above = y > middle
        away = np.where(above, y - upper, lower - y).clip(0)
        front = np.abs(moved[self.lips, 2] - moved[self.loop, 2].mean()) < 0.12
        share = np.exp(-((away / 0.07) ** 2)) * front
        inside = np.abs(x) < np.abs(moved[self.loop, 0]).max() * 1.02
        result = moved.copy()
        result[self.lips, 1] += np.where(above, -0.5, 0.5) * gap.clip(0) * share * inside
        return result

    def _gap(self, vertices: Reals, x: Reals) -> Reals:
        return self._height(vertices, self.upper, x) - self._height(vertices, self.lower, x)

    def _height(self, vertices: Reals, row: Ints, x: Reals) -> Reals:
        line = vertices[row]
        order = np.argsort(line[:, 0], kind="stable")
        return np.interp(x, line[order, 0], line[order, 1])


def _ordered(x: Reals, y: Reals) -> tuple[Reals, Reals]:
    """Mean height over bins of x, for interpolation."""
    order = np.argsort(x, kind="stable")
    groups = np.array_split(order, 7)
    return np.array([x[g].mean() for g in groups]), np.array([y[g].mean() for g in groups])


def _edges(base: Base) -> Ints:
    body = base.faces[[group == "body" for group in base.group]]
    pairs = np.concatenate([body[:, [k, (k + 1) % 4]] for k in range(4)])
    return np.unique(np.concatenate([pairs, pairs[:, ::-1]]), axis=0)


def _unfold(neutral: Reals, delta: Reals, edges: Ints, marks: Landmarks) -> Reals:
    """Smooth a target's displacements over the cheeks, leaving the lips as they are."""
    count = np.bincount(edges[:, 0], minlength=len(delta)).clip(1)
    smooth = delta
    for _ in range(40):
        mean = np.column_stack(
            [np.bincount(edges[:, 0], smooth[edges[:, 1], k], len(delta)) for k in range(3)]
        )
        mean /= count[:, None]
        smooth = np.where(np.arange(len(delta))[:, None] < 13380, mean, smooth)
    away = np.linalg.norm((neutral - marks.mouth) / [0.36, 0.20, 0.6], axis=1)
    return delta + np.clip((away - 0.56) / 0.22, 0, 1)[:, None] * (smooth - delta)


def _meeting(base: Base, lay: Layout, rest: Reals, delta: Reals, side: str) -> Reals:
    """A blink that brings the upper lid's edge just onto the lower one, all along it."""
    edge = lid_edge(
        base, lay.island, ISLANDS.index("head"), ISLANDS.index(side.lower() + "_socket")
    )
    x, y = rest[edge, 0], rest[edge, 1]
    ends = [x.argmin(), x.argmax()]
    upper = y > np.interp(x, x[ends], y[ends])
    at = np.linspace(x.min(), x.max(), 13)[2:-2]

    def heights(values: Reals, chosen: Flags) -> Reals:
        row = edge[chosen][np.argsort(x[chosen])]
        return np.interp(at, rest[row, 0], values[row, 1])

    gap = heights(rest, upper) - heights(rest, ~upper)
    travel = heights(delta, ~upper) - heights(delta, upper)
    factor = np.clip((gap + _OVERLAP) / travel.clip(1e-3), 0.5, 1.15)
    return delta * np.interp(rest[:, 0], at, factor)[:, None]


def _near_eye(person: Shape, delta: Reals, marks: Landmarks) -> Reals:
    """A blink that leaves the brow and cheek alone."""
    away = np.min(
        [np.linalg.norm((person.neutral - eye) / [1.15, 1, 2.0], axis=1) for eye in marks.eyes],
        axis=0,
    )
    keep = 1 - np.clip((away - 0.13) / 0.07, 0, 1)
    return delta * (keep * keep * (3 - 2 * keep))[:, None]


def _clear(vertices: Reals, balls: dict[str, Eyeball]) -> Reals:
    """Push skin that dips into an eyeball out to its surface."""
    moved = vertices.copy()
    body = moved[:13380]
    for ball in balls.values():
        offset = body * DM - ball.centre
        distance = np.linalg.norm(offset, axis=1)
        near = np.flatnonzero((distance < 1.2 * ball.radius) & (offset[:, 2] > 0))
        angle = np.arccos(np.clip(offset[near, 2] / distance[near], -1, 1))
        surface = ball.radius * cornea_factor(angle) + _LID_CLEARANCE
        push = np.maximum(surface - distance[near], 0) / distance[near]
        body[near] += offset[near] * push[:, None] / DM
    return moved
