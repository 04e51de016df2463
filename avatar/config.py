"""One frozen Config: defaults < the user's TOML file < what the caller sets."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from platformdirs import user_config_path

from avatar.errors import ConfigError

LIGHTS: Final = ("portrait", "news", "stage", "daylight", "beauty", "plain")
QUALITIES: Final = ("draft", "standard", "high", "film", "auto")
VIEWS: Final = ("close", "bust", "half", "full")
LANGUAGES: Final = ("auto", "zh", "en")


@dataclass(frozen=True, slots=True)
class Config:
    """Everything a session may be told; each field is also a key of the TOML file."""

    figure: str = "mei"
    """A shipped figure's name, or the path of a .vrm or .glb file."""
    voice: str = "auto"
    """A synthesizer, ``kokoro``, ``espeak/male`` ..., or ``auto``."""
    lang: str = "auto"
    """Language of digits and other text that does not show its own: auto, zh or en."""
    size: tuple[int, int] = (1280, 720)
    """Width and height of the picture, px."""
    fps: float = 30.0
    """Frames per second, Hz."""
    background: str = "studio"
    """``studio``, ``transparent``, ``#rrggbb``, an image or a video file, which loops."""
    view: str = "bust"
    """close, bust, half or full."""
    camera_move: float = 0.8
    """How long the camera takes to a new view, s; 0 cuts."""
    quality: str = "standard"
    """draft, standard, high, film or auto."""
    light: str = "portrait"
    """portrait, news, stage, daylight, beauty or plain."""
    captions: bool = False
    """Draw captions into the picture."""
    label: bool = True
    """Show the AI mark and write the AI label into files."""
    provider: str = "avatar"
    """Who answers for the content; goes into the AI label."""
    emotion: str = "neutral"
    """The mood to begin with."""
    lexicon: str = ""
    """Path of a ``lexicon.toml`` with the user's own pronunciations."""
    seed: int = 0
    """Seed of blinks, glances and sway."""

    def __post_init__(self) -> None:
        _choose("quality", self.quality, QUALITIES)
        _choose("light", self.light, LIGHTS)
        _choose("view", self.view, VIEWS)
        _choose("lang", self.lang, LANGUAGES)
        width, height = self.size
        if not (16 <= width <= 8192 and 16 <= height <= 8192):
            raise ConfigError(f"size {width}x{height}: each side must be 16 to 8192 pixels")
        if not 1 <= self.fps <= 240:
            raise ConfigError(f"fps {self.fps:g}: must be 1 to 240")
        if not 0 <= self.camera_move <= 60:
            raise ConfigError(f"camera_move {self.camera_move:g}: must be 0 to 60 seconds")

    def with_values(self, values: Mapping[str, Any]) -> Config:
        """A copy with ``values`` set; raises ConfigError naming the nearest valid key."""
        known = {field.name: field for field in fields(self)}
        clean: dict[str, Any] = {}
        for key, value in values.items():
            if key not in known:
                near = get_close_matches(key, known, n=1)
                hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
                raise ConfigError(f"no setting {key!r}: {hint}")
            clean[key] = _converted(key, value, getattr(self, key))
        return replace(self, **clean)


def _choose(key: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        near = get_close_matches(value, known, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise ConfigError(f"{key} {value!r}: {hint}known: {', '.join(known)}")


def _converted(key: str, value: object, default: object) -> object:
    if key == "size":
        return parse_size(value)
    wanted = type(default)
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
        raise ConfigError(f"{key} {value!r}: must be a {wanted.__name__}")
    return value


def parse_size(value: object) -> tuple[int, int]:
    """``"1280x720"`` or ``[1280, 720]`` as (width, height); raises ConfigError."""
    if isinstance(value, str):
        match = re.fullmatch(r"\s*(\d{1,5})\s*[x×*]\s*(\d{1,5})\s*", value)
        pair: Any = match.groups() if match else ()
    else:
        pair = value
    try:
        width, height = (int(side) for side in pair)
    except (TypeError, ValueError):
        raise ConfigError(f"size {value!r}: write it like 1280x720") from None
    return width, height


def config_path() -> Path:
    """Where the user's settings lie."""
    return user_config_path("avatar-engine", appauthor=False) / "config.toml"


def load_config(path: Path | None = None, values: Mapping[str, Any] | None = None) -> Config:
    """Defaults, then the TOML file (the user's own when ``path`` is None), then ``values``."""
    config = Config()
    file = path or config_path()
    if path is not None or file.is_file():
        config = config.with_values(_read(file))
    return config.with_values(values or {})


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from error
