"""Voices of one's own: a Piper file, a server."""

from __future__ import annotations

import json

import pytest

from avatar.errors import AssetError, ConfigError, MissingAsset, ServiceError, UnknownPlugin
from avatar.voice.tts.openai import OpenAISynthesizer
from avatar.voice.tts.piper import PiperSynthesizer
from avatar.voice.tts.select import create
from tests.contract import speech_server


@pytest.fixture(scope="module")
def server():
    yield from speech_server.running()


@pytest.fixture
def voice(server):
    made = OpenAISynthesizer(f"anna@{server.url}")
    yield made
    made.close()
    server.answers.clear()


def test_the_server_is_asked_for_the_text_as_it_is_read(server, voice):
    (speech,) = voice.synthesize("It costs $5.", lang="en")
    assert speech.text == "It costs $5."
    asked = server.asked[-1]
    assert (asked["voice"], asked["response_format"]) == ("anna", "wav")
    assert "five" in asked["input"]
    assert "$" not in asked["input"]
    assert speech.audio.duration > 0.5
    assert voice.name == "openai/anna"


def test_what_may_pass_is_tried_again_and_what_may_not_is_said(server, voice):
    server.answers += [(503, b"busy")]
    assert list(voice.synthesize("Hello."))
    server.answers += [(401, b"no such key")]
    with pytest.raises(ServiceError, match="401: no such key; check the key") as caught:
        list(voice.synthesize("Hello."))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("body", [b"no sound at all", b"RIFF", b"{}"])
def test_rubbish_from_a_server_is_one_line(server, voice, body):
    server.answers += [(200, body)]
    with pytest.raises(ServiceError) as caught:
        list(voice.synthesize("Hello."))
    assert "\n" not in str(caught.value)


def test_a_server_that_is_not_there(monkeypatch):
    voice = OpenAISynthesizer("@http://127.0.0.1:9/v1")
    with pytest.raises(ServiceError, match="is it running"):
        list(voice.synthesize("Hello."))
    voice.close()
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ConfigError, match="no key"):
        OpenAISynthesizer()


def test_a_piper_voice_that_is_none(tmp_path):
    with pytest.raises(MissingAsset, match="no such Piper voice"):
        PiperSynthesizer(str(tmp_path / "no.onnx"))
    with pytest.raises(UnknownPlugin):
        create("piper/nobody")
    path = tmp_path / "my.onnx"
    path.write_bytes(b"not a network")
    with pytest.raises(MissingAsset, match="beside"):
        create(f"piper/{path}")
    config = {
        "audio": {"sample_rate": 22050}, "espeak": {"voice": "en-us"},
        "phoneme_id_map": {"_": [0], "^": [1], "$": [2]},
        "inference": {"noise_scale": 0.6, "length_scale": 1, "noise_w": 0.8},
    }  # fmt: skip
    beside = tmp_path / "my.onnx.json"
    beside.write_text(json.dumps(config))
    with pytest.raises(AssetError, match="no Piper voice"):
        create(f"piper/{path}")
    beside.write_text(json.dumps(config | {"espeak": {"voice": "de"}}))
    with pytest.raises(ConfigError, match="speaks de"):
        create(f"piper/{path}")
    beside.write_text("{}")
    with pytest.raises(AssetError, match="no Piper voice"):
        create(f"piper/{path}")
