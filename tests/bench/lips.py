"""Figures of the lips: ``python tests/bench/lips.py`` prints JSON.

*From sound alone*: macro-F1 over the six lip groups of ``visemes.GROUPS`` per 10 ms, with 95 %
bootstrap intervals over blocks of 1 s, on real recordings labelled by hand and on spoken questions
in voices the network never heard. The questions' phones are the synthesiser's own and run 45 ms
behind its sound, as the hissing ones show; they are taken that much earlier, and the figure with
the labels as given is told too. Beside it a guess from loudness (its thresholds fitted to the very
data: an upper bound) and the best constant guess; ``--pocketsphinx`` adds its phone decoder.
*Text known*: the same, for phones aligned to the sound.
*Real lips*: correlation with the mouths of filmed speakers (``lips_real.py``).
*Rendered*: closure recall minus false closures in pictures of a figure (``lips_pictures.py``).
"""

from __future__ import annotations

import argparse
import itertools
import json
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lips_data
import numpy as np

from avatar import fetch
from avatar.media import AudioChunk, Phone, Speech
from avatar.resources import models_dir
from avatar.voice import align, audio_lips, visemes
from avatar.voice.tts.select import create
from avatar.voice.visemes import GROUPS

SPEECH = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "speech"
MRPA = {
    "H#": "", "V": "ʌ", "m": "m", "N": "ŋ", "s": "s", "t": "t", "H": "h", "@:": "ɜ", "f": "f",
    "r": "ɹ", "E": "ɛ", "n": "n", "z": "z", "S": "ʃ", "i:": "i", "w": "w", "@": "ə", "k": "k",
    "I": "ɪ", "d": "d", "db": "b", "dH": "h", "j": "j", "u:": "u", "ai": "aɪ", "l": "l", "O": "ɒ",
    "o:": "ɔ", "D": "ð", "v": "v",
}  # fmt: skip
"""Labels of the recordings -> IPA. ``dH`` follows a t or b: breath. ``db`` is b's closure."""

Recording = tuple[AudioChunk, np.ndarray]
"""Sound and its lip group (index) every 10 ms."""


def read_wav(path: Path) -> AudioChunk:
    with wave.open(str(path)) as file:
        data = np.frombuffer(file.readframes(file.getnframes()), np.int16)
        return AudioChunk(0.0, data.astype(np.float32) / 32768, file.getframerate())


def groups_of(phones: lips_data.Phones, audio: AudioChunk, until: float) -> np.ndarray:
    sound = audio_lips.resampled(audio)[: int(until * audio_lips.RATE)]
    units = lips_data.frame_units(phones, sound)
    return np.array([GROUPS.index(visemes.group_of(unit)) for unit in units])


def recordings() -> list[Recording]:
    """Hand-labelled real speech."""
    found = []
    for path in sorted(SPEECH.glob("*.lab")):
        rows = path.read_text().split("#\n", 1)[1].split("\n")
        marks = [(float(r.split()[0]), MRPA[r.split()[2]]) for r in rows if r.strip()]
        starts = [0.0, *(end for end, _ in marks)]
        phones = [(name, a, end) for a, (end, name) in zip(starts, marks, strict=False)]
        audio = read_wav(path.with_suffix(".wav"))
        found.append((audio, groups_of(phones, audio, marks[-1][0])))
    return found


def questions(lang: str, late: float = lips_data.KOKORO_LATE) -> list[Recording]:
    """Spoken questions in voices never trained on, their phones taken ``late`` s earlier."""
    found = []
    for row, audio in _questions(lang):
        tokens = [(symbol, a - late, b - late) for symbol, a, b in row["phones"]]
        phones = [("", 0.0, tokens[0][1]), *lips_data.merge_tokens(tokens)]
        found.append((audio, groups_of(phones, audio, row["speech_end"] + 0.3)))
    return found


def _questions(lang: str) -> list[tuple[dict[str, Any], AudioChunk]]:
    rows = json.loads((SPEECH / "questions" / "questions.json").read_text("utf-8"))
    return [(r, read_wav(SPEECH / "questions" / r["file"])) for r in rows if r["lang"] == lang]


