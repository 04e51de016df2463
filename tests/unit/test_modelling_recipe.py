"""Recipes in human terms: their meaning on the base mesh, their errors, random people, writing."""

from __future__ import annotations

import tomllib

import numpy as np
import pytest

from avatar.errors import AssetError, ConfigError, MissingAsset, OutputError
from avatar.modelling import schema, terms
from avatar.modelling.look import skin_tone
from avatar.modelling.macro import BODY_VERTICES, Build, height_mixture, mixture, solve_height
from avatar.modelling.order import tipsified
from avatar.modelling.people import random_person
from avatar.modelling.recipe import load_recipe, parse_recipe, read_tables
from avatar.modelling.recipe_write import new_text, with_values, write_text
from avatar.modelling.wardrobe import OUTFITS, garments


def parsed(**tables):
    return parse_recipe(tables, "test", "test.toml")


def test_average_person_is_one_corner_of_the_grid():
    targets = mixture(Build(True, ethnicity={"asian": 1.0}))
    assert targets == {
        "asian-female-young": 1.0,
        "universal-female-young-averagemuscle-averageweight": 1.0,
    }


@pytest.mark.parametrize("age, weight, muscle", [(20, 0, 0), (57, 0.4, -0.3), (90, -1, 1)])
def test_macro_shares_always_sum_to_one(age, weight, muscle):
    build = Build(False, age=age, weight=weight, muscle=muscle,
                  ethnicity={"asian": 2.0, "african": 1.0})  # fmt: skip
    targets = mixture(build)
    for start in ("universal-", ("asian-", "african-")):
        assert sum(v for k, v in targets.items() if k.startswith(start)) == pytest.approx(1)


def test_older_people_move_towards_the_old_targets():
    young, old = (mixture(Build(True, age=age)) for age in (25, 60))
    assert "asian-female-old" not in young
    assert old["asian-female-old"] == pytest.approx(35 / 65)


def test_height_is_solved_for():
    body = np.zeros((BODY_VERTICES, 3))
    body[0, 1] = 16.0  # dm
    step = np.zeros_like(body)
    step[0, 1] = 4.0
    signs = {"max": 1.0, "min": -1.0}

    def delta(name):
        return next(sign for end, sign in signs.items() if f"-{end}height" in name) * step

    for wanted in (150.0, 172.0):
        targets = solve_height(Build(True, height=wanted), body, delta)
        moved = body + sum(share * delta(name) for name, share in targets.items())
        assert np.ptp(moved[:, 1]) * 10 == pytest.approx(wanted, abs=0.2)
    assert solve_height(Build(True), body, delta) == {}
    assert all("minheight" in name for name in height_mixture(Build(True), -0.5))


def test_terms_become_targets_on_both_sides():
    recipe = parsed(sex="female", face={"eye_size": -0.4, "nose_tip": 0.2})
    assert recipe.targets["l-eye-scale-decr"] == recipe.targets["r-eye-scale-decr"] == 0.4
    assert recipe.targets["nose-point-up"] == 0.2


def test_raw_targets_add_to_the_terms():
    recipe = parsed(face={"eye_size": 0.4}, targets={"lr-eye-scale-incr": 0.1})
    assert recipe.targets["l-eye-scale-incr"] == pytest.approx(0.5)


def test_raw_tables_win_over_words():
    recipe = parsed(look={"iris": "blue"}, eyes={"inner": [0.1, 0.2, 0.3]})
    assert recipe.eyes["inner"] == [0.1, 0.2, 0.3]
    assert recipe.eyes["outer"] == list(terms.IRIS["blue"][1])


@pytest.mark.parametrize(
    "tables, key, hint",
    [
        ({"face": {"eye_sizes": 1}}, "face.eye_sizes", "eye_size"),
        ({"face": {"eye_size": 3}}, "face.eye_size", "-1 to 1"),
        ({"face": {"face_oval": -0.1}}, "face.face_oval", "0 to 1"),
        ({"face": {"eye_size": True}}, "face.eye_size", "number"),
        ({"person": {"age": 12}}, "person.age", "18 to 90"),
        ({"person": {"asian": 0}}, "person", "above 0"),
        ({"look": {"iris": "gren"}}, "look.iris", "green"),
        ({"look": {"skin": 2}}, "look.skin", "light"),
        ({"outfit": {"style": "toga"}}, "outfit.style", "suit"),
        ({"outfit": {"main": [2, 0, 0]}}, "outfit.main", "#rrggbb"),
        ({"outfit": {"main": "#12345"}}, "outfit.main", "#rrggbb"),
        ({"skin": {"pore": 1}}, "skin.pore", "pores"),
        ({"eyes": {"pupil": 2}}, "eyes.pupil", "0.7"),
        ({"expression": {"mouthSmileLef": 1}}, "expression.mouthSmileLef", "mouthSmileLeft"),
        ({"targets": {"head-oval": 9}}, "targets.head-oval", "-2 to 2"),
        ({"persn": {}}, "persn", "person"),
        ({"face": 3}, "face", "[face]"),
        ({"sex": "x"}, "sex", "female"),
    ],
)
def test_a_wrong_key_is_named_with_what_is_allowed(tables, key, hint):
    with pytest.raises(ConfigError) as caught:
        parse_recipe(tables, "a", "a.toml")
    message = str(caught.value)
    assert message.startswith("a.toml: ")
    assert key in message
    assert hint in message
    assert "\n" not in message


