"""A recording is looked through before it is followed: who is known moves the figure better."""

from __future__ import annotations

from typing import Final

from avatar.capture.calibrate import Calibration, Learner
from avatar.capture.face import measure
from avatar.devices.camera import Camera
from avatar.media import Tracker

STEP: Final = 0.2
"""s between the pictures looked at."""
LONGEST: Final = 60.0
"""s of a recording that are looked through."""


def studied(camera: Camera, tracker: Tracker) -> Calibration:
    """What the camera's first minute says of its performer's rest and range; both are used up."""
    learner = Learner()
    due = 0.0
    try:
        while (frame := camera.read()) is not None and frame.t < LONGEST:
            if frame.t < due:
                continue
            due = frame.t + STEP
            seen = tracker.track(frame)
            sample = measure(seen) if seen is not None else None
            if sample is not None:
                learner.feed(sample)
        return learner.known()
    finally:
        camera.close()
        tracker.close()
