"""Lips from sound alone, for voices that do not tell their phones and for microphones.

A small convolutional network hears which viseme is spoken, every 10 ms, from log-mel bands; it
looks 100 ms ahead, so a microphone's mouth is that late. For a whole clause its opinions are
decoded to phones (Viterbi) that take the same way to lips as a synthesiser's own; for a stream
:class:`AudioLips` turns them into gestures as they come. Trained on synthetic speech only, by
``tests/bench/train_lips.py``.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avatar.errors import MissingAsset
from avatar.math3d import Float
from avatar.media import AudioChunk, Phone
from avatar.plugins import require
from avatar.pose import Pose
from avatar.resources import models_dir
from avatar.voice import visemes
from avatar.voice.visemes import DOMINANCE, INDEX, LIP_SHAPES, PHONES, TARGETS, VISEMES

RATE: Final = 16000
"""Sampling rate the network hears, Hz."""
HOP: Final = 160
"""Samples between two frames."""
FPS: Final = RATE // HOP
"""Frames per second."""
BANDS: Final = 40
"""Mel bands, 60 .. 7600 Hz."""
_WINDOW, _FFT = 400, 512
_EDGE: Final = (_WINDOW - HOP) // 2
_DECAY: Final = 3.0 / FPS
_FIRST_LEVEL: Final = -38.0


@lru_cache(maxsize=1)
def _mel() -> tuple[Float, Float]:
    """Window float32[400] and triangular mel filters float32[257, 40] (O'Shaughnessy's scale)."""
    low, high = 2595 * np.log10(1 + np.array([60.0, 7600.0]) / 700)
    mel = np.linspace(low, high, BANDS + 2)
    edge = 700 * (10 ** (mel / 2595) - 1)
    hertz = np.fft.rfftfreq(_FFT, 1 / RATE)[:, None]
    up = (hertz - edge[:-2]) / (edge[1:-1] - edge[:-2])
    down = (edge[2:] - hertz) / (edge[2:] - edge[1:-1])
    filters = np.maximum(np.minimum(up, down), 0)
    return np.hanning(_WINDOW).astype(np.float32), filters.astype(np.float32)


def log_mel(samples: Float) -> Float:
    """float32[n] at RATE to float32[n // HOP, BANDS], dB; frame i is centred on its 10 ms."""
    count = len(samples) // HOP
    return _bands(np.pad(samples[: count * HOP].astype(np.float32), _EDGE))


def _bands(sound: Float) -> Float:
    """log_mel of all whole windows in ``sound``."""
    if len(sound) < _WINDOW:
        return np.zeros((0, BANDS), np.float32)
    window, filters = _mel()
    frames = np.lib.stride_tricks.sliding_window_view(sound, _WINDOW)[::HOP]
    power = np.abs(np.fft.rfft(frames * window, _FFT)).astype(np.float32) ** 2
    return (10 * np.log10(power @ filters + 1e-7)).astype(np.float32)


def leveled(mel: Float, loudest: float = _FIRST_LEVEL) -> tuple[Float, float]:
    """Bands relative to the speaker's loud parts, so that distance does not matter.

    Returns features float32[n, BANDS] and the tracked level (dB) to go on with. The level
    follows peaks at once and falls by 3 dB a second: causal, the same for clips and streams.
    """
    if len(mel) == 0:
        return mel, loudest
    fall = _DECAY * np.arange(1, len(mel) + 1, dtype=np.float32)
    peak = np.maximum.accumulate(np.append(loudest, mel.max(1) + fall))[1:] - fall
    return (np.maximum(mel - peak[:, None], -70) / 20 + 1.5).astype(np.float32), float(peak[-1])


@dataclass(frozen=True)
class Net:
    """Convolutions over time; block i sees ``dilation`` apart and ``ahead`` frames ahead."""

    first: tuple[Float, Float]
    """float32[5, BANDS, width] and bias."""
    blocks: tuple[tuple[Float, Float, int, int], ...]
    """float32[3, width, width], bias, dilation, ahead."""
    last: tuple[Float, Float]
    """float32[width, visemes] and bias."""

    @property
    def ahead(self) -> int:
        """Frames of future one opinion needs."""
        return 2 + sum(ahead for *_, ahead in self.blocks)

    @property
    def behind(self) -> int:
        """Frames of past one opinion needs."""
        return 2 + sum(2 * dilation - ahead for *_, dilation, ahead in self.blocks)

    def __call__(self, features: Float) -> Float:
        """Features float32[n, BANDS] to log-probabilities float32[n, visemes]."""
        x = _convolved(features, *self.first, 1, 2)
        for weight, bias, dilation, ahead in self.blocks:
            x = x + _convolved(x, weight, bias, dilation, ahead)
        logits = _product(x, self.last[0]) + self.last[1]
        logits -= logits.max(1, keepdims=True)
        return logits - np.log(np.exp(logits).sum(1, keepdims=True))


def _convolved(x: Float, weight: Float, bias: Float, dilation: int, ahead: int) -> Float:
    span = (len(weight) - 1) * dilation
    padded = np.pad(x, ((span - ahead, ahead), (0, 0)))
    taps = [padded[k * dilation : k * dilation + len(x)] for k in range(len(weight))]
    return np.maximum(sum(map(_product, taps, weight)) + bias, 0)


def _product(x: Float, weight: Float) -> Float:
    """``x @ weight``, a few rows at a time.

    Larger products wake the linear algebra library's threads, which on a busy machine wait for
    one another up to a hundred times longer than the work takes.
    """
    blocks = np.pad(x, ((0, -len(x) % 8), (0, 0))).reshape(-1, 8, x.shape[1])
    return (blocks @ weight).reshape(-1, weight.shape[1])[: len(x)]


@lru_cache(maxsize=1)
def network() -> Net:
    """The network that ships in ``models/lips``; raises MissingAsset."""
    path = models_dir() / "lips" / "audio_lips.npz"
    if not path.is_file():
        raise MissingAsset(
            "lips from sound need their network: install avatar-engine again", path=path
        )
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    if tuple(arrays["visemes"].tolist()) != tuple(VISEMES):
        raise MissingAsset("the network knows other visemes: train it again", path=path)

    def layer(name: str) -> tuple[Float, Float]:
        return arrays[f"w{name}"].astype(np.float32), arrays[f"b{name}"].astype(np.float32)

    blocks = [(*layer(str(i + 1)), int(d), int(a)) for i, (d, a) in enumerate(arrays["blocks"])]
    return Net(layer("0"), tuple(blocks), layer("_last"))


def opinions(audio: AudioChunk) -> Float:
    """Log-probability of each viseme every 10 ms: float32[n, visemes]."""
    features, _ = leveled(log_mel(resampled(audio)))
    return network()(features)


def resampled(audio: AudioChunk) -> Float:
    """The sound at RATE: float32[n]; raises MissingExtra without soxr."""
    samples = audio.samples.astype(np.float32)
    if audio.rate == RATE or len(samples) == 0:
        return samples
    soxr = require("soxr", extra="voice", for_what="lips from sound")
    return np.asarray(soxr.resample(samples, audio.rate, RATE), np.float32)


CHANGE: Final = 3.0
"""Cost of going from one viseme to another while decoding, nats: short flickers are noise."""
FAVOUR: Final = 0.4
"""Benefit of the doubt for closures, nats: an open mouth on /p b m/ is seen at once."""


def decode(log_probability: Float) -> NDArray[np.intp]:
    """The likeliest sequence of visemes, one per frame (Viterbi with a cost per change)."""
    count, kinds = log_probability.shape
    came = np.zeros((count, kinds), np.intp)
    score = np.zeros(kinds, np.float32)
    stay = np.arange(kinds)
    for i, row in enumerate(log_probability):
        best = int(score.argmax())
        came[i] = np.where(score >= score[best] - CHANGE, stay, best)
        score = np.maximum(score, score[best] - CHANGE) + row
    path = np.zeros(count, np.intp)
    at = int(score.argmax())
    for i in range(count - 1, -1, -1):
        path[i] = at
        at = int(came[i, at])
    return path


_SYMBOL: Final = {INDEX[viseme]: phone for phone, viseme in reversed(PHONES.items())} | {
    INDEX["rest"]: "",
    INDEX["lips"]: "m",
}


def heard(audio: AudioChunk) -> NDArray[np.intp]:
    """Viseme every 10 ms (row of ``visemes.TARGETS``): int[n]."""
    likely = opinions(audio)
    likely[:, [INDEX["lips"], INDEX["teeth"]]] += FAVOUR
    return decode(likely)


def hear(audio: AudioChunk) -> tuple[Phone, ...]:
    """The phones of a clause as far as lips can tell them apart, from its sound alone."""
    path = heard(audio)
    edges = np.flatnonzero(np.diff(path, prepend=-1, append=-1))
    return tuple(
        Phone(_SYMBOL.get(int(path[a]), "ə"), a / FPS, b / FPS)
        for a, b in itertools.pairwise(edges)
    )


_PACE: Final = np.exp(-1 / (FPS * np.array([*[0.022] * 6, 0.010, 0.010, 0.045])))
"""Smoothing of a stream's gestures and presence per frame, from time constants in s."""


class AudioLips:
    """Moves the mouth with sound as it comes in, from a microphone say, ``delay`` s late."""

    layer = "lips"

    def __init__(self, delay: float = 0.16) -> None:
        self._net = network()
        self._delay = delay
        self._restart(0.0, RATE)

    def feed(self, chunk: AudioChunk) -> None:
        """Hear the next stretch of sound; a gap in its times, or another rate, begins anew."""
        if chunk.rate != self._rate or abs(chunk.t - self._start - self._taken) > 0.1:
            self._restart(chunk.t, chunk.rate)
        self._taken += chunk.duration
        self._sound = np.concatenate([self._sound, self._at_rate(chunk.samples)])
        fresh, self._level = leveled(_bands(self._sound), self._level)
        if len(fresh):
            self._sound = self._sound[len(fresh) * HOP :]
            self._hear(fresh)

    def sample(self, t: float) -> Pose | None:
        """The mouth at clock time ``t`` (s), or None while nobody speaks."""
        at = (t - self._delay - self._start) * FPS - 0.5 - (self._count - len(self._rows))
        if not 0 <= at < len(self._rows) + 0.3 * FPS:
            return None
        low = min(int(at), len(self._rows) - 1)
        high, part = min(low + 1, len(self._rows) - 1), np.float32(min(at - low, 1.0))
        row = (1 - part) * self._rows[low] + part * self._rows[high]
        if row[-1] < 1e-3:
            return None
        return Pose(t=t, weight=visemes.to_shapes(row[:-1]), weight_w=LIP_SHAPES * row[-1])

    def _restart(self, t: float, rate: int) -> None:
        self._start, self._taken, self._rate = t, 0.0, rate
        self._count = 0
        self._level = _FIRST_LEVEL
        self._sound = np.zeros(_EDGE, np.float32)
        self._features = np.zeros((0, BANDS), np.float32)
        self._rows = np.zeros((0, len(_PACE)), np.float32)
        self._slow = np.zeros((2, len(_PACE)), np.float32)
        if rate != RATE:
            soxr = require("soxr", extra="voice", for_what="lips from sound")
            self._resampler: Any = soxr.ResampleStream(rate, RATE, 1, dtype="float32")

    def _at_rate(self, samples: Float) -> Float:
        samples = np.asarray(samples, np.float32)
        if self._rate == RATE:
            return samples
        return np.asarray(self._resampler.resample_chunk(samples), np.float32)

    def _hear(self, fresh: Float) -> None:
        window = np.concatenate([self._features, fresh])
        settled = np.exp(self._net(window))[: max(len(window) - self._net.ahead, 0)]
        # Rows already made lie in the window too: those with all of their past kept.
        fresh_rows = settled[max(len(self._features) - self._net.ahead, 0) :]
        rows = [self._follow(target) for target in _gestures(fresh_rows)]
        self._rows = np.concatenate([self._rows, *[row[None] for row in rows]])[-2 * FPS :]
        self._count += len(rows)
        self._features = window[-(self._net.behind + self._net.ahead) :]

    def _follow(self, target: Float) -> Float:
        """Critically damped: two equal low passes."""
        self._slow[0] += (1 - _PACE) * (target - self._slow[0])
        self._slow[1] += (1 - _PACE) * (self._slow[0] - self._slow[1])
        return self._slow[1].copy()


def _gestures(probability: Float) -> Float:
    """Mean gestures under float32[n, visemes], and presence: float32[n, 9]."""
    weight = probability[:, :, None] * DOMINANCE
    blended = (weight * TARGETS[:, :6]).sum(1) / np.maximum(weight.sum(1), 1e-6)
    shut = [np.clip(2.2 * probability[:, INDEX[v]] - 0.3, 0, 1) for v in ("lips", "teeth")]
    speaks = np.clip(3 - 4 * probability[:, INDEX["rest"]], 0, 1)
    return np.concatenate([blended, np.stack([*shut, speaks], 1)], 1).astype(np.float32)
