"""Choosing the next token from a model's scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Sampling:
    """How freely the next token is chosen; raises ConfigError for what makes no sense."""

    temperature: float = 0.0
    """0: always the likeliest; higher: freer."""
    top_k: int = 0
    """Only the likeliest so many; 0: all."""
    top_p: float = 1.0
    """Only the likeliest that together have this probability."""
    repetition_penalty: float = 1.1
    """Divides the score of what has been said already; 1: off."""
    seed: int = 0

    def __post_init__(self) -> None:
        checks = {
            "temperature": 0 <= self.temperature <= 5,
            "top_k": self.top_k >= 0,
            "top_p": 0 < self.top_p <= 1,
            "repetition_penalty": 0.5 <= self.repetition_penalty <= 3,
        }
        for key, fine in checks.items():
            if not fine:
                raise ConfigError(f"{key} {getattr(self, key):g} is out of range")


class Sampler:
    """Chooses token after token of one answer."""

    def __init__(self, sampling: Sampling) -> None:
        self._how = sampling
        self._random = np.random.default_rng(sampling.seed)

    def choose(self, scores: NDArray[np.float32], said: Sequence[int] = ()) -> int:
        """The next token for ``scores`` float32[vocabulary] after ``said``."""
        own = self._penalised(scores, said)
        if self._how.temperature == 0:
            return int(own.argmax())
        kept = np.argsort(own)[::-1]
        if self._how.top_k:
            kept = kept[: self._how.top_k]
        odds = np.exp((own[kept] - own[kept[0]]) / self._how.temperature)
        odds /= odds.sum()
        before = np.cumsum(odds) - odds
        few = before < self._how.top_p
        odds = odds[few] / odds[few].sum()
        return int(self._random.choice(kept[few], p=odds))

    def _penalised(self, scores: NDArray[np.float32], said: Sequence[int]) -> NDArray[np.float64]:
        """Scores after the penalty of CTRL (Keskar et al. 2019, section 4.1)."""
        out = scores.astype(np.float64)
        seen = np.unique(np.asarray(said, np.int64))
        if self._how.repetition_penalty != 1 and seen.size:
            own = out[seen]
            factor = self._how.repetition_penalty
            out[seen] = np.where(own > 0, own / factor, own * factor)
        return out
