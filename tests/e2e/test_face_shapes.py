"""The faces of the shipped recipes: lids that close, lips that stay together, teeth that show."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.modelling.assemble import Person
from avatar.modelling.margins import lid_edge
from avatar.modelling.outfit import mouth_picture
from avatar.modelling.recipe import load_recipe
from avatar.modelling.sculpt import Seam
from avatar.modelling.skin import ISLANDS
from avatar.modelling.sources import TARBALL, WHEEL, Sources, cache_dir


@pytest.fixture(scope="module")
def sources(need) -> Sources:
    if not all((cache_dir() / name).is_file() for name in (WHEEL, TARBALL)):
        need("npm", "apt-get install npm")
    return Sources()


@pytest.fixture(scope="module", params=["mei", "ming"])
def person(request, sources) -> Person:
    return Person(sources, load_recipe(request.param))


def moved(person: Person, *names: str, weight: float = 1.0) -> np.ndarray:
    shape = person.shape
    return shape.vertices + weight * sum(shape.morphs[name] for name in names)


def opening(person: Person, vertices: np.ndarray) -> float:
    """Between the lids' edges at the middle of the left eye, mm; negative where they overlap."""
    place = ISLANDS.index("head"), ISLANDS.index("left_socket")
    edge = lid_edge(person.sources.base, person.layout.island, *place)
    x, y = person.shape.vertices[edge, :2].T
    ends = [x.argmin(), x.argmax()]
    upper = y > np.interp(x, x[ends], y[ends])
    heights: list[float] = []
    for side in (upper, ~upper):
        line = vertices[edge[side]][np.argsort(vertices[edge[side], 0])]
        heights.append(float(np.interp(x[ends].mean(), line[:, 0], line[:, 1])))
    return 100 * (heights[0] - heights[1])


def test_eyes_are_open_and_blinks_close_them(person):
    rest = opening(person, person.shape.vertices)
    shut = opening(person, moved(person, "eyeBlinkLeft", "eyeBlinkRight"))
    wide = opening(person, moved(person, "eyeWideLeft", "eyeWideRight"))
    assert 6 < rest < 12
    assert -2.0 < shut < 0.2
    assert wide > rest


def test_lids_stay_outside_the_eyeballs(person):
    for names in ((), ("eyeBlinkLeft", "eyeBlinkRight"), ("eyeLookDownLeft", "eyeLookDownRight")):
        body = 0.1 * (moved(person, *names) if names else person.shape.vertices)[:13380]
        for ball in person.eyes.values():
            offset = body - ball.centre
            front = (np.abs(offset[:, 0]) < 0.02) & (offset[:, 2] > 0.5 * ball.radius)
            assert np.linalg.norm(offset[front], axis=1).min() > 0.999 * ball.radius


def test_smiles_widen_and_lift_the_mouth_with_the_lips_together(person):
    line = Seam(person.sources.base, person.layout, person.shape.morphs["jawOpen"])
    rest = person.shape.vertices
    smile = moved(person, "mouthSmileLeft", "mouthSmileRight")

    def corners(vertices: np.ndarray) -> np.ndarray:
        return vertices[line.loop[np.abs(rest[line.loop, 0]).argmax()]]

    out, before = corners(smile), corners(rest)
    assert abs(out[0]) > abs(before[0]) + 0.02 and out[1] > before[1] + 0.02

    def gap(vertices: np.ndarray) -> float:
        """Greatest opening over the outer half of the mouth, mm."""
        half = np.abs(vertices[line.loop, 0]).max()
        x = np.concatenate([np.linspace(0.5, 0.9, 9), -np.linspace(0.5, 0.9, 9)]) * half
        return 100 * float(line._gap(vertices, x).max())

    assert gap(smile) < gap(rest) + 0.5


def test_the_upper_teeth_show_when_the_jaw_opens(person):
    base = person.sources.base
    teeth = np.unique(base.faces[[group == "helper-upper-teeth" for group in base.group]])
    line = Seam(base, person.layout, person.shape.morphs["jawOpen"])
    upper_lip = person.shape.vertices[line.upper]
    middle = upper_lip[np.abs(upper_lip[:, 0]) < 0.05]
    assert person.shape.vertices[teeth][:, 1].min() < middle[:, 1].mean()


def test_a_broad_smile_bares_no_gums(person):
    base, shape = person.sources.base, person.shape
    teeth = np.unique(base.faces[[group == "helper-upper-teeth" for group in base.group]])
    weights = {"mouthSmile": 0.68, "mouthUpperUp": 0.56}
    lip = 537  # the middle of the upper lip's edge
    rise = sum(
        weight * shape.morphs[name + side][lip, 1]
        for name, weight in weights.items()
        for side in ("Left", "Right")
    )
    assert 0.02 < rise < 0.14 * np.ptp(shape.vertices[teeth, 1])


def test_teeth_are_pale_and_clean(sources):
    teeth = mouth_picture(sources)[:, :512].reshape(-1, 3) / 255
    enamel = teeth[teeth.min(axis=1) > 0.8 * teeth.max(axis=1)]
    assert len(enamel) > 0.15 * len(teeth)
    assert np.quantile(enamel.mean(axis=1), 0.02) > 0.5
