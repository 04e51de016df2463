"""The file around a glTF document: GLB or JSON, its buffers and bufferViews, its limits.

glTF 2.0 sections 2.8 (URIs), 3.6.1 (buffers) and 4.4 (GLB); ``EXT_meshopt_compression``.
"""

from __future__ import annotations

import base64
import binascii
import struct
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote_to_bytes, urlsplit

import numpy as np
from numpy.typing import NDArray

from avatar.character.json_view import View, parse
from avatar.errors import AssetError, MissingAsset, MissingExtra, UnsupportedFormat
from avatar.plugins import require

Bytes = NDArray[np.uint8]

MAX_FILE: Final = 256 << 20
"""Largest file, and largest sum of external files, bytes."""
MAX_WORK: Final = 2 << 30
"""Bytes decoded for one figure, however often the file refers to them."""
MAX_KEPT: Final = 256 << 20
"""Bytes of geometry and animation one figure may keep."""

_MAGIC: Final = b"glTF"
_JSON, _BIN = 0x4E4F534A, 0x004E4942
_MESHOPT: Final = "EXT_meshopt_compression"


class Container:
    """A glTF document with access to its binary data."""

    def __init__(self, path: Path) -> None:
        self.path = path
        data = read_whole(path, path)
        if data[:4] == _MAGIC:
            text, self._embedded = _chunks(memoryview(data), path)
        elif data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
            text, self._embedded = data, None
        else:
            raise UnsupportedFormat("not a glTF, GLB or VRM file", path=path)
        self.root: View = parse(text, path)
        """The whole JSON document."""
        self._buffers = self.root.children("buffers")
        self._views = self.root.children("bufferViews")
        self._loaded: dict[int, Bytes] = {}
        self._unpacked: dict[int, Bytes] = {}
        self._external = self._work = self._kept = 0

    def spend(self, size: int, view: View, *, keep: bool = False) -> None:
        """Account for ``size`` bytes decoded, and kept; raises AssetError beyond the limits."""
        self._work += size
        self._kept += size if keep else 0
        if self._work > MAX_WORK or self._kept > MAX_KEPT:
            raise view.error("the figure is too large: it unpacks to hundreds of megabytes")

    def buffer_view(self, index: int) -> tuple[Bytes, int]:
        """Bytes of a bufferView, uncompressed, and its ``byteStride`` (0 when packed)."""
        view = self._views[index]
        compressed = view.extension(_MESHOPT)
        if compressed is not None and self._wants(compressed):
            if index not in self._unpacked:
                self._unpacked[index] = self._decompress(compressed)
            return self._unpacked[index], compressed.integer("byteStride", low=1, high=256)
        return self._slice(view), view.integer("byteStride", 0, high=252)

    @property
    def view_count(self) -> int:
        """How many bufferViews there are."""
        return len(self._views)

    def read_uri(self, uri: str, owner: View) -> bytes:
        """Bytes behind a ``data:`` URI or a relative file URI of this document."""
        if uri[:5].lower() == "data:":
            return _data_uri(uri, owner)
        target = self._beside(uri, owner)
        data = read_whole(target, self.path, owner.at("uri"))
        self._external += len(data)
        if self._external > MAX_FILE:
            raise owner.error(f"its files are larger than {MAX_FILE >> 20} MB", "uri")
        return data

    def _slice(self, view: View) -> Bytes:
        data = self._buffer(view.index("buffer", len(self._buffers)), view)
        start, length = view.integer("byteOffset", 0), view.integer("byteLength", low=1)
        if start + length > len(data):
            raise view.error(f"bytes {start}..{start + length} of a buffer of {len(data)}")
        return data[start : start + length]

    def _buffer(self, index: int, user: View) -> Bytes:
        if index not in self._loaded:
            self._loaded[index] = np.frombuffer(self._load(index, user), np.uint8)
        return self._loaded[index]

    def _load(self, index: int, user: View) -> bytes | memoryview:
        buffer = self._buffers[index]
        length = buffer.integer("byteLength", low=1)
        if buffer.has("uri"):
            data = self.read_uri(buffer.text("uri"), buffer)
        elif index == 0 and self._embedded is not None:
            data = self._embedded
        else:
            raise user.error(f"buffer {index} has no data")
        if len(data) < length:
            raise buffer.error(f"{length} bytes expected, {len(data)} found", "byteLength")
        return data[:length] if len(data) > length + 3 else data

    def _wants(self, compressed: View) -> bool:
        """Whether to decompress: always, unless the package is missing and a fallback is there."""
        try:
            require("meshopt", extra="meshopt", for_what=_MESHOPT)
        except MissingExtra:
            if _MESHOPT in self.root.texts("extensionsRequired"):
                raise
            return False
        return True

    def _decompress(self, view: View) -> Bytes:
        count, stride = view.integer("count", high=MAX_FILE), view.integer("byteStride", high=256)
        self.spend(count * stride, view, keep=True)
        mode = view.choice("mode", ("ATTRIBUTES", "TRIANGLES", "INDICES"))
        filters = ("NONE", "OCTAHEDRAL", "QUATERNION", "EXPONENTIAL", "COLOR")
        chosen = view.choice("filter", filters)
        meshopt: Any = require("meshopt", extra="meshopt", for_what=_MESHOPT)
        data = self._slice(view).tobytes()
        try:
            rows = meshopt.decode_gltf_buffer(data, count, stride, mode, chosen)
        except (ValueError, RuntimeError, TypeError) as error:
            raise view.error(f"the compressed data is damaged: {error}") from None
        return np.ascontiguousarray(rows).reshape(-1).view(np.uint8)

    def _beside(self, uri: str, owner: View) -> Path:
        """The file a relative URI names; nothing outside the document's own folder."""
        name = unquote_to_bytes(uri).decode("utf-8", "replace")
        parts = name.replace("\\", "/").split("/")
        remote = bool(urlsplit(uri).scheme) if uri.isprintable() else True
        if remote or ".." in parts or not parts[0] or ":" in name or not name.isprintable():
            raise owner.error("only files beside this one are read; put it there", "uri")
        folder = self.path.resolve().parent
        target = folder.joinpath(*parts)
        try:
            inside = target.resolve().is_relative_to(folder)
        except (OSError, RuntimeError):
            inside = False
        if not inside:
            raise owner.error("only files beside this one are read; put it there", "uri")
        return target