def sibilants_late(lang: str) -> float:
    """s by which the questions' labels of hissing sounds run behind the hiss in the sound.

    Where the correlation of the labels with the energy above 3.5 kHz against that below 1.5 kHz
    is highest; it needs no network of ours. Hand labels and espeak's give 0 .. 0.01.
    """
    shifts = np.arange(-10, 16)
    total = np.zeros(len(shifts))
    low, high = 2595 * np.log10(1 + np.array([60.0, 7600.0]) / 700)
    hertz = 700 * (10 ** (np.linspace(low, high, audio_lips.BANDS) / 2595) - 1)
    for row, audio in _questions(lang):
        mel = audio_lips.log_mel(audio_lips.resampled(audio))
        hiss = mel[:, hertz > 3500].mean(1) - mel[:, hertz < 1500].mean(1)
        hiss = np.where(mel.max(1) > mel.max() - 45, np.clip(hiss, -30, 20), -30)
        labelled = np.zeros(len(hiss))
        for symbol, start, end in row["phones"]:
            if visemes.viseme_of(symbol) in ("s", "sh", "retroflex", "palatal"):
                labelled[round(start * 100) : round(end * 100)] = 1
        total += [np.roll(labelled, -int(s)) @ (hiss - hiss.mean()) for s in shifts]
    return float(shifts[total.argmax()]) / 100


