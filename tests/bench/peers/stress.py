"""A figure made to be hard to draw: 29k vertices, 41k triangles, 244 joints, 124 morph targets.

    python tests/bench/peers/stress.py out.vrm [--toon]

The limbs are tubes along the bones of a shipped figure, the head a sphere whose targets are
bumps, the hair strips along sprung chains. PBR with normal maps, or MToon with ``--toon``.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from avatar.character import load
from avatar.character.gltf_write import GlbWriter
from avatar.pose import BONE_PARENT, FACE_SHAPES, HumanBone
from avatar.render.skeleton import rest_world
from avatar.resources import figures

B = HumanBone
TARGETS, CHAINS, LINKS = 124, 21, 9
CARDS = ((273, 2), (250, 3))
"""Hair strips: how many, and how many vertices wide."""
RINGS = 12
"""Segments along a strip."""
THICK = {"Arm": 0.045, "Hand": 0.035, "Leg": 0.075, "Foot": 0.045, "Toes": 0.03}


@dataclass
class Patch:
    """Vertices of one material while they are collected."""

    position: list[np.ndarray] = field(default_factory=list)
    normal: list[np.ndarray] = field(default_factory=list)
    uv: list[np.ndarray] = field(default_factory=list)
    joint: list[np.ndarray] = field(default_factory=list)
    weight: list[np.ndarray] = field(default_factory=list)
    triangles: list[np.ndarray] = field(default_factory=list)
    count: int = 0

    def grid(self, point, normal, joints: Sequence[int], blend: np.ndarray, repeat=(1, 1)) -> None:
        """A sheet [n, m, 3] bound to two joints, ``blend[n]`` of the second."""
        n, m = point.shape[:2]
        v, u = np.mgrid[0:n, 0:m]
        index = np.arange(n * m).reshape(n, m)
        a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, :-1], index[1:, 1:]
        faces = np.concatenate([np.stack(t, -1).reshape(-1, 3) for t in ((a, b, c), (b, d, c))])
        self.triangles.append(faces + self.count)
        self.position.append(point.reshape(-1, 3))
        self.normal.append(normal.reshape(-1, 3))
        uv = np.stack([u / (m - 1) * repeat[0], v / (n - 1) * repeat[1]], -1)
        self.uv.append(uv.reshape(-1, 2))
        share = np.repeat(blend, m)
        zero = np.zeros_like(share)
        self.weight.append(np.stack([1 - share, share, zero, zero], -1))
        row = np.array([joints[0], joints[1], 0, 0])
        self.joint.append(np.where(self.weight[-1] > 0, row, 0))
        self.count += n * m


def tube(a: np.ndarray, b: np.ndarray, radius: float, around: int, along: int):
    """A tapered round tube from ``a`` to ``b``: points and normals [along + 1, around + 1, 3]."""
    axis = (b - a) / np.linalg.norm(b - a)
    side = np.cross(axis, [0, 0, 1] if abs(axis[2]) < 0.9 else [1, 0, 0])
    side /= np.linalg.norm(side)
    other = np.cross(axis, side)
    t, turn = np.linspace(0, 1, along + 1), np.linspace(0, 2 * np.pi, around + 1)
    normal = np.cos(turn)[:, None] * side + np.sin(turn)[:, None] * other
    width = radius * (1 - 0.35 * t + 0.08 * np.sin(9 * t))
    point = a + t[:, None, None] * (b - a) + width[:, None, None] * normal
    return point, np.broadcast_to(normal, point.shape)


def ball(centre: np.ndarray, radius: Sequence[float], around: int, up: int):
    """An ellipsoid."""
    el, az = np.meshgrid(
        np.linspace(np.pi / 2, -np.pi / 2, up + 1),
        np.linspace(2 * np.pi, 0, around + 1),  # so that it is seen from outside
        indexing="ij",
    )
    way = np.stack([np.cos(el) * np.sin(az), np.sin(el), np.cos(el) * np.cos(az)], -1)
    normal = way / np.asarray(radius)
    return centre + way * radius, normal / np.linalg.norm(normal, axis=-1, keepdims=True)


def skeleton() -> np.ndarray:
    """float64[55, 3], where the bones of a shipped figure rest."""
    mei = load(figures()["mei"])
    world = rest_world(mei)
    return np.array([world[mei.humanoid[bone]][:3, 3] for bone in B], np.float64)


def chains(head: np.ndarray) -> np.ndarray:
    """float64[CHAINS, LINKS, 3], joints that hang about the head."""
    angle = np.linspace(0.28, 0.72, CHAINS) * 2 * np.pi
    flat = np.stack([np.sin(angle), 0 * angle, np.cos(angle)], -1)
    down = np.linspace(0.17, -0.28, LINKS)
    spread = 0.085 + 0.012 * np.arange(LINKS)
    return head + flat[:, None] * spread[None, :, None] + down[None, :, None] * np.array([0, 1, 0])


def build() -> tuple[Patch, Patch, Patch, np.ndarray, np.ndarray]:
    """Head, body, hair; then the joints' positions and parents."""
    at = skeleton()
    strands = chains(at[B.head])
    head, body, hair = Patch(), Patch(), Patch()
    whole = np.ones(49)
    face = at[B.head] + [0, 0.09, 0.01]
    head.grid(*ball(face, (0.075, 0.115, 0.095), 64, 48), (B.head, B.head), 0 * whole)
    spine = np.linspace(0, 1, 61) ** 2
    body.grid(
        *ball((at[B.hips] + at[B.neck]) / 2, (0.17, 0.32, 0.11), 48, 60),
        (B.upperChest, B.hips),
        spine,
    )
    for bone in B:
        parent = BONE_PARENT[bone]
        name = bone.name
        if parent < 0 or not any(part in name for part in ("Arm", "Hand", "Leg", "Foot")):
            continue
        if "UpperLeg" in name or "UpperArm" in name:
            continue
        kind = next(part for part in THICK if part in B(parent).name)
        body.grid(
            *tube(at[parent], at[bone], THICK[kind], 20, 25),
            (parent, bone),
            np.linspace(0, 0.5, 26),
        )
    for bone in B:
        if name_of_finger(bone):
            parent = BONE_PARENT[bone]
            body.grid(
                *tube(at[parent], at[bone], 0.011, 8, 6), (parent, bone), np.linspace(0, 0.5, 7)
            )
    comb(hair, strands)
    joints = np.concatenate([at, strands.reshape(-1, 3)])
    first = np.arange(CHAINS)[:, None] * LINKS + len(B)
    parents = np.concatenate([np.full((CHAINS, 1), int(B.head)), first + np.arange(LINKS - 1)], 1)
    own = [BONE_PARENT[b] if BONE_PARENT[b] is not None else -1 for b in B]
    return head, body, hair, joints, np.concatenate([own, parents.reshape(-1)])


