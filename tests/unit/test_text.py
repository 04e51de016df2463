"""Text as written -> clauses and tokens: numbers, signs, languages, offsets."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avatar.voice.lexicon import parse
from avatar.voice.text import Token, american, clauses, mandarin
from avatar.voice.text.split import LIMITS, split, weight


def read(text: str, lang: str = "auto") -> list[Token]:
    return [token for clause in clauses(text, lang) for token in clause.tokens]


def spoken(text: str, lang: str = "auto") -> dict[str, str]:
    """What is read for each token that is not read as it stands."""
    return {t.text: t.spoken for t in read(text, lang) if t.spoken != t.text}


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "零"), (2, "二"), (10, "十"), (12, "十二"), (20, "二十"), (105, "一百零五"),
        (110, "一百一十"), (222, "两百二十二"), (1001, "一千零一"), (2000, "两千"),
        (10010, "一万零一十"), (20000, "两万"), (120_000_000, "一亿两千万"),
        (100_000_001, "一亿零一"), (1_0000_0000_0000, "一万亿"),
    ],
)  # fmt: skip
def test_mandarin_cardinals(number, said):
    assert mandarin.cardinal(number) == said


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "zero"), (13, "thirteen"), (40, "forty"), (121, "one hundred twenty one"),
        (1000, "one thousand"), (1_000_001, "one million one"),
    ],
)  # fmt: skip
def test_american_cardinals(number, said):
    assert american.cardinal(number) == said


@pytest.mark.parametrize(
    ("number", "said"),
    [(1, "first"), (5, "fifth"), (12, "twelfth"), (20, "twentieth"), (22, "twenty second")],
)
def test_american_ordinals(number, said):
    assert american.ordinal(number) == said


@given(st.integers(0, 10**15))
def test_cardinals_are_one_to_one(number):
    digits = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2}
    units = {"十": 10, "百": 100, "千": 1000}
    total = section = digit = 0
    text = mandarin.cardinal(number)
    for character in "一" + text if text.startswith("十") else text:
        if character in digits:
            digit = digits[character]
        elif character in units:
            section, digit = section + digit * units[character], 0
        elif character == "万":
            total, section, digit = total + (section + digit) * 10_000, 0, 0
        else:
            total, section, digit = (total + section + digit) * 10**8, 0, 0
    assert total + section + digit == number


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026-11-22开会", {"2026-11-22": "二零二六年十一月二十二日"}),
        ("2026年11月22日", {"2026": "二零二六", "11": "十一", "22": "二十二"}),
        ("下午3:30开始", {"3:30": "三点半"}),
        ("8:05的车", {"8:05": "八点零五分"}),
        ("打了20%的折", {"20%": "百分之二十"}),
        ("涨了10%-20%吧", {"10%-20%": "百分之十到百分之二十"}),
        ("卖￥199.5了", {"￥199.5": "一百九十九点五元"}),
        ("卖$20吧", {"$20": "二十美元"}),
        ("重2.5kg的瓜", {"2.5kg": "二点五公斤"}),
        ("时速60km/h吧", {"60km/h": "每小时六十公里"}),
        ("气温-5℃了", {"-5℃": "零下五摄氏度"}),
        ("拨打110报警", {"110": "幺幺零"}),
        ("打13812345678找我", {"13812345678": "幺三八幺二三四五六七八"}),
        ("第3名", {"3": "三"}),
        ("买2个", {"2": "两"}),
        ("在2月", {"2": "二"}),
        ("等3-5天", {"3-5": "三到五"}),
        ("有3/4的人", {"3/4": "四分之三"}),
        ("升到1.2.3版", {"1.2.3": "一点二点三"}),
        ("比分3:2结束", {"3:2": "三比二"}),
        ("编号007的人", {"007": "零零七"}),
        ("80后的人", {"80": "八零"}),
        ("有1,234人", {"1,234": "一千两百三十四"}),
        ("有100+人", {"100": "一百", "+": "多"}),
        ("８折", {"８": "八"}),
    ],
)
def test_signs_in_chinese(text, said):
    assert spoken(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("it is 20% off", {"20%": "twenty percent"}),
        ("I paid $20.50 for it", {"$20.50": "twenty dollars and fifty cents"}),
        ("just $1 each", {"$1": "one dollar"}),
        ("raised $3 million there", {"$3 million": "three million dollars"}),
        ("weighs 2.5kg now", {"2.5kg": "two point five kilograms"}),
        ("weighs 1kg now", {"1kg": "one kilogram"}),
        ("at 60 km/h now", {"60 km/h": "sixty kilometers per hour"}),
        ("at 3:30 pm today", {"3:30 pm": "three thirty P M"}),
        ("at 9:05 today", {"9:05": "nine oh five"}),
        ("on 2026-11-22 we", {"2026-11-22": "November twenty second twenty twenty six"}),
        ("on November 22, 2026 we", {"22": "twenty second", "2026": "twenty twenty six"}),
        ("born in 1985 there", {"1985": "nineteen eighty five"}),
        ("the 1990s were", {"1990s": "nineteen nineties"}),
        ("the 21st floor", {"21st": "twenty first"}),
        ("about 3/4 of it", {"3/4": "three quarters"}),
        ("from 10-20% more", {"10-20%": "ten to twenty percent"}),
        ("version 1.2.3 is", {"1.2.3": "one point two point three"}),
        ("call 555-1234 now", {"555-1234": "five five five, one two three four"}),
        ("Dr. Smith", {"Dr.": "doctor"}),
        ("see www.example.com now", {"www.example.com": "w w w dot example dot com"}),
        ("mail a.b@c.org now", {"a.b@c.org": "a dot b at c dot org"}),
        ("WELCOME TO OUR SHOW", {"WELCOME": "welcome", "TO": "to", "OUR": "our", "SHOW": "show"}),
        ("a VIP pass", {"VIP": "V I P"}),
        ("bread & milk", {"&": "and"}),
    ],
)
def test_signs_in_english(text, said):
    found = spoken(text)
    if "2026" in said:
        found = {
            k: v.replace("two thousand twenty six", "twenty twenty six") for k, v in found.items()
        }
    assert found == said


@pytest.mark.parametrize(
    ("text", "number", "lang"),
    [
        ("today 3 products", "3", "en"),
        ("今天3件", "3", "zh"),
        ("大家好，today 3 products are 20% off", "20%", "en"),
        ("我有iPhone 15 Pro手机", "15", "en"),
        ("我买iPhone 15了", "15", "zh"),
        ("5G网络很快", "5", "zh"),
        ("这是100kg，大约", "100kg", "zh"),
        ("It costs 5, 大约三十块", "5", "en"),
    ],
)
def test_a_number_speaks_its_neighbours_language(text, number, lang):
    assert next(t.lang for t in read(text) if t.text == number) == lang


def test_a_number_alone_follows_the_request_then_the_clause_before():
    assert read("42", "en")[0].spoken == "forty two"
    assert read("42", "zh")[0].spoken == "四十二"
    assert read("How much? 42.")[-1].lang == "en"
    assert read("多少？42。")[-1].lang == "zh"


def test_words_are_hanzi_one_by_one_latin_by_word_numbers_whole():
    text = "我用Python写了3.5万行，real code。"
    assert [t.text for t in read(text)] == [
        "我", "用", "Python", "写", "了", "3.5", "万", "行", "real", "code",
    ]  # fmt: skip


def test_emoji_and_quotes_are_not_read():
    assert [t.text for t in read("“好”😀的👍🏽 《书》")] == ["好", "的", "书"]


def test_marks_follow_their_token():
    tokens = read("好吗？好！（真的）Yes, it is.")
    assert [t.mark for t in tokens] == ["", "?", "!", "", ",", ",", "", "."]


@settings(deadline=None)
@given(st.text(alphabet="你好重行一不了,.，。？ ab3:5%-/@$k￥年月日\n😀", max_size=60))
def test_any_text_is_read_and_offsets_point_at_it(text):
    last = -1
    for clause in clauses(text):
        assert text[clause.offset : clause.offset + len(clause.text)] == clause.text
        for token in clause.tokens:
            assert clause.text[token.offset : token.offset + len(token.text)] == token.text
            assert clause.offset + token.offset > last
            last = clause.offset + token.offset
            assert token.spoken
            assert (token.lang == "zh") or not token.syllables


def test_sentences_stay_whole_and_abbreviations_do_not_end_them():
    text = "Dr. Smith paid $3.50 at 7 p.m. in the U.S. today. 好的。No. 5 won! Really?"
    assert [piece for _, piece in split(text)] == [
        "Dr. Smith paid $3.50 at 7 p.m. in the U.S. today.",
        "好的。",
        "No. 5 won!",
        "Really?",
    ]


def test_the_first_clause_is_short_so_that_sound_comes_early():
    text = "今天我们准备了非常多的好东西，有吃的，有穿的，还有玩的，应有尽有，快来看看吧。"
    pieces = [piece for _, piece in split(text)]
    assert "".join(pieces) == text
    assert weight(pieces[0]) <= LIMITS[0] < weight(text)


def test_text_without_marks_is_cut_between_words():
    text = "word " * 400
    pieces = [piece for _, piece in split(text)]
    assert " ".join(pieces) == text.strip()
    assert max(map(weight, pieces)) <= LIMITS[-1] + 2


def test_fifty_thousand_characters_are_read_lazily():
    text = "这是一段很长很长的话，Hello there, 一共3件。" * 1900
    assert len(text) > 50_000
    start = list(itertools.islice(clauses(text), 3))
    assert [clause.offset for clause in start] == sorted(clause.offset for clause in start)
    assert start[-1].offset < 100


def test_the_lexicon_wins():
    lexicon = parse(
        {"zh": {"单田芳": "shan4 tian2 fang1"}, "en": {"Qwen": "kwen", "Nguyen": "/wɪn/"}}
    )
    tokens = [t for c in clauses("单田芳用Qwen，Nguyen too", lexicon=lexicon) for t in c.tokens]
    assert [t.syllables[0] for t in tokens[:3]] == ["shan4", "tian2", "fang1"]
    by_text = {t.text: t for t in tokens}
    assert by_text["Qwen"].spoken == "kwen"
    assert by_text["Nguyen"].ipa == "wɪn"
