"""The pieces of a figure: skin, mouth, eyes, face hair, clothes and hair."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from avatar.modelling import groom, outfit, sculpt, skin, under
from avatar.modelling.body import DM, Shape, Skeleton, shape, vertex_group
from avatar.modelling.eye import (
    IRIS_UV,
    Eyeball,
    caruncle_mesh,
    eye_texture,
    eyeball_mesh,
    fit_sphere,
)
from avatar.modelling.garment import covered
from avatar.modelling.macro import solve_height
from avatar.modelling.margins import seam
from avatar.modelling.mesh import Surface, body_surface, proxy_surface, select
from avatar.modelling.part import Part, build, merge
from avatar.modelling.raster import to_srgb
from avatar.modelling.recipe import Recipe
from avatar.modelling.sources import Flags, Reals, Sources, vec
from avatar.modelling.tailor import BODY, wearer
from avatar.modelling.vrm_write import Material
from avatar.pose import HumanBone

_MOUTH_DEPTH = {"teeth": 0.34, "tongue": 0.62}
"""What lies further back than this (dm behind the lips) never shows."""
_SUNK: Final = 0.0005
"""Skin that moved less than this below cloth did not move, m."""
_NECKLINE: Final = 0.10
"""From the neck's joint down to where a neckline shows skin as round as the face's, m."""


class Person:
    """A recipe's shape and what every piece needs of it."""

    def __init__(self, sources: Sources, recipe: Recipe) -> None:
        self.sources, self.recipe = sources, recipe
        self.layout = skin.layout(sources.base)
        rough = shape(sources, _targets(sources, recipe), {}, recipe.gain)
        self.marks = skin.landmarks(sources, rough)
        self.eyes = {side: _eyeball(sources, rough, side) for side in "lr"}
        self.shape = sculpt.corrected(
            sources.base, self.layout, rough, self.marks, self.eyes, recipe
        )
        self.shape = replace(self.shape, skeleton=_with_eyes(self.shape.skeleton, self.eyes))
        self.scalp = _scalp(self)
        self.hidden = np.zeros(len(sources.base.vertices), np.bool_)
        """bool[19158], base vertices under clothes."""
        self.tucked = np.zeros_like(self.hidden)
        """bool[19158], base vertices sunk below clothes."""

    def dress(self, clothes: list[Part]) -> None:
        """Take away the skin that clothes cover, and tuck the rest below them."""
        faces = self.sources.base.faces[self.layout.island >= 0]
        body = wearer(self.shape, faces)
        self.hidden[:BODY] = under.hidden(body, clothes, faces)
        for item in self.recipe.clothes:
            self.hidden[covered(self.sources, item)] = True
        vertices = self.shape.vertices.copy()
        sunk = under.tucked_evenly(body, clothes, faces)
        self.tucked[:BODY] = np.linalg.norm(sunk - body.position, axis=1) > _SUNK
        vertices[:BODY] = sunk / DM
        self.shape = replace(self.shape, vertices=vertices)

    @property
    def eye_middle(self) -> Reals:
        """float64[3], m, between the eyes."""
        return (self.eyes["l"].centre + self.eyes["r"].centre) / 2


def _targets(sources: Sources, recipe: Recipe) -> dict[str, float]:
    """The recipe's targets and those of its height."""
    vertices = sources.base.vertices + sum(
        amount * sources.find_target(name) for name, amount in recipe.targets.items()
    )
    tall = solve_height(recipe.build, vertices, sources.find_target)
    return {key: recipe.targets.get(key, 0) + tall.get(key, 0) for key in recipe.targets | tall}


def _eyeball(sources: Sources, person: Shape, side: str) -> Eyeball:
    points = person.neutral[vertex_group(sources, f"helper-{side}-eye")] * DM
    return fit_sphere(points[points[:, 2] < points[:, 2].max() - 0.0035])


def _with_eyes(skeleton: Skeleton, balls: dict[str, Eyeball]) -> Skeleton:
    bind, rest = skeleton.bind.copy(), skeleton.rest.copy()
    for side, bone in (("l", HumanBone.leftEye), ("r", HumanBone.rightEye)):
        bind[bone] = rest[bone] = balls[side].centre
    return replace(skeleton, bind=bind, rest=rest)


