"""From the 52 face shapes to a figure's own expressions, and from those to what is drawn.

A figure with "perfect sync" expressions gets the shapes by name. For each region (mouth,
blink, emotion) where it has none, the shapes are projected onto the VRM presets instead; never
both. Then ``VRMC_vrm.expressions`` applies: ``isBinary``, the overrides, and the binds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from avatar.animation.faceshapes import canonical, shape_expressions
from avatar.animation.gaze import LOOK_PRESETS, Look
from avatar.animation.nodes import Index
from avatar.animation.presets import BLINK_PRESETS, MOUTH_PRESETS, PresetProjection
from avatar.character.character import (
    Character,
    Expression,
    Material,
    TextureTransformBind,
)
from avatar.math3d import Array, Float
from avatar.pose import FACE_SHAPES, FaceShape, Pose

K = TypeVar("K")

_LIDS: Final[Index] = np.array(
    [
        [FaceShape[name + side] for name in ("eyeWide", "eyeLookDown", "eyeLookUp", "eyeSquint")]
        for side in ("Left", "Right")
    ]
)
_BLINKS: Final[Index] = np.array([FaceShape.eyeBlinkLeft, FaceShape.eyeBlinkRight])


@dataclass(frozen=True, slots=True)
class Face:
    """What the expressions make of one pose."""

    morph: Float
    """float32[M], as ``RigState.morph``."""
    color: Mapping[tuple[int, str], Float]
    """As ``RigState.material_color``; only what an active expression changes."""
    uv: Mapping[int, Float]
    """As ``RigState.material_uv``, laid over the texture's own transform (0, 0, 1, 1 changes
    nothing); only what an active expression changes."""


class Expressions:
    """Applies poses to one figure's expressions."""

    def __init__(self, character: Character) -> None:
        self._index = character.expression_index
        self._folded = {name.lower(): i for name, i in self._index.items()}
        self._count = len(character.expressions)
        shapes = shape_expressions(character)
        self._shapes: Index = np.flatnonzero(shapes >= 0)
        self._shape_targets: Index = shapes[self._shapes]
        self._presets = PresetProjection(self._index, shapes >= 0)
        self._look = [(i, self._index[n]) for i, n in enumerate(LOOK_PRESETS) if n in self._index]
        self._binary = np.array([e.is_binary for e in character.expressions], bool)
        self._overrides = _Overrides(character.expressions)
        self._binds = _Binds(character)

    def apply(self, pose: Pose, look: Look) -> Face:
        """Weights of all morph targets and the materials' changes for one pose."""
        weight = pose.weight * pose.weight_w
        if look.shapes is not None:
            weight = np.where(_LOOK_MASK, look.shapes, weight)
        weight = _yield_to_blink(weight)
        values = np.zeros(self._count, np.float32)
        values[self._shape_targets] = weight[self._shapes]
        self._presets.project(weight, values)
        for way, target in self._look:
            values[target] = max(values[target], look.presets[way])
        self._named(pose.extra, values)
        return self._binds.apply(self._overrides.apply(self._settle(values)))

    def _named(self, extra: Mapping[str, float], values: Float) -> None:
        for name, value in extra.items():
            at = self._index.get(name, self._folded.get(name.lower(), -1))
            if at >= 0:
                values[at] = max(values[at], value)

    def _settle(self, values: Float) -> Float:
        values = np.clip(values, 0, 1)
        return np.where(self._binary, (values > 0.5).astype(np.float32), values)


_LOOK_MASK: Final[NDArray[np.bool_]] = np.array([n.startswith("eyeLook") for n in FACE_SHAPES])


def _yield_to_blink(weight: Float) -> Float:
    """A closing lid takes the place of what else moves it, so that a blink always closes."""
    weight = np.array(weight, np.float32)
    weight[_LIDS] *= 1 - np.minimum(weight[_BLINKS], 1)[:, None]
    return weight


class _Overrides:
    """``overrideMouth``, ``overrideBlink``, ``overrideLookAt``: none, block or blend."""

    def __init__(self, expressions: tuple[Expression, ...]) -> None:
        kinds = [
            [e.override_mouth for e in expressions],
            [e.override_blink for e in expressions],
            [e.override_look_at for e in expressions],
        ]
        self._members = np.array(
            [[_group(e.name) == g for e in expressions] for g in range(3)], bool
        )
        outside = ~self._members
        self._block = np.array([[k == "block" for k in kind] for kind in kinds], bool) & outside
        self._blend = np.array([[k == "blend" for k in kind] for kind in kinds], bool) & outside
        self._binary = np.array([e.is_binary for e in expressions], bool)
        self._active = bool(self._block.any() or self._blend.any())

    def apply(self, values: Float) -> Float:
        """Procedural expressions weakened by the others' overrides."""
        if not self._active:
            return values
        blocked = (self._block & (values > 0)).any(1)
        kept = np.where(blocked, 0, 1 - np.clip(self._blend @ values, 0, 1)).astype(np.float32)
        factor = np.where(self._members, kept[:, None], np.float32(1)).min(0)
        factor = np.where(self._binary & (factor < 1), np.float32(0), factor)
        return values * factor


