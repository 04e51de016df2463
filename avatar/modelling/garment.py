"""Clothes and shoes: a proxy's pieces tailored to a body and dyed in a recipe's colours."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np
from PIL import Image

from avatar.errors import ConfigError
from avatar.modelling import stitch, tailor
from avatar.modelling.body import DM, Shape
from avatar.modelling.cloth import fabric, weave_normals
from avatar.modelling.hanfu import hanfu
from avatar.modelling.mesh import (
    Surface,
    body_surface,
    islands,
    proxy_surface,
    select,
    vertex_normals,
)
from avatar.modelling.outfit import jpeg, normal_picture
from avatar.modelling.part import Part, build
from avatar.modelling.raster import sample, to_linear, to_srgb
from avatar.modelling.schema import near
from avatar.modelling.sources import Flags, Ints, Reals, Sources
from avatar.modelling.tie import tie
from avatar.modelling.vrm_write import Material, Texture
from avatar.pose import HumanBone

SIZE: Final = 1024
"""Side of a garment's pictures, px."""

PROXIES: Final = (
    "female_casualsuit01", "female_casualsuit02", "female_elegantsuit01", "female_sportsuit01",
    *(f"male_casualsuit{number:02}" for number in range(1, 7)),
    "male_elegantsuit01", "male_worksuit01", *(f"shoes{number:02}" for number in range(1, 7)),
)  # fmt: skip
"""The clothes released as CC0; the data holds others that are not."""


_LEGS: Final = tuple(
    HumanBone[side + part]
    for side in ("left", "right")
    for part in ("UpperLeg", "LowerLeg", "Foot", "Toes")
)

Worn = list[tuple[Part, Material]]


def garment(sources: Sources, shape: Shape, item: dict[str, Any]) -> Worn:
    """One garment of the recipe, dyed in its colours; some are of several parts.

    Raises ConfigError for an unknown proxy.
    """
    if item.get("make") == "hanfu":
        return hanfu(sources, shape, item)
    if item.get("make") == "tights":
        return _tights(sources, shape, item)
    path = str(item.get("proxy"))
    if path.rsplit("/", 1)[-1] not in PROXIES:
        raise ConfigError(f"clothes.proxy {path!r}: {near(path.rsplit('/', 1)[-1], PROXIES)}")
    painted = _picture(sources, path, "diffuse") or Image.new("RGB", (512, 512))
    light = to_linear(np.asarray(painted)).mean(axis=-1, keepdims=True)
    surface = proxy_surface(sources.proxy(path), smooth=item.get("smooth", False))
    surface = select(surface, _kept(surface, sources.base.vertices, light, item))
    surface = _inflated(surface, shape, item.get("inflate", 0.0))
    cut = tailor.cut_of(item)
    bare = replace(shape, morphs={})
    weight = tailor.bound(surface, bare, cut)
    drawn = stitch.lines(surface, surface.place(bare.vertices)) if item.get("stitched") else None
    surface = tailor.tailored(surface, bare, tailor.wearer(bare, sources.base.faces), cut)
    part = build(item["name"], item["name"], "Clothes", surface, bare, weight=weight)
    colour = dye(painted, item, _picture(sources, path, "ao") if item.get("ao") else None)
    normal, tiles = _relief(sources, path, item) if drawn is None else (None, 0.0)
    if drawn is not None:
        colour = _sewn(colour, surface, light, drawn, item)
        normal = _hand(surface, bare, weight, drawn, item)
    material = _cloth(item, colour, normal, tiles)
    worn = [(replace(part, uv1=part.uv * tiles if tiles else None), material)]
    return [tie(part, _breast(part, light), item["tie"]), *worn] if "tie" in item else worn


def _breast(part: Part, light: Reals) -> Reals:
    """float64[K, 3]: vertices of the shirt's front, painted bright."""
    bright = sample(light, part.uv * [1, -1] + [0, 1])[:, 0] > 0.15
    x, _, z = part.position.T
    return part.position[bright & (z > 0) & (np.abs(x) < 0.1)]


