"""What a sentence calls for: a mood and a gesture by its meaning, in Chinese and English.

People do not gesture on every sentence, nor the same way twice in a row; a receptionist less than
most. A sentence that names its own mood or gesture keeps them.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, replace
from typing import Final

from avatar.media import Reply

_CUE: Final = re.compile(r"[\[【][^\[\]【】\n]{1,32}[\]】]")
_REST: Final = 2
"""Sentences after a gesture in which the same is not made again."""
_SPACING: Final = 2
"""Of so many sentences in a row at most one has an unasked-for gesture, greetings apart."""


@dataclass(frozen=True, slots=True)
class Sense:
    """A kind of sentence."""

    name: str
    words: re.Pattern[str]
    """What gives it away; the gesture's stroke falls on the match."""
    mood: str = ""
    gesture: str = ""
    polite: bool = False
    """A formula that always has its gesture."""


def _sense(name: str, zh: str, en: str, **what: str | bool) -> Sense:
    words = re.compile(rf"(?:{zh})|(?i:\b(?:{en})\b)")
    return Sense(name, words, **what)  # type: ignore[arg-type]


SENSES: Final = (
    _sense("goodbye", r"再见|拜拜|慢走|下次见|一路顺风",
           r"goodbye|good-bye|bye(?: bye)?|farewell|see you (?:next|soon|later|again|tomorrow)",
           mood="happy", gesture="greet", polite=True),
    _sense("greeting", r"^(?:您好|你好|大家好|早上好|下午好|晚上好|嗨|欢迎)|欢迎(?:光临|来到|您)",
           r"^(?:hello|hi|hey|good (?:morning|afternoon|evening))|welcome (?:to|back)",
           mood="happy", gesture="greet", polite=True),
    _sense("consent", r"^(?:可以|好的?|没问题|当然(?:可以)?|是的|对)(?=[，。！,.!]|$)",
           r"^(?:yes|sure|of course|certainly|no problem|all right|gladly)",
           mood="relaxed", gesture="nod"),
    _sense("apology", r"对不起|抱歉|不好意思|很遗憾", r"sorry|apologi[sz]e|apologies|regret",
           mood="sad", gesture="apologise"),
    _sense("regret", r"可惜|不巧", r"unfortunately|(?:what|that is|that's) a pity", mood="sad"),
    _sense("praise", r"好消息|太好了|太棒了|真棒|恭喜|祝贺|厉害",
           r"(?:good|great) news|congratulations|well done|wonderful|fantastic"
           r"|great (?:job|idea|choice)|glad to hear",
           mood="happy", gesture="thumbs-up"),
    _sense("thanks", r"谢谢|感谢|多谢", r"thank you|thanks", mood="happy", gesture="bow"),
    _sense("ignorance", r"不知道(?!的)|不清楚|答不上(?!来的)|说不好|我没有.{0,6}(?:数据|资料)",
           r"(?:do not|don't|cannot|can't) (?:know|say|tell|answer)|no idea", gesture="shake"),
    _sense("refusal", r"不方便谈|不能(?:透露|回答|说|谈|使用|触摸|进入|拍)|不允许|禁止|不可以|请勿"
           r"|请(?:不要|别)(?!担心|着急|客气|紧张)",
           r"cannot (?:speak|talk) about|please (?:do not|don't)(?! (?:worry|hesitate))"
           r"|not allowed|must not|may not|forbidden|prohibited|rather not", gesture="shake"),
    _sense("left", r"左(?:边|侧|手|转|拐)|[往向]左",
           r"(?:on|to|at) (?:the|your) left|turn left|left-hand", gesture="point-left"),
    _sense("right", r"右(?:边|侧|手|转|拐)|[往向]右",
           r"(?:on|to|at) (?:the|your) right|turn right|right-hand", gesture="point-right"),
    _sense("up", r"楼上|上楼|[二三四五六七八九]楼|[二三四五六七八九]层",
           r"upstairs|(?:second|third|fourth|fifth|top) floor|floor (?:two|three|four|five)",
           gesture="point-up"),
    _sense("invitation", r"请(?:跟我来|进|坐|到|往|看|这边)|这边请|欢迎(?:您)?(?:来|参加|预约)",
           r"this way|please (?:come|follow|take a seat|have a seat|go to)|you are welcome to",
           gesture="invite"),
    _sense("order", r"首先|第一步|第一[，,、是]|分(?:两|三|四)步",
           r"first(?:ly)?(?=,)|step one|first of all",
           gesture="count-1"),
    _sense("question", r"(?:吗|呢|什么|哪.{0,6})[？?]$|您是想问",
           r"(?:would you like|do you mean|shall we|may i|what|which)(?=\b[^?]*\?$)",
           gesture="invite"),
    _sense("thinking", r"让我想想|我想一想|稍等", r"let me (?:think|see)|one moment",
           gesture="think"),
    _sense("explaining", r"需要(?:带|准备|提供)|包括|分别是|流程是|也就是说",
           r"you (?:will )?need (?:a|an|the|your|to)|includes?|that means|works like this",
           gesture="explain"),
)  # fmt: skip
"""In the order in which they are looked for."""


class Manner:
    """Dresses the sentences of one figure; remembers what it did lately."""

    def __init__(self) -> None:
        self._done: deque[str] = deque(maxlen=_REST)
        """Gestures of the last sentences, empty for none."""
        self._moved: deque[bool] = deque(maxlen=_SPACING - 1)

    def dress(self, reply: Reply) -> Reply:
        """The reply with a mood and a gesture where its meaning asks for them.

        A gesture goes into the text as a cue before the word that carries it.
        """
        own = bool(reply.gesture or _CUE.search(reply.text))
        sense = sense_of(reply.text)
        gesture = "" if own or sense is None else self._gesture(sense)
        self._done.append(reply.gesture or gesture)
        self._moved.append(own or bool(gesture))
        mood = reply.emotion or (sense.mood if sense is not None else "")
        text = reply.text
        if gesture and sense is not None and (match := sense.words.search(text)):
            text = f"{text[: match.start()]}[{gesture}]{text[match.start() :]}"
        return replace(reply, text=text, emotion=mood)

    def _gesture(self, sense: Sense) -> str:
        if not sense.gesture or sense.gesture in self._done:
            return ""
        return sense.gesture if sense.polite or not any(self._moved) else ""


def sense_of(text: str) -> Sense | None:
    """What kind of sentence ``text`` is, or None for a plain one."""
    plain = _CUE.sub("", text).strip()
    return next((sense for sense in SENSES if sense.words.search(plain)), None)
