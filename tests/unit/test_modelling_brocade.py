"""Pictures of a hanfu's cloth: what repeats round the body must join without a seam."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from avatar.modelling.brocade import band_cloth, damask, skirt_cloth

COLOUR, DEEP = np.array([0.66, 0.61, 0.52]), np.array([0.16, 0.36, 0.27])


def pixels(material) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(material.color.data)).convert("RGB")).astype(float)


@pytest.mark.parametrize(
    ("material", "axis"),
    [(damask("robe", DEEP), 0), (damask("robe", DEEP), 1), (band_cloth("trim", DEEP), 0),
     (skirt_cloth("skirt", COLOUR, DEEP), 1)],
    ids=["damask down", "damask across", "band along", "skirt round"],
)  # fmt: skip
def test_a_repeated_picture_joins_without_a_seam(material, axis):
    picture = np.moveaxis(pixels(material), axis, 0)
    steps = np.abs(np.diff(picture, axis=0)).mean(axis=(1, 2))
    assert np.abs(picture[-1] - picture[0]).mean() < 2.5 * steps.mean() + 2.0


def test_a_skirt_is_dyed_deeper_towards_its_hem():
    picture = pixels(skirt_cloth("skirt", COLOUR, DEEP))
    rows = picture[:, :, 0].mean(axis=1)
    assert rows[100:300].mean() > rows[700:850].mean() + 20


def test_a_band_has_gold_edges_and_a_lattice_between():
    picture = pixels(band_cloth("trim", np.array([0.085, 0.010, 0.020])))
    green = picture[:, :, 1].mean(axis=0)
    assert green[18] > 2 * green[5]
    assert picture[:, 60:200, 1].std() > 15
