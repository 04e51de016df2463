"""A recipe becomes a VRM file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from avatar.modelling import ao, hair, outfit, skin
from avatar.modelling.body import DM, Shape, Skeleton, shape, vertex_group
from avatar.modelling.eye import IRIS_UV, Eyeball, eye_texture, eyeball_mesh, fit_sphere
from avatar.modelling.mesh import body_surface, proxy_surface
from avatar.modelling.part import Part, build
from avatar.modelling.raster import to_srgb
from avatar.modelling.recipe import Recipe, load_recipe
from avatar.modelling.sources import Reals, Sources
from avatar.modelling.springs import Ball, bind_to_chains
from avatar.modelling.vrm_write import Figure, Material, write_vrm
from avatar.pose import HumanBone
from avatar.resources import models_dir

SKIN_SIZE = 2048


def bake(name: str, folder: Path | None = None) -> Path:
    """Bake a recipe into ``folder`` (default ``models/figures``); the file's path."""
    path = (folder or models_dir() / "figures") / f"{name}.vrm"
    write_vrm(make_figure(load_recipe(name), Sources())).write(path)
    return path


def make_figure(recipe: Recipe, sources: Sources) -> Figure:
    """Everything of a figure but the file."""
    person = shape(sources, recipe.targets, recipe.expression, recipe.gain)
    balls = {side: _eyeball(sources, person, side) for side in "lr"}
    person = replace(person, skeleton=_with_eyes(person.skeleton, balls))
    materials: dict[str, Material] = {}
    parts = [*_body(sources, person, recipe, materials), *_mouth(sources, person, materials)]
    parts += _eyes(recipe, balls, materials)
    for key in ("brows", "lashes"):
        part, materials[key] = outfit.card(sources, person, key, getattr(recipe, key))
        parts.append(part)
    for item in recipe.clothes:
        part, materials[item["name"]] = outfit.garment(sources, person, item)
        parts.append(part)
    locks, materials["hair"] = hair.proxy_hair(sources, person, recipe.hair)
    chains = hair.hanging_chains(locks.position, person.skeleton.bind[HumanBone.head], 8, 6)
    humanoid = len(HumanBone)
    weight = bind_to_chains(locks.position, chains, locks.weight, humanoid)
    parts.append(replace(locks, weight=weight))
    parts, skeleton = _stand(_pad(parts, weight.shape[1]), person.skeleton)
    drop = skeleton.bind[0] - person.skeleton.bind[0]
    chains = [replace(chain, points=chain.points + drop) for chain in chains]
    middle = (balls["l"].centre + balls["r"].centre) / 2
    return Figure(
        recipe.name, _occluded(parts), materials, skeleton, chains, _colliders(parts, skeleton),
        middle + drop - skeleton.bind[HumanBone.head], _thumbnail(recipe),
    )  # fmt: skip


def _eyeball(sources: Sources, person: Shape, side: str) -> Eyeball:
    points = person.neutral[vertex_group(sources, f"helper-{side}-eye")] * DM
    return fit_sphere(points[points[:, 2] < points[:, 2].max() - 0.0035])


def _with_eyes(skeleton: Skeleton, balls: dict[str, Eyeball]) -> Skeleton:
    bind, rest = skeleton.bind.copy(), skeleton.rest.copy()
    for side, bone in (("l", HumanBone.leftEye), ("r", HumanBone.rightEye)):
        bind[bone] = rest[bone] = balls[side].centre
    return replace(skeleton, bind=bind, rest=rest)


