"""What a file says about itself: that AI made it, with what, and when.

China's measures for labelling synthetic content (in force since 2025-09-01) and the national
standard GB 45438-2025 ask for two labels: one people can see and one in the file's metadata,
a JSON object under the key ``AIGC``. Both are on by default in every file and stream.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

MARK_TEXT: Final = "AI 生成·AI-generated"
"""What the visible mark says; the standard asks for the words AI and 生成 or 合成."""

OPENING_SECONDS: Final = 3.0
"""How long the mark stands in its large form; the standard asks for 2 s or more."""

_OPENING_HEIGHT, _LATER_HEIGHT, _SHRINK_SECONDS = 0.05, 0.028, 0.4


@dataclass(frozen=True, slots=True)
class Mark:
    """The visible label at one moment."""

    text: str
    height: float
    """Text height as a fraction of the picture's short side."""


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a piece of content comes from; becomes the file's metadata label."""

    provider: str = "avatar-engine"
    """Who made it: name or registered code of the service or person."""
    content_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    """Number of this piece of content with its provider."""
    created: datetime = field(default_factory=_now)
    """When it was made, UTC."""
    details: Mapping[str, str] = field(default_factory=dict[str, str])
    """More to tell, such as figure and voice, by name."""

    text: str = MARK_TEXT
    """What the visible mark says."""

    def aigc(self) -> str:
        """The ``AIGC`` metadata element of GB 45438-2025, annex E: a JSON object as text."""
        fields = {
            "Label": "1",
            "ContentProducer": self.provider,
            "ProduceID": self.content_id,
            "ReservedCode1": "",
            "ContentPropagator": "",
            "PropagateID": "",
            "ReservedCode2": "",
        }
        return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))

    def mark(self, t: float) -> Mark:
        """The visible label ``t`` s into the content.

        Its text is 5 % of the short side high in the opening (the least that GB 45438-2025
        asks for), then smaller.
        """
        x = min(max((t - OPENING_SECONDS) / _SHRINK_SECONDS, 0.0), 1.0)
        ease = x * x * (3 - 2 * x)
        return Mark(self.text, _OPENING_HEIGHT + (_LATER_HEIGHT - _OPENING_HEIGHT) * ease)

    def metadata(self) -> dict[str, str]:
        """Metadata fields of a media file by name: ``AIGC`` and the same for people to read."""
        stamp = self.created.astimezone(UTC).isoformat().replace("+00:00", "Z")
        about = "".join(f"; {name}: {value}" for name, value in self.details.items())
        return {
            "AIGC": self.aigc(),
            "creation_time": stamp,
            "provider": self.provider,
            "content_id": self.content_id,
            "comment": f"{MARK_TEXT} by {self.provider} at {stamp}{about}",
        }
