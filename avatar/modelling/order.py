"""Triangles in an order that a GPU's vertex cache likes (Sander, Nehab and Barczak, 2007)."""

from __future__ import annotations

from typing import Final

import numpy as np

from avatar.modelling.part import Part
from avatar.modelling.sources import Ints

CACHE: Final = 24
"""Vertices that the cache is taken to hold."""


def for_vertex_cache(part: Part) -> Part:
    """The same part with its triangles fanned out vertex by vertex, vertices by first use."""
    triangles = part.triangles[tipsified(part.triangles, len(part.position))]
    stream = triangles.reshape(-1)
    used, first = np.unique(stream, return_index=True)
    order = used[np.argsort(first, kind="stable")]
    return part.reordered(order, triangles)


def tipsified(triangles: Ints, count: int) -> Ints:
    """int64[T]: the order of ``triangles`` (of ``count`` vertices) by the paper's Tipsify."""
    start, around = _adjacency(triangles, count)
    live = np.diff(start).tolist()
    begin, faces, corners = start.tolist(), around.tolist(), triangles.tolist()
    stamp, done = [0] * count, [False] * len(corners)
    out: list[int] = []
    dead: list[int] = []
    time, cursor, hub = CACHE + 1, 0, 0
    while hub >= 0:
        ring: list[int] = []
        for face in faces[begin[hub] : begin[hub + 1]]:
            if done[face]:
                continue
            done[face] = True
            out.append(face)
            for vertex in corners[face]:
                dead.append(vertex)
                ring.append(vertex)
                live[vertex] -= 1
                if time - stamp[vertex] > CACHE:
                    stamp[vertex] = time
                    time += 1
        hub = _oldest_that_stays(ring, live, stamp, time)
        while hub < 0 and dead:
            vertex = dead.pop()
            hub = vertex if live[vertex] > 0 else -1
        while hub < 0 and cursor < count:
            hub = cursor if live[cursor] > 0 else -1
            cursor += 1
    return np.array(out, np.int64)


def _adjacency(triangles: Ints, count: int) -> tuple[Ints, Ints]:
    """Faces around each vertex: row starts int64[count + 1] and face indices."""
    order = np.argsort(triangles.reshape(-1), kind="stable")
    sizes = np.bincount(triangles.reshape(-1), minlength=count)
    return np.concatenate([[0], np.cumsum(sizes)]), order // 3


def _oldest_that_stays(ring: list[int], live: list[int], stamp: list[int], time: int) -> int:
    """The vertex longest in the cache that will still be there when its fan is done; -1: none."""
    best, found = -1, -1
    for vertex in ring:
        if live[vertex] > 0:
            age = time - stamp[vertex]
            rank = age if age + 2 * live[vertex] <= CACHE else 0
            if rank > best:
                best, found = rank, vertex
    return found
