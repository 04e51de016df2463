"""A GLB file built piece by piece (glTF 2.0 specification; core features only).

Same calls, same bytes: nothing here depends on time, order of hashing or the machine.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from avatar.errors import OutputError
from avatar.math3d import Float

_COMPONENT: Final[dict[np.dtype[Any], int]] = {
    np.dtype(np.int8): 5120,
    np.dtype(np.uint8): 5121,
    np.dtype(np.int16): 5122,
    np.dtype(np.uint16): 5123,
    np.dtype(np.uint32): 5125,
    np.dtype(np.float32): 5126,
}
_TYPE: Final = {(): "SCALAR", (2,): "VEC2", (3,): "VEC3", (4,): "VEC4", (4, 4): "MAT4"}
_ARRAY_BUFFER: Final = 34962
_ELEMENT_ARRAY_BUFFER: Final = 34963


class GlbWriter:
    """Collects a document and its binary chunk.

    ``doc`` is the glTF JSON under construction: fill ``nodes``, ``materials`` and extensions
    directly; arrays and pictures go through the methods, which return their glTF indices.
    """

    def __init__(self, generator: str) -> None:
        self.doc: dict[str, Any] = {
            "asset": {"version": "2.0", "generator": generator},
            "scene": 0,
            "scenes": [{"nodes": []}],
        }
        self._chunks: list[bytes] = []
        self._length = 0
        self._still: dict[int, int] = {}

    def add(self, collection: str, item: dict[str, Any]) -> int:
        """Append to a top-level array (``nodes``, ``materials`` ...); its index."""
        items = self.doc.setdefault(collection, [])
        items.append(item)
        return len(items) - 1

    def accessor(
        self,
        values: ArrayLike,
        *,
        target: int | None = _ARRAY_BUFFER,
        bounds: bool = False,
        normalized: bool = False,
    ) -> int:
        """A dense accessor of ``[N]``, ``[N, 2..4]`` or ``[N, 4, 4]`` values.

        Matrices are row-major here and column-major in the file, as the specification says.
        """
        array = np.ascontiguousarray(values)
        kind = _TYPE[array.shape[1:]]
        data = array.transpose(0, 2, 1) if kind == "MAT4" else array
        item: dict[str, Any] = {
            "bufferView": self._view(_padded(data), target, _stride(data)),
            "componentType": _COMPONENT[array.dtype],
            "count": len(array),
            "type": kind,
        }
        if normalized:
            item["normalized"] = True
        if bounds:
            item |= _bounds(array)
        return self.add("accessors", item)

    def indices(self, values: ArrayLike) -> int:
        """A triangle index accessor, in the smallest type that holds them."""
        array = np.asarray(values).reshape(-1)
        small = array.max(initial=0) < 65535
        narrow = array.astype(np.uint16 if small else np.uint32)
        return self.accessor(narrow, target=_ELEMENT_ARRAY_BUFFER)

    def sparse(self, count: int, index: NDArray[np.int64], values: Float) -> int:
        """A VEC3 accessor that is zero but for ``values[K, 3]`` at the rising ``index[K]``."""
        item: dict[str, Any] = {"componentType": 5126, "count": count, "type": "VEC3"}
        dense = np.zeros((1, 3), np.float32) if len(index) < count else values[:0]
        item |= _bounds(np.concatenate([values, dense]).astype(np.float32))
        if len(index):
            narrow = index.astype(np.uint16 if count < 65536 else np.uint32)
            item["sparse"] = {
                "count": len(index),
                "indices": {
                    "bufferView": self._view(narrow.tobytes()),
                    "componentType": _COMPONENT[narrow.dtype],
                },
                "values": {"bufferView": self._view(values.astype(np.float32).tobytes())},
            }
        return self.add("accessors", item)

    def still(self, count: int) -> int:
        """A VEC3 accessor of zeros without data, shared by all of one length."""
        if count not in self._still:
            nothing = np.zeros((0, 3), np.float32)
            self._still[count] = self.sparse(count, np.zeros(0, np.int64), nothing)
        return self._still[count]

    def image(self, name: str, data: bytes) -> int:
        """An embedded PNG or JPEG."""
        mime = "image/png" if data.startswith(b"\x89PNG") else "image/jpeg"
        return self.add("images", {"name": name, "mimeType": mime, "bufferView": self._view(data)})

    def texture(self, name: str, data: bytes, *, clamp: bool = False) -> int:
        """An embedded picture as a texture, trilinear, repeating or clamped."""
        samplers = self.doc.setdefault("samplers", [])
        wrap = 33071 if clamp else 10497
        sampler = {"magFilter": 9729, "minFilter": 9987, "wrapS": wrap, "wrapT": wrap}
        if sampler not in samplers:
            samplers.append(sampler)
        source = self.image(name, data)
        return self.add("textures", {"source": source, "sampler": samplers.index(sampler)})

    def tobytes(self) -> bytes:
        """The GLB file."""
        blob = b"".join(self._chunks)
        document = {**self.doc, "buffers": [{"byteLength": len(blob)}]}
        text = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 4)
        header = struct.pack("<4sII", b"glTF", 2, 12 + 8 + len(text) + 8 + len(blob))
        json_head = struct.pack("<I4s", len(text), b"JSON")
        return b"".join([header, json_head, text, struct.pack("<I4s", len(blob), b"BIN\0"), blob])

    def write(self, path: Path) -> None:
        """Write the GLB file, whole or not at all; raises OutputError."""
        partial = path.with_name(path.name + ".part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            partial.write_bytes(self.tobytes())
            partial.replace(path)
        except OSError as error:
            raise OutputError(f"cannot write {path}: {error.strerror}") from error

    def _view(self, data: bytes, target: int | None = None, stride: int | None = None) -> int:
        item: dict[str, Any] = {"buffer": 0, "byteOffset": self._length, "byteLength": len(data)}
        if stride is not None and target == _ARRAY_BUFFER:
            item["byteStride"] = stride
        if target is not None:
            item["target"] = target
        padded = data + b"\0" * (-len(data) % 4)
        self._chunks.append(padded)
        self._length += len(padded)
        return self.add("bufferViews", item)


def _stride(array: NDArray[Any]) -> int | None:
    size = array.dtype.itemsize * int(np.prod(array.shape[1:], dtype=int))
    return None if array.ndim == 1 else (size + 3) // 4 * 4


def _padded(array: NDArray[Any]) -> bytes:
    """Vertex attributes start on 4-byte boundaries."""
    stride = _stride(array)
    rows = array.reshape(len(array), -1)
    size = array.dtype.itemsize * rows.shape[1]
    if stride is None or stride == size:
        return array.tobytes()
    raw = np.zeros((len(array), stride), np.uint8)
    raw[:, :size] = np.frombuffer(rows.tobytes(), np.uint8).reshape(len(array), size)
    return raw.tobytes()


def _bounds(array: NDArray[Any]) -> dict[str, Any]:
    if not len(array):
        return {"min": [0.0] * 3, "max": [0.0] * 3}
    rows = array.reshape(len(array), -1)
    return {"min": rows.min(axis=0).tolist(), "max": rows.max(axis=0).tolist()}