def _cloth(item: dict[str, Any], colour: Reals, normal: Texture | None, tiles: float) -> Material:
    return Material(
        "cloth",
        jpeg(f"{item['name']}_color", to_srgb(colour), 86),
        normal=normal,
        normal_uv=1 if tiles else 0,
        normal_scale=item.get("weave", 0.35) if tiles else 1.0,
        roughness=item.get("roughness", 0.8),
        double_sided=True,
    )


def _sewn(
    colour: Reals, surface: Surface, light: Reals, drawn: stitch.Lines, item: dict[str, Any]
) -> Reals:
    """A dyed picture with crisp pieces of a second colour and the shade of seams and edges."""
    colour = colour.repeat(2, 0).repeat(2, 1)
    size = len(colour)
    if "bright" in item:
        colour[stitch.bright_pieces(surface, light, size)] = item["bright"]
    seam = 0.45 * stitch.drawn(drawn.sewn, size, 2, 1.0)
    edge = 0.40 * stitch.drawn(drawn.folded, size, 2, 1.5)
    return colour * (1 - np.maximum(seam, edge))[..., None]


def _hand(
    surface: Surface, bare: Shape, weight: Reals, drawn: stitch.Lines, item: dict[str, Any]
) -> Texture:
    place = surface.place(bare.vertices) * DM
    bend = tailor.bends(weight)
    normal = stitch.relief(surface, place, drawn, bend, 2 * SIZE)
    return jpeg(f"{item['name']}_normal", normal_picture(normal), 74)


def _tights(sources: Sources, shape: Shape, item: dict[str, Any]) -> Worn:
    """Tights from the waist to the toes, of the base's own helper."""
    base, bare = sources.base, replace(shape, morphs={})
    group = np.array([name == "helper-tights" for name in base.group])
    legs = bare.weight[:, [HumanBone.hips, *_LEGS]].sum(axis=1)[base.faces].min(axis=1) > 0.8
    keep = group & legs
    surface = body_surface(base, base.uv[base.face_uv], keep, np.zeros_like(keep))
    part = build(item["name"], item["name"], "Clothes", surface, bare)
    material = fabric(item["name"], np.array(item["colour"]), 0.5, 0.05)
    return [(replace(part, uv1=part.uv * 150), material)]


def covered(sources: Sources, item: dict[str, Any]) -> Ints:
    """Base vertices that the data says a garment covers, of the pieces that are worn."""
    if item.get("make") == "hanfu":
        body = sources.base.vertices[: tailor.BODY]
        x, y = np.abs(body[:, 0]), body[:, 1]
        trunk, arms = (x < 1.7) & (y < 3.95), (x > np.where(y < 5.6, 0.85, 1.15)) & (x < 3.3)
        return np.flatnonzero((trunk | arms) & (y > -7.0))
    if item.get("make") == "tights":
        return np.flatnonzero(sources.base.vertices[: tailor.BODY, 1] < -1.5)
    if "proxy" not in item or not item.get("socks", True):
        return np.zeros(0, np.int64)
    hides = sources.proxy(str(item["proxy"])).hides
    x, y = np.abs(sources.base.vertices[hides, 0]), sources.base.vertices[hides, 1]
    legs = (y < 1.2) & (x < 2.9)
    worn = {"upper": ~legs, "lower": legs}.get(item.get("piece", ""), np.ones(len(hides), np.bool_))
    return hides[worn & ((y < item.get("hides_below", 99.0)) | (x > 1.8))]


def _picture(sources: Sources, path: str, kind: str) -> Image.Image | None:
    """A proxy's picture of a kind: diffuse, ao, normal; None where it has none."""
    name = path.rsplit("/", 1)[1]
    try:
        return sources.texture(f"{path}/textures/{name}_{kind}.png").convert("RGB")
    except KeyError:
        return None


