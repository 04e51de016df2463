"""A recipe becomes a VRM file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from avatar.modelling import ao, assemble, outfit
from avatar.modelling.assemble import Person
from avatar.modelling.body import Skeleton
from avatar.modelling.garment import garment
from avatar.modelling.idol.figure import make_idol
from avatar.modelling.order import for_vertex_cache
from avatar.modelling.part import Part
from avatar.modelling.recipe import Recipe, load_recipe
from avatar.modelling.sources import Flags, Reals, Sources, vec
from avatar.modelling.springs import Ball
from avatar.modelling.under import layered
from avatar.modelling.vrm_write import Figure, Material, write_vrm
from avatar.pose import HumanBone
from avatar.resources import models_dir

_BLENDED: Final = ("brows", "tears", "lashes")
"""Materials drawn in the order of their triangles."""


@dataclass(frozen=True)
class Detail:
    """How much work goes into a bake."""

    skin: int = 2048
    """Side of the skin's pictures, px."""
    eye: int = 1024
    """Side of the eye's picture, px."""
    occlusion: bool = True
    """Bake ambient occlusion into the vertices."""


FULL: Final = Detail()
PREVIEW: Final = Detail(skin=512, eye=256, occlusion=False)
"""A second or two: for the editor and for galleries."""


def bake(name: str, folder: Path | None = None) -> Path:
    """Bake a recipe into ``folder`` (default ``models/figures``); the file's path."""
    recipe = load_recipe(name)
    return bake_file(recipe, (folder or models_dir() / "figures") / f"{recipe.id}.vrm")


def bake_file(recipe: Recipe, path: Path, detail: Detail = FULL) -> Path:
    """Bake a recipe into the file ``path``."""
    write_vrm(make_figure(recipe, Sources(), detail)).write(path)
    return path


def make_figure(recipe: Recipe, sources: Sources, detail: Detail = FULL) -> Figure:
    """Everything of a figure but the file."""
    if recipe.style == "idol":
        return make_idol(recipe, sources, _thumbnail(recipe))
    person = Person(sources, recipe)
    materials: dict[str, Material] = {}
    clothes: list[Part] = []
    for item in recipe.clothes:
        for worn, material in garment(sources, person.shape, item):
            materials[worn.material] = material
            clothes.append(worn)
    clothes = layered(clothes, fitted(recipe))
    person.dress(clothes)
    (face, torso, cavity), materials["skin"] = assemble.body(person, detail.skin)
    parts = [face, torso]
    mouth, materials["mouth"] = assemble.mouth(person, cavity)
    parts.append(mouth)
    drawn, pictures = assemble.face_hair(person)
    parts += drawn
    materials |= pictures
    eyes, materials["eye"] = assemble.eyes(person, detail.eye)
    locks = assemble.locks(person, clothes)
    materials |= locks.materials
    skeleton = person.shape.skeleton
    parts = [*parts, eyes, *clothes, *locks.parts]
    parts, up = _stand(_pad(parts, locks.parts[0].weight.shape[1]), skeleton)
    skeleton = replace(skeleton, bind=skeleton.bind + up, rest=skeleton.rest + up)
    return Figure(
        recipe.name, "female" if recipe.female else "male",
        _finished(parts) if detail.occlusion else parts, materials, skeleton,
        [replace(chain, points=chain.points + up) for chain in locks.chains],
        _colliders(parts, skeleton),
        person.eye_middle + up - skeleton.bind[HumanBone.head], _thumbnail(recipe),
    )  # fmt: skip


def fitted(recipe: Recipe) -> set[str]:
    """Names of the clothes that lie as the data has them, which may cut into one another."""
    return {item["name"] for item in recipe.clothes if item.get("make") != "hanfu"}


def _finished(parts: list[Part]) -> list[Part]:
    """Shaded, and ordered for the vertex cache but for hair, whose layers have their order."""
    return [
        part if part.mesh == "Hair" or part.material in _BLENDED else for_vertex_cache(part)
        for part in _occluded(parts)
    ]


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
    casting = [part for part in parts if part.material not in _BLENDED]
    skies = [part for part in casting if part.mesh != "Hair"]
    open_sky = [part for part in skies if part.material not in ("eye", "mouth")]
    coarse = _cloud(casting, 0.004)
    fine = _cloud([p.piece(p.name, p.material, p.mesh, _above(p, low)) for p in casting], 0.0013)
    shade = dict(zip([p.name for p in open_sky], _shades(open_sky, coarse, fine, low), strict=True))
    result: list[Part] = []
    for part in parts:
        if part.name in shade:
            part = replace(part, shade=shade[part.name])
        elif part.material == "mouth":
            part = replace(part, shade=_mouth_shade(part.position))
        result.append(part)
    return result


def _above(part: Part, low: float) -> Flags:
    return part.position[part.triangles, 1].max(axis=1) > low


def _cloud(parts: list[Part], gap: float) -> Reals:
    """Points about ``gap`` m apart on the parts; many cards on one spot count once."""
    points = np.concatenate([ao.surface_points(p.position, p.triangles, gap)[0] for p in parts])
    cell = np.floor(points / (0.75 * gap)).astype(np.int64)
    cell -= cell.min(axis=0)
    size = cell.max(axis=0) + 1
    _, first = np.unique((cell[:, 0] * size[1] + cell[:, 1]) * size[2] + cell[:, 2], True)
    return points[first]


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
