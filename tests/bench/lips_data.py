"""Synthetic speech with exact phones, to train the lips that work from sound alone.

``python tests/bench/lips_data.py OUT --espeak 4000`` or ``--kokoro NETWORK VOICES --clips 1500``
writes shards ``OUT/*.npz`` of clips: int16 samples at 16 kHz and one viseme per 10 ms. Sentences
are random words (jieba's dictionary, wonderwords), voices never those of the test questions.
Needs: soxr scipy jieba pypinyin wonderwords misaki[zh] onnx onnxruntime (``--kokoro``).
"""

from __future__ import annotations

import argparse
import ctypes
import json
from collections.abc import Callable, Iterator, Sequence
from importlib.resources import files
from pathlib import Path

import numpy as np
import soxr

from avatar.voice import visemes
from avatar.voice.tts import libespeak

RATE, FPS = 16000, 100
KOKORO_LATE = 0.045
"""s by which Kokoro's own phone times run behind its sound (``lips.sibilants_late``)."""
TEST_VOICES = {"zf_xiaobei", "zm_yunjian", "zm_yunyang", "af_bella", "af_nicole", "bm_george"}
TEST_VOICES |= {"am_eric"}
VARIANTS = """
m1 m2 m3 m4 m5 m6 m7 m8 f1 f2 f3 f4 f5 klatt klatt2 klatt3 Andy Annie Gene Alex Alicia
Andrea Denis Hugo Lee Mario Michael Mike Nguyen Reed adam anika antonio aunty belinda
benjamin boris caleb david ed edward gustave ian john linda marcelo max michel miguel
pablo paul pedro quincy rob robert sandro shelby steph travis victor zac
"""
FUNCTION_WORDS = """
the a of to and in is was it for on with as be at by this that from or have an they
which one you were her all she there would their we him been has when who will more if
no out so said what up its about into than them can only other new some could time these
two may then do first any my now such like our over me even most made after also did
many before must through back years where much your way well down should because each
just those people how too little very good make world still own see men work long get
here between both life being under never day same another know while last might us great
old year off come since against go came right used take three puff above maybe five
prove both move wave shove pub map
"""

Phones = Sequence[tuple[str, float, float]]
"""(IPA or "", start s, end s)."""
Clip = tuple[np.ndarray, np.ndarray]
"""int16 samples, uint8 visemes."""


def words(lang: str) -> list[str]:
    """A word list with more of what is frequent."""
    if lang == "zh":
        import jieba

        lines = Path(jieba.__file__).with_name("dict.txt").read_text("utf-8").splitlines()
        rows = [line.split() for line in lines]
        return [r[0] for r in rows if int(r[1]) > 300 and len(r[0]) < 5 and r[0].isalpha()]
    lists = files("wonderwords.assets")
    found = [
        w
        for n in ("noun", "verb", "adjective")
        for w in (lists / f"{n}list.txt").read_text().split()
    ]
    return [w for w in found if w.isalpha()] + FUNCTION_WORDS.split() * 25


def sentences(lang: str, seed: int) -> Iterator[str]:
    """Endless random sentences."""
    rng, known = np.random.default_rng(seed), words(lang)
    comma, stop, space = ("，", "。？！", "") if lang == "zh" else (", ", ".?!", " ")
    while True:
        parts = [rng.choice(known, rng.integers(3, 8)) for _ in range(rng.choice([1, 1, 2]))]
        yield comma.join(space.join(part) for part in parts) + str(rng.choice(list(stop)))


def merge_tokens(tokens: Phones) -> list[tuple[str, float, float]]:
    """Kokoro's tokens to phones: tone arrows and length marks lengthen the sound before them,
    stress marks the one after; padding and punctuation are pauses."""
    phones: list[tuple[str, float, float]] = []
    early: float | None = None
    for symbol, start, end in tokens:
        if symbol in "ˈˌ":
            early = start
        elif symbol in "ːˑ→↗↓↘ʲ̃" and phones:
            phones[-1] = (phones[-1][0], phones[-1][1], end)
        else:
            name = "" if visemes.is_silence(symbol) else "h" if symbol == "ʰ" else symbol
            phones.append((name, start if early is None else early, end))
            early = None
    return phones


