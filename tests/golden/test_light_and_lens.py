"""Lights on skin, the head's own shadow, and depth of field."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatar import config
from avatar.animation.rig import Rig
from avatar.character import load
from avatar.render import Renderer, Staged, frame_camera
from avatar.render.frame import HeadFacts, figure_block
from avatar.render.light import LIGHTS
from avatar.render.quality import TIERS
from avatar.resources import figure_path

from .conftest import relaxed_pose


@pytest.fixture(scope="module")
def mei():
    return load(figure_path("mei"))


def picture(surface, mei, tier, light="portrait", view="close", size=256):
    renderer = Renderer(surface.ctx, (size, size), tier, light=light)
    figure = renderer.upload(mei)
    state = Rig(mei).advance(relaxed_pose(), 1 / 30)
    camera = frame_camera(mei, view, 1.0)
    renderer.draw([Staged(figure, state, np.eye(4, dtype=np.float32))], camera, 0.0)
    pixels = renderer.read()[..., :3].astype(np.float64) / 255
    renderer.close()
    return pixels


@pytest.mark.parametrize("light", [name for name in LIGHTS if name != "plain"])
def test_skin_is_lit_well_by_every_light(surface, mei, light):
    pixels = picture(surface, mei, "standard", light)
    brow = pixels[70:90, 110:146].mean(axis=-1)
    assert 0.45 < brow.mean() < 0.88
    assert (pixels[60:150, 80:176].min(axis=-1) > 0.99).mean() < 0.01  # nothing clipped


def test_what_lies_behind_the_face_is_soft_and_the_face_is_sharp(surface, mei):
    sharp = picture(surface, mei, replace(TIERS["high"], aperture=0.0, bloom=0.0))
    soft = picture(surface, mei, replace(TIERS["high"], aperture=0.10, bloom=0.0))
    face = np.s_[95:125, 95:160]
    assert np.abs(sharp - soft)[face].mean() < 0.01
    assert np.abs(sharp - soft).max() > 0.05


def test_the_head_casts_its_shadow_where_it_turns_to(mei):
    head = HeadFacts.of(mei)
    state = Rig(mei).advance(relaxed_pose(), 1 / 30)
    here = np.eye(4, dtype=np.float32)
    there = here.copy()
    there[:3, 3] = (1, 0, -2)
    rows = [np.frombuffer(figure_block(head, state, place), np.float32) for place in (here, there)]
    assert rows[1][8:11] - rows[0][8:11] == pytest.approx([1, 0, -2], abs=1e-5)
    assert 0.06 < rows[0][11] < 0.12


def test_every_light_can_be_asked_for():
    assert set(config.LIGHTS) == set(LIGHTS)
