"""Quality tiers as data, and the controller that holds a frame rate by changing tier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from avatar.errors import ConfigError

Quality = Literal["auto", "draft", "standard", "high", "film"]


@dataclass(frozen=True, slots=True)
class Tier:
    """What one quality draws, and at which resolution."""

    name: str
    inside: int
    """Greatest internal height, px; 0: the output's own."""
    supersample: int
    """Internal pixels per output pixel along each axis."""
    samples: int
    """MSAA samples, 0 for none."""
    detail: bool
    """Normal maps, detail normals, second specular lights."""
    soft_hair: bool
    """Hair with its depth first and a soft rim; otherwise plainly cut out."""
    shadow: Literal["variance", "pcss"]
    """``variance``: a blurred moment map, one tap; ``pcss``: soft contact-hardening shadow."""
    shadow_size: int
    """Side of the shadow map, px."""
    shadow_every: int
    """The shadow is drawn anew every n-th frame."""
    smooth: bool
    """Edge smoothing after the fact (FXAA), where there is no MSAA."""
    bloom: float
    """Strength of the glow around the brightest parts, 0 for none."""
    aperture: float = 0.0
    """How soft what is far behind the face gets, share of the picture's height; 0: all sharp."""
    contact: bool = False
    """Shade where surfaces meet: under the chin, along a collar, between fingers."""


TIERS: Final[dict[str, Tier]] = {
    tier.name: tier
    for tier in (
        Tier("draft", 360, 1, 0, False, False, "variance", 256, 6, True, 0.0),
        Tier("standard", 0, 1, 0, True, True, "variance", 512, 3, True, 0.0),
        Tier("high", 0, 1, 4, True, True, "pcss", 2048, 1, False, 0.10, 0.026, True),
        Tier("film", 0, 2, 4, True, True, "pcss", 4096, 1, False, 0.10, 0.03, True),
    )
}
"""Tiers by name, cheapest first."""

LIVE: Final = ("draft", "standard", "high")
"""Tiers that ``auto`` chooses from, cheapest first."""


def tier(name: str | Tier) -> Tier:
    """The tier of a name, or one made by the caller; raises ConfigError listing the known ones."""
    if isinstance(name, Tier):
        return name
    if name not in TIERS:
        raise ConfigError(f"no quality {name!r}: one of auto, {', '.join(TIERS)}")
    return TIERS[name]


class AutoQuality:
    """Chooses the best tier that holds a frame rate, from the time each frame took.

    Goes down when the median of a window is over the budget, and up when it is well under, with
    a longer wait after each climb that failed, so that it settles.
    """

    def __init__(self, fps: float, tiers: Sequence[str] = LIVE, window: int = 12) -> None:
        self._budget = 1 / fps
        self._tiers, self._window = tuple(tiers), window
        self._at = min(1, len(self._tiers) - 1)
        self._times: list[float] = []
        self._patience = 3 * window
        self._calm = 0
        self._climbed = False

    @property
    def name(self) -> str:
        """The tier to draw with now."""
        return self._tiers[self._at]

    def record(self, seconds: float) -> str:
        """Take the time of one frame (s); returns the tier for the next."""
        self._times.append(seconds)
        if len(self._times) >= self._window:
            median = sorted(self._times)[len(self._times) // 2]
            self._times.clear()
            self._decide(median)
        return self.name

    def _decide(self, median: float) -> None:
        if median > 0.9 * self._budget:
            self._fall()
        elif median < 0.35 * self._budget:
            self._calm += self._window
            if self._calm >= self._patience:
                self._climb()
        else:
            self._calm, self._climbed = 0, False

    def _fall(self) -> None:
        if self._climbed:
            self._patience *= 4
        self._at, self._calm, self._climbed = max(self._at - 1, 0), 0, False

    def _climb(self) -> None:
        if self._at + 1 < len(self._tiers):
            self._at, self._calm, self._climbed = self._at + 1, 0, True
