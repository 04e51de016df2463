"""VRM 1.0 files that show ``VRMC_materials_mtoon`` feature by feature, made in memory.

``python tests/golden/toon_files.py FOLDER`` writes them, for the conformance bench.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from avatar.character.gltf_write import GlbWriter

_BONES = [
    "hips",
    "spine",
    "head",
    "leftUpperLeg",
    "leftLowerLeg",
    "leftFoot",
    "rightUpperLeg",
    "rightLowerLeg",
    "rightFoot",
    "leftUpperArm",
    "leftLowerArm",
    "leftHand",
    "rightUpperArm",
    "rightLowerArm",
    "rightHand",
]
"""The bones that VRM 1.0 requires."""


def grid(rows: int, columns: int, point: Callable[..., np.ndarray]) -> tuple[Any, ...]:
    """Vertices, UV and indices of a surface ``point(u, v)`` over the unit square."""
    v, u = np.mgrid[0 : 1 : (rows + 1) * 1j, 0 : 1 : (columns + 1) * 1j]
    at = point(u, v)
    first = (np.arange(rows)[:, None] * (columns + 1) + np.arange(columns)).ravel()
    below = first + columns + 1
    index = np.stack([first, below, first + 1, first + 1, below, below + 1], -1).ravel()
    return at.reshape(-1, 3).astype("f4"), np.stack([u, v], -1).reshape(-1, 2).astype("f4"), index


def _ball_way(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    a, b = 2 * np.pi * u, np.pi * v
    return np.stack([-np.cos(a) * np.sin(b), np.cos(b), np.sin(a) * np.sin(b)], -1)


def ball() -> tuple[Any, ...]:
    way, uv, index = grid(24, 48, _ball_way)
    return way * np.float32(0.42), way, uv, index


def ring() -> tuple[Any, ...]:
    """A torus seen from a little above its plane."""

    def around(u: np.ndarray) -> np.ndarray:
        a = 2 * np.pi * u
        return np.stack([np.cos(a), 0.94 * np.sin(a), 0.34 * np.sin(a)], -1)

    up = np.array([0, -0.34, 0.94])

    def way(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        b = 2 * np.pi * v[..., None]
        return np.cos(b) * around(u) + np.sin(b) * up

    normal, uv, index = grid(24, 48, way)
    middle, _, _ = grid(24, 48, lambda u, v: around(u))
    return (0.29 * middle + 0.13 * normal).astype("f4"), normal, uv, index[::-1]


def card() -> tuple[Any, ...]:
    at, uv, index = grid(1, 1, lambda u, v: np.stack([0.8 * u - 0.4, 0.4 - 0.8 * v, 0 * u], -1))
    return at, np.tile(np.float32([0, 0, 1]), (4, 1)), uv, index


SHAPES = {"ball": ball, "ring": ring, "card": card}


def picture(kind: str) -> bytes:
    """Small pictures: ``check`` colours, ``mask`` of three bands, ``matcap``, ``bump``."""
    y, x = (np.mgrid[0:64, 0:64] + 0.5) / 64
    one = np.ones_like(x)
    if kind == "check":
        square = ((x * 8).astype(int) + (y * 8).astype(int)) % 2
        rgba = [0.95 - 0.5 * square, 0.75 - 0.3 * square, 0.55 + 0.3 * square, one]
    elif kind == "leaf":
        hole = (np.hypot(x * 4 % 1 - 0.5, y * 4 % 1 - 0.5) < 0.3).astype(float)
        rgba = [0.4 + 0.3 * x, 0.8 * one, 0.4 * one, 1 - hole]
    elif kind == "mask":
        rgba = [(x > 0.5).astype(float), (y > 0.5).astype(float), (x > 0.5).astype(float), one]
    elif kind == "matcap":
        far = np.hypot(x - 0.4, y - 0.35)
        rgba = [np.exp(-20 * far**2), np.exp(-9 * far**2) * 0.8, np.exp(-5 * far**2) * 0.6, one]
    else:  # bump
        wave = 0.3 * np.cos(2 * np.pi * 8 * x)
        rgba = [0.5 + 0.5 * wave, 0.5 * one, 0.5 + 0.5 * np.sqrt(1 - wave**2), one]
    pixels = (np.clip(np.stack(rgba, -1), 0, 1) * 255 + 0.5).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


class Sheet:
    """A VRM file of shapes in rows."""

    def __init__(self, columns: int = 4) -> None:
        self.writer = GlbWriter("test")
        self._columns, self._shown = columns, 0
        self._pictures: dict[str, int] = {}
        bones = {name: self.writer.add("nodes", {"name": name}) for name in _BONES}
        self.writer.doc["scenes"][0]["nodes"] = list(bones.values())
        self.expressions: dict[str, Any] = {}
        self._bones = bones

    def texture(self, kind: str, **more: Any) -> dict[str, Any]:
        if kind not in self._pictures:
            self._pictures[kind] = self.writer.texture(kind, picture(kind))
        return {"index": self._pictures[kind], **more}

    def mirrored(self, kind: str) -> int:
        """A picture that repeats mirrored; the texture's index."""
        found = self.writer.texture(kind, picture(kind))
        samplers = self.writer.doc["samplers"]
        samplers.append({**samplers[0], "wrapS": 33648, "wrapT": 33648})
        self.writer.doc["textures"][found]["sampler"] = len(samplers) - 1
        return found

    def show(
        self,
        toon: dict[str, Any] | None,
        *,
        shape: str = "ball",
        color: tuple[float, ...] = (0.8, 0.35, 0.25, 1.0),
        base: str = "",
        at: tuple[float, float, float] | None = None,
        **material: Any,
    ) -> int:
        """One more shape; its material's index."""
        pbr: dict[str, Any] = {"baseColorFactor": list(color), "metallicFactor": 0.0}
        if base:
            pbr["baseColorTexture"] = self.texture(base)
        extensions = dict(material.pop("extensions", {}))
        if toon is not None:
            extensions["VRMC_materials_mtoon"] = {"specVersion": "1.0", **toon}
        found = {"pbrMetallicRoughness": pbr, "extensions": extensions, **material}
        number = self.writer.add("materials", {"name": f"m{self._shown}", **found})
        mesh = self.writer.add(
            "meshes", {"primitives": [{**self._shape(shape), "material": number}]}
        )
        column, row = self._shown % self._columns, self._shown // self._columns
        place = at or (column - (self._columns - 1) / 2, 5.0 - row, 0.0)  # far above the ground
        node = self.writer.add("nodes", {"name": f"n{self._shown}", "mesh": mesh})
        self.writer.doc["nodes"][node]["translation"] = list(place)
        self.writer.doc["scenes"][0]["nodes"].append(node)
        self._shown += 1
        return number

    def _shape(self, name: str) -> dict[str, Any]:
        at, normal, uv, index = SHAPES[name]()
        return {  # not shared: three-vrm would draw a shared outline once for each user
            "attributes": {
                "POSITION": self.writer.accessor(at, bounds=True),
                "NORMAL": self.writer.accessor(normal),
                "TEXCOORD_0": self.writer.accessor(uv),
            },
            "indices": self.writer.indices(index),
        }

    def write(self, path: Path) -> Path:
        doc = self.writer.doc
        doc["extensionsUsed"] = [
            "VRMC_vrm", "VRMC_materials_mtoon", "KHR_materials_unlit",
            "KHR_materials_emissive_strength", "KHR_texture_transform",
        ]  # fmt: skip
        doc["extensions"] = {
            "VRMC_vrm": {
                "specVersion": "1.0",
                "meta": {"name": path.stem, "authors": ["test"],
                         "licenseUrl": "https://vrm.dev/licenses/1.0/"},
                "humanoid": {"humanBones": {n: {"node": i} for n, i in self._bones.items()}},
                "expressions": {"preset": {}, "custom": self.expressions},
            }
        }  # fmt: skip
        path.write_bytes(self.writer.tobytes())
        return path


