"""The command that puts a missing thing on this machine, by its package manager."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping
from typing import Final

_INSTALL: Final = {
    "apt": "sudo apt install",
    "dnf": "sudo dnf install",
    "pacman": "sudo pacman -S",
    "zypper": "sudo zypper install",
    "brew": "brew install",
    "winget": "winget install",
}
_MANAGERS: Final[Mapping[str, tuple[str, ...]]] = {
    "linux": ("apt", "dnf", "pacman", "zypper"),
    "darwin": ("brew",),
    "win32": ("winget",),
}
_PACKAGES: Final[Mapping[str, Mapping[str, str]]] = {
    "gl": {
        "apt": "libegl1 libgl1 libgl1-mesa-dri",
        "dnf": "mesa-libEGL mesa-libGL mesa-dri-drivers",
        "pacman": "mesa libglvnd",
        "zypper": "Mesa-libEGL1 Mesa-libGL1 Mesa-dri",
    },
    "sound": {
        "apt": "libportaudio2",
        "dnf": "portaudio",
        "pacman": "portaudio",
        "zypper": "libportaudio2",
        "brew": "portaudio",
    },
    "espeak": {
        "apt": "espeak-ng",
        "dnf": "espeak-ng",
        "pacman": "espeak-ng",
        "zypper": "espeak-ng",
        "brew": "espeak-ng",
        "winget": "eSpeak-NG.eSpeak-NG",
    },
    "font": {
        "apt": "fonts-noto-cjk",
        "dnf": "google-noto-sans-cjk-fonts",
        "pacman": "noto-fonts-cjk",
        "zypper": "noto-sans-sc-fonts",
        "brew": "--cask font-noto-sans-cjk-sc",
    },
    "python": {
        "apt": "python3 python3-venv",
        "dnf": "python3",
        "pacman": "python",
        "zypper": "python3",
        "brew": "python",
        "winget": "Python.Python.3.12",
    },
}
_WORDS: Final[Mapping[tuple[str, str], str]] = {
    ("gl", "darwin"): "log in to the desktop: macOS gives OpenGL only to a logged-in user",
    ("gl", "win32"): "install the graphics card maker's driver (the plain one has no OpenGL 3.3)",
    ("sound", "win32"): "plug in or enable a sound device in the system's settings",
    ("font", "win32"): "Settings, Optional features: add Chinese (Simplified) Supplemental Fonts",
}


def remedy(
    thing: str,
    platform: str = sys.platform,
    which: Callable[[str], str | None] = shutil.which,
) -> str:
    """What to run (or do) for ``gl sound espeak font python`` on ``platform``.

    Where no known package manager is found, the first of the platform's list is named.
    """
    if (thing, platform) in _WORDS:
        return _WORDS[thing, platform]
    packages = _PACKAGES[thing]
    managers = [name for name in _MANAGERS.get(platform, ("apt",)) if name in packages]
    manager = next((name for name in managers if which(name)), (managers or ["apt"])[0])
    return f"{_INSTALL[manager]} {packages[manager]}"
