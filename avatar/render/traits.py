"""What a surface shader wants to know of each vertex and no file says: four traits, 0..1.

``occlusion``  ambient light that reaches it (baked in vertex colour red by our own figures)
``scatter``    how far light bleeds under the skin there: curvature (Penner 2011)
``oil``        shine of the forehead and nose
``inside``     how deep in the mouth
"""

from __future__ import annotations

import numpy as np

from avatar.character.character import Character, MeshInstance, Primitive
from avatar.math3d import Float, transform_points
from avatar.pose import HumanBone
from avatar.render.skeleton import palette_of, rest_world


def traits(character: Character, instance: MeshInstance, primitive: Primitive) -> Float:
    """float32[V, 4]: occlusion, scatter, oil, inside."""
    out = np.zeros((len(primitive.position), 4), np.float32)
    kind = character.materials[primitive.material].kind
    out[:, 0] = 1.0
    if kind and primitive.color is not None:
        out[:, 0] = primitive.color[:, 0]
    if kind == "skin":
        out[:, 1] = curvature(primitive)
        out[:, 2] = _oil(character, instance, primitive)
    if kind == "mouth":
        out[:, 3] = _inside(primitive)
    return out


def curvature(primitive: Primitive) -> Float:
    """float32[V], mean |turn of the normal| per metre along the edges, as a share of 1/(1 cm)."""
    triangle = primitive.indices.reshape(-1, 3)
    edges = np.concatenate([triangle[:, [0, 1]], triangle[:, [1, 2]], triangle[:, [2, 0]]])
    a, b = edges[:, 0], edges[:, 1]
    length = np.linalg.norm(primitive.position[a] - primitive.position[b], axis=1)
    turn = np.linalg.norm(primitive.normal[a] - primitive.normal[b], axis=1)
    rate = turn / np.maximum(length, 1e-5)
    total, count = np.zeros(len(primitive.position)), np.zeros(len(primitive.position))
    for end in (a, b):
        np.add.at(total, end, rate)
        np.add.at(count, end, 1)
    smooth = (total / np.maximum(count, 1)).astype(np.float32)
    return np.clip(smooth / 100.0, 0, 1)


def _oil(character: Character, instance: MeshInstance, primitive: Primitive) -> Float:
    """Forehead, nose and chin, placed by the eyes."""
    human = character.humanoid
    if HumanBone.leftEye not in human or HumanBone.rightEye not in human:
        return np.zeros(len(primitive.position), np.float32)
    world = rest_world(character)
    eyes = world[[human[HumanBone.leftEye], human[HumanBone.rightEye]], :3, 3]
    apart = float(np.linalg.norm(eyes[0] - eyes[1]))
    matrix = palette_of(character, world)[instance.palette]
    local = (transform_points(matrix, primitive.position) - eyes.mean(0)) / max(apart, 1e-3)
    x, y, z = local.T
    front = np.clip(z / 0.3, 0, 1)
    forehead = np.exp(-(((y - 0.75) / 0.35) ** 2) - (x / 0.7) ** 2)
    nose = np.exp(-(((y + 0.35) / 0.4) ** 2) - (x / 0.22) ** 2)
    chin = 0.6 * np.exp(-(((y + 1.5) / 0.2) ** 2) - (x / 0.25) ** 2)
    return (front * np.clip(forehead + nose + chin, 0, 1)).astype(np.float32)


def _inside(primitive: Primitive) -> Float:
    z = primitive.position[:, 2]
    depth = float(z.max() - z.min()) if len(z) else 0.0
    return ((z.max() - z) / max(depth, 1e-6)).astype(np.float32) if depth else np.zeros_like(z)
