"""VRM animations (``VRMC_vrm_animation`` 1.0): reading, and writing a motion for any figure.

Humanoid bones are nodes whose rest pose is a T-pose; an expression's weight is the x of its
node's translation; the gaze is a node's rotation, yaw about +Y and then pitch about +X.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from avatar.animation.motion import Motion
from avatar.animation.retarget import Skeleton, retarget
from avatar.character.accessors import Accessors
from avatar.character.character import Channel
from avatar.character.container import Container
from avatar.character.gltf_write import GlbWriter
from avatar.character.json_view import View
from avatar.character.scene import NodeList, read_animations, read_nodes
from avatar.errors import UnsupportedFormat
from avatar.math3d import Array, Float, quat_from_euler_yxz, quat_rotate, quat_slerp
from avatar.pose import FACE_COUNT, FACE_SHAPES, PRESETS, FaceShape, HumanBone, RestSkeleton

_EXTENSION: Final = "VRMC_vrm_animation"
_DENSE: Final = 1 / 60
"""s between the poses taken of a curve that is not straight."""
_SHAPE: Final = {name.lower(): FaceShape[name] for name in FACE_SHAPES}
_UNWRITTEN: Final = ("lookUp", "lookDown", "lookLeft", "lookRight")
"""Presets that a VRM animation must not carry."""
_UNROTATED: Final = (HumanBone.leftEye, HumanBone.rightEye)


def read_vrma(path: str | Path) -> Motion:
    """The motion of a VRM animation; raises AssetError, MissingAsset or UnsupportedFormat."""
    path = Path(path)
    container = Container(path)
    extension = container.root.extension(_EXTENSION)
    if extension is None:
        raise UnsupportedFormat(f"no VRM animation: {_EXTENSION} is missing", path=path)
    nodes = read_nodes(container.root)
    animations = read_animations(container.root, Accessors(container), len(nodes), turn=False)
    channels = animations[0].channels if animations else ()
    if not channels:
        raise UnsupportedFormat("nothing moves in it", path=path)
    tracks = {(channel.node, channel.path): _Track(channel) for channel in channels}
    times = np.unique(np.concatenate([track.stops for track in tracks.values()]))
    motion = _body(extension, nodes, tracks, times, path.stem)
    weight, weight_w, extra = _face(extension, tracks, times, len(nodes))
    return Motion(
        motion.times, motion.rotation, motion.rotation_w, motion.hips,
        weight, weight_w, _gaze(extension, tracks, times, len(nodes)), extra, path.stem,
    )  # fmt: skip


def write_vrma(motion: Motion, rest: RestSkeleton, path: str | Path) -> None:
    """Write ``motion`` as a GLB on the bones of ``rest``; raises OutputError.

    Only what the motion has an opinion on is written.
    """
    writer = GlbWriter("avatar")
    out = _Out(writer, (motion.times - motion.times[0]).astype(np.float32))
    extension: dict[str, Any] = {"specVersion": "1.0"}
    extension["humanoid"] = {"humanBones": _write_bones(out, motion, rest)}
    expressions = _write_expressions(out, motion)
    if expressions:
        extension["expressions"] = expressions
    if motion.gaze is not None:
        turn = quat_from_euler_yxz(motion.gaze[:, 0], -motion.gaze[:, 1], 0 * motion.gaze[:, 0])
        extension["lookAt"] = {
            "node": out.moving("lookAt", "rotation", turn),
            "offsetFromHeadBone": [0.0, 0.0, 0.0],
        }
    writer.doc["animations"] = [
        {"name": motion.name or "motion", "channels": out.channels, "samplers": out.samplers}
    ]
    writer.doc["extensions"] = {_EXTENSION: extension}
    writer.doc["extensionsUsed"] = [_EXTENSION]
    writer.write(Path(path))


class _Track:
    """One channel as a function of time."""

    def __init__(self, channel: Channel) -> None:
        self._times, self._values = channel.times.astype(np.float64), channel.values
        self._how, self._turns = channel.interpolation, channel.path == "rotation"
        ends = self._times[[0, -1]]
        if channel.interpolation == "CUBICSPLINE":
            grid = np.arange(ends[0], ends[1], _DENSE)
            self.stops = np.unique(np.concatenate([self._times, grid]))
        elif channel.interpolation == "STEP":
            self.stops = np.unique(np.concatenate([self._times, self._times[1:] - 1e-4]))
        else:
            self.stops = self._times
        """Times between which the channel is straight, s."""

    def at(self, times: Array) -> Array:
        """Values [F, n] at ``times``."""
        right = np.clip(np.searchsorted(self._times, times, "right"), 1, len(self._times) - 1)
        if len(self._times) == 1:
            value = self._values[0, 1] if self._how == "CUBICSPLINE" else self._values[0]
            return np.broadcast_to(value, (len(times), *value.shape))
        left = right - 1
        span = np.maximum(self._times[right] - self._times[left], 1e-9)
        part = np.clip((times - self._times[left]) / span, 0, 1)
        if self._how == "STEP":
            return self._values[np.where(times >= self._times[right], right, left)]
        if self._how == "CUBICSPLINE":
            return self._cubic(left, right, part[:, None], span[:, None])
        a, b = self._values[left], self._values[right]
        if self._turns:
            return quat_slerp(a, b, part)
        return a + (b - a) * part[:, None]

    def _cubic(self, left: Array, right: Array, s: Array, span: Array) -> Array:
        """Hermite splines; glTF 2.0, appendix C.5."""
        a, out = self._values[left, 1], self._values[left, 2] * span
        b, into = self._values[right, 1], self._values[right, 0] * span
        s2, s3 = s * s, s**3
        return (
            (2 * s3 - 3 * s2 + 1) * a + (s3 - 2 * s2 + s) * out
            + (3 * s2 - 2 * s3) * b + (s3 - s2) * into
        )  # fmt: skip


_Tracks = Mapping[tuple[int, str], _Track]


def _body(extension: View, nodes: NodeList, tracks: _Tracks, times: Array, name: str) -> Motion:
    order = _parents_first(nodes)
    place = {node: i for i, node in enumerate(order)}
    skeleton = Skeleton(
        [nodes.name[n] for n in order], [place.get(nodes.parent[n], -1) for n in order],
        np.array([nodes.translation[n] for n in order], np.float64),
        np.array([nodes.rotation[n] for n in order], np.float64),
    )  # fmt: skip
    rotation = np.tile(skeleton.rotation, (len(times), 1, 1))
    offset = np.tile(skeleton.offset, (len(times), 1, 1))
    for (node, path), track in tracks.items():
        if path == "rotation":
            rotation[:, place[node]] = track.at(times)
        elif path == "translation":
            offset[:, place[node]] = track.at(times)
    humanoid = extension.child("humanoid") if extension.has("humanoid") else None
    joints = _joints(humanoid, place) if humanoid is not None else {}
    if HumanBone.hips not in joints:
        raise extension.unsupported("the humanoid has no hips", "humanoid")
    made = retarget(skeleton, joints, times - times[0], rotation, offset, rest="placed", name=name)
    moved = {node for node, _ in tracks}
    still = [bone for bone in joints if not _moves(skeleton, joints, bone, place, moved)]
    made.rotation_w[:, still] = 0
    hips_move = (order[joints[HumanBone.hips]], "translation") in tracks
    return Motion(
        made.times, made.rotation, made.rotation_w, made.hips if hips_move else None, name=name
    )


def _moves(
    skeleton: Skeleton,
    joints: Mapping[HumanBone, int],
    bone: HumanBone,
    place: Mapping[int, int],
    moved: set[int],
) -> bool:
    """Whether anything between ``bone`` and the next bone above is animated."""
    chain = skeleton.above(joints[bone])
    others = set(joints.values())
    own = [chain[0]]
    for joint in chain[1:]:
        if joint in others:
            break
        own.append(joint)
    node_of = {i: node for node, i in place.items()}
    return any(node_of[joint] in moved for joint in own)


def _parents_first(nodes: NodeList) -> list[int]:
    order = [n for n in range(len(nodes)) if nodes.parent[n] < 0]
    for node in order:  # grows as it goes
        order += nodes.children[node]
    return order


def _joints(humanoid: View, place: Mapping[int, int]) -> dict[HumanBone, int]:
    found: dict[HumanBone, int] = {}
    for name, view in humanoid.members("humanBones"):
        if name in HumanBone.__members__ and HumanBone[name] not in _UNROTATED:
            found[HumanBone[name]] = place[view.index("node", len(place))]
    return found


def _face(
    extension: View, tracks: _Tracks, times: Array, count: int
) -> tuple[Float | None, Float | None, dict[str, Float]]:
    weight = np.zeros((len(times), FACE_COUNT), np.float32)
    opinion = np.zeros_like(weight)
    extra: dict[str, Float] = {}
    groups = extension.child("expressions") if extension.has("expressions") else None
    for group in ("preset", "custom") if groups is not None else ():
        for name, view in groups.members(group) if groups is not None else ():
            track = tracks.get((view.index("node", count), "translation"))
            if track is None:
                continue
            values = np.clip(track.at(times)[:, 0], 0, 1).astype(np.float32)
            shape = _SHAPE.get(name.lower())
            if shape is None:
                extra[name] = values
            else:
                weight[:, shape], opinion[:, shape] = values, 1
    return (weight, opinion, extra) if opinion.any() else (None, None, extra)


def _gaze(extension: View, tracks: _Tracks, times: Array, count: int) -> Float | None:
    if not extension.has("lookAt"):
        return None
    node = extension.child("lookAt").index("node", count)
    track = tracks.get((node, "rotation"))
    if track is None:
        return None
    x, y, z = np.moveaxis(quat_rotate(track.at(times), np.array([0.0, 0.0, 1.0])), -1, 0)
    return np.stack([np.arctan2(x, z), np.arctan2(y, np.hypot(x, z))], -1).astype(np.float32)


class _Out:
    """Nodes that move, with their channels."""

    def __init__(self, writer: GlbWriter, times: Float) -> None:
        self.writer = writer
        self.channels: list[dict[str, Any]] = []
        self.samplers: list[dict[str, Any]] = []
        self._input = writer.accessor(times, target=None, bounds=True)

    def moving(self, name: str, path: str, values: Array) -> int:
        """A node of its own in the scene; its index."""
        node = self.writer.add("nodes", {"name": name})
        self.writer.doc["scenes"][0]["nodes"].append(node)
        self.move(node, path, values)
        return node

    def move(self, node: int, path: str, values: Array) -> None:
        output = self.writer.accessor(np.asarray(values, np.float32), target=None)
        self.samplers.append({"input": self._input, "output": output, "interpolation": "LINEAR"})
        target = {"node": node, "path": path}
        self.channels.append({"sampler": len(self.samplers) - 1, "target": target})


def _write_bones(out: _Out, motion: Motion, rest: RestSkeleton) -> dict[str, Any]:
    bones = [b for b in HumanBone if rest.present[b] and b not in _UNROTATED]
    nodes = {
        b: out.writer.add(
            "nodes", {"name": b.name, "translation": [float(x) for x in rest.offset[b]]}
        )
        for b in bones
    }
    for bone, node in nodes.items():
        above = nodes.get(HumanBone(rest.parent[bone])) if rest.parent[bone] >= 0 else None
        if above is None:
            out.writer.doc["scenes"][0]["nodes"].append(node)
        else:
            out.writer.doc["nodes"][above].setdefault("children", []).append(node)
        if motion.rotation_w[:, bone].any():
            out.move(node, "rotation", motion.rotation[:, bone])
    if motion.hips is not None:
        place = rest.offset[HumanBone.hips] + motion.hips * rest.hips_height
        out.move(nodes[HumanBone.hips], "translation", place)
    return {bone.name: {"node": node} for bone, node in nodes.items()}


def _write_expressions(out: _Out, motion: Motion) -> dict[str, Any]:
    weights: dict[str, Float] = {n: v for n, v in motion.extra.items() if n not in _UNWRITTEN}
    if motion.weight is not None and motion.weight_w is not None:
        shown = motion.weight * motion.weight_w
        seen = np.flatnonzero(motion.weight_w.any(0))
        weights |= {FACE_SHAPES[i]: shown[:, i] for i in seen}
    groups: dict[str, Any] = {}
    for name, values in weights.items():
        place = np.stack([values, 0 * values, 0 * values], -1)
        group = groups.setdefault("preset" if name in PRESETS else "custom", {})
        group[name] = {"node": out.moving(name, "translation", place)}
    return groups
