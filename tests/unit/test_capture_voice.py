"""The performer's voice: in time with the picture, and lips where the mouth is not seen."""

from __future__ import annotations

import threading
import wave

import numpy as np
import pytest

from avatar.apps.capture import Options
from avatar.apps.capture_voice import (
    FILTERED,
    VOICE_LATE,
    Later,
    LiveVoice,
    RecordedVoice,
    VoiceLips,
    may_hear,
    recorded_voice,
)
from avatar.clock import ManualClock
from avatar.devices.audio import FileSpeaker
from avatar.devices.microphone import PushedMicrophone
from avatar.errors import ConfigError, MissingAsset
from avatar.pose import FACE_COUNT, Pose

RATE = 48_000


class Seen:
    """As much of a Capture as the voice asks."""

    def __init__(self, mouth: float = 1.0, late: float = 0.05) -> None:
        self.mouth_seen, self.latency = mouth, [late]


class Ramp:
    """A driver whose weights are the time."""

    layer = "capture"

    def sample(self, t: float) -> Pose | None:
        ones = np.ones(FACE_COUNT, np.float32)
        return None if t < 0 else Pose(t, weight=np.float32(t) * ones, weight_w=ones)


def click(path, at: float, seconds: float = 2.0):
    sound = np.zeros(round(seconds * RATE), np.int16)
    sound[round(at * RATE)] = 30000
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(sound.tobytes())
    return path


def test_a_recording_is_given_in_time_with_its_filtered_picture(tmp_path):
    voice = RecordedVoice(click(tmp_path / "click.wav", 0.7))
    chunks = [chunk for k in range(60) for chunk in voice.until(k / 25)]
    ends = [chunk.t + chunk.duration for chunk in chunks]
    assert [chunk.t for chunk in chunks[1:]] == pytest.approx(ends[:-1])
    sound = np.concatenate([chunk.samples for chunk in chunks])
    assert np.abs(sound).argmax() / RATE + chunks[0].t == pytest.approx(0.7 + FILTERED, abs=1e-4)


def test_another_drivers_poses_come_later_and_between_two_of_them():
    later = Later(Ramp(), 0.25)
    shown = [later.sample(k / 10) for k in range(10)]
    assert shown[1] is None
    assert shown[2] is None
    assert [pose.weight[0] for pose in shown[3:]] == pytest.approx(
        [k / 10 - 0.25 for k in range(3, 10)], abs=1e-5
    )
    assert shown[5].t == 0.5


@pytest.mark.parametrize(
    ("mode", "mouth", "share"),
    [("tracking", 0.0, None), ("voice", 1.0, 1.0), ("both", 1.0, None), ("both", 0.25, 0.75)],
)
def test_the_voice_moves_the_lips_as_far_as_the_mouth_is_not_seen(mode, mouth, share):
    pose = VoiceLips(Ramp(), Seen(mouth), mode).sample(1.0)
    assert (None if pose is None else pose.weight_w[0]) == share


class Kept:
    def __init__(self) -> None:
        self.chunks = []

    def audio(self, chunk) -> None:
        self.chunks.append(chunk)


@pytest.mark.parametrize("mode", ["tracking", "both"])
def test_a_live_voice_is_heard_when_its_picture_is_shown(mode):
    camera_clock, session_clock = ManualClock(3.0), ManualClock(10.0)
    played: list = []
    speaker = FileSpeaker(session_clock, played.append, RATE)
    microphone, kept = PushedMicrophone(camera_clock), Kept()
    voice = LiveVoice(microphone, camera_clock, session_clock, speaker, Seen(), mode)
    sound = np.zeros(RATE // 50, np.float32)
    for k in range(50):
        sound[:] = 0
        sound[0] = k == 25
        microphone.push(sound.copy(), RATE, 3.0 + k / 50)
    while microphone._waiting._blocks or len(kept.chunks) < 50:
        voice.step(kept)
        threading.Event().wait(0.01)
    delay = voice.delay
    voice.close()
    late = 0.05 + FILTERED
    assert delay == pytest.approx(late if mode == "tracking" else VOICE_LATE)
    assert voice.wait == pytest.approx(delay - late)
    whole = np.concatenate([chunk.samples for chunk in kept.chunks])
    at = kept.chunks[0].t + np.argmax(whole) / RATE
    assert at == pytest.approx(10.0 + 0.5 + delay, abs=0.001)  # on the session's clock
    session_clock.set(12.0)
    speaker.position()
    out = np.concatenate([chunk.samples for chunk in played])
    assert played[0].t + np.argmax(out) / RATE == pytest.approx(at, abs=0.003)


def test_a_device_is_for_live_pictures_and_a_video_brings_its_own_sound(tmp_path):
    with pytest.raises(ConfigError, match="live picture"):
        recorded_voice(Options(camera="me.mp4", mic="default"))
    with pytest.raises(MissingAsset):
        recorded_voice(Options(camera="me.mp4", mic="none.wav"))
    assert recorded_voice(Options(camera="me.mp4", mic="none")) is None
    assert recorded_voice(Options(camera="me.png")) is None
    own = click(tmp_path / "own.wav", 0.1)
    assert recorded_voice(Options(camera=str(own))) is not None
    assert may_hear(Options(camera="me.mp4"))
    assert not may_hear(Options(camera="0"))
    assert may_hear(Options(camera="0", mic="default"))
