"""libespeak-ng through ctypes: sound, and the sample at which each phoneme and word begins.

The library keeps one state per process, so one lock guards every call. It comes with the
``espeakng-loader`` wheel (library and data) or from the system.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import importlib
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avatar.errors import MissingExtra, UnknownPlugin

_SYNCHRONOUS: Final = 2
_PHONEME_EVENTS_IPA_DONT_EXIT: Final = 0x0001 | 0x0002 | 0x8000
_UTF8_PHONEMES: Final = 1 | 0x100
_RATE, _PITCH, _RANGE = 1, 3, 4
_EVENT_WORD, _EVENT_PHONEME = 1, 7


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that begins at a sample."""

    sample: int
    symbol: str
    """IPA of a phoneme with its stress marks; "" is a pause."""
    position: int
    """Index of the character of the text it belongs to."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """What the library said."""

    samples: NDArray[np.float32]
    """float32[n], -1..1, at ``LibEspeak.rate``."""
    phones: tuple[Mark, ...]
    words: tuple[Mark, ...]


class _Id(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_void_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Id),
    )


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


def library_names(platform: str) -> tuple[str, ...]:
    """File names of the system's libespeak-ng under ``sys.platform`` value ``platform``."""
    if platform == "win32":
        return ("libespeak-ng.dll", r"C:\Program Files\eSpeak NG\libespeak-ng.dll")
    if platform == "darwin":
        folders = ("", "/opt/homebrew/lib/", "/usr/local/lib/", "/opt/local/lib/")
        return tuple(f"{folder}libespeak-ng.1.dylib" for folder in folders)
    return ("libespeak-ng.so.1", "libespeak-ng.so")


def install_hint(platform: str) -> str:
    """The one line that brings espeak-ng to a machine of this ``sys.platform``."""
    system = {
        "win32": "winget install eSpeak-NG.eSpeak-NG",
        "darwin": "brew install espeak-ng",
    }.get(platform, "sudo apt install libespeak-ng1")
    return f'pip install "avatar-engine[voice]", or {system}'


def _candidates(platform: str) -> Iterator[tuple[str, str | None]]:
    """Library and data folder (None: the library knows), the wheel's own first."""
    try:
        loader: Any = importlib.import_module("espeakng_loader")
        yield str(loader.get_library_path()), str(loader.get_data_path())
    except ImportError:
        pass
    for name in library_names(platform):
        yield name, None
    found = ctypes.util.find_library("espeak-ng")
    if found:
        yield found, None


def _text_of(event: _Event) -> str:
    raw = ctypes.string_at(ctypes.addressof(event.id), 8)
    return raw.split(b"\0", 1)[0].decode("utf-8", "ignore")


class LibEspeak:
    """The library, opened once per process: take it from :func:`shared`."""

    rate: int
    """Sampling rate of what it says, Hz."""

    def __init__(self, library: str, data: str | None) -> None:
        lib = ctypes.CDLL(library)
        path = None if data is None else str(Path(data)).encode()
        rate = lib.espeak_Initialize(_SYNCHRONOUS, 0, path, _PHONEME_EVENTS_IPA_DONT_EXIT)
        if rate <= 0:
            raise OSError(f"{library} has no usable data folder")
        self.rate = rate
        self.path = library
        self._lib = lib
        self._lock = threading.Lock()
        self._blocks: list[NDArray[np.int16]] = []
        self._events: list[tuple[int, Mark]] = []
        self._callback = _Callback(self._take)
        lib.espeak_SetSynthCallback(self._callback)

    def say(
        self, text: str, voice: str, *, speed: int, pitch: int = 50, variation: int = 50
    ) -> Utterance:
        """Speak plain text (``[[...]]`` holds phoneme mnemonics).

        ``speed`` in words per minute, ``pitch`` and ``variation`` 0..100. Raises UnknownPlugin
        when the library has no such voice.
        """
        with self._lock:
            self._blocks, self._events = [], []
            if self._lib.espeak_SetVoiceByName(voice.encode()) != 0:
                raise UnknownPlugin(f"espeak-ng has no voice {voice!r}: see espeak-ng --voices")
            for parameter, value in ((_RATE, speed), (_PITCH, pitch), (_RANGE, variation)):
                self._lib.espeak_SetParameter(parameter, value, 0)
            data = text.encode()
            self._lib.espeak_Synth(data, len(data) + 1, 0, 1, 0, _UTF8_PHONEMES, None, None)
            return self._utterance()

    def _take(self, wav: Any, count: int, events: Any) -> int:
        if wav and count:
            self._blocks.append(np.ctypeslib.as_array(wav, (count,)).copy())
        i = 0
        while events[i].type:
            event = events[i]
            if event.type in (_EVENT_WORD, _EVENT_PHONEME):
                symbol = _text_of(event) if event.type == _EVENT_PHONEME else ""
                mark = Mark(event.sample, symbol, event.text_position - 1)
                self._events.append((event.type, mark))
            i += 1
        return 0

    def _utterance(self) -> Utterance:
        samples = np.concatenate(self._blocks or [np.zeros(0, np.int16)])
        # Version 1.51 repeats stale events at clause ends; those have no text position.
        events = [(kind, mark) for kind, mark in self._events if mark.position >= 0]

        def of(wanted: int) -> Sequence[Mark]:
            return [mark for kind, mark in events if kind == wanted]

        phones = tuple(mark for mark in of(_EVENT_PHONEME) if not mark.symbol.startswith("("))
        return Utterance(samples.astype(np.float32) / 32768.0, phones, tuple(of(_EVENT_WORD)))


_shared: LibEspeak | None = None
_opening = threading.Lock()


def shared() -> LibEspeak:
    """The process's library; raises MissingExtra with the command that installs it."""
    global _shared
    with _opening:
        if _shared is None:
            _shared = _open()
        return _shared


def _open() -> LibEspeak:
    for library, data in _candidates(sys.platform):
        try:
            return LibEspeak(library, data)
        except OSError:
            continue
    raise MissingExtra(f"the espeak voice needs espeak-ng: {install_hint(sys.platform)}")
