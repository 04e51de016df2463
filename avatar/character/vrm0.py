"""VRM 0.x in the terms of VRM 1.0 (specification 0.0; the rules UniVRM migrates by).

VRM 0.x figures face -Z and are turned by the mesh and node readers (``turn``). The vectors of
the ``VRM`` extension itself are Unity's, left-handed and facing +Z: only their x changes sign.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

from avatar.character.character import (
    Collider,
    ColorBind,
    Expression,
    LookAt,
    Meta,
    MorphBind,
    RangeMap,
    Spring,
    SpringJoint,
    TextureTransformBind,
)
from avatar.character.figure import (
    FIRST_PERSON,
    MAX_JOINTS,
    Avatar,
    Figure,
    FirstPerson,
    check_humanoid,
)
from avatar.character.json_view import View
from avatar.character.mtoon0 import flipped, to_linear
from avatar.character.spring import flatten
from avatar.pose import PRESETS, HumanBone

Vector = tuple[float, float, float]

_PRESETS: Final = {
    "joy": "happy", "sorrow": "sad", "fun": "relaxed", "a": "aa", "i": "ih", "u": "ou",
    "e": "ee", "o": "oh", "blink_l": "blinkLeft", "blink_r": "blinkRight",
    **{name.lower(): name for name in PRESETS},
}  # fmt: skip
_COLORS: Final = {
    "_Color": "color", "_EmissionColor": "emissionColor", "_ShadeColor": "shadeColor",
    "_RimColor": "rimColor", "_OutlineColor": "outlineColor",
}  # fmt: skip
_THUMBS: Final = {"ThumbProximal": "ThumbMetacarpal", "ThumbIntermediate": "ThumbProximal"}
_TAIL: Final = 0.07
"""Length of the last segment of every VRM 0.x spring, m."""
_CC: Final = "https://creativecommons.org/"
_LICENSES: Final = {
    "CC0": f"{_CC}publicdomain/zero/1.0/",
    **{
        "CC_" + name.upper().replace("-", "_"): f"{_CC}licenses/{name}/4.0/"
        for name in ("by", "by-nc", "by-sa", "by-nc-sa", "by-nd", "by-nc-nd")
    },
}


def read_vrm0(view: View, figure: Figure) -> Avatar:
    """The ``VRM`` extension's root object; spring ends are added to the figure's nodes."""
    first_person = view.child("firstPerson")
    humanoid = _humanoid(view.child("humanoid"), len(figure.nodes))
    colliders, springs = _springs(view.child("secondaryAnimation"), figure)
    return Avatar(
        version="0",
        humanoid=humanoid,
        expressions=_expressions(view.child("blendShapeMaster"), figure),
        look_at=_look_at(first_person),
        first_person=_first_person(first_person, figure),
        meta=_meta(view.child("meta"), figure),
        colliders=colliders,
        springs=springs,
    )


def _humanoid(view: View, node_count: int) -> dict[HumanBone, int]:
    bones: dict[HumanBone, int] = {}
    for bone in view.children("humanBones"):
        name = bone.text("bone")
        for old, new in _THUMBS.items():
            if name.endswith(old):
                name = name.replace(old, new)
                break
        if name not in HumanBone.__members__:
            bone.warn("no bone of VRM 0.x, ignored", "bone")
        elif bone.integer("node", -1, low=-1) >= 0:
            bones[HumanBone[name]] = bone.index("node", node_count)
    check_humanoid(view, bones)
    return bones


def _expressions(view: View, figure: Figure) -> tuple[Expression, ...]:
    materials = _material_index(figure)
    found: dict[str, Expression] = {}
    for group in view.children("blendShapeGroups"):
        name, preset = _expression_name(group)
        if not name or name in found:
            group.warn("another expression has this name, ignored", "name")
            continue
        colors, transforms = _material_values(group, materials)
        found[name] = Expression(
            name=name,
            preset=preset,
            morph_target_binds=_morph_binds(group, figure),
            material_color_binds=colors,
            texture_transform_binds=transforms,
            is_binary=group.flag("isBinary"),
        )
    return tuple(found.values())


def _expression_name(view: View) -> tuple[str, bool]:
    """Name, and whether it is a preset; VRM 0.x has no preset ``surprised`` but many files do."""
    name = view.text("name", "")
    preset = _PRESETS.get(view.text("presetName", "unknown").lower())
    if preset is None and name.lower() == "surprised":
        preset = "surprised"
    return (name, name in PRESETS) if preset is None else (preset, True)


def _morph_binds(view: View, figure: Figure) -> tuple[MorphBind, ...]:
    mesh_count = figure.root.count("meshes")
    binds: list[MorphBind] = []
    for bind in view.children("binds"):
        mesh, target = bind.index("mesh", mesh_count), bind.integer("index", low=-1)
        weight = bind.number("weight", 100.0, low=0, high=100) / 100
        shown = [i for i, index in enumerate(figure.file_mesh) if index == mesh]
        made = [figure.morph_bind(i, target, weight) for i in shown] if target >= 0 else []
        if not any(made):
            bind.warn("no mesh shown has this morph target, ignored")
        binds += [bind for bind in made if bind is not None]
    return tuple(binds)


def _material_index(figure: Figure) -> dict[str, list[int]]:
    index: dict[str, list[int]] = {}
    for i, material in enumerate(figure.materials):
        index.setdefault(material.name, []).append(i)
    return index


def _material_values(
    view: View, materials: dict[str, list[int]]
) -> tuple[tuple[ColorBind, ...], tuple[TextureTransformBind, ...]]:
    colors: list[ColorBind] = []
    transforms: list[TextureTransformBind] = []
    for value in view.children("materialValues"):
        name, key = value.text("materialName", ""), value.text("propertyName", "")
        for material in materials.get(name, []):
            if key in _COLORS:
                target = _color(value.vector("targetValue", (1.0, 1.0, 1.0, 1.0)))
                colors.append(ColorBind(material, _COLORS[key], target))
            elif key.startswith("_MainTex_ST"):
                target = value.vector("targetValue", (1.0, 1.0, 0.0, 0.0))
                transforms.append(_texture_transform(material, key, target))
            else:
                value.warn("this property is not animated", "propertyName")
    return tuple(colors), tuple(transforms)


def _color(value: tuple[float, ...]) -> tuple[float, float, float, float]:
    return to_linear(value)


def _texture_transform(material: int, key: str, v: tuple[float, ...]) -> TextureTransformBind:
    """``_MainTex_ST`` sets both axes, ``_MainTex_ST_S`` and ``_MainTex_ST_T`` one."""
    su, u = (1.0, 0.0) if key.endswith("_T") and not key.endswith("_ST") else (v[0], v[2])
    sv, offset = (1.0, 0.0) if key.endswith("_S") else (v[1], v[3])
    return TextureTransformBind(material, (su, sv), (u, flipped(sv, offset)))


def _look_at(view: View) -> LookAt:
    bone = view.text("lookAtTypeName", "Bone").lower() != "blendshape"
    output = 10.0 if bone else 1.0

    def range_map(key: str) -> RangeMap:
        curve = view.child(key)
        return RangeMap(curve.number("xRange", 90.0, low=1e-3), curve.number("yRange", output))

    return LookAt(
        offset_from_head_bone=_unity(view, "firstPersonBoneOffset", (0.0, 0.0, 0.0)),
        type="bone" if bone else "expression",
        horizontal_inner=range_map("lookAtHorizontalInner"),
        horizontal_outer=range_map("lookAtHorizontalOuter"),
        vertical_down=range_map("lookAtVerticalDown"),
        vertical_up=range_map("lookAtVerticalUp"),
    )


def _first_person(view: View, figure: Figure) -> dict[int, FirstPerson]:
    kinds: dict[str, FirstPerson] = {kind.lower(): kind for kind in FIRST_PERSON}
    found: dict[int, FirstPerson] = {}
    for annotation in view.children("meshAnnotations"):
        mesh = annotation.integer("mesh", -1, low=-1)
        flag = annotation.text("firstPersonFlag", "Auto").lower()
        kind: FirstPerson = kinds.get(flag, "auto")
        found.update({i: kind for i, index in enumerate(figure.file_mesh) if index == mesh})
    return found


def _meta(view: View, figure: Figure) -> Meta:
    license_name = view.text("licenseName", "")
    creative = license_name in _LICENSES
    url = view.text("otherLicenseUrl", "") or view.text("otherPermissionUrl", "")
    modifiable = creative and "ND" not in license_name
    permission = {
        "Everyone": "everyone",
        "ExplicitlyLicensedPerson": "onlySeparatelyLicensedPerson",
    }.get(view.text("allowedUserName", ""), "onlyAuthor")
    profit = view.text("commercialUssageName", "") == "Allow"
    return Meta(
        name=view.text("title", ""),
        version=view.text("version", ""),
        authors=tuple(filter(None, [view.text("author", "")])),
        license_url=_LICENSES.get(license_name, url),
        credit_notation="unnecessary" if license_name == "CC0" else "required",
        avatar_permission=permission,
        commercial_usage="personalProfit" if profit else "personalNonProfit",
        modification="allowModificationRedistribution" if modifiable else "prohibited",
        allow_redistribution=creative,
        thumbnail=_thumbnail(view, figure),
        raw=dict(view.value),
    )


def _thumbnail(view: View, figure: Figure) -> int:
    textures = figure.textures
    if view.integer("texture", -1, low=-1) < 0:
        return -1
    source = textures.source(textures.views[view.index("texture", len(textures.views))])
    return -1 if source < 0 else textures.images.use(source)


def _springs(view: View, figure: Figure) -> tuple[tuple[Collider, ...], tuple[Spring, ...]]:
    node_count = len(figure.nodes)
    colliders: list[Collider] = []
    groups: list[list[int]] = []
    for group in view.children("colliderGroups", MAX_JOINTS):
        spheres = group.children("colliders", MAX_JOINTS)
        node = group.index("node", node_count)
        groups.append(list(range(len(colliders), len(colliders) + len(spheres))))
        colliders += [_sphere(node, sphere) for sphere in spheres]
    taken: set[int] = set()
    springs: list[Spring] = []
    for group in view.children("boneGroups", MAX_JOINTS):
        used = flatten(groups, group.indices("colliderGroups", len(groups)))
        center = group.integer("center", -1, low=-1, high=node_count - 1)
        make_joint = _joint_maker(group)
        for root in group.indices("bones", node_count):
            for chain in _chains(root, figure, taken):
                joints = tuple(make_joint(node) for node in chain)
                springs.append(Spring(group.text("comment", ""), joints, used, center))
    return tuple(colliders), tuple(springs)


def _sphere(node: int, view: View) -> Collider:
    offset = _unity(view, "offset", (0.0, 0.0, 0.0))
    return Collider(node, "sphere", offset, radius=view.number("radius", 0.0, low=0))


def _joint_maker(view: View) -> Callable[[int], SpringJoint]:
    values: dict[str, Any] = {
        "hit_radius": view.number("hitRadius", 0.02, low=0),
        "stiffness": view.number("stiffiness", 1.0, low=0),
        "gravity_power": view.number("gravityPower", 0.0),
        "gravity_dir": _unity(view, "gravityDir", (0.0, -1.0, 0.0)),
        "drag_force": view.number("dragForce", 0.4, low=0, high=1),
    }
    return lambda node: SpringJoint(node, **values)


def _chains(root: int, figure: Figure, taken: set[int]) -> list[list[int]]:
    """All bones below a root in chains along first children, each with an end 7 cm further.

    In VRM 0.x every bone swings towards its first child, also the second of two siblings, so
    each of those begins a chain of its own.
    """
    nodes = figure.nodes
    chains: list[list[int]] = []
    starts = [root]
    for start in starts:
        chain: list[int] = []
        node = start
        while node >= 0 and node not in taken:
            taken.add(node)
            chain.append(node)
            children = nodes.children[node]
            starts.extend(children[1:])
            node = children[0] if children else -1
        if chain:
            end = _add_end(chain[-1], figure) if node < 0 else node
            chains.append([*chain, end])
    return chains


def _add_end(node: int, figure: Figure) -> int:
    nodes = figure.nodes
    x, y, z = nodes.translation[node]
    length = math.sqrt(x * x + y * y + z * z)
    scale = _TAIL / length if length > 1e-6 else 0.0
    offset = (x * scale, y * scale, z * scale) if scale else (0.0, _TAIL, 0.0)
    return nodes.add(nodes.name[node] + "_end", node, offset)


def _unity(view: View, key: str, default: Vector) -> Vector:
    """``{x, y, z}`` of Unity, facing +Z in a left-handed space, in ours."""
    if not view.has(key):
        return default
    vector = view.child(key)
    x, y, z = (vector.number(axis, 0.0) for axis in "xyz")
    return 0.0 - x, y, z
