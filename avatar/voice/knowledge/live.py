"""A knowledge folder in use: indexed, its vectors made in the background, reloaded when edited.

A question never waits for any of it: it is put to the index there is. A file that an edit broke
keeps the entries it had, and ``problems`` says so.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from avatar.voice.knowledge import vectors
from avatar.voice.knowledge.folder import changed, folder_path, load, place_key, shipped
from avatar.voice.knowledge.match import Index, elsewhere
from avatar.voice.knowledge.problem import Problem

_LOG: Final = logging.getLogger("avatar.knowledge")
SMALLTALK: Final = "smalltalk"
"""The shipped folder that any other is put before."""
_PERIOD: Final = 1.0
"""s between two looks at the folders."""


class LiveKnowledge:
    """One or more folders as one index, kept true to the files."""

    def __init__(self, folders: Sequence[str | Path], *, meaning: bool = True,
                 watch: bool = True) -> None:  # fmt: skip
        """Reads the folders; raises MissingAsset where one is not there.

        ``meaning`` False matches by words alone; ``watch`` False leaves edits to ``refresh``.
        """
        self._aside = shipped().get(SMALLTALK)
        paths = list(dict.fromkeys(folder_path(folder) for folder in folders))
        self._parts = [load(path) for path in paths]
        self._encoder = vectors.encoder() if meaning and vectors.available() else None
        self._stores = [vectors.store(place_key(path)) for path in paths] if self._encoder else []
        self._ended = threading.Event()
        self._ready = threading.Event()
        self.index = self._indexed()
        self._watch = watch
        self._thread: threading.Thread | None = None
        if watch or not self._ready.is_set():
            self._thread = threading.Thread(target=self._run, name="knowledge", daemon=True)
            self._thread.start()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the files as they are now."""
        return tuple(problem for part in self._parts for problem in part.problems)

    def ready(self, timeout: float | None = None) -> bool:
        """Wait until every way to ask has its vector, at most ``timeout`` s; whether it has."""
        return self._ready.wait(timeout)

    @property
    def encode(self) -> vectors.Encoder | None:
        """What makes vectors; None where questions are matched by words alone."""
        return self._encoder if self.index.meaning else None

    def refresh(self) -> bool:
        """Read again what was edited; returns whether anything was."""
        if not any(map(changed, self._parts)):
            return False
        self._parts = [load(part.folder, part) for part in self._parts]
        for problem in self.problems:
            _LOG.warning("%s", problem)
        self.index = self._indexed()
        self._make_vectors(self.index)
        return True

    def close(self) -> None:
        """Stop watching."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _indexed(self) -> Index:
        """The index of what was read, with its vectors where all are kept already."""
        first = self._parts[0].folder
        aside = [part.folder != first and part.folder == self._aside for part in self._parts]
        pairs = [(e, a) for part, a in zip(self._parts, aside, strict=True) for e in part.entries]
        index = Index([entry for entry, _ in pairs], [away for _, away in pairs])
        if self._encoder is None or not index.texts:
            self._ready.set()
            return index
        self._fill(index)
        if not index.meaning:
            self._ready.clear()
        else:
            self._ready.set()
        return index

    def _fill(self, index: Index) -> None:
        known = dict[str, vectors.Vectors]()
        for store in self._stores:
            for text in index.texts:
                vector = store.get(text)
                if vector is not None:
                    known[text] = vector
        if all(text in known for text in index.texts):
            apart = [
                vector for text in elsewhere() if (vector := self._stores[0].get(text)) is not None
            ]
            if len(apart) == len(elsewhere()):
                index.set_apart(vectors.stacked(apart))
            index.give(vectors.stacked([known[text] for text in index.texts]))

    def _make_vectors(self, index: Index) -> None:
        """Make what is missing, one sentence at a time so that a question can come between."""
        if self._encoder is None or index.meaning:
            return
        for part, store in zip(self._parts, self._stores, strict=True):
            texts = Index(part.entries).texts
            missing = store.missing(texts)
            for text in missing:
                if self._ended.is_set():
                    return
                store.add(text, self._encoder(text))
            if missing:
                store.save(texts)
        self._fill(index)
        self._ready.set()

    def _run(self) -> None:
        self._make_vectors(self.index)
        while self._watch and not self._ended.wait(_PERIOD):
            try:
                self.refresh()
            except OSError as error:  # the folder itself is gone for a moment
                _LOG.warning("knowledge: %s; what was read before is kept", error)
