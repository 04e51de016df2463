"""Light as data: a key with a soft shadow, a fill, a rim, and a studio's ambient light.

The studio is a procedural environment (ceiling, floor, soft boxes); its diffuse part is nine
spherical-harmonic coefficients (Ramamoorthi & Hanrahan 2001), evaluated per vertex.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from avatar.errors import ConfigError
from avatar.math3d import Float

Color = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Lamp:
    """A far soft box."""

    azimuth: float
    """deg from the front (+Z), + to the figure's left."""
    elevation: float
    """deg above the horizon."""
    color: Color
    """Linear; 1 lights white paper facing it to 1."""
    size: float = 12.0
    """Angular radius, deg."""

    @property
    def direction(self) -> Float:
        """float32[3], unit vector towards the lamp."""
        az, el = np.radians(self.azimuth), np.radians(self.elevation)
        flat = np.cos(el)
        return np.array([flat * np.sin(az), np.sin(el), flat * np.cos(az)], np.float32)


@dataclass(frozen=True, slots=True)
class LightRig:
    """A set of lamps and the room around them."""

    key: Lamp
    fill: Lamp
    rim: Lamp
    ceiling: Color
    floor: Color
    exposure: float
    plain: bool = False
    """As a scene of a glTF viewer: the key lamp alone, the room the same from all sides, no
    cast shadow, no tone curve, no glow, and materials without our shading hints."""


_DARK: Final = (0.0, 0.0, 0.0)


def plain_light(
    azimuth: float = 25.0,
    elevation: float = 30.0,
    color: Color = (1.0, 1.0, 1.0),
    ambient: Color = _DARK,
) -> LightRig:
    """One far lamp and even ambient light (deg, linear), as three.js users set them up.

    Units: here a lamp of 1 lights white paper facing it to 1; in three.js (since r155) that is a
    ``DirectionalLight`` or ``AmbientLight`` of intensity pi.
    """
    lamp = Lamp(azimuth, elevation, color, 0.5)
    off = Lamp(azimuth, elevation, _DARK)
    return LightRig(lamp, off, off, ambient, ambient, 1.0, plain=True)


LIGHTS: Final[dict[str, LightRig]] = {
    "portrait": LightRig(
        key=Lamp(40, 34, (2.45, 2.22, 1.95), 14),
        fill=Lamp(-52, 6, (0.30, 0.335, 0.385), 25),
        rim=Lamp(-150, 32, (2.2, 2.25, 2.4), 10),
        ceiling=(0.27, 0.285, 0.315),
        floor=(0.17, 0.14, 0.125),
        exposure=0.46,
    ),
    "beauty": LightRig(
        key=Lamp(8, 38, (1.95, 1.82, 1.68), 20),
        fill=Lamp(-10, -35, (0.55, 0.52, 0.50), 30),
        rim=Lamp(160, 35, (1.6, 1.7, 1.9), 12),
        ceiling=(0.36, 0.36, 0.38),
        floor=(0.26, 0.23, 0.21),
        exposure=0.46,
    ),
    "stage": LightRig(
        key=Lamp(30, 40, (2.2, 2.05, 1.95), 8),
        fill=Lamp(-60, 10, (0.42, 0.38, 0.75), 20),
        rim=Lamp(-155, 25, (2.6, 1.7, 2.8), 10),
        ceiling=(0.26, 0.26, 0.36),
        floor=(0.16, 0.13, 0.20),
        exposure=0.48,
    ),
    "news": LightRig(
        key=Lamp(26, 36, (2.15, 2.05, 1.95), 18),
        fill=Lamp(-38, 14, (0.70, 0.70, 0.72), 22),
        rim=Lamp(-158, 40, (1.9, 1.95, 2.05), 12),
        ceiling=(0.34, 0.345, 0.36),
        floor=(0.20, 0.185, 0.18),
        exposure=0.45,
    ),
    "daylight": LightRig(
        key=Lamp(54, 28, (2.25, 2.22, 2.16), 26),
        fill=Lamp(-70, -8, (0.34, 0.30, 0.26), 30),
        rim=Lamp(-140, 25, (1.3, 1.15, 0.95), 16),
        ceiling=(0.34, 0.39, 0.46),
        floor=(0.22, 0.19, 0.155),
        exposure=0.46,
    ),
    "plain": plain_light(),
}
"""Light sets by name."""


def light_rig(name: str | LightRig) -> LightRig:
    """The light set of a name; raises ConfigError listing the known ones."""
    if isinstance(name, LightRig):
        return name
    if name not in LIGHTS:
        raise ConfigError(f"no light {name!r}: one of {', '.join(LIGHTS)}")
    return LIGHTS[name]


def toon_gains(rig: LightRig) -> tuple[float, float]:
    """Factors of the key lamp and of the room for toon materials, whose colours are meant to
    reach the screen as painted: no tone curve, lit paper just below white."""
    if rig.plain:
        return 1.0, 1.0
    r, g, b = rig.key.color
    return 0.8 / max(0.2126 * r + 0.7152 * g + 0.0722 * b, 1e-3), 0.45


def studio(rig: LightRig, direction: Float) -> Float:
    """Radiance float32[n, 3] of the room (lamps apart) from unit directions float32[n, 3]."""
    up = direction[:, 1:2]
    ceiling, floor = np.asarray(rig.ceiling), np.asarray(rig.floor)
    if rig.plain:
        return np.broadcast_to(ceiling, direction.shape).astype(np.float32)
    blend = np.clip(0.5 + 0.75 * up, 0, 1)
    room = floor + (ceiling - floor) * blend * blend * (3 - 2 * blend)
    front = np.clip(direction[:, 2:3], 0, 1)
    return (room * (0.85 + 0.3 * front)).astype(np.float32)


@lru_cache(maxsize=8)
def irradiance(rig: LightRig) -> Float:
    """float32[9, 3]: the room's irradiance / pi as a polynomial of the normal.

    Row order ``1 y z x xy yz 3z^2-1 xz x^2-y^2`` with all constants multiplied in.
    """
    way = _sphere(4096)
    basis = _sh_basis(way)
    weight = 4 * np.pi / len(way)
    coefficient = basis.T @ studio(rig, way).astype(np.float64) * weight
    band = np.array([1.0] + [2 / 3] * 3 + [1 / 4] * 5)[:, None]
    scale = _SH_SCALE[:, None]
    out = (coefficient * band * scale).astype(np.float32)
    out.flags.writeable = False
    return out


_SH_SCALE: Final = np.array(
    [0.282095, 0.488603, 0.488603, 0.488603, 1.092548, 1.092548, 0.315392, 1.092548, 0.546274]
)


def _sh_basis(way: Float) -> Float:
    x, y, z = way.T.astype(np.float64)
    terms = [x * 0 + 1, y, z, x, x * y, y * z, 3 * z * z - 1, x * z, x * x - y * y]
    return np.stack(terms, 1) * _SH_SCALE


def _sphere(count: int) -> Float:
    """Even directions (Fibonacci spiral)."""
    i = np.arange(count) + 0.5
    y = 1 - 2 * i / count
    angle = np.pi * (1 + 5**0.5) * i
    flat = np.sqrt(1 - y * y)
    return np.stack([flat * np.cos(angle), y, flat * np.sin(angle)], 1).astype(np.float32)