_SHADE = {"shadeColorFactor": [0.25, 0.08, 0.2]}


def ramp(path: Path) -> Path:
    """shadingToonyFactor by column, shadingShiftFactor by row."""
    sheet = Sheet(4)
    for shift in (-0.4, 0.0, 0.4):
        for toony in (0.0, 0.5, 0.9, 1.0):
            values = {"shadingToonyFactor": toony, "shadingShiftFactor": shift}
            sheet.show({**_SHADE, **values})
    return sheet.write(path)


def surface(path: Path) -> Path:
    """Textures, rim, matcap, emission, normals."""
    sheet = Sheet(4)
    rim = {**_SHADE, "parametricRimColorFactor": [0.2, 0.6, 1.0], "rimLightingMixFactor": 0.0}
    shade = {"shadeColorFactor": [0.5, 0.4, 0.7]}
    sheet.show({**shade, "shadeMultiplyTexture": sheet.texture("check")}, base="check")
    sheet.show({**_SHADE, "shadingShiftTexture": sheet.texture("mask", scale=-0.6)})
    sheet.show({**_SHADE, "shadingToonyFactor": 0.5}, normalTexture=sheet.texture("bump"))
    sheet.show(
        _SHADE,
        color=(0.02, 0.02, 0.02, 1),
        emissiveFactor=[0.5, 0.2, 0.1],
        emissiveTexture=sheet.texture("check"),
        extensions={"KHR_materials_emissive_strength": {"emissiveStrength": 2.5}},
    )
    sheet.show({**rim, "parametricRimFresnelPowerFactor": 3.0})
    sheet.show({**rim, "parametricRimFresnelPowerFactor": 1.0, "parametricRimLiftFactor": 0.2})
    sheet.show({**rim, "parametricRimFresnelPowerFactor": 2.0, "rimLightingMixFactor": 1.0})
    sheet.show({**rim, "rimMultiplyTexture": sheet.texture("mask")})
    sheet.show({**_SHADE, "matcapTexture": sheet.texture("matcap")})
    tinted = {"matcapTexture": sheet.texture("matcap"), "matcapFactor": [0.2, 1.0, 0.4]}
    sheet.show({**_SHADE, **tinted, "rimMultiplyTexture": sheet.texture("mask")})
    sheet.show({"shadeColorFactor": [1, 1, 1], "giEqualizationFactor": 0.0}, color=(1, 1, 1, 1))
    sheet.show(None, color=(0.3, 0.6, 0.3, 1), extensions={"KHR_materials_unlit": {}})
    return sheet.write(path)


