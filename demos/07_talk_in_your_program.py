"""A figure in a program of yours that hears and answers: a kiosk's frame loop in a nutshell.

Give recordings of questions to have them heard; without any a question is typed.

demo: run
"""

import sys

import numpy as np
from PIL import Image

import avatar
from avatar.clock import MonotonicClock
from avatar.devices.audio import SilentSpeaker
from avatar.devices.microphone import PushedMicrophone
from avatar.devices.recording import read_sound
from avatar.voice.asr import select as recognizers
from avatar.voice.dialogue import select as dialogues
from avatar.voice.hearing import Hearing

speaker = SilentSpeaker(MonotonicClock())  # DeviceSpeaker() to be heard
with avatar.Session("mei", speaker=speaker, size=(320, 360), quality="draft") as session:
    session.voice()
    microphone = PushedMicrophone(session.clock)  # open_microphone("default", session.clock)
    hearing = Hearing(recognizers.create("auto"), echo=True)
    mind = dialogues.create("faq", knowledge="museum", tools=session.tools)
    mind.ready()
    over = []
    with avatar.Talk(session, mind, hearing, microphone, over=over.append) as talk:
        for path in sys.argv[1:]:
            sound = read_sound(path)
            microphone.push(sound.samples, sound.rate, session.clock.now())
            microphone.push(np.zeros(2 * sound.rate, np.float32), sound.rate)
        if not sys.argv[1:]:
            talk.ask("How much is a ticket?")
        still = None
        while len(over) < max(1, len(sys.argv) - 1) and session.clock.now() < 120:
            frame = session.frame()
            if talk.conversation.state == "speaking":
                still = frame.pixels[..., :3].copy()
        for turn in over:
            print(f"{turn.question.text} -> {turn.heard}")
if still is not None:
    Image.fromarray(still).save("answering.png")
