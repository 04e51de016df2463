"""Parts, skeleton and pictures into one VRM 1.0 file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from avatar.character.gltf_write import GlbWriter
from avatar.math3d import Float
from avatar.modelling.body import Skeleton
from avatar.modelling.expressions import vrm_expressions
from avatar.modelling.part import Part, four_heaviest
from avatar.modelling.sources import Ints, Reals
from avatar.modelling.springs import Ball, Chain, vrm_springs
from avatar.pose import BONE_PARENT, FACE_SHAPES, HumanBone

LICENSE_URL: Final = "https://vrm.dev/licenses/1.0/"


@dataclass(frozen=True)
class Texture:
    """An encoded picture (PNG or JPEG)."""

    name: str
    data: bytes
    clamp: bool = False


@dataclass(frozen=True)
class Material:
    """A glTF material with our shading hint ``kind``."""

    kind: str
    color: Texture | None = None
    factor: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)
    normal: Texture | None = None
    normal_uv: int = 0
    normal_scale: float = 1.0
    roughness: float = 0.6
    roughness_map: Texture | None = None
    alpha_mode: str = "OPAQUE"
    alpha_cutoff: float = 0.5
    double_sided: bool = False
    extras: tuple[tuple[str, float], ...] = ()
    mtoon: dict[str, Any] | None = None
    """``VRMC_materials_mtoon`` factors; its shade picture is the base colour's."""


@dataclass(frozen=True)
class Figure:
    """Everything a figure's file is made of."""

    name: str
    sex: str
    """``female`` or ``male``: which voice suits it."""
    parts: list[Part]
    materials: dict[str, Material]
    skeleton: Skeleton
    chains: list[Chain]
    colliders: list[Ball]
    eye_offset: Reals
    """float64[3], m, the point between the eyes relative to the head joint."""
    thumbnail: bytes
    look_range: tuple[float, float] = (90.0, 90.0)
    """deg: how far the eye bones turn (second) for a gaze that far to the side (first)."""
    expressions: dict[str, dict[str, float]] | None = None
    """Presets in ARKit weights where they differ from the usual ones."""


def write_vrm(figure: Figure) -> GlbWriter:
    """The whole document; call ``.write(path)`` on it."""
    glb = GlbWriter("avatar.modelling")
    bones, chain_nodes = _nodes(glb, figure)
    joints = list(bones.values()) + [node for chain in chain_nodes for node in chain]
    skin = _skin(glb, figure, joints, bones[HumanBone.hips])
    materials = {name: _material(glb, name, m) for name, m in figure.materials.items()}
    meshes = list(dict.fromkeys(part.mesh for part in figure.parts))
    nodes: dict[str, int] = {}
    for name in meshes:
        parts = [part for part in figure.parts if part.mesh == name]
        mesh = _mesh(glb, name, parts, materials)
        nodes[name] = glb.add("nodes", {"name": name, "mesh": mesh, "skin": skin})
        glb.doc["scenes"][0]["nodes"].append(nodes[name])
    thumbnail = glb.image("thumbnail", figure.thumbnail)
    glb.doc["extensionsUsed"] = ["VRMC_vrm", "VRMC_springBone"]
    if any(material.mtoon is not None for material in figure.materials.values()):
        glb.doc["extensionsUsed"] += ["KHR_materials_unlit", "VRMC_materials_mtoon"]
    glb.doc["extensions"] = {
        "VRMC_vrm": _vrm(figure, bones, nodes, thumbnail),
        "VRMC_springBone": vrm_springs(
            figure.chains, chain_nodes, figure.colliders, figure.skeleton, bones
        ),
    }
    return glb


def _nodes(glb: GlbWriter, figure: Figure) -> tuple[dict[HumanBone, int], list[list[int]]]:
    """Humanoid and hair nodes without rotation, resting in the T-pose, under one root."""
    root = glb.add("nodes", {"name": "root", "children": []})
    glb.doc["scenes"][0]["nodes"].append(root)
    rest = figure.skeleton.rest
    bones = {bone: glb.add("nodes", {"name": bone.name}) for bone in HumanBone}
    nodes = glb.doc["nodes"]
    for bone, node in bones.items():
        parent = BONE_PARENT[bone]
        origin = rest[parent] if parent >= 0 else np.zeros(3)
        nodes[node]["translation"] = _triple(rest[bone] - origin)
        above = bones[HumanBone(parent)] if parent >= 0 else root
        nodes[above].setdefault("children", []).append(node)
    chains: list[list[int]] = []
    for chain in figure.chains:
        above, origin = bones[chain.parent], figure.skeleton.bind[chain.parent]
        chains.append([])
        for number, point in enumerate(chain.points):
            item = {"name": f"{chain.name}_{number}", "translation": _triple(point - origin)}
            node = glb.add("nodes", item)
            nodes[above].setdefault("children", []).append(node)
            chains[-1].append(node)
            above, origin = node, point
    return bones, chains


