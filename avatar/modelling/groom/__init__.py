"""Hair: guides grown from a scalp, baked to shells and cards of strands.

``measure`` finds the head under a skin, ``grow`` puts a style of ``STYLES`` on it; ``lids`` finds
the edges of the eyes that ``lashes``, ``brows`` and ``tears`` are placed by.
"""

from avatar.modelling.groom.brows import brows
from avatar.modelling.groom.facehair import lids
from avatar.modelling.groom.grow import Hair, grow
from avatar.modelling.groom.head import Head, measure
from avatar.modelling.groom.lashes import lashes
from avatar.modelling.groom.look import Look, read_look
from avatar.modelling.groom.styles import STYLES
from avatar.modelling.groom.tears import tears

__all__ = [
    "STYLES", "Hair", "Head", "Look", "brows", "grow", "lashes", "lids", "measure", "read_look",
    "tears",
]  # fmt: skip
