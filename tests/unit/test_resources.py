"""Where the package's own files lie."""

from __future__ import annotations

import pytest

from avatar import resources
from avatar.errors import MissingAsset


def test_voices_ship_with_their_vocabulary():
    folder = resources.models_dir() / "voices" / "kokoro"
    assert (folder / "vocab.json").is_file()
    for name in ("zf_xiaoxiao", "zm_yunxi", "af_heart", "am_michael"):
        assert (folder / f"{name}.bin").stat().st_size == 510 * 256 * 4


def test_a_figure_is_a_shipped_name_or_a_file(tmp_path):
    path = tmp_path / "mine.vrm"
    path.write_bytes(b"")
    assert resources.figure_path(str(path)) == path
    for name, shipped in resources.figures().items():
        assert resources.figure_path(name) == shipped


def test_an_unknown_figure_lists_the_known():
    with pytest.raises(MissingAsset, match="no figure 'nobody'"):
        resources.figure_path("nobody")
