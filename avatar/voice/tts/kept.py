"""Clauses made before they are needed: in memory what was just made, on disk what was rehearsed.

A voice that takes its time says what it knows at once: the answers of a knowledge folder are fixed
texts, and the first clause of an answer can be made while the visitor still pauses. Only rehearsed
texts go to disk; what came up in a conversation is forgotten with it.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

import numpy as np
from platformdirs import user_cache_path

from avatar.media import AudioChunk, Phone, Speech, Word
from avatar.voice.text import Clause

MEMORY: Final = 24_000_000
"""Bytes of sound kept in memory; 4 minutes at 24 kHz."""
DISK: Final = 1_000_000_000
"""Bytes kept on disk for one voice; the longest unused go first."""
_FULL: Final = 32767.0

Speak = Callable[[Clause], Speech]


def cache_folder() -> Path:
    """Where rehearsed clauses are: ``$AVATAR_CACHE/speech``, or the user's cache folder."""
    root = os.environ.get("AVATAR_CACHE")
    return Path(root) / "speech" if root else user_cache_path("avatar-engine", False) / "speech"


class KeptClauses:
    """The clauses of one voice. From any thread."""

    def __init__(self, voice: str, folder: Path | None = None) -> None:
        """``voice`` is all that the sound depends on besides the clause: name, pace, network."""
        digest = hashlib.blake2b(voice.encode(), digest_size=6).hexdigest()
        self._folder = (folder or cache_folder()) / digest
        self._lock = threading.Lock()
        self._recent: OrderedDict[str, Speech] = OrderedDict()
        self._size = 0

    def spoken(self, speak: Speak) -> Speak:
        """``speak``, but what is kept is not made again."""
        return partial(self._get, speak)

    def rehearsed(self, speak: Speak) -> Speak:
        """The same, and what is made goes to disk; a full disk is no trouble."""

        def rehearse(clause: Clause) -> Speech:
            speech = self._get(speak, clause)
            path = self._path(key(clause))
            if not path.is_file():
                with suppress(OSError):
                    self._make_room()
                    write(path, speech)
            return speech

        return rehearse

    def _get(self, speak: Speak, clause: Clause) -> Speech:
        name = key(clause)
        with self._lock:
            found = self._recent.get(name)
            if found is not None:
                self._recent.move_to_end(name)
                return found
        found = read(self._path(name))
        if found is None or found.text != clause.text:
            found = speak(clause)
        self._remember(name, found)
        return found

    def _remember(self, name: str, speech: Speech) -> None:
        with self._lock:
            if name not in self._recent:
                self._size += speech.audio.samples.nbytes
            self._recent[name] = speech
            while self._size > MEMORY and len(self._recent) > 1:
                _, oldest = self._recent.popitem(last=False)
                self._size -= oldest.audio.samples.nbytes

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.npz"

    def _make_room(self) -> None:
        """Drop the longest unused files while there are too many bytes."""
        files = [(file.stat(), file) for file in self._folder.glob("*.npz")]
        size = sum(stat.st_size for stat, _ in files)
        for stat, file in sorted(files, key=lambda pair: pair[0].st_mtime):
            if size <= DISK:
                return
            file.unlink(missing_ok=True)
            size -= stat.st_size


def key(clause: Clause) -> str:
    """What a clause is kept under: its text and how each word is read."""
    about = f"{clause.text}\n{clause.tokens!r}"
    return hashlib.blake2b(about.encode(), digest_size=12).hexdigest()


def write(path: Path, speech: Speech) -> None:
    """Write a clause, whole or not at all; raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    about = {
        "text": speech.text,
        "voice": speech.voice,
        "phones": [[p.symbol, p.start, p.end, p.stress, p.lang] for p in speech.phones],
        "words": [[w.text, w.start, w.end, w.offset] for w in speech.words],
    }
    samples = np.round(np.clip(speech.audio.samples, -1, 1) * _FULL).astype(np.int16)
    part = path.with_suffix(f".{os.getpid()}.{threading.get_ident()}.part")
    try:
        with part.open("wb") as file:
            np.savez(file, samples=samples, rate=speech.audio.rate, about=json.dumps(about))
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def read(path: Path) -> Speech | None:
    """The clause in a file; None from one that is missing or damaged."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as data:
            samples, rate = data["samples"], int(data["rate"])
            about: dict[str, Any] = json.loads(str(data["about"]))
        audio = AudioChunk(0.0, samples.astype(np.float32) / np.float32(_FULL), rate)
        phones = tuple(Phone(*phone) for phone in about["phones"])
        words = tuple(Word(*word) for word in about["words"])
        with suppress(OSError):
            os.utime(path)
        return Speech(about["text"], audio, phones, words, voice=about["voice"])
    except (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile):
        return None
