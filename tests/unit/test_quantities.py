"""What numbers, dates and prices a text states, in figures and in words."""

from __future__ import annotations

import pytest

from avatar.voice.dialogue.quantities import stated


@pytest.mark.parametrize(
    ("text", "atoms"),
    [
        ("We open at 9:30 and close at half past five.", {"9", "30", "5"}),
        ("九点半开门，下午五点关门，周一闭馆", {"9", "30", "5", "day1"}),
        ("两点三十分，十点一刻", {"2", "30", "10", "15"}),
        ("票价二十五元，一万两千人来过", {"25", "12000"}),
        ("It costs twenty-five dollars", {"25"}),
        ("one hundred and twenty people on the second floor", {"120", "2"}),
        ("2,500 visitors, 3.5%", {"2500", "3.5"}),
        ("百分之八十", {"80"}),
        ("两千零二十六年三月五日", {"2026", "3", "5"}),
        ("In May 2024", {"5", "2024"}),
        ("Closed on Tuesdays, 星期天开放", {"day2", "day7"}),
        ("see www.museum.cn.", {"www.museum.cn"}),
        ("１２３４５", {"12345"}),
    ],
)
def test_it_is_read_however_it_is_written(text, atoms):
    assert stated(text) == atoms


@pytest.mark.parametrize(
    "text",
    [
        "One of them may help you, and I have a second thought.",
        "May I help you? March on!",
        "一个一个来，十分感谢，千万别急，万一有事找我。",
        "我们三三两两地聊一点儿吧",
        "I sat in the sun with two friends.",
    ],
)
def test_idioms_state_nothing(text):
    assert stated(text) == set()


def test_what_is_known_may_be_said_another_way():
    hours = stated("Tuesday to Sunday, 9:00-17:00", known=True)
    assert stated("from nine in the morning until 5 pm, also on Wednesday") <= hours
    assert stated("也就是下午五点关门，周六开") <= hours
    assert not stated("on Monday") <= hours
    assert not stated("until 6 pm") <= hours
