"""An engine for virtual digital humans: a figure that looks, moves and talks like somebody.

Importing this package loads numpy and nothing heavier; the rest comes on first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from avatar.apps.live import LiveWindow as LiveWindow
    from avatar.character import load as load
    from avatar.errors import AvatarError as AvatarError
    from avatar.pose import FaceShape as FaceShape
    from avatar.pose import HumanBone as HumanBone
    from avatar.pose import Pose as Pose
    from avatar.runtime.session import Session as Session
    from avatar.runtime.talk import Talk as Talk

__version__ = "0.1.0"

_HOME = {
    "AvatarError": "avatar.errors",
    "FaceShape": "avatar.pose",
    "HumanBone": "avatar.pose",
    "LiveWindow": "avatar.apps.live",
    "Pose": "avatar.pose",
    "Session": "avatar.runtime.session",
    "Talk": "avatar.runtime.talk",
    "load": "avatar.character",
}

__all__ = [
    "AvatarError",
    "FaceShape",
    "HumanBone",
    "LiveWindow",
    "Pose",
    "Session",
    "Talk",
    "__version__",
    "load",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'avatar' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return __all__
