"""Chinese words: the path of greatest probability, checked against the segmenter it replaces."""

from __future__ import annotations

import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avatar.voice.text.segment import Dictionary, dictionary

SMALL = Dictionary("中国 90 ns\n中国人 40 n\n人民 60 n\n中 5 f\n人 9 n\n民 3 n\nB超 3 n\n".encode())

TEXTS = (
    "大家好，我是虚拟主持人小美。",
    "今天三款商品打八折，欢迎来到直播间！",
    "北京大学生前来应聘AI工程师",
    "我们中出了一个叛徒",
    "USB接口和Wi-Fi都没问题123",
    "乒乓球拍卖完了",
    "龘靐齉",
    "",
)


def test_counts_words_and_knows_beginnings():
    assert SMALL.find("中国") == (90, True)
    assert SMALL.find("中国人") == (40, True)
    assert SMALL.find("B") == (0, True)
    assert SMALL.find("国") == (0, False)
    assert SMALL.find("龥") == (0, False)


def test_takes_the_most_probable_path():
    assert list(SMALL.cut("中国人民")) == ["中国", "人民"]
    assert list(SMALL.cut("中国人")) == ["中国人"]


def test_keeps_latin_together_and_loses_nothing():
    assert list(SMALL.cut("xyz中国，B超！")) == ["xyz", "中国", "，", "B超", "！"]


@pytest.mark.parametrize("text", TEXTS)
def test_cuts_as_jieba_does(text: str):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        jieba = pytest.importorskip("jieba")
    jieba.setLogLevel(60)
    assert list(dictionary().cut(text)) == list(jieba.cut(text, HMM=False))


@settings(max_examples=60, deadline=None)
@given(st.text(st.sampled_from("中国人民B超a1 ，。龘\n"), max_size=30))
def test_the_words_are_the_text(text: str):
    assert "".join(SMALL.cut(text)) == text