def counts(truth: np.ndarray, guess: np.ndarray) -> np.ndarray:
    """Per 1 s block: int[blocks, groups, 3] of hits, truths, guesses."""
    blocks = max(len(truth) // 100, 1)
    cut = np.array_split(np.arange(len(truth)), blocks)
    kinds = np.arange(len(GROUPS))
    return np.array(
        [
            [
                ((truth[i] == k) & (guess[i] == k)).sum(),
                (truth[i] == k).sum(),
                (guess[i] == k).sum(),
            ]
            for i in cut
            for k in kinds
        ]
    ).reshape(len(cut), len(GROUPS), 3)


def macro_f1(table: np.ndarray) -> float:
    """Mean F1 over the groups that occur in int[groups, 3]."""
    there = table[:, 1] > 0
    return float(np.mean(2 * table[there, 0] / np.maximum(table[there, 1] + table[there, 2], 1)))


def score(data: list[Recording], guess: Callable[[AudioChunk], np.ndarray]) -> dict[str, object]:
    blocks = []
    for audio, truth in data:
        said = guess(audio)
        said = np.pad(said, (0, max(len(truth) - len(said), 0)))[: len(truth)]
        blocks.append(counts(truth, said))
    table = np.concatenate(blocks)
    rng = np.random.default_rng(0)
    draws = [macro_f1(table[rng.integers(0, len(table), len(table))].sum(0)) for _ in range(1000)]
    total = table.sum(0)
    f1 = 2 * total[:, 0] / np.maximum(total[:, 1] + total[:, 2], 1)
    return {
        "macro_f1": round(macro_f1(total), 3),
        "interval": [round(float(x), 3) for x in np.percentile(draws, [2.5, 97.5])],
        "f1": {g: round(float(x), 3) for g, x in zip(GROUPS, f1, strict=True)},
        "seconds": round(float(total[:, 1].sum()) / 100, 1),
    }


_ANY = {viseme: phone for phone, viseme in visemes.PHONES.items()} | {"rest": "", "neutral": "ə"}
VISEME_GROUP = np.array([GROUPS.index(visemes.group_of(_ANY[name])) for name in visemes.VISEMES])
"""Lip group of each viseme."""


def ours(audio: AudioChunk) -> np.ndarray:
    return VISEME_GROUP[audio_lips.heard(audio)]


def energy(audio: AudioChunk, low: float, high: float) -> np.ndarray:
    """Quiet is rest, loud is open, the rest is mid."""
    db = lips_data.level(audio_lips.resampled(audio))
    return np.select([db < low, db > high], [0, GROUPS.index("open")], GROUPS.index("mid"))


def best_energy(data: list[Recording]) -> dict[str, object]:
    tries = itertools.product(range(-45, -20, 5), range(-12, 4, 2))
    found = [score(data, lambda a, t=t: energy(a, *t)) for t in tries]
    return max(found, key=lambda s: s["macro_f1"])


def constant(data: list[Recording]) -> dict[str, object]:
    found = [score(data, lambda a, k=k: np.full(10**5, k)) for k in range(len(GROUPS))]
    return max(found, key=lambda s: s["macro_f1"])


def audio_alone(with_pocketsphinx: bool) -> dict[str, object]:
    """Macro-F1 of every guesser on every set."""
    sets = {"recordings": recordings(), "zh": questions("zh"), "en": questions("en")}
    sets["questions"] = sets["zh"] + sets["en"]
    sets["questions_labels_as_given"] = questions("zh", 0.0) + questions("en", 0.0)
    figures: dict[str, object] = {
        "labels_late_s": {lang: sibilants_late(lang) for lang in ("zh", "en")}
    }
    for name, data in sets.items():
        figures[name] = row = {"ours": score(data, ours)}
        row |= {"energy": best_energy(data), "constant": constant(data)}
        if with_pocketsphinx and name in ("recordings", "en"):
            row["pocketsphinx"] = score(data, pocketsphinx())
    return figures


def text_known() -> dict[str, object]:
    """Macro-F1 with the text: espeak's phones for it, dated by the network."""
    data = {
        "recordings": list(zip(recordings(), _recorded_texts(), strict=True)),
        "zh": list(zip(questions("zh"), _question_texts("zh"), strict=True)),
        "en": list(zip(questions("en"), _question_texts("en"), strict=True)),
    }
    return {
        name: _aligned_score(rows, "zh" if name == "zh" else "en") for name, rows in data.items()
    }


def _recorded_texts() -> list[str]:
    return [p.with_suffix(".txt").read_text().strip() for p in sorted(SPEECH.glob("*.lab"))]


def _question_texts(lang: str) -> list[str]:
    return [row["text"] for row, _ in _questions(lang)]


def _aligned_score(rows: list[tuple[Recording, str]], lang: str) -> dict[str, object]:
    said = {
        id(audio): align.with_phones(Speech(text, audio), lang).phones for (audio, _), text in rows
    }
    return score(
        [recording for recording, _ in rows], lambda audio: phone_groups(said[id(audio)], audio)
    )


def phone_groups(phones: tuple[Phone, ...], audio: AudioChunk) -> np.ndarray:
    """Lip group every 10 ms of dated phones."""
    groups = np.zeros(int(audio.duration * 100) + 1, int)
    for phone in phones:
        at = phone.start
        for unit, share in visemes.units(phone.symbol) if phone.symbol else ():
            end = at + share * (phone.end - phone.start)
            groups[round(at * 100) : round(end * 100)] = GROUPS.index(visemes.group_of(unit))
            at = end
    return groups


ARPABET = {
    "closed": "P B M", "labiodental": "F V", "open": "AA AE AH AY AW", "rest": "SIL +SPN+ +NSN+",
    "rounded": "AO OW OY UH UW W ER R SH ZH CH JH",
}  # fmt: skip
"""Lip groups of pocketsphinx's phones; the others are mid."""


def pocketsphinx() -> Callable[[AudioChunk], np.ndarray]:
    """Its phone decoder, trained on real English speech, as a yardstick."""
    import pocketsphinx as ps

    group = {p: GROUPS.index(g) for g, names in ARPABET.items() for p in names.split()}
    model = ps.get_model_path("en-us/en-us-phone.lm.bin")

    def guess(audio: AudioChunk) -> np.ndarray:
        decoder = ps.Decoder(
            allphone=model, lm=None, dict=None, lw=2.0, beam=1e-20, pbeam=1e-20, loglevel="FATAL"
        )
        sound = (audio_lips.resampled(audio) * 32767).astype(np.int16).tobytes()
        decoder.start_utt()
        decoder.process_raw(sound, full_utt=True)
        decoder.end_utt()
        groups = np.zeros(int(audio.duration * 100) + 1, int)
        for seg in decoder.seg():
            groups[seg.start_frame : seg.end_frame + 1] = group.get(seg.word, GROUPS.index("mid"))
        return groups

    return guess


def rendered(figure: Path) -> dict[str, object]:
    """Closures and vowels in pictures, with each voice's phones and from its sound alone."""
    import lips_pictures

    names = ["espeak/female", *(["kokoro/zf_xiaoxiao"] if fetch.is_fetched("kokoro") else [])]
    figures: dict[str, object] = {}
    for name in names:
        voice = create(name)
        voices = {"zh": voice, "en": voice}
        figures[name] = {
            "phones": lips_pictures.measure(figure, voices),
            "sound_alone": lips_pictures.measure(figure, voices, keep_phones=False),
        }
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pocketsphinx", action="store_true")
    parser.add_argument("--figure", type=Path, default=models_dir() / "figures" / "mei.vrm")
    parser.add_argument("--only", choices=["audio", "text", "real", "rendered"])
    given = parser.parse_args()
    figures: dict[str, object] = {}
    if given.only in (None, "audio"):
        figures["audio_alone"] = audio_alone(given.pocketsphinx)
    if given.only in (None, "text"):
        figures["text_known"] = text_known()
    if given.only in (None, "real"):
        import lips_real

        figures["real_lips"] = lips_real.measure(SPEECH, read_wav)
    if given.only in (None, "rendered"):
        figures["rendered"] = rendered(given.figure)
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