def _body(
    sources: Sources, person: Shape, recipe: Recipe, materials: dict[str, Material]
) -> list[Part]:
    """Skin that shows, apart by what the face moves, and the mouth's cavity."""
    base = sources.base
    lay = skin.layout(base)
    hidden = np.zeros(len(base.vertices), np.bool_)
    for item in recipe.clothes:
        hidden[sources.proxy(item["proxy"]).hides] = True
    keep = (lay.island >= 0) & ~hidden[base.faces].all(axis=1)
    centre = base.vertices[base.faces].mean(axis=1)
    facial = np.isin(lay.island, [skin.ISLANDS.index(n) for n in ("head", "left_socket", "right_socket")])
    smooth = facial & (centre[:, 2] > 0.15)
    surface = body_surface(base, lay.uv, keep, smooth)
    maps = skin.bake_skin(sources, person, surface, lay, recipe.skin, SKIN_SIZE)
    rough = np.repeat(maps.roughness, 3, axis=2) * [0, 1, 0]
    materials["skin"] = Material(
        "skin",
        outfit.jpeg("skin_color", to_srgb(maps.albedo), 90),
        normal=outfit.jpeg("skin_normal", outfit.normal_picture(maps.normal), 85),
        roughness=1.0,
        roughness_map=outfit.jpeg("skin_roughness", np.round(rough[::4, ::4] * 255).astype(np.uint8)),
    )
    whole = build("skin", "skin", "Face", surface, person)
    cavity = lay.island[surface.face] == skin.ISLANDS.index("mouth")
    moved = np.zeros(len(whole.position), np.bool_)
    for morph in whole.morphs.values():
        moved[morph.index] = True
    facial = moved[whole.triangles].any(axis=1)
    mouth = whole.piece("cavity", "mouth", "Face", cavity)
    return [
        whole.piece("skin", "skin", "Face", ~cavity & facial),
        whole.piece("body", "skin", "Body", ~cavity & ~facial),
        replace(mouth, uv=outfit.mouth_uv(mouth.uv % 1, "cavity")),
    ]


def _mouth(sources: Sources, person: Shape, materials: dict[str, Material]) -> list[Part]:
    picture = outfit.jpeg("mouth_color", outfit.mouth_picture(sources))
    materials["mouth"] = Material("mouth", picture, roughness=0.35)
    parts = []
    for name, path in (("teeth", "teeth/Teeth_Base"), ("tongue", "tongue/tongue01")):
        part = build(name, "mouth", "Face", proxy_surface(sources.proxy(path)), person)
        parts.append(replace(part, uv=outfit.mouth_uv(part.uv, name)))
    return parts


def _eyes(
    recipe: Recipe, balls: dict[str, Eyeball], materials: dict[str, Material]
) -> list[Part]:
    look = recipe.eyes
    picture = eye_texture(1024, look["inner"], look["outer"], look["pupil"])
    radius = float(np.round((balls["l"].radius + balls["r"].radius) / 2, 5))
    materials["eye"] = Material(
        "eye", outfit.jpeg("eye_color", to_srgb(picture), 90), roughness=0.08,
        extras=(("iris_uv", IRIS_UV), ("eye_radius", radius), ("pupil", look["pupil"])),
    )  # fmt: skip
    parts = []
    for side, bone in (("l", HumanBone.leftEye), ("r", HumanBone.rightEye)):
        position, normal, uv, triangles = eyeball_mesh(balls[side])
        weight = np.zeros((len(position), len(HumanBone)))
        weight[:, bone] = 1
        parts.append(Part(bone.name, "eye", "Eyes", position, normal, uv, triangles, weight))
    return parts


def _pad(parts: list[Part], joints: int) -> list[Part]:
    """Give every part as many weight columns as there are joints."""
    return [
        replace(part, weight=np.pad(part.weight, ((0, 0), (0, joints - part.weight.shape[1]))))
        for part in parts
    ]


def _stand(parts: list[Part], skeleton: Skeleton) -> tuple[list[Part], Skeleton]:
    """Put the soles of the T-pose on the ground."""
    humanoid = len(HumanBone)
    low = min(
        float(skeleton.to_rest(part.position, part.weight[:, :humanoid])[:, 1].min())
        for part in parts
        if part.mesh in ("Body", "Clothes")
    )
    up = np.array([0, -low, 0])
    return (
        [replace(part, position=part.position + up) for part in parts],
        replace(skeleton, bind=skeleton.bind + up, rest=skeleton.rest + up),
    )


