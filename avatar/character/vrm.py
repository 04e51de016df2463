"""``VRMC_vrm`` 1.0: humanoid, meta, expressions, lookAt, first person; node constraints.

After the VRM Consortium's specifications VRMC_vrm-1.0 and VRMC_node_constraint-1.0.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

from avatar.character.character import (
    ColorBind,
    Constraint,
    Expression,
    LookAt,
    Meta,
    MorphBind,
    Override,
    RangeMap,
    TextureTransformBind,
)
from avatar.character.figure import FIRST_PERSON, Avatar, Figure, FirstPerson, check_humanoid
from avatar.character.json_view import View
from avatar.character.materials import emissive_strength
from avatar.pose import PRESETS, HumanBone

COLOR_TYPES: Final = (
    "color", "emissionColor", "shadeColor", "matcapColor", "rimColor", "outlineColor",
)  # fmt: skip
LookAtType = Literal["bone", "expression"]
_LOOK_AT: Final[tuple[LookAtType, ...]] = get_args(LookAtType)
_OVERRIDES: Final[tuple[Override, ...]] = get_args(Override)
_AIM_AXES: Final = tuple(sign + axis for sign in ("Positive", "Negative") for axis in "XYZ")


def read_vrm(view: View, figure: Figure) -> Avatar:
    """The extension's root object."""
    if not view.text("specVersion", "1.0").startswith("1.0"):
        view.warn("this version is read as 1.0", "specVersion")
    return Avatar(
        version="1",
        humanoid=_humanoid(view.child("humanoid"), len(figure.nodes)),
        expressions=_expressions(view.child("expressions"), figure),
        look_at=_look_at(view.child("lookAt")) if view.has("lookAt") else None,
        first_person=_first_person(view.child("firstPerson"), figure),
        meta=_meta(view.child("meta"), figure),
    )


def read_constraints(figure: Figure) -> tuple[Constraint, ...]:
    """``VRMC_node_constraint`` of all nodes; circular ones are dropped."""
    found: dict[int, tuple[View, Constraint]] = {}
    for node, view in enumerate(figure.root.children("nodes")):
        extension = view.extension("VRMC_node_constraint")
        if extension is None:
            continue
        constraint = _constraint(node, extension.child("constraint"), len(figure.nodes))
        if constraint is not None:
            found[node] = extension, constraint
    sources = {node: constraint.source for node, (_, constraint) in found.items()}
    kept: list[Constraint] = []
    for node, (extension, constraint) in found.items():
        if _circular(node, sources):
            extension.warn("the constraint depends on itself and is ignored")
            del sources[node]
        else:
            kept.append(constraint)
    return tuple(kept)


def _humanoid(view: View, node_count: int) -> dict[HumanBone, int]:
    bones: dict[HumanBone, int] = {}
    for name, bone in view.members("humanBones"):
        if name in HumanBone.__members__:
            bones[HumanBone[name]] = bone.index("node", node_count)
        else:
            bone.warn("no bone of VRM 1.0, ignored")
    check_humanoid(view, bones)
    return bones


def _expressions(view: View, figure: Figure) -> tuple[Expression, ...]:
    found: dict[str, Expression] = {}
    for group in ("preset", "custom"):
        for name, expression in view.members(group):
            if group == "preset" and name not in PRESETS:
                expression.warn("no preset of VRM 1.0, ignored")
            elif name in found:
                expression.warn("a preset has this name, ignored")
            else:
                found[name] = _expression(name, group == "preset", expression, figure)
    return tuple(found.values())


def _expression(name: str, preset: bool, view: View, figure: Figure) -> Expression:
    return Expression(
        name=name,
        preset=preset,
        morph_target_binds=_morph_binds(view, figure),
        material_color_binds=tuple(
            _color_bind(bind, figure) for bind in view.children("materialColorBinds")
        ),
        texture_transform_binds=tuple(
            TextureTransformBind(
                bind.index("material", len(figure.materials)),
                _two(bind.vector("scale", (1.0, 1.0))),
                _two(bind.vector("offset", (0.0, 0.0))),
            )
            for bind in view.children("textureTransformBinds")
        ),
        is_binary=view.flag("isBinary"),
        override_blink=view.choice("overrideBlink", _OVERRIDES),
        override_look_at=view.choice("overrideLookAt", _OVERRIDES),
        override_mouth=view.choice("overrideMouth", _OVERRIDES),
    )


