"""Noise that is the same everywhere: integer hashes, no random generator."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatar.modelling.sources import Reals


def _hash(cell: NDArray[np.int64], seed: int) -> NDArray[np.uint32]:
    """uint32 per integer cell [..., 3] (a multiply-xorshift mix)."""
    with np.errstate(over="ignore"):
        key = cell.astype(np.uint32)
        mixed = key[..., 0] * np.uint32(0x8DA6B343)
        mixed ^= key[..., 1] * np.uint32(0xD8163841)
        mixed ^= key[..., 2] * np.uint32(0xCB1AB31F)
        mixed ^= np.uint32((seed * 0x9E3779B9) & 0xFFFFFFFF)
        for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
            mixed ^= mixed >> np.uint32(shift)
            mixed *= np.uint32(factor)
        return mixed ^ (mixed >> np.uint32(16))


def value_noise(at: Reals, seed: int = 0) -> Reals:
    """Smooth noise 0..1 at points float64[..., 3], one feature per unit."""
    floor = np.floor(at)
    cell = floor.astype(np.int64)
    t = at - floor
    t = t * t * (3 - 2 * t)
    total = np.zeros(at.shape[:-1])
    for corner in range(8):
        step = np.array([corner & 1, corner >> 1 & 1, corner >> 2 & 1])
        weight = np.prod(np.where(step == 1, t, 1 - t), axis=-1)
        total += weight * (_hash(cell + step, seed) / 2**32)
    return total


def fbm(at: Reals, octaves: int, seed: int = 0) -> Reals:
    """Fractal sum of value noise, -1..1."""
    total, amplitude = np.zeros(at.shape[:-1]), 0.5
    for octave in range(octaves):
        total += amplitude * (2 * value_noise(at * 2.03**octave, seed + octave) - 1)
        amplitude *= 0.5
    return total


def cell_noise(at: Reals, seed: int = 0) -> Reals:
    """Distance to the nearest of one random point per unit cell (Worley 1996), about 0..1."""
    floor = np.floor(at)
    cell, inside = floor.astype(np.int64), at - floor
    nearest = np.full(at.shape[:-1], 9.0)
    for number in range(27):
        step = np.array([number % 3, number // 3 % 3, number // 9]) - 1
        there = cell + step
        point = np.stack([_hash(there, seed + k) / 2**32 for k in range(3)], -1)
        nearest = np.minimum(nearest, ((step + point - inside) ** 2).sum(axis=-1))
    return np.sqrt(nearest)
