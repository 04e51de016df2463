"""The meshes and skins that a scene shows, and the instances that tie them to nodes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from avatar.character.accessors import Accessors
from avatar.character.character import Material, Mesh, MeshInstance, Skin
from avatar.character.json_view import View
from avatar.character.meshes import MeshReader
from avatar.character.scene import NodeList, read_skin, shown_nodes

_MAX_MATRICES: Final = 1 << 16
_MAX_MORPHS: Final = 1 << 18


@dataclass(slots=True)
class Parts:
    """Only what is shown, in the order of its first use."""

    meshes: list[Mesh] = field(default_factory=list[Mesh])
    skins: list[Skin] = field(default_factory=list[Skin])
    instances: list[MeshInstance] = field(default_factory=list[MeshInstance])
    file_mesh: list[int] = field(default_factory=list[int])
    """The file's mesh index of each instance."""


def read_parts(
    root: View, nodes: NodeList, accessors: Accessors, materials: Sequence[Material], *, turn: bool
) -> Parts:
    """Meshes, skins and instances of the default scene; the last material is the default one."""
    reader = MeshReader(accessors, materials, len(materials) - 1, turn=turn)
    builder = _Builder(root, nodes, accessors, reader, turn)
    views = root.children("nodes")
    for node in shown_nodes(root, nodes):
        if views[node].has("mesh"):
            builder.add(node, views[node])
    return builder.parts


class _Builder:
    def __init__(
        self, root: View, nodes: NodeList, accessors: Accessors, reader: MeshReader, turn: bool
    ) -> None:
        self.parts = Parts()
        self._mesh_views, self._skin_views = root.children("meshes"), root.children("skins")
        self._nodes, self._accessors, self._reader, self._turn = nodes, accessors, reader, turn
        self._meshes: dict[int, int] = {}
        self._skins: dict[int, int] = {}
        self._runs: dict[int, int] = {}
        self._palette = self._morph = 0

    def add(self, node: int, view: View) -> None:
        file_mesh = view.index("mesh", len(self._mesh_views))
        mesh = self._mesh(file_mesh)
        if not self.parts.meshes[mesh].primitives:
            return
        skin = self._skin(view, self.parts.meshes[mesh])
        palette = self._run(skin)
        self.parts.instances.append(MeshInstance(node, mesh, skin, palette, self._morph))
        self.parts.file_mesh.append(file_mesh)
        self._morph += len(self.parts.meshes[mesh].target_names)
        if self._palette > _MAX_MATRICES or self._morph > _MAX_MORPHS:
            raise view.error("the figure has too many joints or morph targets in all")

    def _mesh(self, index: int) -> int:
        if index not in self._meshes:
            self._meshes[index] = len(self.parts.meshes)
            self.parts.meshes.append(self._reader.read(self._mesh_views[index]))
        return self._meshes[index]

    def _skin(self, view: View, mesh: Mesh) -> int:
        index = view.index("skin", len(self._skin_views), -1)
        if index < 0:
            return -1
        if any(primitive.joints is None for primitive in mesh.primitives):
            view.warn("a primitive has no joints and weights, the skin is ignored", "skin")
            return -1
        if index not in self._skins:
            skin_view = self._skin_views[index]
            skin = read_skin(skin_view, self._accessors, len(self._nodes), turn=self._turn)
            self._skins[index] = len(self.parts.skins)
            self.parts.skins.append(skin)
        skin = self._skins[index]
        joint_count = len(self.parts.skins[skin].joints)
        for primitive in mesh.primitives:
            highest = 0 if primitive.joints is None else int(primitive.joints.max(initial=0))
            if highest >= joint_count:
                raise view.error(f"joint {highest} is used, the skin has {joint_count}", "skin")
        return skin

    def _run(self, skin: int) -> int:
        """First matrix of a skin's run, or of a new run of one for a rigid instance."""
        start = self._palette
        if skin < 0:
            self._palette += 1
            return start
        if skin not in self._runs:
            self._runs[skin] = start
            self._palette += len(self.parts.skins[skin].joints)
        return self._runs[skin]
