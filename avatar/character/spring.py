"""``VRMC_springBone`` 1.0 and ``VRMC_springBone_extended_collider`` 1.0."""

from __future__ import annotations

from avatar.character.character import Collider, Spring, SpringJoint
from avatar.character.figure import MAX_JOINTS, Figure
from avatar.character.json_view import View
from avatar.character.scene import NodeList

Vector = tuple[float, float, float]


def read_springs(view: View, figure: Figure) -> tuple[tuple[Collider, ...], tuple[Spring, ...]]:
    """Colliders and springs of the extension's root object."""
    views = view.children("colliders", MAX_JOINTS)
    colliders = tuple(_collider(v, len(figure.nodes)) for v in views)
    groups = [
        group.indices("colliders", len(colliders)) for group in view.children("colliderGroups")
    ]
    taken: set[int] = set()
    springs: list[Spring] = []
    for spring in view.children("springs", MAX_JOINTS):
        joints = _joints(spring, figure.nodes, taken)
        used = spring.indices("colliderGroups", len(groups))
        center = spring.index("center", len(figure.nodes), -1)
        if len(joints) > 1:
            flat = flatten(groups, used)
            springs.append(Spring(spring.text("name", ""), joints, flat, center))
    return colliders, tuple(springs)


def flatten(groups: list[list[int]], used: list[int]) -> tuple[int, ...]:
    """The colliders of the groups used, each once."""
    return tuple(dict.fromkeys(c for group in dict.fromkeys(used) for c in groups[group]))


def vector(view: View, key: str, default: Vector) -> Vector:
    """Three numbers."""
    x, y, z = view.vector(key, default)
    return x, y, z


def _collider(view: View, node_count: int) -> Collider:
    node = view.index("node", node_count)
    extended = view.extension("VRMC_springBone_extended_collider")
    shape = (view if extended is None else extended).child("shape")
    origin: Vector = (0.0, 0.0, 0.0)
    if shape.has("plane"):
        plane = shape.child("plane")
        normal = vector(plane, "normal", (0.0, 0.0, 1.0))
        return Collider(node, "plane", vector(plane, "offset", origin), normal=normal)
    kind = "capsule" if shape.has("capsule") else "sphere"
    if not shape.has(kind):
        shape.warn("neither sphere, capsule nor plane: a point is used")
    body = shape.child(kind)
    return Collider(
        node,
        kind,
        vector(body, "offset", origin),
        radius=body.number("radius", 0.0, low=0),
        tail=vector(body, "tail", origin),
        inside=body.flag("inside"),
    )


def _joints(view: View, nodes: NodeList, taken: set[int]) -> tuple[SpringJoint, ...]:
    """Joints of a spring, as far as each is an ancestor of the next and in no other spring."""
    joints: list[SpringJoint] = []
    for joint in view.children("joints", MAX_JOINTS):
        node = joint.index("node", len(nodes))
        if node in taken:
            joint.warn("the node is in a spring already, the chain ends here")
            break
        if joints and not nodes.descends(node, joints[-1].node):
            joint.warn("the node does not descend from the joint before, the chain ends here")
            break
        taken.add(node)
        joints.append(
            SpringJoint(
                node=node,
                hit_radius=joint.number("hitRadius", 0.0, low=0),
                stiffness=joint.number("stiffness", 1.0, low=0),
                gravity_power=joint.number("gravityPower", 0.0),
                gravity_dir=vector(joint, "gravityDir", (0.0, -1.0, 0.0)),
                drag_force=joint.number("dragForce", 0.5, low=0, high=1),
            )
        )
    return tuple(joints)
