"""Reading a figure's file: GLB, glTF, VRM 1.0 and VRM 0.x into one :class:`Character`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from avatar.character.accessors import Accessors
from avatar.character.character import Character, Material, MeshInstance
from avatar.character.container import Container
from avatar.character.figure import Avatar, Figure
from avatar.character.images import Images
from avatar.character.json_view import View
from avatar.character.materials import Textures, read_material
from avatar.character.mtoon0 import migrate_materials
from avatar.character.parts import read_parts
from avatar.character.scene import (
    finish_nodes,
    read_animations,
    read_nodes,
)
from avatar.character.spring import read_springs
from avatar.character.vrm import read_constraints, read_vrm
from avatar.character.vrm0 import read_vrm0

SUPPORTED: Final = frozenset(
    {
        "KHR_mesh_quantization", "KHR_texture_transform", "KHR_materials_unlit",
        "KHR_materials_emissive_strength", "VRMC_materials_hdr_emissiveMultiplier",
        "EXT_texture_webp", "EXT_meshopt_compression",
        "VRM", "VRMC_vrm", "VRMC_springBone", "VRMC_springBone_extended_collider",
        "VRMC_node_constraint", "VRMC_materials_mtoon",
    }
)  # fmt: skip
"""Extensions that are read."""


def load(path: str | Path) -> Character:
    """Read a figure: GLB, glTF 2.0, VRM 1.0 or VRM 0.x (which is turned to face +Z).

    What the file asks for and we do not do is named in ``Character.warnings``. Raises
    MissingAsset (no such file), UnsupportedFormat (another kind of file, a required extension we
    do not read) and AssetError (damaged or hostile), each with the path and a JSON pointer;
    MissingExtra when ``EXT_meshopt_compression`` needs its package.
    """
    path = Path(path)
    container = Container(path)
    _check_version(container.root)
    _check_extensions(container.root)
    with Images(container) as images:
        return _character(container, images)


def _character(container: Container, images: Images) -> Character:
    root = container.root
    vrm0, vrm1 = root.extension("VRM"), root.extension("VRMC_vrm")
    turn = vrm0 is not None and vrm1 is None
    accessors, nodes = Accessors(container), read_nodes(root)
    textures = Textures(root, images)
    materials = _materials(root, textures, vrm0 if turn else None)
    images.begin()
    parts = read_parts(root, nodes, accessors, materials, turn=turn)
    figure = Figure(
        root, nodes, parts.meshes, parts.instances, parts.file_mesh, materials, textures
    )
    avatar = _avatar(figure, vrm0, vrm1)
    animations = read_animations(root, accessors, len(nodes), turn=turn)
    return Character(
        name=avatar.meta.name or container.path.stem,
        path=container.path,
        nodes=finish_nodes(nodes, turn=turn),
        images=images.finish(),
        materials=tuple(materials),
        meshes=tuple(parts.meshes),
        skins=tuple(parts.skins),
        instances=_annotated(parts.instances, avatar),
        humanoid=avatar.humanoid,
        expressions=avatar.expressions,
        look_at=avatar.look_at,
        colliders=avatar.colliders,
        springs=avatar.springs,
        constraints=avatar.constraints,
        animations=animations,
        meta=avatar.meta,
        vrm_version=avatar.version,
        warnings=tuple(root.document.warnings),
    )


def _annotated(instances: Sequence[MeshInstance], avatar: Avatar) -> tuple[MeshInstance, ...]:
    """The instances with the first-person flags of the VRM extension."""
    flags = avatar.first_person
    return tuple(replace(one, first_person=flags.get(i, "auto")) for i, one in enumerate(instances))


def _check_version(root: View) -> None:
    asset = root.child("asset")
    version = asset.text("minVersion", asset.text("version", ""))
    if version.partition(".")[0] != "2" or (asset.has("minVersion") and version != "2.0"):
        raise asset.unsupported("only glTF 2.0 is read", "version")


def _check_extensions(root: View) -> None:
    """Refuse unknown required extensions; name unknown optional ones and what else is ignored."""
    for i, name in enumerate(root.texts("extensionsRequired")):
        if name not in SUPPORTED:
            raise root.unsupported(
                f"the extension {name[:80]} is not read", "extensionsRequired", i
            )
    if root.has("cameras"):
        root.warn("cameras are not read", "cameras")
    unknown = set(root.texts("extensionsUsed")) - SUPPORTED
    for name, (pointer, count) in sorted(_uses(root.value, unknown).items()):
        more = f" (and {count - 1} more)" if count > 1 else ""
        root.document.warn(pointer, f"the extension {name[:80]} is not read{more}")


def _uses(root: dict[str, Any], names: set[str]) -> dict[str, tuple[str, int]]:
    """Where each extension is used first, and how often; ``/extensionsUsed`` if nowhere."""
    found: dict[str, tuple[str, int]] = dict.fromkeys(names, ("/extensionsUsed", 1))
    counts: Counter[str] = Counter()
    pending: list[tuple[str, Any]] = [("", root)] if names else []
    while pending:
        pointer, value = pending.pop()
        if isinstance(value, dict):
            extensions = value.get("extensions")
            used = names & extensions.keys() if isinstance(extensions, dict) else set()
            for name in used:
                counts[name] += 1
                if counts[name] == 1 or pointer < found[name][0]:
                    found[name] = f"{pointer}/extensions/{name}", 1
            pending += [(f"{pointer}/{key}", item) for key, item in value.items()]
        elif isinstance(value, list):
            pending += [(f"{pointer}/{i}", item) for i, item in enumerate(value)]
    return {name: (pointer, max(counts[name], 1)) for name, (pointer, _) in found.items()}


def _materials(root: View, textures: Textures, vrm0: View | None) -> Sequence[Material]:
    """The materials; the last is the default one when a primitive may need it."""
    found = tuple(read_material(view, textures) for view in root.children("materials", 4096))
    if vrm0 is not None:
        found = migrate_materials(found, vrm0, textures)
    return (*found, Material())


def _avatar(figure: Figure, vrm0: View | None, vrm1: View | None) -> Avatar:
    """What the VRM extensions say; springs and constraints also work without them."""
    if vrm1 is None and vrm0 is not None:
        return read_vrm0(vrm0, figure)
    avatar = Avatar() if vrm1 is None else read_vrm(vrm1, figure)
    springs = figure.root.extension("VRMC_springBone")
    if springs is not None:
        avatar.colliders, avatar.springs = read_springs(springs, figure)
    avatar.constraints = read_constraints(figure)
    return avatar
