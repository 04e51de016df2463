"""What the readers of the VRM extensions know of the glTF part of the file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from avatar.character.character import (
    Collider,
    Constraint,
    Expression,
    LookAt,
    Material,
    Mesh,
    MeshInstance,
    Meta,
    MorphBind,
    Spring,
)
from avatar.character.json_view import View
from avatar.character.materials import Textures
from avatar.character.scene import NodeList
from avatar.pose import HumanBone

FirstPerson = Literal["auto", "both", "thirdPersonOnly", "firstPersonOnly"]

FIRST_PERSON: Final[tuple[FirstPerson, ...]] = (
    "auto", "both", "thirdPersonOnly", "firstPersonOnly",
)  # fmt: skip
MAX_JOINTS: Final = 1 << 14
"""Spring joints, and colliders, of a figure."""
REQUIRED: Final = tuple(
    HumanBone[name]
    for name in (
        "hips", "spine", "head", "leftUpperLeg", "leftLowerLeg", "leftFoot", "rightUpperLeg",
        "rightLowerLeg", "rightFoot", "leftUpperArm", "leftLowerArm", "leftHand",
        "rightUpperArm", "rightLowerArm", "rightHand",
    )
)  # fmt: skip
"""The bones a VRM humanoid must have."""


@dataclass(frozen=True, slots=True)
class Figure:
    """The glTF part, read."""

    root: View
    nodes: NodeList
    meshes: Sequence[Mesh]
    instances: Sequence[MeshInstance]
    file_mesh: Sequence[int]
    """The file's mesh index of each instance."""
    materials: Sequence[Material]
    textures: Textures

    def morph_bind(self, instance: int, target: int, weight: float) -> MorphBind | None:
        """A bind to a morph target, None when the mesh does not have it."""
        mesh = self.meshes[self.instances[instance].mesh]
        if target >= len(mesh.target_names):
            return None
        return MorphBind(instance, target, weight)


@dataclass(slots=True)
class Avatar:
    """What a VRM extension adds."""

    version: Literal["", "0", "1"] = ""
    humanoid: dict[HumanBone, int] = field(default_factory=dict[HumanBone, int])
    expressions: tuple[Expression, ...] = ()
    look_at: LookAt | None = None
    first_person: Mapping[int, FirstPerson] = field(default_factory=dict[int, FirstPerson])
    """By instance."""
    meta: Meta = field(default_factory=Meta)
    colliders: tuple[Collider, ...] = ()
    springs: tuple[Spring, ...] = ()
    constraints: tuple[Constraint, ...] = ()


def check_humanoid(view: View, bones: Mapping[HumanBone, int]) -> None:
    """Raise without hips, warn of other required bones that are missing."""
    if HumanBone.hips not in bones:
        raise view.error("the VRM has no humanoid hips: export it again as a humanoid")
    absent = [bone.name for bone in REQUIRED if bone not in bones]
    if absent:
        view.warn(f"required bones are missing: {', '.join(absent)}")
    if len(set(bones.values())) < len(bones):
        view.warn("two humanoid bones share a node")
