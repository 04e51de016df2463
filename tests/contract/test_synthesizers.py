"""What every synthesizer promises, over every registered one."""

from __future__ import annotations

import os
import threading
import unicodedata
from itertools import pairwise

import numpy as np
import pytest

from avatar.errors import ConfigError, DeviceError, MissingAsset, MissingExtra, UnknownPlugin
from avatar.media import KeepingSynthesizer, Speech, Synthesizer
from avatar.plugins import found
from avatar.voice.tts import select
from avatar.voice.tts.interrupt import Abandoned
from tests.contract import speech_server

REGISTERED = sorted(found("synthesizers"))
MIXED = "大家好，我是小美。Welcome to our live show, today 3 products are 20% off!"


ENGLISH = "Hello everybody, I am Joe. Welcome to our live show, today 3 products are 20% off!"


@pytest.fixture(scope="module")
def server():
    yield from speech_server.running()


@pytest.fixture(scope="module", params=REGISTERED)
def voice(request, server):
    patch = pytest.MonkeyPatch()
    patch.setenv("OPENAI_BASE_URL", server.url)
    request.addfinalizer(patch.undo)
    try:
        synthesizer = select.create(request.param)
    except (MissingExtra, MissingAsset, DeviceError) as error:
        if os.environ.get("AVATAR_REQUIRE_ALL"):
            pytest.fail(str(error))
        pytest.skip(str(error))
    yield synthesizer
    synthesizer.close()


@pytest.fixture(scope="module")
def spoken(voice) -> list[Speech]:
    return list(voice.synthesize(script(voice)))


def script(voice: Synthesizer) -> str:
    return MIXED if "zh" in voice.capabilities.languages else ENGLISH


def test_the_built_ins_are_registered():
    assert {"espeak", "kokoro", "pyttsx3", "piper", "openai"} <= set(REGISTERED)


def test_it_is_a_synthesizer_with_a_name_and_languages(voice):
    assert isinstance(voice, Synthesizer)
    assert voice.name in select.voices()
    assert {"zh", "en"} >= set(voice.capabilities.languages) != set()


def test_clauses_make_up_the_text(voice, spoken):
    assert "".join(s.text for s in spoken).replace(" ", "") == script(voice).replace(" ", "")


def test_the_sound_is_there_and_within_bounds(voice, spoken):
    for speech in spoken:
        samples = speech.audio.samples
        assert speech.voice == voice.name
        assert speech.audio.t == 0
        assert samples.dtype == np.float32
        assert samples.ndim == 1
        assert np.isfinite(samples).all()
        assert 0.1 < np.abs(samples).max() <= 1.0
        assert 0.5 < speech.audio.duration < 15


def test_a_sentence_ends_in_silence(spoken):
    for speech in spoken:
        tail = speech.audio.samples[-round(0.1 * speech.audio.rate) :]
        if speech.text[-1] in "。!":
            assert np.abs(tail).max() < 0.01


def test_phones_are_contiguous_ipa_over_the_whole_sound(voice, spoken):
    for speech in spoken:
        if not voice.capabilities.phones:
            assert speech.phones == ()
            continue
        assert speech.phones[0].start == 0
        assert speech.phones[-1].end == pytest.approx(speech.audio.duration, abs=1e-4)
        assert all(a.end == b.start for a, b in pairwise(speech.phones))
        for phone in speech.phones:
            assert phone.end > phone.start
            assert 0 <= phone.stress <= 1
            assert phone.lang in ("zh", "en")
            assert not set(phone.symbol) & set("ˈˌ→↗↓↘12345 ,.")
            assert all(unicodedata.category(c)[0] in "LM" for c in phone.symbol)


def test_phones_say_what_was_written(voice):
    if not voice.capabilities.phones:
        return
    if "zh" in voice.capabilities.languages:
        phones = [p for s in voice.synthesize("爸爸妈妈") for p in s.phones if p.symbol]
        assert [p.symbol for p in phones[::2]] == ["p", "p", "m", "m"]
        assert {p.symbol for p in phones[1::2]} <= {"a", "ɑ"}
        assert {p.lang for p in phones} == {"zh"}
    english = [p for s in voice.synthesize("five") for p in s.phones if p.symbol]
    assert [p.symbol for p in english] == ["f", "aɪ", "v"]
    assert english[1].stress == 1
    assert {p.lang for p in english} == {"en"}