def level(samples: np.ndarray) -> np.ndarray:
    """dB below the loud parts, per 10 ms, of float samples at RATE."""
    n = len(samples) * FPS // RATE
    frames = samples[: n * RATE // FPS].reshape(n, -1).astype(np.float64)
    db = 10 * np.log10(np.mean(frames**2, axis=1) + 1e-10)
    return db - np.percentile(db, 95)


def frame_units(phones: Phones, samples: np.ndarray) -> list[str]:
    """The IPA unit of each 10 ms, "" at rest.

    A pause is rest only where it is quiet (some voices have a token between words that they
    speak through), and quiet frames before a pause belong to it.
    """
    db = level(samples)
    quiet = db < -38
    edges = [
        (unit, start + (end - start) * a, start + (end - start) * b)
        for symbol, start, end in phones
        for unit, a, b in _shares(symbol)
    ]
    centre = (np.arange(len(db)) + 0.5) / FPS
    row = np.searchsorted([e[1] for e in edges], centre, side="right") - 1
    row = np.where((row >= 0) & (centre > edges[-1][2]), -1, row)
    names = [edges[i][0] if i >= 0 else "" for i in row]
    return _settle(names, quiet)


def _shares(symbol: str) -> list[tuple[str, float, float]]:
    if visemes.is_silence(symbol):
        return [("", 0.0, 1.0)]
    found, at = [], 0.0
    for unit, share in visemes.units(symbol):
        found.append((unit, at, at + share))
        at += share
    return found


def _settle(names: list[str], quiet: np.ndarray) -> list[str]:
    spoken = [i for i, name in enumerate(names) if name]
    for i in range(len(names) - 1, -1, -1):
        after_rest = i + 1 == len(names) or names[i + 1] == ""
        if names[i] and quiet[i] and after_rest and (i + 1 == len(names) or quiet[i + 1]):
            names[i] = ""
    for i, name in enumerate(names):
        if not name and not quiet[i] and spoken:
            near = spoken[int(np.argmin(np.abs(np.array(spoken) - i)))]
            names[i] = names[near] if abs(near - i) < 8 else ""
    return names


def to_clip(phones: Phones, samples: np.ndarray, rate: int) -> Clip:
    """Resampled to RATE and labelled."""
    sound = soxr.resample(samples.astype(np.float32), rate, RATE)
    sound *= 0.5 / max(float(np.abs(sound).max()), 1e-6)
    units = frame_units(phones, sound)
    labels = [visemes.INDEX[visemes.viseme_of(u)] if u else 0 for u in units]
    return (sound * 32767).astype(np.int16), np.array(labels, np.uint8)


def espeak_clips(count: int, seed: int) -> Iterator[Clip]:
    """Both languages, all variants, many speeds and pitches."""
    from avatar.voice import phonemes
    from avatar.voice.text import clauses

    rng, library = np.random.default_rng(seed), libespeak.shared()
    accents = {"zh": ["cmn-latn-pinyin"], "en": ["en-us", "en-gb-x-rp", "en-gb-scotland"]}
    source = {lang: sentences(lang, seed) for lang in accents}
    for i in range(count):
        lang = ("zh", "en")[i % 2]
        text = next(source[lang])
        if lang == "zh":
            tokens = [t for c in clauses(text, "zh") for t in c.tokens]
            text = " ".join(phonemes.espeak_syllable(s) for t in tokens for s in t.syllables)
        said = library.say(
            text,
            f"{rng.choice(accents[lang])}+{rng.choice(VARIANTS.split())}",
            speed=int(rng.integers(120, 260)),
            pitch=int(rng.integers(15, 85)),
            variation=int(rng.integers(20, 80)),
        )
        symbols = [phonemes.from_espeak(m.symbol, lang)[0] for m in said.phones]
        # Espeak dates a voiceless stop at its burst; its closure is about 40 ms.
        early = [0.04 if symbol[:1] in tuple("ptk") else 0.0 for symbol in symbols]
        marks = np.array([m.sample for m in said.phones]) / library.rate
        starts = np.maximum.accumulate(np.maximum(marks - early, 0)).tolist()
        ends = [*starts[1:], len(said.samples) / library.rate]
        yield to_clip(list(zip(symbols, starts, ends, strict=True)), said.samples, library.rate)


def ipa_of(text: str) -> str:
    """espeak's IPA of an English sentence, spaces between words."""
    library = libespeak.shared()._lib
    library.espeak_SetVoiceByName(b"en-us")
    library.espeak_TextToPhonemes.restype = ctypes.c_char_p
    pointer, parts = ctypes.c_char_p(text.encode()), []
    while pointer.value:
        parts.append(library.espeak_TextToPhonemes(ctypes.byref(pointer), 1, 2).decode())
    return ", ".join(parts) + text[-1]


def kokoro_speaker(network: Path) -> Callable[[str, np.ndarray, float], Clip]:
    """``speak(ipa, voice[510, 1, 256], speed) -> Clip`` with the network's own durations."""
    import onnx
    import onnxruntime

    model = onnx.load(str(network))
    durations = "/encoder/Gather_output_0"
    model.graph.output.append(
        onnx.helper.make_tensor_value_info(durations, onnx.TensorProto.INT64, None)
    )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    vocab = json.loads((network.parent / "vocab.json").read_text("utf-8"))["vocab"]

    def speak(ipa: str, voice: np.ndarray, speed: float) -> Clip:
        symbols = [c for c in ipa if c in vocab][:500]
        ids = np.array([[0, *(vocab[c] for c in symbols), 0]])
        feed = {"tokens": ids, "style": voice[len(symbols)], "speed": np.array([speed], np.float32)}
        audio, frames = session.run(["audio", durations], feed)
        edges = np.concatenate([[0], np.cumsum(frames)]) * 600 / 24000 - KOKORO_LATE
        tokens = list(zip(["^", *symbols, "$"], edges[:-1], edges[1:], strict=True))
        return to_clip(merge_tokens(tokens), audio, 24000)

    return speak


def kokoro_clips(network: Path, voices: Path, count: int, seed: int) -> Iterator[Clip]:
    """Both languages; single voices and blends of two, so that no two clips share a speaker."""
    from misaki.zh import ZHG2P

    rng, speak, pinyin = np.random.default_rng(seed), kokoro_speaker(network), ZHG2P()
    styles = {
        f.stem: np.fromfile(f, np.float32).reshape(510, 1, 256)
        for f in sorted(voices.glob("*.bin"))
        if f.stem not in TEST_VOICES
    }
    chinese = [name for name in styles if name[0] == "z"]
    names = {
        "zh": chinese * 3 + list(styles),
        "en": [n for n in styles if n[0] in "ab"] * 3 + list(styles),
    }
    source = {lang: sentences(lang, seed) for lang in names}
    for i in range(count):
        lang = ("zh", "en")[i % 2]
        text = next(source[lang])
        ipa = pinyin(text)[0] if lang == "zh" else ipa_of(text)
        mix = rng.choice([0.0, 0.0, 0.3, 0.5])
        first, second = (styles[str(n)] for n in rng.choice(names[lang], 2))
        voice = ((1 - mix) * first + mix * second).astype(np.float32)
        yield speak(ipa, voice, float(rng.uniform(0.75, 1.4)))


def save(clips: Iterator[Clip], out: Path, name: str, shard: int = 50) -> None:
    """Write clips to ``out/name_0000.npz`` and on, ``shard`` at a time."""
    out.mkdir(parents=True, exist_ok=True)
    batch: list[Clip] = []
    number = 0
    for clip in clips:
        batch.append(clip)
        if len(batch) == shard:
            _write(batch, out / f"{name}_{number:04}.npz")
            batch, number = [], number + 1
    if batch:
        _write(batch, out / f"{name}_{number:04}.npz")


def _write(batch: list[Clip], path: Path) -> None:
    arrays = {
        f"{kind}{i}": part
        for i, clip in enumerate(batch)
        for kind, part in zip("sl", clip, strict=True)
    }
    np.savez(path, **arrays)


def load(path: Path) -> list[Clip]:
    """The clips of one shard."""
    with np.load(path) as data:
        return [(data[f"s{i}"], data[f"l{i}"]) for i in range(len(data.files) // 2)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--espeak", type=int, default=0, help="number of clips")
    parser.add_argument("--kokoro", nargs=2, type=Path, metavar=("NETWORK", "VOICES"))
    parser.add_argument("--clips", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if given.espeak:
        save(espeak_clips(given.espeak, given.seed), given.out, f"espeak{given.seed}", 200)
    if given.kokoro:
        clips = kokoro_clips(*given.kokoro, given.clips, given.seed)
        save(clips, given.out, f"kokoro{given.seed}")


if __name__ == "__main__":
    main()
