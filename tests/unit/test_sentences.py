"""A stream of tokens into sentences, and what of a model's writing is for the ear."""

from __future__ import annotations

import pytest

from avatar.voice.dialogue.sentences import Sentences, split, spoken

ENGLISH = (
    "Dr. Smith paid 3.5 dollars. He said “Hi.” Then left... What? No. 5 opens at 9 a.m. daily!"
)
CHINESE = "您好！欢迎来到博物馆。他说：“今天九点开门。”然后走了……后来呢？门票3.5元"
ENDED = {
    ENGLISH: [
        "Dr. Smith paid 3.5 dollars.", "He said “Hi.”", "Then left...", "What?",
        "No. 5 opens at 9 a.m. daily!",
    ],
    CHINESE: [
        "您好！", "欢迎来到博物馆。", "他说：“今天九点开门。”", "然后走了……", "后来呢？",
        "门票3.5元",
    ],
}  # fmt: skip


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 1000])
@pytest.mark.parametrize("text", ENDED)
def test_pieces_of_any_size_give_the_same_sentences(text, size):
    pieces = [text[i : i + size] for i in range(0, len(text), size)]
    assert list(split(pieces, early=False)) == ENDED[text]


def test_a_sentence_comes_as_soon_as_it_is_over():
    sentences = Sentences()
    assert sentences.push("欢迎光临") == []
    assert sentences.push("。") == ["欢迎光临。"]
    assert sentences.push("It costs 3.") == []
    assert sentences.push("50, all in. Not") == ["It costs 3.50, all in."]


def test_an_open_quote_waits_for_its_end():
    sentences = Sentences()
    assert sentences.push("他说“好。") == []
    assert sentences.push("”我们走吧。") == ["他说“好。”", "我们走吧。"]


def test_only_the_first_piece_may_end_at_a_comma():
    text = "当然可以帮您办理，请先取号，然后等叫号。办好以后，去三号窗口。"
    assert list(split(text)) == [
        "当然可以帮您办理，", "请先取号，然后等叫号。", "办好以后，去三号窗口。",
    ]  # fmt: skip
    assert next(split(["Oh, yes, I do know. Fine."])) == "Oh, yes, I do know."


def test_a_text_that_never_ends_is_cut_between_words():
    pieces = list(split("word " for _ in range(400)))
    assert len(pieces) > 3
    assert " ".join(pieces).split() == ["word"] * 400


def test_markdown_and_emoji_are_for_the_eye():
    assert spoken("## Hours\n- **nine** to `five` 😀 [map](http://a.b)") == "Hours nine to five map"
    assert spoken("2*3*4 = 24, snake_case_name") == "2*3*4 = 24, snake_case_name"
