"""The command line on bad input: one line, the right exit code, nothing half-written."""

from __future__ import annotations

import json
import os
import signal
import struct
import subprocess
import sys
import time

import av
import pytest

from avatar.cli import main
from avatar.runtime.session import Session

pytestmark = pytest.mark.gl
SMALL = ["--size", "160x90", "--fps", "10", "--quality", "draft", "--voice", "espeak"]


@pytest.fixture
def avatar(capsys, monkeypatch, tmp_path):
    """Run a command; returns (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AVATAR_LANG", "en")
    monkeypatch.delenv("DISPLAY", raising=False)

    def run(*arguments):
        with pytest.raises(SystemExit) as end:
            main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return end.value.code, said.out, said.err

    return run


def glb(document, payload=b""):
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text
    if payload:
        chunks += struct.pack("<I4s", len(payload), b"BIN\0") + payload
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["say", ""], 2, "no text"),
        (["say", "   "], 2, "no text"),
        (["say", "hi", "-o", "x.mp4", "--voice", "nobody"], 2, "nobody"),
        (["say", "hi", "-o", "x.mp4", "--lang", "fr"], 2, "fr"),
        (["say", "hi", "-o", "x.mp4", "--size", "huge"], 2, "1280x720"),
        (["say", "hi", "-o", "x.mp4", "--set", "figur=mei"], 2, "figure"),
        (["say", "hi", "-o", "x.mp4", "--figure", "none.vrm"], 2, "none.vrm"),
        (["say", "hi", "-o", "x.mp4", "--emotion", "hapy"], 2, "happy"),
        (["say", "hi", "-o", "x.mp4", "--background", "nowhere.png"], 2, "nowhere.png"),
        (["say", "hi", "-o", "x.mp4", "--lexicon", "none.toml"], 2, "none.toml"),
        (["say", "hi", "-o", "x.xyz"], 2, ".mp4"),
        (["say", "hi", "-o", "no/such/folder/x.mp4"], 2, "x.mp4"),
        (["say", "hi", "-o", "x.mp4", "--background", "transparent"], 2, ".webm"),
        (["view", "none.vrm", "--shot", "x.png"], 2, "none.vrm"),
        (["view", "mei", "--shot", "x.png", "--expression", "hapy=1"], 2, "happy"),
        (["view", "mei", "--shot", "x.png", "--expression", "happy=much"], 2, "NAME=0.8"),
        (["fetch", "nonsense"], 2, "nonsense"),
        (["nonsense"], 2, "nonsense"),
        (["host"], 3, "display"),
    ],
)
def test_a_mistake_is_one_line_with_the_way_out(avatar, tmp_path, arguments, code, says):
    small = SMALL if arguments[0] == "say" and "--size" not in arguments else []
    small = [] if "--voice" in arguments else small
    before = set(tmp_path.iterdir())
    got, _, error = avatar(*arguments, *small)
    assert got == code, error
    assert says in error
    assert len(error.strip().splitlines()[-1]) < 400
    assert set(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a figure",
        b"glTF\x02\x00\x00\x00\xff\xff\xff\xff",
        glb({"asset": {"version": "2.0"}}),
        glb({"asset": {"version": "2.0"}, "nodes": [{"children": [0]}], "scenes": []}),
        glb({"asset": {"version": "2.0"}, "buffers": [{"byteLength": 8, "uri": "../secret"}]}),
    ],
)
def test_a_damaged_figure_is_one_line(avatar, tmp_path, content):
    figure = tmp_path / "bad.glb"
    figure.write_bytes(content)
    code, _, error = avatar("view", figure, "--shot", "x.png")
    assert code == 2, error
    assert "bad.glb" in error
    assert not (tmp_path / "x.png").exists()


def test_a_lone_surrogate_or_emoji_does_not_stop_the_voice(avatar):
    code, out, error = avatar("say", "Hi 😀\ufffd\u200b there", "-o", "x.mp4", *SMALL)
    assert code == 0, error
    assert "x.mp4" in out


def test_say_reads_standard_input(avatar, tmp_path, monkeypatch):
    import io

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("你好。".encode())))
    code, _, error = avatar("say", "-", "-o", "x.mp4", *SMALL, "--webvtt", "x.vtt")
    assert code == 0, error
    assert "你<" in (tmp_path / "x.vtt").read_text("utf-8")


def test_a_clip_without_a_named_file_says_where_it_went(avatar, tmp_path):
    code, out, error = avatar("say", "Hi.", *SMALL)
    assert code == 0, error
    assert (tmp_path / "avatar.mp4").exists() and "avatar.mp4" in out


def test_every_plug_in_is_listed(avatar):
    code, out, _ = avatar("plugins")
    assert code == 0
    for name in ("espeak", "kokoro", "pyttsx3", "mp4", "webm", "idle"):
        assert name in out


def test_fetch_lists_models_with_their_licence(avatar):
    code, out, _ = avatar("fetch")
    assert code == 0
    assert "kokoro" in out and "Apache-2.0" in out


def test_view_writes_a_still(avatar, tmp_path):
    code, _, error = avatar(
        "view", "ming", "--shot", "x.png", "--size", "200x200", "--expression", "HAPPY=0.8"
    )
    assert code == 0, error
    from PIL import Image

    with Image.open(tmp_path / "x.png") as picture:
        assert picture.size == (200, 200)
        assert json.loads(picture.info["AIGC"])["Label"] == "1"


def test_demo_without_a_display_writes_a_clip_and_a_contact_sheet(avatar, tmp_path):
    code, out, error = avatar("demo", *SMALL)
    assert code == 0, error
    assert (tmp_path / "avatar-demo.mp4").exists() and (tmp_path / "avatar-demo.png").exists()
    assert "avatar-demo.png" in out


def test_a_clip_cut_off_by_ctrl_c_plays(tmp_path):
    command = [sys.executable, "-c", "from avatar.cli import main; main()", "say"]
    text = "This sentence is long enough to be cut off in the middle. " * 20
    process = subprocess.Popen(
        [*command, text, "-o", "cut.mp4", *SMALL],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, "AVATAR_LANG": "en"},
    )
    part = tmp_path / "cut.part.mp4"
    deadline = time.monotonic() + 60
    while not (part.exists() and part.stat().st_size > 20_000) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130, error
    assert "cut.mp4" in error and "Traceback" not in error
    with av.open(str(tmp_path / "cut.mp4")) as clip:
        assert sum(1 for _ in clip.decode(video=0)) > 5
    assert not part.exists()


def test_a_very_long_text_begins_at_once():
    with Session(voice="espeak", size=(64, 64), fps=5, quality="draft", label=False) as session:
        session.say("今天天气很好，我们去公园。" * 4000)
        times = [frame.t for frame in session.frames(duration=3.0)]
        assert len(times) == 15
        assert session.speaking and session.speaker.pending() < 30
