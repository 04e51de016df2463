"""Our lips against real ones: mouths of filmed speakers tracked, ours driven by their sound.

Correlation of the mouth's opening over time, at the clips' 25 pictures a second, less the same
between clips that do not belong together: speech of any kind opens and closes a mouth.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import av
import lips_data
import numpy as np
from lips_pictures import FPS, Tracker

from avatar.media import AudioChunk, Speech
from avatar.pose import FaceShape
from avatar.voice import audio_lips
from avatar.voice.align import with_phones
from avatar.voice.lipsync import lip_track

WORDS = {
    "b": {0: "bin", 1: "blue", 2: "by", 3: "b"}, "l": {0: "lay"}, "p": {0: "place", 4: "please"},
    "s": {0: "set", 4: "soon"}, "g": {1: "green"}, "r": {1: "red"}, "w": {1: "white", 2: "with"},
    "a": {2: "at", 4: "again"}, "i": {2: "in"}, "n": {4: "now"},
}  # fmt: skip
NUMERALS = "zero one two three four five six seven eight nine"
DIGITS = dict(zip("z123456789", NUMERALS.split(), strict=True))


def sentence(name: str) -> str:
    """What a clip of the GRID corpus says: its name holds the initials of its six words."""
    command, color, preposition, letter, digit, adverb = name[-6:]
    words = [WORDS[c][i] for i, c in enumerate((command, color, preposition))]
    return " ".join([*words, letter.upper(), DIGITS[digit], WORDS[adverb][4]])


def opening_of(speech: Speech, times: np.ndarray) -> np.ndarray:
    """Ours: how far the lips are apart at each time."""
    weights = lip_track(speech).sample(times)
    apart = weights[:, FaceShape.jawOpen] - weights[:, FaceShape.mouthClose]
    return apart + 0.3 * weights[:, FaceShape.mouthLowerDownLeft]


def loudness_of(speech: Speech, times: np.ndarray) -> np.ndarray:
    """What an amplitude-driven mouth would do."""
    level = np.clip(lips_data.level(audio_lips.resampled(speech.audio)) + 40, 0, 40)
    return np.interp(times, (np.arange(len(level)) + 0.5) / 100, level)


def watched(path: Path, tracker: Tracker) -> tuple[np.ndarray, np.ndarray]:
    """Times (s) and openings of the filmed mouth."""
    with av.open(str(path)) as file:
        frames = [
            (float(f.time or 0.0), tracker.opening(f.to_ndarray(format="rgb24")))
            for f in file.decode(video=0)
        ]
    times, opening = np.array(frames).T
    return times - times[0], opening


def correlation(clips: list[tuple[np.ndarray, np.ndarray, Speech]], guess: Callable) -> dict:
    """Mean correlation of matched clips, of mismatched ones, and the difference."""
    table = np.array(
        [
            [np.corrcoef(opening, guess(speech, times))[0, 1] for _, _, speech in clips]
            for times, opening, _ in clips
        ]
    )
    matched = np.trace(table) / len(table)
    other = (table.sum() - np.trace(table)) / (table.size - len(table))
    return {
        "matched": round(float(matched), 3),
        "mismatched": round(float(other), 3),
        "difference": round(float(matched - other), 3),
    }


def measure(folder: Path, read: Callable[[Path], AudioChunk]) -> dict[str, object]:
    """From sound alone, with the text known, and from loudness."""
    tracker = Tracker()
    clips, texts = [], []
    for path in sorted(folder.glob("*.mpg")):
        audio = read(path.with_suffix(".wav"))
        texts.append(sentence(path.stem))
        clips.append((*watched(path, tracker), Speech("", audio)))
    tracker.close()
    known = [
        (times, opening, with_phones(replace(speech, text=text), "en"))
        for (times, opening, speech), text in zip(clips, texts, strict=True)
    ]
    return {
        "clips": texts,
        "fps": FPS,
        "sound_alone": correlation(clips, opening_of),
        "text_known": correlation(known, opening_of),
        "loudness": correlation(clips, loudness_of),
    }
