"""The phone times of a voice against the sound itself; the choice of the best voice."""

from __future__ import annotations

import os

import numpy as np
import pytest
import soxr

from avatar import fetch
from avatar.errors import AvatarError
from avatar.voice.tts import kokoro, select

RATE, HOP, WINDOW = 24_000, 120, 480
HISSING = frozenset(
    ["s", "z", "ʃ", "ʒ", "ɕ", "ʂ", "tʃ", "dʒ", "ts", "tsʰ", "tɕ", "tɕʰ", "ʈʂ", "ʈʂʰ"]
)
TEXTS = {
    "zh": "请大家仔细检查一下自己的座位，谢谢支持，我们下次再见。",
    "en": "She sells seashells; six sisters pass the last station, just as it says.",
}
VOICES = ["espeak/female", "espeak/male", *(f"kokoro/{v}" for v in kokoro.KokoroSynthesizer.VOICES)]


@pytest.fixture(params=VOICES)
def voice(request):
    if request.param.startswith("kokoro") and not fetch.is_fetched("kokoro"):
        message = "the kokoro network is missing: avatar fetch kokoro"
        (pytest.fail if os.environ.get("AVATAR_REQUIRE_ALL") else pytest.skip)(message)
    synthesizer = select.create(request.param)
    yield synthesizer
    synthesizer.close()


def hiss(samples: np.ndarray) -> np.ndarray:
    """Energy over 4 kHz against that below 1.5 kHz, dB, every 5 ms."""
    count = (len(samples) - WINDOW) // HOP
    frames = np.stack([samples[i * HOP : i * HOP + WINDOW] for i in range(count)])
    power = np.abs(np.fft.rfft(frames * np.hanning(WINDOW))) ** 2
    hertz = np.fft.rfftfreq(WINDOW, 1 / RATE)
    high, low = power[:, hertz > 4000].sum(1), power[:, (hertz > 100) & (hertz < 1500)].sum(1)
    return 10 * np.log10((high + 1e-6) / (low + 1e-6))


def best_lag(speeches) -> float:
    """The shift of the phone times, s, at which hissing phones fit the hiss best."""
    lags = np.arange(-16, 17)
    score = np.zeros(len(lags))
    for speech in speeches:
        sound = soxr.resample(speech.audio.samples, speech.audio.rate, RATE)
        heard = hiss(np.asarray(sound, np.float32))
        times = (np.arange(len(heard)) * HOP + WINDOW / 2) / RATE
        starts = [phone.start for phone in speech.phones]
        index = np.searchsorted(starts, times, side="right") - 1
        said = np.array([speech.phones[i].symbol in HISSING for i in index], float)
        inside = np.flatnonzero((times > 0.1) & (times < speech.phones[-1].start - 0.1))
        score += [np.corrcoef(said[inside], heard[inside + lag])[0, 1] for lag in lags]
    return float(lags[np.argmax(score)] * HOP / RATE)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_phone_times_fit_the_sound(voice, lang):
    assert abs(best_lag(list(voice.synthesize(TEXTS[lang])))) <= 0.025


def test_silent_phones_are_silent(voice):
    for speech in voice.synthesize("你好，欢迎光临！Hello, come in."):
        samples, rate = speech.audio.samples, speech.audio.rate
        loud = np.sqrt((samples**2).mean())
        for phone in speech.phones:
            if not phone.symbol and phone.end - phone.start > 0.06:
                part = samples[
                    round((phone.start + 0.02) * rate) : round((phone.end - 0.02) * rate)
                ]
                assert np.sqrt((part**2).mean()) < 0.15 * loud


def test_one_voice_speaks_both_languages_within_a_sentence(voice):
    speeches = list(voice.synthesize("我用Python写code"))
    assert len(speeches) == 1
    assert [w.text for w in speeches[0].words] == ["我", "用", "Python", "写", "code"]
    assert {p.lang for p in speeches[0].phones} == {"zh", "en"}


def test_auto_takes_a_voice_and_says_why():
    choice = select.auto(sex="male")
    assert choice.synthesizer.name in choice.reason
    choice.synthesizer.close()


def test_auto_falls_to_espeak_without_the_network(monkeypatch, tmp_path):
    monkeypatch.setattr(fetch, "store", lambda: tmp_path)
    monkeypatch.delenv("AVATAR_MODELS", raising=False)
    choice = select.auto()
    assert choice.synthesizer.name == "espeak/female"
    assert "avatar fetch kokoro" in choice.reason


def test_a_voice_too_slow_for_this_machine_is_passed_over(monkeypatch):
    monkeypatch.setattr(select, "FAST_ENOUGH", 0.02)
    choice = select.auto()
    assert choice.synthesizer.name == "espeak/female"
    assert "too slow here" in choice.reason or "avatar fetch kokoro" in choice.reason


def test_a_lexicon_reaches_the_voice(tmp_path):
    path = tmp_path / "lexicon.toml"
    path.write_text('[zh]\n"小美" = "da4 wu3"\n[en]\nXyz = "/mɑːm/"\n', "utf-8")
    voice = select.create("espeak", lexicon=path)
    symbols = [p.symbol for s in voice.synthesize("小美 Xyz") for p in s.phones if p.symbol]
    assert symbols[0] == "t"
    assert symbols[-3:] == ["m", "ɑː", "m"]
    with pytest.raises(AvatarError, match="no lexicon"):
        select.create("espeak", lexicon=tmp_path / "none.toml")