def body(person: Person, size: int) -> tuple[list[Part], Material]:
    """Skin that shows, apart by what the face moves, and the mouth's cavity last."""
    surface = _skin_surface(person)
    sunk = replace(person.shape, vertices=_sunk_scalp(person))
    inside = person.layout.island == skin.ISLANDS.index("mouth")
    cavity = (inside & ~_lip_ring(person, 2))[surface.face]
    whole = build("skin", "skin", "Face", surface, sunk)
    moved = np.zeros(len(whole.position), np.bool_)
    for morph in whole.morphs.values():
        moved[morph.index] = True
    facial = moved[whole.triangles].any(axis=1)
    mouth = whole.piece("cavity", "mouth", "Face", cavity)
    parts = [
        whole.piece("skin", "skin", "Face", ~cavity & facial),
        whole.piece("body", "skin", "Body", ~cavity & ~facial),
        replace(mouth, uv=outfit.mouth_uv(mouth.uv % 1, "cavity")),
    ]
    return parts, _skin_material(person, surface, size)


def _sunk_scalp(person: Person) -> Reals:
    """The base vertices (dm) with the scalp 3 mm lower, so that no hair card cuts into it."""
    vertices = person.shape.vertices
    depth = np.clip((person.scalp.height(vertices * DM) - 0.006) / 0.012, 0, 1) * 0.03
    head = np.unique(person.sources.base.faces[person.layout.island == skin.ISLANDS.index("head")])
    outward = vertices - person.scalp.centre / DM
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    moved = vertices.copy()
    moved[head] -= (depth[:, None] * outward)[head]
    return moved


def _skin_surface(person: Person) -> Surface:
    base, island = person.sources.base, person.layout.island
    keep = (island >= 0) & ~person.hidden[base.faces].all(axis=1)
    centre = person.shape.neutral[base.faces].mean(axis=1) * DM
    under_hair = person.scalp.height(centre) > 0.012
    facial = ("head", "left_socket", "right_socket")
    smooth = np.isin(island, [skin.ISLANDS.index(name) for name in facial]) & ~under_hair
    smooth |= _lip_ring(person, 2)
    chest = person.shape.skeleton.bind[HumanBone.neck] - vec(0, _NECKLINE, 0)
    neckline = (island == skin.ISLANDS.index("torso")) & (centre[:, 1] > chest[1])
    # rounding what is tucked in would lift it through the cloth
    smooth |= neckline & ~person.tucked[base.faces].any(axis=1)
    return body_surface(base, person.layout.uv, keep, smooth)


def _lip_ring(person: Person, rings: int) -> Flags:
    """bool[Q], faces of the mouth within some rings of the lips: they are painted as skin."""
    faces, island = person.sources.base.faces, person.layout.island
    inside = island == skin.ISLANDS.index("mouth")
    reached = np.zeros(len(person.sources.base.vertices), np.bool_)
    reached[faces[island == skin.ISLANDS.index("head")]] = True
    ring = np.zeros(len(faces), np.bool_)
    for _ in range(rings):
        ring = inside & reached[faces].any(axis=1)
        reached[faces[ring]] = True
    return ring


def _skin_material(person: Person, surface: Surface, size: int) -> Material:
    colour = np.array(person.recipe.hair["root"]) * 0.9

    def stubble(at: Reals) -> tuple[Reals, Reals]:
        return person.scalp.tint(at * DM), np.tile(colour, (len(at), 1))

    look = person.recipe.skin | {"makeup": person.recipe.makeup}
    maps = skin.bake_skin(person.sources, person.shape, surface, person.layout, look, stubble, size)
    rough = np.concatenate([maps.thin, maps.roughness, 0 * maps.thin], axis=2)[::2, ::2]
    return Material(
        "skin",
        outfit.jpeg("skin_color", to_srgb(maps.albedo), 90),
        normal=outfit.jpeg("skin_normal", outfit.normal_picture(maps.normal), 86),
        roughness=1.0,
        roughness_map=outfit.jpeg("skin_roughness", np.round(rough * 255).astype(np.uint8)),
    )


def mouth(person: Person, cavity: Part) -> tuple[Part, Material]:
    """Cavity, teeth and tongue in one."""
    pieces = [cavity]
    for name, path in (("teeth", "teeth/Teeth_Base"), ("tongue", "tongue/tongue01")):
        surface = proxy_surface(person.sources.proxy(path))
        depth = surface.place(person.shape.neutral)[surface.triangles].mean(axis=1)[:, 2]
        surface = select(surface, depth > person.marks.mouth[2] - _MOUTH_DEPTH[name])
        part = build(name, "mouth", "Face", surface, person.shape)
        pieces.append(replace(part, uv=outfit.mouth_uv(part.uv, name)))
    picture = outfit.jpeg("mouth_color", outfit.mouth_picture(person.sources), 80)
    return merge("mouth", pieces), Material("mouth", picture, roughness=0.35)