def test_every_term_names_a_range_and_a_direction():
    for table in (terms.FACE, terms.BODY):
        for term in table.values():
            assert term.more
            assert 0 < term.spread < 0.5


@pytest.mark.parametrize("style", schema.OUTFITS)
@pytest.mark.parametrize("female", [True, False])
def test_outfits_are_dyed_in_linear_colours(style, female):
    worn = garments({"style": style, "main": "#804020"}, female)
    assert worn
    for garment in worn:
        assert len(garment["colour"]) == 3
        assert all(0 <= x <= 1 for x in garment["colour"])


def test_every_outfit_can_be_named():
    assert set(OUTFITS) == set(schema.OUTFITS)


def test_colours_by_name_hex_and_numbers():
    assert schema.linear("navy") == terms.COLOURS["navy"]
    assert schema.linear("#ffffff") == pytest.approx((1, 1, 1))
    assert schema.linear("#808080")[0] == pytest.approx(0.2159, abs=1e-3)
    assert schema.linear([0.1, 0.2, 0.3]) == (0.1, 0.2, 0.3)


def test_skin_darkens_along_its_scale():
    tones = [sum(skin_tone(x)) for x in np.linspace(0, 1, 9)]
    assert tones == sorted(tones, reverse=True)
    assert skin_tone("dark")[0] < 0.2 < skin_tone("light")[0]


def test_an_iris_of_ones_own_colour_is_darker_at_its_rim():
    eyes = parsed(look={"iris": "#6d6a52"}).eyes
    assert all(rim < near for rim, near in zip(eyes["outer"], eyes["inner"], strict=True))


def test_lips_and_blush_sink_into_darker_skin():
    fair, dark = (parsed(look={"skin": tone}).skin for tone in ("light", "dark"))
    assert dark["blush"] < fair["blush"]
    assert sum(dark["lip"]) < sum(fair["lip"])


def test_hair_leans_as_the_recipe_says():
    assert parsed(look={"hair": "short", "hair_sweep": -0.5}).hair["sweep"] == -0.5


@pytest.mark.parametrize("seed", range(40))
def test_random_people_are_valid_and_the_same_for_a_seed(seed):
    tables = random_person(seed)
    assert tables == random_person(seed)
    recipe = parse_recipe(tables, "x", "x")
    assert recipe.female == (tables["sex"] == "female")
    outlines = {"face_round", "face_square", "face_long", "face_heart", "face_diamond"}
    assert len(outlines & set(tables["face"])) <= 1


def test_random_people_differ_and_take_the_sex_asked_for():
    people = [random_person(seed, "male") for seed in range(12)]
    assert {person["sex"] for person in people} == {"male"}
    assert len({str(person["face"]) for person in people}) == 12


def test_build_and_face_agree():
    people = [random_person(seed) for seed in range(300)]
    weight = [p["person"]["weight"] for p in people]
    full = [p["face"].get("face_fullness", 0) for p in people]
    assert np.corrcoef(weight, full)[0, 1] > 0.2


def test_new_recipe_reads_back():
    tables = random_person(5)
    assert tomllib.loads(new_text(tables)) == {k: v for k, v in tables.items() if v != {}}


def test_changed_values_keep_comments_and_order():
    text = '# mine\nname = "a"\n\n[face] # why\neye_size = 0.1\nnose_tip = 0.2\n'
    changed = with_values(text, {("face", "eye_size"): 0.3, ("look", "iris"): "blue"})
    assert changed.startswith(text.replace("0.1", "0.3"))
    assert tomllib.loads(changed)["look"] == {"iris": "blue"}


def test_writing_replaces_the_whole_file_or_nothing(tmp_path):
    path = tmp_path / "deep" / "a.toml"
    write_text(path, "name = 'a'")
    assert path.read_text() == "name = 'a'"
    assert [p.name for p in path.parent.iterdir()] == ["a.toml"]
    with pytest.raises(OutputError, match="cannot write"):
        write_text(path / "b.toml", "x")


def test_recipes_that_cannot_be_read(tmp_path):
    with pytest.raises(MissingAsset, match="avatar model new"):
        load_recipe(str(tmp_path / "none.toml"))
    broken = tmp_path / "broken.toml"
    broken.write_text("= 3")
    with pytest.raises(AssetError, match="not valid TOML"):
        read_tables(broken)


def test_vertex_cache_order_keeps_all_triangles_and_misses_less():
    side = 40
    a = (np.arange(side)[:, None] * (side + 1) + np.arange(side)).reshape(-1)
    grid = np.concatenate([np.stack([a, a + 1, a + side + 1], 1),
                           np.stack([a + 1, a + side + 2, a + side + 1], 1)])  # fmt: skip
    shuffled = grid[np.random.default_rng(3).permutation(len(grid))]
    order = tipsified(shuffled, (side + 1) ** 2)
    assert sorted(order.tolist()) == list(range(len(grid)))

    def misses(triangles):
        cache: list[int] = []
        count = 0
        for vertex in triangles.reshape(-1).tolist():
            if vertex not in cache:
                count += 1
                cache = [*cache, vertex][-24:]
        return count

    assert misses(shuffled[order]) < 0.8 * len(grid)
    assert misses(shuffled) > 2 * len(grid)
