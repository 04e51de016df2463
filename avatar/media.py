"""What flows between the parts: sound, pictures, speech; and the protocols of those parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
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


@runtime_checkable
class KeepingSynthesizer(Protocol):
    """What a voice that takes its time has besides: it keeps what it made, and can be stopped."""

    def rehearse(self, text: str, *, lang: str = "auto") -> Iterator[Speech]:
        """As ``synthesize``, and the clauses are there at once the next time, even another day."""
        ...

    def stop(self) -> None:
        """Give up the clause that is being made; from any thread."""
        ...


class Sink(Protocol[Item]):
    """Anything that takes dated items: a file, a window, a stream."""

    def offer(self, item: Item) -> None:
        """Take one item; raises OutputError when it cannot be kept."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class RecognizerCapabilities:
    """What a recogniser can do, declared as data."""

    languages: tuple[str, ...]
    """Language codes it hears, e.g. ``("zh", "en")``."""
    streaming: bool
    """Whether it works as the sound comes, so that ``finish`` has little left to do."""
    realtime_factor: float
    """Seconds of CPU per second of speech, roughly, on a desktop core."""


@runtime_checkable
class Recognizer(Protocol):
    """Speech to text, one utterance after another; all calls from one thread."""

    @property
    def name(self) -> str:
        """Name of the plug-in and model, e.g. ``whisper/base``."""
        ...

    @property
    def capabilities(self) -> RecognizerCapabilities: ...

    def feed(self, chunk: AudioChunk) -> Sequence[Transcript]:
        """Hear more of the utterance; returns what is newly believed (``final`` False)."""
        ...

    def pause(self) -> Sequence[Transcript]:
        """The voice has stopped, perhaps for good: the moment for work that ``finish`` would
        else have to do; returns what is newly believed. A ``feed`` after it goes on with the
        same utterance."""
        ...

    def finish(self) -> Transcript:
        """End the utterance: its whole text, ``final``; the next ``feed`` begins another."""
        ...

    def reset(self) -> None:
        """Forget the utterance begun."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question and what was heard of the answer to it."""

    question: str
    answer: str
    """Only what was *heard*: an answer that was cut off ends where the voice did."""


@dataclass(frozen=True, slots=True)
class Question:
    """Something asked of the figure."""

    text: str
    lang: str = "auto"
    """``zh``, ``en`` or ``auto``."""
    history: tuple[Exchange, ...] = ()
    """What was said before, oldest first."""
    visitor: str = ""
    """Id of the visitor, for memory with consent; empty for somebody unknown."""
    facts: tuple[str, ...] = ()
    """What is known that bears on it (from the knowledge and the visitor's memory): a dialogue
    that writes freely may say these and no other figures."""
    cancelled: Callable[[], bool] = lambda: False
    """Whether nobody waits for the answer any more; asked between pieces of work."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A sentence of an answer, and what goes with it."""

    text: str
    """To be said; may hold cues in brackets such as ``[bow]`` (``runtime.cues``)."""
    lang: str = "auto"
    emotion: str = ""
    """A mood of ``animation.emotion``; empty: chosen by meaning."""
    gesture: str = ""
    """A gesture of ``models/gestures``; empty: chosen by meaning."""
    picture: str = ""
    """Path of a picture to show."""
    source: str = ""
    """Where the answer comes from, e.g. ``faq:hall.md#3`` or ``onnx:smollm2``."""
    confidence: float = 1.0
    """0..1."""
    suggestions: tuple[str, ...] = ()
    """Follow-up questions, or the ones meant by "did you mean"."""
    look: str = ""
    """Where to look meanwhile: visitor, left, right, up, down or away; empty: as usual."""
    free: bool = False
    """Whether a model wrote it freely, rather than taking it from a file somebody answers for."""


@dataclass(frozen=True, slots=True)
class DialogueCapabilities:
    """What a dialogue is like, declared as data."""

    free: bool = False
    """Whether it writes freely, so that it may invent: ``Reply.free`` of all it says."""
    languages: tuple[str, ...] = ("zh", "en")
    """Language codes it answers in."""
    patience: float | None = None
    """s its first sentence may take before the next dialogue is asked; None: the persona's."""


@runtime_checkable
class Dialogue(Protocol):
    """Thinks of an answer, sentence by sentence.

    One that writes freely or is slow says so by an attribute ``capabilities``
    (DialogueCapabilities); without it, it is taken for one that only says what a file holds.
    """

    @property
    def name(self) -> str: ...

    def answer(self, question: Question) -> Iterator[Reply]:
        """The sentences of the answer, each as soon as it is known; none: it does not know.

        Runs on a worker thread. Raises ServiceError when something outside fails; a chain
        then goes on with the next dialogue.
        """
        ...

    def close(self) -> None: ...


class Tracker(Protocol):
    """Finds a person in pictures."""

    def track(self, frame: VideoFrame) -> Landmarks | None: ...
    def close(self) -> None: ...


class Answerer(Protocol):
    """Answers a remark on behalf of an app."""

    def answer(self, who: str, text: str) -> Any: ...