def _caruncle(person: Person, side: str) -> Part:
    """The flesh in an eye's inner corner: it stays with the head."""
    loop = seam(
        person.sources.base, person.layout.island, skin.ISLANDS.index("head"),
        skin.ISLANDS.index("left_socket" if side == "l" else "right_socket"),
    )  # fmt: skip
    points = person.shape.vertices[loop] * DM
    corner = points[np.argsort(np.abs(points[:, 0]))[:3]].mean(axis=0)
    inwards = -1.0 if side == "l" else 1.0
    position, normal, uv, triangles = caruncle_mesh(corner, inwards, 0.0019)
    weight = np.zeros((len(position), len(HumanBone)))
    weight[:, HumanBone.head] = 1
    return Part(f"caruncle_{side}", "eye", "Eyes", position, normal, uv, triangles, weight)


def eyes(person: Person, size: int = 1024) -> tuple[Part, Material]:
    """Both eyeballs, each on its bone; ``size`` px of their picture."""
    look = person.recipe.eyes
    picture = eye_texture(size, look["inner"], look["outer"], look["pupil"])
    radius = round(sum(ball.radius for ball in person.eyes.values()) / 2, 5)
    material = Material(
        "eye", outfit.jpeg("eye_color", to_srgb(picture), 90), roughness=0.08,
        extras=(("iris_uv", IRIS_UV), ("eye_radius", radius), ("pupil", look["pupil"])),
    )  # fmt: skip
    parts: list[Part] = []
    for side, bone in (("l", HumanBone.leftEye), ("r", HumanBone.rightEye)):
        position, normal, uv, triangles = eyeball_mesh(person.eyes[side])
        weight = np.zeros((len(position), len(HumanBone)))
        weight[:, bone] = 1
        parts.append(Part(bone.name, "eye", "Eyes", position, normal, uv, triangles, weight))
        parts.append(_caruncle(person, side))
    return merge("eyes", parts), material


def _scalp(person: Person) -> groom.Head:
    """The head under the hair, its ears marked."""
    base, island = person.sources.base, person.layout.island
    ear = np.asarray(person.sources.mask("ears"))
    height, width = ear.shape
    u, v = base.uv[base.face_uv].mean(axis=1).T
    row = ((1 - v) * (height - 1)).astype(int).clip(0, height - 1)
    column = (u * (width - 1)).astype(int).clip(0, width - 1)
    head, torso = (island == skin.ISLANDS.index(name) for name in ("head", "torso"))
    on_ear = np.zeros(len(base.vertices), np.bool_)
    on_ear[base.faces[(ear[row, column] > 128) & head]] = True
    quads = base.faces[head | torso]
    return groom.measure(
        person.shape.vertices * DM, np.concatenate([quads[:, :3], quads[:, [0, 2, 3]]]), on_ear,
        person.eye_middle, female=person.recipe.female,
    )  # fmt: skip


def face_hair(person: Person) -> tuple[list[Part], dict[str, Material]]:
    """Brows, tear lines and lashes on the skin."""
    surface = _skin_surface(person)
    place = surface.place(person.shape.vertices) * DM
    island = person.layout.island[surface.face]
    eyes = [
        groom.lids(surface, place, np.flatnonzero(island == skin.ISLANDS.index(name)), ball)
        for name, ball in zip(("left_socket", "right_socket"), person.eyes.values(), strict=True)
    ]
    brows, brow_material = groom.brows(surface, person.shape, eyes, person.recipe.brows)
    lashes, lash_material = groom.lashes(surface, person.shape, eyes, person.recipe.lashes)
    tears, tear_material = groom.tears(surface, person.shape, eyes)
    materials = {"brows": brow_material, "tears": tear_material, "lashes": lash_material}
    return [brows, tears, lashes], materials


def locks(person: Person, clothes: list[Part]) -> groom.Hair:
    """The hair that the recipe asks for, lying on the clothes."""
    torso = person.layout.island == skin.ISLANDS.index("torso")
    bare = person.shape.vertices[np.unique(person.sources.base.faces[torso])] * DM
    cover = np.concatenate([bare, *(part.position for part in clothes)])
    return groom.grow(replace(person.scalp, cover=cover), person.recipe.hair)
