"""Noise that is the same everywhere: integer hashes, no random generator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar.modelling.sources import Reals

_AXIS: Final = (np.uint32(0x8DA6B343), np.uint32(0xD8163841), np.uint32(0xCB1AB31F))
_CHUNK: Final = 1 << 15
"""Points worked on at once: what stays in a processor's cache."""

_Words = NDArray[np.uint32]


def _key(seed: int) -> np.uint32:
    return np.uint32((seed * 0x9E3779B9) & 0xFFFFFFFF)


def _mixed(key: _Words) -> _Words:
    """A multiply-xorshift mix, in place."""
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        key ^= key >> np.uint32(shift)
        key *= np.uint32(factor)
    key ^= key >> np.uint32(16)
    return key


def _columns(floor: Reals, steps: tuple[int, ...]) -> list[list[_Words]]:
    """For each axis the hashed column of the cell at each of the ``steps`` from it."""
    cell = floor.astype(np.int64).astype(np.uint32)
    with np.errstate(over="ignore"):
        return [
            [(cell[:, axis] + np.uint32(step & 0xFFFFFFFF)) * _AXIS[axis] for step in steps]
            for axis in range(3)
        ]


def _in_chunks(noise: Callable[[Reals, int], Reals], at: Reals, seed: int) -> Reals:
    """Noise of points [..., 3], some at a time."""
    flat = np.asarray(at, np.float64).reshape(-1, 3)
    out = np.empty(len(flat))
    for start in range(0, len(flat), _CHUNK):
        part = np.s_[start : start + _CHUNK]
        out[part] = noise(flat[part], seed)
    return out.reshape(np.shape(at)[:-1])


def value_noise(at: Reals, seed: int = 0) -> Reals:
    """Smooth noise 0..1 at points float64[..., 3], one feature per unit."""
    return _in_chunks(_value_noise, at, seed)


def _value_noise(at: Reals, seed: int) -> Reals:
    floor = np.floor(at)
    t = at - floor
    x, y, z = (t * t * (3 - 2 * t)).T
    columns = _columns(floor, (0, 1))
    key = _key(seed)

    def edge(j: int, k: int) -> Reals:
        across = columns[1][j] ^ columns[2][k] ^ key
        near, far = (_mixed(columns[0][i] ^ across) / 2**32 for i in (0, 1))
        return near + x * (far - near)

    front = edge(0, 0)
    front += y * (edge(1, 0) - front)
    back = edge(0, 1)
    back += y * (edge(1, 1) - back)
    return front + z * (back - front)


def fbm(at: Reals, octaves: int, seed: int = 0) -> Reals:
    """Fractal sum of value noise, -1..1."""
    total, amplitude = np.zeros(at.shape[:-1]), 0.5
    for octave in range(octaves):
        total += amplitude * (2 * value_noise(at * 2.03**octave, seed + octave) - 1)
        amplitude *= 0.5
    return total


def cell_noise(at: Reals, seed: int = 0) -> Reals:
    """Distance to the nearest of one random point per unit cell (Worley 1996), about 0..1."""
    return _in_chunks(_cell_noise, at, seed)


def _cell_noise(at: Reals, seed: int) -> Reals:
    floor = np.floor(at)
    inside = np.ascontiguousarray((at - floor).T)
    columns = _columns(floor, (-1, 0, 1))
    keys = [_key(seed + k) for k in range(3)]
    nearest = np.full(len(at), 9.0)
    for number in range(27):
        step = (number % 3, number // 3 % 3, number // 9)
        cell = columns[0][step[0]] ^ columns[1][step[1]] ^ columns[2][step[2]]
        square = np.zeros(len(at))
        for axis in range(3):
            gap = _mixed(cell ^ keys[axis]) / 2**32
            gap += step[axis] - 1
            gap -= inside[axis]
            square += gap * gap
        np.minimum(nearest, square, out=nearest)
    return np.sqrt(nearest)
