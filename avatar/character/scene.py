"""Nodes, skins and animations of a glTF file (glTF 2.0 sections 3.5, 3.7.3 and 3.11)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal, get_args

import numpy as np

from avatar.character.accessors import Accessors
from avatar.character.character import Animation, Channel, Nodes, Skin
from avatar.character.json_view import View
from avatar.math3d import compose, decompose, quat_normalize

MAX_NODES: Final = 1 << 15
Path = Literal["translation", "rotation", "scale", "weights"]
Interpolation = Literal["LINEAR", "STEP", "CUBICSPLINE"]

_PATHS: Final[tuple[Path | Literal[""], ...]] = ("", *get_args(Path))
_INTERPOLATIONS: Final[tuple[Interpolation, ...]] = get_args(Interpolation)
_MAX_CHANNELS: Final = 1 << 14
_TURN: Final = np.array([-1, 1, -1], np.float32)
_TURN_QUAT: Final = np.array([-1, 1, -1, 1], np.float32)
_TURN_MATRIX: Final = np.outer([-1, 1, -1, 1], [-1, 1, -1, 1]).astype(np.float32)


@dataclass(slots=True)
class NodeList:
    """Nodes while they are being read; a VRM 0.x figure gets more of them."""

    name: list[str] = field(default_factory=list[str])
    parent: list[int] = field(default_factory=list[int])
    children: list[list[int]] = field(default_factory=list[list[int]])
    translation: list[tuple[float, ...]] = field(default_factory=list[tuple[float, ...]])
    rotation: list[tuple[float, ...]] = field(default_factory=list[tuple[float, ...]])
    scale: list[tuple[float, ...]] = field(default_factory=list[tuple[float, ...]])

    def __len__(self) -> int:
        return len(self.name)

    def descends(self, node: int, ancestor: int) -> bool:
        """Whether ``ancestor`` is above ``node``, at most 256 generations up."""
        for _ in range(256):
            node = self.parent[node]
            if node == ancestor:
                return True
            if node < 0:
                return False
        return False

    def add(self, name: str, parent: int, translation: tuple[float, ...]) -> int:
        """A new node; its index."""
        self.name.append(name)
        self.parent.append(parent)
        self.children.append([])
        self.translation.append(translation)
        self.rotation.append((0.0, 0.0, 0.0, 1.0))
        self.scale.append((1.0, 1.0, 1.0))
        if parent >= 0:
            self.children[parent].append(len(self) - 1)
        return len(self) - 1


def read_nodes(root: View) -> NodeList:
    """All nodes, with one parent each and no cycle; raises AssetError."""
    views = root.children("nodes", MAX_NODES)
    nodes = NodeList()
    for view in views:
        translation, rotation, scale = _transform(view)
        index = nodes.add(view.text("name", ""), -1, translation)
        nodes.rotation[index], nodes.scale[index] = rotation, scale
    for index, view in enumerate(views):
        for child in view.indices("children", len(views)):
            if nodes.parent[child] >= 0:
                raise view.error(f"node {child} has a second parent", "children")
            nodes.parent[child] = index
            nodes.children[index].append(child)
    if len(_order(nodes)) < len(nodes):
        raise root.error("the nodes form a cycle", "nodes")
    return nodes


def finish_nodes(nodes: NodeList, *, turn: bool) -> Nodes:
    """The hierarchy as arrays; ``turn`` rotates the figure half a turn about +Y."""
    order = _order(nodes)
    depth = np.zeros(len(nodes), np.int32)
    for node in order:
        if nodes.parent[node] >= 0:
            depth[node] = depth[nodes.parent[node]] + 1
    by_depth = np.argsort(depth, kind="stable").astype(np.int32)
    ends = np.cumsum(np.bincount(depth)) if len(nodes) else []
    translation = np.array(nodes.translation, np.float32).reshape(-1, 3)
    rotation = np.array(nodes.rotation, np.float32).reshape(-1, 4)
    return Nodes(
        name=tuple(nodes.name),
        parent=np.array(nodes.parent, np.int32),
        order=by_depth,
        levels=tuple(np.split(by_depth, ends[:-1])) if len(nodes) else (),
        translation=translation * _TURN if turn else translation,
        rotation=rotation * _TURN_QUAT if turn else rotation,
        scale=np.array(nodes.scale, np.float32).reshape(-1, 3),
    )


def shown_nodes(root: View, nodes: NodeList) -> list[int]:
    """Nodes of the default scene, parents first; of all when the file has no scene."""
    scenes = root.children("scenes")
    chosen = root.index("scene", len(scenes), 0)
    if not scenes:
        return _order(nodes)
    roots = scenes[chosen].indices("nodes", len(nodes))
    return _order(nodes, roots)


def read_skin(view: View, accessors: Accessors, node_count: int, *, turn: bool) -> Skin:
    """One element of ``skins``."""
    joints = view.indices("joints", node_count)
    if not 0 < len(joints) <= 0xFFFF:
        raise view.error(f"{len(joints)} joints, 1..65535 expected", "joints")
    inverse_bind = np.tile(np.eye(4, dtype=np.float32), (len(joints), 1, 1))
    if view.has("inverseBindMatrices"):
        matrices = accessors.matrices(view, "inverseBindMatrices")
        if len(matrices) < len(joints):
            raise view.error(f"{len(matrices)} matrices for {len(joints)} joints")
        inverse_bind = matrices[: len(joints)]
    if turn:
        inverse_bind = inverse_bind * _TURN_MATRIX
    return Skin(np.array(joints, np.int32), inverse_bind)


def read_animations(
    root: View, accessors: Accessors, node_count: int, *, turn: bool
) -> tuple[Animation, ...]:
    """All ``animations``; channels without a node or of unknown path are dropped."""
    views = root.children("animations", _MAX_CHANNELS)
    return tuple(_animation(view, accessors, node_count, turn) for view in views)


def _animation(view: View, accessors: Accessors, node_count: int, turn: bool) -> Animation:
    samplers = view.children("samplers", _MAX_CHANNELS)
    channels: list[Channel] = []
    for channel in view.children("channels", _MAX_CHANNELS):
        target = channel.child("target")
        path: Path | Literal[""] = target.choice("path", _PATHS)
        if path == "" or not target.has("node"):
            channel.warn("only animated nodes are read, this channel is ignored")
            continue
        node = target.index("node", node_count)
        sampler = samplers[channel.index("sampler", len(samplers))]
        channels.append(_channel(node, path, sampler, accessors, turn))
    return Animation(view.text("name", ""), tuple(channels))


def _channel(node: int, path: Path, view: View, accessors: Accessors, turn: bool) -> Channel:
    interpolation: Interpolation = view.choice("interpolation", _INTERPOLATIONS)
    times = accessors.floats(view, "input", 1)
    if (np.diff(times) < 0).any():
        raise view.error("times must ascend", "input")
    width = {"translation": 3, "rotation": 4, "scale": 3, "weights": 1}[path]
    values = accessors.floats(view, "output", width)
    keys = len(times) * (3 if interpolation == "CUBICSPLINE" else 1)
    if len(values) < keys or len(values) % keys:
        raise view.error(f"{len(values)} values for {len(times)} key times", "output")
    if turn and width != 1 and path != "scale":
        values = values * (_TURN if width == 3 else _TURN_QUAT)
    inner = (3,) if interpolation == "CUBICSPLINE" else ()
    shape = (len(times), *inner, *([-1] if width == 1 else [width]))
    return Channel(node, path, interpolation, times, values.reshape(shape))


def _transform(view: View) -> tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]:
    """Translation, rotation and scale of a node, from its matrix if it has one."""
    if not view.has("matrix"):
        rotation = view.vector("rotation", (0.0, 0.0, 0.0, 1.0))
        unit = tuple(quat_normalize(np.array(rotation)).tolist())
        translation = view.vector("translation", (0.0, 0.0, 0.0))
        return translation, unit, view.vector("scale", (1.0, 1.0, 1.0))
    identity = tuple(np.eye(4).reshape(-1).tolist())
    matrix = np.array(view.vector("matrix", identity)).reshape(4, 4).T
    translation, rotation, scale = decompose(matrix)
    rebuilt = compose(translation, rotation, scale)
    if not np.allclose(rebuilt, matrix, rtol=1e-3, atol=1e-4 * np.abs(matrix).max()):
        view.warn("the matrix shears, which is dropped", "matrix")
    return tuple(translation.tolist()), tuple(rotation.tolist()), tuple(scale.tolist())


def _order(nodes: NodeList, roots: list[int] | None = None) -> list[int]:
    """Nodes reachable from the roots, parents first, each once."""
    if roots is None:
        roots = [i for i, parent in enumerate(nodes.parent) if parent < 0]
    seen, order = set(roots), list(dict.fromkeys(roots))
    for node in order:
        new = [child for child in nodes.children[node] if child not in seen]
        order.extend(new)
        seen.update(new)
    return order