def outline(path: Path) -> Path:
    """Outlines in world and screen coordinates, masked, lit, on cut-out and blended shapes."""
    sheet = Sheet(4)
    world = {**_SHADE, "outlineWidthMode": "worldCoordinates", "outlineWidthFactor": 0.02}
    screen = {**_SHADE, "outlineWidthMode": "screenCoordinates", "outlineWidthFactor": 0.015}
    flat = {"outlineColorFactor": [0.05, 0.1, 0.5], "outlineLightingMixFactor": 0.0}
    for values in (world, screen):
        sheet.show({**values, **flat}, shape="ring")
        sheet.show({**values, **flat, "outlineLightingMixFactor": 1.0}, shape="ring")
        masked = {"outlineWidthMultiplyTexture": sheet.texture("mask")}
        sheet.show({**values, **flat, **masked}, shape="ball")
        sheet.show({**values, **flat}, shape="ball", doubleSided=True)
    sheet.show({**world, **flat}, base="leaf", alphaMode="MASK", doubleSided=True)
    see_through = {**world, **flat, "transparentWithZWrite": True}
    sheet.show(see_through, color=(0.8, 0.35, 0.25, 0.5), alphaMode="BLEND")
    sheet.show({**world, **flat, "outlineWidthFactor": 0.0})
    sheet.show({**screen, **flat, "outlineWidthFactor": 0.04})
    return sheet.write(path)


def animation(path: Path) -> Path:
    """UV animation: scroll, turn, both, masked; with a texture transform."""
    sheet = Sheet(4)
    lit = {"shadeColorFactor": [0.4, 0.4, 0.6]}
    x = {"uvAnimationScrollXSpeedFactor": 0.25}
    y = {"uvAnimationScrollYSpeedFactor": 0.25}
    turn = {"uvAnimationRotationSpeedFactor": 0.5}
    mask = {"uvAnimationMaskTexture": sheet.texture("mask")}
    for moves in (x, y, turn, {**x, **y, **turn}):
        sheet.show({**lit, **moves}, shape="card", base="check")
    for moves in (x, y, turn, {**x, **turn}):
        shade = {"shadeMultiplyTexture": sheet.texture("check")}
        sheet.show({**lit, **moves, **mask, **shade}, shape="card", base="check")
    rim = {"parametricRimColorFactor": [1, 1, 0], "parametricRimFresnelPowerFactor": 1.0}
    moved = {"KHR_texture_transform": {"offset": [0.1, 0.2], "scale": [2, 0.5], "rotation": 0.3}}
    sheet.show({**lit, **x, **rim, "rimMultiplyTexture": sheet.texture("mask")})
    sheet.show({**lit, **turn}, emissiveTexture=sheet.texture("check"), emissiveFactor=[0.5] * 3)
    folded = {"index": sheet.mirrored("mask"), "extensions": moved}
    sheet.show({**lit, **turn}, shape="card", emissiveTexture=folded, emissiveFactor=[0.4] * 3)
    sheet.show({**lit, **x, "matcapTexture": sheet.texture("matcap")})
    return sheet.write(path)


