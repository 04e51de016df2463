"""A stylised recipe becomes a figure."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from avatar.modelling.body import Skeleton
from avatar.modelling.idol import body, eyes, face, hair, lines, mouth, outfit
from avatar.modelling.idol.bow import bow
from avatar.modelling.idol.drawn import MM, head_weights, mirrored
from avatar.modelling.idol.locks import Lock, lock_mesh
from avatar.modelling.idol.look import read_look
from avatar.modelling.idol.materials import materials
from avatar.modelling.idol.presets import PRESETS
from avatar.modelling.part import Part, merge
from avatar.modelling.recipe import Recipe
from avatar.modelling.sources import Reals, Sources, vec
from avatar.modelling.springs import Ball
from avatar.modelling.vrm_write import Figure
from avatar.pose import HumanBone

LOOK_RANGE = (45.0, 12.0)
"""deg: drawn irises slide on large spheres, so a small turn is a long look."""


def make_idol(recipe: Recipe, sources: Sources, thumbnail: bytes) -> Figure:
    """The figure of a recipe with ``style = "idol"``; ``thumbnail`` is its encoded picture.

    Raises ConfigError naming a wrong key of the recipe's ``[idol]`` table.
    """
    look = read_look(recipe.tables.get("idol", {}), recipe.id)
    doll = body.make_doll(sources, recipe, look)
    head = face.make_head()
    locks = hair.make_hair(head, doll.chin)
    wear = outfit.dress(doll)
    parts = [*_head(head, doll.chin), locks.part, body.body_part(doll, wear.hidden)]
    parts += [body.neck_part(doll), *wear.parts, *_ribbons(doll), *_clip(doll)]
    columns = sum(len(chain.points) for chain in locks.chains)
    parts += [_after(part, columns) for part in wear.skirt]
    parts, up = _stand(_merged(_padded(parts)), doll.shape.skeleton)
    skeleton = doll.shape.skeleton
    skeleton = replace(skeleton, bind=skeleton.bind + up, rest=skeleton.rest + up)
    chains = [replace(c, points=c.points + up) for c in (*locks.chains, *wear.chains)]
    return Figure(
        recipe.name, "female", parts, materials(look), skeleton, chains,
        _colliders(skeleton, doll.chin + up),
        body.eye_middle(doll) + up - skeleton.bind[HumanBone.head], thumbnail,
        look_range=LOOK_RANGE, expressions=PRESETS,
    )  # fmt: skip


def _head(head: face.Head, chin: Reals) -> list[Part]:
    """Everything drawn on and in the head but its hair."""
    ear = face.ear_part(chin)
    whole = face.head_part(head, chin)
    shown = whole.piece(whole.name, whole.material, whole.mesh, hair.bare(head))
    skin = [shown, ear, mirrored(ear)]
    return skin + eyes.eye_parts(chin) + lines.line_parts(chin) + mouth.mouth_parts(chin)


def _stand(parts: list[Part], skeleton: Skeleton) -> tuple[list[Part], Reals]:
    """Put the soles of the T-pose on the ground; also the shift, float64[3]."""
    joints = len(HumanBone)
    soles = [part for part in parts if part.mesh in ("Body", "Clothes")]
    lowest = min(
        float(skeleton.to_rest(p.position, p.weight[:, :joints])[:, 1].min()) for p in soles
    )
    up = np.array([0, -lowest, 0])
    return [replace(part, position=part.position + up) for part in parts], up


def _colliders(skeleton: Skeleton, chin: Reals) -> list[Ball]:
    """Skull, neck, chest, arms and thighs, for tails and skirt to rest on."""
    joint = skeleton.bind
    skull = chin + vec(0, 0.125, -0.010)
    neck, chest = joint[HumanBone.neck], joint[HumanBone.upperChest]
    balls = [
        Ball(HumanBone.head, skull, skull, 0.090),
        Ball(HumanBone.neck, neck, joint[HumanBone.head], 0.042),
        Ball(
            HumanBone.upperChest, chest + vec(-0.04, 0.08, 0.0), chest + vec(0.04, 0.08, 0.0), 0.085
        ),
        Ball(HumanBone.hips, joint[HumanBone.hips], joint[HumanBone.hips] + vec(0, 0.03, 0), 0.095),
    ]
    for side in ("left", "right"):
        for start, end, radius in (("UpperArm", "LowerArm", 0.042), ("LowerArm", "Hand", 0.038),
                                   ("UpperLeg", "LowerLeg", 0.072)):  # fmt: skip
            bone = HumanBone[side + start]
            balls.append(Ball(bone, joint[bone], joint[HumanBone[side + end]], radius))
    return balls


def _after(part: Part, columns: int) -> Part:
    """Weights with the hair's joints put in between the humanoid's and the part's own."""
    first = len(HumanBone)
    return replace(part, weight=np.insert(part.weight, [first] * columns, 0, axis=1))


def _merged(parts: list[Part]) -> list[Part]:
    """One part to a mesh and material, so that each is one draw."""
    groups: dict[tuple[str, str], list[Part]] = {}
    for part in parts:
        groups.setdefault((part.mesh, part.material), []).append(part)
    return [g[0] if len(g) == 1 else merge(m, g) for (_, m), g in groups.items()]


def _ribbons(doll: body.Doll) -> list[Part]:
    """A bow where each tail is tied."""
    weight = np.zeros(len(HumanBone))
    weight[HumanBone.head] = 1
    centre = doll.chin + (hair.TAIL_ROOT + vec(8, 4, 16)) * MM
    out, across = np.array([0.72, 0.33, 0.61]), np.array([-0.66, 0.10, 0.74])
    across = across - out * (across @ out) / (out @ out)
    across /= np.linalg.norm(across)
    out = out / np.linalg.norm(out)
    left = bow(centre, across, out, 0.108, weight, 0.8)
    return [*left, *(mirrored(part) for part in left)]


def _clip(doll: body.Doll) -> list[Part]:
    """A golden crescent on the fringe."""
    middle, out = hair.over_face(47.0, 146.0, 24.0), np.array([0.50, 0.28, 0.82])
    out = out / np.linalg.norm(out)
    across = np.cross([0.0, 1, 0], out)
    across /= np.linalg.norm(across)
    up = np.cross(out, across)
    turn = np.radians(np.linspace(35, 325, 12) - 25)[:, None]
    path = middle + 11.5 * (np.cos(turn) * across + np.sin(turn) * up)
    lock = Lock(path, 8.5, 6.0, shape="moon", sections=24, around=10)
    position, normal, _, triangles = lock_mesh(lock, out)
    return [
        Part(
            "gold", "gold", "Clothes", doll.chin + position * MM, normal,
            np.full((len(position), 2), 0.5), triangles, head_weights(len(position)),
        )
    ]  # fmt: skip


def _padded(parts: list[Part]) -> list[Part]:
    """Give every part as many weight columns as there are joints."""
    joints = max(part.weight.shape[1] for part in parts)
    return [
        replace(part, weight=np.pad(part.weight, ((0, 0), (0, joints - part.weight.shape[1]))))
        for part in parts
    ]
