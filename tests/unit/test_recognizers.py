"""Which recogniser is taken, and what is said when one cannot be had."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.errors import AvatarError, ConfigError, MissingAsset, UnknownPlugin, UnsupportedFormat
from avatar.media import AudioChunk
from avatar.voice.asr import select, vosk
from avatar.voice.asr.text import TextRecognizer

SOUND = AudioChunk(2.0, np.zeros(1600, np.float32), 16_000)
IVECTOR = "final.dubm final.ie final.mat global_cmvn.stats online_cmvn.conf splice.conf"
WHOLE = (
    "am/final.mdl",
    "conf/mfcc.conf",
    "graph/HCLG.fst",
    *(f"ivector/{name}" for name in IVECTOR.split()),
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder laid out as a Vosk model, and no other model to be found."""
    home = tmp_path / "vosk-model-small-cn-0.22"
    for name in WHOLE:
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(b"")
    monkeypatch.setenv("VOSK_MODEL_PATH", str(tmp_path))
    monkeypatch.setattr(vosk.fetch, "manifest", dict)
    return home


def test_a_vosk_model_is_found_by_path_name_and_language(folder):
    assert vosk.find(str(folder)) == folder
    assert vosk.find(folder.name) == folder
    assert vosk.find("", "zh") == folder


@pytest.mark.parametrize("missing", WHOLE)
def test_a_missing_file_of_a_model_is_named(folder, missing):
    vosk.check(folder)
    (folder / missing).unlink()
    with pytest.raises(MissingAsset) as caught:
        select.create(f"vosk/{folder}")
    message = str(caught.value)
    assert missing.rpartition("/")[2] in message or "HCLr.fst" in message
    assert "\n" not in message


def test_a_model_that_is_nowhere_says_where_to_put_it(folder):
    with pytest.raises(MissingAsset, match=r"no Vosk model tlh: unpack one from .* into"):
        select.create("vosk/tlh")


def test_a_model_of_another_language_is_refused(folder):
    with pytest.raises(ConfigError, match="hears zh, not en"):
        select.create(f"vosk/{folder}", lang="en")


def test_a_language_nobody_installed_is_one_clear_line(folder):
    with pytest.raises(MissingAsset, match="nothing here hears sw: vosk: no Vosk model for sw"):
        select.auto("sw")
    with pytest.raises(ConfigError, match="is no language"):
        select.auto("Klingon")
    with pytest.raises(UnknownPlugin, match="did you mean whisper"):
        select.create("wisper")


def test_every_registered_recogniser_explains_itself_or_runs():
    for name in ("pocketsphinx", "vosk", "whisper", "text"):
        try:
            recognizer = select.create(name)
        except (AvatarError, ImportError) as error:
            assert "\n" not in str(error)
            continue
        assert recognizer.name.startswith(name)
        assert recognizer.capabilities.languages
        recognizer.close()


def test_each_utterance_is_the_next_typed_line():
    recognizer = TextRecognizer()
    recognizer.type("  where is   the lift ")
    recognizer.type("谢谢")
    assert [t.text for t in recognizer.feed(SOUND)] == ["where is the lift"]
    assert recognizer.feed(SOUND) == []
    final = recognizer.finish()
    assert (final.text, final.final, final.start) == ("where is the lift", True, 2.0)
    assert recognizer.finish().text == "谢谢"
    assert recognizer.finish().text == ""


def test_lines_come_from_a_file(tmp_path):
    script = tmp_path / "lines.txt"
    script.write_bytes("\ufeff你好\r\n\r\nwhat time is it\r\n".encode())
    recognizer = select.create(f"text/{script}")
    assert [recognizer.finish().text for _ in range(3)] == ["你好", "what time is it", ""]
    script.write_bytes(b"\xff\xfe\x00\xd8")
    with pytest.raises(UnsupportedFormat, match="UTF-8"):
        select.create(f"text/{script}")
    with pytest.raises(MissingAsset, match="give a file of lines"):
        select.create(f"text/{tmp_path / 'none.txt'}")