_GROUPS: Final = (MOUTH_PRESETS, BLINK_PRESETS, LOOK_PRESETS)


def _group(name: str) -> int:
    """0 mouth, 1 blink, 2 look, -1 neither: the presets, and the ARKit shapes of the same kind."""
    for group, presets in enumerate(_GROUPS):
        if name in presets:
            return group
    shape = canonical(name)
    if shape not in _FOLDED_SHAPES:
        return -1
    starts = (("jaw", "mouth", "tongue"), ("eyeblink",), ("eyelook",))
    return next((g for g, start in enumerate(starts) if shape.startswith(start)), -1)


_FOLDED_SHAPES: Final = {name.lower() for name in FACE_SHAPES}


class _Binds:
    """Morph, material colour and texture transform binds as matrices over the expressions."""

    def __init__(self, character: Character) -> None:
        count = len(character.expressions)
        self._rest = _default_morph(character)
        self._morph = np.zeros((count, character.morph_size), np.float32)
        self._colors: dict[tuple[int, str], tuple[Float, Float]] = {}
        self._uvs: dict[int, tuple[Float, Float]] = {}
        for i, expression in enumerate(character.expressions):
            for bind in expression.morph_target_binds:
                self._morph[i, character.instances[bind.instance].morph + bind.target] += (
                    bind.weight
                )
            for color in expression.material_color_binds:
                base = base_color(character.materials[color.material], color.type)
                _delta(self._colors, (color.material, color.type), base, count)[i] += (
                    np.array(color.target_value, np.float32) - base
                )
            for uv in expression.texture_transform_binds:
                moved = _uv_delta(character.materials[uv.material], uv)
                _delta(self._uvs, uv.material, _UNMOVED, count)[i] += moved
        self._rest[self._morph.any(0)] = 0

    def apply(self, values: Array) -> Face:
        morph: Array = self._rest + values @ self._morph
        return Face(
            morph,
            _changed(self._colors, values),
            _changed(self._uvs, values),
        )


def _delta(into: dict[K, tuple[Float, Float]], key: K, base: Float, count: int) -> Float:
    return into.setdefault(key, (base, np.zeros((count, 4), np.float32)))[1]


def _changed(binds: dict[K, tuple[Float, Float]], values: Array) -> dict[K, Float]:
    sums: Iterable[tuple[K, Array, Array]] = (
        (key, base, values @ delta) for key, (base, delta) in binds.items()
    )
    return {key: base + change for key, base, change in sums if change.any()}


def _default_morph(character: Character) -> Float:
    rest = np.zeros(character.morph_size, np.float32)
    for instance in character.instances:
        weights = character.meshes[instance.mesh].target_weights
        rest[instance.morph : instance.morph + len(weights)] = weights
    return rest


def base_color(material: Material, kind: str) -> Float:
    """float32[4], a material's own value of a VRM colour type."""
    if kind == "color":
        return np.array(material.base_color_factor, np.float32)
    toon = material.mtoon
    rgb = {
        "emissionColor": material.emissive_factor,
        "shadeColor": toon.shade_color_factor if toon else None,
        "matcapColor": toon.matcap_factor if toon else None,
        "rimColor": toon.parametric_rim_color_factor if toon else None,
        "outlineColor": toon.outline_color_factor if toon else None,
    }.get(kind)
    return np.array([*(rgb or (0.0, 0.0, 0.0)), 1.0], np.float32)


_UNMOVED: Final = np.array([0, 0, 1, 1], np.float32)


def _uv_delta(material: Material, bind: TextureTransformBind) -> Float:
    """Change of (offset, scale) laid over the texture's own transform that ends at the bind's."""
    texture = material.base_color_texture
    offset, scale = (texture.offset, texture.scale) if texture else ((0.0, 0.0), (1.0, 1.0))
    own = np.where(np.abs(scale) > 1e-9, scale, 1.0)
    moved = np.subtract(bind.offset, offset) / own
    return np.array([*moved, *(np.array(bind.scale) / own - 1)], np.float32)
