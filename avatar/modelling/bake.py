"""A recipe becomes a VRM file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from avatar.modelling import ao, assemble, outfit
from avatar.modelling.assemble import Person
from avatar.modelling.body import Skeleton
from avatar.modelling.part import Part
from avatar.modelling.recipe import Recipe, load_recipe
from avatar.modelling.sources import Reals, Sources, vec
from avatar.modelling.springs import Ball, bind_to_chains, hanging_chains
from avatar.modelling.vrm_write import Figure, Material, write_vrm
from avatar.pose import HumanBone
from avatar.resources import models_dir

SKIN_SIZE: Final = 2048
"""Side of the skin's pictures, px."""


def bake(name: str, folder: Path | None = None) -> Path:
    """Bake a recipe into ``folder`` (default ``models/figures``); the file's path."""
    path = (folder or models_dir() / "figures") / f"{name}.vrm"
    write_vrm(make_figure(load_recipe(name), Sources())).write(path)
    return path


def make_figure(recipe: Recipe, sources: Sources, skin_size: int = SKIN_SIZE) -> Figure:
    """Everything of a figure but the file."""
    person = Person(sources, recipe)
    materials: dict[str, Material] = {}
    (face, torso, cavity), materials["skin"] = assemble.body(person, skin_size)
    parts = [face, torso]
    clothes: list[Part] = []
    for item in recipe.clothes:
        garment, materials[item["name"]] = outfit.garment(sources, person.shape, item)
        clothes.append(garment)
    mouth, materials["mouth"] = assemble.mouth(person, cavity)
    parts.append(mouth)
    for key in ("brows", "lashes"):
        card, materials[key] = outfit.card(sources, person.shape, key, getattr(recipe, key))
        if key == "lashes":
            centres = [person.eyes[side].centre for side in "lr"]
            card = outfit.trimmed_lashes(card, centres, *recipe.lashes["length"])
        parts.append(card)
    eyes, materials["eye"] = assemble.eyes(person)
    locks, strand, materials["hair"] = assemble.locks(person, clothes)
    skeleton = person.shape.skeleton
    chains = hanging_chains(locks.position, skeleton.bind[HumanBone.head])
    weight = bind_to_chains(locks.position, strand, chains, locks.weight)
    parts = [*parts, eyes, *clothes, replace(locks, weight=weight)]
    parts, up = _stand(_pad(parts, weight.shape[1]), skeleton)
    skeleton = replace(skeleton, bind=skeleton.bind + up, rest=skeleton.rest + up)
    return Figure(
        recipe.name, "female" if recipe.female else "male", _occluded(parts), materials, skeleton,
        [replace(chain, points=chain.points + up) for chain in chains],
        _colliders(parts, skeleton),
        person.eye_middle + up - skeleton.bind[HumanBone.head], _thumbnail(recipe),
    )  # fmt: skip


def _pad(parts: list[Part], joints: int) -> list[Part]:
    """Give every part as many weight columns as there are joints."""
    return [
        replace(part, weight=np.pad(part.weight, ((0, 0), (0, joints - part.weight.shape[1]))))
        for part in parts
    ]


def _stand(parts: list[Part], skeleton: Skeleton) -> tuple[list[Part], Reals]:
    """Put the soles of the T-pose on the ground; also the shift, float64[3]."""
    lowest = min(
        float(skeleton.to_rest(part.position, part.weight[:, : len(HumanBone)])[:, 1].min())
        for part in parts
        if part.mesh in ("Body", "Clothes")
    )
    up = np.array([0, -lowest, 0])
    return [replace(part, position=part.position + up) for part in parts], up


def _occluded(parts: list[Part]) -> list[Part]:
    """Bake ambient occlusion in the bind pose: coarse for the figure, fine for the head."""
    low = next(part for part in parts if part.name == "skin").position[:, 1].min() - 0.05
    casting = [part for part in parts if part.material not in ("lashes", "brows")]
    open_sky = [part for part in casting if part.material not in ("eye", "mouth", "hair")]
    coarse, fine = (
        np.concatenate([ao.surface_points(p.position, p.triangles, gap)[0] for p in casting])
        for gap in (0.004, 0.0013)
    )
    fine = fine[fine[:, 1] > low]
    shade = dict(zip([p.name for p in open_sky], _shades(open_sky, coarse, fine, low), strict=True))
    result: list[Part] = []
    for part in parts:
        if part.name in shade:
            part = replace(part, shade=shade[part.name])
        elif part.material == "mouth":
            part = replace(part, shade=_mouth_shade(part.position))
        result.append(part)
    return result


def _shades(parts: list[Part], coarse: Reals, fine: Reals, low: float) -> list[Reals]:
    """Ambient occlusion of parts, smooth across their seams."""
    position = np.concatenate([part.position for part in parts])
    normal = np.concatenate([part.normal for part in parts])
    starts = np.cumsum([0] + [len(part.position) for part in parts])
    triangles = np.concatenate([p.triangles + s for p, s in zip(parts, starts, strict=False)])
    shade = ao.occlusion(position, normal, coarse, 0.008, 0.012)
    near = position[:, 1] > low
    close = ao.occlusion(position[near], normal[near], fine, 0.0026, 0.0039)
    blend = np.clip((position[near, 1] - low) / 0.04, 0, 1)
    shade[near] = np.minimum(shade[near], 1 - blend * (1 - close))
    _, weld = np.unique(np.round(position, 5), axis=0, return_inverse=True)
    weld = weld.reshape(-1)
    joined = np.bincount(weld, shade) / np.bincount(weld)
    return np.split(ao.smooth(joined, weld[triangles], 3)[weld], starts[1:-1])


def _mouth_shade(position: Reals) -> Reals:
    """Light falls into an open mouth from the front: darker with depth behind the teeth."""
    front = np.quantile(position[:, 2], 0.97)
    depth = np.clip((front - 0.004 - position[:, 2]) / 0.042, 0, 1)
    return 0.9 * (1 - depth) ** 1.5 + 0.03


def _colliders(parts: list[Part], skeleton: Skeleton) -> list[Ball]:
    """Skull, jaw, neck, chest and shoulders as spheres and capsules."""
    joint = skeleton.bind
    head, neck, chest = (joint[b] for b in (HumanBone.head, HumanBone.neck, HumanBone.upperChest))
    top = max(float(part.position[:, 1].max()) for part in parts if part.material == "skin")
    skull = np.array([0, top - 0.095, head[2] + 0.012])
    balls = [
        Ball(HumanBone.head, skull, skull, 0.086),
        Ball(HumanBone.head, skull + vec(0, -0.05, 0.02), skull + vec(0, -0.07, 0.03), 0.066),
        Ball(HumanBone.neck, neck, head, 0.050),
    ]
    for side, sign in (("left", 1), ("right", -1)):
        shoulder = joint[HumanBone[side + "UpperArm"]]
        collar = joint[HumanBone[side + "Shoulder"]]
        inner = np.array([0.035 * sign, shoulder[1] + 0.005, collar[2] - 0.055])
        rib = chest + vec(0.06 * sign, 0.05, 0.02)
        balls.append(Ball(HumanBone.upperChest, inner, shoulder + vec(0, -0.012, 0), 0.052))
        balls.append(Ball(HumanBone.upperChest, rib, rib + vec(0, -0.15, 0), 0.095))
    return balls


def _thumbnail(recipe: Recipe) -> bytes:
    path = models_dir() / "recipes" / f"{recipe.id}.jpg"
    if path.is_file():
        return path.read_bytes()
    return outfit.jpeg("", np.asarray(Image.new("RGB", (64, 64), (38, 44, 52)))).data
