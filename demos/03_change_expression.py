"""One still per mood, side by side in one PNG.

demo: compare
"""

import sys

import numpy as np
from PIL import Image

import avatar

MOODS = ["neutral", "happy", "surprised", "sad", "angry", "relaxed"]

path = sys.argv[1] if len(sys.argv) > 1 else "moods.png"
stills = []
with avatar.Session("mei", size=(320, 360), fps=10, view="close", label=False) as session:
    for mood in MOODS:
        session.performers[0].emotion.set(mood, fade=0.3)
        for frame in session.frames(duration=0.8):
            still = frame.pixels
        stills.append(still.copy())

Image.fromarray(np.hstack(stills)[..., :3]).save(path)
print(path)
