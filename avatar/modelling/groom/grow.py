"""From a head and a ``[hair]`` table to parts, materials and springs of a figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from avatar.modelling.groom.head import Head
from avatar.modelling.groom.look import read_look
from avatar.modelling.groom.sheet import joined
from avatar.modelling.groom.styles import STYLES
from avatar.modelling.groom.texture import Dye, strand_picture
from avatar.modelling.outfit import png
from avatar.modelling.part import Part
from avatar.modelling.springs import Chain, bind_to_chains
from avatar.modelling.vrm_write import Material, Texture
from avatar.pose import HumanBone

Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Hair:
    """A head of hair, ready to be put into a figure."""

    parts: list[Part]
    """``hair`` with soft edges, and ``hair_solid`` without holes; outer layers first."""
    materials: dict[str, Material]
    chains: list[Chain]
    """What swings; the parts' weights have columns for their joints after the humanoid ones."""


def grow(head: Head, table: Mapping[str, Any]) -> Hair:
    """Grow the style of a ``[hair]`` table on a head; raises ConfigError naming a bad key."""
    style, look = read_look(table, STYLES)
    groom = STYLES[style](head, look)
    mesh = joined([layer.mesh for layer in groom.layers])
    swings = np.concatenate(
        [np.full(len(layer.mesh.position), layer.swings) for layer in groom.layers]
    )
    base = np.zeros((len(mesh.position), len(HumanBone)))
    base[:, HumanBone.head] = 1
    weight = np.pad(base, ((0, 0), (0, sum(len(chain.points) for chain in groom.chains))))
    if groom.chains:
        _, strand = np.unique(mesh.strand[swings], return_inverse=True)
        weight[swings] = bind_to_chains(
            mesh.position[swings], strand.reshape(-1), groom.chains, base[swings]
        )
    whole = Part(
        "hair", "hair", "Hair", mesh.position, mesh.normal, mesh.uv, mesh.triangles, weight,
        shade=mesh.shade,
    )  # fmt: skip
    kinds = (("hair", ~mesh.solid), ("hair_solid", mesh.solid))
    parts = [whole.piece(name, name, "Hair", keep) for name, keep in kinds if keep.any()]
    picture = _picture(look.root, look.tip, look.streak)
    materials = {
        "hair": Material(
            "hair", picture, alpha_mode="MASK", alpha_cutoff=0.4, double_sided=True, roughness=0.45
        ),
        "hair_solid": Material("hair", picture, double_sided=True, roughness=0.45),
    }
    return Hair(parts, {p.material: materials[p.material] for p in parts}, groom.chains)


@lru_cache(maxsize=4)
def _picture(root: Colour, tip: Colour, streak: float) -> Texture:
    return png("hair", strand_picture(Dye(np.array(root), np.array(tip), streak)))
