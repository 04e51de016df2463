"""Hair styles: where strands start, which way they are combed, how long they are."""

from __future__ import annotations

from typing import Any

import numpy as np

from avatar.errors import ConfigError
from avatar.modelling.hair import Ground, Layer, Scalp
from avatar.modelling.noise import value_noise
from avatar.modelling.sources import Flags, Ints, Reals, vec
from avatar.modelling.strands import Flow, cut_below, march, spread

_DOWN = np.array([0.0, -1, 0])


def random(count: int, seed: float) -> Reals:
    """float64[count] in 0..1, always the same."""
    at = np.array([[n * 1.37 + 0.5, seed * 5.17 + 0.5, 3.5] for n in range(count)])
    return (value_noise(np.floor(at * 97)) * 8191.7) % 1


def _pick(place: Ground, wanted: Flags, count: int, seed: int) -> Ints:
    """``count`` well-spread roots among the candidates where ``wanted`` (bool)."""
    chosen = np.flatnonzero(wanted)
    chosen = chosen[:: max(len(chosen) // 9000, 1)]
    return chosen[spread(place.roots[chosen], count, 131 * seed)]


def _step(low: Any, high: Any, x: Reals) -> Reals:
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def long(place: Ground, line: Scalp, look: dict[str, Any]) -> list[Layer]:
    """Straight hair to below the shoulders, parted off the middle, two locks in front."""
    parting = look["parting"]
    top = place.roots[:, 1] - line.eye_y
    azimuth = np.abs(line.azimuth(place.roots))
    beside = np.abs(place.roots[:, 0] - parting)
    on_part = (beside < 0.004) & (top > 0.05) & (place.roots[:, 2] > line.centre[2] - 0.05)
    inner = place.above > 0.006
    plan = (
        ("under", inner & (top < 0.075), 64, 0.004, 0.026, 11, (0, 1), (0.40, 0.50)),
        ("mid", inner & ~on_part, 86, 0.009, 0.020, 12, (0, 2), (0.55, 0.72)),
        ("top", (place.above > 0.012) & (top > 0.02) & ~on_part, 90, 0.014, 0.0145, 15, (1, 3),
         (0.85, 1.0)),
        ("part", (beside > 0.0005) & (beside < 0.008) & (top > 0.05) & (azimuth < 170), 90, 0.011,
         0.0085, 16, (1, 3), (0.8, 1.0)),
        ("edge", (place.above < 0.006) & (azimuth < 100), 150, 0.004, 0.0055, 13, (3, 5),
         (0.85, 0.95)),
        ("fly", inner & (top > 0.0), 14, 0.017, 0.0035, 10, (6, 7), (1.0, 1.0)),
    )  # fmt: skip
    layers = []
    for seed, (name, wanted, count, offset, width, points, columns, shade) in enumerate(plan):
        chosen = _pick(place, wanted, count, seed)
        root, normal = place.roots[chosen], place.normals[chosen]
        flow, heading = _long_flow(root, normal, line, parting, seed)
        lift = offset * (0.8 + 0.4 * random(len(root), seed + 0.3))
        lift *= 0.55 + 0.45 * _step(0.0, 0.04, np.abs(root[:, 0] - parting))
        path = march(
            root, heading, flow, place.field, lift, np.full(len(root), look["length"] + 0.30),
            inertia=0.62, cling=0.25 if name != "fly" else 0.15, cling_above=line.eye_y - 0.02,
        )  # fmt: skip
        floor = line.eye_y - look["length"] - 0.025 * random(len(root), seed + 0.7)
        front = np.abs(line.azimuth(path[:, -1])) < 90
        path = cut_below(path, floor + 0.03 * front)
        layers.append(Layer(path, points, width, columns, shade, tips=0.75))
    return layers


def _long_flow(
    root: Reals, normal: Reals, line: Scalp, parting: float, seed: int
) -> tuple[Flow, Reals]:
    crown = line.centre + vec(0, 0.09, -0.03)
    side = np.where(root[:, 0] >= parting, 1.0, -1.0)
    front = _step(-0.01, 0.08, root[:, 2] - crown[2])[:, None]
    away = root - crown
    combed_back = np.column_stack([away[:, 0] * 14, np.full(len(root), -0.3), away[:, 2] * 14])
    combed_side = np.column_stack([side, np.full(len(root), -0.05), np.full(len(root), -0.75)])
    forward = (np.abs(line.azimuth(root)) < 78) & (random(len(root), seed + 0.9) < 0.7)
    combed_side[:, 2] += 0.5 * forward
    comb = front * combed_side + (1 - front) * combed_back
    comb /= np.linalg.norm(comb, axis=1, keepdims=True)
    share = random(len(root), seed + 0.4)
    clear, rest = np.where(forward, 54 + 30 * share, 100), 0.066 + 0.052 * share
    chin, wander = line.eye_y - 0.085, 0.10 * (random(len(root), seed + 0.1) - 0.5)

    def flow(at: Reals, along: Reals) -> Reals:
        near = np.exp(-((along / 0.075) ** 2))[:, None]
        wish = near * comb + (1 - 0.75 * near) * _DOWN
        angle = line.azimuth(at)
        outward = np.sign(at[:, 0]) + (at[:, 0] == 0)
        face = _step(clear + 8, clear - 8, np.abs(angle))
        face *= _step(line.eye_y + 0.075, line.eye_y + 0.03, at[:, 1])
        face *= _step(chin - 0.08, chin + 0.0, at[:, 1])
        turn = np.radians(np.abs(angle))
        around = np.column_stack([outward * np.cos(turn), 0 * turn, -np.sin(turn)])
        wish = wish + 1.3 * face[:, None] * around
        low = _step(chin + 0.03, chin - 0.05, at[:, 1])
        x = np.abs(at[:, 0])
        back = _step(chin - 0.01, chin - 0.08, at[:, 1]) * np.where(forward, 0, 1)
        ahead = low * np.where(forward, 1, 0) * _step(0.10, 0.03, at[:, 2] - line.centre[2])
        back = back * _step(-0.12, -0.05, at[:, 2] - line.centre[2])
        wish[:, 2] += 1.5 * ahead - 1.4 * back
        squeeze = np.where(forward, np.clip((x - rest) / 0.03, -1, 1), _step(0.10, 0.14, x))
        wish[:, 0] += -outward * 0.9 * low * squeeze + wander * low
        return wish / np.linalg.norm(wish, axis=1, keepdims=True)

    return flow, comb + 0.45 * normal


def short(place: Ground, line: Scalp, look: dict[str, Any]) -> list[Layer]:
    """Short back and sides, longer on top, parted at the side and brushed up in front."""
    parting = look["parting"]
    top = place.roots[:, 1] - line.eye_y
    azimuth = np.abs(line.azimuth(place.roots))
    crest = _step(0.045, 0.075, top) * (azimuth < 150)
    inner = place.above > 0.003
    plan = (
        ("cap", inner & (crest > 0.4), 150, 0.002, 0.014, 5, (0, 1), (0.45, 0.6), 0.040),
        ("side", (place.above > 0.009) & (crest < 0.7), 330, 0.0025, 0.0065, 4, (1, 3),
         (0.7, 0.9), 0.028),
        ("nape", (place.above > -0.002) & (crest < 0.5), 170, 0.0015, 0.006, 4, (4, 5),
         (0.8, 0.9), 0.014),
        ("mid", inner & (crest > 0.3), 150, 0.006, 0.011, 6, (1, 3), (0.65, 0.85), 0.055),
        ("top", inner & (crest > 0.6), 150, 0.010, 0.009, 6, (2, 4), (0.85, 1.0), 0.062),
        ("edge", (place.above < 0.007) & (azimuth < 60), 150, 0.004, 0.0035, 6, (4, 6),
         (0.85, 0.95), 0.045),
        ("fly", inner & (crest > 0.5), 30, 0.014, 0.004, 6, (6, 7), (1.0, 1.0), 0.05),
    )  # fmt: skip
    layers = []
    for seed, (name, wanted, count, offset, width, points, columns, shade, length) in enumerate(
        plan
    ):
        chosen = _pick(place, wanted, count, seed)
        root, normal = place.roots[chosen], place.normals[chosen]
        flow, start = _short_flow(root, normal, line, parting)
        lift = offset * (0.75 + 0.5 * random(len(root), seed + 0.3))
        reach = length * (0.75 + 0.4 * random(len(root), seed + 0.5))
        path = march(
            root, start, flow, place.field, lift, reach,
            step=0.0025, inertia=0.6, ramp=0.6 * length, cling=0.8 if name != "fly" else 0.1,
        )  # fmt: skip
        layers.append(Layer(path, points, width, columns, shade, tips=0.3, bend=0.1))
    return layers


def _short_flow(root: Reals, normal: Reals, line: Scalp, parting: float) -> tuple[Flow, Reals]:
    crown = line.centre + vec(0.01, 0.09, -0.045)
    away = root - crown
    radial = np.column_stack([away[:, 0], np.full(len(root), -0.03), away[:, 2]])
    radial /= np.linalg.norm(radial, axis=1, keepdims=True)
    swept = np.where(root[:, 0] < parting, -1.0, 0.8)
    front = _step(0.02, 0.10, away[:, 2])
    combed = np.column_stack([swept * (1 - 0.35 * front), 0.1 * front - 0.1, 0.15 - 1.05 * front])
    combed /= np.linalg.norm(combed, axis=1, keepdims=True)
    top = _step(0.05, 0.08, root[:, 1] - line.eye_y) * _step(-0.035, 0.02, away[:, 2])
    down = np.column_stack([0 * top, np.full(len(root), -1.0), np.full(len(root), -0.35)])
    sides = _step(0.075, 0.045, root[:, 1] - line.eye_y)[:, None]
    loose = sides * down + (1 - sides) * radial
    comb = top[:, None] * combed + (1 - top[:, None]) * loose
    comb /= np.linalg.norm(comb, axis=1, keepdims=True)
    lift = 0.15 + 0.75 * (top * front)

    def flow(at: Reals, along: Reals) -> Reals:
        fall = np.clip(along / 0.06, 0, 1)[:, None] * 0.5
        wish = comb + fall * _DOWN
        return wish / np.linalg.norm(wish, axis=1, keepdims=True)

    return flow, comb + lift[:, None] * normal


def grow(style: str, place: Ground, line: Scalp, look: dict[str, Any]) -> list[Layer]:
    """The layers of a style; raises ConfigError for an unknown one."""
    styles = {"long": long, "short": short}
    if style not in styles:
        raise ConfigError(f"no hair style {style!r}: choose one of {', '.join(styles)}")
    return styles[style](place, line, look)
