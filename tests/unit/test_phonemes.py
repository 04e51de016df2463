"""Phone symbols: pinyin, espeak-ng and Kokoro to IPA."""

from __future__ import annotations

import json

import pytest

from avatar.resources import models_dir
from avatar.voice import phonemes


@pytest.mark.parametrize(
    ("pinyin", "phones"),
    [
        ("ma1", ("m", "a")),
        ("zhong1", ("ʈʂ", "ʊ", "ŋ")),
        ("xiang4", ("ɕ", "j", "a", "ŋ")),
        ("lv4", ("l", "y")),
        ("lüe4", ("l", "ɥ", "e")),
        ("qu4", ("tɕʰ", "y")),
        ("zhi1", ("ʈʂ", "ʐ̩")),
        ("si4", ("s", "z̩")),
        ("yi1", ("i",)),
        ("wo3", ("w", "o")),
        ("yuan2", ("ɥ", "ɛ", "n")),
        ("er2", ("ɚ",)),
        ("huar1", ("x", "w", "a˞")),
        ("wanr2", ("w", "a˞")),
        ("bo1", ("p", "w", "o")),
    ],
)
def test_pinyin_to_phones(pinyin, phones):
    assert phonemes.parse_pinyin(pinyin).phones == phones


def test_the_tone_is_read():
    assert [phonemes.parse_pinyin(f"ma{t}").tone for t in range(1, 6)] == [1, 2, 3, 4, 5]
    assert phonemes.parse_pinyin("ma").tone == 5


@pytest.mark.parametrize("text", ["", "xyz1", "bla2", "1", "zhq4", "hao"[:1] + "3"])
def test_what_is_no_syllable_is_refused(text):
    with pytest.raises(ValueError, match="no pinyin"):
        phonemes.parse_pinyin(text)


def test_kokoro_knows_every_symbol_we_use():
    known = set(json.loads((models_dir() / "voices/kokoro/vocab.json").read_text("utf-8")))
    finals = [f for f in phonemes.FINALS if f not in ("io", "ê", "m", "n", "ng")]
    for initial in ("", *phonemes.INITIALS):
        for final in finals:
            try:
                sounds = phonemes.kokoro_syllable(f"{initial}{final}4")
            except ValueError:
                continue
            assert {c for _, symbols in sounds for c in symbols} <= known
    for symbol in ("ˈaɪ", "ˌoʊ", "tʃ", "dʒ", "ɜː", "ɚ", "əl", "n̩", "ɾ", "ɑːɹ", "ᵻ", "ʔ"):
        assert set(phonemes.kokoro_english(symbol)) <= known


def test_the_tone_follows_the_nucleus():
    assert phonemes.kokoro_syllable("zhong1") == [("ʈʂ", "ꭧ"), ("ʊ", "ʊ→"), ("ŋ", "ŋ")]
    assert phonemes.kokoro_syllable("hao3") == [("x", "x"), ("au", "au↓")]
    assert phonemes.kokoro_syllable("de5") == [("t", "t"), ("ɤ", "ɤ")]


def test_espeak_events_to_ipa():
    assert phonemes.from_espeak("ˈaɪ", "en") == ("aɪ", 1.0)
    assert phonemes.from_espeak("ˌoʊ", "en") == ("oʊ", 0.5)
    assert phonemes.from_espeak("ts.h", "zh") == ("ʈʂʰ", 0.0)
    assert phonemes.from_espeak("", "zh") == ("", 0.0)


def test_syllables_that_espeak_misreads_go_by_mnemonics():
    assert phonemes.espeak_syllable("hao3") == "hao3"
    assert phonemes.espeak_syllable("xiong2") == "[[S;j'ong35]]"
    assert phonemes.espeak_syllable("huar1") == "hua1 er5"


def test_ipa_to_espeak_mnemonics():
    assert phonemes.espeak_mnemonics("ˈwɪn") == "[['wIn]]"
    with pytest.raises(ValueError, match="no sound"):
        phonemes.espeak_mnemonics("ʘa")
