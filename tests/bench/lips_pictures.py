"""Whether rendered lips close on /p b m/ and open on vowels, measured in the pictures.

A face tracker (MediaPipe's 478 points) watches the figure speak; the lips' opening is the
distance of the inner lips' midpoints over the height of the face. A closure is *made* when the
lips meet in some picture of the phone, a vowel is *falsely closed* when they meet in all of its
pictures. Recall alone misleads: a mouth that never opens has all closures.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from avatar import fetch
from avatar.animation.rig import Rig
from avatar.character import load
from avatar.media import Speech, Synthesizer
from avatar.pose import Pose
from avatar.render import Background, Renderer, Staged, frame_camera, offscreen
from avatar.voice import visemes
from avatar.voice.lipsync import LipSyncDriver

SENTENCES = {
    "zh": [
        "八百标兵奔北坡，炮兵并排北边跑。",
        "我们不怕麻烦，明天再买票吧。",
        "妈妈抱着宝宝慢慢爬坡。",
    ],
    "en": [
        "Maybe my mom will bake a big apple pie.",
        "Peter bumped into a bumpy lamp post by the pub.",
        "The committee approved both maps before summer.",
    ],
}
FPS = 25
SIZE = (384, 384)
VOWELS = {"a", "ae", "uh", "eh", "ey", "ih", "ee", "back", "er", "aw", "oh", "oo", "uw", "yu"}
CLOSED = 0.008
"""Opening below which lips meet, in face heights; the tracker reads about 0.001 when they do."""


class Tracker:
    """MediaPipe's face points, as far as the lips need them."""

    def __init__(self) -> None:
        import mediapipe as mp

        vision = mp.tasks.vision
        model = str(fetch.fetch("face")[0])
        options = vision.FaceLandmarkerOptions(
            base_options=mp.tasks.BaseOptions(model_asset_path=model),
            running_mode=vision.RunningMode.IMAGE,
        )
        self._picture = lambda pixels: mp.Image(mp.ImageFormat.SRGB, np.ascontiguousarray(pixels))
        self._faces = vision.FaceLandmarker.create_from_options(options)

    def opening(self, pixels: np.ndarray) -> float:
        """Of the inner lips in uint8[h, w, 3], face heights; nan when no face is found."""
        faces = self._faces.detect(self._picture(pixels)).face_landmarks
        if not faces:
            return float("nan")
        h, w, _ = pixels.shape
        point = {i: np.array([faces[0][i].x * w, faces[0][i].y * h]) for i in (10, 13, 14, 152)}
        height = np.linalg.norm(point[10] - point[152])
        return float(np.linalg.norm(point[13] - point[14]) / height)

    def close(self) -> None:
        self._faces.close()


class Stage:
    """A figure before a camera."""

    def __init__(self, figure: Path) -> None:
        character = load(figure)
        self._rig = Rig(character)
        self._surface = offscreen()
        grey = Background.parse("#8a9099")
        self._renderer = Renderer(self._surface.ctx, SIZE, background=grey)
        self._figure = self._renderer.upload(character)
        self._camera = frame_camera(character, "close", 1.0)
        self._tracker = Tracker()

    def opening(self, pose: Pose) -> float:
        """Of the lips in the picture of that pose, face heights."""
        state = self._rig.advance(pose, 1 / FPS)
        staged = Staged(self._figure, state, np.eye(4, dtype=np.float32))
        self._renderer.draw([staged], self._camera, pose.t)
        return self._tracker.opening(self._renderer.read()[:, :, :3])

    def openings(self, speech: Speech, keep_phones: bool) -> tuple[np.ndarray, np.ndarray]:
        """Times (s) and openings over a clause."""
        driver = LipSyncDriver()
        driver.say(speech if keep_phones else replace(speech, phones=(), text=""), 1.0)
        times = np.arange(0, speech.audio.duration, 1 / FPS)
        poses = [driver.sample(1.0 + float(t)) or Pose() for t in times]
        return times, np.array([self.opening(pose) for pose in poses])

    def close(self) -> None:
        self._tracker.close()
        self._renderer.close()
        self._surface.close()


def phones_seen(
    speech: Speech, times: np.ndarray, opening: np.ndarray
) -> Iterator[tuple[str, bool]]:
    """("closure" or "vowel", whether the lips met) of each phone long enough to be pictured."""
    for phone in speech.phones:
        if visemes.is_silence(phone.symbol):
            continue
        kinds = {visemes.viseme_of(unit) for unit, _ in visemes.units(phone.symbol)}
        early = 0.04 if "lips" in kinds else 0.0
        seen = opening[(times >= phone.start - early) & (times < phone.end)]
        seen = seen[~np.isnan(seen)]
        if not len(seen):
            continue
        if "lips" in kinds:
            yield "closure", bool(seen.min() < CLOSED)
        elif kinds & VOWELS:
            yield "vowel", bool(seen.max() < CLOSED)


def measure(
    figure: Path, voices: dict[str, Synthesizer], *, keep_phones: bool = True
) -> dict[str, object]:
    """Closure recall, false closures, their difference, and how often a face was found.

    Without ``keep_phones`` the lips follow the sound alone; the phones still judge them.
    """
    stage = Stage(figure)
    found: dict[str, list[bool]] = {"closure": [], "vowel": []}
    faces: list[bool] = []
    for lang, voice in voices.items():
        for text in SENTENCES[lang]:
            for speech in voice.synthesize(text, lang=lang):
                times, opening = stage.openings(speech, keep_phones)
                faces.extend((~np.isnan(opening)).tolist())
                for kind, met in phones_seen(speech, times, opening):
                    found[kind].append(met)
    stage.close()
    recall, false = np.mean(found["closure"]), np.mean(found["vowel"])
    return {
        "closures": len(found["closure"]),
        "vowels": len(found["vowel"]),
        "recall": round(float(recall), 3),
        "false": round(float(false), 3),
        "recall_minus_false": round(float(recall - false), 3),
        "faces_found": round(float(np.mean(faces)), 3),
        "pictures": len(faces),
    }
