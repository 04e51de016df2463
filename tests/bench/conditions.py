"""What lies between a voice and the recogniser: noise, a room, a telephone, a clipping input."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

RATE = 16_000
Samples = NDArray[np.float32]
Condition = Callable[[Samples, np.random.Generator], Samples]


def read(path: Path) -> Samples:
    """Any recording as float32[n] at 16 kHz, mono."""
    import av

    with av.open(str(path)) as file:
        resampler = av.AudioResampler("fltp", "mono", RATE)
        frames = [*file.decode(audio=0), None]
        blocks = [part.to_ndarray()[0] for frame in frames for part in resampler.resample(frame)]
    return np.concatenate(blocks).astype(np.float32)


def noisy(decibels: float) -> Condition:
    """Steady pink noise, ``decibels`` below the voice where it is voiced."""

    def add(sound: Samples, rng: np.random.Generator) -> Samples:
        spectrum = np.fft.rfft(rng.normal(0, 1, len(sound)))
        spectrum /= np.sqrt(np.maximum(np.fft.rfftfreq(len(sound), 1 / RATE), 50))
        noise = np.fft.irfft(spectrum, len(sound))
        voiced = sound[np.abs(sound) > 0.02]
        level = np.sqrt(np.mean(voiced**2)) if len(voiced) else 0.05
        return (sound + noise / noise.std() * level / 10 ** (decibels / 20)).astype(np.float32)

    return add


def small_room(sound: Samples, rng: np.random.Generator) -> Samples:
    """Reflections that die away in .4 s, as loud in all as the voice that comes straight."""
    n = round(0.4 * RATE)
    response = rng.normal(0, 1, n) * np.exp(-6.9 * np.arange(n) / n)
    response *= 1 / np.sqrt(np.sum(response**2))
    response[0] = 1.0
    size = len(sound) + n
    heard = np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(response, size), size)
    return (heard[: len(sound)] / max(1.0, np.abs(heard).max())).astype(np.float32)


def telephone(sound: Samples, rng: np.random.Generator) -> Samples:
    """Through 8 kHz and back."""
    return soxr.resample(soxr.resample(sound, RATE, 8000), 8000, RATE).astype(np.float32)


def clipped(sound: Samples, rng: np.random.Generator) -> Samples:
    """Six times too loud for the input."""
    return np.clip(sound * 6, -1, 1).astype(np.float32)


def clean(sound: Samples, rng: np.random.Generator) -> Samples:
    """As recorded."""
    return sound


CONDITIONS: dict[str, Condition] = {
    "clean": clean,
    "noise 20 dB": noisy(20),
    "noise 10 dB": noisy(10),
    "small room": small_room,
    "8 kHz": telephone,
    "clipped": clipped,
}
