"""``avatar ask``: real recordings, real recognisers, real answers."""

from __future__ import annotations

import av
import numpy as np
import pytest
from click.testing import CliRunner

from avatar import fetch
from avatar.cli import app
from avatar.errors import AssetError, ConfigError, MissingAsset
from tests.conftest import missing


def ask(*arguments):
    done = CliRunner().invoke(app, ["ask", *map(str, arguments)], catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout


@pytest.fixture
def questions(shared_data):
    return shared_data / "speech" / "questions"


def test_typed_questions_are_answered_from_the_folder(monkeypatch):
    told = ask("How much is a ticket?", "几点关门？", "--knowledge", "museum", "--dialogue", "faq")
    assert "sixty yuan" in told
    assert "五点" in told


def test_an_english_recording_with_pocketsphinx(questions):
    told = ask(
        questions / "en_05_bm_george.wav", "--recognizer", "pocketsphinx", "--dialogue", "faq",
        "--knowledge", "service_hall",
    )  # fmt: skip
    assert "business" in told.lower()


@pytest.mark.slow
def test_recordings_in_both_languages_with_whisper(questions):
    if not fetch.is_fetched("whisper-base"):
        missing("the model whisper-base", "avatar fetch whisper-base")
    told = ask(
        questions / "zh_00_zf_xiaobei.wav", questions / "en_01_bm_george.wav",
        "--knowledge", "service_hall", "--dialogue", "faq",
    )  # fmt: skip
    assert "身份证" in told
    assert "residence permit" in told


@pytest.mark.gl
@pytest.mark.slow
def test_a_clip_holds_the_visitor_and_then_the_answer(questions, tmp_path):
    out = tmp_path / "reply.mp4"
    ask(
        questions / "en_05_bm_george.wav", "-o", out, "--recognizer", "pocketsphinx",
        "--dialogue", "faq", "--knowledge", "service_hall", "--voice", "espeak",
        "--size", "160x120", "--quality", "draft", "--fps", "10",
    )  # fmt: skip
    with av.open(str(out)) as clip:
        rate = clip.streams.audio[0].rate
        sound = np.concatenate([f.to_ndarray()[0] for f in clip.decode(audio=0)])
    loud = [
        float(np.abs(sound[round(i * rate / 2) : round((i + 1) * rate / 2)]).max()) > 0.02
        for i in range(round(2 * len(sound) / rate))
    ]
    first = loud.index(True)
    pause = loud.index(False, first)
    assert first >= 1 and any(loud[pause:]), loud


def test_silence_and_wrong_files_are_said_plainly(tmp_path, monkeypatch):
    import wave

    quiet = tmp_path / "quiet.wav"
    with wave.open(str(quiet), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(16000))
    arguments = ("--recognizer", "pocketsphinx", "--dialogue", "faq")
    assert "silence" in ask(quiet, *arguments)
    runner = CliRunner()
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF but no more")
    assert isinstance(runner.invoke(app, ["ask", str(broken)]).exception, AssetError)
    assert isinstance(runner.invoke(app, ["ask", "no.wav"]).exception, ConfigError)
    model = ["ask", str(quiet), "--recognizer", f"whisper/{tmp_path}"]
    assert isinstance(runner.invoke(app, model).exception, MissingAsset)
