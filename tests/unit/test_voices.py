"""The pure parts of the voices: library names, sound files, voice choice, alignment, the graph."""

from __future__ import annotations

import io
import struct
import wave

import numpy as np
import pytest

from avatar.errors import ServiceError
from avatar.voice.text import Clause, Token, clauses
from avatar.voice.tts import kokoro, libespeak, system
from avatar.voice.tts.alignment import Loudness, Sound, align
from avatar.voice.tts.timing import share

RATE = 24_000


@pytest.mark.parametrize(
    ("platform", "ending", "remedy"),
    [
        ("linux", ".so.1", "apt install"),
        ("darwin", ".dylib", "brew install"),
        ("win32", ".dll", "winget install"),
    ],
)
def test_espeak_is_looked_for_as_the_platform_names_it(platform, ending, remedy):
    assert libespeak.library_names(platform)[0].endswith(ending)
    hint = libespeak.install_hint(platform)
    assert remedy in hint
    assert "\n" not in hint


def test_words_without_a_start_share_their_neighbours_time():
    assert share([0, None, 30], [1, 2, 1], 50) == [(0, 10), (10, 30), (30, 50)]
    assert share([None, None], [1, 1], 10) == [(0, 5), (5, 10)]
    assert share([5], [3], 9) == [(5, 9)]


def wav(samples: np.ndarray, channels: int = 1) -> bytes:
    data = io.BytesIO()
    with wave.open(data, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(22_050)
        file.writeframes(samples.astype("<i2").tobytes())
    return data.getvalue()


def aiff(samples: np.ndarray, kind: bytes = b"") -> bytes:
    rate = struct.pack(">HQ", 16383 + 14, 22_050 * 2 ** (63 - 14))
    common = struct.pack(">hIh", 1, len(samples), 16) + rate + kind
    order = "<i2" if kind == b"sowt" else ">i2"
    sound = b"\0" * 8 + samples.astype(order).tobytes()
    chunks = b"COMM" + struct.pack(">I", len(common)) + common
    chunks += b"SSND" + struct.pack(">I", len(sound)) + sound
    return b"FORM" + struct.pack(">I", 4 + len(chunks)) + b"AIFF" + chunks


def test_sound_files_of_the_three_systems_are_read():
    tone = np.array([0, 16384, -16384, 8192])
    for data in (wav(tone), aiff(tone), aiff(tone, b"sowt")):
        samples, rate = system.read_sound(data)
        assert rate == 22_050
        assert samples.tolist() == [0, 0.5, -0.5, 0.25]
    stereo, _ = system.read_sound(wav(np.array([16384, 0, 0, 0]), 2))
    assert stereo.tolist() == [0.25, 0]


@pytest.mark.parametrize("data", [b"", b"RIFF", b"FORM1234AIFF", b"RIFF\0\0\0\0WAVEfmt \1\0\0\0x"])
def test_a_broken_sound_file_is_an_error_of_ours(data):
    with pytest.raises(ServiceError):
        system.read_sound(data)


def test_a_system_voice_is_picked_by_language_and_sex():
    def voice(name: str, languages: list[str], gender: str) -> dict[str, object]:
        return {"id": name, "name": name, "languages": languages, "gender": gender}

    voices = [
        voice("com.apple.Daniel", ["en-gb"], "male"),
        voice("com.apple.Samantha", ["en-us"], "female"),
        voice("com.apple.Tingting", ["zh-cn"], "female"),
        voice("sit/cmn", ["cmn"], "male"),
    ]
    assert system.pick(voices, "female") == {"zh": "com.apple.Tingting", "en": "com.apple.Samantha"}
    assert system.pick(voices, "male") == {"zh": "com.apple.Tingting", "en": "com.apple.Daniel"}
    assert system.pick([], "male") == {}


def test_a_system_voice_reads_words_not_figures():
    clause = next(clauses("今天3件OK"))
    assert system.main_language(clause) == "zh"
    assert system.script(clause, pinyin=False) == "今天三件 okay"
    assert system.script(clause, pinyin=True).startswith("jin1 tian1 san1 jian4")


def test_an_output_is_added_to_a_graph_without_parsing_it():
    onnx = pytest.importorskip("onnx")
    ort = pytest.importorskip("onnxruntime")
    helper = onnx.helper
    int64 = onnx.TensorProto.INT64
    graph = helper.make_graph(
        [helper.make_node("Add", ["x", "x"], ["inner"]), helper.make_node("Neg", ["inner"], ["y"])],
        "toy",
        [helper.make_tensor_value_info("x", int64, [1])],
        [helper.make_tensor_value_info("y", int64, [1])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    changed = kokoro.with_output(model.SerializeToString(), "inner")
    session = ort.InferenceSession(changed, providers=["CPUExecutionProvider"])
    outputs = session.run(None, {"x": np.array([3], np.int64)})
    assert [int(output[0]) for output in outputs] == [-6, 6]


def test_long_clauses_go_to_the_network_in_portions():
    ids = [[1] * 100] * 12
    parts = list(kokoro.portions(ids))
    assert [len(part) for part in parts] == [4, 4, 4]
    assert list(kokoro.portions([])) == [[]]


def burst(*pieces: tuple[float, float]) -> np.ndarray:
    """Noise of (seconds, level) one after the other."""
    noise = np.random.default_rng(0).standard_normal
    return np.concatenate(
        [level * noise(round(seconds * RATE)) for seconds, level in pieces]
    ).astype(np.float32)


def test_silence_is_found_where_it_is():
    loud = Loudness(burst((0.2, 0), (0.5, 0.3), (0.3, 0), (0.4, 0.3), (0.2, 0)), RATE)
    first, last = loud.span()
    assert first / RATE == pytest.approx(0.18, abs=0.011)
    assert last / RATE == pytest.approx(1.42, abs=0.021)
    start, end = loud.silence(round(0.5 * RATE), round(1.2 * RATE))
    assert (start / RATE, end / RATE) == pytest.approx((0.7, 1.0), abs=0.011)


def align_two(gap: float, level: float, second: str) -> list[tuple[str, float, float]]:
    """``a``, a word gap, ``second``: phones where the sound has ``level`` within the gap."""
    samples = burst((0.2, 0.3), (gap, level), (0.2, 0.3))
    sounds = [Sound("a", "a", "zh", 0), Sound("", " ", "zh", 0), Sound(second, second, "zh", 1)]
    edges = [0, round(0.2 * RATE), round((0.2 + gap) * RATE), len(samples)]
    tokens = (Token("啊", 0, "zh", "啊"), Token("八", 1, "zh", "八"))
    phones, _, _, _ = align(Clause("啊八", 0, tokens), sounds, edges, samples, RATE)
    return [(p.symbol, round(p.start, 2), round(p.end, 2)) for p in phones]


def test_a_true_pause_between_words_is_silence():
    assert align_two(0.2, 0, "m") == [("a", 0, 0.2), ("", 0.2, 0.4), ("m", 0.4, 0.6)]


def test_a_short_gap_is_shared_out():
    assert align_two(0.06, 0.3, "m") == [("a", 0, 0.23), ("m", 0.23, 0.46)]


def test_a_short_gap_before_a_stop_is_its_closure():
    assert align_two(0.06, 0, "p") == [("a", 0, 0.2), ("p", 0.2, 0.46)]
