"""What flows between the parts: sound, pictures, speech; and the protocols of those parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Item = TypeVar("Item", contravariant=True)


@dataclass(frozen=True, slots=True)
class AudioChunk:
    """A stretch of mono sound."""

    t: float
    """Time of the first sample on the session's clock, s."""
    samples: NDArray[np.float32]
    """float32[n], -1..1."""
    rate: int
    """Sampling rate, Hz."""

    @property
    def duration(self) -> float:
        """Length, s."""
        return len(self.samples) / self.rate


@dataclass(frozen=True, slots=True)
class VideoFrame:
    """One picture."""

    t: float
    """Time it was drawn for, on the session's clock, s."""
    pixels: NDArray[np.uint8]
    """uint8[height, width, 4], RGBA, premultiplied alpha, sRGB, top row first. May be a view
    of a reused buffer: copy it to keep it beyond the next frame."""


@dataclass(frozen=True, slots=True)
class Phone:
    """One speech sound of an utterance."""

    symbol: str
    """IPA symbol(s) of the sound without stress or tone marks, e.g. ``p``, ``aɪ``, ``tɕʰ``;
    ``""`` is silence."""
    start: float
    """s from the utterance's first sample."""
    end: float
    """s from the utterance's first sample."""
    stress: float = 0.0
    """0 unstressed .. 1 primary stress."""
    lang: str = "en"
    """``zh`` or ``en``."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word (or hanzi) of an utterance, as the caption shows it."""

    text: str
    start: float
    """s from the utterance's first sample."""
    end: float
    """s from the utterance's first sample."""
    offset: int = -1
    """Index of its first character in ``Speech.text``, -1 if unknown."""


@dataclass(frozen=True, slots=True)
class Speech:
    """One clause, spoken: sound and the times of its phones and words."""

    text: str
    """What was asked to be said (as written, for captions)."""
    audio: AudioChunk
    """The sound; its ``t`` is 0: times below are relative to its first sample."""
    phones: tuple[Phone, ...] = ()
    """In order; empty when the voice cannot tell (``capabilities.phones`` is False)."""
    words: tuple[Word, ...] = ()
    """In order; empty when unknown."""
    utterance: str = ""
    """Id of the utterance this belongs to."""
    voice: str = ""
    """Name of the synthesizer and voice, e.g. ``kokoro/zf_xiaoxiao``."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """What a recogniser heard."""

    text: str
    final: bool
    start: float
    """s on the session's clock."""
    end: float
    """s on the session's clock."""


@dataclass(frozen=True, slots=True)
class BodyPoints:
    """A body in one picture: the 33 points of MediaPipe's pose."""

    points: NDArray[np.float32]
    """float32[33, 3], normalised image coordinates; z is about as x, nearer is less."""
    world: NDArray[np.float32]
    """float32[33, 3], m from the middle of the hips: x to the right of the picture, y down,
    z away from the camera."""
    visibility: NDArray[np.float32]
    """float32[33], 0..1."""


@dataclass(frozen=True, slots=True)
class HandPoints:
    """A hand in one picture: the 21 points of MediaPipe's hand."""

    side: str
    """``left`` or ``right``, the performer's own."""
    points: NDArray[np.float32]
    """float32[21, 3], normalised image coordinates."""
    world: NDArray[np.float32]
    """float32[21, 3], m from the middle of the hand, axes as ``BodyPoints.world``."""
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Landmarks:
    """What a tracker saw in one picture."""

    t: float
    """When the picture was taken, s."""
    points: NDArray[np.float32]
    """float32[n, 3], normalised image coordinates of the face; n is 0 where none was seen."""
    confidence: float = 1.0
    """Of the face; 0 where none was seen."""
    head: NDArray[np.float32] | None = None
    """float32[4, 4] head matrix, m, or None."""
    scores: dict[str, float] = field(default_factory=dict[str, float])
    """Face-shape scores by ARKit name."""
    size: tuple[int, int] = (1, 1)
    """Width and height of the picture, px."""
    body: BodyPoints | None = None
    hands: tuple[HandPoints, ...] = ()


@dataclass(frozen=True, slots=True)
class VoiceCapabilities:
    """What a synthesizer can do, declared as data."""

    languages: tuple[str, ...]
    """Language codes it speaks, e.g. ``("zh", "en")``."""
    phones: bool
    """Whether ``Speech.phones`` carries exact times."""
    words: bool
    """Whether ``Speech.words`` carries exact times."""
    mixed: bool
    """Whether it changes language within a sentence in one voice."""
    realtime_factor: float
    """Seconds of CPU per second of speech, roughly, on a desktop core."""


@runtime_checkable
class Synthesizer(Protocol):
    """Text to speech."""

    @property
    def name(self) -> str:
        """Name of the plug-in and voice, e.g. ``espeak/female``."""
        ...

    @property
    def capabilities(self) -> VoiceCapabilities: ...

    def synthesize(self, text: str, *, lang: str = "auto") -> Iterator[Speech]:
        """Speak ``text`` clause by clause, each as soon as it is made.

        ``lang`` is ``auto``, ``zh`` or ``en``: the language of digits and of text that does
        not show its own. Raises ConfigError for an unknown language.
        """
        ...

    def close(self) -> None: ...


class Sink(Protocol[Item]):
    """Anything that takes dated items: a file, a window, a stream."""

    def offer(self, item: Item) -> None:
        """Take one item; raises OutputError when it cannot be kept."""
        ...

    def close(self) -> None: ...


class Recognizer(Protocol):
    """Speech to text."""

    def feed(self, chunk: AudioChunk) -> Sequence[Transcript]: ...
    def close(self) -> None: ...


class Dialogue(Protocol):
    """Thinks of an answer, a piece at a time."""

    def answer(self, text: str, history: Sequence[tuple[str, str]]) -> Iterator[str]: ...


class Tracker(Protocol):
    """Finds a person in pictures."""

    def track(self, frame: VideoFrame) -> Landmarks | None: ...
    def close(self) -> None: ...


class Answerer(Protocol):
    """Answers a remark on behalf of an app."""

    def answer(self, who: str, text: str) -> Any: ...