def test_words_are_in_order_and_point_at_the_text(voice, spoken):
    for speech in spoken:
        if not voice.capabilities.words:
            assert speech.words == ()
            continue
        for word in speech.words:
            assert speech.text[word.offset : word.offset + len(word.text)] == word.text
            assert 0 <= word.start <= word.end <= speech.audio.duration + 1e-6
        assert all(a.end <= b.start + 1e-6 for a, b in pairwise(speech.words))
        assert sum(w.end - w.start for w in speech.words) > 0.5 * speech.audio.duration


def test_words_are_hanzi_latin_words_and_whole_numbers(voice, spoken):
    if voice.capabilities.words:
        words = [w.text for s in spoken for w in s.words]
        if "zh" in voice.capabilities.languages:
            assert words[:7] == ["大", "家", "好", "我", "是", "小", "美"]
        assert words[-6:] == ["today", "3", "products", "are", "20%", "off"]


def test_numbers_are_read_and_take_their_time(voice):
    def length(text: str) -> float:
        return sum(s.audio.duration for s in voice.synthesize(text, lang="en"))

    assert length("123456") > 2 * length("6")


@pytest.mark.parametrize(
    ("text", "lang"), [("", "auto"), ("  \n", "zh"), ("😀 …", "auto"), ("hello", "fr")]
)
def test_nothing_to_say_or_no_such_language_is_refused_at_once(voice, text, lang):
    with pytest.raises(ConfigError) as caught:
        voice.synthesize(text, lang=lang)
    assert "\n" not in str(caught.value)


def test_a_very_long_text_starts_at_once(voice):
    chinese = "zh" in voice.capabilities.languages
    first = "这是很长的一段话。" if chinese else "This is a long story. "
    text = f"{first}This goes on and on. " * 1800
    assert len(text) > 50_000
    stream = voice.synthesize(text)
    assert next(stream).text == first.strip()
    assert next(stream).text == "This goes on and on."


@pytest.mark.parametrize(
    "text", ["嗯", "a", "哦！", "123", "A&B", "C++", "穷凶", "花儿", "呣", "x@y.com", "7" * 150]
)
def test_odd_little_texts_are_spoken(voice, text):
    if "zh" not in voice.capabilities.languages:
        text = text if text.isascii() else "oh"
    assert sum(s.audio.duration for s in voice.synthesize(text)) > 0.05


def test_an_unknown_voice_lists_the_known():
    for name in ("nobody", "kokoro/nobody", "espeak/nobody"):
        with pytest.raises(UnknownPlugin, match="espeak/female") as caught:
            select.create(name)
        assert "\n" not in str(caught.value)


def test_an_unknown_language_is_refused():
    with pytest.raises(ConfigError, match="auto, zh or en"):
        select.create("espeak", lang="fr")


def test_sex_and_name_choose_the_voice():
    assert select.create("espeak", sex="male").name == "espeak/male"
    assert select.create("espeak/female", sex="male").name == "espeak/female"


def test_what_was_rehearsed_is_said_the_same_another_day(voice, monkeypatch, tmp_path):
    if not isinstance(voice, KeepingSynthesizer):
        return
    monkeypatch.setenv("AVATAR_CACHE", str(tmp_path))
    today = select.create(voice.name)
    said = list(today.rehearse("We open at nine."))
    today.close()
    another_day = select.create(voice.name)
    another_day.stop()  # nothing is being made: no harm
    again = list(another_day.synthesize("We open at nine."))
    another_day.close()
    assert [(s.text, s.phones, s.words) for s in again] == [
        (s.text, s.phones, s.words) for s in said
    ]
    for before, after in zip(said, again, strict=True):
        np.testing.assert_allclose(after.audio.samples, before.audio.samples, atol=1e-4)


def test_a_clause_can_be_stopped_in_the_middle(voice):
    if not isinstance(voice, KeepingSynthesizer):
        return
    ended, long = threading.Event(), "so many words in one breath " * 3

    def keep_stopping():
        while not ended.wait(0.002):
            voice.stop()

    stopping = threading.Thread(target=keep_stopping)
    stopping.start()
    try:
        with pytest.raises(Abandoned):
            next(voice.synthesize(long))
    finally:
        ended.set()
        stopping.join()
    assert next(voice.synthesize(long)).audio.duration > 1
