import pytest

from avatar.config import Config, load_config, parse_size
from avatar.errors import ConfigError


def test_values_override_file_override_defaults(tmp_path):
    file = tmp_path / "config.toml"
    file.write_text('figure = "ming"\nsize = "640x360"\nfps = 25\n')
    config = load_config(file, {"fps": 24.0})
    assert (config.figure, config.size, config.fps) == ("ming", (640, 360), 24.0)
    assert config.voice == Config().voice


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"figur": "x"}, "figure"),
        ({"quality": "hi"}, "high"),
        ({"size": "big"}, "1280x720"),
        ({"size": "4x4"}, "16 to 8192"),
        ({"fps": 0}, "1 to 240"),
        ({"captions": "yes"}, "bool"),
        ({"seed": True}, "int"),
    ],
)
def test_wrong_values_say_what_is_right(values, says):
    with pytest.raises(ConfigError, match=says):
        Config().with_values(values)


def test_broken_toml_is_one_line(tmp_path):
    file = tmp_path / "config.toml"
    file.write_text("figure = ")
    with pytest.raises(ConfigError, match="not valid TOML"):
        load_config(file)


def test_missing_file_named_by_the_user_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match="cannot read"):
        load_config(tmp_path / "none.toml")


@pytest.mark.parametrize("text", ["1280x720", "1280×720", "1280*720", [1280, 720]])
def test_size_spellings(text):
    assert parse_size(text) == (1280, 720)
