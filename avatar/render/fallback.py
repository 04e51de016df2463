"""What to draw with when a driver does not take a tier's shaders: the next tier, said once."""

from __future__ import annotations

import logging
from typing import Final

from avatar.errors import ShaderError
from avatar.render.quality import TIERS

_LOG: Final = logging.getLogger("avatar.render")


class Fallback:
    """The tiers that this driver could not compile."""

    def __init__(self) -> None:
        self._broken: set[str] = set()

    def usable(self, name: str) -> str:
        """``name``, or the next cheaper tier that has not failed."""
        while name in self._broken and (below := _below(name)):
            name = below
        return name

    def after(self, name: str, error: ShaderError) -> str:
        """The tier to draw with now that ``name`` has failed; raises ``error`` after the last."""
        self._broken.add(name)
        lower = self.usable(name)
        if lower in self._broken:
            raise error
        _LOG.warning(
            "quality %s does not compile here, %s is drawn instead: %s", name, lower, error
        )
        return lower


def _below(name: str) -> str:
    """The next cheaper tier, "" below the cheapest; of a tier of one's own, the best."""
    names = list(TIERS)
    if name not in names:
        return names[-1]
    at = names.index(name)
    return names[at - 1] if at else ""
