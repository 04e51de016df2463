"""A character of twelve spheres, one glTF material feature each, made in memory."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from avatar.character.character import (
    Character,
    Image,
    Material,
    Mesh,
    MeshInstance,
    Nodes,
    Primitive,
    TextureRef,
)
from avatar.render.upload import uv_tangents

RING, STACK = 32, 16


def sphere(material: int, radius: float = 0.42) -> Primitive:
    v, u = np.mgrid[0 : 1 : (STACK + 1) * 1j, 0 : 1 : (RING + 1) * 1j]
    around, down = 2 * np.pi * u, np.pi * v
    way = np.stack(
        [-np.cos(around) * np.sin(down), np.cos(down), np.sin(around) * np.sin(down)], -1
    )
    way = way.reshape(-1, 3).astype(np.float32)
    uv = np.stack([u * 4, v * 2], -1).reshape(-1, 2).astype(np.float32)
    first = (np.arange(STACK)[:, None] * (RING + 1) + np.arange(RING)).ravel()
    below = first + RING + 1
    quads = np.stack([first, below, first + 1, first + 1, below, below + 1], -1)
    primitive = Primitive(
        position=way * radius,
        normal=way,
        tangent=None,
        uv0=uv,
        uv1=uv * 0.5,
        color=None,
        joints=None,
        weights=None,
        indices=quads.ravel().astype(np.uint32),
        material=material,
    )
    return replace(primitive, tangent=uv_tangents(primitive))


def images() -> tuple[Image, ...]:
    y, x = np.mgrid[0:64, 0:64]
    check = ((x // 16 + y // 16) % 2).astype(np.uint8)
    color = np.stack([60 + 180 * check, 90 + 60 * check, 200 - 150 * check], -1)
    picture = np.concatenate([color, 255 * check[..., None]], -1).astype(np.uint8)
    wave = 0.5 + 0.5 * np.sin(2 * np.pi * x / 16)
    bump = np.stack([127 + 120 * (wave - 0.5), 0 * x + 127, 0 * x + 235, 0 * x + 255], -1)
    data = np.stack([255 - 200 * check, 40 + 200 * check, 255 * check, 0 * check + 255], -1)
    return (
        Image("check", picture),
        Image("bump", bump.astype(np.uint8)),
        Image("data", data.astype(np.uint8)),
    )


MATERIALS: tuple[Material, ...] = (
    Material("gold", (1.0, 0.71, 0.29, 1.0), metallic_factor=1, roughness_factor=0.25),
    Material("plastic", (0.7, 0.06, 0.05, 1.0), metallic_factor=0, roughness_factor=0.3),
    Material("clay", (0.6, 0.45, 0.35, 1.0), metallic_factor=0, roughness_factor=0.95),
    Material("bumps", metallic_factor=0, roughness_factor=0.5, normal_texture=TextureRef(1)),
    Material("painted", metallic_factor=0, roughness_factor=0.6),
    Material(
        "mapped",
        metallic_factor=1,
        metallic_roughness_texture=TextureRef(2),
        occlusion_texture=TextureRef(2, tex_coord=1),
    ),
    Material("cut", base_color_texture=TextureRef(0), alpha_mode="MASK", double_sided=True),
    Material(
        "glass", (0.2, 0.5, 0.9, 0.4), metallic_factor=0, roughness_factor=0.1, alpha_mode="BLEND"
    ),
    Material("flat", (0.2, 0.7, 0.3, 1.0), unlit=True),
    Material(
        "lamp",
        (0.02, 0.02, 0.02, 1.0),
        emissive_factor=(1.5, 1, 0.4),
        emissive_texture=TextureRef(0),
    ),
    Material(
        "turned",
        metallic_factor=0,
        base_color_texture=TextureRef(0, offset=(0.1, 0.2), rotation=0.6, scale=(0.5, 0.5)),
    ),
    Material("second", metallic_factor=0, base_color_texture=TextureRef(0, tex_coord=1)),
)


def character() -> Character:
    count = len(MATERIALS)
    place = np.zeros((count, 3), np.float32)
    place[:, 0], place[:, 1] = np.arange(count) % 4 - 1.5, 1 - np.arange(count) // 4
    spheres = [sphere(i) for i in range(count)]
    paint = np.abs(spheres[4].normal)
    spheres[4] = replace(spheres[4], color=np.concatenate([paint, 0 * paint[:, :1] + 1], 1))
    return Character(
        name="spheres",
        path=None,
        nodes=Nodes(
            name=tuple(m.name for m in MATERIALS),
            parent=np.full(count, -1, np.int32),
            order=np.arange(count, dtype=np.int32),
            levels=(np.arange(count, dtype=np.int32),),
            translation=place,
            rotation=np.tile(np.array([0, 0, 0, 1], np.float32), (count, 1)),
            scale=np.ones((count, 3), np.float32),
        ),
        images=images(),
        materials=MATERIALS,
        meshes=tuple(Mesh(f"sphere{i}", (p,)) for i, p in enumerate(spheres)),
        skins=(),
        instances=tuple(MeshInstance(i, i, -1, i, 0) for i in range(count)),
    )
