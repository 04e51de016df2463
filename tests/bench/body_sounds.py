"""Sounds a person or a room makes that are no speech, from a source and a filter.

Made, not recorded: no recordings of coughs under a free licence come in a package. A cough is
given its three phases (Korpás, Sadloňová & Vrabec 1996): a burst, air that rushes on and dies
away, and often a hoarse voiced end; through the resonances of an open throat. A cleared throat is
a rough, low, noisy buzz. A knock is a few damped modes of a board; a hiss is steady noise.
Every call draws its own body, strength and timing.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
RATE = 16_000
NAMES = ("cough", "throat", "sneeze", "knock", "hiss", "clatter")


def make(name: str, seed: int) -> Samples:
    """One sound of float32[n] at 16 kHz, its peak between .1 and .9, with .4 s of room around."""
    makers: dict[str, Callable[[np.random.Generator], Samples]] = {
        "cough": _coughs, "throat": _throat, "sneeze": _sneeze,
        "knock": _knocks, "hiss": _hiss, "clatter": _clatter,
    }  # fmt: skip
    rng = np.random.default_rng([seed, NAMES.index(name)])
    sound = makers[name](rng)
    sound = sound / np.abs(sound).max() * rng.uniform(0.1, 0.9)
    room = round(0.4 * RATE)
    out = np.concatenate([np.zeros(room), sound, np.zeros(room * 3)])
    return (out + rng.normal(0, 0.0005, len(out))).astype(np.float32)


def _coughs(rng: np.random.Generator) -> Samples:
    parts = list[Samples]()
    body = rng.uniform(0.85, 1.25)
    for _ in range(rng.integers(1, 4)):
        parts += [_cough(rng, body), np.zeros(round(rng.uniform(0.05, 0.35) * RATE))]
    return np.concatenate(parts)


def _cough(rng: np.random.Generator, body: float) -> Samples:
    burst, rush = rng.uniform(0.02, 0.06), rng.uniform(0.08, 0.3)
    air = _noise(rng, burst + rush)
    t = np.arange(len(air)) / RATE
    air *= np.where(t < burst, np.minimum(t / rng.uniform(0.002, 0.012), 1), 1.0)
    air *= np.where(t < burst, 1.0, rng.uniform(0.25, 0.7) * np.exp(-(t - burst) / (rush / 1.6)))
    sound = _throat_filter(air, body, rng)
    if rng.random() < 0.7:
        voiced = _buzz(
            rng, rng.uniform(0.06, 0.22), rng.uniform(110, 350), rough=rng.uniform(0.03, 0.15)
        )
        voiced = voiced * np.hanning(len(voiced)) * rng.uniform(0.3, 0.8)
        voiced = voiced + 0.3 * _noise(rng, len(voiced) / RATE)[: len(voiced)] * np.abs(voiced)
        over = round(0.03 * RATE)
        end = np.concatenate(
            [np.zeros(max(len(sound) - over, 0)), _throat_filter(voiced, body, rng)]
        )
        end[: len(sound)] += sound[: len(end)]
        sound = end
    return sound


def _throat(rng: np.random.Generator) -> Samples:
    parts = list[Samples]()
    body, pitch = rng.uniform(0.85, 1.25), rng.uniform(60, 150)
    for _ in range(rng.integers(1, 4)):
        buzz = _buzz(rng, rng.uniform(0.12, 0.4), pitch, rough=rng.uniform(0.08, 0.3))
        air = _noise(rng, len(buzz) / RATE)[: len(buzz)]
        shape = np.minimum(1, np.arange(len(buzz)) / (0.02 * RATE)) * np.hanning(len(buzz)) ** 0.3
        mixed = (buzz + rng.uniform(0.3, 1.0) * air) * shape
        parts += [_throat_filter(mixed, body, rng), np.zeros(round(rng.uniform(0.04, 0.15) * RATE))]
    return np.concatenate(parts)


def _sneeze(rng: np.random.Generator) -> Samples:
    gasp = _noise(rng, rng.uniform(0.2, 0.4)) * 0.1
    gasp *= np.linspace(0.1, 1, len(gasp))
    rush = _noise(rng, rng.uniform(0.2, 0.45))
    rush *= np.exp(-np.arange(len(rush)) / (rng.uniform(0.08, 0.2) * RATE))
    bright = np.diff(rush, prepend=0.0)
    body = rng.uniform(0.85, 1.25)
    pause = np.zeros(round(rng.uniform(0.02, 0.1) * RATE))
    return np.concatenate(
        [_throat_filter(gasp, body, rng), pause, _throat_filter(bright, body, rng)]
    )


def _knocks(rng: np.random.Generator) -> Samples:
    modes = rng.uniform(90, 1800, 6)
    decays, gains = rng.uniform(0.008, 0.06, 6), rng.uniform(0.2, 1, 6)
    t = np.arange(round(0.2 * RATE)) / RATE
    one = sum(
        g * np.sin(2 * np.pi * f * t) * np.exp(-t / d)
        for f, d, g in zip(modes, decays, gains, strict=True)
    )
    parts = list[Samples]()
    for _ in range(rng.integers(1, 5)):
        gap = np.zeros(round(rng.uniform(0.0, 0.2) * RATE))
        parts += [one * rng.uniform(0.6, 1), gap]
    return np.concatenate(parts)


def _clatter(rng: np.random.Generator) -> Samples:
    """Cutlery, keys, a dropped pen: many short bright rings."""
    out = np.zeros(round(rng.uniform(0.4, 1.0) * RATE))
    for _ in range(rng.integers(4, 14)):
        t = np.arange(round(0.15 * RATE)) / RATE
        ring = sum(
            np.sin(2 * np.pi * f * t) * np.exp(-t / rng.uniform(0.005, 0.05))
            for f in rng.uniform(800, 7000, 4)
        )
        first = rng.integers(0, len(out) - 1)
        last = min(first + len(ring), len(out))
        out[first:last] += ring[: last - first] * rng.uniform(0.2, 1)
    return out


def _hiss(rng: np.random.Generator) -> Samples:
    air = _noise(rng, rng.uniform(0.3, 1.2))
    low, high = rng.uniform(100, 1500), rng.uniform(2500, 7800)
    spectrum = np.fft.rfft(air)
    hz = np.fft.rfftfreq(len(air), 1 / RATE)
    spectrum[(hz < low) | (hz > high)] *= 0.03
    edge = np.minimum(1, np.arange(len(air)) / (rng.uniform(0.005, 0.1) * RATE))
    return np.fft.irfft(spectrum, len(air)) * edge * edge[::-1]


def _noise(rng: np.random.Generator, seconds: float) -> Samples:
    return rng.normal(0, 1, round(seconds * RATE))


def _buzz(rng: np.random.Generator, seconds: float, pitch: float, rough: float) -> Samples:
    """Glottal pulses whose periods and strengths wander by ``rough``."""
    out, at = np.zeros(round(seconds * RATE)), 0.0
    fall = rng.uniform(0.6, 1.1)
    while at < len(out) - 1:
        part = at / len(out)
        out[int(at)] = 8 * (1 + rng.normal(0, 2 * rough))
        at += RATE / (pitch * (1 + (fall - 1) * part)) * max(0.3, 1 + rng.normal(0, rough))
    pulse = np.exp(-np.arange(40) / 10.0)
    return np.convolve(out, pulse)[: len(out)]


def _throat_filter(source: Samples, body: float, rng: np.random.Generator) -> Samples:
    """Through four resonances; ``body`` scales them (a child's throat is shorter)."""
    out = source
    for formant, width in ((620, 160), (1350, 220), (2500, 350), (3600, 500)):
        hz = formant * body * rng.uniform(0.85, 1.15)
        out = _resonance(out, hz, width * rng.uniform(0.8, 1.6))
    return out + 0.15 * source * np.abs(out).max() / max(np.abs(source).max(), 1e-9)


def _resonance(sound: Samples, hz: float, width: float) -> Samples:
    """A resonance at ``hz``, ``width`` Hz wide, by its response in the frequency domain."""
    n = len(sound) + 1024
    f = np.fft.rfftfreq(n, 1 / RATE)
    response = hz**2 / (hz**2 - f**2 + 1j * f * width)
    return np.fft.irfft(np.fft.rfft(sound, n) * response, n)[: len(sound)]