def name_of_finger(bone: HumanBone) -> bool:
    """Whether a bone belongs to a finger."""
    return any(part in bone.name for part in ("Thumb", "Index", "Middle", "Ring", "Little"))


def comb(hair: Patch, strands: np.ndarray) -> None:
    """Strips along the chains, each bound to the chain's joints one after another."""
    rng = np.random.default_rng(7)
    for many, wide in CARDS:
        for _ in range(many):
            chain = int(rng.integers(CHAINS))
            t = np.linspace(0, LINKS - 1.001, RINGS + 1)
            low = t.astype(int)
            share = (t - low)[:, None]
            line = strands[chain, low] * (1 - share) + strands[chain, low + 1] * share
            out = line - strands[:, :1].mean(0)
            out[:, 1] = 0
            out /= np.linalg.norm(out, axis=1, keepdims=True)
            side = np.cross(out, [0, 1, 0])
            line = line + rng.normal(0, 0.006, 3) + out * rng.uniform(-0.012, 0.012)
            offset = np.linspace(-0.006, 0.006, wide)
            point = line[:, None] + side[:, None] * offset[None, :, None]
            normal = np.broadcast_to(out[:, None], point.shape)
            hair.grid(point, normal, (0, 0), np.zeros(RINGS + 1))
            base = len(B) + chain * LINKS + low
            weight = np.stack([1 - share[:, 0], share[:, 0], 0 * t, 0 * t], -1)
            hair.joint[-1] = np.repeat(np.stack([base, base + 1, 0 * base, 0 * base], -1), wide, 0)
            hair.weight[-1] = np.repeat(weight, wide, 0)