def order(path: Path) -> Path:
    """Cards over one another: render queue offsets, with and without z write."""
    sheet = Sheet()
    glass = {"shape": "card", "alphaMode": "BLEND", "doubleSided": True}
    colors = ((0.9, 0.1, 0.1, 0.6), (0.1, 0.8, 0.1, 0.6), (0.1, 0.2, 0.9, 0.6))

    def fan(x: float, y: float, offsets: tuple[int, ...], writes: tuple[bool, ...]) -> None:
        for i, (color, offset, write) in enumerate(zip(colors, offsets, writes, strict=True)):
            values = {"renderQueueOffsetNumber": offset, "transparentWithZWrite": write}
            at = (x + 0.22 * i, y + 0.16 * i, 0.1 * i)
            sheet.show({"shadeColorFactor": list(color[:3]), **values}, color=color, at=at, **glass)

    fan(-1.4, 0.6, (0, 0, 0), (False,) * 3)
    fan(0.0, 0.6, (0, -1, -2), (False,) * 3)
    fan(-1.4, -0.7, (0, 1, 2), (True,) * 3)
    fan(0.0, -0.7, (2, 1, 0), (True,) * 3)
    fan(1.4, 0.6, (0, 0, -5), (False, True, False))
    sheet.show(_SHADE, shape="card", base="leaf", alphaMode="MASK", at=(1.6, -0.6, 0))
    return sheet.write(path)


def binds(path: Path) -> Path:
    """Expression ``change``: every colour type, and a texture transform."""
    sheet = Sheet(4)
    outlined = {
        **_SHADE, "outlineWidthMode": "worldCoordinates", "outlineWidthFactor": 0.02,
        "outlineLightingMixFactor": 0.0,
    }  # fmt: skip
    blue = [0.1, 0.3, 0.9, 1.0]
    shown = {
        "color": sheet.show(_SHADE),
        "emissionColor": sheet.show(
            _SHADE,
            emissiveFactor=[0.1, 0.1, 0.1],
            extensions={"KHR_materials_emissive_strength": {"emissiveStrength": 2.0}},
        ),
        "shadeColor": sheet.show({**_SHADE, "shadingShiftFactor": -0.3}),
        "matcapColor": sheet.show(
            {**_SHADE, "matcapFactor": [0, 0, 0], "matcapTexture": sheet.texture("matcap")}
        ),
        "rimColor": sheet.show(
            {**_SHADE, "parametricRimFresnelPowerFactor": 2.0, "rimLightingMixFactor": 0.0}
        ),
        "outlineColor": sheet.show(outlined, shape="ring"),
    }
    moved = sheet.show({"shadeColorFactor": [0.3, 0.3, 0.3]}, shape="card", base="check")
    clear = sheet.show(_SHADE, color=(0.8, 0.3, 0.2, 1.0), alphaMode="BLEND")
    sheet.expressions["change"] = {
        "materialColorBinds": [
            *({"material": m, "type": kind, "targetValue": blue} for kind, m in shown.items()),
            {"material": clear, "type": "color", "targetValue": [0.8, 0.3, 0.2, 0.3]},
        ],
        "textureTransformBinds": [{"material": moved, "scale": [2, 2], "offset": [0.3, 0.1]}],
    }
    return sheet.write(path)


SHEETS = {
    "ramp": ramp, "surface": surface, "outline": outline, "animation": animation,
    "order": order, "binds": binds,
}  # fmt: skip


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in SHEETS.items():
        print(make(folder / f"mtoon_{name}.vrm"))
