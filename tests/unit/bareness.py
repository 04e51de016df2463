"""Skin that stands out of the clothes over it, by rays against the very triangles: for tests.

A point of skin counts as bare when cloth lies right behind it (a ray into the body meets cloth
within 2 cm), none before it (a ray outwards meets none within 15 cm), and it is further than 2 cm
from every open edge of cloth: at cuffs, collar and hem skin may come out.
"""

from __future__ import annotations

import numpy as np

from avatar.animation.rig import Rig
from avatar.character.character import Character
from avatar.pose import Pose

BEHIND, BEFORE, EDGE = 0.02, 0.15, 0.02
_BARE = ("Hand", "Thumb", "Index", "Middle", "Ring", "Little", "head", "neck", "Eye", "jaw")


class Bareness:
    """Measures one figure, pose by pose."""

    def __init__(self, character: Character) -> None:
        self.character, self.rig = character, Rig(character)
        state = self.rig.advance(Pose(0.0), 0)
        cloth, self._triangles, _ = self._skinned("Clothes", state.palette)
        skin, triangles, bone = self._skinned("Body", state.palette)
        gap = _distance(skin, cloth[_rim(cloth, self._triangles)])
        names = {node: b.name for b, node in character.humanoid.items()}
        handy = np.array([any(k in names.get(int(b), "") for k in _BARE) for b in bone])
        self._keep = np.flatnonzero((gap > EDGE) & ~handy)
        self._skin_triangles = triangles
        self.count = len(self._keep)

    def bare(self, pose: Pose) -> np.ndarray:
        """[K, 3], m: points of skin outside of the clothes in a pose."""
        palette = self.rig.advance(pose, 0).palette
        cloth, triangles, _ = self._skinned("Clothes", palette)
        skin, skin_triangles, _ = self._skinned("Body", palette)
        at, out = skin[self._keep], _normals(skin, skin_triangles)[self._keep]
        edge = _distance(at, cloth[_rim(cloth, triangles)]) > EDGE
        at, out = at[edge], out[edge]
        corners = cloth[triangles]
        hit = _meets(at, -out, corners, BEHIND) & ~_meets(at, out, corners, BEFORE)
        return at[hit]

    def _skinned(self, mesh_name: str, palette: np.ndarray):
        """Positions [N, 3], triangles [T, 3] and each vertex' heaviest joint's node."""
        places, faces, bones, start = [], [], [], 0
        for instance in self.character.instances:
            if self.character.meshes[instance.mesh].name != mesh_name:
                continue
            joints = np.asarray(self.character.skins[instance.skin].joints)
            for p in self.character.meshes[instance.mesh].primitives:
                blend = np.einsum("vj,vjab->vab", p.weights, palette[p.joints + instance.palette])
                places.append(
                    np.einsum("vab,vb->va", blend[:, :3, :3], p.position) + blend[:, :3, 3]
                )
                faces.append(np.asarray(p.indices).reshape(-1, 3) + start)
                bones.append(joints[p.joints[np.arange(len(p.joints)), p.weights.argmax(1)]])
                start += len(p.position)
        return np.concatenate(places), np.concatenate(faces), np.concatenate(bones)


def _normals(place: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    a, b, c = (place[triangles[:, k]] for k in range(3))
    total = np.zeros_like(place)
    for k in range(3):
        np.add.at(total, triangles[:, k], np.cross(b - a, c - a))
    return total / np.linalg.norm(total, axis=1, keepdims=True).clip(1e-12)


def _rim(place: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Vertices on open edges, seams of the texture welded."""
    weld = np.unique(np.round(place, 5), axis=0, return_inverse=True)[1].reshape(-1)[triangles]
    edges = np.sort(np.concatenate([weld[:, [0, 1]], weld[:, [1, 2]], weld[:, [2, 0]]]), axis=1)
    flat = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    _, at, count = np.unique(edges, axis=0, return_inverse=True, return_counts=True)
    return np.unique(flat[count[at.reshape(-1)] == 1])


def _distance(at: np.ndarray, points: np.ndarray) -> np.ndarray:
    return np.array([np.sqrt(((points - p) ** 2).sum(1).min()) for p in at])


def _meets(at: np.ndarray, way: np.ndarray, corners: np.ndarray, reach: float) -> np.ndarray:
    """Whether each ray meets a triangle within ``reach`` m (Moeller and Trumbore 1997)."""
    middle = corners.mean(axis=1)
    size = np.linalg.norm(corners - middle[:, None], axis=2).max(axis=1)
    found = np.zeros(len(at), bool)
    for k, (origin, ray) in enumerate(zip(at, way, strict=True)):
        near = np.linalg.norm(middle - origin, axis=1) < reach + size
        a, b, c = corners[near].transpose(1, 0, 2)
        side = np.cross(ray, c - a)
        det = ((b - a) * side).sum(1)
        det = np.where(np.abs(det) < 1e-14, np.inf, det)
        u = ((origin - a) * side).sum(1) / det
        other = np.cross(origin - a, b - a)
        v, t = other @ ray / det, ((c - a) * other).sum(1) / det
        found[k] = np.any((u >= 0) & (v >= 0) & (u + v <= 1) & (t > 0) & (t < reach))
    return found
