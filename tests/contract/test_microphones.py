"""Every microphone keeps the same promises; the device one on a sound server without hardware."""

from __future__ import annotations

import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest

from avatar.clock import ManualClock, MonotonicClock
from avatar.devices.microphone import BLOCK, FileMicrophone, PushedMicrophone, open_microphone
from avatar.errors import AssetError, ConfigError, MissingAsset
from tests.contract.sound import linux_sound, run_device


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """A second of a rising ramp at 16 kHz."""
    path = tmp_path / "ramp.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(np.arange(16_000, dtype="<i2").tobytes())
    return path


def test_a_file_is_heard_in_the_clocks_time_and_silent_after_it(recording):
    clock = ManualClock(2.0)
    microphone = FileMicrophone(recording, clock)
    assert microphone.read() is None
    blocks = []
    for step in range(1, 61):
        clock.set(2.0 + step * BLOCK)
        block = microphone.read()
        assert block is not None
        assert microphone.read() is None
        blocks.append(block)
    assert np.allclose([b.t for b in blocks], 2.0 + BLOCK * np.arange(60))
    sound = np.concatenate([b.samples for b in blocks])
    assert np.allclose(sound[:16_000], np.arange(16_000) / 32768, atol=1e-4)
    assert not sound[16_000:].any()
    assert microphone.ended


def test_a_late_reader_of_a_file_gets_every_block(recording):
    clock = ManualClock()
    microphone = FileMicrophone(recording, clock, start=0.5)
    clock.set(1.0)
    dates = []
    while (block := microphone.read()) is not None:
        dates.append(block.t)
    assert np.allclose(dates, np.arange(0.5, 1.0 - BLOCK / 2, BLOCK))


def test_a_file_read_in_real_time_takes_its_time(recording):
    clock = MonotonicClock()
    microphone = open_microphone(str(recording), clock)
    block = None
    while block is None:
        block = microphone.read()
    assert clock.now() >= block.t + BLOCK - 1e-3
    microphone.close()


def test_pushed_sound_comes_out_as_it_went_in():
    microphone = PushedMicrophone(ManualClock(7.0))
    microphone.push(np.ones(160, np.float32), 16_000)
    microphone.push(np.zeros(80, np.float64), 8000, t=9.0)
    first, second = microphone.read(), microphone.read()
    assert (first.t, first.rate, len(first.samples)) == (7.0 - 0.01, 16_000, 160)
    assert (second.t, second.rate, second.samples.dtype) == (9.0, 8000, np.float32)
    assert microphone.read() is None
    microphone.close()
    assert microphone.ended


@pytest.mark.parametrize("bad", [np.zeros((2, 5), np.float32), np.zeros(5, np.int16)])
def test_pushed_sound_of_another_kind_is_refused(bad):
    with pytest.raises(ConfigError, match="one channel"):
        PushedMicrophone(ManualClock()).push(bad, 16_000)


def test_a_recording_that_is_not_there_or_is_none(tmp_path):
    with pytest.raises(MissingAsset):
        open_microphone(str(tmp_path / "no.wav"), ManualClock())
    (tmp_path / "bad.wav").write_text("no sound")
    with pytest.raises(AssetError):
        open_microphone(str(tmp_path / "bad.wav"), ManualClock())


NONE = """
import sys
from avatar.clock import MonotonicClock
from avatar.devices.microphone import open_microphone
from avatar.errors import NoMicrophone
try:
    open_microphone("default", MonotonicClock())
except NoMicrophone as error:
    print("NoMicrophone:", error)
"""


@linux_sound
def test_machine_without_a_microphone_says_so(tmp_path):
    done = run_device(tmp_path, "pcm.!default { type hw card 31 }\n", NONE)
    assert done.stdout.startswith("NoMicrophone: no microphone"), done.stderr
    assert len(done.stdout.splitlines()) == 1


HEARS = """
import os, signal, sys, time
import numpy as np
from avatar.clock import MonotonicClock
from pathlib import Path
from avatar.devices.microphone import open_microphone
from tests.contract.sound import start_server
told = []
clock = MonotonicClock()
microphone = open_microphone("default", clock, tell=told.append)
blocks = []
while len(blocks) < 30:
    block = microphone.read()
    if block is not None:
        blocks.append(block)
assert all(abs(b.t + b.duration - clock.now()) < 5 for b in blocks)
assert max(np.abs(b.samples).max() for b in blocks) < 1e-3  # a monitor of silence
os.kill(PID, signal.SIGKILL)
deadline = time.monotonic() + 20
silent = 0
while silent < 4 and time.monotonic() < deadline:
    block = microphone.read()
    silent += bool(told) and block is not None
assert told and "is gone" in told[0], told
assert silent >= 4
server = start_server(Path(FOLDER))
while len(told) < 2 and time.monotonic() < deadline + 20:
    microphone.read()
server.kill()
server.wait()
assert "hearing again" in told[1], told
microphone.close()
print("done")
"""


@linux_sound
def test_a_device_hears_and_its_loss_and_return_are_told(sound_server, tmp_path):
    config = "pcm.!default { type pulse }\nctl.!default { type pulse }\n"
    pid = (tmp_path / "server.pid").read_text()
    done = run_device(
        tmp_path,
        config,
        HEARS.replace("PID", pid).replace("FOLDER", repr(str(tmp_path))),
        PULSE_SERVER=f"unix:{sound_server}",
    )
    assert done.stdout.endswith("done\n"), done.stderr + done.stdout


def test_listing_needs_no_device(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", "from avatar.cli import main; main(['host', '--mic', 'list'])"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode in (0, 3)
    assert "Traceback" not in done.stderr
