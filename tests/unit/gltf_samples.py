"""Small glTF and VRM files built in memory, for the loader's tests."""

from __future__ import annotations

import io
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from avatar.character.gltf_write import GlbWriter

QUAD = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], np.float32)
QUAD_UV = np.array([[0, 1], [1, 1], [1, 0], [0, 0]], np.float32)
QUAD_INDICES = np.array([0, 1, 2, 0, 2, 3], np.uint16)

SKELETON = {
    "hips": ("", (0, 1, 0)), "spine": ("hips", (0, 0.2, 0)), "chest": ("spine", (0, 0.2, 0)),
    "neck": ("chest", (0, 0.2, 0)), "head": ("neck", (0, 0.1, 0)),
    "leftUpperLeg": ("hips", (0.1, 0, 0)), "leftLowerLeg": ("leftUpperLeg", (0, -0.5, 0)),
    "leftFoot": ("leftLowerLeg", (0, -0.4, 0)), "rightUpperLeg": ("hips", (-0.1, 0, 0)),
    "rightLowerLeg": ("rightUpperLeg", (0, -0.5, 0)), "rightFoot": ("rightLowerLeg", (0, -0.4, 0)),
    "leftUpperArm": ("chest", (0.2, 0.1, 0)), "leftLowerArm": ("leftUpperArm", (0.3, 0, 0)),
    "leftHand": ("leftLowerArm", (0.3, 0, 0)), "rightUpperArm": ("chest", (-0.2, 0.1, 0)),
    "rightLowerArm": ("rightUpperArm", (-0.3, 0, 0)), "rightHand": ("rightLowerArm", (-0.3, 0, 0)),
}  # fmt: skip
"""A humanoid: bone -> parent, offset in m; facing +Z."""


def png(size: tuple[int, int] = (2, 2), color: tuple[int, ...] = (255, 0, 0, 255)) -> bytes:
    """A picture of one colour."""
    file = io.BytesIO()
    Image.new("RGBA", size, color).save(file, "PNG")
    return file.getvalue()


def quad(**attributes: int) -> GlbWriter:
    """One node showing a unit square facing +Z; accessor indices override its attributes."""
    writer = GlbWriter("test")
    found = {
        "POSITION": writer.accessor(QUAD, bounds=True),
        "NORMAL": writer.accessor(np.tile(np.float32([0, 0, 1]), (4, 1))),
        "TEXCOORD_0": writer.accessor(QUAD_UV),
        **attributes,
    }
    primitive = {"attributes": found, "indices": writer.indices(QUAD_INDICES)}
    writer.add("meshes", {"name": "quad", "primitives": [primitive]})
    writer.add("nodes", {"name": "quad", "mesh": 0})
    writer.doc["scenes"][0]["nodes"] = [0]
    return writer


def primitive(writer: GlbWriter) -> dict[str, Any]:
    """The first primitive, to be changed."""
    return writer.doc["meshes"][0]["primitives"][0]


def add_texture(writer: GlbWriter, data: bytes | None = None) -> int:
    """A texture; its index."""
    return writer.texture("picture", png() if data is None else data)


def use(writer: GlbWriter, name: str, value: dict[str, Any] | None = None) -> None:
    """Name an extension as used, and set its root object."""
    writer.doc.setdefault("extensionsUsed", []).append(name)
    if value is not None:
        writer.doc.setdefault("extensions", {})[name] = value


def skeleton(writer: GlbWriter, sign: float = 1.0) -> dict[str, int]:
    """Nodes of SKELETON below the scene; bone -> node. ``sign`` -1 faces -Z, as VRM 0.x does."""
    nodes: dict[str, int] = {}
    for bone, (parent, (x, y, z)) in SKELETON.items():
        offset = [sign * x, y, sign * z]
        nodes[bone] = writer.add("nodes", {"name": bone, "translation": offset})
        if parent:
            writer.doc["nodes"][nodes[parent]].setdefault("children", []).append(nodes[bone])
    writer.doc["scenes"][0]["nodes"].append(nodes["hips"])
    return nodes


def with_targets(writer: GlbWriter, names: tuple[str, ...]) -> None:
    """Morph targets that lift vertex i by i + 1."""
    targets = []
    for i in range(len(names)):
        rows = np.float32([[0, i + 1, 0]])
        targets.append({"POSITION": writer.sparse(4, np.array([i]), rows)})
    primitive(writer)["targets"] = targets
    writer.doc["meshes"][0]["extras"] = {"targetNames": list(names)}


def vrm1(**parts: Any) -> GlbWriter:
    """A VRM 1.0 of a quad and a skeleton; ``parts`` are merged into ``VRMC_vrm``."""
    writer = quad()
    with_targets(writer, ("open", "close"))
    nodes = skeleton(writer)
    bones = {bone: {"node": node} for bone, node in nodes.items()}
    meta = {"name": "Test", "authors": ["A"], "licenseUrl": "https://vrm.dev/licenses/1.0/"}
    root = {"specVersion": "1.0", "meta": meta, "humanoid": {"humanBones": bones}, **parts}
    use(writer, "VRMC_vrm", root)
    return writer


def vrm0(**parts: Any) -> GlbWriter:
    """The same figure as VRM 0.x, facing -Z; ``parts`` are merged into ``VRM``."""
    writer = quad()
    with_targets(writer, ("open", "close"))
    nodes = skeleton(writer, sign=-1.0)
    bones = [{"bone": bone, "node": node} for bone, node in nodes.items()]
    root = {"specVersion": "0.0", "humanoid": {"humanBones": bones}, **parts}
    use(writer, "VRM", root)
    return writer


def save(folder: Path, writer: GlbWriter, name: str = "figure.glb") -> Path:
    """Write the file."""
    path = folder / name
    path.write_bytes(writer.tobytes())
    return path


def split(data: bytes) -> tuple[dict[str, Any], bytes]:
    """JSON and binary chunk of a GLB."""
    size = struct.unpack_from("<I", data, 12)[0]
    return json.loads(data[20 : 20 + size]), data[28 + size :]


def join(document: dict[str, Any] | bytes, blob: bytes) -> bytes:
    """A GLB of JSON (or any bytes in its place) and a binary chunk."""
    text = document if isinstance(document, bytes) else json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    body = struct.pack("<I4s", len(text), b"JSON") + text
    body += struct.pack("<I4s", len(blob), b"BIN\0") + blob
    return struct.pack("<4sII", b"glTF", 2, 12 + len(body)) + body
