"""What a sentence calls for, on sentences of the shipped knowledge and of everyday talk."""

from __future__ import annotations

import itertools

import pytest

from avatar.media import Reply
from avatar.runtime.cues import split
from avatar.voice.manner import Manner, sense_of

SENTENCES = {
    "greeting": ["您好，请问有什么可以帮您？", "Hello, how can I help you?", "欢迎光临博物馆。",
                 "Good morning! What can I do for you?", "Welcome to the city museum."],
    "goodbye": ["再见，慢走。", "Goodbye, have a nice day.", "好的，下次见！",
                "See you next time."],
    "apology": ["对不起，今天不开放。", "I am sorry, the café is closed.",
                "不好意思，让您久等了。"],
    "praise": ["太好了，预约成功。", "Congratulations, you are the winner.", "那太好了！"],
    "thanks": ["谢谢您的耐心。", "Thank you for waiting."],
    "ignorance": ["这个我不知道，不想随便猜。", "I don't know that, and I'd rather not guess.",
                  "这个问题我答不上来。"],
    "refusal": ["展厅里禁止使用闪光灯。", "Photography is not allowed in the special exhibition.",
                "这个话题我不方便谈。", "Drinks are prohibited in the hall."],
    "left": ["洗手间在您的左边。", "The lift is on your left.", "出门左转就到。"],
    "right": ["请往前走，在右手边。", "The toilets are on your right."],
    "up": ["恐龙化石在三楼。", "The fossils are on the second floor.", "在楼上。"],
    "invitation": ["这边请。", "Please follow me, this way.", "请到五号窗口办理。"],
    "order": ["首先取号，然后等叫号。", "First of all, take a number."],
    "consent": ["可以，当天就能拿到。", "Yes, without flash.", "Of course you can.", "Gladly."],
    "question": ["您是想问复印多少钱吗？", "Would you like to hear a joke?"],
    "explaining": ["办理时需要带身份证和照片。", "You will need your passport and a photo."],
    None: ["周一闭馆。", "The museum closes at five.", "It costs sixty yuan.", "馆内有三千件展品。",
           "This bronze is from the Shang dynasty.", "下午四点停止入场。", "五月开始展出。"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "kind"), [(text, kind) for kind, texts in SENTENCES.items() for text in texts]
)
def test_a_sentence_is_taken_for_what_it_is(text, kind):
    sense = sense_of(text)
    assert (sense.name if sense else None) == kind


def test_the_gesture_stands_before_the_word_that_carries_it():
    dressed = Manner().dress(Reply("The lift is over there, on your left."))
    spoken, cues = split(dressed.text)
    assert spoken == "The lift is over there, on your left."
    (cue,) = cues
    assert (cue.kind, cue.name) == ("gesture", "point-left")
    assert spoken[cue.offset :].startswith("on your left")


def test_what_a_reply_says_of_itself_is_kept():
    manner = Manner()
    assert manner.dress(Reply("谢谢！", emotion="shy")).emotion == "shy"
    named = Reply("在左边。", gesture="explain")
    assert manner.dress(named).text == "在左边。"
    written = Reply("[bow] 谢谢您。")
    assert manner.dress(written).text == "[bow] 谢谢您。"


def test_no_gesture_twice_in_a_row_and_not_on_every_sentence():
    manner = Manner()
    texts = ["电梯在左边。", "洗手间也在左边。", "咖啡厅在右边。", "出口在右边。", "书店在左边。"]
    made = [[cue.name for cue in split(manner.dress(Reply(text)).text)[1]] for text in texts]
    assert made[0] == ["point-left"]
    flat = [name for names in made for name in names]
    assert len(flat) < len(texts)
    assert all(a != b for a, b in itertools.pairwise(flat))


def test_plain_sentences_are_left_alone():
    reply = Reply("The museum closes at five.", "en")
    assert Manner().dress(reply) == reply