def _triple(values: Reals) -> list[float]:
    return [round(float(x), 6) + 0.0 for x in values]


def _skin(glb: GlbWriter, figure: Figure, joints: list[int], root: int) -> int:
    hair = [point for chain in figure.chains for point in chain.points]
    loose = np.tile(np.eye(4), (len(hair), 1, 1))
    if hair:
        loose[:, :3, 3] = -np.array(hair)
    matrices = np.concatenate([figure.skeleton.inverse_bind(), loose])
    matrices[:, :3] = np.round(matrices[:, :3], 6)
    bind = glb.accessor(matrices.astype(np.float32), target=None)
    return glb.add("skins", {"joints": joints, "inverseBindMatrices": bind, "skeleton": root})


def _mesh(glb: GlbWriter, name: str, parts: list[Part], materials: dict[str, int]) -> int:
    morphing = any(part.morphs for part in parts)
    primitives = [_primitive(glb, part, materials[part.material], morphing) for part in parts]
    mesh: dict[str, Any] = {"name": name, "primitives": primitives}
    if morphing:
        mesh["weights"] = [0.0] * len(FACE_SHAPES)
        mesh["extras"] = {"targetNames": list(FACE_SHAPES)}
    return glb.add("meshes", mesh)


def _primitive(glb: GlbWriter, part: Part, material: int, morphing: bool) -> dict[str, Any]:
    joints, weights = four_heaviest(part.weight)
    attributes = {
        "POSITION": glb.accessor(_float(part.position), bounds=True),
        "NORMAL": glb.accessor(_unit(part.normal)),
        "TEXCOORD_0": glb.accessor(_float(part.uv)),
        "JOINTS_0": glb.accessor(_joint_type(joints)),
        "WEIGHTS_0": glb.accessor(_bytes_summing_to_one(weights), normalized=True),
    }
    if part.uv1 is not None:
        attributes["TEXCOORD_1"] = glb.accessor(_float(part.uv1))
    if part.shade is not None:
        grey = np.round(np.clip(part.shade, 0, 1) * 255).astype(np.uint8)
        rgba = np.column_stack([grey, grey, grey, np.full_like(grey, 255)])
        attributes["COLOR_0"] = glb.accessor(rgba, normalized=True)
    primitive: dict[str, Any] = {
        "attributes": attributes,
        "indices": glb.indices(part.triangles),
        "material": material,
    }
    if morphing:
        primitive["targets"] = [_target(glb, part, name) for name in FACE_SHAPES]
    return primitive


def _target(glb: GlbWriter, part: Part, name: str) -> dict[str, int]:
    morph = part.morphs.get(name)
    count = len(part.position)
    if morph is None:
        still = glb.still(count)
        return {"POSITION": still, "NORMAL": still}
    position = glb.sparse(count, morph.index, _float(morph.position))
    if not len(morph.normal_index):
        return {"POSITION": position, "NORMAL": glb.still(count)}
    normal = glb.sparse(count, morph.normal_index, _float(morph.normal))
    return {"POSITION": position, "NORMAL": normal}


def _float(values: Reals) -> Float:
    """Rounded to a micrometre, so that the last bit of a sum cannot change the file."""
    return (np.round(values, 6) + 0.0).astype(np.float32)


def _unit(normal: Reals) -> Float:
    rounded = np.round(normal, 4)
    length = np.linalg.norm(rounded, axis=1, keepdims=True)
    return (rounded / length).astype(np.float32)


def _joint_type(joints: Ints) -> Any:
    return joints.astype(np.uint8 if joints.max(initial=0) < 256 else np.uint16)


def _bytes_summing_to_one(weights: Reals) -> Any:
    """Weights as bytes that sum to exactly 255."""
    scaled = np.round(np.round(weights, 5) * 255).astype(np.int64)
    scaled[:, 0] += 255 - scaled.sum(axis=1)
    return scaled.astype(np.uint8)


