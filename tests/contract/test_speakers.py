"""Every speaker keeps the same promises; the device one on a sound server without hardware."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from avatar.clock import AudioClock, ManualClock
from avatar.devices.audio import FileSpeaker, SilentSpeaker, Speaker
from tests.contract.sound import linux_sound, run_device

BLOCK = 0.1
"""s; a device's position moves on in blocks."""


@dataclass
class Case:
    speaker: Speaker
    wait: Callable[[float], float]
    """Let about that many seconds pass; returns how many it were."""
    slack: float
    """s by which it may be off."""


def in_given_time(make: Callable[[ManualClock], Speaker]) -> Case:
    clock = ManualClock()

    def wait(s: float) -> float:
        clock.set(clock.now() + s)
        return s

    return Case(make(clock), wait, 1e-3)


def sleep(s: float) -> float:
    """Seconds of real time, however busy the machine is."""
    before = time.monotonic()
    time.sleep(s)
    return time.monotonic() - before


@pytest.fixture(params=["file", "silent"])
def case(request: pytest.FixtureRequest) -> Iterator[Case]:
    made = {
        "file": lambda: in_given_time(lambda clock: FileSpeaker(clock, lambda _: None)),
        "silent": lambda: in_given_time(SilentSpeaker),
    }[request.param]()
    yield made
    made.speaker.close()


def seconds(n: float, rate: int = 24_000) -> np.ndarray:
    return np.full(round(n * rate), 0.1, np.float32)


def promises(case: Case) -> None:
    """What holds for every speaker."""
    speaker, near = case.speaker, case.slack + 1e-9
    first = speaker.position()
    passed = case.wait(0.3)
    assert abs(speaker.position() - first - passed) < near, "it never stops"
    start = speaker.play(seconds(0.5), 24_000)
    assert start >= speaker.position() - 1e-3, "speech cannot start in the past"
    second = speaker.play(seconds(0.25, 16_000), 16_000)
    assert abs(second - start - 0.5) < 2 / speaker.rate, "the second follows the first"
    assert abs(speaker.pending() - (second + 0.25 - speaker.position())) < near
    case.wait(0.2)
    left = second + 0.25 - speaker.position()
    dropped = speaker.clear()
    assert left - case.slack - BLOCK <= dropped <= left + case.slack
    case.wait(BLOCK + case.slack)
    assert speaker.pending() == 0
    assert speaker.clear() == 0
    again = speaker.play(seconds(0.1), 24_000)
    assert speaker.position() - 1e-3 <= again <= speaker.position() + BLOCK + case.slack
    speaker.play(np.zeros(0, np.float32), 24_000)


def test_promises(case: Case):
    promises(case)


def test_position_never_goes_back(case: Case):
    seen = [case.speaker.position()]
    for _ in range(50):
        case.wait(0.007)
        seen.append(case.speaker.position())
    assert seen == sorted(seen)


DEVICE = """
import sys, time, numpy as np
from avatar.devices.audio import DeviceSpeaker, speakers
from avatar.errors import NoSpeaker
try:
    speaker = DeviceSpeaker()
except NoSpeaker as error:
    print("NoSpeaker:", error)
    sys.exit(3)
print(speakers())
"""


@linux_sound
def test_machine_without_a_sound_device_says_so(tmp_path: Path):
    done = run_device(tmp_path, "pcm.!default { type hw card 31 }\n", DEVICE)
    assert done.returncode == 3, done.stderr
    assert done.stdout.startswith("NoSpeaker: no sound output")
    assert len(done.stdout.splitlines()) == 1


@linux_sound
def test_device_that_eats_sound_at_once(tmp_path: Path):
    """ALSA's null device calls back as fast as it can: the sound's own time still adds up."""
    code = (
        DEVICE
        + """
start = speaker.play(np.ones(round(0.5 * speaker.rate), np.float32), speaker.rate)
deadline = time.monotonic() + 20
while speaker.pending() and time.monotonic() < deadline:
    time.sleep(0.01)
assert speaker.position() >= start + 0.5
assert speaker.pending() == 0 and speaker.clear() == 0
speaker.close()
print("done")
"""
    )
    done = run_device(tmp_path, "pcm.!default { type null }\nctl.!default { type null }\n", code)
    if done.returncode == 3:
        pytest.skip("PortAudio was built without ALSA")
    assert done.returncode == 0 and done.stdout.endswith("done\n"), done.stderr + done.stdout


ON_SERVER = """
import sys, time
sys.path.insert(0, {here!r})
from avatar.devices.audio import DeviceSpeaker
from test_speakers import Case, follows_the_clock, promises, sleep
speaker = DeviceSpeaker()
while speaker.position() < 0.3:
    time.sleep(0.01)
for attempt in range(4):  # a starved sound server halts now and then; its halts are not ours
    try:
        promises(Case(speaker, sleep, 0.15))
        follows_the_clock(speaker)
    except AssertionError:
        speaker.clear()
        if attempt == 3:
            raise
    else:
        break
speaker.close()
print("done")
"""


def follows_the_clock(speaker: Speaker) -> None:
    """The session's clock runs as the speaker does, smoothly and never back."""
    clock = AudioClock(speaker.position)
    seen = []
    for _ in range(100):
        time.sleep(0.01)
        seen.append((clock.now(), speaker.position()))
    times = np.array(seen)
    assert (np.diff(times, axis=0) >= 0).all()
    assert np.abs(times[:, 0] - times[:, 1]).max() < 0.15


@linux_sound
def test_real_time_device(sound_server: Path, tmp_path: Path):
    config = "pcm.!default { type pulse }\nctl.!default { type pulse }\n"
    code = ON_SERVER.format(here=str(Path(__file__).parent))
    done = run_device(tmp_path, config, code, PULSE_SERVER=f"unix:{sound_server}")
    assert done.stdout.endswith("done\n"), done.stderr + done.stdout


GOES_AWAY = """
import os, signal, sys, time
from avatar.devices.audio import DeviceSpeaker
speaker = DeviceSpeaker()
os.kill(int(sys.stdin.read()), signal.SIGKILL)
time.sleep(1.0)
began, first = time.monotonic(), speaker.position()
while time.monotonic() - began < 3.0:
    speaker.position()
    time.sleep(0.01)
print("passed", round(speaker.position() - first, 1))
speaker.close()
"""


@linux_sound
def test_time_goes_on_when_the_device_goes_away(sound_server: Path, tmp_path: Path):
    config = "pcm.!default { type pulse }\nctl.!default { type pulse }\n"
    pid = (tmp_path / "server.pid").read_text()
    code = GOES_AWAY.replace("sys.stdin.read()", repr(pid))
    done = run_device(tmp_path, config, code, PULSE_SERVER=f"unix:{sound_server}")
    assert done.stdout.startswith("passed"), done.stderr
    assert abs(float(done.stdout.split()[1]) - 3.0) < 0.5
