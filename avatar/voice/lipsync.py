"""Lips that follow speech: phones to a smooth track of the 52 ARKit shapes.

Co-articulation by dominance (Cohen & Massaro 1993, *Modeling coarticulation in synthetic visual
speech*): every phone pulls jaw, lips and rounding towards its target with a weight that falls
off in time before and after it; the lips take the weighted mean. So lips move before the sound,
rounding carries over the consonants between, and fast speech undershoots. Closures do not
blend: at /p b m/ the lips meet and at /f v/ the lip meets the teeth whatever the neighbours say.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from avatar.errors import AvatarError
from avatar.math3d import Array, Float
from avatar.media import AudioChunk, Phone, Speech
from avatar.pose import FACE_COUNT, FACE_SHAPES, Pose
from avatar.voice import align, audio_lips, visemes
from avatar.voice.visemes import DOMINANCE, INDEX, LIP_SHAPES, TARGETS

RATE: Final = 100
"""Samples of a lip track per second; between them it is a cubic."""

_PAD: Final = 4

LEAD: Final = 0.20
"""s of track before the first and after the last sample of the sound: lips move first."""

ANTICIPATION: Final = np.array([0.060, 0.055, 0.085, 0.080, 0.065, 0.040])
"""Time constants with which a phone pulls the six blended gestures before it, s (JALI: a
viseme begins 120 ms before its apex; lip rounding earlier)."""

CARRY: Final = np.array([0.055, 0.050, 0.060, 0.060, 0.055, 0.030])
"""... and after it, s."""

CLOSING, OPENING = 0.065, 0.060
"""Durations of shutting and of parting the lips at a closure, s."""

HOLD: Final = 0.045
"""Shortest time lips stay shut, s: no frame rate of 24 or more can miss it."""

FADE_IN, FADE_OUT = 0.16, 0.24
"""Durations over which speech takes the mouth before it sounds and returns it after, s."""

PAUSE: Final = 0.30
"""Silences longer than this return the mouth to the face's own expression, s."""

CANCEL: Final = 0.08
"""Time in which an interrupted mouth closes, s."""


@dataclass(frozen=True)
class LipTrack:
    """The mouth during one utterance; times are relative to the sound's first sample."""

    start: float
    """Time of the first row, s (negative: lips move before the sound)."""
    weight: Float
    """float32[n, 52], ARKit weights at RATE."""
    presence: Float
    """float32[n], how much speech owns the mouth, 0..1."""

    @property
    def end(self) -> float:
        """Time of the last row, s."""
        return self.start + (len(self.weight) - 1) / RATE

    def sample(self, t: ArrayLike) -> Float:
        """ARKit weights float32[..., 52] at times ``t`` (s); zero outside the track."""
        return self.both(t)[..., :-1]

    def opinion(self, t: ArrayLike) -> Float:
        """How much speech owns the mouth at times ``t`` (s): float32[...], 0..1."""
        return self.both(t)[..., -1]

    def both(self, t: ArrayLike) -> Float:
        """Weights and, as the last column, opinion: float32[..., 53] (Catmull-Rom)."""
        rows = self._padded
        position = (np.asarray(t, np.float64) - self.start) * RATE + _PAD
        first = np.clip(np.floor(position), 1, len(rows) - 3).astype(np.intp)
        u: Float = np.clip(position - first, 0, 1)[..., None].astype(np.float32)
        a, b, c, d = rows[first - 1], rows[first], rows[first + 1], rows[first + 2]
        cubic = u * (2 * a - 5 * b + 4 * c - d + u * (3 * (b - c) + d - a))
        return np.clip(b + 0.5 * u * (c - a + cubic), 0, 1).astype(np.float32)

    @cached_property
    def _padded(self) -> Float:
        rows = np.concatenate([self.weight, self.presence[:, None]], 1)
        return np.pad(rows, ((_PAD, _PAD), (0, 0))).astype(np.float32)

    @cached_property
    def silent(self) -> bool:
        """Whether nothing in it speaks."""
        return not bool(self.presence.any())


_NOTHING: Final = LipTrack(0.0, np.zeros((1, FACE_COUNT), np.float32), np.zeros(1, np.float32))


@dataclass(frozen=True, slots=True)
class _Segments:
    """The utterance as lip units, one row each, silence included."""

    start: NDArray[np.float64]
    end: NDArray[np.float64]
    viseme: NDArray[np.intp]
    stress: NDArray[np.float64]
    speaking: NDArray[np.bool_]


def lip_track(speech: Speech) -> LipTrack:
    """The mouth for one clause, from its phones.

    Where a voice gives none they come from text and sound together, else from the sound alone.
    """
    phones = speech.phones or _found_phones(speech)
    if not phones:
        return _NOTHING
    loudness = _loudness(speech.audio)
    segments = _segments(phones, _voiced_span(loudness, phones))
    if not segments.speaking.any():
        return _NOTHING
    times = _times(segments)
    gestures = _blend(segments, times)
    gestures[:, :2] *= _gain(loudness, times)[:, None]
    gestures[:, 6] = _closure(_holds(segments, INDEX["lips"], loudness), times)
    gestures[:, 7] = _closure(_holds(segments, INDEX["teeth"]), times)
    presence = _presence(segments, times)
    return LipTrack(float(times[0]), visemes.to_shapes(gestures), presence)


