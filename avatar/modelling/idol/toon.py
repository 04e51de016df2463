"""MToon 1.0 materials (``VRMC_materials_mtoon``) of a stylised figure."""

from __future__ import annotations

from typing import Any

import numpy as np

from avatar.modelling.sources import Reals
from avatar.modelling.vrm_write import Material, Texture


def toon(
    shade: Reals,
    *,
    color: Texture | None = None,
    factor: Reals | None = None,
    toony: float = 0.9,
    shift: float = -0.05,
    outline: float = 0.0,
    outline_color: Reals | None = None,
    rim: Reals | None = None,
    double_sided: bool = False,
) -> Material:
    """A cel-shaded material; colours are linear, ``outline`` m wide in world space.

    ``shade`` is the colour in shadow, or with a ``color`` picture what that is multiplied by.
    """
    base = np.ones(3) if factor is None else factor
    values: dict[str, Any] = {
        "specVersion": "1.0",
        "shadeColorFactor": _rounded(shade),
        "shadingShiftFactor": shift,
        "shadingToonyFactor": toony,
        "giEqualizationFactor": 0.9,
        "parametricRimColorFactor": _rounded(np.zeros(3) if rim is None else rim),
        "parametricRimFresnelPowerFactor": 4.0,
        "rimLightingMixFactor": 0.6,
        "outlineWidthMode": "worldCoordinates" if outline else "none",
        "outlineWidthFactor": outline,
        "outlineColorFactor": _rounded(np.zeros(3) if outline_color is None else outline_color),
        "outlineLightingMixFactor": 0.6,
    }
    return Material(
        "",
        color,
        factor=(float(base[0]), float(base[1]), float(base[2]), 1.0),
        roughness=0.9,
        double_sided=double_sided,
        mtoon=values,
    )


def _rounded(colour: Reals) -> list[float]:
    return [round(float(x), 5) for x in colour]
