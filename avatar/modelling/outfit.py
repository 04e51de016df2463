"""Clothes, shoes and the small proxies of a face, each with its pictures."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from avatar.modelling.body import Shape
from avatar.modelling.mesh import Surface, islands, proxy_surface, select, vertex_normals
from avatar.modelling.noise import fbm, value_noise
from avatar.modelling.part import Part, build
from avatar.modelling.raster import sample, to_linear, to_srgb
from avatar.modelling.sources import Flags, Reals, Sources
from avatar.modelling.vrm_write import Material, Texture


def jpeg(name: str, pixels: NDArray[np.uint8], quality: int = 88) -> Texture:
    """An opaque picture uint8[H, W, 3]."""
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "JPEG", quality=quality, subsampling=0, optimize=True)
    return Texture(name, data.getvalue())


def png(name: str, pixels: NDArray[np.uint8], *, clamp: bool = True) -> Texture:
    """A picture with alpha, uint8[H, W, 4]."""
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "PNG", optimize=True)
    return Texture(name, data.getvalue(), clamp)


def normal_picture(normal: Reals) -> NDArray[np.uint8]:
    """Unit normals [H, W, 3] as glTF stores them."""
    return np.round((normal * 0.5 + 0.5) * 255).astype(np.uint8)


def garment(sources: Sources, shape: Shape, item: dict[str, Any]) -> tuple[Part, Material]:
    """One garment of the recipe, dyed in its colours."""
    proxy = sources.proxy(item["proxy"])
    name = item["proxy"].rsplit("/", 1)[1]
    painted = sources.texture(f"{item['proxy']}/textures/{name}_diffuse.png").convert("RGB")
    light = to_linear(np.asarray(painted)).mean(axis=-1, keepdims=True)
    surface = proxy_surface(proxy, smooth=item.get("smooth", False))
    surface = select(surface, _kept(surface, sources.base.vertices, light, item))
    surface = _inflated(surface, shape, item.get("inflate", 0.0))
    part = build(item["name"], item["name"], "Clothes", surface, replace(shape, morphs={}))
    dyed = dye(painted, item)
    weave = jpeg("weave", normal_picture(weave_normals(256)), 85)
    material = Material(
        "cloth",
        jpeg(f"{item['name']}_color", to_srgb(dyed)),
        normal=weave,
        normal_uv=1,
        normal_scale=item.get("weave", 0.35),
        roughness=item.get("roughness", 0.8),
        double_sided=True,
    )
    return replace(part, uv1=part.uv * item.get("tiles", 90.0)), material


def _kept(surface: Surface, base: Reals, light: Reals, item: dict[str, Any]) -> Flags:
    """bool[T]: the triangles that a recipe keeps.

    ``largest`` drops the smaller pieces, ``drop_bright`` what is painted bright at the neck,
    ``drop_boxes`` what lies in boxes of the picture, ``front`` (half width at the chest and at
    the collar, lowest y, hindmost z, dm on the base) all but the opening of a jacket.
    """
    keep = np.ones(len(surface.triangles), np.bool_)
    centre = surface.corner_uv.mean(axis=1)
    x, y, z = surface.map(base)[surface.triangles].mean(axis=1).T
    if item.get("largest"):
        label = islands(surface.triangles, len(surface.map))
        names, counts = np.unique(label, return_counts=True)
        keep &= label == names[counts.argmax()]
    if item.get("drop_bright"):
        keep &= (sample(light, centre)[:, 0] < 0.045) | (y < 4.3)
    for low_u, low_v, high_u, high_v in item.get("drop_boxes", []):
        u, v = centre[:, 0], 1 - centre[:, 1]
        keep &= ~((u > low_u) & (u < high_u) & (v > low_v) & (v < high_v))
    if "front" in item:
        chest, collar, low, back = item["front"]
        keep &= (np.abs(x) < np.where(y < 4.3, chest, collar)) & (y > low) & (z > back)
    return keep


def _inflated(surface: Surface, shape: Shape, amount: float) -> Surface:
    """Moved along its normals by ``amount`` dm."""
    normal = vertex_normals(surface.place(shape.vertices), surface.triangles)
    return replace(surface, offset=surface.offset + amount * normal)


def dye(picture: Image.Image, item: dict[str, Any]) -> Reals:
    """A garment's picture in new colours, linear float64[1024, 1024, 3].

    ``contrast`` 0 flat .. 1 as painted; what is painted bright takes the colour ``bright``;
    what lies in ``tie_outline`` (px of 512) takes the colour ``tie``.
    """
    large = picture.resize((1024, 1024), Image.Resampling.LANCZOS)
    grey = to_linear(np.asarray(large)).mean(axis=-1)
    relative = np.clip(grey / max(float(np.median(grey)), 1e-3), 0.2, 4.0)
    colour = np.array(item["colour"]) * relative[..., None] ** item.get("contrast", 0.5)
    if "bright" in item:
        share = np.clip((grey - 0.10) / 0.15, 0, 1)[..., None]
        shirt = np.array(item["bright"]) * np.clip(grey / 0.6, 0.6, 1.2)[..., None] ** 0.6
        colour += share * (shirt - colour)
    if "tie" in item:
        shape = Image.new("L", (1024, 1024))
        ImageDraw.Draw(shape).polygon([(2 * x, 2 * y) for x, y in item["tie_outline"]], fill=255)
        share = (np.asarray(shape.filter(ImageFilter.GaussianBlur(1))) / 255)[..., None]
        stripes = np.clip(grey / 0.12, 0.8, 1.9)[..., None]
        colour += share * (np.array(item["tie"]) * stripes - colour)
    return colour


def weave_normals(size: int) -> Reals:
    """A tile of plain weave: 16 x 16 threads, slightly uneven."""
    y, x = np.mgrid[0:size, 0:size] / size
    warp, weft = np.sin(np.pi * 16 * x) ** 2, np.sin(np.pi * 16 * y) ** 2
    over = (np.floor(16 * x) + np.floor(16 * y)) % 2
    height = np.where(over == 0, warp * (0.6 + 0.4 * weft), weft * (0.6 + 0.4 * warp))
    ring = np.stack([np.cos(2 * np.pi * x), np.sin(2 * np.pi * x), np.cos(2 * np.pi * y)], -1)
    height = height * (0.85 + 0.3 * value_noise(ring * 3 + np.sin(2 * np.pi * y)[..., None]))
    slope_x = (np.roll(height, -1, 1) - np.roll(height, 1, 1)) * 2.2
    slope_y = (np.roll(height, -1, 0) - np.roll(height, 1, 0)) * 2.2
    normal = np.stack([-slope_x, slope_y, np.ones_like(height)], -1)
    return normal / np.linalg.norm(normal, axis=-1, keepdims=True)


def card(sources: Sources, shape: Shape, name: str, look: dict[str, Any]) -> tuple[Part, Material]:
    """Brows or lashes: a strip over the face with an alpha picture in one colour."""
    surface = proxy_surface(sources.proxy(look["proxy"]))
    part = build(name, name, "Face", surface, shape, morph_normals=False)
    folder = look["proxy"].rsplit("/", 1)[1]
    picture = sources.texture(f"{look['proxy']}/textures/{folder.lower()}.png").convert("RGBA")
    pixels = np.asarray(picture.resize((512, 512), Image.Resampling.LANCZOS))
    alpha = np.clip(pixels[..., 3] / 255, 0, 1) ** look.get("gamma", 1.0) * look.get("opacity", 1)
    rgba = np.empty((512, 512, 4), np.uint8)
    rgba[..., :3] = to_srgb(np.array(look["colour"]))
    rgba[..., 3] = np.round(alpha * 255)
    material = Material(
        "lash", png(name, rgba), alpha_mode="BLEND", double_sided=True, roughness=0.8
    )
    return part, material


def trimmed_lashes(part: Part, centres: list[Reals], upper: float, lower: float) -> Part:
    """Lashes at a share of their length, measured from the lid; ``centres`` of the eyes (m)."""
    eye = np.where(part.position[:, :1] > 0, centres[0], centres[1])
    below = part.position[:, 1] < eye[:, 1] - 0.0015
    away = np.linalg.norm(part.position - eye, axis=1)
    position = part.position.copy()
    for side in (-1, 1):
        for under, share in ((True, lower), (False, upper)):
            group = np.flatnonzero((below == under) & (part.position[:, 0] * side > 0))
            roots = group[away[group] < np.quantile(away[group], 0.5)]
            gaps = np.linalg.norm(position[group][:, None] - part.position[roots], axis=2)
            root = part.position[roots[gaps.argmin(axis=1)]]
            position[group] = root + share * (part.position[group] - root)
    return replace(part, position=position)


def mouth_picture(sources: Sources) -> NDArray[np.uint8]:
    """Teeth left, tongue upper right, cavity lower right: uint8[512, 1024, 3]."""
    canvas = np.zeros((512, 1024, 3))
    teeth = sources.texture("teeth/Teeth_Base/textures/teeth.png").convert("RGB")
    linear = to_linear(np.asarray(teeth.resize((512, 512))))
    canvas[:, :512] = linear * [0.80, 0.76, 0.68]
    tongue = sources.texture("tongue/tongue01/textures/tongue01_diffuse.png").convert("RGB")
    canvas[:256, 512:768] = to_linear(np.asarray(tongue.resize((256, 256)))) * [0.85, 0.62, 0.62]
    y, x = np.mgrid[0:256, 0:256] / 16
    wave = fbm(np.stack([x, y, x * 0], -1), 3)
    canvas[256:, 512:768] = np.array([0.26, 0.07, 0.06]) * (1 + 0.25 * wave)[..., None]
    return to_srgb(canvas)


def mouth_uv(uv: Reals, piece: str) -> Reals:
    """Place a piece's own UV [N, 2] (v down) in the mouth's picture."""
    scale, corner = {
        "teeth": ([0.5, 1.0], [0.0, 0.0]),
        "tongue": ([0.25, 0.5], [0.5, 0.0]),
        "cavity": ([0.25, 0.5], [0.5, 0.5]),
    }[piece]
    return np.clip(uv, 0.01, 0.99) * scale + corner
