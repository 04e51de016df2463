"""The immutable figure that every loader makes: glTF 2.0 and VRM, in the specification's words.

VRM 0.x files are converted to these VRM 1.0 terms while loading (``vrm0.py``), turned to face
+Z. Matrices are row-major, column-vector (see ``math3d``); indices refer to the tuples here,
not to the file, and -1 means none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from avatar.character.picture import Image as Image
from avatar.math3d import Float
from avatar.pose import HumanBone

UInt = NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Nodes:
    """The node hierarchy in struct-of-arrays form."""

    name: tuple[str, ...]
    parent: NDArray[np.int32]
    """int32[N], -1 at roots."""
    order: NDArray[np.int32]
    """int32[N], a permutation with parents before children."""
    levels: tuple[NDArray[np.int32], ...]
    """Node indices by depth, roots first: world matrices in one vectorised step per level."""
    translation: Float
    """float32[N, 3], rest, m."""
    rotation: Float
    """float32[N, 4] xyzw, rest."""
    scale: Float
    """float32[N, 3], rest."""


@dataclass(frozen=True, slots=True)
class TextureRef:
    """One use of a texture by a material (glTF ``textureInfo`` + ``KHR_texture_transform``)."""

    image: int
    """Index into Character.images."""
    tex_coord: int = 0
    wrap_s: int = 10497
    """glTF sampler value: 10497 repeat, 33071 clamp, 33648 mirrored."""
    wrap_t: int = 10497
    mag_filter: int = 9729
    min_filter: int = 9987
    offset: tuple[float, float] = (0.0, 0.0)
    rotation: float = 0.0
    """rad, as in KHR_texture_transform."""
    scale: tuple[float, float] = (1.0, 1.0)
    strength: float = 1.0
    """Normal texture ``scale`` or occlusion ``strength``."""


@dataclass(frozen=True, slots=True)
class MToon:
    """``VRMC_materials_mtoon`` 1.0, field by field; colours are linear."""

    transparent_with_z_write: bool = False
    render_queue_offset_number: int = 0
    shade_color_factor: tuple[float, float, float] = (0.0, 0.0, 0.0)
    shade_multiply_texture: TextureRef | None = None
    shading_shift_factor: float = 0.0
    shading_shift_texture: TextureRef | None = None
    """``strength`` holds the texture's ``scale``."""
    shading_toony_factor: float = 0.9
    gi_equalization_factor: float = 0.9
    matcap_factor: tuple[float, float, float] = (1.0, 1.0, 1.0)
    matcap_texture: TextureRef | None = None
    parametric_rim_color_factor: tuple[float, float, float] = (0.0, 0.0, 0.0)
    rim_multiply_texture: TextureRef | None = None
    rim_lighting_mix_factor: float = 1.0
    parametric_rim_fresnel_power_factor: float = 5.0
    parametric_rim_lift_factor: float = 0.0
    outline_width_mode: Literal["none", "worldCoordinates", "screenCoordinates"] = "none"
    outline_width_factor: float = 0.0
    """m, or a fraction of half the picture's height (as three-vrm draws it)."""
    outline_width_multiply_texture: TextureRef | None = None
    outline_color_factor: tuple[float, float, float] = (0.0, 0.0, 0.0)
    outline_lighting_mix_factor: float = 1.0
    uv_animation_mask_texture: TextureRef | None = None
    uv_animation_scroll_x_speed_factor: float = 0.0
    """UV per s."""
    uv_animation_scroll_y_speed_factor: float = 0.0
    uv_animation_rotation_speed_factor: float = 0.0
    """rad/s."""


