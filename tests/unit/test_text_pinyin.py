"""Hanzi -> pinyin: characters of several readings, tone sandhi, rhotic endings."""

from __future__ import annotations

import pytest

from avatar.voice.text import clauses


def pinyin(text: str) -> str:
    return " ".join(s for c in clauses(text) for t in c.tokens for s in t.syllables)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("银行", "yin2 hang2"),
        ("行走", "xing2 zou3"),
        ("重庆", "chong2 qing4"),
        ("重要", "zhong4 yao4"),
        ("长大", "zhang3 da4"),
        ("长度", "chang2 du4"),
        ("还款", "huan2 kuan3"),
        ("还没到", "hai2 mei2 dao4"),
        ("把书还给他", "ba3 shu1 huan2 gei3 ta1"),
        ("了解", "liao2 jie3"),
        ("吃了", "chi1 le5"),
        ("吃不了", "chi1 bu4 liao3"),
        ("你得去", "ni2 dei3 qu4"),
        ("跑得快", "pao3 de5 kuai4"),
        ("高兴地说", "gao1 xing4 de5 shuo1"),
        ("土地", "tu3 di4"),
        ("三只猫", "san1 zhi1 mao1"),
        ("只有他", "zhi2 you3 ta1"),
        ("音乐", "yin1 yue4"),
        ("快乐", "kuai4 le4"),
        ("睡着了", "shui4 zhao2 le5"),
        ("着急", "zhao2 ji2"),
        ("为大家", "wei4 da4 jia1"),
        ("成为", "cheng2 wei2"),
        ("首都都好", "shou3 du1 dou1 hao3"),
        ("便宜", "pian2 yi5"),
        ("方便", "fang1 bian4"),
        ("会计", "kuai4 ji4"),
    ],
)
def test_characters_of_several_readings(text, said):
    assert pinyin(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("不是", "bu2 shi4"),
        ("不好", "bu4 hao3"),
        ("是不是", "shi4 bu5 shi4"),
        ("一个", "yi2 ge5"),
        ("一天", "yi4 tian1"),
        ("一年", "yi4 nian2"),
        ("一起", "yi4 qi3"),
        ("看一看", "kan4 yi5 kan4"),
        ("第一个", "di4 yi1 ge5"),
        ("统一", "tong3 yi1"),
        ("星期一", "xing1 qi1 yi1"),
        ("十一月", "shi2 yi1 yue4"),
        ("一月一日", "yi1 yue4 yi1 ri4"),
        ("112人", "yi4 bai3 yi1 shi2 er4 ren2"),
    ],
)
def test_sandhi_of_yi_and_bu(text, said):
    assert pinyin(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("你好", "ni2 hao3"),
        ("很好", "hen2 hao3"),
        ("我很好", "wo3 hen2 hao3"),
        ("展览馆", "zhan2 lan2 guan3"),
        ("你，好", "ni3 hao3"),
    ],
)
def test_third_tones(text, said):
    assert pinyin(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("花儿", "huar1"),
        ("一会儿", "yi2 huir4"),
        ("这儿", "zher4"),
        ("女儿", "nv3 er2"),
        ("儿子", "er2 zi5"),
        ("幼儿园", "you4 er2 yuan2"),
    ],
)
def test_rhotic_endings(text, said):
    assert pinyin(text) == said


def test_a_mark_or_another_language_ends_the_reach_of_sandhi():
    assert pinyin("好 OK 你好") == "hao3 ni2 hao3"
