"""Takes: bit for bit, even when cut off."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from avatar.capture.take import Take, TakeDriver, TakeWriter, read_take
from avatar.errors import AssetError, MissingAsset, OutputError, UnsupportedFormat
from avatar.math3d import IDENTITY_QUAT, quat_normalize
from avatar.media import AudioChunk
from avatar.pose import BONE_COUNT, BONE_PARENT, Pose, RestSkeleton

ARRAYS = ("rotation", "rotation_w", "weight", "weight_w")


def poses(count: int = 90, rate: float = 30.0, start: float = 12.34) -> list[Pose]:
    """Arbitrary ones, each with and without everything that may be missing."""
    rng = np.random.default_rng(count)
    made: list[Pose] = []
    for i in range(count):
        made.append(
            Pose(
                t=start + i / rate,
                rotation=quat_normalize(rng.normal(size=(BONE_COUNT, 4))).astype(np.float32),
                rotation_w=rng.random(BONE_COUNT).astype(np.float32),
                hips=rng.normal(size=3).astype(np.float32) if i % 3 else None,
                weight=rng.random(52).astype(np.float32),
                weight_w=rng.random(52).astype(np.float32),
                gaze=(float(rng.normal()), float(rng.normal())) if i % 4 else None,
                extra={f"e{j}": float(rng.random()) for j in range(i % 3)},
            )
        )
    return made


def record(path, made, **options) -> None:
    with TakeWriter(path, **options) as writer:
        for pose in made:
            writer.pose(pose)


def same(a: Pose, b: Pose) -> bool:
    """Bit for bit."""
    arrays = all(np.array_equal(getattr(a, n), getattr(b, n)) for n in ARRAYS)
    hips = (a.hips is None) == (b.hips is None) and (
        a.hips is None or np.array_equal(a.hips, b.hips)
    )
    return arrays and hips and (a.t, a.gaze, dict(a.extra)) == (b.t, b.gaze, dict(b.extra))


def test_a_take_is_bit_exact(tmp_path):
    made = poses()
    record(tmp_path / "a.avt", made, name="first", every=0.4)
    take = read_take(tmp_path / "a.avt")
    assert take.complete
    assert take.name == "first"
    assert len(take.poses) == len(made)
    assert all(same(a, b) for a, b in zip(made, take.poses, strict=True))
    assert not (tmp_path / "a.avt.part").exists()


def test_the_driver_replays_it_bit_for_bit(tmp_path):
    made = poses()
    record(tmp_path / "a.avt", made)
    driver = TakeDriver(tmp_path / "a.avt", start=made[0].t)
    assert all(same(pose, driver.sample(pose.t)) for pose in made)
    assert driver.sample(made[-1].t + 0.01) is None
    assert TakeDriver(tmp_path / "a.avt", start=99.0).sample(98.0) is None


def test_between_poses_it_is_smooth_or_stands():
    made = poses(2, rate=1.0, start=0.0)
    smooth, still = (
        TakeDriver(Take(tuple(made)), start=0.0),
        TakeDriver(Take(tuple(made)), start=0.0, smooth=False),
    )
    half = smooth.sample(0.5)
    assert half.t == 0.5
    assert not np.array_equal(half.rotation, made[0].rotation)
    assert np.array_equal(still.sample(0.5).rotation, made[0].rotation)
    assert still.sample(0.5).t == 0.5


def test_a_loop_begins_again():
    driver = TakeDriver(Take(tuple(poses(31, start=5.0))), loop=True)
    first = driver.sample(0.0)
    assert np.array_equal(driver.sample(1.0).rotation, first.rotation)
    assert driver.sample(7.5) is not None


def test_sound_and_figure_are_kept(tmp_path):
    rest = RestSkeleton(
        parent=BONE_PARENT,
        offset=np.random.default_rng(0).normal(size=(BONE_COUNT, 3)).astype(np.float32),
        rotation=np.tile(IDENTITY_QUAT, (BONE_COUNT, 1)).astype(np.float32),
        present=(True,) * BONE_COUNT,
        hips_height=0.9,
    )
    samples = np.sin(np.arange(4800, dtype=np.float32))
    with TakeWriter(tmp_path / "a.avt", rest=rest) as writer:
        writer.audio(AudioChunk(0.25, samples, 48000))
        writer.pose(poses(1)[0])
    take = read_take(tmp_path / "a.avt")
    assert np.array_equal(take.rest.offset, rest.offset)
    assert take.rest.parent == rest.parent
    assert take.rest.hips_height == 0.9
    (sound,) = take.sound
    assert (sound.t, sound.rate) == (0.25, 48000)
    assert np.array_equal(sound.samples, samples)


def test_a_take_in_the_making_is_readable_and_has_not_its_name_yet(tmp_path):
    writer = TakeWriter(tmp_path / "a.avt", every=0.5)
    for pose in poses(40):
        writer.pose(pose)
    assert not (tmp_path / "a.avt").exists()
    shutil.copy(tmp_path / "a.avt.part", tmp_path / "crashed.avt")
    left = read_take(tmp_path / "crashed.avt")
    assert not left.complete
    assert len(left.poses) == 32
    assert all(same(a, b) for a, b in zip(poses(40), left.poses, strict=False))
    writer.close()
    assert len(read_take(tmp_path / "a.avt").poses) == 40


def test_a_failure_leaves_what_was_recorded_and_no_take(tmp_path):
    (tmp_path / "a.avt").write_bytes(b"the take before")
    with pytest.raises(RuntimeError), TakeWriter(tmp_path / "a.avt") as writer:
        writer.pose(poses(1)[0])
        raise RuntimeError
    assert (tmp_path / "a.avt").read_bytes() == b"the take before"
    assert len(read_take(tmp_path / "a.avt.part").poses) == 1


@settings(max_examples=40, deadline=None)
@example(0.0035, 0)
@given(st.floats(0, 1), st.integers(0, 255))
def test_wherever_it_is_cut_or_hit_the_rest_is_right(tmp_path_factory, part, byte):
    folder = tmp_path_factory.mktemp("cut")
    made = poses(12)
    record(folder / "a.avt", made, every=0.1)
    data = bytearray((folder / "a.avt").read_bytes())
    at = min(int(part * len(data)), len(data) - 1)
    for name, changed in (("cut", data[:at]), ("hit", data[:at] + bytes([byte]) + data[at + 1 :])):
        (folder / name).write_bytes(changed)
        try:
            take = read_take(folder / name)
        except AssetError as error:
            assert "\n" not in str(error)
            continue
        assert all(same(a, b) for a, b in zip(made, take.poses, strict=False))


def test_poses_that_come_late_are_left_out(tmp_path):
    made = poses(3)
    record(tmp_path / "a.avt", [made[0], made[2], made[1]])
    assert [pose.t for pose in read_take(tmp_path / "a.avt").poses] == [made[0].t, made[2].t]


def test_a_take_becomes_a_motion():
    made = poses(10)
    motion = Take(tuple(made), name="x").motion()
    assert motion.times == pytest.approx(np.arange(10) / 30)
    assert np.array_equal(motion.rotation[4], made[4].rotation)
    with pytest.raises(AssetError):
        Take(()).motion()


def test_an_empty_take_and_an_empty_driver(tmp_path):
    record(tmp_path / "a.avt", [])
    assert read_take(tmp_path / "a.avt").poses == ()
    assert TakeDriver(tmp_path / "a.avt").sample(0.0) is None
    assert TakeDriver().sample(0.0) is None


def test_other_files_and_folders(tmp_path):
    with pytest.raises(MissingAsset):
        read_take(tmp_path / "no.avt")
    (tmp_path / "b.avt").write_bytes(b"RIFF....")
    with pytest.raises(UnsupportedFormat):
        read_take(tmp_path / "b.avt")
    with pytest.raises(OutputError):
        TakeWriter(tmp_path / "no" / "a.avt")
    writer = TakeWriter(tmp_path / "c.avt")
    writer.close()
    writer.close()
    with pytest.raises(OutputError, match="closed"):
        writer.audio(AudioChunk(0.0, np.zeros(4, np.float32), 8000))


def test_a_take_of_the_future_asks_for_an_update(tmp_path, monkeypatch):
    monkeypatch.setattr("avatar.capture.take.VERSION", 2)
    record(tmp_path / "a.avt", poses(1))
    monkeypatch.undo()
    with pytest.raises(UnsupportedFormat, match="update"):
        read_take(tmp_path / "a.avt")
