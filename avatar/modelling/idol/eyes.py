"""Drawn eyes: a recessed white, an iris that slides on a sphere, and glints."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from avatar.modelling.eye import Eyeball, fit_sphere
from avatar.modelling.idol.drawn import MM, head_weights, mirrored, strip
from avatar.modelling.idol.features import EYE, IRIS, eye_outline
from avatar.modelling.idol.surface import front
from avatar.modelling.part import Morph, Part, merge
from avatar.modelling.sources import Ints, Reals
from avatar.pose import HumanBone

RECESS = 5.0
"""mm from the lids back to the white of the eye."""


@dataclass(frozen=True)
class Glint:
    """A highlight, mm from the iris' middle."""

    x: float
    y: float
    width: float
    height: float


_GLINTS = (Glint(-5.6, 8.6, 4.4, 5.4), Glint(6.0, -8.8, 2.2, 2.7), Glint(-8.2, -4.4, 1.2, 1.5))


def left_ball() -> Eyeball:
    """The sphere (mm, head space) on which the left eye's white lies."""
    outline = eye_outline(40)
    at = np.concatenate([EYE + (outline - EYE) * s for s in (0.3, 0.6, 0.85, 1.0)])
    z = front(at[:, 0], at[:, 1], features=False) - RECESS
    return fit_sphere(np.column_stack([at, z]))


def on_ball(ball: Eyeball, at: Reals, lift: float = 0.0) -> Reals:
    """The front of a sphere over plane points [N, 2], ``lift`` mm outside it."""
    away = at - ball.centre[:2]
    radius = ball.radius + lift
    z = ball.centre[2] + np.sqrt(np.maximum(radius**2 - (away**2).sum(axis=1), 1.0))
    return np.column_stack([at, z])


def eye_parts(origin: Reals) -> list[Part]:
    """Whites, irises and glints of both eyes, each a part."""
    ball = left_ball()
    parts: list[Part] = []
    for left in (_white(ball, origin), _iris(ball, origin), _glints(ball, origin)):
        # a mirrored iris would mirror its glints: the light comes from one side for both
        right = mirrored(left)
        if left.material == "glint":
            right = _right_glints(ball, origin)
        parts.append(merge(left.name, [left, right]))
    return parts


def _disc(
    centre: Reals, half: tuple[float, float], rings: int, spokes: int
) -> tuple[Reals, Reals, Ints]:
    """An ellipse's points [N, 2], unit coordinates [N, 2] and triangles."""
    turn = 2 * np.pi * np.arange(spokes) / spokes
    radius = np.arange(1, rings + 1) / rings
    unit = np.stack([np.cos(turn)[None] * radius[:, None], np.sin(turn)[None] * radius[:, None]], 2)
    unit = np.concatenate([np.zeros((1, 2)), unit.transpose(1, 0, 2).reshape(-1, 2)])
    fan = [[0, 1 + k * rings, 1 + (k + 1) % spokes * rings] for k in range(spokes)]
    around = strip(spokes, rings, closed=True) + 1
    return centre + unit * half, unit, np.concatenate([np.array(fan), around])


def _piece(name: str, material: str, at: Reals, uv: Reals, triangles: Ints, origin: Reals) -> Part:
    normal = np.tile([0.0, 0.28, 0.96], (len(at), 1))
    return Part(
        name, material, "Face", origin + at * MM, normal, uv, triangles,
        head_weights(len(at)),
    )  # fmt: skip


def _white(ball: Eyeball, origin: Reals) -> Part:
    outline = eye_outline(40)
    middle = np.array([37.3, 88.0])
    rings = np.array([0.4, 0.85, 1.3])
    at = np.concatenate([middle[None], (middle + (outline - middle)[:, None] * rings[:, None])
                         .reshape(-1, 2)])  # fmt: skip
    fan = [[0, 1 + k * 3, 1 + (k + 1) % 40 * 3] for k in range(40)]
    triangles = np.concatenate([np.array(fan), strip(40, 3, closed=True) + 1])
    uv = (at - [14.0, 66.0]) / [46.0, 46.0] * [1, -1] + [0, 1]
    return _piece("white", "eyewhite", on_ball(ball, at), uv, triangles, origin)


def _iris(ball: Eyeball, origin: Reals) -> Part:
    at, unit, triangles = _disc(np.array(EYE), IRIS, 3, 36)
    part = _piece(
        "iris", "iris", on_ball(ball, at, 0.9), unit * [0.49, -0.49] + 0.5, triangles, origin
    )
    weight = head_weights(len(at), HumanBone.leftEye)
    # wide eyes are drawn with a smaller iris
    shrink = on_ball(ball, EYE + (at - EYE) * 0.86, 0.9) - on_ball(ball, at, 0.9)
    index = np.flatnonzero(np.linalg.norm(shrink, axis=1) > 1e-6)
    nothing = np.zeros(0, np.int64)
    wide = Morph(index, shrink[index] * MM, nothing, np.zeros((0, 3)))
    return replace(part, weight=weight, morphs={"eyeWideLeft": wide})


def _glints(ball: Eyeball, origin: Reals, centre: tuple[float, float] = EYE) -> Part:
    pieces: list[Part] = []
    for glint in _GLINTS:
        middle = np.array([centre[0] + glint.x, centre[1] + glint.y])
        at, unit, triangles = _disc(middle, (glint.width, glint.height), 1, 20)
        placed = on_ball(ball, at, 1.7)
        pieces.append(_piece("glint", "glint", placed, unit * 0.4 + 0.5, triangles, origin))
    part = merge("glint", pieces)
    weight = 0.75 * head_weights(len(part.position), HumanBone.leftEye)
    weight[:, HumanBone.head] = 0.25
    return replace(part, weight=weight)


def _right_glints(ball: Eyeball, origin: Reals) -> Part:
    flipped = Eyeball(ball.centre * [-1, 1, 1], ball.radius)
    part = _glints(flipped, origin, (-EYE[0], EYE[1]))
    weight = 0.75 * head_weights(len(part.position), HumanBone.rightEye)
    weight[:, HumanBone.head] = 0.25
    return replace(part, weight=weight)
