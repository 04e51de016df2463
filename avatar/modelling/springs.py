"""Hair that swings: chains of joints through it and the colliders that keep it off the body."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from avatar.modelling.body import Skeleton
from avatar.modelling.sources import Ints, Reals
from avatar.pose import HumanBone


@dataclass(frozen=True)
class Chain:
    """Joints of one lock, root first; the last one is only a tail."""

    name: str
    parent: HumanBone
    points: Reals
    """float64[K, 3], m, bind pose."""
    stiffness: float
    drag: float
    gravity: float
    radius: float


@dataclass(frozen=True)
class Ball:
    """A collider: a sphere, or a capsule when ``tail`` differs; bind-pose metres."""

    bone: HumanBone
    head: Reals
    tail: Reals
    radius: float


def bind_to_chains(position: Reals, strand: Ints, chains: list[Chain], base: Reals) -> Reals:
    """Skin weights [N, J] of hair: ``base`` [N, 55] weights, replaced along the chains.

    Each ``strand`` (int64[N], a label per vertex) follows the two chains nearest to it, so that
    no card is torn between more; each vertex the joint above its own place.
    """
    first = base.shape[1]
    weight = np.zeros((len(position), first + sum(len(chain.points) for chain in chains)))
    distance = np.stack([_distance(position, chain.points) for chain in chains], axis=1)
    size = np.bincount(strand)
    mean = np.stack([np.bincount(strand, d) / size for d in distance.T], axis=1)[strand]
    near = np.argsort(mean, axis=1, kind="stable")[:, :2]
    pull = 1 / (np.take_along_axis(mean, near, axis=1) + 0.01) ** 3
    pull /= pull.sum(axis=1, keepdims=True)
    rows, column = np.arange(len(position)), first
    for number, chain in enumerate(chains):
        along, below = _along(position, chain.points)
        last = len(chain.points) - 2
        segment = np.clip(np.floor(along - 0.5), 0, last).astype(int)
        blend = np.clip(along - 0.5 - segment, 0, 1)
        free = (pull * (near == number)).sum(axis=1) * below
        free *= np.clip(2.2 - distance[:, number] / 0.05, 0, 1)
        np.add.at(weight, (rows, column + segment), free * (1 - blend))
        np.add.at(weight, (rows, column + np.minimum(segment + 1, last)), free * blend)
        column += len(chain.points)
    weight[:, :first] += base * (1 - weight.sum(axis=1, keepdims=True))
    return weight


def _distance(position: Reals, points: Reals) -> Reals:
    gaps = [_segment(position, a, b)[0] for a, b in pairwise(points)]
    return np.min(gaps, axis=0)


def _along(position: Reals, points: Reals) -> tuple[Reals, Reals]:
    """Place along a chain in joints, and 0..1 how far below its root a vertex hangs."""
    gaps: list[Reals] = []
    places: list[Reals] = []
    for number, (a, b) in enumerate(pairwise(points)):
        gap, t = _segment(position, a, b)
        gaps.append(gap)
        places.append(number + t)
    along = np.take_along_axis(np.array(places), np.argmin(gaps, axis=0)[None], axis=0)[0]
    return along, np.clip(along / 0.8, 0, 1)


def _segment(position: Reals, a: Reals, b: Reals) -> tuple[Reals, Reals]:
    t = np.clip((position - a) @ (b - a) / ((b - a) @ (b - a)), 0, 1)
    return np.linalg.norm(position - a - t[:, None] * (b - a), axis=1), t


def vrm_springs(
    chains: list[Chain], nodes: list[list[int]], balls: list[Ball], skeleton: Skeleton,
    bones: dict[HumanBone, int],
) -> dict[str, Any]:  # fmt: skip
    """``VRMC_springBone`` for chains whose joints are the glTF ``nodes``."""
    table: dict[str, Any] = {
        "specVersion": "1.0",
        "colliders": [_collider(ball, skeleton, bones) for ball in balls],
        "colliderGroups": [{"name": "body", "colliders": list(range(len(balls)))}],
    }
    if chains:  # the schema wants at least one
        table["springs"] = [
            {
                "name": chain.name,
                "joints": [_joint(chain, node) for node in joints],
                "colliderGroups": [0],
                "center": bones[HumanBone.hips],
            }
            for chain, joints in zip(chains, nodes, strict=True)
        ]
    return table


def _joint(chain: Chain, node: int) -> dict[str, Any]:
    return {
        "node": node,
        "hitRadius": chain.radius,
        "stiffness": chain.stiffness,
        "gravityPower": chain.gravity,
        "gravityDir": [0, -1, 0],
        "dragForce": chain.drag,
    }


def _collider(ball: Ball, skeleton: Skeleton, bones: dict[HumanBone, int]) -> dict[str, Any]:
    turn, joint = skeleton.turn[ball.bone], skeleton.bind[ball.bone]
    head, tail = (np.round(turn @ (p - joint), 5).tolist() for p in (ball.head, ball.tail))
    shape = {"sphere": {"offset": head, "radius": round(ball.radius, 5)}}
    if head != tail:
        shape = {"capsule": {"offset": head, "radius": round(ball.radius, 5), "tail": tail}}
    return {"node": bones[ball.bone], "shape": shape}
