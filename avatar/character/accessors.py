"""Accessors: typed arrays in a glTF file (glTF 2.0 sections 3.6.2 and 5.1 to 5.4).

Strided, normalised, sparse and quantised (``KHR_mesh_quantization``) data, checked for bounds
and for finite values.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avatar.character.container import Bytes, Container
from avatar.character.json_view import View
from avatar.math3d import Float

Array = NDArray[Any]

_DTYPE: Final = {
    5120: np.dtype("<i1"),
    5121: np.dtype("<u1"),
    5122: np.dtype("<i2"),
    5123: np.dtype("<u2"),
    5125: np.dtype("<u4"),
    5126: np.dtype("<f4"),
}
_WIDTH: Final = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}
_MATRIX: Final = {"MAT2": 2, "MAT3": 3, "MAT4": 4}
_MAX_ELEMENTS: Final = 6 << 20
_MAX_VALUE: Final = 1e9


class Accessors:
    """Reads the accessors of one container, keeping each decoded array once."""

    def __init__(self, container: Container) -> None:
        self.container = container
        self.views = container.root.children("accessors")
        self._floats: dict[int, Float] = {}
        self._deltas: dict[int, tuple[Array, Float]] = {}

    def floats(self, owner: View, key: str, width: int) -> Float:
        """float32[n, width] (float32[n] for width 1) of the accessor that ``owner[key]`` names."""
        index = self._index(owner, key, width)
        if index not in self._floats:
            view = self.views[index]
            array = self._dense(view)
            values = _to_float(array, view)
            self.container.spend(values.nbytes, view, keep=True)
            _check_finite(values, view)
            self._floats[index] = values
        values = self._floats[index]
        return values[:, 0] if width == 1 else values

    def integers(self, owner: View, key: str, width: int) -> Array:
        """int[n, width] (int[n] for width 1) of an accessor of unsigned integers."""
        index = self._index(owner, key, width)
        view = self.views[index]
        array = self._dense(view)
        if array.dtype.kind != "u":
            raise view.error("unsigned integers expected", "componentType")
        return array[:, 0] if width == 1 else array

    def width(self, owner: View, key: str) -> int:
        """Components per element of the accessor that ``owner[key]`` names."""
        return self._width(self.views[owner.index(key, len(self.views))])

    def matrices(self, owner: View, key: str) -> Float:
        """float32[n, 4, 4], row-major, of a MAT4 accessor."""
        flat = self.floats(owner, key, 16)
        return np.ascontiguousarray(flat.reshape(-1, 4, 4).transpose(0, 2, 1))

    def deltas(self, owner: View, key: str, count: int) -> tuple[Array, Float]:
        """Rows of a VEC3 accessor that are not zero: int[k] where, float32[k, 3] what."""
        index = self._index(owner, key, 3)
        view = self.views[index]
        if view.integer("count") != count:
            raise owner.error(f"{view.integer('count')} elements for {count} vertices", key)
        if index not in self._deltas:
            self._deltas[index] = self._nonzero(view)
        return self._deltas[index]

    def _nonzero(self, view: View) -> tuple[Array, Float]:
        if view.has("sparse") and not view.has("bufferView"):
            where, raw = self._sparse(view)
            values = _to_float(raw, view)
        else:
            values = _to_float(self._dense(view), view)
            where = np.flatnonzero(values.any(axis=1))
            values = values[where]
        self.container.spend(where.nbytes + values.nbytes, view, keep=True)
        _check_finite(values, view)
        return where, values

    def _index(self, owner: View, key: str, width: int) -> int:
        index = owner.index(key, len(self.views))
        found = self._width(self.views[index])
        if found != width:
            raise owner.error(f"{width} components expected, accessor {index} has {found}", key)
        return index

    def _width(self, view: View) -> int:
        kind = view.text("type")
        if kind not in _WIDTH:
            raise view.error("an unknown accessor type", "type")
        return _WIDTH[kind]

    def _dtype(self, view: View) -> np.dtype[Any]:
        component = view.integer("componentType")
        if component not in _DTYPE:
            raise view.error(f"{component} is no component type", "componentType")
        return _DTYPE[component]

    def _dense(self, view: View) -> Array:
        """[n, width] in the file's component type, sparse substitution done."""
        dtype, width = self._dtype(view), self._width(view)
        count = view.integer("count", low=1)
        if count * width > _MAX_ELEMENTS:
            raise view.error(f"{count} elements, more than a figure may have", "count")
        self.container.spend(count * width * 4, view)
        if view.has("bufferView"):
            array = self._strided(view, dtype, count, width)
        else:
            array = np.zeros((count, width), dtype)
        if view.has("sparse"):
            where, values = self._sparse(view)
            array = array.copy()
            array[where] = values
        return array

    def _strided(self, view: View, dtype: np.dtype[Any], count: int, width: int) -> Array:
        index = view.index("bufferView", self.container.view_count)
        data, stride = self.container.buffer_view(index)
        side = _MATRIX.get(view.text("type"), 0)
        column = -(-side * dtype.itemsize // 4) * 4
        size = column * side if side else width * dtype.itemsize
        stride = stride or size
        offset = view.integer("byteOffset", 0)
        end = offset + stride * (count - 1) + size
        if end > len(data):
            raise view.error(f"bytes {offset}..{end} of a bufferView of {len(data)}")
        if side:
            return _matrix_rows(data[offset:], dtype, count, stride, side, column)
        strides = (stride, dtype.itemsize)
        return _window(data[offset:], dtype, (count, width), strides)

    def _sparse(self, view: View) -> tuple[Array, Array]:
        """Where (ascending) and what a sparse accessor substitutes."""
        sparse, total = view.child("sparse"), view.integer("count", low=1)
        count = sparse.integer("count", low=1, high=min(total, _MAX_ELEMENTS))
        width = self._width(view)
        self.container.spend(count * (width + 1) * 4, sparse)
        where = self._packed(sparse.child("indices"), None, count, 1)[:, 0].astype(np.int64)
        values = self._packed(sparse.child("values"), self._dtype(view), count, width)
        if where[-1] >= total or (np.diff(where) <= 0).any():
            raise sparse.error("indices must ascend and stay below the accessor's count", "indices")
        return where, values

    def _packed(self, view: View, dtype: np.dtype[Any] | None, count: int, width: int) -> Array:
        if dtype is None:
            dtype = self._dtype(view)
            if dtype.kind != "u":
                raise view.error("unsigned integers expected", "componentType")
        data, _ = self.container.buffer_view(view.index("bufferView", self.container.view_count))
        offset, size = view.integer("byteOffset", 0), width * dtype.itemsize
        if offset + size * count > len(data):
            raise view.error(f"bytes {offset}..{offset + size * count} of {len(data)}")
        return _window(data[offset:], dtype, (count, width), (size, dtype.itemsize))


def _window(
    data: Bytes, dtype: np.dtype[Any], shape: tuple[int, int], strides: tuple[int, int]
) -> Array:
    """A view of checked bytes as a strided array; copied when the data is not aligned."""
    usable = (shape[0] - 1) * strides[0] + shape[1] * dtype.itemsize
    return np.ndarray(shape, dtype, data[:usable].data, 0, strides)


def _matrix_rows(
    data: Bytes, dtype: np.dtype[Any], count: int, stride: int, side: int, column: int
) -> Array:
    """[n, side * side] of matrices whose columns begin on multiples of four bytes."""
    shape, strides = (count, side, side), (stride, column, dtype.itemsize)
    return np.ndarray(shape, dtype, data.data, 0, strides).reshape(count, -1)


def _to_float(array: Array, view: View) -> Float:
    """float32 copy; normalised integers become 0..1 or -1..1 (section 3.11)."""
    values = array.astype(np.float32)
    if view.flag("normalized") and array.dtype.kind in "iu":
        values /= np.iinfo(array.dtype).max
        if array.dtype.kind == "i":
            np.maximum(values, -1, out=values)
    return values


def _check_finite(values: Float, view: View) -> None:
    """Raise on NaN, infinity and numbers whose squares and cubes would overflow."""
    if not (np.abs(values) <= _MAX_VALUE).all():
        raise view.error("holds a value that is not finite, or beyond 1e9")