@dataclass(frozen=True, slots=True)
class Material:
    """A glTF 2.0 metallic-roughness material, with unlit and MToon variants."""

    name: str = ""
    base_color_factor: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)
    """Linear."""
    base_color_texture: TextureRef | None = None
    metallic_factor: float = 1.0
    roughness_factor: float = 1.0
    metallic_roughness_texture: TextureRef | None = None
    normal_texture: TextureRef | None = None
    occlusion_texture: TextureRef | None = None
    emissive_factor: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Linear, ``KHR_materials_emissive_strength`` multiplied in."""
    emissive_texture: TextureRef | None = None
    alpha_mode: Literal["OPAQUE", "MASK", "BLEND"] = "OPAQUE"
    alpha_cutoff: float = 0.5
    double_sided: bool = False
    unlit: bool = False
    mtoon: MToon | None = None
    kind: Literal["", "skin", "eye", "cornea", "hair", "cloth", "lash", "mouth"] = ""
    """Shading hint our own figures carry in ``material.extras.avatar.kind``; "" elsewhere."""
    extras: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """``material.extras.avatar`` of our own figures (parameters of the kind)."""


@dataclass(frozen=True, slots=True)
class MorphTarget:
    """Sparse vertex displacements of one primitive."""

    index: UInt
    """uint32[K], vertices that move."""
    position: Float
    """float32[K, 3], m."""
    normal: Float | None
    """float32[K, 3] or None."""


@dataclass(frozen=True, slots=True)
class Primitive:
    """Triangles of one material."""

    position: Float
    """float32[V, 3], m."""
    normal: Float
    """float32[V, 3], unit; computed when the file has none."""
    tangent: Float | None
    """float32[V, 4], w = handedness; computed when a normal map needs it."""
    uv0: Float
    """float32[V, 2]; zeros when absent."""
    uv1: Float | None
    color: Float | None
    """float32[V, 4], linear vertex colour."""
    joints: NDArray[np.uint16] | None
    """uint16[V, 4], joints of the instance's skin (the four heaviest, if the file has 8)."""
    weights: Float | None
    """float32[V, 4], sum 1."""
    indices: UInt
    """uint32[3T], counter-clockwise."""
    material: int
    """Index into Character.materials (always valid: a default is added)."""
    targets: tuple[MorphTarget, ...] = ()
    """As many as the mesh has target names."""


@dataclass(frozen=True, slots=True)
class Mesh:
    name: str
    primitives: tuple[Primitive, ...]
    target_names: tuple[str, ...] = ()
    target_weights: tuple[float, ...] = ()
    """Default weights."""


@dataclass(frozen=True, slots=True)
class Skin:
    joints: NDArray[np.int32]
    """int32[J], node indices."""
    inverse_bind: Float
    """float32[J, 4, 4]."""


@dataclass(frozen=True, slots=True)
class MeshInstance:
    """A node that shows a mesh."""

    node: int
    mesh: int
    skin: int
    """-1: rigid, moved by its node."""
    palette: int
    """First matrix of this instance in ``RigState.palette``; instances share a skin's run."""
    morph: int
    """First weight of this instance in ``RigState.morph``."""
    first_person: Literal["auto", "both", "thirdPersonOnly", "firstPersonOnly"] = "auto"


@dataclass(frozen=True, slots=True)
class MorphBind:
    instance: int
    """Index into Character.instances."""
    target: int
    weight: float


@dataclass(frozen=True, slots=True)
class ColorBind:
    material: int
    type: str
    """``color emissionColor shadeColor matcapColor rimColor outlineColor``."""
    target_value: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class TextureTransformBind:
    material: int
    scale: tuple[float, float]
    offset: tuple[float, float]


Override = Literal["none", "block", "blend"]


@dataclass(frozen=True, slots=True)
class Expression:
    """``VRMC_vrm.expressions``."""

    name: str
    preset: bool
    morph_target_binds: tuple[MorphBind, ...] = ()
    material_color_binds: tuple[ColorBind, ...] = ()
    texture_transform_binds: tuple[TextureTransformBind, ...] = ()
    is_binary: bool = False
    override_blink: Override = "none"
    override_look_at: Override = "none"
    override_mouth: Override = "none"


@dataclass(frozen=True, slots=True)
class RangeMap:
    input_max_value: float
    """deg."""
    output_scale: float
    """deg for type bone, weight for type expression."""


@dataclass(frozen=True, slots=True)
class LookAt:
    """``VRMC_vrm.lookAt``."""

    offset_from_head_bone: tuple[float, float, float]
    type: Literal["bone", "expression"]
    horizontal_inner: RangeMap
    horizontal_outer: RangeMap
    vertical_down: RangeMap
    vertical_up: RangeMap