def _found_phones(speech: Speech) -> tuple[Phone, ...]:
    try:
        dated = align.with_phones(speech).phones
    except AvatarError:
        dated = ()
    return dated or audio_lips.hear(speech.audio)


def _times(segments: _Segments) -> NDArray[np.float64]:
    spoken = np.flatnonzero(segments.speaking)
    first = np.floor((segments.start[spoken[0]] - LEAD) * RATE)
    last = np.ceil((segments.end[spoken[-1]] + LEAD + FADE_OUT) * RATE)
    return np.arange(int(first), int(last) + 1) / RATE


def _segments(phones: tuple[Phone, ...], span: tuple[float, float]) -> _Segments:
    """Phones split into lip units, cut to the sound's voiced span, gaps filled with rest."""
    rows: list[tuple[float, float, int, float, bool]] = []
    at = -1e3
    for phone in phones:
        start, end = max(phone.start, span[0]), min(phone.end, span[1])
        if visemes.is_silence(phone.symbol) or end - start < 0.004:
            continue
        if start - at > 0.11:
            rows.append((at, start, INDEX["rest"], 0.0, False))
        for unit, share in visemes.units(phone.symbol):
            stop = start + share * (end - min(max(phone.start, span[0]), end))
            rows.append((start, stop, INDEX[visemes.viseme_of(unit)], phone.stress, True))
            start = stop
        at = end
    rows.append((at, at + 1e3, INDEX["rest"], 0.0, False))
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    return _Segments(*columns)


def _blend(segments: _Segments, times: NDArray[np.float64]) -> Float:
    """Weighted mean of all targets at each time: float32[n, 8], closures still 0."""
    length = segments.end - segments.start
    low = segments.start + np.minimum(0.1 * length, 0.03)
    high = segments.start + np.maximum(0.6 * length, length - 0.12)
    late = times[:, None] - np.clip(times[:, None], low, high)
    tau = np.where(late[..., None] < 0, ANTICIPATION, CARRY)
    reach = late[..., None] / tau
    strength = DOMINANCE[segments.viseme] * np.clip(np.sqrt(length / 0.08), 0.6, 1.3)[:, None]
    pull = strength * np.exp(0.5 - np.sqrt(reach * reach + 0.25))
    opened = _targets(segments)
    blended = np.einsum("tsg,sg->tg", pull, opened) / np.maximum(pull.sum(1), 1e-9)
    return np.concatenate([blended, np.zeros((len(times), 2))], 1).astype(np.float32)


def _targets(segments: _Segments) -> NDArray[np.float64]:
    """Targets of the six blended gestures; stress opens the mouth, its lack reduces it."""
    targets = TARGETS[segments.viseme, :6].astype(np.float64)
    targets[:, :2] *= (0.92 + 0.22 * segments.stress)[:, None]
    targets[:, 2:5] *= (0.96 + 0.08 * segments.stress)[:, None]
    return targets


def _holds(segments: _Segments, viseme: int, loudness: Float | None = None) -> Array:
    """[closures, 2]: when each closure is complete and when it ends, s.

    A voice may date a /p/ at its burst; where ``loudness`` shows the silence of shut lips just
    before, the closure begins there.
    """
    rows = np.flatnonzero(segments.viseme == viseme)
    length = segments.end[rows] - segments.start[rows]
    shut = segments.start[rows] + 0.15 * length
    part = segments.end[rows] - 0.2 * length
    if loudness is not None:
        quiet = np.array([_silence_before(t, loudness) for t in segments.start[rows]])
        shut = np.fmin(shut, quiet)
    early = np.clip(HOLD - (part - shut), 0, None)
    return np.stack([shut - 0.7 * early, part + 0.3 * early], 1)


def _silence_before(t: float, loudness: Float) -> float:
    """Where a quiet stretch that ends at ``t`` begins, at most 80 ms before; nan if none."""
    last = first = min(round(t * 100), len(loudness))
    while first > max(last - 8, 0) and loudness[first - 1] < -24:
        first -= 1
    return first / 100 + 0.01 if first < last else np.nan


def _closure(holds: Array, times: NDArray[np.float64]) -> Float:
    """How far a closure is made at each time: 1 throughout each hold, smooth ramps around it."""
    shut, part = holds.T
    half = np.maximum(0.55 * (np.append(shut[1:], np.inf) - part), 0.03)
    opening = np.minimum(OPENING, half)
    closing = np.minimum(CLOSING, np.append(np.inf, half[:-1]))
    rise = _smooth((times[:, None] - shut + closing) / closing)
    fall = _smooth((part + opening - times[:, None]) / opening)
    return (1 - np.prod(1 - rise * fall, axis=1)).astype(np.float32)


