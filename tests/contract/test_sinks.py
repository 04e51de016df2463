"""Every file sink keeps the same promises: read back from the files it writes."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from avatar.clock import ManualClock
from avatar.devices.audio import FileSpeaker
from avatar.errors import ConfigError, OutputError
from avatar.media import AudioChunk, VideoFrame
from avatar.output.provenance import Provenance
from avatar.output.sinks import open_sink
from avatar.plugins import found, load

SIZE, FPS, RATE = (160, 96), 25, 48_000
NAMES = {"mp4": "a.mp4", "mov": "a.mov", "webm": "a.webm", "png": "a"}
every_sink = pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)


@dataclass
class Decoded:
    """A file as a player sees it."""

    times: list[float] = field(default_factory=list)
    pictures: list[np.ndarray] = field(default_factory=list)
    sound: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))
    sound_start: float = 0.0
    tags: dict[str, str] = field(default_factory=dict)


def decode(path: Path) -> Decoded:
    return decode_folder(path) if path.is_dir() else decode_container(path)


def decode_container(path: Path) -> Decoded:
    out, blocks = Decoded(), []
    with av.open(str(path)) as container:
        out.tags = {key.lower(): value for key, value in container.metadata.items()}
        vp9 = container.streams.video[0].codec_context.name == "vp9"
        codec = av.CodecContext.create("libvpx-vp9", "r") if vp9 else None
        for packet in container.demux():
            frames = codec.decode(packet) if codec and packet.stream.type == "video" else None
            for frame in packet.decode() if frames is None else frames:
                if isinstance(frame, av.VideoFrame):
                    out.times.append(float(frame.pts * packet.time_base))
                    out.pictures.append(frame.to_ndarray(format="rgba"))
                else:
                    if not blocks:
                        out.sound_start = frame.time
                    block = frame.to_ndarray()
                    blocks.append(block.astype(np.float32).reshape(-1))
    if blocks:
        out.sound = np.concatenate(blocks)
    return out


def decode_folder(path: Path) -> Decoded:
    out = Decoded()
    for picture in sorted(path.glob("*.png")):
        image = Image.open(picture)
        out.tags = {key.lower(): str(value) for key, value in image.info.items()}
        out.times.append(int(picture.stem.rpartition("_")[2]) / FPS)
        out.pictures.append(np.asarray(image.convert("RGBA")))
    with av.open(str(path / "sound.wav")) as container:
        frames = [f.to_ndarray().reshape(-1) for f in container.decode(audio=0)]
        out.sound = np.concatenate(frames).astype(np.float32) / 32768
    return out


def frame(t: float, value: int = 60, alpha: int = 255) -> VideoFrame:
    pixels = np.full((SIZE[1], SIZE[0], 4), value, np.uint8)
    pixels[..., 3] = alpha
    return VideoFrame(t, pixels)


def tone(t: float, seconds: float, rate: int = RATE) -> AudioChunk:
    samples = 0.5 * np.sin(2 * np.pi * 500 * np.arange(round(seconds * rate)) / rate)
    return AudioChunk(t, samples.astype(np.float32), rate)


def loud(sound: np.ndarray) -> tuple[float, float]:
    """First and last time of sound, s."""
    where = np.nonzero(np.abs(sound) > 0.1)[0]
    return where[0] / RATE, where[-1] / RATE


def test_registered_sinks_are_the_ones_tested():
    assert set(found("sinks")) <= set(NAMES)
    for name in found("sinks"):
        assert callable(load("sinks", name))


@every_sink
def test_a_flash_and_a_click_come_out_together(tmp_path: Path, name: str):
    clock, buffer = ManualClock(), np.zeros((SIZE[1], SIZE[0], 4), np.uint8)
    buffer[..., 3] = 255
    path = tmp_path / name
    with open_sink(path, SIZE, FPS) as sink:
        speaker = FileSpeaker(clock, sink.audio)
        click = np.zeros(24_000, np.float32)
        click[12_480:12_492] = 0.9
        for i in range(3 * FPS):
            clock.set(i / FPS)
            if i == FPS:
                assert speaker.play(click, 24_000) == 1.0
            speaker.position()
            buffer[..., :3] = 255 if i == 38 else 20
            sink.video(VideoFrame(i / FPS, buffer))
        clock.set(3.0)
        speaker.close()
    got = decode(path)
    flash = got.times[int(np.argmax([p[..., 0].mean() for p in got.pictures]))]
    heard = got.sound_start + np.abs(got.sound).argmax() / RATE
    assert heard == pytest.approx(1.52, abs=0.002)
    assert flash == pytest.approx(heard, abs=0.003)
    assert got.times == pytest.approx([i / FPS for i in range(3 * FPS)], abs=0.002)
    assert len(got.sound) / RATE == pytest.approx(3.0, abs=0.03)


@every_sink
@pytest.mark.parametrize("rate", [16_000, 22_050, 24_000, 44_100, 48_000])
def test_sound_of_any_rate_lies_where_its_date_says(tmp_path: Path, name: str, rate: int):
    with open_sink(tmp_path / name, SIZE, FPS) as sink:
        sink.video(frame(10.0))
        sink.offer(tone(10.4, 0.3, rate))
        for i in range(1, FPS):
            sink.offer(frame(10.0 + i / FPS))
    first, last = loud(decode(tmp_path / name).sound)
    assert (first, last) == pytest.approx((0.4, 0.7), abs=0.006)


@every_sink
def test_sound_before_the_first_picture_is_cut_and_the_end_is_filled(tmp_path: Path, name: str):
    with open_sink(tmp_path / name, SIZE, FPS) as sink:
        sink.audio(tone(4.8, 0.5))
        for i in range(FPS):
            sink.video(frame(5.0 + i / FPS))
    got = decode(tmp_path / name)
    first, last = loud(got.sound)
    assert first < 0.01 and last == pytest.approx(0.3, abs=0.006)
    assert len(got.sound) / RATE == pytest.approx(1.0, abs=0.03)


@every_sink
def test_colours_survive(tmp_path: Path, name: str):
    colours = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0), (200, 140, 110)]
    pixels = np.zeros((SIZE[1], SIZE[0], 4), np.uint8)
    pixels[..., 3] = 255
    for i, colour in enumerate(colours):
        pixels[:, i * 24 : (i + 1) * 24, :3] = colour
    with open_sink(tmp_path / name, SIZE, FPS) as sink:
        for i in range(5):
            sink.video(VideoFrame(i / FPS, pixels))
    shown = decode(tmp_path / name).pictures[-1]
    for i, colour in enumerate(colours):
        patch = shown[20:-20, i * 24 + 8 : i * 24 + 16, :3].astype(float)
        assert np.abs(patch.mean((0, 1)) - colour).max() < 5, colour


@pytest.mark.parametrize("name", ["a.webm", "a"])
def test_transparency_survives_straight(tmp_path: Path, name: str):
    pixels = np.zeros((SIZE[1], SIZE[0], 4), np.uint8)
    pixels[:, :64] = 200, 100, 50, 255
    pixels[:, 64:112] = 100, 50, 25, 128
    with open_sink(tmp_path / name, SIZE, FPS, alpha=True) as sink:
        for i in range(5):
            sink.video(VideoFrame(i / FPS, pixels))
    shown = decode(tmp_path / name).pictures[-1].astype(float)
    for column, (colour, alpha) in {30: ((200, 100, 50), 255), 88: ((200, 100, 50), 128)}.items():
        patch = shown[20:-20, column - 8 : column + 8].mean((0, 1))
        assert np.abs(patch[:3] - colour).max() < 6 and abs(patch[3] - alpha) < 4
    assert shown[20:-20, 130:, 3].max() < 4


@every_sink
def test_the_label_is_in_the_file(tmp_path: Path, name: str):
    label = Provenance("工作室")
    with open_sink(tmp_path / name, SIZE, FPS, label=label) as sink:
        sink.video(frame(0))
    tags = decode(tmp_path / name).tags
    aigc = json.loads(tags["aigc"])
    assert aigc["Label"] == "1" and aigc["ContentProducer"] == "工作室"
    assert aigc["ProduceID"] == label.content_id
    assert "AI" in tags["comment"] and "生成" in tags["comment"]
    assert tags["creation_time"].startswith(f"{label.created:%Y-%m-%dT%H:%M:%S}")


@every_sink
def test_without_a_label_there_is_none(tmp_path: Path, name: str):
    with open_sink(tmp_path / name, SIZE, FPS) as sink:
        sink.video(frame(0))
    assert "aigc" not in decode(tmp_path / name).tags


@every_sink
def test_abort_leaves_nothing_behind(tmp_path: Path, name: str):
    sink = open_sink(tmp_path / name, SIZE, FPS)
    for i in range(FPS):
        sink.video(frame(i / FPS))
    sink.abort()
    sink.abort()
    sink.close()
    assert list(tmp_path.iterdir()) == []


@every_sink
def test_an_error_inside_the_block_leaves_nothing_behind(tmp_path: Path, name: str):
    with pytest.raises(ValueError), open_sink(tmp_path / name, SIZE, FPS) as sink:
        sink.video(frame(0))
        raise ValueError
    assert list(tmp_path.iterdir()) == []


@every_sink
def test_no_picture_no_file(tmp_path: Path, name: str):
    with open_sink(tmp_path / name, SIZE, FPS) as sink:
        sink.audio(tone(0, 0.1))
    assert list(tmp_path.iterdir()) == []


@every_sink
def test_ctrl_c_leaves_a_file_that_plays(tmp_path: Path, name: str):
    with pytest.raises(KeyboardInterrupt), open_sink(tmp_path / name, SIZE, FPS) as sink:
        for i in range(FPS):
            sink.video(frame(i / FPS))
        raise KeyboardInterrupt
    assert len(decode(tmp_path / name).pictures) == FPS
    assert [p.name for p in tmp_path.iterdir()] == [name]


@every_sink
def test_no_thread_is_left(tmp_path: Path, name: str):
    before = threading.active_count()
    with open_sink(tmp_path / name, SIZE, FPS) as sink:
        sink.video(frame(0))
    assert threading.active_count() == before


@every_sink
def test_a_place_that_cannot_be_written_is_told_at_once(tmp_path: Path, name: str):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write") as caught:
        open_sink(tmp_path / "file" / name, SIZE, FPS)
    assert "\n" not in str(caught.value)


@every_sink
def test_a_picture_of_another_size_is_refused(tmp_path: Path, name: str):
    with (
        pytest.raises(ConfigError, match="10x12"),
        open_sink(tmp_path / name, SIZE, FPS) as sink,
    ):
        sink.video(VideoFrame(0, np.zeros((12, 10, 4), np.uint8)))


@every_sink
def test_late_and_repeated_pictures_are_left_out(tmp_path: Path, name: str):
    with open_sink(tmp_path / name, SIZE, FPS) as sink:
        for t in (0.0, 0.04, 0.04, 0.0, 0.08):
            sink.video(frame(t))
    assert decode(tmp_path / name).times == pytest.approx([0.0, 0.04, 0.08], abs=0.002)


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.webm"])
def test_an_older_file_stays_until_the_new_one_is_whole(tmp_path: Path, name: str):
    path = tmp_path / name
    path.write_bytes(b"older")
    sink = open_sink(path, SIZE, FPS)
    sink.video(frame(0))
    assert path.read_bytes() == b"older"
    sink.abort()
    assert path.read_bytes() == b"older"
    with open_sink(path, SIZE, FPS) as sink:
        sink.video(frame(0))
    assert path.read_bytes() != b"older"


def test_a_shorter_sequence_replaces_a_longer_one(tmp_path: Path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "notes_00009.png").write_text("mine")
    for count in (9, 4):
        with open_sink(tmp_path / "a", SIZE, FPS) as sink:
            for i in range(count):
                sink.video(frame(i / FPS))
    assert len(list((tmp_path / "a").glob("frame_*.png"))) == 4
    assert (tmp_path / "a" / "notes_00009.png").exists()


def test_names_of_a_png_pattern(tmp_path: Path):
    with open_sink(tmp_path / "shot_%03d.png", SIZE, FPS) as sink:
        sink.video(frame(0))
        sink.video(frame(1 / FPS))
    names = sorted(p.name for p in tmp_path.iterdir())
    assert names == ["shot.wav", "shot_000.png", "shot_001.png"]


@pytest.mark.parametrize(
    ("name", "alpha"), [("a.avi", False), ("a.mp4", True), ("a.mov", True), ("%d%d.png", False)]
)
def test_a_file_kind_that_cannot_be_is_a_wrong_setting(tmp_path: Path, name: str, alpha: bool):
    with pytest.raises(ConfigError) as caught:
        open_sink(tmp_path / name, SIZE, FPS, alpha=alpha)
    assert "\n" not in str(caught.value) and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("size", [(161, 96), (160, 0), (99_999, 96)])
def test_a_size_that_cannot_be_is_a_wrong_setting(tmp_path: Path, size: tuple[int, int]):
    with pytest.raises(ConfigError, match="even"):
        open_sink(tmp_path / "a.mp4", size, FPS)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(params=["a.mp4", "a.webm"])
def failing(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], None]]:
    """A sink whose encoder fails after some pictures; yields what must raise."""
    sink = open_sink(tmp_path / request.param, SIZE, FPS)

    def run() -> None:
        for i in range(2000):
            if i == 60:
                sink._mux = broken
            sink.video(frame(i / FPS))
        sink.close()

    yield run
    sink.abort()


def broken(_packet: object) -> None:
    raise OSError(28, "No space left on device")


def test_an_error_of_the_encoder_thread_comes_out(failing: Callable[[], None]):
    with pytest.raises(OutputError, match="No space left on device"):
        failing()


def test_a_quick_file_says_the_same_with_less_work(tmp_path: Path):
    rng = np.random.default_rng(0)
    coarse = rng.integers(40, 200, (SIZE[1] // 16, SIZE[0] // 16, 4), np.uint8)
    pixels = coarse.repeat(16, 0).repeat(16, 1)
    pixels[..., 3] = 255
    for name in ("a.mp4", "a.mov", "a.webm"):
        with open_sink(tmp_path / name, SIZE, FPS, quick=True) as sink:
            for i in range(FPS):
                sink.video(VideoFrame(i / FPS, pixels))
        found = decode(tmp_path / name)
        assert len(found.times) == FPS
        difference = np.abs(found.pictures[-1][..., :3].astype(int) - pixels[..., :3])
        assert difference.mean() < 12, name
