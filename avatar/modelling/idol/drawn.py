"""Pieces drawn on the stylised face: points in the front plane that become parts with morphs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from avatar.modelling.idol.shapes import Points, motion
from avatar.modelling.idol.surface import front, outward
from avatar.modelling.part import Morph, Part, sparse
from avatar.modelling.sources import Ints, Reals
from avatar.pose import FACE_SHAPES, HumanBone

MM = 0.001


@dataclass(frozen=True)
class Sheet:
    """Triangles over the front plane, mm."""

    anchor: Reals
    """float64[N, 2], the face's points whose motion each vertex takes."""
    offset: Reals
    """float64[N, 3], mm from the anchor on the face."""
    lip: Reals
    """float64[N], which lip's edge moves it (+1, -1)."""
    uv: Reals
    triangles: Ints
    follow: Reals | None = None
    """float64[N], share of the motion taken; None: all of it."""


def moved(points: Points, share: Reals | float = 1.0) -> dict[str, Reals]:
    """Displacements float64[N, 3] (mm) of points on the face by each ARKit shape."""
    x, y = points.at.T
    rest = front(x, y)
    result: dict[str, Reals] = {}
    for name in FACE_SHAPES:
        slide, shift = motion(name, points)
        if not (np.abs(slide).max(initial=0) or np.abs(shift).max(initial=0)):
            continue
        slide, shift = slide * np.reshape(share, (-1, 1)), shift * np.reshape(share, (-1, 1))
        z = front(x + slide[:, 0], y + slide[:, 1]) - rest
        result[name] = np.column_stack([slide, z]) + shift
    return result


def head_weights(count: int, bone: HumanBone = HumanBone.head) -> Reals:
    weight = np.zeros((count, len(HumanBone)))
    weight[:, bone] = 1
    return weight


def morphs(displacement: dict[str, Reals]) -> dict[str, Morph]:
    """Sparse morphs, metres, without a change of normals: drawn shadows stay calm."""
    found = {name: sparse(delta * MM, np.zeros_like(delta)) for name, delta in displacement.items()}
    return {name: morph for name, morph in found.items() if len(morph.index)}


def sheet_part(name: str, material: str, sheet: Sheet, origin: Reals) -> Part:
    """A sheet as a part of the face; ``origin`` (m) is the chin's tip."""
    x, y = sheet.anchor.T
    position = np.column_stack([x, y, front(x, y)]) + sheet.offset
    share = 1.0 if sheet.follow is None else sheet.follow
    displacement = moved(Points(sheet.anchor, sheet.lip), share)
    return Part(
        name, material, "Face", origin + position * MM, outward(position), sheet.uv,
        sheet.triangles, head_weights(len(position)), morphs(displacement),
    )  # fmt: skip


def mirrored(part: Part) -> Part:
    """The figure's right half of a part drawn on the left."""
    flip = np.array([-1.0, 1, 1])

    def other(name: str) -> str:
        if name.endswith("Left"):
            return name.removesuffix("Left") + "Right"
        return name.removesuffix("Right") + "Left" if name.endswith("Right") else name

    swapped = {
        other(key): Morph(m.index, m.position * flip, m.normal_index, m.normal * flip)
        for key, m in part.morphs.items()
    }
    weight = part.weight.copy()
    for bone in HumanBone:
        weight[:, bone] = part.weight[:, HumanBone[other_bone(bone.name)]]
    return Part(
        part.name, part.material, part.mesh, part.position * flip, part.normal * flip, part.uv,
        part.triangles[:, ::-1], weight, swapped,
    )  # fmt: skip


def other_bone(name: str) -> str:
    """The bone's name on the other side."""
    if name.startswith("left"):
        return "right" + name.removeprefix("left")
    return "left" + name.removeprefix("right") if name.startswith("right") else name


def band(
    line: Reals, width: Callable[[Reals], Reals], lift: float, lean: float = 0.5, rows: int = 2
) -> Sheet:
    """A drawn stroke along ``line`` [K, 2], ``width(t)`` mm wide at t = 0..1 along it.

    ``lean`` is the share of the width on the left of its direction; ``lift`` mm off the face.
    The whole cross-section takes the motion of the line's point: strokes keep their width.
    """
    count = len(line)
    gaps = np.linalg.norm(np.diff(line, axis=0), axis=1)
    t = np.concatenate([[0], np.cumsum(gaps)])
    t /= t[-1]
    along = np.gradient(line, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True).clip(1e-9)
    side = np.column_stack([-along[:, 1], along[:, 0]])
    across = np.linspace(0, 1, rows)
    offset = side[:, None] * ((lean - across)[None, :] * width(t)[:, None])[..., None]
    at = line[:, None] + offset
    surface = front(at[..., 0], at[..., 1]) - front(line[:, :1], line[:, 1:])
    normal = outward(np.column_stack([line, front(line[:, 0], line[:, 1])]))
    three = np.concatenate([offset, surface[..., None]], axis=2) + lift * normal[:, None]
    uv = np.stack(np.broadcast_arrays(t[:, None], across[None, :]), -1)
    triangles = strip(count, rows)
    anchor = np.repeat(line, rows, axis=0)
    return Sheet(anchor, three.reshape(-1, 3), np.zeros(len(anchor)), uv.reshape(-1, 2), triangles)


def strip(count: int, rows: int, *, closed: bool = False) -> Ints:
    """Triangles of a grid [count, rows] of vertices; ``closed`` joins the last to the first."""
    a = np.arange(count if closed else count - 1)
    b = (a + 1) % count
    r = np.arange(rows - 1)
    p, q = (a[:, None] * rows + r).ravel(), (b[:, None] * rows + r).ravel()
    return np.concatenate([np.column_stack([p, p + 1, q]), np.column_stack([q, p + 1, q + 1])])