def _presence(segments: _Segments, times: NDArray[np.float64]) -> Float:
    """1 while speaking and in short pauses, 0 in silence."""
    spoken = np.flatnonzero(segments.speaking)
    start, end = segments.start[spoken], segments.end[spoken]
    new = np.append(True, start[1:] - end[:-1] > PAUSE)
    first, last = start[new], end[np.append(new[1:], True)]
    rise = _smooth((times[:, None] - first + FADE_IN) / FADE_IN)
    fall = _smooth((last + FADE_OUT - times[:, None]) / FADE_OUT)
    return (1 - np.prod(1 - rise * fall, axis=1)).astype(np.float32)


def _smooth(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """0 below 0, 1 above 1, smooth between."""
    x = np.clip(x, 0, 1)
    return x * x * (3 - 2 * x)


def _loudness(audio: AudioChunk) -> Float:
    """Level per 10 ms, dB below the utterance's loud parts (their 95th percentile)."""
    hop = max(audio.rate // 100, 1)
    count = len(audio.samples) // hop
    if count == 0:
        return np.zeros(0, np.float32)
    frames = audio.samples[: count * hop].reshape(count, hop).astype(np.float32)
    level = 20 * np.log10(np.sqrt(np.mean(frames * frames, axis=1)) + 1e-6)
    return (level - np.percentile(level, 95)).astype(np.float32)


def _voiced_span(loudness: Float, phones: tuple[Phone, ...]) -> tuple[float, float]:
    """(start, end) s of the sound above silence, with a margin; all time if there is no sound.

    Some voices let their last phone run on into the silence.
    """
    loud = np.flatnonzero(loudness > -38)
    if not len(loud) or len(loudness) * 0.01 < phones[-1].start:
        return -np.inf, np.inf
    return loud[0] / 100 - 0.05, loud[-1] / 100 + 0.07


def _gain(loudness: Float, times: NDArray[np.float64]) -> Float:
    """Louder is a little wider: 0.82 .. 1.1 at each time, slow."""
    if len(loudness) < 2:
        return np.ones(len(times), np.float32)
    kernel = np.hanning(27)
    level = np.convolve(np.clip(loudness, -26, 6), kernel / kernel.sum(), mode="same")
    at = np.interp(times, (np.arange(len(loudness)) + 0.5) / 100, level[: len(loudness)])
    return np.clip(1 + 0.014 * (at + 6), 0.82, 1.1).astype(np.float32)


@dataclass(slots=True)
class _Playing:
    start: float
    track: LipTrack
    cancelled: float = np.inf

    def at(self, t: float) -> tuple[Float, float]:
        """(weights, opinion) at clock time ``t``."""
        closed = _ramp((t - self.cancelled) / CANCEL)
        left = _ramp((t - self.cancelled - CANCEL) / FADE_OUT)
        both = self.track.both(t - self.start)
        return both[:-1] * np.float32(1 - closed), float(both[-1]) * (1 - left)


class LipSyncDriver:
    """Moves the mouth with the speech that is heard."""

    layer = "lips"

    def __init__(self, seed: int = 0) -> None:
        self._playing: list[_Playing] = []
        self._side = _asymmetry(seed)

    def say(self, speech: Speech, start: float) -> None:
        """Follow ``speech``, whose first sample is heard at clock time ``start`` (s)."""
        self._playing.append(_Playing(start, lip_track(speech)))

    def cancel(self, t: float) -> None:
        """Stop speaking at clock time ``t`` (s): the mouth closes within CANCEL."""
        self._playing = [p for p in self._playing if p.start + p.track.start < t]
        for playing in self._playing:
            playing.cancelled = min(playing.cancelled, t)

    def sample(self, t: float) -> Pose | None:
        """The mouth at clock time ``t`` (s), or None in silence."""
        self._playing = [p for p in self._playing if p.start + p.track.end > t - 1]
        weight, opinion = np.zeros(FACE_COUNT, np.float32), 0.0
        for playing in self._playing:
            above, share = playing.at(t)
            below = (1 - share) * opinion
            opinion = below + share
            if opinion > 1e-4:
                weight = (share * above + below * weight) / opinion
        if opinion <= 1e-4:
            return None
        weight = np.clip(weight * self._side, 0, 1).astype(np.float32)
        return Pose(t=t, weight=weight, weight_w=LIP_SHAPES * np.float32(opinion))


def _ramp(x: float) -> float:
    return float(_smooth(np.array(x)))


def _asymmetry(seed: int) -> Float:
    """float32[52]: one side of a mouth works a little harder than the other."""
    lean = np.random.default_rng(seed).uniform(0.03, 0.07) * (1 if seed % 2 == 0 else -1)
    sides = [name.endswith("Left") - int(name.endswith("Right")) for name in FACE_SHAPES]
    return (1 + lean * np.array(sides)).astype(np.float32)
