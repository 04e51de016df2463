"""Corrections to the base data: lips that meet, smiles without folds, lids that clear the eye."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from avatar.modelling.body import DM, Shape
from avatar.modelling.eye import Eyeball, cornea_factor
from avatar.modelling.recipe import Recipe
from avatar.modelling.skin import ISLANDS, Landmarks, Layout
from avatar.modelling.sources import Base, Ints, Reals

_LID_CLEARANCE = 0.0003


def corrected(
    base: Base, lay: Layout, person: Shape, marks: Landmarks, balls: dict[str, Eyeball],
    recipe: Recipe,
) -> Shape:  # fmt: skip
    """A person with corrected morphs, at rest in the recipe's expression."""
    edges = _edges(base)
    morphs = dict(person.morphs)
    for side in ("Left", "Right"):
        for name in ("mouthSmile", "cheekSquint", "mouthDimple", "mouthStretch"):
            key = name + side
            morphs[key] = _unfold(person.neutral, morphs[key], edges, marks)
        morphs["eyeBlink" + side] = _near_eye(person, morphs["eyeBlink" + side], marks)
    person = replace(person, morphs=morphs).resting(recipe.expression)
    vertices = _clear(Seam(base, lay).close(person.vertices, recipe.close_corners), balls)
    for name, delta in morphs.items():
        if name.startswith(("eyeBlink", "eyeSquint", "eyeWide", "eyeLook")):
            morphs[name] = _clear(vertices + delta, balls) - vertices
    return replace(person, vertices=vertices, morphs=morphs)


class Seam:
    """The line where the lips' skin meets the inside of the mouth."""

    def __init__(self, base: Base, lay: Layout) -> None:
        def island(name: str) -> Ints:
            return np.unique(base.faces[lay.island == ISLANDS.index(name)])

        self.skin = island("head")
        self.loop = np.intersect1d(self.skin, island("mouth"))

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
