"""A talk in real time: recordings as the microphone, real ears, a real voice, a figure drawn."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np
import pytest

from avatar.clock import MonotonicClock
from avatar.devices.audio import SilentSpeaker
from avatar.devices.microphone import PushedMicrophone
from avatar.devices.recording import read_sound
from avatar.media import AudioChunk
from avatar.runtime.session import Session
from avatar.runtime.talk import Talk
from avatar.voice.asr.select import create
from avatar.voice.dialogue.chain import Chain
from avatar.voice.dialogue.script import ScriptDialogue
from avatar.voice.hearing import Hearing

LONG = "This is a long answer, and it goes on and on, so that somebody has time to cut in. " * 3
PATIENT = 60.0
"""s that something may take on a busy machine."""

pytestmark = [pytest.mark.gl, pytest.mark.slow]


class Room:
    """A figure that hears what is said into the room, drawn all the while."""

    def __init__(self, *answers: str):
        self.session = Session(
            "mei", speaker=SilentSpeaker(MonotonicClock()), voice="espeak", lang="en",
            size=(96, 96), quality="draft",
        )  # fmt: skip
        self.session.voice()
        self.microphone = PushedMicrophone(self.session.clock)
        self.over = []
        hearing = Hearing(create("pocketsphinx"), echo=True)
        chain = Chain([ScriptDialogue(answers)])
        self.talk = Talk(self.session, chain, hearing, self.microphone, over=self.over.append)

    def live(self, until, sound: AudioChunk | None = None) -> bool:
        """Draw and hear ``sound``, then silence, until ``until()`` or too long; whether it came."""
        began, heard = self.session.clock.now(), 0.0
        while not until():
            now = self.session.clock.now() - began
            if now > PATIENT:
                return False
            while heard + 0.02 < now:
                self.microphone.push(block(sound, heard), 16_000, began + heard)
                heard += 0.02
            self.session.advance()
        return True

    def close(self):
        self.talk.close()
        self.session.close()


def block(sound: AudioChunk | None, at: float) -> np.ndarray:
    part = sound.samples[round(at * 16_000) :][:320] if sound else np.zeros(0, np.float32)
    return np.pad(part, (0, 320 - len(part))).astype(np.float32)


@pytest.fixture
def room():
    rooms = []

    def make(*answers: str) -> Room:
        rooms.append(Room(*answers))
        return rooms[-1]

    yield make
    for made in rooms:
        made.close()


@pytest.fixture(scope="module")
def question(shared_data: Path) -> AudioChunk:
    return read_sound(shared_data / "speech" / "questions" / "en_01_bm_george.wav")


def test_a_spoken_question_is_answered_aloud(room, question):
    here = room("Of course. It is over there.")
    talk = here.talk.conversation
    assert here.live(lambda: here.over, question)
    (turn,) = talk.turns
    assert turn.heard == turn.answer == "Of course. It is over there."
    assert not turn.interrupted
    assert turn.voice_end < turn.decided <= turn.final <= turn.thought
    sample = 1 / here.session.speaker.rate
    assert all(s.made <= s.started + sample and s.started <= s.shown for s in turn.said)
    assert talk.state == "idle"
    assert not talk.trouble


def test_a_visitor_who_cuts_in_is_heard_and_the_figure_falls_silent(room, question):
    here = room(LONG, "Yes?")
    talk, speaker = here.talk.conversation, here.session.speaker
    talk.ask("Tell me all.")
    assert here.live(lambda: talk.turns[0].said and speaker.pending() > 0)
    assert here.live(lambda: len(here.over) == 2, question)
    assert here.over[0].interrupted
    assert 0 < len(here.over[0].heard) < len(LONG.strip())
    assert here.over[1].heard == "Yes?"
    assert not here.over[1].interrupted


def test_closing_in_the_middle_of_an_answer_leaves_no_thread(room):
    before = set(threading.enumerate())
    here = Room(LONG)
    here.talk.ask("Tell me all.")
    assert here.live(lambda: here.session.speaker.pending() > 0)
    here.close()
    deadline = time.monotonic() + 10
    while set(threading.enumerate()) - before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert {t.name for t in set(threading.enumerate()) - before} == set()


def test_the_figure_goes_on_when_the_microphone_gives_rubbish(room):
    here = room("Still here.")
    here.microphone.push(np.full(5000, np.nan, np.float32), 16_000)
    here.microphone.push(np.full(7, np.inf, np.float32), 8_000)
    here.talk.ask("Hello?")
    assert here.live(lambda: here.over)
    assert here.over[0].heard == "Still here."