def _material(glb: GlbWriter, name: str, material: Material) -> int:
    pbr: dict[str, Any] = {
        "baseColorFactor": list(material.factor),
        "metallicFactor": 0.0,
        "roughnessFactor": material.roughness,
    }
    item: dict[str, Any] = {"name": name, "pbrMetallicRoughness": pbr}
    if material.color:
        pbr["baseColorTexture"] = {"index": _texture(glb, material.color)}
    if material.roughness_map:
        pbr["metallicRoughnessTexture"] = {"index": _texture(glb, material.roughness_map)}
    if material.normal:
        normal = {"index": _texture(glb, material.normal), "scale": material.normal_scale}
        if material.normal_uv:
            normal["texCoord"] = material.normal_uv
        item["normalTexture"] = normal
    if material.alpha_mode != "OPAQUE":
        item["alphaMode"] = material.alpha_mode
    if material.alpha_mode == "MASK":
        item["alphaCutoff"] = material.alpha_cutoff
    if material.double_sided:
        item["doubleSided"] = True
    if material.kind:
        item["extras"] = {"avatar": {"kind": material.kind, **dict(material.extras)}}
    if material.mtoon is not None:
        item["extensions"] = _toon_extensions(pbr, material.mtoon)
    return glb.add("materials", item)


def _toon_extensions(pbr: dict[str, Any], factors: dict[str, Any]) -> dict[str, Any]:
    """MToon with an unlit fallback for viewers that do not know it."""
    toon = dict(factors)
    if "baseColorTexture" in pbr:
        toon["shadeMultiplyTexture"] = dict(pbr["baseColorTexture"])
    return {"KHR_materials_unlit": {}, "VRMC_materials_mtoon": toon}


def _texture(glb: GlbWriter, texture: Texture) -> int:
    known = [image["name"] for image in glb.doc.get("images", [])]
    if texture.name in known:
        source = known.index(texture.name)
        return next(k for k, entry in enumerate(glb.doc["textures"]) if entry["source"] == source)
    return glb.texture(texture.name, texture.data, clamp=texture.clamp)


def _vrm(
    figure: Figure, bones: dict[HumanBone, int], nodes: dict[str, int], thumbnail: int
) -> dict[str, Any]:
    reach, turn = figure.look_range
    ranges = {"inputMaxValue": reach, "outputScale": turn}
    return {
        "specVersion": "1.0",
        "meta": _meta(figure, thumbnail),
        "humanoid": {"humanBones": {bone.name: {"node": node} for bone, node in bones.items()}},
        "expressions": vrm_expressions(nodes["Face"], FACE_SHAPES, figure.expressions),
        "lookAt": {
            "type": "bone",
            "offsetFromHeadBone": _triple(figure.eye_offset),
            "rangeMapHorizontalInner": ranges,
            "rangeMapHorizontalOuter": ranges,
            "rangeMapVerticalDown": ranges,
            "rangeMapVerticalUp": ranges,
        },
        "firstPerson": {
            "meshAnnotations": [
                {"node": node, "type": "both" if name in ("Body", "Clothes") else "auto"}
                for name, node in nodes.items()
            ]
        },
    }


def _meta(figure: Figure, thumbnail: int) -> dict[str, Any]:
    return {
        "name": figure.name,
        "extras": {"avatar": {"sex": figure.sex}},
        "version": "1",
        "authors": ["avatar contributors"],
        "copyrightInformation": "CC0 1.0",
        "references": ["MakeHuman base mesh, targets and core assets (CC0 1.0)"],
        "thirdPartyLicenses": "https://creativecommons.org/publicdomain/zero/1.0/",
        "thumbnailImage": thumbnail,
        "licenseUrl": LICENSE_URL,
        "avatarPermission": "everyone",
        "allowExcessivelyViolentUsage": True,
        "allowExcessivelySexualUsage": True,
        "commercialUsage": "corporation",
        "allowPoliticalOrReligiousUsage": True,
        "allowAntisocialOrHateUsage": True,
        "creditNotation": "unnecessary",
        "allowRedistribution": True,
        "modification": "allowModificationRedistribution",
        "otherLicenseUrl": "https://creativecommons.org/publicdomain/zero/1.0/",
    }
