"""The pieces of a figure: skin, mouth, eyes, face hair, clothes and hair."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from avatar.modelling import hair, hair_styles, outfit, sculpt, skin
from avatar.modelling.body import DM, Shape, Skeleton, shape, vertex_group
from avatar.modelling.eye import IRIS_UV, Eyeball, eye_texture, eyeball_mesh, fit_sphere
from avatar.modelling.hair_texture import Dye, strand_picture
from avatar.modelling.mesh import Surface, body_surface, proxy_surface, select
from avatar.modelling.part import Part, build, merge
from avatar.modelling.raster import to_srgb
from avatar.modelling.recipe import Recipe
from avatar.modelling.sources import Flags, Ints, Reals, Sources
from avatar.modelling.vrm_write import Material
from avatar.pose import HumanBone

_MOUTH_DEPTH = {"teeth": 0.34, "tongue": 0.62}
"""What lies further back than this (dm behind the lips) never shows."""


class Person:
    """A recipe's shape and what every piece needs of it."""

    def __init__(self, sources: Sources, recipe: Recipe) -> None:
        self.sources, self.recipe = sources, recipe
        self.layout = skin.layout(sources.base)
        rough = shape(sources, recipe.targets, {}, recipe.gain)
        self.marks = skin.landmarks(sources, rough)
        self.eyes = {side: _eyeball(sources, rough, side) for side in "lr"}
        self.shape = sculpt.corrected(
            sources.base, self.layout, rough, self.marks, self.eyes, recipe
        )
        self.shape = replace(self.shape, skeleton=_with_eyes(self.shape.skeleton, self.eyes))
        self.scalp = hair.scalp(self.marks, recipe.female)

    @property
    def eye_middle(self) -> Reals:
        """float64[3], m, between the eyes."""
        return (self.eyes["l"].centre + self.eyes["r"].centre) / 2


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
    hidden = np.zeros(len(base.vertices), np.bool_)
    for item in person.recipe.clothes:
        hides = person.sources.proxy(item["proxy"]).hides
        x, y = np.abs(base.vertices[hides, 0]), base.vertices[hides, 1]
        hidden[hides[(y < item.get("hides_below", 99.0)) | (x > 1.8)]] = True
    keep = (island >= 0) & ~hidden[base.faces].all(axis=1)
    centre = person.shape.neutral[base.faces].mean(axis=1) * DM
    under_hair = person.scalp.height(centre) > 0.012
    facial = ("head", "left_socket", "right_socket")
    smooth = np.isin(island, [skin.ISLANDS.index(name) for name in facial]) & ~under_hair
    smooth |= _lip_ring(person, 2)
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
    strength = person.recipe.hair.get("stubble", 0.97)

    def stubble(at: Reals) -> tuple[Reals, Reals]:
        soft = np.clip((person.scalp.height(at * DM) + 0.003) / 0.010, 0, 1)
        return strength * soft * soft * (3 - 2 * soft), np.tile(colour, (len(at), 1))

    maps = skin.bake_skin(
        person.sources, person.shape, surface, person.layout, person.recipe.skin, stubble, size
    )
    rough = np.repeat(maps.roughness, 3, axis=2)[::4, ::4] * [0, 1, 0]
    return Material(
        "skin",
        outfit.jpeg("skin_color", to_srgb(maps.albedo), 87),
        normal=outfit.jpeg("skin_normal", outfit.normal_picture(maps.normal), 80),
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


def eyes(person: Person) -> tuple[Part, Material]:
    """Both eyeballs, each on its bone."""
    look = person.recipe.eyes
    picture = eye_texture(1024, look["inner"], look["outer"], look["pupil"])
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
    return merge("eyes", parts), material


def locks(person: Person, clothes: list[Part]) -> tuple[Part, Ints, Material]:
    """The hair, grown over skin and clothes, and the strand of each of its vertices."""
    look = person.recipe.hair
    base = person.sources.base
    ear = np.asarray(person.sources.mask("ears"))
    height, width = ear.shape
    u, v = base.uv[base.face_uv].mean(axis=1).T
    row = ((1 - v) * (height - 1)).astype(int).clip(0, height - 1)
    column = (u * (width - 1)).astype(int).clip(0, width - 1)
    on_ear = (ear[row, column] > 128) & (person.layout.island == skin.ISLANDS.index("head"))
    ears = person.shape.vertices[np.unique(base.faces[on_ear])] * DM
    bare = build("skin", "skin", "Face", _skin_surface(person), replace(person.shape, morphs={}))
    place = hair.ground([bare, *clothes], person.scalp, ears)
    part, strand = hair.cards(
        hair_styles.grow(look["style"], place, person.scalp, look), person.scalp
    )
    dye = Dye(np.array(look["root"]), np.array(look["tip"]), look["taper"], look["ragged"])
    material = Material(
        "hair", outfit.png("hair", strand_picture(dye)), alpha_mode="MASK", alpha_cutoff=0.4,
        double_sided=True, roughness=0.45,
    )  # fmt: skip
    return part, strand, material