def texture(seed: int, normal: bool) -> bytes:
    """A 1024 px JPEG: coloured noise, or bumps as a normal map."""
    rng = np.random.default_rng(seed)
    rough = np.asarray(Image.fromarray(rng.random((64, 64)).astype("f4")).resize((1024, 1024), 3))
    if normal:
        dy, dx = np.gradient(rough)
        slope = np.stack([-dx * 6, -dy * 6, np.ones_like(rough)], -1)
        slope /= np.linalg.norm(slope, axis=-1, keepdims=True)
        pixels = slope * 0.5 + 0.5
    else:
        tint = np.array([[0.85, 0.62, 0.52], [0.25, 0.32, 0.5], [0.35, 0.2, 0.12]])[seed % 3]
        pixels = tint * (0.7 + 0.3 * rough[..., None])
    out = io.BytesIO()
    Image.fromarray((np.clip(pixels, 0, 1) * 255).astype(np.uint8)).save(out, "JPEG", quality=85)
    return out.getvalue()


def bumps(position: np.ndarray, centre: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """(index, offset) of each target: bumps all over the face."""
    rng = np.random.default_rng(3)
    found = []
    for _ in range(TARGETS):
        spot = position[rng.integers(len(position))]
        weight = np.exp(-((np.linalg.norm(position - spot, axis=1) / 0.03) ** 2))
        index = np.flatnonzero(weight > 0.02)
        out = (position[index] - centre) / np.linalg.norm(position[index] - centre, axis=1)[:, None]
        found.append((index, out * weight[index, None] * 0.01))
    return found


def material(glb: GlbWriter, seed: int, toon: bool) -> int:
    """PBR with a normal map, or MToon in two tones."""
    base = glb.texture(f"base{seed}", texture(seed, False))
    look: dict[str, Any] = {
        "pbrMetallicRoughness": {
            "baseColorTexture": {"index": base}, "metallicFactor": 0.0, "roughnessFactor": 0.6,
        },
        "doubleSided": seed == 2,
    }  # fmt: skip
    if toon:
        shade = {"shadeColorFactor": [0.6, 0.5, 0.6], "shadeMultiplyTexture": {"index": base}}
        mtoon = {"specVersion": "1.0", "shadingToonyFactor": 0.9, **shade}
        look["extensions"] = {"VRMC_materials_mtoon": mtoon}
    else:
        look["normalTexture"] = {"index": glb.texture(f"bumps{seed}", texture(seed, True))}
    return glb.add("materials", look)


def mesh(
    glb: GlbWriter, patch: Patch, seed: int, toon: bool, targets: Any = (), sparse: bool = True
) -> int:
    """One mesh with one primitive."""
    position = np.concatenate(patch.position).astype(np.float32)
    attributes = {
        "POSITION": glb.accessor(position, bounds=True),
        "NORMAL": glb.accessor(np.concatenate(patch.normal).astype(np.float32)),
        "TEXCOORD_0": glb.accessor(np.concatenate(patch.uv).astype(np.float32)),
        "JOINTS_0": glb.accessor(np.concatenate(patch.joint).astype(np.uint16)),
        "WEIGHTS_0": glb.accessor(np.concatenate(patch.weight).astype(np.float32)),
    }
    primitive: dict[str, Any] = {
        "attributes": attributes,
        "indices": glb.indices(np.concatenate(patch.triangles)),
        "material": material(glb, seed, toon),
    }
    if targets:
        primitive["targets"] = [
            {"POSITION": target(glb, len(position), index, offset.astype(np.float32), sparse)}
            for index, offset in targets
        ]
    return glb.add("meshes", {"primitives": [primitive]})


def target(glb: GlbWriter, count: int, index: np.ndarray, offset: np.ndarray, sparse: bool) -> int:
    """A morph target; dense for readers that know no sparse accessors."""
    if sparse:
        return glb.sparse(count, index, offset)
    whole = np.zeros((count, 3), np.float32)
    whole[index] = offset
    return glb.accessor(whole, bounds=True)


def extensions(head_node: int) -> dict[str, Any]:
    """The VRM parts: bones, the face's targets as expressions, sprung chains."""
    custom = {
        name: {"morphTargetBinds": [{"node": head_node, "index": i, "weight": 1.0}]}
        for i, name in enumerate(FACE_SHAPES)
    }
    springs = [
        {"joints": [{"node": len(B) + c * LINKS + k, "stiffness": 1.0, "dragForce": 0.4}
                    for k in range(LINKS)]}
        for c in range(CHAINS)
    ]  # fmt: skip
    meta = {
        "name": "stress", "authors": ["avatar contributors"],
        "licenseUrl": "https://vrm.dev/licenses/1.0/",
    }  # fmt: skip
    human = {"humanBones": {bone.name: {"node": int(bone)} for bone in B}}
    vrm = {
        "specVersion": "1.0", "meta": meta, "humanoid": human, "expressions": {"custom": custom},
    }  # fmt: skip
    return {"VRMC_vrm": vrm, "VRMC_springBone": {"specVersion": "1.0", "springs": springs}}


def write(path: Path, *, toon: bool = False, sparse: bool = True) -> dict[str, int]:
    """Write the figure; how much of everything it has."""
    head, body, hair, joints, parents = build()
    glb = GlbWriter("avatar stress figure")
    for i, (at, parent) in enumerate(zip(joints, parents, strict=True)):
        local = at - (joints[parent] if parent >= 0 else 0)
        name = B(i).name if i < len(B) else f"hair{i}"
        children = np.flatnonzero(parents == i).tolist()
        node: dict[str, Any] = {"name": name, "translation": local.tolist()}
        glb.add("nodes", node | ({"children": children} if children else {}))
    inverse = np.tile(np.eye(4, dtype=np.float32), (len(joints), 1, 1))
    inverse[:, :3, 3] = -joints
    skin = glb.add(
        "skins",
        {
            "joints": list(range(len(joints))),
            "inverseBindMatrices": glb.accessor(inverse, target=None),
        },
    )
    face = np.concatenate(head.position)
    targets = bumps(face, face.mean(0))
    roots = [int(np.flatnonzero(parents < 0)[0])]
    for seed, patch in enumerate((head, body, hair)):
        found = mesh(glb, patch, seed, toon, targets if patch is head else (), sparse)
        roots.append(glb.add("nodes", {"mesh": found, "skin": skin}))
    glb.doc["scenes"][0]["nodes"] = roots
    glb.doc["extensions"] = extensions(roots[1])
    glb.doc["extensionsUsed"] = [
        *glb.doc["extensions"],
        *(["VRMC_materials_mtoon"] if toon else []),
    ]
    glb.write(path)
    patches = (head, body, hair)
    return {
        "vertices": sum(p.count for p in patches),
        "triangles": sum(len(t) for p in patches for t in p.triangles),
        "joints": len(joints),
        "targets": len(targets),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--toon", action="store_true")
    chosen = parser.parse_args()
    print(write(chosen.path, toon=chosen.toon))