@dataclass(frozen=True, slots=True)
class Collider:
    """``VRMC_springBone`` collider; kinds beyond the core come from its extended extension."""

    node: int
    kind: Literal["sphere", "capsule", "plane"]
    offset: tuple[float, float, float]
    radius: float = 0.0
    tail: tuple[float, float, float] = (0.0, 0.0, 0.0)
    normal: tuple[float, float, float] = (0.0, 1.0, 0.0)
    inside: bool = False


@dataclass(frozen=True, slots=True)
class SpringJoint:
    node: int
    hit_radius: float = 0.0
    stiffness: float = 1.0
    gravity_power: float = 0.0
    gravity_dir: tuple[float, float, float] = (0.0, -1.0, 0.0)
    drag_force: float = 0.5


@dataclass(frozen=True, slots=True)
class Spring:
    name: str
    joints: tuple[SpringJoint, ...]
    colliders: tuple[int, ...]
    """Indices into Character.colliders (groups flattened)."""
    center: int = -1


@dataclass(frozen=True, slots=True)
class Constraint:
    """``VRMC_node_constraint``."""

    node: int
    kind: Literal["roll", "aim", "rotation"]
    source: int
    axis: str = ""
    """rollAxis ``X Y Z`` or aimAxis ``PositiveX`` ... ``NegativeZ``."""
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Meta:
    """``VRMC_vrm.meta``; VRM 0.x fields mapped to it."""

    name: str = ""
    version: str = ""
    authors: tuple[str, ...] = ()
    copyright_information: str = ""
    license_url: str = ""
    credit_notation: str = "required"
    avatar_permission: str = "onlyAuthor"
    commercial_usage: str = "personalNonProfit"
    modification: str = "prohibited"
    allow_redistribution: bool = False
    thumbnail: int = -1
    raw: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Channel:
    """One animated property of one node (glTF ``animation.channel`` + sampler)."""

    node: int
    path: Literal["translation", "rotation", "scale", "weights"]
    interpolation: Literal["LINEAR", "STEP", "CUBICSPLINE"]
    times: Float
    values: Float
    """float32[K, ...] or [K, 3, ...] for CUBICSPLINE."""


@dataclass(frozen=True, slots=True)
class Animation:
    name: str
    channels: tuple[Channel, ...]


@dataclass(frozen=True)
class Character:
    """A figure, ready to be posed and drawn."""

    name: str
    path: Path | None
    nodes: Nodes
    images: tuple[Image, ...]
    materials: tuple[Material, ...]
    meshes: tuple[Mesh, ...]
    skins: tuple[Skin, ...]
    instances: tuple[MeshInstance, ...]
    humanoid: Mapping[HumanBone, int] = field(default_factory=dict[HumanBone, int])
    """Bone -> node; empty for a plain glTF."""
    expressions: tuple[Expression, ...] = ()
    look_at: LookAt | None = None
    colliders: tuple[Collider, ...] = ()
    springs: tuple[Spring, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    animations: tuple[Animation, ...] = ()
    meta: Meta = Meta()
    vrm_version: Literal["", "0", "1"] = ""
    warnings: tuple[str, ...] = ()
    """What the file asks for and we do not do, each with its JSON pointer."""

    @cached_property
    def palette_size(self) -> int:
        """Matrices in ``RigState.palette``."""
        ends = [i.palette + self._run(i) for i in self.instances]
        return max(ends, default=0)

    @cached_property
    def morph_size(self) -> int:
        """Weights in ``RigState.morph``."""
        sizes = (i.morph + len(self.meshes[i.mesh].target_names) for i in self.instances)
        return max(sizes, default=0)

    @cached_property
    def expression_index(self) -> Mapping[str, int]:
        """Expression name -> index."""
        return {e.name: i for i, e in enumerate(self.expressions)}

    def _run(self, instance: MeshInstance) -> int:
        return 1 if instance.skin < 0 else len(self.skins[instance.skin].joints)

    @property
    def sex(self) -> Literal["female", "male", ""]:
        """What our own figures say in ``meta.extras.avatar.sex``; "" elsewhere."""
        extras = self.meta.raw.get("extras")
        own = extras.get("avatar") if isinstance(extras, Mapping) else None
        sex = own.get("sex") if isinstance(own, Mapping) else None
        return sex if sex in ("female", "male") else ""