def _occluded(parts: list[Part]) -> list[Part]:
    """Bake ambient occlusion at rest: coarse for the figure, fine for the head."""
    head = next(part for part in parts if part.name == "skin").position
    low = head[:, 1].min() - 0.05
    solid = [part for part in parts if part.name not in ("lashes", "brows")]
    coarse = np.concatenate([ao.surface_points(p.position, p.triangles, 0.004) for p in solid])
    fine = np.concatenate([ao.surface_points(p.position, p.triangles, 0.0012) for p in solid
                           if p.position[:, 1].max() > low])  # fmt: skip
    fine = fine[fine[:, 1] > low]
    result = []
    for part in parts:
        if part.material in ("eye", "brows", "lashes"):
            result.append(part)
            continue
        if part.material == "mouth":
            result.append(replace(part, shade=_mouth_shade(part, head)))
            continue
        shade = ao.occlusion(part.position, part.normal, coarse, 0.008, 0.012)
        near = part.position[:, 1] > low
        if near.any():
            close = ao.occlusion(part.position[near], part.normal[near], fine, 0.0024, 0.0036)
            shade[near] = np.minimum(shade[near], close)
        shade = ao.smooth(shade, part.triangles, 2)
        result.append(replace(part, shade=_weld(part.position, shade)))
    return result


def _weld(position: Reals, shade: Reals) -> Reals:
    """The mean over vertices that differ in UV only."""
    _, group = np.unique(np.round(position, 6), axis=0, return_inverse=True)
    group = group.reshape(-1)
    return (np.bincount(group, shade) / np.bincount(group))[group]


def _mouth_shade(part: Part, head: Reals) -> Reals:
    """Light falls into an open mouth from the front: darker with depth."""
    front = head[:, 2].max() - 0.022
    depth = np.clip((front - part.position[:, 2]) / 0.045, 0, 1)
    return 0.9 * (1 - depth) ** 1.5 + 0.03


def _colliders(parts: list[Part], skeleton: Skeleton) -> list[Ball]:
    joint = skeleton.bind
    head, neck = joint[HumanBone.head], joint[HumanBone.neck]
    skull = next(part for part in parts if part.name == "body" or part.name == "skin").position
    top = max(part.position[:, 1].max() for part in parts if part.mesh in ("Face", "Body"))
    centre = np.array([0, top - 0.095, head[2] + 0.012])
    balls = [
        Ball(HumanBone.head, centre, centre, 0.088),
        Ball(HumanBone.head, centre + [0, -0.05, 0.02], centre + [0, -0.07, 0.03], 0.068),
        Ball(HumanBone.neck, neck, head, 0.052),
    ]
    chest = joint[HumanBone.upperChest]
    for side in ("left", "right"):
        shoulder = joint[HumanBone[side + "UpperArm"]]
        collar = joint[HumanBone[side + "Shoulder"]]
        inner = np.array([collar[0] * 1.2, shoulder[1] + 0.0, collar[2] - 0.055])
        balls.append(Ball(HumanBone.upperChest, inner, shoulder + [0, -0.005, 0], 0.055))
        balls.append(Ball(HumanBone.upperChest, chest + [0.06 * np.sign(inner[0]), 0.05, 0.02],
                          chest + [0.06 * np.sign(inner[0]), -0.1, 0.02], 0.1))  # fmt: skip
    del skull
    return balls


def _thumbnail(recipe: Recipe) -> bytes:
    path = models_dir() / "recipes" / f"{recipe.id}.jpg"
    if path.is_file():
        return path.read_bytes()
    return outfit.jpeg("", np.asarray(Image.new("RGB", (64, 64), (38, 44, 52)))).data
