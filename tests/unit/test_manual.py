import pytest

from avatar.errors import ConfigError
from avatar.pose import FACE_SHAPES, FaceShape
from avatar.runtime.manual import ManualDriver, check_expressions, expression_names
from tests.unit.figures import perfect_sync


def test_no_opinion_until_something_is_set():
    driver = ManualDriver()
    assert driver.sample(0.0) is None
    driver.set("jawOpen", 0.5)
    driver.set("happy", 2.0)
    pose = driver.sample(1.0)
    assert pose.weight[FaceShape.jawOpen] == pytest.approx(0.5)
    assert pose.weight_w.sum() == 1
    assert pose.extra == {"happy": 1.0}
    driver.clear()
    assert driver.sample(2.0) is None


def test_names_are_taken_as_the_figure_spells_them():
    figure = perfect_sync()
    shape = FACE_SHAPES[0]
    assert check_expressions(figure, {shape.upper(): 0.4}) == {shape: 0.4}


def test_an_unknown_expression_names_near_ones():
    with pytest.raises(ConfigError, match="jawOpen"):
        check_expressions(perfect_sync(), {"jawOpn": 1.0})


def test_presets_come_before_a_figures_own_expressions():
    names = expression_names(perfect_sync())
    assert len(names) == len(set(names))