def _color_bind(view: View, figure: Figure) -> ColorBind:
    material = view.index("material", len(figure.materials))
    kind = view.choice("type", COLOR_TYPES)
    r, g, b, a = view.vector("targetValue", (1.0, 1.0, 1.0, 1.0))
    by = 1.0
    if kind == "emissionColor":  # the factor alone is bound; the material's strength stays
        by = emissive_strength(figure.root.children("materials")[material])
    return ColorBind(material, kind, (r * by, g * by, b * by, a))


def _morph_binds(view: View, figure: Figure) -> tuple[MorphBind, ...]:
    shown = {instance.node: i for i, instance in enumerate(figure.instances)}
    binds: list[MorphBind] = []
    for bind in view.children("morphTargetBinds"):
        instance = shown.get(bind.index("node", len(figure.nodes)), -1)
        target, weight = bind.integer("index"), bind.number("weight", 1.0, low=0, high=1)
        made = figure.morph_bind(instance, target, weight) if instance >= 0 else None
        if made is None:
            bind.warn("the node shows no mesh with this morph target, ignored")
        else:
            binds.append(made)
    return tuple(binds)


def _look_at(view: View) -> LookAt:
    kind: LookAtType = view.choice("type", _LOOK_AT)
    output = 10.0 if kind == "bone" else 1.0
    x, y, z = view.vector("offsetFromHeadBone", (0.0, 0.0, 0.0))
    return LookAt(
        offset_from_head_bone=(x, y, z),
        type=kind,
        horizontal_inner=_range_map(view.child("rangeMapHorizontalInner"), output),
        horizontal_outer=_range_map(view.child("rangeMapHorizontalOuter"), output),
        vertical_down=_range_map(view.child("rangeMapVerticalDown"), output),
        vertical_up=_range_map(view.child("rangeMapVerticalUp"), output),
    )


def _range_map(view: View, output: float) -> RangeMap:
    # a range of zero would divide by zero; the smallest one switches at once, which is meant
    input_max = view.number("inputMaxValue", 90.0, low=1e-3)
    return RangeMap(input_max, view.number("outputScale", output))


def _first_person(view: View, figure: Figure) -> dict[int, FirstPerson]:
    shown = {instance.node: i for i, instance in enumerate(figure.instances)}
    found: dict[int, FirstPerson] = {}
    for annotation in view.children("meshAnnotations"):
        node = annotation.index("node", len(figure.nodes))
        kind: FirstPerson = annotation.choice("type", FIRST_PERSON)
        if node in shown:
            found[shown[node]] = kind
    return found


def _meta(view: View, figure: Figure) -> Meta:
    images = figure.textures.images
    thumbnail = view.index("thumbnailImage", len(images.views), -1)
    return Meta(
        name=view.text("name", ""),
        version=view.text("version", ""),
        authors=view.texts("authors"),
        copyright_information=view.text("copyrightInformation", ""),
        license_url=view.text("licenseUrl", ""),
        credit_notation=view.text("creditNotation", "required"),
        avatar_permission=view.text("avatarPermission", "onlyAuthor"),
        commercial_usage=view.text("commercialUsage", "personalNonProfit"),
        modification=view.text("modification", "prohibited"),
        allow_redistribution=view.flag("allowRedistribution"),
        thumbnail=-1 if thumbnail < 0 else images.use(thumbnail),
        raw=dict(view.value),
    )


def _constraint(node: int, view: View, node_count: int) -> Constraint | None:
    if view.has("roll"):
        child = view.child("roll")
        axis = child.choice("rollAxis", ("X", "Y", "Z"))
        return Constraint(node, "roll", *_source(child, node_count, axis))
    if view.has("aim"):
        child = view.child("aim")
        axis = child.choice("aimAxis", _AIM_AXES)
        return Constraint(node, "aim", *_source(child, node_count, axis))
    if view.has("rotation"):
        return Constraint(node, "rotation", *_source(view.child("rotation"), node_count, ""))
    view.warn("neither roll, aim nor rotation, ignored")
    return None


def _source(view: View, node_count: int, axis: str) -> tuple[int, str, float]:
    return view.index("source", node_count), axis, view.number("weight", 1.0, low=0, high=1)


def _circular(start: int, sources: dict[int, int]) -> bool:
    """Whether following the sources from ``start`` leads back to it."""
    node, seen = sources.get(start, -1), {-1}
    while node not in seen:
        if node == start:
            return True
        seen.add(node)
        node = sources.get(node, -1)
    return False


def _two(v: tuple[float, ...]) -> tuple[float, float]:
    return v[0], v[1]