def read_whole(path: Path, owner: Path, pointer: str = "") -> bytes:
    """A regular file's bytes; raises MissingAsset or AssetError, naming ``owner``."""
    what = f"{path.name} " if path != owner else ""
    try:
        if not path.is_file():
            reason = "is not a file" if path.exists() else "does not exist: check the path"
            raise MissingAsset(f"{what}{reason}", path=owner, pointer=pointer)
        if path.stat().st_size > MAX_FILE:
            text = f"{what}is larger than {MAX_FILE >> 20} MB"
            raise AssetError(text, path=owner, pointer=pointer)
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a file name"
        text = f"{what}cannot be read: {reason}"
        raise MissingAsset(text, path=owner, pointer=pointer) from None


def _chunks(data: memoryview, path: Path) -> tuple[bytes, memoryview | None]:
    """The JSON chunk and the binary chunk of a GLB."""
    if len(data) < 20:
        raise AssetError("the GLB is cut off in its header", path=path)
    version, length = struct.unpack_from("<II", data, 4)
    if version != 2:
        raise UnsupportedFormat(f"GLB version {version}; only 2 is read", path=path)
    if length > len(data):
        raise AssetError(f"the GLB is cut off: {len(data)} of {length} bytes", path=path)
    found: dict[int, memoryview] = {}
    offset = 12
    while offset + 8 <= length:
        size, kind = struct.unpack_from("<II", data, offset)
        if offset + 8 + size > length:
            raise AssetError(f"a GLB chunk of {size} bytes passes the end", path=path)
        found.setdefault(kind, data[offset + 8 : offset + 8 + size])
        if len(found) == 1 and kind != _JSON:
            break
        offset += 8 + size
    if _JSON not in found:
        raise AssetError("the GLB does not begin with a JSON chunk", path=path)
    return bytes(found[_JSON]), found.get(_BIN)


def _data_uri(uri: str, owner: View) -> bytes:
    head, comma, body = uri.partition(",")
    if not comma:
        raise owner.error("the data URI has no data", "uri")
    if not head.lower().endswith(";base64"):
        return unquote_to_bytes(body)
    try:
        return base64.b64decode(unquote_to_bytes(body), validate=True)
    except binascii.Error:
        raise owner.error("the data URI is not base64", "uri") from None