def _relief(sources: Sources, path: str, item: dict[str, Any]) -> tuple[Texture, float]:
    """The normals' picture and how often it is laid over the garment (0: once, as it is).

    The data's own folds with a grain of cloth, or a weave alone where it has none.
    """
    folds = _picture(sources, path, "normal") if item.get("relief") else None
    if folds is None:
        return jpeg("weave", normal_picture(weave_normals(256)), 85), item.get("tiles", 90.0)
    pixels = np.asarray(folds.resize((SIZE, SIZE), Image.Resampling.LANCZOS)) / 127.5 - 1
    blank = pixels.min(axis=-1) > 0.95
    slope = np.where(blank[..., None], 0, pixels[..., :2] * item["relief"])
    grain = weave_normals(64)[..., :2] * item.get("weave", 0.35) * 0.5
    slope = slope + np.tile(grain, (SIZE // 64, SIZE // 64, 1))
    normal = np.concatenate([slope, np.ones((SIZE, SIZE, 1))], -1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    return jpeg(f"{item['name']}_normal", normal_picture(normal), 80), 0.0


def _kept(surface: Surface, base: Reals, light: Reals, item: dict[str, Any]) -> Flags:
    """bool[T]: the triangles that a recipe keeps.

    ``piece`` keeps the upper or the lower ones of what hangs together, ``largest`` drops the
    smaller pieces, ``drop_bright`` what is painted bright at the neck, ``drop_boxes`` what lies
    on the trunk and in boxes of the picture, ``front`` (half width at the chest and at the
    collar, lowest y, hindmost z, dm on the base) all but the opening of a jacket.
    """
    keep = np.ones(len(surface.triangles), np.bool_)
    centre = surface.corner_uv.mean(axis=1)
    x, y, z = surface.map(base)[surface.triangles].mean(axis=1).T
    if item.get("largest") or "piece" in item:
        label = islands(surface.triangles, len(surface.map))
        names, index, counts = np.unique(label, return_inverse=True, return_counts=True)
        if item.get("largest"):
            keep &= index == counts.argmax()
        else:
            top = np.full(len(names), -np.inf)
            np.maximum.at(top, index, y)
            keep &= (top[index] > 2.6) == (item["piece"] == "upper")
    if not item.get("socks", True):
        label = islands(surface.triangles, len(surface.map))
        top = np.full(len(surface.map), -np.inf)
        np.maximum.at(top, label, y)
        keep &= top[label] < -6.5
    if item.get("drop_bright"):
        keep &= (sample(light, centre)[:, 0] < 0.045) | (y < 4.3)
    for low_u, low_v, high_u, high_v in item.get("drop_boxes", []):
        u, v = centre[:, 0], 1 - centre[:, 1]
        boxed = (u > low_u) & (u < high_u) & (v > low_v) & (v < high_v)
        keep &= ~boxed | (np.abs(x) > 1.5)
    if "front" in item:
        chest, collar, low, back = item["front"]
        keep &= (np.abs(x) < np.where(y < 4.3, chest, collar)) & (y > low) & (z > back)
    return keep


def _inflated(surface: Surface, shape: Shape, amount: float) -> Surface:
    """Moved along its normals by ``amount`` dm."""
    normal = vertex_normals(surface.place(shape.vertices), surface.triangles)
    return replace(surface, offset=surface.offset + amount * normal)


def dye(picture: Image.Image, item: dict[str, Any], shade: Image.Image | None = None) -> Reals:
    """A garment's picture in new colours, linear float64[1024, 1024, 3].

    ``contrast`` 0 flat .. 1 as painted.
    """
    large = picture.resize((1024, 1024), Image.Resampling.LANCZOS)
    grey = to_linear(np.asarray(large)).mean(axis=-1)
    relative = np.clip(grey / max(float(np.median(grey)), 1e-3), 0.2, 4.0)
    colour = np.array(item["colour"]) * relative[..., None] ** item.get("contrast", 0.5)
    if shade is not None:
        soft = np.asarray(shade.convert("L").resize((SIZE, SIZE), Image.Resampling.LANCZOS)) / 255
        colour *= 1 - item["ao"] * (1 - np.clip(soft, 0.25, 1))[..., None]
    return colour
