"""Sex, age, build, height and ethnicity as mixtures of the base mesh's macro targets.

The targets stand at the corners of a grid (age x muscle x weight); between them the mixture is
linear along each axis, so that the weights over the corners always sum to one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Final

import numpy as np

from avatar.modelling.sources import Reals

ETHNICITIES: Final = ("asian", "caucasian", "african")
YOUNG, OLD = 25.0, 90.0
"""The ages at which the young and the old targets stand."""
BODY_VERTICES: Final = 13380
"""The base mesh's first vertices are the body; helper geometry follows."""

Mixture = dict[str, float]


@dataclass(frozen=True)
class Build:
    """A person in human terms."""

    female: bool
    age: float = 25.0
    """Years, 18..90."""
    weight: float = 0.0
    """-1 thin .. 0 average .. 1 heavy."""
    muscle: float = 0.0
    """-1 slight .. 0 average .. 1 strong."""
    ideal: float = 0.0
    """-1 uncommon .. 1 ideal proportions."""
    bust: float = 0.0
    """-1 small .. 1 large."""
    height: float | None = None
    """cm; None: what the other targets make it."""
    ethnicity: Mapping[str, float] = field(default_factory=lambda: {"asian": 1.0})
    """Shares; scaled to sum to one."""


def mixture(build: Build) -> Mixture:
    """Base-mesh targets of a build, without its height."""
    sex = "female" if build.female else "male"
    ages = _axis_age(build.age)
    total = sum(build.ethnicity.values())
    result: Mixture = {}
    for (age, share), (people, part) in product(ages.items(), build.ethnicity.items()):
        _add(result, f"{people}-{sex}-{age}", share * part / total)
    for corner, share in _corners(build).items():
        _add(result, f"universal-{sex}-{corner}", share)
        _add(result, f"{sex}-{corner}-{_end(build.ideal, 'uncommon', 'ideal')}proportions",
             share * abs(build.ideal))  # fmt: skip
        if build.female:
            cup = _end(build.bust, "min", "max") + "cup-averagefirmness"
            _add(result, f"female-{corner}-{cup}", share * abs(build.bust))
    return result


def height_mixture(build: Build, amount: float) -> Mixture:
    """Targets that make a build taller (``amount`` > 0) or smaller."""
    sex, end = ("female" if build.female else "male"), _end(amount, "min", "max")
    return {
        f"{sex}-{corner}-{end}height": share * abs(amount)
        for corner, share in _corners(build).items()
    }


def solve_height(
    build: Build, vertices: Reals, delta: Callable[[str], Reals], tolerance: float = 0.001
) -> Mixture:
    """The height targets that bring a body (``vertices`` dm, all other targets applied) to its
    height in cm; ``delta`` gives a target's displacements. Reaches within +-1 of the targets."""
    if build.height is None:
        return {}
    low, high = -1.0, 1.0
    body = vertices[:BODY_VERTICES, 1]
    lift = {
        end: sum(share * delta(name) for name, share in height_mixture(build, end).items())
        for end in (-1.0, 1.0)
    }
    while high - low > tolerance:
        amount = (low + high) / 2
        moved = body + abs(amount) * np.asarray(lift[-1.0 if amount < 0 else 1.0])[: len(body), 1]
        low, high = (amount, high) if np.ptp(moved) * 10 < build.height else (low, amount)
    return height_mixture(build, round((low + high) / 2, 3))


def _axis_age(age: float) -> Mixture:
    old = float(np.clip((age - YOUNG) / (OLD - YOUNG), 0, 1))
    return {name: share for name, share in (("young", 1 - old), ("old", old)) if share > 0}


def _axis(value: float, name: str) -> Mixture:
    end = _end(value, "min", "max")
    shares = {f"average{name}": 1 - abs(value), f"{end}{name}": abs(value)}
    return {key: share for key, share in shares.items() if share > 0}


def _corners(build: Build) -> Mixture:
    """``young-averagemuscle-minweight`` ... -> share."""
    axes = (_axis_age(build.age), _axis(build.muscle, "muscle"), _axis(build.weight, "weight"))
    return {
        f"{age}-{muscle}-{weight}": a * b * c
        for (age, a), (muscle, b), (weight, c) in product(*(axis.items() for axis in axes))
    }


def _end(value: float, low: str, high: str) -> str:
    return low if value < 0 else high


def _add(result: Mixture, name: str, share: float) -> None:
    if share:
        result[name] = result.get(name, 0.0) + share
