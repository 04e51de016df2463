"""The layered skirt: pleats, a frill and a sash, on spring chains round the hips."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from avatar.modelling.idol.cloth import Rings
from avatar.modelling.idol.tailor import Tailor
from avatar.modelling.part import Part
from avatar.modelling.sources import Reals
from avatar.modelling.springs import Chain
from avatar.pose import HumanBone

_CHAINS: Final = 10
_JOINTS: Final = (0.10, 0.40, 0.70, 1.0)
"""Places of a skirt chain's joints from waist to hem."""


def _skirt_line(t: Tailor, rows: int, length: float, flare: float) -> tuple[Reals, Reals, Reals]:
    """y, half width and half depth of a skirt's rings, without its pleats."""
    s = np.linspace(0, 1, rows)
    y = t.waist - 0.018 - length * s
    swell = flare * (1 - np.exp(-1.3 * s)) / (1 - np.exp(-1.3))
    return y, 0.104 * t.unit + swell, 0.078 * t.unit + swell


def skirts(t: Tailor, chains: list[Chain]) -> list[Part]:
    """The pleated skirt, a frill below it and a sash at the waist."""
    joints = len(HumanBone)
    total = joints + sum(len(c.points) for c in chains)
    parts: list[Part] = []
    for name, length, flare, pleats, depth, shift in (
        ("skirt", 0.235, 0.100, 18, 0.012, 0.0),
        ("frill", 0.266, 0.103, 28, 0.008, -0.009),
    ):
        around, rows = pleats * 4, 8
        s = np.linspace(0, 1, rows)
        y, wide, deep = _skirt_line(t, rows, length * t.unit, flare * t.unit)
        turn = 2 * np.pi * np.arange(around) / around
        fold = 2 * np.abs((turn * pleats / (2 * np.pi)) % 1 - 0.5)
        fold = np.sin(np.pi * (fold - 0.5))
        ripple = (depth * (0.02 + 0.98 * s**1.3))[None, :] * fold[:, None] + shift
        points = np.stack([
            np.sin(turn)[:, None] * (wide + ripple), np.broadcast_to(y, ripple.shape),
            t.hip_z + 0.012 + np.cos(turn)[:, None] * (deep + ripple),
        ], axis=-1)  # fmt: skip
        points[..., 1] += 0.007 * np.clip(-fold, 0, 1)[:, None] * s**3
        weight = np.zeros((around * rows, total))
        _hang(weight, np.repeat(turn, rows), np.tile(s * length / 0.266, around), joints)
        parts.append(Rings(points).part(name, weight, repeat=pleats))
    return parts


def _hang(weight: Reals, turn: Reals, along: Reals, first: int) -> None:
    """Bind points round the skirt to the two chains beside them and the joints above them."""
    place = (turn / (2 * np.pi) * _CHAINS) % _CHAINS
    left = np.floor(place).astype(int) % _CHAINS
    blend = place - np.floor(place)
    size = len(_JOINTS)
    step = np.interp(along, _JOINTS, np.arange(size)) - 0.5
    segment = np.clip(np.floor(step), 0, size - 2).astype(int)
    part = np.clip(step - segment, 0, 1)
    free = np.clip(along / 0.16, 0, 1)
    rows = np.arange(len(weight))
    for chain, share in ((left, 1 - blend), ((left + 1) % _CHAINS, blend)):
        column = first + chain * size
        np.add.at(weight, (rows, column + segment), free * share * (1 - part))
        np.add.at(weight, (rows, column + np.minimum(segment + 1, size - 2)), free * share * part)
    weight[:, HumanBone.hips] += (1 - free) * np.clip(0.5 + along / 0.16, 0, 1)
    weight[:, HumanBone.spine] += (1 - free) * (1 - np.clip(0.5 + along / 0.16, 0, 1))


def skirt_chains(t: Tailor) -> list[Chain]:
    y, wide, deep = _skirt_line(t, 60, 0.266 * t.unit, 0.108 * t.unit)
    chains: list[Chain] = []
    for k in range(_CHAINS):
        a = 2 * np.pi * k / _CHAINS
        at = [round(j * 59) for j in _JOINTS]
        points = np.column_stack([np.sin(a) * wide[at], y[at],
                                  t.hip_z + 0.012 + np.cos(a) * deep[at]])  # fmt: skip
        chains.append(Chain(f"skirt{k}", HumanBone.hips, points, 1.7, 0.5, 0.08, 0.012))
    return chains


def belt(t: Tailor) -> Part:
    """The sash between corset and skirt."""
    y = t.waist - 0.018 * t.unit + np.array([0.014, 0.013, 0.0, -0.016, -0.017])
    out = np.array([-0.006, 0.0035, 0.007, 0.0205, 0.012])
    _, wide, deep = _skirt_line(t, 2, 0.2, 0.1)
    turn = 2 * np.pi * np.arange(56) / 56
    points = np.stack([
        np.sin(turn)[:, None] * (wide[0] + out), np.broadcast_to(y, (56, 5)),
        t.hip_z + 0.012 + np.cos(turn)[:, None] * (deep[0] + out),
    ], axis=-1)  # fmt: skip
    weight = np.zeros((56 * 5, len(HumanBone)))
    weight[:, HumanBone.hips] = weight[:, HumanBone.spine] = 0.5
    part = Rings(points).part("accent", weight)
    return replace(part, uv=np.full_like(part.uv, 0.5))
